-- Errors that fuzzing found (spec/fuzz): they blamed a line inside tinygrad, or
-- were Lua's own.

local tinygrad = require "tinygrad"

local function message_of(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  return message
end

describe("errors that fuzzing found", function()
  it("are at the caller's line when a transform calls the function", function()
    local message = message_of(tinygrad.grad(tinygrad.asinh), {})
    assert.truthy(message:find("bad argument #1 to 'asinh'", 1, true))
    assert.is_nil(message:find("tinygrad/transform", 1, true))
    local cube = tinygrad.custom {name = "cube",
      forward = function(x) return x * x * x end}
    message = message_of(tinygrad.grad(cube), {})
    assert.truthy(message:find("bad argument #1 to 'cube'", 1, true))
    assert.is_nil(message:find("tinygrad/transform", 1, true))
    message = message_of(tinygrad.nn.softmax, {1, {}})
    assert.is_nil(message:find("activations.lua", 1, true))
    assert.truthy(message_of(tinygrad.graph.text):find("to 'text'", 1, true))
  end)

  it("name what is wrong with the arguments of schedules", function()
    local optim = tinygrad.optim
    for _, rate in ipairs {optim.step_schedule {size = 1},
        optim.cosine_schedule {steps = 2}, optim.warmup_schedule {steps = 2},
        optim.chain_schedules({optim.step_schedule {size = 1}}, {})} do
      assert.equal("bad argument #1 to 'schedule' (number expected, got "
        .. "function)", message_of(rate, print, 1))
      assert.equal("bad argument #2 to 'schedule' (number expected, got nil)",
        message_of(rate, 1))
    end
  end)

  it("name lengths that are none", function()
    if #setmetatable({}, {__len = function() return 7 end}) == 7 then
      local odd = setmetatable({1}, {__len = function() end})
      local message = message_of(tinygrad.grad(function() return 1 end), odd)
      assert.truthy(message:find("must be a number, its __len returned", 1,
        true))
    end
  end)

  it("say that something cannot be called, whatever its metatable", function()
    local odd = setmetatable({}, {__metatable = print})
    for _, f in ipairs {tinygrad.grad, tinygrad.fit, tinygrad.minimize,
        tinygrad.gradcheck, tinygrad.least_squares} do
      assert.truthy(message_of(f, odd):find("function", 1, true))
    end
  end)

  it("name what a variance or a loss is not of", function()
    local r = tinygrad.fit(function(x, p) return p.a + p.b * x end,
      {x = {1, 2, 3}, y = {2, 4.1, 5.9}}, {a = 0, b = 0})
    assert.truthy(message_of(r.variance, r, {1}):find("list of 2 numbers", 1,
      true))
    assert.truthy(message_of(tinygrad.nn.squared_error, {1, {}}, {1, 2})
      :find("target 2 must be numbers or Values", 1, true))
  end)
end)
