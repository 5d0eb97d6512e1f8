--- tinygrad.transform.custom: operations with a derivative of one's own. Lives
-- with the base library alone.

local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local transform = require "tinygrad.transform"
local tree = require "tinygrad.base.tree"
core.library()

local fail, format, unpack = core.fail, core.format, core.unpack

local function check_field(definition, field, expected, optional)
  local value = definition[field]
  if optional and value == nil then return end
  if type(value) ~= expected then
    error(format("bad field '%s' of the definition given to 'custom' (%s "
      .. "expected, got %s)", field, expected, tree.typename(value)), 3)
  end
end

--- Returns the numbers of operands, as floats, and whether one of them is a
-- Value.
local function numbers_of(name, n, ...)
  local numbers, any_value = {...}, false
  for i = 1, n do
    local x = numbers[i]
    if core.is_value(x) then
      numbers[i], any_value = x.data, true
    elseif type(x) ~= "number" then
      fail(errors.argument_text(i, name, "number or Value expected, got "
        .. type(x)), 3)
    else
      numbers[i] = x + 0.0
    end
  end
  return numbers, any_value
end

local function check_result(name, callback, what, x)
  if type(x) ~= "number" then
    fail(format("custom operation '%s': %s must return a number as %s, it "
      .. "returned %s", name, callback, what, tree.typename(x)), 3)
  end
  return x
end

local FIELDS = {name = true, forward = true, backward = true, vjp = true,
  first_order = true}

--- Returns the function that computes the partials from operands and value, and
-- the name of the field of the definition that it was made from, or nil. A vjp
-- gives the partials for a gradient of 1.
local function partials_of(definition)
  local backward, vjp = definition.backward, definition.vjp
  if backward and vjp then
    error("the definition given to 'custom' has both backward and vjp; give "
      .. "one", 3)
  elseif backward then
    return backward, "backward"
  elseif vjp then
    return function(...) return vjp(1.0, ...) end, "vjp"
  end
  local gradient = transform.grad(definition.forward)
  return function(...)
    return gradient(unpack({...}, 1, select("#", ...) - 1))
  end
end

--- Makes an operation from functions for its value and its derivative.
--
-- `forward(a, b, ...)` gets numbers and returns the value y. The derivative is
-- given in one of two forms. `backward(a, b, ..., y)` gets the operands and the
-- value and returns the partials, d y / d operand for each operand. `vjp(g, a,
-- b, ..., y)`, the form of other libraries, gets the gradient g of y first and
-- returns the gradient of each operand, g times the partial. It must be
-- proportional to g, because it is called with g = 1. To differentiate a
-- derivative again, tinygrad calls these functions with Values: they must then
-- use functions that take Values (`tinygrad.exp`, not `math.exp`), or the
-- definition must set `first_order`, which makes second derivatives an error.
-- Without backward and vjp, forward itself is differentiated, and must work on
-- Values. All these functions may yield (on Lua 5.1 and LuaJIT not in
-- derivatives of derivatives). `gradcheck` names an operation whose derivative
-- is wrong.
--
--     local cube = tinygrad.custom {name = "cube",
--       forward = function(x) return x * x * x end,
--       backward = function(x, y) return 3 * x * x end}
--     local again = tinygrad.custom {name = "cube",
--       forward = function(x) return x * x * x end,
--       vjp = function(g, x, y) return g * 3 * x * x end}
--     print(("%g %g"):format(tinygrad.grad(cube)(2), tinygrad.grad(again)(2)))
--     --> 12 12
---@param definition table name: string, for messages and drawings; forward:
-- function; backward or vjp: function (optional); first_order: boolean
-- (optional)
---@return function operation takes numbers and Values; returns a Value if an
-- operand is one, else a number
---@raise the definition has other fields, lacks name or forward, or has both
-- backward and vjp
local function custom(definition)
  if type(definition) ~= "table" then
    errors.argument(1, "custom", "table with name and forward",
      tree.typename(definition), 2)
  end
  for field in pairs(definition) do
    if not FIELDS[field] then
      error(format("unknown field '%s' of the definition given to 'custom'"
        .. core.nearest(FIELDS, tostring(field)),
        tostring(field)), 2)
    end
  end
  check_field(definition, "name", "string")
  check_field(definition, "forward", "function")
  check_field(definition, "backward", "function", true)
  check_field(definition, "vjp", "function", true)
  check_field(definition, "first_order", "boolean", true)
  local name, forward = definition.name, definition.forward
  local partials, own = partials_of(definition)
  local description = {name = name, partials = partials, value = forward}
  if definition.first_order then
    description.partials = function()
      error(format("the custom operation '%s' can be differentiated once only",
        name), 0)
    end
  end
  return function(...)
    local n = select("#", ...)
    for i = 1, n do
      if core.is_recorded((select(i, ...))) then
        if not own then return forward(...) end
        fail(format("compile: the custom operation '%s' has a derivative of "
          .. "its own, which a program cannot hold; leave '%s' out, or "
          .. "write it with tinygrad's functions", name, own), 2)
      end
    end
    local numbers, any_value = numbers_of(name, n, ...)
    local y = check_result(name, "forward", "the value",
      forward(unpack(numbers, 1, n)))
    if not any_value then return y end
    numbers[n + 1] = y
    local d = {partials(unpack(numbers, 1, n + 1))}
    for i = 1, n do
      check_result(name, own or "backward", format("partial %d", i), d[i])
    end
    return core.custom_node(description, y, d, ...)
  end
end

return custom
