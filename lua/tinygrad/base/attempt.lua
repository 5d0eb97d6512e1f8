--- tinygrad.base.attempt: pcall for errors that are messages to the user. Lives
-- with the base library alone.

local core = require "tinygrad.core"
core.library()

local unpack = core.unpack
local OUT_OF_MEMORY = "not enough memory"

local function finish(ok, message, ...)
  if not ok and (message == OUT_OF_MEMORY or core.is_interrupt(message)) then
    error(message, 0)
  end
  return ok, message, ...
end

--- Calls f; returns true and its results, or false and its error.
-- Two errors are raised again, because nobody may mistake them for a message
-- about what the user gave: "not enough memory", and the error of a hook
-- (Ctrl-C, a limit of the host).
---@param f function
---@param ... any
---@return boolean ok
---@return any ...
local function attempt(f, ...)
  local arguments, n = {...}, select("#", ...)
  return finish(xpcall(function() return f(unpack(arguments, 1, n)) end,
    core.note_interrupt))
end

return attempt
