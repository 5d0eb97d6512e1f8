--- The table of operations as expressions of C, and the definitions that these
-- need.

local core = require "tinygrad.core"
local expression = require "tinygrad.emit.expression"
core.library()

local unpack = core.unpack
local BINARY, atom = expression.BINARY, expression.atom
local literal, write = expression.literal, expression.write

local FORMULAS = core.formulas()
local HELPERS, MACROS, CONSTANTS = core.helpers()

local function by_name(texts)
  local t = {}
  for _, entry in ipairs(texts) do t[entry[1]] = entry[2] end
  return t
end

local helper_texts, macro_texts = by_name(HELPERS), by_name(MACROS)
local constant_texts = by_name(CONSTANTS)

--- How products join a third operand (csrc/engine/program.h), in postfix.
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
  {"sigmoidf", "float sigmoidf (float x) { return 1.0f / (1.0f + expf(-x)); }"},
}
local extra_texts = by_name(EXTRA)

--- Is `name` a function of <math.h>, which has a sister for floats?
local MATH = {}
for name in ([[acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh erf
    erfc exp exp2 expm1 fabs floor fma fmod hypot lgamma log log10 log1p log2
    pow round sin sinh sqrt tan tanh tgamma trunc]]):gmatch("%S+") do
  MATH[name] = true
end

--- What is to be written to one file: functions by name, in order of need.
local Writer = {}
Writer.__index = Writer

local function new_writer(real, doc)
  return setmetatable({real = real, doc = doc, needed = {}, order = {},
    calls = {}}, Writer)
end

--- Notes that a definition is needed, after those that it needs itself.
function Writer:need(name, text)
  if self.needed[name] then return end
  self.needed[name] = true
  for word in text:gmatch("[%a_][%w_]*") do
    if word ~= name then
      local other = extra_texts[word] or helper_texts[word]
      if other then self:need(word, self:adapt(other)) end
    end
  end
  self.order[#self.order + 1] = {name, text}
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

--- The name in C of a function that a formula calls.
function Writer:function_name(name)
  local real = self.real
  if real == "float" and FLOAT[name] then
    name = FLOAT[name]
    if extra_texts[name] then self:need(name, extra_texts[name]) end
    return name
  end
  name = LIBM[name] or name
  if helper_texts[name] then
    self:need(name, self:adapt(helper_texts[name]))
    return name
  end
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
  local called = "op_" .. name
  if not self.needed[called] then
    self:need(called, ("%s %s (%s) { return %s; }"):format(self.real, called,
      table.concat(parameters, ", "), (write(self:formula(words, named),
      self.real))))
  end
  return {called, unpack(arguments)}
end

--- The expression of a call of the host's operation `name`.
function Writer:call(name, which, arguments)
  local real = self.real
  if not name:find("^[%a_][%w_]*$") then
    error(("emit_c: the operation '%s' has a name that C does not allow")
      :format(name), 0)
  end
  self.calls[name] = self.calls[name] or {}
  self.calls[name][which > 0] = true
  local called = which == 0 and "call_" .. name
    or ("partial%d_%s"):format(which, name)
  if not self.needed[called] then
    local parameters, values = {}, {}
    for i = 1, #arguments do
      parameters[i] = ("%s x%d"):format(real, i)
      values[i] = ("x[%d] = x%d;"):format(i - 1, i)
    end
    local body = which == 0 and ("return %s(x);"):format(name)
      or ("%s d[%d]; %s_partials(x, %s(x), d); return d[%d];"):format(real,
        #arguments, name, name, which - 1)
    self:need(called, ("%s %s (%s) { %s x[%d]; %s %s }"):format(real, called,
      table.concat(parameters, ", "), real, #arguments,
      table.concat(values, " "), body))
  end
  if which > 0 then self.calls[name][false] = true end
  return {called, unpack(arguments)}
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

return {MATH = MATH, new = new_writer, reads = reads}
