--- Runs scripts with the Lua that runs the specs, as a user would; and runs
-- shell commands, so that specs need no module besides luassert.

local process = {}

--- Returns the command of the Lua that runs the specs.
---@return string
function process.interpreter()
  local i = 0
  while arg[i - 1] do i = i - 1 end
  return os.getenv("LUA") or arg[i]
end

local function quote(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

--- Runs a script.
---@param script string its path
---@param directory? string where to run it
---@param environment? string assignments of variables for the command
---@param argument? string the script's argument
---@return string output standard output and error together
---@return integer status its exit status
function process.run(script, directory, environment, argument)
  local command = ("cd %s && %s %s %s %s 2>&1; echo \"status $?\""):format(
    quote(directory or "."), environment or "", quote(process.interpreter()),
    quote(script), argument and quote(argument) or "")
  local pipe = assert(io.popen(command))
  local output = pipe:read("*a")
  pipe:close()
  local text, status = output:match("^(.*)status (%d+)\n$")
  return text, tonumber(status)
end

--- Tells whether a shell command succeeds. Its output is dropped.
function process.succeeds(command)
  local status = os.execute(command .. " >/dev/null 2>&1")
  return status == true or status == 0 -- a number on Lua 5.1
end

--- Tells whether the system has a program.
function process.has(program)
  return process.succeeds("command -v " .. quote(program))
end

--- Returns the lines that a shell command prints.
function process.lines(command)
  local lines, pipe = {}, assert(io.popen(command))
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  return lines
end

--- Tells whether a file can be read.
function process.exists(path)
  local file = io.open(path)
  return file ~= nil and file:close()
end

local tag = rawget(_G, "jit") and "luajit"
  or "lua" .. _VERSION:match("%d+%.%d+")

--- Assignments for process.run that take LUA_PATH and LUA_CPATH away: a script
-- in a clone needs neither. nil if the specs run on an installed tinygrad and
-- nothing is built here.
process.BARE = process.exists("build/" .. tag .. "/tinygrad/core.so")
  and "env -u LUA_PATH -u LUA_CPATH" or nil

--- Returns an output without what differs between runs or machines: the errors
-- of numerical differences and a search's last steps, which depend on rounding
-- and on libm, and times.
function process.steady(output)
  return (output:gsub("error [%d.e+-]+", "error *")
    :gsub("converged: [^\n]*\n%d+ iterations, %d+ eval", "converged: *\n* eval")
    :gsub("[%d.]+ ([mu]s)%f[%W]", "* %1"))
end

return process
