--- tinygrad.base.constants: lists of numbers that belong to a model and are
-- saved with it, but are not learned. Their metatable tells them apart when a
-- function collects a model's numbers. Lives with the base library alone.

local constants = {}

local Constants = {}

--- Marks a list of numbers as constants.
---@param list number[]
---@return number[] list
function constants.new(list) return setmetatable(list, Constants) end

--- Whether x is a list of constants.
---@param x any
---@return boolean
function constants.is(x)
  return type(x) == "table" and getmetatable(x) == Constants
end

return constants
