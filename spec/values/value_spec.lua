-- The Value type: making, fields, identity, printing.

local tinygrad = require "tinygrad"
local Value = tinygrad.Value

describe("a Value", function()
  it("is made from a number", function()
    local v = Value(3)
    assert.equal(3, v.data)
    assert.equal(0, v.grad)
    assert.is_nil(v.op)
    assert.is_nil(v.label)
    assert.same({}, v:parents())
    assert.same({}, v:operands())
  end)

  it("takes odd numbers as they are", function()
    assert.equal(math.huge, Value(math.huge).data)
    assert.equal(-math.huge, Value(-math.huge).data)
    local nan = Value(0 / 0).data
    assert.is_true(nan ~= nan)
    assert.equal(-math.huge, 1 / Value(-1 / math.huge).data)
    assert.equal(5e-324, Value(5e-324).data)
    assert.equal(2 ^ 53, Value(2 ^ 53).data)
  end)

  it("has data and grad that can be set", function()
    local v = Value(1)
    v.data, v.grad = 2.5, -1
    assert.equal(2.5, v.data)
    assert.equal(-1, v.grad)
    local w = v * 2
    w.grad = 7
    assert.equal(7, w.grad)
  end)

  it("has a label", function()
    local v = Value(1)
    v.label = "weight"
    assert.equal("weight", v.label)
    v.label = nil
    assert.is_nil(v.label)
    assert.is_nil(Value(1).label)
  end)

  it("knows its operation and operands", function()
    local a, b = Value(2), Value(3)
    local c = a * b
    assert.equal("mul", c.op)
    assert.equal(2, #c:parents())
    assert.equal(a, c:parents()[1])
    assert.same({3, 2}, (Value(2) * Value(3)):partials())
    assert.same({7}, (7 * Value(3)):partials())
    assert.same({}, Value(1):partials())
    assert.equal(b, c:parents()[2])
    local d = 2 - a
    assert.equal("sub", d.op)
    assert.equal(1, #d:parents())
    assert.equal(a, d:parents()[1])
    assert.equal(2, d:operands()[1])
    assert.equal(a, d:operands()[2])
    local square = a * a
    assert.equal(2, #square:parents())
    assert.equal(a, square:parents()[2])
    local w = tinygrad.where(a, b, 4)
    assert.same(2, #w:parents())
    assert.equal(4, w:operands()[3])
  end)

  it("prints with six decimals", function()
    local v = Value(2)
    assert.equal("Value(data=2.000000, grad=0.000000)", tostring(v))
    v.grad = -0.5
    assert.equal("Value(data=2.000000, grad=-0.500000)", tostring(v))
    assert.equal("Value(data=nan, grad=0.000000)", tostring(Value(0 / 0)))
    assert.equal("Value(data=inf, grad=0.000000)", tostring(Value(1 / 0)))
    assert.matches("^Value%(data=%-16%d+%.000000, grad=0%.000000%)$",
      tostring(Value(-1.7e308)))
  end)

  it("equals only itself, and can be a key", function()
    local a, b = Value(1), Value(1)
    assert.is_true(a == a) -- luacheck: ignore
    assert.is_false(a == b)
    assert.is_false(a == 1)
    local t = {[a] = "a", [b] = "b"}
    assert.equal("a", t[a])
    assert.equal("b", t[b])
  end)

  it("is recognised", function()
    assert.is_true(tinygrad.is_value(Value(1)))
    for _, x in ipairs {1, "1", {}, print, io.stdout, true} do
      assert.is_false(tinygrad.is_value(x))
    end
    assert.is_false(tinygrad.is_value(nil))
    assert.is_false(tinygrad.is_value())
    assert.is_false(tinygrad.is_value(
      setmetatable({}, debug.getmetatable(Value(1)))))
  end)

  it("detaches", function()
    local a = Value(3)
    local b = (a * 2):detach()
    assert.equal(6, b.data)
    assert.is_nil(b.op)
    local c = a * b
    c:backward()
    assert.equal(6, a.grad)
  end)

  it("leaves no global behind", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["tinygrad"] = nil
    require "tinygrad"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)
end)
