--- tinygrad.optim.algorithms: for each optimiser its options and its rule for
-- one number. Names, defaults and arithmetic are PyTorch's.

local core = require "tinygrad.core"
local kinds = require "tinygrad.base.kinds"
local options = require "tinygrad.base.options"
core.library()

local REQUIRED = options.REQUIRED
local FROM_ZERO, SHARE = kinds.FROM_ZERO, kinds.SHARE
local BOOLEAN = kinds.BOOLEAN

local function is_fraction(x)
  return type(x) == "number" and x >= 0 and x < 1
end

local FRACTIONS = kinds.new("table of two numbers, from 0 and below 1",
  "number[]", function(x)
    return type(x) == "table" and #x == 2 and is_fraction(x[1])
      and is_fraction(x[2])
  end)

-- Options that several optimisers have.
local LR_TEXT = "the learning rate"
local WEIGHT_DECAY = {"weight_decay", FROM_ZERO, 0,
  "this much of each parameter is added to its gradient"}
local EPS = {"eps", FROM_ZERO, 1e-8, "added to the divisor"}
local BETAS = {"betas", FRACTIONS, {0.9, 0.999},
  "how much the means of gradients and of their squares keep at each step"}

--- Each row has `options`, a schema, and `rule(o)`, which returns, for checked
-- options o:
--
-- - the moments: what is remembered for each parameter, as name -> first
-- number;
-- - scalars(t, rate): a function that returns the numbers which step t (from 1)
-- needs;
-- - update(x, g, m, c): a function that returns a new parameter and new
-- moments, for a parameter x, its gradient g, its moments m and those scalars
-- c.
local ALGORITHMS = {}

--- Returns the gradient of the loss plus weight_decay / 2 * x ^ 2.
local function decayed(o, x, g)
  if o.weight_decay == 0 then return g end
  return g + o.weight_decay * x
end

--- SGD: stochastic gradient descent, with momentum as in Sutskever et al.
-- (2013).
ALGORITHMS.SGD = {
  options = options.new("SGDOptions", {
    {"lr", FROM_ZERO, REQUIRED, LR_TEXT},
    {"momentum", FROM_ZERO, 0, "how much of the last step is kept"},
    {"dampening", kinds.FINITE, 0, "how much of a gradient the momentum does "
      .. "not take"},
    {"nesterov", BOOLEAN, false, "whether to look ahead along the momentum"},
    WEIGHT_DECAY,
  }),
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

--- Returns the moments, scalars and update of Adam and AdamW, without the decay
-- of weights.
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

--- Adam: Kingma and Ba (2015).
ALGORITHMS.Adam = {
  options = options.new("AdamOptions", {
    {"lr", FROM_ZERO, 1e-3, LR_TEXT}, BETAS, EPS, WEIGHT_DECAY,
  }),
  rule = function(o)
    local moments, scalars, update = adam_moments(o)
    return moments, scalars, function(x, g, m, c)
      return update(x, decayed(o, x, g), m, c)
    end
  end,
}

--- AdamW: Adam with weights that decay apart from the gradient, by Loshchilov
-- and Hutter (2019).
ALGORITHMS.AdamW = {
  options = options.new("AdamWOptions", {
    {"lr", FROM_ZERO, 1e-3, LR_TEXT}, BETAS, EPS,
    {"weight_decay", FROM_ZERO, 1e-2,
      "this much of each parameter, times lr, is taken away at each step"},
  }),
  rule = function(o)
    local moments, scalars, update = adam_moments(o)
    return moments, scalars, function(x, g, m, c)
      return update(x * c.decay, g, m, c)
    end
  end,
}

--- RMSProp: Tieleman and Hinton (2012); centered: Graves (2013).
ALGORITHMS.RMSProp = {
  options = options.new("RMSPropOptions", {
    {"lr", FROM_ZERO, 1e-2, LR_TEXT},
    {"alpha", SHARE, 0.99, "how much the mean of squares keeps at each step"},
    EPS, {"momentum", FROM_ZERO, 0, "how much of the last step is kept"},
    {"centered", BOOLEAN, false, "whether to divide by the deviation, not by "
      .. "the root of the mean square"},
    WEIGHT_DECAY,
  }),
  rule = function(o)
    local moments = {square = 0, mean = o.centered and 0 or nil,
      momentum = o.momentum > 0 and 0 or nil}
    return moments, function(_, rate) return {rate = rate} end,
      function(x, g, m, c)
        g = decayed(o, x, g)
        local new = {square = o.alpha * m.square + (1 - o.alpha) * g * g}
        local variance = new.square
        if o.centered then -- the max: rounding could make the variance negative
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

--- Adagrad: Duchi, Hazan and Singer (2011).
ALGORITHMS.Adagrad = {
  options = options.new("AdagradOptions", {
    {"lr", FROM_ZERO, 1e-2, LR_TEXT},
    {"lr_decay", FROM_ZERO, 0, "the t-th step's rate is lr / (1 + (t - 1) * "
      .. "lr_decay)"},
    {"eps", FROM_ZERO, 1e-10, "added to the divisor"},
    {"initial_accumulator_value", FROM_ZERO, 0, "where the sums of squares "
      .. "begin"},
    WEIGHT_DECAY,
  }),
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

--- Returns what is wrong with the options of an algorithm, one by one or
-- together; nil if nothing is.
---@param name string of the algorithm
---@param given table
---@return string?
local function problem(name, given)
  local message = options.problem(ALGORITHMS[name].options, name, given)
  if message or not given.nesterov then return message end
  if (given.momentum or 0) == 0 or (given.dampening or 0) ~= 0 then
    return name .. ": nesterov needs a momentum above 0 and a dampening of 0"
  end
end

return {by_name = ALGORITHMS, problem = problem}
