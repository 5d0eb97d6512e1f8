--- tinygrad.graph.dot: writes a drawing as source for Graphviz. For
-- tinygrad.graph only.

local model = require "tinygrad.graph.model"

local HEAD = [[
digraph tinygrad {
  graph [rankdir=%s, fontname="Helvetica", fontsize=11, nodesep=0.2,
    ranksep=0.6, style="rounded", color="#AAAAAA"];
  node [fontname="Helvetica", fontsize=11, height=0.3, margin="0.09,0.05",
    style="filled", fillcolor="#FFFFFF", color="#555555"];
  edge [fontname="Helvetica", fontsize=10, arrowsize=0.7, color="#555555"];]]

-- Writes a string of the DOT language, in which HTML's entities are read, too.
local ESCAPES = {["\\"] = "\\\\", ['"'] = '\\"', ["&"] = "&amp;",
  ["\n"] = "\\n"}

local function quote(s) return '"' .. s:gsub('[\\"&\n]', ESCAPES) .. '"' end

-- Frames --------------------------------------------------------------------

-- Splits a label into frame and name: "layers[1].neurons[2].w[1]" into
-- "layers[1].neurons[2]" and "w[1]".
local function split(name)
  local frame, rest = name:match("^(.+)%.([%a_][%w_%[%]]*)$")
  return frame, rest or name
end

-- Returns the frames that have more than one node, by name; nil if none has.
local function frames_of(nodes)
  local counts, frames = {}, nil
  for _, node in ipairs(nodes) do
    local frame = split(node.name or "")
    if frame then counts[frame] = (counts[frame] or 0) + 1 end
  end
  for name, count in pairs(counts) do
    if count > 1 then
      frames = frames or {}
      frames[name] = {name = name}
    end
  end
  return frames
end

-- Adds the frames with their lines. No frame is inside another: Graphviz would
-- lead all edges from outside around the outer one.
local function put_frames(out, frames)
  for i, frame in ipairs(frames) do
    out[#out + 1] = ("  subgraph cluster_%d {"):format(i)
    out[#out + 1] = ("    label=%s;"):format(quote(frame.name))
    for _, line in ipairs(frame) do out[#out + 1] = line end
    out[#out + 1] = "  }"
  end
end

-- Nodes and edges -----------------------------------------------------------

-- The operations for which the order of the operands does not matter.
local SYMMETRIC = {["+"] = true, ["*"] = true, ["=="] = true, ["~="] = true,
  max = true, min = true, hypot = true}

-- Writes a Value's box: its name there, data and gradient.
local function box(node, name, largest)
  local lines, attributes = {name}, ""
  if node.data then
    lines[#lines + 1] = "data " .. model.number(node.data)
    lines[#lines + 1] = "grad " .. model.number(node.grad)
    attributes = (", fillcolor=%s, tooltip=%s"):format(
      quote(model.colour(node.grad, largest)),
      quote(("data = %s\ngrad = %s"):format(model.number(node.data, 12),
        model.number(node.grad, 12))))
  end
  return ("v%d [shape=box, label=%s%s];"):format(node.id,
    quote(table.concat(lines, "\n")), attributes)
end

local function operation(node)
  return ("o%d [shape=%s, label=%s%s];"):format(node.id,
    #node.op < 3 and "circle" or "ellipse", quote(node.op),
    SYMMETRIC[node.op] and "" or ", ordering=in")
end

-- Returns the letter of the node where edges out of a node begin. A Value with
-- an operation is drawn as two nodes, the operation, "o", and the box, "v"; a
-- Program's operation is drawn as one.
local function tail(node) return (node.data or not node.op) and "v" or "o" end

local function edge(node, from, operand, opts)
  local attributes = {}
  if operand.partial then
    local partial = model.number(operand.partial)
    attributes[1] = "tooltip=" .. quote(("d %s / d %s = %s"):format(
      node.name or "result", operand.node and operand.node.name or operand.name
      or "operand", partial))
    attributes[2] = opts.partials and "label=" .. quote(partial) or nil
  end
  if operand.node and opts.is_shared(operand.node) then
    attributes[#attributes + 1] = "minlen=2"
  end
  return ("%s -> %s%d%s;"):format(from, node.op and "o" or "v", node.id,
    #attributes > 0 and " [" .. table.concat(attributes, ", ") .. "]" or "")
end

-- Puts the edges into a node. Operands that are not drawn share one mark,
-- except those that have a name.
local function put_edges(lines, node, opts)
  local hidden = 0
  for i, operand in ipairs(node.operands) do
    local from = operand.node
    if from then
      lines[#lines + 1] =
        edge(node, tail(from) .. tostring(from.id), operand, opts)
    elseif operand.name then
      local mark = ("m%d_%d"):format(node.id, i)
      lines[#lines + 1] = ("%s [shape=plaintext, style=\"\", label=%s];")
        :format(mark, quote("… " .. operand.name))
      lines[#lines + 1] = edge(node, mark, operand, opts)
    elseif not operand.number then
      hidden = hidden + 1
    end
  end
  if hidden > 0 then
    lines[#lines + 1] = ("m%d [shape=plaintext, style=\"\", label=%s];")
      :format(node.id, quote("… " .. hidden))
    lines[#lines + 1] = edge(node, "m" .. tostring(node.id), {}, opts)
  end
end

--- Writes the source.
---@param nodes tinygrad.DrawnNode[]
---@param notice? string
---@param opts table with direction, groups, partials
---@return string ends with a newline
return function(nodes, notice, opts)
  local largest, edges = model.largest(nodes), {}
  local frames = opts.groups and frames_of(nodes)
  local out, list = {HEAD:format(opts.direction)}, {}
  if notice then out[2] = ("  label=%s;"):format(quote(notice)) end
  local function frame_of(node)
    return frames and frames[split(node.name or "") or false]
  end
  -- A node that goes into operations of several frames stands a step before
  -- them: its edges then pass between the frames, each on a way of its own.
  local function is_shared(node)
    return frames and node.uses > 1 and not frame_of(node)
  end
  local of_edges = {partials = opts.partials, is_shared = is_shared}
  for i = #nodes, 1, -1 do
    local node = nodes[i]
    local frame, lines, indent = frame_of(node), out, "  "
    if frame then
      if #frame == 0 then list[#list + 1] = frame end
      lines, indent = frame, "    "
    end
    if node.op then lines[#lines + 1] = indent .. operation(node) end
    if tail(node) == "v" then
      lines[#lines + 1] = indent .. box(node, frame
        and select(2, split(node.name)) or node.name, largest)
    end
    if node.op and node.data then
      edges[#edges + 1] = ("o%d -> v%d;"):format(node.id, node.id)
    end
    put_edges(edges, node, of_edges)
  end
  put_frames(out, list)
  for _, line in ipairs(edges) do out[#out + 1] = "  " .. line end
  out[#out + 1] = "}\n"
  return table.concat(out, "\n")
end
