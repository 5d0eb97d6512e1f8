-- 15. Gradients add up, until they are cleared.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

-- Leaves add up what they get ...
local a, b = Value(2.0), Value(-3.0)
local f = (a * b + 10):tanh()
f:backward()
print(("one pass:         df/da = %.6f"):format(a.grad))
f:backward()
print(("a second pass:    df/da = %.6f"):format(a.grad))

-- ... until they are cleared.
f:zero_grad()
print(("after zero_grad:  df/da = %.6f"):format(a.grad))

-- Sums over examples need this: the gradient of a sum is the sum of the
-- gradients, so each term may have its own pass.
local function loss(w, x, y) return (w * x - y) ^ 2 end
local xs, ys = {1, 2, 3}, {2, 4.5, 5.5}

local w = Value(1)
local total = 0
for i, x in ipairs(xs) do total = total + loss(w, x, ys[i]) end
total:backward()
print(("one graph for all: %.6f"):format(w.grad))

w = Value(1)
for i, x in ipairs(xs) do loss(w, x, ys[i]):backward() end
print(("a graph for each:  %.6f"):format(w.grad))

-- In training, each step has to begin with cleared gradients.
local function train(clear)
  local weight, trail = Value(1), {}
  for step = 1, 6 do
    if clear then weight.grad = 0 end
    for i, x in ipairs(xs) do loss(weight, x, ys[i]):backward() end
    weight.data = weight.data - 0.02 * weight.grad
    trail[step] = ("%.3f"):format(weight.data)
  end
  return table.concat(trail, " ")
end

print("cleared:   " .. train(true))
print("forgotten: " .. train(false))
