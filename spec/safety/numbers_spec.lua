-- A string that tonumber takes, or a Tensor, in a nested table where a number
-- is expected: an error that names the place, because otherwise it would
-- silently be left out.

local tinygrad = require "tinygrad"
local support = require "spec.support.common"

local Tensor, optim = tinygrad.Tensor, tinygrad.optim
local message_of = support.message_of

local STRING = "got string; tonumber makes a number of a string"
local TENSOR = "got Tensor; t:totable() makes tables of a Tensor"

local function cost(p) return (p.a - 3) ^ 2 + (p.a - 1) ^ 4 end
local function costs(p) return {p.a - 3, n = {p.a * 2}} end
local function line(x, p) return p.a * x end

local transforms = {}
for _, name in ipairs {"grad", "value_and_grad", "jacobian", "hessian"} do
  transforms[name] = function(p) return tinygrad[name](cost)(p) end
end
for _, name in ipairs {"jvp", "hvp"} do
  transforms[name] = function(p)
    return tinygrad[name](cost)({p}, {{a = 1, b = {c = {1, 1}}}})
  end
end
function transforms.vjp(p) return tinygrad.vjp(costs)({p}) end
function transforms.compile(p) return tinygrad.compile(cost, p) end

-- The functions that take a tree of numbers, by the name of the whole tree in
-- their messages. Each is called with {a = 1, b = {c = {2, wrong}}}.
local functions = {
  ["argument 1"] = transforms,
  x0 = {
    minimize = function(p) return tinygrad.minimize(cost, p) end,
    ["minimize eagerly"] = function(p)
      return tinygrad.minimize(function(q)
        return q.a.data > 2 and q.a ^ 2 or q.a * 4
      end, p)
    end,
    ["bounds of minimize"] = function(p)
      return tinygrad.minimize(cost, {a = 1, b = {c = {2, 3}}}, {lower = p})
    end,
  },
  p = {
    ["start of fit"] = function(p)
      return tinygrad.fit(line, {x = {1, 2}, y = {1, 2}}, p)
    end,
    ["start of least_squares"] = function(p)
      return tinygrad.least_squares(costs, p)
    end,
    ["gradcheck"] = function(p)
      return tinygrad.gradcheck(cost, {p}, {names = {"p"}})
    end,
  },
  tangents = {
    jvp = function(dp)
      return tinygrad.jvp(cost)({{a = 1, b = {c = {2, 3}}}}, {dp})
    end,
    hvp = function(dp)
      return tinygrad.hvp(cost)({{a = 1, b = {c = {2, 3}}}}, {dp})
    end,
  },
  cotangent = {
    pullback = function(dp)
      return (select(2, tinygrad.vjp(function(p)
        return {p}
      end)({{a = 1, b = {c = {2, 3}}}})))({dp})
    end,
  },
  ["argument 2"] = {
    ["jvp of a Program"] = function(dp)
      local p = {a = 1, b = {c = {2, 3}}}
      return tinygrad.compile(cost, p):jvp()({p}, {dp})
    end,
    ["vjp of a Program"] = function(dp)
      local p = {a = 1, b = {c = {2, 3}}}
      return tinygrad.compile(function(q)
        return {q}
      end, p):vjp()({p}, {dp})
    end,
  },
  ["result 1"] = {
    ["result of compile"] = function(p)
      return tinygrad.compile(function() return p end, 1)
    end,
  },
  ["the result"] = {
    ["result of jacobian"] = function(p)
      return tinygrad.jacobian(function() return p end)(1)
    end,
    ["result of jvp"] = function(p)
      return tinygrad.jvp(function() return p end)({1}, {1})
    end,
    ["result of vjp"] = function(p)
      return tinygrad.vjp(function() return p end)({1})
    end,
  },
  result = {
    ["result of gradcheck"] = function(p)
      return tinygrad.gradcheck(function() return p end, {1})
    end,
  },
  residuals = {
    ["residuals of least_squares"] = function(p)
      return tinygrad.least_squares(function() return p end, 1)
    end,
  },
}

-- The functions that also take Tensors.
local optimisers = {gradients = {}, parameters = {}}
for _, name in ipairs(support.optimizers()) do
  optimisers.parameters[name] = function(p)
    return optim[name](p, {lr = 0.1})
  end
end
function optimisers.gradients.step(g)
  return optim.SGD({a = 1, b = {c = {2, 3}}}, {lr = 0.1}):step(g)
end
function optimisers.gradients.clip_norm(g) return optim.clip_norm(g, 1) end
function optimisers.gradients.clip_value(g) return optim.clip_value(g, 1) end

local function each(groups, visit)
  for whole, group in pairs(groups) do
    for name, f in pairs(group) do visit(whole, name, f) end
  end
end

-- Fails unless the message names the whole and the place in it.
local function names(message, whole, place)
  assert.matches(whole, message, 1, true)
  assert.matches(place, message, 1, true)
end

describe("a string that tonumber takes", function()
  local function check(whole, name, f)
    it("is refused, with its place, by " .. name, function()
      for _, text in ipairs {"2", "-1.5e3", "0x10", " 7 "} do
        local message = message_of(f, {a = 1, b = {c = {2, text}}})
        names(message, whole, "b.c[2]")
        assert.matches("string", message)
        assert.matches("; tonumber makes a number of a string", message, 1,
          true)
        message = message_of(f, {a = text, b = {c = {2, 3}}})
        names(message, whole, ".a")
      end
    end)
  end
  each(functions, check)
  each(optimisers, check)

  it("is refused as an argument itself", function()
    for name, f in pairs(transforms) do
      names(message_of(f, "3"), name, "number expected at argument 1, "
        .. STRING)
    end
    names(message_of(tinygrad.derivative(math.abs), "3"),
      "bad argument #1 to the derivative", STRING)
    local v = tinygrad.Value(1)
    names(message_of(tinygrad.gradients, v, {v}, {seed = "1"}),
      "bad option 'seed' to 'gradients'", STRING)
    names(message_of(tinygrad.minimize, cost, "3"),
      "bad argument #2 to 'minimize'", "number expected at x0, " .. STRING)
    names(message_of(tinygrad.fit, line, {x = {1}, y = {1}}, "3"),
      "bad argument #3 to 'fit'", STRING)
    names(message_of(tinygrad.least_squares, costs, "3"),
      "bad argument #2 to 'least_squares'", STRING)
  end)

  it("is refused in data, weights, sigma and bounds of fits", function()
    local data = {x = {1, 2}, y = {1, 2}, sigma = {1, 1}}
    for _, name in ipairs {"x", "y", "sigma"} do
      local given = {x = data.x, y = data.y, sigma = data.sigma}
      given[name] = {1, "2"}
      names(message_of(tinygrad.fit, line, given, {a = 1}),
        "data." .. name .. "[2]", "tonumber")
    end
    names(message_of(tinygrad.fit, line, {x = {1, 2}, y = {1, 2},
      weights = {"1", 1}}, {a = 1}), "data.weights[1]", "tonumber")
    names(message_of(tinygrad.fit, line, data, {a = {b = 1}},
      {upper = {a = {b = "3"}}}), "number for a.b expected", STRING)
  end)

  it("is refused by what a fit tells", function()
    local fit = tinygrad.fit(line, {x = {1, 2, 3}, y = {1, 2, 3.1}}, {a = 1})
    names(message_of(fit.confidence, fit, "0.9"), "'confidence'", STRING)
    names(message_of(fit.band, fit, {1}, "0.9"), "'band'", STRING)
    names(message_of(fit.band, fit, {1, "2"}), "x[2]", "tonumber")
  end)

  it("is refused in data of nn, and in Tensors", function()
    local nn = tinygrad.nn
    local model = nn.MLP(2, {1})
    names(message_of(nn.train, model, nn.squared_error,
      {x = {{1, 2}, {1, "2"}}, y = {1, 2}}), "data.x[2][2]", "tonumber")
    names(message_of(Tensor, {{1}, {"2"}}), "t[2][1]", "tonumber")
    names(message_of(model.compile, model, {0, "1"}), "argument 1[2]", STRING)
  end)

  it("is refused in a call of a Program", function()
    local p = tinygrad.compile(cost, {a = 1, b = {c = {2, 3}}})
    names(message_of(p, {a = 1, b = {c = {2, "3"}}}),
      "a number at argument 1.b.c[2] expected", STRING)
    names(message_of(p.batch, p, {{a = Tensor {1}, b = {c = {2, "3"}}}}),
      "argument 1[b][c][2]", STRING)
    local q = tinygrad.compile(function(t) return t.x end, {x = 1, name = "n"})
    names(message_of(q, {x = 1, name = "2"}),
      "the Program: number expected at argument 1.name", STRING)
  end)

  it("is left alone in an argument that is not differentiated", function()
    local seen
    local g = tinygrad.grad(function(x, id)
      seen = id
      return x * x
    end, {argnums = 1})
    assert.equal(6, g(3, "12"))
    assert.equal("12", seen)
  end)
end)

describe("a Tensor", function()
  each(functions, function(whole, name, f)
    it("is refused, with its place, by " .. name, function()
      local message = message_of(f, {a = 1, b = {c = {2, Tensor {1, 2}}}})
      names(message, whole, "b.c[2]")
      assert.matches("Tensor", message)
    end)
  end)

  it("is refused as an argument itself", function()
    for name, f in pairs(transforms) do
      names(message_of(f, Tensor {2, 3}), name, "number expected at argument "
        .. "1, " .. TENSOR)
    end
    names(message_of(tinygrad.minimize, cost, Tensor {2, 3}),
      "bad argument #2 to 'minimize'", "number expected at x0, " .. TENSOR)
    local p = tinygrad.compile(function(x) return x[1] * x[2] end, {1, 2})
    names(message_of(p, Tensor {1, 2}), "bad argument #1 to the Program",
      "got Tensor at argument 1; t:totable() makes tables of a Tensor")
  end)

  it("stays allowed as data, and as a parameter of an optimizer", function()
    local t = Tensor {2, 3}
    assert.equal(5, tinygrad.grad(function(w, x)
      return w * x[1] + w * x[2]
    end, {argnums = 1})(7, t))
    assert.equal(5, tinygrad.grad(function(w)
      return w * t[1] + w * t[2]
    end)(7))
    local w = {t = Tensor {1, 2}}
    optim.SGD(w, {lr = 1}):step {t = Tensor {1, 1}}
    assert.same({0, 1}, w.t:totable())
    optim.clip_value({t = w.t}, 0.5)
    assert.same({0, 0.5}, w.t:totable())
    local p = tinygrad.compile(function(a, x) return a * x end, 1, 1)
    assert.same({20, 30}, p:batch({10, t}):totable())
  end)
end)

describe("what is no number", function()
  local function yes() return true end
  local others = {"name", "1st", "", true, false, yes, "1,5"}

  for i, other in ipairs(others) do
    it("passes through transforms and compile: " .. tostring(other) .. " (" .. i
      .. ")", function()
      local seen
      local function f(p, also)
        seen = {p.other, also}
        return p.a ^ 2
      end
      local given = {a = 3, other = other}
      assert.same({a = 6, other = other}, (tinygrad.grad(f)(given, other)))
      assert.same({other, other}, seen)
      local y, dy = tinygrad.jvp(f)({given, other}, {{a = 2}})
      assert.same({9, 12}, {y, dy})
      local p = tinygrad.compile(f, given, other)
      assert.equal(9, p(given, other))
      assert.same({a = 6, other = other}, (p:grad()(given, other)))
      y, dy = tinygrad.jvp(function(a)
        return {x = a ^ 2, other = other}
      end)({3}, {2})
      assert.same({{x = 9, other = other}, {x = 12, other = other}}, {y, dy})
      local r = tinygrad.minimize(function(q)
        assert(q.other == other)
        return (q.a - 1) ^ 2
      end, given)
      support.near(1, r.x.a, 1e-6)
      assert.equal(other, r.x.other)
      local w = {a = 3, other = other}
      optim.SGD(w, {lr = 1}):step {a = 1}
      assert.same({a = 2, other = other}, w)
    end)
  end
end)
