-- Trains a model while memory fails.
local nn = require("tinygrad").nn
arm()

local model = nn.Neuron(1)
for _, mode in ipairs {"compiled", "eager"} do
  local history = nn.train(model, nn.squared_error, {x = {1, 2}, y = {0, 1}},
    {epochs = 1, batch_size = 1, validation = {x = {3}, y = {1}}, mode = mode})
  assert(history.epochs == 1 and tostring(history) ~= "")
end
assert(model:from_string(model:to_string()))
