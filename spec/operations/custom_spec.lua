-- Operations of one's own: tinygrad.custom in Lua, tg_pushoperation in C.

local tinygrad = require "tinygrad"
local saved_bytes = require "spec.support.saved_bytes"

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")
local Value, custom = tinygrad.Value, tinygrad.custom
local compile, Tensor = tinygrad.compile, tinygrad.Tensor
local grad, derivative = tinygrad.grad, tinygrad.derivative
local gradients, hessian = tinygrad.gradients, tinygrad.hessian

local function message_of(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  return tostring(message)
end

local function near(expected, got, tolerance)
  assert.is_number(got)
  assert.near(expected, got, tolerance or 1e-12)
end

-- Makes a softplus with a slope. Its backward takes numbers and Values.
local function new_softplus(options)
  local definition = {
    name = "my_softplus",
    forward = function(x, k) return math.log(1 + math.exp(k * x)) / k end,
    backward = function(x, k, y)
      local s = tinygrad.sigmoid(k * x)
      return s, (x * s - y) / k
    end
  }
  for key, value in pairs(options or {}) do definition[key] = value end
  return custom(definition)
end

describe("a custom operation", function()
  local softplus = new_softplus()
  local function reference(x, k)
    return tinygrad.log(1 + tinygrad.exp(k * x)) / k
  end

  it("computes with numbers as it is", function()
    assert.are.equal(math.log(1 + math.exp(2)) / 2, softplus(1, 2))
  end)

  it("makes one node of Values", function()
    local x, k = Value(0.3), Value(1.7)
    local y = softplus(x, k)
    assert.is_true(tinygrad.is_value(y))
    assert.are.equal(softplus(0.3, 1.7), y.data)
    assert.are.equal("my_softplus", y.op)
    assert.are.same({x, k}, y:parents())
    assert.are.same({x, k}, y:operands())
    assert.matches("cannot set 'data' of an interior node %(it is the result "
      .. "of 'my_softplus'%)", message_of(function() y.data = 1 end))
  end)

  it("takes numbers for some operands", function()
    local x = Value(0.3)
    local y = softplus(x, 1.7)
    assert.are.same({x}, y:parents())
    assert.are.same({x, 1.7}, y:operands())
    y:backward()
    near((grad(reference, {argnums = 1})(0.3, 1.7)), x.grad)
  end)

  it("has the gradient that backward gives", function()
    local x, k = Value(0.3), Value(1.7)
    softplus(x, k):backward()
    local dx, dk = grad(reference)(0.3, 1.7)
    near(dx, x.grad)
    near(dk, k.grad)
    assert.is_true((tinygrad.gradcheck(softplus, {0.3, 1.7})))
  end)

  it("has derivatives of any order if backward computes with Values",
    function()
      local H, R = hessian(softplus)(0.3, 1.7), hessian(reference)(0.3, 1.7)
      for i = 1, 2 do
        for k = 1, 2 do near(R[i][k], H[i][k]) end
      end
      local function line(f)
        return function(t) return f(0.3 + t, 1.7 - 2 * t) end
      end
      local function third(f)
        return derivative(derivative(derivative(line(f))))(0)
      end
      near(third(reference), third(softplus), 1e-10)
    end)

  it("is differentiated forward as well", function()
    local _, expected = tinygrad.jvp(reference)({0.3, 1.7}, {1, 2})
    local _, got = tinygrad.jvp(softplus)({0.3, 1.7}, {1, 2})
    near(expected, got)
    local function nested(f)
      return tinygrad.jvp(grad(f))({0.3, 1.7}, {1, 2})
    end
    near((nested(reference)), (nested(softplus)))
  end)

  it("counts an operand that is given twice as two", function()
    local product = custom {
      name = "product",
      forward = function(a, b) return a * b end,
      backward = function(a, b) return b, a end
    }
    local x = Value(3)
    local y = product(x, x)
    assert.are.same({x, x}, y:parents())
    y:backward()
    assert.are.equal(6, x.grad)
    assert.are.equal(2, hessian(function(a) return product(a, a) end)(3))
  end)

  it("needs no backward if forward computes with Values", function()
    local calls = 0
    local f = custom {
      name = "norm_like",
      forward = function(a, b)
        calls = calls + 1
        return tinygrad.sqrt(a * a + b * b)
      end
    }
    assert.are.equal(5, f(3, 4))
    assert.are.equal(1, calls)
    local dx, dy = grad(f)(3, 4)
    near(0.6, dx)
    near(0.8, dy)
    local H = hessian(f)(3, 4)
    near(16 / 125, H[1][1])
    near(-12 / 125, H[1][2])
    near(9 / 125, H[2][2])
    assert.are.equal("norm_like", f(Value(3), 4).op)
    near(0.8, (grad(function(y) return f(3, y) end)(4)))
  end)

  it("may call other custom operations and transforms", function()
    local cube = custom {
      name = "cube",
      forward = function(a) return a * a * a end,
      backward = function(a) return 3 * a * a end
    }
    local slope = custom {
      name = "slope", forward = function(a) return derivative(cube)(a) end
    }
    assert.are.equal(12, slope(2))
    assert.are.equal(12, derivative(slope)(2))
    assert.are.equal(6, hessian(slope)(2))
    assert.are.equal(6, derivative(derivative(derivative(cube)))(2))
    assert.are.equal(0,
      derivative(derivative(derivative(derivative(cube))))(2))
  end)

  it("takes many operands", function()
    local sum_of_squares = custom {
      name = "sum_of_squares",
      forward = function(...)
        local s = 0
        for _, x in ipairs({...}) do s = s + x * x end
        return s
      end,
      backward = function(...)
        local n = select("#", ...) - 1
        local d = {...}
        for i = 1, n do d[i] = 2 * d[i] end
        return unpack(d, 1, n)
      end
    }
    for _, n in ipairs({1, 2, 3, 16, 17, 100, 240}) do
      local x, numbers, v = {}, {}, {}
      for i = 1, n do
        numbers[i], v[i] = i, i % 5
        x[i] = i % 4 == 0 and i or Value(i)
      end
      local y = sum_of_squares(unpack(x))
      collectgarbage()
      assert.are.equal(n * (n + 1) * (2 * n + 1) / 6, y.data)
      y:backward()
      assert.are.equal(n, #y:operands())
      for i = 1, n do
        if i % 4 ~= 0 then assert.are.equal(2 * i, x[i].grad) end
      end
      local product = {tinygrad.hvp(sum_of_squares)(numbers, v)}
      for i = 1, n do assert.are.equal(2 * v[i], product[i]) end
    end
  end)

  it("keeps its operands alive", function()
    local triple = custom {
      name = "sum3",
      forward = function(a, b, c) return a + b + c end,
      backward = function() return 1, 1, 1 end
    }
    local function build(depth)
      local y = Value(1)
      for i = 1, depth do y = triple(y, Value(i) * 2, y * y) end
      return y
    end
    local y = build(4)
    for _ = 1, 3 do collectgarbage() end
    local nodes = tinygrad.graph.trace(y)
    assert.are.equal(1 + 4 * 4, #nodes)
    y:backward()
  end)

  it("of nothing but numbers needs no backward to run", function()
    local f = custom {
      name = "f",
      forward = function(a) return a end,
      backward = function() error("not to be called") end
    }
    assert.are.equal(3, f(3))
    assert.are.equal(0, (grad(function() return f(3) end)(1)))
  end)

  it("of no operands is a number", function()
    local constant = custom {
      name = "constant", forward = function() return 5 end
    }
    assert.are.equal(5, constant())
  end)

  it("gives a leaf in no_grad", function()
    tinygrad.no_grad(function()
      local y = softplus(Value(1), 2)
      assert.is_true(tinygrad.is_value(y))
      assert.is_nil(y.op)
    end)
  end)

  it("may return inf and NaN", function()
    local f = custom {
      name = "f",
      forward = function() return 0 / 0 end,
      backward = function() return math.huge end
    }
    local y = f(Value(1))
    assert.are_not.equal(y.data, y.data)
    assert.are.equal(math.huge, (grad(f)(1)))
  end)

  it("ignores further results of its callbacks", function()
    local f = custom {
      name = "f",
      forward = function(a) return a * 2, "more" end,
      backward = function() return 2, "more", nil, {} end
    }
    assert.are.equal(2, (grad(f)(1)))
    assert.are.equal(0, hessian(f)(1))
  end)

  it("may be called from a coroutine, which forward may suspend", function()
    local f = custom {
      name = "f",
      forward = function(a)
        coroutine.yield("waiting")
        return a * 3
      end,
      backward = function() return 3 end
    }
    local co = coroutine.create(function() return (grad(f)(1)) end)
    assert.are.same({true, "waiting"}, {coroutine.resume(co)})
    assert.are.same({true, 3}, {coroutine.resume(co)})
  end)

  it("may run backward passes in its callbacks", function()
    local f = custom {
      name = "f",
      forward = function(a)
        local x = Value(a)
        local y = x * x * x
        y:backward()
        return x.grad -- 3 a^2
      end,
      backward = function(a)
        local spoil = a * a
        if tinygrad.is_value(spoil) then
          spoil:backward()
          spoil:zero_grad()
        end
        return 6 * a
      end
    }
    assert.are.equal(12, f(2))
    assert.are.equal(12, derivative(f)(2))
    -- x f(x) f(x^2) = 9 x^7
    local function g(x) return x * f(x) * f(x * x) end
    assert.are.equal(63 * 64, derivative(g)(2))
    assert.are.equal(378 * 32, hessian(g)(2))
  end)
end)

describe("a custom operation with a vjp", function()
  -- The functions of new_softplus, but the gradient of the result is their
  -- first argument.
  local definition = {
    name = "my_softplus",
    forward = function(x, k) return math.log(1 + math.exp(k * x)) / k end,
    vjp = function(g, x, k, y)
      local s = tinygrad.sigmoid(k * x)
      return g * s, g * (x * s - y) / k
    end
  }
  local by_partials, by_vjp = new_softplus(), custom(definition)

  it("is the one with those partials", function()
    assert.are.equal(by_partials(1, 2), by_vjp(1, 2))
    for _, transform in ipairs {grad, hessian, tinygrad.value_and_grad} do
      assert.are.same({transform(by_partials)(0.3, 1.7)},
        {transform(by_vjp)(0.3, 1.7)})
    end
    local x = Value(0.3)
    local y = by_vjp(x, 1.7) * 5
    y:backward()
    near(5 * grad(by_partials)(0.3, 1.7), x.grad)
    local function third(f)
      return derivative(derivative(derivative(function(t)
        return f(0.3 + t, 1.7 - 2 * t)
      end)))(0)
    end
    near(third(by_partials), third(by_vjp), 1e-10)
    assert.is_true((tinygrad.gradcheck(by_vjp, {0.3, 1.7}, {order = 2})))
    local _, expected = tinygrad.jvp(by_partials)({0.3, 1.7}, {1, 2})
    local _, got = tinygrad.jvp(by_vjp)({0.3, 1.7}, {1, 2})
    near(expected, got)
  end)

  it("may yield", function()
    local f = custom {
      name = "waiting",
      forward = function(x) return x * x end,
      vjp = function(g, x)
        coroutine.yield("here")
        return g * 2 * x
      end
    }
    local run = coroutine.wrap(function() return (grad(f)(3)) end)
    assert.are.equal("here", run())
    assert.are.equal(6, run())
  end)

  it("is refused by compile, by name", function()
    assert.matches("the custom operation 'my_softplus' has a derivative of "
      .. "its own, which a program cannot hold; leave 'vjp' out",
      message_of(compile, by_vjp, 1, 2), 1, true)
  end)

  it("may be of first order only", function()
    local once = {first_order = true}
    for key, value in pairs(definition) do once[key] = value end
    assert.matches("'my_softplus' can be differentiated once only",
      message_of(hessian(custom(once)), 1, 2), 1, true)
  end)

  it("refuses what is no derivative", function()
    local function with(vjp, backward)
      return custom {name = "f", forward = function(x) return x end, vjp = vjp,
        backward = backward}
    end
    assert.matches("bad field 'vjp' of the definition given to 'custom' "
      .. "(function expected, got number)", message_of(with, 3), 1, true)
    assert.matches("has both backward and vjp; give one", message_of(with,
      math.abs, math.abs), 1, true)
    assert.matches("custom operation 'f': vjp must return a number as partial "
      .. "1, it returned table", message_of(with(function(g) return {g} end),
      Value(1)), 1, true)
    assert.matches("custom operation 'f': vjp must return a number as partial "
      .. "1, it returned nil", message_of(with(function() end), Value(1)), 1,
      true)
  end)
end)

describe("a first-order custom operation", function()
  local softplus = new_softplus({first_order = true})

  it("has a gradient", function()
    assert.is_true((tinygrad.gradcheck(softplus, {0.3, 1.7})))
    local y, dy = tinygrad.jvp(softplus)({0.3, 1.7}, {1, 0})
    assert.are.equal(softplus(0.3, 1.7), y)
    near((grad(softplus)(0.3, 1.7)), dy)
  end)

  it("refuses a second derivative by name", function()
    local expected = "the custom operation 'my_softplus' can be "
      .. "differentiated once only"
    for _, f in ipairs({
      function() return hessian(softplus)(0.3, 1.7) end,
      function() return grad(grad(softplus))(0.3, 1.7) end,
      function()
        local x = Value(1)
        return gradients(softplus(x, 2), {x}, {create_graph = true})
      end,
      function() return tinygrad.hvp(softplus)({0.3, 1.7}, {1, 0}) end
    }) do
      assert.matches(expected, message_of(f), 1, true)
    end
  end)

  it("does no harm where no second derivative needs it", function()
    -- f is linear in x, so that only y needs the second derivative.
    local function f(x, y) return softplus(x, 2) + y ^ 3 end
    assert.are.equal(12, hessian(f, {argnums = 2})(1, 2))
  end)
end)

describe("errors of a custom operation", function()
  it("carry the callback's own traceback", function()
    local function culprit() error("boom") end
    local forward_fails = custom {
      name = "f", forward = function(a)
        culprit()
        return a
      end
    }
    local backward_fails = custom {
      name = "f", forward = function(a) return a end,
      backward = function()
        culprit()
        return 1
      end
    }
    local second_fails = custom {
      name = "f", forward = function(a) return a end,
      backward = function(a)
        if tinygrad.is_value(a) then culprit() end
        return 1
      end
    }
    for _, run in ipairs({
      function() return (forward_fails(Value(1))) end,
      function() return (forward_fails(1)) end,
      function() return (backward_fails(Value(1))) end,
      function() return (hessian(second_fails)(1)) end,
      function()
        local x = Value(1)
        return (gradients(second_fails(x), {x}, {create_graph = true}))
      end
    }) do
      local ok, trace = xpcall(run, debug.traceback)
      assert.is_false(ok)
      assert.matches("custom_spec%.lua:%d+: boom", trace)
      assert.matches("culprit", trace)
    end
    -- The state still works:
    assert.are.equal(6, (grad(function(x) return x * x end)(3)))
  end)

  it("that are no strings arrive as they are", function()
    local thrown = {}
    local f = custom {name = "f", forward = function() error(thrown) end}
    local _, got = pcall(f, Value(1))
    assert.are.equal(thrown, got)
  end)

  local function with(forward, backward)
    return custom {name = "odd", forward = forward, backward = backward}
  end

  it("name a callback that returns no number", function()
    for _, case in ipairs({
      {function() end, "nil"}, {function() return "1" end, "string"},
      {function() return Value(1) end, "Value"},
      {function() return true end, "boolean"}
    }) do
      assert.matches("custom operation 'odd': forward must return a number as "
        .. "the value, it returned " .. case[2],
        message_of(with(case[1], function() return 1 end), Value(1)), 1, true)
      assert.matches("custom operation 'odd': backward must return a number "
        .. "as partial 1, it returned " .. case[2],
        message_of(with(function() return 1 end, case[1]), Value(1)), 1, true)
    end
    assert.matches("partial 2, it returned nil", message_of(
      with(function() return 1 end, function() return 1 end), 1, Value(1)), 1,
      true)
  end)

  it("name a backward that returns neither number nor Value for the second "
    .. "derivative", function()
    for _, case in ipairs({
      {nil, "nil"}, {"1", "string"}, {{}, "table"}, {true, "boolean"}
    }) do
      local f = with(function(a) return a end, function(a)
        if tinygrad.is_value(a) then return case[1] end
        return 1
      end)
      for _, g in ipairs({
        derivative(derivative(f)),
        derivative(derivative(function(x) return f(x) * x end)),
        function(x) return tinygrad.jvp(grad(f))({x}, {1}) end
      }) do
        local message = message_of(g, 1)
        assert.matches("'odd'", message, 1, true)
        assert.matches(case[2], message, 1, true)
      end
    end
  end)

  it("name an operand that is neither number nor Value", function()
    local f = with(function(a) return a end, function() return 1 end)
    for _, case in ipairs({
      {"3", "string"}, {{}, "table"}, {true, "boolean"}, {nil, "nil"}
    }) do
      assert.matches("bad argument #2 to 'odd' (number or Value expected, got "
        .. case[2] .. ")", message_of(f, Value(1), case[1], 3), 1, true)
    end
  end)

  it("name a bad definition", function()
    local function id(x) return x end
    for _, case in ipairs({
      {5, "bad argument #1 to 'custom' (table with name and forward expected, "
        .. "got number)"},
      {{}, "bad field 'name' of the definition given to 'custom' (string "
        .. "expected, got nil)"},
      {{name = 5}, "bad field 'name'"},
      {{name = "f"}, "bad field 'forward'"},
      {{name = "f", forward = Value(1)}, "bad field 'forward' of the "
        .. "definition given to 'custom' (function expected, got Value)"},
      {{name = "f", forward = id, backward = 1}, "bad field 'backward'"},
      {{name = "f", forward = id, first_order = 1}, "bad field 'first_order'"}
    }) do
      assert.matches(case[2], message_of(custom, case[1]), 1, true)
    end
  end)

  it("point at the line that called the operation", function()
    local f = with(function() return "text" end)
    local ok, message = pcall(function()
      local y = f(Value(1))
      return y
    end)
    assert.is_false(ok)
    assert.matches("^[^:]*custom_spec%.lua:%d+: custom operation 'odd'",
      message)
  end)
end)

-- C registers operations in a module that is built here.

local c_module = require "spec.support.c_module"

describe("an operation registered in C", function()
  local host, reason

  setup(function()
    host, reason = c_module("spec/operations/operation_host")
  end)

  -- Defines a test that needs the module.
  local function it_builds(title, test)
    it(title, function()
      if not host then return pending(reason) end
      test()
    end)
  end

  it_builds("computes with numbers and Values", function()
    assert.are.equal(12, host.product3(2, 2, 3))
    local x = Value(2)
    local y = host.product3(x, 2, x)
    assert.are.equal(8, y.data)
    assert.are.equal("product3", y.op)
    assert.are.same({x, x}, y:parents())
    assert.are.same({x, 2, x}, y:operands())
    y:backward()
    assert.are.equal(8, x.grad)
  end)

  it_builds("passes gradcheck", function()
    assert.is_true((tinygrad.gradcheck(host.product3, {1.5, -2, 0.5})))
    assert.is_true((tinygrad.gradcheck(host.sine, {0.7})))
  end)

  it_builds("has derivatives as far as its own operations have", function()
    local f = host.sine
    for order, expected in ipairs({math.cos(0.7), -math.sin(0.7),
      -math.cos(0.7), math.sin(0.7), math.cos(0.7)})
    do
      f = derivative(f)
      near(expected, f(0.7), 1e-15 * order)
    end
    local H = hessian(host.product3)(2, 3, 5)
    assert.are.same({{0, 5, 3}, {5, 0, 2}, {3, 2, 0}}, H)
    local product = {tinygrad.hvp(host.product3)({2, 3, 5}, {1, 1, 1})}
    assert.are.same({8, 7, 5}, product)
  end)

  it_builds("of first order says so", function()
    assert.are.equal(27, derivative(host.cube)(3))
    local expected = "the operation 'cube' can be differentiated once only"
    assert.matches(expected, message_of(hessian(host.cube), 3), 1, true)
    assert.matches(expected, message_of(derivative(derivative(host.cube)), 3),
      1, true)
    -- The operation's partial is a registered operation, too: its second
    -- derivative exists, its third does not.
    assert.are.equal(12 * 9, hessian(host.fourth)(3))
    assert.matches(expected,
      message_of(derivative(derivative(derivative(host.fourth))), 3), 1, true)
  end)

  it_builds("checks its operands", function()
    for _, case in ipairs({{"3", "string"}, {nil, "nil"}, {{}, "table"}}) do
      assert.matches("bad argument #2 to 'product3' (number or Value expected, "
        .. "got " .. case[2],
        message_of(host.product3, Value(1), case[1], 2), 1, true)
    end
    assert.matches("bad argument #1 to 'sine'", message_of(host.sine), 1, true)
    assert.are.equal(math.sin(1), host.sine(1, "ignored"))
  end)

  it_builds("takes as many operands as TG_MAXOPERANDS", function()
    local x = {}
    for i = 1, 16 do x[i] = Value(i) end
    local y = host.sum16(unpack(x))
    collectgarbage()
    assert.are.equal(136, y.data)
    y:backward()
    for i = 1, 16 do assert.are.equal(1, x[i].grad) end
    assert.matches("the operation 'wide' has 17 operands; 1 to 16 expected",
      message_of(host.push_wide), 1, true)
    assert.matches("the operation 'narrow' has 0 operands; 1 to 16 expected",
      message_of(host.push_narrow), 1, true)
  end)

  it_builds("obeys no_grad and detect_anomaly", function()
    tinygrad.no_grad(function()
      assert.is_nil(host.sine(Value(1)).op)
    end)
    assert.matches("anomaly in forward: 'sine' of %(inf%)",
      message_of(tinygrad.detect_anomaly, function()
        local y = host.sine(Value(math.huge))
        return y
      end))
  end)

  it_builds("nests in transforms like any other", function()
    local function f(x) -- x * d/dy sin(x y) at y = 2
      return x * derivative(function(y) return host.sine(x * y) end)(2)
    end
    -- x^2 cos(2 x), derivative 2 x cos(2 x) - 2 x^2 sin(2 x)
    near(6 * math.cos(6) - 18 * math.sin(6), derivative(f)(3), 1e-12)
  end)

  it_builds("is called from a Program, with the same derivatives", function()
    local function f(x, y)
      return host.product3(host.sine(x) + y, 3, x) * host.sine(x)
    end
    local p = compile(f, 0, 0)
    assert.are.equal(f(0.7, 0.2), p(0.7, 0.2))
    assert.are.equal(2, p:stats().by_operation.sine
      + p:stats().by_operation.product3)
    assert.matches("product3", tostring(p), 1, true)
    local expected = {tinygrad.grad(f)(0.7, 0.2)}
    for _, d in ipairs({{p:grad()(0.7, 0.2)}, {tinygrad.grad(p)(0.7, 0.2)}}) do
      near(expected[1], d[1], 1e-14)
      near(expected[2], d[2], 1e-14)
    end
    local H, K = tinygrad.hessian(f)(0.7, 0.2), p:hessian()(0.7, 0.2)
    for i = 1, 2 do
      for j = 1, 2 do near(H[i][j], K[i][j], 1e-13) end
    end
    local _, slope = p:jvp()({0.7, 0.2}, {1, 0})
    near(expected[1], slope, 1e-14)
    local constant = compile(function() return host.sine(2) end)
    assert.are.equal(host.sine(2), constant())
  end)

  it_builds("of first order is called for its partials, once", function()
    local p = tinygrad.compile(function(x) return host.cube(x) * x end, 1)
    assert.are.equal(4 * 27, p:grad()(3))
    assert.matches("cube.partial1", tostring(p:grad()), 1, true)
    local expected = "the operation 'cube' can be differentiated once only"
    assert.matches(expected, message_of(p.hessian, p), 1, true)
    assert.matches(expected, message_of(p:grad().grad, p:grad()), 1, true)
    assert.matches(expected, message_of(p:grad(), Value(3)), 1, true)
    local sum = tinygrad.compile(function(x) return host.sum16(unpack(x)) end,
      {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    local ones = {}
    for i = 1, 16 do ones[i] = 1 end
    assert.are.equal(16, sum(ones))
    assert.are.same(ones, sum:grad()(ones))
  end)

  it_builds("outlives what was around a Program that calls it", function()
    local p
    do
      local f = host.sine
      p = tinygrad.compile(function(x) return f(f(x)) end, 1):value_and_grad()
    end
    for _ = 1, 3 do collectgarbage() end
    local y, d = p(0.5)
    assert.are.equal(math.sin(math.sin(0.5)), y)
    near(math.cos(math.sin(0.5)) * math.cos(0.5), d, 1e-15)
  end)

  it_builds("is found by name when a Program is loaded", function()
    local p = tinygrad.compile(function(x, y)
      return host.sine(x) * host.product3(x, y, 2)
    end, 0, 0):value_and_grad()
    local loaded, message = tinygrad.program_from_string(p:to_string())
    assert.is_nil(loaded)
    assert.matches("unknown operation: 'sine'", message, 1, true)
    loaded = assert(tinygrad.program_from_string(p:to_string(),
      {operations = {host.product3, host.sine}})) -- and their derivatives
    assert.are.same({p(0.5, 3)}, {loaded(0.5, 3)})
    assert.are.equal(p:to_string(), loaded:to_string())
  end)

  it_builds("is not called for bytes that lie", function()
    local bytes = tinygrad.compile(host.product3, 1, 2, 3):to_string()
    local messages, wrong = {}, saved_bytes.number(2 ^ 32 - 1)
    for at = 57, #bytes - 3, 4 do
      local p, message = tinygrad.program_from_string(saved_bytes.signed(
        saved_bytes.replaced(bytes, at, wrong)), {operations = {host.product3}})
      if p then pcall(p, 1, 2, 3) end
      messages[message or "none"] = true
    end
    assert.is_true(messages["the saved program is damaged"])
  end)

  it_builds("may be one of many in a Program", function()
    local function f(x)
      return host.sine(x) + host.product3(x, x, x) + host.cube(x)
        + host.fourth(x) + host.sum16(x, x, x, x, x, x, x, x, x, x, x, x, x, x,
          x, x)
    end
    local p = compile(f, 1):value_and_grad()
    local y, d = p(0.5)
    near(math.sin(0.5) + 2 * 0.125 + 0.0625 + 8, y)
    near(math.cos(0.5) + 6 * 0.25 + 4 * 0.125 + 16, d)
  end)

  it_builds("is written as C, in short and in long Programs", function()
    local function long(x)
      for _ = 1, 2000 do x = host.sine(x) + host.product3(x, 0.5, 1) end
      return x
    end
    for _, f in ipairs {host.sine, long} do
      local text = compile(f, 1):emit_c {name = "f"}
      assert.matches("f_tg_call_sine", text, 1, true)
    end
    local odd = compile(host["an odd name"], 1)
    assert.matches("the operation 'an odd name' has a name that C does not",
      message_of(odd.emit_c, odd), 1, true)
    local sine = compile(host.sine, 1)
    assert.matches("the operation 'sine' has a name that the exported text "
      .. "gives to something else", message_of(sine.emit_c, sine,
        {name = "sine"}), 1, true)
  end)

  it_builds("has a C function of doubles, and one of floats", function()
    local g = compile(function(x)
      return host.cube(x) * host.sine(x)
    end, 1):grad()
    local texts = {g:emit_c {name = "of_doubles"},
      g:emit_c {name = "of_floats", real = "float"}, [[
#include <stdio.h>
double cube(const double *x) { return x[0] * x[0] * x[0]; }
float cubef(const float *x) { return x[0] * x[0] * x[0]; }
double sine(const double *x) { return sin(x[0]); }
float sinef(const float *x) { return sinf(x[0]); }
extern double cosine(const double *x);
extern float cosinef(const float *x);
double cosine(const double *x) { return cos(x[0]); }
float cosinef(const float *x) { return cosf(x[0]); }
void cube_partials(const double *x, double y, double *d) {
  (void)y;
  d[0] = 3.0 * x[0] * x[0];
}
void cubef_partials(const float *x, float y, float *d) {
  (void)y;
  d[0] = 3.0f * x[0] * x[0];
}
int main(void) {
  const double x = 0.5;
  const float xf = 0.5f;
  double y;
  float yf;
  of_doubles(&x, &y);
  of_floats(&xf, &yf);
  printf("%.17g %.17g\n", y, (double)yf);
  return 0;
}
]]}
    local y, yf = require "spec.support.emitted".in_one_file(texts)
      :match("(%S+) (%S+)")
    assert.equal(g(0.5), tonumber(y))
    near(g(0.5), tonumber(yf), 1e-6)
  end)

  it_builds("is called for rows of a batch, and drawn", function()
    local g = compile(function(x, y) return host.product3(x, x, y) end, 1, 1)
    local rows = Tensor {1, 2, 3}
    assert.same({2, 8, 18}, g:batch({rows, 2}):totable())
    assert.same({1, 8, 27}, g:batch({rows, rows}):totable())
    assert.same({4, 8, 12}, (g:grad():batch({rows, 2})):totable())
    assert.matches("product3\n   ├─ x", tinygrad.graph.tree(g), 1, true)
    assert.matches("cube.partial1", tinygrad.graph.tree(
      compile(function(x) return host.cube(x) end, 1):grad()), 1, true)
  end)

  it_builds("gives numbers for numbers beside Values", function()
    local slopes = compile(function(x, y) return host.cube(x) * y end, 1, 1)
      :grad()
    local by_x, by_y = slopes(2, Value(5))
    assert.equal(60, by_x.data)
    assert.equal(8, tinygrad.is_value(by_y) and by_y.data or by_y)
    assert.matches("once only", message_of(slopes, Value(2), 5))
  end)

  it_builds("stands beside any number of others in a Program", function()
    local f = function(x)
      local y = 0
      for _, name in ipairs {"sine", "cube", "fourth"} do
        y = y + host[name](x)
      end
      return y + host.product3(x, x, x)
    end
    local by_f = compile(function(x)
      local p = grad(grad(function(z) return host.sine(z) end))(x)
      return p + grad(function(a, b, c)
        return host.product3(a, b, c) + host.fourth(a)
      end)(x, x, x) + f(x)
    end, 1)
    near(-math.sin(0.5) + 0.25 + 4 * 0.125 + math.sin(0.5) + 0.125
      + 0.0625 + 0.125, by_f(0.5))
  end)

  it_builds("is declared in emitted C", function()
    local p = tinygrad.compile(function(x)
      return host.sine(x[1]) * host.cube(x[1] * x[2])
    end, {0, 0})
    local source = p:emit_c()
    assert.matches("extern double sine(const double *x);", source, 1, true)
    assert.matches("extern double cube(const double *x);", source, 1, true)
    assert.falsy(source:find("_partials", 1, true))
    local g = p:grad()
    local emitted = require "spec.support.emitted"
    local results, text = emitted.run(g, {{0.5, 3}, {2, -1}}, {definitions = [[
#include <math.h>
double sine(const double *x);
double sine(const double *x) { return sin(x[0]); }
double cosine(const double *x);
double cosine(const double *x) { return cos(x[0]); }
double cube(const double *x);
double cube(const double *x) { return x[0] * x[0] * x[0]; }
void cube_partials(const double *x, double y, double *d);
void cube_partials(const double *x, double y, double *d) {
  (void)y;
  d[0] = 3.0 * x[0] * x[0];
}
]]})
    assert.matches("cube_partials", text, 1, true)
    assert.are.same({g {0.5, 3}, g {2, -1}}, results)
  end)
end)

describe("the core's functions for operations", function()
  it("refuse what no caller of theirs gives", function()
    local core = require "tinygrad.core"
    assert.is_nil(core.operation) -- it would take an address
    assert.matches("bad argument #1 to 'custom_node' (number or Value expected",
      message_of(core.custom_node, {name = "f"}, 3, {1}, {"x"}), 1, true)
  end)
end)

describe("the definition", function()
  it("has no other fields", function()
    assert.equal("unknown field 'backwards' of the definition given to "
      .. "'custom'; did you mean 'backward'?", message_of(custom,
        {name = "f", forward = function(x) return x end, backwards = 1})
        :gsub("^[^ ]*:%d+: ", ""))
  end)
end)
