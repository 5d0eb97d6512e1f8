--- tinygrad.guard: calls a function in a mode that ends with the call, also
-- when the function raises an error or memory runs out.

local core = require "tinygrad.core"

local unpack = core.unpack

local function keep(call, ...)
  call.n = select("#", ...)
  for i = 1, call.n do call[i] = (select(i, ...)) end
end

local function run(call, enter, f, ...)
  enter()
  call.entered = true
  keep(call, f(...))
end

--- Calls enter(), then f(...), then leave(); returns what f returns, or raises
-- its error. (By pcall and not by a variable to be closed: the error of a
-- coroutine that dies would not close it. All that can fail for want of memory
-- is inside the pcall, or after leave().)
---@param enter fun()
---@param leave fun()
---@param f function
---@param ... any
---@return any ...
local function guard(enter, leave, f, ...)
  local call = {entered = false, n = 0}
  local ok, err = pcall(run, call, enter, f, ...)
  if call.entered then leave() end
  if not ok then error(err, 0) end
  return unpack(call, 1, call.n)
end

return guard
