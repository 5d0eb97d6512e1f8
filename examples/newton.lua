-- Newton's method: the lowest point of Rosenbrock's valley, from the gradient
-- and the Hessian of a function that is written down once.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"

local function valley(x, y)
  return (1 - x) ^ 2 + 100 * (y - x ^ 2) ^ 2
end

local gradient = tinygrad.grad(valley)
local hessian = tinygrad.hessian(valley)

-- Solves H * (dx, dy) = (gx, gy) by Cramer's rule.
local function solve(H, gx, gy)
  local a, b, c, d = H[1][1], H[1][2], H[2][1], H[2][2]
  local det = a * d - b * c
  return (gx * d - b * gy) / det, (a * gy - c * gx) / det
end

local x, y = -1.2, 1.0
print("step          x          y     f(x, y)    |gradient|")
for step = 0, 20 do
  local gx, gy = gradient(x, y)
  local size = math.sqrt(gx ^ 2 + gy ^ 2)
  print(("%4d %10.6f %10.6f %11.3e %13.3e"):format(step, x, y, valley(x, y),
    size))
  if size < 1e-10 then break end
  local dx, dy = solve(hessian(x, y), gx, gy)
  x, y = x - dx, y - dy
end
