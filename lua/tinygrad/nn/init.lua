--- tinygrad.nn: small networks, from neurons made of Values to compiled
-- training.
--
--     local model = nn.MLP(2, {16, 16, 1})
--     local history = nn.train(model, nn.hinge, {x = points, y = classes})
--     print(model {0.5, -1}, history)
--
-- A model is called like a function, with numbers or Values, so that a learner
-- can follow each step. `train` records this call as a Program. nn/module.lua
-- has the methods that all models have.

local activations = require "tinygrad.nn.activations"
local losses = require "tinygrad.nn.losses"
local module = require "tinygrad.nn.module"
local names = require "tinygrad.base.names"
local network = require "tinygrad.nn.network"
require "tinygrad.nn.store"

local nn = {
  module = module.new,
  softmax = activations.softmax,
  standardize = require "tinygrad.nn.standardize",
  train = require "tinygrad.nn.train",
}
for _, part in ipairs {losses, network} do
  for name, f in pairs(part) do nn[name] = f end
end

return names.module(nn, "nn")
