-- Unknown names in modules, results and other objects. A misspelt name is an
-- error at its line, with advice; a name for which libraries look in any table
-- is nil.

local tinygrad = require "tinygrad"
local process = require "spec.support.process"
local support = require "spec.support.common"
local nn, optim, Tensor = tinygrad.nn, tinygrad.optim, tinygrad.Tensor
local Value = tinygrad.Value

local function line(x, p) return p * x end

local fit = tinygrad.fit(line, {x = {1, 2, 3}, y = {2, 4, 6.1}}, 1)
local squares = tinygrad.least_squares(function(p) return {p - 1} end, 3)
local minimum = tinygrad.minimize(function(x) return (x - 1) ^ 2 end, 3)
local _, report = tinygrad.gradcheck(function(x) return x * x end, {2})
local net = nn.MLP(2, {3, 1})
local history = nn.train(nn.MLP(1, {1}), nn.squared_error, {x = {1}, y = {1}},
  {epochs = 1, quiet = true})
local own = nn.module({w = Value(1)}, function(self, x) return self.w * x end)

local OBJECTS = {
  tinygrad = tinygrad, ["tinygrad.nn"] = nn, ["tinygrad.optim"] = optim,
  ["tinygrad.graph"] = tinygrad.graph, ["tinygrad.Tensor"] = Tensor,
  ["a Fit"] = fit, ["a Regression"] = squares, ["a Minimum"] = minimum,
  ["a GradcheckReport"] = report, ["a History"] = history, ["an MLP"] = net,
  ["a Layer"] = net.layers[1], ["a Neuron"] = net.layers[1].neurons[1],
  ["a Sequential"] = nn.Sequential {net}, ["a Plot"] = tinygrad.plot(),
  ["a Standardize"] = nn.standardize {1, 2},
  ["an Optimizer"] = optim.SGD({1}, {lr = 1}),
}

-- Returns the message of an error for a key of a table, without the position.
local function told(object, key)
  local message = support.message_of(function()
    local x = object[key]
    return x
  end)
  local rest, n = message:gsub("^[^:]*names_spec.lua:%d+: ", "")
  assert.equal(1, n, message)
  return rest
end

describe("a name that is not there", function()
  for what, object in pairs(OBJECTS) do
    it("is an error of " .. what, function()
      assert.equal(what .. " has no field 'qqxxyy'",
        told(object, "qqxxyy"):match("^[^;]*"))
    end)

    it("is nil where libraries look into " .. what, function()
      for _, key in ipairs {"__call", "_NAME", "_M"} do
        assert.is_nil(object[key])
      end
      assert.is_nil(object[1])
      assert.is_nil(object[true])
      assert.is_nil(rawget(object, "qqxxyy"))
      for _ in ipairs(object) do error "there is no element" end
      for key, value in pairs(object) do
        assert.is_string(key)
        assert.equal(value, object[key])
      end
    end)
  end

  it("comes with the one that may have been meant", function()
    for _, case in ipairs {
      {tinygrad, "Tenser", "'Tensor'"},
      {tinygrad, "value", "'Value'"},
      {tinygrad, "hesian", "'hessian'"},
      {tinygrad, "MLP", "'tinygrad.nn.MLP'"},
      {tinygrad, "RMSprop", "'tinygrad.optim.RMSProp'"},
      {tinygrad, "is_tensor", "'tinygrad.Tensor.is_tensor'"},
      {nn, "Mlp", "'MLP'"},
      {nn, "Tanh", "'tinygrad.tanh'"},
      {nn, "sequental", "'Sequential'"},
      {optim, "adam", "'Adam'"},
      {optim, "tanh", "'tinygrad.tanh'"},
      {tinygrad.graph, "svgs", "'svg'"},
      {Tensor, "zeroes", "'zeros'"},
      {fit, "params", "'parameters'"},
      {fit, "predcit", "'predict'"},
      {fit, "stderr", "'standard_errors'"},
      {fit, "Rsquared", "'r_squared'"},
      {squares, "params", "'parameters'"},
      {squares, "cov", "'covariance'"},
      {minimum, "params", "'parameters'"},
      {minimum, "iters", "'iterations'"},
      {report, "max_err", "'max_error'"},
      {history, "losses", "'loss'"},
      {history, "valid", "'validation'"},
      {net, "paramters", "'parameters'"},
      {net, "layer", "'layers'"},
      {net.layers[1], "neuron", "'neurons'"},
      {tinygrad.plot(), "scater", "'scatter'"},
      {optim.SGD({1}, {lr = 1}), "setp", "'step'"},
      {Tensor.generator(1), "unifrom", "'uniform'"},
    } do
      assert.matches("; did you mean " .. case[3] .. "?", told(case[1],
        case[2]), 1, true)
    end
  end)

  it("comes with where to look, where none is near", function()
    assert.equal("tinygrad has no field 'qqxxyy'; tinygrad.help() lists all "
      .. "names", told(tinygrad, "qqxxyy"))
    assert.equal("tinygrad.nn has no field 'LSTM'; tinygrad.help \"nn\" tells "
      .. "what it has", told(nn, "LSTM"))
  end)

  it("comes with the same advice whatever is loaded", function()
    local script = os.tmpname()
    local file = assert(io.open(script, "w"))
    file:write([[
local nn = require("tinygrad").nn
for _, name in ipairs {"fit", "plot", "minimise"} do
  print(select(2, pcall(function() return nn[name] end)))
end
]])
    file:close()
    local output, status = process.run(script)
    os.remove(script)
    assert.equal(0, status, output)
    for _, name in ipairs {"fit", "plot", "minimize"} do
      assert.matches("did you mean 'tinygrad." .. name .. "'?", output, 1, true)
    end
  end)

  it("is told where a method is called", function()
    assert.matches("an MLP has no field 'train'", support.message_of(function()
      net:train()
    end), 1, true)
  end)

  it("is nil in a model of one's own, and as in Lua's math", function()
    assert.is_nil(own.dropout)
    assert.is_nil(tinygrad.math.qqxxyy)
  end)

  it("is nil of fields that results may lack", function()
    for object, names in pairs {[fit] = {"reason", "beyond"},
        [squares] = {"reason", "fitted", "r_squared"}, [minimum] = {"reason"},
        [report] = {"second"}, [tinygrad.plot()] = {"title"},
        [history] = {"validation", "best_epoch", "best_loss", "bad_row",
          "reason"}, [optim.SGD({1}, {lr = 1})] = {"schedule"}} do
      for _, name in ipairs(names) do assert.is_nil(object[name]) end
    end
  end)
end)

describe("a module of names", function()
  it("is a table: strings keep their methods", function()
    local names = require "tinygrad.base.names"
    for _, x in ipairs {"x", 1, true, tinygrad.Value(1)} do
      assert.is_false(pcall(names.module, x, "qq"))
    end
    assert.equal(120, ("x"):byte())
  end)
end)

describe("parameters and x", function()
  it("are both what fit, least_squares and minimize found", function()
    for _, result in ipairs {fit, squares, minimum,
        tinygrad.fit(line, {x = {1, 2}, y = {1, 2}}, 0 / 0),
        tinygrad.minimize(line, 0 / 0)} do
      assert.is_true(rawequal(result.x, result.parameters)
        or result.x ~= result.x)
      assert.is_number(result.x)
    end
  end)
end)
