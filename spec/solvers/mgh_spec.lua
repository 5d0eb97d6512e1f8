-- tinygrad.least_squares finds a published minimum of the problems of Moré,
-- Garbow and Hillstrom, from the standard start and from ten times it.

local tinygrad = require "tinygrad"
local mgh = require "spec.support.mgh"

--- The published minima have six digits, some truncated; a minimum of 0 may be
-- missed by rounding.
local TOLERANCE, ZERO = 1e-5, 1e-20

local function is_published(problem, value)
  for _, minimum in ipairs(problem.minima) do
    if math.abs(value - minimum) <= TOLERANCE * minimum
        or minimum == 0 and value <= ZERO then
      return true
    end
  end
  return false
end

local function run(problem, factor)
  local start = {}
  for j, x in ipairs(problem.start) do start[j] = factor * x end
  return tinygrad.least_squares(problem.residuals, start)
end

describe("of Moré, Garbow and Hillstrom", function()
  local tenfold = 0

  for _, problem in ipairs(mgh) do
    it(problem.name, function()
      local near = run(problem, 1)
      assert.equal("converged", near.status)
      assert(is_published(problem, near.value), near.value)
    end)

    if not problem.far then
      tenfold = tenfold + 1
      it(problem.name .. " from ten times the start", function()
        local far = run(problem, 10)
        assert.equal("converged", far.status)
        assert(is_published(problem, far.value), far.value)
      end)
    end
  end

  it("at least fifteen are solved from both", function()
    assert.is_true(tenfold >= 15)
  end)

  it("those without a minimum below ten times the start end", function()
    for _, problem in ipairs(mgh) do
      if problem.far then
        local far = run(problem, 10)
        assert.is_true(far.iterations <= 1000)
        assert.is_truthy(far.message)
      end
    end
  end)
end)
