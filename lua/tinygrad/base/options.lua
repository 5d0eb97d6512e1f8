--- tinygrad.base.options: the options of all functions. Lives with the base
-- library alone.
--
-- A schema describes the options of one function in rows {name, kind, default,
-- text}. The kind (see kinds.lua) says what the option may be, the text what it
-- does. Checks, error messages, tinygrad.help, the reference and the
-- annotations for editors are made from the rows. In documents, a row's field
-- `type` replaces that of its kind, and `shown` the text of the default.

local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local kinds = require "tinygrad.base.kinds"
local tree = require "tinygrad.base.tree"
core.library()

local format = core.format

local options = {}

--- Stands for the default of an option that must be given.
options.REQUIRED = {}

--- The schemas of all loaded modules, by the names of their classes.
options.schemas = {}

--- Makes a schema.
---@param class string the schema's name in documents: "TrainOptions"
---@param rows table[]
---@param parent? table a schema whose rows come before these
---@return table schema
function options.new(class, rows, parent)
  local schema = {class = class, own = rows, parent = parent, rows = {},
    known = {}, tested = {}}
  for _, list in ipairs {parent and parent.rows or {}, rows} do
    for _, row in ipairs(list) do
      schema.rows[#schema.rows + 1] = row
      schema.known[row[1]] = row
      if row[2].test then schema.tested[#schema.tested + 1] = row end
      schema.has_required = schema.has_required or row[3] == options.REQUIRED
    end
  end
  options.schemas[class] = schema
  return schema
end

--- The message for an option that a function does not have.
---@param option any
---@param name? string the name of the function
---@param known table keyed by the known options
---@return string
function options.unknown(option, name, known)
  option = tostring(option)
  local advice = core.nearest(known, option)
  if advice == "" then
    local names = {}
    for other in pairs(known) do names[#names + 1] = other end
    for i, other in ipairs(tree.sort(names)) do
      advice = advice .. (i == 1 and "; there are " or ", ") .. other
    end
  end
  return format("unknown option '%s'%s%s", option,
    name and format(" to '%s'", name) or "", advice)
end

--- Says what is wrong with the option of a row, or returns nil.
local function row_problem(row, x, given)
  if x == nil then
    if row[3] ~= options.REQUIRED then return nil end
    return row[2].expected .. " expected, got nil"
  end
  local kind = row[2]
  local ok, problem = kind.test(x, given)
  if ok then return nil end
  return problem or format("%s expected, got %s%s", kind.expected,
    errors.got(x, kind.shows), kind.shows == "number" and tree.advice(x) or "")
end

--- Returns the name of the first wrong option and what is wrong with it. If all
-- are right but one is unknown, returns nil and the message for that one.
local function first_problem(schema, given, name)
  local tested, known = schema.tested, schema.known
  for i = 1, #tested do
    local row = tested[i]
    local problem = row_problem(row, given[row[1]], given)
    if problem then return row[1], problem end
  end
  for option in next, given do
    if not known[option] then
      return nil, options.unknown(option, name, schema.known)
    end
  end
end

--- The message for the first wrong option in a table, or nil.
---@param schema table
---@param name string the name of the function
---@param given table
---@return string?
function options.problem(schema, name, given)
  local option, problem = first_problem(schema, given, name)
  return option and errors.option_text(option, name, problem) or problem
end

--- Says what is wrong with a table of options that is itself an option of
-- another function, or returns nil.
---@param schema table
---@param given table
---@return string?
function options.inner_problem(schema, given)
  local option, problem = first_problem(schema, given)
  return option and format("%s: %s", option, problem) or problem
end

--- A copy of the options, with the defaults of those that are absent.
---@param schema table
---@param given? table
---@return table
function options.completed(schema, given)
  local all = {}
  for _, row in ipairs(schema.rows) do
    local x = given and given[row[1]]
    if x == nil then x = row[3] end
    all[row[1]] = x
  end
  return all
end

--- Raises an error unless the options are absent, or a table of right ones.
---@param schema table
---@param i integer the position of the options among the arguments
---@param name string the name of the function
---@param given any
---@param level integer what the caller would give to `error` as its level
function options.check(schema, i, name, given, level)
  if given == nil then
    if not schema.has_required then return end
    given = {}
  elseif type(given) ~= "table" then
    errors.argument(i, name, "table of options", tree.typename(given),
      errors.deeper(level))
  end
  local option, problem = first_problem(schema, given, name)
  if option then errors.option(option, name, problem, errors.deeper(level)) end
  if problem then error(problem, errors.deeper(level)) end
end

--- Checks options, and returns them with the defaults of those that are absent.
---@param schema table
---@param i integer the position of the options among the arguments
---@param name string the name of the function
---@param given any
---@param level integer what the caller would give to `error` as its level
---@return table
function options.read(schema, i, name, given, level)
  options.check(schema, i, name, given, errors.deeper(level))
  return options.completed(schema, given)
end

local ARGNUMS = options.new("ArgnumsOptions", {
  {"argnums", kinds.POSITIONS, nil, "the position, or list of positions, of "
    .. "the arguments to differentiate, in the order in which their "
    .. "derivatives are wanted (if absent: all that hold numbers); the others "
    .. "are handed on as they are"},
})

--- Reads options of which `argnums` is the only one. Returns its positions in
-- the order given, or nil if it is absent.
---@param i integer the position of the options among the arguments
---@param name string the name of the function
---@param given any
---@param level integer what the caller would give to `error` as its level
---@param most? integer the number of arguments
---@return integer[]?
function options.argnums(i, name, given, level, most)
  options.check(ARGNUMS, i, name, given, level + 1)
  if not given or given.argnums == nil then return nil end
  local list, problem = kinds.positions(given.argnums, most)
  if not list then errors.option("argnums", name, problem, level + 1) end
  return list
end

return options
