--- Compiles yardsticks in C and C++ and opens them as Lua modules
-- (yardsticks/yardstick.h). The file returns a function of the directory of the
-- benchmarks and of the name of this Lua's build.

local C = os.getenv("CC") or "cc"
local CXX = os.getenv("CXX") or "c++"

local function succeeds(command)
  local status = os.execute(command .. " >/dev/null 2>&1")
  return status == true or status == 0
end

local function quote(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

-- Returns what a shell command prints, without the newline.
local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return (text:gsub("\n$", ""))
end

return function(here, tag)
  if not succeeds("command -v " .. C) then
    print("skipped: there is no C compiler (set CC)")
    os.exit(0)
  end
  local compilers = {FAST = "-O3 -march=native"}

  --- The path of tinygrad's core, for yardsticks that call it.
  compilers.core = quote(("%s../../build/%s/tinygrad/core.so"):format(here,
    tag))

  -- Finds this interpreter's lua.h and the headers here.
  local directory = os.getenv("LUA_INCDIR")
    or output_of(("make -s --no-print-directory -C %s LUA=%s print-LUA_INCDIR")
      :format(quote(here .. "../.."), tag))
  local includes = ("-I%s -I%s"):format(quote(directory),
    quote(here .. "../../csrc"))

  --- Compiles and opens a yardstick; returns nil if that fails.
  function compilers.build(source, flags, libraries)
    local path = os.tmpname()
    local compiler = source:match("%.c$") and C .. " -std=c99" or CXX
    local opened
    if succeeds(("%s %s -fPIC -shared %s -o %s %s %s -lm"):format(compiler,
      flags, includes, quote(path), quote(here .. "yardsticks/" .. source),
      libraries or ""))
    then
      opened = assert(package.loadlib(path, "luaopen_yardstick"))()
    end
    os.remove(path)
    return opened
  end

  return compilers
end
