--- tinygrad.base.guard: calls a function in a mode that ends with the call,
-- also when the function raises an error or memory runs out. The mode belongs
-- to the function's coroutine: while that one waits, others run without it
-- (csrc/binding/lua/modes.c). Lives with the base library alone.

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

--- Calls f(...) with the mode turned on `by` times, or off if `by` is negative.
-- Returns what f returns, or raises its error.
-- The mode is ended by xpcall and not by a to-be-closed variable, because the
-- error of a coroutine that dies would not close it. Whatever can fail for want
-- of memory happens inside the xpcall or after leave_mode.
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
