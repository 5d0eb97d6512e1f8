--- tinygrad.fit.regression: what fit and least_squares share. Reads options and
-- parameters, chooses between the recorded function and the function itself,
-- and runs the search.

local attempt = require "tinygrad.base.attempt"
local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local faithful = require "tinygrad.support.faithful"
local levenberg = require "tinygrad.fit.levenberg"
local kinds = require "tinygrad.base.kinds"
local options_of = require "tinygrad.base.options"
local solution = require "tinygrad.fit.solution"
local tree = require "tinygrad.base.tree"
local write = require "tinygrad.support.write"
core.library()

local regression = {}

-- Options --------------------------------------------------------------------

local BOUND = kinds.new("number or table in the shape of the parameters",
  "number|table", function(x)
    return type(x) == "number" or type(x) == "table"
  end, "number")

local AMOUNT = kinds.number("positive number",
  function(x) return x >= 1e-300 and x < math.huge end)

local OPTIONS = options_of.new("FitOptions", {
  {"lower", BOUND, nil, "lower bounds: a number for all parameters, or a table "
    .. "in their shape that may lack some; the start is moved into the bounds"},
  {"upper", BOUND, nil, "upper bounds: a number for all parameters, or a table "
    .. "in their shape that may lack some"},
  {"loss", kinds.one_of("linear", "huber", "soft_l1", "cauchy"), "linear",
    "how much residuals beyond `scale` count"},
  {"scale", AMOUNT, 1, "the size of residuals beyond which `loss` counts them "
    .. "less"},
  {"ftol", kinds.FROM_ZERO, 1e-15, "relative change of the sum of squares "
    .. "below which the search looks whether the gradient is 0, and begins "
    .. "anew from there if it is not"},
  {"xtol", kinds.FROM_ZERO, 1e-12, "relative change of every parameter below "
    .. "which the search looks whether the gradient is 0, and begins anew from "
    .. "there if it is not"},
  {"gtol", kinds.FROM_ZERO, 1e-12, "the part of the residuals that could "
    .. "still be taken away, below which the search has converged"},
  {"max_iterations", kinds.FROM_ZERO, 1000, "iterations after which the search "
    .. "ends"},
  {"max_evaluations", kinds.FROM_ZERO, 10000, "evaluations of the residuals "
    .. "after which the search ends"},
  {"factor", AMOUNT, 10, "how far the first step may go, in lengths of the "
    .. "parameters"},
  {"callback", kinds.CALLABLE, nil, "called with {iteration, value, "
    .. "parameters} after each step; true ends the search",
    type = "fun(state: table): boolean?"},
  {"absolute_sigma", kinds.BOOLEAN, false, "whether residuals are in units of "
    .. "their own standard deviation, which is then not estimated from them "
    .. "(for fit: whether sigma is known, and not only up to a factor)"},
})

local function bad_option(name, option, expected, got)
  errors.option(option, name, ("%s expected, got %s"):format(expected, got), 0)
end

--- Returns a list with a bound for each parameter, from a number or a table in
-- their shape. Parameters that the table lacks get the bound `absent`.
local function read_bounds(name, option, given, parameters, absent)
  local bounds, by_path = {}, {}
  if type(given) == "table" then
    local leaves, paths = tree.contents(given, "p")
    for k, path in ipairs(paths) do by_path[path] = leaves[k] end
  end
  for j, path in ipairs(parameters.paths) do
    local bound = given
    if type(given) == "table" then bound = by_path[path] end
    by_path[path] = nil
    if bound ~= nil and (type(bound) ~= "number" or bound ~= bound) then
      bad_option(name, option, "number for " .. parameters.names[j],
        bound ~= bound and "nan" or tree.typename(bound) .. tree.advice(bound))
    end
    bounds[j] = (bound or absent) + 0.0 -- integers would wrap around
  end
  local extra = type(given) == "table" and next(by_path)
  if extra then
    errors.option(option, name, "there is no parameter "
      .. regression.short(extra), 0)
  end
  return bounds
end

--- Returns the bounds that the options give, as two lists lower and upper; nil
-- if they give none.
local function bounds_of(name, options, parameters)
  if not (options.lower or options.upper) then return nil end
  local lower = read_bounds(name, "lower", options.lower or -math.huge,
    parameters, -math.huge)
  local upper = read_bounds(name, "upper", options.upper or math.huge,
    parameters, math.huge)
  for j, short in ipairs(parameters.names) do
    if lower[j] > upper[j] then
      errors.option("lower", name, ("%s: %.14g is above the upper bound %.14g")
        :format(short, lower[j], upper[j]), 0)
    end
  end
  return {lower = lower, upper = upper}
end

--- Checks the options of a call and returns them as levenberg.search takes
-- them.
---@param name string of the function
---@param opts table|nil
---@param parameters table see read_parameters
---@return table
function regression.read_options(name, opts, parameters)
  local options = options_of.read(OPTIONS, name == "fit" and 4 or 3, name, opts,
    0)
  options.bounds = bounds_of(name, options, parameters)
  options.radius, options.names = options.factor, parameters.names
  return options
end

-- Parameters -----------------------------------------------------------------

--- Returns a parameter's name for messages: its path without "p.", but whole
-- for p[1] and p.
function regression.short(path)
  return (path:gsub("^p%.", ""))
end

--- Checks the parameters of a call and returns tree (p0 with floats), list (the
-- numbers), paths, and names (short ones).
---@param name string of the function
---@param position integer of the argument
---@param p0 any
---@return table
function regression.read_parameters(name, position, p0)
  if type(p0) ~= "number" and type(p0) ~= "table" then
    errors.argument(position, name, "number or table of parameters",
      tree.typename(p0) .. tree.advice(p0), 0)
  end
  local parameters = {list = {}, paths = {}, names = {}}
  tree.map(p0, function(leaf, trail, depth)
    if type(leaf) ~= "number" then
      errors.argument_problem(position, name, ("the parameters must be "
        .. "numbers; there is a %s at %s%s"):format(tree.typename(leaf),
        tree.path(trail, depth), tree.advice(leaf)), 0)
    end
    return leaf
  end, "p")
  parameters.tree = faithful.floats(p0)
  tree.leaves(parameters.tree, parameters.list, "p", parameters.paths)
  if #parameters.list == 0 then
    errors.argument(position, name, "at least one number", "none", 0)
  end
  for j, path in ipairs(parameters.paths) do
    parameters.names[j] = regression.short(path)
  end
  return parameters
end

--- Returns parameters in the shape of p0, from a list of numbers.
function regression.shaped(parameters, list)
  return (tree.replace(parameters.tree, list))
end

--- Returns the start as a list, moved into the bounds as minimize does it; and
-- a message if a number in it is not finite.
local function start_of(parameters, bounds)
  local start, problem = {}, nil
  for j, x in ipairs(parameters.list) do
    if x - x ~= 0 then
      problem = problem or ("the start, %s = %s, is not finite"):format(
        parameters.names[j], write.general(x, 14))
    elseif bounds then
      x = math.max(bounds.lower[j], math.min(bounds.upper[j], x))
    end
    start[j] = x
  end
  return start, problem
end

-- The function, recorded or not ----------------------------------------------

-- A choice holds two problems (see levenberg.search): `eager`, of the function
-- itself, and `compiled`, of its Program, until that proves to be another
-- function. Its fields: problem: the one of the two that is used; mode; reason:
-- why eager; checks: how often the two were compared; seconds: the processor
-- time that this took, nil if the host has no clock.

local os = rawget(_G, "os") -- a host may have left it out
local clock = os and os.clock or function() end

--- Makes the choice for a function. An error of the function is dropped here;
-- it is raised when the function runs eagerly.
---@param compile fun(): table makes the problem of the Program; this problem
-- also has agrees(x), which tells whether the Program is the function at x
---@param eager table the problem of the function
---@return table
function regression.choose(compile, eager)
  local self = {eager = eager, problem = eager, mode = "eager", checks = 0,
    seconds = clock() and 0}
  local ok, made = attempt(compile)
  if ok then
    self.problem, self.compiled, self.mode = made, made, "compiled"
  else
    self.reason = type(made) == "string" and made or nil
  end
  return self
end

--- Compares the Program with the function at x, and changes over to the
-- function if they differ.
local function compare(self, x)
  local start = clock()
  local agrees = self.compiled.agrees(x)
  self.checks = self.checks + 1
  self.seconds = start and self.seconds + (clock() - start)
  if not agrees then
    self.problem, self.compiled, self.mode = self.eager, nil, "eager"
    self.reason = faithful.REASON
  end
end

--- Tells whether the problem in use gives what the function gives at x.
-- Remembers x as the last trusted point.
local function trusts(self, x)
  if not self.compiled or x == self.trusted then return true end
  compare(self, x)
  if not self.compiled then return false end
  self.trusted = x
  return true
end

--- Compares the two at the start, and at a point near it, where an error of the
-- function is no matter.
local function compare_start(self, x, bounds)
  trusts(self, x)
  if self.compiled then attempt(compare, self, faithful.nearby(x, bounds)) end
end

--- Returns the function that levenberg.search calls after each step. It
-- compares the Program with the function after 1, 10, 100, ... iterations, and
-- calls the callback.
local function watcher(choice, parameters, callback, before)
  local next_check = 1
  return function(x, iteration, size)
    iteration = before + iteration
    if iteration >= next_check then
      next_check = next_check * 10
      if not trusts(choice, x) then return true end
    end
    return callback and callback {iteration = iteration, value = size ^ 2,
      parameters = regression.shaped(parameters, x)}
  end
end

local COUNTS = {"iterations", "evaluations", "jacobians"}

--- Runs the search. If the recording proves to be another function, on the way
-- or at the end, the search goes on eagerly from the last point where it was
-- the same.
local function search_on(choice, parameters, start, options)
  local done = {iterations = 0, evaluations = 0, jacobians = 0}
  local search
  compare_start(choice, start, options.bounds)
  repeat
    local problem = choice.problem
    options.watch = watcher(choice, parameters, options.callback,
      done.iterations)
    search = levenberg.search(problem, choice.trusted or start, options)
    for _, name in ipairs(COUNTS) do
      done[name] = done[name] + search[name]
      search[name] = done[name]
    end
  until problem == choice.problem and trusts(choice, search.x)
  return search
end

-- The call of the search -----------------------------------------------------

--- Runs the search and makes its result.
---@param choice table see regression.choose
---@param parameters table
---@param options table
---@param count? integer the number of residuals with a weight (all)
---@return tinygrad.Regression
function regression.solve(choice, parameters, options, count)
  local start, wrong = start_of(parameters, options.bounds)
  local search
  if wrong then
    search = {x = start, r = {}, size = core.nan, status = "bad_start",
      message = wrong, iterations = 0, evaluations = 0, jacobians = 0}
  else
    search = search_on(choice, parameters, start, options)
  end
  local unknown = {}
  for j = 1, #start do unknown[j] = core.nan end
  local result = setmetatable({
    parameters = regression.shaped(parameters, search.x),
    names = parameters.names, value = search.size ^ 2, residuals = search.r,
    status = search.status, message = search.message,
    converged = search.status == "converged", iterations = search.iterations,
    evaluations = search.evaluations, jacobians = search.jacobians,
    mode = choice.mode, reason = choice.reason, checks = choice.checks,
    check_seconds = choice.seconds, covariance = {}, correlation = {},
    undetermined = {}, at_bound = {}, residual_deviation = core.nan,
    degrees_of_freedom = (count or #search.r) - #start,
    standard_errors = regression.shaped(parameters, unknown),
  }, solution.metatable)
  if search.status ~= "bad_start" then
    solution.infer(result, search, parameters, count or #search.r)
  end
  return result
end

return regression
