--- tinygrad.base.lazy: fields of a table that are loaded when they are asked
-- for, so that a program pays for what it uses only, and a state that has not
-- all of Lua's libraries can use what needs none of them.

local attempt = require "tinygrad.base.attempt"
local core = require "tinygrad.core"
core.library()

local lazy = {}

--- As require, but may be tried again after it failed, for want of memory say:
-- Lua 5.1 marks modules whose loading failed, and refuses them from then on.
-- (The mark is a userdata, but Debian's LuaJIT says that it is a number. Our
-- modules are tables and functions.)
local function load_module(name)
  local ok, result = pcall(require, name)
  if ok then return result end
  local string, package = rawget(_G, "string"), rawget(_G, "package")
  for key, value in pairs(string and package and package.loaded or {}) do
    if type(value) ~= "table" and type(value) ~= "function"
      and string.find(key, "^tinygrad%.") then
      package.loaded[key] = nil
    end
  end
  error(result, 0)
end

-- What a host that takes the methods of strings away leaves usable
local NEEDS_NO_METHODS = {["tinygrad.program.compile"] = true,
  ["tinygrad.math"] = true, ["tinygrad.transform"] = true,
  ["tinygrad.transform.custom"] = true}

--- Raises an error where a module needs methods of strings, and they are gone.
local function check_strings(module)
  local string = rawget(_G, "string")
  if not string or NEEDS_NO_METHODS[module]
      or pcall(function() return (""):len() end) then
    return
  end
  error(module .. " needs the methods of strings, as in (\"\"):len(), which "
    .. "this host has taken away", 0)
end

--- What loading `module` gives the field `name` of t: the module may have set
-- the field itself, or return a table that holds it, or the field's value.
-- Returns nil, or an error message.
local function load(t, name, module)
  local ok, result = attempt(load_module, module)
  if not ok then return result end
  if rawget(t, name) ~= nil then return nil end
  local inside = type(result) == "table" and rawget(result, name)
  t[name] = inside or result
end

--- Makes fields of `t` load modules.
---@param t table
---@param modules table<string, string> names of the modules, by field
---@param unknown? fun(name: any) called for a name that is no field
---@return table t
function lazy.fields(t, modules, unknown)
  return setmetatable(t, {
    __index = function(_, name)
      local module = modules[name]
      if not module then return unknown and unknown(name) end
      local message = select(2, pcall(check_strings, module))
        or load(t, name, module)
      if message then error(message, 2) end
      return rawget(t, name)
    end,
    __pairs = function()
      for name, module in pairs(modules) do
        if rawget(t, name) == nil then load(t, name, module) end
      end
      return next, t, nil
    end,
  })
end

--- Goes over all fields, loading those that are not yet there (but what cannot
-- be loaded, as a host left something out, is not there): what `pairs`
-- does, too, but in Lua 5.1 and LuaJIT, where it goes over those that are.
---@param t table that lazy.fields made, or any
function lazy.pairs(t)
  local metatable = getmetatable(t)
  return (metatable and metatable.__pairs or pairs)(t)
end

return lazy
