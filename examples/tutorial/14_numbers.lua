-- 14. Operators: numbers on either side.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

local function show(text, f)
  local v = Value(4)
  local y = f(v)
  y:backward()
  print(("%-8s = %10.6f, gradient %10.6f"):format(text, y.data, v.grad))
end

show("v + 3", function(v) return v + 3 end)
show("3 - v", function(v) return 3 - v end)
show("v / 2", function(v) return v / 2 end)
show("2 / v", function(v) return 2 / v end)
show("v ^ 1.5", function(v) return v ^ 1.5 end)
show("2 ^ v", function(v) return 2 ^ v end)

-- A number needs no gradient, and makes no node.
local v = Value(4)
local y = 3 * v
print(("3 * v: %d parent, operands %g and %s"):format(#y:parents(),
  y:operands()[1], tostring(y:operands()[2])))

-- Lua looks for the operator in the left operand, then in the right one. It
-- calls what it finds with both, in the order in which they stand.
local Probe = {}
Probe.__sub = function(a, b) return type(a) .. " - " .. type(b) end
local probe = setmetatable({}, Probe)
print((probe - 1) .. "; " .. (1 - probe))

-- Code that takes its first argument for the object is wrong for 3 - v.
local Careless = {}
Careless.__sub = function(a, b)
  local object, other = a, b
  if type(a) == "number" then object, other = b, a end
  return object.data - other
end
print(("3 - 4 = %d, says Careless"):format(
  3 - setmetatable({data = 4}, Careless)))

-- An aside: look at the metatable to see whether a thing has an operator.
local function has_operator(thing, event)
  local metatable = debug.getmetatable(thing)
  return metatable ~= nil and rawget(metatable, event) ~= nil
end

for _, event in ipairs {"__add", "__sub", "__concat"} do
  print(("%-8s  Value: %-5s  probe: %-5s  number: %s"):format(event,
    tostring(has_operator(v, event)), tostring(has_operator(probe, event)),
    tostring(has_operator(1, event))))
end
print(pcall(function() return v .. "!" end) and "joined" or "v .. '!' fails")
