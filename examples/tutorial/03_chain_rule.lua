-- 3. The chain rule: along a path derivatives multiply, and paths add up.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

-- One path: x -> u -> y.
local x = Value(0.5)
local u = 3 * x
local y = tinygrad.tanh(u)
local du_dx, dy_du = u:partials()[1], y:partials()[1]
print(("du/dx = %.6f"):format(du_dx))
print(("dy/du = %.6f"):format(dy_du))
print(("dy/dx = dy/du * du/dx = %.6f"):format(dy_du * du_dx))

-- A small step of x shows whether that is so.
local function f(v) return tinygrad.tanh(3 * v) end
print(("measured:               %.6f"):format((f(0.501) - f(0.499)) / 0.002))

-- Two paths: z depends on x directly, and through u.
local z = x * u
local along_x, along_u = z:partials()[1], z:partials()[2]
print(("dz/dx = %.6f + %.6f * %.6f = %.6f"):format(along_x, along_u, du_dx,
  along_x + along_u * du_dx))

-- The whole rule: the sum over all paths of the products along them.
local function derivative(result, input)
  if result == input then return 1 end
  local sum, partials = 0, result:partials()
  for i, parent in ipairs(result:parents()) do
    sum = sum + partials[i] * derivative(parent, input)
  end
  return sum
end

print(("over all paths: %.6f and %.6f"):format(derivative(y, x),
  derivative(z, x)))
