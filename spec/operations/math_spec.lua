-- tinygrad.math: Lua's own math for numbers, tinygrad's operations for Values.

local tinygrad = require "tinygrad"

local Value, drop_in = tinygrad.Value, tinygrad.math
local gradcheck = tinygrad.gradcheck

local math_type = rawget(math, "type") or function() return nil end

-- Numbers to call with; in Luas with integers some are integers.
local NUMBERS = {0, -0.0, 1, -1, 2, 3, 7, -8, 63, 0.1, 0.5, -0.5, 2.5, -3.7,
  1e-320, 1e-9, 1e15 + 0.5, 2 ^ 53, -2 ^ 53, 1e300, -1e300, 710, -745,
  math.huge, -math.huge, 0 / 0, rawget(math, "maxinteger") or 2 ^ 63,
  rawget(math, "mininteger") or -2 ^ 63}

local FUNCTIONS = {}
for name, f in pairs(math) do
  local draws = name == "random" or name == "randomseed"
  if type(f) == "function" and not draws then
    FUNCTIONS[#FUNCTIONS + 1] = name
  end
end
table.sort(FUNCTIONS)

local function pack(...) return {n = select("#", ...), ...} end

local function same_bits(x, y)
  if type(x) ~= "number" then return x == y end
  if math_type(x) ~= math_type(y) then return false end
  return x ~= x and y ~= y or x == y and 1 / x == 1 / y
end

-- Fails unless math's and tinygrad.math's function return equal results, or
-- raise the same error under their own names.
local function same_call(name, ...)
  local expected, got = pack(pcall(math[name], ...)),
    pack(pcall(drop_in[name], ...))
  local text = ("%s(%s)"):format(name, table.concat({tostring((...)),
    tostring((select(2, ...))), tostring((select(3, ...)))}, ", "))
  assert(expected.n == got.n and expected[1] == got[1], text)
  if not expected[1] then
    local own_name = ("argument #%%1 to '%s'"):format(name)
    expected[2] = expected[2]:gsub("argument #(%d+) to '[^']*'", own_name)
  end
  for i = 2, expected.n do
    assert(same_bits(expected[i], got[i]), ("%s: %s expected, got %s"):format(
      text, tostring(expected[i]), tostring(got[i])))
  end
end

describe("tinygrad.math for numbers", function()
  it("has everything that math has", function()
    for name, x in pairs(math) do
      assert.are.equal(type(x), type(drop_in[name]), name)
      if type(x) ~= "function" then
        assert(same_bits(x, drop_in[name]), name)
      end
    end
    assert.are.equal(math.pi, drop_in.pi)
  end)

  it("has every operation of tinygrad", function()
    for _, row in ipairs(tinygrad.operations()) do
      assert.is_function(drop_in[row.lua_name], row.lua_name)
    end
    assert.are.equal(0.5, drop_in.sigmoid(0))
    assert.are.equal(3, drop_in.clamp(5, 1, 3))
    assert.are.equal(0, drop_in.cbrt(0))
  end)

  it("is a table of its own", function()
    assert.are_not.equal(math, drop_in)
    assert.is_nil(rawget(math, "sigmoid"))
    assert.are.equal(drop_in, require "tinygrad.math")
  end)

  it("gives what math gives, bit for bit", function()
    for _, name in ipairs(FUNCTIONS) do
      same_call(name)
      for _, x in ipairs(NUMBERS) do
        same_call(name, x)
        same_call(name, x, 3)
        same_call(name, 3, x)
        same_call(name, x, x, 2)
        same_call(name, 1, 2, 3, x)
      end
    end
  end)

  it("fails where math fails, and as it does", function()
    for _, name in ipairs(FUNCTIONS) do
      for _, x in ipairs {"3", " 0x10 ", "x", true, {}, print} do
        same_call(name, x)
        same_call(name, x, 2)
        same_call(name, 2, x)
        same_call(name, 2, 2, x)
      end
      same_call(name, nil)
      same_call(name, 1, nil)
    end
  end)

  it("draws the same random numbers", function()
    local function draw(from)
      from.randomseed(42)
      return {from.random(), from.random(6), from.random(-3, 3)}
    end
    assert.are.same(draw(math), draw(drop_in))
    assert.are.equal(pcall(math.random, 0, -1),
      (pcall(drop_in.random, 0, -1)))
  end)

  it("keeps integers where Lua has them", function()
    if not rawget(math, "type") then return end
    assert.are.equal("integer", drop_in.type(drop_in.floor(3.7)))
    assert.are.equal("integer", drop_in.type(drop_in.max(1, 2, 3)))
    assert.are.equal("integer", drop_in.type(drop_in.abs(-3)))
    assert.are.equal("integer", drop_in.type(drop_in.fmod(7, 3)))
    assert.are.equal("float", drop_in.type(drop_in.max(1, 2.0)))
  end)

  it("blames the caller's line", function()
    for _, f in ipairs {
      function() return drop_in.sin(nil) + 1 end,
      function() return drop_in.fmod("x", 1) + 1 end,
      function() return drop_in.max(Value(1), "x") + 1 end,
      function() return drop_in.random(Value(1)) + 1 end,
    } do
      local ok, message = pcall(f)
      assert.is_false(ok)
      assert(message:find("math_spec%.lua:%d+: bad argument #%d to '%l+'"),
        message)
    end
  end)
end)

-- An argument that this Lua's `math` ignores is ignored for Values, too.
local ONE_ATAN = math.atan(0, -1) == 0
local ONE_LOG = math.log(8, 2) < 2.9

describe("tinygrad.math for Values", function()
  it("computes what it computes for numbers", function()
    for _, row in ipairs(tinygrad.operations()) do
      local name = row.lua_name
      local is_unary = row.arity == 1 and rawget(math, name)
      for _, x in ipairs(is_unary and NUMBERS or {}) do
        x = x + 0.0 -- the least integer lacks an absolute value
        local expected, got = math[name](x), drop_in[name](Value(x)).data
        local both_nan = expected ~= expected and got ~= got
        local near = math.abs(expected - got) <= 4e-16 * math.abs(expected)
        assert(both_nan or expected == got or near, ("%s(%s)"):format(name, x))
      end
    end
  end)

  it("has right gradients", function()
    local checked = 0
    for _, row in ipairs(tinygrad.operations()) do
      local name, inputs = row.lua_name, {}
      local is_ignored = row.name == "atan2" and name == "atan" and ONE_ATAN
        or row.name == "log_base" and ONE_LOG
      if rawget(math, name) and type(row.arity) == "number"
          and name ~= "mod" and not is_ignored then
        for i, interval in ipairs(row.domain) do
          inputs[i] = interval[1] + 0.3 * (interval[2] - interval[1])
        end
        local ok, report = gradcheck(drop_in[name], inputs)
        assert(ok, tostring(report))
        checked = checked + 1
      end
    end
    assert.is_true(checked >= 17)
  end)

  it("takes Values in any place", function()
    assert.are.equal(7, drop_in.max(1, 2, Value(7), 3).data)
    assert.is_not_nil(drop_in.max(1, 2, Value(7)).op)
    assert.are.equal(-1, drop_in.min(1, 2, 3, 4, Value(-1)).data)
    assert.are.equal(2, drop_in.max(Value(2)).data)
    assert.are.equal(1.5, drop_in.fmod(5.5, Value(2)).data)
    local ok, report = gradcheck(function(a, b, c)
      return drop_in.max(a, b, c, 1) * drop_in.min(a, 2, b, c)
    end, {1.5, 3, -0.5})
    assert(ok, tostring(report))
  end)

  it("takes as many arguments as math does", function()
    local angle, log = drop_in.atan(Value(1), -1), drop_in.log(Value(8), 2)
    assert.near(math.atan(1, -1), angle.data, 1e-15)
    assert.near(math.log(8, 2), log.data, 1e-15)
    if rawget(math, "mod") then
      assert.are.equal(math.mod(-7, 3), drop_in.mod(Value(-7), 3).data)
    end
  end)

  it("splits by modf", function()
    for _, x in ipairs {3.75, -3.75, 0.5, -2, 0, 1e300, math.huge,
        -math.huge} do
      local whole, fraction = math.modf(x)
      local w, f = drop_in.modf(Value(x))
      assert.are.equal(whole, w.data)
      assert.are.equal(fraction, f.data)
    end
    local nan = 0 / 0
    local w, f = drop_in.modf(Value(nan))
    assert.is_true(w.data ~= w.data and f.data ~= f.data)
    local function of_fraction(x) return (select(2, drop_in.modf(x))) end
    assert.is_true((gradcheck(of_fraction, {-3.75}, {order = 2})))
    assert.are.equal(1, tinygrad.derivative(of_fraction)(2))
    assert.are.equal(0, tinygrad.derivative(drop_in.modf)(2.5))
  end)

  if rawget(math, "frexp") and rawget(math, "ldexp") then
    it("splits by frexp", function()
      for _, x in ipairs {48, -0.3, 1e300, 5e-324, 1e-310, 0, math.huge} do
        local m, e = math.frexp(x)
        local fraction, exponent = drop_in.frexp(Value(x))
        assert.are.equal(m, fraction.data)
        assert.are.equal(e, exponent)
      end
      local fraction = function(x) return (drop_in.frexp(x)) end
      assert.are.equal(2 ^ -6, tinygrad.derivative(fraction)(48))
    end)

    it("scales by ldexp", function()
      for _, e in ipairs {-2200, -1100, -1075, -1074, -1030, -1000, -1, 0, 5,
          1000, 1023, 1024, 2000, 2097, 2098, 1e8, -1e8} do
        for _, x in ipairs {1, -1.7, 2 ^ -1074, 3e-300, 3 * 2 ^ -1074,
            2 ^ 1023, 0, math.huge} do
          assert.are.equal(math.ldexp(x, e), drop_in.ldexp(Value(x), e).data)
        end
      end
      assert.is_true((gradcheck(function(x)
        return drop_in.ldexp(x, 3)
      end, {1.5})))
    end)

    it("does not take a Value for ldexp's exponent", function()
      local ok, message = pcall(drop_in.ldexp, 3, Value(2))
      assert.is_false(ok)
      assert.are.equal("bad argument #2 to 'ldexp' (number expected, got "
        .. "Value; x * 2 ^ e takes Values)", message)
    end)
  end

  it("says of the type that it is a Value", function()
    if not rawget(math, "type") then return end
    assert.are.equal("Value", drop_in.type(Value(2)))
    assert.are.equal("integer", drop_in.type(2))
    assert.is_nil((drop_in.type("2")))
  end)

  it("says what to do where a Value has no meaning", function()
    local advice = {
      random = "bad argument #2 to 'random' (number expected, got Value; low "
        .. "+ (high - low) * math.random() takes Values)",
      randomseed = "bad argument #2 to 'randomseed' (number expected, got "
        .. "Value; use its .data)",
      tointeger = "bad argument #2 to 'tointeger' (number expected, got "
        .. "Value; math.floor rounds it, .data is its number)",
      ult = "bad argument #2 to 'ult' (integer expected, got Value; '<' "
        .. "compares Values, tinygrad.lt gives 1 or 0)",
    }
    for name, expected in pairs(advice) do
      if rawget(math, name) then
        local ok, message = pcall(drop_in[name], 1, Value(2))
        assert.is_false(ok)
        assert.are.equal(expected, message)
      end
    end
  end)

  it("leaves anomalies their line", function()
    local ok, message = pcall(tinygrad.detect_anomaly, function()
      local y = drop_in.log(Value(0))
      return y
    end)
    assert.is_false(ok)
    assert(message:find("math_spec%.lua:%d+: anomaly in forward: 'log' of "
      .. "%(0[.0]*%), made at [^\n]*math_spec%.lua:%d+ is %-inf"), message)
  end)

  it("records Programs", function()
    local function f(x, y)
      local _, part = drop_in.modf(x)
      return drop_in.max(drop_in.sin(x), y, 0) * part
    end
    local program = tinygrad.compile(f, 1, 2)
    assert.are.equal(f(2.5, 0.25), program(2.5, 0.25))
  end)
end)

-- A program for plain numbers that takes its `math` as an argument: how far a
-- ball flies with the wind, against the drag of the air.
local function new_flight(math) -- luacheck: ignore 431
  return function(speed, degrees, drag)
    local angle = math.rad(math.min(degrees, 90))
    local vx, vy = speed * math.cos(angle), speed * math.sin(angle)
    local x, y, top, dt = 0, 0, 0, 1 / 64
    for step = 1, 64 do
      local wind = 1 + math.floor(step / 16) * math.exp(-math.abs(x) / 50)
      local rx = vx - wind
      local pull = drag * math.sqrt(rx * rx + vy * vy)
      vx, vy = vx - dt * pull * rx, vy - dt * (9.81 + pull * vy)
      x, y = x + dt * vx, math.max(y + dt * vy, 0)
      top = math.max(top, y)
    end
    return x + 0.1 * top + math.fmod(x, 7) + math.atan(y / x) / math.pi
      + math.floor(x)
  end
end

describe("an existing program", function()
  local plain, either = new_flight(math), new_flight(drop_in)
  local throws = {{20, 40, 0.01}, {8, 30, 0.02}, {3, 80, 0.1}, {15, 100, 0.003}}

  it("gives the same with numbers", function()
    for _, throw in ipairs(throws) do
      local speed, degrees, drag = throw[1], throw[2], throw[3]
      assert(same_bits(plain(speed, degrees, drag),
        either(speed, degrees, drag)))
    end
  end)

  it("gives the same with Values, and its derivatives", function()
    for _, throw in ipairs(throws) do
      local speed, degrees, drag = throw[1], throw[2], throw[3]
      local result = either(Value(speed), Value(degrees), Value(drag))
      assert.near(plain(speed, degrees, drag), result.data, 1e-12)
      local ok, report = gradcheck(either, throw,
        {names = {"speed", "degrees", "drag"}, order = 2})
      assert(ok, tostring(report))
    end
  end)
end)
