--- Loads the C core, or says in one line why that cannot be. Only init.lua
-- calls it. Returns the core.

-- The version of these Lua files; csrc/tinygrad.h has that of the core.
local VERSION = "0.1.0"

local FLOATS = 2 ^ 24 + 1 == 2 ^ 24 and " with float numbers" or ""
local HERE = _VERSION .. FLOATS -- as the core names what it was built for
local jit = rawget(_G, "jit")
local NAME = jit and jit.version or HERE

local VERSION_OF_LUA = _VERSION:match("[%d.]+$")
local ADVICE = ("build one (make LUA=%s, or luarocks --lua-version=%s make) "
  .. "and let package.cpath reach it first"):format(
    jit and "luajit" or "lua" .. VERSION_OF_LUA, VERSION_OF_LUA)

-- The file that require finds, or nil.
local function core_file()
  local name = "tinygrad" .. package.config:sub(1, 1) .. "core"
  for template in package.cpath:gmatch("[^;]+") do
    local path = template:gsub("%?", (name:gsub("%%", "%%%%")))
    local file = io.open(path, "rb")
    if file then return path, file end
  end
end

-- What a core says of itself, to Lua or in the bytes of its file.
local function build_of(text)
  return text:match("tinygrad core ([%d.]+) for (Lua [%a%d. ]+)")
end

-- Why the core was not loaded, from what require says.
local function explain(problem)
  local path, file = core_file()
  if not path then
    return ("no core for %s in package.cpath ('%s'): %s"):format(NAME,
      package.cpath, ADVICE)
  end
  local _, lua = build_of(file:read("*a") or "")
  file:close()
  if lua and lua ~= HERE then
    return ("the core '%s' is for %s, this is %s: %s"):format(path,
      lua == "Lua 5.1" and "Lua 5.1 or LuaJIT" or lua, NAME, ADVICE)
  end
  local reason = problem:match("%s*([^\n]*)%s*$")
  if reason:find(path .. ": ", 1, true) == 1 then
    reason = reason:sub(#path + 3)
  end
  return ("cannot load the core '%s': %s"):format(path, reason)
end

local found, core = pcall(require, "tinygrad.core")
if not found then error("tinygrad: " .. explain(tostring(core)), 0) end
local version = build_of(tostring(core.build))
if version ~= VERSION then
  error(("tinygrad: these Lua files are of version %s, but the core (%s) is of "
    .. "version %s: install both from one source"):format(VERSION,
    core_file() or "the host's", version or "unknown"), 0)
end
return core
