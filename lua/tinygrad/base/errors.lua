--- tinygrad.base.errors: the errors for what a caller gave that is wrong. There
-- is one wording for arguments and one for options:
--
--     bad argument #1 to 'fit' (function expected, got number)
--     bad option 'lr' to 'Adam' (finite number from 0 expected, got -1)

local core = require "tinygrad.core"
local tree = require "tinygrad.base.tree"
core.library()

local format = core.format

local errors = {}

local LONGEST = 40 -- bytes of a string that a message shows

--- What came where something else was expected: a value of the right type
-- itself, of another its type, as Lua's own functions have it.
---@param x any
---@param shows? string the type of values that are shown: "number" (if absent)
-- or "string"
---@return string
function errors.got(x, shows)
  if type(x) ~= (shows or "number") then return tree.typename(x) end
  if type(x) == "number" then return format("%s", x) end
  return #x <= LONGEST and format("%q", x) or "a long string"
end

--- The level for `error` one function further down; 0 says no place.
---@param level integer
---@return integer
function errors.deeper(level) return level > 0 and level + 1 or 0 end

--- The message for an argument.
---@param i integer|string which argument it is
---@param name string of the function
---@param problem string what was expected and what came
---@return string
function errors.argument_text(i, name, problem)
  return format("bad argument #%s to '%s' (%s)", tostring(i), name, problem)
end

--- Raises the error for an argument with any problem.
---@param i integer which argument it is
---@param name string of the function
---@param problem string what was expected and what came
---@param level integer of the error, as `error` in the calling function has it
function errors.argument_problem(i, name, problem, level)
  error(errors.argument_text(i, name, problem), errors.deeper(level))
end

--- Raises the error for an argument that is not what was expected.
---@param i integer which argument it is
---@param name string of the function
---@param expected string
---@param got string
---@param level integer of the error, as `error` in the calling function has it
function errors.argument(i, name, expected, got, level)
  errors.argument_problem(i, name, format("%s expected, got %s", expected, got),
    errors.deeper(level))
end

--- Raises the error for a method that was called with a dot, and so lacks its
-- object.
---@param name string of the method
---@param class string "Tensor"
---@param letter string that stands for an object: "t"
---@param got any what came in its place
---@param level integer of the error, as `error` in the calling function has it
function errors.no_object(name, class, letter, got, level)
  errors.argument(1, name, class, format("%s; a method takes a colon, %s:%s()",
    tree.typename(got), letter, name), errors.deeper(level))
end

--- The message for an option.
---@param option string
---@param name string of the function
---@param problem string what was expected and what came
---@return string
function errors.option_text(option, name, problem)
  return format("bad option '%s' to '%s' (%s)", option, name, problem)
end

--- Raises the error for an option with any problem.
---@param option string
---@param name string of the function
---@param problem string what was expected and what came
---@param level integer of the error, as `error` in the calling function has it
function errors.option(option, name, problem, level)
  error(errors.option_text(option, name, problem), errors.deeper(level))
end

return errors
