-- Conventions where a derivative does not exist, and odd numbers.

local tinygrad = require "tinygrad"
local support = require "spec.support.common"
local Value = tinygrad.Value

local unpack = table.unpack or unpack -- luacheck: compat

local INF, NAN = math.huge, 0 / 0

--- Checks the gradient of f at a point, which is a list of numbers.
local function check(expected, f, ...)
  local x = {...}
  local leaves = {}
  for i, number in ipairs(x) do leaves[i] = Value(number) end
  local y = f(unpack(leaves, 1, #leaves))
  y:backward()
  for i, e in ipairs(expected) do
    assert.is_true(support.same(e, leaves[i].grad),
      ("operand %d: expected %s, got %s"):format(i, tostring(e),
        tostring(leaves[i].grad)))
  end
  return y.data
end

describe("at a kink", function()
  local t = tinygrad
  it("relu and abs have derivative 0", function()
    check({0}, t.relu, 0)
    check({0}, t.relu, -0.0)
    check({0}, t.abs, 0)
    check({-1}, t.abs, -2)
    check({0.01}, t.leaky_relu, 0)
    check({1}, t.elu, 0)
  end)

  it("leaky_relu and elu bend at 0, and not later", function()
    assert.equal(0.5, check({1, 0}, t.leaky_relu, 0.5, 0.1))
    assert.equal(0.5, check({1, 0}, t.elu, 0.5, 2))
    check({0.1, 0}, t.leaky_relu, 0, 0.1)
    check({2, 0}, t.elu, 0, 2)
    assert.equal(1, check({-0.5, -2}, t.leaky_relu, -2, -0.5))
    assert.is_true(check({-2 * math.exp(-1), t.expm1(-1)}, t.elu, -1, -2) > 0)
  end)

  it("tied arguments share", function()
    check({0.5, 0.5}, t.max, 2, 2)
    check({0.5, 0.5}, t.min, 2, 2)
    check({1 / 3, 1 / 3, 1 / 3}, t.max, 2, 2, 2)
    check({0.5, 0.5, 0}, t.max, 2, 2, 1)
    check({0, 0.5, 0.5}, t.min, 3, 1, 1)
    check({0, 1}, t.max, 1, 2)
    local x = Value(2)
    t.max(x, x):backward()
    assert.equal(1, x.grad)
  end)

  it("steps have derivative 0", function()
    for _, name in ipairs {"floor", "ceil", "round", "trunc", "sign"} do
      check({0}, t[name], 1)
      check({0}, t[name], 1.5)
      check({0}, t[name], 0)
    end
    check({0, 0}, t.idiv, 7, 2)
    assert.equal(3, t.round(2.5))
    assert.equal(-3, t.round(-2.5))
    assert.equal(-2, t.trunc(-2.5))
  end)

  it("remainders have 1 and minus the quotient", function()
    assert.equal(1, check({1, -3}, t.mod, 7, 2))
    assert.equal(1, check({1, 4}, t.mod, -7, 2))
    assert.equal(-1, check({1, 3}, t.fmod, -7, 2))
    assert.equal(-1, check({1, 4}, t.mod, 7, -2))
    assert.equal(-1, check({1, -3}, t.mod, -7, -2))
    assert.equal(-1, check({1, -3}, t.fmod, -7, -2))
    for _, m in ipairs {{-1, INF, INF}, {-1, -INF, -1}, {1, -INF, -INF}} do
      assert.equal(m[3], t.mod(m[1], m[2]))
    end
  end)

  it("clamp has 1 at its bounds", function()
    check({1, 0, 0}, t.clamp, 1, 1, 2)
    check({1, 0, 0}, t.clamp, 2, 1, 2)
    check({0, 1, 0}, t.clamp, 0, 1, 2)
    check({0, 0, 1}, t.clamp, 3, 1, 2)
    assert.matches("low 2.*above high 1",
      support.message_of(t.clamp, Value(1), 2, 1))
  end)

  it("pow at 0", function()
    check({0}, function(x) return x ^ 3 end, 0)
    check({0}, function(x) return t.pow(x, 2) end, 0)
    check({0}, function(x) return x ^ 0 end, 0)
    check({1}, function(x) return x ^ 1 end, 0)
    check({INF}, function(x) return x ^ 0.5 end, 0)
    check({-INF}, function(x) return x ^ -1 end, 0)
    check({0}, function(y) return t.pow(0, y) end, 2)
    check({0}, function(y) return t.pow(0, y) end, 0)
    check({-INF}, function(y) return t.pow(0, y) end, -1)
    check({0}, function(y) return t.pow(INF, y) end, -1)
    check({NAN}, function(y) return t.pow(-2, y) end, 2)
    check({-4}, function(x) return x ^ 2 end, -2)
  end)

  it("pow with an exponent of 2 is a product", function()
    for _, x in ipairs {-3, 0.1, 1 / 3, 1e200, -INF} do
      assert.equal(x * x, check({2 * x}, function(v) return t.pow(v, 2) end, x))
      assert.equal(x * x, t.pow(x, 2))
      assert.equal(2 ^ x, t.pow(2, x))
      assert.equal(x, t.pow(x, 1))
    end
  end)

  it("pow has a derivative by the exponent for bases below 1", function()
    support.near(math.log(0.5) * 0.25, t.grad(t.pow, {argnums = 2})(0.5, 2))
    support.near(math.log(0.5) * 4, t.grad(t.pow, {argnums = 2})(0.5, -2))
  end)

  it("atan, hypot and norm at the origin", function()
    check({0, 0}, t.atan, 0, 0)
    check({0, 0}, t.atan, 0, -1 / INF)
    check({0, 0}, t.hypot, 0, 0)
    check({0, 0}, function(a, b) return t.norm {a, b} end, 0, 0)
  end)

  it("atan and hypot on the axes", function()
    check({0.5, 0}, t.atan, 0, 2)
    check({0, -0.5}, t.atan, 2, 0)
    check({-0.5, 0}, t.atan, 0, -2)
    check({0, 1}, t.hypot, 0, 3)
    check({-1, 0}, t.hypot, -3, 0)
  end)

  it("xlogy at 0", function()
    assert.equal(0, t.xlogy(0, 0))
    assert.equal(0, t.xlogy(0, INF))
    assert.equal(-INF, t.xlogy(2, 0))
    assert.is_true(support.same(NAN, t.xlogy(0, NAN)))
  end)

  it("comparisons have no gradient", function()
    for _, name in ipairs {"lt", "le", "gt", "ge", "eq", "ne"} do
      check({0, 0}, t[name], 1, 2)
    end
    assert.equal(1, t.lt(1, 2))
    assert.equal(0, t.lt(2, 1))
    assert.equal(0, t.lt(1, 1))
    assert.equal(1, t.le(1, 1))
    assert.equal(1, t.eq(2, 2))
    assert.equal(0, t.gt(1, 1))
    assert.equal(0, t.eq(NAN, NAN))
    assert.equal(1, t.ne(NAN, NAN))
    assert.equal(1, t.ge(Value(2), 2).data)
  end)
end)

describe("folds of extremes", function()
  local t = tinygrad
  it("begin with nothing", function()
    assert.equal(2, t.min(3, 2, 4))
    assert.equal(-2, t.max(-3, -2, -4))
  end)

  it("norm neither overflows nor turns infinities into NaN", function()
    assert.equal(1e200, t.norm {1e200, 1})
    assert.equal(1e200, t.norm {1, 1e200})
    assert.equal(INF, t.norm {INF, 1})
    assert.equal(0, t.norm {0, 0})
  end)

  it("logsumexp keeps infinities", function()
    assert.equal(INF, t.logsumexp {INF})
    assert.equal(INF, t.logsumexp {INF, 1})
    assert.equal(-INF, t.logsumexp {-INF, -INF})
    support.near(1 + math.log(1 + math.exp(-1)), t.logsumexp {1, 0}, 1e-7)
    support.near(-1 + math.log(1 + math.exp(-1)), t.logsumexp {-1, -2}, 1e-7)
  end)
end)

describe("an exact 0", function()
  local t = tinygrad
  it("keeps the branch not taken out of the gradient", function()
    check({0}, function(x) return t.where(t.gt(x, 0), t.sqrt(x), 0) end, 0)
    check({0}, function(x) return t.where(t.gt(x, 0), t.log(x), 5) end, 0)
    check({2}, function(x) return t.where(t.gt(x, 0), 1 / x, 2 * x) end, 0)
    check({0}, function(x) return 0 * t.sqrt(x) end, 0)
  end)

  it("wins in zmul only", function()
    assert.equal(0, t.zmul(0, INF))
    assert.equal(0, t.zmul(NAN, 0))
    assert.equal(6, t.zmul(2, 3))
    assert.equal(-INF, t.zmul(INF, -1))
    for _, x in ipairs {{NAN, 2}, {2, NAN}, {NAN, INF}} do
      assert.is_true(support.same(NAN, t.zmul(x[1], x[2])))
    end
    local product = t.mul(0, INF)
    assert.is_true(product ~= product)
  end)
end)

describe("NaN", function()
  local t = tinygrad
  it("in gives NaN out, and NaN partials", function()
    for _, row in ipairs(t.operations()) do
      local names = "sqrt abs relu exp log tanh sign floor ceil round trunc "
        .. "sigmoid softplus sin erf leaky_relu elu "
      if names:find(row.name .. " ", 1, true) then
        local y = check({NAN}, t[row.name], NAN)
        assert.is_true(y ~= y, row.name)
      end
    end
    for _, name in ipairs {"max", "min"} do
      local y = check({NAN, NAN}, t[name], 1, NAN)
      assert.is_true(y ~= y)
      y = check({NAN, NAN}, t[name], NAN, 1)
      assert.is_true(y ~= y)
      y = t[name](1, 2, NAN)
      assert.is_true(y ~= y)
      y = t[name](NAN, 2, 1)
      assert.is_true(y ~= y)
      check({NAN, NAN, NAN}, t[name], 1, NAN, 2)
    end
    check({NAN, NAN}, t.atan, NAN, 0)
    check({NAN, NAN}, t.atan, 0, NAN)
  end)

  it("is in a remainder's or quotient's partial by the operand that is it",
    function()
      check({NAN, 0}, t.idiv, NAN, 2)
      check({0, NAN}, t.idiv, 1, NAN)
      check({NAN, 0, 0}, t.clamp, NAN, 1, 2)
    end)

  it("adjoints do not spread where the partial is 0", function()
    local x = Value(1)
    local y = t.where(true, Value(1), x)
    y:backward(NAN)
    assert.equal(0, x.grad)
  end)
end)
