--- tinygrad.attempt: pcall for errors that are messages to the user.

local OUT_OF_MEMORY = "not enough memory"

local function finish(ok, message, ...)
  if not ok and message == OUT_OF_MEMORY then error(message, 0) end
  return ok, message, ...
end

--- Calls f; returns true and its results, or false and its error. But a want
-- of memory goes on up, as nobody is to mistake it for a message about what
-- the user gave.
---@param f function
---@param ... any
---@return boolean ok
---@return any ...
local function attempt(f, ...)
  return finish(pcall(f, ...))
end

return attempt
