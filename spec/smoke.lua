-- Checks one gradient, for `make smoke`.
local tinygrad = require "tinygrad"

local ok, report = tinygrad.gradcheck(function(a, b)
  return (a * b + a) * tinygrad.tanh(b)
end, {1.3, -0.7})
print(report)
assert(ok)
