--- The table of operations as expressions of C, and the definitions that these
-- need.

local core = require "tinygrad.core"
local expression = require "tinygrad.program.emit.expression"
local names = require "tinygrad.program.emit.names"
core.library()

local unpack = core.unpack
local BINARY, atom = expression.BINARY, expression.atom
local literal, write = expression.literal, expression.write
local MATH = names.MATH

local FORMULAS = core.formulas()
local HELPERS, MACROS, CONSTANTS = core.helpers()

local function by_name(texts)
  local t = {}
  for _, entry in ipairs(texts) do t[entry[1]] = entry[2] end
  return t
end

local helper_texts, macro_texts = by_name(HELPERS), by_name(MACROS)
local constant_texts = by_name(CONSTANTS)

--- How products join a third operand (csrc/engine/program/program.h), in
-- postfix.
local JOINS = {madd = {"c", "a", "b", "*", "+"},
  msub = {"c", "a", "b", "*", "-"}, mrsub = {"a", "b", "*", "c", "-"},
  zmadd = {"c", "(", "a", "b", "]zmul", "+"},
  zmsub = {"c", "(", "a", "b", "]zmul", "-"},
  zmrsub = {"(", "a", "b", "]zmul", "c", "-"}}

--- What numbers of another kind, or another name, stand for in C.
local LIBM = {tg_lgamma = "lgamma", lane_abs = "fabs"}
local FLOAT = {lane_tanh = "tanhf", lane_sigmoid = "sigmoidf"}

--- Helpers in C alone: what lanes.h does with memcpy, and floats otherwise.
local EXTRA = {
  {"lane_bits", "uint64_t lane_bits (double x) { union { double x; uint64_t "
    .. "bits; } both; both.x = x; return both.bits; }"},
  {"lane_double", "double lane_double (uint64_t bits) { union { double x; "
    .. "uint64_t bits; } both; both.bits = bits; return both.x; }"},
  {"sigmoidf", "double sigmoidf (double x) { return 1.0 / (1.0 + exp(-x)); }"},
}
local extra_texts = by_name(EXTRA)

--- What is to be written to one file: functions by name, in order of need.
local Writer = {}
Writer.__index = Writer

---@param name string of the exported function, which all names follow
local function new_writer(name, real, doc)
  return setmetatable({name = name, real = real, doc = doc, needed = {},
    order = {}, calls = {}}, Writer)
end

--- A helper's text for this kind of number, macros replaced.
function Writer:adapt(text)
  local real = self.real
  text = text:gsub("[%a_][%w_]*", function(word)
    return macro_texts[word] or LIBM[word] or nil
  end)
  if real ~= "float" or text:find("uint64_t") then
    return (text:gsub("uint64_t", "unsigned long long"))
  end
  text = text:gsub("%f[%w_.]([%a_][%w_]*)", function(word)
    if word == "double" then return "float" end
    return MATH[word] and word .. "f" or nil
  end)
  return (text:gsub("%f[%w_.]%d+%.%d*[eE]?[-+]?%d*%f[^%d.]", function(number)
    return (number:find("[eE][-+]?$") and nil) or number .. "f"
  end))
end

--- The name under which `helper` is defined here, once: with the text that
-- `make` returns, after what it needs itself.
---@param make fun(called: string): string
function Writer:own(helper, make)
  local called = names.own(self.name, helper)
  if not self.needed[called] then
    self.needed[called] = true
    local text = make(called)
    self.order[#self.order + 1] = text
  end
  return called
end

--- The name under which one of the core's helpers, or of EXTRA, is defined.
function Writer:helper(name)
  return self:own(name, function()
    local text = self:adapt(extra_texts[name] or helper_texts[name])
    return (text:gsub("[%a_][%w_]*", function(word)
      return (extra_texts[word] or helper_texts[word]) and self:helper(word)
        or nil
    end))
  end)
end

--- The name in C of a function that a formula calls.
function Writer:function_name(name)
  local real = self.real
  if real == "float" and FLOAT[name] then
    name = FLOAT[name]
    return extra_texts[name] and self:helper(name) or name
  end
  name = LIBM[name] or name
  if helper_texts[name] then return self:helper(name) end
  return real == "float" and name .. "f" or name
end

--- The expression of a formula for operands a, b and c.
function Writer:formula(words, operands)
  local stack, marks = {}, {}
  local function pop()
    return table.remove(stack)
  end
  for _, word in ipairs(words) do
    local kind, name = word:match("^([%)%]=])([%w_]+)$")
    local x
    if word == "(" then
      marks[#marks + 1] = #stack
    elseif operands[word] then
      x = operands[word]
    elseif kind == "=" then
      x = literal(tonumber(constant_texts[name]), self.real)
    elseif kind then
      local first = table.remove(marks) + 1
      local arguments = {}
      for i = first, #stack do
        arguments[#arguments + 1] = stack[i]
        stack[i] = nil
      end
      if kind == "]" then
        x = self:operation(name, arguments)
      else
        x = {self:function_name(name), unpack(arguments)}
      end
    elseif word == "neg" then
      x = {"neg", pop()}
    elseif word == "?" then
      local no, yes = pop(), pop()
      x = {"?", pop(), yes, no}
    elseif BINARY[word] then
      local right = pop()
      x = {word, pop(), right}
    else
      x = literal(tonumber(word), self.real)
    end
    if x then stack[#stack + 1] = x end
  end
  return stack[1]
end

--- Is a formula simple enough to stand where it is used?
local function is_simple(words)
  local operators = 0
  for _, word in ipairs(words) do
    if BINARY[word] or word == "neg" or word == "?" or word:find("^[%)%]].")
    then
      operators = operators + 1
    end
  end
  return operators <= 1
end

local OPERANDS = {"a", "b", "c"}

--- The expression of an operation, or of a product that joins a sum.
---@param name string
---@param arguments table[] expressions of the operands
function Writer:operation(name, arguments)
  local words = JOINS[name] or FORMULAS[name]
  local named = {}
  if JOINS[name] or is_simple(words) then
    for i, argument in ipairs(arguments) do named[OPERANDS[i]] = argument end
    return self:formula(words, named)
  end
  local parameters = {}
  for i = 1, #arguments do
    named[OPERANDS[i]] = atom(OPERANDS[i])
    parameters[i] = self.real .. " " .. OPERANDS[i]
  end
  return {self:own("op_" .. name, function(called)
    return ("%s %s (%s) { return %s; }"):format(self.real, called,
      table.concat(parameters, ", "), (write(self:formula(words, named),
      self.real)))
  end), unpack(arguments)}
end

--- The C function of the host's operation `name`. Of floats it ends in f, as
-- libm's do: a program may have one for each.
function Writer:host_function(name)
  local called = self.real == "float" and name .. "f" or name
  if not (names.is_free(name) and names.is_free(called)) then
    error(("emit_c: the operation '%s' has a name that C does not allow")
      :format(name), 0)
  elseif called == self.name or called:find("^[dx]%d*$") then
    error(("emit_c: the operation '%s' has a name that the exported text gives "
      .. "to something else"):format(name), 0)
  end
  return called
end

--- The expression of a call of the host's operation `name`: of its value, or
-- of the partial for operand `which`.
function Writer:call(name, which, arguments)
  local real, host = self.real, self:host_function(name)
  self.calls[host] = self.calls[host] or which > 0
  local parameters, values = {}, {}
  for i = 1, #arguments do
    parameters[i] = ("%s x%d"):format(real, i)
    values[i] = ("x[%d] = x%d;"):format(i - 1, i)
  end
  local body = which == 0 and ("return %s(x);"):format(host)
    or ("%s d[%d]; %s_partials(x, %s(x), d); return d[%d];"):format(real,
      #arguments, host, host, which - 1)
  local helper = which == 0 and "call_" .. name
    or ("partial%d_%s"):format(which, name)
  return {self:own(helper, function(called)
    return ("%s %s (%s) { %s x[%d]; %s %s }"):format(real, called,
      table.concat(parameters, ", "), real, #arguments,
      table.concat(values, " "), body)
  end), unpack(arguments)}
end

--- The expression of an instruction on terms for its operands.
function Writer:result(i, terms)
  if i[2] == "call" then return self:call(i[3], i[4], terms) end
  return i[2] == "stop" and terms[1] or self:operation(i[2], terms)
end

--- Does an instruction's expression contain its operand k? (That of
-- with_partial has only the first; the others are for derivatives.)
local function reads(i, k)
  local words = FORMULAS[i[2]]
  if not words then return true end
  for _, word in ipairs(words) do
    if word == OPERANDS[k] then return true end
  end
  return false
end

return {new = new_writer, reads = reads}
