--- Returns a function that loads a C module of tinygrad, as in
-- load "tinygrad.core", and returns it. If the module cannot be loaded, the
-- error says why, and what to do, in one line.

-- The version of these Lua files. csrc/tinygrad.h has that of the C modules.
local VERSION = "0.1.0"

-- Locals, because a host may have taken the methods of strings away.
local find, format, gmatch, gsub, match, sub = string.find, string.format,
  string.gmatch, string.gsub, string.match, string.sub

local FLOATS = 2 ^ 24 + 1 == 2 ^ 24 and " with float numbers" or ""
local HERE = _VERSION .. FLOATS -- the form in which modules name their Lua
local jit = rawget(_G, "jit")
local NAME = jit and jit.version or HERE

local VERSION_OF_LUA = match(_VERSION, "[%d.]+$")
local ADVICE = format("build one (make LUA=%s, or luarocks --lua-version=%s "
  .. "make) and put it first in package.cpath",
    jit and "luajit" or "lua" .. VERSION_OF_LUA, VERSION_OF_LUA)

-- The path of the file that require finds for a module, and the file, open for
-- reading; nil if there is none.
local function file_of(module)
  local name = gsub(module, "%.", sub(package.config, 1, 1))
  for template in gmatch(package.cpath, "[^;]+") do
    local path = gsub(template, "%?", (gsub(name, "%%", "%%%%")))
    local file = io.open(path, "rb")
    if file then return path, file end
  end
end

-- Version and Lua from the text "tinygrad core 0.1.0 for Lua 5.4", which a
-- C module has in its field `build` and among the bytes of its file, or nil.
local function build_of(text)
  return match(text, "tinygrad %l+ ([%d.]+) for (Lua [%a%d. ]+)")
end

local function other_lua(module, path, lua)
  return format("%s in '%s' is for %s, this is %s: %s", module, path,
    lua == "Lua 5.1" and "Lua 5.1 or LuaJIT" or lua, NAME, ADVICE)
end

-- Says why a module was not loaded. `problem` is the error of require.
local function explain(module, problem)
  local path, file = file_of(module)
  if not path then
    return format("no %s for %s in package.cpath ('%s'): %s", module, NAME,
      package.cpath, ADVICE)
  end
  local _, lua = build_of(file:read("*a") or "")
  file:close()
  if lua and lua ~= HERE then return other_lua(module, path, lua) end
  local reason = match(problem, "%s*([^\n]*)%s*$")
  if find(reason, path .. ": ", 1, true) == 1 then
    reason = sub(reason, #path + 3)
  end
  return format("cannot load %s from '%s': %s", module, path, reason)
end

return function(module)
  local found, result = pcall(require, module)
  if not found then
    error("tinygrad: " .. explain(module, tostring(result)), 0)
  end
  local version, lua = build_of(tostring(result.build))
  if version ~= VERSION then
    error(format("tinygrad: these Lua files are of version %s, but %s (%s) is "
      .. "of version %s: install both from one source", VERSION, module,
      file_of(module) or "the host's", version or "unknown"), 0)
  elseif lua ~= HERE then -- neither Lua 5.1 nor builds for it check this
    error("tinygrad: " .. other_lua(module, file_of(module) or "the host", lua),
      0)
  end
  return result
end
