-- Random expressions over the whole table of operations: every derivative that
-- tinygrad can take of an expression, against differences and against the
-- others.
--
-- A failure prints the seed and the expression; TINYGRAD_SPEC_SEED=seed runs
-- that expression alone.

local tinygrad = require "tinygrad"
local expressions = require "spec.support.expressions"

local difference = expressions.difference
local function_of = expressions.function_of
local numerical_gradient = expressions.numerical_gradient

local rows = tinygrad.operations()
local scale = tonumber(os.getenv("TINYGRAD_SPEC_SCALE")) or 1
local only = tonumber(os.getenv("TINYGRAD_SPEC_SEED"))

local EXPRESSIONS = math.max(1, math.floor(4 * scale + 0.5)) -- for each row

-- Raises a table for a wrong number, because other errors get a traceback.
local function fail(...)
  error({wrong = (...):format(select(2, ...))})
end

local function handler(err)
  if type(err) == "table" and err.wrong then return err.wrong end
  return debug.traceback(tostring(err), 2)
end

-- Calls check(f, x, v, another, random) for random expressions. `another`
-- returns one more function that can be evaluated at x.
local function for_each(check)
  local first, last = 1, #rows * EXPRESSIONS
  if only then first, last = only, only end
  for seed = first, last do
    local e, x, v, random = expressions.case(seed)
    local another = expressions.another(random, x)
    local ok, message = xpcall(function()
      check(function_of(e), x, v, function_of(another), random)
    end, handler)
    if not ok then
      error(("seed %d, at (%.17g, %.17g, %.17g):\n%s\n%s"):format(seed, x[1],
        x[2], x[3], expressions.text_of(e), message), 0)
    end
  end
end

-- Errors are relative to the numbers, or absolute below 1.

local function near(what, expected, got, tolerance)
  if type(got) ~= "number" then
    fail("%s: a number expected, got %s", what, type(got))
  end
  local size = math.max(1, math.abs(expected), math.abs(got))
  if not (math.abs(expected - got) <= tolerance * size) then
    fail("%s: expected %.17g, got %.17g", what, expected, got)
  end
end

local function near_list(what, expected, got, tolerance)
  if #expected ~= #got then
    fail("%s: %d numbers expected, got %d", what, #expected, #got)
  end
  for i = 1, #expected do
    near(("%s [%d]"):format(what, i), expected[i], got[i], tolerance)
  end
end

local function dot(a, b)
  local s = 0
  for i = 1, #a do s = s + a[i] * b[i] end
  return s
end

local EXACT = 1e-11 -- between two ways to compute one number

-- Returns the gradient by backward, without any transform.
local function eager_gradient(f, x)
  local leaves, gradient = {}, {}
  for i = 1, #x do leaves[i] = tinygrad.Value(x[i]) end
  local y = f(leaves)
  if tinygrad.is_value(y) then y:backward() end
  for i = 1, #x do gradient[i] = leaves[i].grad end
  return gradient, y, leaves
end

describe("random expressions", function()
  it("meet every row of the table", function()
    if only then return end
    local met = {}
    for_each(function(f, x)
      local _, y = eager_gradient(f, x)
      if tinygrad.is_value(y) then
        for _, node in ipairs(tinygrad.graph.trace(y)) do
          if node.op then met[node.op] = (met[node.op] or 0) + 1 end
        end
      end
    end)
    for _, row in ipairs(rows) do
      assert.is_true((met[row.name] or 0) >= 1,
        row.name .. " is in no expression")
    end
  end)

  it("have the same value on numbers and on Values", function()
    for_each(function(f, x)
      local _, y = eager_gradient(f, x)
      if tinygrad.is_value(y) then y = y.data end
      near("value", f(x), y, 0)
    end)
  end)

  it("have the gradient that differences give", function()
    for_each(function(f, x)
      near_list("gradient", numerical_gradient(f, x), eager_gradient(f, x),
        1e-7)
    end)
  end)

  it("have one gradient by backward, gradients and the transforms", function()
    for_each(function(f, x)
      local gradient, y, leaves = eager_gradient(f, x)
      near_list("grad", gradient, tinygrad.grad(f)(x), 0)
      local value, again = tinygrad.value_and_grad(f)(x)
      near("value of value_and_grad", f(x), value, 0)
      near_list("value_and_grad", gradient, again, 0)
      if tinygrad.is_value(y) then
        near_list("gradients", gradient, tinygrad.gradients(y, leaves), 0)
        local graph = tinygrad.gradients(y, leaves, {create_graph = true})
        for i = 1, #x do graph[i] = graph[i].data end
        near_list("create_graph", gradient, graph, EXACT)
      end
    end)
  end)

  it("have second derivatives as gradients of gradients", function()
    for_each(function(f, x)
      local _, y, leaves = eager_gradient(f, x)
      if not tinygrad.is_value(y) then return end
      local first = tinygrad.gradients(y, leaves, {create_graph = true})
      for i = 1, #x do
        local second = tinygrad.gradients(first[i], leaves)
        local expected = numerical_gradient(function(at)
          return eager_gradient(f, at)[i]
        end, x)
        near_list("row " .. i, expected, second, 1e-6)
      end
    end)
  end)

  it("have a symmetric Hessian, the Jacobian of the gradient", function()
    for_each(function(f, x)
      local hessian = tinygrad.hessian(f)(x)
      local jacobian = tinygrad.jacobian(tinygrad.grad(f))(x)
      for i = 1, #x do
        near_list("row " .. i, hessian[i], jacobian[i], EXACT)
        for k = 1, i do
          near("symmetry", hessian[i][k], hessian[k][i], 1e-9)
        end
      end
    end)
  end)

  it("have hvp, the Hessian times the vector", function()
    for_each(function(f, x, v)
      local hessian, expected = tinygrad.hessian(f)(x), {}
      for i = 1, #x do expected[i] = dot(hessian[i], v) end
      near_list("hvp", expected, tinygrad.hvp(f)({x}, {v}), 1e-9)
    end)
  end)

  it("have jvp and vjp, products with the Jacobian", function()
    for_each(function(f, x, v, another, random)
      local function both(at) return {f(at), second = another(at)} end
      local w = {2 * random() - 1, second = 2 * random() - 1}
      local jacobian = tinygrad.jacobian(both)(x)
      local value, tangent = tinygrad.jvp(both)({x}, {v})
      near("value of jvp", f(x), value[1], 0)
      near("jvp", dot(jacobian[1], v), tangent[1], 1e-9)
      near("jvp of the second", dot(jacobian.second, v), tangent.second, 1e-9)
      local result, pullback = tinygrad.vjp(both)({x})
      near("value of vjp", f(x), result[1], 0)
      local expected = {}
      for i = 1, #x do
        expected[i] = w[1] * jacobian[1][i] + w.second * jacobian.second[i]
      end
      near_list("vjp", expected, pullback(w), 1e-9)
    end)
  end)

  it("have the same forward over forward, forward over reverse and "
    .. "reverse over forward", function()
    for_each(function(f, x, v)
      local expected = dot(tinygrad.hvp(f)({x}, {v}), v)
      local function slope(at)
        local _, tangent = tinygrad.jvp(f)({at}, {v})
        return tangent
      end
      local _, twice = tinygrad.jvp(slope)({x}, {v})
      near("jvp of jvp", expected, twice, 1e-9)
      near("grad of jvp", expected, dot(tinygrad.grad(slope)(x), v), 1e-9)
      local _, tangents = tinygrad.jvp(tinygrad.grad(f))({x}, {v})
      near("jvp of grad", expected, dot(tangents, v), 1e-9)
    end)
  end)

  it("have third derivatives along a line", function()
    for_each(function(f, x, v)
      local function line(t)
        local at = {}
        for i = 1, #x do at[i] = x[i] + t * v[i] end
        return f(at)
      end
      local second = tinygrad.derivative(tinygrad.derivative(line))
      local third = tinygrad.derivative(second)(0)
      local expected = difference(function(t) return second(t[1]) end, {0},
        {1})
      near("third derivative", expected, third, 1e-5)
    end)
  end)
end)
