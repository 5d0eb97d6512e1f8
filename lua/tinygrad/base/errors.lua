--- tinygrad.base.errors: the errors for wrong arguments and options. Lives with
-- the base library alone. All errors for arguments have one wording, and all
-- errors for options have one:
--
--     bad argument #1 to 'fit' (function expected, got number)
--     bad option 'lr' to 'Adam' (finite number from 0 expected, got -1)

local core = require "tinygrad.core"
local tree = require "tinygrad.base.tree"
core.library()

local format = core.format

local errors = {}

local LONGEST = 40 -- bytes of a string that a message shows

--- What came where something else was expected: a string or number that the
-- message shows as it is, else the name of its type, as in Lua's own messages.
---@param x any
---@param shows? string the type whose values are shown: "number" (if absent)
-- or "string"
---@return string
function errors.got(x, shows)
  if type(x) ~= (shows or "number") then return tree.typename(x) end
  if type(x) == "number" then return format("%s", x) end
  return #x <= LONGEST and format("%q", x) or "a long string"
end

--- The level to give to `error` one function further down. 0, for an error
-- without a place, stays 0.
---@param level integer
---@return integer
function errors.deeper(level) return level > 0 and level + 1 or 0 end

--- The message for a wrong argument.
---@param i integer|string the position of the argument
---@param name string the name of the function
---@param problem string says what was expected and what came
---@return string
function errors.argument_text(i, name, problem)
  return format("bad argument #%s to '%s' (%s)", tostring(i), name, problem)
end

--- Raises the error for a wrong argument, with any text for what is wrong.
---@param i integer the position of the argument
---@param name string the name of the function
---@param problem string says what was expected and what came
---@param level integer what the caller would give to `error` as its level
function errors.argument_problem(i, name, problem, level)
  error(errors.argument_text(i, name, problem), errors.deeper(level))
end

--- Raises the error for an argument of the wrong type or value.
---@param i integer the position of the argument
---@param name string the name of the function
---@param expected string
---@param got string
---@param level integer what the caller would give to `error` as its level
function errors.argument(i, name, expected, got, level)
  errors.argument_problem(i, name, format("%s expected, got %s", expected, got),
    errors.deeper(level))
end

--- Raises the error for a method that was called with a dot instead of a colon
-- and therefore lacks its object.
---@param name string the name of the method
---@param class string "Tensor"
---@param letter string the name of such an object in the message: "t"
---@param got any the first argument that came
---@param level integer what the caller would give to `error` as its level
function errors.no_object(name, class, letter, got, level)
  errors.argument(1, name, class, format("%s; a method takes a colon, %s:%s()",
    tree.typename(got), letter, name), errors.deeper(level))
end

--- The message for a wrong option.
---@param option string
---@param name string the name of the function
---@param problem string says what was expected and what came
---@return string
function errors.option_text(option, name, problem)
  return format("bad option '%s' to '%s' (%s)", option, name, problem)
end

--- Raises the error for a wrong option, with any text for what is wrong.
---@param option string
---@param name string the name of the function
---@param problem string says what was expected and what came
---@param level integer what the caller would give to `error` as its level
function errors.option(option, name, problem, level)
  error(errors.option_text(option, name, problem), errors.deeper(level))
end

return errors
