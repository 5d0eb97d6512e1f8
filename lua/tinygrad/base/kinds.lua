--- tinygrad.base.kinds: what an option may be, for the schemas of options.lua.
-- Lives with the base library alone.
--
-- A kind is a table with four fields:
--   expected  what an error message says the option should be
--   type      its type, for documents and editors
--   test      test(x, given) returns whether x may be the option in the table
--             `given`; after false it may return what is wrong, if `expected`
--             does not say that
--   shows     the type of values that a message shows ("number", "string" or
--             "nothing")
-- A kind without a test is checked by the function that reads the option.

local core = require "tinygrad.core"
local tree = require "tinygrad.base.tree"
core.library()

local format = core.format

local kinds = {}

--- Makes a kind.
---@param expected string
---@param name string of the type
---@param test? fun(x: any, given: table): boolean, string?
---@param shows? string "number" or "string" (if absent: neither)
---@return table
function kinds.new(expected, name, test, shows)
  return {expected = expected, type = name, test = test,
    shows = shows or "nothing"}
end

--- Makes a kind of numbers.
---@param expected string
---@param test fun(x: number): boolean
---@param name? string of the type ("number")
---@return table
function kinds.number(expected, test, name)
  return kinds.new(expected, name or "number", function(x)
    return type(x) == "number" and test(x)
  end, "number")
end

local function is_a(name)
  return kinds.new(name, name, function(x) return type(x) == name end)
end

kinds.BOOLEAN, kinds.STRING = is_a "boolean", is_a "string"
kinds.TABLE, kinds.FUNCTION = is_a "table", is_a "function"

--- A function, or an object that can be called.
kinds.CALLABLE = kinds.new("function", "function", tree.is_callable)

--- A number or a Value.
kinds.NUMBER_OR_VALUE = kinds.new("number or Value", "tinygrad.Number",
  tree.is_leaf, "number")

local function is_finite(x) return x - x == 0 end

--- A number that is not NaN.
kinds.NUMBER = kinds.number("number", function(x) return x == x end)
kinds.FINITE = kinds.number("finite number", is_finite)
kinds.FROM_ZERO = kinds.number("finite number from 0",
  function(x) return x >= 0 and is_finite(x) end)
kinds.TOLERANCE = kinds.number("number from 0", function(x) return x >= 0 end)
kinds.POSITIVE = kinds.number("finite number above 0",
  function(x) return x > 0 and is_finite(x) end)
kinds.SHARE = kinds.number("number from 0 to 1",
  function(x) return x >= 0 and x <= 1 end)
kinds.COUNT = kinds.number("whole number from 1",
  function(x) return x >= 1 and x % 1 == 0 and x < 2 ^ 53 end, "integer")

--- Makes a kind for whole numbers from low to high.
---@param low integer
---@param high integer
---@return table
function kinds.whole(low, high)
  return kinds.number(format("whole number from %d to %d", low, high),
    function(x) return x >= low and x <= high and x % 1 == 0 end, "integer")
end

--- Makes a kind for one of several strings.
---@param ... string
---@return table
function kinds.one_of(...)
  local known, expected, name = {}, "", ""
  local n = select("#", ...)
  for i = 1, n do
    local text = format("%q", (select(i, ...)))
    known[(select(i, ...))] = true
    expected = expected .. (i == 1 and "" or i == n and " or " or ", ") .. text
    name = name .. (i == 1 and "" or "|") .. text
  end
  return kinds.new(expected, name, function(x) return known[x] == true end,
    "string")
end

--- Makes a kind for a function, or the name of one.
---@param by_name table<string, function>
---@param signature string the type of such a function, for documents
---@return table
function kinds.function_or_name(by_name, signature)
  local names, expected = {}, "a function or one of "
  for name in pairs(by_name) do names[#names + 1] = name end
  for i, name in ipairs(tree.sort(names)) do
    expected = expected .. (i == 1 and "" or ", ") .. name
  end
  return kinds.new(expected, "string|" .. signature, function(x)
    return type(x) == "function" or by_name[x] ~= nil
  end, "string")
end

--- The length of a list: how many keys a table has if they are 1, 2, ... n, or
-- nil if it has other keys.
---@param t table
---@return integer?
function kinds.list_length(t)
  local n, count = #t, 0
  for _ in pairs(t) do count = count + 1 end
  return count == n and n or nil
end

--- Reads an option that names arguments, one position or a list of them, and
-- returns it as a list.
---@param given any
---@param most? integer the last position allowed
---@return integer[]? list
---@return string? problem says what was expected and what came, if the option
-- is wrong
function kinds.positions(given, most)
  local list = type(given) == "number" and {given} or given
  if type(list) ~= "table" then
    return nil, "number or table expected, got " .. tree.typename(list)
  end
  local n = kinds.list_length(list)
  if not n or n == 0 then
    return nil, n and "positions expected, got an empty table"
      or "list of positions expected, got a table with other keys"
  end
  local seen = {}
  for _, i in ipairs(list) do
    if type(i) ~= "number" or i < 1 or i % 1 ~= 0 or i > (most or i) then
      return nil, format("positions from 1 %sexpected, got %s", most
        and format("to %d ", most) or "", type(i) == "number" and tree.shown(i)
        or tree.typename(i) .. tree.advice(i))
    elseif seen[i] then
      return nil, format("position %d is given twice", i)
    end
    seen[i] = true
  end
  return list
end

--- Positions of arguments. This kind has no test: only the function that reads
-- the option knows how many arguments there are.
kinds.POSITIONS = kinds.new("position or list of positions",
  "integer|integer[]")

return kinds
