--- tinygrad.guard: calls a function and undoes something afterwards, also when
-- the function raises an error.

local function undo_after(undo, ok, ...)
  undo()
  if not ok then error((...), 0) end
  return ...
end

--- Calls f(...), then undo(); returns what f returns, or raises its error.
-- (By pcall and not by a variable to be closed: the error of a coroutine that
-- dies would not close it.)
---@param undo fun()
---@param f function
---@param ... any
---@return any ...
local function guard(undo, f, ...)
  return undo_after(undo, pcall(f, ...))
end

return guard
