-- A battery's discharge curve with its confidence band: Shepherd's equation,
-- fitted to a noisy measurement that ends before the battery is empty. Given a
-- file name, the picture is written there:
-- lua5.4 examples/battery.lua battery.svg
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local Tensor = tinygrad.Tensor

-- Returns the voltage after a charge of q ampere-hours was taken: a constant, a
-- fall while the last charge carriers leave, and a peak of the first ones.
local function voltage(q, p)
  return p.E - p.K * q / (p.Q - q) + p.A * tinygrad.exp(-q / p.tau)
end

-- The measurement: a cell of 2.6 Ah, 5 mV of noise.
local cell = {E = 3.75, K = 0.06, Q = 2.6, A = 0.4, tau = 0.3}
local random = Tensor.generator(3)
local charge, volt = {}, {}
for i = 1, 45 do
  charge[i] = 0.05 * (i - 1)
  volt[i] = voltage(charge[i], cell) + random:normal(0, 0.005)
end

local fit = tinygrad.fit(voltage, {x = charge, y = volt},
  {E = 3.5, K = 0.1, Q = 3, A = 0.3, tau = 0.5},
  {lower = {K = 0, Q = 2.3, A = 0, tau = 0.01}}) -- Q: more than was taken
print(fit)

-- The curve beyond the measurement, and its band of 95 % confidence.
local q = {}
for i = 1, 241 do q[i] = 0.01 * (i - 1) end -- small steps: it ends steeply
local curve, low, high = fit:band(q)

print("\n   Ah     volt   95 % from       to")
for i = 1, 241, 40 do
  print(("%5.2f %8.3f %11.3f %8.3f"):format(q[i], curve[i], low[i], high[i]))
end

local plot = tinygrad.plot {title = "A battery's discharge",
  x = {label = "charge / Ah"}, y = {label = "voltage / V"}}
  :band(q, low, high, {label = "95 %"})
  :line(q, curve, {label = "fit"})
  :scatter(charge, volt, {label = "measured"})
if arg[1] then
  assert(plot:save(arg[1]))
else
  io.write("\n", plot:text {width = 64, height = 16}, "\n")
end
