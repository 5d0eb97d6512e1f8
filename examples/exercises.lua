-- The exercises: subtraction, division, and f = (x^2 + y) / tanh(x * y).
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

local function show(name, f, ...)
  local inputs = {...}
  local leaves = {}
  for i, x in ipairs(inputs) do leaves[i] = Value(x) end
  local out = f(leaves[1], leaves[2])
  out:backward()
  local grads = {}
  for i, leaf in ipairs(leaves) do grads[i] = ("%.6f"):format(leaf.grad) end
  print(("%-23s = %9.6f, gradients %s"):format(name, out.data,
    table.concat(grads, ", ")))
end

show("x - y", function(x, y) return x - y end, 5, 2)
show("y - x", function(x, y) return y - x end, 5, 2)
show("2 - x", function(x) return 2 - x end, 5)
show("x / y", function(x, y) return x / y end, 5, 2)
show("y / x", function(x, y) return y / x end, 5, 2)
show("2 / x", function(x) return 2 / x end, 5)
show("(x^2 + y) / tanh(x*y)", function(x, y)
  return (x ^ 2 + y) / tinygrad.tanh(x * y)
end, 1, 2)
