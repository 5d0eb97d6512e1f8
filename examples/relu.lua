-- The rectifier: relu(x) = max(x, 0); its derivative is 0 or 1, 0 at 0.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

for _, x in ipairs {-2.0, 0.0, 0.5, 2.0} do
  local v = Value(x)
  local y = tinygrad.relu(v)
  y:backward()
  print(("relu(%4.1f) = %.1f, gradient %.1f"):format(x, y.data, v.grad))
  assert(v.grad == (x > 0 and 1 or 0))
end
