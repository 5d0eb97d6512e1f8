-- Functions that are given to tinygrad may yield. If they cannot, because C or
-- (on Lua 5.1) pcall is in between, Lua says so and nothing is harmed.

local tinygrad = require "tinygrad"

-- Tells whether a yield crosses pcall. (On Lua 5.1 it does not.)
local crosses_pcall = coroutine.wrap(function()
  return (pcall(coroutine.yield))
end)
crosses_pcall()
crosses_pcall = pcall(crosses_pcall)

local function square(x)
  coroutine.yield("waits")
  return x * x
end

-- Runs f in a coroutine to its end. Returns how often it yielded, and its
-- results.
local function run(f, ...)
  local co, waits = coroutine.create(f), 0
  local results = {coroutine.resume(co, ...)}
  while coroutine.status(co) ~= "dead" do
    assert(results[1] and results[2] == "waits", results[2])
    waits = waits + 1
    results = {coroutine.resume(co)}
  end
  assert(results[1], results[2])
  return waits, results[2]
end

describe("functions that yield", function()
  local free = {
    grad = function() return tinygrad.grad(square)(3) end,
    value_and_grad = function()
      return select(2, tinygrad.value_and_grad(square)(3))
    end,
    derivative = function()
      return tinygrad.derivative(tinygrad.derivative(square))(3) * 3
    end,
    jacobian = function() return tinygrad.jacobian(square)(3) end,
    hessian = function() return tinygrad.hessian(square)(3) * 3 end,
    jvp = function() return select(2, tinygrad.jvp(square)({3}, {1})) end,
    vjp = function() return select(2, tinygrad.vjp(square)({3}))(1) end,
    hvp = function() return tinygrad.hvp(square)({3}, {3}) end,
    custom = function()
      return tinygrad.grad(tinygrad.custom {name = "square", forward = square,
        backward = function(x)
          coroutine.yield("waits")
          return 2 * x
        end})(3)
    end,
  }
  for name, f in pairs(free) do
    it("may be given to " .. name, function()
      local waits, result = run(f)
      assert.is_true(waits > 0)
      assert.equal(6, result)
    end)
  end

  local protected = {
    no_grad = function()
      return 6 * #{tinygrad.no_grad(square, tinygrad.Value(3))}
    end,
    detect_anomaly = function()
      return 6 * #{tinygrad.detect_anomaly(square, 3)}
    end,
    compile = function() return tinygrad.compile(square, 1):grad()(3) end,
    minimize = function()
      return 6 + 0 * tinygrad.minimize(square, 3).value
    end,
  }
  for name, f in pairs(protected) do
    it("may be given to " .. name .. ", or Lua says why not", function()
      if crosses_pcall then
        local waits, result = run(f)
        assert.is_true(waits > 0)
        assert.equal(6, result)
      else
        local ok, message = pcall(run, f)
        assert.is_false(ok)
        assert.matches("attempt to yield across", message, 1, true)
      end
    end)
  end

  it("may be given to map, or Lua says why not", function()
    local t = tinygrad.Tensor {1, 2, 3}
    local function f() return t:map(square) end
    if crosses_pcall and not rawget(_G, "jit") then
      local waits, result = run(f)
      assert.equal(3, waits)
      assert.is_true(result == tinygrad.Tensor {1, 4, 9})
      waits, result = run(function()
        return select(2, pcall(t.map, t, function(x)
          coroutine.yield("waits")
          return x < 3 and x or "three"
        end))
      end)
      assert.equal(3, waits)
      assert.equal("map: the function must return a number, it returned "
        .. "string", result)
    else
      local ok, message = pcall(run, f)
      assert.is_false(ok)
      assert.matches("attempt to yield across", message, 1, true)
    end
  end)

  -- The core calls backward in derivatives of derivatives.
  describe("as a custom operation's backward", function()
    local function cube(wait)
      return tinygrad.custom {name = "cube",
        forward = function(x)
          wait()
          return x * x * x
        end,
        backward = function(x)
          wait()
          return 3 * x * x
        end}
    end
    local calm = cube(function() end)
    local slow = cube(function() coroutine.yield("waits") end)
    local orders = {
      hessian = function(f)
        return tinygrad.hessian(function(x) return f(x) * f(2 * x) end)(1.5)
      end,
      grad = function(f)
        local function g(x, y) return f(x) * f(f(y) - x) end
        local function h(x, y)
          local a, b = tinygrad.grad(g)(x, y)
          return a * b
        end
        local a, b = tinygrad.grad(h)(0.5, 1.5)
        return a + b
      end,
      hvp = function(f)
        return tinygrad.hvp(function(x) return f(f(x)) end)({1.5}, {2})
      end,
      jvp = function(f)
        local function along(x)
          local _, d = tinygrad.jvp(function(z) return f(z) * z end)({x}, {x})
          return d
        end
        return (tinygrad.grad(along)(1.5))
      end,
      derivative = function(f)
        local d = tinygrad.derivative
        return d(d(d(function(x) return f(x) * x end)))(1.5)
      end,
    }
    for name, order in pairs(orders) do
      it("may be given to " .. name .. " of second order, or Lua says why not",
        function()
          local expected = order(calm)
          if crosses_pcall and not rawget(_G, "jit") then
            local waits, result = run(order, slow)
            assert.is_true(waits > 2)
            assert.equal(expected, result)
          else
            local ok, message = pcall(run, order, slow)
            assert.is_false(ok)
            assert.matches("attempt to yield across", message, 1, true)
            assert.equal(expected, order(calm))
          end
        end)
    end

    it("may fail after it has waited", function()
      if not crosses_pcall or rawget(_G, "jit") then return end
      local answers = {1, 2, "three"}
      local f = tinygrad.custom {name = "f", forward = function(x) return x end,
        backward = function()
          coroutine.yield("waits")
          return table.remove(answers, 1)
        end}
      local _, message = run(function()
        return select(2, pcall(tinygrad.hessian(function(x)
          return f(x) * f(x)
        end), 1))
      end)
      assert.matches("custom operation 'f': backward must return a number or "
        .. "Value as partial 1, it returned string", message, 1, true)
    end)

    it("may be left waiting", function()
      local expected = orders.hessian(calm)
      for _ = 1, 50 do
        local co = coroutine.create(orders.hessian)
        pcall(coroutine.resume, co, slow)
      end
      collectgarbage()
      collectgarbage()
      assert.equal(expected, orders.hessian(calm))
    end)
  end)
end)
