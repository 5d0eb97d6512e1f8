--- tinygrad.nn.weights: the numbers that weights begin with.

local activations = require "tinygrad.nn.activations"
local core = require "tinygrad.core"
local kinds = require "tinygrad.base.kinds"
local Tensor = require "tinygrad.tensor"
local tree = require "tinygrad.base.tree"
core.library()

local fail = core.fail -- raises an error at the line of the caller's program

local weights = {}

--- Returns an initialiser that draws evenly from a range around 0.
local function uniform(variance)
  return function(inputs, outputs, random)
    local limit = math.sqrt(3 * variance(inputs, outputs))
    return random:uniform(-limit, limit)
  end
end

--- Returns an initialiser that draws from a normal distribution around 0.
local function normal(variance)
  return function(inputs, outputs, random)
    return random:normal(0, math.sqrt(variance(inputs, outputs)))
  end
end

--- Returns the variance of Glorot and Bengio, Understanding the difficulty of
-- training deep feedforward neural networks (2010).
local function xavier(inputs, outputs) return 2 / (inputs + outputs) end

--- Returns the variance of He, Zhang, Ren and Sun, Delving deep into rectifiers
-- (2015).
local function he(inputs) return 2 / inputs end

--- Initialisers: functions that return a weight from the numbers of a layer's
-- inputs and outputs and a generator.
local BY_NAME = {
  xavier = uniform(xavier), xavier_normal = normal(xavier),
  he = uniform(he), he_normal = normal(he),
  uniform = function(_, _, random) return random:uniform(-1, 1) end,
  zeros = function() return 0 end,
}
for alias, name in pairs {glorot = "xavier", glorot_normal = "xavier_normal",
    kaiming = "he", kaiming_normal = "he_normal"} do
  BY_NAME[alias] = BY_NAME[name]
end

--- The kind of the option `init`.
weights.INIT = kinds.function_or_name(BY_NAME,
  "fun(inputs: integer, outputs: integer, random: tinygrad.Generator): number")

--- The kind of the option `seed`.
weights.SEED = kinds.new("finite number or generator",
  "number|tinygrad.Generator",
  function(x) return kinds.FINITE.test(x) or Tensor.is_generator(x) end,
  "number")

--- Returns the generator that the option `seed` gives.
---@param seed number|tinygrad.Generator
---@return tinygrad.Generator
function weights.generator(seed)
  return type(seed) == "number" and Tensor.generator(seed) or seed
end

--- Returns the weights of one neuron.
---@param inputs integer
---@param outputs integer how many neurons its layer has
---@param o table init, activation, random
---@return number[]
function weights.make(inputs, outputs, o)
  local init = o.init
    or (activations.RECTIFIERS[o.activation] and "he" or "xavier")
  local f = BY_NAME[init] or init
  local list = {}
  for i = 1, inputs do
    list[i] = f(inputs, outputs, o.random)
    if type(list[i]) ~= "number" then
      fail("the function 'init' must return a number, it returned "
        .. tree.returned(list[i]))
    end
  end
  return list
end

return weights
