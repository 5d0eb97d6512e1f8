-- 18. A neuron: a weighted sum, a bias, and tanh.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

local weights, bias = {Value(0.5), Value(-0.5)}, Value(0)

local function neuron(x)
  return (weights[1] * x[1] + weights[2] * x[2] + bias):tanh()
end

-- "x1 or x2", with -1 for false and 1 for true.
local examples = {
  {x = {-1, -1}, y = -1}, {x = {-1, 1}, y = 1},
  {x = {1, -1}, y = 1}, {x = {1, 1}, y = 1},
}

local function loss()
  local sum = 0
  for _, example in ipairs(examples) do
    sum = sum + (neuron(example.x) - example.y) ^ 2
  end
  return sum / #examples
end

-- Gradient descent: every parameter goes a little against its gradient.
local parameters = {weights[1], weights[2], bias}
local losses = {}
for step = 1, 60 do
  local now = loss()
  losses[step] = now.data
  now:zero_grad()
  now:backward()
  for _, p in ipairs(parameters) do p.data = p.data - 0.2 * p.grad end
end

io.write(tinygrad.plot {x = {label = "step"}, y = {label = "loss"}}
  :line(nil, losses):text {width = 60, height = 10}, "\n")
print(("weights %.3f, %.3f, bias %.3f"):format(weights[1].data,
  weights[2].data, bias.data))
for _, example in ipairs(examples) do
  print(("%2d or %2d: wanted %2d, got %6.3f"):format(example.x[1],
    example.x[2], example.y, neuron(example.x).data))
end
