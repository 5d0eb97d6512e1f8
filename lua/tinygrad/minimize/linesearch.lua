--- tinygrad.minimize.linesearch: finds a step along a direction that meets the
-- strong Wolfe conditions.
--
-- The method is that of J. J. Moré and D. J. Thuente, Line search algorithms
-- with guaranteed sufficient decrease, ACM TOMS 20 (1994), with two additions.
-- A step to a point where the function is not finite only limits the steps that
-- follow. Close to a minimum, where rounding of the value hides the decrease,
-- the slope alone decides (W. W. Hager and H. Zhang, SIAM J. Optim. 16 (2005),
-- section 4).

require("tinygrad.core").library()

local abs, max, min, sqrt, huge = math.abs, math.max, math.min, math.sqrt,
  math.huge

local DECREASE = 1e-4 -- of what the slope promises: the least decrease
local CURVATURE = 0.5 -- of the first slope: the most that may be left. (The
-- usual 0.9 saves a tenth of the evaluations, but takes far longer on
-- ill-conditioned quadratics.)
local ROUNDING = 1e-14 -- of the value: differences that mean nothing
local EVALUATIONS = 40 -- at most, in one search
local SHRINK = 0.66 -- the part to which two rounds must shorten the interval

--- Returns where the cubic through two points with slopes has its minimum; nil
-- if it has none.
local function cubic(p, q)
  local d1 = p.slope + q.slope - 3 * (p.value - q.value) / (p.at - q.at)
  local radicand = d1 * d1 - p.slope * q.slope
  if not (radicand >= 0) then return nil end
  local d2 = q.at > p.at and sqrt(radicand) or -sqrt(radicand)
  local at = q.at
    - (q.at - p.at) * (q.slope + d2 - d1) / (q.slope - p.slope + 2 * d2)
  return abs(at) < huge and at or nil
end

--- Returns where the parabola with two values and the slope at p has its
-- minimum.
local function parabola(p, q)
  local width = q.at - p.at
  local bend = (p.value - q.value) / width + p.slope
  return p.at + 0.5 * width * p.slope / bend
end

--- Returns where the line through two slopes is 0.
local function secant(p, q)
  return q.at + (p.at - q.at) * q.slope / (q.slope - p.slope)
end

--- Returns a or b, whichever is closer to `at`.
local function closer(at, a, b)
  return abs(a - at) < abs(b - at) and a or b
end

--- Returns a or b, whichever is farther from `at`.
local function farther(at, a, b)
  return abs(a - at) > abs(b - at) and a or b
end

--- Returns the next step to try, and whether a minimum is bracketed now. low:
-- the best point; high: the other end of the interval, if bracketed; t: the
-- newest point.
local function next_step(low, high, t, bracketed, least, most)
  local c = cubic(low, t)
  if t.value > low.value then
    local q = parabola(low, t)
    if not c then return q, true end
    return abs(c - low.at) < abs(q - low.at) and c or c + (q - c) / 2, true
  end
  if t.slope * low.slope < 0 then
    local s = secant(low, t)
    return c and farther(t.at, c, s) or s, true
  end
  local limit = t.at > low.at and most or least
  if abs(t.slope) < abs(low.slope) then
    local s = secant(low, t)
    if not c or (c - t.at) * (t.at - low.at) <= 0 then c = limit end
    if not bracketed then
      return min(max(farther(t.at, c, s), least), most), false
    end
    local at = closer(t.at, c, s)
    local stop = t.at + SHRINK * (high.at - t.at)
    return t.at > low.at and min(stop, at) or max(stop, at), true
  end
  if not bracketed then return limit, false end
  return cubic(t, high) or (t.at + high.at) / 2, true
end

--- Returns a point of the auxiliary function, which is the function less a line
-- with the given slope.
local function tilted(p, slope)
  return {at = p.at, value = p.value - p.at * slope, slope = p.slope - slope}
end

local function is_finite(p)
  return abs(p.value) < huge and abs(p.slope) < huge
end

--- Looks for a step.
---@param phi fun(at: number): number, number value and slope at a step
---@param value number phi's at 0
---@param slope number phi's at 0, negative
---@param at number the step to try first
---@param floor number a value below which the function counts as unbounded
---@param evaluations number how many calls of phi are left
---@return table point the best step found: at (0: none), value, slope, done
-- (whether it meets the conditions), finite (whether phi was finite at any
-- step), and last (whether phi was called last at this step)
local function search(phi, value, slope, at, floor, evaluations)
  local start = {at = 0, value = value, slope = slope}
  local promised = DECREASE * slope
  local slack = ROUNDING * abs(value)
  local low, high, bracketed, tilt = start, start, false, true
  local barrier = huge -- steps from here on are not finite
  local width, width_before = huge, huge
  local best, any = start, false
  for _ = 1, min(evaluations, EVALUATIONS) do
    local t = {at = at}
    t.value, t.slope = phi(at)
    if t.value <= floor then
      t.last, t.finite = true, true
      return t
    end
    if not is_finite(t) then
      if at <= low.at then break end
      barrier, bracketed = at, false
      at = low.at + (at - low.at) / (any and 2 or 8)
      if at == low.at or at == barrier then break end
    else
      any = true
      local decreased = t.value <= value + at * promised
      if abs(t.slope) <= -CURVATURE * slope
          and (decreased or t.value <= value + slack) then
        t.done, t.finite, t.last = true, true, true
        return t
      end
      if t.value < best.value then best = t end
      if tilt and decreased and t.slope >= 0 then tilt = false end
      local least, most = t.at + 1.1 * (t.at - low.at),
        t.at + 4 * (t.at - low.at)
      if bracketed then
        least, most = min(low.at, high.at), max(low.at, high.at)
      elseif barrier < huge then
        most = min(most, (t.at + barrier) / 2)
        least = min(least, most)
      end
      local l, h, u = low, high, t
      if tilt and t.value <= low.value and not decreased then
        l, h, u = tilted(low, promised), tilted(high, promised),
          tilted(t, promised)
      end
      at, bracketed = next_step(l, h, u, bracketed, least, most)
      if u.value > l.value then
        high = t
      else
        if u.slope * l.slope < 0 then high = low end
        low = t
      end
      if bracketed then
        local now = abs(high.at - low.at)
        if now >= SHRINK * width_before then at = (low.at + high.at) / 2 end
        width_before, width = width, now
        local first, last = min(low.at, high.at), max(low.at, high.at)
        if not (at > first and at < last) then at = (first + last) / 2 end
        if at == first or at == last then break end
      elseif at == t.at then
        break
      end
    end
  end
  return {at = best.at, value = best.value, slope = best.slope, finite = any,
    done = best.at > 0 and best.value <= value + best.at * promised}
end

return search
