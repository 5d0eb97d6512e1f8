-- Measures what minimize costs, from the call to the result: recording,
-- deriving, searching. The functions are Rosenbrock's of 1000 variables in its
-- two forms, and small ones by Newton's method. Bars hold for Lua 5.4.
--
--   lua5.4 spec/bench/minimize.lua [--markdown] [--check] [name...]
--
-- With --check the exit status is 1 if a time is above twice its bar; for the
-- chained form, which misses its bar, above ten times.

local here = (arg[0]:match("^(.*)[/\\]") or ".") .. "/"
local harness = dofile(here .. "harness.lua")
local options, names = harness.arguments(arg)
harness.use(here .. "../..")
local tinygrad = require "tinygrad"
local objectives = dofile(here .. "../support/objectives.lua")
local chained, extended = objectives.chained, objectives.extended
local start, wood = objectives.start, objectives.wood
local minimize = tinygrad.minimize

local ROUNDS = 7

-- Returns a function that computes f but that tinygrad cannot record.
local function branching(f)
  return function(x)
    if x[1] < tinygrad.Value(-1e9) then return 0 end
    return f(x)
  end
end

-- Returns bounds of which every other pair has an active one at the end.
local function upper_half(n)
  local upper = {}
  for i = 1, n, 4 do upper[i] = 0.5 end
  return upper
end

-- Each row: name, title, f, x0, options, bar in ms, and the multiple of the bar
-- above which --check fails (2 if absent).
local work = {
  {"extended", "extended Rosenbrock, 1000", extended, start(1000), nil, 100},
  {"extended", "the same with 250 active bounds", extended, start(1000),
    {upper = upper_half(1000)}},
  {"extended", "the same, eager", branching(extended), start(1000)},
  {"chained", "chained Rosenbrock, 1000", chained, start(1000), nil, 100, 10},
  {"small", "Rosenbrock, 2, Newton", chained, start(2)},
  {"small", "Rosenbrock, 2, L-BFGS", chained, start(2), {method = "lbfgs"}},
  {"small", "Wood, 4, Newton", wood, {-3, -1, -3, -1}},
  {"small", "chained Rosenbrock, 30, Newton", chained, start(30)},
}

local function main()
  local rows, missed, wanted = {}, {}, {}
  for _, name in ipairs(names) do wanted[name] = true end
  for _, case in ipairs(work) do
    local name, title, f, x0, opts, bar = case[1], case[2], case[3], case[4],
      case[5], case[6]
    local slack = case[7] or 2
    if #names == 0 or wanted[name] then
      local result
      local times, compiles = {}, {}
      for round = 1, ROUNDS do
        times[round] = harness.seconds(function()
          result = minimize(f, x0, opts)
        end) * 1e3
        compiles[round] = result.mode == "compiled"
          and harness.seconds(function()
            local p = tinygrad.compile(f, x0)
            p:value_and_grad()
            if result.method == "newton" then p:hessian() end
          end) * 1e3 or 0
      end
      assert(result.status == "converged", title .. ": " .. result.message)
      local spread = harness.spread(times)
      local met = not bar or spread.median <= bar
      if bar and spread.median > bar * slack then
        missed[#missed + 1] = title
      end
      rows[#rows + 1] = {title, ("%.2f / %.2f / %.2f"):format(spread.least,
        spread.median, spread.greatest),
        ("%.2f"):format(harness.spread(compiles).median),
        ("%d"):format(result.iterations), ("%d"):format(result.evaluations),
        bar and ("%g"):format(bar) or "", bar and (met and "pass" or "MISS")
        or ""}
    end
  end
  harness.print({rawget(_G, "jit") and "LuaJIT" or _VERSION, "ms, all",
    "of it compiling", "iterations", "evaluations", "bar", ""}, rows,
    options.markdown)
  if options.check and #missed > 0 then
    print("far above the bar: " .. table.concat(missed, ", "))
    os.exit(1)
  end
end

main()
