-- How a rope hangs over a floor: 60 weights on springs between two hooks take
-- the places where their energy is least, and none is below the floor.
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

local WIDE, HIGH = 61, 16
local grid = {}
for row = 1, HIGH do
  grid[row] = {}
  for column = 1, WIDE do grid[row][column] = " " end
end
for i = 1, N do
  local column = 1 + math.floor(rope.x[i] * (WIDE - 1) + 0.5)
  local row = 1 + math.floor(rope.y[i] / FLOOR * (HIGH - 1) + 0.5)
  grid[row][column] = "o"
end
grid[1][1], grid[1][WIDE] = "+", "+"
for row = 1, HIGH do
  print((table.concat(grid[row]):gsub("%s+$", "")))
end
print(("="):rep(WIDE))
