-- The graph of e = tanh(a * b + a), as the tutorial lists it.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

local a, b = Value(2.0), Value(3.0)
local e = tinygrad.tanh(a * b + a)
e:backward()
print(tinygrad.graph.text(e))
