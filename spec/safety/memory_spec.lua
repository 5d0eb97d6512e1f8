-- What keeps Values and Programs alive, and how much memory they take.

local tinygrad = require "tinygrad"
local support = require "spec.support.common"
local Value = tinygrad.Value

local function kilobytes()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count")
end

describe("memory", function()
  it("stays bounded over millions of temporary nodes", function()
    local x = Value(1)
    local before, most = kilobytes(), 0
    for i = 1, support.scaled(10000000, 10000) do
      local _ = x * 2 + i
      if i % 100000 == 0 then
        most = math.max(most, collectgarbage("count"))
      end
    end
    assert.is_true(most < before + 200 * 1024, most)
    assert.is_true(kilobytes() < before + 100)
  end)

  it("holds a graph only through its root", function()
    local weak = setmetatable({}, {__mode = "v"})
    local root
    do
      local a, b = Value(1), Value(2)
      local c = a * b
      weak[1], weak[2], weak[3] = a, b, c
      root = c + 1
    end
    kilobytes()
    assert.is_true(weak[1] ~= nil and weak[2] ~= nil and weak[3] ~= nil)
    root:backward()
    assert.equal(2, weak[1].grad)
    root = nil -- luacheck: ignore
    kilobytes()
    assert.is_nil(weak[1])
    assert.is_nil(weak[2])
    assert.is_nil(weak[3])
  end)

  it("keeps every operand of a node, however many", function()
    for n = 1, 6 do
      local xs, ws = {}, {}
      for i = 1, n do xs[i], ws[i] = Value(i) * 1, Value(i) * 1 end
      local nodes = {tinygrad.sum(xs), tinygrad.dot(xs, ws),
        tinygrad.norm(xs), tinygrad.logsumexp(xs)}
      if n > 2 then nodes[#nodes + 1] = tinygrad.max(xs[1], xs[2], xs[3]) end
      if n > 2 then nodes[#nodes + 1] = tinygrad.fma(xs[1], xs[2], xs[3]) end
      xs, ws = nil, nil -- luacheck: ignore
      kilobytes()
      for _, node in ipairs(nodes) do
        for _, parent in ipairs(node:parents()) do
          assert.is_true(tinygrad.is_value(parent))
          assert.is_true(parent.data >= 1 and parent.data <= n)
        end
        node:backward()
      end
    end
  end)

  it("is not held by labels", function()
    local weak = setmetatable({}, {__mode = "v"})
    for i = 1, 100 do
      local v = Value(i)
      v.label = "label " .. i
      weak[i] = v
    end
    kilobytes()
    assert.is_nil(next(weak))
  end)

  it("is a bounded number of bytes a node", function()
    local n = 10000
    local x, list = Value(1), {}
    for i = 1, n do list[i] = x end
    local before = kilobytes()
    for i = 1, n do list[i] = x * x end
    local bytes = (kilobytes() - before) * 1024 / n
    assert.equal(n, #list)
    local most = {["Lua 5.4"] = 136, ["Lua 5.5"] = 144} -- 5.5 aligns to 16
    assert.is_true(bytes <= (most[_VERSION] or 210) + 0.5, bytes)
  end)

  it("is not allocated by a backward pass", function()
    local x = Value(1)
    local y = x
    for _ = 1, 1000 do y = y * x end
    y:backward()
    collectgarbage()
    collectgarbage("stop")
    local before = collectgarbage("count")
    y:backward()
    local after = collectgarbage("count")
    collectgarbage("restart")
    assert.equal(before, after)
  end)

  local function work()
    local x, w = Value(0.5), {}
    for i = 1, 20 do w[i] = Value(1 / i) end
    for _ = 1, support.scaled(2000, 20) do
      local h = {}
      for i = 1, 20 do h[i] = tinygrad.tanh(w[i] * x + i) end
      local out = tinygrad.sum(h) + tinygrad.max(h[1], h[2], h[3])
      x.grad = 0
      out:backward()
    end
    return x.grad
  end

  it("is right under every collector", function()
    local expected = work()
    support.with_collector(0, 10000, function()
      assert.equal(expected, work())
    end)
    if _VERSION >= "Lua 5.4" then
      collectgarbage("generational")
      assert.equal(expected, work())
      collectgarbage("incremental")
      assert.equal(expected, work())
    end
  end)
end)
