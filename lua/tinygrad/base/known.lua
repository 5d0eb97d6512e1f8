--- tinygrad.base.known: which options a function has. For options.lua, and for
-- what needs the base library alone: transforms and Programs.

local core = require "tinygrad.core"
local tree = require "tinygrad.base.tree"
core.library()

local format = core.format

local known_options = {}

--- The names of options, in order.
---@param known table whose keys they are
---@return string[]
function known_options.sorted(known)
  local names = {}
  for name in pairs(known) do names[#names + 1] = name end
  return tree.sort(names)
end

--- The message for an option that a function does not have.
---@param option any
---@param name? string of the function
---@param known table whose keys are the options that there are
---@return string
function known_options.unknown(option, name, known)
  option = tostring(option)
  local advice = core.nearest(known, option)
  if advice == "" then
    for i, other in ipairs(known_options.sorted(known)) do
      advice = advice .. (i == 1 and "; there are " or ", ") .. other
    end
  end
  return format("unknown option '%s'%s%s", option,
    name and format(" to '%s'", name) or "", advice)
end

--- Options are a table or absent, and of them only those in `known`.
---@param i integer which argument of the function they are
---@param name string of the function
---@param given any
---@param known table whose keys are the options that there are
---@param level integer of the error, as `error` in the calling function has it
function known_options.check(i, name, given, known, level)
  if given == nil then return end
  if type(given) ~= "table" then
    error(format("bad argument #%d to '%s' (table of options expected, got %s)",
      i, name, tree.typename(given)), level + 1)
  end
  for option in pairs(given) do
    if known[option] == nil then
      error(known_options.unknown(option, name, known), level + 1)
    end
  end
end

--- How many keys a table has if they are 1, 2, ... n; else nil.
---@param t table
---@return integer?
function known_options.list_length(t)
  local n, count = #t, 0
  for _ in pairs(t) do count = count + 1 end
  return count == n and n or nil
end

--- An option that names arguments, one position or a list of them, as a list.
---@param given any
---@param most? integer the last position there is
---@return integer[]? list
---@return string? problem what was expected and what came, if it is no such
function known_options.positions(given, most)
  local list = type(given) == "number" and {given} or given
  if type(list) ~= "table" then
    return nil, "number or table expected, got " .. tree.typename(list)
  end
  local n = known_options.list_length(list)
  if not n or n == 0 then
    return nil, n and "positions expected, got an empty table"
      or "list of positions expected, got a table with other keys"
  end
  local seen = {}
  for _, i in ipairs(list) do
    if type(i) ~= "number" or i < 1 or i % 1 ~= 0 or i > (most or i) then
      return nil, format("positions from 1 %sexpected, got %s", most
        and format("to %d ", most) or "", type(i) == "number" and tree.shown(i)
        or tree.typename(i) .. tree.advice(i))
    elseif seen[i] then
      return nil, format("position %d is there twice", i)
    end
    seen[i] = true
  end
  return list
end

local ARGNUMS = {argnums = true}

--- The positions of the option `argnums`, the only one, in the order asked for;
-- nil if it is absent.
---@param i integer which argument of the function the options are
---@param name string of the function
---@param given any
---@param level integer of the error, as `error` in the calling function has it
---@param most? integer how many arguments there are
---@return integer[]?
function known_options.argnums(i, name, given, level, most)
  known_options.check(i, name, given, ARGNUMS, level + 1)
  if not given or given.argnums == nil then return nil end
  local list, problem = known_options.positions(given.argnums, most)
  if not list then
    error(format("bad option 'argnums' to '%s' (%s)", name, problem), level + 1)
  end
  return list
end

return known_options
