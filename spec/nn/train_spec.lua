-- Training: eager and compiled alike, mini-batches, validation, checkpoints.

local new_progress = require "tinygrad.nn.progress"
local process = require "spec.support.process"
local support = require "spec.support.common"
local tinygrad = require "tinygrad"
local nn, optim, Tensor = tinygrad.nn, tinygrad.optim, tinygrad.Tensor
local Value = tinygrad.Value
local message_of, near = support.message_of, support.near
local caught, numbers_of = support.caught, support.numbers_of

-- Returns points in the plane, and for each a class (-1 or 1), a class from 1
-- to 3, and a number.
local function points(n, seed)
  local random = Tensor.generator(seed)
  local x, sign, class, value = {}, {}, {}, {}
  for i = 1, n do
    local a, b = random:uniform(-1, 1), random:uniform(-1, 1)
    x[i] = {a, b}
    sign[i] = a * b > 0 and 1 or -1
    class[i] = a > 0.3 and 1 or b > 0 and 2 or 3
    value[i] = math.sin(2 * a) + b * b
  end
  return x, sign, class, value
end

local X, SIGN, CLASS, NUMBER = points(30, 1)

-- Returns the first elements of a list, fewer for slow checkers.
local function some(list)
  return {(table.unpack or unpack)(list, 1, support.scaled(#list))}
end

-- Trains two copies of a model, with Programs and with Values.
local function both(make, loss, data, opts)
  local models, histories = {}, {}
  for i, mode in ipairs {"compiled", "eager"} do
    local o = {mode = mode}
    for key, value in pairs(opts) do o[key] = value end
    models[i] = make()
    histories[i] = assert(nn.train(models[i], loss, data, o))
    assert.equal(mode, histories[i].mode)
  end
  return models, histories
end

local function assert_alike(make, loss, data, opts, name)
  local models, histories = both(make, loss, data, opts)
  local one, two = histories[1], histories[2]
  assert.equal(opts.epochs, one.epochs)
  assert.equal(#one.loss, #two.loss)
  for i = 1, #one.loss do
    near(two.loss[i], one.loss[i], 1e-9, name .. ", epoch " .. i)
    if one.validation then
      near(two.validation[i], one.validation[i], 1e-9, name)
    end
  end
  local a, b = numbers_of(models[1]), numbers_of(models[2])
  for i = 1, #a do near(b[i], a[i], 1e-8, name) end
  assert.is_true(one.loss[#one.loss] < one.loss[1], name)
end

describe("training", function()
  it("is the same with Programs and with Values, for many models", function()
    local cases = {
      {"tanh", function() return nn.MLP(2, {8, 1}) end, nn.squared_error,
        NUMBER},
      {"deep", function() return nn.MLP(2, {4, 4, 4, 1}) end, nn.hinge, SIGN},
      {"relu", function() return nn.MLP(2, {8, 1}, {activation = "relu"}) end,
        nn.huber, NUMBER},
      {"classes", function()
        return nn.MLP(2, {6, 3}, {activation = "silu"})
      end, nn.cross_entropy, CLASS},
      {"odds", function() return nn.MLP(2, {6, 1}, {activation = "gelu"}) end,
        nn.binary_cross_entropy, SIGN},
      {"one", function() return nn.Neuron(2) end, nn.squared_error, NUMBER},
      {"layer", function() return nn.Layer(2, 1) end, nn.squared_error, NUMBER},
      {"sequence", function()
        return nn.Sequential {function(x) return {x[1], x[2], x[1] * x[2]} end,
          nn.Layer(3, 1, {activation = "linear"})}
      end, nn.squared_error, SIGN},
      {"own", function()
        return nn.module({w = {Value(0.1), Value(-0.1)}, b = Value(0)},
          function(self, x)
            return tinygrad.sin(self.w[1] * x[1]) + self.w[2] * x[2] + self.b
          end)
      end, nn.squared_error, NUMBER},
    }
    for _, case in ipairs(some(cases)) do
      local y = case[4]
      if case[1] == "odds" then
        y = {}
        for i, s in ipairs(SIGN) do y[i] = (s + 1) / 2 end
      end
      assert_alike(case[2], case[3], {x = X, y = y},
        {epochs = 5, lr = 0.02}, case[1])
      assert_alike(case[2], case[3], {x = X, y = y},
        {epochs = 4, lr = 0.02, batch_size = 8, validation = 0.2}, case[1])
    end
  end)

  it("is the same for every optimizer and setting", function()
    local function make() return nn.MLP(2, {5, 1}) end
    local data = {x = X, y = NUMBER}
    for _, optimizer in ipairs(some {"SGD", "Adam", "AdamW", "RMSProp",
        "Adagrad", {"SGD", momentum = 0.9, nesterov = true},
        {"Adam", betas = {0.8, 0.9}}}) do
      local name = type(optimizer) == "table" and optimizer[1] .. "+"
        or optimizer
      assert_alike(make, nn.squared_error, data, {epochs = 4, lr = 0.02,
        optimizer = optimizer, batch_size = 7}, name)
    end
    for name, opts in pairs {
      clip_norm = {clip_norm = 0.1}, clip_value = {clip_value = 0.05},
      schedule = {schedule = optim.cosine_schedule {steps = 20}},
      penalty = {penalty = function(model)
        local sum = 0
        for _, p in ipairs(model:parameters()) do sum = sum + p * p end
        return 0.01 * sum
      end, validation = 0.3},
      ordered = {shuffle = false}, seed = {seed = 7},
      shuffled = {shuffle = true, batch_size = 100},
    } do
      opts.epochs, opts.lr = 4, 0.02
      opts.batch_size = opts.batch_size or 10
      assert_alike(make, nn.squared_error, data, opts, name)
    end
  end)

  it("does what the loop of the tutorials does", function()
    local model, trained = nn.MLP(2, {3, 1}), nn.MLP(2, {3, 1})
    local losses = {}
    for step = 1, 5 do
      local total = 0
      for i = 1, #X do
        total = total + nn.squared_error(model(X[i]), NUMBER[i])
      end
      local loss = total / #X
      model:zero_grad()
      loss:backward()
      for _, p in ipairs(model:parameters()) do
        p.data = p.data - 0.1 * p.grad
      end
      losses[step] = loss.data
    end
    local history = nn.train(trained, nn.squared_error, {x = X, y = NUMBER},
      {epochs = 5, optimizer = "SGD", lr = 0.1})
    for i = 1, 5 do near(losses[i], history.loss[i], 1e-12) end
  end)

  it("takes batches that together are all rows, each once", function()
    local seen = {}
    local model = nn.module({w = Value(1)}, function(self, x)
      if not tinygrad.is_value(x) then seen[#seen + 1] = x end
      return self.w * x
    end)
    local x = {}
    for i = 1, 10 do x[i] = i end
    local orders = {}
    nn.train(model, nn.squared_error, {x = x, y = x}, {epochs = 3,
      batch_size = 4, mode = "eager", callback = function(e)
        orders[e.epoch] = seen
        seen = {}
        assert.equal(3 * e.epoch, e.steps)
      end})
    for epoch = 1, 3 do
      local sorted = {}
      for i, v in ipairs(orders[epoch]) do sorted[i] = v end
      table.sort(sorted)
      assert.same(x, sorted)
      assert.not_same(x, orders[epoch])
    end
    assert.not_same(orders[1], orders[2])
  end)

  it("weighs batches by their rows", function()
    -- With a tiny rate the loss of an epoch is that of all rows.
    local model = nn.Neuron(2)
    local all = nn.train(model, nn.squared_error, {x = X, y = NUMBER},
      {epochs = 1, lr = 1e-300})
    local parts = nn.train(model, nn.squared_error, {x = X, y = NUMBER},
      {epochs = 1, lr = 1e-300, batch_size = 7})
    near(all.loss[1], parts.loss[1], 1e-14)
    assert.equal(5, parts.steps)
  end)

  it("takes data of any kind", function()
    local function trained(data)
      local model = nn.MLP(2, {3, 1})
      return nn.train(model, nn.squared_error, data, {epochs = 3}).loss
    end
    local expected = trained {x = X, y = NUMBER}
    assert.same(expected, trained {x = Tensor(X), y = Tensor(NUMBER)})
    -- Columns by name, a target that is a table, and no target:
    local a, b = {}, {}
    for i, x in ipairs(X) do a[i], b[i] = x[1], x[2] end
    local function named(forward)
      return nn.module({net = nn.MLP(2, {3, 1})}, forward)
    end
    local one = named(function(self, x) return self.net {x.a, x.b} end)
    local data = {x = {a = a, b = Tensor(b)}, y = {value = NUMBER}}
    assert.same(expected, nn.train(one, function(o, t)
      return nn.squared_error(o, t.value)
    end, data, {epochs = 3}).loss)
    local two = named(function(self, x)
      return nn.squared_error(self.net {x.a, x.b}, x.value)
    end)
    data = {x = {a = a, b = b, value = NUMBER}}
    for _, mode in ipairs {"compiled", "eager"} do
      two.net = nn.MLP(2, {3, 1})
      local losses = nn.train(two, function(o, t)
        assert(t == nil)
        return o
      end, data, {epochs = 3, mode = mode, validation = 0.5}).loss
      assert.equal(3, #losses)
    end
    two.net = nn.MLP(2, {3, 1})
    assert.same(expected, nn.train(two, function(o) return o end, data,
      {epochs = 3}).loss)
  end)

  it("is the same with threads, and inside of no_grad", function()
    local x, _, _, y = points(support.scaled(3000, 100), 2)
    local data = {x = Tensor(x), y = Tensor(y)}
    local function trained(opts)
      local model = nn.MLP(2, {3, 1})
      opts.epochs = 3
      local history = nn.train(model, nn.squared_error, data, opts)
      return {history.loss, numbers_of(model)}
    end
    local expected = trained {}
    assert.same(expected, trained {threads = 4})
    tinygrad.no_grad(function() assert.same(expected, trained {}) end)
  end)

  it("leaves other parameters alone, and those without effect", function()
    local used, unused = Value(1), Value(5)
    local model = nn.module({used = used, unused = unused}, function(self, x)
      return self.used * x
    end)
    nn.train(model, nn.squared_error, {x = {1, 2}, y = {2, 4}},
      {epochs = 500, lr = 0.05})
    near(2, used.data, 1e-3)
    assert.equal(5, unused.data)
  end)

  it("repeats what depends on the seed", function()
    local function trained(seed)
      local model = nn.MLP(2, {3, 1})
      return nn.train(model, nn.squared_error, {x = X, y = NUMBER},
        {epochs = 3, batch_size = 5, seed = seed}).loss
    end
    assert.same(trained(1), trained(1))
    assert.not_same(trained(1), trained(2))
  end)
end)

describe("validation", function()
  it("takes a part of the rows, never those that are trained on", function()
    local trained, validated = {}, {}
    local model = nn.module({w = Value(1)}, function(self, x)
      local y = self.w * x
      local list = y.op and trained or validated
      list[x] = true
      return y
    end)
    local x = {}
    for i = 1, 20 do x[i] = i end
    nn.train(model, nn.squared_error, {x = x, y = x},
      {epochs = 2, mode = "eager", validation = 0.25})
    local n = 0
    for i = 1, 20 do
      assert.is_true(trained[i] ~= validated[i])
      if validated[i] then n = n + 1 end
    end
    assert.equal(5, n)
  end)

  it("stops early, with the best parameters", function()
    -- With ten points and many neurons the model learns the noise.
    local random = Tensor.generator(3)
    local function noisy(n)
      local x, y = {}, {}
      for i = 1, n do
        x[i] = random:uniform(-1, 1)
        y[i] = x[i] + random:normal(0, 0.5)
      end
      return {x = x, y = y}
    end
    local data, other = noisy(10), noisy(40)
    local model = nn.MLP(1, {20, 1})
    local history = nn.train(model, nn.squared_error, data, {epochs = 5000,
      lr = 0.02, validation = other, patience = 30})
    assert.equal("early", history.status)
    assert.equal(history.best_epoch + 30, history.epochs)
    local least = math.huge
    for _, loss in ipairs(history.validation) do
      least = math.min(least, loss)
    end
    assert.equal(least, history.best_loss)
    assert.equal(least, history.validation[history.best_epoch])
    local sum = 0
    local ys = model:predict(other.x)
    for i = 1, 40 do sum = sum + (ys[i] - other.y[i]) ^ 2 end
    near(least, sum / 40, 1e-12)
    assert.matches("^stopped early after %d+ epochs, %d+ steps, loss [%d.e-]+; "
      .. "best validation loss [%d.]+ in epoch %d+$", tostring(history))
    -- A min_delta that is not reached ends it sooner.
    local sooner = nn.train(nn.MLP(1, {20, 1}), nn.squared_error, data,
      {epochs = 5000, lr = 0.02, validation = other, patience = 30,
        min_delta = 1e9})
    assert.equal(31, sooner.epochs)
    assert.equal(1, sooner.best_epoch)
  end)
end)

describe("a training run", function()
  it("is stopped by its callback", function()
    local calls = {}
    local model = nn.Neuron(2)
    local history = nn.train(model, nn.squared_error, {x = X, y = NUMBER},
      {epochs = 10, lr = 0.5, callback = function(e)
        calls[#calls + 1] = e
        assert.equal(model, e.model)
        e.now = model.b.data
        return e.epoch == 3
      end})
    assert.equal("stopped", history.status)
    assert.equal(3, #calls)
    assert.equal(3, history.steps)
    assert.equal(0.5, calls[2].rate)
    assert.equal(history.loss[2], calls[2].loss)
    assert.is_true(calls[1].now ~= calls[2].now)
    assert.equal(calls[3].now, model.b.data)
    assert.matches("^stopped by the callback after 3 epochs, 3 steps, loss ",
      tostring(history))
  end)

  it("keeps what it has learned when something fails", function()
    local model = nn.Neuron(2)
    local before = numbers_of(model)
    local message = message_of(nn.train, model, nn.squared_error,
      {x = X, y = NUMBER}, {epochs = 10, callback = function(e)
        if e.epoch == 4 then error("enough") end
      end})
    assert.matches("enough$", message)
    assert.not_same(before, numbers_of(model))
    local same = nn.Neuron(2)
    nn.train(same, nn.squared_error, {x = X, y = NUMBER}, {epochs = 4})
    assert.same(numbers_of(same), numbers_of(model))
  end)

  it("stops when the loss is not finite", function()
    local model = nn.MLP(2, {3, 1}, {activation = "linear"})
    local history = nn.train(model, nn.squared_error, {x = X, y = NUMBER},
      {epochs = 5000, lr = 1e6, optimizer = "SGD"})
    assert.equal("not_finite", history.status)
    assert.is_true(history.epochs < 200)
    assert.matches("^stopped %(the loss is not finite%) after",
      tostring(history))
    for _, p in ipairs(model:parameters()) do
      assert.is_true(p.data - p.data == 0) -- as before the step
    end
  end)

  it("names the row whose loss is not finite", function()
    local x, y = {}, {}
    for i = 1, 20 do x[i], y[i] = i / 20, 1 end
    y[13] = 0 / 0
    for _, mode in ipairs {"compiled", "eager"} do
      for _, size in ipairs {20, 3} do
        local model = nn.Neuron(1)
        local history = nn.train(model, nn.squared_error, {x = x, y = y},
          {batch_size = size, mode = mode})
        assert.equal("not_finite", history.status)
        assert.equal(13, history.bad_row)
        assert.equal(1, history.epochs)
        assert.matches("loss %-?nan %(look at row 13%)$", tostring(history))
        assert.is_true(model.b.data == model.b.data)
      end
    end
    local seen = {} -- the bad rows that histories name
    for seed = 1, 9 do
      local history = nn.train(nn.Neuron(1), nn.squared_error, {x = x, y = y},
        {validation = 0.5, seed = seed, epochs = 2})
      seen[tostring(history.bad_row)] = true
    end
    assert.same({["13"] = true, ["nil"] = true}, seen)
    -- One class does not exist: the loss says so.
    local classes = {}
    for i = 1, 20 do classes[i] = i % 3 end
    for _, mode in ipairs {"compiled", "eager"} do
      assert.matches("bad argument #2 to 'cross_entropy' %(class from 1 to 3 "
        .. "expected, got 0%)$", message_of(nn.train, nn.MLP(1, {3}),
        nn.cross_entropy, {x = x, y = classes}, {mode = mode}))
    end
  end)

  it("has a history that can be drawn", function()
    local history = nn.train(nn.Neuron(2), nn.squared_error,
      {x = X, y = NUMBER}, {epochs = 7, validation = 0.2,
        schedule = function(t, lr) return lr / (t + 1) end, lr = 0.5})
    for i = 1, 7 do near(0.5 / i, history.rate[i]) end
    local text = history:plot({title = "Here"}):text()
    for _, word in ipairs {"Here", "training", "validation", "epoch"} do
      assert.is_truthy(text:find(word, 1, true))
    end
    local negative = nn.train(nn.Neuron(1), function(o) return o end,
      {x = {1}}, {epochs = 2, lr = 3})
    assert.is_true(negative.loss[2] < 0)
    assert.is_truthy(negative:plot():svg())
  end)

  it("has a drawing whose options are a plot's", function()
    local history = nn.train(nn.Neuron(2), nn.squared_error,
      {x = X, y = NUMBER}, {epochs = 1})
    for problem, opts in pairs {
      ["bad argument #1 to 'plot' %(table of options expected, got number%)"] =
        7,
      ["unknown option 'titel' to 'plot'; did you mean 'title'%?"] =
        {titel = "Here"},
      ["bad option 'title' to 'plot' %(string expected, got number%)"] =
        {title = 7},
      ["bad option 'y' to 'plot' %(unknown option 'lag'"] = {y = {lag = true}},
    } do
      assert.matches("^[^:]*train_spec.lua:%d+: " .. problem,
        message_of(function()
          local plot = history:plot(opts)
          return plot
        end))
    end
    for _, x in ipairs {false, {title = "Here"}, nn.Neuron(1)} do
      assert.matches("^[^:]*train_spec.lua:%d+: bad argument #1 to 'plot' "
        .. "%(History expected, got %w+; a method takes a colon, "
        .. "history:plot%(%)%)$", message_of(function()
          local plot = history.plot(x or nil)
          return plot
        end))
    end
  end)

  it("shows a line on a terminal, or where it is told to", function()
    local written = {}
    local file = {write = function(_, ...)
      for i = 1, select("#", ...) do
        written[#written + 1] = (select(i, ...))
      end
    end, flush = function() end}
    local function lines(opts)
      written = {}
      opts.epochs, opts.lr = 3, 0.5
      opts.callback = function(e) -- makes the second epoch slow
        local start = os.clock()
        while e.epoch == 1 and os.clock() < start + 0.11 do end
      end
      nn.train(nn.Neuron(2), nn.squared_error, {x = X, y = NUMBER}, opts)
      return table.concat(written)
    end
    local text = lines {progress = file}
    assert.matches("^\repoch 2/3  loss [%d.]+  rate 0.5\r +\r$",
      (text:gsub("  %d+ s left", "")))
    assert.matches("  validation [%d.]+  rate",
      lines {progress = file, validation = 0.2})
    assert.equal("", lines {progress = file, quiet = true})
    assert.equal("", lines {progress = false})
  end)

  it("writes its line to what can write and flush only", function()
    local function nothing() end
    for _, file in ipairs {{}, {write = nothing}, {flush = nothing},
        {write = 1, flush = nothing}, tinygrad.Value(1), Tensor {1},
        nn.Neuron(1)} do
      assert.matches("bad option 'progress' to 'train' %(boolean, or file with "
        .. "the methods write and flush expected, got ",
        message_of(nn.train, nn.Neuron(2), nn.squared_error,
          {x = X, y = NUMBER}, {epochs = 1, progress = file}))
    end
    nn.train(nn.Neuron(2), nn.squared_error, {x = X, y = NUMBER},
      {epochs = 1, progress = io.stderr})
  end)

  it("says how much time is left", function()
    local written = {}
    local progress = new_progress {write = function(_, _, text)
      written[#written + 1] = text
    end, flush = function() end}
    -- Each case: seconds so far, epochs to come after 20, the text.
    for _, case in ipairs {{20, 50, "5%d s"}, {200, 100, "16 min %d%d s"},
        {21, 71, "1 min 1%d s"}, -- 74.55
        {3600, 990, "49 h 3%d min"}} do
      progress.start, progress.next = os.time() - case[1], 0
      progress:show(1100 - case[2], 1100, 20, {loss = 1, rate = 0.1})
      assert.matches(("^epoch %d/1100  loss 1  rate 0.1  %s left$"):format(
        1100 - case[2], case[3]), written[#written])
    end
  end)

  it("looks for the terminal by itself", function()
    local script = os.tmpname()
    local file = assert(io.open(script, "w"))
    file:write([[
local nn = require("tinygrad").nn
nn.train(nn.Neuron(1), nn.squared_error, {x = {1}, y = {1}}, {epochs = 2,
  lr = 1e-3, callback = function()
    local start = os.clock()
    while os.clock() < start + 0.11 do end
  end})
]])
    file:close()
    local output, status = process.run(script) -- without a terminal
    assert.equal(0, status)
    assert.equal("", output)
    -- util-linux's `script` provides a terminal, if the system has one to give.
    if not process.succeeds("script -qec true /dev/null") then
      os.remove(script)
      pending("no terminal to be had: no util-linux, or no /dev/pts")
    end
    output = table.concat(process.lines(("script -qec '%s %s' /dev/null 2>&1")
      :format(process.interpreter(), script)), "\n")
    os.remove(script)
    assert.is_truthy(output:find("epoch 2/2  loss [%d.]+  rate 0.001"), output)
  end)
end)

describe("a checkpoint", function()
  local path
  before_each(function()
    path = os.tmpname()
    os.remove(path)
  end)
  after_each(function() os.remove(path) end)

  local function read()
    local file = assert(io.open(path, "rb"))
    local text = file:read("*a")
    file:close()
    return text
  end

  local function write(text)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
  end

  local function options(changes)
    local o = {epochs = 20, lr = 0.02, batch_size = 7, validation = 0.2,
      patience = 50, schedule = optim.cosine_schedule {steps = 100}}
    for key, value in pairs(changes or {}) do o[key] = value end
    return o
  end

  local function train(changes, seed)
    local model = nn.MLP(2, {4, 1}, {seed = seed})
    local history, message = nn.train(model, nn.squared_error,
      {x = X, y = NUMBER}, options(changes))
    return history, message, model
  end

  local function bits(model) return Tensor(numbers_of(model)):to_string() end

  it("lets a run go on to the last bit", function()
    for _, optimizer in ipairs(some {"Adam", {"SGD", momentum = 0.9}, "SGD",
        "AdamW", "RMSProp", "Adagrad"}) do
      for _, mode in ipairs {"compiled", "eager"} do
        local whole, _, one = train {optimizer = optimizer, mode = mode}
        for _, part in ipairs(some {9, 1, 19}) do
          os.remove(path)
          assert(train {optimizer = optimizer, epochs = part, mode = mode,
            checkpoint = path, resume = true})
          -- The seed is another, but all that counts is in the file:
          local rest, _, two = train({optimizer = optimizer, mode = mode,
            checkpoint = path, resume = true}, 2)
          assert.equal(bits(one), bits(two))
          for _, name in ipairs {"loss", "validation", "rate"} do
            assert.same(whole[name], rest[name])
          end
          for _, name in ipairs {"epochs", "steps", "status", "best_epoch",
              "best_loss"} do
            assert.equal(whole[name], rest[name])
          end
        end
      end
    end
  end)

  it("has what the model scales with, which a run goes on with", function()
    for _, mode in ipairs {"compiled", "eager"} do
      local function run(data, changes)
        local model = nn.Sequential {nn.standardize(data), nn.MLP(2, {4, 1})}
        changes.mode = mode
        local history = assert(nn.train(model, nn.squared_error,
          {x = X, y = NUMBER}, options(changes)))
        return model:to_string(), history
      end
      local whole, one = run(X, {})
      os.remove(path)
      run(X, {epochs = 9, checkpoint = path})
      local rest, two = run({{0, 0}, {5, 1}}, {checkpoint = path,
        resume = true})
      assert.equal(whole, rest)
      assert.same(one.loss, two.loss)
      assert.equal(one.best_epoch, two.best_epoch)
      assert.matches('"layers[1].mean": [', read(), 1, true)
      assert.equal(whole, (run({{0, 0}, {5, 1}}, {checkpoint = path,
        resume = true})))
    end
  end)

  it("is written every so many epochs, and at the end", function()
    local seen = {}
    local function at(every)
      seen = {}
      os.remove(path)
      train {epochs = 7, checkpoint = path, checkpoint_every = every,
        callback = function(e)
          local file = io.open(path)
          if not file then return end
          file:close()
          local epochs = tonumber(read():match('"epochs": (%d+)'))
          if seen[#seen] ~= epochs then seen[#seen + 1] = epochs end
          assert.is_true(epochs < e.epoch)
        end}
      seen[#seen + 1] = tonumber(read():match('"epochs": (%d+)'))
      return seen
    end
    assert.same({7}, at(nil))
    assert.same({2, 4, 6, 7}, at(2))
    assert.same({1, 2, 3, 4, 5, 6, 7}, at(1))
  end)

  it("of a finished run gives that", function()
    local whole, _, one = train {checkpoint = path}
    local again, _, two = train({checkpoint = path, resume = true}, 2)
    assert.same(whole.loss, again.loss)
    assert.equal("finished", again.status)
    assert.equal(bits(one), bits(two))
  end)

  it("that is damaged gives a message, and nothing is changed", function()
    train {checkpoint = path, epochs = 5}
    local text = read()
    local function refused(changed, expected)
      write(changed)
      local fresh = bits(nn.MLP(2, {4, 1}))
      local history, message, model = train {checkpoint = path, resume = true}
      assert.is_nil(history)
      assert.matches(expected, message, 1, true)
      assert.equal(path, message:sub(1, #path))
      assert.equal(fresh, bits(model))
    end
    refused("", "damaged: its checksum is wrong")
    for i = 1, #text - 1, math.floor(#text / support.scaled(100, 10)) do
      refused(text:sub(1, i), "damaged: its checksum is wrong")
      local byte = string.char((text:byte(i) + 1) % 256)
      refused(text:sub(1, i - 1) .. byte .. text:sub(i + 1), ": ")
    end
    refused(',\n  "check": "1"\n}\n', ": ") -- the checksum of an empty text
    write(text)
    assert(train {checkpoint = path, resume = true})
  end)

  it("that says what none says is refused", function()
    train {checkpoint = path, epochs = 5}
    local text = read()
    local function refused(from, to, problem)
      local changed, count = text:gsub(from, to, 1)
      assert.equal(1, count, from)
      changed = changed:match('^(.*),\n  "check"')
      local a, b = 1, 0 -- Adler-32
      for i = 1, #changed do
        a = (a + changed:byte(i)) % 65521
        b = (b + a) % 65521
      end
      write(('%s,\n  "check": "%.0f"\n}\n'):format(changed,
        b * 65536 + a))
      local history, message = train {checkpoint = path, resume = true}
      assert.is_nil(history)
      assert.equal(path .. ": " .. problem, message)
    end
    refused('"format": [^,]*', '"format": "other"',
      "not a checkpoint of tinygrad's format 1")
    refused('"epochs": 5', '"epochs": 6', "a history that makes no sense")
    refused('"best": %b{}', '"best": {"epoch": "x"}',
      "a best epoch that makes no sense")
  end)

  it("of another run is refused", function()
    train {checkpoint = path, epochs = 5}
    local text = read()
    local function refused(changes, expected)
      write(text)
      changes.checkpoint, changes.resume = path, true
      local history, message = train(changes)
      assert.is_nil(history)
      assert.equal(path .. ": " .. expected, message)
    end
    refused({batch_size = 5},
      "it is of a run with batch_size = 7, in this run it is 5")
    refused({seed = 5}, "it is of a run with seed = 1, in this run it is 5")
    refused({shuffle = false},
      "it is of a run with shuffle = true, in this run it is false")
    refused({validation = 0.5},
      "it is of a run with rows = 24, in this run it is 15")
    refused({optimizer = "SGD"},
      "load_state: the state is of 'Adam', the optimizer is 'SGD'")
    write(text)
    local model = nn.MLP(2, {5, 1})
    local before = bits(model)
    local history, message = nn.train(model, nn.squared_error,
      {x = X, y = NUMBER}, options {checkpoint = path, resume = true})
    assert.is_nil(history)
    assert.equal(path .. ": there is no 'layers[1].neurons[5].b'", message)
    assert.equal(before, bits(model))
  end)

  it("that cannot be written ends the run with a message", function()
    local history, message = train {checkpoint = "/nonexistent/checkpoint"}
    assert.is_nil(history)
    assert.matches("/nonexistent/checkpoint", message)
    -- An empty directory stays as it is:
    assert(process.succeeds("mkdir " .. path))
    for _, resume in ipairs {false, true} do
      history, message = train {checkpoint = path, resume = resume}
      assert.is_nil(history)
      assert.equal(path .. ": Is a directory", message)
    end
    assert.is_true(process.succeeds("test -d " .. path))
    assert.is_false(process.exists(path .. ".new"))
  end)

  it("of no finite numbers is one, too", function()
    local model = nn.MLP(2, {2, 1}, {activation = "linear"})
    nn.train(model, nn.squared_error, {x = X, y = NUMBER}, {epochs = 5000,
      lr = 1e6, optimizer = "SGD", checkpoint = path})
    local history = assert(nn.train(model, nn.squared_error,
      {x = X, y = NUMBER}, {epochs = 5000, lr = 1e6, optimizer = "SGD",
        checkpoint = path, resume = true}))
    assert.equal("not_finite", history.status)
  end)
end)

describe("train refuses", function()
  local data = {x = X, y = NUMBER}
  local model = nn.MLP(2, {3, 1})

  it("bad arguments", function()
    for message, args in pairs {
      ["bad argument #1 to 'train' (model expected, got function)"] =
        {print, print, data},
      ["bad argument #1 to 'train' (model expected, got a table that cannot be "
        .. "called)"] = {{}, print, data},
      ["train: the model has no parameters"] =
        {nn.module({}, print), print, data},
      ["bad argument #2 to 'train' (function expected, got string)"] =
        {model, "hinge", data},
      ["train: data must be a table with x and y, it is absent"] =
        {model, nn.hinge},
      ["train: data has no field 'z'; its fields are x and y"] =
        {model, nn.hinge, {x = X, y = NUMBER, z = 1}},
      ["train: data.x must be a Tensor or table of rows, or a table of columns "
        .. "by name; it is absent"] = {model, nn.hinge, {y = NUMBER}},
      ["train: data.x must be a Tensor or table of rows, or a table of columns "
        .. "by name; it is empty"] = {model, nn.hinge, {x = {}, y = {}}},
      ["train: data.y has 2 rows, others have 30"] =
        {model, nn.hinge, {x = X, y = {1, 2}}},
      ["train: data.x has neither rows 1, 2, ... nor columns by name"] =
        {model, nn.hinge, {x = {[7] = 1}, y = {1}}},
      ["train: data.x has no rows"] =
        {model, nn.hinge, {x = Tensor {}, y = Tensor {}}},
      ["bad argument #4 to 'train' (table of options expected, got number)"] =
        {model, nn.hinge, data, 100},
    } do
      assert.equal(message, caught(nn.train, args[1], args[2], args[3],
        args[4]))
    end
  end)

  it("bad options", function()
    local optimizers = table.concat(support.optimizers(), ", ")
    for message, opts in pairs {
      ["unknown option 'epoch' to 'train'; did you mean 'epochs'?"] =
        {epoch = 3},
      ["bad option 'seed' to 'train' (finite number expected, got inf)"] =
        {seed = math.huge},
      ["bad option 'epochs' to 'train' (whole number from 1 expected, got 0)"] =
        {epochs = 0},
      ["bad option 'batch_size' to 'train' (whole number from 1 expected, got "
        .. "2.5)"] = {batch_size = 2.5},
      ["bad option 'lr' to 'train' (finite number above 0 expected, got "
        .. "string; tonumber makes a number of a string)"] = {lr = "1"},
      ["bad option 'lr' to 'train' (finite number above 0 expected, got -1)"] =
        {lr = -1},
      ["bad option 'threads' to 'train' (whole number from 1 to 1024 expected, "
        .. "got 1025)"] = {threads = 1025},
      ["bad option 'mode' to 'train' (\"compiled\" or \"eager\" expected, got "
        .. "\"fast\")"] = {mode = "fast"},
      ["bad option 'optimizer' to 'train' (one of " .. optimizers
        .. " expected, got \"clip_norm\")"] =
        {optimizer = "clip_norm"},
      ["bad option 'optimizer' to 'train' (one of " .. optimizers
        .. " expected, got nil)"] = {optimizer = {}},
      ["unknown option 'betas' to 'SGD'; there are dampening, lr, momentum, "
        .. "nesterov, weight_decay"] =
        {optimizer = {"SGD", lr = 1, betas = {0, 0}}},
      ["bad option 'lr' to 'SGD' (finite number from 0 expected, got nil)"] =
        {optimizer = "SGD"},
      ["bad option 'validation' to 'train' (data, or part of the data between "
        .. "0 and 1 expected, got 1)"] = {validation = 1},
      ["train: validation takes 0 of 30 rows; at least 1 must be taken and 1 "
        .. "left"] = {validation = 0.001},
      ["train: validation has no field 'w'; its fields are x and y"] =
        {validation = {x = X, w = 1}},
      ["train: patience needs validation data"] = {patience = 3},
      ["train: resume needs a checkpoint"] = {resume = true},
    } do
      assert.equal(message, caught(nn.train, model, nn.hinge, data, opts))
    end
  end)

  it("at the line of the program what does not go together", function()
    local net = nn.MLP(2, {3, 1})
    for message, case in pairs {
      ["the layer takes a table of 2 numbers, got one of 3"] =
        {nn.squared_error, {x = {{1, 2, 3}}, y = {1}}},
      ["squared_error: output and target must be numbers, or tables of one "
        .. "length; they are a Value and a table (of one output the target is "
        .. "a number, 1 and not {1})"] =
        {nn.squared_error, {x = {{1, 2}}, y = {{1}}}},
      ["bad argument #1 to 'cross_entropy' (table of numbers expected, got "
        .. "Value)"] = {nn.cross_entropy, {x = {{1, 2}}, y = {1}}},
    } do
      for _, mode in ipairs {"compiled", "eager"} do
        local line = debug.getinfo(1, "l").currentline + 2
        local problem = message_of(function()
          local h = nn.train(net, case[1], case[2], {mode = mode})
          return h
        end)
        assert.equal(message, problem:match("train_spec.lua:" .. line
          .. ": (.*)"))
      end
    end
  end)

  it("what cannot be recorded, and losses that are no numbers", function()
    local branching = nn.module({w = Value(1)}, function(self, x)
      local y = self.w * x
      if y < Value(0) then return -y end
      return y
    end)
    local small = {x = {1, -2}, y = {3, 6}}
    assert.matches("compile: .*use tinygrad.where",
      message_of(nn.train, branching, nn.squared_error, small))
    local history = nn.train(branching, nn.squared_error, small,
      {mode = "eager", epochs = 200, lr = 0.05})
    assert.is_true(history.loss[200] < 0.01)
    assert.matches("^train: the loss must return one number, it returned a "
      .. "table", caught(nn.train, model, function() return {} end, data))
    assert.matches("^train: the loss must return one number, it returned "
      .. "nothing",
      caught(nn.train, model, function() end, data, {mode = "eager"}))
    assert.equal("rate: the schedule must return a finite number from 0, after "
      .. "0 steps it returned -1", caught(nn.train, model, nn.squared_error,
      data, {schedule = function() return -1 end}))
    local captured = Value(3)
    captured.label = "captured"
    assert.matches("the function uses the Value 'captured'",
      message_of(nn.train, model, function(o) return o * captured end, data))
  end)
end)
