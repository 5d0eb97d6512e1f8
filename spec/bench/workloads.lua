-- The workloads of programs.lua and suite.lua, for any engine that has tanh and
-- the operators. workloads(engine) returns them by name:
--
--   f       a function of the inputs: of a table of them if `array`
--   inputs  the list of them
--   unit    for times; eager: how often the eager engine is to run (nil: as
--           long as the others); operations: if they are many
--   rows, reduce, columns   f as a batch: the sum or mean of rows(inputs, row)
--                           over the list that columns() returns

local HIDDEN, ROWS, DECAY = 16, 100, 1e-4
local LINKS = 1000000

local function listed(n, number)
  local list = {}
  for i = 1, n do list[i] = number(i) end
  return list
end

return function(engine)
  local tanh = engine.tanh

  local function row_error(w, inputs)
    local at = 1
    local function neuron(x)
      local sum = w[at + #x]
      for j = 1, #x do sum = sum + w[at + j - 1] * x[j] end
      at = at + #x + 1
      return sum
    end
    local p, q = {}, {}
    for i = 1, HIDDEN do p[i] = tanh(neuron(inputs)) end
    for i = 1, HIDDEN do q[i] = tanh(neuron(p)) end
    local e = neuron(q) - inputs[1] * inputs[2]
    return e * e
  end

  local function decay(w)
    local norm = 0
    for i = 1, #w do norm = norm + w[i] * w[i] end
    return norm * DECAY
  end

  local function row(i) return {math.sin(i), math.cos(3 * i)} end

  local function perceptron(w)
    local loss = 0
    for i = 1, ROWS do loss = loss + row_error(w, row(i)) end
    return loss * (1 / ROWS) + decay(w)
  end

  local function rosenbrock(x)
    local s = 0
    for i = 1, #x - 1 do
      local t, u = x[i + 1] - x[i] * x[i], 1 - x[i]
      s = s + 100 * t * t + u * u
    end
    return s
  end

  local function chain_of(links)
    return function(x, w, b)
      for _ = 1, links do x = tanh(x * w + b) end
      return x
    end
  end

  return {
    complex = {title = "complex", unit = "ns", inputs = {1.3, -0.7},
      f = function(a, b) return (a * b + a) * tanh(b) end},
    perceptron = {title = "perceptron", unit = "us", array = true,
      inputs = listed(337, function(i)
        return math.sin((i - 1) * (i - 1) + 1) / 4
      end),
      f = perceptron,
      rows = function(w, x) return row_error(w, x) + decay(w) end,
      reduce = "mean", columns = function() return listed(ROWS, row) end},
    rosenbrock = {title = "Rosenbrock", unit = "us", array = true,
      inputs = listed(1000, function(i) return 1.2 * math.cos(i) end),
      f = rosenbrock},
    -- No gradient of this chain underflows.
    chain = {title = "chain", unit = "ms", eager = 1, operations = 3 * LINKS,
      inputs = {0.5, 1, 1e-9}, f = chain_of(LINKS),
      tenth = chain_of(LINKS / 10)}
  }
end
