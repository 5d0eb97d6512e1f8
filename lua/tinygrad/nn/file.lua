--- tinygrad.nn.file: files that are whole or not there.

local write = require "tinygrad.write"

local file = {}

--- On Windows a file cannot be renamed onto another.
local package = rawget(_G, "package") -- a host may have left it out
local ONTO_NOTHING = package and package.config
  and package.config:sub(1, 1) == "\\"

--- A message that names the file; not every Lua does.
local function named(path, message)
  message = message or "it cannot be read"
  if message:find(path, 1, true) then return message end
  return ("%s: %s"):format(path, message)
end

--- The contents of a file.
---@param path string
---@return string|nil
---@return string|nil message
function file.read(path)
  local handle, message = io.open(path, "rb")
  if not handle then return nil, message end
  local text, problem = handle:read("*a")
  handle:close()
  if text then return text end
  return nil, named(path, problem)
end

--- Writes beside the file and then renames, so that at any time the old
-- contents are at the path or the new ones.
---@param path string
---@param text string
---@return boolean|nil true
---@return string|nil message
function file.replace(path, text)
  local beside = path .. ".new"
  local ok, message = write.file(beside, text)
  if not ok then
    os.remove(beside)
    return nil, message
  end
  if ONTO_NOTHING then os.remove(path) end
  ok, message = os.rename(beside, path)
  if ok then return true end
  os.remove(beside)
  if message:sub(1, #beside) == beside then -- says what was to be renamed
    message = path .. message:sub(#beside + 1) -- coverage: of Lua 5.1
  end
  return nil, named(path, message)
end

return file
