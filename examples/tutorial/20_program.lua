-- 20. Recording: a function becomes a Program, which runs without Lua.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

-- Chapter 18's neuron on one example; the parameters are arguments now.
local function loss(p, x, y)
  local score = tinygrad.tanh(p.w[1] * x[1] + p.w[2] * x[2] + p.b)
  return (score - y) ^ 2
end

-- Called once, with numbers that only tell the shape of the arguments.
local parameters = {w = {0.5, -0.5}, b = 0}
local program = tinygrad.compile(loss, parameters, {0, 0}, 0)
print(program)
print(("loss %.6f"):format(program(parameters, {1, -1}, 1)))

-- The derivative of a Program is a Program again.
local step = program:value_and_grad {argnums = 1}
local value, gradient = step(parameters, {1, 1}, 1)
print(("loss %.6f, gradient %.6f %.6f, %.6f"):format(value, gradient.w[1],
  gradient.w[2], gradient.b))

-- The chain of 600 operations from chapter 12: its gradient with Values, and
-- recorded.
local function chain(a, b)
  local y = a
  for _ = 1, 200 do y = (y * b + a):tanh() end
  return y
end

local function measure(f, times)
  collectgarbage()
  local start = os.clock()
  for _ = 1, times do f() end
  return (os.clock() - start) * 1e6 / times
end

local a, b = Value(0.5), Value(-1.25)
local eager = measure(function()
  a.grad, b.grad = 0, 0
  chain(a, b):backward()
end, 100)
local recording = tinygrad.compile(chain, 1, 1):grad()
local recorded = measure(function() recording(0.5, -1.25) end, 1000)
print(("600 operations: with Values %.3f us, recorded %.3f us"):format(eager,
  recorded))

-- The neuron on 10000 examples, in one call.
local xs = {tinygrad.Tensor.uniform({10000}, -1, 1, 1),
  tinygrad.Tensor.uniform({10000}, -1, 1, 2)}
local ys = xs[1]:map(function(v) return v > 0 and 1 or -1 end)
local mean
local batch = measure(function()
  mean = step:batch({parameters, xs, ys}, {reduce = "mean"})
end, 10)
print(("10000 examples: loss %.6f, each gradient %.4f us"):format(mean,
  batch / 10000))

-- A recording cannot hold a branch: only one side would be in it.
local _, message = pcall(tinygrad.compile, function(v)
  if v > Value(0) then return v end
  return -v
end, 1)
print((message:gsub("^.-:%d+: ", ""):gsub("; ", ";\n  ")))
