-- 19. A network: layers of neurons tell two moons apart. Given a file name, the
-- picture is written there as SVG:
-- lua5.4 examples/tutorial/19_moons.lua moons.svg
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

local random = tinygrad.Tensor.generator(3)

-- 20 points on each of two half circles that reach into each other.
local points = {}
for i = 1, 20 do
  local angle = math.pi * i / 20
  local x, y = math.cos(angle), math.sin(angle)
  local function noise() return random:normal(0, 0.1) end
  table.insert(points, {x = {x + noise(), y + noise()}, y = 1})
  table.insert(points, {x = {1 - x + noise(), 0.5 - y + noise()}, y = -1})
end

local parameters = {}
local function parameter(deviation)
  local p = Value(random:normal(0, deviation))
  table.insert(parameters, p)
  return p
end

-- A neuron is chapter 18's, with any number of inputs.
local function neuron(inputs)
  local weights, bias = {}, parameter(0)
  for i = 1, inputs do weights[i] = parameter(1 / math.sqrt(inputs)) end
  return function(x)
    local sum = bias
    for i = 1, inputs do sum = sum + weights[i] * x[i] end
    return sum
  end
end

-- A layer is several neurons with the same inputs.
local function layer(inputs, outputs)
  local neurons = {}
  for i = 1, outputs do neurons[i] = neuron(inputs) end
  return function(x)
    local y = {}
    for i = 1, outputs do y[i] = neurons[i](x) end
    return y
  end
end

local first, second, last = layer(2, 8), layer(8, 8), layer(8, 1)

local function activate(list)
  local result = {}
  for i, x in ipairs(list) do result[i] = tinygrad.tanh(x) end
  return result
end

local function network(x)
  return last(activate(second(activate(first(x)))))[1]
end

-- Returns a number that is small if the sign is right and the score is clear.
local function misfit(score, y) return tinygrad.softplus(-y * score) end

local function loss()
  local sum = 0
  for _, point in ipairs(points) do
    sum = sum + misfit(network(point.x), point.y)
  end
  return sum / #points
end

local start = {} -- the weights, for later
for i, p in ipairs(parameters) do start[i] = p.data end

print(("%d parameters, a graph of %d nodes"):format(#parameters,
  #tinygrad.graph.trace(loss())))
for step = 0, 150 do
  local now = loss()
  if step % 30 == 0 then
    print(("step %3d: loss %.6f"):format(step, now.data))
  end
  now:zero_grad()
  now:backward()
  for _, p in ipairs(parameters) do p.data = p.data - 1 * p.grad end
end

local right, moons = 0, {[1] = {{}, {}}, [-1] = {{}, {}}}
for _, point in ipairs(points) do
  if network(point.x).data * point.y > 0 then right = right + 1 end
  for k = 1, 2 do table.insert(moons[point.y][k], point.x[k]) end
end
print(("%d of %d points right"):format(right, #points))

local plot = tinygrad.plot {title = "Two moons"}
  :regions(function(x, y) return network {x, y} end, {-1.5, 2.5}, {-1, 1.5},
    {points = 40})
  :scatter(moons[-1][1], moons[-1][2], {label = "lower moon"})
  :scatter(moons[1][1], moons[1][2], {label = "upper moon"})
if arg[1] then assert(plot:save(arg[1])) end
io.write("\n", plot:text {width = 64, height = 18})

-- tinygrad.nn has such networks, and trains them.
local nn = tinygrad.nn
local data = {x = {}, y = {}}
for i, point in ipairs(points) do data.x[i], data.y[i] = point.x, point.y end

local model = nn.MLP(2, {8, 8, 1}, {seed = 3})
print("\n" .. tostring(model))

local function train(title)
  local history = nn.train(model, misfit, data,
    {optimizer = "SGD", lr = 1, epochs = 151, quiet = true})
  print(("%s: loss %.6f in the last of %d steps"):format(title,
    history.loss[history.epochs], history.steps))
end

train("from weights of its own")
for i, p in ipairs(model:parameters()) do p.data = start[i] end
train("from those of our network")
