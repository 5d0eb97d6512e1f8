-- Every operation at infinite, huge, tiny and subnormal operands: one value and
-- one set of partials in all modes.

local tinygrad = require "tinygrad"
local support = require "spec.support.common"
local flat = support.flat
local Value = tinygrad.Value

local unpack = table.unpack or unpack -- luacheck: compat

local INF, NAN = math.huge, 0 / 0
local HUGE, LEAST = 1.5e308, 4.9406564584124654e-324

-- The numbers that each operand takes, by the count of operands: fewer for more
-- of them.
local NUMBERS = {
  {0, -0.0, 1, -1, 0.5, -0.5, 2, 3.75, -20, 40, -746, 800, 1e15, -1e15, 1e155,
    HUGE, -HUGE, 1e-17, 1e-155, 1e-300, -3e-320, LEAST, -LEAST, INF, -INF, NAN},
  {0, -0.0, 1, -1, 0.5, 2, -20, 1e15, HUGE, -HUGE, 1e-300, -3e-320, 4e-320, INF,
    -INF, NAN},
  {0, 1, -1, 1e15, HUGE, -HUGE, 4e-320, INF, -INF, NAN},
  {0, 2, -HUGE, 4e-320, INF, NAN},
}

--- Returns all lists of n numbers.
local function points(n)
  local list = {{}}
  for _ = 1, n do
    local longer = {}
    for _, point in ipairs(list) do
      for _, x in ipairs(NUMBERS[n]) do
        local next_point = {unpack(point)}
        next_point[#next_point + 1] = x
        longer[#longer + 1] = next_point
      end
    end
    list = longer
  end
  return list
end

--- Returns the operation as a function of one list, and the list's length.
local function listed(row)
  local f = tinygrad[row.lua_name]
  if row.arity ~= "n" then
    return function(x) return tinygrad[row.name](unpack(x, 1, row.arity)) end,
      row.arity
  elseif row.name:find("_n$") then
    return function(x) return f(x[1], x[2], x[3]) end, 3
  elseif #row.domain == 2 then
    return function(x) return f({x[1], x[2]}, {x[3], x[4]}) end, 4
  end
  return function(x) return f({x[1], x[2], x[3]}) end, 3
end

local function tangent(n, i)
  local t = {}
  for k = 1, n do t[k] = k == i and 1 or 0 end
  return t
end

--- Returns, for each mode, a function that computes {value, partials...} of f
-- at a list of n numbers.
local function modes(f, n)
  local example = {}
  for i = 1, n do example[i] = 0.25 * i end
  local program = tinygrad.compile(f, example)
  local again = assert(tinygrad.program_from_string(program:to_string()))
  local from_values = program:value_and_grad()
  local recorded = tinygrad.compile(tinygrad.value_and_grad(f), example)
  local saved, forward = again:value_and_grad(), program:jvp()
  local pushed = tinygrad.jvp(f)
  local function along(jvp)
    return function(x)
      local list = {}
      for i = 1, n do
        local y, dy = jvp({x}, {tangent(n, i)})
        list[1], list[i + 1] = y, dy
      end
      return list
    end
  end
  return {
    ["value_and_grad"] = function(x)
      return flat(tinygrad.value_and_grad(f)(x))
    end,
    ["gradients as Values"] = function(x)
      local leaves = {}
      for i = 1, n do leaves[i] = Value(x[i]) end
      local y = f(leaves)
      return flat(y, tinygrad.gradients(y, leaves, {create_graph = true}))
    end,
    ["jvp"] = along(pushed),
    ["Program:value_and_grad"] = function(x)
      return flat(from_values(x))
    end,
    ["a recorded value_and_grad"] = function(x)
      return flat(recorded(x))
    end,
    ["a saved Program's value_and_grad"] = function(x)
      return flat(saved(x))
    end,
    ["Program:jvp"] = along(forward),
  }, from_values
end

local function eager(f, x)
  local leaves, list = {}, {}
  for i = 1, #x do leaves[i] = Value(x[i]) end
  local y = f(leaves)
  y:backward()
  list[1] = y.data
  for i = 1, #x do list[i + 1] = leaves[i].grad end
  return list
end

--- Tells whether two numbers differ by at most `part` of themselves.
local function close(a, b, part)
  if support.same(a, b) then return true end
  if a - a ~= 0 or b - b ~= 0 then return false end -- one is not finite
  return math.abs(a - b) <= math.max(part * math.abs(a), 8 * LEAST)
end

local function compare(mode, x, expected, got, parts)
  for k = 1, #expected do
    if not close(expected[k], got[k], parts[k] or parts[#parts]) then
      local at = {}
      for i = 1, #x do at[i] = ("%.17g"):format(x[i]) end
      error(("%s at (%s): %s is %.17g, eagerly %.17g"):format(mode,
        table.concat(at, ", "), k == 1 and "the value" or "partial " .. k - 1,
        got[k], expected[k]))
    end
  end
end

describe("at extremes", function()
  for _, row in ipairs(tinygrad.operations()) do
    it(row.name .. " is the same in all modes", function()
      local f, n = listed(row)
      local all, program = modes(f, n)
      local at, expected, columns = points(n), {}, {}
      if row.name == "clamp" then -- which demands low <= high
        for k = #at, 1, -1 do
          if at[k][2] > at[k][3] then table.remove(at, k) end
        end
      end
      for k, x in ipairs(at) do expected[k] = eager(f, x) end
      for mode, compute in pairs(all) do
        for k, x in ipairs(at) do
          compare(mode, x, expected[k], compute(x), {0, 1e-14})
        end
      end
      for i = 1, n do
        columns[i] = {}
        for k, x in ipairs(at) do columns[i][k] = x[i] end
        columns[i] = tinygrad.Tensor(columns[i])
      end
      for _, vectors in ipairs {"plain", "avx2", "avx512"} do
        local y, d = program:batch({columns}, {vectors = vectors})
        for k, x in ipairs(at) do
          local got = {y[k]}
          for i = 1, n do got[i + 1] = d[k][i] end
          compare(vectors, x, expected[k], got, {1e-14, 1e-13})
        end
      end
    end)
  end
end)

-- Limits, worked out by hand: {f, operands, value, partials...}
local nn = tinygrad.nn

local function cross_entropy_of(target)
  return function(...) return nn.cross_entropy({...}, target) end
end

local function binary_cross_entropy_of(target)
  return function(x) return nn.binary_cross_entropy(x, target) end
end

local function first_share(...) return nn.softmax({...})[1] end

local function logsumexp(...) return tinygrad.logsumexp {...} end

local function norm(...) return tinygrad.norm {...} end

local LOG2, TAIL = math.log(2), math.exp(-40)
local LIMITS = {
  {logsumexp, {1e50, 1e50}, 1e50, 0.5, 0.5},
  {logsumexp, {1, INF}, INF, 0, 1},
  {logsumexp, {-INF, -INF}, -INF, 0, 0},
  {logsumexp, {INF, INF}, INF, 0.5, 0.5},
  {logsumexp, {-INF, 5}, 5, 0, 1},
  {norm, {INF, 1}, INF, 1, 0},
  {norm, {1, -INF, 1e308}, INF, 0, -1, 0},
  {norm, {3e-320, 4e-320}, 4.999944335913415e-320, 0.6, 0.8},
  {norm, {LEAST, LEAST}, LEAST, math.sqrt(0.5), math.sqrt(0.5)},
  {norm, {HUGE, HUGE}, INF, math.sqrt(0.5), math.sqrt(0.5)},
  {tinygrad.hypot, {INF, 1}, INF, 1, 0},
  {tinygrad.hypot, {LEAST, LEAST}, LEAST, math.sqrt(0.5), math.sqrt(0.5)},
  {tinygrad.hypot, {HUGE, HUGE}, INF, math.sqrt(0.5), math.sqrt(0.5)},
  {first_share, {1e15, 1e15}, 0.5, 0.25, -0.25},
  {first_share, {INF, 1}, 1, 0, 0},
  {first_share, {INF, INF}, 0.5, 0.25, -0.25},
  {first_share, {-INF, 3, 3}, 0, 0, 0, 0},
  {cross_entropy_of(1), {1e15, 1e15}, LOG2, -0.5, 0.5},
  {cross_entropy_of {0.5, 0.5}, {1e15, 1e15}, LOG2, 0, 0},
  {cross_entropy_of(1), {INF, 0}, 0, 0, 0},
  {cross_entropy_of {1, 0}, {INF, 0}, 0, 0, 0},
  {cross_entropy_of(2), {INF, 0}, INF, 1, -1},
  {cross_entropy_of(2), {-INF, 0}, 0, 0, 0},
  {cross_entropy_of(1), {-INF, -INF, 0}, INF, -1, 0, 1},
  {cross_entropy_of(3), {-INF, -INF, 0}, 0, 0, 0, 0},
  {cross_entropy_of(2), {HUGE, -HUGE}, INF, 1, -1},
  {binary_cross_entropy_of(1), {INF}, 0, 0},
  {binary_cross_entropy_of(0), {INF}, INF, 1},
  {binary_cross_entropy_of(0), {-INF}, 0, 0},
  {binary_cross_entropy_of(1), {-INF}, INF, -1},
  {binary_cross_entropy_of(0.5), {-INF}, INF, -0.5},
  {binary_cross_entropy_of(1), {40}, TAIL, -TAIL},
  {binary_cross_entropy_of(0), {-40}, TAIL, TAIL},
  {binary_cross_entropy_of(1), {1e15}, 0, 0},
}

describe("limits at extremes", function()
  for k, limit in ipairs(LIMITS) do
    it(("are right in all modes (%d)"):format(k), function()
      local f, x = limit[1], limit[2]
      local expected = {unpack(limit, 3, #x + 3)}
      local function of_list(list) return f(unpack(list, 1, #x)) end
      local all, program = modes(of_list, #x)
      compare("eagerly", x, expected, eager(of_list, x), {4e-16})
      for mode, compute in pairs(all) do
        compare(mode, x, expected, compute(x), {4e-16})
      end
      for _, vectors in ipairs {"plain", "avx2", "avx512"} do
        local y, d = program:batch({tinygrad.Tensor {x}}, {vectors = vectors})
        local got = {y[1]}
        for i = 1, #x do got[i + 1] = d[1][i] end
        compare(vectors, x, expected, got, {4e-16})
      end
    end)
  end
end)
