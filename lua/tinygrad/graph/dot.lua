--- tinygrad.graph.dot: a drawing as source for Graphviz. For tinygrad.graph
-- only.

local model = require "tinygrad.graph.model"

local HEAD = [[
digraph tinygrad {
  graph [rankdir=%s, fontname="Helvetica", fontsize=11, nodesep=0.2,
    ranksep=0.35, style="rounded", color="#AAAAAA"];
  node [fontname="Helvetica", fontsize=11, height=0.3, margin="0.09,0.05",
    style="filled", fillcolor="#FFFFFF", color="#555555"];
  edge [fontname="Helvetica", fontsize=10, arrowsize=0.7, color="#555555"];]]

-- A string of the DOT language; entities of HTML are read in it, too.
local ESCAPES = {["\\"] = "\\\\", ['"'] = '\\"', ["&"] = "&amp;",
  ["\n"] = "\\n"}

local function quote(s) return '"' .. s:gsub('[\\"&\n]', ESCAPES) .. '"' end

-- Groups --------------------------------------------------------------------

-- "net.layers[2].w" -> {"net", "net.layers", "net.layers[2]"}
local function prefixes(name)
  local list, at = {}, 2
  while true do
    at = name:find("[.[][%w_]", at)
    if not at then return list end
    list[#list + 1] = name:sub(1, at - 1)
    at = at + 1
  end
end

local function new_group(prefix)
  return {prefix = prefix, lines = {}, inner = {}, count = 0}
end

-- The group of a node, and those around it, are counted and made.
local function group_of(root, node, grouped)
  local group = root
  for _, prefix in ipairs(grouped and node.name and prefixes(node.name) or {})
  do
    local inner = group.inner[prefix]
    if not inner then
      inner = new_group(prefix)
      group.inner[prefix] = inner
      table.insert(group.inner, inner)
    end
    inner.count = inner.count + 1
    group = inner
  end
  return group
end

-- A group of one node, or whose nodes are all in one group inside, has no
-- frame.
local function put_group(out, group, indent)
  local framed = group.prefix and group.count > 1
    and (#group.lines > 0 or #group.inner > 1)
  if framed then
    out.clusters = out.clusters + 1
    out[#out + 1] = ("%ssubgraph cluster_%d {"):format(indent, out.clusters)
    out[#out + 1] = ("%s  label=%s;"):format(indent, quote(group.prefix))
  end
  local inside = framed and indent .. "  " or indent
  for _, line in ipairs(group.lines) do out[#out + 1] = inside .. line end
  for _, inner in ipairs(group.inner) do put_group(out, inner, inside) end
  if framed then out[#out + 1] = indent .. "}" end
end

-- Nodes and edges -----------------------------------------------------------

-- Is the order of the operands to be seen?
local SYMMETRIC = {["+"] = true, ["*"] = true, ["=="] = true, ["~="] = true,
  max = true, min = true, hypot = true}

-- A value's box: label, data, gradient.
local function box(node, largest)
  local lines, attributes = {node.name}, ""
  if node.data then
    lines[#lines + 1] = "data " .. model.number(node.data)
    lines[#lines + 1] = "grad " .. model.number(node.grad)
    attributes = (", fillcolor=%s, tooltip=%s"):format(
      quote(model.colour(model.size_class(node.grad, largest))),
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

-- Where edges into a node end, and where those out of it begin: an operation
-- and its value are two, but a Program's are one.
local function tail(node) return (node.data or not node.op) and "v" or "o" end

local function edge(node, from, operand, partials)
  local attributes = ""
  if operand.partial then
    local partial = model.number(operand.partial)
    attributes = (" [tooltip=%s%s]"):format(quote(("d %s / d %s = %s"):format(
      node.name or "result", operand.node and operand.node.name or operand.name
      or "operand", partial)), partials and ", label=" .. quote(partial) or "")
  end
  return ("%s -> %s%d%s;"):format(from, node.op and "o" or "v", node.id,
    attributes)
end

-- The edges into a node; operands that are not drawn share one mark, but for
-- those that have a name.
local function put_edges(lines, node, partials)
  local hidden = 0
  for i, operand in ipairs(node.operands) do
    local from = operand.node
    if from then
      lines[#lines + 1] = edge(node, tail(from) .. from.id, operand, partials)
    elseif operand.name then
      local mark = ("m%d_%d"):format(node.id, i)
      lines[#lines + 1] = ("%s [shape=plaintext, style=\"\", label=%s];")
        :format(mark, quote("… " .. operand.name))
      lines[#lines + 1] = edge(node, mark, operand, partials)
    elseif not operand.number then
      hidden = hidden + 1
    end
  end
  if hidden > 0 then
    lines[#lines + 1] = ("m%d [shape=plaintext, style=\"\", label=%s];")
      :format(node.id, quote("… " .. hidden))
    lines[#lines + 1] = edge(node, "m" .. node.id, {}, false)
  end
end

--- The source.
---@param nodes tinygrad.DrawnNode[]
---@param notice? string
---@param opts table direction, groups, partials
---@return string ends with a newline
return function(nodes, notice, opts)
  local largest, root, edges = model.largest(nodes), new_group(), {}
  for i = #nodes, 1, -1 do
    local node = nodes[i]
    local lines = group_of(root, node, opts.groups ~= false).lines
    if node.op then lines[#lines + 1] = operation(node) end
    if tail(node) == "v" then lines[#lines + 1] = box(node, largest) end
    if node.op and node.data then
      edges[#edges + 1] = ("o%d -> v%d;"):format(node.id, node.id)
    end
    put_edges(edges, node, opts.partials)
  end
  local out = {HEAD:format(opts.direction or "LR"), clusters = 0}
  if notice then
    out[#out + 1] = ("  label=%s;"):format(quote(notice))
  end
  put_group(out, root, "  ")
  for _, line in ipairs(edges) do out[#out + 1] = "  " .. line end
  out[#out + 1] = "}\n"
  return table.concat(out, "\n")
end
