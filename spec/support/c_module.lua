--- Builds C modules for specs and loads them.

local process = require "spec.support.process"

local tag = rawget(_G, "jit") and "luajit"
  or "lua" .. _VERSION:match("%d+%.%d+")

local function include_directory()
  local version = _VERSION:match("%d+%.%d+")
  local names = tag == "luajit" and {"luajit-2.1"}
    or {"lua" .. version, "lua-" .. version, "lua" .. version:gsub("%.", ""),
      "lua"}
  local given = os.getenv("LUA_INCDIR")
  if given then return given end
  for _, root in ipairs({"/usr/include/", "/usr/local/include/",
    "/opt/homebrew/include/"})
  do
    for _, name in ipairs(names) do
      if process.exists(root .. name .. "/lua.h") then
        return root .. name
      end
    end
  end
  return nil
end

-- Returns the absolute path at which `require` finds a C module, or nil.
local function path_of(module)
  for template in package.cpath:gmatch("[^;]+") do
    local path = template:gsub("%?", "tinygrad/" .. module)
    if process.exists(path) then
      return path:sub(1, 1) == "/" and path
        or process.lines("pwd")[1] .. "/" .. path
    end
  end
end

--- Builds a C module that is linked with tinygrad's loaded modules, and loads
-- it.
---@param source string the path of the source without ".c":
-- "spec/values/x_host"; its luaopen_ function has the name of the file
---@param flags? string more flags for the compiler
---@return any module what the function returns; nil if it cannot be built
---@return string? reason why it cannot be built
local function c_module(source, flags)
  local cc = os.getenv("CC") or "cc"
  local include = include_directory()
  if not include then
    return nil, "no lua.h found (set LUA_INCDIR)"
  elseif not process.has(cc) then
    return nil, "no C compiler (set CC)"
  elseif not process.succeeds("test $(uname) = Linux") then
    return nil, "modules cannot be linked to modules everywhere"
  elseif not (path_of "core" and path_of "kernels") then
    return nil, "the modules have no files of their own"
  end
  local path = os.tmpname()
  local command = ("%s -std=c99 -O1 -fPIC -shared -Wall -Wextra -pedantic "
    .. "-Werror %s -Icsrc -I'%s' %s.c '%s' '%s' -lm -o %s"):format(
    cc, flags or "", include, source, path_of "core", path_of "kernels",
    path)
  assert(process.succeeds(command), "cannot build: " .. command)
  local open =
    assert(package.loadlib(path, "luaopen_" .. source:match("[^/]*$")))
  os.remove(path)
  return open()
end

return c_module
