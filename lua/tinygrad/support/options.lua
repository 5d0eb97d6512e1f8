--- tinygrad.support.options: checks the tables of options that functions take,
-- and the options in them.

local core = require "tinygrad.core"
local known_options = require "tinygrad.base.known"
local tree = require "tinygrad.base.tree"
local write = require "tinygrad.support.write"
core.library()

local options = {}

--- Says what is wrong with the options in a table, or nil.
---@param given table
---@param known table name -> type of the value, or a function from the value
-- to what is wrong with it
---@return string?
function options.problem(given, known)
  for _, name in ipairs(known_options.sorted(known)) do
    local value, expected = given[name], known[name]
    if value == nil then -- luacheck: ignore 542
    elseif type(expected) == "function" then
      local problem = expected(value)
      if problem then
        return problem:find("^" .. name) and problem or name .. ": " .. problem
      end
    elseif type(value) ~= expected then
      return ("%s: %s expected, got %s"):format(name, expected,
        tree.typename(value))
    end
  end
  for name in next, given do
    if known[name] == nil then
      return known_options.unknown(name, nil, known)
    end
  end
  return nil
end

--- Options are a table or absent, and of them only those in `known`. An error
-- blames the caller of the function that calls this.
---@param i integer which argument of the function they are
---@param name string of the function
---@param given any
---@param known table as in options.problem
---@return table
function options.check(i, name, given, known)
  if given == nil then return {} end
  local problem
  if type(given) ~= "table" then
    problem = ("a table of options expected, got %s"):format(
      tree.typename(given))
  else
    problem = options.problem(given, known)
  end
  if problem then
    error(("bad argument #%d to '%s' (%s)"):format(i, name, problem), 3)
  end
  return given
end

--- The check of an option that is a whole number in [low, high].
---@param low integer
---@param high integer
---@return fun(value: any): string?
function options.whole(low, high)
  return function(value)
    if type(value) == "number" and value >= low and value <= high
        and value % 1 == 0 then
      return nil
    end
    return ("a whole number from %d to %d expected, got %s"):format(low, high,
      write.got(value, 6))
  end
end

--- The check of an option that is one of several strings.
---@param ... string
---@return fun(value: any): string?
function options.one_of(...)
  local list, known = {}, {}
  for i = 1, select("#", ...) do
    local text = select(i, ...)
    known[text], list[i] = true, ("\"%s\""):format(text)
  end
  local last = table.remove(list)
  return function(value)
    if known[value] then return nil end
    return ("%s or %s expected, got %s"):format(table.concat(list, ", "), last,
      type(value) == "string" and ("\"%s\""):format(value)
        or tree.typename(value))
  end
end

options.unknown = known_options.unknown

return options
