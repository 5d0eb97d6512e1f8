-- Measures how long tinygrad.fit takes on the NIST Statistical Reference
-- Datasets, from both starting points, compilation included. The bar holds for
-- Lua 5.4.
--
--   lua5.4 spec/bench/fit.lua [--markdown] [--check] [set...]
--
-- With --check the exit status is 1 if a set takes more than twice the bar. The
-- files are where spec/support/nist.lua looks for them.

local here = (arg[0]:match("^(.*)[/\\]") or ".") .. "/"
local harness = dofile(here .. "harness.lua")
local options, names = harness.arguments(arg)
harness.use(here .. "../..")
local tinygrad = require "tinygrad"
local nist = dofile(here .. "../support/nist.lua")

local BAR = 0.020 -- seconds
local ROUNDS = 9

local wanted = {}
for _, name in ipairs(names) do wanted[name] = true end

--- Returns the least, median and greatest seconds of a fit, and its result.
local function time(set, start)
  local times, result = {}, nil
  for round = 1, ROUNDS do
    times[round] = harness.seconds(function()
      result = tinygrad.fit(set.model, {x = set.x, y = set.y},
        set.starts[start])
    end)
  end
  return harness.spread(times), result
end

--- Returns the correct digits of the worst parameter and of the worst standard
-- error.
local function digits(set, result)
  local parameters, errors = 15, 15
  for j, expected in ipairs(set.parameters) do
    parameters = math.min(parameters,
      nist.digits(result.parameters[j], expected))
    errors = math.min(errors,
      nist.digits(result.standard_errors[j], set.deviations[j]))
  end
  return parameters, errors
end

--- Returns the row of a set; adds to `missed` what is above twice the bar.
local function row(set, missed)
  local iterations, times, worst = {}, {}, 0
  local parameters, errors = 15, 15
  for start = 1, 2 do
    local spread, result = time(set, start)
    local p, e = digits(set, result)
    parameters, errors = math.min(parameters, p), math.min(errors, e)
    iterations[start] = ("%d"):format(result.iterations)
    times[start] = ("%.1f / %.1f / %.1f"):format(spread.least * 1e3,
      spread.median * 1e3, spread.greatest * 1e3)
    worst = math.max(worst, spread.median)
  end
  if worst > 2 * BAR then missed[#missed + 1] = set.name end
  return {set.name, ("%d x %d"):format(#set.y, #set.parameters),
    table.concat(iterations, ", "), ("%.1f"):format(parameters),
    ("%.1f"):format(errors), times[1], times[2], worst <= BAR and "yes" or "no"}
end

local rows, missed = {}, {}
local sets, absent = nist.sets()
for _, set in ipairs(sets) do
  if #names == 0 or wanted[set.name] then rows[#rows + 1] = row(set, missed) end
end
harness.print({rawget(_G, "jit") and "LuaJIT" or _VERSION, "size",
  "iterations", "digits", "of errors", "ms from start 1", "from start 2",
  "below 20 ms"}, rows,
  options.markdown)
if #absent > 0 then
  print(("%d of 27 sets are not in %s: %s"):format(#absent, nist.folder,
    table.concat(absent, ", ")))
end
if options.check and #missed > 0 then
  print("above twice the bar: " .. table.concat(missed, "; "))
  os.exit(1)
end
