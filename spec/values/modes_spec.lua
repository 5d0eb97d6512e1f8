-- no_grad, detach and detect_anomaly.

local tinygrad = require "tinygrad"

local Value = tinygrad.Value
local no_grad, detect_anomaly = tinygrad.no_grad, tinygrad.detect_anomaly
local grad, hessian = tinygrad.grad, tinygrad.hessian

local scale = tonumber(os.getenv("TINYGRAD_SPEC_SCALE")) or 1

local function message_of(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  return tostring(message)
end

-- Returns the line of the function that calls this one.
local function here() return debug.getinfo(2, "l").currentline end

-- Fails unless gradients are recorded and anomalies pass.
local function assert_normal()
  local x = Value(0)
  assert.are.equal("log", tinygrad.log(x).op)
  assert.are.equal(0, #Value(1):parents())
  assert.are.equal(6, (grad(function(v) return v * v end)(3)))
end

local function multiply(a, b) return a * b end

local function fail() error("boom") end

-- Tells whether a function can yield across pcall. (On Lua 5.1 it cannot.)
local yieldable = coroutine.wrap(function()
  return (pcall(coroutine.yield))
end)
yieldable()
yieldable = pcall(yieldable)

describe("no_grad", function()
  after_each(assert_normal)

  it("passes arguments and results", function()
    local function f(...) return select("#", ...), ... end
    local results = {n = select("#", no_grad(f, 1, nil, "x", nil)),
      no_grad(f, 1, nil, "x", nil)}
    assert.are.same({n = 5, 4, 1, nil, "x", nil}, results)
    assert.are.equal(0, select("#", no_grad(function() end)))
  end)

  it("makes leaves of the same value", function()
    local x = Value(2)
    local made = no_grad(function()
      return {x * 3, 3 - x, -x, x ^ 2, x:exp(), tinygrad.sum {x, x},
        tinygrad.dot({x, 1}, {2, x}), tinygrad.max(x, 1, 0),
        tinygrad.where(1, x, 0), tinygrad.clamp(x, 0, 1)}
    end)
    for i, expected in ipairs({6, 1, -2, 4, math.exp(2), 4, 6, 2, 2, 1}) do
      assert.is_true(tinygrad.is_value(made[i]), tostring(i))
      assert.are.equal(expected, made[i].data)
      assert.is_nil(made[i].op)
      assert.are.same({}, made[i]:parents())
    end
    made[1]:backward()
    assert.are.equal(0, x.grad)
    assert.are.equal(1, made[1].grad)
    made[1].data = 5
  end)

  it("leaves numbers numbers", function()
    assert.are.equal(0.5, no_grad(tinygrad.relu, 0.5))
    assert.are.equal(3, no_grad(tinygrad.sum, {1, 2}))
  end)

  it("stops derivatives inside a function that is differentiated", function()
    local function f(x) return x * no_grad(multiply, x, x) end
    assert.are.equal(9, (grad(f)(3)))
    assert.are.equal(0, hessian(f)(3))
    local _, tangent = tinygrad.jvp(f)({3}, {1})
    assert.are.equal(9, tangent)
  end)

  it("does not reach into transforms that run inside", function()
    local function cube(x) return x * x * x end
    no_grad(function()
      assert.are.equal(12, (grad(cube)(2)))
      assert.are.same({8, 12}, {tinygrad.value_and_grad(cube)(2)})
      assert.are.equal(12, tinygrad.derivative(cube)(2))
      assert.are.equal(12, hessian(cube)(2))
      assert.are.equal(12, tinygrad.jacobian(cube)(2))
      assert.are.equal(12, (select(2, tinygrad.jvp(cube)({2}, {1}))))
      assert.are.equal(12, select(2, tinygrad.vjp(cube)({2}))(1))
      assert.are.equal(12, (tinygrad.hvp(cube)({2}, {1})))
      assert.is_nil((Value(1) * 2).op, "no_grad goes on after a transform")
      pcall(grad(fail), 1)
      assert.is_nil((Value(1) * 2).op, "and after one that failed")
    end)
  end)

  it("around an inner transform stops the outer derivative", function()
    local function f(x)
      return x * no_grad(function() -- d/dy(x y^2) = 2 x^2 at y = x
        return (grad(function(y) return x * y * y end)(x))
      end)
    end
    assert.are.equal(18, (grad(f)(3)))
  end)

  it("nests", function()
    local x = Value(2)
    no_grad(function()
      no_grad(multiply, x, x)
      assert.is_nil((x * x).op)
      pcall(no_grad, fail)
      assert.is_nil((x * x).op)
    end)
    assert.are.equal("mul", (x * x).op)
  end)

  it("ends when the function raises", function()
    local thrown = {}
    local ok, got = pcall(no_grad, function() error(thrown) end)
    assert.is_false(ok)
    assert.are.equal(thrown, got)
    assert.matches("modes_spec%.lua:%d+: boom", message_of(no_grad, fail))
  end)

  it("can be left and entered again by a coroutine, or says why not",
    function()
      local co = coroutine.create(function()
        return no_grad(function(x)
          local y = x * x
          coroutine.yield(y)
          return (y * x).op == nil
        end, Value(3))
      end)
      local ok, y = coroutine.resume(co)
      assert.are.equal(yieldable, ok)
      if ok then
        assert.is_nil(y.op)
        assert.are.same({true, true}, {coroutine.resume(co)})
      else
        assert.matches("attempt to yield", y)
      end
    end)

  it("takes functions only", function()
    for _, case in ipairs({{nil, "nil"}, {5, "number"}, {Value(1), "Value"}}) do
      assert.matches("bad argument #1 to 'no_grad' (function expected, got "
        .. case[2] .. ")", message_of(no_grad, case[1]), 1, true)
    end
  end)
end)

describe("detach", function()
  it("gives a leaf of the same value", function()
    local x = Value(3)
    local y = x * x
    for _, v in ipairs({x, y}) do
      local d = v:detach()
      assert.are.equal(v.data, d.data)
      assert.is_nil(d.op)
      assert.are.equal(0, d.grad)
      assert.are_not.equal(v, d)
      d.data = 100
      assert.are_not.equal(100, v.data)
    end
  end)

  it("lets no derivative through", function()
    local x = Value(3)
    local y = x * x:detach()
    y:backward()
    assert.are.equal(3, x.grad)
    local function f(a) return (a * a):detach() * a ^ 3 end
    assert.are.equal(9 * 27, (grad(f)(3)))
    assert.are.equal(9 * 18, hessian(f)(3))
    assert.are.equal(0, (grad(function(a) return a:detach() end)(3)))
    local _, tangent = tinygrad.jvp(f)({3}, {1})
    assert.are.equal(9 * 27, tangent)
  end)

  it("cuts the outer derivative of an inner transform", function()
    local function f(x)
      local slope = grad(function(y) return x * y * y end)(x) -- 2 x^2
      return slope * slope:detach()
    end
    assert.are.equal(18 * 12, (grad(f)(3)))
  end)

  it("is for Values only", function()
    local detach = Value(1).detach
    assert.matches("Value expected, got number", message_of(detach, 5))
    assert.matches("Value expected, got no value", message_of(detach))
  end)
end)

describe("detect_anomaly", function()
  after_each(assert_normal)

  it("is off at first", function()
    assert.is_false(detect_anomaly(false))
    local x = Value(0)
    local y = tinygrad.sqrt(x) * tinygrad.log(x)
    y:backward()
    assert.are.equal(-math.huge, x.grad)
  end)

  it("is switched by true and false, and returns what it was", function()
    assert.is_false(detect_anomaly(true))
    assert.is_true(detect_anomaly(true))
    local ok = pcall(tinygrad.log, Value(0))
    assert.is_true(detect_anomaly(false))
    assert.is_false(detect_anomaly(false))
    assert.is_false(ok)
    assert.is_true((pcall(tinygrad.log, Value(0))))
  end)

  it("lasts for the call of a function", function()
    local function f(a, b) return a * b, nil, "end" end
    local y, none, text = detect_anomaly(f, Value(2), 3)
    assert.are.equal(6, y.data)
    assert.is_nil(none)
    assert.are.equal("end", text)
    assert.is_false(detect_anomaly(false))
    message_of(detect_anomaly, fail)
    assert.is_false(detect_anomaly(false))
    detect_anomaly(true)
    detect_anomaly(f, 1, 2)
    pcall(detect_anomaly, fail)
    assert.is_true(detect_anomaly(false))
  end)

  it("passes a function's error on as it is", function()
    local thrown = {}
    local _, got = pcall(detect_anomaly, function() error(thrown) end)
    assert.are.equal(thrown, got)
  end)

  -- Checks the message of the anomaly in f, whose interesting line is `line`.
  local function assert_anomaly(f, line, ...)
    local message = message_of(detect_anomaly, f)
    assert.matches("modes_spec.lua:" .. line, message, 1, true)
    for _, text in ipairs({...}) do
      assert.matches(text, message)
    end
    return message
  end

  it("names operation, operands, line and result", function()
    local line
    for _, case in ipairs({
      {function(x)
        line = here() + 1
        local y = tinygrad.log(x)
        return y
      end, "'log' of %(0%.?0?%)", "is %-inf"},
      {function(x)
        line = here() + 1
        local y = x / x
        return y
      end, "'div' of %(0%.?0?, 0%.?0?%)", "is nan"},
      {function(x)
        line = here() + 1
        local y = 3 / x
        return y
      end, "'div' of %(3%.?0?, 0%.?0?%)", "is inf"},
      {function(x)
        line = here() + 1
        local y = (x - 4):sqrt()
        return y
      end, "'sqrt' of %(%-4%.?0?%)", "is nan"},
      {function(x)
        line = here() + 1
        local y = (x + 1000):exp()
        return y
      end, "'exp' of %(1000%.?0?%)", "is inf"},
      {function(x)
        line = here() + 1
        local y = tinygrad.dot({x, 1e300}, {1, 1e300})
        return y
      end, "'dot' of", "is inf"},
      {function(x)
        line = here() + 1
        local y = tinygrad.sum {x + 1e308, 1e308, 3, 4, 5}
        return y
      end, "'sum' of %(1e%+308, 1e%+308, 3%.?0?, 4%.?0?, %.%.%.%)", "is inf"},
      {function(x)
        line = here() + 1
        local y = (x - 8) ^ 0.5
        return y
      end, "'pow' of %(%-8%.?0?, 0%.5%)", "is nan"}
    }) do
      local message = message_of(detect_anomaly, case[1], Value(0))
      assert.matches("anomaly in forward", message)
      assert.matches("modes_spec.lua:" .. line, message, 1, true)
      assert.matches(case[2], message)
      assert.matches(case[3], message)
      assert.is_nil(message:find("-nan", 1, true))
    end
  end)

  it("raises at the first only", function()
    local line
    assert_anomaly(function()
      local x = Value(0)
      line = here() + 1
      local y = x * (1 / x)
      return y * 2
    end, "", "'div'")
    assert.is_number(line)
  end)

  it("blames nobody for a NaN or inf that was given", function()
    detect_anomaly(function()
      local inf, nan = Value(math.huge), Value(0 / 0)
      local results = {inf + 1, nan * 2, tinygrad.max(inf, 3),
        tinygrad.sum {1, nan}, inf * inf, -inf, tinygrad.exp(inf)}
      assert.are.equal(7, #results)
    end)
  end)

  it("blames the operation that makes NaN of inf", function()
    assert_anomaly(function()
      local inf = Value(math.huge)
      local y = inf - inf
      return y
    end, "", "'sub' of %(inf, inf%)")
    assert_anomaly(function()
      local inf = Value(math.huge)
      local y = inf * 0
      return y
    end, "", "'mul' of %(inf, 0%.?0?%)")
  end)

  it("looks at backward passes", function()
    local line
    local x = Value(0)
    local message = message_of(detect_anomaly, function()
      local a = x * 3
      line = here() + 1
      local b = tinygrad.sqrt(a)
      local y = b * 2 + 1
      y:backward()
    end)
    assert.matches("anomaly in backward", message)
    assert.matches("modes_spec.lua:" .. line, message, 1, true)
    assert.matches("'sqrt' of %(0%.?0?%)", message)
    assert.matches("partial inf", message)
    assert.matches("derivative so far is 2", message)
    assert.are.equal(0, x.grad)
  end)

  it("looks at backward passes of every shape", function()
    local function check(build)
      local leaf = Value(0)
      leaf.grad = 7
      local message = message_of(detect_anomaly, function()
        local y = build(leaf)
        y:backward()
      end)
      assert.matches("anomaly in backward: 'sqrt' of %(0%.?0?%)", message)
      assert.are.equal(7, leaf.grad)
    end
    check(tinygrad.sqrt)
    check(function(x) return tinygrad.sqrt(x) + x end)
    check(function(x) return x + (x + tinygrad.sqrt(x)) * 3 end)
    check(function(x)
      local shared = tinygrad.sqrt(x * 1)
      return tinygrad.sum {shared, x, shared, shared * x, 5}
    end)
    check(function(x)
      local y = tinygrad.sqrt(x)
      for _ = 1, math.max(100, math.floor(2e4 * scale)) do y = y + x end
      return y
    end)
  end)

  it("lets a partial that is multiplied by 0 pass", function()
    detect_anomaly(function()
      local x = Value(0)
      local y = tinygrad.where(tinygrad.gt(x, 0), tinygrad.sqrt(x), x * 2)
      y:backward()
      assert.are.equal(2, x.grad)
    end)
  end)

  it("does not tell the line of what was made before", function()
    local x = Value(0)
    local y = tinygrad.sqrt(x)
    local message = message_of(detect_anomaly, function() y:backward() end)
    assert.matches("anomaly in backward: 'sqrt' of %(0%.?0?%) has", message)
  end)

  it("looks at the derivatives that transforms compute", function()
    local line
    local function f(x)
      line = here() + 1
      local y = tinygrad.sqrt(x)
      return y
    end
    for name, run in pairs({
      grad = function() return (grad(f)(0)) end,
      derivative = function() return (tinygrad.derivative(f)(0)) end,
      jacobian = function() return (tinygrad.jacobian(f)(0)) end,
      value_and_grad = function()
        return (tinygrad.value_and_grad(f)(0))
      end,
      hessian = function() return (hessian(f)(0)) end,
      vjp = function() return (select(2, tinygrad.vjp(f)({0}))(1)) end,
      jvp = function() return (select(2, tinygrad.jvp(f)({0}, {1}))) end,
      gradients = function()
        local x = Value(0)
        return (tinygrad.gradients(f(x), {x}))
      end
    }) do
      local ok, message = pcall(detect_anomaly, run)
      assert.is_false(ok, name)
      assert.matches("anomaly", message)
      if name ~= "hessian" then -- its nodes are built where it was called
        assert.matches("modes_spec.lua:" .. line, message, 1, true)
      end
    end
    assert.are.equal(0.25, detect_anomaly(grad(f), 4))
  end)

  it("tells the line that called a custom operation", function()
    local inverse = tinygrad.custom {
      name = "inverse",
      forward = function(a) return 1 / a end,
      backward = function(_, y) return -y * y end
    }
    local line
    local message = message_of(detect_anomaly, function()
      line = here() + 1
      local y = inverse(Value(0))
      return y
    end)
    assert.matches("'inverse' of %(0%.?0?%)", message)
    assert.matches("modes_spec.lua:" .. line, message, 1, true)
  end)

  it("works in coroutines", function()
    local co = coroutine.create(function()
      return detect_anomaly(function()
        local y = tinygrad.log(Value(0))
        return y
      end)
    end)
    local ok, message = coroutine.resume(co)
    assert.is_false(ok)
    assert.matches("'log'", message)
  end)

  it("works with no_grad inside, and inside no_grad", function()
    local x = Value(0)
    assert.is_nil(detect_anomaly(no_grad, multiply, x, x).op)
    assert.is_nil(no_grad(detect_anomaly, multiply, x, x).op)
    assert.is_true((pcall(tinygrad.log, x)))
  end)

  it("takes a function or a boolean", function()
    for _, case in ipairs({{nil, "nil"}, {5, "number"}, {Value(1), "Value"}}) do
      assert.matches("bad argument #1 to 'detect_anomaly'",
        message_of(detect_anomaly, case[1]), 1, true)
    end
  end)
end)

-- On Lua 5.1, which cannot yield across pcall, a call in a mode cannot yield.
describe("the modes of coroutines", function()
  after_each(assert_normal)

  local function records() return (Value(2) * 3).op == "mul" end

  local function looks_out()
    return not pcall(function() return tinygrad.log(Value(0)) end)
  end

  -- Resumes the coroutine and returns what it yields or returns.
  local function resume(co, ...)
    return select(2, assert(coroutine.resume(co, ...)))
  end

  it("do not stay on when they overlap", function()
    if not yieldable then return end
    local function task()
      return coroutine.wrap(function()
        no_grad(function() coroutine.yield() end)
      end)
    end
    local first, second = task(), task()
    first()
    second()
    first()
    second()
  end)

  it("do not reach others while they wait", function()
    if not yieldable then return end
    for _, mode in ipairs {no_grad, detect_anomaly} do
      local is_on = mode == no_grad and function() return not records() end
        or looks_out
      local co = coroutine.create(function()
        assert.is_false(is_on())
        mode(function()
          assert.is_true(is_on())
          coroutine.yield("out")
          assert.is_true(is_on())
        end)
        return is_on()
      end)
      assert.equal("out", resume(co))
      assert.is_false(is_on())
      assert.is_true(mode(is_on))
      assert.is_false(resume(co))
      assert.is_false(is_on())
    end
  end)

  it("reach those that are resumed inside, and no longer", function()
    local values = coroutine.wrap(function()
      while true do coroutine.yield(records()) end
    end)
    assert.is_true(values())
    assert.is_false(no_grad(values))
    assert.is_true(values())
    local inner = coroutine.wrap(function()
      return no_grad(coroutine.wrap(function()
        return records(), (tinygrad.derivative(function(x) return x * x end)(3))
      end))
    end)
    local recorded, derivative = inner()
    assert.is_false(recorded)
    assert.equal(6, derivative)
  end)

  it("end with a coroutine that dies or is dropped", function()
    local dies = coroutine.create(function() no_grad(error, "boom") end)
    assert.is_false((coroutine.resume(dies)))
    assert.is_true(records())
    if not yieldable then return end
    for _ = 1, 100 do
      local dropped = coroutine.create(function() no_grad(coroutine.yield) end)
      resume(dropped)
      assert.is_true(records())
      if coroutine.close then coroutine.close(dropped) end
      assert.is_true(records())
    end
    collectgarbage()
    assert.is_true(records())
  end)

  it("are of compile too: what waits does not mark others' Values", function()
    if not yieldable then return end
    local co = coroutine.create(function()
      return tinygrad.compile(function(x)
        coroutine.yield()
        return x * Value(3)
      end, 1)
    end)
    resume(co)
    local captured = Value(2) -- not an argument of the function
    assert.matches("not among its arguments", message_of(tinygrad.compile,
      function(x) return x * captured end, 1), 1, true)
    assert.equal(12, resume(co)(4))
  end)

  it("are switched off in the middle of calls", function()
    detect_anomaly(function()
      assert.is_true(detect_anomaly(false))
      assert.is_false(looks_out())
    end)
    assert.is_true(detect_anomaly(looks_out))
    detect_anomaly(detect_anomaly, true)
    assert.is_true(looks_out())
    assert.is_true(detect_anomaly(false))
  end)

  it("end with the calls of a coroutine that is used for others", function()
    local host, reason =
      require "spec.support.c_module" ("spec/values/coroutine_host")
    if not host then return pending(reason) end
    if not host.reuse then return end -- only from Lua 5.4 on
    local levels = {}
    local function note() levels[#levels + 1] = (Value(1) + 1).op or "none" end
    local co = coroutine.create(function()
      tinygrad.no_grad(function()
        note()
        coroutine.yield()
      end)
    end)
    assert(coroutine.resume(co))
    host.reuse(co, function()
      note()
      tinygrad.no_grad(note)
      note()
    end)
    assert.same({"none", "add", "none", "add"}, levels)
  end)
end)
