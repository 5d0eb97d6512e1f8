-- The hyperbolic tangent: d tanh(x)/dx = 1 - tanh(x)^2.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

for _, x in ipairs {-2.0, 0.0, 0.5, 2.0} do
  local v = Value(x)
  local y = tinygrad.tanh(v) -- or v:tanh()
  y:backward()
  print(("tanh(%4.1f) = %9.6f, gradient %.6f"):format(x, y.data, v.grad))
  assert(math.abs(v.grad - (1 - y.data * y.data)) < 1e-15)
end
