--- tinygrad.known: which options a function has. For options.lua, and for what
-- needs the base library alone: transforms and Programs.

local core = require "tinygrad.core"
local tree = require "tinygrad.tree"
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

local ARGNUMS = {argnums = true}

--- The positions of the option `argnums`, the only one, as a list; nil if it is
-- absent. An error is of the caller's caller.
---@param i integer which argument of the function the options are
---@param name string of the function
---@param given any
---@return any[]|nil
function known_options.argnums(i, name, given)
  known_options.check(i, name, given, ARGNUMS, 4)
  local argnums = given and given.argnums
  if type(argnums) == "number" then return {argnums} end
  if argnums ~= nil and type(argnums) ~= "table" then
    error(format("bad option 'argnums' to '%s' (number or table expected, got "
      .. "%s)", name, tree.typename(argnums)), 4)
  end
  return argnums
end

return known_options
