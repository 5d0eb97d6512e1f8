-- Operators, with Values and numbers on either side.

local tinygrad = require "tinygrad"
local support = require "spec.support.common"
local Value = tinygrad.Value
local unpack = table.unpack or unpack

local OPERATORS = {
  {"+", "add", function(a, b) return a + b end},
  {"-", "sub", function(a, b) return a - b end},
  {"*", "mul", function(a, b) return a * b end},
  {"/", "div", function(a, b) return a / b end},
  {"^", "pow", function(a, b) return a ^ b end},
  {"%", "mod", function(a, b) return a % b end},
}
if support.floor_division then
  OPERATORS[#OPERATORS + 1] = {"//", "idiv", support.floor_division}
end

describe("operator", function()
  for _, operator in ipairs(OPERATORS) do
    local symbol, name, f = operator[1], operator[2], operator[3]
    it(symbol .. " gives what it gives on numbers", function()
      local pairs_of = {{5.5, 2.25}, {2.25, 5.5}, {-5.5, 2.25}, {5.5, -2.25},
        {-5.5, -2.25}, {-2.25, -5.5}, {0.5, 3}, {3, 0.5}}
      for _, x in ipairs(pairs_of) do
        local a, b = x[1], x[2]
        local expected = f(a, b)
        for _, got in ipairs {f(Value(a), Value(b)), f(Value(a), b),
            f(a, Value(b)), tinygrad[name](Value(a), b),
            Value(a)[name](Value(a), Value(b))} do
          assert.is_true(support.same(expected, got.data))
        end
        assert.equal(name, f(Value(a), b).op)
        if name ~= "mod" then -- Lua 5.1 computes % otherwise
          assert.is_true(support.same(expected, tinygrad[name](a, b)))
        end
      end
    end)

    it(symbol .. " has the same gradients whatever is a number", function()
      local a, b = Value(5.5), Value(2.25)
      f(a, b):backward()
      local left, right = Value(5.5), Value(2.25)
      f(left, 2.25):backward()
      f(5.5, right):backward()
      assert.equal(a.grad, left.grad)
      assert.equal(b.grad, right.grad)
      support.near(support.difference(function(x) return f(x[1], x[2]) end,
        {5.5, 2.25}, 1), a.grad, 1e-7)
      support.near(support.difference(function(x) return f(x[1], x[2]) end,
        {5.5, 2.25}, 2), b.grad, 1e-7)
    end)
  end

  it("- negates", function()
    local a = Value(2)
    local b = -a
    b:backward()
    assert.equal(-2, b.data)
    assert.equal(-1, a.grad)
    assert.equal("neg", b.op)
  end)

  it("^ 2 is a product in every way", function()
    local x = Value(1.1)
    local y = x ^ 2
    assert.equal("square", y.op)
    assert.equal(1.1 * 1.1, y.data)
    y:backward()
    assert.equal(2.2, x.grad)
    assert.equal(1.1 * 1.1, (x ^ Value(2)).data)
    assert.equal(1.1 * 1.1, tinygrad.pow(1.1, 2))
  end)

  it("< and <= compare values", function()
    local one, two = Value(1), Value(2)
    assert.is_true(one < two)
    assert.is_false(two < one)
    assert.is_true(one <= Value(1))
    assert.is_true(two > one)
    assert.is_true(two >= one)
    assert.is_false(one < Value(0 / 0))
    assert.equal("boolean", type(one < two))
  end)

  -- Operators that some Luas cannot give to Values, and the functions that
  -- stand in for them: examples/guide/versions.md.

  it("< and <= compare with numbers, or the language refuses", function()
    local one, two = Value(1), Value(2)
    for _, case in ipairs {
      {function() return 1 < two end, tinygrad.lt(1, two), true},
      {function() return one < 1 end, tinygrad.lt(one, 1), false},
      {function() return 1 <= one end, tinygrad.le(1, one), true},
      {function() return two <= 1 end, tinygrad.le(two, 1), false},
      {function() return 1 > two end, tinygrad.gt(1, two), false},
      {function() return two >= 1 end, tinygrad.ge(two, 1), true},
    } do
      local compare, served, expected = unpack(case, 1, 3)
      local ok, result = pcall(compare)
      assert.equal(support.MIXED_COMPARISON, ok)
      if ok then assert.equal(expected, result) end
      assert.equal(expected and 1 or 0, served.data)
    end
  end)

  it("== and ~= never find a Value equal to a number", function()
    local one = Value(1)
    assert.is_false(one == 1)
    assert.is_true(one ~= 1)
    assert.equal(1, tinygrad.eq(one, 1).data)
    assert.equal(0, tinygrad.ne(1, one).data)
  end)

  it("// is idiv, or the language has none", function()
    assert.equal(_VERSION >= "Lua 5.3", support.floor_division ~= nil)
    for _, case in ipairs {{7, 2}, {-7, 2}, {7.5, -2}, {1e300, 1e-300}} do
      local x, y = unpack(case)
      assert.equal(math.floor(x / y), tinygrad.idiv(x, y))
      local v = tinygrad.idiv(Value(x), y)
      assert.equal(math.floor(x / y), v.data)
      if support.floor_division then
        assert.equal(v.data, support.floor_division(Value(x), y).data)
        assert.equal(v.data, support.floor_division(x, Value(y)).data)
      end
    end
    assert.equal(math.huge, tinygrad.idiv(7, 0))
  end)
end)
