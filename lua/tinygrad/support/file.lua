--- tinygrad.support.file: files are read whole, and written so that nothing is
-- lost.
--
-- All bytes go through the state's own io and os. What these lack comes from
-- csrc/binding/lua/file.c, which describes `file_place`.

local core = require "tinygrad.core"
core.library()

local file = {}

--- What a state must have that writes files.
local NEEDED = {"io.open", "os.rename", "os.remove"}

--- A message that names the file; not every Lua's, and no handle's, does.
-- `used` is the path that was opened in its stead.
local function named(path, message, used)
  message = tostring(message or "it cannot be read or written")
  if used and message:sub(1, #used) == used then
    return path .. message:sub(#used + 1)
  elseif message:find(path, 1, true) then
    return message
  end
  return ("%s: %s"):format(path, message)
end

--- The first of some functions of Lua's libraries that this state lacks.
---@param names string[] such as "io.open"
---@return string|nil
function file.missing(names)
  for _, name in ipairs(names) do
    local library, key = name:match("^(%l+)%.(%l+)$")
    local functions = rawget(_G, library)
    if type(functions) ~= "table" or not functions[key] then return name end
  end
end

--- Whether the functions of Lua's libraries are there that `what`, "read" or
-- "written", needs; if not, a message that names the file.
local function check_host(path, what, names)
  local missing = file.missing(names)
  if not missing then return true end
  return nil, ("%s: it cannot be %s, as this Lua state has no %s"):format(path,
    what, missing)
end

local function read_all(handle) return handle:read("*a") end

--- Reads a file.
---@param path string
---@param read? fun(handle: table): string?, string? reads the open file and
-- returns what file.read is to return, or nil and a message (if absent: reads
-- all of it)
---@return string|nil text the file's bytes
---@return string|nil message names the file and says what is wrong
function file.read(path, read)
  local able, lack = check_host(path, "read", {"io.open"})
  if not able then return nil, lack end
  local handle, message = io.open(path, "rb")
  if not handle then return nil, named(path, message) end
  local text, problem = (read or read_all)(handle)
  handle:close()
  if text then return text end
  return nil, named(path, problem)
end

--- Is there a file? (A device or a pipe is none, and is not opened to see.)
---@param path string
---@return boolean
function file.exists(path)
  local _, exists, beside = core.file_place(path)
  if exists == false and not beside then return false end
  local handle = io.open(path, "rb") -- a host's may lead elsewhere
  if handle then handle:close() end
  return exists or handle ~= nil
end

--- Fills an open file and closes it, which is when a full disk may be noticed.
local function fill(handle, text)
  local ran, ok, problem = pcall(handle.write, handle, text)
  local closed, why = handle:close()
  if not ran then error(ok, 0) end
  if ok and closed then return true end
  return nil, not ok and problem or why
end

--- Writes a file where it is. Returns true; or nil, a message, and whether the
-- file was opened, so that what it held is gone.
local function write_directly(path, text)
  local handle, message = io.open(path, "wb")
  if not handle then return nil, named(path, message), false end
  local ok, problem = fill(handle, text)
  if ok then return true end
  return nil, named(path, problem), true
end

--- Writes over a regular file, and puts the old contents back if that fails.
-- Returns true; or nil, a message, and whether the old contents are lost.
local function write_over(path, text)
  local old = file.read(path)
  local ok, message, opened = write_directly(path, text)
  if ok or not opened then return ok, message, false end
  return nil, message, not (old and write_directly(path, old))
end

--- As write_over, while what is written is in the file `beside`, too; which is
-- removed unless it is the only one that is whole.
local function copy_over(path, text, beside)
  local ok, message, lost = write_over(path, text)
  if not lost then
    os.remove(beside)
    return ok, message
  end
  return nil, ("%s; what was to be written is in '%s'"):format(message, beside)
end

--- Fills the file `beside`, or removes it.
local function fill_beside(path, handle, text, beside)
  local ran, ok, problem = pcall(fill, handle, text)
  if ran and ok then return true end
  os.remove(beside)
  if not ran then error(ok, 0) end
  return nil, named(path, problem, beside)
end

--- May the file be written? Finds out without changing it.
local function is_writable(path)
  local handle = io.open(path, "ab")
  return handle and handle:close()
end

--- Writes a file: true; or nil and a message, and more that is of no concern.
local function write(path, text)
  local target, exists, beside, keep, replace = core.file_place(path)
  if not beside or exists and not is_writable(path) then
    return write_directly(path, text)
  end
  local handle, message, code = io.open(beside, "wb")
  if not handle then
    if exists and code and not core.file_denied(code) then
      return nil, named(path, message, beside)
    end
    return write_over(path, text)
  end
  local alike = keep()
  if alike == nil then -- the host's io.open leads elsewhere
    handle:close()
    os.remove(beside)
    return write_directly(path, text)
  end
  local ok, problem = fill_beside(path, handle, text, beside)
  if not ok then return nil, problem end
  if alike and (os.rename(beside, target) or replace()) then return true end
  return copy_over(path, text, beside)
end

--- Writes a file. What was there stays whole until the new contents are
-- complete and closed, in a file beside it that then takes its place and has
-- its owner and mode.
--
-- A link is followed. A device or a pipe is written to. A file is written in
-- place, which is not atomic, if no file can be made beside it, if none can
-- take its place (as it has other names, or an owner that this process cannot
-- give), and on systems other than POSIX and Windows.
---@param path string
---@param text string
---@return boolean|nil true
---@return string|nil message names the file and what is wrong
function file.write(path, text)
  local able, lack = check_host(path, "written", NEEDED)
  if not able then return nil, lack end
  local ok, message = write(path, text)
  if ok then return true end
  return nil, message
end

--- What the name of a file ends in, in lower case, without the dot; nil if
-- there is no dot, or nothing after it.
---@param path string
---@return string|nil
function file.extension(path)
  local extension = path:match("[^/\\]*$"):match("%.([^.]+)$")
  return extension and extension:lower()
end

return file
