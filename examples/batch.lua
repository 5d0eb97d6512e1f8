-- Batches: one Program over the rows of a data set. A curve with three
-- parameters is fitted to 10,000 noisy points by gradient descent; each step
-- is one call, for the mean loss and its gradient over all rows.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local Tensor = tinygrad.Tensor

-- Returns the loss of one row, a point (x, y), with the parameters p.
local function loss(p, x, y)
  local predicted = p.height * tinygrad.sigmoid(p.slope * (x - p.middle))
  return (predicted - y) ^ 2
end

-- Data: the curve with the parameters 3, 2 and 0.5, and noise.
local random = Tensor.generator(1)
local x = Tensor.uniform({10000}, -4, 4, random)
local y = x:map(function(xi)
  return 3 / (1 + math.exp(-2 * (xi - 0.5))) + random:normal(0, 0.1)
end)

local p = {height = 1, slope = 1, middle = 0}
local step = tinygrad.compile(loss, p, 0, 0):value_and_grad {argnums = 1}

for epoch = 0, 400 do
  local mean, gradient = step:batch({p, x, y}, {reduce = "mean"})
  if epoch % 100 == 0 then
    print(("epoch %3d: loss %.6f, height %.4f, slope %.4f, middle %.4f")
      :format(epoch, mean, p.height, p.slope, p.middle))
  end
  for name, d in pairs(gradient) do p[name] = p[name] - 0.5 * d end
end

-- Without `reduce` each row has its own results.
local curve = tinygrad.compile(function(q, xi)
  return q.height * tinygrad.sigmoid(q.slope * (xi - q.middle))
end, p, 0)
print("the fitted curve at -1, 0, 1 and 2:")
print(curve:batch {p, Tensor {-1, 0, 1, 2}})
