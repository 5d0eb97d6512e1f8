-- Inverse kinematics of a six-joint arm: which angles bring the tool of a PUMA
-- 560 to a place and an orientation, within the limits of the joints? There are
-- several ways; searches from many starts find them. Given a file name, the
-- picture is written there: lua5.4 examples/robot.lua robot.svg
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local sin, cos, rad, deg = tinygrad.sin, tinygrad.cos, math.rad, math.deg

-- Denavit and Hartenberg's parameters (degrees, m) and the joints' limits, from
-- K. S. Fu, R. C. Gonzalez and C. S. G. Lee, "Robotics", 1987, chapter 2.
local JOINTS = {
  {twist = -90, a = 0, d = 0, low = -160, high = 160}, -- waist
  {twist = 0, a = 0.4318, d = 0.14909, low = -225, high = 45}, -- shoulder
  {twist = 90, a = -0.02032, d = 0, low = -45, high = 225}, -- elbow
  {twist = -90, a = 0, d = 0.43307, low = -110, high = 170}, -- wrist: roll
  {twist = 90, a = 0, d = 0, low = -100, high = 100}, -- bend
  {twist = 0, a = 0, d = 0.05625, low = -266, high = 266}, -- swivel
}

-- The wanted place of the tool, and the directions of its axes: z, in which it
-- points, is down and 30 degrees away from the robot.
local C, S = math.cos(rad(30)), math.sin(rad(30))
local TARGET = {place = {0.5, 0.25, -0.2},
  axes = {{C, 0, S}, {0, -1, 0}, {S, 0, -C}}}

-- Returns axes and place of the tool. Each joint's place is added to `places`.
local function tool(angles, places)
  local x, y, z, at = {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 0, 0}
  for j, joint in ipairs(JOINTS) do
    local c, s = cos(angles[j]), sin(angles[j])
    local ct, st = math.cos(rad(joint.twist)), math.sin(rad(joint.twist))
    local nx, ny, nz, place = {}, {}, {}, {}
    for i = 1, 3 do
      local across = c * y[i] - s * x[i]
      nx[i] = c * x[i] + s * y[i]
      ny[i] = ct * across + st * z[i]
      nz[i] = ct * z[i] - st * across
      place[i] = at[i] + joint.d * z[i] + joint.a * nx[i]
    end
    if places then places[#places + 1] = place end
    x, y, z, at = nx, ny, nz, place
  end
  return {x, y, z}, at
end

-- Returns how far the tool is from the wanted place, in metres; a turn of a
-- radian counts as a quarter of a metre.
local function misses(angles)
  local axes, place = tool(angles)
  local r = {}
  for i = 1, 3 do
    r[#r + 1] = place[i] - TARGET.place[i]
    for k = 1, 3 do r[#r + 1] = (axes[k][i] - TARGET.axes[k][i]) / 4 end
  end
  return r
end

local limits = {lower = {}, upper = {}}
for j, joint in ipairs(JOINTS) do
  limits.lower[j], limits.upper[j] = rad(joint.low), rad(joint.high)
end

-- Returns the ways that n searches find from random starts within the limits. A
-- way is a table of angles, in degrees to one decimal place.
local function ways(n, opts)
  local random, found = tinygrad.Tensor.generator(1), {}
  for _ = 1, n do
    local start = {}
    for j = 1, 6 do
      start[j] = random:uniform(limits.lower[j], limits.upper[j])
    end
    local result = tinygrad.least_squares(misses, start, opts)
    if result.value < 1e-18 then -- within a nanometre
      local way = {}
      for j, angle in ipairs(result.parameters) do
        way[j] = math.floor(10 * deg(angle) + 0.5) / 10
      end
      local name = table.concat(way, " ")
      if not found[name] then
        found[name] = true
        found[#found + 1] = way
      end
    end
  end
  return found
end

-- Returns the least distance, in degrees, of a way's joints from their limits.
local function room(way)
  local least = math.huge
  for j, joint in ipairs(JOINTS) do
    least = math.min(least, way[j] - joint.low, joint.high - way[j])
  end
  return least
end

local within, anyhow = ways(100, limits), ways(100)
table.sort(within, function(a, b) -- most room comes first
  for j = 0, 6 do
    local x, y = j == 0 and room(b) or a[j], j == 0 and room(a) or b[j]
    if math.abs(x - y) > 0.1 then return x < y end
  end
  return false
end)
print("within the limits, degrees:")
print("  waist  shoulder  elbow   roll   bend  swivel   room")
for _, way in ipairs(within) do
  print(("%7.1f  %8.1f %6.1f %6.1f %6.1f %7.1f %6.1f"):format(way[1], way[2],
    way[3], way[4], way[5], way[6], room(way)))
end

-- The arm's postures, seen from the side; each belongs to several ways of the
-- wrist.
local plot = tinygrad.plot {title = "Postures that reach the place",
  x = {label = "ahead / m", range = {-0.3, 0.9}},
  y = {label = "up / m", range = {-0.5, 0.4}}}
local drawn = {}

local function draw(list, label, colour)
  local count = 0
  for _, way in ipairs(list) do
    local angles, places, x, z = {}, {}, {0}, {0}
    for j = 1, 6 do angles[j] = rad(way[j]) end
    tool(angles, places)
    for _, place in ipairs(places) do
      x[#x + 1], z[#z + 1] = place[1], place[3]
    end
    local name = ("%.2f %.2f"):format(x[3], z[3]) -- the elbow's place
    if not drawn[name] then
      plot:line(x, z, {dashed = colour > 1, colour = colour,
        label = count == 0 and label or nil})
      drawn[name], count = true, count + 1
    end
  end
  print(("postures of the arm %s: %d"):format(label, count))
end

draw(within, "within the limits", 1)
draw(anyhow, "beyond the limits", 2)
plot:scatter({TARGET.place[1]}, {TARGET.place[3]},
  {label = "the place", colour = 3})
if arg[1] then
  assert(plot:save(arg[1], {height = 470}))
else
  io.write("\n", plot:text {width = 64, height = 20}, "\n")
end
