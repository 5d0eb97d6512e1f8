--- tinygrad.nn.file: files that are whole or not there.

local write = require "tinygrad.write"

local file = {}

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
  return nil, ("%s: %s"):format(path, problem or "cannot be read")
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
  ok, message = os.rename(beside, path)
  if not ok then -- where nothing may be renamed onto a file
    os.remove(path)
    ok, message = os.rename(beside, path)
  end
  if not ok then
    os.remove(beside)
    return nil, message
  end
  return true
end

return file
