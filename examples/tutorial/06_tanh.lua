-- 6. The hyperbolic tangent: d tanh(x)/dx = 1 - tanh(x)^2.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

for _, x in ipairs {-2.0, 0.0, 0.5, 2.0} do
  local v = Value(x)
  local y = tinygrad.tanh(v) -- or v:tanh()
  y:backward()
  print(("tanh(%4.1f) = %9.6f, gradient %.6f"):format(x, y.data, v.grad))
  assert(math.abs(v.grad - (1 - y.data * y.data)) < 1e-15)
end

-- The curve and its slope.
local derivative = tinygrad.derivative(tinygrad.tanh)
local xs, curve, slope = {}, {}, {}
for i = 1, 61 do
  xs[i] = (i - 31) / 10
  curve[i], slope[i] = tinygrad.tanh(xs[i]), derivative(xs[i])
end
io.write("\n", tinygrad.plot {}
  :line(xs, curve, {label = "tanh x"})
  :line(xs, slope, {label = "its derivative"})
  :text {width = 60, height = 10})
