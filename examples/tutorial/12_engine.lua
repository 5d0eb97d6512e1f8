-- 12. Write it yourself: the engine of engine.lua beside tinygrad, or your own:
-- lua5.4 examples/tutorial/12_engine.lua mine.lua
local here = arg[0]:match("^.*[/\\]") or ""
pcall(dofile, here .. "../prelude.lua")
local tinygrad = require "tinygrad"

-- Checks operation by operation; ends here if one of them is wrong.
local check = dofile(here .. "checker.lua")
local new = check(arg[1] or here .. "engine.lua")
if not new then os.exit(1) end

-- One function runs on both engines.
local function f(a, b)
  return (a * b + a) * b:tanh()
end

local function show(name, make)
  local a, b = make(1.3), make(-0.7)
  local out = f(a, b)
  out:backward()
  print(("%-10s %.6f, gradients %.6f and %.6f"):format(name, out.data, a.grad,
    b.grad))
end

print()
show("plain Lua", new)
show("tinygrad", tinygrad.Value)

-- A longer function: a chain of 600 operations, forth and back 100 times.
local function chain(a, b)
  local y = a
  for _ = 1, 200 do y = (y * b + a):tanh() end
  return y
end

local function measure(make)
  local a, b = make(0.5), make(-1.25)
  collectgarbage()
  local start = os.clock()
  for _ = 1, 100 do
    a.grad, b.grad = 0, 0
    chain(a, b):backward()
  end
  return (os.clock() - start) * 1e6 / 100
end

print(("600 operations: plain Lua %.3f us, tinygrad %.3f us"):format(
  measure(new), measure(tinygrad.Value)))

-- An aside: a table among the fields of the class is one table for all.
local Shared = {parents = {}}
Shared.__index = Shared

local p, q = setmetatable({}, Shared), setmetatable({}, Shared)
table.insert(p.parents, "a parent of p")
print(("q has %d parent: %s"):format(#q.parents, q.parents[1]))

-- A default for an argument: a table outside of the function is one for all
-- calls, and `list or {}` is a new one for each.
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
