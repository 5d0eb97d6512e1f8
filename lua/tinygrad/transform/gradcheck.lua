--- tinygrad.transform.gradcheck: compares derivatives with numerical ones.

local attempt = require "tinygrad.base.attempt"
local calm = require "tinygrad.base.calm"
local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local kinds = require "tinygrad.base.kinds"
local names_of = require "tinygrad.base.names"
local options_of = require "tinygrad.base.options"
local shielded = require "tinygrad.base.shielded"
local transform = require "tinygrad.transform"
local tree = require "tinygrad.base.tree"
local write = require "tinygrad.support.write"
core.library()

local unpack = core.unpack

--- The relative step of differences: the cube root of double precision's
-- epsilon, which balances the rounding and the truncation error of a central
-- difference.
local STEP = 6.0554544523933429e-06
local EPSILON = 2.220446049250313e-16

--- How many smaller steps are tried if the differences at the first step do not
-- settle the matter, and how much smaller each is.
local FINER_STEPS, FINER = 4, 1 / 8

--- The relative gap below which one-sided differences are not examined further
-- when the derivative is right.
local SUSPICIOUS = 1e-3

local LONG_REPORT = 20 -- inputs; of more, the right ones are left out

local NAN = core.nan

---@class tinygrad.GradcheckInput
---@field path string the input's name: `params.w[2][3]`
---@field value number the input's value
---@field automatic number the derivative by tinygrad
---@field numerical number the derivative by central differences
---@field error number |automatic - numerical| / max(1, |automatic|,
-- |numerical|)
---@field ok boolean whether the error is within the tolerance
---@field kink boolean whether the differences to the left and to the right do
-- not approach one value: there is a kink, a jump, or the end of the domain
---@field left number the difference to the left, at the step of `numerical`
---@field right number the difference to the right, at the step of `numerical`
---@field detached boolean whether the result is a plain number, not a Value
---@field output? string what was differentiated, if there is not just one
-- result: `result[2]`, or in the second order the first derivative; of several
-- outputs, the one with the largest error

---@class tinygrad.GradcheckReport
---@field ok boolean whether every input is right and the function is
-- deterministic, consistent and finite
---@field max_error number the largest error
---@field tolerance number the largest error allowed
---@field deterministic boolean whether two calls at the same point gave equal
-- results
---@field consistent boolean whether numbers gave the results of Values (true if
-- the function does not take numbers)
---@field finite boolean whether the results at the point are finite
---@field inputs tinygrad.GradcheckInput[] one for each number, in order
---@field second? tinygrad.GradcheckInput[] the inputs for the gradient of the
-- gradient, with order = 2
---@field operations tinygrad.GradcheckInput[] the operands of custom operations
-- whose partial is wrong, if an input is wrong: `operand 1 of 'cube'`
---@field suspects string[] the names of all custom operations, if only the
-- second order is wrong

-- Differences ---------------------------------------------------------------

local function is_finite(x)
  return x - x == 0
end

local function relative_error(a, b)
  if a == b then return 0 end
  if not (is_finite(a) and is_finite(b)) then return math.huge end
  return math.abs(a - b) / math.max(1, math.abs(a), math.abs(b))
end

local function number_of(x)
  return core.is_value(x) and x.data or x
end

local function values_of(point)
  local values = {}
  for i, x in ipairs(point) do values[i] = core.Value(x) end
  return values
end

--- Returns the numbers that a list function gives at a list of numbers. A list
-- function takes a list of Values and returns a list of Values and numbers; the
-- check is made of these functions.
local function numbers_at(f, point)
  local ys = {}
  for j, y in ipairs(f(values_of(point))) do ys[j] = number_of(y) end
  return ys
end

--- Returns the results of a list function as numbers, their derivatives J[j][i]
-- by tinygrad, and which results are plain numbers.
local function automatic(f, point)
  local values, ys, jacobian, detached = values_of(point), {}, {}, {}
  for j, y in ipairs(f(values)) do
    ys[j], jacobian[j], detached[j] = number_of(y), {}, not core.is_value(y)
    if detached[j] then
      for i = 1, #values do jacobian[j][i] = 0 end
    else
      jacobian[j] = transform.gradients(y, values)
    end
  end
  return ys, jacobian, detached
end

--- Makes the list function of all first derivatives of a list function.
local function derivative_of(f)
  return function(xs)
    local gradients = {}
    for _, y in ipairs(f(xs)) do
      local of_y = core.is_value(y)
        and transform.gradients(y, xs, {create_graph = true})
      for i = 1, #xs do gradients[#gradients + 1] = of_y and of_y[i] or 0 end
    end
    return gradients
  end
end

--- Returns the differences of every result when input i moves by `step` to
-- either side.
local function differences(check, i, step)
  local x, high, low = check.point[i], {}, {}
  for k, value in ipairs(check.point) do high[k], low[k] = value, value end
  high[i], low[i] = x + step, x - step -- the differences below see the rounding
  local above, below = numbers_at(check.f, high), numbers_at(check.f, low)
  local list = {}
  for j, y in ipairs(check.ys) do
    local up, down = above[j] or NAN, below[j] or NAN
    list[j] = {
      central = (up - down) / (high[i] - low[i]),
      left = (y - down) / (x - low[i]),
      right = (up - y) / (high[i] - x),
      rounding = EPSILON * (math.abs(up) + math.abs(down)) / step,
    }
  end
  return list
end

local function gap(difference)
  return math.abs(difference.right - difference.left)
end

--- Returns the most trustworthy of differences at smaller and smaller steps:
-- the one that differs least from the one before, whose sides agree, and in
-- which rounding is small.
local function most_settled(series)
  local best, least = series[1], math.huge
  for k = 2, #series do
    local doubt = math.abs(series[k].central - series[k - 1].central)
      + gap(series[k]) + series[k].rounding
    if doubt < least then best, least = series[k], doubt end
  end
  return best
end

--- Whether the differences to the left and to the right stay apart however
-- small the step is.
local function stays_apart(series)
  local least = math.huge
  for k = 2, #series do
    local apart = gap(series[k])
    if apart < least then least = apart end
  end
  return not (least <= gap(series[1]) / 4)
end

--- Whether the central difference grows as the step shrinks.
local function diverges(series)
  return math.abs(series[#series].central) > 2 * math.abs(series[1].central)
end

-- Judging -------------------------------------------------------------------

--- Whether there is a kink for which the derivative is a fair answer: at a
-- kink, that is any number between the slopes of the two sides.
local function is_kink(series, chosen, derivative, is_right)
  if not stays_apart(series) then
    return not is_finite(derivative) and diverges(series)
  end
  if is_right or not is_finite(gap(chosen)) then return true end
  local least = math.min(chosen.left, chosen.right)
  local most = math.max(chosen.left, chosen.right)
  local slack = 1e-3 * (most - least)
  return derivative >= least - slack and derivative <= most + slack
end

--- Judges the derivative of result j with respect to input i. Differences at
-- smaller steps are computed when they are needed, once for all results.
local function judge(check, i, j, series_of)
  local derivative = check.jacobian[j][i]
  local chosen = series_of(1)[j]
  local err = relative_error(derivative, chosen.central)
  local ok, kink = err <= check.tolerance, false
  local is_smooth = gap(chosen)
    <= SUSPICIOUS * math.max(1, math.abs(chosen.central))
  if not (ok and is_smooth) and is_finite(check.ys[j]) then
    local series = {}
    for k = 1, 1 + FINER_STEPS do series[k] = series_of(k)[j] end
    if not ok then
      chosen = most_settled(series)
      err = relative_error(derivative, chosen.central)
      ok = err <= check.tolerance
    end
    kink = check.deterministic and is_kink(series, chosen, derivative, ok)
  end
  return {path = check.paths[i], value = check.point[i],
    automatic = derivative, numerical = chosen.central, error = err, ok = ok,
    kink = kink, left = chosen.left, right = chosen.right,
    detached = check.detached[j], output = check.outputs[j]}
end

--- Whether judgement a is the one to report, rather than b.
local function is_worse(a, b)
  if a.ok ~= b.ok then return not a.ok end
  if a.kink ~= b.kink then return a.kink == a.ok end
  return a.error > b.error
end

--- Whether the differences are finite for all results that are finite at the
-- point.
local function is_inside(check, list)
  for j, difference in ipairs(list) do
    if is_finite(check.ys[j]) and not is_finite(difference.central) then
      return false
    end
  end
  return true
end

--- Returns the differences with respect to input i at the first step that stays
-- inside the domain, and the step. If no step does, those at the largest step.
local function first_differences(check, i)
  local largest = check.step * math.max(1, math.abs(check.point[i]))
  local outermost = differences(check, i, largest)
  local step, list = largest, outermost
  while not is_inside(check, list) and step > EPSILON * largest do
    step = step * FINER
    list = differences(check, i, step)
  end
  if is_inside(check, list) then return list, step end
  return outermost, largest
end

--- Judges the derivatives with respect to input i and returns the worst
-- judgement.
local function check_input(check, i)
  local first, step = first_differences(check, i)
  local made = {first}
  local function series_of(k)
    made[k] = made[k] or differences(check, i, step * FINER ^ (k - 1))
    return made[k]
  end
  local worst
  for j = 1, #check.ys do
    local judgement = judge(check, i, j, series_of)
    if not worst or is_worse(judgement, worst) then worst = judgement end
  end
  return worst
end

-- Custom operations ---------------------------------------------------------

--- Calls visit(value, description) once for each result of a custom operation
-- among the Values that a list was computed from.
local function each_custom(list, visit)
  local stack, seen = {}, {}
  for _, y in ipairs(list) do stack[#stack + 1] = y end
  while #stack > 0 do
    local value = table.remove(stack)
    if core.is_value(value) and not seen[value] then
      seen[value] = true
      local description = core.custom_of(value)
      if description then visit(value, description) end
      for _, parent in ipairs(value:parents()) do
        stack[#stack + 1] = parent
      end
    end
  end
end

--- Checks the partials that a custom operation gave at this point against
-- differences of its value. Adds the judgements of the wrong ones to a list.
local function judge_custom(list, value, description, options)
  local operands, partials, last = value:operands(), {}, 0
  for i, operand in ipairs(operands) do
    if core.is_value(operand) then
      last = last + 1
      partials[i] = value:partials()[last]
    end
  end
  local check = {point = {}, paths = {}, outputs = {}, detached = {},
    tolerance = options.tolerance, step = options.step, deterministic = true,
    ys = {value.data}, jacobian = {partials}}
  for i, operand in ipairs(operands) do
    check.point[i] = number_of(operand)
    check.paths[i] = ("operand %d of '%s'"):format(i, description.name)
  end
  function check.f(values)
    for i, x in ipairs(values) do values[i] = x.data end
    return {(description.value(unpack(values)))}
  end
  for i = 1, #operands do
    local ok, judgement
    if partials[i] then ok, judgement = attempt(check_input, check, i) end
    if ok and not judgement.ok then list[#list + 1] = judgement end
  end
end

--- Finds the custom operations that make a report fail.
local function find_culprits(report, f, point, options)
  report.operations, report.suspects = {}, {}
  if report.ok or not report.deterministic then return end
  local named = {}
  each_custom(f(values_of(point)), function(value, description)
    judge_custom(report.operations, value, description, options)
    if not named[description.name] then
      named[description.name] = true
      table.insert(report.suspects, description.name)
    end
  end)
  local is_first_right = true
  for _, input in ipairs(report.inputs) do
    is_first_right = is_first_right and input.ok
  end
  if not is_first_right then report.suspects = {} end
  table.sort(report.suspects)
end

-- The report ----------------------------------------------------------------

local Report = {
  __index = names_of.index("a GradcheckReport", {}, {second = true})}

local function shown(x) return write.general(x, 8) end

local function verdict(report, input)
  if input.kink then
    return ("  <-- kink (%s to the left, %s to the right)"):format(
      shown(input.left), shown(input.right))
  end
  if input.ok then return "" end
  if not report.deterministic then return "  <-- not deterministic" end
  if input.detached then return "  <-- the result is a plain number" end
  if not report.finite then return "  <-- not finite" end
  return "  <-- wrong derivative"
end

local function add_inputs(report, lines, inputs)
  local skipped = 0
  for _, input in ipairs(inputs) do
    if #inputs > LONG_REPORT and input.ok and not input.kink then
      skipped = skipped + 1
    else
      local output = input.output and (" (%s)"):format(input.output) or ""
      lines[#lines + 1] = ("%s = %s%s: automatic %s, numerical %s, error "
        .. "%s%s"):format(input.path, shown(input.value), output,
        shown(input.automatic), shown(input.numerical),
        write.number("%.2e", input.error), verdict(report, input))
    end
  end
  if skipped > 0 then
    lines[#lines + 1] = ("%d inputs are right"):format(skipped)
  end
end

function Report.__tostring(report)
  local lines = {
    ("gradcheck: %s (largest error %s, tolerance %.0e)"):format(
      report.ok and "passed" or "FAILED",
      write.number("%.2e", report.max_error), report.tolerance),
  }
  if not report.deterministic then
    lines[#lines + 1] = "the function is not deterministic: two calls at the "
      .. "same point differ"
  elseif not report.consistent then
    lines[#lines + 1] = "the function gives another result for numbers than "
      .. "for Values: is a Value compared with a number by '=='?"
  end
  if not report.finite then
    lines[#lines + 1] = "the function's result is not finite here"
  end
  add_inputs(report, lines, report.inputs)
  if report.second then
    lines[#lines + 1] = "second order:"
    add_inputs(report, lines, report.second)
  end
  if #report.operations > 0 then
    lines[#lines + 1] = "custom operations, whose backward returns partials "
      .. "(of x, y) and whose vjp takes a gradient (g, x, y):"
    add_inputs(report, lines, report.operations)
  elseif #report.suspects > 0 then
    lines[#lines + 1] = "custom operations, whose derivative may be wrong for "
      .. "Values: " .. table.concat(report.suspects, ", ")
  end
  return table.concat(lines, "\n")
end

--- Returns the judgements of one order, and notes the worst in the report.
local function judge_all(report, check)
  local list = {}
  for i = 1, #check.point do
    local input = check_input(check, i)
    list[i] = input
    report.ok = report.ok and input.ok
    report.max_error = math.max(report.max_error, input.error)
  end
  for _, y in ipairs(check.ys) do
    report.finite = report.finite and is_finite(y)
  end
  report.ok = report.ok and report.finite
  return list
end

-- Arguments -----------------------------------------------------------------

local function bad_argument(position, expected, got)
  errors.argument(position, "gradcheck", expected, got, 4)
end

local OPTIONS = options_of.new("GradcheckOptions", {
  {"tolerance", kinds.NUMBER, 1e-6, "the largest error allowed"},
  {"step", kinds.POSITIVE, STEP, "the step of the differences, relative to "
    .. "max(1, |input|)"},
  {"order", kinds.new("1 or 2", "integer", function(x)
    return x == 1 or x == 2
  end, "number"), 1, "2 checks the gradient of the gradient as well"},
  {"argnums", kinds.POSITIONS, "all", "the position, or list of positions, of "
    .. "the arguments to check"},
  {"names", kinds.TABLE, nil, "a list of names for the arguments, for messages",
    type = "string[]"},
})

--- Makes a set of the arguments that the option names, or of all n.
local function checked_argnums(argnums, n)
  local chosen = {}
  if argnums == "all" then
    for i = 1, n do chosen[i] = true end
    return chosen
  end
  local positions, problem = kinds.positions(argnums, n)
  if not positions then errors.option("argnums", "gradcheck", problem, 4) end
  for _, i in ipairs(positions) do chosen[i] = true end
  return chosen
end

--- Checks the options and adds the defaults.
local function checked_options(opts, n)
  local options = options_of.read(OPTIONS, 3, "gradcheck", opts, 3)
  options.names = options.names or {}
  options.argnums = checked_argnums(options.argnums, n)
  return options
end

--- Reads the arguments into a table with their number, n.
local function checked_arguments(inputs)
  if type(inputs) ~= "table" then
    bad_argument(2, "table of arguments", tree.typename(inputs))
  end
  local list, n, stray = tree.arguments(inputs)
  if stray ~= nil then
    bad_argument(2, "list of arguments", ("one with the key '%s'; put the "
      .. "argument into a list"):format(tostring(stray)))
  end
  local arguments = {n = n}
  for i, input in pairs(list) do arguments[i] = input end
  return arguments
end

--- Returns the numbers in the chosen arguments, and the path of each.
local function checked_numbers(arguments, options)
  local point, paths = {}, {}
  for i = 1, arguments.n do
    local name = options.names[i] or ("argument %d"):format(i)
    local input = options.argnums[i] and arguments[i] or nil
    local ok, message = attempt(tree.leaves, input, point, name, paths)
    if not ok then
      errors.argument_problem(2, "gradcheck", message, 3)
    end
  end
  for i, x in ipairs(point) do
    if type(x) ~= "number" then
      bad_argument(2, "numbers", ("a Value as %s; give its .data"):format(
        paths[i]))
    end
    point[i] = x + 0.0 -- a float, because integers wrap around
  end
  if #point == 0 then bad_argument(2, "at least one number", "none") end
  return point, paths
end

--- Calls f with the leaves of a list in place of the numbers in the chosen
-- arguments.
local function call(f, arguments, chosen, list)
  local args, next = {}, 1
  for i = 1, arguments.n do
    args[i] = arguments[i]
    if chosen[i] then args[i], next = tree.replace(args[i], list, next) end
  end
  return (f(unpack(args, 1, arguments.n)))
end

--- Returns the names of the results; none if there is just one.
local function output_names(result)
  local names = {}
  if #tree.leaves(result, nil, "result", names, "gradcheck") == 0 then
    core.fail(("gradcheck: the function must return a number, a Value or a "
      .. "table of them, it returned %s"):format(
      type(result) == "table" and "a table without any"
        or tree.returned(result)))
  end
  return type(result) == "table" and names or {}
end

local function derivative_names(check)
  local names = {}
  for j = 1, #check.ys do
    for _, path in ipairs(check.paths) do
      names[#names + 1] = ("d %s / d %s"):format(
        check.outputs[j] or "result", path)
    end
  end
  return names
end

local function same(xs, ys, tolerance)
  for j = 1, math.max(#xs, #ys) do
    local x, y = xs[j] or NAN, ys[j] or NAN
    local both_nan = x ~= x and y ~= y and #xs == #ys
    if not both_nan and not (relative_error(x, y) <= tolerance) then
      return false
    end
  end
  return true
end

--- Whether f gives for numbers what it gives for Values; also true if f does
-- not take numbers.
local function is_consistent(check, f, arguments, chosen)
  local ok, result = pcall(call, f, arguments, chosen, check.point)
  if not ok then return true end
  local ys = tree.leaves(result)
  for j, y in ipairs(ys) do ys[j] = number_of(y) end
  return same(ys, check.ys, check.tolerance)
end

local function new_check(f, point, paths, options)
  local check = {f = f, point = point, paths = paths,
    tolerance = options.tolerance, step = options.step}
  check.ys, check.jacobian, check.detached = automatic(f, point)
  check.deterministic = same(check.ys, numbers_at(f, point), 0)
  return check
end

--- Runs the check on arguments and options that have been read.
local function compare(f, arguments, options, point, paths)
  local chosen = options.argnums
  local function list_function(list)
    return tree.leaves(call(f, arguments, chosen, list))
  end
  local outputs =
    output_names(call(f, arguments, chosen, values_of(point)))
  local check = new_check(list_function, point, paths, options)
  check.outputs = outputs
  local report = setmetatable({
    ok = true,
    max_error = 0,
    tolerance = options.tolerance,
    deterministic = check.deterministic,
    consistent = is_consistent(check, f, arguments, chosen),
    finite = true,
  }, Report)
  report.inputs = judge_all(report, check)
  if options.order == 2 then
    local of_gradient =
      new_check(derivative_of(list_function), point, paths, options)
    of_gradient.outputs = derivative_names(check)
    report.second = judge_all(report, of_gradient)
  end
  find_culprits(report, list_function, point, options)
  report.ok = report.ok and report.deterministic and report.consistent
  return report.ok, report
end

--- Compares the derivatives that tinygrad computes with central differences.
--
-- Values take the place of the numbers among the arguments; anything else is
-- handed on. At a kink the check may fail although the derivative is a fair
-- one: move the point away from it.
--
--     local function f(x) return x ^ 3 end
--     local ok, report = tinygrad.gradcheck(f, {2})
--     print(ok, tostring(report):match("^gradcheck: passed"))
--     --> true gradcheck: passed
---@param f function takes the arguments; returns a number, a Value or a nested
-- table of them (further results are ignored)
---@param inputs any[] the arguments: numbers, nested tables of numbers, or
-- anything else except Tensors and strings that tonumber takes; a field n, as
-- from table.pack, allows nil among them
---@param opts? tinygrad.GradcheckOptions
---@return boolean ok whether all derivatives are right
---@return tinygrad.GradcheckReport report tostring makes a text of it
local function gradcheck(f, inputs, opts)
  if not tree.is_callable(f) then
    errors.argument(1, "gradcheck", "function", tree.typename(f), 2)
  end
  local arguments = checked_arguments(inputs)
  local options = checked_options(opts, arguments.n)
  local point, paths = checked_numbers(arguments, options)
  return calm(shielded, compare, f, arguments, options, point, paths)
end

return gradcheck
