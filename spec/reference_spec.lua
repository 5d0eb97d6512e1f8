-- Every operation against reference/points.lua, whose numbers are right to
-- the last bit (reference/generate.py makes them).

local tinygrad = require "tinygrad"
local accuracy = require "spec.tools.accuracy"

-- The largest errors that are allowed: of the value in units in the last
-- place, of the first and second partials in those of max(|partial|, 1), see
-- accuracy.lua. The bounds are what was measured (glibc 2.36), rounded up;
-- libm's functions alone are off by up to 2.
local DEFAULT = {1, 2, 4}
local BOUNDS = {
  dot = {2, 2, 4}, -- each product is rounded
  gelu = {440, 2, 4}, -- erfc of a rounded quotient, far in its tail
  lgamma = {2, 3, 4},
  logsumexp = {1, 54, 30}, -- exp of a difference of numbers near 1000
  polygamma = {3, 4, 6},
  tgamma = {1, 4, 4},
  trigamma = {2, 3, 4},
}

describe("the reference", function()
  local points = require "spec.reference.points"

  it("has every operation, and no other", function()
    local rows = {}
    for _, row in ipairs(tinygrad.operations()) do
      rows[row.name] = true
      assert.is_truthy(points[row.name], row.name)
      assert.is_true(#points[row.name] >= 10, row.name)
    end
    for name in pairs(points) do assert.is_true(rows[name], name) end
    for name in pairs(BOUNDS) do assert.is_true(rows[name], name) end
  end)

  for _, row in ipairs(tinygrad.operations()) do
    it("agrees with " .. row.name, function()
      local worst = accuracy.measure(row, points[row.name])
      local bounds = BOUNDS[row.name] or DEFAULT
      for k, what in ipairs {"value", "first partials", "second partials"} do
        assert.is_true(worst[k].error <= bounds[k],
          ("%s: %s off by %.2f ulp at (%s): expected %.17g, got %.17g"):format(
            row.name, what, worst[k].error, worst[k].at or "",
            worst[k].expected or 0, worst[k].got or 0))
      end
    end)
  end
end)
