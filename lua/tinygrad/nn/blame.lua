--- tinygrad.nn.blame: errors at a line of the program that uses the library,
-- also where a network calls its layer, or training the loss.

local core = require "tinygrad.core"
core.library()

local debug = rawget(_G, "debug") -- a host may have left it out

local function source(level) return debug.getinfo(level + 1, "S").source end

--- What the names of the library's own files begin with.
local HERE = debug and source(1):gsub("nn[/\\]blame%.lua$", "")

--- "file:line: " of the innermost call that the library did not make itself.
local function position()
  local level = 3
  local info = debug and debug.getinfo(level, "Sl")
  while info do
    if info.currentline > 0 and info.source:sub(1, #HERE) ~= HERE then
      return ("%s:%d: "):format(info.short_src, info.currentline)
    end
    level = level + 1
    info = debug.getinfo(level, "Sl")
  end
  return ""
end

--- Raises an error.
---@param message string
local function blame(message)
  error(position() .. message, 0)
end

return blame
