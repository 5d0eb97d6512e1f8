--- tinygrad.program: Programs, which are functions that were recorded
-- (compile.lua) and run without Lua. Lives with the base library alone.
--
-- A Program takes and returns what its function did: numbers or nested tables
-- of numbers, shaped like the examples. Inside it, arguments and results are
-- flat lists; this file keeps their shapes. In `results`, each number of a tree
-- is the position of that result in the flat list.

local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local lazy = require "tinygrad.base.lazy"
local options = require "tinygrad.base.options"
local tree = require "tinygrad.base.tree"
core.library()

local format, unpack = core.format, core.unpack

local MODULES = {batch = "tinygrad.program.batch",
  emit_c = "tinygrad.program.emit", save = "tinygrad.program.save",
  to_string = "tinygrad.program.save"}

---@class tinygrad.Program
local Program = {}

lazy.fields(Program, MODULES, function(name)
  local advice = core.nearest(Program, tostring(name))
  if advice == "" then advice = core.nearest(MODULES, tostring(name)) end
  error(format("a Program has no field '%s'%s", tostring(name), advice), 3)
end)

--- Returns the shapes of the Program whose method `name` was called. The method
-- may have been called with a dot, without a Program: that is an error.
local function shapes_of(program, name)
  if not core.is_program(program) then
    errors.no_object(name, "Program", "p", program, 3)
  end
  return core.get_shapes(program)
end

--- Copies a tree with the numbers first, first + 1, ... in place of its own.
-- Returns the copy and the number after the last.
local function numbered(x, first)
  local i = first - 1
  return tree.map_leaves(x, function()
    i = i + 1
    return i
  end), i + 1
end

--- Copies a tree with 0 for all its numbers, which is how shapes store
-- arguments.
local function zeros_like(x)
  return tree.map_leaves(x, function() return 0 end)
end

local function all_numbers(list)
  for i, x in ipairs(list) do
    if type(x) ~= "number" then return false, i end
  end
  return true
end

--- Numbers the positions of several trees, counting on from tree to tree.
local function all_numbered(trees)
  local results, first = {}, 1
  for i, shape in ipairs(trees) do
    results[i], first = numbered(shape, first)
  end
  return results
end

--- Gives a Program its shapes, by which it is called.
---@param program tinygrad.Program a Program without shapes
---@param args any[] a tree for each argument
---@param results any[] a tree of positions for each result
---@param captured tinygrad.Value[] further inputs at each call; its field
-- `outer` is true if some of them are differentiated or recorded around the
-- Program and must stay Values
---@param names string[] the names of the arguments
---@param labels string[] what the results are, for people to read
local function with_shapes(program, args, results, captured, names, labels)
  local shapes = {args = args, results = results, captured = captured,
    names = names, labels = labels, counts = {}}
  for i, arg in ipairs(args) do shapes.counts[i] = #tree.leaves(arg) end
  shapes.batchable = core.set_shapes(program, shapes, all_numbered(args),
    results, #captured == 0 and all_numbers(args) and all_numbers(results))
  return program
end

--- Gives a Program that a host has lent the shapes of a function that takes one
-- array and returns a number or an array.
local function lent(program)
  local counts = core.stats(program)
  local inputs, results = {}, {}
  for i = 1, counts.inputs do inputs[i] = 0 end
  for i = 1, counts.results do results[i] = i end
  if #results == 1 then results = 1 end
  return with_shapes(program, {inputs}, {results}, {}, {"x"}, {"result"})
end

--- Makes a list of the numbers and Values in the arguments of a call.
local function flatten_arguments(shapes, n, ...)
  local list = {}
  if n ~= #shapes.args then
    core.fail(format("the Program takes %d argument%s, got %d", #shapes.args,
      #shapes.args == 1 and "" or "s", n))
  end
  for i = 1, n do
    local expected, got = tree.match(shapes.args[i], (select(i, ...)), list,
      format("argument %d", i), "the Program")
    if expected then
      core.fail(format("bad argument #%d to the Program (%s expected, as in "
        .. "the example it was compiled with%s)", i, expected,
        got == "nil" and "" or "; got " .. got))
    end
  end
  return list
end

--- Whether the captured Values of a Program must stay Values: derivatives flow
-- through them, or they are being recorded.
local function keeps_values(captured)
  return captured.outer or #captured > 0 and core.mode_level("recording") > 0
end

local function unflatten(shapes, list)
  local results = {}
  for i, shape in ipairs(shapes.results) do
    results[i] = tree.map_leaves(shape, function(position)
      return list[position]
    end)
  end
  return unpack(results, 1, #results)
end

--- Calls a Program. The core calls it without this function if all arguments
-- and results are plain numbers.
local function call_program(program, ...)
  local shapes = core.get_shapes(program)
  local list = flatten_arguments(shapes, select("#", ...), ...)
  local captured, n = shapes.captured, #list
  local as_values = not all_numbers(list) or keeps_values(captured)
  for i, value in ipairs(captured) do
    list[n + i] = as_values and value or value.data
  end
  if as_values then return unflatten(shapes, core.expand(program, list)) end
  return unflatten(shapes, core.run(program, list, {}))
end

--- Returns the positions of the arguments to differentiate, in order: those
-- that the option names, or all that hold numbers.
local function chosen_arguments(shapes, opts, name)
  local argnums = options.argnums(1, name, opts, 4, #shapes.args)
  if argnums then return argnums end
  argnums = {}
  for i, count in ipairs(shapes.counts) do
    if count > 0 then argnums[#argnums + 1] = i end
  end
  return argnums
end

--- Returns the arguments to differentiate: their trees, the positions of their
-- numbers among the inputs, and their names.
local function chosen_inputs(shapes, opts, name)
  local trees, wrt, names = {}, {}, {}
  local before = {0} -- numbers before each argument
  for i, count in ipairs(shapes.counts) do before[i + 1] = before[i] + count end
  for k, i in ipairs(chosen_arguments(shapes, opts, name)) do
    trees[k], names[k] = shapes.args[i], shapes.names[i]
    if shapes.counts[i] == 0 and type(trees[k]) ~= "table" then
      core.fail(format("%s: argument %d is to be differentiated, but it is %s",
        name, i, tree.described(trees[k])))
    end
    for input = before[i] + 1, before[i + 1] do wrt[#wrt + 1] = input end
  end
  return trees, wrt, names
end

--- Makes the labels of the derivatives of the only result with respect to the
-- arguments `names`.
local function derivative_labels(shapes, names)
  local labels = {}
  for i, name in ipairs(names) do
    labels[i] = format("d %s / d %s", shapes.labels[1], name)
  end
  return labels
end

--- Raises an error unless the Program has one result. `level` is that of the
-- method that asks, as seen from here.
local function check_one_result(shapes, name, level)
  if #shapes.results ~= 1 then
    error(format("%s: the function must return one result, it returns %d",
      name, #shapes.results), (level or 2) + 1)
  end
end

local function check_scalar(shapes, name)
  check_one_result(shapes, name, 3)
  if type(shapes.results[1]) ~= "number" then
    error(format("%s: the function must return one number, it returned a "
      .. "table; jacobian takes any result", name), 3)
  end
end

local function prepend(first, list)
  for i = #list, 1, -1 do list[i + 1] = list[i] end
  list[1] = first
  return list
end

--- Numbers the positions in the trees of a gradient, from `first` on.
local function gradient_trees(trees, first)
  local results = {}
  for k, shape in ipairs(trees) do
    results[k], first = numbered(shape, first)
  end
  return results
end

--- Makes the Program of the gradient; arguments and results are those of
-- tinygrad.grad.
--
--     local p = tinygrad.compile(function(x) return x ^ 3 end, 1)
--     print(p:grad()(2) == 12, p:grad():grad()(2) == 12) --> true true
---@param opts? tinygrad.ArgnumsOptions
---@return tinygrad.Program
---@raise the function returns something other than one number
function Program:grad(opts)
  local shapes = shapes_of(self, "grad")
  check_scalar(shapes, "grad")
  local trees, wrt, names = chosen_inputs(shapes, opts, "grad")
  return with_shapes(core.derive(self, "grad", wrt), shapes.args,
    gradient_trees(trees, 1), shapes.captured, shapes.names,
    derivative_labels(shapes, names))
end

--- Makes the Program of the value and the gradient, as tinygrad.value_and_grad
-- returns them.
--
--     local p = tinygrad.compile(function(x, y) return x * y end, 1, 1)
--     print(("%g %g"):format(p:value_and_grad {argnums = 2}(3, 5))) --> 15 3
---@param opts? tinygrad.ArgnumsOptions as for grad
---@return tinygrad.Program
---@raise the function returns something other than one number
function Program:value_and_grad(opts)
  local shapes = shapes_of(self, "value_and_grad")
  check_scalar(shapes, "value_and_grad")
  local trees, wrt, names = chosen_inputs(shapes, opts, "value_and_grad")
  local results = prepend(1, gradient_trees(trees, 2))
  local labels = prepend(shapes.labels[1], derivative_labels(shapes, names))
  return with_shapes(core.derive(self, "value_and_grad", wrt), shapes.args,
    results, shapes.captured, shapes.names, labels)
end

--- Makes the Program of the Jacobian, as tinygrad.jacobian returns it.
--
--     local function f(x, y) return {x * y, x + y} end
--     local p = tinygrad.compile(f, 1, 1)
--     local dx, dy = p:jacobian()(3, 5)
--     print(("%g %g; %g %g"):format(dx[1], dx[2], dy[1], dy[2])) --> 5 1; 3 1
---@param opts? tinygrad.ArgnumsOptions as for grad
---@return tinygrad.Program
function Program:jacobian(opts)
  local shapes = shapes_of(self, "jacobian")
  check_one_result(shapes, "jacobian")
  local trees, wrt, names = chosen_inputs(shapes, opts, "jacobian")
  local results, first = {}, 1
  for k, shape in ipairs(trees) do
    local _, after = numbered(shape, first)
    results[k] = tree.map_leaves(shapes.results[1], function(row)
      return (numbered(shape, (row - 1) * #wrt + first))
    end)
    first = after
  end
  return with_shapes(core.derive(self, "jacobian", wrt), shapes.args, results,
    shapes.captured, shapes.names, derivative_labels(shapes, names))
end

--- Makes the Program of the Hessian, as tinygrad.hessian returns it.
--
--     local function f(x) return x[1] ^ 2 * x[2] end
--     local p = tinygrad.compile(f, {1, 1})
--     local H = p:hessian()({3, 5})
--     print(("%g %g %g"):format(H[1][1], H[1][2], H[2][2])) --> 10 6 0
---@param opts? tinygrad.ArgnumsOptions as for grad
---@return tinygrad.Program
---@raise the function returns something other than one number
function Program:hessian(opts)
  local shapes = shapes_of(self, "hessian")
  check_scalar(shapes, "hessian")
  local trees, wrt = chosen_inputs(shapes, opts, "hessian")
  local rows = gradient_trees(trees, 1)
  local submatrices = {}
  for k in ipairs(trees) do
    submatrices[k] = {}
    for l in ipairs(trees) do
      submatrices[k][l] = tree.map_leaves(rows[k], function(row)
        return tree.map_leaves(rows[l], function(column)
          return (row - 1) * #wrt + column
        end)
      end)
    end
  end
  return with_shapes(core.derive(self, "hessian", wrt), shapes.args,
    {#trees == 1 and submatrices[1][1] or submatrices}, shapes.captured,
    shapes.names, {"Hessian of " .. shapes.labels[1]})
end

local TANGENT_NAMES = {"arguments", "tangents"}
local COTANGENT_NAMES = {"arguments", "cotangent"}

--- Raises an error for a Program with captured inputs, if these do not stay
-- Values: jvp, vjp and hvp have no place for them.
local function check_products(shapes, name)
  if #shapes.captured > 0 and not shapes.captured.outer then
    error(format("%s: not available for a Program with captured inputs; "
      .. "compile with captured = \"constant\"", name), 3)
  end
end

--- Makes the Program of the value and the directional derivative, as
-- tinygrad.jvp.
-- It takes a table of the arguments and a table of their tangents.
--
--     local p = tinygrad.compile(function(x, y) return x * y end, 1, 1)
--     print(("%g %g"):format(p:jvp()({3, 5}, {1, 0}))) --> 15 5
---@return tinygrad.Program
---@raise the Program captured Values, with "input", that are not differentiated
-- or recorded around it
function Program:jvp()
  local shapes = shapes_of(self, "jvp")
  check_one_result(shapes, "jvp")
  check_products(shapes, "jvp")
  local _, wrt = chosen_inputs(shapes, nil, "jvp")
  local _, after = numbered(shapes.results[1], 1)
  local tangent = tree.map_leaves(shapes.results[1], function(position)
    return position + after - 1
  end)
  return with_shapes(core.derive(self, "jvp", wrt, #shapes.captured),
    {shapes.args, shapes.args}, {shapes.results[1], tangent}, shapes.captured,
    TANGENT_NAMES, {shapes.labels[1], "tangent of " .. shapes.labels[1]})
end

--- Makes the Program of the value and the pullback, as tinygrad.vjp.
-- It takes a table of the arguments, and a cotangent in the shape of the
-- result; it returns the result and the cotangents of the arguments.
--
--     local function f(x, y) return {x * y, x + y} end
--     local p = tinygrad.compile(f, 1, 1)
--     local y, dx, dy = p:vjp()({3, 5}, {1, 10})
--     print(("%g %g; %g %g"):format(y[1], y[2], dx, dy)) --> 15 8; 15 13
---@return tinygrad.Program
---@raise the Program captured Values, with "input", that are not differentiated
-- or recorded around it
function Program:vjp()
  local shapes = shapes_of(self, "vjp")
  check_one_result(shapes, "vjp")
  check_products(shapes, "vjp")
  local trees, wrt, names = chosen_inputs(shapes, nil, "vjp")
  local result, labels = shapes.results[1], {shapes.labels[1]}
  for i, name in ipairs(names) do labels[i + 1] = "cotangent of " .. name end
  return with_shapes(core.derive(self, "vjp", wrt, #shapes.captured,
      tree.leaves(result)),
    {shapes.args, zeros_like(result)},
    prepend(result, gradient_trees(trees, core.stats(self).results + 1)),
    shapes.captured, COTANGENT_NAMES, labels)
end

--- Makes the Program of Hessian-vector products, as tinygrad.hvp.
-- It takes a table of the arguments and a table of their tangents.
--
--     local function f(x) return x[1] ^ 2 * x[2] end
--     local p = tinygrad.compile(f, {1, 1})
--     local h = p:hvp()({{3, 5}}, {{1, 0}})
--     print(("%g %g"):format(h[1], h[2])) --> 10 6
---@return tinygrad.Program
---@raise the Program captured Values, with "input", that are not differentiated
-- or recorded around it
function Program:hvp()
  local shapes = shapes_of(self, "hvp")
  check_scalar(shapes, "hvp")
  check_products(shapes, "hvp")
  local trees, wrt = chosen_inputs(shapes, nil, "hvp")
  return with_shapes(core.derive(self, "hvp", wrt, #shapes.captured),
    {shapes.args, shapes.args}, gradient_trees(trees, 1), shapes.captured,
    TANGENT_NAMES, {format("Hessian of %s times tangents", shapes.labels[1])})
end

--- Returns all instructions as text, a line each: x1 is an input, %1 a slot.
-- (tostring of a Program gives this text, too, but of many instructions only
-- the first and the last.)
--
--     local p = tinygrad.compile(function(x, y) return x * y + x end, 1, 1)
--     print(p:listing())
--     --> Program: 2 inputs, 1 results, 3 slots
--     -->   %1 = madd x1 x2 x1
--     -->   return %1
---@return string
function Program:listing()
  shapes_of(self, "listing")
  return core.listing(self)
end

--- Returns counts: inputs, results, constants, slots (numbers in a workspace),
-- operations, operations_before simplification, wide (instructions that stand
-- for several operations), bytes, and by_operation, a table by name.
--
--     local p = tinygrad.compile(function(x, y) return x * y + x end, 1, 1)
--     print(("%d %d"):format(p:stats().inputs, p:stats().operations)) --> 2 1
---@return table keyed by the names above
function Program:stats()
  shapes_of(self, "stats")
  return core.stats(self)
end

core.program_type(Program, call_program)

return {
  keeps_values = keeps_values,
  lent = lent,
  methods = Program,
  zeros_like = zeros_like,
  numbered = numbered,
  shapes_of = shapes_of,
  with_shapes = with_shapes,
}
