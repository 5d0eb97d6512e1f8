-- Transforms of functions: shapes, nesting, order upon order, and what happens
-- when the function misbehaves.

local tinygrad = require "tinygrad"
local support = require "spec.support.common"

local Value = tinygrad.Value
local grad, value_and_grad = tinygrad.grad, tinygrad.value_and_grad
local derivative, gradients = tinygrad.derivative, tinygrad.gradients
local jacobian, hessian = tinygrad.jacobian, tinygrad.hessian
local jvp, vjp, hvp = tinygrad.jvp, tinygrad.vjp, tinygrad.hvp

local jit = rawget(_G, "jit")
local scale = tonumber(os.getenv("TINYGRAD_SPEC_SCALE")) or 1

-- Returns n, smaller under tools that slow the specs down.
local function scaled(n, least)
  return math.max(least, math.floor(n * scale))
end

local function near(expected, got, tolerance)
  assert.is_number(got)
  assert.near(expected, got, tolerance or 1e-12)
end

local function near_all(expected, got, tolerance)
  if type(expected) ~= "table" then return near(expected, got, tolerance) end
  assert.is_table(got)
  for key, x in pairs(expected) do near_all(x, got[key], tolerance) end
  for key in pairs(got) do assert.is_not_nil(expected[key], tostring(key)) end
end

-- Returns the message of the error that f(...) raises.
local function message_of(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  return tostring(message)
end

local function square(x) return x * x end
local function cube(x) return x * x * x end

describe("grad", function()
  it("returns a gradient for each argument, as numbers", function()
    local dx, dy, rest = grad(function(x, y) return x * x * y end)(3, 5)
    assert.are.equal(30, dx)
    assert.are.equal(9, dy)
    assert.is_nil(rest)
    assert.are.equal(1, select("#", grad(square)(3)))
  end)

  it("returns gradients in the shape of the arguments", function()
    local function f(w, t)
      return w[1] * w[2][1] * w[2][2] + t.a * t.b.c + t.b[1]
    end
    local dw, dt = grad(f)({2, {3, 4}}, {a = 5, b = {c = 6, 7}})
    assert.are.same({12, {8, 6}}, dw)
    assert.are.same({a = 6, b = {c = 5, 1}}, dt)
  end)

  it("passes through what is not a number", function()
    local function double() return 2 end
    local got
    local g = grad(function(t, mode, x)
      got = {t.name, t.f, t.flag, mode}
      return t.x * t.f() + x
    end)
    local dt, dx, rest = g({x = 1, name = "n", f = double, flag = false},
      "fast", 4)
    assert.are.same({"n", double, false, "fast"}, got)
    assert.are.same({x = 2, name = "n", f = double, flag = false}, dt)
    assert.are.equal(1, dx)
    assert.is_nil(rest)
  end)

  it("takes nil and false among the arguments", function()
    local g = grad(function(a, x, b, n)
      assert(a == nil and b == false and n == nil)
      return x * x
    end)
    assert.are.equal(6, (g(nil, 3, false, nil)))
  end)

  it("differentiates the arguments that argnums names", function()
    local function f(x, y, z) return x * y * z end
    assert.are.equal(14, grad(f, {argnums = 2})(2, 5, 7))
    local first, second, rest = grad(f, {argnums = {1, 3}})(2, 5, 7)
    assert.are.same({35, 10}, {first, second})
    assert.is_nil(rest)
  end)

  it("leaves the other arguments numbers", function()
    local kinds
    grad(function(x, y)
      kinds = {tinygrad.is_value(x), type(y)}
      return x * y
    end, {argnums = 1})(2, 3)
    assert.are.same({true, "number"}, kinds)
  end)

  it("gives gradients in the order that argnums asks for", function()
    local function f(a, b, c, d) return a * b ^ 2 * c ^ 3 * d ^ 4 end
    local a, b, c, d = grad(f)(2, 3, 5, 7)
    assert.are.same({d, b}, {grad(f, {argnums = {4, 2}})(2, 3, 5, 7)})
    assert.are.same({f(2, 3, 5, 7), c, a},
      {value_and_grad(f, {argnums = {3, 1}})(2, 3, 5, 7)})
    assert.are.same({{5}, 7}, {grad(function(x, t) return x * t[1] end,
      {argnums = {2, 1}})(5, {7})})
  end)

  it("refuses argnums that name what holds no number", function()
    local function f(_, x) return x * x end
    assert.matches("grad: argument 1 is to be differentiated, but it is a "
      .. "string", message_of(grad(f, {argnums = {2, 1}}), "name", 5))
    assert.matches("grad: argument 1 is to be differentiated, but it is absent",
      message_of(grad(f, {argnums = 1}), nil, 5))
    local dt, dx = grad(f, {argnums = {1, 2}})({}, 5)
    assert.are.same({{}, 10}, {dt, dx})
  end)

  it("does not change the arguments' tables", function()
    local t = {x = 2, list = {1, 2}}
    grad(function(a)
      a.list[3] = a.x
      a.y, a.x = a.x, nil
      return a.list[1] * a.y
    end)(t)
    assert.are.same({x = 2, list = {1, 2}}, t)
  end)

  it("gives 0 for what the result does not depend on", function()
    local dx, dt = grad(function(x) return x end)(3, {4, {5}})
    assert.are.equal(1, dx)
    assert.are.same({0, {0}}, dt)
    assert.are.equal(0, grad(function() return 7 end)(3))
    assert.are.equal(0, grad(function() return Value(7) end)(3))
  end)

  it("follows branches, loops and recursion", function()
    local function power(x, n)
      if n == 0 then return 1 end
      if n % 2 == 1 then return x * power(x, n - 1) end
      local half = power(x, n / 2)
      return half * half
    end
    near(7 * 1.3 ^ 6, (grad(power, {argnums = 1})(1.3, 7)))
  end)

  it("takes a callable table", function()
    local model = setmetatable({w = 3}, {
      __call = function(self, x) return self.w * x end
    })
    assert.are.equal(3, grad(model)(2))
  end)

  it("ignores further results of the function", function()
    assert.are.equal(4, grad(function(x) return x * x, "more" end)(2))
  end)

  it("takes an argument that is used twice as two", function()
    local t = {3}
    local first, second = grad(function(a, b) return a[1] * b[1] ^ 2 end)(t, t)
    assert.are.same({9}, first)
    assert.are.same({18}, second)
  end)

  it("treats Values among the arguments as part of a larger graph", function()
    local v = Value(3)
    local g = grad(cube)(v)
    assert.is_true(tinygrad.is_value(g))
    assert.are.equal(27, g.data)
    g:backward()
    assert.are.equal(18, v.grad)
  end)
end)

describe("value_and_grad", function()
  it("returns the value first", function()
    local y, dx, dt = value_and_grad(function(x, t)
      return x * t[1]
    end)(2, {5})
    assert.are.equal(10, y)
    assert.are.equal(5, dx)
    assert.are.same({2}, dt)
  end)

  it("returns numbers where the result is constant", function()
    assert.are.same({7, 0}, {value_and_grad(function() return 7 end)(1)})
    assert.are.same({7, 0},
      {value_and_grad(function() return Value(7) end)(1)})
  end)
end)

describe("derivative", function()
  it("is that of a function of one number", function()
    assert.are.equal(12, derivative(cube)(2))
    assert.are.equal(1, select("#", derivative(cube)(2)))
  end)

  it("passes further arguments on", function()
    assert.are.equal(5, derivative(function(x, t) return x * t[1] end)(2, {5}))
  end)

  it("refuses a table", function()
    assert.matches("number or Value expected, got table",
      message_of(derivative(cube), {2}))
  end)
end)

describe("jacobian", function()
  it("is J[i][j] for arrays", function()
    local J = jacobian(function(x)
      return {x[1] * x[2], x[2] * x[3], 4, x[1]}
    end)({2, 3, 5})
    assert.are.same({{3, 2, 0}, {0, 5, 3}, {0, 0, 0}, {1, 0, 0}}, J)
  end)

  it("has the result's shape, and in each place the argument's", function()
    local J = jacobian(function(t)
      return {area = t.size.w * t.size.h, list = {t.size.w}, unit = "m"}
    end)({size = {w = 2, h = 3}, name = "box"})
    assert.are.same({
      area = {size = {w = 3, h = 2}, name = "box"},
      list = {{size = {w = 1, h = 0}, name = "box"}},
      unit = "m"
    }, J)
  end)

  it("is one for each argument", function()
    local Jx, Jt = jacobian(function(x, t)
      return {x * t[1], x}
    end)(2, {3})
    assert.are.same({3, 1}, Jx)
    assert.are.same({{2}, {0}}, Jt)
  end)

  it("of a number is the gradient", function()
    assert.are.equal(6, jacobian(square)(3))
    assert.are.same({4, 3}, jacobian(function(x)
      return x[1] * x[2]
    end)({3, 4}))
  end)

  it("of the identity is the identity", function()
    local J = jacobian(function(x) return x end)({5, 6})
    assert.are.same({{1, 0}, {0, 1}}, J)
  end)

  it("respects argnums", function()
    assert.are.same({2, 0}, jacobian(function(x, y)
      return {x * y, x}
    end, {argnums = 2})(2, 3))
    local Jy, Jx = jacobian(function(x, y)
      return {x ^ 2 * y, x}
    end, {argnums = {2, 1}})(3, 5)
    assert.are.same({{9, 0}, {30, 1}}, {Jy, Jx})
  end)
end)

describe("hessian", function()
  it("is a number for a number", function()
    assert.are.equal(12, hessian(cube)(2))
  end)

  it("is H[i][j] for an array", function()
    local function f(x) return x[1] * x[1] * x[2] + x[2] * x[3] end
    assert.are.same({{10, 6, 0}, {6, 0, 1}, {0, 1, 0}}, hessian(f)({3, 5, 7}))
  end)

  it("has a record's shape twice", function()
    local H = hessian(function(t) return t.x ^ 2 * t.y end)({x = 3, y = 5})
    assert.are.same({x = {x = 10, y = 6}, y = {x = 6, y = 0}}, H)
  end)

  it("is in blocks for several arguments", function()
    local H = hessian(function(a, b)
      return a[1] * a[2] * b.z ^ 2
    end)({1, 2}, {z = 3})
    assert.are.same({
      {{{0, 9}, {9, 0}}, {{z = 12}, {z = 6}}},
      {{z = {12, 6}}, {z = {z = 4}}}
    }, H)
  end)

  it("is in blocks for several numbers", function()
    assert.are.same({{2, 1}, {1, 0}},
      hessian(function(x, y) return x * x + x * y end)(3, 4))
  end)

  it("respects argnums", function()
    assert.are.equal(8, hessian(function(x, y)
      return x * y * y
    end, {argnums = 2})(4, 3))
    assert.are.same({{0, 6}, {6, 10}}, hessian(function(x, y)
      return x ^ 2 * y
    end, {argnums = {2, 1}})(3, 5))
  end)

  it("of something linear or constant is 0", function()
    assert.are.same({{0, 0}, {0, 0}},
      hessian(function(x) return x[1] + 3 * x[2] end)({1, 2}))
    assert.are.equal(0, hessian(function() return 1 end)(2))
    assert.are.equal(0, hessian(function(x) return x end)(2))
  end)

  it("is what differences give, with 50 inputs", function()
    local n = scaled(50, 8)
    local function f(x)
      local s = 0
      for i = 1, n do
        s = s + tinygrad.sin(x[i] * x[i % n + 1]) * tinygrad.exp(-x[i] ^ 2)
      end
      return s
    end
    local x = {}
    for i = 1, n do x[i] = (i * 0.37) % 2 - 1 end
    local H = hessian(f)(x)
    local g = grad(f)
    for k = 1, 5 do
      local h, high, low = 1e-5, {}, {}
      for i = 1, n do high[i], low[i] = x[i], x[i] end
      high[k], low[k] = x[k] + h, x[k] - h
      local up, down = g(high), g(low)
      for i = 1, n do
        near((up[i] - down[i]) / (high[k] - low[k]), H[k][i], 1e-7)
        near(H[i][k], H[k][i], 1e-14)
      end
    end
  end)
end)

describe("tangents", function()
  it("may be given for what has operands itself", function()
    local a = tinygrad.Value(2)
    local middle = a * 3
    local y = middle * middle + a
    local core = require "tinygrad.core"
    local dy = core.tangents(y, {y}, {middle, a}, {1, 0}, false)
    assert.same({12}, dy)
  end)
end)

describe("jvp", function()
  local function f(x, t) return {x * t.a, n = t.a ^ 2, name = "r"} end

  it("returns the result and its tangent", function()
    local y, dy = jvp(f)({2, {a = 3}}, {1, {a = 10}})
    assert.are.same({6, n = 9, name = "r"}, y)
    assert.are.same({23, n = 60, name = "r"}, dy)
  end)

  it("gives the tangent 0 to what does not depend on the arguments", function()
    local y, dy = jvp(function(x) return {x, 5, Value(6)} end)({2}, {3})
    assert.are.same({2, 5, 6}, y)
    assert.are.same({3, 0, 0}, dy)
    assert.are.same({5, 0}, {jvp(function() return 5 end)({2}, {3})})
  end)

  it("gives a result that is another result's operand its own tangent",
    function()
      local _, dy = jvp(function(x)
        local a = x * x
        return {a, a * x, x, a}
      end)({2}, {1})
      assert.are.same({4, 12, 1, 4}, dy)
    end)

  it("wants tangents for all numbers", function()
    assert.matches("jvp: a number at tangents[2] expected, as in the "
      .. "arguments, got nil",
      message_of(jvp(function(x, y) return x * y end), {1, 2}, {1}), 1, true)
    assert.matches("table expected, as in {x, y}, got number",
      message_of(jvp(square), 1, 1))
    assert.matches("table expected, as in {x, y}, got nil",
      message_of(jvp(square), {1}))
  end)

  it("takes tangents by key, whatever else is in the tables", function()
    local y, dy = jvp(function(t, mode)
      return t.x ^ 2 * t.y * (mode == "double" and 2 or 1)
    end)({{x = 3, y = 5, name = "n"}, "double"}, {{y = 1, x = 10}})
    assert.are.same({90, 18 + 600}, {y, dy})
  end)

  it("takes what table.pack makes", function()
    assert.are.same({12, 10}, {jvp(function(x, none, z)
      assert(none == nil)
      return x * z
    end)({3, nil, 4, n = 3}, {1, nil, 2, n = 3})})
  end)

  it("refuses arguments that are not in a list", function()
    assert.matches("bad argument #1 to the jvp (table expected, as in {x, y}, "
      .. "got one with the key 'x'; put the argument into a list)",
      message_of(jvp(square), {x = 3}, {x = 1}), 1, true)
    assert.matches("bad argument #2 to the jvp (table expected, as in {x, y}, "
      .. "got one with the key 'x'", message_of(jvp(square), {3}, {x = 1}), 1,
      true)
  end)
end)

describe("tangents and cotangents", function()
  -- Each of these tables has as many numbers as the shape, but in other places.
  local shape = {{x = 3, y = 5}, {7, {8}}}
  local wrong = {
    ["a number at %s[1].x expected"] = {{y = 1, z = 0}, {1, {2}}},
    ["a number at %s[2][2][1] expected"] = {{x = 1, y = 2}, {1, 2}},
    ["a number at %s[2][1] expected"] = {{x = 1, y = 2}, {{3}, {4}}},
    ["nothing at %s[3] expected"] = {{x = 1, y = 2}, {1, {2}}, 3},
    ["nothing at %s[1].z expected"] = {{x = 1, y = 2, z = 3}, {1, {2}}},
  }
  local function f(s, t) return s.x ^ 2 * 10 + s.y ^ 2 * t[1] * t[2][1] end
  local function results(s, t) return {{x = s.x * 2, y = s.y}, t} end
  local program = tinygrad.compile(f, shape[1], shape[2])
  local linear = tinygrad.compile(results, shape[1], shape[2])

  for problem, given in pairs(wrong) do
    it("are matched by key: " .. problem, function()
      local function refused(name, g, ...)
        assert.matches(problem:format(name), message_of(g, ...), 1, true)
      end
      refused("tangents", jvp(f), shape, given)
      refused("tangents", hvp(f), shape, given)
      refused("cotangent", (select(2, vjp(results)(shape))), given)
      refused("argument 2", program:jvp(), shape, given)
      refused("argument 2", program:hvp(), shape, given)
      refused("argument 2", linear:vjp(), shape, given)
    end)
  end

  it("may be entered in any order", function()
    local tangents = {{y = 0, x = 1}, {0, {0}}}
    local ds, dt = hvp(f)(shape, tangents)
    assert.are.same({{x = 20, y = 0}, {0, {0}}}, {ds, dt})
    ds, dt = program:hvp()(shape, tangents)
    assert.are.same({{x = 20, y = 0}, {0, {0}}}, {ds, dt})
  end)

  it("are those of the call, whatever becomes of its tables", function()
    local args, kept = {{x = 3, y = 5}}, nil
    local y, pullback = vjp(function(s)
      kept = {a = s.x * s.x, b = s.y}
      return kept
    end)(args)
    args[1].x, args[1].w, y.a, y.c, kept.a = nil, 1, nil, 1, nil
    assert.are.same({x = 6, y = 10}, (pullback {a = 1, b = 10}))
  end)
end)

describe("vjp", function()
  it("returns the result and a pullback", function()
    local y, pullback = vjp(function(x, t)
      return {x * t.a, n = t.a ^ 2}
    end)({2, {a = 3}})
    assert.are.same({6, n = 9}, y)
    local dx, dt = pullback({1, n = 10})
    assert.are.equal(3, dx)
    assert.are.same({a = 62}, dt)
  end)

  it("pulls back more than once", function()
    local _, pullback = vjp(square)({3})
    assert.are.equal(6, pullback(1))
    assert.are.equal(12, pullback(2))
    assert.are.equal(0, pullback(0))
  end)

  it("wants a cotangent for each number", function()
    local _, pullback = vjp(function(x) return {x, x} end)({3})
    assert.matches("pullback: a number at cotangent[2] expected, as in the "
      .. "result, got nil", message_of(pullback, {1}), 1, true)
  end)

  it("takes results that do not depend on the arguments", function()
    local y, pullback = vjp(function(x) return {x, 5} end)({3})
    assert.are.same({3, 5}, y)
    assert.are.equal(1, pullback({1, 1}))
    assert.are.equal(0, select(2, vjp(function() return 5 end)({3}))(1))
  end)
end)

describe("hvp", function()
  it("is the Hessian times the tangents, in the arguments' shape", function()
    local da, db = hvp(function(a, b)
      return a[1] * a[2] * b.z ^ 2
    end)({{1, 2}, {z = 3}}, {{1, 10}, {z = 100}})
    assert.are.same({9 * 10 + 12 * 100, 9 + 6 * 100}, da)
    assert.are.same({z = 12 + 6 * 10 + 4 * 100}, db)
  end)

  it("of something linear is 0", function()
    assert.are.equal(0, hvp(function(x) return 3 * x end)({2}, {1}))
    assert.are.equal(0, hvp(function() return 3 end)({2}, {1}))
  end)

  it("works on a function that calls grad itself", function()
    local function f(x) -- x * (x^3)' = 3 x^3
      return x * grad(cube)(x)
    end
    assert.are.equal(18 * 2 * 5, hvp(f)({2}, {5}))
  end)
end)

describe("nested transforms", function()
  it("differentiate to any order", function()
    local f = function(x) return tinygrad.sin(2 * x) end
    local expected = {math.sin, math.cos, function(x) return -math.sin(x) end,
      function(x) return -math.cos(x) end}
    for order = 1, 6 do
      f = derivative(f)
      near(2 ^ order * expected[order % 4 + 1](2 * 0.7), f(0.7), 1e-10)
    end
  end)

  it("reach 0 beyond a polynomial's degree", function()
    local f = function(x) return x ^ 4 - 2 * x ^ 3 end
    for _, expected in ipairs({8, 24, 36, 24, 0, 0}) do
      f = derivative(f)
      assert.are.equal(expected, f(2))
    end
  end)

  -- Siskind and Pearlmutter, "Perturbation confusion and referential
  -- transparency" (2005): the inner x must not count as the inner variable.
  local slopes = {
    grad = function(f, x) return (grad(f)(x)) end,
    derivative = function(f, x) return derivative(f)(x) end,
    jacobian = function(f, x) return jacobian(f)(x) end,
    value_and_grad = function(f, x)
      return (select(2, value_and_grad(f)(x)))
    end,
    jvp = function(f, x) return (select(2, jvp(f)({x}, {1}))) end,
    vjp = function(f, x) return select(2, vjp(f)({x}))(1) end,
    in_an_array = function(f, x)
      return grad(function(t) return f(t[1]) end)({x})[1]
    end
  }
  for outer_name, outer in pairs(slopes) do
    for inner_name, inner in pairs(slopes) do
      it("are not confused: " .. inner_name .. " in " .. outer_name, function()
        local function sum(x)
          return x * inner(function(y) return x + y end, 1)
        end
        assert.are.equal(1, outer(sum, 1))
        local function product(x)
          return x * inner(function(y) return x * y end, 2)
        end
        assert.are.equal(6, outer(product, 3))
        local function shadowed(x)
          return x * inner(function(y)
            return inner(function(z) return x * y * z end, 5) * y
          end, 2)
        end -- x * d/dy(x y y) = 4 x^2
        assert.are.equal(24, outer(shadowed, 3))
      end)

      it("handle constants: " .. inner_name .. " in " .. outer_name, function()
        local function zero(x)
          return x * inner(function() return 7 end, 2)
        end
        assert.are.equal(0, outer(zero, 3))
        local function other(x) return x * inner(function() return x end, 2) end
        assert.are.equal(0, outer(other, 3))
        local function independent(x) return x * inner(square, 2) end
        assert.are.equal(4, outer(independent, 3))
        local function at_x(x) return inner(cube, x) * 2 end
        assert.are.equal(36, outer(at_x, 3))
        assert.are.equal(0, outer(function() return inner(square, 2) end, 3))
      end)
    end
  end

  it("see an outer variable in tangents and cotangents", function()
    local function by_jvp(s) return (select(2, jvp(cube)({3}, {s}))) end
    local function by_vjp(s) return select(2, vjp(cube)({3}))(s) end
    local function by_hvp(s) return (hvp(cube)({3}, {s})) end
    assert.are.equal(27, derivative(by_jvp)(2))
    assert.are.equal(27, derivative(by_vjp)(2))
    assert.are.equal(18, derivative(by_hvp)(2))
  end)

  it("see a Value of the caller in tangents and cotangents", function()
    local s = Value(2)
    local _, tangent = jvp(cube)({3}, {s})
    local cotangent = select(2, vjp(cube)({3}))(s)
    for _, result in ipairs({tangent, cotangent}) do
      assert.is_true(tinygrad.is_value(result))
      assert.are.equal(54, result.data)
      assert.are.same({27}, gradients(result, {s}))
    end
  end)

  it("differentiate a value and its pullback together", function()
    local function f(s)
      local y, pullback = vjp(function(x) return s * x ^ 3 end)({2})
      return y * pullback(s) -- 8 s * 12 s^2
    end
    assert.are.equal(288 * 25, derivative(f)(5))
  end)

  it("differentiate the solution of an inner Newton iteration", function()
    -- y(x) minimises y^4/4 + y^2/2 - x y, so y^3 + y = x, y' = 1/(3 y^2 + 1)
    local function solve(x)
      local function energy(y) return y ^ 4 / 4 + y ^ 2 / 2 - x * y end
      local slope = derivative(energy)
      local curvature = derivative(slope)
      local y = 1
      for _ = 1, 12 do y = y - slope(y) / curvature(y) end
      return y
    end
    local y = solve(3)
    near(3, y ^ 3 + y)
    near(1 / (3 * y ^ 2 + 1), derivative(solve)(3), 1e-12)
    near(-6 * y / (3 * y ^ 2 + 1) ^ 3, hessian(solve)(3), 1e-12)
    near(2 * y / (3 * y ^ 2 + 1),
      derivative(function(x) return solve(x) ^ 2 end)(3))
  end)

  it("give the outer gradient of an inner minimum over two variables",
    function()
      -- min over (u, v) of (u - a)^2 + (v - b)^2 + c u v, by gradient descent
      local function minimum(a, b, c)
        local function cost(p)
          return (p.u - a) ^ 2 + (p.v - b) ^ 2 + c * p.u * p.v
        end
        local p = {u = 0, v = 0}
        for _ = 1, scaled(60, 60) do
          local g = grad(cost)(p)
          p = {u = p.u - 0.4 * g.u, v = p.v - 0.4 * g.v}
        end
        return cost(p)
      end
      local a, b, c = 1, 2, 0.5
      local det = 4 - c * c
      local u, v = (4 * a - 2 * c * b) / det, (4 * b - 2 * c * a) / det
      local da, db, dc = grad(minimum)(a, b, c) -- the envelope theorem
      near(-2 * (u - a), da, 1e-9)
      near(-2 * (v - b), db, 1e-9)
      near(u * v, dc, 1e-9)
    end)

  it("mix a Hessian into a gradient", function()
    local function f(x) -- trace of the Hessian of (x1^3 x2 + x2^3)
      local H = hessian(function(y) return y[1] ^ 3 * y[2] + y[2] ^ 3 end)(x)
      return H[1][1] + H[2][2]
    end
    assert.are.same({30, 24}, grad(f)({3, 5}))
    assert.are.same({{0, 6}, {6, 0}}, hessian(f)({3, 5}))
  end)

  it("pass records through both levels", function()
    local function inner(p)
      return grad(function(q) return q.x ^ 2 * p.scale * q.list[1] end)(
        {x = p.x, list = {p.y}, scale = 1})
    end
    local J = jacobian(inner)({x = 3, y = 5, scale = 2})
    assert.are.same({x = 20, y = 12, scale = 30}, J.x)
    assert.are.same({x = 12, y = 0, scale = 9}, J.list[1])
  end)
end)

describe("derivatives where an adjoint is 0", function()
  it("of second order are right", function()
    assert.are.equal(2, hessian(function(x)
      return tinygrad.sin(x) ^ 2
    end)(0))
    assert.are.equal(2, derivative(derivative(function(x)
      return tinygrad.sin(x) ^ 2
    end))(0))
    assert.are.equal(32, hessian(function(p) return (p ^ 2 - 4) ^ 2 end)(2))
    assert.are.equal(2, hvp(function(x)
      return tinygrad.sin(x) ^ 2
    end)({0}, {1}))
    assert.are.same({{0, 1}, {1, 0}}, hessian(function(x)
      return x[1] * x[2]
    end)({0, 0}))
  end)

  it("of powers at 0 are right to third order", function()
    for n = 1, 6 do
      local f, factorial = function(x) return x ^ n end, 1
      for order = 1, 4 do
        f = derivative(f)
        factorial = factorial * order
        assert.are.equal(order == n and factorial or 0, f(0),
          ("order %d of x ^ %d"):format(order, n))
      end
    end
  end)

  it("do not come from the branch that where did not take", function()
    local function safe_sqrt(x)
      return tinygrad.where(tinygrad.gt(x, 0), tinygrad.sqrt(x), 0)
    end
    assert.are.equal(0, (grad(safe_sqrt)(0)))
    assert.are.equal(0, hessian(safe_sqrt)(0))
    assert.are.equal(0, derivative(derivative(derivative(safe_sqrt)))(0))
    near(-0.25 * 4 ^ -1.5, hessian(safe_sqrt)(4))
    local function guarded(x)
      return tinygrad.where(tinygrad.ne(x, 0), tinygrad.sin(x) / x, 1 + x * 0)
    end
    assert.are.equal(0, (grad(guarded)(0)))
    assert.are.equal(0, hessian(guarded)(0))
    local _, tangent = jvp(guarded)({0}, {1})
    assert.are.equal(0, tangent)
    local function poles(x)
      return tinygrad.where(0, 1 / x, x ^ 2) + tinygrad.where(1, x ^ 3,
        tinygrad.log(x))
    end
    assert.are.equal(0, (grad(poles)(0)))
    assert.are.equal(2, hessian(poles)(0))
  end)

  it("survive 0 * inf", function()
    local function f(x) return 0 * tinygrad.sqrt(x) + x end
    assert.are.equal(1, (grad(f)(0)))
    assert.are.equal(0, hessian(f)(0))
    local _, tangent = jvp(f)({0}, {1})
    assert.are.equal(1, tangent)
    -- sqrt is not differentiable at 0, where it is multiplied by 0.
    local function product(x, y) return tinygrad.sqrt(x) * y end
    local dx, dy = grad(product)(0, 0)
    assert.are.same({0, 0}, {dx, dy})
  end)

  it("share ties of max and min to second order", function()
    local H = hessian(function(x, y) return tinygrad.max(x, y) ^ 2 end)(1, 1)
    near_all({{0.5, 0.5}, {0.5, 0.5}}, H)
    H = hessian(function(x) return tinygrad.min(x[1], x[2], x[3]) ^ 2 end)(
      {1, 1, 1})
    for i = 1, 3 do
      for k = 1, 3 do near(2 / 9, H[i][k]) end
    end
    assert.are.equal(0, hessian(function(x)
      return tinygrad.max(x, x)
    end)(1))
    assert.are.equal(1, (grad(function(x) return tinygrad.max(x, x) end)(1)))
  end)

  it("of relu and abs at their kinks are 0", function()
    for _, f in ipairs({tinygrad.relu, tinygrad.abs}) do
      assert.are.equal(0, (grad(f)(0)))
      assert.are.equal(0, hessian(f)(0))
    end
  end)
end)

describe("captured Values", function()
  it("are constants of a transform, their gradients untouched", function()
    local w = Value(3)
    w.grad = 5
    local function f(x) return x * x * w + w * w end
    local results = {
      grad(f)(2), select(2, value_and_grad(f)(2)), derivative(f)(2),
      jacobian(f)(2), select(2, jvp(f)({2}, {1})), select(2, vjp(f)({2}))(1)
    }
    assert.are.same({12, 12, 12, 12, 12, 12}, results)
    assert.are.equal(6, hessian(f)(2))
    assert.are.equal(6, hvp(f)({2}, {1}))
    assert.are.equal(5, w.grad)
    assert.are.equal(3, w.data)
  end)

  it("that are leaves keep their gradients below results too", function()
    local w = Value(3)
    local u = w * 2
    u:backward()
    local function f(x) return x * x * u end
    grad(f)(2)
    hessian(f)(2)
    jvp(f)({2}, {1})
    select(2, vjp(f)({2}))(1)
    assert.are.equal(2, w.grad)
  end)

  it("can be differentiated through a transform's result", function()
    local w = Value(3)
    local function loss(x) return x ^ 2 * w end
    -- the function that is differentiated takes w as an argument
    local g = grad(function(x, a) return x ^ 2 * a end, {argnums = 1})(
      Value(5), w)
    assert.are.same({10}, gradients(g, {w}))
    assert.are.equal(30, (grad(loss)(5)))
  end)

  it("change between calls", function()
    local w = Value(3)
    local g = grad(function(x) return x * w end)
    assert.are.equal(3, g(1))
    w.data = 4
    assert.are.equal(4, g(1))
  end)

  it("keep the variables of one call alive without harm", function()
    local kept
    local g = grad(function(x)
      kept = x * x
      return kept * x
    end)
    assert.are.equal(12, g(2))
    kept:backward()
    assert.are.equal(27, g(3))
    assert.are.equal(4, grad(function(y) return y * kept end)(2) - 5)
  end)
end)

describe("errors", function()
  local transforms = {
    grad = grad, value_and_grad = value_and_grad, hessian = hessian,
    jacobian = jacobian, derivative = derivative,
    jvp = function(f)
      return function(x) return select(2, jvp(f)({x}, {1})) end
    end,
    vjp = function(f)
      return function(x) return select(2, vjp(f)({x}))(1) end
    end,
    hvp = function(f) return function(x) return hvp(f)({x}, {1}) end end
  }

  for name, transform in pairs(transforms) do
    it("inside f pass through " .. name .. ", which works afterwards",
      function()
        local thrown = {}
        local broken = true
        local t = transform(function(x)
          local y = x * x
          if broken then error(thrown) end
          return y * x
        end)
        local ok, got = pcall(t, 2)
        assert.is_false(ok)
        assert.are.equal(thrown, got)
        broken = false
        local result = t(2)
        if name == "value_and_grad" then
          assert.are.equal(8, result)
        else
          assert.are.equal(12, result)
        end
        local v = Value(3)
        local y = v * v
        y:backward()
        assert.are.equal(6, v.grad)
      end)

    it("inside f keep their frames in " .. name, function()
      local function culprit() error("boom") end
      local ok, trace = xpcall(function()
        transform(function(x)
          culprit()
          return x
        end)(2)
      end, debug.traceback)
      assert.is_false(ok)
      assert.matches("boom", trace)
      assert.matches("culprit", trace)
    end)
  end

  it("inside an inner transform can be caught by the outer function",
    function()
      local g = grad(function(x)
        local ok, slope = pcall(grad(function(y)
          local z = x * y
          if y > x then error("too large") end
          return z
        end), x - 1)
        local failed = pcall(grad(function(y)
          return error("no " .. tostring(x * y))
        end), x)
        assert(ok and not failed)
        return x * slope
      end)
      assert.are.equal(6, g(3))
    end)

  it("say that f must return one number", function()
    for _, case in ipairs({
      {"text", "a string"}, {nil, "nothing; is a return missing?"},
      {{1}, "a table; jacobian takes such a function"}, {true, "a boolean"}
    }) do
      local function f() return case[1] end
      for _, name in ipairs({"grad", "value_and_grad", "hessian", "hvp"}) do
        assert.matches(name .. ": the function must return one number, it "
          .. "returned " .. case[2], message_of(transforms[name](f), 2), 1,
          true)
      end
    end
  end)

  it("name the caller's line", function()
    local function f() return "text" end
    local ok, message = pcall(function()
      local g = grad(f)(1)
      return g
    end)
    assert.is_false(ok)
    assert.matches("grad: ", message)
    if jit or _VERSION ~= "Lua 5.1" then -- Lua 5.1 counts tail calls as levels
      assert.matches("^[^:]*transform_spec%.lua:%d+: grad: ", message)
    end
    ok, message = pcall(function()
      local g = grad(5)
      return g
    end)
    assert.is_false(ok)
    assert.matches("^[^:]*transform_spec%.lua:%d+: bad argument #1 to 'grad' "
      .. "%(function expected, got number; give it f itself, not f%(x%)%)",
      message)
  end)

  it("complain of arguments that are no functions", function()
    for name, transform in pairs({grad = grad, jacobian = jacobian,
      hessian = hessian, jvp = jvp, vjp = vjp, hvp = hvp,
      value_and_grad = value_and_grad, derivative = derivative})
    do
      for _, case in ipairs({{nil, "nil"},
        {Value(1), "Value; give it f itself, not f(x)"}, {{}, "table"},
        {"f", "string"}})
      do
        assert.matches("bad argument #1 to '" .. name
          .. "' (function expected, got " .. case[2] .. ")",
          message_of(transform, case[1]), 1, true)
      end
    end
  end)

  it("complain of wrong argnums", function()
    local function f(x, y) return x * y end
    assert.matches("argument 3 is to be differentiated, but the call has only "
      .. "2", message_of(grad(f, {argnums = 3}), 1, 2), 1, true)
    local p = tinygrad.compile(f, 1, 2)
    for _, wrong in ipairs({"1", 0, 1.5, {0}, {"1"}, -1, true, {}, {x = 1},
      {1, x = 2}, {[2] = 1}, {1, 1}, {0 / 0}, {math.huge}, {{1}}, Value(1),
      tinygrad.Tensor {1}, print})
    do
      for _, name in ipairs {"grad", "value_and_grad", "jacobian", "hessian"} do
        local expected = "bad option 'argnums' to '" .. name
        local opts = {argnums = wrong}
        assert.matches(expected, message_of(tinygrad[name], f, opts))
        assert.matches(expected, message_of(p[name], p, opts))
      end
    end
    assert.matches("(positions from 1 expected, got nan)",
      message_of(grad, f, {argnums = {-(0 / 0)}}), 1, true)
  end)

  it("complain of options that are no table", function()
    assert.matches("table of options expected, got number",
      message_of(grad, square, 5))
  end)

  it("complain of tables that contain themselves", function()
    local t = {list = {1}}
    t.list.up = t
    assert.matches("argument 1%.list%.up", message_of(grad(square), t))
  end)
end)

describe("coroutines", function()
  it("can run transforms, one inside another's call", function()
    local results = {}
    local function task(k)
      return coroutine.create(function()
        local g = grad(function(x)
          local y = x * k
          coroutine.yield()
          local inner = grad(function(z)
            local w = z * z * y
            coroutine.yield()
            return w
          end)(x) -- 2 x y = 2 k x^2
          coroutine.yield()
          return inner
        end)
        results[k] = g(3) -- 4 k x
      end)
    end
    local tasks = {task(1), task(2), task(5)}
    local alive = true
    while alive do
      alive = false
      for _, co in ipairs(tasks) do
        if coroutine.status(co) ~= "dead" then
          alive = true
          assert(coroutine.resume(co))
          assert.are.equal(6, grad(square)(3)) -- the main program goes on
        end
      end
    end
    assert.are.same({[1] = 12, [2] = 24, [5] = 60}, results)
  end)

  it("may be dropped in the middle of a transform", function()
    for _ = 1, 20 do
      local co = coroutine.create(grad(function(x)
        coroutine.yield(x * x)
      end))
      assert(coroutine.resume(co, 3))
    end
    collectgarbage()
    assert.are.equal(6, grad(square)(3))
    local v = Value(2)
    local y = v * v
    y:backward()
    assert.are.equal(4, v.grad)
  end)

  it("carry Values from one to another", function()
    local values = coroutine.wrap(function(x)
      local y = x
      while true do y = y * coroutine.yield(y) end
    end)
    assert.are.equal(12, (grad(function(x)
      values(x)
      values(x)
      return values(x)
    end)(2)))
  end)
end)

describe("memory", function()
  it("may be collected anywhere inside f", function()
    local function f(x)
      local s = 0
      for i = 1, #x do
        s = s + tinygrad.dot({x[i], s}, {i, x[i] * x[i]})
        collectgarbage()
      end
      return s
    end
    local x = {0.5, -0.25, 0.75, 0.125}
    local eager = grad(f)(x)
    collectgarbage("stop")
    local expected, H = grad(f)(x), hessian(f)(x)
    collectgarbage("restart")
    assert.are.same(expected, eager)
    local again, tangents
    support.with_collector(10, 1000, function()
      again, tangents = hessian(f)(x), hvp(f)({x}, {{1, 0, 0, 0}})
    end)
    assert.are.same(H, again)
    near_all(H[1], tangents, 1e-12)
  end)

  it("stays bounded over 1e5 calls", function()
    local g = grad(function(x) return tinygrad.sin(x) * x end)
    local h = hessian(function(x) return tinygrad.sin(x[1]) * x[2] end)
    local x = {1, 2}
    local function run(n)
      for i = 1, n do
        g(1.5)
        if i % 10 == 0 then h(x) end
      end
      collectgarbage()
      collectgarbage()
      return collectgarbage("count")
    end
    local n = scaled(1e5, 100)
    local before = run(n / 10)
    local after = run(n)
    assert.is_true(after - before < 50, -- kilobytes
      ("%.1f kB more"):format(after - before))
  end)

  it("suffices for the gradient of 1e5 inputs", function()
    local n = scaled(1e5, 1000)
    local x = {}
    for i = 1, n do x[i] = i / n end
    local function chained(a)
      local s = 0
      for i = 1, n do s = s + a[i] * a[i] end
      return s
    end
    local function folded(a) return tinygrad.dot(a, a) end
    for _, f in ipairs({chained, folded}) do
      local y, g = value_and_grad(f)(x)
      near((n + 1) * (2 * n + 1) / (6 * n), y, 1e-6)
      for i = 1, n do
        if g[i] ~= 2 * x[i] then assert.are.equal(2 * x[i], g[i]) end
      end
      local ones = {}
      for i = 1, n do ones[i] = i % 3 end
      local product = hvp(f)({x}, {ones})
      for i = 1, n do
        if product[i] ~= 2 * ones[i] then
          assert.are.equal(2 * ones[i], product[i])
        end
      end
    end
  end)

  it("suffices for a derivative of a long chain", function()
    local n = scaled(1e5, 1000)
    local function f(x)
      local y = x
      for _ = 1, n do y = y * 0.5 + x end
      return y * y
    end
    near(8 * 3, derivative(f)(3), 1e-9)
    near(8, hessian(f)(3), 1e-9)
    local _, tangent = jvp(f)({3}, {1})
    near(24, tangent, 1e-9)
  end)
end)

describe("an interrupted transform", function()
  -- Returns a function with a long backward pass, which a hook must interrupt
  -- although no Lua instruction runs in it.
  local function long(x)
    local y = x
    for _ = 1, 4e4 do y = y * 1.0 end
    debug.sethook(function() error("enough", 0) end, "", 1e9)
    return y
  end
  local function run(transform, ...)
    local ok, message = pcall(transform, ...)
    debug.sethook()
    assert.is_false(ok)
    assert.are.equal("enough", message)
    assert.are.equal(6, grad(square)(3))
    assert.are.equal(2, hessian(square)(3))
  end

  it("raises the hook's error and leaves all usable", function()
    if jit then jit.off(long) end
    run(grad(long), 2)
    run(hessian(long), 2)
    run(hvp(long), {2}, {1})
    local outer = Value(2)
    run(grad(long), outer)
    assert.are.equal(0, outer.grad)
    run(derivative(derivative(long)), 2)
    run(function()
      local _, pullback = vjp(long)({2})
      return pullback(1)
    end)
  end)

  it("in forward mode too", function()
    run(jvp(long), {2}, {1})
  end)

  it("can be one whose function loops for ever", function()
    local function forever(x)
      if jit then jit.off(true, true) end
      local y = x
      while true do y = y + x * 0 end
    end
    debug.sethook(function() error("enough", 0) end, "", 1e4)
    run(grad(forever), 2)
  end)
end)

describe("gradients", function()
  it("returns numbers and changes no leaf's gradient", function()
    local a, b = Value(2), Value(3)
    a.grad = 7
    local y = a * a * b
    assert.are.same({12, 4}, gradients(y, {a, b}))
    assert.are.equal(7, a.grad)
    assert.are.equal(0, b.grad)
  end)

  it("takes results as well as leaves", function()
    local x = Value(2)
    local u = x * x
    local y = u * u * x
    assert.are.same({16, 80, 1, 16}, gradients(y, {u, x, y, u}))
    local list = gradients(y, {u, x, y}, {create_graph = true})
    assert.are.same({16, 80, 1}, {list[1].data, list[2].data, list[3].data})
    assert.are.same({24}, gradients(list[1], {x}), "d(2 u x)/dx, u = x^2")
  end)

  it("stops at the Values asked for", function()
    -- d y / d x is the whole derivative, also through u, whose gradient is
    -- wanted, too.
    local x = Value(3)
    local u = x * x
    local y = u + x
    assert.are.same({1, 7}, gradients(y, {u, x}))
  end)

  it("multiplies by a seed", function()
    local x = Value(2)
    local y = x * x
    assert.are.same({12}, gradients(y, {x}, {seed = 3}))
    assert.are.same({0}, gradients(y, {x}, {seed = 0}))
    local s = Value(3)
    local g = gradients(y, {x}, {seed = s, create_graph = true})[1]
    assert.are.equal(12, g.data)
    assert.are.same({4, 6}, gradients(g, {s, x}))
  end)

  it("gives numbers unless asked for a graph, with a Value as seed too",
    function()
      local x = Value(2)
      local g = gradients(x * x, {x}, {seed = Value(3)})[1]
      assert.are.equal(12, g)
    end)

  it("gives Values when asked for a graph, constants too", function()
    local x, other = Value(2), Value(3)
    local list = gradients(x * 5, {x, other}, {create_graph = true})
    assert.are.equal(5, list[1].data)
    assert.are.equal(0, list[2].data)
    assert.are.same({0}, gradients(list[1], {x}))
  end)

  it("can be differentiated to any order", function()
    local x = Value(2)
    local y = x ^ 5
    for _, expected in ipairs({80, 160, 240, 240, 120, 0, 0}) do
      y = gradients(y, {x}, {create_graph = true})[1]
      assert.are.equal(expected, y.data)
    end
  end)

  it("of two variables give all third derivatives", function()
    local x, y = Value(0.7), Value(-0.4)
    local f = tinygrad.exp(x * y) * tinygrad.sin(x)
    local function d(of, ...)
      for _, by in ipairs({...}) do
        of = gradients(of, {by}, {create_graph = true})[1]
      end
      return of.data
    end
    near(d(f, x, x, y), d(f, x, y, x), 1e-14)
    near(d(f, x, x, y), d(f, y, x, x), 1e-14)
    local a, b = 0.7, -0.4
    local e, s, c = math.exp(a * b), math.sin(a), math.cos(a)
    -- f_y = a e s, f_yx = e (s + a b s + a c)
    -- f_yxx = e (b (s + a b s + a c) + c + b s + a b c + c - a s)
    near(e * (b * (s + a * b * s + a * c) + c + b * s + a * b * c + c - a * s),
      d(f, y, x, x), 1e-14)
  end)

  it("of backward's results can be used with backward", function()
    local x = Value(2)
    local g = gradients(x ^ 3, {x}, {create_graph = true})[1]
    g:backward()
    assert.are.equal(12, x.grad)
    assert.are.equal(12, g.data)
  end)

  it("refuses a leaf that was changed since", function()
    local x, w = Value(2), Value(3)
    local y = x * w
    w.data = 4
    assert.are.same({3}, gradients(y, {x})) -- with y's stored partials
    assert.matches("a leaf below this 'mul' was changed after it was computed",
      message_of(gradients, y, {x}, {create_graph = true}))
    w.data = 3
    assert.are.equal(3, gradients(y, {x}, {create_graph = true})[1].data)
  end)

  it("refuses a leaf that was changed below a custom operation", function()
    local op = tinygrad.custom {
      name = "cube",
      forward = function(a) return a * a * a end,
      backward = function(a) return 3 * a * a end
    }
    local x = Value(2)
    local y = op(x)
    x.data = 3
    assert.matches("changed", message_of(gradients, y, {x},
      {create_graph = true}))
  end)

  it("checks its arguments", function()
    local x = Value(2)
    local y = x * x
    for _, case in ipairs({
      {{5, {x}}, "bad argument #1 to 'gradients' (Value expected, got number)"},
      {{y, x}, "bad argument #2 to 'gradients' (table of Values expected, "
        .. "as in {x}, got Value)"},
      {{y}, "bad argument #2 to 'gradients' (table of Values expected, "
        .. "as in {x}, got nil)"},
      {{y, {x = x}}, "bad argument #2 to 'gradients' (list of Values expected, "
        .. "as in {x}, got a table with other keys)"},
      {{y, {x, 3}}, "bad argument #2 to 'gradients' (Value expected at index "
        .. "2, got number)"},
      {{y, {x}, {seed = "1"}}, "bad option 'seed' to 'gradients' (number or "
        .. "Value expected, got string; tonumber makes a number of a string)"}
    }) do
      assert.matches(case[2],
        message_of(gradients, case[1][1], case[1][2], case[1][3]), 1, true)
    end
    assert.are.same({}, gradients(y, {}))
  end)
end)

describe("a function of many arguments", function()
  it("has as many derivatives", function()
    local function squares(...)
      local sum = 0
      for i = 1, select("#", ...) do sum = sum + select(i, ...) ^ 2 end
      return sum
    end
    local x, slopes = {}, {}
    for i = 1, 40 do x[i], slopes[i] = i, 2 * i end
    local unpack = rawget(table, "unpack") or rawget(_G, "unpack")
    assert.are.same(slopes, {grad(squares)(unpack(x))})
    assert.are.equal(22140, (value_and_grad(squares)(unpack(x))))
  end)
end)

describe("backward with a seed", function()
  it("adds up over several outputs", function()
    local x = Value(2)
    local shared = x * x
    local a, b = shared * x, shared * 3
    a:backward(2)
    b:backward(10)
    assert.are.equal(2 * 12 + 10 * 12, x.grad)
    assert.are.equal(10 * 3, shared.grad)
  end)

  it("takes 0, negative and not finite seeds", function()
    local x = Value(2)
    local y = x * x
    y:backward(0)
    assert.are.equal(0, x.grad)
    y:backward(-1)
    assert.are.equal(-4, x.grad)
    y:backward(math.huge)
    assert.are.equal(math.huge, x.grad)
  end)

  it("refuses what is not a number", function()
    local y = Value(2) * 3
    for _, wrong in ipairs({"1", {}, true, Value(1)}) do
      assert.matches("number expected", message_of(y.backward, y, wrong))
    end
  end)
end)

describe("gradients", function()
  it("of several Values: options and seed are checked", function()
    local x = Value(2)
    assert.matches("bad argument #3 to 'gradients' (table of options expected, "
      .. "got number)", message_of(gradients, x, {x}, 3), 1, true)
    assert.matches("bad option 'seed' to 'gradients' (number or Value "
      .. "expected, got string)", message_of(gradients, x, {x}, {seed = "x"}),
      1, true)
  end)
end)
