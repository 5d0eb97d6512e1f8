-- Functions that are given to tinygrad may yield; where they cannot, because C
-- or (on Lua 5.1) pcall is in between, Lua says so and nothing is harmed.

local tinygrad = require "tinygrad"

-- A yield crosses pcall but on Lua 5.1.
local crosses_pcall = coroutine.wrap(function()
  return (pcall(coroutine.yield))
end)
crosses_pcall()
crosses_pcall = pcall(crosses_pcall)

local function square(x)
  coroutine.yield("waits")
  return x * x
end

-- Runs f in a coroutine to its end; how often it waited, and its results.
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

  it("cannot be called from C, and Lua says so", function()
    local twice = tinygrad.custom {name = "square",
      forward = function(x) return x * x end, backward = square}
    local ok, message = pcall(run, function()
      tinygrad.hessian(twice)(3)
    end)
    assert.is_false(ok)
    assert.matches("attempt to yield across", message, 1, true)
    assert.equal(6, tinygrad.grad(function(x) return x * x end)(3))
  end)
end)
