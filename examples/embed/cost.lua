-- minimise.c runs this script, which returns a cost function as a Program, and
-- the start. The cost is the mean square of the difference between a + b *
-- exp(-k * t) and what a thermometer showed at t = 1, 2, ... minutes while a
-- cup of tea got cold.

local tinygrad = require "tinygrad"

local shown = {81.4, 74.0, 67.8, 61.6, 56.8, 52.2, 48.7, 45.2, 42.3, 39.9}

local function cost(p)
  local a, b, k = p[1], p[2], p[3]
  local sum = 0
  for t, degrees in ipairs(shown) do
    local e = a + b * tinygrad.exp(-k * t) - degrees
    sum = sum + e * e
  end
  return sum / #shown
end

local start = {0, 100, 0.1}
return tinygrad.compile(cost, start):value_and_grad(), start
