--- tinygrad.nn.rows: data sets, with a row for each example.

local attempt = require "tinygrad.base.attempt"
local core = require "tinygrad.core"
local Tensor = require "tinygrad.tensor"
local tree = require "tinygrad.base.tree"
core.library()

local rows = {}

---@class tinygrad.Rows
---@field inputs any Tensors in a tree; the first dimension of each is the rows
---@field count integer of rows
---@field row fun(i: integer): any row i: numbers in nested tables

local function fail(who, what, problem)
  error(("%s: %s %s"):format(who, what, problem), 0)
end

--- Returns the Tensors of a data set, in a tree.
local function read(who, what, given)
  if core.is_tensor(given) then return given end
  if type(given) ~= "table" or next(given) == nil then
    fail(who, what, ("must be a Tensor or table of rows, or a table of "
      .. "columns by name; it is %s"):format(type(given) == "table" and "empty"
      or tree.described(given)))
  end
  if given[1] ~= nil then
    local ok, t = attempt(Tensor, given)
    if ok then return t end
    fail(who, what, "must have rows of one shape: " .. tostring(t):gsub(
      "^.-Tensor: t", function() return what end))
  end
  local columns = {}
  for name, column in pairs(given) do
    if type(name) ~= "string" then
      fail(who, what, "has neither rows 1, 2, ... nor columns by name")
    end
    columns[name] = read(who, ("%s.%s"):format(what, name), column)
  end
  return columns
end

--- Calls visit(tensor, name) for each Tensor of a tree.
local function each(inputs, what, visit)
  if core.is_tensor(inputs) then return visit(inputs, what) end
  for name, column in pairs(inputs) do
    each(column, ("%s.%s"):format(what, name), visit)
  end
end

--- Returns one row of Tensors in a tree, as numbers in nested tables.
---@param inputs any
---@param i integer
---@return any
function rows.row(inputs, i)
  if core.is_tensor(inputs) then
    local x = inputs[i]
    return type(x) == "number" and x or x:totable()
  end
  local row = {}
  for name, column in pairs(inputs) do row[name] = rows.row(column, i) end
  return row
end

--- Reads a data set. Its errors have no position.
---@param who string the function that was called
---@param what string the name of `given` in errors
---@param given any a Tensor, a table of rows of one shape, or a table of these
-- by name
---@param n? integer how many rows there must be
---@return tinygrad.Rows
function rows.read(who, what, given, n)
  local inputs = read(who, what, given)
  each(inputs, what, function(t, name)
    n = n or #t
    if #t ~= n then
      fail(who, name, ("has %d rows, others have %d"):format(#t, n))
    end
  end)
  if n == 0 then fail(who, what, "has no rows") end
  return {inputs = inputs, count = n,
    row = function(i) return rows.row(inputs, i) end}
end

local function take(inputs, list)
  if not core.is_tensor(inputs) then
    local columns = {}
    for name, column in pairs(inputs) do columns[name] = take(column, list) end
    return columns
  end
  local shape = inputs:shape()
  shape[1] = #list
  local taken = Tensor.zeros(shape)
  for k, i in ipairs(list) do taken[k] = inputs[i] end
  return taken
end

--- Returns a data set of some of the rows.
---@param data tinygrad.Rows
---@param list integer[] the numbers of these rows
---@return tinygrad.Rows
function rows.take(data, list)
  return rows.read("take", "rows", take(data.inputs, list), #list)
end

--- Returns the rows in which each number of a column is first seen; nil for a
-- column with more than `most` different numbers.
---@param flat tinygrad.Tensor has the column's numbers at k, k + width, ...
local function firsts_of(flat, k, width, n, most)
  local seen, firsts = {}, {}
  for i = 1, n do
    local x = flat[(i - 1) * width + k]
    if x == x and not seen[x] then
      if #firsts == most then return nil end
      seen[x], firsts[#firsts + 1] = true, i
    end
  end
  return firsts
end

--- Returns the lists of firsts_of for all columns with few different numbers,
-- shortest first.
local function classes_of(sets, most)
  local columns = {}
  for _, data in ipairs(sets) do
    each(data.inputs, "", function(t)
      local size, n = 1, data.count
      for _, length in ipairs(t:shape()) do size = size * length end
      local flat, width = t:reshape(size), size / n
      for k = 1, width do
        columns[#columns + 1] = firsts_of(flat, k, width, n, most)
      end
    end)
  end
  table.sort(columns, function(a, b) return #a < #b end)
  return columns
end

--- Returns a sample of the rows. Half of it are rows in which a number is first
-- seen in a column with few different numbers, such as classes; the rest are
-- taken evenly.
---@param sets tinygrad.Rows[] inputs and targets of the same rows
---@param most integer the size of the sample
---@return integer[] rows in order
function rows.sample(sets, most)
  local chosen, list, n = {}, {}, sets[1].count
  local function choose(i, limit)
    if chosen[i] or #list >= limit then return end
    chosen[i], list[#list + 1] = true, i
  end
  for _, firsts in ipairs(n > most and classes_of(sets, most / 2) or {}) do
    for _, i in ipairs(firsts) do choose(i, most / 2) end
  end
  for i = 1, n, math.ceil(2 * n / most) do choose(i, most) end
  for i = 1, n do choose(i, most) end
  table.sort(list)
  return list
end

--- Returns the numbers from 1 to n in random order.
---@param n integer
---@param random tinygrad.Generator
---@return integer[]
function rows.shuffled(n, random)
  local list = {}
  for i = 1, n do list[i] = i end
  for i = n, 2, -1 do
    local k = random:integer(i)
    list[i], list[k] = list[k], list[i]
  end
  return list
end

return rows
