-- Inverse kinematics of a two-link arm that draws a circle with its pen. The
-- joints' angles for each point, within the joints' limits, are found from
-- those for the point before. Where the limits do not let the pen through, it
-- comes as close as it can. Given a file name, the picture is written there:
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local sin, cos, rad, deg = tinygrad.sin, tinygrad.cos, math.rad, math.deg

local UPPER, FORE = 0.40, 0.35 -- m, the two links
local LOWER_LIMIT = {shoulder = rad(-30), elbow = rad(15)}
local UPPER_LIMIT = {shoulder = rad(75), elbow = rad(140)}

-- Returns where the elbow and the pen are.
local function places(q)
  local x, y = UPPER * cos(q.shoulder), UPPER * sin(q.shoulder)
  local turned = q.shoulder + q.elbow
  return x, y, x + FORE * cos(turned), y + FORE * sin(turned)
end

-- Returns the angles that bring the pen to a point, or closest to it.
local function reach(x, y, from)
  return tinygrad.least_squares(function(q)
    local _, _, pen_x, pen_y = places(q)
    return {pen_x - x, pen_y - y}
  end, from, {lower = LOWER_LIMIT, upper = UPPER_LIMIT})
end

local POINTS, RADIUS = 48, 0.22
local wanted, drawn = {x = {}, y = {}}, {x = {}, y = {}}
local poses = {}
local q = {shoulder = rad(30), elbow = rad(60)}
print("point      x      y  shoulder  elbow  miss, mm  at a limit")
for i = 0, POINTS do
  local turn = 2 * math.pi * i / POINTS
  local x, y = 0.38 + RADIUS * math.cos(turn), 0.25 + RADIUS * math.sin(turn)
  local result = reach(x, y, q)
  q = result.parameters
  local elbow_x, elbow_y, pen_x, pen_y = places(q)
  wanted.x[i + 1], wanted.y[i + 1] = x, y
  drawn.x[i + 1], drawn.y[i + 1] = pen_x, pen_y
  if i % 4 == 0 and i < POINTS then
    local held = {}
    for joint, limit in pairs(result.at_bound) do
      held[#held + 1] = ("%s (%s)"):format(joint, limit)
    end
    table.sort(held)
    print(((("%5d  %5.3f  %5.3f  %8.1f %6.1f  %8.1f  %s"):format(i, x, y,
      deg(q.shoulder), deg(q.elbow), 1000 * math.sqrt(result.value),
      table.concat(held, ", "))):gsub("%s+$", "")))
    if i % 12 == 0 then
      poses[#poses + 1] = {{0, elbow_x, pen_x}, {0, elbow_y, pen_y}}
    end
  end
end

local plot = tinygrad.plot {title = "A two-link arm draws a circle",
  x = {label = "x / m", range = {-0.1, 0.8}},
  y = {label = "y / m", range = {-0.3, 0.5}}}
plot:line(drawn.x, drawn.y, {label = "drawn", colour = 1})
for i, pose in ipairs(poses) do
  plot:line(pose[1], pose[2], {label = i == 1 and "arm" or nil, colour = 3})
end
plot:scatter(wanted.x, wanted.y, {label = "wanted", colour = 2})
if arg[1] then
  assert(plot:save(arg[1], {height = 550}))
else
  io.write("\n", plot:text {width = 64, height = 20}, "\n")
end
