--- tinygrad.support.xml: writes elements and texts of SVG. For tinygrad.plot
-- and tinygrad.graph.

local write = require "tinygrad.support.write"

local xml = {}

xml.COLUMN = 0.6 -- about the width of a character, in font sizes

local ENTITIES = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;",
  ['"'] = "&quot;"}

--- Escapes a label for the text of an element or for an attribute.
---@param s string
---@return string
function xml.escape(s) return (write.clean(s):gsub('[&<>"]', ENTITIES)) end

--- Writes a length, in pixels.
---@param x number
---@return string
function xml.pixels(x) return write.fixed(x, 2) end

--- Writes an element's start tag, without its `>`.
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

--- About the width of a text in pixels.
---@param s string
---@param size number the font size in pixels
---@return number
function xml.text_width(s, size) return write.width(s) * size * xml.COLUMN end

return xml
