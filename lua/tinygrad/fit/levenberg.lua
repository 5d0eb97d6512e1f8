--- tinygrad.fit.levenberg: the search behind tinygrad.fit and least_squares.
--
-- Levenberg-Marquardt in a trust region, as in MINPACK (Moré, "The
-- Levenberg-Marquardt algorithm: implementation and theory", 1978): a step
-- makes the linear model of the residuals least within an ellipsoid whose axes
-- follow the lengths of the Jacobian's columns, so that the unit of a parameter
-- does not matter. How well the model foretold the reduction of the sum of
-- squares decides whether the step is taken, and how large the next ellipsoid
-- is. This search differs from MINPACK's in some ways:
--
-- - If the model foretold badly, the residuals at the end of the step show how
--   they curve along it, and a second attempt follows the curve. (This is the
--   geodesic acceleration of Transtrum and Sethna, "Improvements to the
--   Levenberg-Marquardt algorithm for nonlinear least-squares minimization",
--   2012, at the cost of one evaluation.) Narrow winding valleys take a quarter
--   of the iterations.
-- - Parameters have bounds. A parameter at a bound is held if the gradient
--   points out of it. A parameter that a step would carry across its bound
--   stops there, and the step of the others is computed again.
-- - Robust losses scale residuals and Jacobian so that the linear model has the
--   gradient of the loss, and its Hessian where that is positive (Triggs and
--   others, "Bundle adjustment: a modern synthesis", 1999).
-- - A point at which a residual or derivative is not finite is a wall: the
--   ellipsoid shrinks.
-- - The sum of squares has all its digits long before the parameters have
--   theirs. Therefore the gradient alone decides on the last steps.
-- - The gradient decides whether a search has converged. Sum and parameters may
--   also stand still because the ellipsoid is too small or too old: then the
--   search begins anew where it is, with the ellipsoid of that point.
--
-- All vectors here are flat lists. z is a step in units of the ellipsoid:
-- z = D * dx.

local core = require "tinygrad.core"
local linear = require "tinygrad.fit.linear"
local write = require "tinygrad.support.write"
core.library()

local levenberg = {}

local abs, max, min, sqrt = math.abs, math.max, math.min, math.sqrt
local norm = linear.norm

local EPSILON = 2.220446049250313e-16

--- Limits for the ratio of the actual to the predicted reduction (MINPACK's): a
-- step below REFUSED is not taken, up to BAD the region shrinks, from GOOD on
-- it grows.
local REFUSED, BAD, GOOD = 1e-4, 0.25, 0.75

--- The second attempt may move this far from the end of the first, in lengths
-- of the step.
local BEND = 0.5

--- A search that ends within this many iterations of a wall is stuck there.
local NEAR_WALL = 2

--- The least factor, squared, of a row of the Jacobian under a loss.
local LEAST = 1e-8

--- The smallest normal number. A sum of squares whose root is no larger counts
-- as 0.
local LEAST_SIZE = 2.2250738585072014e-308

--- A column is faded if its length is less than this part of its axis.
local FADED = 1e-6

--- What counts as 0 where the search may end. NO_GAIN: the part of the sum of
-- squares that a full step would take away (the least that is demanded).
-- NO_PART: the part of the residuals in the direction of a column. NO_CHANGE:
-- the relative change of the sum, by the gradient, if a parameter changed by
-- its own size. HIDDEN: what rounding hides of all that the parameters
-- contribute.
local NO_GAIN, NO_PART, NO_CHANGE, HIDDEN = 1e-12, 1e-6, 1e-6, 4e-15

--- The search may begin anew once more if the last beginning lowered the size
-- by more than this part.
local GAIN = 1e-10

--- Limits of the last steps: their number; their length, as a part of the
-- parameters'; the factor by which each must lower the offset; and how much of
-- itself the size may grow, by rounding.
local LAST_STEPS, SHORT, FASTER, ROUNDING = 40, 1e-4, 0.9, 1e-9

-- Losses ---------------------------------------------------------------------

--- Each function returns rho(z) and its first and second derivative, for z, the
-- squared residual in units of the scale. The search minimises the sum of
-- scale^2 * rho((r / scale)^2).
levenberg.losses = {
  huber = function(z)
    if z <= 1 then return z, 1, 0 end
    local root = sqrt(z)
    return 2 * root - 1, 1 / root, -0.5 / (z * root)
  end,
  soft_l1 = function(z)
    local root = sqrt(1 + z)
    return 2 * z / (1 + root), 1 / root, -0.5 / (root * (1 + z))
  end,
  cauchy = function(z)
    local log1p = z < 1e-5 and z * (1 - z / 2 + z * z / 3) or math.log(1 + z)
    return log1p, 1 / (1 + z), -1 / (1 + z) ^ 2
  end,
}

--- Returns the root of what is minimised; it is NaN or infinite if a residual
-- is.
local function size_of(r, options)
  local rho = levenberg.losses[options.loss]
  if not rho then return norm(r) end
  local roots = {}
  for i = 1, #r do
    roots[i] = options.scale * sqrt((rho((r[i] / options.scale) ^ 2)))
  end
  return norm(roots)
end

--- Returns the residuals scaled by the loss, and the factors for the rows of
-- the Jacobian. Without a loss it returns the residuals themselves, and no
-- factors.
local function apply_loss(r, options)
  local rho = levenberg.losses[options.loss]
  if not rho then return r end
  local scaled, factors = {}, {}
  for i = 1, #r do
    local z = (r[i] / options.scale) ^ 2
    local _, first, second = rho(z)
    factors[i] = sqrt(max(first + 2 * second * z, LEAST * first))
    scaled[i] = r[i] * first / factors[i]
  end
  return scaled, factors
end

-- Points ---------------------------------------------------------------------

--- Evaluates the residuals r at x and returns the point: x, r and its size (see
-- size_of).
local function evaluate(search, x)
  search.evaluations = search.evaluations + 1
  local r = search.problem.residuals(x)
  return {x = x, r = r, size = size_of(r, search.options)}
end

local function is_finite(point)
  return point.size < math.huge -- false for NaN
end

--- Returns the diagonal D: for each column the greatest length that it has had
-- so far, 1 for a column that was always 0. `before` is the last diagonal, or
-- lengths that no axis may be below, or nil.
local function grow(before, lengths)
  local diagonal = {}
  for j, length in ipairs(lengths) do
    diagonal[j] = before and max(before[j], length) or length > 0 and length
      or 1
  end
  return diagonal
end

--- Returns the position of the first number in a list that is not finite, or
-- nil.
local function first_wild(list)
  for i = 1, #list do
    if list[i] - list[i] ~= 0 then return i end
  end
end

--- Returns a message that names a residual which is not finite.
local function bad_residual(search, r)
  local i = first_wild(r)
  return i and ("%s: the residual is %s at the start"):format(
    search.problem.name(i), write.general(r[i]))
    or "the sum of squares is not finite at the start"
end

--- Returns a message that names a residual whose derivative is not finite.
local function bad_derivative(search, columns)
  for j, column in ipairs(columns) do
    local i = first_wild(column)
    if i then
      return ("%s: the derivative by %s is %s at the start"):format(
        search.problem.name(i), search.options.names[j],
        write.general(column[i]))
    end
  end
  return "the derivatives are not finite at the start"
end

--- Adds the linear model to a point: the lengths of the Jacobian's columns; qr,
-- the Jacobian in units of `diagonal`, factored; c = -Q' * residuals; the
-- gradient; factors (see apply_loss). Returns true; or false and the columns if
-- a derivative is not finite.
local function linearise(search, point, before)
  search.jacobians = search.jacobians + 1
  local raw, columns = search.problem.jacobian(point.x)
  local r, factors = apply_loss(raw, search.options)
  local m, lengths, b = #r, {}, {}
  point.lengths = lengths
  for j, column in ipairs(columns) do
    for i = 1, factors and m or 0 do column[i] = column[i] * factors[i] end
    lengths[j] = norm(column)
    if not (lengths[j] < math.huge) then return false, columns end
  end
  for i = 1, m do b[i] = -r[i] end
  point.factors, point.diagonal = factors, grow(before, lengths)
  point.qr = linear.qr(columns, m, point.diagonal)
  point.c = linear.apply(point.qr, b)
  point.gradient = linear.transposed(point.qr, point.c)
  for j, g in ipairs(point.gradient) do point.gradient[j] = -g end
  return true
end

--- Returns the model of the free parameters alone, in which the others take the
-- steps `fixed`: a QR and its right side. The columns of R that belong to the
-- free ones, divided by `units` if given, have the same products as those of
-- the Jacobian.
local function reduced(point, free, fixed, units)
  local qr, n, c = point.qr, #point.x, {}
  local whole, columns = {}, {}
  for k = 1, n do whole[qr.p[k]], c[k] = qr.columns[k], point.c[k] end
  for j, z in pairs(fixed) do
    for i, x in ipairs(whole[j]) do c[i] = c[i] - x * z end
  end
  for k, j in ipairs(free) do columns[k] = whole[j] end
  local factored = linear.qr(columns, n, units)
  return factored, linear.apply(factored, c)
end

--- Tells whether parameter j is at a bound and the gradient points out of it.
local function is_held(point, j, bounds)
  local x, g = point.x[j], point.gradient[j]
  return x <= bounds.lower[j] and g >= 0 or x >= bounds.upper[j] and g <= 0
end

--- Tells whether a column has become far shorter than its axis in the
-- ellipsoid.
local function is_faded(point)
  for j, length in ipairs(point.lengths) do
    if length < FADED * point.diagonal[j] then return true end
  end
  return false
end

--- Returns the part of the residuals that the model of the free parameters
-- could still take away (Bates and Watts, "A relative offset orthogonality
-- convergence criterion for nonlinear least squares", 1981). Faded columns are
-- measured in units of their own lengths, so that they are not taken for
-- rounding.
local function offset_of(point, free)
  if point.size == 0 then return 0 end
  local qr, c = point.free_qr, point.free_c
  if is_faded(point) then
    local units = {}
    for k, j in ipairs(free) do
      local length = point.lengths[j] / point.diagonal[j]
      units[k] = length > 0 and length or 1
    end
    qr, c = reduced(point, free, {}, units)
  end
  return norm(c, 1, linear.rank(qr)) / point.size
end

--- Adds to a point which parameters may move (free: their positions, or nil if
-- all may), the model of these parameters (free_qr, free_c), and the offset.
local function choose_free(point, bounds)
  local free = {}
  for j = 1, #point.x do
    if not (bounds and is_held(point, j, bounds)) then free[#free + 1] = j end
  end
  point.free, point.free_qr, point.free_c = nil, point.qr, point.c
  if #free < #point.x then
    point.free = free
    point.free_qr, point.free_c = reduced(point, free, {})
  end
  point.offset = offset_of(point, free)
end

--- Returns a step of the free parameters as one of all, in which the others
-- stay.
local function of_all(point, y)
  if not point.free then return y end
  local z = {}
  for j = 1, #point.x do z[j] = 0 end
  for k, j in ipairs(point.free) do z[j] = y[k] end
  return z
end

--- Returns the x to which a step leads. It lies within the bounds, also when
-- rounding would carry it across one.
local function moved(point, z, bounds)
  local x = {}
  for j = 1, #z do
    x[j] = point.x[j] + z[j] / point.diagonal[j]
    if bounds then
      x[j] = max(bounds.lower[j], min(bounds.upper[j], x[j]))
    end
  end
  return x
end

--- Returns the step, in units of z, from parameter j to the bound that the step
-- z would cross; nil if it crosses none.
local function crossed(point, j, z, bounds)
  local x = point.x[j] + z / point.diagonal[j]
  local bound = x < bounds.lower[j] and bounds.lower[j]
    or x > bounds.upper[j] and bounds.upper[j] or nil
  return bound and (bound - point.x[j]) * point.diagonal[j]
end

-- Steps ----------------------------------------------------------------------

--- Shortens z where it would cross a bound: those parameters stop there, and
-- the step of the others is computed again, until it crosses none. Returns
-- whether any parameter was stopped.
local function cut(search, point, z)
  local fixed, free, left = {}, nil, point.free
  if not left then
    left = {}
    for j = 1, #z do left[j] = j end
  end
  repeat
    local rest, is_cut = 1, free ~= nil -- of the radius' square
    if is_cut then
      for _, step in pairs(fixed) do
        rest = rest - (step / search.radius) ^ 2
      end
      local qr, c = reduced(point, left, fixed)
      local y = linear.within(qr, c,
        search.radius * sqrt(max(rest, 0.01)), search.damping)
      for k, j in ipairs(left) do z[j] = y[k] end
    end
    free, left = left, {}
    for _, j in ipairs(free) do
      fixed[j] = crossed(point, j, z[j], search.bounds)
      z[j] = fixed[j] or z[j]
      if not fixed[j] then left[#left + 1] = j end
    end
  until #left == #free
  return next(fixed) ~= nil
end

--- Returns the second attempt: what to add to the step z, seeing the residuals
-- at its end. They differ from the linear model, which is Q * (R * z - c), by
-- half the second derivative along the step, as far as that derivative is
-- constant.
local function bend(point, trial, z, system)
  local r = {}
  for i = 1, #trial.r do
    r[i] = trial.r[i] * (point.factors and point.factors[i] or 1)
  end
  local half = linear.apply(point.qr, r)
  local model = linear.product(point.qr, z)
  for k = 1, #half do half[k] = model[k] - point.c[k] - half[k] end
  if point.free then half = linear.apply(point.free_qr, half) end
  return of_all(point, linear.again(point.free_qr, system, half))
end

--- Returns the relative reduction of the sum of squares from one point to
-- another; -1 if the size grew more than tenfold.
local function reduction(point, trial)
  if not (0.1 * trial.size < point.size) then return -1 end
  return 1 - (trial.size / point.size) ^ 2
end

--- Returns the dot product of two lists in units of size^2. The quotients are
-- taken first, because size^2 may overflow.
local function relative_dot(x, y, size)
  local sum = 0
  for j = 1, #x do sum = sum + x[j] / size * (y[j] / size) end
  return sum
end

--- Tries a step from a point. Returns the trial point, linearised, if it is
-- accepted, else nil; and the step: z and its length, is_limited (by the
-- region), the predicted and the actual reduction, their ratio, and slope (the
-- relative derivative of the sum of squares along the step).
local function attempt(search, point)
  local y, damping, system = linear.within(point.free_qr, point.free_c,
    search.radius, search.damping)
  search.damping = damping
  local z = of_all(point, y)
  local is_cut = search.bounds and cut(search, point, z)
  local size = point.size
  local square = (norm(linear.product(point.qr, z)) / size) ^ 2
  local step = {z = z, length = norm(z), actual = -1, ratio = 0,
    is_limited = damping > 0}
  local slope = is_cut and -relative_dot(point.gradient, z, size)
    or square + damping * (step.length / size) ^ 2
  step.slope = -slope
  step.predicted = 2 * slope - square
  local function judge(trial)
    step.actual = reduction(point, trial)
    step.ratio = step.predicted > 0 and step.actual / step.predicted or 0
  end
  local trial = evaluate(search, moved(point, z, search.bounds))
  if is_finite(trial) then
    judge(trial)
    if step.ratio < GOOD and not is_cut then
      local more = bend(point, trial, z, system)
      if norm(more) < BEND * step.length then
        for j = 1, #z do more[j] = z[j] + more[j] end
        local second = evaluate(search, moved(point, more, search.bounds))
        if second.size < trial.size then
          trial = second
          judge(trial)
        end
      end
    end
    if step.ratio < REFUSED then
      search.wall = -math.huge
      return nil, step
    end
    if linearise(search, trial, point.diagonal) then return trial, step end
  end
  step.actual, step.ratio, search.wall = -1, 0, search.iterations
  return nil, step
end

--- Sets the size of the next region by how well the model foretold the
-- reduction (MINPACK's rules).
local function resize(search, step)
  if step.ratio <= BAD then
    local factor = 0.5
    if step.actual < 0 then
      factor = 0.5 * step.slope / (step.slope + 0.5 * step.actual)
    end
    if not (factor >= 0.1) or step.actual == -1 then factor = 0.1 end
    search.radius = factor * min(search.radius, 10 * step.length)
    search.damping = search.damping / factor
  elseif step.ratio >= GOOD or search.damping == 0 then
    search.radius = 2 * step.length
    search.damping = search.damping / 2
  end
end

--- Returns the length of x, each parameter being in units of its own.
local function length_of(x, units)
  local scaled = {}
  for j, xj in ipairs(x) do scaled[j] = units[j] * xj end
  return norm(scaled)
end

--- Returns the point to which a short undamped step leads if its offset is
-- clearly less; otherwise nil.
local function last_step(search, point)
  if point.offset <= search.options.gtol then return nil end
  local z = of_all(point, linear.solve(point.free_qr, point.free_c))
  if not (norm(z) <= SHORT * length_of(point.x, point.diagonal)) then
    return nil
  end
  for j = 1, search.bounds and #z or 0 do
    if crossed(point, j, z[j], search.bounds) then return nil end
  end
  local trial = evaluate(search, moved(point, z))
  if not (trial.size <= point.size * (1 + ROUNDING))
      or not linearise(search, trial, point.diagonal) then
    return nil
  end
  choose_free(trial, search.bounds)
  return trial.offset < FASTER * point.offset and trial or nil
end

--- Finds the last digits of the parameters: takes undamped steps for as long as
-- the offset falls.
local function polish(search, point)
  for _ = 1, LAST_STEPS do
    local better = last_step(search, point)
    if not better then break end
    point = better
  end
  return point
end

-- The search -----------------------------------------------------------------

--- Returns status and message if the search ends at a point before a step is
-- tried, else nil.
local function settled(search, point)
  if point.size <= LEAST_SIZE then return "converged", "all residuals are 0" end
  if norm(point.lengths) == 0 then
    return "flat", "the residuals do not change with the parameters here"
  end
  if search.iterations >= search.options.max_iterations then
    return "max_iterations", ("not converged after %d iterations"):format(
      search.iterations)
  end
  if search.evaluations >= search.options.max_evaluations then
    return "max_evaluations", ("not converged after %d evaluations"):format(
      search.evaluations)
  end
end

--- Returns a message if the model can take nothing away at a point, else nil.
local function at_optimum(search, point)
  if point.offset > search.options.gtol then return nil end
  return point.free and "no parameter that may move would lower the sum (gtol)"
    or "the residuals are orthogonal to the Jacobian (gtol)"
end

--- Tells whether the step, lengthened to the size of the next region, would
-- change each parameter by at most xtol of it.
local function is_tiny(search, point, step)
  local part = search.radius / step.length
  for j, x in ipairs(point.x) do
    if part * abs(step.z[j])
        > search.options.xtol * abs(x) * point.diagonal[j] then
      return false
    end
  end
  return true
end

--- Returns a message if nothing changes any more, else nil. A good step that
-- the region limited shows only that the region was small.
local function at_rest(search, point, step)
  if step.is_limited and step.ratio >= GOOD then return nil end
  local ftol = search.options.ftol
  if abs(step.actual) <= ftol and step.predicted <= ftol
      and step.ratio <= 2 then
    return "the sum of squares no longer changes (ftol)"
  elseif is_tiny(search, point, step) then
    return "the parameters no longer change (xtol)"
  end
end

--- Tells whether the residuals' part in the direction of column j is as good as
-- 0, so that changing parameter j gains nothing.
local function is_level(point, j)
  local slope = abs(point.gradient[j]) / point.size * point.diagonal[j]
  return slope <= NO_PART * point.lengths[j]
end

--- Tells whether the sum would hardly change, by the gradient, if parameter j
-- changed by its own size.
local function is_weak(point, j)
  local slope = abs(point.gradient[j]) / point.size * point.diagonal[j]
  return point.x[j] ~= 0
    and slope * (abs(point.x[j]) / point.size) <= NO_CHANGE
end

--- Tells whether test(point, j) holds for all parameters that may move.
local function all_free(point, test)
  local free = point.free
  for k = 1, free and #free or #point.x do
    if not test(point, free and free[k] or k) then return false end
  end
  return true
end

--- Tells whether rounding of the residuals hides what the model could still
-- take away.
local function is_hidden(point)
  return point.offset * point.size
    <= HIDDEN * length_of(point.x, point.lengths)
end

--- Begins the search anew at a point: with no region yet, and with the
-- ellipsoid of that point. If by_size, D is so large that a step as long as the
-- residuals changes no parameter by more than its own size; for a parameter
-- with a short column the ellipsoid would otherwise be too long.
local function begin(search, point, by_size)
  local axes = by_size and {}
  for j, x in ipairs(by_size and point.x or {}) do
    axes[j] = point.size / (x ~= 0 and abs(x) or 1)
  end
  search.radius, search.damping, search.wall = nil, 0, -math.huge
  search.begun, search.by_size = point.size, by_size
  local ok, columns = linearise(search, point, axes)
  if ok then choose_free(point, search.bounds) end
  return ok, columns
end

--- Returns the size of a new region: options.radius times the length of the
-- parameters; or times that of the residuals, if rounding hides the parameters'
-- contribution beside them.
local function first_radius(search, point)
  local length = length_of(point.x, point.diagonal)
  return search.options.radius
    * (length > EPSILON * point.size and length or point.size)
end

--- Takes steps from a point until one is accepted or nothing changes any more.
-- Returns the point; and in the latter case a message.
local function advance(search, point)
  local is_first = not search.radius
  search.radius = search.radius or first_radius(search, point)
  search.iterations = search.iterations + 1
  while true do
    local trial, step = attempt(search, point)
    if is_first then search.radius = min(search.radius, step.length) end
    resize(search, step)
    local message = at_rest(search, point, step)
    if trial then choose_free(trial, search.bounds) end
    if message or trial
        or search.evaluations >= search.options.max_evaluations then
      return trial or point, message
    end
  end
end

--- Decides, after the last digits have been found, whether the search ends at a
-- point where nothing changes. Returns the point; and if it ends there, status
-- and message. Otherwise it has begun anew: first in the ellipsoid of the
-- point, and if that gained nothing, in one by the parameters' sizes.
local function conclude(search, point, message)
  local options = search.options
  point = polish(search, point)
  if point.offset ^ 2 <= max(NO_GAIN, options.ftol, options.gtol ^ 2) then
    return point, "converged", message
  elseif point.size < search.begun * (1 - GAIN) then
    begin(search, point, false)
    return point
  elseif is_hidden(point) then
    return point, "converged", message
  elseif not search.by_size then
    begin(search, point, true)
    return point
  elseif all_free(point, is_level) then
    return point, "converged", message
  elseif search.wall >= search.iterations - NEAR_WALL then
    return point, "stuck", "beyond this point residuals or derivatives are not "
      .. "finite"
  elseif all_free(point, is_weak) then
    return point, "converged", message
  end
  return point, "no_progress", "no step lowers the sum of squares, though its "
    .. "gradient is not 0"
end

--- Minimises a sum of squares, or of losses of squares.
---@param problem table residuals(x): returns a list; jacobian(x): returns the
-- residuals and the Jacobian as a list of columns; all these are new tables;
-- name(i): names residual i in messages
---@param x number[] the start, within the bounds
---@param options table ftol, xtol, gtol: relative tolerances of the sum's
-- reduction, the parameters' change and the offset; max_iterations,
-- max_evaluations; radius: of the first region, in lengths of the parameters;
-- loss, scale; names: of the parameters; bounds: nil, or lower and upper, two
-- lists; watch: nil, or a function called with x, iteration and size after each
-- step, which ends the search by returning true
---@return table search x, r (the residuals), size (the root of what was
-- minimised), status, message, iterations, evaluations, jacobians, free
-- (positions of the parameters that are not held at a bound, nil if all)
function levenberg.search(problem, x, options)
  local search = {problem = problem, options = options,
    bounds = options.bounds, iterations = 0, evaluations = 0, jacobians = 0}
  local point = evaluate(search, x)
  local status, message
  if not is_finite(point) then
    status, message = "bad_start", bad_residual(search, point.r)
  else
    local ok, columns = begin(search, point, false)
    if not ok then
      status, message = "bad_start", bad_derivative(search, columns)
    end
  end
  while not status do
    status, message = settled(search, point)
    if not status then
      local before, rest = point, at_optimum(search, point)
      if not rest then point, rest = advance(search, point) end
      if options.watch and point ~= before
          and options.watch(point.x, search.iterations, point.size) then
        status, message = "stopped", "stopped by the callback"
      elseif rest then
        point, status, message = conclude(search, point, rest)
      end
    end
  end
  search.x, search.r, search.size = point.x, point.r, point.size
  search.status, search.message, search.free = status, message, point.free
  return search
end

return levenberg
