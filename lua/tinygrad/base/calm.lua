--- tinygrad.base.calm: calls a function in the floating-point environment that
-- computing needs (csrc/engine/numeric/environment.h). In another, which a
-- host may have set, a division by zero in Lua code could end the process.
-- Lives with the base library alone.

local core = require "tinygrad.core"
core.library()

--- Calls f(...) and returns what it returns. If the environment is already the
-- right one, f is called directly and may yield on every Lua.
---@param f function
---@param ... any
---@return any ...
local function calm(f, ...)
  if core.is_calm() then return f(...) end
  return core.calmly(f, ...)
end

return calm
