--- tinygrad.support.faithful: is a recording the function that it was made of?
--
-- Recording puts Values in the place of numbers. Lua code that tells them apart
-- without an error (`x == 1`, `known[x]`, type(x), tostring(x)) takes another
-- way then, and a function that draws random numbers is recorded with those of
-- one call. So whoever records a function for a user calls the function itself,
-- too, and compares.
--
-- A function is asked in two ways. Directly: on numbers alone, which is quick
-- and what the user wrote, but code with method calls, `x:exp()`, cannot run
-- so. Eagerly: as it runs without a recording, with numbers for data and Values
-- for what is differentiated. Where the recording gives what the eager call
-- gives, but the direct one does not, no run has the right derivatives: an
-- error.

local attempt = require "tinygrad.base.attempt"
local core = require "tinygrad.core"
local tree = require "tinygrad.base.tree"
core.library()

local abs, huge, max, min = math.abs, math.huge, math.max, math.min

local faithful = {}

local NARROW = 2 ^ 24 + 1 == 2 ^ 24 -- are Lua's numbers floats?

--- Rounding: a recording has the bits of its function, but for x ^ 2 of plain
-- numbers before Lua 5.4, and for what a batch computes by
-- csrc/engine/numeric/lanes.h.
local TOLERANCE = NARROW and 1e-3 or 1e-9

--- Differences up to here may come of rounding where much cancels.
local FLOOR = NARROW and 1e-5 or 1e-12

--- How many rows are asked eagerly, be there no doubt, at first and later.
faithful.SAMPLE, faithful.LATER = 32, 8

--- Why a function is run without its recording, as results tell.
faithful.REASON = "the function gives another value than its recording; does "
  .. "it branch on a number by '==', use one as a key, or draw random numbers?"

--- The float of a number or Value. (Integers, as Lua 5.3 and later have them,
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

--- Are two numbers one, but for rounding? NaN is NaN here.
---@param a number
---@param b number
---@param size number of what they are differences of (0)
---@return boolean
local function near(a, b, size)
  if a == b or a ~= a and b ~= b then return true end
  local gap = abs(a - b)
  return gap < huge and gap <= TOLERANCE * max(abs(a), abs(b), size)
end

--- Did a function fail because numbers have no methods?
local function wants_values(err)
  return type(err) == "string" and err:find("a number value", 1, true) ~= nil
end

--- f(x, ...) as a function that goes on with Values in the place of x's numbers
-- once f has shown that it cannot run on numbers.
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

--- A point near a list of numbers, none of which is 0 there: what is multiplied
-- by 0 would hide where functions differ, and never leave it.
---@param list number[]
---@param bounds? table lower and upper, lists to stay within
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
---@field what string the function, for the error: "fit: the model"
---@field recorded number[] what the recording gave
---@field direct? fun(): number[] the same by direct calls; may fail
---@field again? fun(i: integer): number one of them, if `direct` has what a
-- batch has rounded
---@field eager fun(i: integer): number one of them by an eager call
---@field alone? fun(i: integer): number the same by the recording without a
-- batch, for numbers in which the rounding of batches has grown
---@field size? fun(i: integer): number of what the number is a difference of
---@field sample? integer how many are asked eagerly, be there no doubt (32)

--- What direct calls give: NaN if that is another number of numbers.
local function direct_numbers(c)
  local list, n = c.direct(), #c.recorded
  for i = 1, #list == n and 0 or n do list[i] = core.nan end
  return list
end

local function size_of(c, i) return c.size and c.size(i) or 0 end

--- Is y what was recorded?
local function is_recorded(c, i, y)
  return near(c.recorded[i], y, 0) or near(c.recorded[i], y, size_of(c, i))
    or c.alone ~= nil and near(c.alone(i), y, size_of(c, i))
end

--- The error where direct calls give another number than eager and recorded
-- ones, if they give it again and it is no rounding.
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

--- Is a recording the function that it was made of? All numbers are asked for
-- directly; a sample, and those that differ, eagerly.
---@param c tinygrad.Comparison
---@return boolean
---@raise the function is another one for numbers than for Values; or its own
-- errors
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
