-- The floating-point environment belongs to the host: another rounding changes
-- no result, exceptions that trap end no process, and the environment is always
-- put back.

local tinygrad = require "tinygrad"
local NAN, Tensor = require("tinygrad.core").nan, tinygrad.Tensor

local host, reason = require "spec.support.c_module" (
  "spec/safety/environment_host")

local function all_operations()
  local list = {}
  for _, row in ipairs(tinygrad.operations()) do
    if row.arity == 1 then
      local name, x = row.lua_name, row.domain[1]
      list[#list + 1] = {name, tinygrad.compile(function(a)
        return tinygrad[name](a)
      end, x[1]), x[1] + 0.3 * (x[2] - x[1])}
    end
  end
  return list
end

local function decay()
  local x, y = {}, {}
  for i = 1, 20 do
    x[i] = i / 5
    y[i] = math.exp(-x[i]) + 1
  end
  return {x = x, y = y}
end

local function exponential(x, p) return p.a * tinygrad.exp(p.b * x) + p.c end

-- Calls in which infinities and NaN occur, by name.
local WORK = {
  fit = function()
    local r = tinygrad.fit(exponential, decay(), {a = 1, b = -0.1, c = 0})
    assert(r.converged)
    return tostring(r)
  end,
  ["a fit that begins with an overflow"] = function()
    return tinygrad.fit(exponential, decay(), {a = 1, b = 400, c = 0}).message
  end,
  least_squares = function()
    return tinygrad.least_squares(function(p)
      return {p[1] - 3, tinygrad.log(p[2])}
    end, {1, -1}).message
  end,
  minimize = function()
    return tostring(tinygrad.minimize(function(x)
      return 1 / x[1] + x[1] - tinygrad.log(x[1])
    end, {1e-3}))
  end,
  gradcheck = function()
    return tostring(select(2, tinygrad.gradcheck(tinygrad.log, {0})))
  end,
  emit_c = function()
    return tinygrad.compile(function(x)
      return tinygrad.logsumexp{x, -0.0, math.huge} + tinygrad.lgamma(x)
    end, 1):grad():emit_c()
  end,
  operations = function()
    local v = tinygrad.Value(0)
    local y = tinygrad.sqrt(v) + tinygrad.log(v) + 1 / v
      + tinygrad.logsumexp {v, 1 / v}
    y:backward()
    return tostring(y.data), tostring(tinygrad.log(0)), v.grad ~= v.grad
  end,
  transforms = function()
    local function f(x) return tinygrad.sqrt(x[1]) end
    return tinygrad.hessian(f)({0})[1][1], tinygrad.grad(f)({0})[1],
      (select(2, tinygrad.jvp(f)({{0}}, {{1}})))
  end,
  ["constants of a recording"] = function()
    return tinygrad.compile(function(x)
      return x + tinygrad.log(tinygrad.Value(0))
    end, 1)(1)
  end,
  ["constants of what a batch shares"] = function()
    local p = tinygrad.compile(function(x, y)
      return x * tinygrad.log(y * 0) + y
    end, 1, 2)
    return p:batch({Tensor {1, 2}, 0}, {shared = {2}})[1]
  end,
  ["derivatives of derivatives"] = function()
    return tinygrad.hessian(function(x) return tinygrad.log(x[1]) end)({0}),
      tinygrad.hessian(function(x)
        return tinygrad.logsumexp {x[1], x[1] * math.huge}
      end)({1})
  end,
  Programs = function()
    local p = tinygrad.compile(function(x) return tinygrad.log(x) + 1 / x end,
      1)
    return tostring(p(0) ~= p(0)), p:grad()(0)
  end,
  batches = function()
    local p = tinygrad.compile(function(x) return tinygrad.log(x) + 1 / x end,
      1):grad()
    local y = p:batch({Tensor {0, 1, 2}}, {threads = 2})[1]
    return tostring(y), p:batch({Tensor {0, 1, 2}}, {reduce = "sum"})
  end,
  Tensors = function()
    local t = Tensor {1e308, 1e308, -math.huge}
    return t:sum(), t:mean(), t:std() ~= t:std(), t:dot(t), t:min()
  end,
  ["what is not a number in bounds"] = function()
    local nan = Tensor {NAN}
    nan:clamp(Tensor {0}, Tensor {1})
    return nan[1] ~= nan[1], tostring(tinygrad.clamp(1, NAN, 2))
  end,
  train = function()
    local nn = tinygrad.nn
    return nn.train(nn.MLP(2, {2, 1}), nn.squared_error,
      {x = {{1, 2e200}, {3, 4}}, y = {1, 0}}, {epochs = 2, quiet = true,
      lr = 1e100}).status
  end,
  saving = function()
    local path = os.tmpname()
    assert(tinygrad.nn.MLP(1, {1}):save(path))
    os.remove(path)
    return #tinygrad.help "log"
  end,
}

describe("another floating-point environment", function()
  local function set(rounding, traps)
    host.round(rounding)
    host.trap(traps)
  end

  after_each(function() if host then set(0, false) end end)

  -- Returns what f returns or raises in an environment, which must be unchanged
  -- afterwards.
  local function there(rounding, traps, f)
    if not host then return pending(reason) end
    if traps and rawget(_G, "jit") then
      return pending("LuaJIT's own machine code raises exceptions that trap")
    end
    if traps and (os.getenv("CC") or ""):find("clang", 1, true) then
      return pending("clang computes ahead, as if no exception trapped")
    end
    set(rounding, traps)
    local results = {pcall(f)}
    local now, trapping = host.state()
    set(0, false)
    assert.same({rounding, traps}, {now, trapping})
    return results
  end

  for name, f in pairs(WORK) do
    it("in which exceptions trap ends nothing: " .. name, function()
      collectgarbage()
      math.randomseed(1)
      local here = {pcall(f)}
      if not here[1] then error(here[2]) end
      local results = there(0, true, f)
      if name ~= "train" then assert.same(#here, #results) end
      assert.is_true(results[1], tostring(results[2]))
    end)
  end

  it("in which exceptions trap is put back after an error", function()
    local results = there(0, true, function()
      tinygrad.fit(function() error("mine", 0) end, decay(), {a = 1})
    end)
    assert.same({false, "mine"}, {results[1],
      tostring(results[2]):match("mine")})
  end)

  for name, flags in pairs {["this machine"] = "",
    ["a machine that C alone knows"] = "-U__SSE2__"} do
    it("is told from the usual one: " .. name, function()
      local here, why = require "spec.support.c_module" (
        "spec/safety/environment_host", flags)
      if not here then return pending(why) end
      assert.same({true, true, true}, {here.serves()})
      for rounding = 0, 3 do
        local traps = rounding == 0
        assert.same({true, false, true, false},
          there(rounding, traps, here.serves))
      end
    end)
  end

  it("lets the error of a hook through as what it is", function()
    local attempt = require "tinygrad.base.attempt"
    local calm = require "tinygrad.base.calm"
    local jit = rawget(_G, "jit")
    local stopped = {}
    local function spin() while true do stopped[1] = 1 end end
    if jit then jit.off(spin) end
    local results = there(0, true, function()
      debug.sethook(function()
        debug.sethook()
        error(stopped)
      end, "", 1000)
      attempt(calm, spin)
    end)
    assert.is_false(results[1])
    assert.equal(stopped, results[2])
  end)

  for rounding = 1, 3 do
    it("changes no bit of a batch or a Program: rounding " .. rounding,
      function()
        for _, each in ipairs(all_operations()) do
          local name, p, x = each[1], each[2], each[3]
          local rows = {Tensor {x, x, x}}
          local y, batched = p(x), p:batch(rows)[1]
          local results = there(rounding, false, function()
            return p(x), p:batch(rows, {threads = 2})[1]
          end)
          assert.is_true(y == results[2], name)
          assert.is_true(batched == results[3], name)
        end
      end)

    it("changes no bit of operations and gradients: rounding " .. rounding,
      function()
        for _, each in ipairs(all_operations()) do
          local f, x = tinygrad[each[1]], each[3]
          local function both()
            local v = tinygrad.Value(x)
            local y = f(v)
            y:backward()
            return f(x), y.data, v.grad, tinygrad.grad(tinygrad.grad(f))(x)
          end
          local a, b, c, d = both()
          local results = there(rounding, false, both)
          assert.same({true, a, b, c, d}, results, each[1])
        end
      end)
  end

  it("changes no bit of a host's operation", function()
    local operations, missing = require "spec.support.c_module" (
      "spec/operations/operation_host")
    if not operations then return pending(missing) end
    local function numbers()
      local x = tinygrad.Value(0.1)
      local y = operations.product3(x, 0.7, 0.3)
      y:backward()
      return y.data, x.grad, operations.product3(0.1, 0.7, 0.3)
    end
    local y, gradient, number = numbers()
    for rounding = 1, 3 do
      assert.same({true, y, gradient, number},
        there(rounding, false, numbers))
    end
  end)

  it("changes no random number, and no sum over a long Tensor", function()
    local function numbers()
      local g = Tensor.generator(1)
      local list = {}
      for i = 1, 100 do
        list[i] = {g:uniform(), g:normal(), g:integer(3), g:uniform(1, 3),
          g:normal(1, 3)}
      end
      local long = Tensor.normal({300000}, 0, 1, g)
      return list, long:dot(long), Tensor.uniform({100}, 1, 3, g)
    end
    local list, sum, uniform = numbers()
    for rounding = 1, 3 do
      assert.same({true, list, sum, uniform}, there(rounding, false, numbers))
    end
  end)

  it("changes no bit of what is made of constants", function()
    for rounding = 1, 3 do
      for _, each in ipairs(all_operations()) do
        local f, x = tinygrad[each[1]], each[3]
        local function make()
          return tinygrad.compile(function(a)
            return a + f(tinygrad.Value(x))
          end, 1)(0)
        end
        local y = make()
        assert.same({true, y}, there(rounding, false, make), each[1])
      end
    end
  end)

  it("does not make cbrt(27) something else", function()
    local p = tinygrad.compile(tinygrad.cbrt, 1)
    local results = there(1, false, function()
      return p:batch({Tensor {27}})[1]
    end)
    assert.equal(3, results[2])
  end)
end)
