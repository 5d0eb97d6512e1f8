--- tinygrad.graph: draws the graph below a Value, or a Program.
--
-- graph/model.lua decides what is drawn; tree.lua and dot.lua write it;
-- placing.lua, picture.lua, page.lua and script.lua make a page of it. Equal
-- graphs give equal text, on every run and every Lua.

local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local kinds = require "tinygrad.base.kinds"
local dot = require "tinygrad.graph.dot"
local external = require "tinygrad.support.external"
local file = require "tinygrad.support.file"
local model = require "tinygrad.graph.model"
local names = require "tinygrad.base.names"
local options = require "tinygrad.base.options"
local page = require "tinygrad.graph.page"
local tree_text = require "tinygrad.graph.tree"
local typename = require("tinygrad.base.tree").typename
local write = require "tinygrad.support.write"
core.library()

local graph = {}

local function shown(x) return write.number("%.4f", x) end

local function check_value(name, root)
  if core.is_value(root) then return end
  errors.argument(1, name, "Value", typename(root), 3)
end

---@class tinygrad.Edge
---@field from table a Value: the operand
---@field to table a Value: the result that it went into

--- Lists the graph below a Value, operands before results.
-- The order depends on the graph alone: depth first, operands from left to
-- right. An operand that is used twice, as in `x * x`, has two edges.
--
--     local x = tinygrad.Value(2)
--     local nodes, edges = tinygrad.graph.trace(x * x)
--     print(#nodes, #edges) --> 2 2
---@param root table a Value
---@return table nodes an array of Values; `root` is the last
---@return tinygrad.Edge[] edges in the order of the results; those into one
-- result in the order of its operands
function graph.trace(root)
  check_value("trace", root)
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

--- Returns the nodes and edges of the graph below a Value as text, in the form
-- of the plain tutorial (a Python notebook that builds a tiny autograd).
-- A Value that has a label is called by it, any other by its number.
--
--     local x = tinygrad.Value(2)
--     x.label = "x"
--     print(tinygrad.graph.text(x * 3):match("%S+ %->.*")) --> x -> 6.0000
---@param root table a Value
---@return string text several lines, the last without a newline
function graph.text(root)
  check_value("text", root)
  local nodes, edges = graph.trace(root)
  local lines = {
    ("Number of nodes: %d"):format(#nodes),
    ("Number of edges: %d"):format(#edges),
    "",
    "Nodes:",
  }
  for i, node in ipairs(nodes) do
    local label = node.label and (" (%s)"):format(model.clean(node.label)) or ""
    lines[#lines + 1] = ("Node %d%s: data=%s, grad=%s"):format(i, label,
      shown(node.data), shown(node.grad))
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = "Edges:"
  local function name(node)
    return node.label and model.clean(node.label) or shown(node.data)
  end
  for _, edge in ipairs(edges) do
    lines[#lines + 1] = ("%s -> %s"):format(name(edge.from), name(edge.to))
  end
  return table.concat(lines, "\n")
end

-- Drawings ------------------------------------------------------------------

local LIMIT = 150 -- most nodes of a drawing
local DIRECTION = {"direction", kinds.one_of("LR", "RL", "TB", "BT"), "LR",
  "the direction from operands to results: left to right, right to left, top "
  .. "to bottom or bottom to top"}

-- Makes the row of the option `limit`, a number up to `most`.
local function limit(most)
  return {"limit", kinds.whole(1, most), LIMIT,
    "the most nodes to draw"}
end

local TREE = options.new("TreeOptions", {limit(10000)})
local DOT = options.new("DotOptions", {
  DIRECTION,
  {"groups", kinds.BOOLEAN, true, "whether nodes with labels such as "
    .. "`layer1.w` stand in frames"},
  {"partials", kinds.BOOLEAN, false, "whether local partials are written on "
    .. "the edges"},
  limit(10000),
})
local PAGE = options.new("PageOptions", {
  DIRECTION,
  {"title", kinds.STRING, nil, "the title of the page"},
  limit(1000),
})

local function check_root(name, root)
  if core.is_value(root) or core.is_program(root) then return end
  errors.argument(1, name, "Value or Program", typename(root), 3)
end

-- The extensions that the files of a function may have, the usual one first.
local ENDS = {svg = {"svg"}, png = {"png"}, html = {"html", "htm", "xhtml"}}

-- Checks the path of a file: an extension must be one of the function's, but
-- the path may have none.
local function check_path(name, path)
  if type(path) ~= "string" then
    errors.argument(2, name, "a path", typename(path), 3)
  end
  local got = file.extension(path)
  for _, extension in ipairs(ENDS[name]) do
    if not got or got == extension then return end
  end
  errors.argument(2, name, "a path that ends in ." .. name, ("one that ends in "
    .. ".%s; graph.svg writes .svg, graph.png .png, graph.html .html"):format(
    got), 3)
end

-- Returns the nodes to draw, a notice if they are not all, and whether they are
-- of a Program.
local function drawn(root, opts)
  local nodes, total, is_program = model.of(root, opts.limit)
  return nodes, model.notice(nodes, total), is_program
end

--- Returns the graph as indented text, operands below results.
-- What is used more than once is written out at its first place, with a number
-- to which the others refer.
--
--     local x = tinygrad.Value(2)
--     print(tinygrad.graph.tree(x * x))
--     --> *  data=4, grad=0
--     --> ├─ leaf  data=2, grad=0  (#1, used 2 times)
--     --> └─ leaf  (#1 above)
---@param root any a Value or a Program
---@param opts? tinygrad.TreeOptions
---@return string text several lines, the last without a newline
function graph.tree(root, opts)
  check_root("tree", root)
  return tree_text(drawn(root, options.read(TREE, 2, "tree", opts, 2)))
end

--- Returns the graph as source for Graphviz.
-- Each operation is a round node, and each Value a box with its label, data and
-- gradient. A box is the darker the larger its gradient is relative to the
-- largest one: blue if positive, orange if negative, purple if not finite.
-- Labels such as `layer1.w` and `layer1.b` stand in a frame, `layer1`, as `w`
-- and `b`. Operands that are plain numbers are part of the operation. Pointing
-- at an edge shows its local partial.
--
--     local x = tinygrad.Value(2)
--     print(tinygrad.graph.dot(3 * x):match("label=.3 %*.")) --> label="3 *"
---@param root any a Value or a Program
---@param opts? tinygrad.DotOptions
---@return string source ends with a newline
function graph.dot(root, opts)
  check_root("dot", root)
  opts = options.read(DOT, 2, "dot", opts, 2)
  local nodes, notice = drawn(root, opts)
  return dot(nodes, notice, opts)
end

-- Has Graphviz draw a graph, and writes the file.
local function save(format, root, path, opts)
  local nodes, notice = drawn(root, opts)
  local bytes, message = external.run("dot", "install Graphviz, or use "
    .. "graph.html, which needs no other program", format, function(output)
    return dot(nodes, notice, opts), {"-T" .. format, "-o", output}
  end)
  if not bytes then return nil, message end
  return file.write(path, bytes)
end

--- Writes the drawing of graph.dot to a file, as SVG.
-- Graphviz's program `dot` draws it. The file's name must end in .svg or have
-- no extension. The old contents stay whole until the new file is complete. If
-- no other file can be made beside it, the file is written in place, which is
-- not atomic.
--
--     local ok = tinygrad.graph.svg(tinygrad.Value(2), "/none/graph.svg")
--     print(ok) --> nil
---@param root any a Value or a Program
---@param path string the file to write
---@param opts? tinygrad.DotOptions
---@return boolean? ok true
---@return string? message if Graphviz is missing or fails, or the file cannot
-- be written
---@raise the file's name ends in another extension
function graph.svg(root, path, opts)
  check_root("svg", root)
  check_path("svg", path)
  return save("svg", root, path, options.read(DOT, 3, "svg", opts, 2))
end

--- Writes the drawing of graph.dot to a file, as PNG.
-- Graphviz's program `dot` draws it. The file's name must end in .png or have
-- no extension. The old contents stay whole until the new file is complete. If
-- no other file can be made beside it, the file is written in place, which is
-- not atomic.
--
--     local ok = tinygrad.graph.png(tinygrad.Value(2), "/none/graph.png")
--     print(ok) --> nil
---@param root any a Value or a Program
---@param path string the file to write
---@param opts? tinygrad.DotOptions
---@return boolean? ok true
---@return string? message if Graphviz is missing or fails, or the file cannot
-- be written
---@raise the file's name ends in another extension
function graph.png(root, path, opts)
  check_root("png", root)
  check_path("png", path)
  return save("png", root, path, options.read(DOT, 3, "png", opts, 2))
end

--- Writes a page of HTML with the drawing, for any browser.
-- It needs neither Graphviz nor a network. Pointing at a node, or moving to it
-- with the Tab key, shows its value, gradient and local partials. A slider
-- steps through the backward pass, from a gradient of 1 at the root, with which
-- the page opens, or through the evaluation of a Program. A large drawing is
-- fitted to the window. The file's name must end in .html, .htm or .xhtml, or
-- have no extension. The old contents stay whole until the new file is
-- complete. If no other file can be made beside it, the file is written in
-- place, which is not atomic.
--
--     local path = os.tmpname()
--     print(tinygrad.graph.html(tinygrad.Value(2), path)) --> true
--     os.remove(path)
---@param root any a Value or a Program
---@param path string the file to write
---@param opts? tinygrad.PageOptions
---@return boolean? ok true
---@return string? message if the file cannot be written
---@raise the file's name ends in another extension
function graph.html(root, path, opts)
  check_root("html", root)
  check_path("html", path)
  opts = options.read(PAGE, 3, "html", opts, 2)
  local nodes, notice, is_program = drawn(root, opts)
  return file.write(path, page(nodes, notice, is_program, opts))
end

return names.module(graph, "graph")
