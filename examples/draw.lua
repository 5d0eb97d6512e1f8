-- Drawings of a graph: as a tree here, and into a directory if one is named, as
-- a page for the browser, and for Graphviz and by it: lua5.4 examples/draw.lua
-- /tmp
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local graph, Value = tinygrad.graph, tinygrad.Value

local function named(label, value)
  value.label = label
  return value
end

local a, b = named("a", Value(1.3)), named("b", Value(-0.7))
local out = named("out", named("d", a * b + a) * b:tanh())
out:backward()
print(graph.tree(out))

-- The function recorded, with its gradient: a Program is drawn, too.
local gradient = tinygrad.compile(function(x, y)
  return (x * y + x) * tinygrad.tanh(y)
end, 1, 1):grad()
print()
print(graph.tree(gradient))

local directory = arg[1]
if directory then
  assert(graph.html(out, directory .. "/graph.html"))
  assert(graph.html(gradient, directory .. "/program.html"))
  local file = assert(io.open(directory .. "/graph.dot", "w"))
  file:write(graph.dot(out))
  file:close()
  for _, format in ipairs {"svg", "png"} do
    local ok, message = graph[format](out, directory .. "/graph." .. format)
    if not ok then print(message) end
  end
end
