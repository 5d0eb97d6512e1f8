--- tinygrad.regression: what fit and least_squares share: their options, the
-- call of the search, and what a solution says of its parameters.

local attempt = require "tinygrad.attempt"
local core = require "tinygrad.core"
local distribution = require "tinygrad.distribution"
local levenberg = require "tinygrad.levenberg"
local linear = require "tinygrad.linear"
local tree = require "tinygrad.tree"
core.library()

local regression = {}

local EPSILON = 2.220446049250313e-16

-- Options --------------------------------------------------------------------

--- Options with their defaults; `false` where there is none.
local DEFAULTS = {
  ftol = 1e-15, xtol = 1e-12, gtol = 1e-12, max_iterations = 1000,
  max_evaluations = 10000, factor = 10, loss = "linear", scale = 1,
  lower = false, upper = false, callback = false, absolute_sigma = false,
}

--- A number for people: some locales have a comma, and some nan a sign.
---@param x number
---@param digits? integer 6
---@return string
function regression.shown(x, digits)
  if x ~= x then return "nan" end
  return (("%%.%dg"):format(digits or 6):format(x):gsub(",", "."))
end
local shown = regression.shown

local function bad_option(name, option, expected, got)
  error(("bad option '%s' to '%s' (%s expected, got %s)"):format(option, name,
    expected, got), 0)
end

local function check_number(name, options, option, least, expected)
  local x = options[option]
  if type(x) ~= "number" then
    bad_option(name, option, expected, tree.typename(x))
  elseif not (x >= least and x < math.huge) then
    bad_option(name, option, expected, shown(x, 14))
  end
end

local function is_callable(f)
  return type(f) == "function" or (getmetatable(f) or {}).__call ~= nil
end
regression.is_callable = is_callable

--- A bound for each parameter, from a number or a table in their shape, in
-- which some may be absent.
local function read_bounds(name, option, given, parameters, absent)
  local bounds, by_path, leaves, paths = {}, {}, {}, {}
  if type(given) ~= "number" and type(given) ~= "table" then
    bad_option(name, option, "number or table in the shape of the parameters",
      tree.typename(given))
  end
  if type(given) == "table" then
    tree.leaves(given, leaves, "p", paths)
    for k, path in ipairs(paths) do by_path[path] = leaves[k] end
  end
  for j, path in ipairs(parameters.paths) do
    local bound = given
    if type(given) == "table" then bound = by_path[path] end
    by_path[path] = nil
    if bound ~= nil and (type(bound) ~= "number" or bound ~= bound) then
      bad_option(name, option, "numbers", bound ~= bound and "nan"
        or tree.typename(bound))
    end
    bounds[j] = bound or absent
  end
  local extra = type(given) == "table" and next(by_path)
  if extra then
    error(("bad option '%s' to '%s' (there is no parameter %s)"):format(option,
      name, regression.short(extra)), 0)
  end
  return bounds
end

--- The bounds among the options, or nil.
local function bounds_of(name, options, parameters)
  if not (options.lower or options.upper) then return nil end
  local lower = read_bounds(name, "lower", options.lower or -math.huge,
    parameters, -math.huge)
  local upper = read_bounds(name, "upper", options.upper or math.huge,
    parameters, math.huge)
  for j, short in ipairs(parameters.names) do
    if lower[j] > upper[j] then
      error(("bad option 'lower' to '%s' (%s: %.14g is above the upper bound "
        .. "%.14g)"):format(name, short, lower[j], upper[j]), 0)
    end
  end
  return {lower = lower, upper = upper}
end

local function check_options(name, options)
  for _, key in ipairs {"ftol", "xtol", "gtol", "max_iterations",
      "max_evaluations"} do
    check_number(name, options, key, 0, "number from 0 on")
  end
  for _, key in ipairs {"factor", "scale"} do
    check_number(name, options, key, 1e-300, "positive number")
  end
  if options.loss ~= "linear" and not levenberg.losses[options.loss] then
    bad_option(name, "loss", '"linear", "huber", "soft_l1" or "cauchy"',
      tostring(options.loss))
  end
  if options.callback and not is_callable(options.callback) then
    bad_option(name, "callback", "function", tree.typename(options.callback))
  end
  if type(options.absolute_sigma) ~= "boolean" then
    bad_option(name, "absolute_sigma", "boolean",
      tree.typename(options.absolute_sigma))
  end
end

--- The options of a call, checked, as the search takes them.
---@param name string of the function
---@param opts table|nil
---@param parameters table see read_parameters
---@return table
function regression.read_options(name, opts, parameters)
  if opts ~= nil and type(opts) ~= "table" then
    error(("bad argument #%d to '%s' (table of options expected, got %s)")
      :format(name == "fit" and 4 or 3, name, tree.typename(opts)), 0)
  end
  local options = {}
  for key, default in pairs(DEFAULTS) do options[key] = default end
  for key, value in pairs(opts or {}) do
    if DEFAULTS[key] == nil then
      error(("unknown option '%s' to '%s'"):format(tostring(key), name), 0)
    end
    options[key] = value
  end
  check_options(name, options)
  options.bounds = bounds_of(name, options, parameters)
  options.radius = options.factor
  return options
end

--- A problem from a function's Program; if it cannot be recorded, from the
-- function itself. What is wrong with the function shows again there.
---@param compiled function
---@param eager function
---@param ... any arguments of both
---@return table
function regression.choose(compiled, eager, ...)
  local ok, made = attempt(compiled, ...)
  if not ok then made = eager(...) end
  return made
end

-- Parameters -----------------------------------------------------------------

--- A parameter's name for people: the path below `p`, but p[1] and p.
function regression.short(path)
  return (path:gsub("^p%.", ""))
end

--- The parameters of a call: tree, list of numbers, paths, short names.
---@param name string of the function
---@param position integer of the argument
---@param p0 any
---@return table
function regression.read_parameters(name, position, p0)
  if type(p0) ~= "number" and type(p0) ~= "table" then
    error(("bad argument #%d to '%s' (number or table of parameters expected, "
      .. "got %s)"):format(position, name, tree.typename(p0)), 0)
  end
  local parameters = {tree = p0, list = {}, paths = {}, names = {}}
  tree.map(p0, function(leaf)
    if type(leaf) ~= "number" then
      error(("bad argument #%d to '%s' (the parameters must be numbers; there "
        .. "is a %s)"):format(position, name, tree.typename(leaf)), 0)
    end
    return leaf
  end, "p")
  tree.leaves(p0, parameters.list, "p", parameters.paths)
  if #parameters.list == 0 then
    error(("bad argument #%d to '%s' (there is no parameter in it)"):format(
      position, name), 0)
  end
  for j, path in ipairs(parameters.paths) do
    parameters.names[j] = regression.short(path)
  end
  return parameters
end

--- Parameters in their shape, from a list.
function regression.shaped(parameters, list)
  return (tree.replace(parameters.tree, list))
end

--- What is wrong with the place to begin, or nil.
local function bad_start(parameters, bounds)
  for j, x in ipairs(parameters.list) do
    local problem
    if x - x ~= 0 then
      problem = "is not finite"
    elseif bounds and (x < bounds.lower[j] or x > bounds.upper[j]) then
      problem = "is outside of its bounds"
    end
    if problem then
      return ("%s = %s, where to begin, %s"):format(parameters.names[j],
        shown(x, 14), problem)
    end
  end
end

-- What a solution says of its parameters -------------------------------------

--- The inverse of J'J as the parameters' covariance in units of the residuals'
-- variance, in factored form: rows W of the inverse of R, with null, the
-- directions that the residuals do not see.
local function factor(columns, m, free, n)
  local units, chosen = {}, {}
  for k, j in ipairs(free) do
    local length = linear.norm(columns[j])
    chosen[k] = columns[j]
    units[k] = length > 0 and length or 1
  end
  local qr = linear.qr(chosen, m, units)
  local rank = linear.rank(qr, 10 * EPSILON * math.max(m, n))
  local W, null = {}, {}
  for k = 1, rank do
    local e = {}
    for i = 1, rank do e[i] = i == k and 1 or 0 end
    W[k] = linear.back(qr, e, rank)
  end
  for k = rank + 1, #free do
    local v = linear.back(qr, qr.columns[k], rank)
    for i = 1, #free do v[i] = i <= rank and -v[i] or i == k and 1 or 0 end
    null[#null + 1] = v
  end
  return {free = free, p = qr.p, units = units, W = W, null = null, rank = rank}
end

--- The coefficients w of a linear function of the parameters: their dot product
-- with those of another is the covariance, in units of the residuals' variance.
-- nil if the residuals do not see the function.
local function coefficients(factored, gradient)
  local g, w, size = {}, {}, 0
  for k, i in ipairs(factored.p) do
    g[k] = gradient[factored.free[i]] / factored.units[i]
    size = math.max(size, math.abs(g[k]))
  end
  for _, v in ipairs(factored.null) do
    if math.abs(linear.dot(g, v)) > 1e-7 * size * linear.norm(v) then
      return nil
    end
  end
  for k, column in ipairs(factored.W) do
    w[k] = 0
    for i = 1, factored.rank do w[k] = w[k] + column[i] * g[i] end
  end
  return w
end

--- The standard error of the function with coefficients w; 0 where it is held,
-- though the deviation be infinite.
local function error_of(w, deviation)
  local size = linear.norm(w)
  return size == 0 and 0 or size * deviation
end

--- The standard deviation that a residual has about the model, as the
-- parameters' covariance takes it. Under a loss that of Huber, "Robust
-- Statistics", 1981, 7.6, corrected to the first order, of the variance:
-- K^2 [sum psi^2 / (m - n)] / [mean psi']^2.
local function deviation_of(r, count, freedom, options)
  local rho = levenberg.losses[options.loss]
  if not rho then return linear.norm(r) / math.sqrt(freedom) end
  local squares, slope, slopes = 0, 0, 0
  for i = 1, #r do
    local z = (r[i] / options.scale) ^ 2
    local _, first, second = rho(z)
    local derivative = first + 2 * second * z
    squares = squares + (r[i] * first) ^ 2
    slope, slopes = slope + derivative, slopes + derivative ^ 2
  end
  local mean = slope / count
  local spread = slopes / count - mean * mean
  local K = 1 + (count - freedom) / count * spread / (mean * mean)
  return K * math.sqrt(squares / freedom) / mean
end

---@class tinygrad.Regression
---@field parameters any in the shape of p0
---@field names string[] of the parameters; the order of covariance's rows
---@field value number the sum of squares (of losses) that was minimised
---@field residuals number[]
---@field status string "converged", or "max_iterations", "max_evaluations",
-- "stopped" (by the callback), "bad_start", "flat" (the residuals do not change
-- with the parameters), "stuck" (beyond, something is not finite)
---@field converged boolean
---@field message string the same for people
---@field iterations integer
---@field evaluations integer of the residuals
---@field jacobians integer evaluations of the Jacobian
---@field mode string "compiled" or "eager": how the function was run
---@field degrees_of_freedom number residuals (of weight) less parameters
---@field residual_deviation number standard deviation of a residual (of weight
-- 1)
---@field covariance number[][] of the parameters
---@field standard_errors any in the shape of p0; inf where the residuals do not
-- determine the parameter, 0 where it is held at a bound
---@field correlation number[][]
---@field beyond integer|nil residuals beyond the scale of a robust loss
---@field undetermined string[] names of the parameters of the former kind
---@field at_bound table name -> "lower" or "upper", of the latter kind
local Regression = {}
regression.methods = Regression

--- Where the parameters are with some probability, by Student's t.
--
--     local r = tinygrad.fit(function(x, p) return p * x end,
--       {x = {1, 2, 3}, y = {2, 4.1, 5.9}}, 1)
--     print(("%.2f to %.2f"):format(r:confidence(0.95))) --> 1.88 to 2.11
---@param level? number 0.95
---@return any lower limits, in the shape of the parameters
---@return any upper
function Regression:confidence(level)
  local t = regression.limit(self, level, "confidence")
  local low, high = {}, {}
  local errors = tree.leaves(self.standard_errors)
  for j, x in ipairs(tree.leaves(self.parameters)) do
    local half = errors[j] > 0 and t * errors[j] or errors[j]
    low[j], high[j] = x - half, x + half
  end
  return (tree.replace(self.parameters, low)),
    (tree.replace(self.parameters, high))
end

--- Half the width of an interval, in standard errors.
---@param self tinygrad.Regression
---@param level? number 0.95
---@param name? string of the caller, for errors
---@param before? integer arguments of the caller before it
---@return number
function regression.limit(self, level, name, before)
  if level == nil then level = 0.95 end
  if type(level) ~= "number" or not (level > 0 and level < 1) then
    error(("bad argument #%d to '%s' (level between 0 and 1 expected, got %s)")
      :format((before or 0) + 1, name or "limit", tostring(level)), 3)
  end
  if self.known_variance then
    return distribution.student_limit(level, math.huge)
  end
  if self.degrees_of_freedom <= 0 then return math.huge end
  return distribution.student_limit(level, self.degrees_of_freedom)
end

--- The variance of a linear function of the parameters.
--
--     local r = tinygrad.fit(function(x, p) return p.a + p.b * x end,
--       {x = {1, 2, 3}, y = {2, 4.1, 5.9}}, {a = 0, b = 0})
--     print(("%.4f"):format(math.sqrt(r:variance {1, 2.5}))) --> 0.0829
---@param gradient number[] in the order of names
---@return number
function Regression:variance(gradient)
  local factored = self.factored
  if not factored then return 0 / 0 end
  local w = coefficients(factored, gradient)
  if not w then return math.huge end
  return error_of(w, self.unit_deviation) ^ 2
end

--- How many residuals a robust loss takes for more or less wrong.
local function count_beyond(r, options)
  local count = 0
  for i = 1, #r do
    if math.abs(r[i]) > options.scale then count = count + 1 end
  end
  return levenberg.losses[options.loss] and count or nil
end

--- How sure of itself a solution is: the factored Jacobian of the parameters
-- that may move, degrees of freedom, the residuals' deviation and variance.
local function weigh_residuals(result, search, count)
  local options, free = search.options, search.free
  local r, columns = search.problem.jacobian(search.x)
  if not free then
    free = {}
    for j = 1, #search.x do free[j] = j end
  end
  local factored = factor(columns, #r, free, #search.x)
  local freedom = count - factored.rank
  result.factored, result.degrees_of_freedom = factored, freedom
  result.residual_deviation = freedom > 0
    and linear.norm(search.r) / math.sqrt(freedom) or math.huge
  result.loss, result.scale = options.loss, options.scale
  result.beyond = count_beyond(search.r, options)
  result.known_variance = options.absolute_sigma
  result.unit_deviation = options.absolute_sigma and 1
    or freedom > 0 and deviation_of(search.r, count, freedom, options)
    or math.huge
end

--- Each parameter's coefficients, or false where it is not determined; these,
-- and those at a bound, are listed by name.
local function sort_parameters(result, search, parameters)
  local w, is_free = {}, {}
  for _, j in ipairs(result.factored.free) do is_free[j] = true end
  for j, name in ipairs(parameters.names) do
    local unit = {}
    for i = 1, #search.x do unit[i] = i == j and 1 or 0 end
    w[j] = coefficients(result.factored, unit) or false
    if not w[j] then
      result.undetermined[#result.undetermined + 1] = name
    elseif not is_free[j] then
      local lower = search.options.bounds.lower[j]
      result.at_bound[name] = search.x[j] <= lower and "lower" or "upper"
    end
  end
  return w
end

--- Covariance and correlation of two parameters.
local function relate(w, i, j, deviation)
  if not (w[i] and w[j]) then
    return i == j and math.huge or 0, i == j and 1 or 0
  end
  local product = linear.dot(w[i], w[j])
  local size = linear.norm(w[i]) * linear.norm(w[j])
  return product == 0 and 0 or product * deviation ^ 2,
    i == j and 1 or size > 0 and product / size or 0
end

--- Fills in what follows from the Jacobian at the solution.
local function infer(result, search, parameters, count)
  weigh_residuals(result, search, count)
  local w = sort_parameters(result, search, parameters)
  local errors = {}
  for j = 1, #w do
    local covariance, correlation = {}, {}
    for i = 1, #w do
      covariance[i], correlation[i] = relate(w, i, j, result.unit_deviation)
    end
    result.covariance[j], result.correlation[j] = covariance, correlation
    errors[j] = w[j] and error_of(w[j], result.unit_deviation) or math.huge
  end
  result.standard_errors = regression.shaped(parameters, errors)
end

--- What the message has to add.
local function remark(result)
  if #result.undetermined > 0 then
    return "; the residuals do not determine "
      .. table.concat(result.undetermined, ", ")
  elseif result.degrees_of_freedom <= 0 then
    return "; there are no more residuals than parameters, so there are no "
      .. "errors to be told"
  end
  return ""
end

--- Runs the search and makes its result.
---@param problem table see levenberg.search; mode
---@param parameters table
---@param options table
---@param count? integer residuals of weight (all)
---@return tinygrad.Regression
function regression.solve(problem, parameters, options, count)
  local wrong = bad_start(parameters, options.bounds)
  local start = {}
  for j, x in ipairs(parameters.list) do start[j] = x end
  local search
  if options.callback then
    options.watch = function(x, iteration, size)
      return options.callback {iteration = iteration, value = size ^ 2,
        parameters = regression.shaped(parameters, x)}
    end
  end
  if wrong then
    search = {x = start, r = {}, size = 0 / 0, status = "bad_start",
      message = wrong, iterations = 0, evaluations = 0, jacobians = 0}
  else
    search = levenberg.search(problem, start, options)
  end
  local unknown = {}
  for j = 1, #start do unknown[j] = 0 / 0 end
  local result = setmetatable({
    parameters = regression.shaped(parameters, search.x),
    names = parameters.names, value = search.size ^ 2, residuals = search.r,
    status = search.status, message = search.message,
    converged = search.status == "converged", iterations = search.iterations,
    evaluations = search.evaluations, jacobians = search.jacobians,
    mode = problem.mode, covariance = {}, correlation = {}, undetermined = {},
    at_bound = {}, degrees_of_freedom = (count or #search.r) - #start,
    residual_deviation = 0 / 0,
    standard_errors = regression.shaped(parameters, unknown),
  }, regression.metatable)
  if search.status ~= "bad_start" then
    infer(result, search, parameters, count or #search.r)
    result.message = result.message .. remark(result)
  end
  return result
end

-- The report -----------------------------------------------------------------

--- Lines in columns, the first flush left.
local function aligned(rows)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, #text)
    end
  end
  for k, row in ipairs(rows) do
    local cells = {}
    for i, text in ipairs(row) do
      local blank = (" "):rep(widths[i] - #text)
      cells[i] = i == 1 and text .. blank or blank .. text
    end
    lines[k] = table.concat(cells, "  "):gsub("%s+$", "")
  end
  return table.concat(lines, "\n")
end

--- The report of a result: what came of it, a line for each parameter with
-- standard error and 95 % limits, and how well it describes the residuals.
--
--     local r = tinygrad.fit(function(x, p) return p * x end,
--       {x = {1, 2, 3}, y = {2, 4.1, 5.9}}, 1)
--     print(r:report():match("residual standard deviation [%d.]+"))
--     --> residual standard deviation 0.0981981
---@return string
function Regression:report()
  local lines = {("%s: %s"):format(self.status, self.message),
    ("%d iterations, %d evaluations, %s"):format(self.iterations,
    self.evaluations, self.mode)}
  if self.status == "bad_start" then return table.concat(lines, "\n") end
  local rows = {{"parameter", "value", "std. error", "95 % from", "to"}}
  local x, errors = tree.leaves(self.parameters),
    tree.leaves(self.standard_errors)
  local low, high = self:confidence()
  low, high = tree.leaves(low), tree.leaves(high)
  for j, name in ipairs(self.names) do
    local bound = self.at_bound[name]
    rows[j + 1] = {name, shown(x[j]), bound and "at its"
      or shown(errors[j]), bound or shown(low[j]), bound and "bound"
      or shown(high[j])}
  end
  lines[3] = aligned(rows)
  lines[4] = ("residual standard deviation %s, %d degrees of freedom"):format(
    shown(self.residual_deviation), self.degrees_of_freedom)
  if self.r_squared then
    lines[4] = ("%s, R squared %s"):format(lines[4], shown(self.r_squared))
  end
  if self.beyond then
    lines[5] = ("loss %s: %d of %d residuals are beyond the scale of %s")
      :format(self.loss, self.beyond, #self.residuals, shown(self.scale))
  end
  return table.concat(lines, "\n")
end

regression.metatable = {__index = Regression,
  __tostring = function(result) return result:report() end}

return regression
