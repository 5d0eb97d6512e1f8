-- tinygrad.fit and tinygrad.least_squares beyond the test problems: the forms
-- of data, weights, bounds, losses, statistics of the parameters, errors.

local tinygrad = require "tinygrad"
local distribution = require "tinygrad.fit.distribution"
local linear = require "tinygrad.fit.linear"
local support = require "spec.support.common"
local fit, least_squares = tinygrad.fit, tinygrad.least_squares
local Tensor, Value = tinygrad.Tensor, tinygrad.Value
local near, message_of = support.near, support.message_of
local caught = support.caught

local INF, NAN = math.huge, 0 / 0

local function line(x, p) return p.a + p.b * x end

-- A line with noise that looks random: x and y. exact_line returns the solution
-- of the weighted normal equations: a, b and their standard errors.
local X = {1, 2, 3, 4, 5, 6, 7, 8}
local Y = {3.1, 4.9, 7.2, 8.8, 11.1, 13.3, 14.7, 17.2}

local function exact_line(x, y, w)
  local s, sx, sy, sxx, sxy = 0, 0, 0, 0, 0
  for i = 1, #x do
    local wi = w and w[i] or 1
    s, sx, sy = s + wi, sx + wi * x[i], sy + wi * y[i]
    sxx, sxy = sxx + wi * x[i] ^ 2, sxy + wi * x[i] * y[i]
  end
  local det = s * sxx - sx * sx
  local a, b = (sxx * sy - sx * sxy) / det, (s * sxy - sx * sy) / det
  local sum = 0
  for i = 1, #x do
    sum = sum + (w and w[i] or 1) * (y[i] - a - b * x[i]) ^ 2
  end
  local variance = sum / (#x - 2)
  return {a = a, b = b, sum = sum, variance = variance,
    a_error = math.sqrt(variance * sxx / det),
    b_error = math.sqrt(variance * s / det), ab = -variance * sx / det}
end

describe("fit", function()
  it("gives a line's textbook results", function()
    local result, exact = fit(line, {x = X, y = Y}, {a = 0, b = 0}),
      exact_line(X, Y)
    assert.equal("converged", result.status)
    assert.is_true(result.converged)
    assert.equal("compiled", result.mode)
    assert.same({"a", "b"}, result.names)
    near(exact.a, result.parameters.a, 1e-13)
    near(exact.b, result.parameters.b, 1e-13)
    near(exact.sum, result.value, 1e-13)
    near(exact.a_error, result.standard_errors.a, 1e-12)
    near(exact.b_error, result.standard_errors.b, 1e-12)
    near(exact.ab, result.covariance[1][2], 1e-12)
    near(exact.ab / exact.a_error / exact.b_error, result.correlation[2][1],
      1e-12)
    assert.equal(1, result.correlation[1][1])
    assert.equal(6, result.degrees_of_freedom)
    near(math.sqrt(exact.variance), result.residual_deviation, 1e-13)
    for i = 1, #X do
      near(exact.a + exact.b * X[i], result.fitted[i], 1e-13)
      near(Y[i] - result.fitted[i], result.residuals[i], 1e-13)
    end
    local all, mean = 0, 0
    for _, y in ipairs(Y) do mean = mean + y / #Y end
    for _, y in ipairs(Y) do all = all + (y - mean) ^ 2 end
    near(1 - exact.sum / all, result.r_squared, 1e-13)
  end)

  it("tells where parameters are, and the curve", function()
    local result, exact = fit(line, {x = X, y = Y}, {a = 0, b = 0}),
      exact_line(X, Y)
    local t = 2.4469118511449692 -- 95 %, 6 degrees of freedom
    local low, high = result:confidence()
    near(exact.a - t * exact.a_error, low.a, 1e-11)
    near(exact.b + t * exact.b_error, high.b, 1e-11)
    low = result:confidence(0.99)
    near(exact.a - 3.7074280213247794 * exact.a_error, low.a, 1e-11)
    local y, from, to = result:band({2.5, 100})
    for i, x in ipairs {2.5, 100} do
      local deviation = math.sqrt(exact.a_error ^ 2 + 2 * x * exact.ab
        + x ^ 2 * exact.b_error ^ 2)
      near(exact.a + exact.b * x, y[i], 1e-12)
      near(y[i] - t * deviation, from[i], 1e-11)
      near(y[i] + t * deviation, to[i], 1e-11)
    end
    local _, wide = result:band({2.5}, 0.95, "prediction")
    local variance = (y[1] - from[1]) ^ 2 / t ^ 2 + exact.variance
    near(y[1] - t * math.sqrt(variance), wide[1], 1e-11)
    assert.matches("level between 0 and 1", message_of(result.band, result,
      {1}, 2))
    assert.matches("bad argument #3 to 'band'", message_of(result.band, result,
      {1}, 0.5, "both"))
    assert.matches("bad argument #1 to 'confidence'",
      message_of(result.confidence, result, "95 %"))
  end)

  it("takes weights, or standard deviations", function()
    local w, sigma = {}, {}
    for i = 1, #X do
      sigma[i] = 0.1 + 0.05 * (i % 3)
      w[i] = 1 / sigma[i] ^ 2
    end
    local exact = exact_line(X, Y, w)
    local weighted = fit(line, {x = X, y = Y, weights = w}, {a = 0, b = 0})
    local scaled = fit(line, {x = Tensor(X), y = Tensor(Y), sigma = sigma},
      {a = 0, b = 0})
    for _, result in ipairs {weighted, scaled} do
      near(exact.a, result.parameters.a, 1e-12)
      near(exact.b_error, result.standard_errors.b, 1e-12)
      near(exact.sum, result.value, 1e-12)
      near(Y[3] - exact.a - 3 * exact.b, result.residuals[3], 1e-12)
    end
    local known = fit(line, {x = X, y = Y, sigma = sigma}, {a = 0, b = 0},
      {absolute_sigma = true})
    near(exact.b_error / math.sqrt(exact.variance), known.standard_errors.b,
      1e-12)
    local low = known:confidence()
    near(known.parameters.a - 1.959963984540054 * known.standard_errors.a,
      low.a, 1e-12)
    local x, y = {1, 2, 3, 50}, {1, 2.1, 2.9, -7}
    local without = fit(line, {x = x, y = y, weights = {1, 1, 1, 0}},
      {a = 0, b = 0})
    assert.equal(1, without.degrees_of_freedom)
    near(exact_line({1, 2, 3}, {1, 2.1, 2.9}).b_error,
      without.standard_errors.b, 1e-12)
  end)

  it("takes inputs as rows, columns by name and Tensors", function()
    local function plane(x, p) return p[1] + p[2] * x[1] + p[3] * x[2] end
    local function named(x, p) return p[1] + p[2] * x.u + p[3] * x.v end
    local u, v = {0, 1, 0, 1, 2}, {0, 0, 1, 1, 3}
    local y, rows, records = {}, {}, {}
    for i = 1, 5 do
      y[i] = 1 + 2 * u[i] - 3 * v[i] + (i % 2) / 10
      rows[i], records[i] = {u[i], v[i]}, {u = u[i], v = v[i]}
    end
    local expected = fit(plane, {x = rows, y = y}, {0, 0, 0})
    for _, other in ipairs {
      fit(plane, {x = Tensor(rows), y = y}, {0, 0, 0}),
      fit(named, {x = records, y = y}, {0, 0, 0}),
      fit(named, {x = {u = u, v = Tensor(v)}, y = y}, {0, 0, 0}),
    } do
      assert.equal("compiled", other.mode)
      for j = 1, 3 do
        near(expected.parameters[j], other.parameters[j], 1e-14)
      end
    end
    local band = fit(named, {x = {u = u, v = v}, y = y}, {0, 0, 0}):band {
      u = {5}, v = {6}}
    near(expected.parameters[1] + 5 * expected.parameters[2]
      + 6 * expected.parameters[3], band[1], 1e-13)
  end)

  it("takes parameters of any shape", function()
    local function decay(x, p) return tinygrad.exp(-p * x) end
    local y = {}
    for i, x in ipairs(X) do y[i] = math.exp(-0.3 * x) end
    local result = fit(decay, {x = X, y = y}, 1)
    near(0.3, result.parameters, 1e-13)
    assert.equal("number", type(result.standard_errors))
    assert.same({"p"}, result.names)
    local function nested(x, p)
      return p.base[1] + p.base[2] * x + p.top.curve * x ^ 2
    end
    for i, x in ipairs(X) do y[i] = 1 + 2 * x + 3 * x ^ 2 end
    result = fit(nested, {x = X, y = y},
      {base = {0, 0}, top = {curve = 0}})
    assert.same({"base[1]", "base[2]", "top.curve"}, result.names)
    near(3, result.parameters.top.curve, 1e-12)
    near(2, result.parameters.base[2], 1e-11)
  end)

  it("runs a model that branches eagerly, with the same result", function()
    local function smooth(x, p)
      return p.a * tinygrad.exp(-p.b * x) + p.c
    end
    local function branching(x, p)
      if x > 3 then return p.a * (-p.b * x):exp() + p.c end
      return smooth(x, p)
    end
    local function by_lua(x, p) -- math.sqrt raises an error for a Value
      return smooth(math.sqrt(x) ^ 2, p)
    end
    local y = {}
    for i, x in ipairs(X) do y[i] = 5 * math.exp(-0.4 * x) + (i % 3) / 50 end
    local start = {a = 1, b = 1, c = 0}
    local expected = fit(smooth, {x = X, y = y}, start)
    assert.equal("compiled", expected.mode)
    local result = fit(branching, {x = X, y = y}, start)
    -- (Lua 5.1 cannot even compare a Value with a number.)
    local third = fit(by_lua, {x = X, y = y}, start)
    for _, other in ipairs {result, third} do
      for name, value in pairs(expected.parameters) do
        near(value, other.parameters[name], 1e-10)
        near(expected.standard_errors[name], other.standard_errors[name], 1e-8)
      end
    end
    assert.equal("eager", third.mode)
    local function cut(x, p)
      if p.b < tinygrad.Value(0) then return p.a * 0 end
      return smooth(x, p)
    end
    result = fit(cut, {x = X, y = y}, start)
    assert.equal("eager", result.mode)
    near(expected.parameters.b, result.parameters.b, 1e-10)
    near(expected:band({3})[1], result:band({3})[1], 1e-10)
  end)

  it("does not run away on its first steps", function()
    local function saturating(x, p)
      return p.a * (1 - tinygrad.exp(-p.b * x))
    end
    -- NIST's BoxBOD from its first start, where b = 100 fits as well as any
    local result = fit(saturating, {x = {1, 2, 3, 5, 7, 10},
      y = {109, 149, 149, 191, 213, 224}}, {a = 1, b = 1})
    near(213.80940889, result.parameters.a, 1e-9)
    near(0.54723748542, result.parameters.b, 1e-9)
    near(12.354515176, result.standard_errors.a, 1e-9)
  end)

  it("raises a model's own error as it is", function()
    local mine = setmetatable({}, {__tostring = function() return "mine" end})
    assert.equal(mine, message_of(fit, function() error(mine) end,
      {x = X, y = Y}, 1))
    assert.matches("attempt to index", message_of(fit, function(_, p)
      return p.typo.field
    end, {x = X, y = Y}, {a = 1}))
    assert.equal("fit: the model must return one number, it returned a table",
      caught(fit, function(x, p) return {p * x} end, {x = X, y = Y}, 1))
    assert.matches("it returned nothing; is a return missing%?",
      message_of(fit, function() end, {x = X, y = Y}, 1))
  end)

  it("refuses what it cannot understand, at the caller's line", function()
    local good = {x = X, y = Y}
    local function refused(expected, ...)
      local arguments, n = {...}, select("#", ...)
      local unpack = table.unpack or unpack -- luacheck: compat
      local message = message_of(function()
        local result = fit(unpack(arguments, 1, n))
        return result
      end)
      assert.matches(expected, message, 1, true)
      assert.matches("^spec/solvers/fit_spec.lua:%d+: ", message)
    end
    refused("bad argument #1 to 'fit' (function expected, got number)", 1)
    refused("bad argument #2 to 'fit' (table with x and y expected, got nil)",
      line)
    refused("fit: data.y must be a table of numbers or a Tensor, it is absent",
      line, {x = X}, {a = 1, b = 1})
    refused("fit: data has no field 'z'; its fields are x, y, weights and "
      .. "sigma", line, {x = X, y = Y, z = 1}, {a = 1, b = 1})
    refused("fit: data.x has 2 rows, data.y has 8", line, {x = {1, 2}, y = Y},
      {a = 1, b = 1})
    refused("fit: data.y[2] must be a finite number, it is a string", line,
      {x = {1, 2}, y = {1, "2"}}, {a = 1, b = 1})
    refused("fit: data.x[2] must hold finite numbers, there is inf", line,
      {x = {1, INF}, y = {1, 2}}, {a = 1, b = 1})
    refused("fit: data.x[1] must hold finite numbers, there is a string", line,
      {x = {{1, "kind"}, {2, "kind"}}, y = {1, 2}}, {a = 1, b = 1})
    refused("fit: data.x[2] is not shaped as the first row", line,
      {x = {{u = 1}, {v = 1}}, y = {1, 2}}, {a = 1, b = 1})
    refused("fit: data.x must be a table of rows", line, {y = Y}, 1)
    refused("fit: data.x.v has 1 rows, data.y has 2", line,
      {x = {u = {1, 2}, v = {1}}, y = {1, 2}}, 1)
    refused("both weights and sigma", line, {x = X, y = Y, weights = X,
      sigma = X}, 1)
    refused("fit: data.sigma[1] must be positive, it is 0", line,
      {x = {1}, y = {1}, sigma = {0}}, 1)
    refused("fit: data.weights[1] must not be negative, it is -1", line,
      {x = {1}, y = {1}, weights = {-1}}, 1)
    refused("bad argument #3 to 'fit' (number or table of parameters expected, "
      .. "got nil)", line, good)
    refused("bad argument #3 to 'fit' (at least one number expected, got none)",
      line, good, {})
    refused("(the parameters must be numbers; there is a string at p.b; "
      .. "tonumber makes a number of a string)", line, good, {a = 1, b = "2"})
    refused("(the parameters must be numbers; there is a Tensor at p.b[1]; "
      .. "t:totable() makes tables of a Tensor)", line, good,
      {a = 1, b = {tinygrad.Tensor {1}}})
    refused("bad argument #4 to 'fit' (table of options expected, got number)",
      line, good, {a = 1, b = 1}, 3)
    refused("unknown option 'tolerance' to 'fit'", line, good, {a = 1, b = 1},
      {tolerance = 1})
    refused("bad option 'ftol' to 'fit' (finite number from 0 expected, got "
      .. "-1)", line, good, {a = 1, b = 1}, {ftol = -1})
    refused("bad option 'loss' to 'fit'", line, good, {a = 1, b = 1},
      {loss = "l1"})
    refused("bad option 'scale' to 'fit' (positive number expected, got 0)",
      line, good, {a = 1, b = 1}, {scale = 0})
    refused("bad option 'lower' to 'fit' (number for a expected, got string; "
      .. "tonumber makes a number of a string)",
      line, good, {a = 0, b = 0}, {lower = {a = "1"}})
    refused("bad option 'lower' to 'fit' (there is no parameter c)", line, good,
      {a = 1, b = 1}, {lower = {c = 1}})
    refused("bad option 'lower' to 'fit' (a: 2 is above the upper bound 1)",
      line, good, {a = 1, b = 1}, {lower = {a = 2}, upper = 1})
    refused("bad option 'callback' to 'fit' (function expected, got number)",
      line, good, {a = 1, b = 1}, {callback = 1})
  end)

  it("reports", function()
    local report = tostring(fit(line, {x = X, y = Y}, {a = 0, b = 0}))
    assert.equal([[
converged: *
* iterations, * evaluations, compiled
compared with the function itself at 3 points, in less than 1 s
parameter    value  std. error  95 % from       to
a          1.02143    0.179444   0.582344  1.46051
b          2.00357   0.0355353    1.91662  2.09052
residual standard deviation 0.230295, 6 degrees of freedom, R squared 0.998116]]
      , (report:gsub("^(converged: )[^\n]*", "%1*"):gsub("%d+ (%a+ations)",
        "* %1")))
  end)

  it("reports no errors of what did not begin, no R squared of a constant",
    function()
    assert.equal("bad_start: the start, a = nan, is not finite\n"
      .. "0 iterations, 0 evaluations, compiled",
      tostring(fit(line, {x = X, y = Y}, {a = 0 / 0, b = 0})))
    local constant = {}
    for i = 1, #X do constant[i] = 0.1 end
    local result = fit(line, {x = X, y = constant}, {a = 0, b = 0})
    assert.is_nil(result.r_squared)
    assert.is_nil(tostring(result):find("R squared", 1, true))
  end)
end)

describe("units", function()
  for _, unit in ipairs {1e-200, 1e-3, 1e200} do
    it(("of %g change nothing but numbers"):format(unit), function()
      local y = {}
      for i = 1, #Y do y[i] = unit * Y[i] end
      for _, upper in ipairs {math.huge, 1.9} do
        local usual = fit(line, {x = X, y = Y}, {a = 0, b = 0},
          {upper = {b = upper}})
        local result = fit(line, {x = X, y = y}, {a = 0, b = 0},
          {upper = {b = unit * upper}})
        assert.equal("converged", result.status)
        near(usual.parameters.a, result.parameters.a / unit, 1e-9)
        near(usual.parameters.b, result.parameters.b / unit, 1e-9)
        near(usual.standard_errors.a, result.standard_errors.a / unit, 1e-9)
        near(usual.r_squared, result.r_squared, 1e-9)
      end
    end)

    it(("of %g in a curve"):format(unit), function()
      local function curve(x, p) return p.height * tinygrad.exp(-p.rate * x) end
      local y = {}
      for i, x in ipairs(X) do
        y[i] = unit * (3 * math.exp(-0.4 * x) + 0.01 * (-1) ^ i)
      end
      local result = fit(curve, {x = X, y = y}, {height = unit, rate = 1})
      assert.equal("converged", result.status)
      near(3, result.parameters.height / unit, 0.05)
      near(0.4, result.parameters.rate, 0.02)
    end)
  end
end)

describe("converged", function()
  --- Fails if a second fit, from a result that is called converged, gains
  -- anything.
  local function check(f, start, opts)
    local result = least_squares(f, start, opts)
    if result.converged then
      local again = least_squares(f, result.parameters, opts)
      assert(again.value >= result.value * (1 - 1e-8), ("%.17g, then %.17g")
        :format(result.value, again.value))
    end
    return result
  end

  it("is a line whose data are far larger than the start", function()
    for _, power in ipairs {12, 20, 40, 100, 200, -20, -100} do
      local unit = 10 ^ power
      local y, exact = {}, exact_line(X, Y)
      for i = 1, #Y do y[i] = unit * Y[i] end
      for _, opts in ipairs {{}, {lower = -1},
          {upper = {a = math.max(2, 2 * unit)}}} do
        local result = fit(line, {x = X, y = y}, {a = 1, b = 1}, opts)
        assert.equal("converged", result.status)
        near(exact.a, result.parameters.a / unit, 1e-9)
        near(exact.b, result.parameters.b / unit, 1e-9)
      end
      local held = fit(line, {x = X, y = y}, {a = 0, b = 0},
        {upper = {b = 1.9 * unit}})
      assert.equal("converged", held.status)
      near(1.9, held.parameters.b / unit, 1e-12)
    end
  end)

  it("is one whose other term the start cannot see", function()
    local function model(x, p) return p.a * x + tinygrad.exp(-p.k * x) end
    local y = {}
    for i, x in ipairs(X) do
      y[i] = 2 * x + math.exp(-x / 2) + 0.01 * (-1) ^ i
    end
    for _, k in ipairs {5, 50} do
      local result = fit(model, {x = X, y = y}, {a = 0, k = k})
      assert.equal("converged", result.status)
      local again = fit(model, {x = X, y = y}, result.parameters)
      near(result.value, again.value, 1e-8 * result.value)
    end
    for _, k in ipairs {50, 400, 700, 800} do
      local result = fit(model, {x = X, y = y}, {a = 0, k = k})
      assert.is_true(result.parameters.a > 1.9)
    end
  end)

  it("is not said on the way down a steep exponential", function()
    local function nelson(x, b)
      return b[1] - b[2] * x[1] * tinygrad.exp(-b[3] * x[2])
    end
    local data = {x = {}, y = {}}
    for _, weeks in ipairs {1, 2, 4, 8, 16, 32, 48, 64} do
      for _, heat in ipairs {180, 225, 250, 275} do
        local k = #data.y + 1
        data.x[k] = {weeks, heat}
        data.y[k] = 2.6 - 5e-9 * weeks * math.exp(0.058 * heat)
          + 0.05 * math.sin(7 * k)
      end
    end
    local best = fit(nelson, data, {2.5, 5e-9, -0.05})
    for _, start in ipairs {{2, 1e-4, -0.01}, {2.5, 5e-9, -0.05}} do
      for _, factor in ipairs {0.01, 0.1, 1, 10, 20} do
        local from = {}
        for j = 1, 3 do from[j] = factor * start[j] end
        local result = fit(nelson, data, from)
        local again = fit(nelson, data, result.parameters)
        assert(not result.converged
          or again.value >= result.value * (1 - 1e-8), factor)
        if factor == 1 or factor == 10 then
          near(best.value, result.value, 1e-9 * best.value)
        end
      end
    end
  end)

  it("is reached by derivatives of any size", function()
    for _, power in ipairs {-300, -174, -100, 100, 174, 300} do
      local unit = 10 ^ power
      local result = check(function(p) return {unit * p - 1} end, 1)
      assert.equal("converged", result.status)
      near(1, result.parameters * unit, 1e-12)
      result = check(function(p) return {unit * p[1] - 1, p[2] - 3} end, {1, 1})
      assert.equal("converged", result.status)
      near(1, result.parameters[1] * unit, 1e-12)
      near(3, result.parameters[2], 1e-12)
    end
    local result = check(function(p)
      return {tinygrad.exp(1e-174 * p) - 3, 1e-174 * p}
    end, 1)
    assert.equal("converged", result.status)
    near(0.967863551, result.parameters * 1e-174, 1e-8)
  end)

  it("is reached by parameters of any sizes beside each other", function()
    local result = check(function(p)
      return {p[1] * 1e12 - 3, tinygrad.exp(p[2] * 1e-9) - 2}
    end, {1e-13, 1e9})
    assert.equal("converged", result.status)
    near(3, result.parameters[1] * 1e12, 1e-12)
    near(math.log(2), result.parameters[2] * 1e-9, 1e-12)
  end)

  it("is said of minima where the Jacobian is 0, or nearly so", function()
    for _, f in ipairs {
      function(p) return {(p - 0.3) ^ 2 + 1} end,
      function(p) return {(p - 0.3) ^ 2} end,
      function(p) return {tinygrad.cosh(p - 2), 3} end,
      function(p) return {tinygrad.abs(p) ^ 0.5 + 1} end,
    } do
      assert.equal("converged", check(f, 1).status)
    end
    local function arm(q) -- it cannot reach the point, and stretches to it
      local x, y, angle = 0, 0, 0
      for i = 1, 4 do
        angle = angle + q[i]
        x, y = x + tinygrad.cos(angle), y + tinygrad.sin(angle)
      end
      return {x - 10, y - 1}
    end
    local result = check(arm, {0.1, 0.2, 0.3, 0.4})
    assert.equal("converged", result.status)
    near((math.sqrt(101) - 4) ^ 2, result.value, 1e-9)
  end)

  it("is said of what the start already is", function()
    for _, f in ipairs {
      function(p) return {p[1] - 1, 10 * (p[2] - p[1] ^ 2)} end,
      function(p) return {p[1] + p[2] - 2} end,
      function(p) return {p[1] - 1, p[1] - 1, 0 * p[2], 1} end,
    } do
      local result = check(f, {1, 1})
      assert.equal("converged", result.status)
      assert.equal(0, result.iterations)
    end
  end)

  it("is not said where no step lowers a sum that has a gradient", function()
    local wrong = tinygrad.custom {name = "wrong",
      forward = function(x) return x * x + 1 end,
      backward = function(x) return -2 * x end}
    local result = check(function(p) return {wrong(p)} end, 3)
    assert.equal("no_progress", result.status)
    assert.equal(3, result.parameters)
    assert.is_false(result.converged)
    assert.matches("no step lowers the sum of squares", result.message)
    result = check(function(p)
      return {tinygrad.exp(p[1] - 400) - 1, p[2] - 3}
    end, {0, 0})
    assert.equal("no_progress", result.status)
    near(3, result.parameters[2], 1e-12)
  end)

  it("is not said before a robust loss has taken its outlier away", function()
    for _, loss in ipairs {"huber", "soft_l1", "cauchy"} do
      local result = check(function(a)
        local r = {}
        for i, y in ipairs {1, 1.2, 0.9, 1.1, 0.95, 1e10} do r[i] = a - y end
        return r
      end, 1e5, {loss = loss, scale = 0.1})
      assert.equal("converged", result.status)
      assert(math.abs(result.parameters - 1) < 0.2, result.parameters)
    end
  end)
end)

describe("predictions", function()
  local function plane(x, p) return p.a * x.t + p.b * x.v end
  local by_number = fit(line, {x = X, y = Y}, {a = 0, b = 0})
  local by_name = fit(plane, {x = {t = {1, 2, 3}, v = {1, 0, 2}},
    y = {5, 4, 12}}, {a = 0, b = 0})
  local by_list = fit(function(x, p) return p * x[1] * x[2] end,
    {x = Tensor {{1, 2}, {3, 4}}, y = {4, 24}}, 1)
  local by_branch = fit(function(x, p)
    if p.a > Value(1e9) then return p.a end
    return line(x, p)
  end, {x = X, y = Y}, {a = 0, b = 0})

  local function each(list, expected, tolerance)
    assert.equal(#expected, #list)
    for i, y in ipairs(expected) do near(y, list[i], tolerance or 1e-12) end
  end

  it("are numbers for one row", function()
    for _, r in ipairs {by_number, by_branch} do
      local p = r.parameters
      near(p.a + 2.5 * p.b, r(2.5))
      near(p.a + 2.5 * p.b, r:predict(2.5))
      near(p.a + 2 * p.b, r(2)) -- 2 is an integer on Luas with integers
    end
    assert.equal("eager", by_branch.mode)
    near(2 * 2 + 3 * 7, by_name {t = 2, v = 7}, 1e-9)
    near(2 * 5 * 6, by_list {5, 6}, 1e-9)
    near(2 * 5 * 6, by_list(Tensor {5, 6}), 1e-9)
  end)

  it("are lists for rows in any form that data may have", function()
    for _, r in ipairs {by_number, by_branch} do
      local p = r.parameters
      local expected = {p.a + 2.5 * p.b, p.a - p.b}
      each(r {2.5, -1}, expected)
      each(r:predict(Tensor {2.5, -1}), expected)
      each(r {2.5}, {expected[1]})
    end
    each(by_name {t = {2, 1}, v = {7, 0}}, {25, 2}, 1e-9)
    each(by_name:predict {{t = 2, v = 7}, {t = 1, v = 0}}, {25, 2}, 1e-9)
    each(by_name {t = Tensor {2, 1}, v = {7, 0}}, {25, 2}, 1e-9)
    each(by_list {{5, 6}, {1, 1}}, {60, 2}, 1e-9)
    each(by_list(Tensor {{5, 6}, {1, 1}}), {60, 2}, 1e-9)
    each(by_number(X), by_number.fitted)
  end)

  it("have a band, that of one row in numbers", function()
    local y, low, high = by_number:band(3, 0.9, "prediction")
    local ys, lows, highs = by_number:band({3}, 0.9, "prediction")
    assert.same({ys[1], lows[1], highs[1]}, {y, low, high})
    y, low, high = by_name:band {t = 2, v = 7}
    assert(low <= y and y <= high)
    near(by_name {t = 2, v = 7}, y)
  end)

  it("are there after a bad start, of the start", function()
    local r = fit(function(x, p) return p * tinygrad.log(x) end,
      {x = {-1, 2}, y = {1, 2}}, 3)
    assert.equal("bad_start", r.status)
    near(3 * math.log(2), r(2))
  end)

  it("and the rest take a colon", function()
    local squares = least_squares(function(p) return {p - 1} end, 3)
    local function refused(r, name, class, x)
      assert.matches("^[^:]*fit_spec.lua:%d+: bad argument #1 to '" .. name
        .. "' %(" .. class .. " expected, got %w+; a method takes a colon, r:"
        .. name .. "%(%)%)$", message_of(function()
          local y = r[name](x)
          return y
        end))
    end
    for _, name in ipairs {"predict", "band"} do
      refused(by_number, name, "Fit", 3)
      refused(by_list, name, "Fit", {1, 2})
      refused(by_list, name, "Fit", nil)
      refused(by_list, name, "Fit", squares)
    end
    for _, name in ipairs {"report", "confidence", "variance"} do
      for _, r in ipairs {by_number, squares} do
        refused(r, name, "Regression", nil)
        refused(r, name, "Regression", 0.95)
        refused(r, name, "Regression", {1})
      end
    end
  end)

  it("refuse what is no row", function()
    local function refused(expected, r, x)
      local message = message_of(function()
        local y = r(x)
        return y
      end)
      assert.equal(expected, (message:gsub("^.-fit_spec.lua:%d+: ", "")))
      assert.matches("fit_spec", message)
      message = message_of(function()
        local y = r:band(x)
        return y
      end)
      assert.matches(expected, message, 1, true)
    end
    refused("fit: a row of x must have the numbers x[1] x[2], as in the data; "
      .. "it has x[1] x[2] x[3]", by_list, {1, 2, 3})
    refused("fit: a row of x must have the numbers x[1] x[2], as in the data; "
      .. "it has x", by_list, 3)
    refused("fit: a row of x must have the numbers x.t x.v, as in the data; "
      .. "it has x.t", by_name, {t = 3})
    refused("fit: a row of x must have the numbers x.t x.v, as in the data; "
      .. "it has x[1]", by_name, {{1}, {2}})
    refused("fit: x must be a table of rows, or of columns by name, or a "
      .. "Tensor; it is absent", by_number, nil)
    refused("fit: x[1] must hold finite numbers, there is nan", by_number, NAN)
    refused("fit: x must be a table of rows, or of columns by name, or a "
      .. "Tensor; it is empty", by_number, {})
    refused("fit: x must be a table of rows, or of columns by name, or a "
      .. "Tensor; it is empty", by_list, {})
    refused("fit: a row of x must have the numbers x[1] x[2], as in the data; "
      .. "it has none", by_list, {{}})
    for _, r in ipairs {by_number, by_list, by_name} do
      refused("fit: x has no rows", r, tinygrad.Tensor.zeros(0, 2))
    end
  end)
end)

describe("a number as sigma or weights", function()
  it("is that of all rows", function()
    for _, name in ipairs {"sigma", "weights"} do
      local list = {}
      for i = 1, #X do list[i] = 0.25 end
      local one = fit(line, {x = X, y = Y, [name] = 0.25}, {a = 0, b = 0},
        {absolute_sigma = true})
      local all = fit(line, {x = X, y = Y, [name] = list}, {a = 0, b = 0},
        {absolute_sigma = true})
      assert.same(all.parameters, one.parameters)
      assert.same(all.standard_errors, one.standard_errors)
      assert.equal(all.value, one.value)
    end
    assert.equal(8, fit(line, {x = X, y = Y, sigma = 1}, {a = 0, b = 0})
      .degrees_of_freedom + 2)
  end)

  it("is refused where it makes no sense", function()
    for expected, data in pairs {
      ["data.sigma must be positive, it is 0"] = {sigma = 0},
      ["data.sigma must be positive, it is -2"] = {sigma = -2},
      ["data.weights must not be negative, it is -1"] = {weights = -1},
      ["data.sigma must be finite, it is nan"] = {sigma = NAN},
      ["data.weights must be finite, it is inf"] = {weights = INF},
      ["data.sigma must be a number, a table of numbers or a Tensor, it is a "
        .. "string; tonumber makes a number of a string"] = {sigma = "1"},
    } do
      data.x, data.y = X, Y
      assert.matches("fit: " .. expected, message_of(fit, line, data,
        {a = 0, b = 0}), 1, true)
    end
  end)
end)

describe("bounds", function()
  local data = {x = X, y = Y}

  it("hold a parameter that would leave, and fit the others", function()
    local result = fit(line, data, {a = 0, b = 1}, {upper = {b = 1.9}})
    assert.equal(1.9, result.parameters.b)
    assert.equal("converged", result.status)
    local mean = 0
    for i = 1, #X do mean = mean + (Y[i] - 1.9 * X[i]) / #X end
    near(mean, result.parameters.a, 1e-12)
    assert.same({b = "upper"}, result.at_bound)
    assert.equal(0, result.standard_errors.b)
    assert.equal(7, result.degrees_of_freedom)
    near(result.residual_deviation / math.sqrt(8), result.standard_errors.a,
      1e-12)
    assert.matches("at its +upper +bound", tostring(result))
  end)

  it("takes bounds of some parameters only", function()
    local p = tinygrad.least_squares(function(p)
      return {p[1] - 1, p[2] + 2}
    end, {0, 0.6}, {lower = {nil, 0.5}}).parameters
    assert.same({1, 0.5}, p)
  end)

  it("that do not matter change nothing", function()
    local free = fit(line, data, {a = 0, b = 1})
    local bound = fit(line, data, {a = 0, b = 1},
      {lower = -5, upper = {a = 5, b = 5}})
    near(free.parameters.a, bound.parameters.a, 1e-12)
    near(free.standard_errors.b, bound.standard_errors.b, 1e-12)
    assert.same({}, bound.at_bound)
  end)

  it("are never left on the way, from any corner", function()
    local function rosenbrock(x)
      return {10 * (x[2] - x[1] ^ 2), 1 - x[1]}
    end
    -- The least sum is at (1, 1), unless the box excludes it:
    for _, case in ipairs {
      {{-2, -2}, {0.5, 2}, {0.5, 0.25}}, {{-2, -2}, {2, 0.5}, {0.7086, 0.5}},
      {{1.2, -1}, {2, 3}, {1.2, 1.44}}, {{-3, -3}, {3, 3}, {1, 1}},
      {{-2, 1.5}, {2, 2}, {1.22437, 1.5}},
    } do
      local lower, upper, expected = case[1], case[2], case[3]
      for corner = 0, 3 do
        local start = {corner % 2 == 0 and lower[1] or upper[1],
          corner < 2 and lower[2] or upper[2]}
        local function inside(p)
          for j = 1, 2 do
            assert.is_true(p[j] >= lower[j] and p[j] <= upper[j])
          end
        end
        local result = least_squares(function(p) return rosenbrock(p) end,
          start, {lower = lower, upper = upper,
          callback = function(state) inside(state.parameters) end})
        inside(result.parameters)
        assert.is_true(result.converged)
        -- A corner on the other side of the valley may be a local minimum:
        local value = 0
        for _, r in ipairs(rosenbrock(result.parameters)) do
          value = value + r ^ 2
        end
        near(value, result.value, 1e-12)
        if result.parameters[1] > 0 then
          near(expected[1], result.parameters[1], 1e-3)
          near(expected[2], result.parameters[2], 1e-3)
        end
      end
    end
  end)

  it("take the start in, as those of minimize", function()
    for _, start in ipairs {1, 2, -1e300, 1e300} do
      local seen
      local result = fit(function(x, p)
        seen = seen or not tinygrad.is_value(p.b) and p.b
        return line(x, p)
      end, data, {a = 0, b = start}, {lower = {b = 2.2}, upper = {b = 2.5}})
      assert.equal("converged", result.status)
      assert(seen >= 2.2 and seen <= 2.5)
      assert.equal(2.2, result.parameters.b)
      local squares = least_squares(function(p)
        return {p.a - 1, p.b - 2}
      end, {a = 0, b = start}, {lower = {b = 2.2}, upper = {b = 2.5}})
      assert.equal(2.2, squares.parameters.b)
      assert.equal(2.2, tinygrad.minimize(function(p)
        return (p.a - 1) ^ 2 + (p.b - 2) ^ 2
      end, {a = 0, b = start}, {lower = {b = 2.2}, upper = {b = 2.5}}).x.b)
    end
    assert.equal("bad_start", fit(line, data, {a = 0, b = INF},
      {lower = {b = 2}, upper = {b = 3}}).status)
  end)

  it("may hold all", function()
    local result = fit(line, data, {a = 1, b = 2}, {lower = {a = 1, b = 2},
      upper = {a = 1, b = 2}})
    assert.same({a = 1, b = 2}, result.parameters)
    assert.is_true(result.converged)
    assert.same({a = 0, b = 0}, result.standard_errors)
  end)
end)

describe("a robust loss", function()
  -- The losses, as functions of the squared residual in units of the scale.
  local RHO = {
    huber = function(z) return z <= 1 and z or 2 * math.sqrt(z) - 1 end,
    soft_l1 = function(z) return 2 * (math.sqrt(1 + z) - 1) end,
    cauchy = function(z) return math.log(1 + z) end,
  }

  it("is minimised", function()
    local y = {1, 1.2, 0.9, 1.1, 0.95, 9}
    for name, rho in pairs(RHO) do
      for _, scale in ipairs {0.1, 0.5, 2} do
        local function cost(a)
          local sum = 0
          for _, yi in ipairs(y) do
            sum = sum + scale ^ 2 * rho(((a - yi) / scale) ^ 2)
          end
          return sum
        end
        local result = least_squares(function(a)
          local r = {}
          for i, yi in ipairs(y) do r[i] = a - yi end
          return r
        end, 1, {loss = name, scale = scale})
        assert.is_true(result.converged)
        local a = result.parameters
        near(cost(a), result.value, 1e-12)
        local slope = (cost(a + 1e-5) - cost(a - 1e-5)) / 2e-5
        assert(math.abs(slope) < 2e-5, name) -- huber's has a kink
        assert.is_true(cost(a) <= cost(a + 1e-3) and cost(a) <= cost(a - 1e-3))
      end
    end
  end)

  it("does not heed an outlier", function()
    local y = {}
    for i, x in ipairs(X) do y[i] = 1 + 2 * x + 0.01 * (i % 3 - 1) end
    y[7] = 100
    for name in pairs(RHO) do
      local result = fit(line, {x = X, y = y}, {a = 0, b = 0},
        {loss = name, scale = 0.02})
      assert(math.abs(result.parameters.b - 2) < 0.02, name)
      assert.equal(1, result.beyond)
      assert.equal(("loss %s: 1 of %d residuals are beyond the scale of 0.02")
        :format(name, #X), tostring(result):match("[^\n]+$"))
    end
  end)

  it("of small residuals is least squares", function()
    for name in pairs(RHO) do
      local plain = fit(line, {x = X, y = Y}, {a = 0, b = 0})
      local robust = fit(line, {x = X, y = Y}, {a = 0, b = 0},
        {loss = name, scale = 1e5})
      near(plain.parameters.a, robust.parameters.a, 1e-8)
      near(plain.standard_errors.a, robust.standard_errors.a, 1e-8)
    end
  end)

  it("has standard errors that repeated experiments have", function()
    local random = Tensor.generator(7)
    local runs, n = support.scaled(300, 20), 60
    local sum, squares, errors = 0, 0, 0
    for _ = 1, runs do
      local x, y = {}, {}
      for i = 1, n do
        x[i] = i / n
        y[i] = 1 + 2 * x[i] + random:normal(0, i % 10 == 0 and 1 or 0.1)
      end
      local result = fit(line, {x = x, y = y}, {a = 0, b = 0},
        {loss = "huber", scale = 0.15})
      sum = sum + result.parameters.b
      squares = squares + result.parameters.b ^ 2
      errors = errors + result.standard_errors.b
    end
    if runs >= 300 then
      local deviation = math.sqrt(squares / runs - (sum / runs) ^ 2)
      assert(math.abs(errors / runs / deviation - 1) < 0.15,
        errors / runs / deviation)
    end
  end)
end)

describe("least_squares", function()
  it("finds angles of an arm with fewer residuals than joints", function()
    local function miss(q)
      local x, y, angle = 0, 0, 0
      for i = 1, 4 do
        angle = angle + q[i]
        x = x + tinygrad.cos(angle)
        y = y + tinygrad.sin(angle)
      end
      return {x - 2, y - 1}
    end
    local result = least_squares(miss, {0.1, 0.2, 0.3, 0.4},
      {lower = -1, upper = 1})
    assert.equal("converged", result.status)
    assert.is_true(result.value < 1e-25)
    assert.is_true(#result.undetermined >= 2)
  end)

  it("says which parameters the residuals do not determine", function()
    local function f(p)
      local r = {}
      for i, x in ipairs(X) do
        r[i] = p.a + (p.b + p.c) * x + 0 * p.d - Y[i]
      end
      return r
    end
    local result = least_squares(f, {a = 0, b = 0.5, c = 0, d = 1})
    local exact = exact_line(X, Y)
    assert.is_true(result.converged)
    near(exact.a, result.parameters.a, 1e-12)
    near(exact.b, result.parameters.b + result.parameters.c, 1e-12)
    assert.equal(1, result.parameters.d)
    assert.same({"b", "c", "d"}, result.undetermined)
    assert.equal(INF, result.standard_errors.b)
    assert.equal(INF, result.standard_errors.d)
    near(exact.a_error, result.standard_errors.a, 1e-12)
    assert.equal(6, result.degrees_of_freedom)
    near(exact.b_error, math.sqrt(result:variance {0, 1, 1, 0}), 1e-12)
    assert.equal(INF, result:variance {0, 1, 0, 0})
    assert.matches("the residuals do not determine b, c, d", result.message)
    local _, high = result:confidence()
    assert.equal(INF, high.c)
  end)

  it("tells that there are no errors without degrees of freedom", function()
    local result = fit(line, {x = {1, 2}, y = {3, 5}}, {a = 0, b = 0})
    near(1, result.parameters.a, 1e-13)
    assert.equal(0, result.degrees_of_freedom)
    assert.equal(INF, result.standard_errors.a)
    assert.matches("not more residuals than parameters", result.message)
    assert.is_string(tostring(result))
  end)

  it("tells the errors that known deviations give without them", function()
    local result = fit(line, {x = {1, 2}, y = {3, 5}, sigma = {0.1, 0.1}},
      {a = 0, b = 0}, {absolute_sigma = true})
    assert.equal(0, result.degrees_of_freedom)
    near(0.1 * math.sqrt(5), result.standard_errors.a, 1e-12)
    assert.is_nil(result.message:find("no errors", 1, true))
    result = least_squares(function(p) return {p[1] + p[2] - 1} end, {0, 0},
      {absolute_sigma = true})
    assert.equal("; the residuals do not determine p[1], p[2]",
      result.message:match(";.*"))
  end)

  it("names what is not finite at the start", function()
    local function told(expected, f, start, opts)
      local result = least_squares(f, start, opts)
      assert.equal("bad_start", result.status)
      assert.equal(expected, result.message)
    end
    local log, sqrt = tinygrad.log, tinygrad.sqrt
    told("residual 2: the residual is nan at the start",
      function(p) return {p.a, log(p.b)} end, {a = 1, b = -1})
    told("residual 2: the residual is -inf at the start",
      function(p) return {p.a, log(p.b)} end, {a = 1, b = 0})
    told("residual 3: the derivative by b is inf at the start",
      function(p) return {p.a, p.b, sqrt(p.b)} end, {a = 1, b = 0})
    told("the sum of squares is not finite at the start",
      function(p) return {p} end, 1e300, {loss = "huber", scale = 1e-100})
    told("the derivatives are not finite at the start",
      function(p) return {1.7e308 * p, 1.7e308 * p} end, 1e-300)
    local function root(x, p) return p.a * sqrt(x - p.b) end
    local result = fit(root, {x = {3, 2, 1, 5}, y = {1, 2, 3, 4}},
      {a = 1, b = 1.5})
    assert.equal("row 3 (x = 1, y = 3): the residual is nan at the start",
      result.message)
    result = fit(root, {x = {3, 2, 1.5, 5}, y = {1, 2, 3, 4}},
      {a = 1, b = 1.5})
    assert.equal("row 3 (x = 1.5, y = 3): the derivative by b is -inf at the "
      .. "start", result.message)
    local function told_of(x, text)
      local r = fit(function(row, p) return p * log(row.t or row[1]) end,
        {x = x, y = {1, 2}}, 1)
      assert.equal("bad_start", r.status)
      assert.equal(text .. ": the residual is nan at the start", r.message)
    end
    told_of({t = {1, -2}, v = {3, 4.5}}, "row 2 (x.t = -2, x.v = 4.5, y = 2)")
    told_of({{-1, 7}, {2, 3}}, "row 1 (x[1] = -1, x[2] = 7, y = 1)")
    told_of(Tensor {{2, 7}, {-0.5, 3}}, "row 2 (x[1] = -0.5, x[2] = 3, y = 2)")
    told_of({{1, 2, 3, 4, 5, 6, 7, 8, 9}, {-1, 2, 3, 4, 5, 6, 7, 8, 9}},
      "row 2 (x[1] = -1, x[2] = 2, x[3] = 3, x[4] = 4, x[5] = 5, x[6] = 6, "
      .. "x[7] = 7, x[8] = 8, ..., y = 2)")
  end)

  it("runs eagerly what branches", function()
    local function f(p)
      if p[1] < tinygrad.Value(0) then return {p[1] * 10, p[2]} end
      return {p[1] - 1, p[2] - 2}
    end
    local result = least_squares(f, {5, 5})
    assert.equal("eager", result.mode)
    near(1, result.parameters[1], 1e-12)
    near(2, result.parameters[2], 1e-12)
    local calls = 0
    assert.matches("returned 1 residuals, earlier it returned 2",
      message_of(least_squares, function(p)
        calls = calls + 1
        if p[1] < tinygrad.Value(0) then return {} end
        return calls > 2 and {p[1]} or {p[1], p[1]}
      end, {5}))
  end)

  it("ends with a status where it cannot begin or go on", function()
    local function status(f, start, opts)
      local result = least_squares(f, start, opts)
      assert.is_string(result.message)
      assert.is_string(tostring(result))
      return result.status
    end
    local sqrt, log = tinygrad.sqrt, tinygrad.log
    assert.equal("bad_start", status(function(p) return {log(p)} end, -1))
    assert.equal("bad_start", status(function(p) return {p} end, NAN))
    assert.equal("bad_start", status(function(p) return {p} end, INF))
    assert.equal("bad_start", status(function(p) return {sqrt(p) + 1} end, 0))
    assert.equal("flat", status(function(p) return {0 * p + 1} end, 1))
    assert.equal("flat", status(function() return {1, 2} end, 1))
    assert.equal("converged", status(function(p) return {p - p} end, 1))
    -- The least sum lies behind a wall at 0:
    assert.equal("stuck", status(function(p)
      return {sqrt(p) - sqrt(p) + p + 3}
    end, 1))
    -- The wall is not on the way to the least sum:
    assert.equal("converged", status(function(p) return {log(p) + 30} end, 1))
    assert.equal("max_iterations", status(function(p)
      return {tinygrad.exp(p)}
    end, 1, {max_iterations = 5}))
    assert.equal("max_evaluations", status(function(p)
      return {tinygrad.exp(p)}
    end, 1, {max_evaluations = 5}))
  end)

  it("ends on unbounded and hard functions", function()
    for _, f in ipairs {
      function(p) return {tinygrad.exp(-p)} end,
      function(p) return {1 / p} end,
      function(p) return {tinygrad.abs(p) ^ 0.5 + 1} end,
      function(p) return {tinygrad.sin(1e6 * p) + 2, p} end,
      function(p) return {tinygrad.floor(p) + 0.5} end,
      function(p) return {p * 1e200} end,
      function(p) return {p * 1e-200 - 1e-190} end,
      function(p) return {tinygrad.where(tinygrad.lt(p, 0.5), NAN, p)} end,
    } do
      local result = least_squares(f, 1)
      assert.is_true(result.iterations <= 1000)
      assert.is_string(result.status)
    end
  end)

  it("lets a callback watch and stop", function()
    local seen = {}
    local result = least_squares(function(p)
      return {10 * (p.y - p.x ^ 2), 1 - p.x}
    end, {x = -1.2, y = 1}, {callback = function(state)
      seen[#seen + 1] = state
      return #seen == 3
    end})
    assert.equal("stopped", result.status)
    assert.equal(3, #seen)
    for i, state in ipairs(seen) do
      assert.equal(i, state.iteration)
      assert.is_true(i == 1 or state.value < seen[i - 1].value)
    end
    assert.same(result.parameters, seen[3].parameters)
    assert.matches("oh", message_of(least_squares, function(p) return {p} end,
      1, {callback = function() error("oh") end}))
  end)

  it("does not change p0", function()
    local start = {a = 0, b = 0}
    fit(line, {x = X, y = Y}, start)
    assert.same({a = 0, b = 0}, start)
  end)

  it("refuses what is no function, and no residuals", function()
    assert.matches("bad argument #1 to 'least_squares' (function expected, got "
      .. "nil)", message_of(least_squares), 1, true)
    assert.matches("bad argument #2 to 'least_squares'",
      message_of(least_squares, print, print))
    assert.matches("bad argument #3 to 'least_squares'",
      message_of(least_squares, print, 1, 1))
    assert.equal("least_squares: the function returned no residual",
      caught(least_squares, function() return {} end, 1))
  end)
end)

describe("Student's t", function()
  it("has the limits of the tables", function()
    local limit = distribution.student_limit
    near(math.tan(math.pi * 0.95 / 2), limit(0.95, 1), 1e-12)
    near(0.9 * math.sqrt(2 / (1 - 0.81)), limit(0.9, 2), 1e-12)
    near(2.228138851986274, limit(0.95, 10), 1e-12)
    near(2.0422724563012373, limit(0.95, 30), 1e-12)
    near(1.9623390808264078, limit(0.95, 1000), 1e-12)
    near(1.959963984540054, limit(0.95, math.huge), 1e-12)
    near(limit(0.99, 999999), limit(0.99, 1000001), 1e-9)
    assert.is_true(limit(0.999999, 3) > 100)
  end)

  it("is the limit's inverse", function()
    for _, freedom in ipairs {0.5, 1, 2.5, 7, 100, 1e5} do
      for _, level in ipairs {0.01, 0.5, 0.9, 0.999} do
        near(1 - level, distribution.student_tails(
          distribution.student_limit(level, freedom), freedom), 1e-10)
      end
    end
  end)
end)

describe("the factors", function()
  local function random_columns(m, n, seed)
    local random, columns = support.random(seed), {}
    for j = 1, n do
      columns[j] = {}
      for i = 1, m do columns[j][i] = random(-1, 1) * 10 ^ (j - 3) end
    end
    return columns
  end

  it("of a matrix solve least squares", function()
    for seed = 1, 20 do
      local m, n = 5 + seed % 7, 1 + seed % 5
      local A, b = random_columns(m, n, seed), random_columns(m, 1, seed + 99)
      local copy, right = random_columns(m, n, seed), {}
      for i = 1, m do right[i] = b[1][i] end
      local qr = linear.qr(copy, m)
      local c = linear.apply(qr, right)
      assert.equal(n, linear.rank(qr))
      local x = linear.solve(qr, c)
      for j = 1, n do -- the residual is orthogonal to the columns
        local dot = 0
        for i = 1, m do
          local r = b[1][i]
          for k = 1, n do r = r - A[k][i] * x[k] end
          dot = dot + r * A[j][i]
        end
        assert(math.abs(dot) < 1e-12 * 10 ^ (j - 3))
      end
      for _, part in ipairs {0.5, 0.01} do
        local radius = part * linear.norm(x)
        local z, damping, s = linear.within(qr, c, radius, 0)
        local again = linear.again(qr, s, c)
        assert.is_true(damping > 0)
        assert.is_true(math.abs(linear.norm(z) - radius) <= 0.1 * radius)
        local g, Rz = linear.transposed(qr, c), linear.product(qr, z)
        local Az = linear.transposed(qr, Rz)
        for j = 1, n do
          near(g[j], Az[j] + damping * z[j], 1e-9)
          near(z[j], again[j], 1e-9)
        end
      end
    end
  end)

  it("tell the rank, and norms of any size", function()
    local columns = random_columns(6, 3, 5)
    for i = 1, 6 do columns[3][i] = columns[1][i] - 2 * columns[2][i] end
    assert.equal(2, linear.rank(linear.qr(columns, 6), 1e-14))
    assert.equal(0, linear.rank(linear.qr({{0, 0}, {0, 0}}, 2)))
    near(1, linear.norm {3e200, 4e200} / 5e200, 1e-15)
    near(1, linear.norm {3e-200, 4e-200} / 5e-200, 1e-15)
    assert.equal(INF, linear.norm {INF, 1})
    assert.is_true(linear.norm {NAN, 1} ~= linear.norm {NAN, 1})
  end)
end)

describe("what fit is given", function()
  it("is given data and options of their types", function()
    local function bad(message, data, options)
      assert.equal(message, message_of(fit, line, data, {a = 1, b = 1},
        options):gsub("^[^ ]*:%d+: ", ""), nil)
    end
    bad("fit: data.y must have one dimension, it has 2",
      {x = {1, 2}, y = Tensor {{1, 2}, {3, 4}}})
    bad("fit: data.x has neither rows 1, 2, ... nor columns by name",
      {x = {[true] = {1}}, y = {1}})
    bad("fit: data.y must be a table of numbers or a Tensor, it is absent",
      {x = {1, 2}})
    local holed = {1, nil, 3}
    if #holed == 3 then -- the length of a list with a hole depends on the Lua
      bad("fit: data.y[2] must be a finite number, it is absent",
        {x = {1, 2, 3}, y = holed})
    end
    bad("fit: data.y[2] must be a finite number, it is nan",
      {x = {1, 2}, y = {1, NAN}})
    bad("fit: data.x[2] must hold finite numbers, there is nan",
      {x = {1, NAN}, y = {1, 2}})
    local data = {x = {1, 2, 3}, y = {1, 2, 3}}
    bad("bad option 'loss' to 'fit' (\"linear\", \"huber\", \"soft_l1\" or "
      .. "\"cauchy\" expected, got number)", data, {loss = NAN})
    bad("bad option 'ftol' to 'fit' (finite number from 0 expected, got "
      .. "string)", data, {ftol = "x"})
    bad("bad option 'lower' to 'fit' (number or table in the shape of the "
      .. "parameters expected, got string)", data, {lower = "x"})
    bad("bad option 'lower' to 'fit' (number for a expected, got nan)", data,
      {lower = {a = NAN}})
    bad("bad option 'absolute_sigma' to 'fit' (boolean expected, got number)",
      data, {absolute_sigma = 1})
  end)
end)
