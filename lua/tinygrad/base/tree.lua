--- tinygrad.base.tree: nested tables of numbers as flat lists, and back. Lives
-- with the base library alone.
-- Arguments and results of functions may be numbers or nested tables. This file
-- alone decides the order of their leaves: array elements first, then fields
-- sorted by name, so that it is equal on every run. Numbers and Values are
-- leaves. Strings, booleans, functions and so on pass through. Two things are
-- errors, because they were meant as numbers and their derivative would be
-- lost: a string that tonumber takes, and a Tensor.

local core = require "tinygrad.core"
core.library()

local format = core.format

local tree = {}

--- Whether x is a number or a Value.
---@param x any
---@return boolean
function tree.is_leaf(x)
  return type(x) == "number" or core.is_value(x)
end

--- Whether f can be called.
---@param f any
---@return boolean
function tree.is_callable(f)
  local metatable = getmetatable(f)
  return type(f) == "function"
    or type(metatable) == "table" and metatable.__call ~= nil
end

--- The name of a value's type for error messages.
---@param x any
---@return string
function tree.typename(x)
  return core.is_value(x) and "Value" or core.is_tensor(x) and "Tensor"
    or core.is_program(x) and "Program" or type(x)
end

--- tostring(x), but "nan" for any nan, to some of which tostring gives a sign.
---@param x any
---@return string
function tree.shown(x) return x ~= x and "nan" or tostring(x) end

--- Names what came instead of what was needed, to follow "it is".
---@param x any
---@return string
function tree.described(x)
  return x == nil and "absent" or "a " .. tree.typename(x)
end

--- Names what a function returned instead of what it should, to follow "it
-- returned".
---@param x any
---@return string
function tree.returned(x)
  return x == nil and "nothing; is a return missing?" or tree.described(x)
end

--- Advice to end an error with, for something that is not a number; "" for what
-- passes through a tree.
---@param x any
---@return string
function tree.advice(x)
  if type(x) == "string" and tonumber(x) then
    return "; tonumber makes a number of a string"
  elseif core.is_tensor(x) then
    return "; t:totable() makes tables of a Tensor"
  end
  return ""
end

local function is_only_array(t, n)
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

--- Sorts a list of names and numbers, numbers first. By Shell's method (1959),
-- because a host may have left table.sort out.
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

--- The keys of a table other than its `n` array elements, in the order of its
-- leaves.
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
          .. "names; it has a key of the type %s", type(key)), 0)
      end
      fields[#fields + 1] = key
    end
  end
  return tree.sort(fields)
end

--- The path of a place in a tree as text, for a message: "x.w[2]".
-- A walk keeps its trail as a list, the name of the whole tree and then the
-- keys down to where it is, and spells it out only if a path is wanted.
---@param trail table
---@param depth integer how many elements of the trail to spell out
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

--- #t, or an error if a metamethod gives something that is not a number.
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
  if not is_only_array(x, n) then
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

--- Copies a tree, replacing everything in it that is not a table.
---@param x any number, Value, nested table, or anything else
---@param visit fun(leaf: any, trail: table, depth: integer, container?: table):
-- any returns what stands in the copy. It is given a leaf, its place (see
-- tree.path), and the table that holds it at the key trail[depth]
---@param name? string the name of `x` in error messages ("x")
---@return any copy
function tree.map(x, visit, name)
  return walk(x, visit, {name or "x"}, 1, {})
end

--- Whether x is a leaf of a tree. If it neither is one nor passes through,
-- raises an error.
---@param x any something in the tree that is not a table
---@param trail table its place, see tree.path
---@param depth integer
---@param who? string the function that raises the error, at a line of the
-- program; without it the message has neither, for the caller to add
---@return boolean
function tree.check_leaf(x, trail, depth, who)
  if tree.is_leaf(x) then return true end
  local advice = tree.advice(x)
  if advice == "" then return false end
  local message = format("number expected at %s, got %s%s",
    tree.path(trail, depth), tree.typename(x), advice)
  if not who then error(message, 0) end
  return core.fail(format("%s: %s", who, message))
end

--- Copies a tree, replacing the numbers and Values in it.
---@param x any
---@param visit fun(leaf: any, trail: table, depth: integer): any as in tree.map
---@param name? string of `x` in error messages
---@param who? string see tree.check_leaf
---@return any copy
function tree.map_leaves(x, visit, name, who)
  return walk(x, function(leaf, trail, depth)
    if type(leaf) == "number" or tree.check_leaf(leaf, trail, depth, who) then
      return visit(leaf, trail, depth)
    end
    return leaf
  end, {name or "x"}, 1, {})
end

--- Makes a list of the numbers and Values of a tree.
---@param x any
---@param list? any[] takes the leaves (if absent: a new list)
---@param name? string of `x` in paths and error messages
---@param paths? string[] takes the path of each leaf
---@param who? string see tree.check_leaf
---@return any[] list
function tree.leaves(x, list, name, paths, who)
  list = list or {}
  tree.map_leaves(x, function(leaf, trail, depth)
    list[#list + 1] = leaf
    if paths then paths[#paths + 1] = tree.path(trail, depth) end
    return leaf
  end, name, who)
  return list
end

--- The path of the first leaf in a part of a tree, or nil if it has none.
local function first_path(x, trail, depth, who)
  local paths = {}
  tree.leaves(x, nil, tree.path(trail, depth), paths, who)
  return paths[1]
end

--- Compares two parts of trees at least one of which is not a table. Returns
-- what was expected and what came, or nil if neither has a leaf.
local function differ(shape, given, trail, depth, who)
  local path = first_path(shape, trail, depth, who)
  if path then
    local at = given ~= nil and type(shape) == "table"
      and " at " .. tree.path(trail, depth) or ""
    return "a number at " .. path, tree.typename(given) .. at
      .. tree.advice(given)
  end
  path = first_path(given, trail, depth, who)
  if path then return "nothing at " .. path, "a number" end
end

--- The keys of one tree after the first n, in the order of its leaves; then
-- those that only the other tree has.
local function other_keys(shape, n, given, m)
  if n == m and is_only_array(shape, n) and is_only_array(given, m) then
    return {}
  end
  local keys, more = tree.fields(shape, n), tree.fields(given, m)
  for i = n + 1, m do more[#more + 1] = i end
  for _, key in ipairs(more) do
    if shape[key] == nil then keys[#keys + 1] = key end
  end
  return keys
end

local match

local function match_part(key, shape, given, list, trail, depth, who)
  trail[depth + 1] = key
  return match(shape[key], given[key], list, trail, depth + 1, who)
end

--- Appends the leaves of `given` to a list, in the order of the leaves of
-- `shape`. If they are not in the same places, returns what was expected and
-- what came.
function match(shape, given, list, trail, depth, who)
  if tree.is_leaf(shape) and tree.is_leaf(given) then
    list[#list + 1] = given
    return nil
  end
  if type(shape) ~= "table" or type(given) ~= "table" then
    return differ(shape, given, trail, depth, who)
  end
  local n = length(shape, trail, depth)
  for i = 1, n do
    local expected, got = match_part(i, shape, given, list, trail, depth,
      who)
    if expected then return expected, got end
  end
  local m = length(given, trail, depth)
  for _, key in ipairs(other_keys(shape, n, given, m)) do
    local expected, got = match_part(key, shape, given, list, trail, depth,
      who)
    if expected then return expected, got end
  end
end

--- Reads a table of a function's arguments: a list, which may have a field n,
-- as from table.pack, to allow nil in it.
---@param given table
---@return any[] list `given` itself, if it has no other keys
---@return integer n the number of arguments
---@return any stray a key that is not a position, if there is one
function tree.arguments(given)
  local n, list, stray = #given, {}, nil
  if is_only_array(given, n) then return given, n end
  if type(given.n) == "number" and given.n % 1 == 0 then n = given.n end
  for key, x in pairs(given) do
    if type(key) == "number" and key >= 1 and key <= n and key % 1 == 0 then
      list[key] = x
    elseif key ~= "n" then
      stray = key
    end
  end
  return list, n, stray
end

--- Appends the leaves of one tree to a list. They must be in the places where
-- another tree has its leaves.
---@param shape any the other tree
---@param given any
---@param list any[] the list; its order is that of the leaves of `shape`
---@param name string the name of `given` in paths
---@param who string see tree.check_leaf
---@return string? expected "a number at x.a", if the leaves are in other places
---@return string? got what is at that place
function tree.match(shape, given, list, name, who)
  return match(shape, given, list, {name}, 1, who)
end

--- Makes a list of everything in a tree that is not a table, and a list of the
-- paths.
---@param x any
---@param name? string of `x` in paths and error messages
---@return any[] list has nil where a list of the tree has a hole
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

--- Copies a tree with other numbers or Values in place of its own.
---@param x any
---@param list any[] an element for each leaf, in the order of tree.leaves
---@param first? integer the index to begin at (1)
---@return any copy
---@return integer next index after the last one used
function tree.replace(x, list, first)
  local i = first or 1
  local copy = tree.map_leaves(x, function()
    i = i + 1
    return list[i - 1]
  end)
  return copy, i
end

return tree
