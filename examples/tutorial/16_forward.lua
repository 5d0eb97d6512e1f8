-- 16. Forward mode: the derivative travels along with the value.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"

-- A dual number: a value, and how fast it changes (its tangent).
local Dual = {}
Dual.__index = Dual

local function dual(value, tangent)
  return setmetatable({value = value, tangent = tangent}, Dual)
end

function Dual.__add(a, b)
  return dual(a.value + b.value, a.tangent + b.tangent)
end

function Dual.__mul(a, b)
  return dual(a.value * b.value,
    a.tangent * b.value + a.value * b.tangent)
end

function Dual:tanh()
  local y = tinygrad.tanh(self.value)
  return dual(y, (1 - y * y) * self.tangent)
end

local function f(a, b) return (a * b + a) * b:tanh() end

-- One run for each input: its tangent is 1, the others' 0.
print(("df/da = %.6f"):format(f(dual(1.3, 1), dual(-0.7, 0)).tangent))
print(("df/db = %.6f"):format(f(dual(1.3, 0), dual(-0.7, 1)).tangent))

-- Any direction takes one run: here 3 along a and -1 along b.
print(("3 df/da - df/db = %.6f"):format(f(dual(1.3, 3),
  dual(-0.7, -1)).tangent))

-- tinygrad's forward mode takes the arguments, then their tangents.
local value, tangent = tinygrad.jvp(f)({1.3, -0.7}, {3, -1})
print(("jvp: value %.6f, tangent %.6f"):format(value, tangent))

-- One input and many outputs are forward mode's: where a thrown ball is, and
-- how fast.
local function position(t) return {12 * t, 9 * t - 4.905 * t ^ 2} end
local place, velocity = tinygrad.jvp(position)({0.5}, {1})
print(("at %.3f, %.3f m; %.3f, %.3f m/s"):format(place[1], place[2],
  velocity[1], velocity[2]))

-- Many inputs and one output suit reverse mode: it gets all 1000 partial
-- derivatives in one pass, where forward mode would take 1000 runs.
local xs = {}
for i = 1, 1000 do xs[i] = i / 1000 end
local gradient = tinygrad.grad(function(x)
  local sum = 0
  for i = 1, #x do sum = sum + x[i] ^ 3 end
  return sum
end)(xs)
print(("%d partial derivatives, the last is %.6f"):format(#gradient,
  gradient[1000]))
