--- tinygrad.math: stands in for Lua's `math`, on numbers and Values alike.
--
--     local math = require("tinygrad").math
--
-- It has whatever the running Lua's `math` has, under the same names. If no
-- argument is a Value, Lua's own function is called: bits, integers and errors
-- are its own. If one is a Value, tinygrad's operation is called and gives a
-- Value. A function that makes no sense for Values, such as `random`, raises an
-- error that says what to do. tinygrad's other operations (sigmoid, erf, clamp,
-- ...) are here too.
--
-- Two differences matter. `max` and `min` of Values are NaN if any argument is
-- NaN, while Lua's depend on the order. And a function takes for Values the
-- arguments that it takes for numbers on the running Lua: before Lua 5.3 `atan`
-- takes no second argument, in Lua 5.1 neither does `log`, and `mod` of Lua 5.1
-- is `fmod`.

local core = require "tinygrad.core"
core.library()

local is_value = core.is_value
local lua_math = math

--- The level that makes `error` name the caller of a function that was called
-- in a tail call, which Lua 5.1 counts as a level of its own.
local CALLER = _VERSION == "Lua 5.1" and not rawget(_G, "jit") and 3 or 2

--- The position of the first Value among the arguments, or nil.
local function first_value(...)
  local a, b = ...
  if is_value(a) then return 1 end
  if is_value(b) then return 2 end
  local n = select("#", ...)
  if n <= 2 then return nil end
  local arguments = {...}
  for i = 3, n do
    if is_value(arguments[i]) then return i end
  end
  return nil
end

--- Returns what pcall returned after `true`. An error of tinygrad's or `math`'s
-- function, whose message has no place, is raised at the caller's line under
-- the name `name`; others are raised as they are.
local function relay(name, ok, ...)
  if ok then return ... end
  local message = ...
  local is_ours = type(message) == "string" and message ~= "not enough memory"
    and not message:find("^[^\n]-:%d+: ")
  if not is_ours then error(message, 0) end
  error(message:gsub("^(bad argument #%d+ to) '[^']*'",
    ("%%1 '%s'"):format(name)), CALLER)
end

local function refuse(name, position, expected, advice)
  error(("bad argument #%d to '%s' (%s expected, got Value; %s)"):format(
    position, name, expected, advice), 0)
end

--- x * 2 ^ e, by factors that are exact powers of 2. All factors but the last
-- keep the product in range.
local function ldexp(x, e)
  if is_value(e) then
    refuse("ldexp", 2, "number", "x * 2 ^ e takes Values")
  end
  local ok, message = pcall(lua_math.ldexp, 1, e)
  if not ok then error(message, 0) end
  e = lua_math.max(-2200, lua_math.min(2200, e))
  while e < -1074 or e > 1023 do
    local part = e < 0 and -1000 or 1000
    x, e = x * lua_math.ldexp(1, part), e - part
  end
  return x * lua_math.ldexp(1, e)
end

--- Functions of `math` on Values, where no operation has their name.
local OF_VALUES = {
  ldexp = ldexp,

  --- Returns the fraction x / 2 ^ exponent, a Value; and the exponent, a
  -- number.
  frexp = function(x)
    local _, e = lua_math.frexp(x.data)
    return ldexp(x, -e), e
  end,

  --- Returns the whole part, with the derivative 0, and the fraction, with 1.
  modf = function(x)
    local whole = core.trunc(x)
    local is_infinite = core.eq(core.abs(x), lua_math.huge)
    return whole, core.where(is_infinite, 0, x - whole)
  end,

  --- "Value" is neither "integer" nor "float", but true, as for any number.
  type = function() return "Value" end,
}

--- Functions of `math` that cannot take a Value: what they expect, and advice.
local REFUSED = {
  random = {"number", "low + (high - low) * math.random() takes Values"},
  randomseed = {"number", "use its .data"},
  tointeger = {"number", "math.floor rounds it, .data is its number"},
  ult = {"integer", "'<' compares Values, tinygrad.lt gives 1 or 0"},
}

--- The function to call when a Value is among the arguments of math[name].
local function for_values(name)
  if OF_VALUES[name] then return OF_VALUES[name] end
  if REFUSED[name] then
    return function(...)
      refuse(name, first_value(...), REFUSED[name][1], REFUSED[name][2])
    end
  end
  local operation = core[name == "mod" and "fmod" or name]
  local takes_one = name == "atan" and lua_math.atan(0, -1) == 0
    or name == "log" and lua_math.log(8, 2) < 2.9
  if takes_one then return function(x) return operation(x) end end
  return operation
end

--- Makes a function of one argument that calls `operation` on a Value and
-- `original` on anything else. Calls that cannot fail are made directly, which
-- takes a third of the time of pcall.
local function dispatch_one(name, original, operation)
  return function(...)
    local x = ...
    if type(x) == "number" then return original(x) end
    if is_value(x) then return operation(x) end
    return relay(name, pcall(original, ...))
  end
end

--- Makes a function of any number of arguments; see dispatch_one.
local function dispatch_many(name, original, operation)
  local takes_two = operation == core[name] and pcall(original, 1, 0)
  return function(...)
    local x, y = ...
    if takes_two and select("#", ...) == 2 and type(x) == "number"
        and type(y) == "number" then
      return original(x, y)
    end
    return relay(name, pcall(first_value(...) and operation or original, ...))
  end
end

local drop_in, arity = {}, {}

for _, row in ipairs(core.operations()) do
  local name = row.lua_name
  arity[name] = arity[name] == nil and row.arity or "n"
  drop_in[name] = core[name]
end
for name, original in pairs(lua_math) do
  local operation = type(original) == "function" and for_values(name)
  local dispatch = arity[name] == 1 and dispatch_one or dispatch_many
  drop_in[name] = operation and dispatch(name, original, operation) or original
end

return drop_in
