--- tinygrad.tree: nested tables of numbers as flat lists, and back.
-- Arguments and results of functions may be numbers or nested tables; here is
-- the one place that knows the order of their leaves: array elements first,
-- then fields by name, so that it is the same on every run.

local core = require "tinygrad.core"
core.library()

local format = core.format

local tree = {}

--- Is it a leaf that derivatives are about?
---@param x any
---@return boolean
function tree.is_leaf(x)
  return type(x) == "number" or core.is_value(x)
end

--- May it be called?
---@param f any
---@return boolean
function tree.is_callable(f)
  local metatable = getmetatable(f)
  return type(f) == "function"
    or type(metatable) == "table" and metatable.__call ~= nil
end

--- The name of a value's type as error messages put it.
---@param x any
---@return string
function tree.typename(x)
  return core.is_value(x) and "Value" or core.is_tensor(x) and "Tensor"
    or core.is_program(x) and "Program" or type(x)
end

--- A thing as text. (tostring gives some nan a sign.)
---@param x any
---@return string
function tree.shown(x) return x ~= x and "nan" or tostring(x) end

--- What stands where something else is needed, for "it is ...".
---@param x any
---@return string
function tree.described(x)
  return x == nil and "absent" or "a " .. tree.typename(x)
end

--- What a function returned that should have returned something else.
---@param x any
---@return string
function tree.returned(x)
  return x == nil and "nothing; is a return missing?" or tree.described(x)
end

local function is_plain_array(t, n)
  local count = 0
  for _ in next, t do
    count = count + 1
    if count > n then return false end
  end
  return count == n
end

local function comes_before(a, b)
  if type(a) ~= type(b) then return type(a) == "number" end
  return a < b
end

--- Sorts a list of names and numbers: numbers first. (By Shell's method, 1959;
-- a host may have left out table.sort.)
---@param keys any[] is changed
---@return any[] keys
function tree.sort(keys)
  local gap = #keys
  while gap > 1 do
    gap = gap < 5 and 1 or (gap * 5 - 1 - (gap * 5 - 1) % 11) / 11
    for i = gap + 1, #keys do
      local key, k = keys[i], i
      while k > gap and comes_before(key, keys[k - gap]) do
        keys[k], k = keys[k - gap], k - gap
      end
      keys[k] = key
    end
  end
  return keys
end

--- The keys of a table that are none of its `n` array elements, in the order
-- of its leaves.
---@param t table
---@param n integer #t
---@return any[]
function tree.fields(t, n)
  local fields = {}
  for key in pairs(t) do
    local is_element = type(key) == "number" and key >= 1 and key <= n
      and key % 1 == 0
    if not is_element then
      if type(key) ~= "string" and type(key) ~= "number" then
        error(format("a table of numbers may have the keys 1, 2, ... and "
          .. "names; it has a %s", type(key)), 0)
      end
      fields[#fields + 1] = key
    end
  end
  return tree.sort(fields)
end

--- A walk's state is a list: the name of the whole, then the keys down to
-- where it is. Its path is spelt out only where it is wanted.
---@param trail table
---@param depth integer how much of it
---@return string
function tree.path(trail, depth)
  local path = trail[1]
  for i = 2, depth do
    local key = trail[i]
    if type(key) == "number" then
      path = format("%s[%s]", path, key)
    elseif core.is_name(key) then
      path = path .. "." .. key
    else
      path = format("%s[%q]", path, key)
    end
  end
  return path
end

--- #t, which a metamethod may have a say in.
local function length(t, trail, depth)
  local n = #t
  if type(n) == "number" then return n end
  error(format("the length of %s must be a number, its __len returned %s",
    tree.path(trail, depth), tree.returned(n)), 0)
end

local function walk(x, visit, trail, depth, above, container)
  if type(x) ~= "table" then return visit(x, trail, depth, container) end
  if above[x] then
    error(format("%s contains itself: only trees of tables can be "
      .. "differentiated", tree.path(trail, depth)), 0)
  end
  above[x] = true
  local copy, n = {}, length(x, trail, depth)
  for i = 1, n do
    trail[depth + 1] = i
    copy[i] = walk(x[i], visit, trail, depth + 1, above, x)
  end
  if not is_plain_array(x, n) then
    for _, key in ipairs(tree.fields(x, n)) do
      trail[depth + 1] = key
      copy[key] = walk(x[key], visit, trail, depth + 1, above, x)
    end
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
---@param visit fun(leaf: any, trail: table, depth: integer, container?: table):
-- any what stands in the copy; it is given a leaf, where it is (tree.path), and
-- the table that holds it, in which its key is trail[depth]
---@param name? string of `x` in error messages ("x")
---@return any copy
function tree.map(x, visit, name)
  return walk(x, visit, {name or "x"}, 1, {})
end

--- The numbers and Values of a tree as a list.
---@param x any
---@param list? any[] to append to
---@param name? string of `x` in paths and error messages
---@param paths? string[] to append the path of each leaf to
---@return any[] list
function tree.leaves(x, list, name, paths)
  list = list or {}
  walk(x, function(leaf, trail, depth)
    if tree.is_leaf(leaf) then
      list[#list + 1] = leaf
      if paths then paths[#paths + 1] = tree.path(trail, depth) end
    end
    return leaf
  end, {name or "x"}, 1, {})
  return list
end

--- All that is no table in a tree, whatever it is, and the path of each.
---@param x any
---@param name? string of `x` in paths and error messages
---@return any[] list nil where a list has a hole
---@return string[] paths
function tree.contents(x, name)
  local list, paths, n = {}, {}, 0
  walk(x, function(leaf, trail, depth)
    n = n + 1
    list[n], paths[n] = leaf, tree.path(trail, depth)
    return leaf
  end, {name or "x"}, 1, {})
  return list, paths
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
