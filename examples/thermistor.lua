-- A thermistor's three parameters, from its resistance measured at known
-- temperatures: Steinhart and Hart's equation, fitted. Given a file name, the
-- picture is written there: lua5.4 examples/thermistor.lua thermistor.svg
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local log = tinygrad.log

-- The measurement, in degrees Celsius and ohm: a 10 kOhm thermistor, and a
-- meter that errs a little.
local celsius = {-20, -10, 0, 10, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100}
local ohm = {96360, 54990, 32560, 19880, 12490, 10010, 8064, 5324, 3605, 2489,
  1752, 1259, 917, 680}

-- Returns the temperature for a resistance. The parameters are scaled to be
-- near 1.
local function steinhart_hart(r, p)
  local l = log(r)
  return 1000 / (p.A + p.B * l + p.C * l ^ 3) - 273.15
end

local fit = tinygrad.fit(steinhart_hart, {x = ohm, y = celsius},
  {A = 1, B = 0.2, C = 0.0001})
print(fit)

print("\n   ohm  celsius    fitted  residual")
for i, r in ipairs(ohm) do
  print(("%6d  %7.1f  %8.3f  %8.3f"):format(r, celsius[i], fit.fitted[i],
    fit.residuals[i]))
end

-- What temperature is 15 kOhm, and how sure is the curve there?
local t, low, high = fit:band {15000}
print(("\n15 kOhm are %.3f degrees; the curve is between %.3f and %.3f (95 %%)")
  :format(t[1], low[1], high[1]))

-- The residuals, and the band of the curve.
local r, level = {}, {}
for i = 1, 101 do r[i] = ohm[1] * (ohm[#ohm] / ohm[1]) ^ ((i - 1) / 100) end
local curve, from, to = fit:band(r)
for i, at in ipairs(curve) do
  level[i], from[i], to[i] = 0, from[i] - at, to[i] - at
end
local plot = tinygrad.plot {title = "A thermistor, less its fit",
  x = {label = "resistance / ohm", log = true},
  y = {label = "temperature / degrees"}}
  :band(r, from, to, {label = "95 %"})
  :line(r, level, {label = "fit"})
  :scatter(ohm, fit.residuals, {label = "measured"})
if arg[1] then
  assert(plot:save(arg[1]))
else
  io.write("\n", plot:text {width = 64, height = 16}, "\n")
end

return steinhart_hart, fit.parameters -- for embedded.lua
