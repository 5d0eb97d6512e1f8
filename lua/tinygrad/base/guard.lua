--- tinygrad.base.guard: calls a function in a mode that ends with the call,
-- also when the function raises an error or memory runs out. While the
-- function's coroutine waits, the mode does not reach others
-- (csrc/binding/lua/modes.c).

local core = require "tinygrad.core"
core.library()

local unpack = core.unpack

local function keep(call, ...)
  call.n = select("#", ...)
  for i = 1, call.n do call[i] = (select(i, ...)) end
end

local function run(call, mode, by, f, ...)
  core.enter_mode(mode, by)
  call.entered = true
  keep(call, f(...))
end

core.guard_function(run)

--- Calls f(...) with the mode turned on `by` times, or off if that is below 0;
-- returns what f returns, or raises its error. (By xpcall and not by a variable
-- to be closed: the error of a coroutine that dies would not close it. All
-- that can fail for want of memory is inside the xpcall, or after leave_mode.)
---@param mode string "no_grad", "anomaly" or "recording"
---@param by integer
---@param f function
---@param ... any
---@return any ...
local function guard(mode, by, f, ...)
  local call, arguments = {entered = false, n = 0}, {...}
  local n = select("#", ...)
  local ok, err = xpcall(function()
    run(call, mode, by, f, unpack(arguments, 1, n))
  end, core.note_interrupt)
  if call.entered then core.leave_mode(mode, by) end
  if not ok then error(err, 0) end
  return unpack(call, 1, call.n)
end

return guard
