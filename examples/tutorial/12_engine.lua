-- 12. Write it yourself: the engine of engine.lua beside tinygrad, or your own:
-- lua5.4 examples/tutorial/12_engine.lua mine.lua
local here = arg[0]:match("^.*[/\\]") or ""
pcall(dofile, here .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = dofile(arg[1] or here .. "engine.lua")

-- The same function for both.
local function f(a, b)
  return (a * b + a) * b:tanh()
end

local function show(name, new)
  local a, b = new(1.3), new(-0.7)
  local out = f(a, b)
  out:backward()
  print(("%-10s %s\n%-10s %s\n%-10s %s"):format(name, tostring(out), "",
    tostring(a), "", tostring(b)))
end

show("plain Lua", Value.new)
show("tinygrad", tinygrad.Value)

-- A longer one: a chain of 600 operations, forth and back 100 times.
local function chain(a, b)
  local y = a
  for _ = 1, 200 do y = (y * b + a):tanh() end
  return y
end

local function measure(new)
  local a, b = new(0.5), new(-1.25)
  local start = os.clock()
  for _ = 1, 100 do
    a.grad, b.grad = 0, 0
    chain(a, b):backward()
  end
  return (os.clock() - start) * 1000 / 100, a.grad, b.grad
end

local slow, a1, b1 = measure(Value.new)
local fast, a2, b2 = measure(tinygrad.Value)
print(("gradients %.9f and %.9f"):format(a1, b1))
print("tinygrad has the same: "
  .. tostring(math.abs(a1 - a2) < 1e-12 and math.abs(b1 - b2) < 1e-12))
print(("plain Lua %.3f ms, tinygrad %.3f ms"):format(slow, fast))

-- An aside: a table among the fields of the class is one table for all.
local Shared = {parents = {}}
Shared.__index = Shared

local p, q = setmetatable({}, Shared), setmetatable({}, Shared)
table.insert(p.parents, "a parent of p")
print(("q has %d parent: %s"):format(#q.parents, q.parents[1]))

-- The same with a default for an argument: a table outside of the function is
-- one for all calls, and `list or {}` is a new one for each.
local DEFAULT = {}
local function shared(x, list)
  list = list or DEFAULT
  table.insert(list, x)
  return #list
end

local function fresh(x, list)
  list = list or {}
  table.insert(list, x)
  return #list
end

print(("shared: %d, then %d; fresh: %d, then %d"):format(shared("a"),
  shared("b"), fresh("a"), fresh("b")))
