--- tinygrad.nn.module: the methods that all models have.
--
-- A model is a table that can be called and holds its parameters, leaf Values,
-- anywhere inside: Neuron, Layer and MLP (network.lua), or a table of your own.
-- A parameter's name is its path: "layers[1].neurons[2].w[1]". A parameter that
-- is in several places counts once, under the first path.

local attempt = require "tinygrad.base.attempt"
local compile = require "tinygrad.program.compile"
local constants = require "tinygrad.base.constants"
local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local faithful = require "tinygrad.support.faithful"
local names = require "tinygrad.base.names"
local options = require "tinygrad.base.options"
local rows = require "tinygrad.nn.rows"
local Tensor = require "tinygrad.tensor"
local tree = require "tinygrad.base.tree"
require "tinygrad.program.batch" -- which has the options of predict
core.library()

local fail = core.fail -- raises an error at the line of the caller's program
local unpack = core.unpack

local module = {}

---@class tinygrad.Model
local Model = {}

local WHOLE = "model"

--- Returns a parameter's name, from its path in the model.
local function name_of(trail, depth)
  return (tree.path(trail, depth):sub(#WHOLE + 1):gsub("^%.", ""))
end

--- Calls visit(x, name, trail, depth, container) for each parameter, in order,
-- and with `all` for each constant, too.
---@param model table
---@param visit function
---@param all? boolean
function module.each(model, visit, all)
  local seen = {}
  tree.map(model, function(x, trail, depth, container)
    if all and type(x) == "number" and constants.is(container) then
      visit(x, name_of(trail, depth), trail, depth, container)
    end
    if not core.is_value(x) or seen[x] then return x end
    if x.op then
      error(("%s is the result of '%s', a parameter must be a leaf"):format(
        tree.path(trail, depth), x.op), 0)
    end
    seen[x] = true
    visit(x, name_of(trail, depth), trail, depth, container)
    return x
  end, WHOLE)
end

--- Returns the model's parameters, the Values that are learned, in the order of
-- their names.
--
--     local model = tinygrad.nn.MLP(2, {16, 16, 1})
--     print(#model:parameters()) --> 337
---@return tinygrad.Value[] list each parameter once
function Model:parameters()
  local list = {}
  module.each(self, function(value) list[#list + 1] = value end)
  return list
end

--- Returns an iterator over the names of the parameters and the parameters.
--
--     local model = tinygrad.nn.Neuron(1, {init = "zeros"})
--     for name, value in model:named_parameters() do print(name, value) end
--     --> b Value(data=0.000000, grad=0.000000)
--     --> w[1] Value(data=0.000000, grad=0.000000)
---@return fun(): string, tinygrad.Value iterator
function Model:named_parameters()
  local paths, values, i = {}, {}, 0
  module.each(self, function(value, name)
    paths[#paths + 1], values[#values + 1] = name, value
  end)
  return function()
    i = i + 1
    return paths[i], values[i]
  end
end

--- Sets the parameters' gradients to 0.
--
--     local neuron = tinygrad.nn.Neuron(1)
--     neuron({2}):backward()
--     neuron:zero_grad()
--     print(neuron.b.grad == 0) --> true
function Model:zero_grad()
  module.each(self, function(value) value.grad = 0 end)
end

--- Returns a copy of the model with other numbers or Values for its parameters.
---@param model table
---@param list any[] one for each parameter, in their order
---@return table
function module.bind(model, list)
  local index, count = {}, 0
  module.each(model, function(value)
    count = count + 1
    index[value] = count
  end)
  return (tree.map(model, function(x)
    if core.is_value(x) then return list[index[x]] end
    return x
  end, WHOLE))
end

--- Sets the parameters' labels to their names. Returns the model.
function module.label(model)
  module.each(model, function(value, name) value.label = name end)
  return model
end

--- Records the model, with its parameters as they are now, as a Program of its
-- input, which can be called many times, saved, or exported as C.
--
--     local model = tinygrad.nn.MLP(2, {3, 1})
--     local program = model:compile {0, 0}
--     print(program {1, 2} == model({1, 2}).data) --> true
--     print(program:emit_c {name = "net"}:match("void net%(.-%)"))
--     --> void net(const double *in, double *out)
---@param x any an example of the input
---@return tinygrad.Program of the input
function Model:compile(x)
  return compile({captured = "constant"}, function(input)
    return self(input)
  end, x)
end

--- Tells whether a Program's batch gives what the model returns for a sample of
-- the rows. `call` is the model with its results in a list.
local function agrees(call, program, data)
  local sample = rows.sample({data}, faithful.SAMPLE)
  local outputs = {program:batch({data.inputs}, {rows = sample})}
  for at, i in ipairs(sample) do
    local there = tree.leaves(rows.row(outputs, at))
    local here, alone = tree.leaves(faithful.floats(call(data.row(i)))), nil
    local function unbatched(k)
      alone = alone or tree.leaves {program(data.row(i))}
      return alone[k]
    end
    if #here ~= #there or not faithful.agrees {what = "predict: the model",
        recorded = there, alone = unbatched, sample = #there,
        eager = function(k) return here[k] end} then
      return false
    end
  end
  return true
end

local stacked

--- Returns a table like list[1] in which each part is stacked from all tables
-- of the list.
local function stacked_parts(list)
  local parts = {}
  for key in pairs(list[1]) do
    local column = {}
    for i, row in ipairs(list) do column[i] = row[key] end
    parts[key] = stacked(column)
  end
  return parts
end

--- Stacks the results of all rows as Tensors in the shape of one result. A
-- number, or an array of equal parts without names, becomes one Tensor.
function stacked(list)
  local ok, t = attempt(Tensor, list)
  if ok and #tree.leaves(t:totable()) == #tree.leaves(list) then return t end
  return stacked_parts(list)
end

--- Calls the model for each row and returns its stacked results in a list.
local function predict_eagerly(call, data)
  local list, shape = {}, nil
  for i = 1, data.count do
    local paths = {}
    list[i] = faithful.floats(call(data.row(i)))
    tree.leaves(list[i], {}, "result", paths)
    shape = shape or table.concat(paths, " ")
    if table.concat(paths, " ") ~= shape then
      fail(("predict: what the model returns for row %d is not shaped as for "
        .. "the first"):format(i))
    end
  end
  return stacked_parts(list)
end

--- Returns the results of all rows as a batch with these options would: the
-- batch is that of a Program that returns its arguments.
local function with_options(outputs, opts)
  local program = compile({captured = "constant"}, function(...) return ... end,
    unpack(rows.row(outputs, 1)))
  return program:batch(outputs, opts)
end

--- Raises an error for options that predict does not take. The batch tests the
-- rest.
local function check_options(opts)
  options.check(options.schemas.BatchOptions, 2, "predict", opts, 3)
  if opts and opts.shared ~= nil then
    errors.option("shared", "predict", "nothing expected, as all inputs have "
      .. "rows, got " .. errors.got(opts.shared), 3)
  end
end

--- Returns what the model gives for the rows of a data set, in one batch. If
-- the batch differs from what the model itself gives for a sample of 32 rows
-- (it says `x == 1`, or draws random numbers), or if the model cannot be
-- recorded, the model is called row by row; the options have the same effect.
--
--     local neuron = tinygrad.nn.Neuron(1, {activation = "linear"})
--     neuron.w[1].data, neuron.b.data = 2, 1
--     print(neuron:predict {{1}, {2}, {3}})
--     --> Tensor(3)
--     --> [3, 5, 7]
---@param xs any a Tensor or table of rows, or a table of columns by name
---@param opts? tinygrad.BatchOptions threads, rows, ...; not shared
---@return any ... Tensors in the shape of the outputs, rows first
---@raise xs or an option is not as described; the model returns outputs of
-- another shape for another row
function Model:predict(xs, opts)
  check_options(opts)
  local is_read, data = attempt(rows.read, "predict", "xs", xs)
  if not is_read then error(data, 2) end
  local call = faithful.lenient(function(x) return {self(x)} end)
  local ok, program = attempt(self.compile, self, data.row(1))
  if ok and agrees(call, program, data) then
    return program:batch({data.inputs}, opts)
  end
  local outputs = predict_eagerly(call, data)
  if opts then return with_options(outputs, opts) end
  return unpack(outputs)
end

-- Making models -------------------------------------------------------------

--- Makes a class of models.
---@param forward fun(self: table, ...: any): any what a call of the model does
---@param tostring_model? fun(self: table): string
---@param what? string "an MLP": unknown names in such a model are errors.
-- Without it they are nil, as a program may give its own model fields
---@return table metatable
function module.class(forward, tostring_model, what)
  return {methods = Model, __index = what and names.index(what, Model) or Model,
    __call = forward, __tostring = tostring_model}
end

local function describe(self)
  return ("Model(%d parameters)"):format(#self:parameters())
end

--- Makes a model of your own.
--
--     local Value, nn = tinygrad.Value, tinygrad.nn
--     local line = nn.module({slope = Value(1), offset = Value(0)},
--       function(self, x) return self.slope * x + self.offset end)
--     nn.train(line, nn.squared_error, {x = {0, 1, 2}, y = {1, 3, 5}},
--       {epochs = 500, lr = 0.1})
--     print(("%.3f %.3f"):format(line.slope.data, line.offset.data))
--     --> 2.000 1.000
---@param fields table with the model's parameters, Values, and whatever else it
-- needs; it becomes the model
---@param forward fun(self: table, ...: any): any what a call of the model does
---@return tinygrad.Model fields
---@raise fields has a metatable or contains itself; forward is not a function
function module.new(fields, forward)
  if type(fields) ~= "table" or getmetatable(fields) then
    errors.argument(1, "module", "plain table", type(fields) == "table"
      and "one with a metatable" or tree.typename(fields), 2)
  end
  if type(forward) ~= "function" then
    errors.argument(2, "module", "function", tree.typename(forward), 2)
  end
  return module.label(setmetatable(fields, module.class(forward, describe)))
end

--- Tells whether x is a model made by this library.
---@param x any
---@return boolean
function module.is(x)
  local metatable = type(x) == "table" and getmetatable(x)
  return type(metatable) == "table" and metatable.methods == Model
end

module.methods = Model

return module
