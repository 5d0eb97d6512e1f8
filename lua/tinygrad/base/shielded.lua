--- tinygrad.base.shielded: calls a function outside the no_grad around it.
-- Lives with the base library alone.

local core = require "tinygrad.core"
local guard = require "tinygrad.base.guard"
core.library()

--- Calls f(...) as if there were no no_grad around it.
---@param f function
---@param ... any
---@return any ... what f returns
local function shielded(f, ...)
  local level = core.mode_level("no_grad")
  if level == 0 then return f(...) end
  return guard("no_grad", -level, f, ...)
end

return shielded
