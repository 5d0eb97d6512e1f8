--- tinygrad.base.shielded: calls that a no_grad around them does not reach
-- into.

local core = require "tinygrad.core"
local guard = require "tinygrad.base.guard"
core.library()

--- Calls f(...) as if no no_grad were around it.
---@param f function
---@param ... any
---@return any ... what f returns
local function shielded(f, ...)
  local level = core.mode_level("no_grad")
  if level == 0 then return f(...) end
  return guard("no_grad", -level, f, ...)
end

return shielded
