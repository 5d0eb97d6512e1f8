-- A ball thrown through the air, which slows it down: how much does each number
-- matter, how hard must it be thrown to reach 40 m, and how large is the drag
-- according to some measured throws? Derivatives go through a simulation, which
-- is a loop like any other.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local sin, cos, hypot = tinygrad.sin, tinygrad.cos, tinygrad.hypot

local GRAVITY = 9.81 -- m/s^2
local STEP = 0.01 -- s

-- Returns the plain number of x, for decisions.
local function number(x) return tinygrad.is_value(x) and x.data or x end

-- Returns how far a throw goes, in m. angle: degrees; speed: m/s; drag: 1/m;
-- height of the hand: m.
local function reach(throw)
  local angle = tinygrad.rad(throw.angle)
  local vx, vy = throw.speed * cos(angle), throw.speed * sin(angle)
  local x, y = 0, throw.height
  while true do
    local slowing = throw.drag * hypot(vx, vy)
    vx = vx - STEP * slowing * vx
    vy = vy - STEP * (GRAVITY + slowing * vy)
    local next_x, next_y = x + STEP * vx, y + STEP * vy
    if number(next_y) < 0 then -- where on this step was y = 0?
      return x + (next_x - x) * y / (y - next_y)
    end
    x, y = next_x, next_y
  end
end

-- What matters? One call returns the derivative by every field of the record.
local throw = {angle = 45, speed = 22, drag = 0.008, height = 1.8}
local distance, by = tinygrad.value_and_grad(reach)(throw)
print(("It lands after %.3f m, and with"):format(distance))
print(("  one degree more   %+.3f m"):format(by.angle))
print(("  one m/s more      %+.3f m"):format(by.speed))
print(("  1 %% more drag     %+.3f m"):format(by.drag * throw.drag / 100))
print(("  1 cm more height  %+.3f m"):format(by.height / 100))

-- How hard? Newton's method finds the speed.
for _ = 1, 4 do
  distance, by = tinygrad.value_and_grad(reach)(throw)
  throw.speed = throw.speed - (distance - 40) / by.speed
end
print(("For 40 m it takes %.4f m/s."):format(throw.speed))

-- How large? The method of Gauss and Newton finds the drag that fits measured
-- throws best.
local measured = {
  {angle = 30, speed = 20, reach = 31.36},
  {angle = 45, speed = 20, reach = 33.69},
  {angle = 60, speed = 25, reach = 39.33},
}
local function misses(drag)
  local list = {}
  for i, m in ipairs(measured) do
    list[i] = reach {angle = m.angle, speed = m.speed, drag = drag,
      height = 1.8} - m.reach
  end
  return list
end

local drag = 0.001
for _ = 1, 6 do
  local miss, slope = tinygrad.jvp(misses)({drag}, {1})
  drag = drag - tinygrad.dot(miss, slope) / tinygrad.dot(slope, slope)
end
print(("The drag that fits the measured throws is %.5f / m,"):format(drag))
for i, miss in ipairs(misses(drag)) do
  print(("  throw %d misses by %+.3f m"):format(i, miss))
end
