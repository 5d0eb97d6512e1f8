-- The backward pass: one call fills the gradient of everything below.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
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

-- Leaves add up what they get, so that several passes can be summed ...
f:backward()
print(("after a second pass: df/da = %.6f"):format(a.grad))

-- ... until they are cleared.
f:zero_grad()
print(("after zero_grad: df/da = %.6f"):format(a.grad))
