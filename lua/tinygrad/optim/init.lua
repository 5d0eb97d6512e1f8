--- tinygrad.optim: first-order optimisers, clipping of gradients, schedules of
-- the learning rate.
--
--     local optimizer = tinygrad.optim.Adam(parameters, {lr = 0.01})
--     for _ = 1, 100 do optimizer:step(gradients_at(parameters)) end
--
-- Parameters are a Tensor, a Value, or nested tables of numbers, Values (leaves
-- of the graph) and Tensors; what else a table holds is left alone. They are
-- changed in place: fields are assigned, Values get a new `data`, Tensors new
-- numbers. Between steps a table, Value or Tensor may be replaced by another of
-- the same shape: they are looked up at each step.
--
-- Names, defaults and arithmetic are PyTorch's; spec/solvers/optim_spec.lua
-- compares the first steps. An algorithm is a row of ALGORITHMS, the rule for
-- one number; an optimizer compiles it and runs it as a batch over all its
-- numbers.

local compile = require "tinygrad.program.compile"
local attempt = require "tinygrad.base.attempt"
local core = require "tinygrad.core"
local options_of = require "tinygrad.support.options"
local shielded = require "tinygrad.base.shielded"
local tree = require "tinygrad.base.tree"
local write = require "tinygrad.support.write"
require "tinygrad.tensor" -- the type of its Tensors
core.library()

local optim = {}

-- Options -------------------------------------------------------------------

local function is_finite(x)
  return type(x) == "number" and x - x == 0
end

local function is_count(x)
  return is_finite(x) and x >= 1 and x % 1 == 0
end

local function is_fraction(x)
  return is_finite(x) and x >= 0 and x < 1
end

--- What an option may be: its description and its test.
local NUMBER = {"finite number", is_finite}
local FROM_ZERO = {"finite number from 0",
  function(x) return is_finite(x) and x >= 0 end}
local SHARE = {"number from 0 to 1",
  function(x) return is_finite(x) and x >= 0 and x <= 1 end}
local COUNT = {"whole number from 1", is_count}
local FLAG = {"boolean", function(x) return type(x) == "boolean" end}
local FRACTIONS = {"table of two numbers, from 0 and below 1", function(x)
  return type(x) == "table" and #x == 2 and is_fraction(x[1])
    and is_fraction(x[2])
end}
local shown = write.got

--- Options completed by defaults.
---@param name string of the function, for messages
---@param known table option -> {what it may be, default}
---@param given any what the caller passed
---@return table|nil
---@return string|nil message if they are not good
local function checked_options(name, known, given)
  if given == nil then given = {} end
  if type(given) ~= "table" then
    return nil, ("bad options to '%s' (table expected, got %s)"):format(name,
      tree.typename(given))
  end
  local options = {}
  for option, rule in pairs(known) do
    local x = given[option]
    if x == nil then x = rule[2] end
    if not rule[1][2](x) then
      return nil, ("bad option '%s' to '%s' (%s expected, got %s)"):format(
        option, name, rule[1][1], shown(x))
    end
    options[option] = x
  end
  for option in next, given do
    if known[option] == nil then
      return nil, options_of.unknown(option, name, known)
    end
  end
  return options
end

--- The same, or an error at the caller of the function that asks.
local function read_options(name, known, given)
  local options, message = checked_options(name, known, given)
  if not options then error(message, 3) end
  return options
end

local function bad_argument(i, name, expected, got, level)
  error(("bad argument #%d to '%s' (%s expected, got %s)"):format(i, name,
    expected, shown(got)), level)
end

-- Algorithms ----------------------------------------------------------------

--- A row has `options`, name -> {what it may be, default}, and `rule(o)`, which
-- returns for checked options
--
-- - the moments: what is remembered for each parameter, name -> first number;
-- - scalars(t, rate): the numbers that the t-th step (from 1) needs;
-- - update(x, g, m, c): parameter, gradient, moments and those scalars to the
--   new parameter and moments, for one number.
local ALGORITHMS = {}

--- The gradient of the loss with weight_decay / 2 * x ^ 2 added.
local function decayed(o, x, g)
  if o.weight_decay == 0 then return g end
  return g + o.weight_decay * x
end

--- Stochastic gradient descent; momentum as in Sutskever et al. (2013).
ALGORITHMS.SGD = {
  options = {lr = {FROM_ZERO}, momentum = {FROM_ZERO, 0},
    dampening = {NUMBER, 0}, weight_decay = {FROM_ZERO, 0},
    nesterov = {FLAG, false}},
  rule = function(o)
    if o.momentum == 0 then
      return {}, function(_, rate) return {rate = rate} end,
        function(x, g, _, c) return x - c.rate * decayed(o, x, g), {} end
    end
    return {momentum = 0}, function(t, rate)
      return {rate = rate, gain = t == 1 and 1 or 1 - o.dampening}
    end, function(x, g, m, c)
      g = decayed(o, x, g)
      local momentum = o.momentum * m.momentum + c.gain * g
      local direction = o.nesterov and g + o.momentum * momentum or momentum
      return x - c.rate * direction, {momentum = momentum}
    end
  end,
}

--- What Adam and AdamW do with a gradient.
local function adam_moments(o)
  local b1, b2 = o.betas[1], o.betas[2]
  return {mean = 0, square = 0}, function(t, rate)
    return {rate = rate / (1 - b1 ^ t), root = math.sqrt(1 - b2 ^ t),
      decay = 1 - rate * o.weight_decay}
  end, function(x, g, m, c)
    local mean = b1 * m.mean + (1 - b1) * g
    local square = b2 * m.square + (1 - b2) * g * g
    local scale = core.sqrt(square) / c.root + o.eps
    return x - c.rate * mean / scale, {mean = mean, square = square}
  end
end

--- Kingma and Ba (2015).
ALGORITHMS.Adam = {
  options = {lr = {FROM_ZERO, 1e-3}, betas = {FRACTIONS, {0.9, 0.999}},
    eps = {FROM_ZERO, 1e-8}, weight_decay = {FROM_ZERO, 0}},
  rule = function(o)
    local moments, scalars, update = adam_moments(o)
    return moments, scalars, function(x, g, m, c)
      return update(x, decayed(o, x, g), m, c)
    end
  end,
}

--- Adam with weights that decay on their own: Loshchilov and Hutter (2019).
ALGORITHMS.AdamW = {
  options = {lr = {FROM_ZERO, 1e-3}, betas = {FRACTIONS, {0.9, 0.999}},
    eps = {FROM_ZERO, 1e-8}, weight_decay = {FROM_ZERO, 1e-2}},
  rule = function(o)
    local moments, scalars, update = adam_moments(o)
    return moments, scalars, function(x, g, m, c)
      return update(x * c.decay, g, m, c)
    end
  end,
}

--- Tieleman and Hinton (2012); centered: Graves (2013).
ALGORITHMS.RMSProp = {
  options = {lr = {FROM_ZERO, 1e-2}, alpha = {SHARE, 0.99},
    eps = {FROM_ZERO, 1e-8}, weight_decay = {FROM_ZERO, 0},
    momentum = {FROM_ZERO, 0}, centered = {FLAG, false}},
  rule = function(o)
    local moments = {square = 0, mean = o.centered and 0 or nil,
      momentum = o.momentum > 0 and 0 or nil}
    return moments, function(_, rate) return {rate = rate} end,
      function(x, g, m, c)
        g = decayed(o, x, g)
        local new = {square = o.alpha * m.square + (1 - o.alpha) * g * g}
        local variance = new.square
        if o.centered then -- rounding must not take it below 0
          new.mean = o.alpha * m.mean + (1 - o.alpha) * g
          variance = core.max(variance - new.mean * new.mean, 0)
        end
        local scale = core.sqrt(variance) + o.eps
        if o.momentum == 0 then return x - c.rate * g / scale, new end
        new.momentum = o.momentum * m.momentum + g / scale
        return x - c.rate * new.momentum, new
      end
  end,
}

--- Duchi, Hazan and Singer (2011).
ALGORITHMS.Adagrad = {
  options = {lr = {FROM_ZERO, 1e-2}, lr_decay = {FROM_ZERO, 0},
    weight_decay = {FROM_ZERO, 0}, initial_accumulator_value = {FROM_ZERO, 0},
    eps = {FROM_ZERO, 1e-10}},
  rule = function(o)
    return {sum = o.initial_accumulator_value}, function(t, rate)
      return {rate = rate / (1 + (t - 1) * o.lr_decay)}
    end, function(x, g, m, c)
      g = decayed(o, x, g)
      local sum = m.sum + g * g
      return x - c.rate * g / (core.sqrt(sum) + o.eps), {sum = sum}
    end
  end,
}

--- The options of an algorithm, which must also go together.
local function algorithm_options(name, given)
  local options, message = checked_options(name, ALGORITHMS[name].options,
    given)
  if not options then return nil, message end
  if options.nesterov and (options.momentum == 0 or options.dampening ~= 0) then
    return nil, name .. ": nesterov needs a momentum above 0 and a dampening "
      .. "of 0"
  end
  return options
end

-- Where the numbers are -----------------------------------------------------

local function size_of(shape)
  local n = 1
  for _, size in ipairs(shape) do n = n * size end
  return n
end

local function same_shape(t, shape)
  local sizes = t:shape()
  if #sizes ~= #shape then return false end
  for i, size in ipairs(shape) do
    if sizes[i] ~= size then return false end
  end
  return true
end

local function shape_text(shape)
  local sizes = {}
  for i, size in ipairs(shape) do sizes[i] = ("%.0f"):format(size) end
  return "Tensor of " .. table.concat(sizes, " x ")
end

--- What is known of the place of one parameter.
local function leaf_plan(x, path, count, sizes)
  if core.is_tensor(x) then
    sizes[#sizes + 1] = size_of(x:shape())
    return {kind = "Tensor", index = #sizes, shape = x:shape(), path = path}
  end
  count.n = count.n + 1
  return {kind = tree.typename(x), index = count.n, path = path}
end

--- Notes in a plan how many array elements each table has.
local function measure(plan, x)
  if plan.kind then return end
  plan.n = #x
  for _, key in ipairs(plan.keys) do measure(plan.parts[key], x[key]) end
end

--- The plan of a tree of parameters is a tree: {path =, n =, keys =, parts =}
-- for a table with n array elements, {path =, kind =, index =, shape =} for a
-- parameter. Numbers and Values are counted together, Tensors on their own.
---@return table plan
---@return integer count of numbers and Values
---@return integer[] sizes of the Tensors
local function plan_of(parameters)
  local plan = {path = "parameters", keys = {}, parts = {}}
  local count, sizes, seen = {n = 0}, {}, {}
  local function once(x, path)
    if seen[x] and seen[x] ~= path then
      error(("%s and %s are the same %s, which would be changed twice"):format(
        seen[x], path, tree.typename(x)), 0)
    end
    seen[x] = path
  end
  tree.map(parameters, function(x, trail, depth, container)
    if not core.is_tensor(x) and not tree.check_leaf(x, trail, depth) then
      return
    end
    local path = tree.path(trail, depth)
    if type(x) ~= "number" then once(x, path) end
    if core.is_value(x) and x.op then
      error(("%s is the result of '%s', only leaves can be changed"):format(
        path, x.op), 0)
    end
    local leaf = leaf_plan(x, path, count, sizes)
    if depth == 1 then plan = leaf return end
    once(container, tree.path(trail, depth - 1))
    local at = plan
    for i = 2, depth do
      local key = trail[i]
      if at.parts[key] == nil then
        at.keys[#at.keys + 1] = key
        at.parts[key] = i == depth and leaf
          or {path = tree.path(trail, i), keys = {}, parts = {}}
      end
      at = at.parts[key]
    end
  end, "parameters")
  measure(plan, parameters)
  return plan, count.n, sizes
end

--- "gradients.w[2]" for the place in them of a part of the parameters.
local function place(plan, whole)
  return whole .. plan.path:sub(#"parameters" + 1)
end

local function wrong(plan, whole, expected, got)
  return ("%s must be a %s, it is %s"):format(place(plan, whole), expected,
    core.is_tensor(got) and "a " .. shape_text(got:shape())
    or tree.typename(got) .. tree.advice(got))
end

-- A block is what one batch updates: all numbers and Values together, or one
-- Tensor. `args` and `out` are those of the batch; after it the moments in both
-- change places.

local function new_block(n, moments)
  local block = {n = n, args = {nil, nil, {}, nil}, out = {{}, {}}}
  for name, first in pairs(moments) do
    block.args[3][name] = core.tensor_new({n}):fill(first)
    block.out[2][name] = core.tensor_new {n}
  end
  block.out[1] = core.tensor_new {n}
  return block
end

--- Blocks of an optimizer: those of the Tensors, and at 0 that of the rest.
local function new_blocks(count, sizes, moments)
  local blocks = {[0] = new_block(count, moments)}
  blocks[0].args[1] = core.tensor_new {count}
  blocks[0].args[2] = core.tensor_new {count}
  for i, n in ipairs(sizes) do blocks[i] = new_block(n, moments) end
  return blocks
end

-- Optimizers ----------------------------------------------------------------

---@class tinygrad.Optimizer
---@field name string of the algorithm
---@field lr number the learning rate; may be changed between steps
---@field schedule? fun(t: integer, lr: number): number the rate of a step from
-- the number of steps taken before it and `lr`
---@field steps integer how many steps were taken
local Optimizer = {}
Optimizer.__index = Optimizer

--- Takes over options: compiles the rule. Returns the moments.
local function set_options(self, options)
  local moments, scalars, update = ALGORITHMS[self.name].rule(options)
  self.options, self.lr, self.scalars = options, options.lr, scalars
  self.program = shielded(compile, update, 0, 0, moments, scalars(1, 0.5))
  return moments
end

local function new_optimizer(name, parameters, options)
  local checked, message = algorithm_options(name, options)
  if not checked then error(message, 3) end
  if type(parameters) == "number" then
    error(("%s: a single number cannot be changed in place: put it into a "
      .. "table"):format(name), 3)
  end
  if type(parameters) ~= "table" and not core.is_tensor(parameters)
    and not core.is_value(parameters) then
    bad_argument(1, name, "table, Tensor or Value", parameters, 4)
  end
  local ok, plan, count, sizes = attempt(plan_of, parameters)
  if not ok then error(name .. ": " .. tostring(plan), 3) end
  local self = setmetatable({name = name, parameters = parameters, plan = plan,
    count = count, sizes = sizes, steps = 0}, Optimizer)
  self.blocks = new_blocks(count, sizes, set_options(self, checked))
  -- for the parameters of blocks[0]: t[k] or value.data is xs[i]
  self.xs, self.gs, self.holders, self.keys = {}, {}, {}, {}
  return self
end

--- Prepares the update of a Tensor.
local function gather_tensor(self, plan, x, g)
  local block = self.blocks[plan.index]
  if not core.is_tensor(x) or not same_shape(x, plan.shape) then
    return wrong(plan, "parameters", shape_text(plan.shape), x)
  end
  if not core.is_tensor(g) or not same_shape(g, plan.shape) then
    return wrong(plan, "gradients", shape_text(plan.shape), g)
  end
  if not rawequal(x, block.tensor) then
    block.tensor, block.whole = x, x:reshape(1, block.n)
    block.args[1] = x:reshape(block.n)
  end
  block.args[2] = #plan.shape == 1 and g or g:reshape(block.n)
end

--- Prepares the update of a number, which is holder[key]; of a Value it is its
-- `data`.
local function gather_number(self, plan, x, g, holder, key)
  if type(x) ~= "number" then return wrong(plan, "parameters", "number", x) end
  if type(g) ~= "number" then return wrong(plan, "gradients", "number", g) end
  local i = plan.index
  self.xs[i], self.gs[i], self.holders[i], self.keys[i] = x, g, holder, key
end

local gather

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
  local parts = plan.parts
  for _, key in ipairs(plan.keys) do
    local part = parts[key]
    local message
    if part.kind == "number" and given then -- most are: soonest
      message = gather_number(self, part, x[key], g[key], x, key)
    else
      message = gather(self, part, x[key], given and g[key], given)
    end
    if message then return message end
  end
end

--- Looks up the parameters and gradients; a message if they do not fit.
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

--- The rate of the next step, a float, or nil and a message.
local function next_rate(self)
  if not FROM_ZERO[2](self.lr) then
    return nil, ("the field 'lr' must be a %s, it is %s"):format(FROM_ZERO[1],
      shown(self.lr))
  end
  if self.schedule == nil then return self.lr + 0.0 end
  if type(self.schedule) ~= "function" then
    return nil, ("the field 'schedule' must be a function, it is %s"):format(
      shown(self.schedule))
  end
  local rate = self.schedule(self.steps, self.lr + 0.0)
  if not FROM_ZERO[2](rate) then
    return nil, ("the schedule must return a %s, after %d steps it returned %s")
      :format(FROM_ZERO[1], self.steps, shown(rate))
  end
  return rate + 0.0
end

--- The learning rate of the next step.
--
--     local optim = tinygrad.optim
--     local optimizer = optim.SGD({0}, {lr = 0.5})
--     optimizer.schedule = optim.step_schedule {size = 1, factor = 0.1}
--     optimizer:step {1}
--     print(("%g"):format(optimizer:rate())) --> 0.05
---@return number
function Optimizer:rate()
  local rate, message = next_rate(self)
  if not rate then error("rate: " .. message, 2) end
  return rate
end

--- Changes the parameters once.
-- Errors for parameters and gradients that do not fit are raised before
-- anything is changed. NaN and infinite gradients are taken as they are.
--
--     local w = {3}
--     local optimizer = tinygrad.optim.SGD(w, {lr = 0.1})
--     optimizer:step {2}
--     print(("%g"):format(w[1])) --> 2.8
---@param gradients? any of the shape of the parameters, with a number for each
-- number and Value, a Tensor for each Tensor; if absent, Values' own `grad`.
-- What else it holds is not looked at.
---@raise the gradients are not shaped as the parameters
function Optimizer:step(gradients)
  local rate, message = next_rate(self)
  message = message or gather(self, self.plan, self.parameters, gradients,
    gradients ~= nil)
  if message then error("step: " .. message, 2) end
  local scalars, blocks = self.scalars(self.steps + 1, rate), self.blocks
  core.tensor_set(blocks[0].args[1], self.xs)
  core.tensor_set(blocks[0].args[2], self.gs)
  for i = 0, #blocks do
    local block = blocks[i]
    block.args[4] = scalars
    if block.n > 0 then self.program:batch(block.args, {out = block.out}) end
  end
  local results = blocks[0].out[1]
  for i = 1, self.count do self.holders[i][self.keys[i]] = results[i] end
  for i = 0, #blocks do
    local block = blocks[i]
    if i > 0 then block.whole[1] = block.out[1] end
    block.args[3], block.out[2] = block.out[2], block.args[3]
  end
  self.steps = self.steps + 1
end

local function zero_values(plan, x)
  if plan.kind == "Value" then
    x.grad = 0
  elseif not plan.kind then
    for _, key in ipairs(plan.keys) do zero_values(plan.parts[key], x[key]) end
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

-- State ---------------------------------------------------------------------

--- Numbers of one moment, in the shape of the parameters.
local function moment_tree(blocks, plan, name)
  if plan.kind == "Tensor" then
    return blocks[plan.index].args[3][name]:reshape(plan.shape):totable()
  end
  if plan.kind then return blocks[0].args[3][name][plan.index] end
  local copy = {}
  for _, key in ipairs(plan.keys) do
    copy[key] = moment_tree(blocks, plan.parts[key], name)
  end
  return copy
end

--- Appends the numbers of nested tables to a list; false if they are not of
-- that shape.
local function append_numbers(x, shape, depth, list)
  if depth > #shape then
    list[#list + 1] = x
    return type(x) == "number"
  end
  if type(x) ~= "table" or #x ~= shape[depth] then return false end
  for _, row in ipairs(x) do
    if not append_numbers(row, shape, depth + 1, list) then return false end
  end
  return true
end

--- Sets a moment of blocks from such a tree; a message if it does not fit.
local function set_moment(blocks, plan, name, x)
  local whole = "state.moments." .. name
  if plan.kind == "Tensor" then
    local numbers = {}
    if not append_numbers(x, plan.shape, 1, numbers) then
      return ("%s must hold the numbers of a %s"):format(place(plan, whole),
        shape_text(plan.shape))
    end
    core.tensor_set(blocks[plan.index].args[3][name], numbers)
  elseif plan.kind then
    if type(x) ~= "number" then return wrong(plan, whole, "number", x) end
    blocks[0].args[3][name][plan.index] = x
  else
    if type(x) ~= "table" then return wrong(plan, whole, "table", x) end
    for key in pairs(x) do
      if not plan.parts[key] then
        return ("%s has something at '%s', where there is no parameter"):format(
          place(plan, whole), tostring(key))
      end
    end
    for _, key in ipairs(plan.keys) do
      local message = set_moment(blocks, plan.parts[key], name, x[key])
      if message then return message end
    end
  end
end

local function copied(options)
  local copy = {}
  for name, x in pairs(options) do
    copy[name] = type(x) == "table" and {x[1], x[2]} or x
  end
  return copy
end

--- All that is needed to go on later, but for the parameters themselves and
-- the schedule, which is code: tables of numbers, strings and booleans.
--
-- `algorithm`, `steps`, `options`, `scheduled` (there was a schedule), and
-- `moments`, each a tree in the shape of the parameters, with arrays in the
-- place of Tensors.
--
--     local w = {3}
--     local optimizer = tinygrad.optim.Adam(w)
--     optimizer:step {2}
--     print(("%d"):format(optimizer:state().steps)) --> 1
---@return table
function Optimizer:state()
  local state = {algorithm = self.name, steps = self.steps,
    options = copied(self.options), scheduled = self.schedule ~= nil,
    moments = {}}
  state.options.lr = self.lr
  for name in pairs(self.blocks[0].args[3]) do
    state.moments[name] = moment_tree(self.blocks, self.plan, name)
  end
  return state
end

--- Options of a state, or nil and a message.
local function state_options(self, state)
  if state.algorithm ~= self.name then
    return nil, ("the state is of '%s', the optimizer is '%s'"):format(
      tostring(state.algorithm), self.name)
  end
  if state.steps ~= 0 and not COUNT[2](state.steps) then
    return nil, "state.steps must be a whole number from 0, it is "
      .. shown(state.steps)
  end
  for _, name in ipairs {"options", "moments"} do
    if type(state[name]) ~= "table" then
      return nil, ("state.%s must be a table, it is %s"):format(name,
        tree.typename(state[name]))
    end
  end
  for name in pairs(ALGORITHMS[self.name].options) do
    if state.options[name] == nil then
      return nil, ("state.options has no '%s'"):format(name)
    end
  end
  if state.scheduled and self.schedule == nil then
    return nil, "the state was saved with a schedule, the optimizer has none "
      .. "(set its field 'schedule' first)"
  end
  return algorithm_options(self.name, copied(state.options))
end

--- Blocks with the moments of a state, or nil and a message.
local function state_blocks(self, state, moments)
  local blocks = new_blocks(self.count, self.sizes, moments)
  for name in pairs(state.moments) do
    if moments[name] == nil then
      return nil, ("state.moments has '%s', which %s with these options has "
        .. "not"):format(tostring(name), self.name)
    end
  end
  for name in pairs(moments) do
    local message = set_moment(blocks, self.plan, name, state.moments[name])
    if message then return nil, message end
  end
  return blocks
end

--- Goes on from where `state` was taken: with the parameters and the schedule
-- of then, to the last bit as if nothing had happened between. The options,
-- too, are those of the state.
--
--     local w = {3}
--     local a, b = tinygrad.optim.Adam(w), tinygrad.optim.Adam(w)
--     a:step {2}
--     assert(b:load_state(a:state()))
--     print(("%d"):format(b.steps)) --> 1
--     print(a:load_state({}))
--     --> nil load_state: the state is of 'nil', the optimizer is 'Adam'
---@param state table
---@return boolean|nil true; if the state does not fit, nothing is changed
---@return string|nil message
function Optimizer:load_state(state)
  if type(state) ~= "table" then
    bad_argument(1, "load_state", "table", state, 3)
  end
  local options, message = state_options(self, state)
  if not options then return nil, "load_state: " .. message end
  local blocks
  blocks, message = state_blocks(self, state,
    (ALGORITHMS[self.name].rule(options)))
  if not blocks then return nil, "load_state: " .. message end
  set_options(self, options)
  self.blocks, self.steps = blocks, state.steps
  return true
end

--- Stochastic gradient descent, with momentum as in Sutskever et al. (2013).
--
--     local w = {3}
--     local optimizer = tinygrad.optim.SGD(w, {lr = 0.5})
--     optimizer:step {2}
--     print(("%g"):format(w[1])) --> 2
---@param parameters any Tensor, Value or nested table, changed in place; what
-- else is in it is left alone, but a string that tonumber takes is an error
---@param options table lr; momentum (0); dampening (0); nesterov (false);
-- weight_decay (0)
---@return tinygrad.Optimizer
function optim.SGD(parameters, options)
  return (new_optimizer("SGD", parameters, options))
end

--- Adam, by Kingma and Ba (2015).
--
--     local w = {3}
--     tinygrad.optim.Adam(w, {lr = 0.1}):step {2}
--     print(("%.3f"):format(w[1])) --> 2.900
---@param parameters any Tensor, Value or nested table, changed in place; what
-- else is in it is left alone, but a string that tonumber takes is an error
---@param options? table lr (0.001); betas ({0.9, 0.999}); eps (1e-8);
-- weight_decay (0)
---@return tinygrad.Optimizer
function optim.Adam(parameters, options)
  return (new_optimizer("Adam", parameters, options))
end

--- Adam with weights that decay on their own, by Loshchilov and Hutter (2019).
--
--     local w = {3}
--     tinygrad.optim.AdamW(w, {lr = 0.1, weight_decay = 0.5}):step {2}
--     print(("%.3f"):format(w[1])) --> 2.750
---@param parameters any Tensor, Value or nested table, changed in place; what
-- else is in it is left alone, but a string that tonumber takes is an error
---@param options? table lr (0.001); betas ({0.9, 0.999}); eps (1e-8);
-- weight_decay (0.01)
---@return tinygrad.Optimizer
function optim.AdamW(parameters, options)
  return (new_optimizer("AdamW", parameters, options))
end

--- RMSProp, by Tieleman and Hinton (2012); centered by Graves (2013).
--
--     local w = {3}
--     tinygrad.optim.RMSProp(w, {lr = 0.1}):step {2}
--     print(("%.3f"):format(w[1])) --> 2.000
---@param parameters any Tensor, Value or nested table, changed in place; what
-- else is in it is left alone, but a string that tonumber takes is an error
---@param options? table lr (0.01); alpha (0.99); eps (1e-8); momentum (0);
-- centered (false); weight_decay (0)
---@return tinygrad.Optimizer
function optim.RMSProp(parameters, options)
  return (new_optimizer("RMSProp", parameters, options))
end

--- Adagrad, by Duchi, Hazan and Singer (2011).
--
--     local w = {3}
--     tinygrad.optim.Adagrad(w, {lr = 0.1}):step {2}
--     print(("%.3f"):format(w[1])) --> 2.900
---@param parameters any Tensor, Value or nested table, changed in place; what
-- else is in it is left alone, but a string that tonumber takes is an error
---@param options? table lr (0.01); lr_decay (0); eps (1e-10);
-- initial_accumulator_value (0); weight_decay (0)
---@return tinygrad.Optimizer
function optim.Adagrad(parameters, options)
  return (new_optimizer("Adagrad", parameters, options))
end

-- Clipping ------------------------------------------------------------------

--- The numbers of gradients: numbers and Values' gradients as places,
-- holders[i][keys[i]], and Tensors.
local function gradients_in(gradients, name)
  if type(gradients) == "number" then
    error(("%s: a single number cannot be changed in place: put it into a "
      .. "table"):format(name), 3)
  end
  if type(gradients) ~= "table" and not core.is_tensor(gradients)
    and not core.is_value(gradients) then
    bad_argument(1, name, "table, Tensor or Value", gradients, 4)
  end
  local holders, keys, tensors = {}, {}, {}
  tree.map(gradients, function(x, trail, depth, container)
    if core.is_tensor(x) then
      if size_of(x:shape()) > 0 then tensors[#tensors + 1] = x end
    elseif core.is_value(x) then
      holders[#holders + 1], keys[#keys + 1] = x, "grad"
    elseif tree.check_leaf(x, trail, depth, name) then
      holders[#holders + 1], keys[#keys + 1] = container, trail[depth]
    end
  end, "gradients")
  return holders, keys, tensors
end

local CHANGES = {
  scale = function(x, factor) return x * factor end,
  clamp = function(x, limit) return core.clamp(x, -limit, limit) end,
}
local programs = {} -- of CHANGES, when they are first needed

local function change_tensor(change, t, parameter)
  local n = size_of(t:shape())
  programs[change] = programs[change]
    or shielded(compile, CHANGES[change], 0, 1)
  t:reshape(1, n)[1] = programs[change]:batch {t:reshape(n), parameter}
end

local function change_all(change, holders, keys, tensors, parameter)
  local f = CHANGES[change]
  for i, holder in ipairs(holders) do
    holder[keys[i]] = f(holder[keys[i]], parameter)
  end
  for _, t in ipairs(tensors) do change_tensor(change, t, parameter) end
end

--- The Euclidean norm of a Tensor's numbers, whose squares may not fit.
local function tensor_norm(t)
  local largest = math.max(t:max(), -t:min())
  if largest > 1e-140 and largest < 1e140 then
    return math.sqrt(core.tensor_statistic(t, "squares", 0))
  end
  if not is_finite(largest) or largest == 0 then return math.abs(largest) end
  return largest * math.sqrt(core.tensor_statistic(t:map(function(x)
    return x / largest
  end), "squares", 0))
end

--- Scales gradients down to a norm of `limit` if theirs is larger: by limit /
-- (norm + 1e-6), as PyTorch does. A norm of NaN makes all of them NaN.
--
--     local g = {3, 4}
--     print(("%g"):format(tinygrad.optim.clip_norm(g, 1))) --> 5
--     print(("%.3f %.3f"):format(g[1], g[2])) --> 0.600 0.800
---@param gradients any Tensor, Value (its `grad`) or nested table of these and
-- numbers, changed in place
---@param limit number the largest norm
---@return number the norm of all of them together, before
function optim.clip_norm(gradients, limit)
  local holders, keys, tensors = gradients_in(gradients, "clip_norm")
  if not FROM_ZERO[2](limit) then
    bad_argument(2, "clip_norm", FROM_ZERO[1], limit, 3)
  end
  local numbers = {}
  for i, holder in ipairs(holders) do numbers[i] = holder[keys[i]] end
  for _, t in ipairs(tensors) do numbers[#numbers + 1] = tensor_norm(t) end
  local norm = core.norm(numbers)
  local factor = limit / (norm + 1e-6)
  if not (factor >= 1) then
    change_all("scale", holders, keys, tensors, factor)
  end
  return norm
end

--- Moves each gradient to the nearest number within -limit and limit; NaN
-- stays NaN.
--
--     local g = {-3, 0.5}
--     tinygrad.optim.clip_value(g, 1)
--     print(("%g %g"):format(g[1], g[2])) --> -1 0.5
---@param gradients any as for clip_norm
---@param limit number
function optim.clip_value(gradients, limit)
  local holders, keys, tensors = gradients_in(gradients, "clip_value")
  if not FROM_ZERO[2](limit) then
    bad_argument(2, "clip_value", FROM_ZERO[1], limit, 3)
  end
  change_all("clamp", holders, keys, tensors, limit)
end

-- Schedules -----------------------------------------------------------------

-- A schedule is a function of t, the number of steps taken before, and lr, the
-- optimizer's rate, to the rate of the next step. It keeps no state, so that of
-- the optimizer is all there is to save.

--- The schedule of a function, whose arguments are numbers then.
local function schedule_of(rate)
  return function(t, lr)
    if type(t) ~= "number" then bad_argument(1, "schedule", "number", t, 3) end
    if type(lr) ~= "number" then
      bad_argument(2, "schedule", "number", lr, 3)
    end
    return rate(t, lr)
  end
end

--- lr times factor ^ floor(t / size): PyTorch's StepLR.
--
--     local rate = tinygrad.optim.step_schedule {size = 10, factor = 0.5}
--     print(("%g %g"):format(rate(0, 1), rate(25, 1))) --> 1 0.25
---@param options table size; factor (0.1)
---@return fun(t: integer, lr: number): number
function optim.step_schedule(options)
  local o = read_options("step_schedule", {size = {COUNT},
    factor = {FROM_ZERO, 0.1}}, options)
  return schedule_of(function(t, lr)
    return lr * o.factor ^ math.floor(t / o.size)
  end)
end

--- From lr down to `minimum` in so many steps, along half a period of the
-- cosine: PyTorch's CosineAnnealingLR, but that from there on it stays at the
-- minimum. (Loshchilov and Hutter, 2017)
--
--     local rate = tinygrad.optim.cosine_schedule {steps = 100}
--     print(("%.3f %.3f"):format(rate(50, 1), rate(100, 1))) --> 0.500 0.000
---@param options table steps; minimum (0)
---@return fun(t: integer, lr: number): number
function optim.cosine_schedule(options)
  local o = read_options("cosine_schedule", {steps = {COUNT},
    minimum = {FROM_ZERO, 0}}, options)
  return schedule_of(function(t, lr)
    if t >= o.steps then return o.minimum end
    return o.minimum
      + (lr - o.minimum) * (1 + math.cos(math.pi * t / o.steps)) / 2
  end)
end

--- From start * lr up to lr in so many steps, along a line: PyTorch's LinearLR.
--
--     local rate = tinygrad.optim.warmup_schedule {steps = 10, start = 0}
--     print(("%.2f %.2f"):format(rate(5, 1), rate(20, 1))) --> 0.50 1.00
---@param options table steps; start (1 / 3)
---@return fun(t: integer, lr: number): number
function optim.warmup_schedule(options)
  local o = read_options("warmup_schedule", {steps = {COUNT},
    start = {SHARE, 1 / 3}}, options)
  return schedule_of(function(t, lr)
    return lr * (o.start + (1 - o.start) * math.min(t, o.steps) / o.steps)
  end)
end

--- One schedule after the other, each counting its own steps: PyTorch's
-- SequentialLR.
--
--     local optim = tinygrad.optim
--     local rate = optim.chain_schedules({
--       optim.warmup_schedule {steps = 10}, optim.cosine_schedule {steps = 90},
--     }, {10})
--     print(("%.2f %.2f"):format(rate(10, 1), rate(55, 1))) --> 1.00 0.50
---@param schedules function[]
---@param milestones integer[] steps after which the second, third ... begins
---@return fun(t: integer, lr: number): number
function optim.chain_schedules(schedules, milestones)
  if type(schedules) ~= "table" then
    bad_argument(1, "chain_schedules", "table", schedules, 3)
  end
  if type(milestones) ~= "table" then
    bad_argument(2, "chain_schedules", "table", milestones, 3)
  end
  if #schedules == 0 and #milestones == 0 then
    error("chain_schedules: there is no schedule", 2)
  end
  if #schedules ~= #milestones + 1 then
    error(("chain_schedules: %d schedules need %d milestones, got %d"):format(
      #schedules, math.max(#schedules - 1, 0), #milestones), 2)
  end
  for i, schedule in ipairs(schedules) do
    if type(schedule) ~= "function" then
      error(("chain_schedules: schedule %d must be a function, it is %s")
        :format(i, shown(schedule)), 2)
    end
  end
  for i, milestone in ipairs(milestones) do
    if not COUNT[2](milestone) or milestone <= (milestones[i - 1] or 0) then
      error(("chain_schedules: milestone %d must be a whole number above the "
        .. "one before, it is %s"):format(i, shown(milestone)), 2)
    end
  end
  return schedule_of(function(t, lr)
    local i = #milestones
    while i > 0 and t < milestones[i] do i = i - 1 end
    local rate = schedules[i + 1](t - (milestones[i] or 0), lr)
    return rate
  end)
end

return optim
