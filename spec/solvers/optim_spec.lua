-- Optimisers, clipping and schedules: PyTorch's first steps, every kind of
-- parameter, state, messages.

local tinygrad = require "tinygrad"
local support = require "spec.support.common"
local reference = require "spec.reference.optim"
local optim, Tensor, Value = tinygrad.optim, tinygrad.Tensor, tinygrad.Value
local message_of, same = support.message_of, support.same

local INF, NAN = math.huge, 0 / 0
local ALGORITHMS = support.optimizers()

-- Fails unless each number is right to 1e-12 of its size.
local function assert_close(expected, got, where)
  assert.equal(#expected, #got)
  for i, x in ipairs(expected) do
    assert.is_true(math.abs(x - got[i]) <= 1e-12 * math.abs(x),
      ("%s [%d]: expected %.17g, got %.17g"):format(where or "", i, x, got[i]))
  end
end

local function assert_same(expected, got, where)
  for i, x in ipairs(expected) do
    assert.is_true(same(x, got[i]), ("%s [%d]: %.17g and %.17g"):format(
      where or "", i, x, got[i]))
  end
end

local function copied(list)
  local copy = {}
  for i, x in ipairs(list) do copy[i] = x end
  return copy
end

local function described(case)
  local parts = {}
  for name, x in pairs(case.options) do
    parts[#parts + 1] = name .. " = "
      .. (type(x) == "table" and "{...}" or tostring(x))
  end
  table.sort(parts)
  return ("%s {%s}"):format(case.algorithm, table.concat(parts, ", "))
end

-- Runs a piece of Lua code of the reference, with `optim`.
local function evaluate(code)
  return assert((loadstring or load)("local optim = ... return " .. code))(
    optim)
end

local OF_SGD = "; there are dampening, lr, momentum, nesterov, weight_decay"

-- Fails unless f() raises the message at a line of this file.
local function refused(expected, f)
  local message = message_of(f)
  local position, text = message:match("^(.-:%d+: )(.*)$")
  assert.equal(expected, text or message)
  assert.matches("spec/solvers/optim_spec.lua:%d+: $", position)
end

describe("the first steps", function()
  for _, case in ipairs(reference.steps) do
    it("are PyTorch's: " .. described(case), function()
      local x = copied(reference.start)
      local optimizer = optim[case.algorithm](x, case.options)
      assert.equal(10, #case)
      for t, expected in ipairs(case) do
        assert.equal(t - 1, optimizer.steps)
        optimizer:step(reference.gradients[t])
        assert_close(expected, x, "step " .. t)
      end
    end)
  end

  it("are there for every algorithm and option", function()
    local seen = {}
    for _, case in ipairs(reference.steps) do
      for option in pairs(case.options) do
        seen[case.algorithm .. "." .. option] = true
      end
    end
    for _, name in ipairs(ALGORITHMS) do
      for option in pairs(optim[name]({}, {lr = 1}):state().options) do
        assert.is_true(seen[name .. "." .. option], name .. "." .. option)
      end
    end
  end)
end)

describe("schedules", function()
  for _, case in ipairs(reference.schedules) do
    it("give PyTorch's rates: " .. case.make, function()
      local schedule = evaluate(case.make)
      local rates = {}
      for i = 1, #case[1] do rates[i] = schedule(i - 1, reference.rate) end
      assert_close(case[1], rates, "rate")
      local x = copied(reference.start)
      local optimizer = optim.SGD(x, {lr = reference.rate, momentum = 0.9})
      optimizer.schedule = schedule
      for t, expected in ipairs(case[2]) do
        support.near(case[1][t], optimizer:rate(), 1e-12)
        optimizer:step(reference.gradients[t])
        assert_close(expected, x, "step " .. t)
      end
    end)
  end

  it("are functions of steps and rate, one's own too", function()
    local x, seen = {10}, {}
    local optimizer = optim.SGD(x, {lr = 1})
    function optimizer.schedule(t, lr)
      seen[#seen + 1] = t
      return lr / 2 ^ t
    end
    for _ = 1, 3 do optimizer:step {1} end
    assert.same({0, 1, 2}, seen)
    assert.equal(10 - 1 - 0.5 - 0.25, x[1])
    optimizer.lr = 4
    assert.equal(0.5, optimizer:rate())
    optimizer.schedule = nil
    assert.equal(4, optimizer:rate())
  end)

  it("stay at the end of the cosine", function()
    local schedule = optim.cosine_schedule {steps = 4, minimum = 0.25}
    assert.equal(0.25, schedule(4, 1))
    assert.equal(0.25, schedule(5, 1))
    assert.equal(0.25, schedule(1e9, 1))
  end)

  it("say what is wrong", function()
    refused("bad option 'size' to 'step_schedule' (whole number from 1 "
      .. "expected, got nil)", function() optim.step_schedule() end)
    refused("bad option 'size' to 'step_schedule' (whole number from 1 "
      .. "expected, got 2.5)", function() optim.step_schedule {size = 2.5} end)
    refused("bad option 'factor' to 'step_schedule' (finite number from 0 "
      .. "expected, got -1)", function()
        optim.step_schedule {size = 1, factor = -1}
      end)
    refused("bad argument #1 to 'cosine_schedule' (table of options "
      .. "expected, got number)",
      function() optim.cosine_schedule(7) end)
    refused("bad option 'steps' to 'cosine_schedule' (whole number from 1 "
      .. "expected, got 0)", function() optim.cosine_schedule {steps = 0} end)
    refused("bad option 'start' to 'warmup_schedule' (number from 0 to 1 "
      .. "expected, got string; tonumber makes a number of a string)",
      function() optim.warmup_schedule {steps = 2, start = "1"}
      end)
    refused("unknown option 'minimum' to 'warmup_schedule'; there are start, "
      .. "steps", function()
      optim.warmup_schedule {steps = 2, minimum = 1}
    end)
    local function f(_, lr) return lr end
    refused("bad argument #1 to 'chain_schedules' (table expected, got nil)",
      function() optim.chain_schedules() end)
    refused("bad argument #2 to 'chain_schedules' (table expected, got 5)",
      function() optim.chain_schedules({f, f}, 5) end)
    refused("chain_schedules: 2 schedules need 1 milestones, got 2",
      function() optim.chain_schedules({f, f}, {1, 2}) end)
    refused("chain_schedules: 0 schedules need 0 milestones, got 1",
      function() optim.chain_schedules({}, {1}) end)
    refused("chain_schedules: there is no schedule",
      function() optim.chain_schedules({}, {}) end)
    refused("chain_schedules: schedule 2 must be a function, it is 7",
      function() optim.chain_schedules({f, 7}, {1}) end)
    refused("chain_schedules: milestone 2 must be a whole number above the one "
      .. "before, it is 3", function()
        optim.chain_schedules({f, f, f}, {3, 3})
      end)
    local optimizer = optim.SGD({1}, {lr = 1})
    local function step() optimizer:step {1} end
    optimizer.schedule = function() return nil end
    refused("step: the schedule must return a finite number from 0, after 0 "
      .. "steps it returned nil", step)
    optimizer.schedule = function() return -2 end
    refused("rate: the schedule must return a finite number from 0, after 0 "
      .. "steps it returned -2", function() optimizer:rate() end)
    optimizer.schedule = 0.1
    refused("step: the field 'schedule' must be a function, it is 0.1", step)
    optimizer.schedule, optimizer.lr = nil, NAN
    refused("step: the field 'lr' must be a finite number from 0, it is nan",
      step)
    assert.equal(0, optimizer.steps)
    assert.equal(1, optimizer.parameters[1])
  end)
end)

-- One set of parameters in every shape. Each function returns the parameters, a
-- function that gives gradients their shape, and one that reads the parameters.
local SHAPES = {
  ["a flat table"] = function(x)
    local p = copied(x)
    return p, copied, function() return p end
  end,
  ["nested tables"] = function(x)
    local function nest(g)
      return {w = {g[1], {g[2]}}, [7] = g[3], z = {b = g[4], a = g[5],
        name = "z"}, empty = {}, text = "w"}
    end
    local p = nest(x)
    return p, nest, function()
      return {p.w[1], p.w[2][1], p[7], p.z.b, p.z.a}
    end
  end,
  ["Values"] = function(x)
    local p = {}
    for i, number in ipairs(x) do p[i] = Value(number) end
    return p, copied, function()
      local numbers = {}
      for i, value in ipairs(p) do numbers[i] = value.data end
      return numbers
    end
  end,
  ["Values with their own gradients"] = function(x)
    local p = {}
    for i, number in ipairs(x) do p[i] = Value(number) end
    return p, function(g)
      for i, value in ipairs(p) do value.grad = g[i] end
    end, function()
      local numbers = {}
      for i, value in ipairs(p) do numbers[i] = value.data end
      return numbers
    end
  end,
  ["a Tensor"] = function(x)
    local p = Tensor(x)
    return p, Tensor, function() return p:totable() end
  end,
  ["a Tensor of more dimensions"] = function(x)
    local p = Tensor(x):reshape(1, 5, 1)
    return p, function(g) return Tensor(g):reshape(1, 5, 1) end,
      function() return p:reshape(5):totable() end
  end,
  ["a mixture"] = function(x)
    local p = {Tensor {{x[1], x[2]}}, x[3],
      {v = Value(x[4]), t = Tensor {x[5]}}}
    return p, function(g)
      return {Tensor {{g[1], g[2]}}, g[3], {v = g[4], t = Tensor {g[5]}}}
    end, function()
      return {p[1][1][1], p[1][1][2], p[2], p[3].v.data, p[3].t[1]}
    end
  end,
}

describe("parameters", function()
  for what, make in pairs(SHAPES) do
    it("may be " .. what .. ", with the same numbers", function()
      for _, case in ipairs(reference.steps) do
        local x = copied(reference.start)
        local flat = optim[case.algorithm](x, case.options)
        local p, shape, read = make(reference.start)
        local optimizer = optim[case.algorithm](p, case.options)
        for t, gradient in ipairs(reference.gradients) do
          flat:step(gradient)
          optimizer:step(shape(gradient))
          assert_same(x, read(), described(case) .. " step " .. t)
        end
      end
    end)
  end

  it("may be many", function()
    local n = support.scaled(5003, 1500) -- several blocks of rows
    for _, case in ipairs(reference.steps) do
      local x = copied(reference.start)
      local few = optim[case.algorithm](x, case.options)
      local p = {Tensor.zeros(n), {}}
      for i = 1, n do
        p[1][i], p[2][i] = x[i % 5 + 1], x[i % 5 + 1]
      end
      local many = optim[case.algorithm](p, case.options)
      for t = 1, 3 do
        local g = {Tensor.zeros(n), {}}
        for i = 1, n do
          g[1][i] = reference.gradients[t][i % 5 + 1]
          g[2][i] = g[1][i]
        end
        few:step(reference.gradients[t])
        many:step(g)
      end
      for i = 1, n do
        if p[1][i] ~= x[i % 5 + 1] or p[2][i] ~= x[i % 5 + 1] then
          error(("%s [%d]: %.17g, %.17g and %.17g"):format(described(case), i,
            x[i % 5 + 1], p[1][i], p[2][i]))
        end
      end
    end
  end)

  it("may be one Value", function()
    local v = Value(3)
    local optimizer = optim.SGD(v, {lr = 0.5})
    local y = v * v
    y:backward()
    optimizer:step()
    assert.equal(0, v.data)
    optimizer:zero_grad()
    assert.equal(0, v.grad)
    optimizer:step(-2)
    assert.equal(1, v.data)
  end)

  it("have their gradients set to zero", function()
    local p = {Value(1), {a = Value(2), n = 3}, Tensor {4}}
    p[1].grad, p[2].a.grad = 5, 6
    optim.Adam(p):zero_grad()
    assert.equal(0, p[1].grad)
    assert.equal(0, p[2].a.grad)
    assert.equal(3, p[2].n)
  end)

  it("may be whole numbers, and become floats", function()
    local x = {3, 2 ^ 53}
    local optimizer = optim.SGD(x, {lr = 1, momentum = 1})
    for _ = 1, 3 do optimizer:step {1, 0} end
    assert_same({3 - 1 - 2 - 3, 2 ^ 53}, x)
  end)

  it("may be none", function()
    for _, name in ipairs(ALGORITHMS) do
      for _, empty in ipairs {{}, {{}, {a = {}}}, {"no", f = print},
          Tensor {}, {Tensor.zeros(0, 3)}} do
        local optimizer = optim[name](empty, {lr = 1})
        optimizer:step(empty)
        optimizer:step(empty)
        assert.equal(2, optimizer.steps)
        assert.is_true(optimizer:load_state(optimizer:state()))
        optimizer:zero_grad()
      end
    end
    local optimizer = optim.SGD({}, {lr = 1})
    optimizer:step()
    assert.equal(1, optimizer.steps)
  end)

  it("may be replaced by others of the same shape", function()
    local p = {w = {1, 2}, t = Tensor {3}, v = Value(4)}
    local old = {w = p.w, t = p.t, v = p.v}
    local optimizer = optim.SGD(p, {lr = 1})
    local gradients = {w = {1, 1}, t = Tensor {1}, v = 1}
    optimizer:step(gradients)
    p.w, p.t, p.v = {10, 20}, Tensor {30}, Value(40)
    optimizer:step(gradients)
    assert.same({9, 19}, p.w)
    assert.same({29}, p.t:totable())
    assert.equal(39, p.v.data)
    assert.same({0, 1}, old.w)
    assert.same({2}, old.t:totable())
    assert.equal(3, old.v.data)
    old.t, p.t = p.t, Tensor(p.t) -- an equal Tensor, but another one
    optimizer:step(gradients)
    assert.same({28}, p.t:totable())
    assert.same({29}, old.t:totable())
  end)

  it("may be parts of one Tensor", function()
    local t = Tensor {{1, 2}, {3, 4}, {5, 6}}
    local optimizer = optim.SGD({t[1], t:rows(3)}, {lr = 1})
    optimizer:step {Tensor {1, 1}, Tensor {{2, 2}}}
    assert.same({{0, 1}, {3, 4}, {3, 4}}, t:totable())
    optimizer = optim.SGD(t, {lr = 1}) -- t is its own gradient
    optimizer:step(t)
    assert.same({{0, 0}, {0, 0}, {0, 0}}, t:totable())
  end)

  it("and gradients may hold NaN and infinities", function()
    for _, case in ipairs(reference.steps) do
      for what, make in pairs(SHAPES) do
        local p, shape, read = make {1, NAN, INF, -INF, 5}
        local optimizer = optim[case.algorithm](p, case.options)
        optimizer:step(shape {NAN, 1, 1, 1, 1})
        optimizer:step(shape {1, INF, -INF, INF, 1})
        local x = read()
        assert.is_true(x[1] ~= x[1] and x[2] ~= x[2], what)
        assert.is_true(x[5] < 5 and x[5] > -5, what)
      end
    end
  end)

  it("with constant gradients do not end as NaN when centered", function()
    local x = {1}
    local optimizer = optim.RMSProp(x, {centered = true, lr = 1e-6})
    for _ = 1, 5000 do optimizer:step {0.1} end
    assert.is_true(x[1] < 1)
  end)

  it("are fitted under no_grad and anomaly detection", function()
    local x = {1}
    tinygrad.no_grad(function()
      local optimizer = optim.Adam(x)
      optimizer:step {1}
      optim.clip_norm({Tensor {3, 4}}, 1)
    end)
    support.near(1 - 1e-3, x[1], 1e-9)
    tinygrad.detect_anomaly(function()
      local optimizer = optim.SGD(x, {lr = 0})
      optimizer:step {NAN}
    end)
    assert.is_true(x[1] ~= x[1])
  end)

  it("find a minimum, eagerly and with a Program", function()
    local function rosenbrock(p)
      return (1 - p.x) ^ 2 + 100 * (p.y - p.x ^ 2) ^ 2
    end
    local a, b = {x = -1, y = 1}, {x = Value(-1), y = Value(1)}
    local program = tinygrad.compile(rosenbrock, a):grad()
    local first, second = optim.Adam(a, {lr = 0.02}), optim.Adam(b, {lr = 0.02})
    for t = 1, 3000 do
      first:step(program(a))
      if t <= 100 then
        second:zero_grad()
        rosenbrock(b):backward()
        second:step()
        support.near(a.x, b.x.data, 1e-9)
        support.near(a.y, b.y.data, 1e-9)
      end
    end
    support.near(1, a.x, 1e-3)
    support.near(1, a.y, 1e-3)
  end)
end)

describe("an optimizer", function()
  it("refuses options that are not good", function()
    local function bad(name, options, expected)
      refused(expected, function() optim[name]({1}, options) end)
    end
    local from_zero = " (finite number from 0 expected, got %s)"
    bad("SGD", nil, "bad option 'lr' to 'SGD'" .. from_zero:format("nil"))
    bad("SGD", {lr = -0.5}, "bad option 'lr' to 'SGD'"
      .. from_zero:format("-0.5"))
    bad("SGD", {lr = INF}, "bad option 'lr' to 'SGD'"
      .. from_zero:format("inf"))
    bad("SGD", 0.1, "bad argument #2 to 'SGD' (table of options expected, got "
      .. "number)")
    bad("SGD", {lr = 1, rate = 2}, "unknown option 'rate' to 'SGD'" .. OF_SGD)
    bad("SGD", {lr = 1, true}, "unknown option '1' to 'SGD'" .. OF_SGD)
    bad("SGD", {lr = 1, momentum = "0.9"}, "bad option 'momentum' to 'SGD'"
      .. from_zero:format("string; tonumber makes a number of a string"))
    bad("SGD", {lr = 1, dampening = INF}, "bad option 'dampening' to 'SGD' "
      .. "(finite number expected, got inf)")
    bad("SGD", {lr = 1, nesterov = 1}, "bad option 'nesterov' to 'SGD' "
      .. "(boolean expected, got number)")
    bad("SGD", {lr = 1, nesterov = true}, "SGD: nesterov needs a momentum "
      .. "above 0 and a dampening of 0")
    bad("SGD", {lr = 1, nesterov = true, momentum = 1, dampening = 1},
      "SGD: nesterov needs a momentum above 0 and a dampening of 0")
    local fractions = " (table of two numbers, from 0 and below 1 expected, "
      .. "got %s)"
    for _, name in ipairs {"Adam", "AdamW"} do
      for _, betas in ipairs {{0.9}, {0.9, 1}, {-0.1, 0.9}, {0.9, NAN},
          {"0.9", 0.9}, {0.5, 0.5, 0.5}} do
        bad(name, {betas = betas}, ("bad option 'betas' to '%s'"):format(name)
          .. fractions:format("table"))
      end
      bad(name, {betas = 0.9}, ("bad option 'betas' to '%s'"):format(name)
        .. fractions:format("number"))
      bad(name, {eps = -1}, ("bad option 'eps' to '%s'"):format(name)
        .. from_zero:format("-1"))
      bad(name, {weight_decay = Value(1)},
        ("bad option 'weight_decay' to '%s'"):format(name)
        .. from_zero:format("Value"))
    end
    bad("RMSProp", {alpha = 1.5}, "bad option 'alpha' to 'RMSProp' (number "
      .. "from 0 to 1 expected, got 1.5)")
    bad("RMSProp", {centered = "yes"}, "bad option 'centered' to 'RMSProp' "
      .. "(boolean expected, got string)")
    bad("Adagrad", {initial_accumulator_value = -1}, "bad option "
      .. "'initial_accumulator_value' to 'Adagrad'" .. from_zero:format("-1"))
    bad("Adagrad", {momentum = 0.9}, "unknown option 'momentum' to 'Adagrad'; "
      .. "there are eps, initial_accumulator_value, lr, lr_decay, weight_decay")
  end)

  it("refuses parameters that cannot be changed", function()
    local function bad(parameters, expected)
      refused(expected, function() optim.Adam(parameters) end)
    end
    bad(3, "Adam: a single number cannot be changed in place: put it into a "
      .. "table")
    bad(nil, "bad argument #1 to 'Adam' (table, Tensor or Value expected, got "
      .. "nil)")
    bad("w", "bad argument #1 to 'Adam' (table, Tensor or Value expected, got "
      .. "string)")
    local v, t, w = Value(1), Tensor {1}, {1, 2}
    bad({a = {v * 2}}, "Adam: parameters.a[1] is the result of 'mul', only "
      .. "leaves can be changed")
    bad(v * 2, "Adam: parameters is the result of 'mul', only leaves can be "
      .. "changed")
    bad({a = v, b = {v}}, "Adam: parameters.a and parameters.b[1] are the same "
      .. "Value, which would be changed twice")
    bad({t, t}, "Adam: parameters[1] and parameters[2] are the same Tensor, "
      .. "which would be changed twice")
    bad({w, {w}}, "Adam: parameters[1] and parameters[2][1] are the same "
      .. "table, which would be changed twice")
    w[3] = w
    assert.matches("Adam: parameters%[3%] contains itself",
      message_of(optim.Adam, w))
    assert.matches("may have the keys 1, 2, ... and names; it has a key of the "
      .. "type boolean", message_of(optim.Adam, {[true] = 1}))
  end)

  it("refuses gradients of another shape, and changes nothing", function()
    local p, optimizer
    local function bad(gradients, expected)
      local before = optimizer:state()
      refused("step: " .. expected, function() optimizer:step(gradients) end)
      assert.same(before, optimizer:state())
      assert.same({1, {2}}, p.w)
      assert.same({{3, 4}}, p.t:totable())
      assert.equal(5, p.v.data)
    end
    p = {w = {1, {2}}, t = Tensor {{3, 4}}, v = Value(5)}
    optimizer = optim.SGD(p, {lr = 1, momentum = 0.5})
    local t = Tensor {{1, 1}}
    bad(nil, "gradients expected for parameters.t: only Values have their own")
    bad(3, "gradients must be a table, it is number")
    bad({}, "gradients.t must be a Tensor of 1 x 2, it is nil")
    bad({t = Tensor {1, 2}},
      "gradients.t must be a Tensor of 1 x 2, it is a Tensor of 2")
    bad({t = Tensor {{1}, {2}}},
      "gradients.t must be a Tensor of 1 x 2, it is a Tensor of 2 x 1")
    bad({t = {1, 2}}, "gradients.t must be a Tensor of 1 x 2, it is table")
    bad({t = t}, "gradients.v must be a number, it is nil")
    bad({t = t, v = Value(1)}, "gradients.v must be a number, it is Value")
    bad({t = t, v = 1}, "gradients.w must be a table, it is nil")
    bad({t = t, v = 1, w = {1}}, "gradients.w has 1 elements, parameters.w has "
      .. "2")
    bad({t = t, v = 1, w = {1, {1, 1}}},
      "gradients.w[2] has 2 elements, parameters.w[2] has 1")
    bad({t = t, v = 1, w = {"1", {1}}},
      "gradients.w[1] must be a number, it is string; tonumber makes a number "
      .. "of a string")
    bad({t = t, v = 1, w = {1, 1}},
      "gradients.w[2] must be a table, it is number")
    p = {1}
    optimizer = optim.SGD(p, {lr = 1})
    refused("step: gradients expected for parameters[1]: only Values have "
      .. "their own", function() optimizer:step() end)
  end)

  it("refuses parameters that have changed their shape", function()
    local p = {w = {1, 2}, t = Tensor {{3, 4}}, v = Value(5)}
    local gradients = {w = {1, 1}, t = Tensor {{1, 1}}, v = 1}
    local optimizer = optim.SGD(p, {lr = 1})
    local function bad(name, x, expected)
      local old = p[name]
      p[name] = x
      refused("step: " .. expected, function() optimizer:step(gradients) end)
      p[name] = old
    end
    bad("w", {1, 2, 3}, "parameters.w has 3 elements, it had 2 when the "
      .. "optimizer was made")
    bad("w", {1, "2"}, "parameters.w[2] must be a number, it is string; "
      .. "tonumber makes a number of a string")
    bad("w", nil, "parameters.w must be a table, it is nil")
    bad("t", Tensor {1, 2},
      "parameters.t must be a Tensor of 1 x 2, it is a Tensor of 2")
    bad("t", 7, "parameters.t must be a Tensor of 1 x 2, it is number")
    bad("v", 7, "parameters.v must be a Value, it is number")
    optimizer:step(gradients)
    assert.same({0, 1}, p.w)
  end)
end)

-- Returns a state that was written as text and read again.
local function through_text(x)
  if type(x) == "number" then
    return x ~= x and "0/0" or x == INF and "1/0" or x == -INF and "-1/0"
      or x == 0 and 1 / x < 0 and "-0.0" or ("%.17g"):format(x)
  end
  if type(x) ~= "table" then
    assert.is_true(type(x) == "string" or type(x) == "boolean", type(x))
    return type(x) == "string" and ("%q"):format(x) or tostring(x)
  end
  assert.is_nil(getmetatable(x))
  local parts = {}
  for key, part in pairs(x) do
    parts[#parts + 1] = ("[%s] = %s"):format(through_text(key),
      through_text(part))
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

describe("the state", function()
  for what, make in pairs(SHAPES) do
    it("goes on exactly: " .. what, function()
      for _, case in ipairs(reference.steps) do
        local schedule = optim.chain_schedules({
          optim.warmup_schedule {steps = 3},
          optim.cosine_schedule {steps = 6, minimum = 1e-4}}, {3})
        local p, shape, read = make(reference.start)
        local whole = optim[case.algorithm](p, case.options)
        whole.schedule = schedule
        local saved, numbers
        for t, gradient in ipairs(reference.gradients) do
          if t == 5 then
            saved, numbers = through_text(whole:state()), copied(read())
          end
          whole:step(shape(gradient))
        end
        local q, reshape, reread = make(numbers)
        -- The options come from the state:
        local resumed = optim[case.algorithm](q, {lr = 77})
        resumed.schedule = schedule
        assert.is_true(resumed:load_state(evaluate(saved)))
        assert.equal(4, resumed.steps)
        for t = 5, 10 do resumed:step(reshape(reference.gradients[t])) end
        assert_same(read(), reread(), described(case))
        assert.same(whole:state(), resumed:state())
      end
    end)
  end

  it("is a copy", function()
    local optimizer = optim.Adam({1, Tensor {2}}, {lr = 0.1})
    local before = optimizer:state()
    optimizer:step {1, Tensor {1}}
    assert.same({mean = {0, {0}}, square = {0, {0}}}, before.moments)
    local state = optimizer:state()
    state.options.betas[1] = 0
    state.moments.mean[1] = 99
    assert.equal(0.9, optimizer:state().options.betas[1])
    optimizer:load_state(before)
    before.options.betas[1] = 0
    assert.equal(0.9, optimizer:state().options.betas[1])
    assert.equal(0, optimizer.steps)
  end)

  it("has the rate that was set last", function()
    local optimizer = optim.SGD({1}, {lr = 1})
    optimizer.lr = 0.25
    local other = optim.SGD({1}, {lr = 1})
    assert.is_true(other:load_state(optimizer:state()))
    assert.equal(0.25, other.lr)
  end)

  it("that does not fit is refused, and changes nothing", function()
    local function new()
      return optim.SGD({w = {1, 2}, t = Tensor {{3, 4}}, v = Value(5)},
        {lr = 1, momentum = 0.5})
    end
    local good = new()
    good:step {w = {1, 1}, t = Tensor {{1, 1}}, v = 1}
    local function bad(change, expected)
      local state = good:state()
      state = change(state) or state
      local optimizer = new()
      local before = optimizer:state()
      local ok, message = optimizer:load_state(state)
      assert.is_nil(ok)
      assert.equal("load_state: " .. expected, message)
      assert.same(before, optimizer:state())
    end
    bad(function() return {} end,
      "the state is of 'nil', the optimizer is 'SGD'")
    bad(function(s) s.algorithm = "Adam" end,
      "the state is of 'Adam', the optimizer is 'SGD'")
    bad(function(s) s.steps = nil end,
      "state.steps must be a whole number from 0, it is nil")
    bad(function(s) s.steps = 1.5 end,
      "state.steps must be a whole number from 0, it is 1.5")
    bad(function(s) s.steps = -1 end,
      "state.steps must be a whole number from 0, it is -1")
    bad(function(s) s.options = nil end,
      "state.options must be a table, it is nil")
    bad(function(s) s.moments = 7 end,
      "state.moments must be a table, it is number")
    bad(function(s) s.options.lr = nil end, "state.options has no 'lr'")
    bad(function(s) s.options.lr = -1 end, "bad option 'lr' to 'SGD' (finite "
      .. "number from 0 expected, got -1)")
    bad(function(s) s.options.alpha = 1 end, "unknown option 'alpha' to 'SGD'"
      .. OF_SGD)
    bad(function(s) s.scheduled = true end, "the state was saved with a "
      .. "schedule, the optimizer has none (set its field 'schedule' first)")
    bad(function(s) s.moments.momentum = nil end,
      "state.moments.momentum must be a table, it is nil")
    bad(function(s) s.moments.square = {} end,
      "state.moments has 'square', which SGD does not have with these options")
    bad(function(s) s.options.momentum = 0 end,
      "state.moments has 'momentum', which SGD does not have with these "
      .. "options")
    bad(function(s) s.moments.momentum.w[2] = nil end,
      "state.moments.momentum.w[2] must be a number, it is nil")
    bad(function(s) s.moments.momentum.w[3] = 1 end, "state.moments.momentum.w "
      .. "has something at '3', where there is no parameter")
    bad(function(s) s.moments.momentum.v = {} end,
      "state.moments.momentum.v must be a number, it is table")
    bad(function(s) s.moments.momentum.w = 1 end,
      "state.moments.momentum.w must be a table, it is number")
    for _, t in ipairs {{{1}}, {1, 2}, {{1, "2"}}, {{1, 2}, {3, 4}}, 7} do
      bad(function(s) s.moments.momentum.t = t end, "state.moments.momentum.t "
        .. "must hold the numbers of a Tensor of 1 x 2")
    end
    refused("bad argument #1 to 'load_state' (table expected, got string)",
      function() good:load_state("state") end)
  end)
end)

describe("clipping", function()
  local function norm_of(list)
    local sum = 0
    for _, x in ipairs(list) do sum = sum + x * x end
    return math.sqrt(sum)
  end

  -- Returns gradients in each shape, and a function that reads them.
  local function placed(what, numbers)
    local p, _, read = SHAPES[what](numbers)
    if not what:find("Values") then return p, read end
    for i, value in ipairs(p) do value.grad = numbers[i] end
    return p, function()
      local list = {}
      for i, value in ipairs(p) do list[i] = value.grad end
      return list
    end
  end

  for what in pairs(SHAPES) do
    if what ~= "a mixture" then
      it("gives PyTorch's numbers: " .. what, function()
        for _, case in ipairs(reference.clip_norm) do
          local gradients, read = placed(what, case.before)
          local norm = optim.clip_norm(gradients, case.limit)
          assert_close({case.norm, case.norm}, {norm, norm_of(case.before)},
            "norm")
          assert_close(case.after, read(), "clip_norm " .. case.limit)
        end
      end)
    end
  end

  it("takes all kinds together", function()
    for _, case in ipairs(reference.clip_norm) do
      local x, v = case.before, Value(1)
      v.grad = x[2]
      local g = {{x[1]}, v, Tensor {{x[3]}}, a = {b = Tensor {x[4], x[5]}}}
      assert_close({case.norm}, {optim.clip_norm(g, case.limit)}, "norm")
      assert_close(case.after, {g[1][1], v.grad, g[3][1][1], g.a.b[1],
        g.a.b[2]}, "clip_norm " .. case.limit)
      assert.equal(1, v.data)
    end
  end)

  it("by value gives PyTorch's numbers", function()
    for _, case in ipairs(reference.clip_value) do
      local numbers, tensor = copied(case.before), Tensor(case.before)
      local values = {}
      for i, x in ipairs(case.before) do
        values[i] = Value(1)
        values[i].grad = x
      end
      optim.clip_value({numbers, a = {b = tensor}, values}, case.limit)
      assert_same(case.after, numbers)
      assert_same(case.after, tensor:totable())
      for i, x in ipairs(case.after) do
        assert.equal(x, values[i].grad)
        assert.equal(1, values[i].data)
      end
    end
    local t = {NAN, INF, -INF, -0.0}
    optim.clip_value(t, 2)
    assert_same({NAN, 2, -2, 0}, t)
    local whole = Tensor {{-3, 3}}
    optim.clip_value(whole, 2)
    assert.same({{-2, 2}}, whole:totable())
    local v = Value(1)
    v.grad = 7
    optim.clip_value(v, 2)
    assert.equal(2, v.grad)
  end)

  it("leaves what is small enough alone, to the last bit", function()
    local t, numbers = Tensor {0.3, 0.4}, {0.1, n = {-0.7}, name = "w"}
    local norm = optim.clip_norm({t, numbers}, 10)
    support.near(math.sqrt(0.25 + 0.5), norm, 1e-15)
    assert.same({0.3, 0.4}, t:totable())
    assert.same({0.1, n = {-0.7}, name = "w"}, numbers)
  end)

  it("takes numbers whose squares do not fit", function()
    for _, size in ipairs {1e200, 1e-200, 1e300, 5e-324 * 2 ^ 20} do
      local t = Tensor {3 * size, -4 * size}
      support.near(1, optim.clip_norm({t}, 1) / (5 * size), 1e-12)
      support.near(1, optim.clip_norm({3 * size, {-4 * size}}, 1)
        / (5 * size), 1e-12)
    end
    local t = Tensor {3e200, -4e200}
    optim.clip_norm(t, 5)
    support.near(3, t[1], 1e-12)
    support.near(-4, t[2], 1e-12)
  end)

  it("shows NaN and infinities", function()
    for _, make in ipairs {copied, Tensor} do
      local g = make {1, NAN}
      local norm = optim.clip_norm(g, 1)
      assert.is_true(norm ~= norm and g[1] ~= g[1])
      g = make {1, -INF}
      assert.equal(INF, optim.clip_norm(g, 1))
      assert.equal(0, g[1])
      assert.is_true(g[2] ~= g[2])
    end
    assert.equal(INF, optim.clip_norm(Tensor {INF, -INF}, 1))
  end)

  it("of nothing has the norm 0", function()
    for _, empty in ipairs {{}, {{}, "w"}, Tensor {}, {Tensor.zeros(0, 2)}} do
      assert.equal(0, optim.clip_norm(empty, 1))
      optim.clip_value(empty, 1)
    end
    assert.equal(0, optim.clip_norm({0, Tensor {0}}, 1))
  end)

  it("says what is wrong", function()
    for _, name in ipairs {"clip_norm", "clip_value"} do
      local function bad(expected, ...)
        local n, a, b = select("#", ...), ...
        refused(expected, function()
          if n == 1 then optim[name](a) else optim[name](a, b) end
        end)
      end
      bad(name .. ": a single number cannot be changed in place: put it into a "
        .. "table", 3, 1)
      bad(("bad argument #1 to '%s' (table, Tensor or Value expected, got nil)")
        :format(name), nil, 1)
      for x, got in pairs {[-1] = "-1", [INF] = "inf", ["1"] = "string"} do
        bad(("bad argument #2 to '%s' (finite number from 0 expected, got %s)")
          :format(name, got), {1}, x)
      end
      bad(("bad argument #2 to '%s' (finite number from 0 expected, got nil)")
        :format(name), {1})
    end
  end)
end)

describe("a model that standardizes", function()
  local nn = tinygrad.nn
  local function new_model()
    local model = nn.Sequential {nn.standardize {{100}, {300}},
      nn.MLP(1, {1}, {seed = 1})}
    ;(model {500} ^ 2):backward()
    return model
  end

  it("keeps its constants where gradients are clipped", function()
    for _, name in ipairs {"clip_norm", "clip_value"} do
      local model, whole = new_model(), {}
      for i, p in ipairs(model:parameters()) do whole[i] = p.grad end
      optim[name](model, 0.01)
      assert.equal(200, model.layers[1].mean[1])
      assert.equal(100, model.layers[1].deviation[1])
      local other = new_model():parameters()
      optim[name](other, 0.01)
      for i, p in ipairs(model:parameters()) do
        assert.is_true(p.grad ~= whole[i])
        assert.equal(other[i].grad, p.grad)
      end
    end
    local model = new_model()
    assert.equal(optim.clip_norm(model:parameters(), 1e9),
      optim.clip_norm(model, 1e9))
  end)

  it("learns by an optimizer of the model", function()
    local one, two = new_model(), new_model()
    optim.Adam(one):step()
    optim.Adam(two:parameters()):step()
    assert.equal(200, one.layers[1].mean[1])
    assert.equal(100, one.layers[1].deviation[1])
    local before = new_model():parameters()
    for i, p in ipairs(one:parameters()) do
      assert.is_true(p.data ~= before[i].data)
      assert.equal(two:parameters()[i].data, p.data)
    end
  end)
end)
