-- A Lua whose numbers are floats and 32-bit integers (LUA_32BITS): the engine
-- stays double, and numbers are rounded where Lua gets them. On other Luas
-- nothing runs here; .ci/run builds the Luas that it needs.

if 2 ^ 24 + 1 ~= 2 ^ 24 then return end

local tinygrad = require "tinygrad"
local Value, Tensor = tinygrad.Value, tinygrad.Tensor

local LARGE = 2 ^ 24 -- a float: plus 2 is another float, plus 1 is not

-- Returns the bytes of doubles from hexadecimal digits, eight bytes for each.
local function bytes(digits)
  return (digits:gsub("%x%x", function(x)
    return string.char(tonumber(x, 16))
  end))
end

local TENTH = bytes "9a9999999999b93f" -- the double next to 0.1

describe("with float numbers", function()
  it("a Value computes as a double", function()
    local x = Value(LARGE)
    local sum = x + 1
    assert.equal(LARGE, sum.data)
    assert.equal(1, (sum - LARGE).data)
  end)

  it("a gradient adds up as a double", function()
    local x = Value(1)
    local y = x * LARGE + x - x * LARGE
    y:backward()
    assert.equal(1, x.grad)
    local function f(a, b) return (a * b + a) * tinygrad.tanh(b) end
    local value, da, db = tinygrad.value_and_grad(f)(1.3, -0.7)
    assert.near(-0.235703, value, 1e-6)
    assert.near(-0.181310, da, 1e-6)
    assert.near(-0.538130, db, 1e-6)
  end)

  it("a Program computes as a double, also the saved one", function()
    local program = tinygrad.compile(function(x)
      return x * x + 1 - LARGE * LARGE
    end, 1)
    assert.equal(1, program(LARGE))
    local again = assert(tinygrad.program_from_string(program:to_string()))
    assert.equal(1, again(LARGE))
    assert.equal(2 * LARGE, program:grad()(LARGE))
  end)

  it("a Tensor holds doubles", function()
    local t = Tensor.from_string(TENTH, {1})
    assert.equal(0.1, t[1])
    assert.equal(TENTH, t:to_string())
    assert.equal(TENTH, Tensor(t):to_string())
    t[1] = t[1] -- rounds it to a float
    assert.equal(bytes "000000a09999b93f", t:to_string())
  end)

  it("plots have ranges that floats can span", function()
    for _, ys in ipairs {{1, 1 + 2 ^ -23}, {LARGE, LARGE + 2}, {3e38, -3e38},
        {1e37, 2e37}, {1e-40, 2e-40}, {1e30, 1e30}} do
      for _, log in ipairs {false, true} do
        local plot = tinygrad.plot {y = {log = log}}
        plot:line(nil, ys)
        plot:scatter(ys, {1, 2})
        assert.matches("</svg>", plot:svg(), 1, true)
        assert.is_string(plot:text())
      end
    end
  end)

  it("a batch adds up doubles", function()
    local program = tinygrad.compile(function(x) return x + 1 end, 1)
    local sum = program:batch({Tensor {LARGE, -LARGE, 3}}, {reduce = "sum"})
    assert.equal(6, sum)
  end)

  it("random numbers are those of every Lua", function()
    assert.equal(bytes "20485c3d467beb3fae784d714e28d03fee34e8c394faef3f",
      Tensor.uniform({3}, 0, 1, 42):to_string())
  end)

  it("an integer is rounded as it comes in", function()
    assert.equal(16777216, Value(16777217).data)
    assert.equal(0, (Value(16777217) - LARGE).data)
    assert.equal(-2147483648, Value(math.mininteger).data)
  end)
end)
