-- Every example runs as README.md says: from the root of the repository and
-- from elsewhere, with no environment variable; those of the tutorial print
-- exactly this.

local process = require "spec.process"

local EXPECTED = {}

EXPECTED.values = [[
Value(data=2.000000, grad=0.000000)
Value(data=-3.000000, grad=0.000000)
a.data = 2.0, a.grad = 0.0, a.label = a
a is a Value: true; 2 is one: false
c.data = -6.0, made by 'mul' from 2 parents
]]

EXPECTED.addition = [[
2.0 + 3.0 = 5.0
a.grad = 1.0, b.grad = 1.0
1 + a + a = 5.0, a.grad = 2.0
addition: passed
]]

EXPECTED.multiplication = [[
2.0 * -3.0 = -6.0
a.grad = -3.0, b.grad = 2.0
x * x = 9.0, x.grad = 6.0
multiplication: passed
]]

EXPECTED.tanh = [[
tanh(-2.0) = -0.964028, gradient 0.070651
tanh( 0.0) =  0.000000, gradient 1.000000
tanh( 0.5) =  0.462117, gradient 0.786448
tanh( 2.0) =  0.964028, gradient 0.070651
]]

EXPECTED.relu = [[
relu(-2.0) = 0.0, gradient 0.0
relu( 0.0) = 0.0, gradient 0.0
relu( 0.5) = 0.5, gradient 1.0
relu( 2.0) = 2.0, gradient 1.0
]]

EXPECTED.backward = [[
f = 0.999329
df/df = 1.000000
df/dd = 0.001341
df/de = 0.001341
df/dc = 0.001341
df/db = 0.002682
df/da = -0.004023
after a second pass: df/da = -0.008046
after zero_grad: df/da = 0.000000
]]

EXPECTED.complex = [[
Forward:
  c = a * b   = -0.910000
  d = c + a   = 0.390000
  e = tanh(b) = -0.604368
  out = d * e = -0.235703
Backward:
  d out/d a = -0.181310
  d out/d b = -0.538130
]]

EXPECTED.verify = [[
a = 1.3, b = -0.7
  d/da: automatic -0.18131033, numerical -0.18131033, relative error *: pass
  d/db: automatic -0.53812967, numerical -0.53812967, relative error *: pass
a = 0.5, b = 0.5
  d/da: automatic 0.69317574, numerical 0.69317574, relative error *: pass
  d/db: automatic 0.82089438, numerical 0.82089438, relative error *: pass
a = -1.2, b = 2.0
  d/da: automatic 2.89208274, numerical 2.89208274, relative error *: pass
  d/db: automatic -1.41117607, numerical -1.41117607, relative error *: pass
All gradients agree to 1e-8.
]]

EXPECTED.graph = [[
Number of nodes: 5
Number of edges: 5

Nodes:
Node 1: data=2.0000, grad=0.0000
Node 2: data=3.0000, grad=0.0000
Node 3: data=6.0000, grad=0.0000
Node 4: data=8.0000, grad=0.0000
Node 5: data=1.0000, grad=1.0000

Edges:
2.0000 -> 6.0000
3.0000 -> 6.0000
6.0000 -> 8.0000
2.0000 -> 8.0000
8.0000 -> 1.0000
]]

EXPECTED.exercises = [[
x - y                   =  3.000000, gradients 1.000000, -1.000000
y - x                   = -3.000000, gradients -1.000000, 1.000000
2 - x                   = -3.000000, gradients -1.000000
x / y                   =  2.500000, gradients 0.500000, -1.250000
y / x                   =  0.400000, gradients -0.080000, 0.200000
2 / x                   =  0.400000, gradients -0.080000
(x^2 + y) / tanh(x*y)   =  3.111944, gradients 1.618498, 0.809249
]]

local function names()
  local list = {}
  local pipe = assert(io.popen("ls examples/*.lua"))
  for path in pipe:lines() do
    local name = path:match("([^/]+)%.lua$")
    if name ~= "prelude" then list[#list + 1] = name end
  end
  pipe:close()
  return list
end

describe("examples", function()
  local found = {}
  for _, name in ipairs(names()) do
    found[name] = true
    it(name .. " runs from the root", function()
      local output, status = process.run("examples/" .. name .. ".lua", ".",
        process.BARE)
      assert.equal(0, status, output)
      output = output:gsub("relative error [%d.e+-]+", "relative error *")
      if EXPECTED[name] then assert.equal(EXPECTED[name], output) end
      assert.is_true(#output > 0)
    end)
  end

  it("are all there", function()
    for name in pairs(EXPECTED) do assert.is_true(found[name], name) end
  end)

  it("run from another directory", function()
    local output, status = process.run("../complex.lua", "examples/embed",
      process.BARE)
    assert.equal(0, status, output)
    assert.equal(EXPECTED.complex, output)
  end)
end)
