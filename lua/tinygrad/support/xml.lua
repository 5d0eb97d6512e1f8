--- tinygrad.support.xml: elements and texts of SVG. For tinygrad.plot and
-- tinygrad.graph.

local write = require "tinygrad.support.write"

local xml = {}

xml.COLUMN = 0.6 -- width of a character, in font sizes, more or less

local ENTITIES = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;",
  ['"'] = "&quot;"}

--- A label as the text of an element, or in an attribute.
---@param s string
---@return string
function xml.escape(s) return (write.clean(s):gsub('[&<>"]', ENTITIES)) end

--- A length.
---@param x number
---@return string
function xml.pixels(x) return write.fixed(x, 2) end

--- An element's start tag, without its `>`.
---@param name string
---@param ... any attributes: name, value, name, value ...; a number is a
-- length, and nil leaves the attribute out
---@return string
function xml.tag(name, ...)
  local parts = {"<", name}
  for i = 1, select("#", ...), 2 do
    local key, value = select(i, ...)
    if value ~= nil then
      if type(value) == "number" then value = xml.pixels(value) end
      parts[#parts + 1] = (' %s="%s"'):format(key, value)
    end
  end
  return table.concat(parts)
end

--- How wide a text is, more or less, in pixels.
---@param s string
---@param size number of the font
---@return number
function xml.text_width(s, size) return write.width(s) * size * xml.COLUMN end

return xml
