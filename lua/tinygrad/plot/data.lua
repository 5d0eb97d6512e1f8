--- tinygrad.plot.data: turns what is to be plotted into plain lists of numbers.
-- For tinygrad.plot only.

local core = require "tinygrad.core"
local scale = require "tinygrad.plot.scale"
local tree = require "tinygrad.base.tree"
core.library()

local data = {}

local function is_list(x)
  return core.is_tensor(x) and #x:shape() == 1
    or type(x) == "table" and not core.is_value(x)
end

--- Returns the numbers of a list; a Value counts as its number.
---@param name string the name of the list in messages
---@param list any a table or a Tensor
---@return number[]?
---@return string? problem
function data.numbers(name, list)
  if core.is_tensor(list) and #list:shape() ~= 1 then
    return nil, ("%s: a Tensor of 1 dimension expected, got %d"):format(name,
      #list:shape())
  elseif not is_list(list) then
    return nil, ("%s: a list of numbers expected, got %s"):format(name,
      tree.typename(list))
  elseif #list == 0 then
    return nil, name .. ": at least one number expected, got none"
  end
  local numbers = {}
  for i = 1, #list do
    local x = list[i]
    if core.is_value(x) then x = x.data end
    if type(x) ~= "number" then
      return nil, ("%s[%d]: number expected, got %s"):format(name, i,
        tree.typename(x))
    end
    numbers[i] = x + 0.0
  end
  return numbers
end

--- Returns a grid as rows of numbers.
---@param grid any a table of rows, or a Tensor
---@return number[][]?
---@return string? problem
function data.grid(grid)
  if core.is_tensor(grid) and #grid:shape() ~= 2 then
    return nil, ("a Tensor of 2 dimensions expected, got %d"):format(
      #grid:shape())
  end
  local rows = {}
  for j = 1, #grid do
    local problem
    rows[j], problem = data.numbers(("grid[%d]"):format(j), grid[j])
    if problem then return nil, problem end
    if #rows[j] ~= #rows[1] then
      return nil, ("grid[%d]: %d numbers expected, as in grid[1], got %d")
        :format(j, #rows[1], #rows[j])
    end
  end
  if #rows < 2 or #rows[1] < 2 then
    return nil, ("a grid of at least 2 by 2 numbers expected, got %d by %d")
      :format(#rows, rows[1] and #rows[1] or 0)
  end
  return rows
end

--- Returns the values of a function as rows of numbers, at points that are
-- evenly spaced on the axes.
---@param f fun(x: number, y: number): any
---@param x table scale
---@param y table scale
---@param points integer the number of points along each axis
---@return number[][]?
---@return string? problem
function data.sample(f, x, y, points)
  local rows = {}
  for j = 1, points do
    rows[j] = {}
    for i = 1, points do
      local a = x:invert((i - 1) / (points - 1))
      local b = y:invert((j - 1) / (points - 1))
      local z = f(a, b)
      if core.is_value(z) then z = z.data end
      if type(z) ~= "number" then
        return nil, ("a number expected from f(%.6g, %.6g), got %s"):format(a,
          b, tree.typename(z))
      end
      rows[j][i] = z + 0.0
    end
  end
  return rows
end

--- Returns the finite numbers among levels in ascending order, each once.
---@param levels number[]
---@return number[]
function data.sorted_levels(levels)
  local list, seen = {}, {}
  for _, level in ipairs(levels) do
    if math.abs(level) <= 1e300 and not seen[level] then
      list[#list + 1], seen[level] = level, true
    end
  end
  table.sort(list)
  return list
end

--- Returns round levels inside the range of the values, at most `most` of them.
---@param values number[][]
---@param most integer
---@return number[]
function data.round_levels(values, most)
  local low, high = math.huge, -math.huge
  for _, row in ipairs(values) do
    for _, z in ipairs(row) do
      if scale.shows(z, false) then
        low, high = math.min(low, z), math.max(high, z)
      end
    end
  end
  local levels = {}
  if low < high then
    local ticks = scale.new(low, high, false):ticks(most)
    for i, tick in ipairs(ticks) do levels[i] = tick.value end
  end
  return levels
end

return data
