--- Runs the Lua that runs the specs on a script, as a user would; and asks the
-- shell, so that specs need no module beside luassert.

local process = {}

--- The Lua that runs the specs.
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
---@param environment? string assignments to put before it
---@param argument? string of the script
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

--- Whether a shell command succeeds; what it prints is dropped.
function process.succeeds(command)
  local status = os.execute(command .. " >/dev/null 2>&1")
  return status == true or status == 0 -- a number on Lua 5.1
end

--- Is there such a program?
function process.has(program)
  return process.succeeds("command -v " .. quote(program))
end

--- The lines that a shell command prints.
function process.lines(command)
  local lines, pipe = {}, assert(io.popen(command))
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  return lines
end

--- Whether a file can be read.
function process.exists(path)
  local file = io.open(path)
  return file ~= nil and file:close()
end

local tag = rawget(_G, "jit") and "luajit"
  or "lua" .. _VERSION:match("%d+%.%d+")

--- Assignments that leave a script without any path of ours: from a clone no
-- variable is needed. Nil where the specs run on an installed tinygrad, with
-- nothing built here.
process.BARE = process.exists("build/" .. tag .. "/tinygrad/core.so")
  and "env -u LUA_PATH -u LUA_CPATH" or nil

--- An output without what no two runs or machines have in common: the errors
-- of numerical differences and a search's last steps, which are rounding and
-- libm's affair, and times.
function process.steady(output)
  return (output:gsub("error [%d.e+-]+", "error *")
    :gsub("converged: [^\n]*\n%d+ iterations, %d+ eval", "converged: *\n* eval")
    :gsub("[%d.]+ ([mu]s)%f[%W]", "* %1"))
end

return process
