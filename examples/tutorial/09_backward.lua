-- 9. The backward pass: one call fills the gradient of everything below.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

local a, b, c = Value(2.0), Value(-3.0), Value(10.0)
local e = a * b
local d = e + c
local f = d:tanh()
f:backward()
print(("f = %.6f"):format(f.data))
for _, node in ipairs {{"f", f}, {"d", d}, {"e", e}, {"c", c}, {"b", b},
    {"a", a}} do
  print(("df/d%s = %.6f"):format(node[1], node[2].grad))
end

-- A gradient says how much f changes when an input does.
local function g(x, y, z) return tinygrad.tanh(x * y + z) end
local moved = g(2.0, -3.0, 10.0 + 0.01)
print(("c + 0.01 changes f by %.7f, gradient * 0.01 = %.7f"):format(
  moved - f.data, c.grad * 0.01))
