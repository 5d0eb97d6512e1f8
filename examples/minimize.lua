-- How a rope hangs over a floor: 60 weights on springs between two hooks take
-- the places where their energy is least, and none lies below the floor.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"

local N = 60 -- weights
local LINK = 1.7 / (N + 1) -- m, of a spring at rest; the hooks are 1 m apart
local STIFF, WEIGHT = 20 * N, 1 / N -- N/m, N
local FLOOR = -0.5 -- m, below the hooks

local function energy(rope)
  local x, y = rope.x, rope.y
  local sum = 0
  for i = 0, N do
    local dx = (x[i + 1] or 1) - (x[i] or 0)
    local dy = (y[i + 1] or 0) - (y[i] or 0)
    sum = sum + STIFF / 2 * (tinygrad.hypot(dx, dy) - LINK) ^ 2
  end
  for i = 1, N do sum = sum + WEIGHT * y[i] end
  return sum
end

local start, bounds = {x = {}, y = {}}, {y = {}}
for i = 1, N do
  local share = i / (N + 1)
  start.x[i], start.y[i] = share, -2 * share * (1 - share)
  bounds.y[i] = FLOOR
end

local result = tinygrad.minimize(energy, start, {lower = bounds})
local rope = result.x

local lying = 0
for i = 1, N do
  if rope.y[i] == FLOOR then lying = lying + 1 end
end
print(("%s, by %s, %s"):format(result.status, result.method, result.mode))
print(("energy %.5f J, %d of %d weights on the floor"):format(result.value,
  lying, N))

for _, hook in ipairs {{1, 0}, {N + 2, 1}} do
  table.insert(rope.x, hook[1], hook[2])
  table.insert(rope.y, hook[1], 0)
end
local plot = tinygrad.plot {title = "A rope over a floor",
  x = {label = "x / m"}, y = {label = "y / m", range = {-0.6, 0.1}}}
  :line({0, 1}, {FLOOR, FLOOR}, {label = "floor", dashed = true, colour = 3})
  :line(rope.x, rope.y, {label = "rope", colour = 1})
  :scatter({0, 1}, {0, 0}, {label = "hooks", colour = 2})
if arg[1] then
  assert(plot:save(arg[1]))
else
  io.write("\n", plot:text {width = 64, height = 16}, "\n")
end
