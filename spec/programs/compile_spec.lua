-- Programs: recording, calling, deriving, errors.

local process = require "spec.support.process"
local tinygrad = require "tinygrad"
local support = require "spec.support.common"
local unpack = table.unpack or unpack -- luacheck: compat
local Value, compile = tinygrad.Value, tinygrad.compile
local rosenbrock = require("spec.support.objectives").chained

local function complex(a, b)
  return (a * b + a) * tinygrad.tanh(b)
end

describe("a Program", function()
  it("gives what the function gives, bit for bit", function()
    local p = compile(complex, 1, 1)
    local random = support.random(1)
    for _ = 1, 100 do
      local a, b = random(-3, 3), random(-3, 3)
      assert.equal(complex(a, b), p(a, b))
    end
  end)

  it("keeps the shapes of arguments and results", function()
    local function f(p, k)
      return {sum = p.w[1] * k + p.w[2], list = {p.b, p.name}}, p.b * 2
    end
    local example = {w = {1, 2}, b = 3, name = "layer"}
    local p = compile(f, example, 1)
    local r, twice = p({w = {10, 20}, b = 30, name = "layer"}, 2)
    assert.same({sum = 40, list = {30, "layer"}}, r)
    assert.equal(60, twice)
    assert.same({w = {1, 2}, b = 3, name = "layer"}, example)
  end)

  it("may return an input, a constant, or a thing twice", function()
    local p = compile(function(x)
      local y = x * x
      return x, 7, y, y, {}
    end, 1)
    local x, seven, y, again, empty = p(3)
    assert.same({3, 7, 9, 9}, {x, seven, y, again})
    assert.same({}, empty)
  end)

  it("unrolls loops", function()
    local x = {}
    for i = 1, 50 do x[i] = 1.2 - 0.01 * i end
    local p = compile(rosenbrock, x)
    assert.equal(rosenbrock(x), p(x))
    local ones = {}
    for i = 1, 50 do ones[i] = 1 end
    assert.equal(0, p(ones))
  end)

  it("takes Values, and can be part of another", function()
    local p = compile(complex, 1, 1)
    local a, b = Value(1.3), Value(-0.7)
    p(a, b):backward()
    local u, v = Value(1.3), Value(-0.7)
    complex(u, v):backward()
    support.near(u.grad, a.grad)
    support.near(v.grad, b.grad)
    local q = compile(function(x) return p(x, x) * 2 end, 1)
    assert.equal(complex(0.5, 0.5) * 2, q(0.5))
    assert.equal((tinygrad.grad(complex)(1.3, -0.7)),
      (tinygrad.grad(p)(1.3, -0.7)))
  end)

  it("is listed the same on every Lua", function()
    assert.equal([[
Program: 2 inputs, 3 results, 8 slots
  %1 = tanh x2
  %2 = madd x1 x2 x1
  %3 = mul %2 %1
  %4 = zmul %1 x1
  %5 = msub %1 %1 1
  %1 = zmadd %1 x2 %1
  %4 = zmadd %2 %5 %4
  return %3 %1 %4]], tostring(compile(complex, 1, 1):value_and_grad()))
  end)

  it("prints of many instructions and results the first and the last",
    function()
      local function power(n, results)
        return compile({simplify = false}, function(x)
          local y, list = x, {}
          for _ = 1, n do y = y * x end
          for i = 1, results do list[i] = y end
          return list
        end, 2)
      end
      for _, case in ipairs {{1, 1}, {41, 11}, {42, 12}, {2000, 300}} do
        local p = power(case[1], case[2])
        local all, printed = p:listing(), tostring(p)
        local _, lines = all:gsub("\n", "")
        assert.equal(case[1] + 1, lines)
        assert.equal(all:match("\n  return( .*)$"), (" %1"):rep(case[2]))
        if case[1] <= 41 then
          assert.equal(all, printed)
        else
          _, lines = printed:gsub("\n", "")
          assert.equal(1 + 20 + 1 + 20, lines)
          assert.matches(("\n  ... %d more, which p:listing() has\n"):format(
            case[1] - 40), printed, 1, true)
          assert.equal((" %1"):rep(5) .. " ..." .. (" %1"):rep(5),
            printed:match("\n  return( .*)$"))
          assert.equal(all:sub(1, 200), printed:sub(1, 200))
        end
      end
    end)

  it("counts", function()
    local s = compile(complex, 1, 1):stats()
    assert.equal(2, s.inputs)
    assert.equal(1, s.results)
    assert.equal(4, s.operations_before)
    assert.equal(3, s.operations)
    assert.same({tanh = 1, madd = 1, mul = 1}, s.by_operation)
    assert.is_true(s.bytes > 0 and s.slots >= 4)
  end)

  it("joins the operations of an unrolled loop", function()
    local x = {}
    for i = 1, 1000 do x[i] = i / 1000 end
    local s = compile(rosenbrock, x):stats()
    assert.is_true(s.bytes < 8 * s.operations) -- 16 an instruction
  end)
end)

describe("a sum in a Program", function()
  -- What a loop does with the sum so far and an element of a list.
  local steps = {
    ["s + x"] = function(s, x) return s + x end,
    ["x + s"] = function(s, x) return x + s end,
    ["s - x"] = function(s, x) return s - x end,
    ["x - s"] = function(s, x) return x - s end,
    ["s * x"] = function(s, x) return s * x end,
    ["s + 3x"] = function(s, x) return s + 3 * x end,
    ["3s + x"] = function(s, x) return 3 * s + x end,
    ["s + s * x"] = function(s, x) return s + s * x end,
    ["s * s + s"] = function(s) return s * s + s end,
    ["s - x * s"] = function(s, x) return s - x * s end,
    ["x * x - s"] = function(s, x) return x * x - s end,
    ["s + x * y"] = function(s, x, y) return s + x * y end,
    ["two terms"] = function(s, x, y) return s + x * y + 3 * x end,
    ["three terms"] = function(s, x, y) return s + x * y - 2 * x + y * y end,
    ["terms of the sum"] = function(s, x, y) return s + x * y + s * x end,
    ["and tanh"] = function(s, x, y) return tinygrad.tanh(s + x * y) end,
  }

  for name, step in pairs(steps) do
    it(("of steps %s has every bit"):format(name), function()
      local random = support.random(5)
      for _, n in ipairs {1, 2, 3, 4, 5, 17, 100} do
        local function f(x)
          local s = x[1]
          for i = 1, n do s = step(s, x[i], x[i % n + 1]) end
          return s
        end
        local x = {}
        for i = 1, n do x[i] = random(-0.3, 0.3) end
        local program = compile(f, x)
        assert.equal(f(x), program(x))
        local expected, got = tinygrad.grad(f)(x), program:grad()(x)
        for i = 1, n do support.near(expected[i], got[i], 1e-12) end
      end
    end)
  end
end)

describe("derivatives of a Program", function()
  local x = {0.3, -0.8, 1.1, 0.7}

  local function near_trees(expected, got)
    if type(expected) == "table" then
      for key, value in pairs(expected) do near_trees(value, got[key]) end
    else
      support.near(expected, got)
    end
  end

  it("are those of the function", function()
    local p = compile(rosenbrock, x)
    for _, name in ipairs {"grad", "hessian", "jacobian"} do
      near_trees(tinygrad[name](rosenbrock)(x), p[name](p)(x))
    end
    local value, gradient = p:value_and_grad()(x)
    assert.equal(rosenbrock(x), value)
    near_trees(tinygrad.grad(rosenbrock)(x), gradient)
    local dx = {1, 2, -1, 0.5}
    local y, dy = p:jvp()({x}, {dx})
    local y2, dy2 = tinygrad.jvp(rosenbrock)({x}, {dx})
    assert.equal(y2, y)
    support.near(dy2, dy)
    near_trees(tinygrad.hvp(rosenbrock)({x}, {dx}), p:hvp()({x}, {dx}))
    local y3, pulled = p:vjp()({x}, -2)
    assert.equal(y2, y3)
    near_trees((select(2, tinygrad.vjp(rosenbrock)({x}))(-2)), pulled)
  end)

  it("have a vjp with a cotangent for each number of the result", function()
    local function f(u, w, mode)
      return {area = u * w[1], {tinygrad.sin(u) * w[2], u, 4}, n = mode}
    end
    local p = compile(f, 1, {1, 1}, "m")
    local cotangent = {{1, 10, 100}, area = 1000}
    local y, dx, dw, more = p:vjp()({2, {3, 5}, "m"}, cotangent)
    local expected, pullback = tinygrad.vjp(f)({2, {3, 5}, "m"})
    local ex, ew = pullback(cotangent)
    assert.same({expected, ex, ew}, {y, dx, dw})
    assert.is_nil(more)
    -- The results of these derivatives are in another order than their
    -- positions:
    local h = compile(function(a, b) return a[1] ^ 2 * b * a[2] end, {1, 1}, 1)
      :hessian()
    local H, pull = tinygrad.vjp(h)({{3, 5}, 7})
    local weights = {{{{1, 2}, {3, 4}}, {5, 6}}, {{7, 8}, 9}}
    local H2, da, db = h:vjp()({{3, 5}, 7}, weights)
    assert.same(H, H2)
    assert.same({pull(weights)}, {da, db})
  end)

  it("have blocks for several arguments", function()
    local p = compile(complex, 1, 1)
    near_trees(tinygrad.hessian(complex)(1.3, -0.7), p:hessian()(1.3, -0.7))
    local function g(a, b) return {a * b[1], b[2] ^ 2} end
    local ja, jb = compile(g, 1, {1, 1}):jacobian()(2, {3, 4})
    local ea, eb = tinygrad.jacobian(g)(2, {3, 4})
    near_trees(ea, ja)
    near_trees(eb, jb)
  end)

  it("go by argnums", function()
    local p = compile(complex, 1, 1)
    local da, db = tinygrad.grad(complex)(1.3, -0.7)
    support.near(db, p:grad({argnums = 2})(1.3, -0.7))
    support.near(da, p:grad({argnums = {1}})(1.3, -0.7))
  end)

  it("are in the order that argnums asks for", function()
    local function f(a, t, c) return a ^ 2 * t.x ^ 3 * c * t.y end
    local p = compile(f, 1, {x = 1, y = 1}, 1)
    for _, name in ipairs {"grad", "value_and_grad", "jacobian", "hessian"} do
      for _, argnums in ipairs {{3, 2}, {2, 1}, {3, 1, 2}, {2}} do
        local opts = {argnums = argnums}
        assert.same({tinygrad[name](f, opts)(2, {x = 3, y = 7}, 5)},
          {p[name](p, opts)(2, {x = 3, y = 7}, 5)})
      end
    end
    assert.same({f(2, {x = 3, y = 7}, 5) / 5, {x = 3780, y = 540}},
      {p:grad {argnums = {3, 2}}(2, {x = 3, y = 7}, 5)})
    local q = compile(function(_, u) return u end, "name", 1)
    assert.matches("grad: argument 1 is to be differentiated, but it is a "
      .. "string", support.message_of(q.grad, q, {argnums = {2, 1}}))
  end)

  it("nest", function()
    local function f(a) return tinygrad.sin(a) * a ^ 3 end
    local p = compile(f, 1)
    local d = tinygrad.derivative
    support.near(d(d(d(f)))(0.7), p:grad():grad():grad()(0.7), 1e-11)
    support.near(d(d(f))(0.7), compile(d(d(f)), 1)(0.7))
    support.near(d(f)(0.7), compile(tinygrad.grad(f), 1)(0.7))
    local slope, curvature = p:grad():vjp()({0.7}, 3)
    support.near(d(f)(0.7), slope)
    support.near(3 * d(d(f))(0.7), curvature)
    local function pulled(u)
      local _, gradient = p:vjp()({u}, u)
      return gradient
    end
    local expected = d(f)(0.7) + 0.7 * d(d(f))(0.7)
    support.near(expected, d(pulled)(0.7))
    support.near(expected, compile(pulled, 1):grad()(0.7))
  end)

  it("stop at detach", function()
    local p = compile(function(a) return a * (a * a):detach() end, 2)
    assert.equal(8, p(2))
    assert.equal(4, p:grad()(2))
    assert.equal(0, compile(function(a) return a:detach() end, 1):grad()(2))
  end)

  it("keep the conventions at kinks and zeros", function()
    local function guarded(a)
      return tinygrad.where(tinygrad.gt(a, 0), tinygrad.sqrt(a), 0)
    end
    local p = compile(guarded, 1)
    assert.equal(0, p:grad()(0))
    assert.equal(0, p:grad():grad()(0))
    local s = compile(function(a) return tinygrad.sin(a) ^ 2 end, 1)
    support.near(2, s:hessian()(0))
    assert.equal(1 / 3, (compile(tinygrad.max, 1, 1, 1):grad()(2, 2, 2)))
  end)
end)

describe("compile refuses", function()
  local CASES = {
    {"its 'data' as it is now", function(x) return x.data end},
    {"this comparison as it is now",
      function(x) if x < x + 1 then return x end return x end},
    {"this comparison as it is now",
      function(x) if x <= x * 2 then return x end return x end},
    {"this comparison as it is now",
      function(x) if x == x + 0 then return x end return x end},
    {"backward cannot be recorded",
      function(x) x:backward() return x end},
    {"the function returned no number", function() return "x" end},
    {"the function returned no number", function() end},
  }
  for i, case in ipairs(CASES) do
    it(("to freeze what it would (%d)"):format(i), function()
      local message = support.message_of(compile, case[2], 1)
      assert.matches(case[1], message, 1, true)
      if i < 6 then assert.matches("compile_spec.lua:%d+: ", message) end
      assert.equal(6, compile(function(x) return x * 3 end, 1)(2))
    end)
  end

  it("a captured Value, by its label", function()
    local w = Value(3)
    w.label = "weight"
    local function f(x) return x * w end
    local message = support.message_of(compile, f, 1)
    assert.matches("the Value 'weight', which is not among its arguments",
      message, 1, true)
    local constant = compile({captured = "constant"}, f, 1)
    local input = compile({captured = "input"}, f, 1)
    assert.equal(6, constant(2))
    assert.equal(6, input(2))
    w.data = 5
    assert.equal(6, constant(2))
    assert.equal(10, input(2))
    assert.equal(5, input:grad()(2))
    assert.matches("bad option 'captured'",
      support.message_of(compile, {captured = "x"}, f, 1))
  end)

  it("a custom operation with a derivative of its own, by name", function()
    local own = tinygrad.custom {name = "own",
      forward = function(x) return x * x end,
      backward = function(x) return 2 * x end}
    local plain = tinygrad.custom {name = "plain",
      forward = function(x) return x * x end}
    assert.matches("the custom operation 'own'", support.message_of(compile,
      function(x) return own(x) end, 1), 1, true)
    assert.equal(6, compile(plain, 1):grad()(3))
    local before = own(Value(3))
    local function f(x) return x * before end
    assert.matches("uses the result of a custom operation computed before",
      support.message_of(compile, {captured = "input"}, f, 1), 1, true)
    assert.equal(18, compile({captured = "constant"}, f, 1)(2))
  end)

  it("what is no function", function()
    assert.matches("bad argument #1 to 'compile' %(function expected, got "
      .. "number%)", support.message_of(compile, 5))
  end)

  it("calls that do not fit", function()
    local p = compile(function(x) return x.a + x.b[2] end, {a = 1, b = {1, 2}})
    local q = compile(complex, 1, 1)
    assert.matches("takes 2 arguments, got 1", support.message_of(q, 1))
    assert.matches("a number at argument 1.a expected",
      support.message_of(p, {b = {1, 2}}), 1, true)
    assert.matches("nothing at argument 1.b[3] expected",
      support.message_of(p, {a = 1, b = {1, 2, 3}}), 1, true)
    assert.matches("must return one number", support.message_of(
      function() compile(function(x) return {x} end, 1):grad() end))
  end)
end)

describe("a long Program", function()
  local n = support.scaled(100000, 40000)
  local function long(x)
    for _ = 1, n do x = tinygrad.sin(x) + x end
    return x
  end

  it("lets hooks interrupt recording, deriving and running", function()
    local p = compile(long, 0.1)
    local function stop() error("stop!", 0) end
    for _, f in ipairs {function() return p(0.1) end,
        function() return p:grad() end} do
      debug.sethook(stop, "", 1000000)
      local ok, message = pcall(f)
      debug.sethook()
      assert.is_false(ok)
      assert.equal("stop!", message)
    end
    assert.is_true(p(0.1) > 0)
    assert.equal("number", type(p:grad()(0.1)))
  end)

  it("refuses to be run by a hook while it runs", function()
    local p = compile(long, 0.1)
    local message
    debug.sethook(function()
      local _
      _, message = pcall(p, 0.1)
    end, "", 1000000)
    local y = p(0.1)
    debug.sethook()
    assert.equal(p(0.1), y)
    assert.matches("running already", message)
  end)

  it("may be run by finalisers while its results become tables", function()
    for _, size in ipairs {10, 200} do
      local x, other = {}, {}
      for i = 1, size do x[i], other[i] = {i}, {-i} end
      local p = compile(function(t)
        local y = {}
        for i = 1, size do y[i] = {2 * t[i][1]} end
        return y
      end, x)
      local runs, arm = 0, nil
      local function finalise()
        runs = runs + 1
        if runs < 20 then arm() end
        p(other)
      end
      function arm() -- Lua 5.1 has no finalisers of tables
        if newproxy then
          getmetatable(newproxy(true)).__gc = finalise
        else
          setmetatable({}, {__gc = finalise})
        end
      end
      arm()
      while runs < 20 do
        for i, y in ipairs(p(x)) do assert.equal(2 * i, y[1]) end
      end
    end
  end)

  it("keeps 0 times infinity 0, whatever becomes of it", function()
    -- A fast run takes ordinary products, which may be NaN here:
    local function masked(x)
      return tinygrad.where(tinygrad.lt(x, 1), x * x, tinygrad.log(x - 1))
    end
    local p = compile(masked, 2)
    for _, x in ipairs {0.5, 1, 3} do
      assert.equal(tinygrad.grad(masked)(x), p:grad()(x))
    end
    -- No operation may lose the NaN that tells a fast run's result from the
    -- exact one.
    local INF, NAN = math.huge, 0 / 0
    local points = {{0, INF, 0}, {0, INF, 1}, {0, INF, -1}, {0, INF, 2.5},
      {0, INF, INF}, {-INF, 0, 1}, {0, NAN, 1}, {2, 3, 1}}
    for _, row in ipairs(tinygrad.operations()) do
      for k = 1, row.arity == "n" and 0 or row.arity do
        local function f(a, b, c)
          local operands = {c, c, c}
          operands[k] = tinygrad.zmul(a, b)
          if row.name == "clamp" and k ~= 3 then operands[3] = INF end
          if row.name == "clamp" and k ~= 2 then operands[2] = -INF end
          return tinygrad[row.name](unpack(operands, 1, row.arity))
        end
        local q = compile(f, 1, 1, 1)
        for _, x in ipairs(points) do
          local y, got = f(unpack(x)), q(unpack(x))
          assert(support.same(y, got), ("%s, operand %d at %g, %g, %g: %g, %g")
            :format(row.name, k, x[1], x[2], x[3], y, got))
        end
      end
    end
  end)

  it("records what can be called, as a model", function()
    local model = setmetatable({slope = 3}, {__call = function(self, x)
      return self.slope * x
    end})
    assert.equal(6, compile(model, 1)(2))
    assert.equal(3, (compile({simplify = false}, model, 1):grad()(2)))
  end)

  it("takes tables that begin elsewhere than at 1", function()
    local p = compile(function(t) return t[0] * t[1] end, {[0] = 2, 3})
    assert.equal(20, p {[0] = 4, 5})
  end)

  it("takes arguments that are nested more deeply than C reads", function()
    local function nested(x)
      local t = {x}
      for i = 1, 150 do t = i % 2 == 0 and {t} or {inside = t} end
      return t
    end
    local p = compile(function(t)
      while type(t) == "table" do t = t[1] or t.inside end
      return t * t
    end, nested(2))
    assert.equal(9, p(nested(3)))
  end)

  it("needs little of the C stack for arguments that are deeply nested",
    function()
      local path = os.tmpname()
      local file = assert(io.open(path, "w"))
      file:write [[
        local tinygrad = require "tinygrad"
        local x = {3}
        for _ = 1, 3000 do x = {x} end
        local p = tinygrad.compile(function(x)
          while type(x) == "table" do x = x[1] end
          return {x * x}
        end, x)
        print(p(x)[1] == 9)
      ]]
      file:close()
      local output = process.run(path, nil, "ulimit -s 192;")
      os.remove(path)
      assert.equal("true\n", output)
    end)
end)

describe("a Program", function()
  it("of several results, or with inputs captured, has fewer derivatives",
    function()
      local many = compile(function(x) return x, 2 * x end, 1)
      for _, name in ipairs {"grad", "hessian"} do
        assert.matches(name .. ": the function must return one result, it "
          .. "returns 2", support.message_of(many[name], many), 1, true)
      end
      local c = Value(3)
      local capturing = compile({captured = "input"}, function(x)
        return x * c
      end, 1)
      for _, name in ipairs {"jvp", "vjp", "hvp"} do
        assert.matches(name .. ": not available for a Program with captured "
          .. "inputs; compile with captured = \"constant\"",
          support.message_of(capturing[name], capturing), 1, true)
      end
    end)
end)

describe("the core's own functions", function()
  local core = require "tinygrad.core"

  it("take positions that there are", function()
    local p = compile(complex, 1, 1)
    for _, wrong in ipairs {{0}, {3}, {"x"}, {{}}, {0 / 0}, {1, -1}} do
      assert.matches("derive: positions from 1 to 2 expected",
        support.message_of(core.derive, p, "grad", wrong))
    end
    assert.matches("derive: positions from 1 to 1 expected",
      support.message_of(core.derive, p, "vjp", {1}, 0, {2}))
  end)

  it("place an error at no line where no Lua runs", function()
    local made, thread = pcall(coroutine.create, core.tensor_new)
    if not made then return end -- Lua 5.1 wants a Lua function
    local _, message = coroutine.resume(thread, {{}})
    assert.equal("?: dimension 1 of a Tensor must be a size (a whole number "
      .. "from 0), got table", message)
  end)

  it("refuse what would not fit", function()
    for message, call in pairs {
      ["format: too few arguments"] = function() core.format("%s %d", 1) end,
      ["too many results to unpack"] = function() core.unpack({}, 1, 1e7) end,
      ["table of Values expected, got number at index 1"] = function()
        core.is_foreign(Value(1), {3})
      end,
    } do
      assert.matches(message, support.message_of(call), 1, true)
    end
  end)

  it("do not compile while a pass over the graph runs", function()
    local x, problem = Value(1), nil
    for _ = 1, 30000 do x = x * 1.0001 end
    debug.sethook(function()
      debug.sethook()
      problem = support.message_of(compile, function(y) return y * 2 end, 1)
    end, "", 1000)
    x:backward()
    debug.sethook()
    assert.matches("cannot make a Program while a backward pass is running",
      problem, 1, true)
  end)
end)
