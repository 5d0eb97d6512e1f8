--- tinygrad.base.names: errors for names that a table does not have, so that a
-- misspelt name is reported where it stands and not where its nil is used.
-- Lives with the base library alone.
--
-- Two sorts of keys give nil without an error, because libraries look for them
-- in any table: keys that are not strings, and names that begin with "_".

local core = require "tinygrad.core"
core.library()

local names = {}

--- The module tinygrad, and the table of its fields that are loaded when they
-- are asked for; lua/tinygrad/init.lua sets them. The second is needed because
-- advice must not depend on which fields are loaded.
names.tinygrad, names.lazy = {}, {}

--- The keys of several tables in one, read with `next`, which loads no field.
local function together(...)
  local all = {}
  for i = 1, select("#", ...) do
    for key in next, (select(i, ...)) do all[key] = true end
  end
  return all
end

--- Raises the error for an unknown name, at the line of the program that asked
-- for it. Returns nil for the keys that libraries look for.
---@param what string the name of the table: "tinygrad.nn", "a Fit"
---@param key any
---@param otherwise? fun(key: string): string advice, if no name is near
---@param ... table tables keyed by the known names
function names.unknown(what, key, otherwise, ...)
  if core.is_probe(key) then return nil end
  local advice = core.nearest(together(...), key)
  if advice == "" and otherwise then advice = otherwise(key) end
  core.fail(core.format("%s has no field '%s'%s", what, key, advice))
end

local unknown = names.unknown

--- Makes the __index of a class of objects: methods, and an error for names
-- that an object does not have.
---@param what string "a Fit"
---@param methods table
---@param absent? table keyed by the fields that may be nil
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

--- The advice for a key that another module has, with the full name; "" if no
-- name is near.
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

--- Gives a module of functions an __index that raises errors for unknown names.
---@param module table
---@param name string the module's name in tinygrad: "nn"
---@return table module
function names.module(module, name)
  local metatable = getmetatable(module) or {}
  setmetatable(module, metatable) -- refuses a string, which shares its own
  local function otherwise(key)
    local advice = names.elsewhere(together(names.tinygrad, names.lazy),
      "tinygrad.", key)
    return advice ~= "" and advice
      or core.format("; tinygrad.help \"%s\" tells what it has", name)
  end
  function metatable.__index(_, key)
    unknown(core.format("tinygrad.%s", name), key, otherwise, module)
  end
  return module
end

--- Makes a set of a list of names.
---@param list string[]
---@return table<string, boolean>
function names.set(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end

return names
