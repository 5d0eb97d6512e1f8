--- tinygrad.support.faithful: checks whether a recording agrees with the
-- function that it was made from.
--
-- A recording calls the function with Values in place of numbers. Code that
-- tells Values from numbers without an error (`x == 1`, `known[x]`, type(x),
-- tostring(x)) then takes another branch, and random numbers are recorded as
-- drawn in that one call. Whoever records a function for a user therefore calls
-- the function itself as well, and compares.
--
-- The function is called in two ways. A direct call is on numbers alone: it is
-- quick and runs what the user wrote, but fails on method calls, `x:exp()`. An
-- eager call runs the function as without a recording, with numbers for data
-- and Values for what is differentiated. If the recording agrees with the eager
-- call but not with the direct one, derivatives would be wrong in any case:
-- that is an error.

local attempt = require "tinygrad.base.attempt"
local core = require "tinygrad.core"
local tree = require "tinygrad.base.tree"
core.library()

local abs, huge, max, min = math.abs, math.huge, math.max, math.min

local faithful = {}

local NARROW = 2 ^ 24 + 1 == 2 ^ 24 -- whether Lua's numbers are floats

--- The relative difference allowed for rounding. A recording has the bits of
-- its function, with two exceptions: x ^ 2 of plain numbers before Lua 5.4, and
-- what a batch computes with csrc/engine/numeric/lanes.h.
local TOLERANCE = NARROW and 1e-3 or 1e-9

--- The absolute difference that rounding may cause where much cancels.
local FLOOR = NARROW and 1e-5 or 1e-12

--- The number of rows that are called eagerly although nothing is in doubt, at
-- first and later.
faithful.SAMPLE, faithful.LATER = 32, 8

--- Why a function runs without its recording: for results to report.
faithful.REASON = "the function gives another value than its recording; does "
  .. "it branch on a number by '==', use one as a key, or draw random numbers?"

--- The number of a number or Value, as a float. (Integers of Lua 5.3 and later
-- wrap around.)
---@param y number|tinygrad.Value
---@return number
function faithful.number(y)
  return (core.is_value(y) and y.data or y) + 0.0
end

--- A copy of a tree with floats for its numbers and Values.
---@param x any
---@return any
function faithful.floats(x)
  return tree.map(x, function(leaf)
    return tree.is_leaf(leaf) and faithful.number(leaf) or leaf
  end)
end

--- Whether two numbers are equal but for rounding. NaN equals NaN here.
---@param a number
---@param b number
---@param size number the size of the numbers whose difference a and b are (0)
---@return boolean
local function near(a, b, size)
  if a == b or a ~= a and b ~= b then return true end
  local gap = abs(a - b)
  return gap < huge and gap <= TOLERANCE * max(abs(a), abs(b), size)
end

--- Whether the error of a function says that numbers have no methods.
local function wants_values(err)
  return type(err) == "string" and err:find("a number value", 1, true) ~= nil
end

--- Wraps f(x, ...): once f has failed because numbers have no methods, it is
-- called with Values in place of the numbers in x.
---@param f function
---@return function
function faithful.lenient(f)
  local with_values = false
  local function on_values(x, ...)
    return f(tree.map(x, function(leaf)
      return type(leaf) == "number" and core.Value(leaf) or leaf
    end), ...)
  end
  return function(x, ...)
    if with_values then return on_values(x, ...) end
    local ok, y = attempt(f, x, ...)
    if ok then return y end
    if not wants_values(y) then error(y, 0) end
    with_values = true
    return on_values(x, ...)
  end
end

--- A point near a list of numbers, with no number 0. A factor of 0 would hide
-- where two functions differ.
---@param list number[]
---@param bounds? table lower and upper: lists of the limits to stay within
---@return number[]
function faithful.nearby(list, bounds)
  local near_list = {}
  for j, x in ipairs(list) do
    local step = 0.01 * (1 + j * 0.618033988749895 % 1)
    near_list[j] = x + step * (x == 0 and 1 or x)
    if bounds then
      near_list[j] = max(bounds.lower[j], min(bounds.upper[j], near_list[j]))
    end
  end
  return near_list
end

---@class tinygrad.Comparison
---@field what string names the function, for the error: "fit: the model"
---@field recorded number[] the numbers that the recording gave
---@field direct? fun(): number[] returns these numbers by direct calls; may
-- fail
---@field again? fun(i: integer): number returns number i by a direct call, if
-- `direct` returns numbers rounded by a batch
---@field eager fun(i: integer): number returns number i by an eager call
---@field alone? fun(i: integer): number returns number i by the recording
-- without a batch, for numbers in which the rounding of batches has grown
---@field size? fun(i: integer): number returns the size of the numbers whose
-- difference number i is
---@field sample? integer how many numbers are computed eagerly although nothing
-- is in doubt (32)

--- Calls the function directly for all numbers. If it returns another count of
-- numbers, they are all NaN.
local function direct_numbers(c)
  local list, n = c.direct(), #c.recorded
  for i = 1, #list == n and 0 or n do list[i] = core.nan end
  return list
end

local function size_of(c, i) return c.size and c.size(i) or 0 end

--- Whether y is number i of the recording, but for rounding.
local function is_recorded(c, i, y)
  return near(c.recorded[i], y, 0) or near(c.recorded[i], y, size_of(c, i))
    or c.alone ~= nil and near(c.alone(i), y, size_of(c, i))
end

--- Raises an error if direct calls give another number than the eager call and
-- the recording, give it again, and the difference is more than rounding.
local function check_direct(c, i, eager)
  local again = c.again or function() return direct_numbers(c)[i] end
  local direct, size = again(i), size_of(c, i)
  if near(direct, eager, size) or eager ~= eager
      or abs(direct - eager) <= FLOOR * max(1, size)
      or not near(direct, again(i), size) then
    return
  end
  error(c.what .. " is another function of plain numbers than of Values, "
    .. "which alone have derivatives; does it compare a Value with a number by "
    .. "'==' (use tinygrad.eq and where), take one as a key, or ask for its "
    .. "type?", 0)
end

--- Whether a recording agrees with the function that it was made from. All
-- numbers are computed directly. A sample, and the numbers that differ, are
-- computed eagerly.
---@param c tinygrad.Comparison
---@return boolean
---@raise the function gives another result for numbers than for Values; or it
-- raises an error
function faithful.agrees(c)
  local n = #c.recorded
  local takes_numbers, numbers = c.direct ~= nil, nil
  if c.direct then takes_numbers, numbers = attempt(direct_numbers, c) end
  local stride = math.ceil(n / (c.sample or faithful.SAMPLE))
  for i = 1, n do
    local right = takes_numbers and is_recorded(c, i, numbers[i])
    if not right or (i - 1) % stride == 0 then
      local y = c.eager(i)
      if not is_recorded(c, i, y) then return false end
      if takes_numbers and not right then check_direct(c, i, y) end
    end
  end
  return true
end

return faithful
