-- Models Value by Value, losses, and parameters as text and files.

local json = require "tinygrad.nn.json"
local support = require "spec.support.common"
local tinygrad = require "tinygrad"
local nn, Tensor, Value = tinygrad.nn, tinygrad.Tensor, tinygrad.Value
local message_of, near = support.message_of, support.near
local numbers_of = support.numbers_of

-- Returns the error of a call from this file.
local function caught(f, ...)
  local unpack, args, n = table.unpack or unpack, {...}, select("#", ...)
  return message_of(function()
    local result = f(unpack(args, 1, n))
    return result
  end)
end

local function names_of(model)
  local list = {}
  for name in model:named_parameters() do list[#list + 1] = name end
  return list
end

describe("a neuron", function()
  it("is an activation of a sum", function()
    local n = nn.Neuron(2, {seed = 5})
    assert.equal(0, n.b.data)
    n.b.data = 0.25
    local y = n {0.5, -2}
    near(math.exp(0), 1)
    local s = 0.5 * n.w[1].data - 2 * n.w[2].data + 0.25
    near(tinygrad.tanh(s), y.data, 1e-15)
    y:backward()
    near(0.5 * (1 - y.data ^ 2), n.w[1].grad, 1e-15)
    near(-2 * (1 - y.data ^ 2), n.w[2].grad, 1e-15)
    near(1 - y.data ^ 2, n.b.grad, 1e-15)
    assert.equal("Neuron(2, tanh)", tostring(n))
    assert.same({"b", "w[1]", "w[2]"}, names_of(n))
    n:zero_grad()
    assert.equal(0, n.w[1].grad)
    assert.equal(0, n.b.grad)
  end)

  it("takes any activation", function()
    for _, name in ipairs {"elu", "gelu", "leaky_relu", "relu", "sigmoid",
        "silu", "softplus", "tanh"} do
      local n = nn.Neuron(1, {activation = name})
      assert.equal(tinygrad[name](n.w[1].data * 0.7), n({0.7}).data)
      assert.equal(("Neuron(1, %s)"):format(name), tostring(n))
    end
    local linear = nn.Neuron(1, {activation = "linear"})
    assert.equal(linear.w[1].data * 3, linear({3}).data)
    local own = nn.Neuron(1, {activation = function(x) return x * x end})
    assert.equal((own.w[1].data * 3) ^ 2, own({3}).data)
    assert.equal("Neuron(1, function)", tostring(own))
  end)

  it("refuses what makes no sense", function()
    assert.equal("the neuron takes 2 inputs, got 3",
      message_of(nn.Neuron(2), {1, 2, 3}):gsub("^.-:%d+: ", "") .. "")
    for _, case in ipairs {
      {"bad argument #1 to 'Neuron' %(whole number from 1 expected, got 0%)",
        0},
      {"bad argument #1 to 'Neuron' %(whole number from 1 expected, got "
        .. "1.5%)", 1.5},
      {"bad argument #1 to 'Neuron' %(whole number from 1 expected, got "
        .. "nil%)", nil},
      {"bad argument #2 to 'Neuron' %(table of options expected, got "
        .. "number%)", 2, 3},
      {"unknown option 'activate' to 'Neuron'; there are activation, init, "
        .. "seed", 2, {activate = "tanh"}},
      {"unknown option 'output' to 'Neuron'; there are activation, init, "
        .. "seed", 2, {output = "tanh"}},
      {"bad option 'activation' to 'Neuron' %(a function or one of elu, gelu, "
        .. "leaky_relu, linear, relu, sigmoid, silu, softplus, tanh expected, "
        .. "got \"than\"%)", 2, {activation = "than"}},
      {"bad option 'init' to 'Neuron' %(a function or one of glorot, .* "
        .. "expected, got number%)", 2, {init = 1}},
      {"bad option 'seed' to 'Neuron' %(finite number or generator expected, "
        .. "got string; tonumber makes a number of a string%)", 2,
        {seed = "1"}},
      {"bad option 'seed' to 'Neuron' %(finite number or generator expected, "
        .. "got inf%)", 2, {seed = math.huge}},
    } do
      assert.matches("^spec[/\\]nn[/\\]nn_spec.lua:%d+: " .. case[1] .. "$",
        caught(nn.Neuron, case[2], case[3]))
    end
  end)
end)

describe("a network", function()
  it("has parameters with names, which are labels", function()
    local model = nn.MLP(2, {3, 1})
    assert.equal("MLP(Layer(2, 3, tanh), Layer(3, 1, linear)): 13 parameters",
      tostring(model))
    local names = names_of(model)
    assert.equal(13, #names)
    assert.equal("layers[1].neurons[1].b", names[1])
    assert.equal("layers[1].neurons[3].w[2]", names[9])
    assert.equal("layers[2].neurons[1].w[3]", names[13])
    for name, value in model:named_parameters() do
      assert.equal(name, value.label)
    end
    assert.equal("neurons[2].w[1]", names_of(nn.Layer(1, 2))[4])
  end)

  it("gives what its layers give", function()
    local model = nn.MLP(3, {4, 2}, {activation = "relu", output = "sigmoid"})
    local x = {0.3, -0.7, 1.1}
    local hidden = {}
    for i, neuron in ipairs(model.layers[1].neurons) do
      hidden[i] = neuron(x)
      assert.equal("relu", neuron.activation)
    end
    local y = model(x)
    assert.equal(2, #y)
    for i, neuron in ipairs(model.layers[2].neurons) do
      assert.equal(neuron(hidden).data, y[i].data)
    end
    local single = nn.MLP(1, {1, 1})
    assert.equal(single({2}).data, single(2).data)
    assert.equal(single({2}).data, single(Value(2)).data)
    assert.equal(model(x)[1].data, model(Tensor(x))[1].data)
  end)

  it("begins with the numbers that the seed gives", function()
    local one = numbers_of(nn.MLP(2, {5, 1}))
    assert.same(one, numbers_of(nn.MLP(2, {5, 1}, {seed = 1})))
    assert.same(one, numbers_of(nn.MLP(2, {5, 1},
      {seed = Tensor.generator(1)})))
    assert.not_same(one, numbers_of(nn.MLP(2, {5, 1}, {seed = 2})))
  end)

  it("begins with numbers of the right spread", function()
    local inputs, outputs = 50, 200
    local cases = {xavier = 2 / 250, glorot = 2 / 250, xavier_normal = 2 / 250,
      glorot_normal = 2 / 250, he = 2 / 50, kaiming = 2 / 50,
      he_normal = 2 / 50, kaiming_normal = 2 / 50, uniform = 1 / 3, zeros = 0}
    for init, variance in pairs(cases) do
      local sum, squares, largest = 0, 0, 0
      for _, n in ipairs(nn.Layer(inputs, outputs, {init = init}).neurons) do
        assert.equal(0, n.b.data)
        for _, w in ipairs(n.w) do
          sum, squares = sum + w.data, squares + w.data ^ 2
          largest = math.max(largest, math.abs(w.data))
        end
      end
      local n = inputs * outputs
      assert.is_true(math.abs(sum / n) <= 4 * math.sqrt(variance / n), init)
      assert.is_true(math.abs(squares / n - variance) <= variance / 10, init)
      local bounded = not init:find("normal")
      assert.equal(bounded, largest <= math.sqrt(3 * variance), init)
    end
    local seen
    local layer = nn.Layer(2, 3, {init = function(i, o, random)
      seen = {i, o, random:uniform()}
      return 7
    end})
    assert.equal(7, layer.neurons[3].w[2].data)
    assert.equal(2, seen[1])
    assert.equal(3, seen[2])
    assert.matches("^spec[/\\]nn[/\\]nn_spec.lua:%d+: the function 'init' must "
      .. "return a number, it returned nothing; is a return missing%?",
      caught(nn.Layer, 2, 3, {init = function() end}))
  end)

  it("begins as suits its activation", function()
    local function largest(activation)
      local most = 0
      for _, p in ipairs(nn.Layer(4, 400, {activation = activation})
          :parameters()) do
        most = math.max(most, math.abs(p.data))
      end
      return most
    end
    assert.is_true(largest("tanh") < math.sqrt(6 / 404))
    assert.is_true(largest("relu") > 1)
    assert.is_true(largest("gelu") > 1)
  end)

  it("refuses what makes no sense", function()
    for _, case in ipairs {
      {"bad argument #2 to 'Layer' %(whole number from 1 expected, got "
        .. "string%)", nn.Layer, 2, "3"},
      {"bad argument #2 to 'MLP' %(table of sizes expected, got number%)",
        nn.MLP, 2, 3},
      {"bad argument #2 to 'MLP' %(table of sizes expected, got an empty "
        .. "one%)", nn.MLP, 2, {}},
      {"bad argument #2 to 'MLP' %(whole number from 1 expected, got %-1%)",
        nn.MLP, 2, {3, -1}},
      {"bad option 'output' to 'MLP' %(a function or one of elu, .* expected, "
        .. "got \"softmax\"%)", nn.MLP, 2, {3}, {output = "softmax"}},
      {"bad argument #1 to 'Sequential' %(table of layers expected, got "
        .. "function%)", nn.Sequential, function() end},
      {"bad argument #1 to 'Sequential' %(table of layers expected, got an "
        .. "empty one%)", nn.Sequential, {}},
      {"bad argument #1 to 'Sequential' %(layer 2 must be a function or a "
        .. "model, it is a number%)", nn.Sequential, {print, 2}},
      {"bad argument #1 to 'module' %(plain table expected, got one with a "
        .. "metatable%)", nn.module, nn.MLP(1, {1}), print},
      {"bad argument #2 to 'module' %(function expected, got nil%)",
        nn.module, {}},
    } do
      assert.matches("^spec[/\\]nn[/\\]nn_spec.lua:%d+: " .. case[1] .. "$",
        caught(case[2], case[3], case[4], case[5]))
    end
    assert.matches("the layer takes a table of 2 numbers, got one of 3",
      message_of(nn.MLP(2, {3, 1}), {1, 2, 3}))
    assert.matches("the layer takes a table of 2 numbers, got nil",
      message_of(nn.MLP(2, {3, 1})))
  end)
end)

describe("a model of one's own", function()
  it("is a table with Values and a function", function()
    local model = nn.module({scale = Value(2), shift = {Value(1), Value(3)},
      name = "affine", size = 2}, function(self, x)
      return self.scale * x + self.shift[1] * self.shift[2]
    end)
    assert.same({"scale", "shift[1]", "shift[2]"}, names_of(model))
    assert.equal(13, model(5).data)
    assert.equal("shift[2]", model.shift[2].label)
    model(5):backward()
    assert.equal(5, model.scale.grad)
    model:zero_grad()
    assert.equal(0, model.scale.grad)
    assert.equal("Model(3 parameters)", tostring(model))
    assert.equal("Sequential(Sequential(function, MLP(Layer(2, 3, tanh), "
      .. "Layer(3, 1, linear))), Layer(1, 1, tanh), function): 15 parameters",
      tostring(nn.Sequential {nn.Sequential {print, nn.MLP(2, {3, 1})},
        nn.Layer(1, 1), setmetatable({}, {__call = print})}))
    assert.equal("Sequential(Model(3 parameters), function): 3 parameters",
      tostring(nn.Sequential {model, print}))
  end)

  it("counts a parameter once that is in several places", function()
    local layer = nn.Layer(2, 2)
    local model = nn.Sequential {layer, function(x)
      return {x[1] * 2, x[2] * 2}
    end, layer}
    assert.equal(6, #model:parameters())
    assert.equal("Sequential(Layer(2, 2, tanh), function, Layer(2, 2, tanh)): "
      .. "6 parameters", tostring(model))
    local y = model {0.1, 0.2}
    local h = layer {0.1, 0.2}
    local z = layer {h[1].data * 2, h[2].data * 2}
    assert.equal(z[1].data, y[1].data)
    assert.equal(z[2].data, y[2].data)
  end)

  it("is refused with results or itself inside", function()
    local w = Value(1)
    assert.matches("model.w is the result of 'mul', a parameter must be a leaf",
      message_of(nn.module, {w = w * 2}, print))
    local loop = {w = w}
    loop.again = loop
    assert.matches("contains itself", message_of(nn.module, loop, print))
  end)

  it("predicts with the options of a batch, recorded or not", function()
    local plain = nn.module({w = Value(2)}, function(self, x)
      return self.w * x, {self.w + x, x}
    end)
    local branching = nn.module({w = Value(2)}, function(self, x)
      if x == 7 then return 100 * self.w, {self.w, x} end
      return self.w * x, {self.w + x, x}
    end)
    local function lists(...)
      local t = {...}
      for i, x in ipairs(t) do
        t[i] = Tensor.is_tensor(x) and x:totable() or x
      end
      return t
    end
    local xs, few = {1, 7, 3, 4}, {rows = {1, 3}}
    assert.same({{2, 6}, {{3, 1}, {5, 3}}}, lists(plain:predict(xs, few)))
    assert.same({{2, 6}, {{3, 1}, {5, 3}}}, lists(branching:predict(xs, few)))
    assert.same({{200, 2}, {{2, 7}, {3, 1}}},
      lists(branching:predict(xs, {rows = {2, 1}})))
    assert.same({7.5, {5.75, 3.75}}, lists(plain:predict(xs,
      {reduce = "mean"})))
    assert.same({216, {16, 15}}, lists(branching:predict(xs,
      {reduce = "sum"})))
    assert.same({202, {5, 8}}, lists(branching:predict(xs,
      {reduce = "sum", rows = {2, 1}})))
    for _, model in ipairs {plain, branching} do
      local out = {Tensor.zeros(4)}
      assert.equal(out[1], (model:predict(xs, {out = out, threads = 2})))
      assert.equal(8, out[1][4])
    end
    local x = nn.MLP(1, {3, 1}, {seed = 1})
    assert.equal(x({3}).data, x:predict({{1}, {2}, {3}}, {rows = {3}})[1])
    assert.equal(x({3}).data, x:predict({1, 2, 3}, few)[2])
  end)

  it("refuses wrong options of a prediction at the caller's line", function()
    local plain = nn.Neuron(1)
    local branching = nn.module({w = Value(2)}, function(self, x)
      return x == 1 and self.w or self.w * x
    end)
    for problem, opts in pairs {
      ["bad argument #2 to 'predict' %(table of options expected, got number"]
        = 7,
      ["unknown option 'bogus' to 'predict'"] = {bogus = 1},
      ["bad option 'shared' to 'predict' %(nothing expected, .*got 1"] =
        {shared = 1},
      ["bad option 'rows' to 'batch'"] = {rows = 7},
      ["bad option 'reduce' to 'batch'"] = {reduce = "max"},
      ["bad option 'threads' to 'batch'"] = {threads = 0},
    } do
      for _, model in ipairs {plain, branching} do
        assert.matches("^[^:]*nn_spec.lua:%d+: .*" .. problem,
          caught(model.predict, model, {1, 2, 3}, opts))
      end
    end
  end)

  it("predicts many rows and compiles", function()
    local model = nn.MLP(2, {4, 3})
    local xs = Tensor.normal({20, 2}, 0, 1, 1)
    local ys = model:predict(xs)
    assert.same({20, 3}, ys:shape())
    local program = model:compile {0, 0}
    for i = 1, 20 do
      local x = xs[i]:totable()
      local y = model(x)
      for k = 1, 3 do
        assert.equal(y[k].data, ys[i][k])
        assert.equal(y[k].data, program(x)[k])
      end
    end
    assert.same({2}, nn.MLP(2, {1}):predict({{1, 2}, {3, 4}}):shape())
    local named = nn.module({w = Value(3)}, function(self, x)
      return self.w * x.a - x.b
    end)
    assert.same({2, 7}, named:predict({a = {1, 3}, b = {1, 2}}):totable())
    local place = "^spec[/\\]nn[/\\]nn_spec.lua:%d+: "
    assert.matches(place .. "predict: xs must be a Tensor or table of rows, or "
      .. "a table of columns by name; it is absent",
      caught(model.predict, model))
    assert.matches(place .. "predict: xs must have rows of one shape: xs%[2%] "
      .. "has 1 elements", caught(model.predict, model, {{1, 2}, {1}}))
    assert.matches("predict: xs.b has 1 rows, others have 2",
      message_of(named.predict, named, {a = {1, 2}, b = {1}}):gsub("xs.a has 2 "
        .. "rows, others have 1", "xs.b has 1 rows, others have 2") .. "")
  end)
end)

describe("a loss", function()
  it("is what its formula says", function()
    assert.equal(6.25, nn.squared_error(2, -0.5))
    assert.equal(1.5, nn.hinge(-0.5, 1))
    assert.equal(0, nn.hinge(-2, -1))
    assert.equal(0.125, nn.huber(1, 0.5))
    assert.equal(1.5, nn.huber(-2, 0))
    assert.equal(3 * (5 - 1.5), nn.huber(5, 0, 3))
    near(-math.log(1 / (1 + math.exp(-0.3))), nn.binary_cross_entropy(0.3, 1))
    near(-math.log(1 - 1 / (1 + math.exp(-0.3))),
      nn.binary_cross_entropy(0.3, 0))
    local p = nn.softmax {1, 2, 0.5}
    near(1, p[1] + p[2] + p[3])
    near(math.exp(1), p[2] / p[1])
    near(-math.log(p[3]), nn.cross_entropy({1, 2, 0.5}, 3))
    near(-0.25 * math.log(p[1]) - 0.75 * math.log(p[2]),
      nn.cross_entropy({1, 2, 0.5}, {0.25, 0.75, 0}))
  end)

  it("is the mean over tables", function()
    assert.equal((6.25 + 1) / 2, nn.squared_error({2, 1}, {-0.5, 0}))
    assert.equal(0.75, nn.hinge({-0.5, 1}, {1, 1}))
    near((nn.huber(3, 0) + nn.huber(0.1, 0)) / 2, nn.huber({3, 0.1}, {0, 0}))
    near((nn.binary_cross_entropy(3, 0) + nn.binary_cross_entropy(0.1, 1)) / 2,
      nn.binary_cross_entropy({3, 0.1}, {0, 1}))
  end)

  it("is right for large outputs", function()
    assert.equal(1000, nn.binary_cross_entropy(-1000, 1))
    assert.equal(0, nn.binary_cross_entropy(1000, 1))
    assert.equal(1000, nn.binary_cross_entropy(1000, 0))
    assert.equal(2000, nn.cross_entropy({1000, -1000}, 2))
    assert.equal(0, nn.cross_entropy({1000, -1000}, 1))
    assert.same({1, 0}, nn.softmax {1000, -1000})
  end)

  it("has the right gradient", function()
    local cases = {
      {function(o) return nn.squared_error(o[1], 0.3) end, 1},
      {function(o) return nn.hinge(o[1], -1) end, 1},
      {function(o) return nn.huber(o[1], 0.3) end, 1},
      {function(o) return nn.huber({o[1], o[2]}, {5, 0.3}, 2) end, 2},
      {function(o) return nn.binary_cross_entropy(o[1], 0.2) end, 1},
      {function(o) return nn.cross_entropy(o, 2) end, 3},
      {function(o) return nn.cross_entropy(o, Value(3)) end, 3},
      {function(o) return nn.cross_entropy(o, {0.2, 0.3, 0.5}) end, 3},
      {function(o) return nn.softmax(o)[2] end, 3},
    }
    for i, case in ipairs(cases) do
      local at = {}
      for k = 1, case[2] do at[k] = 0.4 * k - 0.7 end
      local ok, report = tinygrad.gradcheck(case[1], {at})
      assert.is_true(ok, i .. ": " .. tostring(report))
    end
  end)

  it("takes a class that is a Value", function()
    for class = 1, 3 do
      local y = nn.cross_entropy({1, 2, 0.5}, Value(class))
      assert.equal(nn.cross_entropy({1, 2, 0.5}, class), y.data)
    end
    assert.is_true(support.same(0 / 0,
      nn.cross_entropy({1, 2}, Value(3)).data))
  end)

  it("refuses what does not go together", function()
    for _, case in ipairs {
      {"squared_error: output and target must be of one length, from 1 on; "
        .. "they are of length 2 and 1", nn.squared_error, {1, 2}, {1}},
      {"hinge: output and target must be numbers, or tables of one length; "
        .. "they are a table and a number", nn.hinge, {1, 2}, 1},
      {"huber: output and target must be numbers, or tables of one length; "
        .. "they are a number and nothing", nn.huber, 1},
      {"bad argument #3 to 'huber' %(number above 0 expected, got 0%)",
        nn.huber, 1, 2, 0},
      {"bad argument #1 to 'cross_entropy' %(table of numbers expected, got "
        .. "number%)", nn.cross_entropy, 1, 2},
      {"bad argument #2 to 'cross_entropy' %(class from 1 to 2 expected, got "
        .. "0%)", nn.cross_entropy, {1, 2}, 0},
      {"bad argument #2 to 'cross_entropy' %(class, or table of 2 "
        .. "probabilities expected, got one of 3%)", nn.cross_entropy, {1, 2},
        {1, 0, 0}},
      {"bad argument #1 to 'softmax' %(table expected, got number%)",
        nn.softmax, 1},
    } do
      assert.matches("^spec[/\\]nn[/\\]nn_spec.lua:%d+: " .. case[1] .. "$",
        caught(case[2], case[3], case[4], case[5]))
    end
  end)
end)

describe("parameters", function()
  local path
  before_each(function() path = os.tmpname() end)
  after_each(function()
    for _, suffix in ipairs {"", ".npy", ".new"} do
      os.remove(path .. suffix)
    end
  end)

  local function write(name, text)
    local file = assert(io.open(name, "wb"))
    file:write(text)
    file:close()
  end

  -- Numbers of all kinds for the 13 parameters.
  local ODD = {0, -0.0, 1 / 3, -1e300, 5e-324, 2 ^ 53 + 2, 1e22, 0.1, -7,
    math.huge, -math.huge, 123456789.123, 1e-7}

  local function with_odd()
    local model = nn.MLP(2, {3, 1})
    for i, p in ipairs(model:parameters()) do p.data = ODD[i] end
    return model
  end

  local function bits(model)
    return Tensor(numbers_of(model)):to_string()
  end

  it("come back to the last bit", function()
    local model = with_odd()
    for _, name in ipairs {path, path .. ".npy"} do
      assert.is_true(model:save(name))
      local other = nn.MLP(2, {3, 1})
      assert.is_true(other:load(name))
      assert.equal(bits(model), bits(other))
    end
    local nan = nn.Neuron(1)
    nan.b.data = 0 / 0
    assert.is_true(nan:from_string(nan:to_string()))
    assert.is_true(nan.b.data ~= nan.b.data)
  end)

  it("are text that differs where they do", function()
    local model = nn.Layer(2, 2, {init = "zeros"})
    model.neurons[2].w[1].data = 0.25
    assert.equal([[
{
  "format": "tinygrad parameters 1",
  "parameters": {
    "neurons[1].b": 0,
    "neurons[1].w": [0, 0],
    "neurons[2].b": 0,
    "neurons[2].w": [0.25, 0]
  }
}
]], model:to_string())
    local own = nn.module({Value(1), {Value(2), 7, Value(3)}, k = Value(4)},
      print)
    assert.same({parameters = {["[1]"] = 1, ["[2]"] = {2}, ["[2][3]"] = 3,
      k = 4}, format = "tinygrad parameters 1"},
      assert(json.decode(own:to_string())))
    assert.is_true(own:from_string(own:to_string()))
  end)

  it("of another model are refused, and nothing is changed", function()
    local model = nn.MLP(2, {3, 1})
    local before, text = bits(model), model:to_string()
    local function refused(changed, message)
      local ok, got = model:from_string(changed)
      assert.is_nil(ok)
      assert.equal(message, got)
      assert.equal(before, bits(model))
    end
    refused(nn.MLP(3, {3, 1}):to_string(),
      "'layers[1].neurons[1].w' must be a list of 2 numbers, it has 3")
    refused(nn.MLP(2, {4, 1}):to_string(),
      "'layers[2].neurons[1].w' must be a list of 3 numbers, it has 4")
    refused(nn.MLP(2, {2, 1}):to_string(),
      "there is no 'layers[1].neurons[3].b'")
    refused(nn.MLP(2, {3, 1, 1}):to_string(),
      "there is 'layers[3].neurons[1].b', which the model does not have")
    refused((text:gsub("1%].b\": 0", "1].b\": [0]", 1)),
      "'layers[1].neurons[1].b' must be a number, it is a list")
    refused((text:gsub("w\": %[.-,", "w\": [true,", 1)),
      "'layers[1].neurons[1].w' must be numbers, number 1 is a boolean")
    refused("{}", "not parameters of tinygrad's format 1")
    refused("3", "not parameters of tinygrad's format 1")
    refused("", "line 1: a number that makes no sense")
    refused("os.exit(1)", "line 1: an unknown word")
    refused(text:sub(1, -4), "line 12: ',' or '}' expected")
    refused('{"format": "tinygrad parameters 1"}', "there are no parameters")
  end)

  it("that are damaged are refused", function()
    local model = nn.MLP(2, {3, 1})
    local before, text = bits(model), model:to_string()
    local step = math.ceil(#text / support.scaled(#text, 20))
    for i = 1, #text - 1, step do -- without its last newline a text is whole
      local ok, message = model:from_string(text:sub(1, i - 1))
      assert.is_nil(ok)
      assert.is_string(message)
    end
    local random = support.random(1)
    for _ = 1, support.scaled(2000, 100) do
      local at = math.floor(random(1, #text))
      local byte = string.char(math.floor(random(0, 256)))
      local ok, message = model:from_string(text:sub(1, at - 1) .. byte
        .. text:sub(at + 1))
      assert.is_true(ok or type(message) == "string")
    end
    assert.is_true(model:from_string(text))
    assert.equal(before, bits(model))
  end)

  it("in files that are not right give messages", function()
    local model = nn.MLP(2, {3, 1})
    local ok, message = model:load("/nonexistent/model.json")
    assert.is_nil(ok)
    assert.matches("/nonexistent/model.json", message)
    ok, message = model:save("/nonexistent/model.json")
    assert.is_nil(ok)
    assert.matches("/nonexistent/model.json", message)
    write(path, "{")
    ok, message = model:load(path)
    assert.is_nil(ok)
    assert.equal(path .. ": line 1: a name in quotes expected", message)
    local npy = path .. ".npy"
    write(npy, "{")
    ok, message = model:load(npy)
    assert.is_nil(ok)
    assert.equal(npy .. ": not a .npy file", message)
    for shape, t in pairs {["12"] = Tensor.zeros(12),
        ["1 x 13"] = Tensor.zeros(1, 13)} do
      assert.is_true(t:save_npy(npy))
      ok, message = model:load(npy)
      assert.is_nil(ok)
      assert.equal(("%s: an array of 13 numbers expected, it is %s"):format(npy,
        shape), message)
    end
    assert.matches("bad argument #1 to 'save' %(path expected, got nil%)",
      message_of(model.save, model))
    assert.matches("bad argument #1 to 'load' %(path expected, got number%)",
      message_of(model.load, model, 1))
    assert.matches("bad argument #1 to 'from_string' %(string expected, got "
      .. "nil%)", message_of(model.from_string, model))
  end)
end)

describe("a layer that standardizes", function()
  local POINTS = {{1000, 1}, {2000, 5}, {3000, 3}, {6000, 3}}
  local function file(extension)
    local path = os.tmpname()
    os.remove(path)
    return path .. extension
  end

  it("takes the mean away and divides by the deviation", function()
    local layer = nn.standardize(POINTS)
    assert.equal("Standardize(2)", tostring(layer))
    local sums, squares = {0, 0}, {0, 0}
    for _, point in ipairs(POINTS) do
      for i, z in ipairs(layer(point)) do
        sums[i], squares[i] = sums[i] + z, squares[i] + z * z
      end
    end
    for i = 1, 2 do
      near(0, sums[i])
      near(4, squares[i])
    end
    assert.same({3000, 3}, {layer.mean[1], layer.mean[2]})
    near(math.sqrt(3.5e6), layer.deviation[1])
    near(math.sqrt(2), layer.deviation[2])
    assert.same({}, layer:parameters())
  end)

  it("reads data in any form, and gives what it takes", function()
    local expected = nn.standardize(POINTS) {2000, 3}
    for _, data in ipairs {Tensor(POINTS), {x = POINTS},
        {x = POINTS, y = {1, 2, 3, 4}}, {x = Tensor(POINTS), y = "any"}} do
      assert.same(expected, nn.standardize(data) {2000, 3})
    end
    assert.same(expected, nn.standardize(POINTS)(Tensor {2000, 3}))
    local named = {t = {1, 3}, v = {{5, 7}, {9, 11}}}
    for _, data in ipairs {named, {x = named, y = {1, 2}}} do
      assert.same({t = 1, v = {-1, 3}}, nn.standardize(data) {t = 3,
        v = {5, 15}})
    end
    assert.same({x = 1, y = -1}, nn.standardize {x = {x = {1, 3}, y = {5, 7}}}
      {x = 3, y = 5})
    assert.equal(1, nn.standardize {1, 3}(3))
    local x = Value(5)
    nn.standardize {1, 3}(x):backward()
    assert.equal(1, x.grad)
    local image = nn.standardize {{{1, 2}, {3, 4}}, {{3, 4}, {5, 8}}}
    assert.same({{-1, -1}, {1, 1}}, image {{1, 2}, {5, 8}})
  end)

  it("divides what does not vary by 1, and takes all sizes", function()
    assert.equal(2, nn.standardize {0.1, 0.1, 0.1}(2.1))
    assert.equal(0.0, nn.standardize {1e300, 1e300}(1e300))
    near(1, nn.standardize {-1.7e308, 1.7e308}(1.7e308))
    near(1, nn.standardize {1e-300, 3e-300}(3e-300))
  end)

  it("is saved with the model, as text and numbers", function()
    local function new(data, seed)
      return nn.Sequential {nn.standardize(data), nn.MLP(2, {2, 1},
        {seed = seed})}
    end
    local one = new(POINTS, 1)
    assert.equal("Sequential(Standardize(2), MLP(Layer(2, 2, tanh), "
      .. "Layer(2, 1, linear))): 9 parameters", tostring(one))
    assert.matches('"layers[1].mean": [3000, 3],', one:to_string(), 1, true)
    for _, extension in ipairs {".json", ".npy"} do
      local path, two = file(extension), new({{0, 1}, {1, 7}}, 2)
      local y = one(POINTS[2]).data
      assert.is_true(two(POINTS[2]).data ~= y)
      assert.is_true(one:save(path))
      assert.is_true(two:load(path))
      os.remove(path)
      assert.equal(y, two(POINTS[2]).data)
      assert.same(one:to_string(), two:to_string())
    end
    local other = nn.Sequential {nn.standardize {1, 2}, nn.MLP(1, {1})}
    local before = other:to_string()
    local ok, message = other:from_string(one:to_string())
    assert.is_nil(ok)
    assert.equal("'layers[1].deviation' must be a list of 1 numbers, it has 2",
      message)
    assert.equal(before, other:to_string())
    assert.equal("there is no 'layers[1].deviation'", select(2,
      other:from_string(nn.MLP(1, {1}):to_string())))
  end)

  it("is recorded, and exported", function()
    local model = nn.Sequential {nn.standardize(POINTS), nn.MLP(2, {2, 1})}
    local program = model:compile {0, 0}
    assert.equal(model(POINTS[2]).data, program(POINTS[2]))
    assert.equal(model(POINTS[4]).data, model:predict(POINTS)[4])
    local emitted = require "spec.support.emitted"
    local cc = os.getenv("CC") or "cc" -- with options it is for another system
    if not cc:find(" ") and emitted.has(cc) then
      near(model(POINTS[2]).data, emitted.run(program, {POINTS[2]})[1][1])
    end
  end)

  it("refuses what it cannot scale", function()
    local function refused(expected, f, ...)
      assert.matches("^spec[/\\]nn[/\\]nn_spec.lua:%d+: " .. expected .. "$",
        caught(f, ...))
    end
    refused("standardize: data must hold finite numbers, column 2 of row 1 is "
      .. "nan", nn.standardize, {{1, 0 / 0}})
    refused("standardize: data.t must hold finite numbers, column 1 of row 2 "
      .. "is inf", nn.standardize, {t = {1, 1 / 0}})
    refused("standardize: data must be .*; it is absent", nn.standardize)
    refused("standardize: data must be .*; it is empty", nn.standardize, {})
    refused("standardize: data must have rows of one shape: data%[2%] has 2 .*",
      nn.standardize, {{1}, {2, 3}})
    refused("standardize: data.%%1 must have rows of one shape: data.%%1%[2%] "
      .. ".*", nn.standardize, {["%1"] = {{1}, {2, 3}}})
    for _, x in ipairs {{1}, {1, 2, 3}} do
      refused("the layer takes 2 numbers, as its data had in a row, got " .. #x,
        nn.standardize(POINTS), x)
    end
  end)
end)

describe("JSON", function()
  it("comes back", function()
    for _, x in ipairs {1, -0.5, 1e300, true, false, "", "a\"b\\c\n\0\127ü",
        {1, 2, {3}}, {a = 1, b = {c = "x"}}, {{}, {}}} do
      assert.same(x, json.decode(json.encode(x)))
    end
    assert.equal("ü€é/\b\f\r\t", json.decode(
      '"\\u00fc\\u20ac\\u00e9\\/\\b\\f\\r\\t"'))
    assert.equal("\240\159\152\128!", json.decode '"\\ud83d\\ude00!"')
    for _, half in ipairs {'"\\ud83d"', '"\\ude00x"', '"\\ud83d\\u0041"'} do
      local x, message = json.decode(half)
      assert.is_nil(x)
      assert.equal("line 1: half of a pair of escapes in a string", message)
    end
    assert.same({}, json.decode(" [ ] "))
    assert.same({a = {1, 2}}, json.decode('\n{ "a"\t: [1 ,2 ] }\r\n'))
  end)

  it("does not depend on the locale, or when it was set", function()
    local format, number = string.format, tonumber
    string.format = function(how, ...) -- luacheck: ignore 122
      return (format(how, ...):gsub("%.", ","))
    end
    _G.tonumber = function(s, base) -- luacheck: ignore 122
      if base then return number(s, base) end
      return not s:find(".", 1, true) and number((s:gsub(",", "."))) or nil
    end
    local ok, text, x = pcall(function()
      return json.encode {0.5, 1e300, 2}, json.decode "[0.5, 1e300, 2]"
    end)
    string.format, _G.tonumber = format, number -- luacheck: ignore 122
    assert.is_true(ok, text)
    assert.equal("[0.5, 1e+300, 2]\n", text)
    assert.same({0.5, 1e300, 2}, x)
  end)

  it("has numbers in the fewest digits, and a list a line", function()
    assert.equal("[0.1, 0.25, 1e+22, 0.30000000000000004, -0.0, NaN]\n",
      json.encode {0.1, 0.25, 1e22, 0.1 + 0.2, -0.0, 0 / 0})
    assert.equal('{\n  "a": [\n    [1, 2],\n    [3]\n  ],\n  "b": {}\n}\n',
      json.encode {b = {}, a = {{1, 2}, {3}}})
  end)

  it("that is damaged gives a line and a message", function()
    for text, message in pairs {
      ["[1, 2"] = "line 1: ',' or ']' expected",
      ["[1, 2] 3"] = "line 1: the end expected",
      ["{\n\"a\" 1}"] = "line 2: ':' expected",
      ["{\n\n\"a\": 1, \"a\": 2}"] = "line 3: 'a' is there twice",
      ["\"a"] = "line 1: a string that does not end",
      ["\"a\nb\""] = "line 1: a string that does not end",
      ["\"\\x\""] = "line 1: an unknown escape in a string",
      ["1e"] = "line 1: a number that makes no sense",
      ["--1"] = "line 1: a number that makes no sense",
      ["nul"] = "line 1: an unknown word",
      ["null"] = "line 1: an unknown word",
      [("["):rep(1000)] = "line 1: nested too deeply",
    } do
      local x, got = json.decode(text)
      assert.is_nil(x)
      assert.equal(message, got)
    end
  end)
end)
