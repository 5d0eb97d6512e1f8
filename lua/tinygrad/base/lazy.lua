--- tinygrad.base.lazy: fields of a table that load modules when they are asked
-- for. A program pays only for what it uses, and a state without some of Lua's
-- libraries can use what needs none of them. Lives with the base library alone.

local attempt = require "tinygrad.base.attempt"
local core = require "tinygrad.core"
core.library()

local lazy = {}

--- Calls require, and lets a module that failed to load be loaded again, since
-- it may have failed for want of memory. Lua 5.1 puts a mark into
-- package.loaded for such a module and refuses it from then on; the mark is
-- removed. It is a userdata (a number, says Debian's LuaJIT), while the modules
-- of tinygrad are tables and functions.
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

-- Modules that a host without methods of strings can still use
local NEEDS_NO_METHODS = {["tinygrad.program.compile"] = true,
  ["tinygrad.math"] = true, ["tinygrad.transform"] = true,
  ["tinygrad.transform.custom"] = true}

--- Raises an error if a module needs methods of strings and the host has taken
-- them away.
local function check_strings(module)
  local string = rawget(_G, "string")
  if not string or NEEDS_NO_METHODS[module]
      or pcall(function() return (""):len() end) then
    return
  end
  error(module .. " needs the methods of strings, as in (\"\"):len(), which "
    .. "this host has taken away", 0)
end

--- Loads `module` for the field `name` of t. The module may set the field
-- itself, or return a table that holds it, or return the field's value.
local function load(t, name, module)
  local ok, result = attempt(load_module, module)
  if not ok then return result end
  if rawget(t, name) ~= nil then return nil end
  local inside = type(result) == "table" and rawget(result, name)
  t[name] = inside or result
end

--- Makes fields of `t` load modules when they are asked for.
---@param t table
---@param modules table<string, string> the modules' names, by field
---@param unknown? fun(name: any) called for a name that is not a field
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

--- Iterates like pairs(t), after loading every field that can be loaded. (pairs
-- itself does that through __pairs, which Lua 5.1 and LuaJIT lack.)
---@param t table any table
function lazy.pairs(t)
  local metatable = getmetatable(t)
  return (metatable and metatable.__pairs or pairs)(t)
end

return lazy
