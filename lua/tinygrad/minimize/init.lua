--- tinygrad.minimize: finds a minimum of a function, with exact derivatives.
--
-- There are two methods: Newton's with the exact Hessian in a trust region
-- (newton.lua), for few variables, and limited-memory BFGS (lbfgs.lua). This
-- file has what they share: options, tests of convergence, results.

local calm = require "tinygrad.base.calm"
local core = require "tinygrad.core"
local faithful = require "tinygrad.support.faithful"
local errors = require "tinygrad.base.errors"
local kinds = require "tinygrad.base.kinds"
local names = require "tinygrad.base.names"
local options_of = require "tinygrad.base.options"
local shielded = require "tinygrad.base.shielded"
local lbfgs = require "tinygrad.minimize.lbfgs"
local newton = require "tinygrad.minimize.newton"
local objectives = require "tinygrad.minimize.objective"
local tree = require "tinygrad.base.tree"
local units = require "tinygrad.minimize.units"
local write = require "tinygrad.support.write"
core.library()

local abs, max, min, huge = math.abs, math.max, math.min, math.huge
local as_list = objectives.as_list

local METHODS = {lbfgs = lbfgs, newton = newton}
local FEW = 30 -- variables up to which Newton's method is chosen
local LONG = 2e5 -- operations of a Hessian for which it is not chosen
local UNBOUNDED = 1e30 -- times the first value, or 1: a fall that has no end
local SMALL_CHANGES = 3 -- of the value, one after another, end the search
local ROUNDING = 1e-12 -- of the value: a decrease that rounding may hide
local SLOPE = 100 -- times gradient_tolerance: the relative change of the value,
-- by the gradient, if a variable changed by its own size, that counts as 0
local GAIN = 1e-10 -- of the value: a gain after which units are changed again

local BOUND = kinds.new("number, or table shaped as x0,", "number|table",
  function(x) return type(x) == "number" or type(x) == "table" end, "number")

local OPTIONS = options_of.new("MinimizeOptions", {
  {"method", kinds.one_of("newton", "lbfgs"), nil, "how to search (if "
    .. "absent: \"newton\" up to 30 variables, unless its Hessian would have "
    .. "over 200,000 operations)"},
  {"lower", BOUND, nil, "lower bounds: a number for all variables, or a table "
    .. "shaped as x0 that may lack some"},
  {"upper", BOUND, nil, "upper bounds: a number for all variables, or a table "
    .. "shaped as x0 that may lack some"},
  {"gradient_tolerance", kinds.TOLERANCE, 1e-8, "the search has converged when "
    .. "no element of the gradient, projected onto the bounds, is larger than "
    .. "this (times the largest at the start, if that is below 1)"},
  {"f_tolerance", kinds.TOLERANCE, 1e-15, "relative change of the value up to "
    .. "which, three times in a row, the search has converged"},
  {"x_tolerance", kinds.TOLERANCE, 2 ^ -52, "step, relative to each variable, "
    .. "up to which the search has converged", shown = "2^-52"},
  {"max_iterations", kinds.COUNT, nil, "iterations after which the search ends "
    .. "(if absent: 1000, and 20 for each variable)"},
  {"max_evaluations", kinds.COUNT, huge, "evaluations after which the search "
    .. "ends", shown = "no limit"},
  {"memory", kinds.COUNT, 10, "steps that \"lbfgs\" remembers"},
  {"callback", kinds.CALLABLE, nil, "called with a table (iteration, "
    .. "evaluations, x, value, gradient_norm, step) at the start and after "
    .. "each iteration, stops the search by returning true",
    type = "fun(state: table): boolean?"},
})

local function shown(x) return write.general(x, 10) end

-- Watching

--- What a method calls at the start and after each step. It tests for
-- convergence, calls the callback, and now and then compares a recorded
-- function with the function itself. A method returns the status and message
-- that it gets.
local Watch = {}
Watch.__index = Watch

local function new_watch(objective, opts, shape_of)
  return setmetatable({objective = objective, opts = opts, iterations = 0,
    shape_of = shape_of, checked = 0}, Watch)
end

function Watch:evaluations_left()
  return self.opts.max_evaluations - self.objective.evaluations
end

function Watch:out_of_evaluations()
  return "max_evaluations", ("%d evaluations were not enough"):format(
    self.opts.max_evaluations)
end

--- Returns the status and message for a point from which no step leads down.
-- promise: the decrease that a full step should have; finite: false if no step
-- led to a finite value.
function Watch:stuck(value, promise, finite)
  if finite == false then
    return "not_finite", "no step leads to a finite value"
  elseif self.norm == 0
      or promise <= max(ROUNDING * abs(value), ROUNDING ^ 2 * self.first) then
    return "converged", "no step changes the value by more than its rounding"
  end
  return "no_progress", "no step was found that lowers the value; are its "
    .. "derivatives right there, and continuous?"
end

function Watch:report(x, value, norm, step)
  self.norm = norm
  if not self.opts.callback then return nil end
  local stop = self.opts.callback {iteration = self.iterations,
    evaluations = self.objective.evaluations, value = value + 0.0,
    gradient_norm = norm + 0.0, step = step + 0.0,
    x = self.shape_of(self.scaled and self.scaled:original(x) or x)}
  if stop == true then return "stopped", "the callback returned true" end
end

function Watch:small_gradient(norm)
  if norm <= self.tolerance and not self.saddle then
    return "converged", norm == 0 and "the gradient is 0"
      or ("the gradient%s, %.2g, is at most %.2g"):format(self.scaled
      and " times the sizes of the variables" or "", norm, self.tolerance)
  end
end

--- Tells whether a recording gives the function's value at x, and remembers x
-- if so. It is asked at the start, after 1, 10, 100, ... iterations, and at the
-- end.
function Watch:trusts(x, value)
  if not self.objective:agrees(x, value) then return false end
  self.trusted = as_list(x)
  return true
end

--- Tests the start of a method. A method may begin several times: tolerances
-- are set at the first.
function Watch:start(x, value, norm)
  if not self:trusts(x, value) then return "distrusted" end
  if not (abs(value) < huge) then
    return "not_finite", "the value at the start is " .. shown(value)
  end
  if not (norm < huge) then
    return "not_finite", "the gradient at the start is not finite"
  end
  if not self.floor then
    self.floor = -UNBOUNDED * max(1, abs(value))
    self.tolerance = self.opts.gradient_tolerance * min(1, norm)
    self.first = abs(value)
  end
  self.small, self.is_short = 0, false
  if self.iterations == 0 then
    local status, message = self:report(x, value, norm, 0)
    if status then return status, message end
  end
  return self:small_gradient(norm)
end

--- Tells whether the step from `before` to x is tiny beside each of the
-- variables.
function Watch:is_tiny(x, before)
  x, before = as_list(x), as_list(before)
  for i = 1, #x do
    if abs(x[i] - before[i]) > self.opts.x_tolerance * abs(before[i]) then
      return false
    end
  end
  return true
end

--- Tests the point to which a step has led. before, old: x and value where the
-- step began; step, size: the lengths of the step and of x; is_short: whether
-- the method wanted to go further.
function Watch:step(x, value, before, old, norm, step, size, is_short)
  local opts = self.opts
  self.iterations = self.iterations + 1
  if value <= self.floor then
    return "unbounded", ("the value fell to %.3g"):format(value)
  end
  if 10 ^ self.checked <= self.iterations then
    self.checked = self.checked + 1
    if not self:trusts(x, value) then return "distrusted" end
  end
  local status, message = self:report(x, value, norm, step)
  if not status then status, message = self:small_gradient(norm) end
  if status then return status, message end
  local change = abs(old - value)
  self.small = change <= opts.f_tolerance * max(abs(old), abs(value))
    and self.small + 1 or 0
  self.is_short = is_short
  if self.small >= SMALL_CHANGES then
    return "converged", ("the value changes by less than %.2g of itself")
      :format(opts.f_tolerance)
  end
  if step <= opts.x_tolerance * size and self:is_tiny(x, before) then
    return "converged", ("the step is less than %.2g of x"):format(
      opts.x_tolerance)
  end
  if self.iterations >= opts.max_iterations then
    return "max_iterations", ("%d iterations were not enough"):format(
      opts.max_iterations)
  end
  if self:evaluations_left() <= 0 then return self:out_of_evaluations() end
end

-- Options

--- Describes what came instead of a number, for errors.
local function described(x) return errors.got(x) .. tree.advice(x) end

local function read_options(opts, n)
  local all = options_of.read(OPTIONS, 3, "minimize", opts, 3)
  all.max_iterations = all.max_iterations or 1000 + 20 * n
  return all
end

--- Returns the lower or the upper bounds as a list; a variable that the option
-- does not name gets the bound `none`.
local function read_bound(name, given, paths, none)
  local list, at = {}, {}
  for i, path in ipairs(paths) do
    list[i], at[path] = type(given) == "number" and given or none, i
  end
  if type(given) == "table" then
    local numbers, found = tree.contents(given, "x0")
    for k, path in ipairs(found) do
      if not at[path] then
        errors.option(name, "minimize", ("a bound for %s, which x0 does not "
          .. "have"):format(path), 4)
      end
      if numbers[k] ~= nil then list[at[path]] = numbers[k] end
    end
  end
  for i, bound in ipairs(list) do
    if type(bound) ~= "number" or bound ~= bound or bound == -none then
      errors.option(name, "minimize", ("number expected for %s, got %s"):format(
        paths[i], described(bound)), 4)
    end
    list[i] = bound + 0.0
  end
  return list
end

local function read_bounds(opts, paths)
  if opts.lower == nil and opts.upper == nil then return nil end
  local lower = read_bound("lower", opts.lower, paths, -huge)
  local upper = read_bound("upper", opts.upper, paths, huge)
  for i, path in ipairs(paths) do
    if lower[i] > upper[i] then
      error(("the bounds given to 'minimize' exclude each other: for %s the "
        .. "lower is %g, the upper %g"):format(path, lower[i], upper[i]), 3)
    end
  end
  return {lower = lower, upper = upper}
end

--- Returns the numbers of x0 as floats, and their paths.
local function read_start(x0)
  local paths = {}
  local numbers = tree.leaves(x0, {}, "x0", paths,
    "bad argument #2 to 'minimize'")
  for i, x in ipairs(numbers) do
    if type(x) ~= "number" then
      errors.argument_problem(2, "minimize", ("number expected for %s, got %s")
        :format(paths[i], tree.typename(x)), 3)
    end
    numbers[i] = x + 0.0
  end
  if #numbers == 0 then
    errors.argument(2, "minimize", "a number or a table with numbers",
      type(x0) == "table" and "a table without" or tree.typename(x0), 3)
  end
  return numbers, paths
end

--- Moves the start into the bounds. Returns a message if a number is not
-- finite.
local function admit(x, bounds, paths)
  for i = 1, #x do
    if not (abs(x[i]) < huge) then
      return ("%s is %s"):format(paths[i], shown(x[i]))
    end
    if bounds then x[i] = max(bounds.lower[i], min(bounds.upper[i], x[i])) end
  end
end

-- Results

local SHOWN = 8 -- numbers of x in a report

--- What tostring and an index give for a result.
local Result = {}

local index = names.index("a Minimum", {}, names.set {"gradient", "method",
  "mode", "parameters", "reason"})

--- `parameters` is another name of x, the one that fit uses.
function Result.__index(result, key)
  if key == "parameters" then return result.x end
  return index(result, key)
end

function Result.__tostring(result)
  local paths = {}
  local numbers = tree.leaves(result.x, {}, "x", paths)
  local lines = {
    ("minimize: %s (%s)"):format(result.status, result.message),
    ("  value %s, gradient norm %s"):format(shown(result.value),
      write.general(result.gradient_norm, 3)),
    ("  %d iterations, %d evaluations; %s, %s"):format(result.iterations,
      result.evaluations, result.method or "no method",
      result.mode or "not evaluated"),
  }
  for i = 1, min(#numbers, SHOWN) do
    lines[#lines + 1] = ("  %s = %s"):format(paths[i],
      shown(numbers[i]))
  end
  if #numbers > SHOWN then
    lines[#lines + 1] = ("  ... %d more"):format(#numbers - SHOWN)
  end
  return table.concat(lines, "\n")
end

--- Runs a method. If the recording proves wrong, runs it again without the
-- recording, from the last point where the recording was right.
local function run(method, x, bounds, watch)
  local outcome
  repeat
    outcome = method(watch.objective, x, bounds, watch, watch.opts)
    if outcome.status ~= "distrusted"
        and not watch:trusts(outcome.x, outcome.value) then
      outcome.status = "distrusted"
    end
    if outcome.status == "distrusted" then
      watch.objective:distrust(faithful.REASON)
      x = watch.trusted or x
    end
  until outcome.status ~= "distrusted"
  outcome.x, outcome.gradient = as_list(outcome.x), as_list(outcome.gradient)
  return outcome
end

--- Returns the largest element of the gradient, projected onto the bounds.
local function projected_norm(x, gradient, bounds)
  local norm = 0
  for i, g in ipairs(gradient) do
    if bounds then
      g = x[i] - max(bounds.lower[i], min(bounds.upper[i], x[i] - g))
    end
    norm = max(norm, abs(g))
  end
  return norm
end

--- Runs a method on the function in units of the sizes of its variables, and
-- returns the outcome in the variables' own units.
local function run_in_units(method, objective, x, bounds, watch)
  local scaled = units.new(objective, x)
  watch.objective, watch.scaled, watch.trusted = scaled, scaled, nil
  local outcome = run(method, scaled:scaled(x), bounds and {
    lower = scaled:scaled(bounds.lower), upper = scaled:scaled(bounds.upper)},
    watch)
  outcome.x = scaled:original(outcome.x)
  outcome.gradient = scaled:scaled(outcome.gradient)
  outcome.gradient_norm = projected_norm(outcome.x, outcome.gradient, bounds)
  return outcome
end

--- Adds to the outcome's message a variable by which the value's derivative is
-- not finite.
local function blame(outcome, paths)
  for i, g in ipairs(outcome.gradient) do
    if not (abs(g) < huge) then
      outcome.message = ("%s: by %s it is %s"):format(outcome.message, paths[i],
        shown(g))
      return
    end
  end
end

local DONE = {converged = true, no_progress = true}

--- Runs a method. If it finds no further although the gradient is not small
-- beside the sizes of the variables, runs it again in units of these sizes, for
-- as long as that lowers the value.
local function search(method, x, bounds, watch)
  local objective, tolerance = watch.objective, watch.opts.gradient_tolerance
  local outcome, before = run(method, x, bounds, watch), huge
  local function whole() return max(abs(outcome.value), watch.first) end
  local function is_level()
    return units.slope(outcome.x, outcome.gradient, whole(), bounds)
      <= SLOPE * tolerance
  end
  while DONE[outcome.status] and not is_level()
      and before - outcome.value > GAIN * abs(outcome.value) do
    before, watch.tolerance = outcome.value, tolerance * whole()
    outcome = run_in_units(method, objective, outcome.x, bounds, watch)
  end
  if outcome.status == "converged" and watch.is_short and not is_level() then
    outcome.status, outcome.message = "no_progress",
      "steps become shorter and shorter, though the gradient is not 0"
  end
  return outcome
end

--- Returns the name of the method: the one that is asked for, else Newton's for
-- few variables. nil and a message if the function has no Hessian and Newton's
-- method was asked for.
local function choose_method(objective, opts, x)
  local program = objective.program
  local name = opts.method or #x <= FEW
    and (not program or program:stats().operations * #x <= LONG) and "newton"
    or "lbfgs"
  if name == "newton" then
    local ok, message = objective:prepare_hessian(x)
    if not ok then
      if opts.method then return nil, message end
      name = "lbfgs"
    end
  end
  return name
end

--- Searches with arguments that `minimize` has checked.
local function solve(f, x0, x, paths, bounds, opts)
  local function shape_of(list)
    return (tree.replace(x0, as_list(list)))
  end
  local objective, problem = objectives.new(f, x0, x)
  if not objective then return nil, problem end
  local name
  name, problem = choose_method(objective, opts, x)
  if not name then return nil, problem end
  local watch = new_watch(objective, opts, shape_of)
  local outcome = search(METHODS[name], x, bounds, watch)
  if outcome.status == "not_finite" and watch.iterations == 0
      and abs(outcome.value) < huge then
    blame(outcome, paths)
  end
  return {x = shape_of(outcome.x), value = outcome.value,
    gradient = shape_of(outcome.gradient),
    gradient_norm = outcome.gradient_norm, iterations = watch.iterations,
    evaluations = objective.evaluations, hessians = objective.hessians,
    status = outcome.status, message = outcome.message, method = name,
    mode = objective.mode, reason = objective.reason}
end

--- Looks for a minimum of a function of one argument.
--
-- A plain function is recorded as a Program (tinygrad.compile) if it can be;
-- one that branches on its argument is evaluated with Values. In either case it
-- must give the same value for the same argument. A recording is compared with
-- the function at the start, after 1, 10, 100, ... iterations and at the end;
-- if they differ, the search goes on with Values. A function that computes
-- something else for numbers than for Values (`x == 1` is never true of a
-- Value) is an error.
--
-- If the search finds no further although, by the gradient, the value would
-- change if a variable changed by its own size, it goes on in units of the
-- sizes of the variables. `gradient_norm` and `step` of the callback are then
-- in these units, too.
--
-- x0 is moved into the bounds first. What is found is a local minimum; "lbfgs"
-- may also end at another point where the (projected) gradient is 0.
--
--     local r = tinygrad.minimize(function(x)
--       return (x[1] - 1) ^ 2 + (x[2] + 2) ^ 4
--     end, {0, 0}, {upper = {0.5}})
--     print(("%s: %.3f %.1f"):format(r.status, r.x[1], r.x[2]))
--     --> converged: 0.500 -2.0
---@param f any function or Program that returns one number; a Value that it
-- captures counts as a constant
---@param x0 any the start, which is also the shape of f's argument: a number or
-- a nested table of numbers; strings, booleans and functions in it are passed
-- to f as they are, but a string that tonumber takes is an error, and so is a
-- Tensor
---@param opts? tinygrad.MinimizeOptions
---@return table result x (or parameters, as fit calls it), value, gradient
-- (both shaped as x0), gradient_norm (the projected gradient's largest
-- element), iterations, evaluations (of value and gradient), hessians, status,
-- message, method, mode ("compiled" or "eager") and reason (why eager). status
-- is "converged", "max_iterations", "max_evaluations", "stopped" (by the
-- callback), "unbounded" (the value fell below -1e30 times the first value, or
-- 1), "not_finite" (at the start, or everywhere around a point) or
-- "no_progress" (no step lowers the value, though the gradient is not 0)
---@raise an argument is not as described; the bounds exclude each other; the
-- function returns something else than one number, or depends on a Value that
-- is differentiated or recorded around the call
local function minimize(f, x0, opts)
  if not core.is_program(f) and not tree.is_callable(f) then
    errors.argument(1, "minimize", "function or Program", tree.typename(f), 2)
  end
  local x, paths = read_start(x0)
  opts = read_options(opts, #x)
  local bounds = read_bounds(opts, paths)
  local problem = admit(x, bounds, paths)
  if problem then
    return setmetatable({x = x0, value = core.nan, gradient_norm = core.nan,
      iterations = 0, evaluations = 0, hessians = 0, status = "not_finite",
      message = problem}, Result)
  end
  local result
  result, problem = calm(shielded, solve, f, x0, x, paths, bounds, opts)
  if not result then error("minimize: " .. problem, 2) end
  return setmetatable(result, Result)
end

return minimize
