-- Measures value and gradient of nine workloads, by tinygrad and by others, in
-- one table.
--
--   lua5.4 spec/bench/suite.lua [--markdown] [--quick] [name...]
--   lua5.4 spec/bench/suite.lua --report=DIRECTORY [name...]
--
-- The workloads are `complex`, `perceptron`, `rosenbrock`, `chain`
-- (workloads.lua), `gmm`, `bundle`, `lstm`, `option` (literature.lua), and
-- `rows`, the complex function at a million points. The others are hand-written
-- C with gradients derived by hand, with which times are compared; CppAD and
-- ADOL-C, recorded once and replayed; PyTorch, vectorised, on one thread; the
-- plain Lua engine of pure.lua on this Lua and on another; and forward
-- differences of the compiled value. A line tells what was left out because it
-- is not installed.
--
-- All gradients are compared before anything is timed. Contestants are timed in
-- turn; least, median and greatest are those of the ratios within a round.
-- PyTorch and the other Lua run in processes of their own; their ratios are to
-- the median of the hand-written C. Memory is what the collector counts.
--
-- --report writes report.md and bar charts into an existing directory, with the
-- machine and the versions of what was run. --quick times little, to tell soon
-- whether the gradients agree.

local here = (arg[0]:match("^(.*)[/\\]") or ".") .. "/"
local harness = dofile(here .. "harness.lua")
local options, names = harness.arguments(arg)
local pure = dofile(here .. "pure.lua")

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

local ROUNDS = options.quick and 1 or 7
local TURN = options.quick and 1e-3 or 0.05 -- seconds

local ORDER = {"complex", "perceptron", "rosenbrock", "chain", "gmm", "bundle",
  "lstm", "option", "rows"}

local function all_workloads(engine)
  local work = dofile(here .. "workloads.lua")(engine)
  for name, case in pairs(dofile(here .. "literature.lua")(engine)) do
    work[name] = case
  end
  return work
end

local arguments, flat = harness.inputs, harness.flat

-- Returns the gradient of a workload by the plain Lua engine.
local function pure_gradient(case)
  local leaves, list = {}, {}
  for i, x in ipairs(case.inputs) do leaves[i] = pure.Value(x) end
  local y = case.array and case.f(leaves) or case.f(unpack(leaves))
  y:backward()
  for i, leaf in ipairs(leaves) do list[i + 1] = leaf.grad end
  list[1] = y.data
  return list
end

-- A contestant in a process of its own prints its results and times.
if options.pure then
  local case = all_workloads(pure)[options.pure]
  local function words(list)
    for i, x in ipairs(list) do list[i] = ("%.17g"):format(x) end
    print(table.concat(list, " "))
  end
  words(pure_gradient(case))
  local function run(n) for _ = 1, n do pure_gradient(case) end end
  local n, times = harness.repetitions(run, TURN), {}
  for i = 1, ROUNDS do times[i] = harness.seconds(run, n) / n end
  words(times)
  os.exit(0)
end

local compilers = dofile(here .. "compilers.lua")(here, harness.tag)
local machine = dofile(here .. "machine.lua")
harness.use(here .. "../..")
local tinygrad = require "tinygrad"
local Tensor = tinygrad.Tensor

local work = all_workloads(tinygrad)
local plain = all_workloads(pure)

-- Modules in C and C++, by name.

local function build(source, flags, ...)
  for _, libraries in ipairs {...} do
    local module = compilers.build(source, flags, libraries)
    if module then return module end
  end
end

local missing = {}

local function optional(name, module)
  if not module then missing[#missing + 1] = name end
  return module or {}
end

local FAST = compilers.FAST
local hand = assert(build("hand.c", FAST, ""), "cannot compile hand.c")
local literature = assert(build("literature.c", FAST, ""),
  "cannot compile literature.c")
local cppad = optional("CppAD (not in Debian 12)",
  build("cppad.cpp", FAST .. " -DNDEBUG", "-lcppad_lib", ""))
local adolc = optional("ADOL-C (libadolc-dev)",
  build("adolc.cpp", FAST .. " -w", "-ladolc"))

local PYTHON = machine.first {"/usr/bin/python3 -c 'import torch' && "
  .. "echo /usr/bin/python3", "python3 -c 'import torch' && echo python3"}
optional("PyTorch (python3-torch)", PYTHON)

local other_lua = machine.first(harness.tag == "luajit"
  and {"command -v lua5.4", "command -v lua"} or {"command -v luajit"})
optional(harness.tag == "luajit" and "lua5.4" or "luajit", other_lua)

-- Runs a contestant in a process of its own. Returns results and times, or nil.
local function outside(command)
  local pipe = assert(io.popen(command .. " 2>/dev/null"))
  local results, times = pipe:read("*l"), pipe:read("*l")
  pipe:close()
  if not times then return nil end
  local function numbers(line)
    local list = {}
    for word in line:gmatch("%S+") do list[#list + 1] = tonumber(word) end
    return list
  end
  return numbers(results), numbers(times)
end

-- A contestant is {name, run = function of a count, results} or {name, results,
-- times}.

local function batch_of(case)
  local columns = case.columns()
  local rows = Tensor(columns)
  local p = tinygrad.compile(case.rows, case.inputs, columns[1])
    :value_and_grad {argnums = 1}
  local list, opts = {case.inputs, rows}, {reduce = case.reduce}
  return {name = "tinygrad batch", run = function(n)
    for _ = 1, n do p:batch(list, opts) end
  end, results = flat(case, p:batch(list, opts))}
end

local function differences(case, program)
  local x, n = {unpack(case.inputs)}, #case.inputs
  local list = {}
  local function run(count)
    for _ = 1, count do
      local y = case.array and program(x) or program(unpack(x))
      list[1] = y
      for i = 1, n do
        local was = x[i]
        local step = 1e-7 * (1 + math.abs(was))
        x[i] = was + step
        local z = case.array and program(x) or program(unpack(x))
        list[i + 1] = (z - y) / step
        x[i] = was
      end
    end
  end
  run(1)
  return {name = "forward differences", run = run, results = list,
    tolerance = 1e-4}
end

local function own(case, list)
  local program = tinygrad.compile(case.f, arguments(case))
  local gradient = program:value_and_grad()
  local eager = tinygrad.value_and_grad(case.f)
  local function add(name, f)
    list[#list + 1] = {name = name, run = function(n)
      for _ = 1, n do f(arguments(case)) end
    end, results = flat(case, f(arguments(case)))}
  end
  add("tinygrad Program", gradient)
  if case.rows then list[#list + 1] = batch_of(case) end
  add("tinygrad eager", eager)
  if not case.operations then list[#list + 1] = differences(case, program) end
end

local function inputs_file(case)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  for _, x in ipairs(case.inputs) do file:write(("%.17g\n"):format(x)) end
  file:close()
  return path
end

local function others(name, case, list)
  for _, stick in ipairs {{"CppAD", cppad}, {"ADOL-C", adolc}} do
    local f = stick[2][name]
    if f then
      list[#list + 1] = {name = stick[1],
        run = function(n) f(case.inputs, n) end, results = f(case.inputs, 1)}
    end
  end
  if case.operations then return end -- the others would take too long
  if PYTHON then
    local path = inputs_file(case)
    local results, times = outside(
      ("%s %storch_workloads.py %s %d %g < %s"):format(PYTHON, here,
        name, ROUNDS, TURN, path))
    os.remove(path)
    list[#list + 1] = {name = "PyTorch", results = results, times = times}
  end
  local engine = plain[name]
  list[#list + 1] = {name = "plain " .. machine.lua, run = function(n)
    for _ = 1, n do pure_gradient(engine) end
  end, results = pure_gradient(engine)}
  if other_lua then
    local results, times = outside(("%s %ssuite.lua --pure=%s%s"):format(
      other_lua, here, name, options.quick and " --quick" or ""))
    list[#list + 1] = {name = "plain " .. other_lua:match("[^/]+$"),
      results = results, times = times}
  end
end

-- Returns the contestants of `rows`, whose inputs are columns and not a list.
local function rows_contestants()
  local n = 1000000
  local function module(flags)
    return assert(build("rows.c", FAST .. flags, "-pthread")).rows
  end
  local exact, fast = module(""), module(" -ffast-math")
  local a, b = Tensor.zeros(n), Tensor.zeros(n)
  for i = 1, n do a[i], b[i] = 2 * math.sin(i), 2 * math.cos(3 * i) end
  local p = tinygrad.compile(work.complex.f, 1, 1):value_and_grad()
  local out = {p:batch {a, b}}
  local some = {}
  for i = 0, 2 do
    for k = 1, 3 do some[#some + 1] = out[k][i * (n / 2 - 1) + 1] end
  end
  local function native(name, f)
    return {name = name, run = function(count) f({}, count) end,
      results = f({}, 1)}
  end
  return {title = "a million rows", unit = "ms"}, {
    native("hand-written C", exact),
    native("the same, -ffast-math", fast),
    {name = "tinygrad batch", results = some, run = function(count)
      for _ = 1, count do p:batch({a, b}, {out = out}) end
    end},
  }
end

local function contestants_of(name)
  if name == "rows" then return rows_contestants() end
  local case = assert(work[name], "no workload named " .. name)
  local f = hand[name] or literature[name]
  local list = {{name = "hand-written C",
    run = function(n) f(case.inputs, n) end, results = f(case.inputs, 1)}}
  own(case, list)
  others(name, case, list)
  return case, list
end

-- Times the contestants of a workload. Returns them with their times and the
-- ratios to the first.
local function race(name)
  local case, list = contestants_of(name)
  local here_runs, at, counts = {}, {}, {}
  for _, c in ipairs(list) do
    assert(c.results, name .. ": " .. c.name .. " failed")
    harness.same(name .. ", " .. c.name, list[1].results, c.results,
      c.tolerance or 1e-10)
    if c.run then
      here_runs[#here_runs + 1] = c.run
      at[#at + 1] = c
      counts[#counts + 1] = case.eager and 1
        or harness.repetitions(c.run, TURN)
    end
  end
  local times, ratios = harness.compare(here_runs,
    case.eager and math.min(ROUNDS, 3) or ROUNDS, TURN, counts)
  for k, c in ipairs(at) do c.time, c.ratio = times[k], ratios[k] end
  for _, c in ipairs(list) do
    if c.times then
      local ratio = {}
      for i, t in ipairs(c.times) do ratio[i] = t / list[1].time.median end
      c.time, c.ratio = harness.spread(c.times), harness.spread(ratio)
    end
  end
  return {name = name, title = case.title, unit = case.unit, list = list}
end

-- Returns rows about memory: the bytes of a node in a chain of 1,000, and of an
-- operation of a Program.
local function node_sizes()
  local kernels = dofile(here .. "kernels.lua")
  local n = 1000
  local run = kernels.chain(tinygrad)
  local eager = harness.bytes(run, n) / n
  local in_lua = harness.bytes(kernels.chain(pure), n) / n
  local stats = tinygrad.compile(work.perceptron.f, work.perceptron.inputs)
    :value_and_grad():stats()
  return {
    {"memory: a node, tinygrad eager", ("%.0f B"):format(eager), ""},
    {"memory: an operation of a Program", ("%.1f B"):format(
      (stats.bytes + 8 * stats.slots) / stats.operations), ""},
    {"memory: a node, plain " .. machine.lua, ("%.0f B"):format(in_lua), ""}
  }
end

local SCALE = {ns = 1e9, us = 1e6, ms = 1e3}

local function number(x)
  return (x < 10 and "%.2f" or x < 100 and "%.1f" or "%.0f"):format(x)
end

local function lines_of(races)
  local lines = {}
  for _, r in ipairs(races) do
    for _, c in ipairs(r.list) do
      lines[#lines + 1] = {r.title .. ": " .. c.name,
        number(c.time.median * SCALE[r.unit]) .. " " .. r.unit,
        ("%s / %s / %s"):format(number(c.ratio.least), number(c.ratio.median),
          number(c.ratio.greatest))}
    end
  end
  return lines
end

local function main()
  local races = {}
  for _, name in ipairs(#names > 0 and names or ORDER) do
    io.stderr:write(name, "\n")
    races[#races + 1] = race(name)
    collectgarbage()
  end
  local lines = lines_of(races)
  for _, line in ipairs(node_sizes()) do lines[#lines + 1] = line end
  local heading = {machine.lua, "time", "of hand-written C"}
  if #missing > 0 then
    print("not installed: " .. table.concat(missing, ", "))
  end
  if options.report then
    dofile(here .. "report.lua")(options.report, heading, lines, races,
      machine.about(PYTHON), missing)
  end
  harness.print(heading, lines, options.markdown)
end

main()
