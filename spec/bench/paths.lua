-- Repeats hot paths beyond those of kernels.lua, for callgrind.sh:
--
--   lua5.4 spec/bench/paths.lua --repeat=N call|batch|compile
--
-- `call`: value and gradient of Rosenbrock's function of 100 variables as a
-- Program, from Lua. `batch`: value and gradient of the perceptron over 100
-- rows, summed, without vector instructions that only some processors have.
-- `compile`: recording Rosenbrock's function of 20 variables and deriving its
-- gradient.

local here = (arg[0]:match("^(.*)[/\\]") or ".") .. "/"
local harness = dofile(here .. "harness.lua")
local options, names = harness.arguments(arg)
harness.use(here .. "../..")
local tinygrad = require "tinygrad"
local work = dofile(here .. "workloads.lua")(tinygrad)

local paths = {}

local function point(n)
  local x = {}
  for i = 1, n do x[i] = 1.2 * math.cos(i) end
  return x
end

function paths.call()
  local x = point(100)
  local p = tinygrad.compile(work.rosenbrock.f, x):value_and_grad()
  return function() p(x) end
end

function paths.batch()
  local case = work.perceptron
  local columns = case.columns()
  local p = tinygrad.compile(case.rows, case.inputs, columns[1])
    :value_and_grad {argnums = 1}
  local list = {case.inputs, tinygrad.Tensor(columns)}
  local opts = {reduce = case.reduce, vectors = "plain"}
  for _ = 1, 11 do p:batch(list, opts) end -- the Program is arranged now
  return function() p:batch(list, opts) end
end

function paths.compile()
  local x = point(20)
  return function() tinygrad.compile(work.rosenbrock.f, x):value_and_grad() end
end

local run = assert(paths[names[1]], "no such path")()
for _ = 1, tonumber(options["repeat"]) do run() end
