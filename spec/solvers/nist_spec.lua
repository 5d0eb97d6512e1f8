-- tinygrad.fit finds, with its default options, the certified parameters,
-- standard errors and residual standard deviation of the NIST Statistical
-- Reference Datasets, from both starting points.

local tinygrad = require "tinygrad"
local nist = require "spec.support.nist"

--- The number of digits that must be right; 11 are certified.
local DIGITS = 9

local sets, absent = nist.sets()

local function check_digits(what, got, expected, least)
  local digits = nist.digits(got, expected)
  assert(digits >= least, ("%s: %.11g, certified %.11g (%.1f digits)"):format(
    what, got, expected, digits))
end

--- Returns how many digits of the residuals are left when responses are rounded
-- to doubles. Lanczos1's residuals are about 1e-13: the standard errors of its
-- doubles differ from those of its decimals from the fourth digit on.
local function digits_of_residuals(set)
  local largest = 0
  for _, y in ipairs(set.y) do largest = math.max(largest, math.abs(y)) end
  local digits = math.log(set.deviation / (2 ^ -53 * largest)) / math.log(10)
  return math.min(DIGITS, math.floor(digits))
end

local function check(set, start)
  local fit = tinygrad.fit(set.model, {x = set.x, y = set.y}, set.starts[start])
  assert.equal("converged", fit.status)
  assert.equal("compiled", fit.mode)
  local of_residuals = digits_of_residuals(set)
  for j, expected in ipairs(set.parameters) do
    check_digits(fit.names[j], fit.parameters[j], expected, DIGITS)
    check_digits("error of " .. fit.names[j], fit.standard_errors[j],
      set.deviations[j], of_residuals)
  end
  check_digits("sum", fit.value, set.sum, of_residuals)
  check_digits("deviation", fit.residual_deviation, set.deviation, of_residuals)
  assert.equal(#set.y - #set.parameters, fit.degrees_of_freedom)
end

--- The part of the sum by which a second fit may improve a converged result.
local AGAIN = 1e-8

--- A fit from far away may end anywhere, but may not say that it has converged
-- if it could go on.
local function check_far(set, start, factor)
  local from = {}
  for j, x in ipairs(set.starts[start]) do from[j] = factor * x end
  local data = {x = set.x, y = set.y}
  local fit = tinygrad.fit(set.model, data, from)
  if not fit.converged then return end
  local again = tinygrad.fit(set.model, data, fit.parameters)
  assert(again.value >= fit.value * (1 - AGAIN),
    ("%.17g, and again %.17g: %s"):format(fit.value, again.value, fit.message))
end

describe("NIST's", function()
  for _, set in ipairs(sets) do
    for start = 1, 2 do
      it(("%s from start %d"):format(set.name, start), function()
        check(set, start)
      end)

      for _, factor in ipairs {0.1, 10} do
        it(("%s from %g times start %d, without a lie"):format(set.name, factor,
            start), function()
          check_far(set, start, factor)
        end)
      end
    end
  end

  if #absent > 0 then
    it(("%d of 27 sets are not tested: no %s/%s.dat (TINYGRAD_NIST names the "
      .. "folder)"):format(#absent, nist.folder, table.concat(absent, ", ")),
      function()
      pending("files absent")
    end)
  end
end)

describe("the reader of NIST's files", function()
  it("has a model for each of the 27 sets", function()
    local count = 0
    for _ in pairs(nist.models) do count = count + 1 end
    assert.equal(27, count)
  end)

  it("counts digits", function()
    assert.equal(15, nist.digits(2, 2))
    assert.is_true(math.abs(nist.digits(1.001, 1) - 3) < 1e-9)
    assert.equal(0, nist.digits(5, 1))
    assert.equal(0, nist.digits(0 / 0, 1))
  end)
end)
