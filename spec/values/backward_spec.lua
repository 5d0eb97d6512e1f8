-- The backward pass: accumulation, order, depth, interruption.

local tinygrad = require "tinygrad"
local support = require "spec.support.common"
local Value = tinygrad.Value

describe("backward", function()
  it("adds what a Value used twice gets", function()
    local a = Value(3)
    local b = a + a
    b:backward()
    assert.equal(2, a.grad)
    local x = Value(3)
    local y = x * x
    y:backward()
    assert.equal(6, x.grad)
  end)

  it("goes through diamonds", function()
    local a = Value(2)
    local b = a + a
    local c = b + b
    c:backward()
    assert.equal(4, a.grad)
    assert.equal(2, b.grad)
    local x = Value(2)
    local l, r = x * 3, x * x
    local top = l * r
    top:backward()
    assert.equal(9 * 4, x.grad)
    assert.equal(4, l.grad)
    assert.equal(6, r.grad)
  end)

  it("sets results and the root", function()
    local a, b = Value(2), Value(3)
    local c = a * b
    local d = c + 1
    c.grad, d.grad = 100, 100
    d:backward()
    assert.equal(1, d.grad)
    assert.equal(1, c.grad)
  end)

  it("twice gives twice the leaves' gradients, the same for results",
    function()
      local a = Value(2)
      local b = a * a
      local c = b * a
      c:backward()
      local once, interior = a.grad, b.grad
      c:backward()
      assert.equal(12, once)
      assert.equal(24, a.grad)
      assert.equal(interior, b.grad)
    end)

  it("takes a seed", function()
    local a = Value(2)
    local b = a * 3
    b:backward(-2)
    assert.equal(-6, a.grad)
    assert.equal(-2, b.grad)
    local x = Value(1)
    local p, q = x * 2, x * 5
    p:backward(1)
    q:backward(10)
    assert.equal(52, x.grad)
  end)

  it("of a leaf is its seed", function()
    local a = Value(2)
    a:backward()
    a:backward(0.5)
    assert.equal(1.5, a.grad)
  end)

  it("leaves alone what is not below", function()
    local a, b = Value(2), Value(3)
    local used, other = a * 2, b * 2
    other.grad = 9
    used:backward()
    assert.equal(0, b.grad)
    assert.equal(9, other.grad)
    local above = used * b
    above.grad = 8
    used:backward()
    assert.equal(8, above.grad)
  end)

  it("zero_grad clears all below", function()
    local a, b = Value(2), Value(3)
    local c = a * b
    local d = c * a
    d:backward()
    local other = Value(1)
    other.grad = 5
    d:zero_grad()
    for _, v in ipairs {a, b, c, d} do assert.equal(0, v.grad) end
    assert.equal(5, other.grad)
    a.grad = 3
    a:zero_grad()
    assert.equal(0, a.grad)
  end)

  it("agrees with a naive engine on random graphs", function()
    for seed = 1, support.scaled(200, 5) do
      local random = support.random(seed)
      local function pick(n) return math.floor(random(1, n + 1 - 1e-9)) end
      local nodes, plain = {}, {}
      for i = 1, 4 do
        local x = random(-1, 1)
        nodes[i], plain[i] = Value(x), {grad = 0, edges = {}}
      end
      for i = 5, 5 + pick(60) do
        local a, b = pick(i - 1), pick(i - 1)
        local u, v = nodes[a].data, nodes[b].data
        local kind = pick(4)
        local edges
        if kind == 1 then
          nodes[i], edges = nodes[a] + nodes[b], {{a, 1}, {b, 1}}
        elseif kind == 2 then
          nodes[i], edges = nodes[a] * nodes[b], {{a, v}, {b, u}}
        elseif kind == 3 then
          nodes[i] = nodes[a]:tanh()
          edges = {{a, 1 - nodes[i].data ^ 2}}
        else
          nodes[i] = tinygrad.sum {nodes[a], nodes[b], nodes[a], 1}
          edges = {{a, 1}, {b, 1}, {a, 1}}
        end
        plain[i] = {grad = 0, edges = edges}
      end
      local n = #nodes
      nodes[n]:backward()
      plain[n].grad = 1
      for i = n, 1, -1 do -- results were made after their operands
        for _, edge in ipairs(plain[i].edges) do
          plain[edge[1]].grad = plain[edge[1]].grad + plain[i].grad * edge[2]
        end
      end
      for i = 1, 4 do
        support.near(plain[i].grad, nodes[i].grad, 1e-12, "seed " .. seed)
      end
    end
  end)

  it("goes down a chain of millions", function()
    local n = support.scaled(5000000, 1000)
    local x = Value(1)
    local y = x
    for _ = 1, n do y = y + 1 end
    assert.equal(n + 1, y.data)
    y:backward()
    assert.equal(1, x.grad)
    y:zero_grad()
    assert.equal(0, x.grad)
    y = nil -- luacheck: ignore
    collectgarbage()
  end)

  it("goes through a wide graph", function()
    local n = support.scaled(200000, 1000)
    local x = Value(2)
    local terms = {}
    for i = 1, n do terms[i] = x * i end
    tinygrad.sum(terms):backward()
    assert.equal(n * (n + 1) / 2, x.grad)
  end)
end)

describe("an interrupted backward", function()
  local x, y, middle
  local n = support.scaled(300000, 100000) -- more than a poll's interval

  before_each(function()
    x = Value(1)
    y = x
    for i = 1, n do
      y = y * 1
      if i == math.floor(n / 2) then middle = y end
    end
  end)

  after_each(function()
    debug.sethook()
    x, y, middle = nil, nil, nil
    collectgarbage()
  end)

  it("leaves leaves as they were and results at 0", function()
    x.grad = 5
    for after = 1, 12 do
      local calls = 0
      debug.sethook(function()
        calls = calls + 1
        if calls == after then error("stop!", 0) end
      end, "", 1000000)
      local ok, message = pcall(y.backward, y)
      debug.sethook()
      if ok then -- f ended before the hook's turn came
        assert.is_true(after > 2)
        return
      end
      assert.equal("stop!", message)
      assert.equal(5, x.grad)
      assert.equal(0, y.grad)
      assert.equal(0, middle.grad)
    end
  end)

  it("can be repeated", function()
    debug.sethook(function() error("stop!", 0) end, "", 1000000)
    assert.is_false((pcall(y.backward, y)))
    debug.sethook()
    y:backward()
    assert.equal(1, x.grad)
    assert.equal(1, middle.grad)
  end)

  it("refuses another pass from the hook", function()
    local message, other
    debug.sethook(function()
      local ok
      ok, message = pcall(x.backward, x)
      assert(not ok)
      ok, other = pcall(function() y.grad = 1 end)
      assert(not ok)
      assert(not pcall(y.zero_grad, y))
    end, "", 1000000)
    y:backward()
    debug.sethook()
    assert.matches("already running", message)
    assert.matches("while a backward pass is running", other)
    assert.equal(1, x.grad)
  end)

  it("keeps the hook", function()
    local function hook() end
    debug.sethook(hook, "", 1000000)
    y:backward()
    local now, mask, count = debug.gethook()
    debug.sethook()
    assert.equal(hook, now)
    assert.equal("", mask)
    assert.equal(1000000, count)
  end)
end)
