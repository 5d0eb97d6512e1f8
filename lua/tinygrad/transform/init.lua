--- tinygrad.transform: functions that make derivatives of functions. Lives with
-- the base library alone.
--
-- The functions may branch and loop like any Lua function. Arguments and
-- results are numbers or nested tables of numbers; anything else in them passes
-- through (base/tree.lua says what is an error). A transform may be used inside
-- a function that another transform differentiates. Its results are then
-- Values, and derivatives are right to any order.
--
-- A Value that the function captures is a constant: its own gradient is neither
-- computed nor changed. The variables of a transform around this one are no
-- constants: derivatives flow through them.
--
-- The option `argnums`, a position or a list of positions, chooses the
-- arguments to differentiate and the order of their derivatives. Without it,
-- all arguments that hold numbers are differentiated. Other arguments are
-- handed on as they are.

local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local kinds = require "tinygrad.base.kinds"
local options = require "tinygrad.base.options"
local call_shielded = require "tinygrad.base.shielded"
local tree = require "tinygrad.base.tree"
core.library()

local format, unpack = core.format, core.unpack

--- Raises an error at a line of the user's program.
local function fail(text, ...) return core.fail(format(text, ...)) end

local transform = {}

local function check_function(f, name)
  if not tree.is_callable(f) then
    errors.argument(1, name, "function", tree.typename(f)
      .. (tree.is_leaf(f) and "; give it f itself, not f(x)" or ""), 3)
  end
end

--- Raises the error for a function that does not return one number.
local function bad_scalar(name, y, level)
  error(format("%s: the function must return one number, it returned %s%s",
    name, tree.returned(y), type(y) == "table"
    and "; jacobian takes such a function" or ""), level + 1)
end

--- Replaces the numbers among the arguments of one call by variables. Returns a
-- table of
--   args       what to call the function with
--   n          the number of arguments
--   trees      the differentiated arguments, as the caller gave them
--   variables  a new Value for each leaf of these
--   flat       the set of the trees that are plain arrays
--   outer      whether a leaf was a Value, so that results must be Values
---@param chosen integer[]? positions of the arguments to differentiate
local function open(chosen, name, n, ...)
  local args = {...}
  local trees, variables, flat, outer = {}, {}, {}, false
  local function variable(leaf)
    if type(leaf) ~= "number" then outer = true end
    local new = core.variable(leaf)
    variables[#variables + 1] = new
    return new
  end
  local function open_argument(i)
    local arg = args[i]
    local array = core.array_variables(arg, variables)
    if array then
      args[i], flat[arg] = array, true
    elseif tree.is_leaf(arg) then
      args[i] = variable(arg)
    else
      args[i] = tree.map_leaves(arg, variable, format("argument %d", i), name)
    end
    return arg
  end
  for k, i in ipairs(chosen or {}) do
    if i > n then
      fail("%s: argument %d is to be differentiated, but the call has only %d",
        name, i, n)
    end
    trees[k] = open_argument(i)
    if type(args[i]) ~= "table" and not core.is_value(args[i]) then
      fail("%s: argument %d is to be differentiated, but it is %s", name, i,
        tree.described(args[i]))
    end
  end
  for i = 1, chosen and 0 or n do
    local before = #variables
    local arg = open_argument(i)
    if #variables > before then trees[#trees + 1] = arg end
  end
  return {n = n, args = args, trees = trees, variables = variables,
    flat = flat, outer = outer}
end

local function detached(result)
  return tree.map(result, function(leaf)
    return core.is_value(leaf) and leaf:detach() or leaf
  end)
end

local function all_detached(...)
  local results, n = {...}, select("#", ...)
  for i = 1, n do results[i] = detached(results[i]) end
  return unpack(results, 1, n)
end

--- Makes the function of a transform: a no_grad around its call does not affect
-- the computation, only the results, which it detaches.
local function shielded(g)
  return function(...)
    if core.mode_level("no_grad") == 0 then return g(...) end
    return all_detached(call_shielded(g, ...))
  end
end

local function evaluate(f, call)
  return f(unpack(call.args, 1, call.n))
end

--- Calls f, which must return one number.
local function evaluate_scalar(f, call, name)
  local y = evaluate(f, call)
  if not tree.is_leaf(y) then bad_scalar(name, y, 3) end
  return y
end

--- The derivatives of y with respect to the variables of a call, as a list, and
-- whether they may be Values. With the mode "auto" they are numbers, unless a
-- transform around this one or a Value among the arguments needs Values; with
-- "graph" they are Values.
local function gradients(y, call, mode)
  if not core.is_value(y) then
    local zeros = {}
    for i = 1, #call.variables do zeros[i] = 0 end
    return zeros, false
  end
  return core.gradients(y, call.variables, 1, call.outer and "graph" or mode)
end

--- Turns a list with an element for each variable into trees, one for each
-- differentiated argument.
local function shaped(call, list)
  local trees, next = {}, 1
  if #call.trees == 1 and call.flat[call.trees[1]] then return {list} end
  for k, arg in ipairs(call.trees) do
    if type(arg) == "number" then
      trees[k], next = list[next], next + 1
    else
      trees[k], next = tree.replace(arg, list, next)
    end
  end
  return trees
end

--- Turns results into what the caller gets: numbers, or Values for a transform
-- around this one.
local function closed(result, as_values)
  if as_values then return result end
  return tree.map_leaves(result, function(leaf)
    return core.is_value(leaf) and leaf.data or leaf
  end)
end

--- Makes a list of the numbers and Values that a function returned.
local function result_leaves(result, name)
  return tree.leaves(result, nil, "the result", nil, name)
end

local function check_number(name, y)
  if tree.is_leaf(y) then return y end
  bad_scalar(name, y, 3)
end

local function gradient_of(y, ...)
  return core.gradient(check_number("grad", y), ...)
end

local function value_and_gradient_of(y, ...)
  return core.value_and_gradient(check_number("value_and_grad", y), ...)
end

--- Makes a function that returns the gradient of `f`.
--
-- Strings, booleans, functions and so on, as arguments or in tables of
-- arguments, pass through. A string that tonumber takes, or a Tensor, is an
-- error, since no derivative would reach it. This holds for all transforms.
--
--     local df = tinygrad.grad(function(x, y) return x * x * y end)
--     print(("%g %g"):format(df(3, 2))) --> 12 9
---@param f function returns one number; a Value that it captures is a constant
---@param opts? tinygrad.ArgnumsOptions
---@return function g takes f's arguments; returns, for each differentiated
-- argument, the gradient in its shape
---@raise f returns something other than one number; an argument holds a string
-- that tonumber takes, or a Tensor
function transform.grad(f, opts)
  check_function(f, "grad")
  local chosen = options.argnums(2, "grad", opts, 2)
  local function direct(...) return gradient_of((f(...)), ...) end
  return shielded(function(...)
    if not chosen and core.all_numbers(...) then
      return direct(core.variables(...))
    end
    local call = open(chosen, "grad", select("#", ...), ...)
    local y = evaluate_scalar(f, call, "grad")
    local list = gradients(y, call, "auto")
    core.finish(call.variables)
    return unpack(shaped(call, list), 1, #call.trees)
  end)
end

--- Makes a function that returns the value of `f` and its gradient.
--
--     local f = tinygrad.value_and_grad(function(w) return w[1] * w[2] end)
--     local y, dw = f({3, 5})
--     print(("%g; %g %g"):format(y, dw[1], dw[2])) --> 15; 5 3
---@param f function returns one number; a Value that it captures is a constant
---@param opts? tinygrad.ArgnumsOptions as for grad
---@return function g takes f's arguments; returns the value, then what
-- grad(f) returns
---@raise f returns something other than one number
function transform.value_and_grad(f, opts)
  check_function(f, "value_and_grad")
  local chosen = options.argnums(2, "value_and_grad", opts, 2)
  local function direct(...) return value_and_gradient_of((f(...)), ...) end
  return shielded(function(...)
    if not chosen and core.all_numbers(...) then
      return direct(core.variables(...))
    end
    local call = open(chosen, "value_and_grad", select("#", ...), ...)
    local y = evaluate_scalar(f, call, "value_and_grad")
    local list, as_values = gradients(y, call, "auto")
    core.finish(call.variables)
    return closed(y, as_values), unpack(shaped(call, list), 1, #call.trees)
  end)
end

--- Makes the derivative of a function of one number.
--
--     local slope = tinygrad.derivative(function(x) return x ^ 3 end)
--     local curvature = tinygrad.derivative(slope)
--     print(("%g %g"):format(slope(2), curvature(2))) --> 12 12
---@param f fun(x: number): number a function of one number; a Value that it
-- captures is a constant
---@return fun(x: number): number the derivative at x
function transform.derivative(f)
  check_function(f, "derivative")
  local gradient = transform.grad(f, {argnums = 1})
  return shielded(function(x, ...)
    if not tree.is_leaf(x) then
      fail("bad argument #1 to the derivative (number or Value expected, got "
        .. "%s%s)", tree.typename(x), tree.advice(x))
    end
    return (gradient(x, ...))
  end)
end

--- Makes a function that returns the Jacobian of `f`.
--
--     local J = tinygrad.jacobian(function(x)
--       return {x[1] * x[2], x[1] + x[2]}
--     end)({3, 5})
--     print(("%g %g"):format(J[1][1], J[1][2])) --> 5 3
--     print(("%g %g"):format(J[2][1], J[2][2])) --> 1 1
---@param f function returns one number or a nested table of them; a Value that
-- it captures is a constant
---@param opts? tinygrad.ArgnumsOptions as for grad
---@return function g takes f's arguments; returns, for each differentiated
-- argument, f's result with each number replaced by its gradient with respect
-- to the argument: J[i][j] for arrays
function transform.jacobian(f, opts)
  check_function(f, "jacobian")
  local chosen = options.argnums(2, "jacobian", opts, 2)
  return shielded(function(...)
    local call = open(chosen, "jacobian", select("#", ...), ...)
    local result = evaluate(f, call)
    local rows = {}
    for i, y in ipairs(result_leaves(result, "jacobian")) do
      rows[i] = shaped(call, (gradients(y, call, "auto")))
    end
    core.finish(call.variables)
    local jacobians = {}
    for k = 1, #call.trees do
      local i = 0
      jacobians[k] = tree.map_leaves(result, function()
        i = i + 1
        return rows[i][k]
      end)
    end
    return unpack(jacobians, 1, #jacobians)
  end)
end

--- Makes a function that returns the Hessian of `f`.
--
--     local H = tinygrad.hessian(function(x)
--       return x[1] ^ 2 * x[2]
--     end)({3, 5})
--     print(("%g %g"):format(H[1][1], H[1][2])) --> 10 6
--     print(("%g %g"):format(H[2][1], H[2][2])) --> 6 0
---@param f function returns one number; a Value that it captures is a constant
---@param opts? tinygrad.ArgnumsOptions as for grad
---@return function h takes f's arguments. If one argument is differentiated, it
-- returns the Hessian with the argument's shape twice: H[i][j] for an array, a
-- number for a number. If several are, it returns blocks H[k][l] of this kind,
-- for the k-th and the l-th of them
---@raise f returns something other than one number
function transform.hessian(f, opts)
  check_function(f, "hessian")
  local chosen = options.argnums(2, "hessian", opts, 2)
  return shielded(function(...)
    local call = open(chosen, "hessian", select("#", ...), ...)
    local y = evaluate_scalar(f, call, "hessian")
    local rows = {}
    for i, g in ipairs((gradients(y, call, "graph"))) do
      rows[i] = shaped(call, (gradients(g, call, "auto")))
    end
    core.finish(call.variables)
    local submatrices, i = {}, 0
    for k, arg in ipairs(call.trees) do
      local first = i
      submatrices[k] = {}
      for l = 1, #call.trees do
        i = first
        submatrices[k][l] = tree.map_leaves(arg, function()
          i = i + 1
          return rows[i][l]
        end)
      end
    end
    if #submatrices == 1 then return submatrices[1][1] end
    return submatrices
  end)
end

--- Reads a table of arguments or of their tangents. Returns it as a list, and
-- how many elements it has.
local function read_list(given, what, name)
  if type(given) ~= "table" then
    fail("bad argument %s to the %s (table expected, as in {x, y}, got %s)",
      what, name, tree.typename(given))
  end
  local list, n, stray = tree.arguments(given)
  if stray ~= nil then
    fail("bad argument %s to the %s (table expected, as in {x, y}, got one "
      .. "with the key '%s'; put the argument into a list)", what, name,
      tostring(stray))
  end
  return list, n
end

--- Makes a list of tangents or cotangents, which must be where the leaves of
-- another tree are. `what` is their name, `of` that of the other tree.
local function matched(shape, given, name, what, of)
  local list = {}
  local expected, got = tree.match(shape, given, list, what, name)
  if expected then
    fail("%s: %s expected, as in the %s, got %s", name, expected, of, got)
  end
  return list
end

--- Opens the call of a transform that takes a table of arguments and one of
-- tangents. Returns the call, and the tangents of its variables as a list.
local function open_along(args, tangents, name)
  local list, n = read_list(args, "#1", name)
  local given = read_list(tangents, "#2", name)
  local call = open(nil, name, n, unpack(list, 1, n))
  return call, matched(list, given, name, "tangents", "arguments")
end

--- Copies a tree, which its owner may change later.
local function copied(x, name)
  return tree.map(x, function(leaf) return leaf end, name)
end

--- Makes a function that returns the value of `f` and its derivative in a
-- direction.
--
--     local f = tinygrad.jvp(function(x, y) return x * y end)
--     print(("%g %g"):format(f({3, 5}, {1, 0}))) --> 15 5
---@param f function returns one number or a nested table of them; a Value that
-- it captures is a constant
---@return function g takes two tables, f's arguments and tangents with a number
-- in the place of each of theirs; returns f's result and the result's tangent
-- (forward mode)
---@raise the tangents have their numbers in other places than the arguments
function transform.jvp(f)
  check_function(f, "jvp")
  return shielded(function(args, tangents)
    local call, dx = open_along(args, tangents, "jvp")
    local result = evaluate(f, call)
    local ys, outer = {}, call.outer
    for _, x in ipairs(dx) do outer = outer or core.is_value(x) end
    for _, y in ipairs(result_leaves(result, "jvp")) do
      if core.is_value(y) then ys[#ys + 1] = y end
    end
    local root, dy = core.sum(ys), {}
    if #ys > 0 then
      outer = outer or core.is_foreign(root, call.variables)
      dy = core.tangents(root, ys, call.variables, dx, outer)
    end
    core.finish(call.variables)
    local i = 0
    local tangent = tree.map_leaves(result, function(leaf)
      if not core.is_value(leaf) then return 0 end
      i = i + 1
      return dy[i]
    end)
    return closed(result, outer), tangent
  end)
end

--- Makes a function that returns the value of `f` and its pullback.
--
--     local f = tinygrad.vjp(function(x, y) return {x * y, x + y} end)
--     local result, pullback = f({3, 5})
--     print(("%g %g"):format(result[1], result[2])) --> 15 8
--     print(("%g %g"):format(pullback({1, 10}))) --> 15 13
---@param f function returns one number or a nested table of them; a Value that
-- it captures is a constant
---@return function g takes a table of f's arguments; returns f's result and its
-- pullback: a function that takes a cotangent, with a number in the place of
-- each of the result, and returns the cotangents of the arguments (reverse
-- mode)
---@raise the cotangent has its numbers in other places than the result
function transform.vjp(f)
  check_function(f, "vjp")
  return shielded(function(args)
    local given, n = read_list(args, "#1", "vjp")
    given = copied(given, "arguments")
    local call = open(nil, "vjp", n, unpack(given, 1, n))
    local result = evaluate(f, call)
    local ys, shape = result_leaves(result, "vjp"), copied(result)
    local root = core.sum(ys)
    local outer = call.outer
      or core.is_value(root) and core.is_foreign(root, call.variables)
    core.finish(call.variables)
    local pullback = shielded(function(cotangent)
      local seeds = matched(shape, cotangent, "pullback", "cotangent", "result")
      local y, as_values = core.dot(ys, seeds), outer
      for _, seed in ipairs(seeds) do
        as_values = as_values or core.is_value(seed)
      end
      local list = gradients(y, call, as_values and "graph" or "numbers")
      return unpack(shaped(call, list), 1, #call.trees)
    end)
    return closed(result, outer), pullback
  end)
end

--- Makes a function that returns Hessian-vector products of `f`.
--
--     local product = tinygrad.hvp(function(x) return x[1] ^ 2 * x[2] end)
--     local h = product({{3, 5}}, {{1, 0}})
--     print(("%g %g"):format(h[1], h[2])) --> 10 6
---@param f function returns one number; a Value that it captures is a constant
---@return function g takes two tables, f's arguments and tangents with a number
-- in the place of each of theirs; returns, for each argument, the Hessian times
-- the tangents, in its shape (reverse over reverse: the cost does not grow with
-- the size)
---@raise the tangents have their numbers in other places than the arguments
function transform.hvp(f)
  check_function(f, "hvp")
  return shielded(function(args, tangents)
    local call, dx = open_along(args, tangents, "hvp")
    local y = evaluate_scalar(f, call, "hvp")
    local along = core.dot((gradients(y, call, "graph")), dx)
    local list = gradients(along, call, "auto")
    core.finish(call.variables)
    return unpack(shaped(call, list), 1, #call.trees)
  end)
end

local GRADIENTS = options.new("GradientsOptions", {
  {"create_graph", kinds.BOOLEAN, false, "whether the results are Values that "
    .. "can be differentiated again"},
  {"seed", kinds.NUMBER_OR_VALUE, 1, "a factor for all derivatives"},
})

--- Differentiates a Value with respect to chosen Values of its graph.
-- The `grad` fields of leaves stay as they are. Those of results become the
-- derivatives of this pass, as with backward.
--
--     local x = tinygrad.Value(3)
--     local y = x ^ 3
--     local dy = tinygrad.gradients(y, {x}, {create_graph = true})[1]
--     local d2y = tinygrad.gradients(dy, {x})[1]
--     print(("%g %g"):format(dy.data, d2y)) --> 27 18
---@param y table a Value
---@param xs table[] Values that y was computed from
---@param opts? tinygrad.GradientsOptions
---@return any[] gradients one for each of xs, 0 where y does not depend on it:
-- numbers, which are constants to a transform around this call; or Values, with
-- create_graph and in a function that is compiled
function transform.gradients(y, xs, opts)
  if not core.is_value(y) then
    errors.argument(1, "gradients", "Value", tree.typename(y), 2)
  end
  if type(xs) ~= "table" then
    errors.argument_problem(2, "gradients", "table of Values expected, as in "
      .. "{x}, got " .. tree.typename(xs), 2)
  end
  for i, x in pairs(xs) do
    if not core.is_value(x) then
      errors.argument_problem(2, "gradients", format("Value expected at index "
        .. "%s, got %s", tostring(i), tree.typename(x)), 2)
    end
  end
  if not kinds.list_length(xs) then
    errors.argument_problem(2, "gradients", "list of Values expected, as in "
      .. "{x}, got a table with other keys", 2)
  end
  options.check(GRADIENTS, 3, "gradients", opts, 2)
  opts = opts or {}
  local seed = opts.seed == nil and 1 or opts.seed
  -- A recording needs Values: only when its Program runs are they numbers.
  local as_values = opts.create_graph or core.is_recorded(y)
    or core.is_recorded(seed)
  if not as_values and core.is_value(seed) then seed = seed.data end
  local list = core.gradients(y, xs, seed, as_values and "graph" or "numbers")
  if opts.create_graph then
    for i, g in ipairs(list) do
      if not core.is_value(g) then list[i] = core.Value(g) end
    end
  end
  return list
end

return transform
