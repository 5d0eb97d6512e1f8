-- Measures how fast the Value engine is, beside the plain Lua engine in
-- pure.lua.
--
--   lua5.4 spec/bench/run.lua [--markdown] [--check] [name...]
--
-- prints a table of all workloads, or of the named ones. The gradients of the
-- two engines are compared, then the engines are timed in turn. "times faster"
-- is the time of pure Lua over that of tinygrad within a round: the least,
-- median and greatest of the rounds. Times are medians of processor time. Bars
-- are for Lua 5.4, those in ns and ms for the machine on which they were set,
-- whose pure Lua took 4,000 ns for (a*b + a) * tanh(b); with --check the exit
-- status is 1 if another bar is missed.
--
--   lua5.4 spec/bench/run.lua --repeat=N name
--
-- only runs tinygrad's kernel `name` N times, for a profiler. --generational
-- switches the collector (5.4), --largest=N ends the growing graphs early,
-- --pure lists the yardstick against itself.

local here = (arg[0]:match("^(.*)[/\\]") or ".") .. "/"
local harness = dofile(here .. "harness.lua")
local kernels = dofile(here .. "kernels.lua")
local pure = dofile(here .. "pure.lua")

local options, names = harness.arguments(arg)
harness.use(here .. "../..")
local tinygrad = options.pure and pure or require("tinygrad")
local promised = harness.tag == "lua5.4"

local PURE_LARGEST = 1e5 -- nodes, of 600 bytes and more, for the yardstick
local ROUNDS = 7
local TURN = 0.06 -- seconds

local rows, missed = {}, {}

local function number(x)
  return (x < 10 and "%.2f" or x < 100 and "%.1f" or "%.0f"):format(x)
end

-- Adds a row. `bar` is {most=, unit=} or {faster=}. `firm` says that the bar
-- does not depend on the machine's speed.
local function row(name, title, own, other, ratio, bar, firm)
  local wanted, met = "", ""
  if bar and promised then
    local ok
    if bar.faster then
      wanted, ok = bar.faster .. " x", ratio.median >= bar.faster
    else
      wanted, ok = bar.most .. " " .. bar.unit, own.value <= bar.most
    end
    met = ok and "yes" or "no"
    if not ok and firm then
      missed[#missed + 1] = name
    end
  end
  local function cell(x)
    return x and number(x.value) .. " " .. x.unit or "-"
  end
  local faster = not ratio and "-"
    or ("%.1f / %.1f / %.1f"):format(ratio.least, ratio.median, ratio.greatest)
  rows[#rows + 1] = {title, cell(own), cell(other), faster, wanted, met}
end

-- The kernels that are compared. A repetition makes `per` nodes (1 if absent).
local compared = {
  {name = "unary", title = "forward, -a, dropped", bar = {most = 80}},
  {name = "tanh", title = "forward, tanh(a), dropped"},
  {name = "binary", title = "forward, a * b, dropped", bar = {most = 80}},
  {name = "number", title = "forward, a * 0.5, dropped", bar = {most = 80}},
  {name = "chain", title = "forward, 2e6 live nodes (pure: 2e5)",
    bar = {most = 350}, rounds = 3, repetitions = {2e6, 2e5}},
  {name = "backward", title = "backward, a node of 1,000", per = 1000,
    bar = {most = 30}},
  {name = "complex", title = "(a*b + a) * tanh(b) and backward",
    bar = {faster = 6}, firm = true},
  {name = "gradient", title = "the same as f(x, y), new leaves"},
  {name = "perceptron", title = "perceptron step, operators", unit = "ms",
    bar = {most = 7}},
  {name = "perceptron_dot", title = "perceptron step, dot", unit = "ms",
    bar = {most = 3}}
}

local UNITS = {ns = 1e9, ms = 1e3}

local function compare(work)
  local own, check = kernels[work.name](tinygrad)
  local other, expected = kernels[work.name](pure)
  harness.same(work.name, check(), expected())
  local times, ratios = harness.compare({own, other}, work.rounds or ROUNDS,
    TURN, work.repetitions)
  local unit = work.unit or "ns"
  local scale = UNITS[unit] / (work.per or 1)
  local bar = work.bar
  row(work.name, work.title, {value = times[1].median * scale, unit = unit},
    {value = times[2].median * scale, unit = unit}, ratios[2],
    bar and {most = bar.most, faster = bar.faster, unit = unit}, work.firm)
end

-- Returns the seconds for each node to build a chain of n, and to go back over
-- it.
local function grow(engine, n)
  local chain = kernels.chain(engine)
  local root
  local build = harness.seconds(function()
    root = chain(n)
  end)
  root:backward()
  local back = harness.seconds(function()
    root:backward()
  end)
  return build / n, back / n
end

-- Returns the middle of several tries, enough to time about 1e5 nodes.
local function grown(engine, n)
  local builds, backs = {}, {}
  for try = 1, n <= 1e6 and math.max(3, 1e5 / n) or 1 do
    builds[try], backs[try] = grow(engine, n)
  end
  return harness.spread(builds).median, harness.spread(backs).median
end

local function ns(seconds)
  return {value = seconds * 1e9, unit = "ns"}
end

local function linear()
  local builds, backs = {}, {}
  for digits = 4, 7 do
    local n = 10 ^ digits
    if n <= (tonumber(options.largest) or math.huge) then
      local ok, build, back = pcall(grown, tinygrad, n)
      if not ok then -- usually the limit of LuaJIT's memory
        print(("%g nodes: %s"):format(n, build))
        break
      end
      local pure_build, pure_back
      if n <= PURE_LARGEST then
        pure_build, pure_back = grown(pure, n)
      end
      builds[#builds + 1] = {digits = digits, own = build, pure = pure_build}
      backs[#backs + 1] = {digits = digits, own = back, pure = pure_back}
    end
  end
  local function list(title, found)
    for _, r in ipairs(found) do
      row("linear", ("%s, chain of 1e%d"):format(title, r.digits), ns(r.own),
        r.pure and ns(r.pure), r.pure and harness.spread({r.pure / r.own}))
    end
  end
  list("forward", builds)
  list("backward", backs)
  local first, last = 2, #builds -- the times of the first size are noisy
  if last > first then
    row("linear", ("a node's cost, 1e%d over 1e%d"):format(
      builds[last].digits, builds[first].digits),
      {value = (builds[last].own + backs[last].own)
        / (builds[first].own + backs[first].own), unit = "x"},
      nil, nil, {most = 5, unit = "x"}, true)
  end
end

local function bytes()
  local function of(engine)
    local chain = kernels.chain(engine)
    local long, short = harness.bytes(chain, 2e4), harness.bytes(chain, 1e4)
    return {value = (long - short) / 1e4, unit = "B"}
  end
  local own, other = of(tinygrad), of(pure)
  row("bytes", "bytes of a binary node", own, other,
    harness.spread({other.value / own.value}), {most = 136, unit = "B"}, true)
end

local function allocation()
  local function of(engine)
    local run = kernels.backward(engine)
    run(1)
    local many, few = harness.bytes(run, 60), harness.bytes(run, 10)
    return {value = (many - few) / 50, unit = "B"}
  end
  row("allocation", "bytes allocated by a backward of 1,000", of(tinygrad),
    of(pure), nil, {most = 0, unit = "B"}, true)
end

local extra = {linear = linear, bytes = bytes, allocation = allocation}

local function profile(name, n)
  local run = kernels[name](tinygrad)
  run(n)
end

local function main()
  if options.generational then
    collectgarbage("generational")
  end
  if options["repeat"] then
    return profile(names[1], tonumber(options["repeat"]))
  end
  local wanted = {}
  for _, name in ipairs(names) do
    assert(kernels[name] or extra[name], "no workload named " .. name)
    wanted[name] = true
  end
  local all = #names == 0
  for _, work in ipairs(compared) do
    if all or wanted[work.name] then
      compare(work)
    end
  end
  for _, name in ipairs({"linear", "bytes", "allocation"}) do
    if all or wanted[name] then
      extra[name]()
    end
  end
  harness.print({rawget(_G, "jit") and "LuaJIT" or _VERSION, "tinygrad",
    "pure Lua", "times faster", "bar", "met"}, rows, options.markdown)
  if options.check and #missed > 0 then
    print("missed: " .. table.concat(missed, ", "))
    os.exit(1)
  end
end

main()
