--- tinygrad.base.constants: lists of numbers that belong to a model and are
-- saved with it, but are not learned. Walks over a model's numbers can tell
-- them by their metatable.

local constants = {}

local Constants = {}

--- Makes a list of numbers one of constants.
---@param list number[]
---@return number[] list
function constants.new(list) return setmetatable(list, Constants) end

--- Is x a list of constants?
---@param x any
---@return boolean
function constants.is(x)
  return type(x) == "table" and getmetatable(x) == Constants
end

return constants
