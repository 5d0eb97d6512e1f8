--- Reads XML, for specs of what is drawn.

local assert = require "luassert"

local xml = {}

--- Returns the elements of an XML text, in order: {name=, attributes=, text=}.
-- Fails if the text is not well-formed. Comments and CDATA, which tinygrad does
-- not write, are not understood.
function xml.parse(source)
  local elements, open, at = {}, {}, 1
  local function check_text(text)
    assert.is_nil(text:gsub("&%a+;", {["&amp;"] = "", ["&lt;"] = "",
      ["&gt;"] = "", ["&quot;"] = ""}):find('[<&%z\1-\8\11-\31]'), text)
  end
  while at <= #source do
    local text, tag, after = source:match("^([^<]*)(%b<>)()", at)
    if not tag then
      check_text(source:sub(at))
      break
    end
    check_text(text)
    if #open > 0 then open[#open].text = open[#open].text .. text end
    local closing = tag:match("^</(%w+)>$")
    if closing then
      assert.equal(closing, table.remove(open).name)
    else
      local name, rest, slash = tag:match('^<(%w+)(.-)(/?)>$')
      assert.is_truthy(name, tag)
      local element = {name = name, attributes = {}, text = "", depth = #open}
      local left = rest:gsub(' ([%w-:]+)="([^"<]*)"', function(key, value)
        assert.is_nil(element.attributes[key], tag)
        check_text(value)
        element.attributes[key] = value
        return ""
      end)
      assert.equal("", left, tag)
      elements[#elements + 1] = element
      if slash == "" then open[#open + 1] = element end
    end
    at = after
  end
  assert.equal(0, #open)
  assert.equal(0, elements[1].depth)
  for i = 2, #elements do assert.is_true(elements[i].depth > 0) end
  return elements
end

--- Returns the elements with a name for which f(attributes, text) is true.
function xml.find(elements, name, f)
  local list = {}
  for _, element in ipairs(elements) do
    if element.name == name
        and (not f or f(element.attributes, element.text)) then
      list[#list + 1] = element
    end
  end
  return list
end

return xml
