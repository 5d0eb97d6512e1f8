--- tinygrad.tree: nested tables of numbers as flat lists, and back.
-- Arguments and results of functions may be numbers or nested tables; here is
-- the one place that knows the order of their leaves: array elements first,
-- then fields by name, so that it is the same on every run.

local core = require "tinygrad.core"
core.library()

local tree = {}

--- Is it a leaf that derivatives are about?
---@param x any
---@return boolean
function tree.is_leaf(x)
  return type(x) == "number" or core.is_value(x)
end

--- The name of a value's type as error messages put it.
---@param x any
---@return string
function tree.typename(x)
  return core.is_value(x) and "Value" or type(x)
end

--- The keys of a table in the order of its leaves.
---@param t table
---@return any[] keys
function tree.keys(t)
  local n = #t
  local keys, fields = {}, {}
  for i = 1, n do keys[i] = i end
  for key in pairs(t) do
    local is_element = type(key) == "number" and key >= 1 and key <= n
      and key % 1 == 0
    if not is_element then
      if type(key) ~= "string" and type(key) ~= "number" then
        error(("a table of numbers may have the keys 1, 2, ... and names; "
          .. "it has a %s"):format(type(key)), 0)
      end
      fields[#fields + 1] = key
    end
  end
  table.sort(fields, function(a, b)
    if type(a) ~= type(b) then return type(a) == "number" end
    return a < b
  end)
  for _, key in ipairs(fields) do keys[#keys + 1] = key end
  return keys
end

local function path_of(path, key)
  if type(key) == "number" then return ("%s[%s]"):format(path, key) end
  if key:match("^[%a_][%w_]*$") then return path .. "." .. key end
  return ("%s[%q]"):format(path, key)
end

local function walk(x, path, visit, above)
  if type(x) ~= "table" then return visit(x, path) end
  if above[x] then
    error(("%s contains itself: only trees of tables can be differentiated")
      :format(path), 0)
  end
  above[x] = true
  local copy = {}
  for _, key in ipairs(tree.keys(x)) do
    copy[key] = walk(x[key], path_of(path, key), visit, above)
  end
  above[x] = nil
  local metatable = getmetatable(x) -- an object keeps its methods
  if type(metatable) == "table" and rawget(metatable, "__metatable") == nil then
    setmetatable(copy, metatable)
  end
  return copy
end

--- Copies a tree, replacing whatever in it is not a table.
---@param x any number, Value, nested table, or anything else
---@param visit fun(leaf: any, path: string): any what stands in the copy
---@param path? string name of `x` in paths ("x")
---@return any copy
function tree.map(x, visit, path)
  return walk(x, path or "x", visit, {})
end

--- The numbers and Values of a tree as a list.
---@param x any
---@param list? any[] to append to
---@param path? string
---@param paths? string[] to append the name of each leaf to
---@return any[] list
function tree.leaves(x, list, path, paths)
  list = list or {}
  tree.map(x, function(leaf, where)
    if tree.is_leaf(leaf) then
      list[#list + 1] = leaf
      if paths then paths[#paths + 1] = where end
    end
    return leaf
  end, path)
  return list
end

--- A copy of a tree with other numbers or Values in place of its own.
---@param x any
---@param list any[] one for each leaf, in the order of tree.leaves
---@param first? integer where in the list to begin (1)
---@return any copy
---@return integer next index after the last one used
function tree.replace(x, list, first)
  local i = first or 1
  local copy = tree.map(x, function(leaf)
    if not tree.is_leaf(leaf) then return leaf end
    i = i + 1
    return list[i - 1]
  end)
  return copy, i
end

return tree
