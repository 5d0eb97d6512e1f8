--- tinygrad.nn.weights: with what numbers weights begin.

local activations = require "tinygrad.nn.activations"
local choice_problem = require "tinygrad.nn.choice"
local core = require "tinygrad.core"
local Tensor = require "tinygrad.tensor"
local tree = require "tinygrad.base.tree"
core.library()

local weights = {}

local function uniform(variance)
  return function(inputs, outputs, random)
    local limit = math.sqrt(3 * variance(inputs, outputs))
    return random:uniform(-limit, limit)
  end
end

local function normal(variance)
  return function(inputs, outputs, random)
    return random:normal(0, math.sqrt(variance(inputs, outputs)))
  end
end

--- Glorot and Bengio, Understanding the difficulty of training deep
-- feedforward neural networks (2010).
local function xavier(inputs, outputs) return 2 / (inputs + outputs) end

--- He, Zhang, Ren and Sun, Delving deep into rectifiers (2015).
local function he(inputs) return 2 / inputs end

--- A function of a layer's inputs and outputs and a generator to a number.
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

--- What is wrong with the option `init`, or nil.
---@param x any
---@return string|nil
function weights.problem(x)
  return x ~= nil and choice_problem(x, BY_NAME) or nil
end

--- The generator of the option `seed`, or nil and a message.
---@param seed any number, generator or nil (1)
---@return tinygrad.Generator|nil
---@return string|nil message
function weights.generator(seed)
  if seed == nil then seed = 1 end
  if type(seed) == "number" then return Tensor.generator(seed) end
  if Tensor.is_generator(seed) then return seed end
  return nil, ("number or generator expected, got %s"):format(
    tree.typename(seed))
end

--- The weights of one neuron.
---@param inputs integer
---@param outputs integer of its layer
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
      error("the function 'init' must return a number, it returned "
        .. tree.returned(list[i]), 0)
    end
  end
  return list
end

return weights
