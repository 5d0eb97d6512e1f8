-- Functions that the benchmarks share: timing of contestants side by side,
-- bytes, tables of results. Machines differ and are noisy; therefore
-- contestants are timed in turn, round by round, and ratios are taken within a
-- round.

local harness = {}

local clock = os.clock
local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

-- The name of the folder of this interpreter's build: "lua5.4", "luajit", ...
harness.tag = rawget(_G, "jit") and "luajit"
  or "lua" .. _VERSION:match("%d%.%d")

-- Lets `require` find the tinygrad of the repository at folder `root`.
function harness.use(root)
  package.path = root .. "/lua/?.lua;" .. root .. "/lua/?/init.lua;"
    .. package.path
  package.cpath = root .. "/build/" .. harness.tag .. "/?.so;"
    .. package.cpath
end

-- Splits command-line arguments into options ("--name=value", "--name") and
-- the rest.
function harness.arguments(list)
  local options, names = {}, {}
  for _, word in ipairs(list) do
    local key, given = word:match("^%-%-([%w-]+)=?(.*)$")
    if key then
      options[key] = given
    else
      names[#names + 1] = word
    end
  end
  return options, names
end

-- Returns the least, the middle and the greatest of a list of numbers.
function harness.spread(list)
  local sorted = {}
  for i = 1, #list do
    sorted[i] = list[i]
  end
  table.sort(sorted)
  local middle = (#sorted + 1) / 2
  local median = (sorted[math.floor(middle)] + sorted[math.ceil(middle)]) / 2
  return {least = sorted[1], median = median, greatest = sorted[#sorted]}
end

-- Returns the processor seconds that run(...) takes, starting from a clean
-- heap.
function harness.seconds(run, ...)
  collectgarbage()
  local start = clock()
  run(...)
  return clock() - start
end

-- Returns how many repetitions n make run(n) take about `seconds`.
function harness.repetitions(run, seconds)
  local n = 1
  while true do
    local took = harness.seconds(run, n)
    if took > seconds / 10 then
      return math.max(1, math.floor(n * seconds / took))
    end
    n = n * 4
    assert(n < 2 ^ 40, "a function does not repeat its work as told")
  end
end

--- Times functions in turn.
---@param contestants table functions that take a repetition count
---@param rounds number how many turns each has
---@param seconds number about how long one turn lasts
---@param repetitions table|nil the repetitions of each contestant, instead of
-- `seconds`
---@return table list for each contestant, the seconds of one repetition (a
-- spread)
---@return table list for each contestant, its time as a multiple of the first's
function harness.compare(contestants, rounds, seconds, repetitions)
  local counts, times, ratios = {}, {}, {}
  for k, run in ipairs(contestants) do
    counts[k] = repetitions and repetitions[k]
      or harness.repetitions(run, seconds)
    times[k], ratios[k] = {}, {}
  end
  for round = 1, rounds do
    for k, run in ipairs(contestants) do
      times[k][round] = harness.seconds(run, counts[k]) / counts[k]
      ratios[k][round] = times[k][round] / times[1][round]
    end
  end
  for k = 1, #contestants do
    times[k], ratios[k] =
      harness.spread(times[k]), harness.spread(ratios[k])
  end
  return times, ratios
end

-- Returns by how many bytes the collector's count is larger after run(...) than
-- before. What run returns is kept until then.
function harness.bytes(run, ...)
  collectgarbage()
  collectgarbage()
  collectgarbage("stop")
  local before = collectgarbage("count")
  local kept = run(...)
  local after = collectgarbage("count")
  collectgarbage("restart")
  return (after - before) * 1024, kept
end

-- Raises an error unless two lists hold the same numbers up to rounding.
function harness.same(what, one, other, tolerance)
  assert(#one == #other, what .. ": different numbers of results")
  for i = 1, #one do
    local x, y = one[i], other[i]
    local scale = math.max(1, math.abs(x), math.abs(y))
    local close = math.abs(x - y) <= (tolerance or 1e-9) * scale
    if not close then -- also for NaN
      error(("%s: result %d differs: %.17g and %.17g"):format(what, i, x, y))
    end
  end
end

--- Returns the inputs of a workload (workloads.lua) as its function takes them.
function harness.inputs(case)
  if case.array then return case.inputs end
  return unpack(case.inputs)
end

--- Returns the value and gradient of a workload, as a derivative of its
-- function returns them, in one list.
function harness.flat(case, value, ...)
  local list = {value}
  for i, x in ipairs(case.array and ... or {...}) do list[i + 1] = x end
  return list
end

-- Prints rows (lists of strings) below a heading, in columns or as Markdown.
-- Text in the first column is flush left, the rest flush right.
function harness.print(heading, rows, markdown)
  local all = {heading, unpack(rows)}
  local widths = {}
  for _, row in ipairs(all) do
    for i, text in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, #text)
    end
  end
  local function line(row)
    local cells = {}
    for i, width in ipairs(widths) do
      local blank = (" "):rep(width - #row[i])
      cells[i] = i == 1 and row[i] .. blank or blank .. row[i]
    end
    local text = table.concat(cells, markdown and " | " or "  ")
    print(markdown and "| " .. text .. " |" or text)
  end
  line(heading)
  if markdown then
    local rule = {}
    for i, width in ipairs(widths) do
      rule[i] = ("-"):rep(i == 1 and width or width - 1)
        .. (i == 1 and "" or ":")
    end
    line(rule)
  end
  for _, row in ipairs(rows) do
    line(row)
  end
end

return harness
