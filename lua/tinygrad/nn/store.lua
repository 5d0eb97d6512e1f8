--- tinygrad.nn.store: writes a model's parameters as text and to files, and
-- reads them.
--
-- The text is JSON, a table of the parameters by name; the Values of an array
-- are one list, on one line:
--
--     {
--       "format": "tinygrad parameters 1",
--       "parameters": {
--         "layers[1].neurons[1].b": 0,
--         "layers[1].neurons[1].w": [0.25, -0.5],
--
-- Numbers come back to the last bit. A .npy file holds the numbers alone, as
-- one array in the order of `parameters()`. Numbers that are not learned but
-- belong to the model, such as the means of nn.standardize, are saved among the
-- parameters.

local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local file = require "tinygrad.support.file"
local json = require "tinygrad.nn.json"
local module = require "tinygrad.nn.module"
local Tensor = require "tinygrad.tensor"
local tree = require "tinygrad.base.tree"
core.library()

local store = {}

local Model = module.methods
local FORMAT = "tinygrad parameters 1"

--- Returns the saved numbers in groups, {name=, n=, first=}, and their count. A
-- group is an array of n numbers, or a single number if n is nil; `first` is
-- its first place in the list of all.
local function groups_of(model)
  local groups, count = {}, 0
  local last
  module.each(model, function(_, name, trail, depth)
    local key, container = trail[depth], name:match("^(.+)%[%d+%]$")
    count = count + 1
    if type(key) == "number" and container then
      if last and last.n == key - 1 and last.name == container then
        last.n = key
        return
      elseif key == 1 then
        last = {name = container, n = 1, first = count}
        groups[#groups + 1] = last
        return
      end
    end
    last = nil
    groups[#groups + 1] = {name = name, first = count}
  end, true)
  return groups, count
end

--- Returns numbers as a table by name, for json.encode.
---@param model table
---@param numbers number[] in the order of store.saved
---@return table
function store.by_name(model, numbers)
  local members = {}
  for i, group in ipairs(groups_of(model)) do
    local value = numbers[group.first]
    if group.n then
      value = {}
      for k = 1, group.n do value[k] = numbers[group.first + k - 1] end
    end
    members[i] = {group.name, value}
  end
  return json.ordered(members)
end

--- Returns why a value is not what a group needs, or nil.
local function group_problem(group, value)
  if value == nil then return ("there is no '%s'"):format(group.name) end
  if not group.n then
    if type(value) == "number" then return nil end
    return ("'%s' must be a number, it is a %s"):format(group.name,
      type(value) == "table" and "list" or type(value))
  end
  if type(value) ~= "table" or #value ~= group.n then
    return ("'%s' must be a list of %d numbers, it %s"):format(group.name,
      group.n, type(value) == "table" and "has " .. tostring(#value)
      or "is a " .. type(value))
  end
  for k, x in ipairs(value) do
    if type(x) ~= "number" then
      return ("'%s' must be numbers, number %d is a %s"):format(group.name, k,
        type(x))
    end
  end
end

--- Returns the numbers of a table by name, or nil and a message if it does not
-- fit the model.
---@param model table
---@param by_name any
---@return number[]|nil
---@return string|nil message
function store.numbers(model, by_name)
  if type(by_name) ~= "table" then return nil, "there are no parameters" end
  local list, known = {}, {}
  for _, group in ipairs(groups_of(model)) do
    local value = by_name[group.name]
    local problem = group_problem(group, value)
    if problem then return nil, problem end
    known[group.name] = true
    if not group.n then value = {value} end
    for k, x in ipairs(value) do list[group.first + k - 1] = x end
  end
  local unknown
  for key in pairs(by_name) do
    local name = tostring(key)
    if not known[name] and not (unknown and unknown < name) then
      unknown = name
    end
  end
  if unknown then
    return nil, ("there is '%s', which the model does not have"):format(unknown)
  end
  return list
end

--- Sets parameters to numbers.
---@param parameters tinygrad.Value[]
---@param numbers any list or Tensor, a number for each parameter
function store.set(parameters, numbers)
  for i, value in ipairs(parameters) do value.data = numbers[i] end
end

--- Returns the numbers that are saved: those of the parameters and the
-- constants.
---@param model table
---@param learned? any list or Tensor: numbers for the parameters, instead of
-- the model's own
---@return number[]
function store.saved(model, learned)
  local list, k = {}, 0
  module.each(model, function(x)
    if core.is_value(x) then
      k = k + 1
      x = learned and learned[k] or x.data
    end
    list[#list + 1] = x
  end, true)
  return list
end

--- Sets the parameters and the constants of a model.
---@param model table
---@param numbers any list or Tensor, in the order of store.saved
---@param learned? any list or Tensor that gets the parameters' numbers instead
-- of the model
function store.restore(model, numbers, learned)
  local i, k = 0, 0
  module.each(model, function(x, _, trail, depth, container)
    i = i + 1
    if not core.is_value(x) then
      container[trail[depth]] = numbers[i]
    elseif learned then
      k = k + 1
      learned[k] = numbers[i]
    else
      x.data = numbers[i]
    end
  end, true)
end

--- Returns the numbers of the parameters.
---@param model table
---@return number[]
function store.get(model)
  local list = {}
  module.each(model, function(value) list[#list + 1] = value.data end)
  return list
end

--- Returns the parameters as text: JSON, by name. from_string reads it, to the
-- last bit.
--
--     local neuron = tinygrad.nn.Neuron(2, {init = "zeros"})
--     print((neuron:to_string():gsub("\n$", "")))
--     --> {
--     -->   "format": "tinygrad parameters 1",
--     -->   "parameters": {
--     -->     "b": 0,
--     -->     "w": [0, 0]
--     -->   }
--     --> }
---@return string text ends with a newline
function Model:to_string()
  return json.encode(json.ordered {{"format", FORMAT},
    {"parameters", store.by_name(self, store.saved(self))}})
end

local function check_string(name, what, x)
  if type(x) ~= "string" then
    errors.argument(1, name, what, tree.typename(x), 3)
  end
end

--- Sets the parameters from a text that to_string returned. If names or shapes
-- are not those of the model, nothing is changed. The text is data; nothing in
-- it is run.
--
--     local Layer = tinygrad.nn.Layer
--     local one, two = Layer(2, 1), Layer(2, 1, {seed = 2})
--     print(two:from_string(one:to_string())) --> true
--     print(select(2, two:from_string(Layer(3, 1):to_string())))
--     --> 'neurons[1].w' must be a list of 2 numbers, it has 3
---@param text string returned by to_string
---@return boolean|nil true
---@return string|nil message why the text does not fit
function Model:from_string(text)
  check_string("from_string", "string", text)
  local data, message = json.decode(text)
  if data == nil then return nil, message end
  if type(data) ~= "table" or data.format ~= FORMAT then
    return nil, "not parameters of tinygrad's format 1"
  end
  local numbers
  numbers, message = store.numbers(self, data.parameters)
  if not numbers then return nil, message end
  store.restore(self, numbers)
  return true
end

local function is_npy(path) return file.extension(path) == "npy" end

--- Writes the parameters to a file: as text, or as an array of all numbers if
-- its name ends in .npy. A file that was there stays whole until the new one is
-- complete. If no file can be made beside it, it is overwritten in place, which
-- is not atomic.
--
--     local path = os.tmpname()
--     print(tinygrad.nn.MLP(2, {3, 1}):save(path)) --> true
--     os.remove(path)
---@param path string of the file
---@return boolean|nil true
---@return string|nil message if it cannot be written
function Model:save(path)
  check_string("save", "path", path)
  return file.write(path, is_npy(path) and Tensor(store.saved(self)):to_npy()
    or self:to_string())
end

local function read_npy(self, bytes)
  local t, message = Tensor.from_npy(bytes)
  if not t then return nil, message end
  local n, shape = #store.saved(self), t:shape()
  if #shape ~= 1 or shape[1] ~= n then
    return nil, ("an array of %d numbers expected, it is %s"):format(n,
      table.concat(shape, " x "))
  end
  store.restore(self, t)
  return true
end

--- Reads the parameters from a file that `save` wrote. For a .npy file only the
-- count can be checked.
--
--     local one, two = tinygrad.nn.Neuron(1), tinygrad.nn.Neuron(1, {seed = 2})
--     local path = os.tmpname()
--     one:save(path)
--     print(two:load(path), one({3}).data == two({3}).data) --> true true
--     os.remove(path)
---@param path string of the file
---@return boolean|nil true; if the file does not fit, nothing is changed
---@return string|nil message why the file does not fit or cannot be read
function Model:load(path)
  check_string("load", "path", path)
  local text, message = file.read(path)
  if not text then return nil, message end
  local ok
  if is_npy(path) then
    ok, message = read_npy(self, text)
  else
    ok, message = self:from_string(text)
  end
  if not ok then return nil, ("%s: %s"):format(path, message) end
  return true
end

return store
