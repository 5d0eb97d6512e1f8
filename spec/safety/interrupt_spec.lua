-- Count hooks, and so Ctrl-C, act within 50 ms of processor time while large
-- Programs are recorded, derived and run, and while long Tensors are worked on.
-- The longest time between two calls of a hook is measured; Lua's collector,
-- which has pauses of its own, rests meanwhile. TINYGRAD_SPEC_LINKS sets the
-- size.

local tinygrad = require "tinygrad"
local process = require "spec.support.process"
local support = require "spec.support.common"

-- LuaJIT's compiled code calls no hooks.
local jit = rawget(_G, "jit")
if jit then
  setup(jit.off)
  teardown(jit.on)
end

-- Seconds. Under valgrind, for which the gate shrinks the specs this far, code
-- that runs for the first time is translated first.
local LONGEST = support.SCALE < 0.01 and 1 or 0.05
local LINKS = tonumber(os.getenv("TINYGRAD_SPEC_LINKS"))
  or support.scaled(30000, 100)

-- Calls f(...) under a count hook and returns its first result.
local function watched(what, f, ...)
  local clock, longest = os.clock, 0
  local last
  local function look()
    local now = clock()
    longest = math.max(longest, now - last)
    last = now
  end
  collectgarbage()
  collectgarbage("stop")
  debug.sethook(look, "", 1000)
  last = clock()
  local ok, result = pcall(f, ...)
  debug.sethook()
  look()
  collectgarbage("restart")
  assert(ok, result)
  assert.is_true(longest <= LONGEST,
    ("%s: %.0f ms without a hook"):format(what, longest * 1e3))
  return result
end

local function chain(x)
  for _ = 1, LINKS do x = tinygrad.tanh(x * 1.0001 + 0.1) end
  return x
end

local function broad(x)
  local y = 0
  for i = 1, LINKS do y = y + tinygrad.sin(x[i % #x + 1] * i) * x[1] end
  return y
end

local function check_graph(f, x)
  local variables = type(x) == "number" and tinygrad.Value(x) or {}
  if type(x) == "table" then
    for i = 1, #x do variables[i] = tinygrad.Value(x[i]) end
  end
  local y = f(variables)
  watched("backward", y.backward, y)
  watched("zero_grad", y.zero_grad, y)
  watched("grad", tinygrad.grad(f), x)
  watched("jvp", tinygrad.jvp(f), {x}, {x})
  if type(x) == "number" then
    watched("create_graph", tinygrad.gradients, y, {variables},
      {create_graph = true})
  end
end

local function check(f, x)
  local program = watched("compile", tinygrad.compile, f, x)
  watched("run", program, x)
  if type(x) == "number" then
    watched("run on a Value", program, tinygrad.Value(x))
  end
  local gradient = watched("grad", program.grad, program)
  watched("run of grad", gradient, x)
  watched("value_and_grad", program.value_and_grad, program)
  watched("jvp", program.jvp, program)
  watched("vjp", program.vjp, program)
  watched("hvp", program.hvp, program)
  local bytes = watched("to_string", program.to_string, program)
  watched("program_from_string", tinygrad.program_from_string, bytes)
  watched("listing", program.listing, program)
  watched("tostring", tostring, program)
  watched("stats", program.stats, program)
  if type(x) == "number" then
    watched("hessian", program.hessian, program)
  end
end

local function inputs(n)
  local x = {}
  for i = 1, n do x[i] = i / n end
  return x
end

describe("hooks act within 50 ms", function()
  it("on a long chain", function()
    check(chain, 0.5)
    check_graph(chain, 0.5)
  end)

  it("on many terms of many inputs", function()
    check(broad, inputs(1000))
    check_graph(broad, inputs(1000))
  end)

  it("on long tables", function()
    local x = inputs(10 * LINKS)
    watched("sum", tinygrad.sum, x)
    watched("grad", tinygrad.grad(tinygrad.sum), x)
    watched("Tensor", tinygrad.Tensor, x)
  end)

  it("on long Tensors", function()
    local n = 30 * LINKS
    local Tensor = tinygrad.Tensor
    local t = watched("normal", Tensor.normal, {n}, 0, 1, 1)
    local u = watched("copy", t.copy, t)
    for _, name in ipairs {"sum", "mean", "std", "min", "max", "totable"} do
      watched(name, t[name], t)
    end
    watched("map", t.map, t, math.abs)
    watched("dot", t.dot, t, u)
    watched("axpy", t.axpy, t, 2, u, u)
    watched("assign", t.assign, t, u)
    watched("clamp", t.clamp, t, u, u)
    watched("==", function() return t == u end)
    watched("fill", t.fill, t, 1)
    local bytes = watched("to_npy", u.to_npy, u)
    assert.is_true(watched("from_npy", Tensor.from_npy, bytes) == u)
  end)
end)

describe("a hook's error", function()
  -- Calls f with hooks that raise an error at their n-th call, for each n until
  -- f reaches its end. `check` is called after each.
  local function strike(f, check_after)
    local n, ok = 0, false
    while not ok do
      n = math.ceil((n + 1) * 1.2)
      local calls = 0
      debug.sethook(function()
        calls = calls + 1
        if calls == n then error("interrupted", 0) end
      end, "", 100)
      local message
      ok, message = pcall(function()
        f()
        debug.sethook() -- no call of it comes after f
      end)
      debug.sethook()
      assert(ok or message == "interrupted", message)
      check_after(ok)
    end
    return n
  end

  local function small(x)
    for _ = 1, support.scaled(40000, 4000) do x = x * 1.00001 end
    return x
  end

  it("leaves gradients as they were, or done", function()
    local x = tinygrad.Value(2)
    local y = small(x)
    y:backward()
    local once = x.grad
    local calls = strike(function() y:backward() end, function(ok)
      assert.equal(ok and 2 * once or once, x.grad)
    end)
    assert.is_true(calls > 3 or support.SCALE < 1)
    strike(function() y:zero_grad() end, function(ok)
      assert.is_true(x.grad == 0 or not ok)
    end)
    x.grad = 0
    y:backward()
    assert.equal(once, x.grad)
  end)

  it("is not mistaken for what is wrong with a saved Program", function()
    local bytes = tinygrad.compile(tinygrad.sum, inputs(300)):to_string()
    local struck = 0
    strike(function() assert(tinygrad.program_from_string(bytes)) end,
      function(ok) struck = struck + (ok and 0 or 1) end)
    assert.is_true(struck > 3)
  end)

  -- `make suite` checks the memory: spec/faults/closing_host.c.
  it("may be that the state is closed, while threads work", function()
    if not process.has("sh") then return pending("no shell") end
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write [[
      local tinygrad = require "tinygrad"
      local rows = tinygrad.Tensor.zeros(50000)
      local program = tinygrad.compile(tinygrad.sin, 0)
      debug.sethook(function() os.exit(0, true) end, "", 1e9)
      for _ = 1, 1000 do program:batch({rows}, {threads = 2}) end
      os.exit(1)
    ]]
    file:close()
    local output, status = process.run(path)
    os.remove(path)
    assert.equal("", output)
    assert.equal(0, status)
  end)

  it("leaves everything usable", function()
    local program = tinygrad.compile(small, 2)
    local expected, bytes = program(2), program:to_string()
    local _ = {tinygrad.fit, tinygrad.Tensor} -- loads them
    for _, f in ipairs {
      function() tinygrad.compile(small, 2) end,
      function() program:grad() end,
      function() program(2) end,
      function() program:to_string() end,
      function() assert(tinygrad.program_from_string(bytes)) end,
      function() tinygrad.no_grad(small, tinygrad.Value(2)) end,
      function() tinygrad.jvp(small)({2}, {1}) end,
      function() -- an interrupt does not count as a refusal to be recorded
        local fit = tinygrad.fit(function(t, p) return t + small(p) end,
          {x = {1}, y = {4}}, 1, {max_iterations = 1})
        assert.equal("compiled", fit.mode)
      end,
      function() tinygrad.Tensor.normal({200000}, 0, 1, 1):sum() end,
    } do
      strike(f, function()
        assert.equal(expected, program(2))
        assert.equal(3, tinygrad.derivative(function(x) return 3 * x end)(1))
      end)
    end
  end)
end)
