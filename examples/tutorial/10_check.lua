-- 10. Checking: automatic against numerical gradients.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

local function f(a, b)
  return (a * b + a) * tinygrad.tanh(b)
end

-- Automatic, and by central differences, one input at a time.
local a, b = Value(1.3), Value(-0.7)
f(a, b):backward()
local h = 1e-5
local da = (f(1.3 + h, -0.7) - f(1.3 - h, -0.7)) / (2 * h)
local db = (f(1.3, -0.7 + h) - f(1.3, -0.7 - h)) / (2 * h)
print(("da: automatic %.6f, numerical %.6f"):format(a.grad, da))
print(("db: automatic %.6f, numerical %.6f"):format(b.grad, db))

-- gradcheck does this in one line, and chooses the step for each input.
local _, report = tinygrad.gradcheck(f, {1.3, -0.7})
print(report)

-- A derivative that is wrong: 1 - y instead of 1 - y^2.
local wrong_tanh = tinygrad.custom {
  name = "wrong_tanh",
  forward = function(x) return tinygrad.tanh(x) end,
  backward = function(gradient, y) return gradient * (1 - y) end,
}
local ok, found = tinygrad.gradcheck(wrong_tanh, {0.5})
print(ok)
print(found)
