--- tinygrad.graph.picture: writes a drawing as SVG, placed by
-- tinygrad.graph.placing, with the classes and data attributes that the page's
-- script needs. For tinygrad.graph only.

local place_nodes = require "tinygrad.graph.placing"
local model = require "tinygrad.graph.model"
local xml = require "tinygrad.support.xml"

local tag, escape, text_width = xml.tag, xml.escape, xml.text_width

local FONT = 12 -- pixels
local LINE = 16
local BOX = 100 -- least width, enough for any gradient
local CIRCLE = 28
local PORT = 8 -- distance between edges that enter an operation
local BETWEEN = 14 -- distance between an operation and its value
local MARGIN = 16

-- Sizes ---------------------------------------------------------------------

local function box_lines(node)
  local lines = {}
  if node.name then lines[1] = {text = node.name, class = "name"} end
  if node.data then
    lines[#lines + 1] = {text = "data " .. model.number(node.data)}
    lines[#lines + 1] = {text = "grad " .. model.number(node.grad),
      class = "grad"}
  end
  return lines
end

local function box_of(node)
  if node.op and not node.data then return nil end
  local box = {lines = box_lines(node), width = node.data and BOX or 0}
  for _, line in ipairs(box.lines) do
    box.width = math.max(box.width, text_width(line.text, FONT) + 16)
  end
  box.height = #box.lines * LINE + 10
  return box
end

local function operation_of(node, count, vertical)
  if not node.op then return nil end
  local room = math.min(10 * PORT, (count - 1) * PORT) + 12
  local op = {width = CIRCLE, height = CIRCLE, text = node.op,
    round = #node.op < 3 and count < 3}
  if not op.round then
    op.width = text_width(node.op, FONT) + 18
    op.width = math.max(op.width, vertical and room or 0)
    op.height = math.max(CIRCLE - 4, vertical and 0 or room)
  end
  return op
end

-- Returns the extent of something along the layers, and across them.
local function extent(part, vertical)
  if not part then return 0, 0 end
  if vertical then return part.height, part.width end
  return part.width, part.height
end

local function item_of(node, vertical)
  local count = 0
  for _, operand in ipairs(node.operands) do
    if not operand.number then count = count + 1 end
  end
  local item = {node = node, box = box_of(node),
    op = operation_of(node, count, vertical), operands = {}, users = {}}
  local box, box_across = extent(item.box, vertical)
  local op, op_across = extent(item.op, vertical)
  item.thickness = box + op + (item.box and item.op and BETWEEN or 0)
  item.width = math.max(box_across, op_across)
  item.spread = math.min(op_across - 12, (count - 1) * PORT)
  item.count = count
  return item
end

-- Makes a mark for operands that are not drawn.
local function mark_of(text, vertical)
  local box = {lines = {{text = text}}, width = text_width(text, FONT) + 8,
    height = LINE + 6}
  local thickness, width = extent(box, vertical)
  return {box = box, operands = {}, users = {}, thickness = thickness,
    width = width, spread = 0}
end

-- Items and edges -----------------------------------------------------------

local function join(item, from, k, operand)
  from.users[#from.users + 1] = {item = item, operand = operand,
    port = item.count > 1 and (k - 1) / (item.count - 1) - 0.5 or 0}
  item.operands[#item.operands + 1] = from
end

-- Makes the items of all nodes, each after its users, and the marks.
local function items_of(nodes, vertical)
  local list, of = {}, {}
  for i, node in ipairs(nodes) do
    list[i] = item_of(node, vertical)
    of[node] = list[i]
  end
  for i, node in ipairs(nodes) do
    local k, hidden, last = 0, 0, nil
    for _, operand in ipairs(node.operands) do
      if not operand.number then
        k = k + 1
        if operand.node then
          join(list[i], of[operand.node], k, operand)
        elseif operand.name then
          list[#list + 1] = mark_of("… " .. operand.name, vertical)
          join(list[i], list[#list], k, operand)
        else
          hidden, last = hidden + 1, operand
        end
      end
    end
    if hidden > 0 then
      list[#list + 1] = mark_of("… " .. hidden, vertical)
      join(list[i], list[#list], list[i].count, last)
    end
  end
  return list
end

-- Drawing -------------------------------------------------------------------

-- From places along and across the layers to x and y.
local MAPS = {
  LR = function(u, v) return u, v end,
  RL = function(u, v, length) return length - u, v end,
  TB = function(u, v) return v, u end,
  BT = function(u, v, length) return v, length - u end,
}

local function put(canvas, ...)
  canvas[#canvas + 1] = table.concat({...})
end

local function spot(canvas, u, v)
  local x, y = canvas.map(u, v, canvas.length)
  return xml.pixels(x) .. " " .. xml.pixels(y)
end

-- Returns how far the outline of an operation is behind its foremost point, at
-- a distance `across` from it.
local function recess(op, across)
  if not op or not op.round then return 0 end
  local r = CIRCLE / 2
  return r - math.sqrt(r * r - across * across)
end

local function curve(canvas, u0, v0, u1, v1)
  local middle = (u0 + u1) / 2
  return ("C%s %s %s"):format(spot(canvas, middle, v0),
    spot(canvas, middle, v1), spot(canvas, u1, v1))
end

-- Writes the path of an edge along its way, bent between layers where needed.
local function edge_path(canvas, edge)
  local way = edge.way
  local first, last = way[1], way[#way]
  local v, across = first.v, edge.port * last.spread
  local parts = {"M" .. spot(canvas, first.u + first.thickness / 2, v)}
  for k = 1, #way - 1 do
    local here, after = way[k], way[k + 1]
    local next_v = after == last and last.v + across or after.v
    local from = here.u + here.layer_thickness / 2
    local to = after.u - after.layer_thickness / 2
    if math.abs(next_v - v) > 0.01 then
      parts[#parts + 1] = "L" .. spot(canvas, from, v)
      parts[#parts + 1] = curve(canvas, from, v, to, next_v)
    end
    edge.label_u, edge.label_v = (from + to) / 2, (v + next_v) / 2
    v = next_v
  end
  parts[#parts + 1] = "L" .. spot(canvas, last.u - last.thickness / 2
    + recess(last.op, across), v)
  return table.concat(parts)
end

local function draw_edge(canvas, from, edge)
  local user = edge.item.node.id
  put(canvas, tag("path", "class", from.node and "edge" or "edge hidden", "d",
    edge_path(canvas, edge), "data-to", ("%d"):format(user), "data-from",
    from.node and ("%d"):format(from.node.id), "marker-end", "url(#arrow)"),
    "/>")
  if edge.operand.partial and from.node then
    local x, y = canvas.map(edge.label_u, edge.label_v, canvas.length)
    put(canvas, tag("text", "class", "partial", "data-to",
      ("%d"):format(user), "x", x, "y", y - 2), ">",
      model.number(edge.operand.partial), "</text>")
  end
end

local function draw_lines(canvas, box, x, y)
  local top = y - (#box.lines - 1) * LINE / 2 + 4
  for i, line in ipairs(box.lines) do
    put(canvas, tag("text", "class", line.class, "x", x, "y",
      top + (i - 1) * LINE), ">", escape(line.text), "</text>")
  end
end

local function draw_box(canvas, item, x, y)
  local box, node = item.box, item.node
  put(canvas, tag("rect", "class", "box", "x", x - box.width / 2, "y",
    y - box.height / 2, "width", box.width, "height", box.height, "rx", 4,
    "fill", node.data and model.colour(node.grad, canvas.largest)
      or "#FFFFFF"), "/>")
  draw_lines(canvas, box, x, y)
end

local function draw_operation(canvas, op, x, y)
  put(canvas, tag("rect", "class", "op", "x", x - op.width / 2, "y",
    y - op.height / 2, "width", op.width, "height", op.height, "rx",
    math.min(op.width, op.height) / 2), "/>")
  put(canvas, tag("text", "class", "sign", "x", x, "y", y + 4), ">",
    escape(op.text), "</text>")
end

-- Returns what a screen reader says of a node.
local function describe(node)
  local parts = {node.name, node.op}
  if node.name and node.op then
    parts = {node.name .. " = " .. node.op}
  elseif not node.name then
    parts = {node.op or "leaf"}
  end
  if node.data then
    parts[2] = "data " .. model.number(node.data)
    parts[3] = "gradient " .. model.number(node.grad)
  end
  return table.concat(parts, ", ")
end

local function draw_item(canvas, item)
  local node, vertical = item.node, canvas.vertical
  local half = item.thickness / 2
  local box, op = extent(item.box, vertical), extent(item.op, vertical)
  local box_x, box_y = canvas.map(item.u + half - box / 2, item.v,
    canvas.length)
  if not node then
    put(canvas, '<g class="mark">')
    draw_lines(canvas, item.box, box_x, box_y)
    put(canvas, "</g>")
    return
  end
  put(canvas, tag("g", "class", "node", "id", ("node%d"):format(node.id),
    "data-id", ("%d"):format(node.id), "tabindex", "0", "role", "img",
    "aria-label", escape(describe(node))), ">")
  if item.op then
    if item.box then
      put(canvas, tag("path", "class", "joint", "d", "M"
        .. spot(canvas, item.u - half + op, item.v) .. "L"
        .. spot(canvas, item.u + half - box, item.v)), "/>")
    end
    draw_operation(canvas, item.op, canvas.map(item.u - half + op / 2, item.v,
      canvas.length))
  end
  if item.box then draw_box(canvas, item, box_x, box_y) end
  put(canvas, "</g>")
end

local ARROW = '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" '
  .. 'markerWidth="8" markerHeight="8" orient="auto" '
  .. 'markerUnits="userSpaceOnUse">'
  .. '<path d="M0 0L8 4L0 8z" fill="#777777"/></marker></defs>'

--- Writes the drawing as an `svg` element.
---@param nodes tinygrad.DrawnNode[]
---@param direction string LR, RL, TB or BT: the direction from operands to
-- results
---@return string
return function(nodes, direction)
  local vertical = direction == "TB" or direction == "BT"
  local items = items_of(nodes, vertical)
  local length, breadth = place_nodes(items)
  local width = (vertical and breadth or length) + 2 * MARGIN
  local height = (vertical and length or breadth) + 2 * MARGIN
  local canvas = {map = MAPS[direction], length = length, vertical = vertical,
    largest = model.largest(nodes)}
  put(canvas, tag("svg", "xmlns", "http://www.w3.org/2000/svg", "width",
    width, "height", height, "viewBox", ("%d %d %s %s"):format(-MARGIN,
    -MARGIN, xml.pixels(width), xml.pixels(height))), ">")
  put(canvas, ARROW)
  for _, item in ipairs(items) do
    for _, edge in ipairs(item.users) do draw_edge(canvas, item, edge) end
  end
  for i = #items, 1, -1 do draw_item(canvas, items[i]) end
  put(canvas, "</svg>")
  return table.concat(canvas, "\n")
end
