-- Describes what the benchmarks ran on: the processor, the system, and the
-- versions of compilers, libraries and Luas, as far as the system tells.

local machine = {}

machine.lua = rawget(_G, "jit") and "LuaJIT" or _VERSION

--- Returns the first line that a shell command prints; nil if it fails or
-- prints none.
function machine.line(command)
  local pipe = io.popen("{ " .. command .. "; } 2>/dev/null")
  local line = pipe and pipe:read("*l")
  if pipe then pipe:close() end
  return line ~= "" and line or nil
end

--- Returns what the first command prints that prints something.
function machine.first(commands)
  for _, command in ipairs(commands) do
    local line = machine.line(command)
    if line then return line end
  end
end

--- Returns a list of {what, which}. python: the interpreter that has PyTorch,
-- or nil.
function machine.about(python)
  local list = {}
  local function add(what, ...)
    list[#list + 1] = {what, machine.first {...} or "unknown"}
  end
  add("processor", "sed -n 's/^model name.*: //p' /proc/cpuinfo",
    "sysctl -n machdep.cpu.brand_string")
  add("cores", "getconf _NPROCESSORS_ONLN")
  add("vectors", "grep -o -m 1 -w avx512dq /proc/cpuinfo",
    "grep -o -m 1 -w avx2 /proc/cpuinfo", "uname -m")
  add("system", "uname -srm")
  add("C library", "getconf GNU_LIBC_VERSION", "uname -s")
  add("C compiler", (os.getenv("CC") or "cc") .. " --version")
  add("C++ compiler", (os.getenv("CXX") or "c++") .. " --version")
  list[#list + 1] = {"Lua", rawget(_G, "jit") and jit.version or _VERSION}
  add("LuaJIT", "luajit -v")
  if python then
    add("PyTorch", python .. " -c 'import torch; print(torch.__version__)'")
  end
  add("ADOL-C", "dpkg-query -W -f '${Version}' libadolc-dev", "echo unknown")
  list[#list + 1] = {"date", os.date("!%Y-%m-%d")}
  return list
end

return machine
