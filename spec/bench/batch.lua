-- Measures how fast batches are, beside C loops written by hand.
--
--   lua5.4 spec/bench/batch.lua [--markdown] [--check]
--
-- `rows`: value and gradient of (a*b + a) * tanh(b) for a million rows, beside
-- the loop at -O3 -march=native and with -ffast-math, whose compiler has a tanh
-- for vectors. `perceptron`: loss and gradient of all 337 parameters of the
-- 2-16-16-1 perceptron over 100 rows in one call, beside the scalar loop ("a C
-- loop on registers" shows what the machine's second core is good for). `call`:
-- the time of a batch of one row of an addition. Results are compared before
-- anything is timed. Times are those of a call from Lua; ratios are as in
-- programs.lua.

local here = (arg[0]:match("^(.*)[/\\]") or ".") .. "/"
local harness = dofile(here .. "harness.lua")
local compilers = dofile(here .. "compilers.lua")(here, harness.tag)
local options = harness.arguments(arg)
harness.use(here .. "../..")
local tinygrad = require "tinygrad"
local compile, tanh, Tensor = tinygrad.compile, tinygrad.tanh, tinygrad.Tensor

local ROUNDS = 9
local TURN = 0.06 -- seconds
local SLACK = 2 -- --check fails above this multiple of a bar
local ROWS = 1000000

local lines, missed = {}, {}

local function add(title, time, unit, scale, ratio, bar, is_unchecked)
  local met = ""
  if bar then
    met = ratio.median <= bar and "pass" or "MISS"
    if ratio.median > bar * SLACK and not is_unchecked then
      missed[#missed + 1] = title
    end
  end
  lines[#lines + 1] = {title, ("%.3g %s"):format(time.median * scale, unit),
    ("%.2f / %.2f / %.2f"):format(ratio.least, ratio.median, ratio.greatest),
    bar and ("%g x"):format(bar) or "", met}
end

-- Times `contestants`, a list of {name, run, bar}, and prints ratios to the
-- first.
local function race(title, contestants, unit, scale)
  local runs, counts = {}, {}
  for k, c in ipairs(contestants) do
    runs[k] = c[2]
    counts[k] = harness.repetitions(c[2], TURN)
  end
  local times, ratios = harness.compare(runs, ROUNDS, TURN, counts)
  for k, c in ipairs(contestants) do
    add(title .. ": " .. c[1], times[k], unit, scale, ratios[k], c[3])
  end
end

local function times(run)
  return function(n) for _ = 1, n do run() end end
end

-- Times one thread and two by the wall clock. (Other times here are processor
-- time, which two threads spend together.)
local function race_threads(title, clock, one, two, bar)
  local function seconds(run)
    local before = clock({}, 1)[1]
    run(1)
    return clock({}, 1)[1] - before
  end
  local times1, times2, ratios = {}, {}, {}
  for i = 1, 3 * ROUNDS do
    times1[i], times2[i] = seconds(one), seconds(two)
    ratios[i] = times2[i] / times1[i]
  end
  add(title .. ", elapsed", harness.spread(times1), "ms", 1e3,
    harness.spread({1}))
  add(title .. ", 2 threads, elapsed", harness.spread(times2), "ms", 1e3,
    harness.spread(ratios), bar, true) -- true: a second core may be busy
end

local function race_rows()
  local module = assert(compilers.build("rows.c", compilers.FAST, "-pthread"))
  local hand = module.rows
  local fast = assert(compilers.build("rows.c", compilers.FAST
    .. " -ffast-math", "-pthread")).rows
  local a, b = Tensor.zeros(ROWS), Tensor.zeros(ROWS)
  for i = 1, ROWS do
    a[i], b[i] = 2 * math.sin(i), 2 * math.cos(3 * i)
  end
  local p = compile(function(x, y) return (x * y + x) * tanh(y) end, 1, 1)
    :value_and_grad()
  local out = {p:batch {a, b}}
  local some = {}
  for i = 0, 2 do
    for k = 1, 3 do some[#some + 1] = out[k][i * (ROWS / 2 - 1) + 1] end
  end
  harness.same("rows", hand({}, 1), some, 1e-14)
  harness.same("rows", hand({}, 1), fast({}, 1), 1e-14)
  local function batch(opts)
    opts.out = out
    return times(function() p:batch({a, b}, opts) end)
  end
  race("rows", {
    {"hand C -O3", function(n) hand({}, n) end},
    {"batch", batch {}, 0.5},
    {"batch, AVX2 at most", batch {vectors = "avx2"}},
    {"batch, no vectors chosen", batch {vectors = "plain"}},
  }, "ms", 1e3)
  race("rows", {
    {"hand C -O3 -ffast-math", function(n) fast({}, n) end},
    {"batch", batch {}, 1.5},
  }, "ms", 1e3)
  race_threads("rows: batch", module.clock, batch {}, batch {threads = 2}, 0.55)
  race_threads("a C loop on registers", module.clock,
    function() module.loop1({}, 1) end, function() module.loop2({}, 1) end)
end

local function race_perceptron()
  local hand = assert(compilers.build("hand.c", compilers.FAST, "")).perceptron
  local case = dofile(here .. "workloads.lua")(tinygrad).perceptron
  local columns = case.columns()
  local p = compile(case.rows, case.inputs, columns[1])
    :value_and_grad {argnums = 1}
  local arguments = {case.inputs, Tensor(columns)}
  local opts = {reduce = case.reduce}
  local loss, gradient = p:batch(arguments, opts)
  local flat = {loss}
  for i, d in ipairs(gradient) do flat[i + 1] = d end
  harness.same("perceptron", hand(case.inputs, 1), flat, 1e-12)
  race("perceptron", {
    {"hand C -O3", function(n) hand(case.inputs, n) end},
    {"batch", times(function() p:batch(arguments, opts) end), 1},
  }, "us", 1e6)
end

local function race_call()
  local p = compile(function(x, y) return x + y end, 1, 1)
  local one = {Tensor {1}, Tensor {2}}
  local opts = {out = {p:batch(one)}}
  local _, three = pcall(p, 1, 2)
  assert(three == 3)
  race("call", {
    {"Program", times(function() p(1, 2) end)},
    {"batch of one row", times(function() p:batch(one, opts) end)},
  }, "us", 1e6)
end

race_rows()
race_perceptron()
race_call()
harness.print({rawget(_G, "jit") and "LuaJIT" or _VERSION, "time",
  "of the first", "bar", ""}, lines, options.markdown)
if options.check and #missed > 0 then
  print("above twice the bar: " .. table.concat(missed, "; "))
  os.exit(1)
end
