-- A script can call all that it reaches with all that it can make; no call may
-- crash the host or show what is in memory. Here are calls that once did, and
-- chosen ones of each kind; spec/fuzz/reach.lua tries all.

local core = require "tinygrad.core"
local process = require "spec.support.process"
local support = require "spec.support.common"
local tinygrad = require "tinygrad"

local Tensor, Value = tinygrad.Tensor, tinygrad.Value
local message_of = support.message_of

local function product(x, y) return x * y end

local objects = {
  Value = function() return Value(2) end,
  Tensor = function() return Tensor {1, 2} end,
  Program = function() return tinygrad.compile(product, 1, 2) end,
  Generator = function() return Tensor.generator(1) end,
}

-- Fails unless f(...) raises the error that argument n is not a `class`.
local function refuses(class, n, f, ...)
  local message = message_of(f, ...)
  assert.matches(("bad argument #%d to "):format(n), message, 1, true)
  assert.matches(("(%s expected, got "):format(class), message, 1, true)
end

describe("metatables", function()
  it("are out of scripts' reach", function()
    for class, new in pairs(objects) do
      local got = getmetatable(new())
      assert.not_equal(got, debug.getmetatable(new()))
      assert.equal(class == "Program" and "table" or "boolean", type(got))
      assert.is_false(pcall(setmetatable, new(), {}))
    end
  end)

  it("show that a Program can be called", function()
    local shown = getmetatable(objects.Program())
    assert.equal("__call", (next(shown)))
    assert.is_nil((next(shown, "__call")))
    assert.equal(6, shown.__call(objects.Program(), 2, 3))
    refuses("Program", 1, shown.__call)
    refuses("Program", 1, setmetatable({}, shown), 1)
    refuses("Program", 1, shown.__call, Tensor {1}, 1)
  end)

  it("have metamethods that check what else they get", function()
    for class, new in pairs(objects) do
      local others = {{}, "x", true, io.stdout, print,
        coroutine.create(function() end)}
      for other_class, another in pairs(objects) do
        if class ~= other_class then others[#others + 1] = another() end
      end
      for _, x in ipairs(others) do
        assert.is_false(new() == x)
        for _, f in ipairs {function(a, b) return a + b end,
            function(a, b) return a < b end, function(a, b) return a <= b end,
            function(a, b) return a .. b end,
            function(a, b) return a ^ b end} do
          assert.is_false(pcall(f, new(), x), class .. type(x))
          assert.is_false(pcall(f, x, new()), class .. type(x))
        end
      end
    end
  end)
end)

describe("the core's functions", function()
  it("take no addresses", function()
    assert.is_nil(core.borrow)
    assert.is_nil(core.operation)
  end)

  it("check the types and counts of arguments", function()
    local v, t, p = Value(2), Tensor {1, 2}, objects.Program()
    refuses("Value", 2, core.gradient, v, 1)
    refuses("Value", 3, core.value_and_gradient, v, v, t)
    assert.matches("value expected", message_of(core.gradient), 1, true)
    for _, call in ipairs {
        {core.tensor_new, "xyz"}, {core.tensor_set, t, 1},
        {core.tensor_reshape, t, 3}, {core.qr_factor, 1, 2},
        {core.qr_factor, {{1}}, -1}, {core.qr_factor, {{1}}, 2 ^ 40},
        {core.qr_apply, t, {}}, {core.qr_apply, Tensor.zeros(2, 0), {}},
        {core.run, p, 1, {}}, {core.run, p, {}, 1}, {core.run, p, {}, t[1]},
        {core.expand, p, 1}, {core.derive, p, "nothing", {}},
        {core.derive, p, "grad", 1}, {core.derive, p, "grad", {0}},
        {core.derive, p, "grad", {3}}, {core.derive, p, "grad", {0 / 0}},
        {core.batch, p, 1, {}, {}, 1}, {core.batch, p, {}, 1, {}, 1},
        {core.batch, p, {}, {}, {1, 2, 3}, 1}, {core.custom_node},
        {core.custom_node, {}, 1}, {core.custom_node, 1, 1, {}, v},
        {core.custom_node, {}, 1, 1, v}, {core.array_variables, {1}, 1},
        {core.tangents, v, {v}, {v}, 1}, {core.leave_mode, "no_grad", 2 ^ 31},
        {core.enter_mode, "no_grad", -2 ^ 40}, {core.unpack, {}, 1e300},
        {core.unpack, {}, 0 / 0}, {core.unpack, {}, 0, 2 ^ 31 - 1},
        {core.format, "%"}, {core.format, "%", 1}, {core.format, "%s%", 1},
        {core.set_shapes, p, {}, 1, {}}, {core.program_type, {}, print},
        {core.program_type, {}}, {core.tensor_type, print},
        {core.lbfgs_direction, 1, t, t}, {core.fail, "x", 0 / 0},
        {core.tensor_decode, t, ("x"):rep(16), 1, "f", 0},
        {core.tensor_decode, t, ("x"):rep(16), 1, "i", 9},
        {core.tensor_decode, t, ("x"):rep(16), -8, "f", 8},
        {core.tensor_decode, t, ("x"):rep(16), 0 / 0, "f", 8},
        {core.tensor_decode, t, ("x"):rep(16), 2 ^ 63, "f", 8}} do
      assert.is_false(pcall(call[1], select(2, (table.unpack or unpack)(call,
        1, 6)))) -- luacheck: compat
    end
    assert.equal("1e+300", core.format("%s", 1e300))
  end)

  it("do not trust the lengths of tables", function()
    local code = {"return {1, 1, 1, 1"}
    for i = 0, 59 do
      code[#code + 1] = ("[%.0f] = 1, [%.0f] = 1"):format(5 * 2 ^ i, 8 * 2 ^ i)
    end
    local long = assert((loadstring or load)( -- luacheck: compat
      table.concat(code, ", ") .. "}"))()
    for _, f in ipairs {tinygrad.sum, tinygrad.mean, tinygrad.logsumexp,
        function(x) return tinygrad.dot(x, x) end} do
      local ok, message = pcall(f, long)
      assert.equal(#long < 2 ^ 31, ok or not message:find("too long", 1, true))
    end
  end)

  it("give numbers that were computed, and not what is in memory", function()
    local x, y = Value(1), Value(2)
    assert.same({0}, core.tangents(x * 2, {y}, {x}, {1}, false))
    assert.same({0}, core.tangents(x * 2, {y}, {y}, {0}, false))
    local p = objects.Program()
    local columns = Tensor {1, 2, 3}
    core.set_shapes(p, core.get_shapes(p), {1}, {1}, false)
    local kernels = require("tinygrad.kernels").kernels
    assert.same({0, 0, 0}, core.batch(p, {columns}, {}, {}, kernels):totable())
  end)

  -- Fails unless the last element of the list survives f(list, ...) although a
  -- hook puts another one into its place. The hook acts at its calls 1, 2, 4,
  -- 8 ...: builds for tests call it thousands of times, and it is slow.
  local function keeps(make, f, list, ...)
    local stays, calls, acts_at = false, 0, 1
    local function replace()
      local before = setmetatable({list[#list]}, {__mode = "v"})
      list[#list] = make()
      return before
    end
    debug.sethook(function()
      calls = calls + 1
      if calls < acts_at then return end
      acts_at = 2 * acts_at
      local before = replace()
      collectgarbage()
      stays = stays or before[1] ~= nil
    end, "", 1000000)
    local ok, message = pcall(f, list, ...)
    debug.sethook()
    assert.is_true(ok, message)
    assert.is_true(stays)
  end

  it("keep the Values that they were given", function()
    local x = Value(1)
    local y = x
    for _ = 1, 20000 do y = y + 1 end
    for _, f in ipairs {
      function(xs) core.gradients(y, xs, 1, "numbers") end,
      function(xs) core.gradients(y, xs, 1, "graph") end,
      function(xs) core.is_foreign(y, xs) end,
      function(xs) core.tangents(y, {y}, xs, {1, 0}, false) end,
      function(xs) core.tangents(y, {y}, xs, {1, 0}, true) end,
      function(xs) core.record(y, xs, {}, {y}, true, true) end,
      function(xs) core.record(y, {x}, xs, {y}, true, true) end,
      function(xs) core.captured(y, xs, {}) end,
      function(xs) core.captured(y, {x}, xs) end} do
      keeps(function() return Value(1) end, f, {x, Value(1)})
    end
  end)

  it("keep the pairs of a search's memory", function()
    local n = 100000
    local p, g = Tensor.zeros(n), Tensor.ones(n)
    local function pair() return Tensor.ones(2 * n + 5) end
    keeps(pair, core.lbfgs_direction, {pair()}, p, g)
  end)

  it("derive nothing that no memory has room for", function()
    local p, positions = objects.Program(), {}
    for i = 1, 33000 do positions[i] = 1 end
    assert.matches("not enough memory", message_of(core.derive, p, "hessian",
      positions), 1, true)
  end)

  it("store no result that the shapes lack", function()
    local p = tinygrad.compile(function(x) return x * 2 end, 1)
    local kernels = require("tinygrad.kernels").kernels
    core.set_shapes(p, {}, {1}, {}, false)
    assert.matches("results are not just tables", message_of(core.batch, p,
      {Tensor {1, 2}}, {}, {}, kernels), 1, true)
  end)
end)

describe("a Program's layouts", function()
  it("are of positions that it has, each once", function()
    local p = objects.Program()
    for _, positions in ipairs {{0}, {3}, {-1}, {1.5}, {0 / 0}, {2 ^ 53},
        {1, 1}, {{1, 2, 3}}, {{a = 1, b = {1}}}} do
      assert.matches("positions of numbers", message_of(core.set_shapes, p, {},
        positions, {}), 1, true)
      assert.matches("positions of numbers", message_of(core.set_shapes, p, {},
        {}, positions), 1, true)
    end
    assert.equal(6, p(2, 3))
  end)

  it("are not among what get_shapes returns", function()
    local p = tinygrad.compile(function(x) return {x[1] * x[2]} end, {1, 2})
    local shapes = core.get_shapes(p)
    shapes.args, shapes.results = {{1e9}}, {{1e9}}
    shapes.workspace, shapes.arranged, shapes.shared = io.stdout, {}, "x"
    shapes.argument_layouts, shapes.result_layouts = {1e9}, {1e9}
    shapes.batch_layouts = {1e9}
    assert.same({6}, p {2, 3})
    assert.equal(6, p:batch({{2, Tensor {3}}})[1][1])
  end)

  it("are none for trees that are too deep, endless or have other keys",
    function()
      local p, endless = objects.Program(), {}
      endless[1] = endless
      for _, tree in ipairs {endless, {[true] = 1}, {[1.5] = 1}, {"x"},
          setmetatable({1}, {})} do
        assert.is_false(core.set_shapes(p, {}, {tree}, {}))
        assert.is_true(core.set_shapes(p, {}, {1, 2}, {tree}))
      end
    end)
end)

describe("what a script has changed", function()
  it("leaves a custom operation with a name", function()
    local description = {name = 1, value = product, partials = product}
    local v = core.custom_node(description, 2, {1}, Value(1))
    assert.equal("custom", v.op)
    description.name = "f"
    assert.equal("f", v.op)
  end)

  it("may be in modes that were not entered, or left too often", function()
    coroutine.wrap(function()
      assert.matches("no mode was entered",
        message_of(core.leave_mode, "no_grad", 1), 1, true)
      core.enter_mode("recording", 2)
      core.leave_mode("recording", 1)
      assert.is_nil(core.made())
      core.leave_mode("recording", 1)
    end)()
    require "tinygrad.base.guard"("recording", 1, function()
      core.made()[-1] = 1 -- in the place of a list of comparisons
      assert.is_true(Value(1) < Value(2))
    end)
  end)

  it("cannot make C functions call each other without end", function()
    local p = objects.Program()
    local mt = debug.getmetatable(p)
    assert.is_false(pcall(core.program_type, {}, mt.__call))
    assert.is_false(pcall(p, "x"))
  end)
end)

describe("all that scripts reach", function()
  local function survives(argument)
    local output, status = process.run("spec/fuzz/reach.lua", nil,
      "ASAN_OPTIONS=$ASAN_OPTIONS:allocator_may_return_null=1", argument)
    assert.equal(0, status, argument .. ": " .. output:sub(-2000))
    assert.matches("survived\n$", output)
    return output
  end

  it("runs no Program on too few numbers", function()
    local program = tinygrad.compile(function(x, y) return x + y end, 1, 2)
    local ok, message = pcall(require("tinygrad.core").run, program,
      tinygrad.Tensor {1}, tinygrad.Tensor {0})
    assert.is_false(ok)
    assert.matches("run: Tensor of 2 numbers expected, got one of 1", message,
      1, true)
  end)

  it("survives whatever it is called with", function()
    for seed = 1, 3 do
      survives(("%d %d"):format(seed, support.scaled(50000, 10000)))
    end
  end)

  -- A module built by LuaRocks may be unloaded before its objects, on 5.1 and
  -- LuaJIT.
  if process.BARE then
    it("survives finalisers while the state is closed", function()
      for seed = 5, 7 do survives(seed .. " 3000 closing") end
    end)
  end

  it("shows nothing that is different on another run", function()
    if _VERSION == "Lua 5.5" then
      return pending("on Lua 5.5 two runs do not make the same calls")
    end
    local count = support.scaled(40000, 5000)
    assert.equal(survives(("4 %d calm"):format(count)),
      survives(("4 %d calm"):format(count)))
  end)
end)
