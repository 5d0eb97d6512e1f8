-- Every operation against reference/points.lua, whose numbers are right to
-- the last bit (reference/generate.py makes them).

local tinygrad = require "tinygrad"
local accuracy = require "spec.tools.accuracy"

-- The largest errors that are allowed: of the value in units in the last place,
-- of the first and second partials in those of max(|partial|, 1), see
-- accuracy.lua. The bounds were measured (glibc 2.36) and rounded up. Functions
-- of libm alone are off by up to 2.
local DEFAULT = {1, 2, 4}
local BOUNDS = {
  dot = {2, 2, 4}, -- each product is rounded
  gelu = {440, 2, 4}, -- it takes erfc of a rounded quotient, far in its tail
  lgamma = {2, 3, 4},
  polygamma = {3, 4, 6},
  tgamma = {1, 4, 4},
  trigamma = {2, 3, 4},
}

-- Operations for which batches have functions of their own
-- (csrc/engine/numeric/lanes.h) that are less accurate, equally on all
-- instruction sets.
local IN_BATCHES = {erfc = {2, 2}, tan = {2, 2}}

describe("the reference", function()
  local points = require "spec.reference.points"

  it("has every operation, and no other", function()
    local rows = {}
    for _, row in ipairs(tinygrad.operations()) do
      rows[row.name] = true
      assert.is_truthy(points[row.name],
        row.name .. " has no points: add it to generate.py, make generated")
      assert.is_true(#points[row.name] >= 10, row.name)
    end
    for name in pairs(points) do
      assert.is_true(rows[name], name .. ": stale points.lua: make generated")
    end
    for name in pairs(BOUNDS) do assert.is_true(rows[name], name) end
  end)

  local function check(row, worst, bounds)
    for k, what in ipairs {"value", "first partials", "second partials"} do
      local w = worst[k]
      assert.is_true(not w or w.error <= bounds[k],
        ("%s: %s off by %.2f ulp at (%s): expected %.17g, got %.17g"):format(
          row.name, what, w and w.error or 0, w and w.at or "",
          w and w.expected or 0, w and w.got or 0))
    end
  end

  it("agrees with first partials to 1e-12 of them, but tanh", function()
    for _, row in ipairs(tinygrad.operations()) do
      local found = accuracy.inaccurate(row, points[row.name], 1e-12)
      for _, x in ipairs(found) do
        assert.is_true(row.name == "tanh" and math.abs(x[1]) > 5,
          ("%s at (%s)"):format(row.name, table.concat(x, ", ")))
      end
      assert.equal(row.name == "tanh", #found > 0, row.name)
    end
  end)

  for _, row in ipairs(tinygrad.operations()) do
    local bounds = BOUNDS[row.name] or DEFAULT
    it("agrees with " .. row.name, function()
      check(row, accuracy.measure(row, points[row.name]), bounds)
    end)
    if row.arity ~= "n" then
      it("agrees with " .. row.name .. " in batches", function()
        for _, vectors in ipairs {"plain", "avx2", "avx512"} do
          check(row, accuracy.measure_batch(row, points[row.name], vectors),
            IN_BATCHES[row.name] or bounds)
        end
      end)
    end
  end
end)
