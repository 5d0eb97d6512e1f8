--- tinygrad.base.modes: computing without gradients, and anomaly detection.
-- Lives with the base library alone.

local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local guard = require "tinygrad.base.guard"
local tree = require "tinygrad.base.tree"
core.library()

local modes = {}

local function call_in(mode, name, f, ...)
  if type(f) ~= "function" then
    errors.argument(1, name, "function", tree.typename(f), 3)
  end
  return guard(mode, 1, f, ...)
end

--- Calls a function whose results need no gradient.
-- Operations on Values give leaves: nothing is kept for a backward pass. The
-- mode ends with the call, also when f raises an error.
--
--     local x = tinygrad.Value(3)
--     local y = tinygrad.no_grad(function() return x * x end)
--     print(y.data == 9, y.op) --> true nil
---@param f function called with the other arguments
---@param ... any the function's arguments
---@return any ... what f returns
function modes.no_grad(f, ...)
  return call_in("no_grad", "no_grad", f, ...)
end

--- Raises an error at the first NaN or infinity.
-- While the mode is on, an operation that gives one raises an error that names
-- the operation, its operands and the line of the program. A backward pass
-- raises one for a partial derivative. With a function, the mode lasts for the
-- call; with true or false it is switched on or off.
--
--     local ok, message = pcall(tinygrad.detect_anomaly, function()
--       return tinygrad.Value(-1):sqrt()
--     end)
--     print(message:match("'sqrt' of %b()")) --> 'sqrt' of (-1)
---@param f function|boolean a function to call, or true or false
---@param ... any the function's arguments
---@return any ... what f returns; with true or false, whether the mode was on
-- before
---@raise an operation gives NaN or infinity from operands that are finite
function modes.detect_anomaly(f, ...)
  if type(f) == "boolean" then return core.switch_anomaly(f) end
  return call_in("anomaly", "detect_anomaly", f, ...)
end

return modes
