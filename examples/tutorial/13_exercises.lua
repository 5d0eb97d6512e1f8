-- 13. Exercises: solutions, as additions to engine.lua.
local here = arg[0]:match("^.*[/\\]") or ""
pcall(dofile, here .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = dofile(here .. "engine.lua")

-- 1. Subtraction, from addition and multiplication: a - b = a + (-1) * b.
function Value.__sub(a, b) return a + -1 * b end
function Value.__unm(a) return -1 * a end

-- 2. Division: one over b is new, the rest is multiplication.
local function inverse(b)
  if getmetatable(b) ~= Value then return 1 / b end
  local y = 1 / b.data
  return Value.new(y, {b}, {-y * y})
end
function Value.__div(a, b) return a * inverse(b) end

-- 3. f(x, y) = (x^2 + y) / tanh(x * y).
local function f(x, y) return (x * x + y) / (x * y):tanh() end

-- 4. The exponential, which is its own derivative.
function Value:exp()
  local y = math.exp(self.data)
  return Value.new(y, {self}, {y})
end

-- 5. A sigmoid from it.
local function sigmoid(x) return 1 / (1 + (-x):exp()) end

-- 6. Powers with a number as exponent.
function Value.__pow(a, n)
  return Value.new(a.data ^ n, {a}, {n * a.data ^ (n - 1)})
end

-- Compares each with tinygrad.
local function gradients(g, new, ...)
  local inputs, printed = {}, {}
  for i, x in ipairs {...} do inputs[i] = new(x) end
  local out = g(inputs[1], inputs[2])
  out:backward()
  for i, input in ipairs(inputs) do printed[i] = ("%.6f"):format(input.grad) end
  return ("%.6f, gradients %s"):format(out.data, table.concat(printed, ", "))
end

local function compare(name, g, ...)
  local mine, theirs = gradients(g, Value.new, ...),
    gradients(g, tinygrad.Value, ...)
  print(("%-12s %s: %s"):format(name, mine, mine == theirs and "right"
    or "WRONG, " .. theirs))
end

compare("x - y", function(x, y) return x - y end, 5, 2)
compare("2 - x", function(x) return 2 - x end, 5)
compare("x / y", function(x, y) return x / y end, 5, 2)
compare("2 / x", function(x) return 2 / x end, 5)
compare("f(x, y)", f, 1, 2)
compare("exp(x)", function(x) return x:exp() end, 0.5)
compare("sigmoid(x)", sigmoid, 0.5)
compare("x ^ 3", function(x) return x ^ 3 end, 2)

-- 7. Gradients that go through a deep chain.
print("\ntimes   through tanh   through relu")
for _, times in ipairs {1, 2, 4, 8, 16, 32} do
  local x, v = Value.new(1), Value.new(1)
  local y, w = x, v
  for _ = 1, times do y, w = (2 * y):tanh(), (2 * w):relu() end
  y:backward()
  w:backward()
  print(("%5d %14.2e %14.2e"):format(times, x.grad, v.grad))
end

-- 8. Downhill: the lowest point of (x - 3)^2 + (x * y + 1)^2.
local x, y = Value.new(1), Value.new(1)
for step = 1, 200 do
  local height = (x - 3) ^ 2 + (x * y + 1) ^ 2
  x.grad, y.grad = 0, 0
  height:backward()
  x.data, y.data = x.data - 0.05 * x.grad, y.data - 0.05 * y.grad
  if step == 1 or step % 50 == 0 then
    print(("%sstep %3d: height %.6f at x = %.6f, y = %.6f"):format(
      step == 1 and "\n" or "", step, height.data, x.data, y.data))
  end
end
