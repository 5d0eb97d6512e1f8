-- Black and Scholes' price of a call option and its Greeks, which are first and
-- second derivatives: all by one Program, over a grid of options in one batch,
-- beside the closed forms; and estimated by simulation. Given a file name, the
-- picture is written there: lua5.4 examples/blackscholes.lua greeks.svg
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local exp, log, sqrt, erfc = tinygrad.exp, tinygrad.log, tinygrad.sqrt,
  tinygrad.erfc

local function normal(x) return erfc(-x / math.sqrt(2)) / 2 end

-- F. Black and M. Scholes, "The pricing of options and corporate liabilities",
-- Journal of Political Economy 81, 1973. Time is in years.
local function call(spot, volatility, time, rate, strike)
  local width = volatility * sqrt(time)
  local d1 = (log(spot / strike) + rate * time) / width + width / 2
  return spot * normal(d1) - strike * exp(-rate * time) * normal(d1 - width)
end

local GREEKS = {"price", "delta", "vega", "theta", "rho", "gamma", "vanna",
  "volga"}

-- The derivatives are by the first four; the second ones are H[i][j].
local DERIVE = {argnums = {1, 2, 3, 4}}
local program = tinygrad.compile(function(...)
  local price, by_spot, by_volatility, by_time, by_rate =
    tinygrad.value_and_grad(call, DERIVE)(...)
  local H = tinygrad.hessian(call, DERIVE)(...)
  return {price = price, delta = by_spot, vega = by_volatility,
    theta = -by_time, rho = by_rate, gamma = H[1][1], vanna = H[1][2],
    volga = H[2][2]}
end, 100, 0.2, 1, 0.05, 100)

-- The Greeks as the books give them, in closed form.
local function closed_forms(spot, volatility, time, rate, strike)
  local root = math.sqrt(time)
  local d1 = (math.log(spot / strike) + (rate + volatility ^ 2 / 2) * time)
    / (volatility * root)
  local d2 = d1 - volatility * root
  local density = math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi)
  local discounted = strike * math.exp(-rate * time)
  local vega = spot * density * root
  return {price = spot * normal(d1) - discounted * normal(d2),
    delta = normal(d1), vega = vega,
    theta = -spot * density * volatility / (2 * root)
      - rate * discounted * normal(d2),
    rho = discounted * time * normal(d2),
    gamma = density / (spot * volatility * root),
    vanna = -density * d2 / volatility, volga = vega * d1 * d2 / volatility}
end

-- One option: a call at 100 while the stock is at 95.
local option = {95, 0.25, 0.5, 0.03, 100}
local unpack = table.unpack or unpack
local found, known = program(unpack(option)), closed_forms(unpack(option))
print("           derived  closed form")
for _, name in ipairs(GREEKS) do
  print(("%-6s %11.6f  %11.6f"):format(name, found[name], known[name]))
end

-- Ten thousand options: spots from 60 to 159, volatilities from 0.05 to 0.545.
-- All share the other numbers.
local spots, volatilities = {}, {}
for i = 0, 9999 do
  spots[i + 1], volatilities[i + 1] = 60 + i % 100,
    0.05 + 0.005 * math.floor(i / 100)
end
local grid = program:batch {tinygrad.Tensor(spots),
  tinygrad.Tensor(volatilities), 0.5, 0.03, 100}
local agree = true
for _, name in ipairs(GREEKS) do
  local difference, size = 0, 0
  for i = 1, #spots do
    local exact = closed_forms(spots[i], volatilities[i], 0.5, 0.03, 100)[name]
    difference = math.max(difference, math.abs(grid[name][i] - exact))
    size = math.max(size, math.abs(exact))
  end
  agree = agree and difference < 1e-12 * size
end
print(("%d options by one batch: all within 1e-12 of the closed forms: %s")
  :format(#spots, tostring(agree)))

-- A simulation: means of the payoff and its first derivatives over many prices
-- at the end. (Second derivatives cannot be simulated so: the payoff has them
-- only in its kink.)
local PATHS = 200000
local payoff = tinygrad.compile(function(spot, volatility, time, rate, strike,
    chance)
  local last = spot * exp((rate - volatility ^ 2 / 2) * time
    + volatility * sqrt(time) * chance)
  return exp(-rate * time) * tinygrad.relu(last - strike)
end, 100, 0.2, 1, 0.05, 100, 0):value_and_grad(DERIVE)
local chance = tinygrad.Tensor.normal({PATHS}, 0, 1, 1)
local results = {payoff:batch {option[1], option[2], option[3], option[4],
  option[5], chance}}
print(("\n%d paths   mean  std. error  off by, standard errors"):format(PATHS))
for i, name in ipairs {"price", "delta", "vega", "theta", "rho"} do
  local sign = name == "theta" and -1 or 1
  local mean = sign * results[i]:mean()
  local deviation = results[i]:std(1) / math.sqrt(PATHS)
  print(("%-6s %13.3f  %10.4f  %23.1f"):format(name, mean, deviation,
    (mean - known[name]) / deviation))
end

-- The Greeks as functions of the spot, each in units of its largest value.
local at = {}
for i = 1, 181 do at[i] = 59.5 + i / 2 end
local curves = program:batch {tinygrad.Tensor(at), 0.25, 0.5, 0.03, 100}
local plot = tinygrad.plot {title = "Greeks of a call at 100, half a year",
  x = {label = "spot"}, y = {label = "of the largest"}}
for _, name in ipairs {"delta", "gamma", "vega", "vanna", "volga"} do
  local largest = math.max(curves[name]:max(), -curves[name]:min())
  plot:line(at, curves[name]:map(function(y) return y / largest end),
    {label = name})
end
if arg[1] then
  assert(plot:save(arg[1]))
else
  io.write("\n", plot:text {width = 72, height = 16}, "\n")
end
