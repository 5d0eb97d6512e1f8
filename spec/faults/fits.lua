-- Searches minima and fits while memory fails.
local tinygrad = require "tinygrad"
arm()

-- Minima:
for _, method in ipairs {"newton", "lbfgs"} do
  local result = tinygrad.minimize(function(x) return (x[1] - x[2]) ^ 2 end,
    {3, 1}, {method = method, lower = 0, max_iterations = 1})
  assert(result.mode == "compiled" and tostring(result) ~= "")
end

-- Fits, compiled and eager:
local fitted = tinygrad.fit(function(x, p)
  return p * x
end, {x = {1, 2}, y = {2, 1}}, 1, {max_iterations = 0})
assert(fitted:band {0.5} and tostring(fitted) ~= "")
assert(tinygrad.least_squares(function(p)
  if p < tinygrad.Value(0) then return {p} end
  return {p - 2}
end, 1, {loss = "huber", max_iterations = 0}).mode == "eager")
