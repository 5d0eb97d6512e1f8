-- 17. Second derivatives: a derivative is a function, and has one too.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"

local derivative = tinygrad.derivative
local f = tinygrad.sin
local first, second = derivative(f), derivative(derivative(f))
local third = derivative(second)
print("   x       sin x         1st         2nd         3rd")
for _, x in ipairs {0, 0.5, 1, 1.5} do
  print(("%4.1f %11.6f %11.6f %11.6f %11.6f"):format(x, f(x), first(x),
    second(x), third(x)))
end

-- A function of several inputs: how each partial derivative changes with each
-- input.
local function g(a, b) return (a * b + a) * tinygrad.tanh(b) end
local h = tinygrad.hessian(g)(1.3, -0.7)
print(("\nHessian  %9.6f %9.6f\n         %9.6f %9.6f"):format(h[1][1], h[1][2],
  h[2][1], h[2][2]))

-- It works because the gradient is made of Values, with a graph of its own.
local x = tinygrad.Value(2)
local y = x ^ 3
local dy = tinygrad.gradients(y, {x}, {create_graph = true})[1]
dy.label = "3 x^2"
dy:backward()
print(("y = %.0f, y' = %.0f, y'' = %.0f"):format(y.data, dy.data, x.grad))

-- A use of second derivatives: Newton's method divides by them.
local function valley(t) return t ^ 4 / 4 - 2 * t end
local slope, curvature = derivative(valley), derivative(derivative(valley))
local t = 1
for step = 1, 6 do
  t = t - slope(t) / curvature(t)
  print(("step %d: lowest at %.12f"):format(step, t))
end
print(("cube root of 2:   %.12f"):format(2 ^ (1 / 3)))
