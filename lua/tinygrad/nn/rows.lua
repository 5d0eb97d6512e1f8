--- tinygrad.nn.rows: data sets, a row for each example.

local attempt = require "tinygrad.attempt"
local core = require "tinygrad.core"
local Tensor = require "tinygrad.tensor"
local tree = require "tinygrad.tree"
core.library()

local rows = {}

---@class tinygrad.Rows
---@field inputs any Tensors whose first dimension is the rows, in a tree
---@field count integer of rows
---@field row fun(i: integer): any one of them: numbers in nested tables

local function fail(who, what, problem)
  error(("%s: %s %s"):format(who, what, problem), 0)
end

--- The Tensors of what is given, in a tree.
local function read(who, what, given)
  if core.is_tensor(given) then return given end
  if type(given) ~= "table" or next(given) == nil then
    fail(who, what, ("must be a Tensor or table of rows, or a table of "
      .. "columns by name; it is %s"):format(given == nil and "absent"
      or type(given) == "table" and "empty" or "a " .. tree.typename(given)))
  end
  if given[1] ~= nil then
    local ok, t = attempt(Tensor, given)
    if ok then return t end
    fail(who, what, "must have rows of one shape: " .. tostring(t):gsub(
      "^.-Tensor: ", ""))
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

local function row_of(inputs, i)
  if core.is_tensor(inputs) then
    local x = inputs[i]
    return type(x) == "number" and x or x:totable()
  end
  local row = {}
  for name, column in pairs(inputs) do row[name] = row_of(column, i) end
  return row
end

--- Reads a data set; what is wrong is an error without a position.
---@param who string the function that was called
---@param what string the name of what was given
---@param given any a Tensor, or a table of rows of the same shape, or a table
-- of these by name
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
    row = function(i) return row_of(inputs, i) end}
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

--- A data set of some of the rows.
---@param data tinygrad.Rows
---@param list integer[] which
---@return tinygrad.Rows
function rows.take(data, list)
  return rows.read("take", "rows", take(data.inputs, list), #list)
end

--- 1 to n in random order.
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
