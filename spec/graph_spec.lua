-- Listing the graph.

local tinygrad = require "tinygrad"
local Value = tinygrad.Value

describe("graph", function()
  it("traces nodes and edges, operands first", function()
    local a, b = Value(2), Value(3)
    local c = a * b
    local d = c + a
    local nodes, edges = tinygrad.graph.trace(d)
    assert.equal(4, #nodes)
    assert.equal(a, nodes[1])
    assert.equal(b, nodes[2])
    assert.equal(c, nodes[3])
    assert.equal(d, nodes[4])
    assert.equal(4, #edges)
    assert.equal(a, edges[1].from)
    assert.equal(c, edges[1].to)
    assert.equal(a, edges[4].from)
    assert.equal(d, edges[4].to)
  end)

  it("counts both edges of x * x", function()
    local x = Value(3)
    local nodes, edges = tinygrad.graph.trace(x * x)
    assert.equal(2, #nodes)
    assert.equal(2, #edges)
  end)

  it("of a leaf is the leaf", function()
    local nodes, edges = tinygrad.graph.trace(Value(1))
    assert.equal(1, #nodes)
    assert.equal(0, #edges)
  end)

  it("prints", function()
    local x = Value(3)
    local y = x * x
    y:backward()
    assert.equal(table.concat({
      "Number of nodes: 2", "Number of edges: 2", "", "Nodes:",
      "Node 1: data=3.0000, grad=6.0000", "Node 2: data=9.0000, grad=1.0000",
      "", "Edges:", "3.0000 -> 9.0000", "3.0000 -> 9.0000"}, "\n"),
      tinygrad.graph.text(y))
  end)

  it("does not recurse", function()
    local y = Value(1)
    for _ = 1, 100000 do y = y + 1 end
    assert.equal(100001, #tinygrad.graph.trace(y))
  end)
end)
