--- tinygrad.nn.settings: checks the arguments of neurons, layers and networks.
-- For network.lua only: errors are raised at the line that called the function
-- `name` there.

local activations = require "tinygrad.nn.activations"
local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local options = require "tinygrad.base.options"
local weights = require "tinygrad.nn.weights"
core.library()

local settings = {}

local NEURON = options.new("NeuronOptions", {
  {"activation", activations.KIND, "tanh", "a name or a function"},
  {"init", weights.INIT, nil, "how weights begin: a name, or a function of a "
    .. "layer's inputs and outputs and a generator to a number (if absent: "
    .. "\"he\" before a rectifier, else \"xavier\")"},
  {"seed", weights.SEED, 1, "of the random numbers that weights begin with"},
})

local MLP = options.new("MLPOptions", {
  {"output", activations.KIND, "linear", "the activation of the last layer"},
}, NEURON)

--- Returns the options of a neuron, layer or network, with defaults.
---@param i integer the position of the options among the arguments
---@param name string of the function: "Neuron", "Layer" or "MLP"
---@param given any what the function's caller gave
---@return table activation, init, random (a generator), and for an MLP output
function settings.read(i, name, given)
  local o = options.read(name == "MLP" and MLP or NEURON, i, name, given, 3)
  o.random = weights.generator(o.seed)
  return o
end

--- Raises an error unless argument i is a whole number from 1 to 1e6.
function settings.check_count(i, name, n)
  if type(n) ~= "number" or n < 1 or n % 1 ~= 0 or n > 1e6 then
    errors.argument(i, name, "whole number from 1", errors.got(n), 3)
  end
end

return settings
