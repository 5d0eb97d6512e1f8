-- A small Program recorded, derived, saved and read again: so few requests
-- that each of them fails in turn at any scale.
local tinygrad = require "tinygrad"
local function f(x, y)
  for _ = 1, 40 do x = tinygrad.sin(x) * x end -- more than fits at first
  return {x * y + tinygrad.tanh(x), tinygrad.sin(y)}
end
local bytes = tinygrad.compile(f, 1, 2):jacobian():to_string()
arm()
tinygrad.compile(f, 1, 2):jacobian()
assert(tinygrad.program_from_string(bytes))
