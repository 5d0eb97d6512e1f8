--- tinygrad.minimize.objective: a function to be minimised, as one of flat
-- vectors.
--
-- The function is recorded as a Program if it can be, and evaluated with Values
-- if not. A recording is compared with the function wherever a method asks for
-- it (objective:agrees).

local core = require "tinygrad.core"
local compile = require "tinygrad.program.compile"
local faithful = require "tinygrad.support.faithful"
local outer = require "tinygrad.support.outer"
local tree = require "tinygrad.base.tree"
core.library()

local fail = core.fail -- raises an error at the line of the caller's program

local objectives = {}

---@class tinygrad.Objective
local Objective = {}
Objective.__index = Objective

--- Tells whether x is a list of numbers and nothing else.
local function is_array(x)
  if type(x) ~= "table" or getmetatable(x) then return false end
  local n, count = #x, 0
  for _ in pairs(x) do count = count + 1 end
  for i = 1, n do
    if type(x[i]) ~= "number" then return false end
  end
  return count == n
end

--- Returns f as a function of a list of the numbers in a tree like x0.
local function flattened(f, x0)
  if type(x0) == "number" then return function(list) return f(list[1]) end end
  if is_array(x0) then return f end
  return function(list) return f((tree.replace(x0, list))) end
end

--- Tells whether an error says that recording was refused. All other errors are
-- passed on: those of the function, interrupts, lack of memory.
local function is_refusal(err)
  return type(err) == "string" and err:find("compile: ", 1, true) ~= nil
end

--- Tells whether an error says that an operation has only first derivatives.
local function is_once(err)
  return type(err) == "string" and err:find("once only", 1, true) ~= nil
end

--- Returns the function's result with Values for the numbers of a list, and
-- these Values.
local function call(self, x)
  local variables = {}
  local list = core.array_variables(x, variables)
  local y = self.f(list)
  if not tree.is_leaf(y) then
    fail(("minimize: the function must return one number, it returned %s")
      :format(tree.returned(y)))
  end
  return y, variables
end

--- Returns the numbers of a list or Tensor as a list.
---@param x any
---@return number[]
function objectives.as_list(x)
  return core.is_tensor(x) and x:totable() or x
end

local as_list = objectives.as_list

--- Stores value and gradient, computed with Values, in `out`, a list or Tensor.
local function eager(self, x, out)
  local y, variables = call(self, as_list(x))
  local list = {}
  if core.is_value(y) then
    local foreign
    list, foreign = core.gradients(y, variables, 1, "auto")
    if foreign then outer.refuse("minimize", y, variables) end
    core.finish(variables)
  end
  out[1] = faithful.number(y)
  for i = 1, self.n do out[i + 1] = list[i] or 0 end
end

--- Returns the Hessian, computed with Values, as rows.
local function eager_hessian(self, x)
  local y, variables = call(self, x)
  outer.refuse("minimize", y, variables)
  local rows, gradient = {}, {}
  if core.is_value(y) then
    gradient = core.gradients(y, variables, 1, "graph")
  end
  for i = 1, self.n do
    rows[i] = core.is_value(gradient[i])
      and core.gradients(gradient[i], variables, 1, "numbers") or {}
    for k = 1, self.n do rows[i][k] = rows[i][k] or 0 end
  end
  core.finish(variables)
  return rows
end

--- Returns the inputs of the Program: x, and the Values that it captured, with
-- the data that they have now.
local function inputs(self, x)
  if #self.captured == 0 then return x end
  local list = as_list(x)
  local all = {}
  for i = 1, self.n do all[i] = list[i] end
  for i, value in ipairs(self.captured) do all[self.n + i] = value.data end
  return all
end

--- Computes value and gradient.
---@param x any list or Tensor of n numbers
---@param out any list or Tensor for n + 1 numbers: value, gradient
---@return number value
function Objective:evaluate(x, out)
  self.evaluations = self.evaluations + 1
  if self.program then
    core.run(self.gradient, inputs(self, x), out)
  else
    eager(self, x, out)
  end
  return out[1]
end

--- Returns the Hessian at a list of numbers, as rows.
---@param x number[]
---@return number[][]
function Objective:hessian(x)
  self.hessians = self.hessians + 1
  if not self.program then return eager_hessian(self, x) end
  local flat = core.run(self.second, inputs(self, x), self.room)
  local rows, n = {}, self.n
  for i = 1, n do
    local row, before = {}, (i - 1) * n
    for k = 1, n do row[k] = flat[before + k] end
    rows[i] = row
  end
  return rows
end

--- Prepares for Hessians. Returns false and a message if an operation in the
-- function has no second derivative.
function Objective:prepare_hessian(x)
  local ok, result
  if self.program then
    ok, result = pcall(self.program.hessian, self.program)
    self.second, self.room = result, {}
  else
    ok, result = pcall(eager_hessian, self, x)
  end
  if not ok and not is_once(result) then error(result, 0) end
  return ok, result
end

--- Tells whether the Program does at x what the function does. The function is
-- called with Values and, if it accepts them, with plain numbers.
---@param x any list or Tensor
---@param value number what the Program gave there
---@return boolean
---@raise the function computes something else for numbers than for Values
function Objective:agrees(x, value)
  if not self.program or not self.f then return true end
  local list = as_list(x)
  return faithful.agrees {
    what = "minimize: the function", recorded = {value},
    eager = function() return faithful.number((call(self, list))) end,
    direct = function()
      return {faithful.number(self.f(faithful.floats(list)))}
    end,
  }
end

--- Drops the Program: from now on the function itself is evaluated.
function Objective:distrust(reason)
  self.program, self.gradient, self.second = nil, nil, nil
  self.mode, self.reason = "eager", reason
end

--- Records the function as a Program, if it can be.
local function record(self, x)
  local ok, program = pcall(compile, {captured = "constant"}, self.f, x)
  if not ok then
    if not is_refusal(program) then error(program, 0) end
    return self:distrust(program)
  end
  self.program, self.gradient = program, program:value_and_grad()
  self.mode, self.reason = "compiled", nil
end

--- Makes an objective of a user's Program; nil and a message if its shapes do
-- not fit.
local function wrap(program, x0, n)
  outer.refuse("minimize", program)
  local shapes = core.get_shapes(program)
  if #shapes.args ~= 1 then
    return nil, ("the Program must take one argument, it takes %d"):format(
      #shapes.args)
  end
  if #shapes.results ~= 1 or type(shapes.results[1]) ~= "number" then
    return nil, "the Program must return one number"
  end
  local expected, got = tree.match(shapes.args[1], x0, {}, "x0", "minimize")
  if expected then
    return nil, ("x0 must be shaped as the example that the Program was "
      .. "compiled with: %s expected, got %s"):format(expected, got)
  end
  return setmetatable({n = n, evaluations = 0, hessians = 0,
    mode = "compiled", captured = shapes.captured, program = program,
    gradient = program:value_and_grad()}, Objective)
end

--- Makes an objective.
---@param f any function or Program of one argument
---@param x0 any the shape of its argument
---@param x number[] the start, a list
---@return tinygrad.Objective|nil
---@return string|nil message if the function does not return one number
function objectives.new(f, x0, x)
  if core.is_program(f) then return wrap(f, x0, #x) end
  local self = setmetatable({n = #x, evaluations = 0, hessians = 0,
    captured = {}, f = flattened(f, x0)}, Objective)
  local variables = {}
  local list = core.array_variables(x, variables)
  local y = self.f(list) -- its own errors come now
  if not tree.is_leaf(y) then
    return nil, ("the function must return one number, it returned %s"):format(
      tree.returned(y))
  end
  outer.refuse("minimize", y, variables)
  core.finish(variables)
  record(self, x)
  return self
end

return objectives
