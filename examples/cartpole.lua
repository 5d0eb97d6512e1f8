-- A pole on a cart, as in the games and in every course on control: a network
-- of 49 parameters learns to keep it upright. It needs neither rewards nor
-- trials: the simulation is a function like any other, and its gradient says
-- how to change the network. Prints how the pole swings, or draws it into an
-- SVG file that you name.
pcall(dofile, (arg[0]:match("^(.*[/\\])") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local nn, math = tinygrad.nn, tinygrad.math

local GRAVITY, CART, POLE, LENGTH = 9.8, 1, 0.1, 0.5 -- m/s^2, kg, kg, m to
-- the pole's middle, as Barto, Sutton and Anderson had it (1983)
local STRONGEST, TRACK = 10, 2.4 -- N, m to either side

-- Returns the state after dt seconds: position, speed, angle, turning speed.
local function move(s, force, dt)
  local x, v, angle, turn = s[1], s[2], s[3], s[4]
  local sin, cos = math.sin(angle), math.cos(angle)
  local push = (force + POLE * LENGTH * turn * turn * sin) / (CART + POLE)
  local a = (GRAVITY * sin - cos * push)
    / (LENGTH * (4 / 3 - POLE * cos * cos / (CART + POLE)))
  v = v + dt * (push - POLE * LENGTH * a * cos / (CART + POLE))
  turn = turn + dt * a
  return {x + dt * v, v, angle + dt * turn, turn}
end

local pilot = nn.MLP(4, {8, 1}, {output = "tanh"})

-- The model returns what must become small: angle and position over two seconds
-- from the start s.
local game = nn.module({pilot = pilot}, function(self, s)
  local cost, steps = 0, 50
  for _ = 1, steps do
    s = move(s, STRONGEST * self.pilot(s), 0.04)
    cost = cost + s[3] ^ 2 + 0.1 * s[1] ^ 2 + 0.01 * (s[2] ^ 2 + s[4] ^ 2)
  end
  return cost / steps
end)

local random = tinygrad.Tensor.generator(1)
local function starts(n)
  local list = {}
  for i = 1, n do
    list[i] = {random:uniform(-0.5, 0.5), random:uniform(-0.5, 0.5),
      random:uniform(-0.4, 0.4), random:uniform(-0.5, 0.5)}
  end
  return list
end

-- Plays ten seconds. Returns the angles in degrees, and whether pole and cart
-- stayed within bounds.
local function play(s)
  local policy, angles = pilot:compile(s), {}
  for frame = 1, 500 do
    s = move(s, STRONGEST * policy(s), 0.02)
    angles[frame] = math.deg(s[3])
    if math.abs(s[3]) > math.pi / 2 or math.abs(s[1]) > TRACK then
      return angles, false
    end
  end
  return angles, true
end

local function count_kept(list)
  local kept = 0
  for _, s in ipairs(list) do
    if select(2, play(s)) then kept = kept + 1 end
  end
  return kept
end

local training, test = starts(100), starts(100)
print(("before: %d of 100 poles stay up for ten seconds"):format(
  count_kept(test)))

local history = nn.train(game, function(cost) return cost end, {x = training},
  {epochs = 300, lr = 0.03, clip_norm = 1})
print(("cost: %.2f, after %d epochs %.2f"):format(history.loss[1],
  history.epochs, history.loss[history.epochs]))
print(("after:  %d of 100 poles stay up, from starts that are new"):format(
  count_kept(test)))

local plot = tinygrad.plot {title = "The pole's angle from four starts",
  x = {label = "frames of 1/50 s", range = {0, 200}}, y = {label = "degrees"}}
for i = 1, 4 do plot:line(nil, (play(test[i]))) end
if arg[1] then
  assert(plot:save(arg[1]))
else
  io.write("\n", plot:text(), "\n")
end
