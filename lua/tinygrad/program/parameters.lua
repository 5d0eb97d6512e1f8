--- tinygrad.program.parameters: finds the names of a function's parameters, for
-- people to read. Lives with the base library alone.

local core = require "tinygrad.core"

local debug = rawget(_G, "debug") -- a host may have left it out

--- Whether the debug library tells the names of a function's parameters at any
-- time. Lua 5.1 tells them only while the function runs: a hook then reads them
-- when it is called.
local TELLS_ANY_TIME = debug and pcall(debug.getlocal, function() end, 1)

local function take(names, i, name)
  if name and core.is_name(name) then names[i] = name end
end

--- Finds the names of the first n parameters of f. On Lua 5.1, f must be called
-- between start() and stop().
---@param f function
---@param n integer
---@return string[] names complete after stop(); "argument 1" for a name that
-- Lua does not tell
---@return fun() start
---@return fun() stop
local function parameters(f, n)
  local names = {}
  for i = 1, n do names[i] = core.format("argument %d", i) end
  local function nothing() end
  if not debug or type(f) ~= "function" then return names, nothing, nothing end
  if TELLS_ANY_TIME then
    for i = 1, n do take(names, i, debug.getlocal(f, i)) end
    return names, nothing, nothing
  end
  -- coverage off: of Lua 5.1
  local hook, mask, count = debug.gethook()
  if type(hook) == "string" then return names, nothing, nothing end -- set in C
  local watching = false
  local function stop()
    if watching then debug.sethook(hook, mask, count) end
    watching = false
  end
  return names, function()
    watching = true
    debug.sethook(function()
      if debug.getinfo(2, "f").func ~= f then return end
      for i = 1, n do take(names, i, (debug.getlocal(2, i))) end
      stop()
    end, "c")
  end, stop
  -- coverage on
end

return parameters
