--- tinygrad.support.decimal: numbers as text with a point, whatever character
-- the locale puts between digits. Of Lua's libraries it needs string alone.

local decimal = {}

--- Writes a number in one of string.format's formats, with a point.
---@param format string
---@param x number finite
---@return string
function decimal.text(format, x)
  return (format:format(x):gsub("[^%w+-]+", "."))
end

--- Reads a number that has a point. (tonumber expects the locale's character on
-- Lua 5.1 and 5.2.)
---@param text string
---@return number|nil
function decimal.read(text)
  local point = ("%.1f"):format(0.5):gsub("%d", "")
  return tonumber(text) or tonumber((text:gsub("%.", point)))
end

return decimal
