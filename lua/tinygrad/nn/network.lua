--- tinygrad.nn.network: neurons, layers and networks, Value by Value.

local activations = require "tinygrad.nn.activations"
local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local module = require "tinygrad.nn.module"
local settings = require "tinygrad.nn.settings"
local tree = require "tinygrad.base.tree"
local weights = require "tinygrad.nn.weights"
core.library()

local fail = core.fail -- raises an error at the line of the caller's program

local check_count, read_options = settings.check_count, settings.read

local network = {}

--- Returns inputs as a list; a number or Value is one input.
local function as_list(x)
  if tree.is_leaf(x) then return {x} end
  if core.is_tensor(x) then return x:totable() end
  return x
end

-- Neuron --------------------------------------------------------------------

local Neuron = module.class(function(self, x)
  x = as_list(x)
  if #x ~= #self.w then
    fail(("the neuron takes %d inputs, got %d"):format(#self.w, #x))
  end
  return activations.find(self.activation)(core.dot(self.w, x) + self.b)
end, function(self)
  return ("Neuron(%d, %s)"):format(#self.w, activations.name(self.activation))
end, "a Neuron")

local function new_neuron(inputs, outputs, o)
  local w = weights.make(inputs, outputs, o)
  for i = 1, inputs do w[i] = core.Value(w[i]) end
  return setmetatable({w = w, b = core.Value(0), activation = o.activation},
    Neuron)
end

--- A neuron: activation(w . x + b), a function of a table of numbers or Values.
--
--     local neuron = tinygrad.nn.Neuron(2)
--     neuron.w[1].data, neuron.w[2].data, neuron.b.data = 2, -1, 0.5
--     print(neuron {0.25, 1}) --> Value(data=0.000000, grad=0.000000)
---@param inputs integer how many inputs it has
---@param opts? tinygrad.NeuronOptions activation: a name or a function
-- ("tanh"); init: what weights begin with, a name or a function ("he" with a
-- rectifier like relu, else "xavier"); seed: a number or a generator (1)
---@return tinygrad.Model neuron with the Values w[1], w[2] ... and b
function network.Neuron(inputs, opts)
  check_count(1, "Neuron", inputs)
  return module.label(new_neuron(inputs, 1, read_options(2, "Neuron", opts)))
end

-- Layer ---------------------------------------------------------------------

local Layer = module.class(function(self, x)
  x = as_list(x)
  local out, neurons = {}, self.neurons
  if type(x) ~= "table" or #x ~= #neurons[1].w then
    fail(("the layer takes a table of %d numbers, got %s"):format(
      #neurons[1].w, type(x) == "table" and "one of " .. tostring(#x)
      or tree.typename(x)))
  end
  for i = 1, #neurons do out[i] = neurons[i](x) end
  return #out == 1 and out[1] or out
end, function(self)
  local first = self.neurons[1]
  return ("Layer(%d, %d, %s)"):format(#first.w, #self.neurons,
    activations.name(first.activation))
end, "a Layer")

local function new_layer(inputs, outputs, o)
  local neurons = {}
  for i = 1, outputs do neurons[i] = new_neuron(inputs, outputs, o) end
  return setmetatable({neurons = neurons}, Layer)
end

--- A layer: neurons that get the same inputs. Called with a table of numbers or
-- Values (or with one of them, if it has one input), it returns a table of
-- their outputs, or a single Value if it has one neuron.
--
--     local layer = tinygrad.nn.Layer(2, 3, {activation = "relu"})
--     print(layer, #layer {1, 2}) --> Layer(2, 3, relu) 3
---@param inputs integer how many inputs each neuron has
---@param outputs integer how many neurons
---@param opts? tinygrad.NeuronOptions
---@return tinygrad.Model layer with its `neurons`
function network.Layer(inputs, outputs, opts)
  check_count(1, "Layer", inputs)
  check_count(2, "Layer", outputs)
  local o = read_options(3, "Layer", opts)
  return module.label(new_layer(inputs, outputs, o))
end

-- Networks ------------------------------------------------------------------

local NAMES = {} -- of the classes of networks, by metatable

--- Describes a network's layers, without the number of its parameters.
local function structure(self)
  local parts = {}
  for i, layer in ipairs(self.layers) do
    local metatable = type(layer) == "table" and getmetatable(layer)
    if NAMES[metatable] then
      parts[i] = structure(layer)
    else
      parts[i] = type(metatable) == "table" and metatable.__tostring
        and tostring(layer) or "function"
    end
  end
  return ("%s(%s)"):format(NAMES[getmetatable(self)],
    table.concat(parts, ", "))
end

local function describe(self)
  return ("%s: %d parameters"):format(structure(self), #self:parameters())
end

local function forward(self, ...)
  local layers = self.layers
  local x = layers[1](...)
  for i = 2, #layers do x = layers[i](x) end
  return x
end

local Sequential = module.class(forward, describe, "a Sequential")
NAMES[Sequential] = "Sequential"

--- A network of functions and models, called one after the other.
--
--     local nn = tinygrad.nn
--     local model = nn.Sequential {nn.Layer(2, 3), nn.softmax}
--     print(model)
--     --> Sequential(Layer(2, 3, tanh), function): 9 parameters
---@param layers table functions or models; each gets what the one before
-- returned
---@return tinygrad.Model model with its `layers`
function network.Sequential(layers)
  if type(layers) ~= "table" or #layers == 0 or module.is(layers) then
    errors.argument(1, "Sequential", "table of layers",
      type(layers) == "table" and (module.is(layers) and "a model"
      or "an empty one") or tree.typename(layers), 2)
  end
  for i, layer in ipairs(layers) do
    if type(layer) == "userdata" or not tree.is_callable(layer) then
      errors.argument_problem(1, "Sequential", ("layer %d must be a function "
        .. "or a model, it is a %s"):format(i, tree.typename(layer)), 2)
    end
  end
  return module.label(setmetatable({layers = layers}, Sequential))
end

local MLP = module.class(forward, describe, "an MLP")
NAMES[MLP] = "MLP"

--- A multi-layer perceptron.
--
--     local model = tinygrad.nn.MLP(2, {16, 1}, {activation = "relu"})
--     print(tinygrad.is_value(model {0.5, -1})) --> true
--     print(model)
--     --> MLP(Layer(2, 16, relu), Layer(16, 1, linear)): 65 parameters
---@param inputs integer how many inputs it has
---@param sizes integer[] the number of neurons in each layer: {16, 16, 1}
---@param opts? tinygrad.MLPOptions those of Neuron; `activation` is for all
-- layers but the last, which has the activation `output` ("linear")
---@return tinygrad.Model model with its `layers`
function network.MLP(inputs, sizes, opts)
  check_count(1, "MLP", inputs)
  if type(sizes) ~= "table" or #sizes == 0 then
    errors.argument(2, "MLP", "table of sizes", type(sizes) == "table"
      and "an empty one" or tree.typename(sizes), 2)
  end
  for _, n in ipairs(sizes) do check_count(2, "MLP", n) end
  local o = read_options(3, "MLP", opts)
  local layers = {}
  for i, n in ipairs(sizes) do
    if i == #sizes then o.activation = o.output end
    layers[i] = new_layer(sizes[i - 1] or inputs, n, o)
  end
  return module.label(setmetatable({layers = layers}, MLP))
end

return network
