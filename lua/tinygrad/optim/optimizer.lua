--- tinygrad.optim.optimizer: changes parameters step by step. It compiles its
-- algorithm, a rule for one number, and runs it as a batch over all numbers.

local algorithms = require "tinygrad.optim.algorithms"
local attempt = require "tinygrad.base.attempt"
local compile = require "tinygrad.program.compile"
local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local kinds = require "tinygrad.base.kinds"
local names = require "tinygrad.base.names"
local options = require "tinygrad.base.options"
local places = require "tinygrad.optim.parameters"
local shielded = require "tinygrad.base.shielded"
local tree = require "tinygrad.base.tree"
require "tinygrad.tensor" -- the methods of the Tensors used here
core.library()

local fail = core.fail -- raises an error at the line of the caller's program
local place, same_shape = places.place, places.same_shape
local shape_text, wrong = places.shape_text, places.wrong
local is_rate = kinds.FROM_ZERO.test

---@class tinygrad.Optimizer
---@field name string of the algorithm
---@field lr number the learning rate; a program may assign to it between steps
---@field schedule? fun(t: integer, lr: number): number returns the rate of a
-- step from t, the number of steps taken before it, and `lr`
---@field steps integer the number of steps taken
local Optimizer = {}
local metatable = {methods = Optimizer, __index = names.index("an Optimizer",
  Optimizer, {schedule = true})}

local optimizers = {methods = Optimizer}

--- Sets the options: compiles the algorithm's rule for them.
---@param self tinygrad.Optimizer
---@param o table
---@return table moments name -> first number
function optimizers.set_options(self, o)
  local moments, scalars, update = algorithms.by_name[self.name].rule(o)
  self.options, self.lr, self.scalars = o, o.lr, scalars
  self.program = shielded(compile, update, 0, 0, moments, scalars(1, 0.5))
  return moments
end

--- Makes an optimizer. Errors name the function `name`, and are raised at the
-- line that called it.
---@param name string of the algorithm
---@param parameters any
---@param given any its options
---@return tinygrad.Optimizer
function optimizers.new(name, parameters, given)
  if given ~= nil and type(given) ~= "table" then
    errors.argument(2, name, "table of options", tree.typename(given), 3)
  end
  local message = algorithms.problem(name, given or {})
  if message then error(message, 3) end
  if type(parameters) == "number" then
    error(("%s: a single number cannot be changed in place: put it into a "
      .. "table"):format(name), 3)
  end
  if type(parameters) ~= "table" and not core.is_tensor(parameters)
    and not core.is_value(parameters) then
    errors.argument(1, name, "table, Tensor or Value",
      errors.got(parameters), 3)
  end
  local ok, plan, count, sizes = attempt(places.plan_of, parameters)
  if not ok then error(name .. ": " .. tostring(plan), 3) end
  local self = setmetatable({name = name, parameters = parameters, plan = plan,
    count = count, sizes = sizes, steps = 0}, metatable)
  self.bundles = places.new_bundles(count, sizes, optimizers.set_options(
    self, options.completed(algorithms.by_name[name].options, given)))
  -- For the parameters of bundles[0], the number xs[i] is holders[i][keys[i]].
  self.xs, self.gs, self.holders, self.keys = {}, {}, {}, {}
  return self
end

--- Prepares the update of a Tensor. Returns a message if x or g does not fit.
local function gather_tensor(self, plan, x, g)
  local bundle = self.bundles[plan.index]
  if not core.is_tensor(x) or not same_shape(x, plan.shape) then
    return wrong(plan, "parameters", shape_text(plan.shape), x)
  end
  if not core.is_tensor(g) or not same_shape(g, plan.shape) then
    return wrong(plan, "gradients", shape_text(plan.shape), g)
  end
  if not rawequal(x, bundle.tensor) then
    bundle.tensor, bundle.whole = x, x:reshape(1, bundle.n)
    bundle.args[1] = x:reshape(bundle.n)
  end
  bundle.args[2] = #plan.shape == 1 and g or g:reshape(bundle.n)
end

--- Prepares the update of a number, which is holder[key] (for a Value its
-- `data`). Returns a message if x or g is not a number.
local function gather_number(self, plan, x, g, holder, key)
  if type(x) ~= "number" then return wrong(plan, "parameters", "number", x) end
  if type(g) ~= "number" then return wrong(plan, "gradients", "number", g) end
  local i = plan.index
  self.xs[i], self.gs[i], self.holders[i], self.keys[i] = x, g, holder, key
end

local gather

--- Prepares the update of all parameters in a table. Returns a message if one
-- does not fit.
local function gather_table(self, plan, x, g, given)
  if type(x) ~= "table" then return wrong(plan, "parameters", "table", x) end
  if given and type(g) ~= "table" then
    return wrong(plan, "gradients", "table", g)
  end
  if #x ~= plan.n then
    return ("%s has %d elements, it had %d when the optimizer was made"):format(
      plan.path, #x, plan.n)
  end
  if given and #g ~= plan.n then
    return ("%s has %d elements, %s has %d"):format(place(plan, "gradients"),
      #g, plan.path, plan.n)
  end
  local children = plan.children
  for _, key in ipairs(plan.keys) do
    local child = children[key]
    local message
    if child.kind == "number" and given then -- the usual case goes first
      message = gather_number(self, child, x[key], g[key], x, key)
    else
      message = gather(self, child, x[key], given and g[key], given)
    end
    if message then return message end
  end
end

--- Looks up the parameters and gradients. Returns a message if they do not fit.
---@param given boolean whether there are gradients other than the Values' own
function gather(self, plan, x, g, given)
  local kind = plan.kind
  if not kind then return gather_table(self, plan, x, g, given) end
  if kind == "Value" then
    if not core.is_value(x) then
      return wrong(plan, "parameters", "Value", x)
    end
    if not given then g = x.grad end
    return gather_number(self, plan, x.data, g, x, "data")
  end
  if not given then
    return ("gradients expected for %s: only Values have their own"):format(
      plan.path)
  end
  return gather_tensor(self, plan, x, g)
end

--- Returns the rate of the next step as a float, or nil and a message.
local function next_rate(self)
  if not is_rate(self.lr) then
    return nil, ("the field 'lr' must be a %s, it is %s"):format(
      kinds.FROM_ZERO.expected, errors.got(self.lr))
  end
  if self.schedule == nil then return self.lr + 0.0 end
  if type(self.schedule) ~= "function" then
    return nil, ("the field 'schedule' must be a function, it is %s"):format(
      errors.got(self.schedule))
  end
  local rate = self.schedule(self.steps, self.lr + 0.0)
  if not is_rate(rate) then
    return nil, ("the schedule must return a %s, after %d steps it returned %s")
      :format(kinds.FROM_ZERO.expected, self.steps, errors.got(rate))
  end
  return rate + 0.0
end

--- Returns the learning rate of the next step.
--
--     local optim = tinygrad.optim
--     local optimizer = optim.SGD({0}, {lr = 0.5})
--     optimizer.schedule = optim.step_schedule {size = 1, factor = 0.1}
--     optimizer:step {1}
--     print(("%g"):format(optimizer:rate())) --> 0.05
---@return number
---@raise `lr` is not a finite number from 0; `schedule` is not a function, or
-- returns no such number
function Optimizer:rate()
  local rate, message = next_rate(self)
  if not rate then fail("rate: " .. message) end
  return rate
end

--- Changes the parameters once.
-- If parameters or gradients do not fit, an error is raised before anything is
-- changed. NaN and infinite gradients are used as they are.
--
--     local w = {3}
--     local optimizer = tinygrad.optim.SGD(w, {lr = 0.1})
--     optimizer:step {2}
--     print(("%g"):format(w[1])) --> 2.8
---@param gradients? any in the shape of the parameters, with a number for each
-- number and Value, a Tensor for each Tensor; anything else in it is ignored.
-- If absent, each Value's own `grad` is used
---@raise the gradients are not shaped as the parameters, or are absent for a
-- number or Tensor
function Optimizer:step(gradients)
  local rate, message = next_rate(self)
  message = message or gather(self, self.plan, self.parameters, gradients,
    gradients ~= nil)
  if message then fail("step: " .. message) end
  local scalars, bundles = self.scalars(self.steps + 1, rate), self.bundles
  core.tensor_set(bundles[0].args[1], self.xs)
  core.tensor_set(bundles[0].args[2], self.gs)
  for i = 0, #bundles do
    local bundle = bundles[i]
    bundle.args[4] = scalars
    if bundle.n > 0 then self.program:batch(bundle.args, {out = bundle.out}) end
  end
  local results = bundles[0].out[1]
  for i = 1, self.count do self.holders[i][self.keys[i]] = results[i] end
  for i = 0, #bundles do
    local bundle = bundles[i]
    if i > 0 then bundle.whole[1] = bundle.out[1] end
    bundle.args[3], bundle.out[2] = bundle.out[2], bundle.args[3]
  end
  self.steps = self.steps + 1
end

local function zero_values(plan, x)
  if plan.kind == "Value" then
    x.grad = 0
  elseif not plan.kind then
    for _, key in ipairs(plan.keys) do
      zero_values(plan.children[key], x[key])
    end
  end
end

--- Sets the gradients of all Values among the parameters to 0.
--
--     local x = tinygrad.Value(3)
--     local optimizer = tinygrad.optim.SGD({x}, {lr = 0.1})
--     local y = x * x
--     y:backward()
--     optimizer:step()
--     optimizer:zero_grad()
--     print(("%g %g"):format(x.data, x.grad)) --> 2.4 0
function Optimizer:zero_grad()
  zero_values(self.plan, self.parameters)
end

return optimizers
