--- tinygrad.fit.linear: the linear algebra of least squares, on plain tables.
--
-- A matrix is a list of columns, each a list of numbers. That is the form in
-- which C factors a Jacobian (csrc/engine/numeric/qr.h). Computations with the
-- triangular factor are here, in Lua: the factor has only as many rows as there
-- are parameters.

local core = require "tinygrad.core"
core.library()

local linear = {}

local abs, max, sqrt = math.abs, math.max, math.sqrt

local EPSILON = 2.220446049250313e-16

--- Norms between these have squares that neither overflow nor lose digits.
local SMALL, LARGE = 1e-120, 1e120

--- Returns the Euclidean norm of x[first], ..., x[last]. It neither overflows
-- nor loses digits, whatever the size of the numbers.
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

--- Returns the dot product of two lists.
---@param x number[]
---@param y number[]
---@return number
function linear.dot(x, y)
  local sum = 0
  for i = 1, #x do sum = sum + x[i] * y[i] end
  return sum
end

-- Orthogonal factors --------------------------------------------------------

--- The factors of a matrix A: its columns, permuted, are Q * R.
---@class tinygrad.QR
---@field columns number[][] R[k][i], i <= k: column k of R, in the pivots'
-- order
---@field p integer[] p[k] is the column of A that became the k-th
---@field reflections tinygrad.Tensor Q as csrc/engine/numeric/qr.h stores it

--- Factors a matrix by Householder reflections with column pivoting. A matrix
-- with fewer rows than columns is first extended by rows of zeros.
---@param columns number[][]
---@param m integer the number of rows
---@param units? number[] what each column is divided by before
---@return tinygrad.QR
function linear.qr(columns, m, units)
  local reflections, triangle, p = core.qr_factor(columns, m, units)
  return {columns = triangle, p = p, reflections = reflections}
end

--- Returns the first n elements of Q' * b, for a matrix A with n columns.
---@param qr tinygrad.QR
---@param b number[]
---@return number[]
function linear.apply(qr, b)
  return core.qr_apply(qr.reflections, b)
end

--- Returns the numerical rank: how many diagonal elements of R are larger than
-- `tolerance` times the first.
---@param qr tinygrad.QR
---@param tolerance? number the distance from 1 to the next double if absent
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

--- Returns R * x, for x in the order of A's columns.
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

--- Returns R' * c in the order of A's columns, which is A' * b for c = Q' * b.
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

--- Solves R * x = b with the leading r rows and columns of R; x and b are in
-- the pivots' order.
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

--- Solves R' * x = b with the leading r rows and columns of R; x and b are in
-- the pivots' order.
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

--- Returns sqrt(a^2 + b^2) without overflow or loss of digits on the way.
local function hypot(a, b)
  local square = a * a + b * b
  if square > SMALL * SMALL and square < LARGE * LARGE then
    return sqrt(square)
  end
  a, b = abs(a), abs(b)
  if a < b then a, b = b, a end
  return a == 0 and 0 or a * sqrt(1 + (b / a) ^ 2)
end

--- Stacks R on sqrt(damping) times the identity, makes one triangle of the two
-- by Givens rotations, and turns the right side (c, 0) along. The triangle is
-- returned as a tinygrad.QR without Q, which `back` and `forward` take.
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

--- Puts a list from the pivots' order into the order of A's columns.
local function unpermuted(qr, x)
  local y = {}
  for k = 1, #qr.columns do y[qr.p[k]] = x[k] or 0 end
  return y
end

--- Returns an x that makes |A * x - b| least, for A = Q * R. If A has not full
-- rank there are several such x; this one has 0 for the columns left over.
---@param qr tinygrad.QR
---@param c number[] Q' * b
---@return number[] x in the order of A's columns
function linear.solve(qr, c)
  return unpermuted(qr, linear.back(qr, c, linear.rank(qr)))
end

--- Returns the x within a ball around 0 that makes |A * x - b| least.
--
-- If the least-squares solution lies outside of the ball, x solves (A'A +
-- damping) x = A'b with |x| within a tenth of the radius. The damping is found
-- by Newton's method on the secular equation, kept between bounds (Moré, "The
-- Levenberg-Marquardt algorithm: implementation and theory", 1978).
---@param qr tinygrad.QR of A
---@param c number[] Q' * b, the first n elements
---@param radius number
---@param damping number where Newton's method begins
---@return number[] x in the order of A's columns
---@return number damping 0 if the solution lies within the ball
---@return table s the damped triangle, for linear.again
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

--- Solves the damped system of a call of linear.within for another right side.
---@param qr tinygrad.QR
---@param s table the third result of linear.within
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
