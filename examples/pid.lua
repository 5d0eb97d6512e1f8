-- Tuning a PID controller on a simulated plant: a motor turns a load to a
-- wanted angle, with a limited voltage, a delay, and a disturbance on the way.
-- The whole simulation is one function of the three gains, which is minimised
-- with its exact gradient and Hessian through all steps. Given a file name, the
-- picture is written there: lua5.4 examples/pid.lua pid.svg
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local clamp, relu = tinygrad.clamp, tinygrad.relu

local STEP, STEPS = 0.01, 200 -- s; the controller's period
local DELAY = 2 -- steps, from the measurement to the motor
local LIMIT = 12 -- V
local GAIN = 1.5 -- rad/s per V
local LAG = 0.15 -- s, until the motor's speed follows, with the usual load
local PUSH, AFTER = 4, 100 -- V, a disturbance of the load, and its step
local FILTER = 0.03 -- s, of the measured speed

-- Returns angle and voltage after each step, for a load that makes the lag
-- `lag`. The wanted angle is 1 rad from the beginning.
local function simulate(gains, lag)
  local angle, speed, sum, slow = 0, 0, 0, 0
  local angles, volts = {}, {}
  for i = 1, STEPS do
    local before = slow
    slow = slow + STEP / FILTER * (angle - slow)
    local wanted = gains.p * (1 - angle) + sum
      - gains.d * (slow - before) / STEP
    volts[i] = clamp(wanted, -LIMIT, LIMIT)
    -- At the limit the integral stops and goes back.
    sum = sum + STEP * gains.i * (1 - angle) + 0.2 * (volts[i] - wanted)
    local u = volts[i - DELAY] or 0
    if i > AFTER then u = u - PUSH end
    speed = speed + STEP / lag * (GAIN * u - speed)
    angle = angle + STEP * speed
    angles[i] = angle
  end
  return angles, volts
end

-- The cost: error, overshoot and haste, for a light, a usual and a heavy load.
local LAGS = {0.7 * LAG, LAG, 1.5 * LAG}

local function cost(gains)
  local total = 0
  for _, lag in ipairs(LAGS) do
    local angles, volts = simulate(gains, lag)
    for i = 1, STEPS do
      local change = volts[i] - (volts[i - 1] or 0)
      total = total + STEP * ((1 - angles[i]) ^ 2
        + 20 * relu(angles[i] - 1) ^ 2 + 0.001 * change ^ 2)
    end
  end
  return total
end

local before = {p = 4, i = 8, d = 0.2}
local result = tinygrad.minimize(cost, before, {lower = 0})
local after = result.x
print(("%s, by %s, %s"):format(result.status, result.method, result.mode))
print("               p        i      d     cost")
for _, row in ipairs {{"before", before, cost(before)},
    {"after", after, result.value}} do
  print(("%-10s %5.2f  %7.2f  %5.3f  %7.4f"):format(row[1], row[2].p,
    row[2].i, row[2].d, row[3]))
end

-- Returns when the angle is within 2 % and stays there until the disturbance.
local function settled(angles)
  local i = AFTER
  while math.abs(angles[i] - 1) <= 0.02 do i = i - 1 end
  return i < AFTER and ("%.2f s"):format(i * STEP) or "never"
end

print("\n        load  overshoot, %     settled  pushed back, %  most volt")
local plot = tinygrad.plot {title = "A motor under a PID controller",
  x = {label = "time / s"}, y = {label = "angle / rad"}}
local times = {}
for i = 1, STEPS do times[i] = i * STEP end
for colour, row in ipairs {{"before", before}, {"after", after}} do
  local low, high, usual = {}, {}, nil
  for k, load in ipairs {"light", "usual", "heavy"} do
    local angles, volts = simulate(row[2], LAGS[k])
    local peak, dip, most = 1, 1, 0
    for i = 1, STEPS do
      peak, most = math.max(peak, angles[i]), math.max(most, math.abs(volts[i]))
      if i > AFTER then dip = math.min(dip, angles[i]) end
      low[i] = math.min(low[i] or angles[i], angles[i])
      high[i] = math.max(high[i] or angles[i], angles[i])
    end
    usual = k == 2 and angles or usual
    print(("%-6s %5s  %12.1f  %10s  %14.1f  %9.1f"):format(row[1], load,
      100 * (peak - 1), settled(angles), 100 * (1 - dip), most))
  end
  plot:band(times, low, high, {colour = colour})
  plot:line(times, usual, {label = row[1], colour = colour})
end
plot:line({0, STEPS * STEP}, {1, 1}, {label = "wanted", dashed = true,
  colour = 3})
if arg[1] then
  assert(plot:save(arg[1]))
else
  io.write("\n", plot:text {width = 72, height = 16}, "\n")
end
