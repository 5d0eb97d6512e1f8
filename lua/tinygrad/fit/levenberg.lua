--- tinygrad.fit.levenberg: the search behind tinygrad.fit and least_squares.
--
-- Levenberg-Marquardt in a trust region, as in MINPACK (Moré, "The
-- Levenberg-Marquardt algorithm: implementation and theory", 1978): a step
-- makes the linear model of the residuals least within an ellipsoid whose axes
-- follow the Jacobian's columns, so that no unit of a parameter matters; how
-- well the model did decides on the step and on the next ellipsoid. Besides:
--
-- - Where the model did badly, the residuals at the end of the step tell how
--   they curve along it, and a second attempt follows the curve. (The geodesic
--   acceleration of Transtrum and Sethna, "Improvements to the
--   Levenberg-Marquardt algorithm for nonlinear least-squares minimization",
--   2012, at the cost of one evaluation.) Narrow winding valleys take a quarter
--   of the iterations.
-- - Bounds: parameters at a bound that the gradient points out of are held;
--   those that a step would carry out stop at their bound, and the step of the
--   others is computed again.
-- - Robust losses scale residuals and Jacobian so that the linear model has the
--   loss's gradient, and its Hessian as far as that is positive (Triggs and
--   others, "Bundle adjustment: a modern synthesis", 1999).
-- - A point where something is not finite is a wall: the ellipsoid shrinks.
-- - Sums of squares no longer change, in their digits, long before the
--   parameters have theirs; so the last steps go by the gradient alone.
-- - The gradient decides whether a search has converged. Sum and parameters may
--   stand still because the ellipsoid is too small or too old instead: then the
--   search begins anew where it is, with the ellipsoid of that point.
--
-- Here all is flat lists. z is a step in units of the ellipsoid: z = D * dx.

local core = require "tinygrad.core"
local linear = require "tinygrad.fit.linear"
local write = require "tinygrad.support.write"
core.library()

local levenberg = {}

local abs, max, min, sqrt = math.abs, math.max, math.min, math.sqrt
local norm = linear.norm

local EPSILON = 2.220446049250313e-16

--- Ratios of the actual to the predicted reduction: below which a step is
-- refused, the region shrinks, and from which it grows (MINPACK's).
local REFUSED, BAD, GOOD = 1e-4, 0.25, 0.75

--- The second attempt must not move further than this from the first, in
-- lengths of the step.
local BEND = 0.5

--- A wall met in one of so many iterations is what the search ends at.
local NEAR_WALL = 2

--- Least factor, squared, of a row of the Jacobian under a loss.
local LEAST = 1e-8

--- The smallest number with all digits: residuals below it are 0.
local LEAST_SIZE = 2.2250738585072014e-308

--- A column is faded if it has become so much shorter than its axis says.
local FADED = 1e-6

--- What passes for 0 at the end: the share of the sum of squares that a full
-- step would take away (at least); the part of the residuals in the direction
-- of a column; the change of the sum, by the gradient, if a parameter changed
-- by its own size; what rounding hides of all that the parameters contribute.
local NO_GAIN, NO_PART, NO_CHANGE, HIDDEN = 1e-12, 1e-6, 1e-6, 4e-15

--- A new beginning is worth another one if it lowered the size by this part.
local GAIN = 1e-10

--- The last steps: how many, how long at most (of the parameters), what each
-- must make of the offset, and what it may of the size, by rounding.
local LAST_STEPS, SHORT, FASTER, ROUNDING = 40, 1e-4, 0.9, 1e-9

-- Losses ---------------------------------------------------------------------

--- rho(z) of the squared residual z in units of the scale: its value, first and
-- second derivative. The sum of scale^2 * rho((r / scale)^2) is minimised.
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

--- The root of what is minimised; NaN or infinite if a residual is.
local function size_of(r, options)
  local rho = levenberg.losses[options.loss]
  if not rho then return norm(r) end
  local roots = {}
  for i = 1, #r do
    roots[i] = options.scale * sqrt((rho((r[i] / options.scale) ^ 2)))
  end
  return norm(roots)
end

--- Residuals as the loss scales them, and the factors for the rows of the
-- Jacobian; without a loss the residuals themselves.
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

--- x, the residuals r there, and the size.
local function evaluate(search, x)
  search.evaluations = search.evaluations + 1
  local r = search.problem.residuals(x)
  return {x = x, r = r, size = size_of(r, search.options)}
end

local function is_finite(point)
  return point.size < math.huge -- NaN is not
end

--- The diagonal D: the greatest length that each column has had. (`before` may
-- hold other lengths that an axis is not to be below.)
local function grow(before, lengths)
  local diagonal = {}
  for j, length in ipairs(lengths) do
    diagonal[j] = before and max(before[j], length) or length > 0 and length
      or 1
  end
  return diagonal
end

--- The position of the first number in a list that is not finite, or nil.
local function first_wild(list)
  for i = 1, #list do
    if list[i] - list[i] ~= 0 then return i end
  end
end

--- Says which residual is not finite.
local function bad_residual(search, r)
  local i = first_wild(r)
  return i and ("%s: the residual is %s at the start"):format(
    search.problem.name(i), write.general(r[i]))
    or "the sum of squares is not finite at the start"
end

--- Says of which residual a derivative is not finite.
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

--- Adds the linear model to a point: lengths of the Jacobian's columns; qr, the
-- Jacobian in units of `diagonal`, factored; c = -Q' * residuals; gradient;
-- factors (see apply_loss). If a derivative is not finite: false, the columns.
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

--- The model of some of the parameters alone, the others' steps being `fixed`:
-- R's columns, divided by `units` if there are any, make a smaller matrix with
-- the same products.
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

--- Is parameter j at a bound, and the gradient pointing out?
local function is_held(point, j, bounds)
  local x, g = point.x[j], point.gradient[j]
  return x <= bounds.lower[j] and g >= 0 or x >= bounds.upper[j] and g <= 0
end

--- Has a column become far shorter than its axis in the ellipsoid?
local function is_faded(point)
  for j, length in ipairs(point.lengths) do
    if length < FADED * point.diagonal[j] then return true end
  end
  return false
end

--- Which part of the residuals the model of the free parameters could still
-- take away (Bates and Watts, "A relative offset orthogonality convergence
-- criterion for nonlinear least squares", 1981). Rounding is told from short
-- columns by their own lengths.
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
-- all may), the model of these (free_qr, free_c), and the offset.
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

--- A step of the free parameters as one of all.
local function of_all(point, y)
  if not point.free then return y end
  local z = {}
  for j = 1, #point.x do z[j] = 0 end
  for k, j in ipairs(point.free) do z[j] = y[k] end
  return z
end

--- Where a step leads; rounding does not lead across a bound.
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

--- The bound that a step would cross, in units of z, or nil.
local function crossed(point, j, z, bounds)
  local x = point.x[j] + z / point.diagonal[j]
  local bound = x < bounds.lower[j] and bounds.lower[j]
    or x > bounds.upper[j] and bounds.upper[j] or nil
  return bound and (bound - point.x[j]) * point.diagonal[j]
end

-- Steps ----------------------------------------------------------------------

--- Lets a step of all end at the bounds it would cross, and computes it again
-- for the parameters that do not, until none does. Whether that was needed.
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

--- The second attempt: what to add to a step, seeing the residuals it led to.
-- Their difference from the linear model, which is Q * (R * z - c), is half
-- the second derivative along the step, as far as that is constant.
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

--- Relative reduction of the sum of squares from one point to another.
local function reduction(point, trial)
  if not (0.1 * trial.size < point.size) then return -1 end
  return 1 - (trial.size / point.size) ^ 2
end

--- A dot product of lists in units of `size`, which may have no square.
local function relative_dot(x, y, size)
  local sum = 0
  for j = 1, #x do sum = sum + x[j] / size * (y[j] / size) end
  return sum
end

--- A step from a point: the trial point, linearised if it is accepted, and
-- what is known of it: z and its length, whether the region limited it,
-- predicted and actual reduction, ratio, slope (of the sum of squares along the
-- step, relative).
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

--- The next region, by how well the model did (MINPACK's rules).
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

--- Length of the parameters, each in units of its own.
local function length_of(x, units)
  local scaled = {}
  for j, xj in ipairs(x) do scaled[j] = units[j] * xj end
  return norm(scaled)
end

--- Where an undamped step leads that makes the offset less; nil if none does.
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

--- The last digits: undamped steps for as long as the offset falls.
local function polish(search, point)
  for _ = 1, LAST_STEPS do
    local better = last_step(search, point)
    if not better then break end
    point = better
  end
  return point
end

-- The search -----------------------------------------------------------------

--- Why to end at a point before a step is tried: status and message, or nil.
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

--- What a point tells: that the model can take nothing away, or nil.
local function at_optimum(search, point)
  if point.offset > search.options.gtol then return nil end
  return point.free and "no parameter that may move would lower the sum (gtol)"
    or "the residuals are orthogonal to the Jacobian (gtol)"
end

--- Would the step, if it were as long as the next region, change no parameter
-- by more than xtol of it?
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

--- What a step tells: that nothing changes any more, or nil. A good step that
-- the region limited tells only that the region was small.
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

--- Does the gradient tell nothing to be gained by changing parameter j?
local function is_level(point, j)
  local slope = abs(point.gradient[j]) / point.size * point.diagonal[j]
  return slope <= NO_PART * point.lengths[j]
end

--- Would the sum hardly change if parameter j changed by its own size?
local function is_weak(point, j)
  local slope = abs(point.gradient[j]) / point.size * point.diagonal[j]
  return point.x[j] ~= 0
    and slope * (abs(point.x[j]) / point.size) <= NO_CHANGE
end

--- Is it so of all parameters that may move?
local function all_free(point, test)
  local free = point.free
  for k = 1, free and #free or #point.x do
    if not test(point, free and free[k] or k) then return false end
  end
  return true
end

--- Is what the model could take away hidden by the residuals' rounding?
local function is_hidden(point)
  return point.offset * point.size
    <= HIDDEN * length_of(point.x, point.lengths)
end

--- Begins anew at a point: no region yet, and the ellipsoid of that point. If
-- by_size, a step of the residuals' length changes no parameter by more than
-- its own size; for one whose column is short the ellipsoid is too long.
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

--- The size of a new region: so many lengths of the parameters; or of the
-- residuals, beside which the parameters' contribution is less than rounding.
local function first_radius(search, point)
  local length = length_of(point.x, point.diagonal)
  return search.options.radius
    * (length > EPSILON * point.size and length or point.size)
end

--- Steps from a point to the next accepted one, or to where nothing changes.
-- That point, and the message in the latter case.
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

--- Whether to end where nothing changes, after the last digits: the point, and
-- status and message if so. Otherwise the search begins anew, at first in the
-- ellipsoid of the point, and where that brings nothing in one by size.
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
---@param problem table residuals(x): a list; jacobian(x): the same and the
-- Jacobian as a list of columns, all new tables; name(i): what residual i is
-- of, for messages
---@param x number[] where to begin, within the bounds
---@param options table ftol, xtol, gtol: relative tolerances of the sum's
-- reduction, the parameters' change, the offset; max_iterations,
-- max_evaluations; radius: of the first region, in lengths of the parameters;
-- loss, scale; names: of the parameters; bounds: nil or lower and upper, lists;
-- watch: nil or called with x, iteration and size after each step, true ends
-- the search
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
