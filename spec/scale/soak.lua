-- A soak test: does mixed random work for `seconds` (60) in one state, whose
-- memory must stay flat:
--
--   lua5.4 spec/scale/soak.lua [seconds]
--
-- Prints, about twenty times, what Lua counts after a full collection and what
-- the process has resident. Fails if one of them is ever more than it was after
-- a fifth of the run, by more than a twentieth and SLACK.

local tinygrad = require "tinygrad"
local Value, Tensor = tinygrad.Value, tinygrad.Tensor

local seconds = tonumber(arg and arg[1]) or 60
local SLACK = 2048 -- KiB by which malloc's own reserves differ
local random = math.random
math.randomseed(11)

local function numbers(n)
  local list = {}
  for i = 1, n do list[i] = random() * 4 - 2 end
  return list
end

local BINARY = {"add", "sub", "mul", "max", "atan2", "hypot", "fmod"}
local UNARY = {"tanh", "sin", "exp", "neg", "sigmoid", "softplus", "erf"}

-- Returns a random function of a list of numbers, with `size` operations.
local function random_function(size)
  local steps = {}
  for i = 1, size do
    steps[i] = {random(0, 1) == 1 and BINARY[random(#BINARY)],
      UNARY[random(#UNARY)], random(), random()}
  end
  return function(x)
    local made = {}
    for i = 1, #x do made[i] = x[i] end
    for _, step in ipairs(steps) do
      local a = made[math.ceil(step[3] * #made)]
      local b = made[math.ceil(step[4] * #made)]
      made[#made + 1] = tinygrad.tanh(step[1] and tinygrad[step[1]](a, b)
        or tinygrad[step[2]](a))
    end
    return made[#made] + tinygrad.dot(x, x)
  end
end

-- Tells whether numbers are equal or both NaN; some random functions are NaN.
local function same(a, b) return a == b or a ~= a and b ~= b end

local work = {}

function work.eager()
  local x = numbers(random(50))
  for i = 1, #x do x[i] = Value(x[i]) end
  x[1].label = "first"
  local out = random_function(random(2000))(x)
  out:backward()
  out:zero_grad()
  assert(#tinygrad.graph.tree(out, {limit = 20}) > 0)
end

function work.transforms()
  local f, x = random_function(random(60)), numbers(random(6))
  tinygrad.value_and_grad(f)(x)
  tinygrad.hessian(f)(x)
  tinygrad.jvp(f)({x}, {x})
  tinygrad.gradcheck(f, {x})
end

function work.programs()
  local f, x = random_function(random(300)), numbers(random(10))
  local p = tinygrad.compile(f, x)
  local g = p:value_and_grad()
  local again = tinygrad.program_from_string(g:to_string())
  assert(same(p(x), g(x)) and same(again(x), g(x)))
  assert(#p:emit_c() > 0 and #tostring(g) > 0)
end

function work.batches()
  local x = numbers(random(8))
  local p = tinygrad.compile(random_function(random(100)), x):value_and_grad()
  local rows = Tensor.uniform({random(600), #x}, -1, 1, random(1e6))
  for _ = 1, random(5) do
    p:batch({rows}, {reduce = "mean", threads = random(2)})
  end
  p:batch({rows})
end

function work.tensors()
  local t = Tensor.normal({random(200), random(20)}, 0, 1, random(1e6))
  assert(Tensor.from_npy(t:to_npy()) == t)
  assert(t:map(math.abs):sum() >= 0 and t:copy():fill(1):mean() == 1)
end

function work.training()
  local n = random(40)
  local model = tinygrad.nn.MLP(2, {random(8), 1}, {seed = random(1e6)})
  local y = numbers(n)
  local x = {}
  for i = 1, n do x[i] = numbers(2) end
  tinygrad.nn.train(model, tinygrad.nn.squared_error, {x = x, y = y},
    {epochs = random(5), batch_size = random(n), quiet = true,
      optimizer = random(2) == 1 and "Adam" or "SGD", lr = 0.01})
  assert(model:from_string(model:to_string()))
end

function work.minima()
  local x, f = numbers(random(5)), random_function(random(20))
  tinygrad.minimize(f, x, {max_iterations = 20})
  local a, t, y = 1 + random(), {}, {}
  for i = 1, 20 do t[i], y[i] = i / 10, math.exp(-a * i / 10) end
  local r = tinygrad.fit(function(u, p) return tinygrad.exp(-p[1] * u) end,
    {x = t, y = y}, {1})
  assert(math.abs(r.parameters[1] - a) < 1e-6)
end

function work.pictures()
  local plot = tinygrad.plot()
  plot:line(nil, numbers(random(300)), {label = "line"})
  assert(#plot:text() > 0 and #plot:svg() > 0)
end

-- Errors and coroutines, which must leave nothing behind.
function work.failures()
  local f = random_function(random(100))
  assert(not pcall(tinygrad.grad(function(x) error(f(x)) end), numbers(3)))
  assert(not pcall(tinygrad.compile, function(x) return f(x).data end, {1}))
  local left = coroutine.wrap(function()
    tinygrad.no_grad(function() coroutine.yield(f(numbers(2))) end)
  end)
  left()
  local cube = tinygrad.custom {name = "cube" .. random(1000),
    forward = function(x) return x * x * x end,
    backward = function(x) return 3 * x * x end}
  tinygrad.derivative(tinygrad.derivative(cube))(2)
end

local names = {}
for name in pairs(work) do names[#names + 1] = name end
table.sort(names)

-- Returns the resident KiB of the process, if the system tells.
local function resident()
  local status = io.open("/proc/self/status")
  if not status then return 0 end
  local text = status:read("*a")
  status:close()
  return tonumber(text:match("VmRSS:%s*(%d+)"))
end

local start, rounds = os.time(), 0
local first

print(("%8s %10s %10s %10s"):format("seconds", "rounds", "Lua KiB",
  "process KiB"))
for sample = 1, 20 do
  while os.difftime(os.time(), start) < seconds * sample / 20 do
    work[names[random(#names)]]()
    rounds = rounds + 1
  end
  collectgarbage()
  collectgarbage()
  local now = {collectgarbage("count"), resident()}
  print(("%8d %10d %10.1f %10d"):format(os.difftime(os.time(), start), rounds,
    now[1], now[2]))
  if sample == 4 then first = now end
  for i, what in ipairs {"Lua's memory", "the process"} do
    assert(sample < 4 or now[i] <= first[i] * 1.05 + SLACK, what .. " grows")
  end
end
