-- Kernels: the work that is timed. A kernel is written once, for any engine
-- that has Value, tanh and the operators. kernels.name(engine) returns run(n),
-- which does the work n times, and a function that returns the value and
-- gradients of one fresh run as a list, to be called before run.

local kernels = {}

-- Returns the gradients of `y` with respect to leaves that no other pass has
-- reached.
local function gradients(y, ...)
  local list = {y.data}
  y:backward()
  for i, leaf in ipairs({...}) do
    list[i + 1] = leaf.grad
  end
  return list
end

-- The next kernels make short-lived graphs: one node, dropped at once.

function kernels.unary(engine)
  local a = engine.Value(1.3)
  return function(n)
    local y
    for _ = 1, n do
      y = -a
    end
    return y
  end, function()
    return gradients(-a, a)
  end
end

function kernels.tanh(engine)
  local tanh = engine.tanh
  local a = engine.Value(1.3)
  return function(n)
    local y
    for _ = 1, n do
      y = tanh(a)
    end
    return y
  end, function()
    return gradients(tanh(a), a)
  end
end

function kernels.binary(engine)
  local a, b = engine.Value(1.3), engine.Value(-0.7)
  return function(n)
    local y
    for _ = 1, n do
      y = a * b
    end
    return y
  end, function()
    return gradients(a * b, a, b)
  end
end

function kernels.number(engine)
  local a = engine.Value(1.3)
  return function(n)
    local y
    for _ = 1, n do
      y = a * 0.5
    end
    return y
  end, function()
    return gradients(a * 0.5, a)
  end
end

-- `chain` makes a live graph: a chain of n nodes, x = x * w + b, which the last
-- one keeps alive. No gradient in it underflows to 0: a backward pass may skip
-- a node whose gradient is 0.

function kernels.chain(engine)
  local w, b = engine.Value(1), engine.Value(1e-9)
  return function(n)
    local x = engine.Value(1)
    for _ = 1, n / 2 do
      x = x * w + b
    end
    return x
  end, function()
    local x = engine.Value(1)
    local y = x
    for _ = 1, 100 do
      y = y * w + b
    end
    return gradients(y, x, w, b)
  end
end

-- `complex` builds f(a, b) = (a*b + a) * tanh(b), differentiates it and drops
-- it.

function kernels.complex(engine)
  local Value, tanh = engine.Value, engine.tanh
  local a, b = Value(1.3), Value(-0.7)
  return function(n)
    for _ = 1, n do
      local y = (a * b + a) * tanh(b)
      y:backward()
    end
  end, function()
    local x, y = Value(1.3), Value(-0.7)
    return gradients((x * y + x) * tanh(y), x, y)
  end
end

-- `gradient` does the work of `complex` for a function of numbers: it makes new
-- leaves each time and reads their gradients.

function kernels.gradient(engine)
  local Value, tanh = engine.Value, engine.tanh
  local function f(x, y)
    local a, b = Value(x), Value(y)
    local out = (a * b + a) * tanh(b)
    out:backward()
    return a.grad, b.grad
  end
  return function(n)
    local da, db
    for _ = 1, n do
      da, db = f(1.3, -0.7)
    end
    return da, db
  end, function()
    return {f(1.3, -0.7)}
  end
end

-- `backward` only repeats backward over one graph of 1,000 results.

function kernels.backward(engine)
  local tanh = engine.tanh
  local function graph()
    local w, b = engine.Value(1), engine.Value(0.01)
    local x = engine.Value(0.1)
    local y = x
    for _ = 1, 250 do
      y = tanh(y * w + b) - 0.01
    end
    return y, x, w, b
  end
  local root = graph()
  return function(n)
    for _ = 1, n do
      root:backward()
    end
  end, function()
    return gradients(graph())
  end
end

-- `perceptron` is a step of training: a perceptron 2-16-16-1, tanh, linear
-- output, over 100 rows; squared error + L2, the gradient of 337 parameters, an
-- update.

local SIZES = {2, 16, 16, 1}
local ROWS, RATE, DECAY = 100, 1e-3, 1e-4

local function rows()
  local list = {}
  for i = 1, ROWS do
    local x, y = math.sin(i), math.cos(3 * i)
    list[i] = {inputs = {x, y}, target = x * y}
  end
  return list
end

local function parameters(Value)
  local list, layers = {}, {}
  local function new()
    list[#list + 1] = Value(math.sin(#list * #list + 1) / 4)
    return list[#list]
  end
  for l = 1, #SIZES - 1 do
    local layer = {}
    for i = 1, SIZES[l + 1] do
      local weights = {}
      for j = 1, SIZES[l] do
        weights[j] = new()
      end
      layer[i] = {weights = weights, bias = new()}
    end
    layers[l] = layer
  end
  return list, layers
end

local function forward(layers, x, weigh, tanh)
  for l = 1, #layers do
    local y = {}
    for i, neuron in ipairs(layers[l]) do
      local sum = weigh(neuron, x)
      y[i] = l < #layers and tanh(sum) or sum
    end
    x = y
  end
  return x[1]
end

-- Makes a training kernel. `weigh` computes a neuron's sum, before its
-- activation; `total` computes the loss from the list of errors and the list of
-- parameters.
local function training(engine, weigh, total)
  local tanh = engine.tanh
  local data = rows()
  local function step(list, layers)
    local errors = {}
    for i, row in ipairs(data) do
      errors[i] = forward(layers, row.inputs, weigh, tanh) - row.target
    end
    local loss = total(errors, list)
    for _, p in ipairs(list) do
      p.grad = 0
    end
    loss:backward()
    for _, p in ipairs(list) do
      p.data = p.data - RATE * p.grad
    end
    return loss
  end
  local list, layers = parameters(engine.Value)
  return function(n)
    for _ = 1, n do
      step(list, layers)
    end
  end, function()
    local fresh, net = parameters(engine.Value)
    step(fresh, net)
    local results = {step(fresh, net).data}
    for i, p in ipairs(fresh) do
      results[i + 1] = p.grad
    end
    return results
  end
end

function kernels.perceptron(engine)
  return training(engine, function(neuron, x)
    local weights, sum = neuron.weights, neuron.bias
    for j = 1, #weights do
      sum = sum + weights[j] * x[j]
    end
    return sum
  end, function(errors, list)
    local loss, norm = 0, 0
    for _, e in ipairs(errors) do
      loss = loss + e * e
    end
    for _, p in ipairs(list) do
      norm = norm + p * p
    end
    return loss * (1 / ROWS) + norm * DECAY
  end)
end

-- `perceptron_dot` is `perceptron` with sums of products as single nodes, for
-- engines that have them.

function kernels.perceptron_dot(engine)
  local dot = engine.dot
  if not dot then
    return kernels.perceptron(engine)
  end
  return training(engine, function(neuron, x)
    return dot(neuron.weights, x) + neuron.bias
  end, function(errors, list)
    return dot(errors, errors) * (1 / ROWS) + dot(list, list) * DECAY
  end)
end

return kernels
