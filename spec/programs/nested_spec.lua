-- Transforms, recordings and Programs inside one another: a Value of the outer
-- one that the inner one uses stays a Value, or is an error; it never becomes a
-- constant.

local support = require "spec.support.common"
local tinygrad = require "tinygrad"
local Tensor, Value, compile = tinygrad.Tensor, tinygrad.Value, tinygrad.compile
local grad, jvp, vjp, hvp = tinygrad.grad, tinygrad.jvp, tinygrad.vjp,
  tinygrad.hvp
local gradients, no_grad = tinygrad.gradients, tinygrad.no_grad
local message_of, near = support.message_of, support.near

--- Ways to differentiate or record, around its call, a function of one number.
local AROUND = {
  nothing = function(f) return f(3) end,
  no_grad = function(f) return no_grad(f, 3) end,
  grad = function(f) return grad(f)(3) end,
  value_and_grad = function(f) return tinygrad.value_and_grad(f)(3) end,
  derivative = function(f) return tinygrad.derivative(f)(3) end,
  jacobian = function(f) return tinygrad.jacobian(f)(3) end,
  hessian = function(f) return tinygrad.hessian(f)(3) end,
  jvp = function(f) return jvp(f)({3}, {2}) end,
  hvp = function(f) return hvp(f)({3}, {2}) end,
  vjp = function(f)
    local y, pullback = vjp(f)({3})
    return y, pullback(2)
  end,
  ["grad of grad"] = function(f) return grad(grad(f))(3) end,
  ["grad of a product"] = function(f)
    return grad(function(x) return x * grad(f)(x) end)(3)
  end,
  compile = function(f) return compile(f, 1)(3) end,
  ["compile:grad"] = function(f) return compile(f, 1):grad()(3) end,
  ["compile:hessian"] = function(f) return compile(f, 1):hessian()(3) end,
  ["compile:jvp"] = function(f) return compile(f, 1):jvp()({3}, {2}) end,
  ["compile of grad"] = function(f) return compile(grad(f), 1)(3) end,
  ["compile of hvp"] = function(f)
    return compile(function(x, d) return hvp(f)({x}, {d}) end, 1, 1)(3, 2)
  end,
  ["compile of compile"] = function(f)
    return compile(function(z) return compile(f, 1)(z) end, 1)(3)
  end,
  ["grad of a Program"] = function(f) return grad(compile(f, 1))(3) end,
  ["hessian of compile of grad"] = function(f)
    return tinygrad.hessian(function(x) return compile(grad(f), 1)(x) end)(3)
  end,
  batch = function(f)
    return compile(f, 1):batch({Tensor {3, 4}}):totable()
  end,
}

--- Ways to turn a function of y into another that computes the same, in groups.
-- The first of each returns the function itself.
local WAYS = {
  {
    function(g) return g end,
    function(g) return compile(g, 1) end,
    function(g) return compile({captured = "input"}, g, 1) end,
    function(g) return compile({simplify = false}, g, 1) end,
    function(g) return compile(function(y) return compile(g, 1)(y) end, 1) end,
  },
  {
    function(g) return grad(g) end,
    function(g) return compile(grad(g), 1) end,
    function(g)
      return function(y)
        local _, d = compile(g, 1):jvp()({y}, {1})
        return d
      end
    end,
    function(g)
      return function(y)
        local _, d = compile(g, 1):vjp()({y}, 1)
        return d
      end
    end,
    function(g) return compile(g, 1):grad() end,
    function(g) return grad(compile(g, 1)) end,
    function(g) return compile(g, 1):jacobian() end,
  },
  {
    function(g) return tinygrad.hessian(g) end,
    function(g) return compile(g, 1):hessian() end,
    function(g) return compile(tinygrad.hessian(g), 1) end,
    function(g)
      return function(y)
        return (compile({captured = "input"}, g, 1):hvp()({y}, {1}))
      end
    end,
  },
  {
    function(g)
      return function(y) return tinygrad.value_and_grad(g)(y) end
    end,
    function(g) return compile(g, 1):value_and_grad() end,
  },
}

--- Functions of y that use x.
local BODIES = {
  ["an argument"] = function(x)
    return function(y) return y * y * x * x end
  end,
  ["a result"] = function(x)
    local z = tinygrad.exp(x / 3)
    return function(y) return tinygrad.sin(y * z) * z end
  end,
  ["folds"] = function(x)
    local z = tinygrad.sum {x, x * 2, 3}
    return function(y) return tinygrad.logsumexp {y, z, x} end
  end,
  ["nothing else"] = function(x)
    return function() return x * x * x end
  end,
  ["a derivative"] = function(x)
    return function(y)
      return y * y * grad(function(u) return u ^ 3 * x * y end)(x)
    end
  end,
}

describe("a Value in reach of a recording", function()
  for around, call in pairs(AROUND) do
    it("is one where it is used, within " .. around, function()
      for body, make in pairs(BODIES) do
        for k, ways in ipairs(WAYS) do
          local expected
          for i, way in ipairs(ways) do
            local got = support.flat(call(function(x)
              local g = way(make(x))
              local a, b = g(x * 2)
              local c, d = g(2) -- called with plain numbers
              return a * x + c * (b or 1) * (d or x)
            end))
            expected = expected or got
            assert.equal(#expected, #got)
            for n = 1, #expected do
              near(expected[n], got[n], 1e-12, ("%s %d.%d"):format(body, k, i))
            end
          end
        end
      end
    end)
  end

  it("may be an example and an argument", function()
    local function f(x) return compile(function(y) return y * y end, x)(x) end
    assert.equal(6, grad(f)(3))
    assert.equal(9, compile(f, 1)(3))
  end)

  it("may decide a branch if its number is known", function()
    local function f(x)
      return compile(function(y)
        if x > Value(2) then return y * x end
        return -y * x
      end, 1)(2)
    end
    assert.equal(2, (grad(f)(3)))
    assert.equal(-2, (grad(f)(1)))
    assert.matches("frozen to this comparison", message_of(compile, f, 1))
  end)

  it("is a constant on demand, of this call", function()
    local function f(x)
      return x * compile({captured = "constant"},
        function(y) return y * x end, 1)(2)
    end
    assert.equal(6, grad(f)(3)) -- not 12
    local p = compile(f, 1)
    assert.equal(18, p(3))
    assert.equal(6, p:grad()(3))
  end)

  it("beside another that is captured leaves that to the option", function()
    local w = Value(5)
    w.label = "weight"
    local function f(x)
      return compile(function(y) return y * x * w end, 1)(2)
    end
    assert.matches("uses the Value 'weight'", message_of(grad(f), 3), 1, true)
    local function input(x)
      return compile({captured = "input"}, function(y)
        return y * x * w
      end, 1)(2)
    end
    assert.equal(10, grad(input)(3))
    assert.equal(30, compile({captured = "input"}, input, 1)(3))
    assert.matches("uses the Value 'weight'", message_of(compile, input, 1), 1,
      true)
  end)

  it("keeps what custom operations it came from", function()
    local own = tinygrad.custom {name = "own",
      forward = function(x) return x * x end,
      backward = function(x) return 2 * x end}
    assert.equal(12, grad(function(x)
      local z = own(x)
      return compile(function(y) return y * z end, 1)(2)
    end)(3))
  end)

end)

describe("gradients in a recording", function()
  it("are Values, of which the Program computes the numbers", function()
    local w = Value(2)
    local p = compile(function(x)
      local v = Value(2)
      return gradients(v * x * x, {v})[1]
    end, 1)
    assert.equal(25, p(5))
    p = compile(function(x)
      local v = Value(2)
      return gradients(v * v, {v}, {seed = x})[1]
    end, 1)
    assert.equal(20, p(5))
    assert.equal(25, gradients(w * 25, {w})[1])
  end)
end)

describe("what a recording may not take for constant is refused:", function()
  local CASES = {
    {"a detached Value", function()
      local d = Value(3):detach()
      return function(x) return x * d end
    end, "not among its arguments"},
    {"a Value detached inside", function()
      local w = Value(3)
      return function(x) return x * w:detach() end
    end, "not among its arguments"},
    {"a result of no_grad", function()
      local w = Value(3)
      return function(x) return x * no_grad(function() return w * 2 end) end
    end, "not among its arguments"},
    {"a Value made in an earlier recording", function()
      local made
      compile(function(x)
        made = Value(3)
        return x * made
      end, 1)
      return function(x) return x * made end
    end, "not among its arguments"},
    {"a Value made in the recording around", function()
      return function(x)
        local v = Value(3)
        return compile(function(y) return y * v end, 1)(x)
      end
    end, "not among its arguments"},
    {"a variable of a transform that has ended", function()
      local kept
      grad(function(x)
        kept = x
        return x * x
      end)(3)
      return function(x) return x * kept end
    end, "not among its arguments"},
    {"a comparison of a captured Value", function()
      local w = Value(3)
      return function(x)
        if w < Value(4) then return x end
        return -x
      end
    end, "not among its arguments"},
    {"a Program's captured input", function()
      local w = Value(3)
      local p = compile({captured = "input"}, function(y) return y * w end, 1)
      return function(x) return x * p(2) end
    end, "not among its arguments"},
    {"an argument of an earlier recording", function()
      local kept
      compile(function(x)
        kept = x
        return x
      end, 1)
      return function(x) return x * kept end
    end, "which belongs to a function that was compiled before"},
    {"a result of an earlier recording", function()
      local kept
      compile(function(x)
        kept = x * 2
        return x
      end, 1)
      return function(x) return kept * x end
    end, "which belongs to a function that was compiled before"},
    {"an argument of a recording that failed", function()
      local kept
      pcall(compile, function(x)
        kept = x
        error("no")
      end, 1)
      return function(x) return x * kept end
    end, "which belongs to a function that was compiled before"},
    {"the partials of its Values", function()
      return function(x) return x * (x * x):partials()[1] end
    end, "frozen to its partials"},
    {"the gradients of its Values", function()
      return function(x) return x * x.grad end
    end, "frozen to its 'grad'"},
    {"other numbers of its arguments", function()
      return function(x)
        x.data = 3
        return x
      end
    end, "cannot set 'data' of an argument of the function"},
  }
  for _, case in ipairs(CASES) do
    it(case[1], function()
      assert.matches(case[3], message_of(compile, case[2](), 1), 1, true)
      if case[3]:find("belongs", 1, true) then
        for _, captured in ipairs {"constant", "input"} do
          assert.matches(case[3],
            message_of(compile, {captured = captured}, case[2](), 1), 1, true)
        end
      end
    end)
  end

  it("a comparison, with captured = \"input\"", function()
    local w = Value(3)
    local function f(x)
      if w < Value(4) then return x end
      return -x
    end
    assert.matches("frozen to a comparison of Value(data=3.000000",
      message_of(compile, {captured = "input"}, f, 1), 1, true)
    assert.equal(5, compile({captured = "constant"}, f, 1)(5))
    assert.equal(20, compile(function(x)
      local n = Value(1)
      while n < Value(4) do n = n + 1 end
      return x * n
    end, 1)(5))
  end)

  it("none of what it makes itself", function()
    local w = Value(3)
    local function f(x)
      local v = Value(2)
      local d = no_grad(function() return (v * x):detach() + w * 0 end)
      return x * d * v + grad(function(u) return u * u * v end)(5)
    end
    local p = compile({captured = "input"}, f, 1)
    assert.equal(56, p(3))
    assert.equal(24, p(1))
    assert.equal(12, p:grad()(3)) -- d is constant
    w.data = 1 / 0
    assert.is_true(p(3) ~= p(3))
  end)

  it("what was made in recordings inside it, is its own", function()
    local made
    local p = compile(function(x)
      compile(function(y)
        made = Value(7)
        return y * made
      end, 1)
      return x * made
    end, 1)
    assert.equal(14, p(2))
  end)
end)

describe("a Value of a recording that has ended", function()
  local leaf, result
  before_each(function()
    compile(function(x)
      leaf, result = x, x * 2
      return x
    end, 1)
  end)

  local USES = {
    ["an operation"] = function(v) return v * 2 end,
    ["a function"] = function(v) return tinygrad.sin(v) end,
    ["a fold"] = function(v) return tinygrad.sum {v, 1} end,
    ["its number"] = function(v) return v.data end,
    ["its gradient"] = function(v) return v.grad end,
    ["its partials"] = function(v) return v:partials() end,
    ["a comparison"] = function(v) return v < Value(3) end,
    ["detach"] = function(v) return v:detach() end,
    ["backward"] = function(v) return v:backward() end,
    ["no_grad"] = function(v) return no_grad(function() return v * 2 end) end,
    ["a transform"] = function(v)
      return grad(function(x) return x * v end)(2)
    end,
    ["an argument of a transform"] = function(v)
      return grad(function(x) return x * x end)(v)
    end,
    ["a tangent"] = function(v)
      return jvp(function(x) return x * x end)({2}, {v})
    end,
    ["a seed"] = function(v)
      local w = Value(3)
      return gradients(w * w, {w}, {seed = v})
    end,
    ["an argument of a Program"] = function(v)
      return compile(function(x) return x * x end, 1)(v)
    end,
    ["minimize"] = function(v)
      return tinygrad.minimize(function(p) return (p - v) ^ 2 end, 1)
    end,
    ["fit"] = function(v)
      return tinygrad.fit(function(x, p) return p.a * x * v end,
        {x = {1, 2}, y = {1, 2}}, {a = 1})
    end,
    ["a custom operation"] = function(v)
      return tinygrad.custom {name = "square",
        forward = function(x) return x * x end}(v)
    end,
  }
  for name, use in pairs(USES) do
    it("is refused by " .. name, function()
      for _, v in ipairs {leaf, result} do
        assert.matches("compile: a Value of a function that was compiled is "
          .. "used after that; call the Program for its value",
          message_of(use, v), 1, true)
      end
    end)
  end

  it("is refused by batches and as a start", function()
    local p = compile(function(x, y) return x * y end, 1, 1)
    assert.matches("got Value", message_of(p.batch, p, {Tensor {1, 2}, leaf}))
    assert.matches("got Value", message_of(tinygrad.minimize,
      function(x) return x * x end, leaf))
  end)

  it("is refused by a Program that captured it", function()
    local program
    compile(function(x)
      program = compile(function(y) return y * x end, 1)
      return program(2)
    end, 1)
    for _, p in ipairs {program, program:grad()} do
      for _, x in ipairs {2, Value(2)} do
        assert.matches("is used after that",
          message_of(function() return p(x).data end), 1, true)
      end
      assert.matches("belongs to a function that was compiled before",
        message_of(compile, function(x) return p(x) end, 1), 1, true)
    end
  end)

  it("can be printed and drawn upon", function()
    assert.equal("Value(data=2.000000, grad=0.000000)", tostring(result))
    result.label = "kept"
    assert.equal("kept", result.label)
  end)
end)

describe("a Program with captured Values", function()
  it("has derivatives with respect to them if called with Values", function()
    local w = Value(3)
    local p = compile({captured = "input"}, function(y) return y * y * w end, 1)
    p(Value(2)):backward()
    assert.equal(4, w.grad)
    assert.same({4}, gradients(p(Value(2)), {w}))
    w.grad = 0
    p:grad()(Value(2)):backward()
    assert.equal(4, w.grad)
    local d = gradients(p:hessian()(Value(5)) * w, {w}, {create_graph = true})
    assert.equal(12, d[1].data)
    assert.same({4}, gradients(d[1], {w}))
  end)

  it("gives numbers for numbers, whatever they are in a transform", function()
    local w = Value(3)
    local p = compile({captured = "input"}, function(y) return y * y * w end, 1)
    assert.equal(12, p(2))
    assert.equal(12, grad(p)(2))
    assert.equal(12, grad(function(x) return x * p(2) end)(5))
    w.data = 4
    assert.equal(16, p(2))
    local q = compile({captured = "input"}, function(x)
      return p(x) + p:grad()(2)
    end, 1)
    assert.equal(36 + 16, q(3))
    w.data = 5
    assert.equal(45 + 20, q(3))
  end)

  it("of a transform that has ended gives what the function gives", function()
    local program
    grad(function(x)
      program = compile(function(y) return y * x end, 1)
      return x
    end)(3)
    assert.equal(6, program(2).data)
    assert.equal(3, grad(program)(2))
    assert.equal(6, grad(function(x) return x * program(2) end)(5))
  end)
end)

describe("what gives numbers only refuses Values from around it:", function()
  local DATA = {x = {1, 2, 3}, y = {2, 4, 6}}
  local CASES = {
    minimize = function(x)
      return tinygrad.minimize(function(p) return (p - x) ^ 2 end, 0).x
    end,
    ["minimize by lbfgs"] = function(x)
      return tinygrad.minimize(function(p) return (p - x) ^ 2 end, 0,
        {method = "lbfgs"}).x
    end,
    ["minimize of a Program"] = function(x)
      return tinygrad.minimize(compile(function(p) return (p - x) ^ 2 end, 1),
        0).x
    end,
    fit = function(x)
      return tinygrad.fit(function(u, p) return p.a * u + x end, DATA,
        {a = 1}).parameters.a
    end,
    ["fit, eagerly"] = function(x)
      return tinygrad.fit(function(u, p)
        if p.a > Value(0) then return p.a * u + x end
        return p.a * u - x
      end, DATA, {a = 1}).parameters.a
    end,
    least_squares = function(x)
      return tinygrad.least_squares(function(p) return {p.a - x, p.a + x} end,
        {a = 1}).parameters.a
    end,
    ["least_squares, eagerly"] = function(x)
      return tinygrad.least_squares(function(p)
        if p.a > Value(0) then return {p.a - x, p.a + x} end
        return {p.a + x, p.a - x}
      end, {a = 1}).parameters.a
    end,
  }
  -- The first evaluation, row or residual does not depend on the Value:
  for _, method in ipairs {"newton", "lbfgs"} do
    CASES["minimize on its way, by " .. method] = function(x)
      return tinygrad.minimize(function(p)
        if p > Value(2.5) then return p * p end
        return (p - x) ^ 2
      end, 3, {method = method}).x
    end
  end
  CASES["fit, in a later row"] = function(x)
    return tinygrad.fit(function(u, p)
      if u > 2 then return p.a * x end
      return p.a
    end, DATA, {a = 1}).parameters.a
  end
  CASES["least_squares, in a later residual"] = function(x)
    return tinygrad.least_squares(function(p)
      if p.a > Value(100) then return {p.a, p.a} end
      return {p.a - 1, p.a * x - 2}
    end, {a = 1}).parameters.a
  end
  for _, mode in ipairs {"compiled", "eager"} do
    CASES["train, " .. mode] = function(x)
      local nn = tinygrad.nn
      return nn.train(nn.MLP(1, {1}), function(o, y)
        return (o - y) ^ 2 * x
      end, {x = {{1}, {2}}, y = {1, 2}}, {epochs = 1, mode = mode}).loss[1]
    end
  end
  for name, f in pairs(CASES) do
    it(name, function()
      local expected = name:match("^[%w_]+") .. ": the function depends on a "
        .. "Value that is differentiated or recorded around it"
      for _, around in ipairs {"grad", "jvp", "compile"} do
        local message = message_of(AROUND[around], f)
        assert.matches(expected, message, 1, true)
        assert.matches("nested_spec.lua:%d+: ", message)
      end
    end)
  end

  it("batch", function()
    local function f(x)
      local p = compile(function(y) return y * x end, 1)
      return p:batch({Tensor {1, 2}})[1]
    end
    for _, around in ipairs {"grad", "jvp", "compile"} do
      assert.matches("batch: the Program captured a Value that is "
        .. "differentiated or recorded around it",
        message_of(AROUND[around], f), 1, true)
    end
  end)

  it("a Program's captured Values, in a recording", function()
    local w = Value(3)
    local p = compile({captured = "input"}, function(y) return y * y * w end, 1)
    for _, f in ipairs {
      function(x) return x * p:batch({Tensor {1, 2}})[1] end,
      function(x) return x * tinygrad.minimize(p, 1).x end,
    } do
      assert.matches("differentiated or recorded around it",
        message_of(compile, f, 1), 1, true)
    end
    assert.equal(6, 2 * p:batch({Tensor {1, 2}})[1])
  end)

  it("but takes their numbers", function()
    near(3, grad(function(x)
      local number = x.data
      return x * tinygrad.minimize(function(p)
        return (p - number) ^ 2
      end, 0).x
    end)(3))
  end)
end)

describe("a recording that looks for what it captured", function()
  it("does not while a pass over the graph runs", function()
    local x, problem = Value(1), nil
    for _ = 1, 30000 do x = x * 1.0001 end
    debug.sethook(function()
      debug.sethook()
      problem = message_of(compile, function(y)
        return Value(1) < Value(2) and y or -y
      end, 1)
    end, "", 1000)
    x:backward()
    debug.sethook()
    assert.matches("backward is already running in this Lua state", problem, 1,
      true)
  end)
end)

describe("recordings of coroutines that wait", function()
  local yieldable = coroutine.wrap(function() -- false on Lua 5.1
    return pcall(coroutine.yield, true)
  end)()
  it("keep to their own Values", function()
    if not yieldable then return end
    local held, made
    local co = coroutine.create(function()
      return compile(function(x)
        held, made = x * 2, Value(3)
        return x * made + coroutine.yield()
      end, 1)
    end)
    assert(coroutine.resume(co))
    assert.matches("not among its arguments",
      message_of(compile, function(y) return y * made end, 1), 1, true)
    local waiting = held * 5 -- still a Value of the recording
    assert.matches("is used after that", message_of(function()
      return compile(function(y) return y * held end, 1)(2).data
    end), 1, true)
    local inner = compile(function(y)
      made = Value(7)
      return y * made
    end, 1)
    assert.equal(14, inner(2))
    local _, p = coroutine.resume(co, waiting)
    assert.equal(26, p(2))
    assert.matches("is used after that",
      message_of(function() return held * 2 end), 1, true)
  end)

  it("do not take what others made meanwhile", function()
    if not yieldable then return end
    local made
    local co = coroutine.create(function()
      return compile(function(x)
        coroutine.yield()
        return x * made
      end, 1)
    end)
    assert(coroutine.resume(co))
    compile(function(y)
      made = Value(9)
      return y
    end, 1)
    local ok, message = coroutine.resume(co)
    assert.is_false(ok)
    assert.matches("not among its arguments", message, 1, true)
  end)

  it("reach into the coroutines that they resume", function()
    local p = compile(function(x)
      local made = coroutine.wrap(function()
        return compile(function(y) return y * x * Value(4) end, 1)(2) * Value(5)
      end)()
      return made * x
    end, 1)
    assert.equal(40 * 9, p(3))
  end)

  it("leave a transform's Values to it", function()
    local variable
    local run = coroutine.create(function()
      return grad(function(x)
        variable = x
        return x * coroutine.yield()
      end)(3)
    end)
    assert(coroutine.resume(run))
    local p = compile(function(y) return y * variable end, 1)
    local _, d = coroutine.resume(run, p(2))
    assert.equal(12, d)
  end)
end)
