-- Plots: each kind of picture, on the terminal. Given a folder, it writes them
-- there as SVG: lua5.4 examples/plot.lua /tmp
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local Tensor = tinygrad.Tensor

local folder = arg[1]

local function show(name, p)
  if folder then
    local path = ("%s/%s.svg"):format(folder, name)
    assert(p:save(path))
    print("wrote " .. path)
  else
    io.write(p:text {width = 60, height = 12}, "\n")
  end
end

-- Training: a line is fitted to noisy points by gradient descent.
local random = Tensor.generator(1)
local xs = Tensor.uniform({40}, -1, 3, random)
local ys = xs:map(function(x) return 1 + 2 * x + random:normal(0, 1) end)
local step = tinygrad.compile(function(p, x, y)
  return (p[1] + p[2] * x - y) ^ 2
end, {0, 0}, 0, 0):value_and_grad {argnums = 1}

local function train(rate)
  local p, losses = {0, 0}, {}
  for epoch = 1, 40 do
    local loss, gradient = step:batch({p, xs, ys}, {reduce = "mean"})
    losses[epoch] = loss
    for i = 1, 2 do p[i] = p[i] - rate * gradient[i] end
  end
  return losses, p
end

local slow, fast = train(0.02), train(0.1)
local _, fitted = train(0.2)
show("training", tinygrad.plot {title = "Training",
  x = {label = "epoch"}, y = {label = "loss", log = true}}
  :line(nil, slow, {label = "rate 0.02"})
  :line(nil, fast, {label = "rate 0.1"}))

-- The fit, and the band of 95 % confidence for the true line.
local n, mean = #xs, xs:mean()
local spread, residue = 0, 0
for i = 1, n do
  spread = spread + (xs[i] - mean) ^ 2
  residue = residue + (fitted[1] + fitted[2] * xs[i] - ys[i]) ^ 2
end
local at, low, middle, high = {}, {}, {}, {}
for i = 1, 41 do
  local x = -1.1 + 0.1 * i
  local half = 2.02 * math.sqrt(residue / (n - 2)
    * (1 / n + (x - mean) ^ 2 / spread))
  at[i], middle[i] = x, fitted[1] + fitted[2] * x
  low[i], high[i] = middle[i] - half, middle[i] + half
end
show("fit", tinygrad.plot {title = "A fit with its confidence band"}
  :band(at, low, high, {label = "95 %"})
  :line(at, middle, {label = "fit"})
  :scatter(xs, ys, {label = "data"}))

-- A decision boundary: where a score is positive.
local function score(x, y) return math.sin(2 * x) + y * y - 1 end
local inner, outer = {{}, {}}, {{}, {}}
for _ = 1, 60 do
  local x, y = random:uniform(-3, 3), random:uniform(-1.5, 2)
  local class = score(x, y) < 0 and inner or outer
  table.insert(class[1], x)
  table.insert(class[2], y)
end
show("boundary", tinygrad.plot {title = "Decision boundary"}
  :regions(score, {-3, 3}, {-1.5, 2})
  :scatter(inner[1], inner[2], {label = "inner"})
  :scatter(outer[1], outer[2], {label = "outer"}))

-- Contours of a function, and the way down along its gradient.
local function rosenbrock(x, y)
  return (1 - x) ^ 2 + 5 * (y - x * x) ^ 2
end
local gradient = tinygrad.grad(rosenbrock, {argnums = {1, 2}})
local path = {{-1.5}, {-0.5}}
for i = 1, 60 do
  local x, y = path[1][i], path[2][i]
  local dx, dy = gradient(x, y)
  path[1][i + 1], path[2][i + 1] = x - 0.015 * dx, y - 0.015 * dy
end
show("descent", tinygrad.plot {title = "Gradient descent"}
  :contour(rosenbrock, {-2, 2}, {-1, 3}, {levels = {1, 5, 20, 50}})
  :line(path[1], path[2], {label = "path", colour = 2}))

show("residuals", tinygrad.plot {title = "Noise"}
  :histogram(Tensor.normal({1000}, 0, 1, random)))
