-- Random functions over the whole table of operations: what a Program gives
-- is what the eager run gives, bit for bit, and so are its derivatives but for
-- rounding. TINYGRAD_SPEC_RANDOM sets how many, TINYGRAD_SPEC_SEED repeats one.

local tinygrad = require "tinygrad"
local support = require "spec.support"

local COUNT = tonumber(os.getenv("TINYGRAD_SPEC_RANDOM"))
  or support.scaled(3000, 20)
local ONLY = tonumber(os.getenv("TINYGRAD_SPEC_SEED"))
local INPUTS = 3

local unpack = table.unpack or unpack -- luacheck: compat
local rows = tinygrad.operations()

--- Steps of a random function: a row and, for each operand, the position of an
-- earlier result, squeezed into the row's domain by x -> low + width *
-- sigmoid(x) so that most results are finite.
local function steps_for(seed)
  local random = support.random(seed)
  local function pick(n) return math.floor(random(1, n + 1 - 1e-9)) end
  local steps = {}
  for i = 1, 4 + pick(8) do
    local row = rows[i == 1 and (seed - 1) % #rows + 1 or pick(#rows)]
    local operands = {}
    local n = row.arity == "n" and 2 * pick(2) + 2 or row.arity
    for k = 1, n do
      operands[k] = {pick(INPUTS + i - 1),
        row.domain[(k - 1) % #row.domain + 1], random(-1, 1)}
    end
    steps[i] = {row = row, operands = operands}
  end
  return steps
end

local function apply(row, x)
  local f = tinygrad[row.name]
  if row.arity ~= "n" then return f(unpack(x, 1, row.arity)) end
  if row.name:match("_n$") then
    return tinygrad[row.lua_name](unpack(x, 1, #x))
  end
  if #row.domain == 1 then return f(x) end
  local xs, ws = {}, {}
  for i = 1, #x, 2 do xs[#xs + 1], ws[#ws + 1] = x[i], x[i + 1] end
  return f(xs, ws)
end

local function function_of(steps)
  return function(x)
    local results = {unpack(x, 1, INPUTS)}
    for _, step in ipairs(steps) do
      local operands = {}
      for k, operand in ipairs(step.operands) do
        local low, high = operand[2][1], operand[2][2]
        local from = results[operand[1]]
        operands[k] = low == high and low
          or low + (high - low) * tinygrad.sigmoid(from * operand[3])
      end
      results[#results + 1] = apply(step.row, operands)
    end
    return results[#results] + results[#results - 1] * x[1]
  end
end

local function text_of(steps)
  local lines = {}
  for i, step in ipairs(steps) do
    local operands = {}
    for k, operand in ipairs(step.operands) do operands[k] = operand[1] end
    lines[i] = ("%d = %s %s"):format(INPUTS + i, step.row.name,
      table.concat(operands, " "))
  end
  return table.concat(lines, "\n")
end

local function leaves_at(x)
  local leaves = {}
  for i = 1, #x do leaves[i] = tinygrad.Value(x[i]) end
  return leaves
end

--- Derivatives of y, a number or Value, in a Program and eagerly: equal but
-- for the rounding of their contributions. `compare(place, expected, got,
-- size)` is called for each number; `got(i)` is the Program's.
local function compare_derivatives(y, xs, got, order, place, compare)
  local sizes = support.contributions(y, xs)
  local derivatives = tinygrad.is_value(y)
    and tinygrad.gradients(y, xs, {create_graph = true}) or {}
  for i = 1, #xs do
    local d = derivatives[i] or 0
    local number = tinygrad.is_value(d) and d.data or d
    local here = place .. "," .. i
    if order == 1 then
      compare(here, number, got[i], sizes[i])
    else
      compare_derivatives(d, xs, got[i], order - 1, here, compare)
    end
  end
end

describe("random Programs", function()
  local met, finite, total = {}, 0, 0

  it("agree with the eager run", function()
    for seed = ONLY or 1, ONLY or COUNT do
      local steps = steps_for(seed)
      local function check(ok, what, ...)
        if ok then return end
        error(("seed %d: %s (%s)\n%s"):format(seed, what,
          table.concat({...}, ", "), text_of(steps)), 0)
      end
      local f = function_of(steps)
      local random = support.random(seed + 100000)
      local x = {random(-2, 2), random(-2, 2), random(-2, 2)}
      local program = tinygrad.compile(f, {1, 1, 1})
      local plain = tinygrad.compile({simplify = false}, f, {1, 1, 1})
      local xs = leaves_at(x)
      local y = f(xs)
      check(support.same(y.data, f(x)), "numbers", y.data, f(x))
      check(support.same(y.data, program(x)), "value", y.data, program(x))
      check(support.same(y.data, plain(x)), "unsimplified", y.data, plain(x))
      local function compare(what, expected, got, size)
        check(support.same(expected, got)
          or math.abs(expected - got) <= 1e-12 * size, "derivative" .. what,
          expected, got, size)
      end
      y:backward()
      local gradient, sizes = program:grad()(x), support.contributions(y, xs)
      for i = 1, INPUTS do
        compare(" backward," .. i, xs[i].grad, gradient[i], sizes[i])
      end
      local order = ONLY and 3 or seed % 16 == 0 and 3 or seed % 4 == 0 and 2
        or 1
      local derived = program
      for k = 1, order do
        derived = k == 1 and derived:grad() or derived:jacobian()
        compare_derivatives(y, xs, derived(x), k, "", compare)
      end
      for _, step in ipairs(steps) do met[step.row.name] = true end
      total = total + 1
      if y.data - y.data == 0 then finite = finite + 1 end
    end
  end)

  it("are mostly finite, and meet every operation", function()
    if ONLY then return end
    assert.is_true(finite >= 0.9 * total, finite .. " of " .. total)
    if COUNT < #rows then return end
    for _, row in ipairs(rows) do assert.is_true(met[row.name], row.name) end
  end)
end)
