-- Random functions over the whole table of operations: what a Program gives
-- is what the eager run gives, bit for bit, and so are its derivatives but for
-- rounding. TINYGRAD_SPEC_RANDOM sets how many, TINYGRAD_SPEC_SEED repeats one.

local tinygrad = require "tinygrad"
local support = require "spec.support"

local COUNT = tonumber(os.getenv("TINYGRAD_SPEC_RANDOM"))
  or support.scaled(600, 20)
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

--- The value with numbers that no transform or Program has touched.
local function eager(f, x)
  local leaves = {}
  for i = 1, #x do leaves[i] = tinygrad.Value(x[i]) end
  local y = f(leaves)
  y:backward()
  local gradient = {}
  for i = 1, #x do gradient[i] = leaves[i].grad end
  return y.data, gradient
end

local function close(expected, got)
  return support.same(expected, got) or math.abs(expected - got)
    <= 1e-11 * math.max(1, math.abs(expected), math.abs(got))
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
      local value, gradient = eager(f, x)
      check(support.same(value, f(x)), "numbers", value, f(x))
      check(support.same(value, program(x)), "value", value, program(x))
      check(support.same(value, plain(x)), "unsimplified", value, plain(x))
      local got = program:grad()(x)
      for i = 1, INPUTS do
        check(close(gradient[i], got[i]), "gradient", i, gradient[i], got[i])
      end
      if seed % 4 == 0 or ONLY then
        local hessian, again = tinygrad.hessian(f)(x), program:hessian()(x)
        for i = 1, INPUTS do
          for k = 1, INPUTS do
            local e, g = hessian[i][k], again[i][k]
            check(support.same(e, g) or math.abs(e - g)
              <= 1e-8 * math.max(1, math.abs(e), math.abs(g)), "Hessian", i, k,
              e, g)
          end
        end
      end
      for _, step in ipairs(steps) do met[step.row.name] = true end
      total = total + 1
      if value - value == 0 then finite = finite + 1 end
    end
  end)

  it("are mostly finite, and meet every operation", function()
    if ONLY then return end
    assert.is_true(finite >= 0.9 * total, finite .. " of " .. total)
    if COUNT < #rows then return end
    for _, row in ipairs(rows) do assert.is_true(met[row.name], row.name) end
  end)
end)
