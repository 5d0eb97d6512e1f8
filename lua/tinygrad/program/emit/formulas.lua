--- tinygrad.program.emit.formulas: turns the formulas of the table of
-- operations into expressions (emit/init.lua says what these are), and collects
-- the functions that they call, which the language defines.

local core = require "tinygrad.core"
local read = require("tinygrad.support.decimal").read
core.library()

local unpack = core.unpack

local FORMULAS = core.formulas()
local CONSTANTS = {}
for _, entry in ipairs(select(3, core.helpers())) do
  CONSTANTS[entry[1]] = read(entry[2])
end

--- The number of operands of each operator in formulas
-- (csrc/engine/ops/text.h).
local OPERATORS = {["?"] = 3, neg = 1}
for operator in ("* / + - < <= > >= == !="):gmatch("%S+") do
  OPERATORS[operator] = 2
end

--- The products that take a third operand (csrc/engine/program/program.h), in
-- postfix.
local JOINS = {madd = {"c", "a", "b", "*", "+"},
  msub = {"c", "a", "b", "*", "-"}, mrsub = {"a", "b", "*", "c", "-"},
  zmadd = {"c", "(", "a", "b", "]zmul", "+"},
  zmsub = {"c", "(", "a", "b", "]zmul", "-"},
  zmrsub = {"(", "a", "b", "]zmul", "c", "-"}}

--- What an export consists of, apart from its own function: the definitions of
-- the functions that it calls, by name and in order of need, and the host's
-- operations that it calls.
local Formulas = {}
Formulas.__index = Formulas

---@param language table see emit/init.lua
local function new(language)
  return setmetatable({language = language, needed = {}, order = {},
    calls = {}}, Formulas)
end

--- Returns the name under which an export defines `what`. At the first call,
-- `make` returns the text of the definition, and the definitions that it needs
-- come before it.
---@param make fun(name: string): string
function Formulas:own(what, make)
  local name = self.language:own(what)
  if not self.needed[name] then
    self.needed[name] = true
    local text = make(name)
    self.order[#self.order + 1] = text
  end
  return name
end

--- Returns the name under which an export defines one of the language's
-- helpers.
function Formulas:helper(name)
  return self:own(name, function()
    return self.language:helper(name, function(other)
      return self:helper(other)
    end)
  end)
end

--- Makes the call of a function that a formula calls.
function Formulas:call(name, arguments)
  local called, is_helper = self.language:function_name(name)
  if is_helper then called = self:helper(called) end
  return {"call", called, unpack(arguments)}
end

--- Removes the elements above `first` from a stack and returns them as a list.
local function pop(stack, first)
  local top = {}
  for i = first + 1, #stack do
    top[#top + 1] = stack[i]
    stack[i] = nil
  end
  return top
end

--- Makes the expression of a formula for operands a, b and c.
function Formulas:expression(words, operands)
  local stack, marks = {}, {}
  for _, word in ipairs(words) do
    local kind, name = word:match("^([%)%]=])([%w_]+)$")
    local x
    if word == "(" then
      marks[#marks + 1] = #stack
    elseif operands[word] then
      x = operands[word]
    elseif kind == "=" then
      x = CONSTANTS[name]
    elseif kind == "]" then
      x = self:operation(name, pop(stack, table.remove(marks)))
    elseif kind == ")" then
      x = self:call(name, pop(stack, table.remove(marks)))
    elseif OPERATORS[word] then
      x = {word, unpack(pop(stack, #stack - OPERATORS[word]))}
    else
      x = read(word)
    end
    if x then stack[#stack + 1] = x end
  end
  return stack[1]
end

--- Whether a formula is simple enough to stand where it is used.
local function is_simple(words)
  local operators = 0
  for _, word in ipairs(words) do
    if OPERATORS[word] or word:find("^[%)%]].") then
      operators = operators + 1
    end
  end
  return operators <= 1
end

local OPERANDS = {"a", "b", "c"}

--- Makes the expression of an operation, or of a product with a third operand.
---@param name string
---@param arguments table[] the expressions of the operands
function Formulas:operation(name, arguments)
  local words = JOINS[name] or FORMULAS[name]
  local named, parameters = {}, {}
  if JOINS[name] or is_simple(words) then
    for i, argument in ipairs(arguments) do named[OPERANDS[i]] = argument end
    return self:expression(words, named)
  end
  for i = 1, #arguments do
    parameters[i], named[OPERANDS[i]] = OPERANDS[i], OPERANDS[i]
  end
  return {"call", self:own("op_" .. name, function(called)
    return self.language:define(called, parameters,
      self:expression(words, named))
  end), unpack(arguments)}
end

--- Makes the call of the host's operation `name`: of its value, or of the
-- partial for operand `which`.
function Formulas:host_call(name, which, arguments)
  local host = self.language:host_function(name)
  self.calls[host] = self.calls[host] or which > 0
  local what = which == 0 and "call_" .. name
    or ("partial%d_%s"):format(which, name)
  return {"call", self:own(what, function(called)
    return self.language:define_call(called, host, which, #arguments)
  end), unpack(arguments)}
end

--- Makes the expression of an instruction whose operands are `terms`.
function Formulas:result(i, terms)
  if i[2] == "call" then return self:host_call(i[3], i[4], terms) end
  return i[2] == "stop" and terms[1] or self:operation(i[2], terms)
end

--- Whether the expression of an instruction contains its operand k. (Of
-- with_partial it contains only the first; the others are for derivatives.)
local function reads(i, k)
  local words = FORMULAS[i[2]]
  if not words then return true end
  for _, word in ipairs(words) do
    if word == OPERANDS[k] then return true end
  end
  return false
end

return {new = new, reads = reads}
