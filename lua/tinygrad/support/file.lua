--- tinygrad.support.file: reads files whole, and writes them so that what was
-- there is not lost if writing fails.
--
-- All bytes go through the io and os libraries of the running state. What these
-- cannot do is in csrc/binding/lua/file.c, which describes `file_place`.

local core = require "tinygrad.core"
core.library()

local file = {}

--- The functions that a state must have to write files.
local NEEDED = {"io.open", "os.rename", "os.remove"}

--- Makes a message name the file, if it does not: not every Lua's message does,
-- nor that of a handle. `used` is the path that was opened instead of `path`.
local function named(path, message, used)
  message = tostring(message or "it cannot be read or written")
  if used and message:sub(1, #used) == used then
    return path .. message:sub(#used + 1)
  elseif message:find(path, 1, true) then
    return message
  end
  return ("%s: %s"):format(path, message)
end

--- The first function in a list that this state lacks, or nil.
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

--- Whether there is a file of that name. A device or a pipe does not count, and
-- is not opened to find out.
---@param path string
---@return boolean
function file.exists(path)
  local _, exists, beside = core.file_place(path)
  if exists == false and not beside then return false end
  local handle = io.open(path, "rb") -- a host's io.open may look elsewhere
  if handle then handle:close() end
  return exists or handle ~= nil
end

--- Writes a text to an open file and closes it. A full disk may be noticed only
-- when the file is closed.
local function fill(handle, text)
  local ran, ok, problem = pcall(handle.write, handle, text)
  local closed, why = handle:close()
  if not ran then error(ok, 0) end
  if ok and closed then return true end
  return nil, not ok and problem or why
end

--- Writes a file in its place. Returns true; or nil, a message, and whether the
-- file was opened, which means that its old contents are gone.
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

--- Writes over a file whose new contents are also in the file `beside`. That
-- one is removed, unless it is the only complete copy.
local function copy_over(path, text, beside)
  local ok, message, lost = write_over(path, text)
  if not lost then
    os.remove(beside)
    return ok, message
  end
  return nil, ("%s; what was to be written is in '%s'"):format(message, beside)
end

--- Writes the text to the file `beside`, or removes that file.
local function fill_beside(path, handle, text, beside)
  local ran, ok, problem = pcall(fill, handle, text)
  if ran and ok then return true end
  os.remove(beside)
  if not ran then error(ok, 0) end
  return nil, named(path, problem, beside)
end

--- Whether the file may be written. Appending nothing finds out without
-- changing it.
local function is_writable(path)
  local handle = io.open(path, "ab")
  return handle and handle:close()
end

--- Writes a file. Returns true; or nil and a message (further results are not
-- meant for the caller).
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
  if alike == nil then -- the host's io.open looks elsewhere
    handle:close()
    os.remove(beside)
    return write_directly(path, text)
  end
  local ok, problem = fill_beside(path, handle, text, beside)
  if not ok then return nil, problem end
  if alike and (os.rename(beside, target) or replace()) then return true end
  return copy_over(path, text, beside)
end

--- Writes a file. The new contents are written to a file beside it, which takes
-- its place, with its owner and mode, when it is complete and closed. Until
-- then the old contents stay whole.
--
-- A link is followed. A device or a pipe is written to directly. Three kinds of
-- files are written in place, which is not atomic: a file beside which no other
-- can be made; one that no other can replace, since it has several names or an
-- owner that this process cannot give; and any file on systems other than POSIX
-- and Windows.
---@param path string
---@param text string
---@return boolean|nil true
---@return string|nil message names the file and says what is wrong
function file.write(path, text)
  local able, lack = check_host(path, "written", NEEDED)
  if not able then return nil, lack end
  local ok, message = write(path, text)
  if ok then return true end
  return nil, message
end

--- The extension of a file's name, in lower case and without the dot; nil if
-- there is no dot, or nothing after it.
---@param path string
---@return string|nil
function file.extension(path)
  local extension = path:match("[^/\\]*$"):match("%.([^.]+)$")
  return extension and extension:lower()
end

return file
