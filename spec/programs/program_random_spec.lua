-- Random functions over the whole table of operations: a Program returns what
-- the eager run returns, bit for bit, and its derivatives of three orders
-- differ by rounding only. TINYGRAD_SPEC_RANDOM sets the number of functions;
-- TINYGRAD_SPEC_SEED=seed, which failures print, runs one of them.

local tinygrad = require "tinygrad"
local expressions = require "spec.support.expressions"
local support = require "spec.support.common"
local compile, gradients = tinygrad.compile, tinygrad.gradients
local same = support.same

local COUNT = tonumber(os.getenv("TINYGRAD_SPEC_RANDOM"))
  or support.scaled(3000, 20)
local ONLY = tonumber(os.getenv("TINYGRAD_SPEC_SEED"))
local PLAIN = 0.3 -- the share of plain arithmetic, see expressions.lua
local CLOSE = 1e-12 -- times the sum of absolute contributions

local row_of = {}
for _, row in ipairs(tinygrad.operations()) do row_of[row.name] = row end

local function data_of(x)
  return tinygrad.is_value(x) and x.data or x
end

-- Returns the derivatives of y as Values.
local function graph_of(y, leaves)
  return gradients(y, leaves, {create_graph = true})
end

-- Returns a function and what is known of it. check... raise what is wrong.
local function subject(seed)
  local e, x, v, random = expressions.case(seed, PLAIN)
  local s = {f = expressions.function_of(e), x = x, v = v, leaves = {}}
  function s.fail(what, ...)
    error(("seed %d, %s (%s), at (%.17g, %.17g, %.17g):\n%s"):format(seed,
      what, table.concat({...}, ", "), x[1], x[2], x[3],
      expressions.text_of(e)), 0)
  end
  s.w = {}
  for i = 1, #x do
    s.leaves[i], s.w[i] = tinygrad.Value(x[i]), 2 * random() - 1
  end
  s.y = s.f(s.leaves)
  s.value = data_of(s.y)
  s.program = compile(s.f, x)
  return s
end

local function check_same(s, what, expected, got)
  if not same(expected, got) then s.fail(what, expected, got) end
end

-- Tells whether `got` is off by more than the rounding of contributions of this
-- size. Infinite contributions set no bound.
local function is_wrong(expected, got, size)
  return size - size == 0 and not (math.abs(expected - got) <= CLOSE * size)
end

-- Compares derivatives. expected, got: lists of Values or numbers; y: the
-- function's value.
local function check_derivatives(s, what, y, expected, got)
  local sizes
  for i = 1, #s.x do
    local e, g = data_of(expected[i]), got[i]
    if not same(e, g) then
      sizes = sizes or support.contributions(y, s.leaves)
      if is_wrong(e, g, sizes[i]) then
        s.fail(what, i, e, g, sizes[i])
      end
    end
  end
end

local function weighted(list, weights)
  local sum = 0
  for i = 1, #weights do sum = sum + list[i] * weights[i] end
  return sum
end

-- Returns a Program of the weighted sum of a Program's gradient.
local function slope(program, weights)
  local gradient = program:grad()
  return compile(function(x) return weighted(gradient(x), weights) end,
    {1, 1, 1})
end

local function check_values(s)
  local plain = compile({simplify = false}, s.f, s.x)
  check_same(s, "value on numbers", s.value, s.f(s.x))
  check_same(s, "value", s.value, s.program(s.x))
  check_same(s, "unsimplified value", s.value, plain(s.x))
  check_same(s, "value of value_and_grad", s.value,
    (s.program:value_and_grad()(s.x)))
end

local function check_first(s)
  check_derivatives(s, "gradient", s.y, gradients(s.y, s.leaves),
    s.program:grad()(s.x))
  local value, tangent = s.program:jvp()({s.x}, {s.v})
  local _, expected = tinygrad.jvp(s.f)({s.x}, {s.v})
  check_same(s, "value of jvp", s.value, value)
  if not same(expected, tangent) then
    local size = 0
    for i, sum in ipairs(support.contributions(s.y, s.leaves)) do
      size = size + sum * math.abs(s.v[i])
    end
    if is_wrong(expected, tangent, size) then
      s.fail("jvp", expected, tangent, size)
    end
  end
end

-- A cotangent multiplies everything that flows back; a cotangent of 1 changes
-- no bit.
local function check_pullback(s)
  local value, gradient = s.program:vjp()({s.x}, 1)
  check_same(s, "value of vjp", s.value, value)
  local expected = s.program:grad()(s.x)
  for i = 1, #s.x do check_same(s, "vjp", expected[i], gradient[i]) end
end

-- Recorded derivatives are equal to the eager ones, bit for bit.
local function check_recorded(s)
  local first = graph_of(s.y, s.leaves)
  local gradient = tinygrad.grad(s.f)
  local program = compile(gradient, s.x)(s.x)
  local plain = compile({simplify = false}, gradient, s.x)(s.x)
  for i = 1, #s.x do
    local expected = data_of(first[i])
    check_same(s, "recorded gradient", expected, program[i])
    check_same(s, "unsimplified gradient", expected, plain[i])
  end
end

local function check_second(s)
  local first = graph_of(s.y, s.leaves)
  local hessian = s.program:hessian()(s.x)
  for i = 1, #s.x do
    check_derivatives(s, "Hessian", first[i], gradients(first[i], s.leaves),
      hessian[i])
  end
  local sum = weighted(first, s.w)
  local second = gradients(sum, s.leaves)
  check_derivatives(s, "hvp", sum, second, s.program:hvp()({s.x}, {s.w}))
  check_derivatives(s, "grad of grad", sum, second,
    slope(s.program, s.w):grad()(s.x))
end

local function check_third(s)
  local sum = weighted(graph_of(s.y, s.leaves), s.w)
  local again = weighted(graph_of(sum, s.leaves), s.v)
  check_derivatives(s, "third", again, gradients(again, s.leaves),
    slope(slope(s.program, s.w), s.v):grad()(s.x))
end

describe("random Programs", function()
  local met, finite, total = {}, 0, 0

  it("agree with the eager run", function()
    for seed = ONLY or 1, ONLY or COUNT do
      local s = subject(seed)
      check_values(s)
      if tinygrad.is_value(s.y) then
        check_first(s)
        check_pullback(s)
        check_recorded(s)
        check_second(s)
        check_third(s)
        for _, node in ipairs(tinygrad.graph.trace(s.y)) do
          if node.op then met[node.op] = (met[node.op] or 0) + 1 end
        end
      end
      total = total + 1
      if s.value - s.value == 0 then finite = finite + 1 end
    end
  end)

  it("are mostly finite, and meet every operation", function()
    if ONLY then return end
    assert.is_true(finite >= 0.9 * total, finite .. " of " .. total)
    for name, row in pairs(row_of) do -- each row is the root of some function
      local least = math.floor(COUNT / #tinygrad.operations())
      assert.is_true((met[name] or 0) >= least, row.name)
    end
  end)
end)
