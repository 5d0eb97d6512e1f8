--- tinygrad.fit.linear: the linear algebra of least squares, on plain tables.
--
-- A matrix is a list of columns, each a list of numbers; that is how a
-- Jacobian is factored, in C. What is done with the triangle is here: it is as
-- small as the parameters are few.

local core = require "tinygrad.core"
core.library()

local linear = {}

local abs, max, sqrt = math.abs, math.max, math.sqrt

local EPSILON = 2.220446049250313e-16

--- Squares of norms between these neither overflow nor lose digits.
local SMALL, LARGE = 1e-120, 1e120

--- The Euclidean norm, for numbers of any size.
---@param x number[]
---@param first? integer (1)
---@param last? integer (#x)
---@return number
local function norm(x, first, last)
  local sum = 0
  first, last = first or 1, last or #x
  for i = first, last do sum = sum + x[i] * x[i] end
  if sum > SMALL * SMALL and sum < LARGE * LARGE or sum ~= sum then
    return sqrt(sum)
  end
  local largest = 0
  for i = first, last do largest = max(largest, abs(x[i])) end
  if largest == 0 or largest == math.huge then return largest end
  sum = 0
  for i = first, last do sum = sum + (x[i] / largest) ^ 2 end
  return largest * sqrt(sum)
end

linear.norm = norm

--- Sum of products.
---@param x number[]
---@param y number[]
---@return number
function linear.dot(x, y)
  local sum = 0
  for i = 1, #x do sum = sum + x[i] * y[i] end
  return sum
end

-- Orthogonal factors --------------------------------------------------------

--- A matrix A as Q * R, its columns permuted.
---@class tinygrad.QR
---@field columns number[][] R[k][i], i <= k, in the order of the pivots
---@field p integer[] which column of A is the k-th
---@field reflections tinygrad.Tensor Q, as csrc/engine/numeric/qr.h has it

--- Factors a matrix, by Householder reflections with column pivoting. One with
-- fewer rows than columns is filled up with rows of zeros.
---@param columns number[][]
---@param m integer rows
---@param units? number[] numbers to divide the columns by
---@return tinygrad.QR
function linear.qr(columns, m, units)
  local reflections, triangle, p = core.qr_factor(columns, m, units)
  return {columns = triangle, p = p, reflections = reflections}
end

--- Q' * b, the first n elements.
---@param qr tinygrad.QR
---@param b number[]
---@return number[]
function linear.apply(qr, b)
  return core.qr_apply(qr.reflections, b)
end

--- How many of R's diagonal elements are more than rounding.
---@param qr tinygrad.QR
---@param tolerance? number of the first one
---@return integer
function linear.rank(qr, tolerance)
  local n = #qr.columns
  if n == 0 then return 0 end
  local least = abs(qr.columns[1][1]) * (tolerance or EPSILON)
  for k = 1, n do
    if not (abs(qr.columns[k][k]) > least) then return k - 1 end
  end
  return n
end

--- R * x, for x in the order of A's columns.
---@param qr tinygrad.QR
---@param x number[]
---@return number[]
function linear.product(qr, x)
  local y, n = {}, #qr.columns
  for i = 1, n do y[i] = 0 end
  for k, column in ipairs(qr.columns) do
    local factor = x[qr.p[k]]
    for i = 1, k do y[i] = y[i] + column[i] * factor end
  end
  return y
end

--- R' * c, in the order of A's columns: A' * b for c = Q' * b.
---@param qr tinygrad.QR
---@param c number[]
---@return number[]
function linear.transposed(qr, c)
  local y = {}
  for k, column in ipairs(qr.columns) do
    local sum = 0
    for i = 1, k do sum = sum + column[i] * c[i] end
    y[qr.p[k]] = sum
  end
  return y
end

--- Solves R * x = b of the leading r columns, pivots' order.
---@param qr tinygrad.QR
---@param b number[]
---@param r integer
---@return number[] x
function linear.back(qr, b, r)
  local x = {}
  for k = 1, r do x[k] = b[k] end
  for k = r, 1, -1 do
    local column = qr.columns[k]
    x[k] = x[k] / column[k]
    for i = 1, k - 1 do x[i] = x[i] - column[i] * x[k] end
  end
  return x
end

--- Solves R' * x = b of the leading r columns, pivots' order.
---@param qr tinygrad.QR
---@param b number[]
---@param r integer
---@return number[] x
function linear.forward(qr, b, r)
  local x = {}
  for k = 1, r do
    local column, s = qr.columns[k], b[k]
    for i = 1, k - 1 do s = s - column[i] * x[i] end
    x[k] = s / column[k]
  end
  return x
end

-- The step of a trust region -------------------------------------------------

local function hypot(a, b)
  local square = a * a + b * b
  if square > SMALL * SMALL and square < LARGE * LARGE then
    return sqrt(square)
  end
  a, b = abs(a), abs(b)
  if a < b then a, b = b, a end
  return a == 0 and 0 or a * sqrt(1 + (b / a) ^ 2)
end

--- The triangle of R over sqrt(damping) times the identity, made one triangle
-- by Givens rotations, and the right side (c, 0) turned with it.
-- (As a tinygrad.QR, for back and forward.)
local function damp(qr, c, damping)
  local n, root = #qr.columns, sqrt(damping)
  local columns, right = {}, {}
  for k = 1, n do
    columns[k], right[k] = {}, c[k]
    for i = 1, k do columns[k][i] = qr.columns[k][i] end
  end
  for j = 1, n do
    local row, extra = {}, 0
    for k = j, n do row[k] = 0 end
    row[j] = root
    for k = j, n do
      local column = columns[k]
      local above, below = column[k], row[k]
      if below ~= 0 then
        local length = hypot(above, below)
        local cosine, sine = above / length, below / length
        column[k] = length
        for l = k + 1, n do
          column = columns[l]
          above, below = column[k], row[l]
          column[k] = cosine * above + sine * below
          row[l] = cosine * below - sine * above
        end
        above = right[k]
        right[k] = cosine * above + sine * extra
        extra = cosine * extra - sine * above
      end
    end
  end
  return {columns = columns, rank = n}, right
end

--- A list in the pivots' order put back into that of the columns.
local function unpermuted(qr, x)
  local y = {}
  for k = 1, #qr.columns do y[qr.p[k]] = x[k] or 0 end
  return y
end

--- The least |A * x - b| for A = Q * R; of several such x, one.
---@param qr tinygrad.QR
---@param c number[] Q' * b
---@return number[] x in the order of A's columns
function linear.solve(qr, c)
  return unpermuted(qr, linear.back(qr, c, linear.rank(qr)))
end

--- The x within a ball that makes |A * x - b| least.
--
-- If the solution of least squares lies outside of the ball, x solves
-- (A'A + damping) x = A'b with |x| = radius up to a tenth; Newton's method on
-- the secular equation, safeguarded (Moré, "The Levenberg-Marquardt
-- algorithm: implementation and theory", 1978).
---@param qr tinygrad.QR of A
---@param c number[] Q' * b, the first n elements
---@param radius number
---@param damping number a first guess
---@return number[] x in the order of A's columns
---@return number damping
---@return table s for linear.again
function linear.within(qr, c, radius, damping)
  local n = #qr.columns
  local r = linear.rank(qr)
  local x = linear.back(qr, c, r)
  local size = norm(x)
  local excess = size - radius
  if excess <= 0.1 * radius then
    return unpermuted(qr, x), 0, {columns = qr.columns, rank = r}
  end
  local low = 0
  if r == n then
    local w = linear.forward(qr, x, n)
    low = excess / radius * (size / norm(w)) ^ 2
  end
  local steepest = norm(linear.transposed(qr, c))
  local high = steepest / radius
  if high == 0 then high = 1e-300 / math.min(radius, 0.1) end
  damping = math.min(max(damping, low), high)
  if damping == 0 then damping = steepest / size end
  local s, right
  for _ = 1, 10 do
    if damping == 0 then damping = max(1e-300, 0.001 * high) end
    s, right = damp(qr, c, damping)
    x = linear.back(s, right, n)
    size = norm(x)
    local before = excess
    excess = size - radius
    if abs(excess) <= 0.1 * radius
        or low == 0 and excess <= before and before < 0 then
      break
    end
    local w = linear.forward(s, x, n)
    local newton = excess / radius * (size / norm(w)) ^ 2
    if excess > 0 then low = max(low, damping) end
    if excess < 0 then high = math.min(high, damping) end
    damping = max(low, damping + newton)
  end
  return unpermuted(qr, x), damping, s
end

--- The same damped system for another right side: what `within` has made of
-- it is used again.
---@param qr tinygrad.QR
---@param s table third result of linear.within
---@param c number[] Q' * b
---@return number[] x in the order of A's columns
function linear.again(qr, s, c)
  local g = {}
  for k, column in ipairs(qr.columns) do
    g[k] = 0
    for i = 1, k do g[k] = g[k] + column[i] * c[i] end
  end
  return unpermuted(qr, linear.back(s, linear.forward(s, g, s.rank), s.rank))
end

return linear
