-- Random expressions over the whole table of operations: every derivative that
-- tinygrad can take of one, against differences and against one another.
--
-- An expression is random but tame: each operand is scaled and moved to a
-- random place in its domain, with a gradient of at most about 1, so that
-- differences are accurate. A failure prints the seed and the expression;
-- TINYGRAD_SPEC_SEED=seed runs that expression alone.

local tinygrad = require "tinygrad"

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")
local scale = tonumber(os.getenv("TINYGRAD_SPEC_SCALE")) or 1
local only = tonumber(os.getenv("TINYGRAD_SPEC_SEED"))

local INPUTS = 3
local EXPRESSIONS = math.max(1, math.floor(4 * scale + 0.5)) -- for each row

-- Random numbers (Lehmer 1951, the "minimal standard"): the same everywhere.
local function generator(seed)
  local state = seed % 2147483646 + 1
  local function random()
    state = state * 16807 % 2147483647
    return (state - 1) / 2147483646
  end
  for _ = 1, 10 do random() end
  return random
end

local function integer(random, low, high)
  return low + math.floor(random() * (high - low + 1) * 0.999999)
end

-- Expressions: {input = i}, {number = x}, {affine = e, factor =, offset =},
-- {row =, args =, method =}; one that occurs twice is computed once.

local function apply(row, args, method)
  if row.arity == "n" and row.lua_name == row.name then
    local lists = {}
    for k = 1, #row.domain do lists[k] = {} end
    for i, x in ipairs(args) do
      local list = lists[(i - 1) % #lists + 1]
      list[#list + 1] = x
    end
    return tinygrad[row.lua_name](unpack(lists))
  end
  if method and tinygrad.is_value(args[1]) then
    return args[1][row.lua_name](unpack(args))
  end
  return tinygrad[row.lua_name](unpack(args))
end

local function evaluate(e, x, known)
  if e.input then return x[e.input] end
  if e.number then return e.number end
  if known[e] == nil then
    if e.affine then
      known[e] = evaluate(e.affine, x, known) * e.factor + e.offset
    else
      local args = {}
      for i, arg in ipairs(e.args) do args[i] = evaluate(arg, x, known) end
      known[e] = apply(e.row, args, e.method)
    end
  end
  return known[e]
end

local function text_of(e)
  if e.input then return "x[" .. e.input .. "]" end
  if e.number then return ("%.17g"):format(e.number) end
  if e.affine then
    return ("(%s * %.17g + %.17g)"):format(text_of(e.affine), e.factor,
      e.offset)
  end
  local args = {}
  for i, arg in ipairs(e.args) do args[i] = text_of(arg) end
  return e.row.name .. "(" .. table.concat(args, ", ") .. ")"
end

local function function_of(e)
  return function(x) return evaluate(e, x, {}) end
end

-- Differences, extrapolated (Richardson 1911): the error is of order h^4.

local STEP = 1e-3

local function along(f, x, direction, h)
  local there = {}
  for i = 1, #x do there[i] = x[i] + h * direction[i] end
  return f(there)
end

local function difference(f, x, direction)
  local function central(h)
    return (along(f, x, direction, h) - along(f, x, direction, -h)) / (2 * h)
  end
  return (4 * central(STEP / 2) - central(STEP)) / 3
end

local function unit(i)
  local direction = {}
  for k = 1, INPUTS do direction[k] = k == i and 1 or 0 end
  return direction
end

local function numerical_gradient(f, x)
  local gradient = {}
  for i = 1, #x do gradient[i] = difference(f, x, unit(i)) end
  return gradient
end

-- Growing them

local random_expression

-- An operand for somewhere in an interval, at the inputs x; a number now and
-- then unless `fixed` is false.
local function operand(random, interval, place, x, depth, made, fixed)
  local low, high = interval[1], interval[2]
  local target = low + (high - low) * (0.05 + 0.9 * place)
  if low == high or fixed ~= false and random() < 0.15 then
    return {number = target}
  end
  local e = random_expression(random, x, depth - 1, made)
  local f = function_of(e)
  local size = 1
  for _, g in ipairs(numerical_gradient(f, x)) do
    size = math.max(size, math.abs(g))
  end
  local factor = (random() < 0.5 and -1 or 1) * (0.5 + 0.5 * random()) / size
  return {affine = e, factor = factor, offset = target - factor * f(x)}
end

-- Random places in an interval, no two of them close.
local function places(random, n)
  local list = {}
  for i = 1, n do list[i] = (i - 1 + 0.5 * random()) / n end
  for i = n, 2, -1 do
    local k = integer(random, 1, i)
    list[i], list[k] = list[k], list[i]
  end
  return list
end

local function application(random, row, x, depth, made)
  local width = #row.domain
  local count = row.arity == "n" and width * integer(random, 2, 5) or width
  if row.lua_name ~= row.name and row.arity == "n" then
    count = integer(random, 3, 5) -- max and min of two are other rows
  end
  local args = {}
  local spread = places(random, count)
  for i = 1, count do
    local place = row.arity == "n" and spread[i] or random()
    args[i] = operand(random, row.domain[(i - 1) % width + 1], place, x,
      depth, made)
  end
  local last = (count - 1) % width + 1
  args[count] = args[count].number and operand(random, row.domain[last],
    row.arity == "n" and spread[count] or random(), x, depth, made, false)
    or args[count]
  if row.name == "where" and random() < 0.5 then args[1] = {number = 0} end
  local e = {row = row, args = args, method = random() < 0.5}
  made[#made + 1] = e
  return e
end

local rows = tinygrad.operations()

function random_expression(random, x, depth, made)
  if #made > 0 and random() < 0.15 then
    return made[integer(random, 1, #made)]
  end
  if depth <= 0 or random() < 0.15 then
    return {input = integer(random, 1, INPUTS)}
  end
  return application(random, rows[integer(random, 1, #rows)], x, depth, made)
end

-- A function of INPUTS numbers in a table, the root of which is `row`, and
-- where to differentiate it.
local function case(seed)
  local random = generator(seed)
  local row = rows[(seed - 1) % #rows + 1]
  local x, v = {}, {}
  for i = 1, INPUTS do x[i], v[i] = 4 * random() - 2, 2 * random() - 1 end
  local e = application(random, row, x, 3, {})
  return e, x, v, random
end

-- Raised for a wrong number; other errors get a traceback.
local function fail(...)
  error({wrong = (...):format(select(2, ...))})
end

local function handler(err)
  if type(err) == "table" and err.wrong then return err.wrong end
  return debug.traceback(tostring(err), 2)
end

-- Calls check(f, x, v, another, random) for random expressions; `another` is
-- one more function that may be evaluated at x.
local function for_each(check)
  local first, last = 1, #rows * EXPRESSIONS
  if only then first, last = only, only end
  for seed = first, last do
    local e, x, v, random = case(seed)
    local another = application(random, rows[integer(random, 1, #rows)], x, 2,
      {})
    local ok, message = xpcall(function()
      check(function_of(e), x, v, function_of(another), random)
    end, handler)
    if not ok then
      error(("seed %d, at (%.17g, %.17g, %.17g):\n%s\n%s"):format(seed, x[1],
        x[2], x[3], text_of(e), message), 0)
    end
  end
end

-- Comparing: errors are relative to the numbers, or absolute below 1.

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

local EXACT = 1e-11 -- two ways of computing the same

-- The gradient by backward: no transform takes part.
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
