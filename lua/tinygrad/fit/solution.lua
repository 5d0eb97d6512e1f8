--- tinygrad.fit.solution: the uncertainty of a solution of least squares:
-- standard errors, covariance, intervals; and the report. Used by
-- regression.lua and init.lua.

local core = require "tinygrad.core"
local errors_of = require "tinygrad.base.errors"
local distribution = require "tinygrad.fit.distribution"
local levenberg = require "tinygrad.fit.levenberg"
local linear = require "tinygrad.fit.linear"
local names = require "tinygrad.base.names"
local tree = require "tinygrad.base.tree"
local write = require "tinygrad.support.write"
core.library()

local solution = {}

local EPSILON = 2.220446049250313e-16

local shown = write.general

-- What a solution says of its parameters -------------------------------------

--- Returns the covariance of the free parameters, which is the inverse of J'J
-- in units of the residuals' variance, in factored form: W, the columns of the
-- inverse of R, and null, directions in which the residuals do not change.
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

--- Returns the coefficients w of a linear function of the parameters: the dot
-- product of two such w is the covariance of their functions, in units of the
-- residuals' variance. Returns nil if the residuals do not determine the
-- function.
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

--- Returns the standard error of the function with coefficients w. It is 0 for
-- a function of parameters that are held, even if `deviation` is infinite.
local function error_of(w, deviation)
  local size = linear.norm(w)
  return size == 0 and 0 or size * deviation
end

--- Returns the standard deviation of a residual about the model, from which the
-- parameters' covariance is computed. Under a loss it is the square root of
-- Huber's estimate, "Robust Statistics", 1981, 7.6, with the correction of
-- first order: K^2 [sum psi^2 / (m - n)] / [mean psi']^2.
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
---@field x any another name of `parameters`, the one that minimize uses
---@field names string[] of the parameters, in the order of covariance's rows
---@field value number the sum of squares (of losses) that was minimised
---@field residuals number[] at the solution
---@field status string "converged" (the gradient is 0, as far as scale and
-- rounding allow one to tell), "no_progress" (the gradient is not 0, but no
-- step lowers the sum), "max_iterations", "max_evaluations", "stopped" (by the
-- callback), "bad_start" (something is not finite at the start), "flat" (the
-- residuals do not change with the parameters), "stuck" (beyond this point
-- something is not finite)
---@field converged boolean whether status is "converged"
---@field message string the status in words
---@field iterations integer
---@field evaluations integer how often the residuals were computed
---@field jacobians integer how often the Jacobian was computed
---@field mode string "compiled" or "eager": how the function was run
---@field reason string|nil why it was run eagerly
---@field checks integer how often the recording and the function itself were
-- compared
---@field check_seconds number|nil the processor time of the comparisons
---@field degrees_of_freedom number residuals that have a weight, less the
-- parameters that they determine
---@field residual_deviation number standard deviation of a residual of weight 1
---@field covariance number[][] of the parameters, in the order of `names`
---@field standard_errors any in the shape of p0; inf for a parameter that the
-- residuals do not determine, 0 for one that is held at a bound
---@field correlation number[][] of the parameters, in the order of `names`
---@field beyond integer|nil how many residuals are larger than the scale of a
-- robust loss
---@field undetermined string[] names of the parameters that the residuals do
-- not determine
---@field at_bound table name -> "lower" or "upper", for parameters held at a
-- bound
local Regression = {}
solution.methods = Regression

--- Raises an error if `self` is no result: a method called with a dot lacks it.
---@param self any
---@param name string of the method
---@param class string "Fit" or "Regression"
---@param field string a field that all results of the class have
function solution.check_self(self, name, class, field)
  if type(self) ~= "table" or rawget(self, field) == nil then
    errors_of.no_object(name, class, "r", self, 3)
  end
end

--- Returns the limits between which each parameter lies with a given
-- probability, by Student's t.
--
--     local r = tinygrad.fit(function(x, p) return p * x end,
--       {x = {1, 2, 3}, y = {2, 4.1, 5.9}}, 1)
--     print(("%.2f to %.2f"):format(r:confidence(0.95))) --> 1.88 to 2.11
---@param level? number the probability, between 0 and 1 (0.95)
---@return any lower limits, in the shape of the parameters
---@return any upper limits
function Regression:confidence(level)
  solution.check_self(self, "confidence", "Regression", "names")
  local t = solution.limit(self, level, "confidence")
  local low, high = {}, {}
  local errors = tree.leaves(self.standard_errors)
  for j, x in ipairs(tree.leaves(self.parameters)) do
    local half = errors[j] > 0 and t * errors[j] or errors[j]
    low[j], high[j] = x - half, x + half
  end
  return (tree.replace(self.parameters, low)),
    (tree.replace(self.parameters, high))
end

--- Returns half the width of an interval, in standard errors.
---@param self tinygrad.Regression
---@param level? number the probability (0.95)
---@param name? string the method that is called, for errors
---@param before? integer how many arguments of the method come before the level
---@return number
function solution.limit(self, level, name, before)
  if level == nil then level = 0.95 end
  if type(level) ~= "number" or not (level > 0 and level < 1) then
    errors_of.argument((before or 0) + 1, name or "limit",
      "level between 0 and 1", errors_of.got(level) .. tree.advice(level), 3)
  end
  if self.known_variance then
    return distribution.student_limit(level, math.huge)
  end
  if self.degrees_of_freedom <= 0 then return math.huge end
  return distribution.student_limit(level, self.degrees_of_freedom)
end

--- Tells whether the first n elements of a table are numbers.
local function is_numbers(list, n)
  if type(list) ~= "table" then return false end
  for i = 1, n do
    if type(list[i]) ~= "number" then return false end
  end
  return true
end

--- Returns the variance of a linear function of the parameters.
--
--     local r = tinygrad.fit(function(x, p) return p.a + p.b * x end,
--       {x = {1, 2, 3}, y = {2, 4.1, 5.9}}, {a = 0, b = 0})
--     print(("%.4f"):format(math.sqrt(r:variance {1, 2.5}))) --> 0.0829
---@param gradient number[] the function's coefficients, in the order of `names`
---@return number inf if the residuals do not determine the function
function Regression:variance(gradient)
  solution.check_self(self, "variance", "Regression", "names")
  if not is_numbers(gradient, #self.names) then
    errors_of.argument(1, "variance",
      ("list of %d numbers"):format(#self.names), type(gradient) == "table"
      and "another table" or tree.typename(gradient), 2)
  end
  local factored = self.factored
  if not factored then return core.nan end
  local w = coefficients(factored, gradient)
  if not w then return math.huge end
  return error_of(w, self.unit_deviation) ^ 2
end

--- Returns how many residuals are beyond the scale of a robust loss; nil
-- without such a loss.
local function count_beyond(r, options)
  local count = 0
  for i = 1, #r do
    if math.abs(r[i]) > options.scale then count = count + 1 end
  end
  return levenberg.losses[options.loss] and count or nil
end

--- Adds to a result the factored Jacobian of the parameters that may move, the
-- degrees of freedom, and the deviation of the residuals.
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

--- Returns each parameter's coefficients, false for one that is not determined,
-- and lists by name the parameters that are not determined or at a bound.
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

--- Returns the covariance and the correlation of parameters i and j.
local function relate(w, i, j, deviation)
  if not (w[i] and w[j]) then
    return i == j and math.huge or 0, i == j and 1 or 0
  end
  local product = linear.dot(w[i], w[j])
  local size = linear.norm(w[i]) * linear.norm(w[j])
  return product == 0 and 0 or product * deviation ^ 2,
    i == j and 1 or size > 0 and product / size or 0
end

--- Returns what is added to a result's message, or "".
local function remark(result)
  if #result.undetermined > 0 then
    return "; the residuals do not determine "
      .. table.concat(result.undetermined, ", ")
  elseif result.degrees_of_freedom <= 0 and not result.known_variance then
    return "; there are not more residuals than parameters, so that errors "
      .. "cannot be estimated"
  end
  return ""
end

--- Adds to a result what follows from the Jacobian at the solution: covariance,
-- correlation, standard errors and the like.
---@param result tinygrad.Regression
---@param search table see levenberg.search
---@param parameters table see regression.read_parameters
---@param count integer the number of residuals with a weight
function solution.infer(result, search, parameters, count)
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
  result.standard_errors = tree.replace(parameters.tree, errors)
  result.message = result.message .. remark(result)
end

-- The report -----------------------------------------------------------------

--- Lays out rows of cells as lines; the first column is flush left, the others
-- flush right.
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

--- Adds lines about the comparisons of the recording with the function, and
-- about why the function itself was run.
local function add_comparison(lines, result)
  if result.checks > 0 then
    local seconds = result.check_seconds
    lines[#lines + 1] = ("compared with the function itself at %d point%s%s")
      :format(result.checks, result.checks == 1 and "" or "s", seconds
      and (seconds < 1 and ", in less than 1 s" or (", in %.1f s"):format(
      seconds)) or "")
  end
  if result.reason then lines[#lines + 1] = "eager: " .. result.reason end
end

--- Returns a report: what came of the search, a line for each parameter with
-- its standard error and 95 % limits, and how well they describe the residuals.
--
--     local r = tinygrad.fit(function(x, p) return p * x end,
--       {x = {1, 2, 3}, y = {2, 4.1, 5.9}}, 1)
--     print(r:report():match("residual standard deviation [%d.]+"))
--     --> residual standard deviation 0.0981981
---@return string
function Regression:report()
  solution.check_self(self, "report", "Regression", "names")
  local lines = {("%s: %s"):format(self.status, self.message),
    ("%d iterations, %d evaluations, %s"):format(self.iterations,
    self.evaluations, self.mode)}
  add_comparison(lines, self)
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
  lines[#lines + 1] = aligned(rows)
  local spread = ("residual standard deviation %s, %d degrees of freedom")
    :format(shown(self.residual_deviation), self.degrees_of_freedom)
  if self.r_squared then
    spread = ("%s, R squared %s"):format(spread, shown(self.r_squared))
  end
  lines[#lines + 1] = spread
  if self.beyond then
    lines[#lines + 1] = ("loss %s: %d of %d residuals are beyond the scale of "
      .. "%s"):format(self.loss, self.beyond, #self.residuals,
      shown(self.scale))
  end
  return table.concat(lines, "\n")
end

local ABSENT = names.set {"beyond", "check_seconds", "factored", "fitted",
  "known_variance", "loss", "r_squared", "reason", "scale", "unit_deviation",
  "x"}

--- Returns the __index of results, in which `x` is another name of
-- `parameters`, the one that minimize uses.
---@param what string the kind of object for messages, "a Fit"
---@param methods table
---@return fun(result: table, key: any): any
function solution.index(what, methods)
  local index = names.index(what, methods, ABSENT)
  return function(result, key)
    if key == "x" then return result.parameters end
    return index(result, key)
  end
end

solution.metatable = {methods = Regression,
  __index = solution.index("a Regression", Regression),
  __tostring = function(result) return result:report() end}

return solution
