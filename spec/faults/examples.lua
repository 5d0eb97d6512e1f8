-- Runs the documented example of every public name while memory fails.
-- (fault_host.c calls this once, and provides `failing`.)
local documentation = require "tinygrad.documentation"
local tinygrad = require "tinygrad"

-- An environment in which print does nothing, so that it needs no memory.
local environment = setmetatable({tinygrad = tinygrad, print = function() end},
  {__index = _G})

local function load_example(entry)
  local name = "=" .. entry.name
  if setfenv then -- luacheck: compat
    local chunk = assert(loadstring(entry.example, name)) -- luacheck: compat
    return setfenv(chunk, environment) -- luacheck: compat
  end
  return assert(load(entry.example, name, "t", environment))
end

-- Tells whether the example calls the function that it documents, or another
-- closure of the same function.
local function calls(entry, chunk)
  local called = entry.rows ~= nil
  debug.sethook(function()
    called = called or debug.getinfo(2, "f").func == entry.f
  end, "c")
  chunk()
  debug.sethook()
  return called
end

-- Checks that the state works; it must after every failure.
local function works()
  local a, b = tinygrad.Value(1.3), tinygrad.Value(-0.7)
  local out = (a * b + a) * tinygrad.tanh(b)
  out:backward()
  assert(math.abs(a.grad + 0.181310) < 1e-6)
  assert(math.abs(b.grad + 0.538130) < 1e-6)
end

local done = {} -- the examples that ran; methods and functions share some
for _, entry in ipairs(documentation.entries(tinygrad)) do
  assert(entry.example, entry.name .. " has no example")
  local chunk = load_example(entry)
  assert(calls(entry, chunk), entry.name .. " is not called by its example")
  if not done[entry.example] then failing(entry.name, chunk, works) end
  done[entry.example] = true
end
