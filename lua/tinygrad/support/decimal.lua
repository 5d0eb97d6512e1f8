--- tinygrad.support.decimal: numbers as text with a point, whatever the locale
-- has between digits. Needs of Lua's libraries string alone.

local decimal = {}

--- A number in one of string.format's formats, with a point.
---@param format string
---@param x number finite
---@return string
function decimal.text(format, x)
  return (format:format(x):gsub("[^%w+-]+", "."))
end

--- The number of a text with a point. (In a locale with another point tonumber
-- wants that on Lua 5.1 and 5.2.)
---@param text string
---@return number|nil
function decimal.read(text)
  local point = ("%.1f"):format(0.5):gsub("%d", "")
  return tonumber(text) or tonumber((text:gsub("%.", point)))
end

return decimal
