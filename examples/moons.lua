-- Two moons: a network of 337 parameters learns to tell them apart. Prints the
-- decision boundary, or draws it into an SVG file that you name.
pcall(dofile, (arg[0]:match("^(.*[/\\])") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local nn = tinygrad.nn

-- Two half circles that reach into each other, and noise.
local random = tinygrad.Tensor.generator(1)
local data, moons = {x = {}, y = {}}, {{x = {}, y = {}}, {x = {}, y = {}}}
for i = 1, 200 do
  local angle, upper = random:uniform(0, math.pi), i % 2 == 0
  local x, y = math.cos(angle), math.sin(angle)
  if not upper then x, y = 1 - x, 0.5 - y end
  x, y = x + random:normal(0, 0.12), y + random:normal(0, 0.12)
  data.x[i], data.y[i] = {x, y}, upper and 1 or -1
  local moon = moons[upper and 1 or 2]
  table.insert(moon.x, x)
  table.insert(moon.y, y)
end

local model = nn.MLP(2, {16, 16, 1})
print(model)
local history = nn.train(model, nn.hinge, data, {epochs = 300, lr = 0.02,
  callback = function(e)
    if e.epoch % 50 == 0 then
      print(("epoch %3d: loss %.4f"):format(e.epoch, e.loss))
    end
  end})

local scores, right = model:predict(data.x), 0
for i, class in ipairs(data.y) do
  if scores[i] * class > 0 then right = right + 1 end
end
print(("%s; %d of %d points on the right side"):format(history.status, right,
  #data.y))

local score = model:compile {0, 0} -- a Program, for 10,000 points
local plot = tinygrad.plot {title = "Two moons"}
  :regions(function(x, y) return score {x, y} end, {-1.5, 2.5}, {-1, 1.5})
  :scatter(moons[2].x, moons[2].y, {label = "lower"})
  :scatter(moons[1].x, moons[1].y, {label = "upper"})
if arg[1] then
  assert(plot:save(arg[1]))
else
  io.write("\n", plot:text(), "\n")
end
