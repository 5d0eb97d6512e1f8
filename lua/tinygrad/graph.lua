--- tinygrad.graph: looking at the graph below a Value.

local core = require "tinygrad.core"
core.library()

local graph = {}

---@class tinygrad.Edge
---@field from table a Value: the operand
---@field to table a Value: the result it went into

--- Lists the graph below a Value, operands before results.
-- The order depends on the graph alone: depth first, operands from left to
-- right. An operand used twice, as in `x * x`, has two edges.
--
--     local x = tinygrad.Value(2)
--     local nodes, edges = tinygrad.graph.trace(x * x)
--     print(#nodes, #edges) --> 2 2
---@param root table a Value
---@return table nodes array of Values; `root` is the last
---@return tinygrad.Edge[] edges those into a node together, in its order
function graph.trace(root)
  if not core.is_value(root) then
    error(("bad argument #1 to 'trace' (Value expected, got %s)"):format(
      type(root)), 2)
  end
  local nodes, edges, seen = {}, {}, {[root] = true}
  local stack = {{node = root, parents = root:parents(), next = 1}}
  while #stack > 0 do
    local top = stack[#stack]
    local parent = top.parents[top.next]
    if parent == nil then
      nodes[#nodes + 1] = top.node
      for _, from in ipairs(top.parents) do
        edges[#edges + 1] = {from = from, to = top.node}
      end
      stack[#stack] = nil
    else
      top.next = top.next + 1
      if not seen[parent] then
        seen[parent] = true
        stack[#stack + 1] =
          {node = parent, parents = parent:parents(), next = 1}
      end
    end
  end
  return nodes, edges
end

--- The graph below a Value as the tutorial prints it.
--
--     local y = tinygrad.Value(2) * 3
--     print(tinygrad.graph.text(y):match("^[^\n]*")) --> Number of nodes: 2
---@param root table a Value
---@return string text several lines, without a newline at the end
function graph.text(root)
  local nodes, edges = graph.trace(root)
  local lines = {
    ("Number of nodes: %d"):format(#nodes),
    ("Number of edges: %d"):format(#edges),
    "",
    "Nodes:",
  }
  for i, node in ipairs(nodes) do
    lines[#lines + 1] =
      ("Node %d: data=%.4f, grad=%.4f"):format(i, node.data, node.grad)
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = "Edges:"
  for _, edge in ipairs(edges) do
    lines[#lines + 1] = ("%.4f -> %.4f"):format(edge.from.data, edge.to.data)
  end
  return table.concat(lines, "\n")
end

return graph
