-- What is a pendulum's length, and how does it lose its swing? Both follow from
-- a noisy record of its angle, by fitting the equation of motion itself: the
-- method of Runge and Kutta runs inside the residuals, and derivatives go
-- through all its steps. Given a file name, the picture is written there:
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local sin, abs = tinygrad.sin, tinygrad.abs

local G = 9.81 -- m/s^2
local STEP = 0.02 -- s
local STEPS = 400

-- Returns the angular acceleration by gravity, friction in the bearing and drag
-- of the air.
local function acceleration(angle, speed, p)
  return -G / p.length * sin(angle) - p.friction * speed
    - p.drag * speed * abs(speed)
end

-- Returns the angle after each step, by the classic method of fourth order.
local function swing(p, steps)
  local angle, speed, h = p.angle, p.speed, STEP
  local angles = {}
  for i = 1, steps do
    local v1, a1 = speed, acceleration(angle, speed, p)
    local v2 = speed + h / 2 * a1
    local a2 = acceleration(angle + h / 2 * v1, v2, p)
    local v3 = speed + h / 2 * a2
    local a3 = acceleration(angle + h / 2 * v2, v3, p)
    local v4 = speed + h * a3
    local a4 = acceleration(angle + h * v3, v4, p)
    angle = angle + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
    speed = speed + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
    angles[i] = angle
  end
  return angles
end

-- The record: every fifth step of a pendulum of 0.62 m, released at 2 rad (115
-- degrees) with a push, read to 0.03 rad.
local truth = {length = 0.62, friction = 0.08, drag = 0.05, angle = 2,
  speed = 0.5}
local random = tinygrad.Tensor.generator(1)
local EVERY = 5
local times, record = {}, {}
local exact = swing(truth, STEPS)
for i = 1, STEPS / EVERY do
  times[i] = i * EVERY * STEP
  record[i] = exact[i * EVERY] + random:normal(0, 0.03)
end

local fit = tinygrad.least_squares(function(p)
  local angles, r = swing(p, STEPS), {}
  for i = 1, #record do r[i] = record[i] - angles[i * EVERY] end
  return r
end, {length = 0.5, friction = 0.1, drag = 0.1, angle = 1.7, speed = 0},
  {lower = {length = 0.1, friction = 0, drag = 0}})
print(fit)

print("\nparameter     true  found off by, standard errors")
for _, name in ipairs(fit.names) do
  print(("%-9s %8.3f  %21.1f"):format(name, truth[name],
    (fit.parameters[name] - truth[name]) / fit.standard_errors[name]))
end

-- The fitted motion, beyond the record, too.
local t, angles = {}, swing(fit.parameters, 600)
for i = 1, #angles do t[i] = i * STEP end
local plot = tinygrad.plot {title = "A pendulum's swing",
  x = {label = "time / s"}, y = {label = "angle / rad"}}
  :line(t, angles, {label = "fit"})
  :scatter(times, record, {label = "record"})
if arg[1] then
  assert(plot:save(arg[1]))
else
  io.write("\n", plot:text {width = 72, height = 16}, "\n")
end
