--- tinygrad.nn.progress: a line on a terminal that shows how far training has
-- come, and is written over by the next.

local core = require "tinygrad.core"
local write = require "tinygrad.support.write"
core.library()

local INTERVAL = 0.1 -- seconds of processor time between two lines

---@class tinygrad.Progress
local Progress = {}
Progress.__index = Progress

local function no_line() end
local SILENT = {show = no_line, clear = no_line}

--- Returns the file for the line: the one that was asked for, or stderr if it
-- is a terminal; nil for none.
local function sink(option)
  local io = rawget(_G, "io") -- a host may have left it out
  if option == false then return nil end
  if option ~= nil and option ~= true then return option end
  if not io or option == nil and not core.stderr_is_terminal() then
    return nil
  end
  return io.stderr
end

--- Makes a line, which is not shown yet.
---@param option any nil: on stderr if it is a terminal; true: on stderr; false:
-- nowhere; or a file
---@return table
local function new(option)
  local file = sink(option)
  if not file then return SILENT end
  return setmetatable({file = file, width = 0, start = os.time(),
    next = os.clock() + INTERVAL}, Progress)
end

local function duration(seconds)
  if seconds < 60 then return ("%.0f s"):format(seconds) end
  if seconds < 3600 then
    return ("%d min %02d s"):format(math.floor(seconds / 60),
      math.floor(seconds % 60))
  end
  return ("%d h %02d min"):format(math.floor(seconds / 3600),
    math.floor(seconds / 60) % 60)
end

local function draw(self, text)
  self.file:write("\r", text, (" "):rep(self.width - #text))
  self.file:flush()
  self.width = #text
end

--- Shows an epoch, if the last line, or the start, is INTERVAL ago.
---@param epoch integer
---@param epochs integer
---@param done integer how many epochs this run has done
---@param record table loss, validation, rate
function Progress:show(epoch, epochs, done, record)
  local now = os.clock()
  if now < self.next then return end
  self.next = now + INTERVAL
  local text = ("epoch %d/%d  loss %s"):format(epoch, epochs,
    write.general(record.loss))
  if record.validation then
    text = text .. "  validation " .. write.general(record.validation)
  end
  text = text .. "  rate " .. write.general(record.rate, 3)
  local elapsed = os.time() - self.start
  if elapsed >= 2 then
    text = text .. "  " .. duration(elapsed / done * (epochs - epoch))
      .. " left"
  end
  draw(self, text)
end

--- Removes the line from the terminal.
function Progress:clear()
  if self.width == 0 then return end
  draw(self, "")
  self.file:write("\r")
  self.file:flush()
end

return new
