--- tinygrad.graph.page: writes a drawing as a page of HTML that explains a node
-- when one points at it, and steps through the backward pass. For
-- tinygrad.graph only.

local model = require "tinygrad.graph.model"
local picture = require "tinygrad.graph.picture"
local script = require "tinygrad.graph.script"
local xml = require "tinygrad.support.xml"

-- Writes a string of JavaScript that may stand in a `script` element.
local function js_string(s)
  return '"' .. s:gsub('[%c\\"<>&]', function(c)
    return ("\\u%04X"):format(c:byte())
  end):gsub("\226\128([\168\169])", function(c)
    return c == "\168" and "\\u2028" or "\\u2029"
  end) .. '"'
end

local function js_number(x)
  if x ~= x then return "NaN" end
  if x == math.huge then return "Infinity" end
  if x == -math.huge then return "-Infinity" end
  return model.number(x, 17)
end

-- Returns what a node is called in sentences.
local function title(node)
  if node.name then return node.name end
  local what = node.op and ("‘%s’"):format(node.op) or "the leaf"
  return node.data and ("%s (%s)"):format(what, model.number(node.data)) or what
end

-- Writes an operand as [node or null, partial or null, name or null].
local function js_operand(operand)
  local name = operand.name
  if operand.number then name = model.number(operand.number, 8) end
  if not operand.node and not name then name = "(not drawn)" end
  return ("[%s,%s,%s]"):format(operand.node and operand.node.id or "null",
    operand.partial and js_number(operand.partial) or "null",
    name and js_string(name) or "null")
end

-- Writes a node as {t: title, o: operation, d: data, g: gradient, c: operands}.
local function js_node(node)
  local operands = {}
  for i, operand in ipairs(node.operands) do
    operands[i] = js_operand(operand)
  end
  return ("{t:%s,o:%s,d:%s,g:%s,c:[%s]}"):format(js_string(title(node)),
    node.op and js_string(node.op) or "null",
    node.data and js_number(node.data) or "null",
    node.grad and js_number(node.grad) or "null", table.concat(operands, ","))
end

local function js_colours()
  local hues = {}
  for i, hue in ipairs(model.HUES) do
    hues[i] = ("[%d,%d,%d]"):format(hue[1], hue[2], hue[3])
  end
  return ("const hues = [%s], palest = %s, darkest = %s, odd = %s;\n"):format(
    table.concat(hues, ","), js_number(model.PALEST), js_number(model.DARKEST),
    js_string(model.NOT_FINITE))
end

local function js_data(nodes, is_program)
  local list = {}
  for i, node in ipairs(nodes) do list[i] = js_node(node) end
  return ("const program = %s;\n%sconst nodes = [null,\n%s\n];\n"):format(
    tostring(is_program), js_colours(), table.concat(list, ",\n"))
end

--- Writes the page.
---@param nodes tinygrad.DrawnNode[]
---@param notice? string
---@param is_program boolean
---@param opts table with direction and title
---@return string
return function(nodes, notice, is_program, opts)
  local heading = opts.title or nodes[1].name and not is_program
    and ("Graph of %s"):format(nodes[1].name)
    or is_program and "Graph of a Program" or "Graph"
  local parts = {TITLE = xml.escape(heading), STYLE = script.STYLE,
    NOTICE = notice and ('<p class="notice">%s</p>'):format(xml.escape(notice))
      or "",
    LEGEND = is_program and "" or script.LEGEND,
    PASS = is_program and "Evaluation" or "Backward pass",
    DRAWING = picture(nodes, opts.direction),
    DATA = js_data(nodes, is_program), SCRIPT = script.SCRIPT}
  return (script.PAGE:gsub("{{(%u+)}}", parts))
end
