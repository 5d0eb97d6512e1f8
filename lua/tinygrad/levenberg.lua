--- tinygrad.levenberg: the search behind tinygrad.fit and least_squares.
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
--
-- Here all is flat lists. z is a step in units of the ellipsoid: z = D * dx.

local core = require "tinygrad.core"
local linear = require "tinygrad.linear"
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

--- A step that a wall has shortened, in one of so many iterations, shows no
-- convergence.
local NEAR_WALL = 2

--- Least factor, squared, of a row of the Jacobian under a loss.
local LEAST = 1e-8

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

--- The diagonal D: the greatest length that each column has had.
local function grow(before, lengths)
  local diagonal = {}
  for j, length in ipairs(lengths) do
    diagonal[j] = before and max(before[j], length) or length > 0 and length
      or 1
  end
  return diagonal
end

--- Adds the linear model to a point: qr, the Jacobian in units of `diagonal`,
-- factored; c = -Q' * residuals; gradient; factors (see apply_loss). False if
-- a derivative is not finite.
local function linearise(search, point, before)
  search.jacobians = search.jacobians + 1
  local raw, columns = search.problem.jacobian(point.x)
  local r, factors = apply_loss(raw, search.options)
  local m, lengths, b = #r, {}, {}
  for j, column in ipairs(columns) do
    for i = 1, factors and m or 0 do column[i] = column[i] * factors[i] end
    lengths[j] = norm(column)
    if not (lengths[j] < math.huge) then return false end
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
-- R's columns make a smaller matrix with the same products.
local function reduced(point, free, fixed)
  local qr, n, c = point.qr, #point.x, {}
  local whole, columns = {}, {}
  for k = 1, n do whole[qr.p[k]], c[k] = qr.columns[k], point.c[k] end
  for j, z in pairs(fixed) do
    for i, x in ipairs(whole[j]) do c[i] = c[i] - x * z end
  end
  for k, j in ipairs(free) do columns[k] = whole[j] end
  local factored = linear.qr(columns, n)
  return factored, linear.apply(factored, c)
end

--- Is parameter j at a bound, and the gradient pointing out?
local function is_held(point, j, bounds)
  local x, g = point.x[j], point.gradient[j]
  return x <= bounds.lower[j] and g >= 0 or x >= bounds.upper[j] and g <= 0
end

--- Adds to a point which parameters may move (free: their positions, or nil if
-- all may), the model of these (free_qr, free_c), and the offset: which part
-- of the residuals the model could still take away (Bates and Watts, "A
-- relative offset orthogonality convergence criterion for nonlinear least
-- squares", 1981).
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
  local rank = linear.rank(point.free_qr)
  point.offset = rank > 0 and point.size > 0
    and norm(point.free_c, 1, rank) / norm(point.r) or 0
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
-- what is known of it: length, predicted and actual reduction, ratio, slope
-- (of the sum of squares along the step, relative).
local function attempt(search, point)
  local y, damping, system = linear.within(point.free_qr, point.free_c,
    search.radius, search.damping)
  search.damping = damping
  local z = of_all(point, y)
  local is_cut = search.bounds and cut(search, point, z)
  local size = point.size
  local square = (norm(linear.product(point.qr, z)) / size) ^ 2
  local step = {length = norm(z), actual = -1, ratio = 0}
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
    if step.ratio < REFUSED then return nil, step end
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

--- Length of the parameters in units of the ellipsoid.
local function length_of(point)
  local scaled = {}
  for j, x in ipairs(point.x) do scaled[j] = point.diagonal[j] * x end
  return norm(scaled)
end

--- The last digits: undamped steps for as long as the offset falls.
local function polish(search, point)
  for _ = 1, LAST_STEPS do
    if point.offset <= search.options.gtol then return point end
    local z = of_all(point, linear.solve(point.free_qr, point.free_c))
    if not (norm(z) <= SHORT * length_of(point)) then return point end
    for j = 1, search.bounds and #z or 0 do
      if crossed(point, j, z[j], search.bounds) then return point end
    end
    local trial = evaluate(search, moved(point, z))
    if not (trial.size <= point.size * (1 + ROUNDING))
        or not linearise(search, trial, point.diagonal) then
      return point
    end
    choose_free(trial, search.bounds)
    if not (trial.offset < FASTER * point.offset) then return point end
    point = trial
  end
  return point
end

-- The search -----------------------------------------------------------------

--- Why to end at a point before a step is tried: status and message, or nil.
local function settled(search, point)
  if point.size == 0 then return "converged", "all residuals are 0" end
  if linear.rank(point.qr) == 0 then
    return "flat", "the residuals do not change with the parameters here"
  end
  if point.offset <= search.options.gtol then
    return "converged", point.free and "no parameter that may move would "
      .. "lower the sum (gtol)"
      or "the residuals are orthogonal to the Jacobian (gtol)"
  end
  if search.iterations >= search.options.max_iterations then
    return "max_iterations", ("not converged after %d iterations"):format(
      search.iterations)
  end
end

--- Why to end after a step: status and message, or nil.
local function ended(search, step, length)
  local options, message = search.options, nil
  if abs(step.actual) <= options.ftol and step.predicted <= options.ftol
      and step.ratio <= 2 then
    message = "the sum of squares no longer changes (ftol)"
  elseif search.radius <= options.xtol * max(length, EPSILON * search.start)
      then
    message = "the parameters no longer change (xtol)"
  end
  if message and search.damping > 0
      and search.wall >= search.iterations - NEAR_WALL then
    return "stuck", "beyond this point residuals or derivatives are not finite"
  elseif message then
    return "converged", message
  end
  if search.evaluations >= options.max_evaluations then
    return "max_evaluations", ("not converged after %d evaluations"):format(
      search.evaluations)
  end
end

--- Steps from a point to the next accepted one; or status and message.
local function advance(search, point)
  local length = length_of(point)
  search.radius = search.radius
    or search.options.radius * (length > 0 and length or point.size)
  search.iterations = search.iterations + 1
  while true do
    local trial, step = attempt(search, point)
    if search.iterations == 1 then
      search.radius = min(search.radius, step.length)
    end
    resize(search, step)
    local status, message = ended(search, step, length)
    if status or trial then return trial or point, status, message end
  end
end

--- Minimises a sum of squares, or of losses of squares.
---@param problem table residuals(x): a list; jacobian(x): the same and the
-- Jacobian as a list of columns; all new tables
---@param x number[] where to begin, within the bounds
---@param options table ftol, xtol, gtol: relative tolerances of the sum's
-- reduction, the parameters' change, the offset; max_iterations,
-- max_evaluations; radius: of the first region, in lengths of the parameters;
-- loss, scale; bounds: nil or lower and upper, lists; watch: nil or called
-- with x, iteration and size after each step, true ends the search
---@return table search x, r (the residuals), size (the root of what was
-- minimised), status, message, iterations, evaluations, jacobians, free
-- (positions of the parameters that are not held at a bound, nil if all)
function levenberg.search(problem, x, options)
  local search = {problem = problem, options = options,
    bounds = options.bounds, iterations = 0, evaluations = 0, jacobians = 0,
    damping = 0, wall = -math.huge}
  local point = evaluate(search, x)
  search.start = point.size
  local status, message
  if not is_finite(point) then
    status, message = "bad_start", "a residual is not finite at the start"
  elseif not linearise(search, point) then
    status, message = "bad_start", "a derivative is not finite at the start"
  else
    choose_free(point, search.bounds)
  end
  while not status do
    status, message = settled(search, point)
    if not status then
      point, status, message = advance(search, point)
      choose_free(point, search.bounds)
      if not status and options.watch
          and options.watch(point.x, search.iterations, point.size) then
        status, message = "stopped", "stopped by the callback"
      end
    end
  end
  if status == "converged" and point.size > 0 then
    point = polish(search, point)
  end
  search.x, search.r, search.size = point.x, point.r, point.size
  search.status, search.message, search.free = status, message, point.free
  return search
end

return levenberg
