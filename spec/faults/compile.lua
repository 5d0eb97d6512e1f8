-- Records a small Program, derives, saves and reads it. Its requests for memory
-- are so few that each of them fails in turn at any scale.
local tinygrad = require "tinygrad"
local function f(x, y)
  for _ = 1, 40 do x = tinygrad.sin(x) * x end -- more than fits at first
  return {x * y + tinygrad.tanh(x), tinygrad.sin(y)}
end
local bytes = tinygrad.compile(f, 1, 2):jacobian():to_string()
arm()
tinygrad.compile(f, 1, 2):jacobian()
assert(tinygrad.program_from_string(bytes))

-- A Program that captures a Value of the recording around it:
tinygrad.compile(function(x)
  local z = tinygrad.no_grad(function() return x * tinygrad.Value(2) end)
  return tinygrad.compile(function(y)
    local one, two = tinygrad.Value(1), tinygrad.Value(2)
    return y * z * x * (one < two and one or two)
  end, 1)(3)
end, 1)
