--- tinygrad.minimize.newton: Newton's method with the exact Hessian in a trust
-- region, with bounds, for functions of few variables.
--
-- The method is that of Nocedal and Wright, Numerical Optimization, chapter 4.
-- With bounds, variables that the gradient pushes against their bounds are
-- held. The quadratic model is minimised over the others; those that would
-- leave the bounds are put on them, and the model is minimised over the rest. A
-- step along the projected gradient is taken instead if it does better, which
-- is what makes the method converge (A. R. Conn, N. I. M. Gould and Ph. L.
-- Toint, SIAM J. Numer. Anal. 25 (1988)).

local core = require "tinygrad.core"
local trust = require "tinygrad.minimize.trust"
core.library()

local abs, max, min, huge = math.abs, math.max, math.min, math.huge
local norm = trust.norm

local ACCEPT, GOOD, VERY_GOOD = 1e-4, 0.25, 0.75 -- of the predicted decrease
local ROUNDING = 1e-14 -- of the value: differences that mean nothing
local CONVEX = 1e-8 -- of the Hessian's largest element: a negative curvature
-- that counts as none

--- Returns the largest absolute value in a list.
local function largest(x)
  local y = 0
  for i = 1, #x do y = max(y, abs(x[i])) end
  return y
end

--- Tells whether a step leads from x to another point, by more than rounding.
local function moves(x, to)
  for i = 1, #x do
    if abs(to[i] - x[i]) > 2 ^ -52 * abs(x[i]) then return true end
  end
  return false
end

local function clamp(x, low, high) return max(low, min(high, x)) end

--- Returns the largest element of the gradient, projected onto the bounds.
local function gradient_norm(x, g, bounds)
  if not bounds then return largest(g) end
  local y = 0
  for i = 1, #x do
    y = max(y, abs(clamp(x[i] - g[i], bounds.lower[i], bounds.upper[i])
      - x[i]))
  end
  return y
end

--- Returns the change of the value that the quadratic model predicts for a
-- step.
local function model(g, H, s)
  local y = 0
  for i = 1, #s do
    if s[i] ~= 0 then
      local Hi, t = H[i], 0
      for k = 1, #s do t = t + Hi[k] * s[k] end
      y = y + s[i] * (g[i] + t / 2)
    end
  end
  return y
end

--- Returns the variables that a step against the gradient can move: all but
-- those that it pushes against a bound which is not farther than `margin`.
local function free_variables(x, g, bounds, margin)
  local free = {}
  for i = 1, #x do
    local low, high = -huge, huge
    if bounds then low, high = bounds.lower[i], bounds.upper[i] end
    if low < high and not (x[i] - low <= margin and g[i] > 0)
        and not (high - x[i] <= margin and g[i] < 0) then
      free[#free + 1] = i
    end
  end
  return free
end

--- Returns the rows and columns of H with the given numbers.
local function part(H, rows)
  local P = {}
  for a, i in ipairs(rows) do
    local row, Hi = {}, H[i]
    for b, k in ipairs(rows) do row[b] = Hi[k] end
    P[a] = row
  end
  return P
end

--- Returns the part of a step p from x, over the free variables, that lies
-- within the bounds, at most 1.
local function share_within(x, p, bounds, free)
  local share = 1
  for a, i in ipairs(free) do
    local bound = p[a] < 0 and bounds.lower[i] or bounds.upper[i]
    if p[a] ~= 0 then share = min(share, (bound - x[i]) / p[a]) end
  end
  return max(share, 0)
end

--- Returns a step within ball and bounds and the point to which it leads: the
-- exact solution over the free variables, or as far as the first bound, and on
-- from there over those that are still free. The model falls all the way.
-- other: take the second solution of a hard case first; returns nil if there is
-- no second one.
local function newton_step(x, g, H, bounds, free, radius, other)
  local n, s, point, clipped = #x, {}, {}, false
  for i = 1, n do s[i], point[i] = 0, x[i] end
  while #free > 0 do
    local left = radius - norm(s)
    if not (left > 0) then break end
    local slope = {}
    for a, i in ipairs(free) do
      local Hi, t = H[i], g[i]
      for k = 1, n do t = t + Hi[k] * s[k] end
      slope[a] = t
    end
    local p, second = trust.solve(part(H, free), slope, left)
    if other and not clipped then p = second end
    if not p then return nil end
    local share = bounds and share_within(point, p, bounds, free) or 1
    local inside = {}
    for a, i in ipairs(free) do
      local to = point[i] + share * p[a]
      local bound = share < 1 and (p[a] < 0 and bounds.lower[i]
        or p[a] > 0 and bounds.upper[i])
      if bound and (p[a] < 0 and to <= bound or p[a] > 0 and to >= bound
          or (bound - point[i]) / p[a] <= share) then
        to, clipped = bound, true
      else
        inside[#inside + 1] = i
      end
      point[i] = bounds and clamp(to, bounds.lower[i], bounds.upper[i]) or to
      s[i] = point[i] - x[i]
    end
    if share == 1 or #inside == #free then break end
    free = inside
  end
  return {s = s, x = point, clipped = clipped, model = model(g, H, s)}
end

--- Returns a step along the projected gradient that has a fair part of the
-- decrease that the slope promises.
local function cauchy_step(x, g, H, bounds, free, radius)
  local slope = {}
  for a, i in ipairs(free) do slope[a] = g[i] end
  local size = norm(slope)
  if size == 0 then return nil end
  local t = radius / size
  for _ = 1, 60 do
    local s, point, along = {}, {}, 0
    for i = 1, #x do s[i], point[i] = 0, x[i] end
    for _, i in ipairs(free) do
      point[i] = clamp(x[i] - t * g[i], bounds.lower[i], bounds.upper[i])
      s[i] = point[i] - x[i]
      along = along + g[i] * s[i]
    end
    local y = model(g, H, s)
    if y <= 0.01 * along then return {s = s, x = point, model = y} end
    t = t / 4
  end
end

--- Returns the step that makes the model least: Newton's, its second solution,
-- or one along the projected gradient.
local function best_step(x, g, H, bounds, free, radius)
  local best = newton_step(x, g, H, bounds, free, radius)
  local others = {newton_step(x, g, H, bounds, free, radius, true) or nil}
  if best.clipped then
    others[#others + 1] = cauchy_step(x, g, H, bounds, free, radius)
  end
  for _, step in ipairs(others) do
    if step.model < best.model then best = step end
  end
  return best
end

--- Tells whether the Hessian has no direction of negative curvature among the
-- free variables.
local function is_convex(H, free)
  local P, biggest = part(H, free), 0
  for i = 1, #P do biggest = max(biggest, largest(P[i])) end
  return biggest == 0 or trust.cholesky(P, CONVEX * biggest) ~= nil
end

--- Tells whether all numbers of a list are finite.
local function all_finite(list)
  for i = 1, #list do
    if not (abs(list[i]) < huge) then return false end
  end
  return true
end

--- Tells whether all numbers of a matrix are finite.
local function is_finite(H)
  for i = 1, #H do
    if not all_finite(H[i]) then return false end
  end
  return true
end

--- Returns value and gradient, the latter as a list of its own.
local function evaluate(objective, x)
  local out, g = {}, {}
  objective:evaluate(x, out)
  for i = 1, #x do g[i] = out[i + 1] end
  return out[1], g
end

--- Minimises an objective. Parameters and result are those of lbfgs.lua.
local function newton(objective, x, bounds, watch)
  local value, g = evaluate(objective, x)
  local size = gradient_norm(x, g, bounds)
  local radius, is_new = max(1.0, norm(x)), true

  local function outcome(status, message)
    return {status = status, message = message, x = x, value = value,
      gradient = g, gradient_norm = size}
  end

  local H, free, convex
  local promise, finite -- of the first step tried from x; was any step's value?
  local function look_around()
    promise, finite = nil, false
    H = objective:hessian(x)
    if not is_finite(H) then return false end
    free = free_variables(x, g, bounds, 0)
    convex = is_convex(H, free_variables(x, g, bounds, size))
    watch.saddle = not convex
    return true
  end

  local status, message = watch:start(x, value, size)
  if status and status ~= "converged" then return outcome(status, message) end
  if not look_around() then
    return outcome(status or "not_finite", message
      or "the Hessian is not finite")
  end
  if status and convex then return outcome(status, message) end
  while true do
    if watch:evaluations_left() <= 0 then
      return outcome(watch:out_of_evaluations())
    end
    local noise = ROUNDING * abs(value)
    local step, foretold, length
    local function look_ahead()
      step = best_step(x, g, H, bounds, free, radius)
      foretold, length = -step.model, norm(step.s)
    end
    look_ahead()
    while is_new and foretold <= noise and length > 0.8 * radius
        and radius < 1e300 do
      radius = 64 * radius
      look_ahead()
    end
    is_new = false
    promise = promise or length <= 0.8 * radius and foretold or huge
    if not (foretold > 0) then return outcome(watch:stuck(value, promise)) end
    local new_value, new_g = evaluate(objective, step.x)
    local new_size = gradient_norm(step.x, new_g, bounds)
    local ratio = -1
    if new_value <= watch.floor then
      ratio, finite = 1, true
    elseif abs(new_value) < huge and all_finite(new_g) then
      ratio, finite = (value - new_value) / foretold, true
      if foretold <= noise and abs(value - new_value) <= noise then
        if not (new_size < size) then
          return outcome(watch:stuck(value, promise))
        end
        ratio = 1
      end
    end
    local is_short = length > 0.8 * radius
    if ratio < GOOD then
      radius = min(radius, length) / 4
    elseif ratio > VERY_GOOD and is_short then
      radius = 3 * radius
    end
    if ratio > ACCEPT then
      local before, old = x, value
      x, value, g, size = step.x, new_value, new_g, new_size
      if value > watch.floor and not look_around() then
        return outcome("not_finite", "the Hessian is not finite")
      end
      status, message = watch:step(x, value, before, old, size, length,
        norm(x), is_short)
      if status then return outcome(status, message) end
    elseif not moves(x, step.x) or radius < 1e-300 then
      return outcome(watch:stuck(value, promise, finite))
    end
  end
end

return newton
