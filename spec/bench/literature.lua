-- Four workloads from the literature on automatic differentiation, written from
-- their published definitions, for any engine that has exp, log, tanh, relu and
-- the operators. literature(engine) returns them as workloads.lua does.
--
-- `gmm`: the log-likelihood of a mixture of Gaussians with a Wishart prior
-- (gamma 1, m 0; without the prior's constant). `bundle`: bundle adjustment.
-- These two are from Srajer, Kukelova, Fitzgibbon, "A Benchmark of Selected
-- Algorithmic Differentiation Tools on Some Problems in Machine Learning and
-- Computer Vision" (2018). The paper's bundle adjustment needs a sparse
-- Jacobian; this one needs the gradient of the sum of the squares. `lstm`: the
-- loss of a network of long short-term memory with one weight for each gate and
-- unit, as in the ADBench collection, which grew out of that paper. `option`: a
-- European call by Monte Carlo, with geometric Brownian motion (Black and
-- Scholes 1973).
--
-- The sizes are those of yardsticks/yardstick.h.

local sin = math.sin

local K, D, ROWS = 5, 3, 100
local ICF = D * (D + 1) / 2
local CAMERAS, POINTS, SIGHTS = 4, 25, 60
local LAYERS, WIDTH, STEPS = 2, 14, 20
local PATHS = 1000

-- Returns number i, from 0, of data that looks random.
local function noise(i) return sin(i * i + 1) end

local function normal(i)
  local u, v = (i + 1) * 0.6180339887498949, (i + 1) * 0.7548776662466927
  return math.sqrt(-2 * math.log(u - math.floor(u)))
    * math.cos(6.283185307179586 * (v - math.floor(v)))
end

local function listed(n, number)
  local list = {}
  for i = 1, n do list[i] = number(i - 1) end
  return list
end

local function bundle_inputs()
  local x = {}
  local function add(offset, scale)
    x[#x + 1] = offset + scale * noise(#x)
  end
  for _ = 1, CAMERAS do
    for _ = 1, 3 do add(0, 0.3) end -- rotation
    for _ = 1, 3 do add(0, 0.5) end -- centre
    add(1, 0.1) -- focal length
    for _ = 1, 4 do add(0, 0.1) end -- principal point, distortion
  end
  for _ = 1, POINTS do
    add(0, 1)
    add(0, 1)
    add(5, 1)
  end
  for _ = 1, SIGHTS do add(1, 0.2) end
  return x
end

return function(engine)
  local exp, log, tanh, relu = engine.exp, engine.log, engine.tanh, engine.relu

  local function log_sum_exp(x, n, more)
    local sum = more
    for i = 1, n do sum = sum + exp(x[i]) end
    return log(sum)
  end

  -- Returns the factors' diagonals, their sums, and the prior's term.
  local function factors(x)
    local scale, sums, prior = {}, {}, 0
    for k = 1, K do
      local at = K + K * D + (k - 1) * ICF
      local sum = 0
      scale[k] = {}
      for i = 1, D do
        scale[k][i] = exp(x[at + i])
        sum = sum + x[at + i]
        prior = prior + 0.5 * scale[k][i] * scale[k][i]
      end
      for i = D + 1, ICF do prior = prior + 0.5 * x[at + i] * x[at + i] end
      sums[k] = sum
    end
    return scale, sums, prior
  end

  local function gmm_row(x, scale, sums, row)
    local beta = {}
    for k = 1, K do
      local l = K + K * D + (k - 1) * ICF + D
      local z, y, square = {}, {}, 0
      for i = 1, D do
        z[i] = row[i] - x[K + (k - 1) * D + i]
        y[i] = scale[k][i] * z[i]
      end
      for i = 1, D do
        for j = i + 1, D do
          l = l + 1
          y[j] = y[j] + x[l] * z[i]
        end
      end
      for i = 1, D do square = square + y[i] * y[i] end
      beta[k] = x[k] + sums[k] - 0.5 * square
    end
    return log_sum_exp(beta, K, 0)
  end

  local GMM_CONSTANT = -0.5 * ROWS * D * math.log(6.283185307179586)

  local function gmm(x)
    local scale, sums, prior = factors(x)
    local value = prior + GMM_CONSTANT
    for i = 0, ROWS - 1 do
      value = value + gmm_row(x, scale, sums,
        listed(D, function(k) return noise(i * D + k) end))
    end
    return value - ROWS * log_sum_exp(x, K, 0)
  end

  -- Returns a row's term of gmm, and the row's share of the terms that belong
  -- to no row.
  local function gmm_rows(x, row)
    local scale, sums, prior = factors(x)
    return gmm_row(x, scale, sums, row) - log_sum_exp(x, K, 0)
      + (prior + GMM_CONSTANT) * (1 / ROWS)
  end

  -- Returns where a camera sees a point: Rodrigues' rotation, then radial
  -- distortion.
  local function project(x, c, p)
    local r = {x[c + 1], x[c + 2], x[c + 3]}
    local angle = (r[1] * r[1] + r[2] * r[2] + r[3] * r[3]) ^ 0.5
    local cosine, sine = engine.cos(angle), engine.sin(angle)
    local d, w, q, dot = {}, {}, {}, 0
    for i = 1, 3 do
      d[i] = x[p + i] - x[c + 3 + i]
      w[i] = r[i] / angle
      dot = dot + w[i] * d[i]
    end
    local along = dot * (1 - cosine)
    for i = 1, 3 do
      local j, l = i % 3 + 1, (i + 1) % 3 + 1
      q[i] = d[i] * cosine + (w[j] * d[l] - w[l] * d[j]) * sine + w[i] * along
    end
    local u, v = q[1] / q[3], q[2] / q[3]
    local s = u * u + v * v
    local f = x[c + 7] * (1 + x[c + 10] * s + x[c + 11] * s * s)
    return u * f + x[c + 8], v * f + x[c + 9]
  end

  local function bundle(x)
    local points = 11 * CAMERAS
    local value = 0
    for s = 0, SIGHTS - 1 do
      local w = x[points + 3 * POINTS + s + 1]
      local u, v = project(x, 11 * (s % CAMERAS), points + 3 * (s % POINTS))
      local a = w * (u - 0.3 * noise(2 * s))
      local b = w * (v - 0.3 * noise(2 * s + 1))
      local rest = 1 - w * w
      value = value + a * a + b * b + rest * rest
    end
    return value
  end

  local function sigmoid(x) return 1 / (1 + exp(-x)) end

  local function lstm(x)
    local B = WIDTH
    local input = 8 * B * LAYERS
    local hidden, cell, value = {}, {}, 0
    for i = 1, LAYERS * B do
      hidden[i] = 0.1 * noise(i - 1)
      cell[i] = 0.1 * noise(i - 1 + 1000)
    end
    for t = 0, STEPS - 1 do
      local y = {}
      for i = 1, B do
        local z = noise(t * B + i - 1) * x[input + i]
        for l = 0, LAYERS - 1 do
          local w, at = 8 * B * l + i, l * B + i
          local b = w + 4 * B
          local forget = sigmoid(z * x[w] + x[b])
          local ingate = sigmoid(hidden[at] * x[w + B] + x[b + B])
          local outgate = sigmoid(z * x[w + 2 * B] + x[b + 2 * B])
          local change = tanh(hidden[at] * x[w + 3 * B] + x[b + 3 * B])
          cell[at] = cell[at] * forget + ingate * change
          hidden[at] = outgate * tanh(cell[at])
          z = hidden[at]
        end
        y[i] = z * x[input + B + i] + x[input + 2 * B + i]
      end
      local norm = log_sum_exp(y, B, 2)
      for i = 1, B do
        value = value + noise((t + 1) * B + i - 1) * (y[i] - norm)
      end
    end
    return value * (-1 / (B * STEPS))
  end

  local function path(x, z)
    local drift = (x[2] - 0.5 * x[3] * x[3]) * x[4]
    return relu(x[1] * exp(drift + x[3] * x[4] ^ 0.5 * z) - x[5])
  end

  local function option(x)
    local drift = (x[2] - 0.5 * x[3] * x[3]) * x[4]
    local spread = x[3] * x[4] ^ 0.5
    local value = 0
    for i = 0, PATHS - 1 do
      value = value + relu(x[1] * exp(drift + spread * normal(i)) - x[5])
    end
    return value * exp(-x[2] * x[4]) * (1 / PATHS)
  end

  local function option_rows(x, z)
    return path(x, z) * exp(-x[2] * x[4])
  end

  return {
    gmm = {title = "Gaussian mixture", f = gmm, unit = "us", array = true,
      inputs = listed(K * (1 + D + ICF), function(i)
        return (i < K + K * D and 1 or 0.3) * noise(i)
      end),
      rows = gmm_rows, reduce = "sum", columns = function()
        local rows = {}
        for i = 0, ROWS - 1 do
          rows[i + 1] = listed(D, function(k) return noise(i * D + k) end)
        end
        return rows
      end},
    bundle = {title = "bundle adjustment", f = bundle, unit = "us",
      array = true,
      inputs = bundle_inputs()},
    lstm = {title = "LSTM", f = lstm, unit = "us", array = true,
      inputs = listed((8 * LAYERS + 3) * WIDTH, noise)},
    option = {title = "option", f = option, unit = "us", array = true,
      inputs = {100, 0.05, 0.2, 1.5, 105},
      rows = option_rows, reduce = "mean", columns = function()
        return listed(PATHS, normal)
      end}
  }
end
