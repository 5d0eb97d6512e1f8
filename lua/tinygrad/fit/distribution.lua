--- tinygrad.fit.distribution: Student's and the normal distribution, from which
-- the limits of intervals are computed.

local core = require "tinygrad.core"
core.library()

local distribution = {}

local EPSILON = 2.220446049250313e-16

--- From this many degrees of freedom, two terms of the expansion of Student's t
-- about the normal distribution are right to 12 digits.
local MANY = 1e6

--- Evaluates the continued fraction of the incomplete beta function (Digital
-- Library of Mathematical Functions, 8.17.22) by Lentz's method.
local function beta_fraction(x, a, b)
  local tiny = 1e-300
  local c, d = 1, 1 - (a + b) * x / (a + 1)
  d = 1 / (d ~= 0 and d or tiny)
  local value = d
  for m = 1, 10000 do
    for part = 1, 2 do
      local term
      if part == 1 then
        term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      else
        term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      end
      d, c = 1 + term * d, 1 + term / c
      d = 1 / (d ~= 0 and d or tiny)
      if c == 0 then c = tiny end
      value = value * c * d
    end
    if math.abs(c * d - 1) < EPSILON then break end
  end
  return value
end

--- Returns the regularised incomplete beta function I_x(a, b). y is 1 - x,
-- which the caller knows to more digits.
local function incomplete_beta(x, y, a, b)
  if x == 0 then return 0 end
  if y == 0 then return 1 end
  local front = math.exp(core.lgamma(a + b) - core.lgamma(a) - core.lgamma(b)
    + a * math.log(x) + b * math.log(y))
  if x < (a + 1) / (a + b + 2) then
    return front * beta_fraction(x, a, b) / a
  end
  return 1 - front * beta_fraction(y, b, a) / b
end

--- Returns the probability that |T| > t, for T of Student's distribution.
---@param t number 0 or more
---@param freedom number degrees of freedom, positive
---@return number
function distribution.student_tails(t, freedom)
  local square = t * t
  return incomplete_beta(freedom / (freedom + square),
    square / (freedom + square), freedom / 2, 0.5)
end

--- Returns the z for which a standard normal number lies outside of -z and z
-- with probability `tails`. Bisection gives z to its last digit.
local function normal_limit(tails)
  local low, high = 0, 40
  for _ = 1, 60 do
    local middle = (low + high) / 2
    if core.erfc(middle / math.sqrt(2)) > tails then
      low = middle
    else
      high = middle
    end
  end
  return (low + high) / 2
end

--- Returns the t for which |T| < t with probability `level`, for T of Student's
-- distribution.
---@param level number between 0 and 1
---@param freedom number degrees of freedom, positive
---@return number
function distribution.student_limit(level, freedom)
  local tails = 1 - level
  local z = normal_limit(tails)
  if freedom >= MANY then return z + (z ^ 3 + z) / (4 * freedom) end
  local low, high = 0, math.max(z, 1)
  while distribution.student_tails(high, freedom) > tails do
    low, high = high, 2 * high
    if high > 1e300 then return math.huge end
  end
  for _ = 1, 80 do
    local middle = (low + high) / 2
    if distribution.student_tails(middle, freedom) > tails then
      low = middle
    else
      high = middle
    end
  end
  return (low + high) / 2
end

return distribution
