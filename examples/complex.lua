-- f(a, b) = (a * b + a) * tanh(b), line by line, and its gradient.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

local a, b = Value(1.3), Value(-0.7)
local c = a * b
local d = c + a
local e = tinygrad.tanh(b)
local out = d * e

print("Forward:")
print(("  c = a * b   = %.6f"):format(c.data))
print(("  d = c + a   = %.6f"):format(d.data))
print(("  e = tanh(b) = %.6f"):format(e.data))
print(("  out = d * e = %.6f"):format(out.data))

out:backward()

print("Backward:")
print(("  d out/d a = %.6f"):format(a.grad))
print(("  d out/d b = %.6f"):format(b.grad))
