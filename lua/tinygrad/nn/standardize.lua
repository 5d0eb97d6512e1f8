--- tinygrad.nn.standardize: a layer that scales the inputs.

local attempt = require "tinygrad.base.attempt"
local constants = require "tinygrad.base.constants"
local core = require "tinygrad.core"
local module = require "tinygrad.nn.module"
local rows = require "tinygrad.nn.rows"
local tree = require "tinygrad.base.tree"
core.library()

local fail = core.fail -- raises an error at the line of the caller's program

--- Returns the mean and the standard deviation of a list of numbers, without
-- overflow for numbers of any size.
local function statistics(list)
  local mean, largest, sum = 0, 0, 0
  for i, x in ipairs(list) do mean = mean + (x / i - mean / i) end
  for _, x in ipairs(list) do
    largest = math.max(largest, math.abs(x / 2 - mean / 2))
  end
  if largest == 0 then return mean, 0 end
  for _, x in ipairs(list) do
    sum = sum + ((x / 2 - mean / 2) / largest) ^ 2
  end
  return mean, 2 * (largest * math.sqrt(sum / #list))
end

--- Calls visit(list, path, k) with the numbers that stand at one place of all
-- rows, for each place in the order of tree.leaves of a row.
local function each_column(inputs, visit)
  tree.map(inputs, function(t, trail, depth)
    local width, shape = 1, t:shape()
    for i = 2, #shape do width = width * shape[i] end
    local flat = t:reshape(shape[1], width)
    for k = 1, width do
      visit(core.tensor_column(flat, k), tree.path(trail, depth), k)
    end
    return t
  end, "data")
end

local function check_column(list, path, k)
  for i, x in ipairs(list) do
    if x - x ~= 0 then
      error(("standardize: %s must hold finite numbers, column %d of row %d is "
        .. "%s"):format(path, k, i, tree.shown(x)), 0)
    end
  end
end

local Standardize = module.class(function(self, x)
  local i = 0
  local scaled = tree.map_leaves(core.is_tensor(x) and x:totable() or x,
    function(leaf)
      i = i + 1
      return self.mean[i] and (leaf - self.mean[i]) / self.deviation[i] or leaf
    end)
  if i ~= #self.mean then
    fail(("the layer takes %d numbers, as its data had in a row, got %d")
      :format(#self.mean, i))
  end
  return scaled
end, function(self) return ("Standardize(%d)"):format(#self.mean) end,
  "a Standardize")

--- Returns the inputs in data as nn.train takes it; data of another form as it
-- is.
local function inputs_of(data)
  if type(data) ~= "table" or type(data.x) == "nil" then return data end
  for key in next, data do
    if key ~= "x" and key ~= "y" then return data end
  end
  return data.x
end

local function new(data)
  local mean, deviation = {}, {}
  each_column(rows.read("standardize", "data", inputs_of(data)).inputs,
    function(list, path, k)
      check_column(list, path, k)
      local m, d = statistics(list)
      mean[#mean + 1], deviation[#deviation + 1] = m, d > 0 and d or 1.0
    end)
  return setmetatable({mean = constants.new(mean),
    deviation = constants.new(deviation)}, Standardize)
end

--- A layer that subtracts from each input its mean over the data and divides by
-- its standard deviation, so that the layers after it get numbers near 0 and 1:
-- networks learn little from inputs of other sizes.
--
-- Means and deviations are not learned, but they belong to the model: they are
-- saved and loaded with it, are part of checkpoints, and are in the C that the
-- model's Program emits, which therefore takes inputs as they are measured.
-- Inputs that do not vary are divided by 1. The layer returns what it gets, a
-- number or a table, in the same shape.
--
--     local nn = tinygrad.nn
--     local points = {{0, 1000}, {2, 3000}}
--     local scale = nn.standardize(points)
--     local model = nn.Sequential {scale, nn.MLP(2, {8, 1})}
--     local scaled = scale {2, 1000}
--     print(("%g %g"):format(scaled[1], scaled[2])) --> 1 -1
---@param data any a Tensor or table of rows, or a table of columns by name; or
-- data as nn.train takes it, {x = rows, y = ...}, of which only x is used
---@return tinygrad.Model layer with the numbers `mean` and `deviation`
---@raise data has another form, has no rows, or holds a number that is not
-- finite
return function(data)
  local ok, layer = attempt(new, data)
  if not ok then error(layer, 2) end
  return layer
end
