-- Provides for the scripts of script.c files that are only in memory, and
-- checks of error messages.

local sandbox = {}

-- Files ---------------------------------------------------------------------

local files = {}
sandbox.files = files -- the contents, by path

local File = {}
File.__index = File

function File:read(what)
  if type(what) == "number" then
    if self.at > #self.text then return what == 0 and "" or nil end
    local part = self.text:sub(self.at, self.at + what - 1)
    self.at = self.at + #part
    return part
  end
  local rest = self.text:sub(self.at)
  self.at = #self.text + 1
  return rest
end

function File:lines() return self.text:gmatch("([^\n]*)\n?") end

function File:write(...)
  files[self.path] = files[self.path] .. table.concat {...}
  return self
end

function File:flush() return self end
function File.close() return true end

local function missing(path)
  return nil, tostring(path) .. ": No such file or directory", 2
end

local function open(path, mode)
  if mode and mode:find("w") then files[path] = "" end
  if not files[path] then return missing(path) end
  return setmetatable({path = path, text = files[path], at = 1}, File)
end

local function remove(path)
  if not files[path] then return missing(path) end
  files[path] = nil
  return true
end

local function rename(from, to)
  if not files[from] then return missing(from) end
  files[from], files[to] = nil, files[from]
  return true
end

local function nothing() return nil, "no commands here" end

-- Replaces the functions of io and os that reach beyond the process.
function sandbox.close_world()
  local world, process = rawget(_G, "io"), rawget(_G, "os")
  local stream = setmetatable({path = "stderr", text = "", at = 1}, File)
  files.stderr = ""
  for _, name in ipairs {"lines", "input", "output"} do world[name] = nil end
  world.open, world.popen = open, nothing
  world.stderr, world.stdout = stream, stream
  process.remove, process.rename = remove, rename
  process.execute, process.exit = nothing, nil
  process.tmpname = function() return "temporary" end
end

-- Errors --------------------------------------------------------------------

-- Messages that any code may cause, however good it is.
local BEYOND_US = {"stack overflow", "not enough memory", "attempt to yield",
  "error in error handling", "string slice too long", "MINE",
  "too many results to unpack", "string length overflow",
  "resulting string too large", "too many C levels", "dead coroutine",
  "non%-suspended coroutine", "table overflow", "for iterator",
  "too many steps"}

-- Returns why a message is not fit for a user, or nil.
local function problem_of(message)
  if type(message) ~= "string" then
    return "an error that is a " .. type(message)
  end
  for _, words in ipairs(BEYOND_US) do
    if message:find(words) then return nil end
  end
  if not message:find("%a%a") then return "an error that says nothing" end
  if message:find("tinygrad/[%w_/]+%.lua:%d+") then
    return "an error of a line inside tinygrad"
  end
  if message:find("^attempt to") then
    return "an error of Lua inside tinygrad"
  end
end

-- Raises a finding if the message is not fit for a user.
function sandbox.check_message(message)
  if message == "too many steps for a fuzzer" then error(message, 0) end
  local problem = problem_of(message)
  if problem then
    error(("FOUND %s: %s"):format(problem, tostring(message)), 0)
  end
end

-- Raises a finding if the results are a failure without a message.
function sandbox.check_failure(result, message)
  if result == nil then sandbox.check_message(message) end
  return result
end

return sandbox
