-- Test problems of Moré, Garbow and Hillstrom, "Testing unconstrained
-- optimization software", ACM Transactions on Mathematical Software 7, 1981,
-- written from the definitions there. Numbers in parentheses are the paper's.
--
-- A problem has name; residuals(x); start, the standard one; minima, the
-- published local minima of the sum of squares; far: what happens from ten
-- times the start, if a search that goes downhill does not end at a published
-- minimum.

local tinygrad = require "tinygrad"
local exp, sqrt = tinygrad.exp, tinygrad.sqrt
local lua_exp, lua_cos = math.exp, math.cos

local mgh = {}

local function add(name, start, minima, residuals, far)
  mgh[#mgh + 1] = {name = name, start = start, minima = minima,
    residuals = residuals, far = far}
end

-- Returns the list of f(i) for i from 1 to m.
local function each(m, f)
  local r = {}
  for i = 1, m do r[i] = f(i) end
  return r
end

add("Rosenbrock (1)", {-1.2, 1}, {0}, function(x)
  return {10 * (x[2] - x[1] ^ 2), 1 - x[1]}
end)

add("Freudenstein and Roth (2)", {0.5, -2}, {0, 48.9842}, function(x)
  return {-13 + x[1] + ((5 - x[2]) * x[2] - 2) * x[2],
    -29 + x[1] + ((x[2] + 1) * x[2] - 14) * x[2]}
end)

add("Powell badly scaled (3)", {0, 1}, {0}, function(x)
  return {1e4 * x[1] * x[2] - 1, exp(-x[1]) + exp(-x[2]) - 1.0001}
end, "x[1] = 0, x[2] = infinity")

add("Brown badly scaled (4)", {1, 1}, {0}, function(x)
  return {x[1] - 1e6, x[2] - 2e-6, x[1] * x[2] - 2}
end)

add("Beale (5)", {1, 1}, {0}, function(x)
  local y = {1.5, 2.25, 2.625}
  return each(3, function(i) return y[i] - x[1] * (1 - x[2] ^ i) end)
end, "0.452 at x[1] = -infinity, x[2] = 1")

add("Jennrich and Sampson (6)", {0.3, 0.4}, {124.362}, function(x)
  return each(10, function(i)
    return 2 + 2 * i - (exp(i * x[1]) + exp(i * x[2]))
  end)
end, "259.58 at x[1] = -infinity")

add("Helical valley (7)", {-1, 0, 0}, {0}, function(x)
  local turn = tinygrad.atan(x[2] / x[1]) / (2 * math.pi)
    + tinygrad.where(tinygrad.lt(x[1], 0), 0.5, 0)
  return {10 * (x[3] - 10 * turn), 10 * (sqrt(x[1] ^ 2 + x[2] ^ 2) - 1), x[3]}
end)

add("Bard (8)", {1, 1, 1}, {8.21487e-3, 17.4286}, function(x)
  local y = {0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73,
    0.96, 1.34, 2.10, 4.39}
  return each(15, function(u)
    local v = 16 - u
    return y[u] - (x[1] + u / (v * x[2] + math.min(u, v) * x[3]))
  end)
end)

add("Gaussian (9)", {0.4, 1, 0}, {1.12793e-8}, function(x)
  local y = {0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989}
  return each(15, function(i)
    local t = (8 - i) / 2
    return x[1] * exp(-x[2] * (t - x[3]) ^ 2 / 2) - (y[i] or y[16 - i])
  end)
end)

add("Meyer (10)", {0.02, 4000, 250}, {87.9458}, function(x)
  local y = {34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030,
    6005, 5147, 4427, 3820, 3307, 2872}
  return each(16, function(i)
    return x[1] * exp(x[2] / (45 + 5 * i + x[3])) - y[i]
  end)
end)

add("Box three-dimensional (12)", {0, 10, 20}, {0}, function(x)
  return each(10, function(i)
    local t = 0.1 * i
    return exp(-t * x[1]) - exp(-t * x[2])
      - x[3] * (lua_exp(-t) - lua_exp(-10 * t))
  end)
end, "0.0756 at x[2] = infinity")

add("Powell singular (13)", {3, -1, 0, 1}, {0}, function(x)
  return {x[1] + 10 * x[2], sqrt(5) * (x[3] - x[4]), (x[2] - 2 * x[3]) ^ 2,
    sqrt(10) * (x[1] - x[4]) ^ 2}
end)

add("Wood (14)", {-3, -1, -3, -1}, {0}, function(x)
  return {10 * (x[2] - x[1] ^ 2), 1 - x[1], sqrt(90) * (x[4] - x[3] ^ 2),
    1 - x[3], sqrt(10) * (x[2] + x[4] - 2), (x[2] - x[4]) / sqrt(10)}
end)

add("Kowalik and Osborne (15)", {0.25, 0.39, 0.415, 0.39},
  {3.07505e-4, 1.02734e-3}, function(x)
  local y = {0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342,
    0.0323, 0.0235, 0.0246}
  local u = {4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625}
  return each(11, function(i)
    return y[i] - x[1] * (u[i] ^ 2 + u[i] * x[2])
      / (u[i] ^ 2 + u[i] * x[3] + x[4])
  end)
end)

add("Brown and Dennis (16)", {25, 5, -5, -1}, {85822.2}, function(x)
  return each(20, function(i)
    local t = i / 5
    return (x[1] + t * x[2] - lua_exp(t)) ^ 2
      + (x[3] + x[4] * math.sin(t) - lua_cos(t)) ^ 2
  end)
end)

add("Osborne 1 (17)", {0.5, 1.5, -1, 0.01, 0.02}, {5.46489e-5}, function(x)
  local y = {0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818,
    0.784, 0.751, 0.718, 0.685, 0.658, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522,
    0.506, 0.490, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414,
    0.411, 0.406}
  return each(33, function(i)
    local t = 10 * (i - 1)
    return y[i] - (x[1] + x[2] * exp(-t * x[4]) + x[3] * exp(-t * x[5]))
  end)
end)

add("Biggs EXP6 (18)", {1, 2, 1, 1, 1, 1}, {0, 5.65565e-3}, function(x)
  return each(13, function(i)
    local t = 0.1 * i
    local y = lua_exp(-t) - 5 * lua_exp(-10 * t) + 3 * lua_exp(-4 * t)
    return x[3] * exp(-t * x[1]) - x[4] * exp(-t * x[2])
      + x[6] * exp(-t * x[5]) - y
  end)
end)

add("Osborne 2 (19)", {1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5},
  {4.01377e-2}, function(x)
  local y = {1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786,
    0.725, 0.746, 0.679, 0.608, 0.655, 0.616, 0.606, 0.602, 0.626, 0.651, 0.724,
    0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495, 0.500,
    0.423, 0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562,
    0.607, 0.653, 0.672, 0.708, 0.633, 0.668, 0.645, 0.632, 0.591, 0.559, 0.597,
    0.625, 0.739, 0.710, 0.729, 0.720, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098,
    0.054}
  return each(65, function(i)
    local t = (i - 1) / 10
    local sum = x[1] * exp(-t * x[5])
    for k = 2, 4 do
      sum = sum + x[k] * exp(-(t - x[k + 7]) ^ 2 * x[k + 4])
    end
    return y[i] - sum
  end)
end, "1.78981, where MINPACK's tests end as well")

add("Extended Rosenbrock (21)", {-1.2, 1, -1.2, 1, -1.2, 1, -1.2, 1}, {0},
  function(x)
  return each(8, function(i)
    if i % 2 == 1 then return 10 * (x[i + 1] - x[i] ^ 2) end
    return 1 - x[i - 1]
  end)
end)

add("Penalty I (23)", {1, 2, 3, 4}, {2.24997e-5}, function(x)
  local r, sum = {}, -0.25
  for i = 1, 4 do
    r[i] = sqrt(1e-5) * (x[i] - 1)
    sum = sum + x[i] ^ 2
  end
  r[5] = sum
  return r
end)

add("Penalty II (24)", {0.5, 0.5, 0.5, 0.5}, {9.37629e-6}, function(x)
  local a, n, r, sum = sqrt(1e-5), 4, {}, -1
  r[1] = x[1] - 0.2
  for i = 2, n do
    r[i] = a * (exp(x[i] / 10) + exp(x[i - 1] / 10) - lua_exp(i / 10)
      - lua_exp((i - 1) / 10))
  end
  for i = n + 1, 2 * n - 1 do
    r[i] = a * (exp(x[i - n + 1] / 10) - lua_exp(-0.1))
  end
  for j = 1, n do sum = sum + (n - j + 1) * x[j] ^ 2 end
  r[2 * n] = sum
  return r
end)

add("Variably dimensioned (25)", {0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1,
  0}, {0}, function(x)
  local r, sum = {}, 0
  for i = 1, 10 do
    r[i] = x[i] - 1
    sum = sum + i * (x[i] - 1)
  end
  r[11], r[12] = sum, sum ^ 2
  return r
end)

add("Brown almost-linear (27)", {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5,
  0.5}, {0, 1}, function(x)
  local sum, product = 0, 1
  for i = 1, 10 do sum, product = sum + x[i], product * x[i] end
  local r = each(9, function(i) return x[i] + sum - 11 end)
  r[10] = product - 1
  return r
end)

-- Returns t(j), j from 1 to n: the start of (28) and (29).
local function start_of_curve(n)
  return each(n, function(j)
    local t = j / (n + 1)
    return t * (t - 1)
  end)
end

add("Discrete boundary value (28)", start_of_curve(10), {0}, function(x)
  local h = 1 / 11
  return each(10, function(i)
    return 2 * x[i] - (x[i - 1] or 0) - (x[i + 1] or 0)
      + h ^ 2 * (x[i] + i * h + 1) ^ 3 / 2
  end)
end)

add("Discrete integral equation (29)", start_of_curve(10), {0}, function(x)
  local h = 1 / 11
  return each(10, function(i)
    local t, low, high = i * h, 0, 0
    for j = 1, 10 do
      local term = (x[j] + j * h + 1) ^ 3
      if j <= i then
        low = low + j * h * term
      else
        high = high + (1 - j * h) * term
      end
    end
    return x[i] + h * ((1 - t) * low + t * high) / 2
  end)
end)

add("Broyden tridiagonal (30)", {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1}, {0},
  function(x)
  return each(10, function(i)
    return (3 - 2 * x[i]) * x[i] - (x[i - 1] or 0) - 2 * (x[i + 1] or 0) + 1
  end)
end)

add("Broyden banded (31)", {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1}, {0},
  function(x)
  return each(10, function(i)
    local sum = 0
    for j = math.max(1, i - 5), math.min(10, i + 1) do
      if j ~= i then sum = sum + x[j] * (1 + x[j]) end
    end
    return x[i] * (2 + 5 * x[i] ^ 2) + 1 - sum
  end)
end)

add("Linear, full rank (32)", {1, 1, 1, 1, 1}, {5}, function(x)
  local sum = 0
  for i = 1, 5 do sum = sum + x[i] end
  return each(10, function(i) return (x[i] or 0) - 2 / 10 * sum - 1 end)
end)

add("Linear, rank 1 (33)", {1, 1, 1, 1, 1}, {10 * 9 / (2 * 21)}, function(x)
  local sum = 0
  for j = 1, 5 do sum = sum + j * x[j] end
  return each(10, function(i) return i * sum - 1 end)
end)

add("Chebyquad (35)", {1 / 9, 2 / 9, 3 / 9, 4 / 9, 5 / 9, 6 / 9, 7 / 9, 8 / 9},
  {3.51687e-3}, function(x)
  local n, r = 8, {}
  for i = 1, n do r[i] = i % 2 == 0 and 1 / (i ^ 2 - 1) or 0 end
  for j = 1, n do
    local before, now = 1, 2 * x[j] - 1
    local twice = 2 * now
    for i = 1, n do
      r[i] = r[i] + now / n
      before, now = now, twice * now - before
    end
  end
  return r
end, "polynomials of 10^11: a thousand iterations do not suffice")

return mgh
