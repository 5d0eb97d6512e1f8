-- 4. Addition: d(a + b)/da = d(a + b)/db = 1.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

local a, b = Value(2.0), Value(3.0)
local c = a + b
c:backward()
print(("%.1f + %.1f = %.1f"):format(a.data, b.data, c.data))
print(("a.grad = %.1f, b.grad = %.1f"):format(a.grad, b.grad))

-- A number may stand on either side, and a Value may be used twice.
local d = 1 + a + a
a.grad = 0
d:backward()
print(("1 + a + a = %.1f, a.grad = %.1f"):format(d.data, a.grad))

assert(c.data == 5 and b.grad == 1, "addition is wrong")
assert(d.data == 5 and a.grad == 2, "a Value used twice gets both gradients")
print("addition: passed")
