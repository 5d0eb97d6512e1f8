-- Listing and drawing the graph; page_spec.lua looks at pages in a browser.
-- luacheck: no max line length

local process = require "spec.support.process"
local support = require "spec.support.common"
local tinygrad = require "tinygrad"
local xml = require "spec.support.xml"
local graph, Value = tinygrad.graph, tinygrad.Value
local read = support.read

local function named(label, value)
  value.label = label
  return value
end

local function complex()
  local a, b = named("a", Value(1.3)), named("b", Value(-0.7))
  local out = named("out", (a * b + a) * b:tanh())
  out:backward()
  return out, a, b
end

local function count(text, pattern)
  return select(2, text:gsub(pattern, ""))
end

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
    assert.matches("Node 2: data=inf, grad=0.0000\n",
      tinygrad.graph.text(Value(math.huge) * 1), 1, true)
  end)

  it("calls Values by their labels", function()
    local a, b = named("a", Value(1)), named("b", Value(1))
    local c = named("c\n", a * b)
    local y = c + b
    assert.equal(table.concat({"Number of nodes: 4", "Number of edges: 4", "",
      "Nodes:", "Node 1 (a): data=1.0000, grad=0.0000",
      "Node 2 (b): data=1.0000, grad=0.0000",
      "Node 3 (c ): data=1.0000, grad=0.0000",
      "Node 4: data=2.0000, grad=0.0000", "", "Edges:", "a -> c ", "b -> c ",
      "c  -> 2.0000", "b -> 2.0000"}, "\n"), tinygrad.graph.text(y))
  end)

  it("does not recurse", function()
    local y = Value(1)
    for _ = 1, 100000 do y = y + 1 end
    assert.equal(100001, #tinygrad.graph.trace(y))
  end)
end)

describe("graph.tree", function()
  it("indents operands and numbers what is shared", function()
    assert.equal([[
out = *  data=-0.2357, grad=1
├─ +  data=0.39, grad=-0.6044
│  ├─ *  data=-0.91, grad=-0.6044
│  │  ├─ a  data=1.3, grad=-0.1813  (#1, used 2 times)
│  │  └─ b  data=-0.7, grad=-0.5381  (#2, used 2 times)
│  └─ a  (#1 above)
└─ tanh  data=-0.6044, grad=0.39
   └─ b  (#2 above)]], graph.tree((complex())))
  end)

  it("writes numbers among the operands into the operation", function()
    local x = named("x", Value(2))
    local function operation(v) return graph.tree(v):match("^(.-)  data") end
    for expected, v in pairs {["* 3"] = x * 3, ["3 *"] = 3 * x,
        ["^ 0.5"] = x ^ 0.5, ["^ 2"] = x ^ 2, ["1 -"] = 1 - x, ["-"] = -x,
        ["/ 3.1415927"] = x / math.pi, ["clamp(·, -1, 1)"] = x:clamp(-1, 1),
        ["where(·, ·, 5)"] = tinygrad.where(x, x, 5),
        ["+ inf"] = x + math.huge, ["+ nan"] = x + 0 / 0, ["< 3"] = x:lt(3),
        ["sum of 5"] = tinygrad.sum {x, 1, 2, 3, x}, ["max"] = x:max(x)} do
      assert.equal(expected, operation(v))
    end
  end)

  it("of a leaf is one line", function()
    assert.equal("leaf  data=1, grad=0", graph.tree(Value(1)))
  end)

  it("is cut where there is much, and says so", function()
    local y = named("x", Value(1))
    for _ = 1, 5 do y = y + 1 end
    assert.equal([[
+ 1  data=6, grad=0
└─ + 1  data=5, grad=0
   └─ … 1 not drawn
(2 of 6 nodes, those next to the end; the option 'limit' allows more)]],
      graph.tree(y, {limit = 2}))
    assert.is_truthy(graph.tree(y, {limit = 5}):find("└─ … x, not drawn\n"))
    assert.is_nil(graph.tree(y, {limit = 6}):find("not drawn"))
  end)

  it("ends when a graph is deep", function()
    local y = Value(1)
    for _ = 1, 5000 do y = y + 1 end
    local text = graph.tree(y, {limit = 10000})
    assert.equal(61, count(text, "\n") + 1)
    assert.is_truthy(text:find("… deeper ones not drawn$"))
  end)
end)

describe("graph.dot", function()
  it("has operations, values and what is on the way", function()
    local x = named("x", Value(3))
    local y = named("y", x * x * 2)
    y:backward()
    local source = graph.dot(y, {partials = true, direction = "TB"})
    assert.is_truthy(source:find("^digraph tinygrad {\n  graph %[rankdir=TB,"))
    assert.equal([[
  v3 [shape=box, label="x\ndata 3\ngrad 12", fillcolor="#6BADD2", tooltip="data = 3\ngrad = 12"];
  o2 [shape=circle, label="*"];
  v2 [shape=box, label="data 9\ngrad 2", fillcolor="#A6CEE4", tooltip="data = 9\ngrad = 2"];
  o1 [shape=ellipse, label="* 2", ordering=in];
  v1 [shape=box, label="y\ndata 18\ngrad 1", fillcolor="#B4D6E8", tooltip="data = 18\ngrad = 1"];
  o2 -> v2;
  v3 -> o2 [tooltip="d result / d x = 3", label="3"];
  v3 -> o2 [tooltip="d result / d x = 3", label="3"];
  o1 -> v1;
  v2 -> o1 [tooltip="d y / d operand = 2", label="2"];
}
]], source:match("\n(  v3 .*)$"))
    assert.is_nil(graph.dot(y):find('label="3"', 1, true))
    assert.is_truthy(graph.dot(y):find("rankdir=LR", 1, true))
  end)

  it("colours by the size of the gradient, and what is not finite", function()
    local colours = {}
    for i, grad in ipairs {100, -100, 99, 50, 3, 0.02, 1e-9, 0, 0 / 0,
        math.huge} do
      local root = Value(1) + 1
      root.grad = grad
      local x = root:parents()[1]
      x.grad = 100
      colours[i] = graph.dot(root):match("v1 .-fillcolor=\"(#%x+)\"")
    end
    assert.are.same({"#6BADD2", "#E7A26B", "#6CADD2", "#86BCDA", "#C5DFED",
      "#E6F1F7", "#EDF5FA", "#FFFFFF", "#E5B3FF", "#E5B3FF"}, colours)
  end)

  it("is the darker, the larger a gradient is, up to the largest", function()
    local model = require "tinygrad.graph.model"
    local last = 256
    for percent = 0, 100, 5 do
      local red = tonumber(model.colour(percent, 100):sub(2, 3), 16)
      assert.is_true(red < last, percent)
      last = red
    end
  end)

  it("puts labels with the same prefix into a frame", function()
    local function leaf(label) return named(label, Value(1)) end
    local y = tinygrad.sum {leaf "net.one.w[1]", leaf "net.one.w[2]",
      leaf "net.one.b", leaf "net.two.b", leaf "alone.b", leaf "3.5", leaf "."}
    local source, frames = graph.dot(y), {}
    for frame in source:gmatch("  subgraph cluster_%d+ (%b{})") do
      local labels = {}
      for label in frame:gmatch("label=\"(.-)[\"\\]") do
        labels[#labels + 1] = label
      end
      frames[#frames + 1] = table.concat(labels, ", ")
    end
    assert.are.same({"net.one, w[1], w[2], b"}, frames)
    assert.is_truthy(source:find('label="net.two.b\\ndata', 1, true))
    assert.is_truthy(source:find('label="alone.b\\ndata', 1, true))
    assert.is_truthy(source:find('"d result / d net.one.w[1] = 1"', 1, true))
    assert.equal(count(source, "{"), count(source, "}"))
    assert.is_nil(graph.dot(y, {groups = false}):find("subgraph"))
  end)

  it("puts what goes into several frames a step before them", function()
    local x, y = named("x", Value(2)), named("y", Value(3))
    local function neuron(name)
      return x * named(name .. ".w", Value(1)) + named(name .. ".b", Value(1))
    end
    local source = graph.dot(neuron "one" + neuron "two" + y)
    assert.equal(2, count(source, 'x = 1", minlen=2];'))
    assert.equal(2, count(source, "minlen"))
    assert.equal(0, count(graph.dot(x * x + y), "minlen"))
    assert.equal(0, count(graph.dot(neuron "one" + neuron "two",
      {groups = false}), "minlen"))
  end)

  it("escapes labels", function()
    local x = named('a"b\\n<c>&lt;{|}\nnew\0 é\255', Value(1))
    assert.is_truthy(graph.dot(x):find(
      [[label="a\"b\\n<c>&amp;lt;{|} new  é?\ndata 1\ngrad 0"]], 1, true))
    x.label = ("long"):rep(30)
    assert.is_truthy(graph.dot(x):find('label="' .. ("long"):rep(9)
      .. "lon…\\ndata", 1, true))
  end)

  it("is the same every time", function()
    assert.equal(graph.dot((complex())), graph.dot((complex())))
  end)

  it("marks operands that are not drawn", function()
    local x = {}
    for i = 1, 10 do x[i] = Value(i) end
    x[1].label, x[10].label = "first", "last"
    local source = graph.dot(tinygrad.sum(x), {limit = 4})
    assert.is_truthy(source:find('label="… 6"', 1, true), source)
    assert.is_truthy(source:find('label="first\\ndata 1', 1, true), source)
    assert.is_truthy(source:find('label="… last"', 1, true), source)
    assert.is_truthy(source:find("  label=\"4 of 11 nodes, those next to the "
      .. "end; the option 'limit' allows more\";", 1, true), source)
  end)
end)

describe("a Program's drawing", function()
  local program = tinygrad.compile(function(p, w)
    return {y = (p.a * w[1] + tinygrad.sin(w[2])) ^ 2, z = 3}, w[1] / 2
  end, {a = 1, b = 2}, {1, 2})

  it("is a tree for each result", function()
    assert.equal([[
p.b
result 1.y
└─ ^ 2
   └─ madd
      ├─ p.a
      ├─ w[1]  (#1, used 2 times)
      └─ sin
         └─ w[2]
result 1.z = 3
result 2
└─ / 2
   └─ w[1]  (#1 above)]], graph.tree(program))
  end)

  it("has wide instructions step by step", function()
    local n = 12
    local w, x = {}, {}
    for i = 1, n do w[i], x[i] = i, i end
    local dot = tinygrad.compile(function(u, v)
      local s = 0
      for i = 1, n do s = s + u[i] * v[i] end
      return s
    end, w, x)
    local source = graph.dot(dot)
    assert.equal(n - 1, count(source, 'label="madd"')
      + count(source, 'label="+"') + count(source, "label=\"madd%(·, ·, 0%)\"")
      - 1)
    assert.equal(2 * n + 1, count(source, "shape=box"))
  end)

  it("names captured Values and what is not drawn", function()
    local k = named("k", Value(2))
    local p = tinygrad.compile({captured = "input"}, function(x)
      return x * k
    end, 1)
    assert.equal("result\n└─ *\n   ├─ x\n   └─ k", graph.tree(p))
    assert.equal([[
result
└─ *
   └─ … 2 not drawn
(2 of 4 nodes, those next to the end; the option 'limit' allows more)]],
      graph.tree(p, {limit = 2}))
    assert.is_truthy(graph.tree(p, {limit = 3}):find("… x, not drawn"))
  end)

  it("is cut where there is much", function()
    local n = support.scaled(100000, 1000)
    local long = tinygrad.compile({simplify = false}, function(x)
      local y = x
      for _ = 1, n do y = tinygrad.sin(y) end
      return y
    end, 1)
    local source = graph.dot(long, {limit = 10})
    assert.equal(9, count(source, 'label="sin"'))
    assert.is_truthy(source:find("10 of " .. n + 2 .. " nodes", 1, true))
  end)
end)

describe("large graphs", function()
  it("are cut, and do not hang", function()
    local y = Value(1)
    for _ = 1, support.scaled(1000000, 1000) do y = y * 0.5 end
    assert.equal(150, count(graph.dot(y), "shape=box"))
    local x = {}
    for i = 1, support.scaled(300000, 1000) do x[i] = Value(i) end
    assert.equal(150, count(graph.dot(tinygrad.sum(x)), "shape=box"))
  end)

  it("are laid out in a page, stations and all", function()
    local x, y, n = Value(1), Value(0), support.scaled(490, 20)
    for _ = 1, n do y = y + x end -- n layers use x
    local path = os.tmpname()
    assert(graph.html(y, path, {limit = 1000}))
    assert.equal(n + 2, count(read(path), '<g class="node"'))
    os.remove(path)
  end)
end)

describe("the name of a drawing", function()
  local v = Value(1)

  it("says what it is", function()
    for name, others in pairs {
      svg = {"png", "jpg", "html", "dot", "pdf", "gv", "svgz"},
      png = {"svg", "jpg", "html", "apng"}, html = {"svg", "png", "md", "pdf"},
    } do
      for _, other in ipairs(others) do
        local message = support.message_of(function()
          return (graph[name](v, "/none/x." .. other))
        end)
        assert.equal(("bad argument #2 to '%s' (a path that ends in .%s "
          .. "expected, got one that ends in .%s; graph.svg writes .svg, "
          .. "graph.png .png, graph.html .html)"):format(name, name, other),
          (message:gsub("^[^:]*:%d+: ", "")))
      end
    end
  end)

  it("may say nothing, in either case", function()
    for _, path in ipairs {"x.html", "x.HTM", "x.xhtml", "x", "x.svg/x"} do
      local ok, message = graph.html(v, "/no/such/place/" .. path)
      assert.is_nil(ok)
      assert.is_truthy(message:find("^/no/such/place/"), message)
    end
  end)
end)

describe("graph.svg and png", function()
  it("say what to do without Graphviz", function()
    local execute, commands = os.execute, {}
    os.execute = function(command) -- luacheck: ignore 122
      commands[#commands + 1] = command
      return nil, "exit", 127
    end
    local ok, message = graph.svg(Value(1), "a.svg")
    os.execute = execute -- luacheck: ignore 122
    assert.is_nil(ok)
    assert.equal("the program 'dot' was not found: install Graphviz, or use "
      .. "graph.html, which needs no other program", message)
    assert.are.same({"command -v 'dot' >/dev/null 2>&1"}, commands)
  end)

  if process.has("dot") then
    it("draw", function()
      local path = os.tmpname() .. " it's $HOME `x`;"
      assert.is_true(graph.svg(complex(), path))
      local svg = read(path)
      assert.is_truthy(svg:find("<svg", 1, true))
      assert.is_truthy(svg:find("grad &#45;0.1813", 1, true))
      assert.is_true(graph.png(complex(), path))
      assert.equal("\137PNG", read(path):sub(1, 4))
      os.remove(path)
    end)

    it("draw any label", function()
      local path = os.tmpname()
      assert.is_true(graph.svg(named('<b>&amp;\\N\\"', Value(1)), path))
      assert.is_truthy(read(path):find('&lt;b&gt;&amp;amp;\\N\\&quot;', 1,
        true), read(path))
      os.remove(path)
    end)

    it("say why a file cannot be written", function()
      local ok, message = graph.svg(Value(1), "/no/such/place/a.svg")
      assert.is_nil(ok)
      assert.is_truthy(message:find("^/no/such/place/a.svg: "), message)
    end)
  end
end)

describe("graph.html", function()
  local function page(root, opts)
    local path = os.tmpname()
    assert.is_true(graph.html(root, path, opts))
    local text = read(path)
    os.remove(path)
    return text, xml.parse(text:match("<svg.*</svg>"))
  end

  it("marks what it leaves out", function()
    local x = named("x", Value(1))
    local y = x
    for _ = 1, 30 do y = y * 1.5 + x end
    local text, elements = page(y, {limit = 5})
    local marks = xml.find(elements, "g", function(a)
      return a.class == "mark"
    end)
    assert.equal(4, #marks)
    assert.matches("… x", text, 1, true)
    assert.matches("… 1<", text, 1, true)
  end)

  it("is one file with a drawing", function()
    local text, elements = page((complex()))
    assert.equal(6, #xml.find(elements, "g", function(a)
      return a.class == "node" and a.tabindex == "0"
    end))
    assert.equal(7, #xml.find(elements, "path", function(a)
      return a.class == "edge"
    end))
    assert.equal("out = *, data -0.2357, gradient 1", xml.find(elements, "g",
      function(a) return a.id == "node1" end)[1].attributes["aria-label"])
    assert.is_truthy(text:find("<title>Graph of out</title>", 1, true))
    local links = text:gsub('xmlns="http://www.w3.org/2000/svg"', "")
    for _, word in ipairs {"http", "src=", "href", "import", "url("} do
      assert.equal(word == "url(" and 7 or 0, count(links, word:gsub("%p",
        "%%%0")), word)
    end
  end)

  it("is laid out the same on every Lua", function()
    local places = {}
    for i, box in ipairs(xml.find(select(2, page((complex()))), "rect",
        function(a) return a.class == "box" end)) do
      places[i] = box.attributes.x .. " " .. box.attributes.y
    end
    assert.are.same({"0 0", "0 72", "190.4 44.56", "390.2 16.76", "399.6 76",
      "590 38.38"}, places)
  end)

  it("has no overlapping nodes", function()
    for _, direction in ipairs {"LR", "RL", "TB", "BT"} do
      local boxes = {}
      for _, rect in ipairs(xml.find(select(2, page((complex()),
          {direction = direction})), "rect")) do
        local a = rect.attributes
        local box = {x = tonumber(a.x), y = tonumber(a.y),
          width = tonumber(a.width), height = tonumber(a.height)}
        for _, other in ipairs(boxes) do
          assert.is_true(box.x >= other.x + other.width
            or other.x >= box.x + box.width or box.y >= other.y + other.height
            or other.y >= box.y + box.height)
        end
        boxes[#boxes + 1] = box
      end
      assert.equal(10, #boxes)
    end
  end)

  it("escapes", function()
    local label = "</script><b>\"&\\\226\128\168"
    local text = page(named(label, Value(0 / 0)), {title = "<&>"})
    assert.is_truthy(text:find("<title>&lt;&amp;&gt;</title>", 1, true))
    assert.is_truthy(text:find(
      '{t:"\\u003C/script\\u003E\\u003Cb\\u003E\\u0022\\u0026\\u005C\\u2028",'
      .. "o:null,d:NaN,g:0,c:[]}", 1, true), text)
    assert.equal(1, count(text, "</script>"))
  end)
end)

describe("a mistake", function()
  local function check(expected, f, ...)
    local message = support.message_of(f, ...)
    assert.equal(expected, (message:gsub("^[^ ]-graph_spec.lua:%d+: ", "")))
  end

  it("in the arguments is named", function()
    local v = Value(1)
    for name, at in pairs {tree = 2, dot = 2, svg = 3, png = 3, html = 3} do
      local function call(root, opts)
        if at == 2 then return (graph[name](root, opts)) end
        return (graph[name](root, "/dev/null", opts))
      end
      check(("bad argument #1 to '%s' (Value or Program expected, got number)")
        :format(name), function() return (call(1)) end)
      check(("bad argument #%d to '%s' (table of options expected, got "
        .. "string)"):format(at, name), function() return (call(v, "LR")) end)
      check(("bad option 'limit' to '%s' (whole number from 1 to %d expected, "
        .. "got 0)"):format(name, name == "html" and 1000 or 10000), function() return (call(v, {limit = 0})) end)
      if at == 3 then
        check(("bad argument #2 to '%s' (a path expected, got nil)"):format(
          name), function() return (graph[name](v)) end)
      end
      if name ~= "tree" then
        check(("bad option 'direction' to '%s' (\"LR\", \"RL\", \"TB\" or \"BT\" "
          .. "expected, got \"up\")"):format(name), function()
          return (call(v, {direction = "up"}))
        end)
      end
    end
    check("unknown option 'depth' to 'tree'; there are limit", function() return (graph.tree(v, {depth = 1})) end)
    check("bad argument #1 to 'trace' (Value expected, got table)", function()
      return (graph.trace {})
    end)
  end)
end)
