--- tinygrad.base.calm: calls a function in the floating-point environment that
-- computing needs (csrc/engine/numeric/environment.h). A host may have set
-- another: in Lua code, too, a division by zero would then end the process.

local core = require "tinygrad.core"
core.library()

--- Calls f(...), and returns what it returns. (Where the host has set nothing
-- else, f may yield on every Lua.)
---@param f function
---@param ... any
---@return any ...
local function calm(f, ...)
  if core.is_calm() then return f(...) end
  return core.calmly(f, ...)
end

return calm
