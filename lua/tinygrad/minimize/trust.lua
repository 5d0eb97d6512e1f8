--- tinygrad.minimize.trust: finds the lowest point of a quadratic within a
-- ball.
--
-- The solution is p = -(H + shift I)^-1 g for a shift >= 0 that makes the
-- matrix positive semidefinite. It is found with Cholesky's factors; or with
-- eigenvectors in the hard case, where the gradient has no part along the
-- lowest of them (J. J. Moré and D. C. Sorensen, Computing a trust region step,
-- SIAM J. Sci. Stat. Comput. 4 (1983); Nocedal and Wright, Numerical
-- Optimization, section 4.3).

local abs, max, sqrt, huge = math.abs, math.max, math.sqrt, math.huge

local trust = {}

local CLOSE = 0.1 -- of the radius: how far from the sphere a step may end
local NEAR = 1e-4 -- of the shift: its bounds are so near in the hard case only
local SWEEPS = 60 -- of Jacobi's method, at most; it needs 6 to 10

--- Returns the factor L of H + shift I = L L', or nil if that matrix is not
-- positive definite.
---@param H number[][] only its lower triangle is read
---@param shift number
---@return number[][]|nil
function trust.cholesky(H, shift)
  local L = {}
  for i = 1, #H do
    local Li, Hi = {}, H[i]
    L[i] = Li
    for j = 1, i do
      local Lj, s = L[j], Hi[j]
      for k = 1, j - 1 do s = s - Li[k] * Lj[k] end
      if j < i then
        Li[j] = s / Lj[j]
      else
        s = s + shift
        if not (s > 1e-14 * (abs(Hi[i]) + shift) and s < huge) then
          return nil
        end
        Li[i] = sqrt(s)
      end
    end
  end
  return L
end

--- Solves L y = b.
local function forward(L, b)
  local y = {}
  for i = 1, #L do
    local Li, s = L[i], b[i]
    for k = 1, i - 1 do s = s - Li[k] * y[k] end
    y[i] = s / Li[i]
  end
  return y
end

--- Solves L' x = y.
local function backward(L, y)
  local x, n = {}, #L
  for i = n, 1, -1 do
    local s = y[i]
    for k = i + 1, n do s = s - L[k][i] * x[k] end
    x[i] = s / L[i][i]
  end
  return x
end

--- Returns the Euclidean norm of a list, without overflow on the way.
local function norm(x)
  local largest = 0
  for i = 1, #x do largest = max(largest, abs(x[i])) end
  if largest == 0 or largest == huge then return largest end
  local s = 0
  for i = 1, #x do s = s + (x[i] / largest) ^ 2 end
  return largest * sqrt(s)
end
trust.norm = norm

--- Returns the eigenvalues and eigenvectors of a symmetric matrix, by Jacobi's
-- method.
---@param H number[][]
---@return number[] values
---@return number[][] vectors V[i][k] is element i of vector k
function trust.eigen(H)
  local n, A, V = #H, {}, {}
  for i = 1, n do
    A[i], V[i] = {}, {}
    for j = 1, n do
      A[i][j], V[i][j] = (H[i][j] + H[j][i]) / 2, i == j and 1 or 0
    end
  end
  for _ = 1, SWEEPS do
    local rotated = false
    for p = 1, n - 1 do
      for q = p + 1, n do
        local apq = A[p][q]
        if abs(apq) > 1e-17 * sqrt(abs(A[p][p])) * sqrt(abs(A[q][q]))
            and abs(apq) > 1e-300 then
          local theta = (A[q][q] - A[p][p]) / (2 * apq)
          local t = 1 / (abs(theta) + sqrt(theta * theta + 1))
          if theta < 0 then t = -t end
          local c = 1 / sqrt(t * t + 1)
          local s = t * c
          local before = abs(A[p][p]) + abs(A[q][q])
          rotated = rotated or before + abs(apq) ~= before
          for k = 1, n do
            local akp, akq = A[k][p], A[k][q]
            A[k][p], A[k][q] = c * akp - s * akq, s * akp + c * akq
          end
          for k = 1, n do
            local apk, aqk = A[p][k], A[q][k]
            A[p][k], A[q][k] = c * apk - s * aqk, s * apk + c * aqk
            local vkp, vkq = V[k][p], V[k][q]
            V[k][p], V[k][q] = c * vkp - s * vkq, s * vkp + c * vkq
          end
          A[p][q], A[q][p] = 0, 0
        end
      end
    end
    if not rotated then break end
  end
  local values = {}
  for i = 1, n do values[i] = A[i][i] end
  return values, V
end

--- Solves with Cholesky's factors: by Newton's method on 1 / radius - 1 / |p|
-- as a function of the shift, kept between bounds. Returns nil in the hard
-- case, or close to it.
local function solve_by_factors(H, g, radius)
  local low, high = 0, 0 -- the shift is between these
  for i = 1, #H do
    local sum = -H[i][i]
    low = max(low, -H[i][i])
    for k = 1, #H do
      if k ~= i then sum = sum + abs(H[i][k]) end
    end
    high = max(high, sum) -- Gershgorin's bound
  end
  high = high + norm(g) / radius
  local shift = low
  while high - low > NEAR * high or shift == 0 do
    local L, at = trust.cholesky(H, shift), nil
    if L then
      local p = backward(L, forward(L, g))
      local length = norm(p)
      for i = 1, #p do p[i] = -p[i] end
      if length <= radius * (1 + CLOSE)
          and (shift == 0 or length >= radius * (1 - CLOSE)) then
        return p
      end
      if length > radius then low = shift else high = shift end
      at = shift
        + (length / norm(forward(L, p))) ^ 2 * (length - radius) / radius
    else
      if shift == high then return nil end
      low = shift
    end
    if not (at and at > low and at < high) then
      at = max(sqrt(low * high), low + 0.01 * (high - low))
    end
    if at == shift then return nil end
    shift = at
  end
end

--- Solves with eigenvectors. In the hard case, where the gradient has no part
-- along the lowest eigenvector, there are two solutions; the second is
-- returned, too.
local function solve_by_eigen(H, g, radius)
  local n = #H
  local values, V = trust.eigen(H)
  local lowest, biggest, k = huge, 0, 1
  local slope = {}
  for i = 1, n do
    biggest = max(biggest, abs(values[i]))
    if values[i] < lowest then lowest, k = values[i], i end
    local s = 0
    for j = 1, n do s = s + V[j][i] * g[j] end
    slope[i] = s
  end
  local function step(shift)
    local c = {}
    for i = 1, n do
      local curvature = values[i] + shift
      c[i] = slope[i] == 0 and 0 or -slope[i] / curvature
    end
    return c, norm(c)
  end
  local function in_space(c)
    local p = {}
    for j = 1, n do
      local s = 0
      for i = 1, n do s = s + V[j][i] * c[i] end
      p[j] = s
    end
    return p
  end
  local low = max(0, -lowest)
  local c, length = step(low + 1e-15 * biggest)
  if length < radius then
    if lowest > 0 then return in_space(c) end
    -- Along the lowest eigenvector, p is made as long as the radius.
    local rest = sqrt(radius * radius - (length * length - c[k] * c[k]))
    c[k] = slope[k] > 0 and -rest or rest
    local first = in_space(c)
    c[k] = -c[k]
    return first, in_space(c)
  end
  local high = low + norm(g) / radius
  for _ = 1, 200 do
    local shift = low + (high - low) / 2
    c, length = step(shift)
    if abs(length - radius) <= CLOSE * radius or shift == low
        or shift == high then
      break
    end
    if length > radius then low = shift else high = shift end
  end
  return in_space(c)
end

--- Returns the lowest point of g p + p H p / 2 with |p| <= radius.
---@param H number[][]
---@param g number[]
---@param radius number positive
---@return number[] p
---@return number[]|nil other the second solution of the hard case
function trust.solve(H, g, radius)
  local p = solve_by_factors(H, g, radius)
  if p then return p end
  return solve_by_eigen(H, g, radius)
end

return trust
