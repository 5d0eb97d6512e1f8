-- 7. The rectifier: relu(x) = max(x, 0); its derivative is 0 or 1, 0 at 0.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

for _, x in ipairs {-2.0, 0.0, 0.5, 2.0} do
  local v = Value(x)
  local y = tinygrad.relu(v)
  y:backward()
  print(("relu(%4.1f) = %.1f, gradient %.1f"):format(x, y.data, v.grad))
  assert(v.grad == (x > 0 and 1 or 0))
end

-- At the corner, the slopes to the left and to the right differ.
local function slope(from, to)
  return (tinygrad.relu(to) - tinygrad.relu(from)) / (to - from)
end
print(("left of 0: %.1f, right of 0: %.1f"):format(slope(-0.001, 0),
  slope(0, 0.001)))
