-- Uses Values, transforms and Programs while memory fails. data.lua uses the
-- rest.
local tinygrad = require "tinygrad"
local Value = tinygrad.Value
local raises = dofile("spec/faults/raises.lua")
arm()

-- Every operation, on Values in its domain:
for _, row in ipairs(tinygrad.operations()) do
  local operands = {}
  for i = 1, row.arity == "n" and 0 or row.arity do
    local domain = row.domain[i]
    operands[i] = Value((domain[1] + domain[2]) / 2)
  end
  local f = tinygrad[row.lua_name]
  if row.arity ~= "n" then
    f((table.unpack or unpack)(operands)):backward() -- luacheck: compat
  end
end

-- Folds with more operands than a node can anchor one by one:
local xs, ys = {}, {}
for i = 1, 20 do xs[i], ys[i] = Value(i), i end
tinygrad.sum(xs):backward()
tinygrad.dot(xs, ys):backward()
tinygrad.dot(xs, xs):backward()
tinygrad.max(xs[1], xs[2], xs[3], 4):backward()
tinygrad.where(true, xs[1], xs[2]):backward()

-- Operators and fields:
local a, b = Value(2), Value(3)
local out = -(a + b) * a / b - a ^ 2 + b ^ a % 7 + a * a
assert((a < b) and (a <= b))
a.label, b.label = "a", "b"
a.data = 2
out.label = "out"
assert(out.label .. tostring(out) ~= "" and out.op == "add")
assert(#out:parents() == 2 and #out:operands() == 2)
out:backward()
out:zero_grad()

-- Functions that are written in Lua:
assert(tinygrad.gradcheck(function(x, y)
  return x * tinygrad.tanh(y)
end, {1, 2}))
local _, report = tinygrad.gradcheck(tinygrad.exp, {1})
assert(tostring(report) ~= "" and tinygrad.graph.text(out) ~= "")


-- Transforms, also nested, on numbers and tables:
local function f(p) return p.x * tinygrad.exp(p[1]) + p.x ^ 3 end
local point, direction = {2, x = 3}, {1, x = -1}
tinygrad.grad(f)(point)
tinygrad.value_and_grad(tinygrad.grad(function(x) return x * x * x end))(2)
tinygrad.hessian(f)(point)
tinygrad.jacobian(function(x, y) return {x * y, {x}} end)(1, 2)
tinygrad.jvp(f)({point}, {direction})
tinygrad.hvp(f)({point}, {direction})
local _, pullback = tinygrad.vjp(f)({point})
pullback(1)
tinygrad.gradients(out, {a, b}, {create_graph = true})
tinygrad.derivative(function(x)
  return tinygrad.logsumexp {x, 2 * x, 3 * x, 4}
end)(1)

-- Modes and custom operations:
assert(tinygrad.is_value(tinygrad.no_grad(function() return a * b end)))
tinygrad.detect_anomaly(function() return (a / b):backward() end)
raises("anomaly", tinygrad.detect_anomaly, function() return (a - a) / 0 end)
a:detach()
local cube = tinygrad.custom {
  name = "cube",
  forward = function(x) return x * x * x end,
  backward = function(x) return 3 * x * x end,
}
tinygrad.derivative(tinygrad.derivative(cube))(2)

-- Programs:
local program = tinygrad.compile(f, point)
program(point)
for _, name in ipairs {"grad", "value_and_grad", "jacobian", "hessian"} do
  program[name](program)(point)
end
for _, name in ipairs {"jvp", "hvp"} do
  program[name](program)({point}, {direction})
end
program:vjp()({point}, 2)
tinygrad.grad(program)(point)
assert(program:stats().inputs == 2 and tostring(program) ~= "")
raises("frozen", tinygrad.compile, function(x) return x.data end, 1)
raises("not among", tinygrad.compile, function(x) return x * a end, 1)

-- Errors, whose messages are strings and need memory, too:
raises("number expected", Value, {})
raises("unknown field", function() return a.nosuch end)
raises("cannot set", function() out.data = 1 end)
raises("number or Value expected", function() return a + {} end)
raises("bad argument", tinygrad.sum, {1, "a"})
raises("number expected", a.backward, a, "x")
