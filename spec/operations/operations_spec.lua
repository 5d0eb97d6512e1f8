-- Every row of the table of operations against central differences.

local tinygrad = require "tinygrad"
local support = require "spec.support.common"
local Value = tinygrad.Value

local unpack = table.unpack or unpack -- luacheck: compat

local POINTS = 25

--- Returns the row's function as a function of a list of operands.
local function applied(row)
  local f = tinygrad[row.name]
  if row.arity == "n" and row.name:match("_n$") then
    return function(x) return tinygrad[row.lua_name](x[1], x[2], x[3], x[4]) end
  elseif row.arity == "n" and #row.domain == 2 then
    return function(x) return f({x[1], x[3]}, {x[2], x[4]}) end
  elseif row.arity == "n" then
    return function(x) return f(x) end
  end
  return function(x) return f(unpack(x, 1, row.arity)) end
end

local function operand_count(row)
  return row.arity == "n" and 4 or row.arity
end

local function point(row, random)
  local x = {}
  for i = 1, operand_count(row) do
    local interval = row.domain[(i - 1) % #row.domain + 1]
    x[i] = random(interval[1], interval[2])
  end
  return x
end

local function values(x)
  local leaves = {}
  for i, number in ipairs(x) do leaves[i] = Value(number) end
  return leaves
end

local rows = tinygrad.operations()

describe("operations", function()
  it("describes each row", function()
    local names = {}
    for _, row in ipairs(rows) do
      assert.is_nil(names[row.name], row.name .. " is there twice")
      names[row.name] = true
      assert.equal("string", type(row.lua_name))
      assert.equal("string", type(row.note))
      assert.is_true(row.arity == "n" or row.arity >= 1 and row.arity <= 3)
      for i, interval in ipairs(row.domain) do
        assert.is_true(interval[1] <= interval[2], row.name)
        assert.equal("boolean", type(row.differentiable[i]))
      end
      assert.equal("function", type(tinygrad[row.name]), row.name)
      assert.equal("function", type(tinygrad[row.lua_name]), row.lua_name)
    end
    assert.is_true(#rows > 70)
  end)

  for k, row in ipairs(rows) do
    local f = applied(row)

    it(row.name .. " has the derivatives of its value", function()
      local random = support.random(1000 + k)
      for _ = 1, POINTS do
        local x = point(row, random)
        local leaves = values(x)
        local y = f(leaves)
        assert.equal(f(x), y.data) -- f of numbers returns a number
        assert.equal("number", type(f(x)))
        y:backward()
        for i, leaf in ipairs(leaves) do
          local differentiable = row.differentiable[(i - 1) % #row.domain + 1]
          local expected = differentiable and support.difference(f, x, i) or 0
          support.near(expected, leaf.grad, 2e-7,
            ("%s, operand %d at %.17g"):format(row.name, i, x[i]))
        end
      end
    end)

    it(row.name .. " takes numbers among Values", function()
      local random = support.random(2000 + k)
      local x = point(row, random)
      local all = values(x)
      local y = f(all)
      y:backward()
      for i = 1, #x do
        local mixed = values(x)
        local leaf = mixed[i]
        for j = 1, #x do
          if j ~= i then mixed[j] = x[j] end
        end
        local z = f(mixed)
        assert.equal(y.data, z.data)
        z:backward()
        support.near(all[i].grad, leaf.grad, 1e-15, row.name)
      end
    end)

    if row.arity ~= "n" then
      it(row.name .. " is a method too", function()
        local x = point(row, support.random(3000 + k))
        local v = values(x)
        local method = v[1][row.name]
        assert.equal(f(v).data, method(unpack(v, 1, row.arity)).data)
        assert.equal(f(v).data, method(v[1], unpack(x, 2, row.arity)).data)
      end)
    end
  end

  it("that share a name go by the arguments", function()
    local x = Value(8)
    assert.equal("log", tinygrad.log(x).op)
    assert.equal("log_base", tinygrad.log(x, 2).op)
    assert.equal(3, tinygrad.log(x, 2).data)
    assert.equal("atan", x:atan().op)
    assert.equal("atan2", x:atan(2).op)
    assert.equal("max", x:max(1).op)
    assert.equal("max_n", x:max(1, 2).op)
    assert.equal(x, tinygrad.max(x))
    assert.equal(3, tinygrad.max(1, 3, 2))
    assert.equal(1, tinygrad.min(3, 1, 2))
  end)

  it("have defaults", function()
    assert.equal(tinygrad.elu(-1, 1), tinygrad.elu(-1))
    assert.equal(-0.01, tinygrad.leaky_relu(-1))
    assert.equal(tinygrad.elu(Value(-1), 1).data, Value(-1):elu().data)
  end)

  it("fold few and many elements", function()
    assert.equal(0, tinygrad.sum {})
    assert.equal(0, tinygrad.dot({}, {}))
    assert.equal(0, tinygrad.norm {})
    assert.equal(-math.huge, tinygrad.logsumexp {})
    for n = 1, 5 do
      local x = {}
      for i = 1, n do x[i] = Value(i) end
      local s = tinygrad.sum(x)
      assert.equal(n * (n + 1) / 2, s.data)
      assert.equal(n, #s:parents())
      s:backward()
      for i = 1, n do assert.equal(1, x[i].grad) end
    end
  end)

  it("sum and dot take 100,000 operands", function()
    local n = support.scaled(100000, 1000)
    local x, w = {}, {}
    for i = 1, n do x[i], w[i] = Value(i), Value(1 / i) end
    local s = tinygrad.sum(x)
    assert.equal(n * (n + 1) / 2, s.data)
    s:backward()
    assert.equal(1, x[n].grad)
    local d = tinygrad.dot(x, w)
    support.near(n, d.data)
    assert.equal(2 * n, #d:parents())
    d:backward()
    assert.equal(1 + 1 / n, x[n].grad)
    assert.equal(n, w[n].grad)
  end)

  it("where takes a boolean, a number or a Value", function()
    local a, b = Value(1), Value(2)
    assert.equal(1, tinygrad.where(true, a, b).data)
    assert.equal(2, tinygrad.where(false, a, b).data)
    assert.equal(1, tinygrad.where(0.5, a, b).data)
    assert.equal(2, tinygrad.where(0, a, b).data)
    assert.equal(2, tinygrad.where(Value(0), a, b).data)
    assert.equal(1, tinygrad.where(a:lt(b), a, b).data)
    assert.equal(7, tinygrad.where(false, 3, 7))
  end)

  it("stay accurate at the extremes", function()
    assert.equal(1000, tinygrad.softplus(1000))
    assert.equal(0, tinygrad.softplus(-1000))
    assert.equal(1, tinygrad.tanh(1000))
    assert.equal(1000, tinygrad.logsumexp {1000, -1000})
    assert.equal(-1000, tinygrad.logsumexp {-1000})
    support.near(1000 + math.log(2), tinygrad.logsumexp {1000, 1000})
    assert.equal(5e300, tinygrad.norm {3e300, 4e300})
    assert.equal(5e-300, tinygrad.norm {3e-300, 4e-300})
    assert.equal(0, tinygrad.xlogy(0, 0))
    local v = Value(-1000)
    v:sigmoid():backward()
    assert.equal(0, v.grad)
    v = Value(-700)
    v:log_sigmoid():backward()
    assert.equal(1, v.grad)
  end)
end)
