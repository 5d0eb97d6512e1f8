-- Measures how fast nn.train is. A step is forward, backward and update of the
-- perceptron 2-16-16-1 with tanh, squared error and weight decay, on 100 rows
-- in one batch.
--
--   lua5.4 spec/bench/train.lua [--markdown] [--check]
--
-- An epoch is one step. Times are those of whole calls of nn.train, recording
-- included, divided by the epochs. The yardstick in C does no update. Beside it
-- are PyTorch, if a Python has it (PYTHON, or python3), with whole tensors on
-- one thread, and the same network in pure Lua. Gradients are compared first.
-- Bars hold for Lua 5.4; with --check the exit status is 1 above twice a bar.

local here = (arg[0]:match("^(.*)[/\\]") or ".") .. "/"
local harness = dofile(here .. "harness.lua")
local compilers = dofile(here .. "compilers.lua")(here, harness.tag)
local kernels = dofile(here .. "kernels.lua")
local pure = dofile(here .. "pure.lua")
local options = harness.arguments(arg)
harness.use(here .. "../..")
local tinygrad = require "tinygrad"
local nn = tinygrad.nn

local ROUNDS = 9
local TURN = 0.25 -- seconds
local DECAY = 1e-4
local BAR = 2.8 -- times the hand-written C: 0.15 ms if that takes 0.054 ms

local lines, missed = {}, {}

local function add(title, time, ratio, bar)
  local met = ""
  if bar then
    met = ratio.median <= bar and "pass" or "MISS"
    if ratio.median > 2 * bar then missed[#missed + 1] = title end
  end
  lines[#lines + 1] = {title, ("%.3g us"):format(time.median * 1e6),
    ("%.2f / %.2f / %.2f"):format(ratio.least, ratio.median, ratio.greatest),
    bar and ("%g x"):format(bar) or "", met}
end

-- The weights in the order of hand.c: of each neuron w, then b.
local start = {}
for i = 1, 337 do start[i] = math.sin((i - 1) * (i - 1) + 1) / 4 end

-- Calls visit(Value, i) for weight i of that order.
local function each(model, visit)
  local i = 0
  for _, layer in ipairs(model.layers) do
    for _, neuron in ipairs(layer.neurons) do
      for _, w in ipairs(neuron.w) do
        i = i + 1
        visit(w, i)
      end
      i = i + 1
      visit(neuron.b, i)
    end
  end
end

local function new_model()
  local model = nn.MLP(2, {16, 16, 1})
  each(model, function(value, i) value.data = start[i] end)
  return model
end

local data = {x = {}, y = {}}
for i = 1, 100 do
  local x, y = math.sin(i), math.cos(3 * i)
  data.x[i], data.y[i] = {x, y}, x * y
end

local function penalty(model)
  local sum = 0
  for _, p in ipairs(model:parameters()) do sum = sum + p * p end
  return DECAY * sum
end

local function trained(epochs, opts)
  local model = new_model()
  local o = {epochs = epochs, quiet = true, penalty = penalty}
  for key, value in pairs(opts) do o[key] = value end
  return nn.train(model, nn.squared_error, data, o), model
end

-- Returns loss and gradient. The gradient is the change of the parameters in a
-- step with rate 1.
local function loss_and_gradient()
  local history, model = trained(1, {optimizer = "SGD", lr = 1})
  local list = {history.loss[1]}
  each(model, function(value, i) list[i + 1] = start[i] - value.data end)
  return list
end

-- Returns PyTorch's loss and gradient, and its times; nil if there is no
-- PyTorch.
local function pytorch()
  local pipe = io.popen(("%s %syardsticks/perceptron.py 2>/dev/null"):format(
    os.getenv("PYTHON") or "python3", here))
  local numbers, times = {}, nil
  for line in pipe:lines() do
    for word in line:gmatch("%S+") do
      if word == "times" then
        times = {}
      else
        table.insert(times or numbers, tonumber(word))
      end
    end
  end
  pipe:close()
  return times and numbers, times
end

local function train_with(opts)
  return function(n) trained(n, opts) end
end

local hand = assert(compilers.build("hand.c", compilers.FAST, "")).perceptron
local expected = hand(start, 1)
harness.same("nn.train", expected, loss_and_gradient(), 1e-12)

local contestants = {
  {"hand C -O3, no update", function(n) hand(start, n) end},
  {"nn.train, SGD", train_with {optimizer = "SGD", lr = 1e-3}, BAR},
  {"nn.train, Adam", train_with {lr = 1e-5}, BAR},
  {"nn.train, 10 batches of 10", train_with {lr = 1e-5, batch_size = 10}},
}
local runs = {}
for k, c in ipairs(contestants) do runs[k] = c[2] end
local times, ratios = harness.compare(runs, ROUNDS, TURN)
for k, c in ipairs(contestants) do add(c[1], times[k], ratios[k], c[3]) end

-- Adds rows for contestants that were not timed in turn, as multiples of the
-- yardstick's median.
local function add_alone(title, list)
  local multiples = {}
  for i, seconds in ipairs(list) do
    multiples[i] = seconds / times[1].median
  end
  add(title, harness.spread(list), harness.spread(multiples))
end

local theirs, their_times = pytorch()
if theirs then
  harness.same("PyTorch", expected, theirs, 1e-12)
  add_alone("PyTorch, tensors", their_times)
end
local eager = {}
for i = 1, 3 do
  eager[i] = harness.seconds(train_with {optimizer = "SGD", lr = 1e-3,
    mode = "eager"}, 5) / 5
end
add_alone("nn.train, eager", eager)
local step = kernels.perceptron(pure)
local slow = {}
for i = 1, 3 do slow[i] = harness.seconds(step, 2) / 2 end
add_alone("pure Lua, micrograd's way", slow)

harness.print({rawget(_G, "jit") and "LuaJIT" or _VERSION, "a step",
  "of hand C", "bar", ""}, lines, options.markdown)
if not theirs then print("PyTorch is not installed (PYTHON=python3)") end
if options.check and #missed > 0 then
  print("above twice the bar: " .. table.concat(missed, "; "))
  os.exit(1)
end
