--- tinygrad.base.names: errors for names that a table does not have, so that a
-- misspelt one is told where it stands and not where its nil is used.
--
-- Keys that libraries look for in any table give nil, as they do elsewhere:
-- what is no string, and names that begin with an underscore.

local core = require "tinygrad.core"
core.library()

local names = {}

--- The module tinygrad itself, and the table of its fields that are loaded when
-- they are asked for; it sets them. Advice must not depend on what is loaded.
names.tinygrad, names.lazy = {}, {}

--- The keys of several tables as one, without those that load something.
local function together(...)
  local all = {}
  for i = 1, select("#", ...) do
    for key in next, (select(i, ...)) do all[key] = true end
  end
  return all
end

--- Raises the error for a name, at the line of the program that asked for it.
-- Returns nil for what libraries look for.
---@param what string that was asked: "tinygrad.nn", "a Fit"
---@param key any
---@param otherwise? fun(key: string): string the advice where no name is near
---@param ... table keyed by the names that there are
function names.unknown(what, key, otherwise, ...)
  if core.is_probe(key) then return nil end
  local advice = core.nearest(together(...), key)
  if advice == "" and otherwise then advice = otherwise(key) end
  core.fail(core.format("%s has no field '%s'%s", what, key, advice))
end

local unknown = names.unknown

--- The __index of objects.
---@param what string "a Fit"
---@param methods table
---@param absent? table keyed by the fields that an object may lack
---@return fun(object: table, key: any): any
function names.index(what, methods, absent)
  absent = absent or {}
  return function(object, key)
    local method = methods[key]
    if method == nil and not absent[key] then
      unknown(what, key, nil, object, methods, absent)
    end
    return method
  end
end

--- The advice for a key that another module has, by its full name; "" if none.
---@param module table
---@param prefix string "tinygrad.nn."
---@param key string
---@return string
function names.elsewhere(module, prefix, key)
  local advice = core.nearest(module, key)
  local string = rawget(_G, "string") -- a host may have left it out
  if advice == "" or not string then return advice end
  return (string.gsub(advice, "'(.*)'", "'" .. prefix .. "%1'"))
end

--- Makes a module of functions answer for names that it does not have.
---@param module table
---@param name string of the module in tinygrad: "nn"
---@return table module
function names.module(module, name)
  local metatable = getmetatable(module) or {}
  local function otherwise(key)
    local advice = names.elsewhere(together(names.tinygrad, names.lazy),
      "tinygrad.", key)
    return advice ~= "" and advice
      or core.format("; tinygrad.help \"%s\" tells what it has", name)
  end
  function metatable.__index(_, key)
    unknown(core.format("tinygrad.%s", name), key, otherwise, module)
  end
  return setmetatable(module, metatable)
end

--- A set of names.
---@param list string[]
---@return table<string, boolean>
function names.set(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end

return names
