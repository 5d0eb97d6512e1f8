--- Measures how far operations are from the numbers in reference/points.lua.

local tinygrad = require "tinygrad"

local accuracy = {}

local unpack = table.unpack or unpack -- luacheck: compat

--- Returns the distance of |x| from the next double.
local function ulp(x)
  x = math.abs(x)
  if x < 2 ^ -1022 then return 2 ^ -1074 end
  local exponent = math.floor(math.log(x) / math.log(2))
  while 2 ^ exponent > x do exponent = exponent - 1 end
  while exponent < 1023 and 2 ^ (exponent + 1) <= x do
    exponent = exponent + 1
  end
  return 2 ^ (exponent - 52)
end

--- Returns the error of `got` in units in the last place of max(|expected|,
-- least).
local function error_in_ulp(expected, got, least)
  if expected == got then return 0 end
  if expected ~= expected then return got ~= got and 0 or math.huge end
  if got ~= got or math.abs(expected) == math.huge then return math.huge end
  if math.abs(got) == math.huge then got = got > 0 and 2 ^ 1023 * 2 or got end
  return math.abs(got - expected) / ulp(math.max(math.abs(expected), least))
end

local function apply(row, x)
  if row.arity ~= "n" then return tinygrad[row.name](unpack(x)) end
  if row.name:match("_n$") then return tinygrad[row.lua_name](unpack(x)) end
  if #row.domain == 1 then return tinygrad[row.name](x) end
  local xs, ws = {}, {}
  for i = 1, #x, 2 do xs[#xs + 1], ws[#ws + 1] = x[i], x[i + 1] end
  return tinygrad[row.name](xs, ws)
end

--- Keeps the error of `got` in `worst` if it is the largest so far.
local function note(worst, expected, got, least, x)
  if not expected then return end -- the operation is not defined at x
  local err = error_in_ulp(expected, got, least)
  if not (err <= worst.error) then
    local at = {}
    for i = 1, #x do at[i] = ("%.17g"):format(x[i]) end
    worst.error, worst.expected, worst.got = err, expected, got
    worst.at = table.concat(at, ", ")
  end
end

--- Returns the relative error of `got`; 0 where the expected number is 0,
-- subnormal or infinite.
local function relative_error(expected, got)
  local size = math.abs(expected or 0)
  if not (size >= 2 ^ -1022 and size < math.huge) then return 0 end
  return math.abs(got - expected) / size
end

--- Returns the points at which a first partial is off by more than `part` of
-- itself. tanh's 1 - y * y is, where y is close to 1. Partials that are 0 or
-- subnormal are left out.
---@param row table of tinygrad.operations()
---@param points table[] of reference/points.lua
---@param part number
---@return number[][] points the operands at each
function accuracy.inaccurate(row, points, part)
  local found = {}
  for _, point in ipairs(points) do
    local x, leaves, worst = point[1], {}, 0
    for i, number in ipairs(x) do leaves[i] = tinygrad.Value(number) end
    apply(row, leaves):backward()
    for i, leaf in ipairs(leaves) do
      worst = math.max(worst, relative_error(point[3][i], leaf.grad))
    end
    if worst > part then found[#found + 1] = x end
  end
  return found
end

--- Returns the largest errors of an operation over its points. Partials are
-- measured in the last place of max(|partial|, 1), because their formulas may
-- cancel (tanh's 1 - y * y), or take functions of rounded products (erf's
-- exp(-x * x)).
---@param row table of tinygrad.operations()
---@param points table[] of reference/points.lua
---@return table[] worst for the value, the first and the second partials: error
-- (in ulp), at, expected, got
function accuracy.measure(row, points)
  local worst = {{error = 0}, {error = 0}, {error = 0}}
  for _, point in ipairs(points) do
    local x, leaves = point[1], {}
    for i, number in ipairs(x) do leaves[i] = tinygrad.Value(number) end
    local y = apply(row, leaves)
    note(worst[1], point[2], y.data, 0, x)
    local first = tinygrad.gradients(y, leaves, {create_graph = true})
    y:backward()
    local k = 0
    for i, leaf in ipairs(leaves) do
      note(worst[2], point[3][i], leaf.grad, 1, x)
      local second = tinygrad.gradients(first[i], leaves)
      for j = i, #leaves do
        k = k + 1
        note(worst[3], point[4][k], second[j], 1, x)
      end
    end
  end
  return worst
end

--- Returns the largest errors of the values and first partials that batches
-- compute.
---@param row table of tinygrad.operations(), of a fixed number of operands
---@param points table[] of reference/points.lua
---@param vectors string an instruction set
---@return table[] worst for the values and the first partials, as measure has
-- it
function accuracy.measure_batch(row, points, vectors)
  local worst = {{error = 0}, {error = 0}}
  local columns, example, which = {}, {}, {}
  for i = 1, row.arity do
    columns[i], example[i], which[i] = {}, 1, i
    for k, point in ipairs(points) do columns[i][k] = point[1][i] end
    columns[i] = tinygrad.Tensor(columns[i])
  end
  local p = tinygrad.compile(tinygrad[row.name], unpack(example))
  local results = {p:value_and_grad({argnums = which}):batch(columns,
    {vectors = vectors})}
  for k, point in ipairs(points) do
    note(worst[1], point[2], results[1][k], 0, point[1])
    for i = 1, row.arity do
      note(worst[2], point[3][i], results[1 + i][k], 1, point[1])
    end
  end
  return worst
end

return accuracy
