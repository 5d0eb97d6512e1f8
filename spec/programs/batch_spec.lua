-- Batches: every row has the result of the Program alone; sums depend on
-- neither threads nor instruction sets; errors.

local tinygrad = require "tinygrad"
local expressions = require "spec.support.expressions"
local support = require "spec.support.common"
local Tensor, compile = tinygrad.Tensor, tinygrad.compile
local message_of, same = support.message_of, support.same

local unpack = table.unpack or unpack -- luacheck: compat

local VECTORS = {"plain", "avx2", "avx512"}

local function complex(a, b)
  return (a * b + a) * tinygrad.tanh(b)
end

-- A layer with a loss. Its parameters are in a table by name.
local function loss(p, x, y)
  local s = 0
  for i = 1, 2 do
    local z = p.b[i]
    for k = 1, 3 do z = z + p.w[i][k] * x[k] end
    s = s + p.v[i] * tinygrad.tanh(z)
  end
  return (s - y) ^ 2
end

local PARAMETERS = {w = {{0.1, -0.2, 0.3}, {0.4, 0.5, -0.6}}, b = {0.1, 0.2},
  v = {1, -2}}

-- Returns the sum of up to 1,024 rows in the order of a batch: first every 16th
-- row, then halves.
local function sum_of(column)
  local sums = {}
  for j = 1, 16 do
    sums[j] = 0
    for i = j, #column, 16 do sums[j] = sums[j] + column[i] end
  end
  for width = 3, 0, -1 do
    for j = 1, 2 ^ width do sums[j] = sums[j] + sums[j + 2 ^ width] end
  end
  return 0 + sums[1]
end

-- From this many rows on, a batch arranges its Program for what they share.
local MANY = 1024

-- Returns row i of a Tensor as nested tables.
local function row(t, i)
  local x = t[i]
  return type(x) == "number" and x or x:totable()
end

describe("a batch", function()
  it("gives each row what a call gives", function()
    local p = compile(complex, 1, 1):value_and_grad()
    for _, n in ipairs {0, 1, 7, 15, 16, 17, 63, 64, 65, 1000} do
      local a = Tensor.uniform({n}, -2, 2, 1)
      local b = Tensor.uniform({n}, -2, 2, 2)
      for _, vectors in ipairs(VECTORS) do
        local f, da, db = p:batch({a, b}, {vectors = vectors})
        assert.same({n}, f:shape())
        for i = 1, n do
          local y, dx, dy = p(a[i], b[i])
          assert.is_true(y == f[i] and dx == da[i] and dy == db[i])
        end
      end
    end
  end)

  it("shares what is no Tensor, and takes Tensors inside of tables", function()
    local p = compile(loss, PARAMETERS, {1, 2, 3}, 1):value_and_grad()
    local x, y = Tensor.normal({20, 3}, 0, 1, 3), Tensor.normal({20}, 0, 1, 4)
    local value, dp, dx, dy = p:batch {PARAMETERS, x, y}
    assert.same({20, 2, 3}, dp.w:shape())
    assert.same({20, 2}, dp.v:shape())
    assert.same({20, 3}, dx:shape())
    assert.same({20}, dy:shape())
    local b2 = Tensor.normal({20}, 0, 1, 5)
    local mixed = {w = PARAMETERS.w, b = {0.1, b2}, v = PARAMETERS.v}
    local value2 = p:batch {mixed, x, y}
    local columns = {}
    for k = 1, 3 do
      columns[k] = Tensor.zeros(20)
      for i = 1, 20 do columns[k][i] = x[i][k] end
    end
    local value3 = p:batch {PARAMETERS, columns, y}
    for i = 1, 20 do
      local v, gp, gx, gy = p(PARAMETERS, row(x, i), y[i])
      assert.equal(v, value[i])
      assert.equal(v, value3[i])
      assert.same(gp.w, dp.w[i]:totable())
      assert.same(gp.b, dp.b[i]:totable())
      assert.same(gx, dx[i]:totable())
      assert.equal(gy, dy[i])
      assert.equal(p({w = PARAMETERS.w, b = {0.1, b2[i]}, v = PARAMETERS.v},
        row(x, i), y[i]), value2[i])
    end
  end)

  it("adds up rows, the same with any threads and vectors", function()
    local p = compile(loss, PARAMETERS, {1, 2, 3}, 1):value_and_grad {
      argnums = 1}
    for _, n in ipairs {1, 7, 64, 65, 1000, 5000, 70000} do
      local x, y = Tensor.normal({n, 3}, 0, 1, 3), Tensor.normal({n}, 0, 1, 4)
      local sum, gradient = p:batch({PARAMETERS, x, y}, {reduce = "sum"})
      local mean, slope = p:batch({PARAMETERS, x, y}, {reduce = "mean"})
      assert.equal(sum / n, mean)
      assert.equal(gradient.w[2][3] / n, slope.w[2][3])
      local values, gradients = p:batch {PARAMETERS, x, y}
      support.near(values:sum(), sum, 1e-13)
      local column = Tensor.zeros(n)
      for i = 1, n do column[i] = gradients.b[i][2] end
      support.near(column:sum(), gradient.b[2], 1e-12)
      for _, vectors in ipairs(VECTORS) do
        for threads = 1, 4 do
          local again, g = p:batch({PARAMETERS, x, y}, {reduce = "sum",
            vectors = vectors, threads = threads})
          assert.equal(sum, again)
          assert.same(gradient, g)
        end
      end
    end
  end)

  it("of no rows adds up to 0", function()
    local p = compile(complex, 1, 1)
    assert.equal(0, p:batch({Tensor {}, 1}, {reduce = "sum"}))
    assert.is_true(same(0 / 0, (p:batch({Tensor {}, 1}, {reduce = "mean"}))))
    assert.equal(0, #p:batch {Tensor {}, 1})
  end)

  it("takes chosen rows", function()
    local p = compile(complex, 1, 1)
    local a, b = Tensor.uniform({10}, -1, 1, 1), Tensor.uniform({10}, -1, 1, 2)
    local rows = {3, 3, 10, 1}
    for _, chosen in ipairs {rows, Tensor(rows)} do
      local f = p:batch({a, b}, {rows = chosen})
      assert.equal(4, #f)
      for i, k in ipairs(rows) do assert.equal(p(a[k], b[k]), f[i]) end
    end
    for _, bad in ipairs {{0}, {11}, {1.5}, {"1"}, 3} do
      assert.matches("bad option 'rows' to 'batch'",
        message_of(p.batch, p, {a, b}, {rows = bad}))
    end
    assert.equal(0, #p:batch({a, b}, {rows = {}}))
  end)

  it("shares Tensors, and reduces into Tensors", function()
    local p = compile(loss, PARAMETERS, {1, 2, 3}, 1):value_and_grad {
      argnums = 1}
    local x, y = Tensor.normal({50, 3}, 0, 1, 3), Tensor.normal({50}, 0, 1, 4)
    local mean, expected = p:batch({PARAMETERS, x, y}, {reduce = "mean"})
    local shared = {w = Tensor(PARAMETERS.w), b = PARAMETERS.b,
      v = Tensor(PARAMETERS.v)}
    for _, which in ipairs {1, {1}} do
      local again, got = p:batch({shared, x, y}, {reduce = "mean",
        shared = which})
      assert.equal(mean, again)
      assert.same(expected, got)
    end
    local each = p:batch({shared, x, y}, {shared = {1}})
    local direct = p:batch {PARAMETERS, x, y}
    assert.equal(direct, each)

    local q = compile(function(v, w)
      return (v[1] * w[1] + v[2] * w[2]) ^ 2
    end, {1, 2}, {1, 2}):value_and_grad()
    local v, w = Tensor {0.5, -2}, Tensor.normal({40, 2}, 0, 1, 5)
    local sum, dv, dw = q:batch({{0.5, -2}, w}, {reduce = "sum"})
    local out = {nil, Tensor.zeros(2)}
    local sum2, dv2, dw2 = q:batch({v, w}, {reduce = "sum", shared = 1,
      out = out})
    assert.equal(sum, sum2)
    assert.is_true(rawequal(out[2], dv2))
    assert.same(dv, dv2:totable())
    assert.same(dw, dw2)
    -- The results are two Tensors, one of them the argument itself:
    local out2 = {nil, v, Tensor.zeros(2)}
    local sum3 = q:batch({v, w}, {reduce = "sum", shared = 1, out = out2})
    assert.equal(sum, sum3)
    assert.same(dv, v:totable())
    assert.same(dw, out2[3]:totable())
  end)

  it("pulls a cotangent back for each row", function()
    local function f(x, w) return {x * w[1], last = x ^ 2 * w[2]} end
    local p = compile(f, 1, {1, 1})
    local y, dx, dw = p:vjp():batch({{Tensor {2, 3}, {5, 7}},
      {1, last = Tensor {10, 100}}})
    for i, x in ipairs {2, 3} do
      local expected, pullback = tinygrad.vjp(f)({x, {5, 7}})
      assert.same(expected, {y[1][i], last = y.last[i]})
      assert.same({pullback {1, last = 10 ^ i}}, {dx[i], dw[i]:totable()})
    end
  end)

  it("refuses shared Tensors and results of other shapes", function()
    local p = compile(function(v, x) return v[1] * x + v[2] end, {1, 2}, 1)
      :value_and_grad {argnums = 1}
    local v, x = Tensor {1, 2}, Tensor {1, 2, 3}
    for _, bad in ipairs {Tensor {1, 2, 3}, Tensor {{1, 2}}, Tensor {1}} do
      assert.matches("does not have the shape of the example",
        message_of(p.batch, p, {bad, x}, {shared = 1}))
      assert.matches("bad option 'out' to 'batch' %(Tensors shaped as the "
        .. "results expected, got one of another shape%)",
        message_of(p.batch, p, {v, x},
          {shared = 1, reduce = "sum", out = {nil, bad}}))
    end
    assert.matches("bad option 'out' to 'batch' %(Tensors shaped as the "
      .. "results expected, got one of another shape%)",
      message_of(p.batch, p, {v, x},
        {shared = 1, reduce = "sum", out = {Tensor {1}}}))
    for shared, problem in pairs {
      v = "number or table expected, got string",
      [{v = 1}] = "list of positions expected, got a table with other keys",
      [{}] = "positions expected, got an empty table",
      [{"1"}] = "positions from 1 to 2 expected, got string; tonumber makes a "
        .. "number of a string",
      [{1, 1}] = "position 1 is given twice",
      [3] = "positions from 1 to 2 expected, got 3",
      [{1.5}] = "positions from 1 to 2 expected, got 1.5",
    } do
      assert.matches(("bad option 'shared' to 'batch' (%s)"):format(problem),
        message_of(p.batch, p, {v, x}, {shared = shared}), 1, true)
    end
    assert.matches("must be, or hold, a Tensor of rows",
      message_of(p.batch, p, {v, 1}, {shared = 1}))
  end)

  it("uses results again", function()
    local p = compile(complex, 1, 1):value_and_grad()
    local a = Tensor.uniform({100}, -1, 1, 1)
    local out = {p:batch {a, 2}}
    local before = out[1]
    local f = p:batch({a, 0.5}, {out = out})
    assert.equal(before, f)
    assert.is_true(rawequal(before, f))
    assert.equal((p(a[3], 0.5)), before[3])
    assert.matches("bad option 'out' to 'batch' (results of a batch of as many "
      .. "rows expected, got one of another shape)",
      message_of(p.batch, p, {a:rows(1, 9), 2}, {out = out}), 1, true)
    assert.matches("Tensors that are no arguments expected, got one that "
      .. "overlaps an argument", message_of(p.batch, p, {a, 2},
        {out = {a, out[2], out[3]}}), 1, true)
    assert.matches("bad option 'out'", message_of(p.batch, p, {a, 2},
      {out = 1}))
    local q = compile(function(w, x) return w[1] * x end, {1}, 1)
    local w = Tensor {2}
    assert.matches("Tensors that are no arguments", message_of(q.batch, q,
      {w, Tensor {3}}, {shared = 1, out = {w}}), 1, true)
  end)

  it("has results in the shape of the function's", function()
    local function f(x)
      return {sum = x[1] + x[2], both = {x[1] * x[2], x[2]}}, {{x[1]}, {x[2]}}
    end
    local p = compile(f, {1, 2})
    local x = Tensor {{1, 2}, {3, 4}, {5, 6}}
    local a, b = p:batch {x}
    assert.same({3, 7, 11}, a.sum:totable())
    assert.same({{2, 2}, {12, 4}, {30, 6}}, a.both:totable())
    assert.same({3, 2, 1}, b:shape())
    assert.equal(6, b[3][2][1])
    local s = p:batch({x}, {reduce = "sum"})
    assert.same({sum = 21, both = {44, 12}}, s)
    local out = {p:batch({x}, {out = {a, b}})}
    assert.is_true(rawequal(out[1], a))
  end)

  it("has results in tables of another length each", function()
    local p = compile(function(x) return {{x, 2 * x}, {x}} end, 1)
    local y = p:batch {Tensor {1, 2}}
    assert.same({{1, 2}, {2, 4}}, y[1]:totable())
    assert.same({{1}, {2}}, y[2]:totable())
  end)

  it("reads captured Values at each batch", function()
    local scale = tinygrad.Value(2)
    local p = compile({captured = "input"}, function(x) return x * scale end, 1)
    assert.same({2, 4}, p:batch({Tensor {1, 2}}):totable())
    scale.data = 3
    assert.same({3, 6}, p:batch({Tensor {1, 2}}):totable())
  end)

  it("keeps what rows share when a row's result takes its place", function()
    local twice = tinygrad.custom {name = "twice", forward = function(x, y)
      return x + 2 * y
    end}
    local function reused(x, b, c)
      return tinygrad.exp(-b * x) / (b + c * x), (b + 1) * x + (c + 1),
        twice(c * b, x)
    end
    for _, n in ipairs {15, 17, 40, 600} do
      local x = Tensor.uniform({n}, 0.5, 6, 1)
      local p = compile(reused, 1, 0.1, 0.2)
      local y, z, t = p:batch {x, 0.1, 0.2}
      for i = 1, n do
        local ei, zi, ti = p(x[i], 0.1, 0.2)
        support.near(ei, y[i], 1e-14)
        assert.equal(zi, z[i])
        assert.equal(ti, t[i])
      end
    end
  end)

  it("of a random Program gives shared parameters their place", function()
    local n = 33
    for seed = 1, support.scaled(200, 20) do
      local e, x = expressions.case(seed, 0.3)
      local f = expressions.function_of(e)
      local p = compile(f, x)
      for shared = 1, #x do
        local arguments, random = {}, support.random(seed)
        for k = 1, #x do
          arguments[k] = k == shared and Tensor.zeros(n):map(function()
            return x[k] + random(-0.01, 0.01)
          end) or x[k]
        end
        local y = p:batch {arguments}
        for i = 1, n, 8 do
          local one = {}
          for k = 1, #x do one[k] = k == shared and arguments[k][i] or x[k] end
          local t = Tensor {one, one}
          assert.is_true(same(p:batch({t})[1], y[i]))
        end
      end
    end
  end)

  -- Checks values and gradients of each row, and sums, before and after
  -- arranging.
  local function arranges(p, arguments, n, vectors)
    local some = {}
    for i = 1, n do some[i] = 10 * i end
    local each = {p:batch(arguments, {rows = some, vectors = vectors})}
    local sums = {p:batch(arguments, {rows = some, vectors = vectors,
      reduce = "sum"})}
    local whole = {p:batch(arguments, {vectors = vectors, threads = 2})}
    local again = {p:batch(arguments, {rows = some, vectors = vectors})}
    local sums2 = {p:batch(arguments, {rows = some, vectors = vectors,
      reduce = "sum", threads = 2})}
    for k = 1, #each do
      local expected = sum_of(each[k])
      if not (same(expected, sums[k]) and same(expected, sums2[k])) then
        return false
      end
      for i = 1, n do
        if not (same(each[k][i], again[k][i])
            and same(each[k][i], whole[k][some[i]])) then return false end
      end
    end
    return true
  end

  it("gives the same when arranged for what rows share", function()
    for seed = 1, support.scaled(200, 20) do
      local e, x = expressions.case(seed, 0.3)
      local f = expressions.function_of(e)
      local p = compile(function(a, b, c) return f {a, b, c} end, x[1], x[2],
        x[3]):value_and_grad()
      for pattern = 0, 6 do
        local arguments, random = {}, support.random(seed)
        for k = 1, 3 do
          arguments[k] = math.floor(pattern / 2 ^ (k - 1)) % 2 == 1 and x[k]
            or Tensor.zeros(MANY):map(function()
              return x[k] + random(-0.01, 0.01)
            end)
        end
        local n = seed % 40 + 1
        assert.is_true(arranges(p, arguments, n, VECTORS[seed % 3 + 1]))
      end
    end
  end)

  it("keeps what is rare right when arranged", function()
    local INF = math.huge
    local rare = {0, 1, INF, -INF, 0 / 0, 1e300, 3e9, -2e7, 1e-310, -0.0, 0.5}
    local x = Tensor.zeros(MANY)
    local functions = {
      function(a, b) return tinygrad.where(tinygrad.lt(b, 1), a * b, b / a) end,
      function(a, b) return a * b + tinygrad.sin(b) * b end,
      function(a, b) return tinygrad.max(a, b) * tinygrad.sqrt(b) + b end,
      function(a, b) return tinygrad.sin(a) * b + tinygrad.hypot(a, b) end,
      function(a, b) return a, b, a * b, 2, tinygrad.cos(a) end,
    }
    for k, f in ipairs(functions) do
      local p = compile(f, 1, 1)
      for _, d in ipairs {p, k < 5 and p:value_and_grad() or p} do
        for _, shared in ipairs(rare) do
          for i = 1, MANY do x[i] = rare[(i * i) % 211 % #rare + 1] end
          for n = 9, 35, 13 do
            assert.is_true(arranges(d, {shared, x}, n))
          end
          for i = 1, MANY do x[i] = i % 50 == 3 and rare[i % #rare + 1] or i end
          assert.is_true(arranges(d, {x, shared}, 100))
        end
      end
    end
  end)

  it("is arranged anew when other arguments are shared", function()
    local p = compile(function(a, b) return tinygrad.exp(a) * b end, 0, 0)
    local x = Tensor.uniform({MANY}, -1, 1, 1)
    for round = 1, 6 do
      local y
      if round % 3 == 0 then
        y = p:batch {x, x}
      elseif round % 2 == 0 then
        y = p:batch {x, 2}
      else
        y = p:batch {2, x}
      end
      for i = 1, MANY, 100 do
        local a = (round % 3 == 0 or round % 2 == 0) and x[i] or 2
        local b = round % 3 == 0 and x[i] or round % 2 == 0 and 2 or x[i]
        support.near(p(a, b), y[i], 1e-14)
      end
    end
  end)

  it("has results that do not depend on the row, and equal ones", function()
    local p = compile(function(x, y) return x, x, y * 2, 7, y end, 1, 2)
    local a, b, c, d, e = p:batch {Tensor {1, 2, 3}, 4}
    assert.same({{1, 2, 3}, {1, 2, 3}, {8, 8, 8}, {7, 7, 7}, {4, 4, 4}},
      {a:totable(), b:totable(), c:totable(), d:totable(), e:totable()})
    assert.same({6, 6, 24, 21, 12},
      {p:batch({Tensor {1, 2, 3}, 4}, {reduce = "sum"})})
  end)

  it("keeps what is rare right: NaN, infinity, huge angles", function()
    local INF = math.huge
    local xs = {0, 1, INF, -INF, 0 / 0, 1e300, 3e9, -2e7, 1e-310, -0.0, 0.5}
    for i = 12, 40 do xs[i] = i / 10 end
    local function f(x)
      return tinygrad.sin(x) * tinygrad.cos(x), tinygrad.tan(x),
        tinygrad.where(tinygrad.lt(tinygrad.sin(x), 0), 1, 2),
        tinygrad.where(tinygrad.lt(x, 1), x, tinygrad.log(x)),
        x ^ 1.5, tinygrad.hypot(x, x), tinygrad.atan(x, -x)
    end
    local p = compile(f, 1)
    local q = compile(function(x) return (select(4, f(x))) end, 1):grad()
    for _, vectors in ipairs(VECTORS) do
      local results = {p:batch({Tensor(xs)}, {vectors = vectors})}
      local slopes = q:batch({Tensor(xs)}, {vectors = vectors})
      for i, x in ipairs(xs) do
        local expected = {p(x)}
        for k = 1, #expected do
          local e, r = expected[k], results[k][i]
          assert(same(e, r) or math.abs(e - r) <= 4e-15 * math.abs(e),
            ("result %d at %g: %.17g, %.17g"):format(k, x, e, r))
        end
        assert.is_true(same(q(x), slopes[i]))
      end
    end
  end)

  -- Results that do not fit into caches are stored in another way.
  it("of very many rows has the results of few", function()
    local n, few = 335003, 1001
    local p = compile(function(x, y)
      return tinygrad.sin(x) * y, x * y, {x, y * y}
    end, 1, 1)
    local x, y = Tensor.uniform({n}, -2, 2, 1), Tensor.uniform({n}, -2, 2, 2)
    for i = 1, n, 12345 do x[i] = 3e9 end -- where fast sines are NaN
    x[n], y[n - 1] = 0 / 0, math.huge
    local wide = {p:batch({x, y}, {threads = 2})}
    local backwards = {}
    for i = 1, n do backwards[i] = n - i + 1 end
    local out = {} -- not aligned for vectors
    for k = 1, 2 do out[k] = Tensor.zeros(n + 1):rows(2, n + 1) end
    out[3] = Tensor.zeros(n, 2)
    local again = {p:batch({x, y}, {rows = backwards, out = out})}
    for _, first in ipairs {1, 12300, n - few + 1} do
      local last = first + few - 1
      local narrow = {p:batch {x:rows(first, last), y:rows(first, last)}}
      for i = first, last do
        local k, back = i - first + 1, n - i + 1
        assert.is_true(same(narrow[1][k], wide[1][i]))
        assert.is_true(same(narrow[1][k], again[1][back]))
        assert.is_true(same(narrow[2][k], wide[2][i]))
        for j = 1, 2 do
          assert.is_true(same(narrow[3][k][j], wide[3][i][j]))
          assert.is_true(same(narrow[3][k][j], again[3][back][j]))
        end
      end
    end
    assert.equal(math.sin(3e9) * y[12346], wide[1][12346])
  end)

  it("of a random Program is each row's result", function()
    local sizes = {0, 1, 7, 63, 64, 65}
    for seed = 1, support.scaled(400, 20) do
      local n = seed % 20 == 0 and 1000 or sizes[seed % #sizes + 1]
      local e, x = expressions.case(seed, 0.3)
      local p = compile(expressions.function_of(e), x):value_and_grad()
      local rows = {}
      local random = support.random(seed)
      for i = 1, n do
        rows[i] = {}
        for k = 1, #x do rows[i][k] = x[k] + random(-0.01, 0.01) end
      end
      local t = n > 0 and Tensor(rows) or Tensor.zeros(0, #x)
      local value, gradient
      for _, vectors in ipairs(VECTORS) do
        local v, g = p:batch({t}, {vectors = vectors})
        for i = 1, n do
          assert.is_true(not value or same(value[i], v[i]))
          for k = 1, #x do
            assert.is_true(not value or same(gradient[i][k], g[i][k]))
          end
        end
        value, gradient = v, g
      end
      -- Vector functions differ from libm's by a few units in the last place,
      -- and the function may enlarge this: errors are compared with its own
      -- change.
      for i = 1, n, 8 do
        local y, d = p(rows[i])
        local near = {}
        for k = 1, #x do near[k] = rows[i][k] * (1 + 4e-15) end
        local y2 = p(near)
        local size = math.abs(y) + math.abs(y2 - y) * 1e3 + 1e-300
        if y - y == 0 and y2 - y2 == 0 then
          assert(math.abs(value[i] - y) <= 1e-12 * math.max(size, 1),
            ("seed %d, row %d: %.17g, %.17g"):format(seed, i, y, value[i]))
        end
        assert.equal("table", type(d))
      end
    end
  end)

  it("refuses arguments that do not fit", function()
    local p = compile(loss, PARAMETERS, {1, 2, 3}, 1)
    local x, y = Tensor.zeros(5, 3), Tensor.zeros(5)
    local function refused(expected, ...)
      assert.matches(expected, message_of(p.batch, p, ...), 1, true)
    end
    refused("bad argument #1 to 'batch' (table of arguments expected, got nil)")
    refused("table of options expected, got number", {PARAMETERS, x, y}, 3)
    refused("takes 3 arguments, the table holds 2", {PARAMETERS, x})
    refused("argument 3 has 4 rows, another Tensor has 5", {PARAMETERS, x,
      Tensor.zeros(4)})
    refused("one of the arguments must be, or hold, a Tensor of rows",
      {PARAMETERS, {1, 2, 3}, 1})
    refused("the shape of the example", {PARAMETERS, Tensor.zeros(5, 2), y})
    refused("the shape of the example", {PARAMETERS, Tensor.zeros(5, 3, 1), y})
    refused("argument 1[b]: Tensor of rows or table expected, got nil",
      {{w = PARAMETERS.w, v = PARAMETERS.v}, x, y})
    refused("argument 3: Tensor of rows or number expected, got string",
      {PARAMETERS, x, "1"})
    refused("bad option 'reduce' to 'batch' (\"sum\" or \"mean\" expected, got "
      .. "\"product\")",
      {PARAMETERS, x, y}, {reduce = "product"})
    refused("bad option 'threads'", {PARAMETERS, x, y}, {threads = 0})
    refused("bad option 'threads'", {PARAMETERS, x, y}, {threads = "2"})
    refused("bad option 'vectors'", {PARAMETERS, x, y}, {vectors = "mmx"})
  end)

  it("refuses examples that no rows can be of", function()
    for _, example in ipairs {{[0] = 1, 2}, {1, "name"}, {[1.5] = 1}} do
      local p = compile(function(t) return t[0] or t[1] or t[1.5] end, example)
      assert.matches("compiled with an argument that a batch cannot take: "
        .. "one may hold only numbers, in arrays from 1 on and in fields with "
        .. "names",
        message_of(p.batch, p, {Tensor {{1, 2}}}), 1, true)
    end
  end)

  it("takes tables whose fields come before their elements", function()
    local p = compile(function(t) return t[1] + t[2] * t.z end, {1, 2, z = 3})
    local x = Tensor {1, 2}
    for k = 1, 50 do -- the order of a table's keys depends on the keys
      local t = {z = x, ["a" .. k] = 1, ["b" .. k] = 1}
      t["a" .. k], t["b" .. k] = nil, nil
      t[2], t[1] = 2, 1
      assert.same({3, 5}, p:batch({t}):totable())
    end
  end)

  it("keeps the Tensors that a hook drops meanwhile", function()
    local n = 100000
    local p = compile(function(t, y) return {z = t.x * y} end, {x = 1}, 1)
    local function run(opts)
      local args = {{x = Tensor.full({n}, 2)}, Tensor.full({n}, 3)}
      local function drop()
        if debug.getinfo(2, "S").what ~= "C" then return end
        args[1].x, args[2] = nil, nil
        if opts.out then opts.out[1].z = nil end
        collectgarbage()
      end
      debug.sethook(drop, "", 1)
      local result = p:batch(args, opts)
      debug.sethook()
      assert.is_nil(args[2])
      return result
    end
    assert.same({z = 6 * n}, run {reduce = "sum"})
    assert.equal(6 * n, run({}).z:sum())
    assert.same({}, run {out = {{z = Tensor.zeros(n)}}})
  end)

  it("is interrupted by hooks, with threads too", function()
    local function long(x)
      for _ = 1, 200 do x = tinygrad.sin(x) + 1 end
      return x
    end
    local p = compile(long, 1)
    local x = Tensor.zeros(300000)
    for threads = 1, 3 do
      debug.sethook(function() error("stop!", 0) end, "", 1000)
      local ok, message = pcall(p.batch, p, {x}, {threads = threads})
      debug.sethook()
      assert.is_false(ok)
      assert.equal("stop!", message)
    end
    support.near(p(0), p:batch({x:rows(1, 20)})[20], 1e-12)
  end)
end)

-- A Program with more than 32768 units of code, within which hooks are polled.
describe("a batch of a long Program", function()
  it("gives what calls give", function()
    local p = compile(function(x)
      for _ = 1, 20000 do x = tinygrad.sin(x) * 1.1 end
      return x
    end, 1)
    local y = p:batch {Tensor {0.5, 1}}
    support.near(p(0.5), y[1], 1e-9)
    support.near(p(1), y[2], 1e-9)
  end)

  it("adds up many gradients", function()
    if support.SCALE < 0.01 then return end -- valgrind would take a minute
    local prime, weights = 397, {} -- r^5 modulo 397 is an irregular permutation
    for i = 1, 70000 do weights[i] = 1 / i end
    local function weighted(w, x)
      local sum = 0
      for i = 1, #w do
        local r, q = i % prime, math.floor(i / prime)
        sum = sum + w[i] * (x[r ^ 5 % prime + 1] * x[prime + q + 1])
      end
      return sum
    end
    local columns = prime + math.floor(70000 / prime) + 1
    local one = Tensor.uniform({columns}, 0, 1, 5):totable()
    local p = compile(weighted, weights, one):grad {argnums = 1}
    local rows = Tensor.uniform({MANY, columns}, 0, 1, 6)
    local opts = {rows = {1, 2, 3}, reduce = "sum"}
    local before = p:batch({weights, rows}, opts)
    p:batch({weights, rows}, {reduce = "sum"})
    local after = p:batch({weights, rows}, opts)
    for i = 1, #weights do
      if before[i] ~= after[i] then assert.equal(before[i], after[i]) end
    end
  end)
end)

describe("tables of numbers", function()
  it("are read the same however they are built", function()
    local p = compile(function(x) return x[1] + 10 * x[2] + 100 * x[3] end,
      {1, 2, 3})
    local backwards = {}
    for i = 3, 1, -1 do backwards[i] = i end
    assert.equal(321, p(backwards))
    assert.equal(321, p {[1] = 1, [2] = 2, [3] = 3})
    assert.equal(321, p {1, 2, 3, note = "ignored"})
    for _, x in ipairs {{1, 2}, {1, 2, 3, 4}, {1, 2, 3, more = 4}, {1, 2, {}},
        {}, 5} do
      assert.matches("bad argument #1", message_of(p, x))
    end
    assert.equal("Program", (tinygrad.grad(p)({1, 2, 3}) and "Program"))
    local q = compile(function(x) return x.a + x.b.c end, {a = 1, b = {c = 2}})
    assert.equal(3, q {a = 1, b = {c = 2}})
    assert.matches("b.c", message_of(q, {a = 1, b = {}}))
    assert.same({a = 1, b = {c = 1}}, q:grad()({a = 5, b = {c = 6}}))
    assert.equal(unpack({7}), compile(function() return 7 end)())
  end)
end)

describe("a batch", function()
  it("shares several arguments", function()
    local p = compile(function(a, b, c) return a * b[1] + c end, 1, {1}, 1)
    local out = p:batch({Tensor {1, 2}, Tensor {3}, Tensor {10, 20}},
      {shared = {2}})
    assert.same({13, 26}, out:totable())
    assert.matches("bad argument #3 to 'batch' (argument 3 has 3 rows, another "
      .. "Tensor has 2)", message_of(p.batch, p,
        {Tensor {1, 2}, Tensor {3}, Tensor {1, 2, 3}}, {shared = {2}}), 1, true)
  end)

  it("gives tables of numbers only", function()
    local p = compile(function(a) return "x", a end, 1)
    assert.matches("batch: the function's results are not just tables of "
      .. "numbers", message_of(p.batch, p, {Tensor {1, 2}}), 1, true)
  end)

  it("takes more threads than there are rows for", function()
    local p = compile(function(a) return a * a end, 1)
    local x = Tensor.uniform({5000}, 0, 1, 3)
    assert.same(p:batch({x}):totable(),
      p:batch({x}, {threads = 1000}):totable())
  end)
end)
