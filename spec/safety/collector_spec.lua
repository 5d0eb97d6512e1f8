-- The collector at work inside functions that are given to tinygrad, and
-- finalisers and variables to be closed that touch or bring back Values and
-- Programs.

local tinygrad = require "tinygrad"

local Value, Tensor = tinygrad.Value, tinygrad.Tensor

-- Makes an object whose finaliser calls f. (Lua 5.1 does not finalise tables.)
local function finalised(f)
  if newproxy then
    local object = newproxy(true)
    getmetatable(object).__gc = f
    return object
  end
  return setmetatable({}, {__gc = f})
end

local modes = {default = function() end}
if _VERSION >= "Lua 5.4" then
  modes.generational = function() collectgarbage("generational") end
  modes.incremental = function() collectgarbage("incremental") end
end

-- Makes garbage of all kinds, and lets the collector free some of it.
local function disturb()
  for i = 1, 5 do
    local _ = {Value(i) * 2, Tensor {i, i}}
  end
  collectgarbage("step", 0)
end

local function disturbed(f)
  return function(...)
    disturb()
    return f(...)
  end
end

local function same(f) return f end

local function square(x) return x * x end

-- Each call must return the same whether or not `wrap` is put around every
-- function.
local calls = {
  map = function(wrap)
    return Tensor({1, 2, 3}):map(wrap(square)):totable()
  end,
  custom = function(wrap)
    local op = tinygrad.custom {name = "square", forward = wrap(square),
      backward = wrap(function(x) return 2 * x end)}
    return {tinygrad.grad(op)(3), tinygrad.derivative(
      tinygrad.derivative(op))(3)}
  end,
  transforms = function(wrap)
    local f = wrap(function(x) return x * x * x end)
    return {tinygrad.hessian(f)(2), tinygrad.jvp(f)({2}, {1}),
      tinygrad.hvp(f)({2}, {1}), (tinygrad.vjp(f)({2}))}
  end,
  minimize = function(wrap)
    local values = {}
    local result = tinygrad.minimize(wrap(function(x)
      return (x[1] - 1) ^ 2 + x[2] ^ 4
    end), {3, 2}, {callback = wrap(function(at)
      values[#values + 1] = at.value
    end)})
    values[#values + 1] = result.value
    return values
  end,
  fit = function(wrap)
    local result = tinygrad.fit(wrap(function(t, p) return p * t end),
      {x = {1, 2, 3}, y = {2, 4.1, 5.9}}, 1)
    return {result.parameters}
  end,
  train = function(wrap)
    local model = tinygrad.nn.MLP(1, {3, 1}, {seed = 1})
    local losses = {}
    tinygrad.nn.train(model, tinygrad.nn.squared_error,
      {x = {0, 1, 2}, y = {0, 1, 4}}, {epochs = 3, quiet = true,
        callback = wrap(function(record)
          losses[#losses + 1] = record.loss
        end)})
    return losses
  end,
  plot = function(wrap)
    local plot = tinygrad.plot()
    plot:contour(wrap(function(x, y) return x * x + y end), {-1, 1}, {-1, 1},
      {points = 5})
    return {plot:svg()}
  end,
}

describe("the collector", function()
  after_each(function()
    if _VERSION >= "Lua 5.4" then collectgarbage("incremental") end
  end)

  for name, call in pairs(calls) do
    it("may work inside the functions given to " .. name, function()
      local expected = call(same)
      assert.is_true(#expected > 0)
      for _, set in pairs(modes) do
        set()
        assert.same(expected, call(disturbed))
      end
    end)
  end

  it("finalises what brings back Values and Programs", function()
    for _, set in pairs(modes) do
      set()
      local back = {}
      do
        local x = Value(3)
        local y = x * x
        local program = tinygrad.compile(square, 1)
        finalised(function()
          back.x, back.y, back.program = x, y, program
          y:backward()
          back.now = program(4)
        end)
      end
      for _ = 1, 10 do
        collectgarbage()
        if back.y then break end
      end
      assert.equal(6, back.x.grad)
      assert.equal(16, back.now)
      collectgarbage()
      back.x.grad = 0
      back.y:backward()
      assert.equal(6, back.x.grad)
      assert.equal(25, back.program(5))
      assert.equal(10, tinygrad.grad(function(x) return back.program(x) end)(5))
    end
  end)

  it("finalises what works with tinygrad, amid anything", function()
    for _, set in pairs(modes) do
      set()
      local runs, busy = 0, true
      local function finalise()
        runs = runs + 1
        local x = Value(runs)
        square(x):backward()
        assert(x.grad == 2 * runs)
        if busy then finalised(finalise) end
      end
      finalised(finalise)
      for _, call in pairs(calls) do
        assert.same(call(same), call(disturbed))
        collectgarbage()
      end
      busy = false
      collectgarbage()
      assert.is_true(runs > 0)
    end
  end)

  if _VERSION >= "Lua 5.4" then
    it("leaves variables to be closed what they hold", function()
      local closing = assert(load [[
        local tinygrad, disturb, fails = ...
        local closed = {}
        local x = tinygrad.Value(3)
        local ok = pcall(function()
          local y = x * x
          local program = tinygrad.compile(function(a) return a * a end, 1)
          local guard <close> = setmetatable({}, {__close = function()
            disturb()
            y:backward()
            closed.value, closed.kept = program(4), y
          end})
          tinygrad.grad(function(a)
            disturb()
            if fails then error("fails") end
            return a
          end)(1)
        end)
        collectgarbage()
        return ok, x.grad, closed.value, closed.kept.data
      ]])
      for _, set in pairs(modes) do
        set()
        assert.same({true, 6, 16, 9}, {closing(tinygrad, disturb, false)})
        assert.same({false, 6, 16, 9}, {closing(tinygrad, disturb, true)})
      end
    end)
  end
end)
