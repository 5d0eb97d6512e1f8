-- 2. The computation graph: a Value is a number that remembers where it came
-- from.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

local a = Value(2.0)
local b = Value(-3.0)
print(a)
print(b)

-- A Value is not a number, though it behaves like one.
a.label = "a"
print(("a.data = %.1f, a.grad = %.1f, a.label = %s"):format(a.data, a.grad,
  a.label))
print(("a is a Value: %s; 2 is one: %s"):format(
  tostring(tinygrad.is_value(a)), tostring(tinygrad.is_value(2))))

-- A result knows its operands and the operation.
local c = a * b
print(("c.data = %.1f, made by '%s' from %d parents"):format(c.data, c.op,
  #c:parents()))
print("the parents are a and b themselves: "
  .. tostring(c:parents()[1] == a and c:parents()[2] == b))

-- The last result leads to everything that it was made from.
local d = c + a
b.label, c.label, d.label = "b", "c", "d"
print(tinygrad.graph.text(d))
