-- 5. Multiplication: d(a * b)/da = b, d(a * b)/db = a.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

local a, b = Value(2.0), Value(-3.0)
local c = a * b
c:backward()
print(("%.1f * %.1f = %.1f"):format(a.data, b.data, c.data))
print(("a.grad = %.1f, b.grad = %.1f"):format(a.grad, b.grad))

-- The two operands may be the same Value.
local x = Value(3.0)
local y = x * x
y:backward()
print(("x * x = %.1f, x.grad = %.1f"):format(y.data, x.grad))

assert(c.data == -6 and a.grad == -3 and b.grad == 2,
  "multiplication is wrong")
assert(y.data == 9 and x.grad == 6, "x * x is wrong")
print("multiplication: passed")
