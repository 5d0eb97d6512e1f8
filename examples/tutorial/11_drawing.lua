-- 11. Drawing: the graph as a tree, for Graphviz, and, if a file is named, as a
-- page for the browser:
-- lua5.4 examples/tutorial/11_drawing.lua /tmp/graph.html
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local graph, Value = tinygrad.graph, tinygrad.Value

-- The graph of chapter 8, with labels.
local a = Value(2.0)
local b = a * a
local c = b + 1
local d = b * c
a.label, b.label, c.label, d.label = "a", "b", "c", "d"

print(graph.tree(d))

-- After the backward pass, the tree shows the gradients.
d:backward()
print()
print(graph.tree(d))

-- The text for Graphviz, which graph.svg and graph.png call; printed are only
-- its lines about edges.
print()
for line in graph.dot(d):gmatch("[^\n]+") do
  if line:find("->", 1, true) then print(line) end
end

-- In the page, point at the nodes, and step through the pass with the slider.
if arg[1] then assert(graph.html(d, arg[1])) end
