-- Measures how fast Programs are, beside C written by hand, C++ tapes that are
-- recorded once and replayed, and the eager engine.
--
--   lua5.4 spec/bench/programs.lua [--markdown] [--check] [name...]
--
-- The workloads, each a value and its gradient: `complex`, (a*b + a) * tanh(b);
-- `perceptron`, 2-16-16-1, tanh, over 100 rows, squared error + L2, all 337
-- parameters; `rosenbrock`, in 1000 dimensions; `chain`, a million times x <-
-- tanh(x*w + b). The sources in yardsticks/ are first compiled into a temporary
-- directory: hand-written C, and CppAD and ADOL-C if installed.
--
-- All gradients are compared before anything is timed. Contestants are timed in
-- turn. "of hand C" is the time over that of the hand-written C at -O3
-- -march=native in the same round: the least, median and greatest of the
-- rounds. Bars hold for Lua 5.4 and for medians; with --check the exit status
-- is 1 if one is missed by a factor of 2. --largest=N leaves out workloads of
-- more than N operations.
--
--   lua5.4 spec/bench/programs.lua --repeat=N name
--
-- only replays the Program `name` N times, for a profiler.

local here = (arg[0]:match("^(.*)[/\\]") or ".") .. "/"
local harness = dofile(here .. "harness.lua")
local compilers = dofile(here .. "compilers.lua")(here, harness.tag)
local options, names = harness.arguments(arg)
harness.use(here .. "../..")
local tinygrad = require "tinygrad"
local compile = tinygrad.compile

local ROUNDS = 9
local TURN = 0.06 -- seconds
local SLACK = 2 -- --check fails above this multiple of a bar

-- Yardsticks are Lua modules in C and C++, see yardsticks/yardstick.h.

local FAST = compilers.FAST

local YARDSTICKS = {
  {name = "hand C -O3", source = "hand.c", flags = FAST},
  {name = "hand C -O2", source = "hand.c", flags = "-O2"},
  {name = "CppAD", source = "cppad.cpp",
    flags = FAST .. " -DNDEBUG", -- as CppAD's manual says
    package = "CppAD (package cppad, not in Debian 12)",
    libraries = {"-lcppad_lib", ""}},
  {name = "ADOL-C", source = "adolc.cpp", flags = FAST .. " -w",
    package = "ADOL-C (Debian: libadolc-dev)", libraries = {"-ladolc"}}
}

-- Returns a list of {name, functions}, of which the others are compared with
-- the first; and a function that makes contestants of Programs.
local function yardsticks()
  local list = {}
  for _, y in ipairs(YARDSTICKS) do
    local functions
    for _, libraries in ipairs(y.libraries or {""}) do
      functions = functions
        or compilers.build(y.source, y.flags, libraries)
    end
    if functions then
      list[#list + 1] = {name = y.name, functions = functions}
    else
      assert(y.package, "cannot compile " .. y.source)
      print(("skipped: no %s, or no C++ compiler"):format(y.package))
    end
  end
  local replay = assert(compilers.build("replay.c", "-O2", compilers.core),
    "cannot compile replay.c")
  return list, replay
end

-- Returns the functions of a Program's C source, compiled, as a contestant.
local function emitted(program)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write((program:emit_c {name = "emitted"}))
  file:close()
  local functions = assert(compilers.build("emitted.c",
    ("-O2 -DEMITTED='\"%s\"'"):format(path)), "cannot compile emitted C")
  os.remove(path)
  return functions.emitted
end

local workloads = dofile(here .. "workloads.lua")
local work = workloads(tinygrad)

-- The bars. program: the time of a Program as a multiple of the hand-written C;
-- call: the nanoseconds that a call from Lua adds; emitted: the time of emitted
-- C as a multiple of the hand-written C.
local BARS = {
  complex = {program = 1.5, call = 150, emitted = 1.3},
  perceptron = {program = 3},
  rosenbrock = {program = 12, emitted = 4},
  chain = {program = 2}
}

local SCALE = {ns = 1e9, us = 1e6, ms = 1e3}

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

local arguments, flat = harness.inputs, harness.flat

local function compiled(case)
  return compile(case.f, arguments(case)):value_and_grad()
end

-- Compiles f for its arguments. Returns the seconds, the bytes that are kept,
-- and the Program.
local function compiling(f, ...)
  collectgarbage()
  collectgarbage()
  local before = collectgarbage("count")
  local program
  local seconds = harness.seconds(function(...)
    program = compile(f, ...):value_and_grad()
  end, ...)
  collectgarbage()
  collectgarbage()
  return seconds, (collectgarbage("count") - before) * 1024, program
end

-- Results

local rows, missed = {}, {}

local function number(x)
  return (x < 10 and "%.2f" or x < 100 and "%.1f" or "%.0f"):format(x)
end

-- Adds a row, which compares `got` with the bar `most`, both in `unit`.
local function row(title, time, ratio, got, most, unit)
  local wanted, met = "", ""
  if most then
    wanted = ("%g%s"):format(most, unit)
    met = got <= most and "pass" or "MISS"
    if got > most * SLACK then missed[#missed + 1] = title end
  end
  rows[#rows + 1] = {title, time, ratio and ("%.2f / %.2f / %.2f"):format(
    ratio.least, ratio.median, ratio.greatest) or "-", wanted, met}
end

local function repeated(contestant, inputs)
  return function(n) return contestant(inputs, n) end
end

-- Returns the contestants and their results: {name, run, results}.
local function contestants(case, name, program, sticks, replay)
  local list = {}
  local function add(title, run, results)
    list[#list + 1] = {name = title, run = run, results = results}
  end
  local function add_native(title, contestant)
    add(title, repeated(contestant, case.inputs), contestant(case.inputs, 1))
  end
  for _, stick in ipairs(sticks) do
    add_native(stick.name, stick.functions[name])
  end
  if not case.operations then -- a large one would be megabytes of C
    add_native("emitted C -O2", emitted(program))
  end
  add_native("Program from C", replay(program))
  local call
  if case.array then
    local x = case.inputs
    call = function(n) for _ = 1, n do program(x) end end
  elseif #case.inputs == 2 then
    local a, b = unpack(case.inputs)
    call = function(n) for _ = 1, n do program(a, b) end end
  else
    local a, b, c = unpack(case.inputs)
    call = function(n) for _ = 1, n do program(a, b, c) end end
  end
  add("Program from Lua", call, flat(case, program(arguments(case))))
  local eager = tinygrad.value_and_grad(case.f)
  add("eager, from Lua", function(n)
    for _ = 1, n do eager(arguments(case)) end
  end, flat(case, eager(arguments(case))))
  return list
end

local function race(name, program, sticks, replay)
  local case = work[name]
  local list = contestants(case, name, program, sticks, replay)
  local runs, counts = {}, {}
  for k, c in ipairs(list) do
    harness.same(name .. ", " .. c.name, list[1].results, c.results, 1e-11)
    runs[k] = c.run
    counts[k] = case.eager and 1 or harness.repetitions(c.run, TURN)
  end
  local times, ratios = harness.compare(runs, case.eager and 5 or ROUNDS,
    TURN, counts)
  local from_c
  local bars = BARS[name]
  for k, c in ipairs(list) do
    local title = case.title .. ": " .. c.name
    local time = number(times[k].median * SCALE[case.unit]) .. " " .. case.unit
    if c.name == "Program from C" then
      from_c = times[k].median
      row(title, time, ratios[k], ratios[k].median, bars.program, " x")
    elseif c.name == "Program from Lua" and bars.call then
      local more = (times[k].median - from_c) * 1e9
      row(title, time, ratios[k], more, bars.call, " ns more")
    elseif c.name == "emitted C -O2" then
      row(title, time, ratios[k], ratios[k].median, bars.emitted, " x")
    else
      row(title, time, ratios[k])
    end
  end
end

local function summary(title, program)
  local s = program:stats()
  print(("%s: %d operations, %d slots, %d constants, %d bytes"):format(title,
    s.operations, s.slots, s.constants, s.bytes))
end

local function main()
  if options["repeat"] then
    local case = work[names[1]]
    local _, replay = yardsticks()
    replay(compiled(case))(case.inputs, tonumber(options["repeat"]))
    return
  end
  local wanted = {}
  for _, name in ipairs(names) do
    assert(work[name], "no workload named " .. name)
    wanted[name] = true
  end
  local sticks, replay = yardsticks()
  local largest = tonumber(options.largest) or math.huge
  for _, name in ipairs({"complex", "perceptron", "rosenbrock", "chain"}) do
    local case = work[name]
    if wanted[name] or #names == 0 and (case.operations or 0) <= largest then
      local seconds, bytes, program = compiling(case.f, arguments(case))
      summary(case.title, program)
      race(name, program, sticks, replay)
      local compile_title = case.title .. ": compile with gradient"
      if not case.operations then
        row(compile_title, number(seconds * 1e3) .. " ms")
      else
        row(compile_title, number(seconds) .. " s", nil, seconds, 3, " s")
        local each = bytes / case.operations
        row(case.title .. ": bytes kept an operation", number(each) .. " B",
          nil, each, 60, " B")
        program = nil -- luacheck: ignore
        local tenth = compiling(case.tenth, unpack(case.inputs))
        local growth = seconds / (10 * tenth)
        row(case.title .. ": an operation's time to compile, 3e6 over 3e5",
          number(growth) .. " x", nil, growth, 3, " x")
      end
    end
  end
  harness.print({rawget(_G, "jit") and "LuaJIT" or _VERSION, "time",
    "of hand C -O3", "bar", ""}, rows, options.markdown)
  if options.check and #missed > 0 then
    print("above twice the bar: " .. table.concat(missed, "; "))
    os.exit(1)
  end
end

main()
