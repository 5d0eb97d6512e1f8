-- Every error names the function, the argument, what was expected, what came,
-- and the line of the caller.

local core = require "tinygrad.core"
local tinygrad = require "tinygrad"
local support = require "spec.support.common"
local Value = tinygrad.Value

local v = Value(1)
local interior = v * v
local tensor = tinygrad.Tensor {1, 2}
local function f(a, b) return a * b end
local program = tinygrad.compile(f, 1, 2)

-- Remedies that messages name.
local NOT_STRING = "; tonumber makes a number of a string)"
local NOT_TABLE = "; it takes one number at a time)"
local NOT_NIL = "; is an argument missing, or a name misspelt?)"

local CASES = {
  {"bad argument #1 to 'Value' (number expected, got string" .. NOT_STRING,
    function() return (Value("3")) end},
  {"bad argument #1 to 'Value' (number expected, got table" .. NOT_TABLE,
    function() return (Value({})) end},
  {"bad argument #1 to 'Value' (number expected, got no value)",
    function() return (Value()) end},
  {"bad argument #1 to 'Value' (number expected, got Value; v.data is a "
    .. "Value's number)",
    function() return (Value(v)) end},
  {"bad operand #2 to '+' (number or Value expected, got table"
    .. NOT_TABLE,
    function() return v + {} end},
  {"bad operand #1 to '-' (number or Value expected, got table"
    .. NOT_TABLE,
    function() return {} - v end},
  {"bad operand #2 to '*' (number or Value expected, got string"
    .. NOT_STRING,
    function() return v * "2" end},
  {"bad operand #2 to '/' (number or Value expected, got nil" .. NOT_NIL,
    function() return v / nil end},
  {"bad operand #2 to '^' (number or Value expected, got boolean)",
    function() return v ^ true end},
  {"bad operand #2 to '%' (number or Value expected, got table"
    .. NOT_TABLE,
    function() return v % {} end},
  {"unknown field 'dat' of a Value; did you mean 'data'?",
    function() return v.dat end},
  {"unknown field '_prev' of a Value; did you mean v:parents()?",
    function() return v._prev end},
  {"unknown field '_op' of a Value; did you mean v.op?",
    function() return v._op end},
  {"unknown field '_backward' of a Value; did you mean v:partials()?",
    function() return v._backward end},
  {"unknown field 'value' of a Value; did you mean v.data?",
    function() return v.value end},
  {"unknown field 'item' of a Value; did you mean v.data?",
    function() return v:item() end},
  {"unknown field 'gradient' of a Value; did you mean v.grad?",
    function() return v.gradient end},
  {"cannot set unknown field 'name' of a Value; did you mean v.label?",
    function() v.name = "x" end},
  {"unknown field [number] of a Value; it is one number, not a table",
    function() return v[1] end},
  {"unknown field [boolean] of a Value; it is one number, not a table",
    function() return v[true] end},
  {"cannot set unknown field 'dat' of a Value; did you mean 'data'?",
    function() v.dat = 1 end},
  {"bad value for field 'data' (number expected, got string)",
    function() v.data = "x" end},
  {"bad value for field 'grad' (number expected, got nil)",
    function() v.grad = nil end},
  {"bad value for field 'label' (string or nil expected, got table)",
    function() v.label = {} end},
  {"cannot set 'data' of an interior node (it is the result of 'mul'); only "
    .. "leaves can be changed, and v:detach() makes one",
    function() interior.data = 1 end},
  {"cannot set field 'op' of a Value (read-only)", function() v.op = 1 end},
  {"cannot set field 'tanh' of a Value (read-only)",
    function() v.tanh = 1 end},
  {"bad argument #1 to 'backward' (number expected, got string"
    .. NOT_STRING,
    function() v:backward("x") end},
  {"bad argument #1 to 'backward' (Value expected, got number)",
    function() v.backward(5) end},
  {"bad argument #1 to 'tanh' (number or Value expected, got string"
    .. NOT_STRING,
    function() return (tinygrad.tanh("x")) end},
  {"bad argument #1 to 'tanh' (number or Value expected, got no value; a "
    .. "method takes a colon, v:tanh())",
    function() return (tinygrad.tanh()) end},
  {"bad argument #1 to 'tanh' (number or Value expected, got table"
    .. NOT_TABLE,
    function() return (v.tanh({})) end},
  {"bad argument #1 to 'max' (number or Value expected, got string"
    .. NOT_STRING,
    function() return (v:max("x")) end},
  {"bad argument #2 to 'max' (number or Value expected, got string"
    .. NOT_STRING,
    function() return (tinygrad.max(1, "x")) end},
  {"bad argument #1 to 'max' (number or Value expected, got no value; a "
    .. "method takes a colon, v:max())",
    function() return (tinygrad.max()) end},
  {"bad argument #2 to 'add' (number or Value expected, got no value)",
    function() return (tinygrad.add(v)) end},
  {"bad argument #3 to 'where' (number or Value expected, got no value)",
    function() return (tinygrad.where(true, v)) end},
  {"bad argument #1 to 'where' (number or Value expected, got string"
    .. NOT_STRING,
    function() return (tinygrad.where("x", v, v)) end},
  {"bad argument #1 to 'sum' (number or Value expected at index 2, got "
    .. "string)", function() return (tinygrad.sum {1, "a"}) end},
  {"bad argument #1 to 'sum' (table expected, as in {a, b}, got number)",
    function() return (tinygrad.sum(3)) end},
  {"bad argument #2 to 'dot' (table of 3 elements expected, got 2)",
    function() return (tinygrad.dot({1, 2, 3}, {1, 2})) end},
  {"bad argument #2 to 'dot' (table expected, as in {a, b}, got no value)",
    function() return (tinygrad.dot({1})) end},
  {"bad argument #1 to 'trace' (Value expected, got number)",
    function() tinygrad.graph.trace(1) end},

  -- Mistakes that beginners make:
  {"bad argument #1 to 'backward' (Value expected, got no value; a method "
    .. "takes a colon, v:backward())", function() v.backward() end},
  {"bad argument #1 to 'zero_grad' (Value expected, got no value; a method "
    .. "takes a colon, v:zero_grad())", function() v.zero_grad() end},
  {"bad argument #1 to 'grad' (Program expected, got nil; a method takes a "
    .. "colon, p:grad())", function() return (program.grad()) end},
  {"bad argument #1 to 'save' (Program expected, got string; a method takes a "
    .. "colon, p:save())", function() return (program.save("a.tgp")) end},
  {"bad argument #1 to 'emit_c' (Program expected, got table; a method takes a "
    .. "colon, p:emit_c())", function() return (program.emit_c {}) end},
  {"unknown field 'gard' of a Value; did you mean 'grad'?",
    function() return v.gard end},
  {"unknown field 'gdat' of a Value; did you mean 'data'?", -- or 'grad'
    function() return v.gdat end},
  {"unknown field 'backwards' of a Value; did you mean 'backward'?",
    function() v:backwards() end},
  {"unknown field 'ReLU' of a Value; did you mean 'relu'?",
    function() return (v:ReLU()) end},
  {"unknown field 'zerograd' of a Value; did you mean 'zero_grad'?",
    function() v:zerograd() end},
  {"unknown field 'x' of a Value", function() return v.x end},
  {"unknown field 'something_else' of a Value",
    function() return v.something_else end},
  {"unknown field '" .. ("long"):rep(20) .. "' of a Value",
    function() return v[("long"):rep(20)] end},
  {"a Tensor has no field 'shap'; did you mean 'shape'?",
    function() return tensor.shap end},
  {"a Program has no field 'gard'; did you mean 'grad'?",
    function() return (program:gard()) end},
  {"a Program has no field 'Batch'; did you mean 'batch'?",
    function() return program.Batch end},
  {"a Program has no field '1'", function() return program[1] end},
  {"bad argument #1 to 'min' (Tensor expected, got nil; a method takes a "
    .. "colon, t:min())", function() return (tensor.min()) end},
  {"bad argument #1 to 'zeros' (sizes, or a table of them expected, got "
    .. "string)", function() return (tinygrad.Tensor.zeros("2")) end},
  {"reshape: the new shape has 6 numbers, the Tensor 2",
    function() return (tensor:reshape(2, 3)) end},
  {"bad argument #1 to 'sum' (table expected, as in {a, b}, got Value)",
    function() return (tinygrad.sum(v, v)) end},
  {"bad argument #1 to 'Value' (number expected, got nil" .. NOT_NIL,
    function() return (Value(nil)) end},
  {"bad argument #1 to 'tanh' (number or Value expected, got Tensor)",
    function() return (tinygrad.tanh(tensor)) end},
  {"bad operand #2 to '*' (number or Value expected, got Program)",
    function() return v * program end},
  {"bad argument #1 to 'grad' (function expected, got number; give it f "
    .. "itself, not f(x))", function() return (tinygrad.grad(f(1, 2))) end},
  {"bad argument #1 to 'hessian' (function expected, got Value; give it f "
    .. "itself, not f(x))", function() return (tinygrad.hessian(v)) end},
  {"grad: the function must return one number, it returned nothing; is a "
    .. "return missing?",
    function() return (tinygrad.grad(function() end)(1)) end},
  {"grad: the function must return one number, it returned a table; jacobian "
    .. "takes such a function",
    function() return (tinygrad.grad(function(x) return {x} end)(1)) end},
  {"compile: the function returned no number; is a return missing?",
    function() return (tinygrad.compile(function() end, 1)) end},
  {"bad argument #1 to the vjp (table expected, as in {x, y}, got number)",
    function() return (tinygrad.vjp(f)(1, 2)) end},
  {"bad argument #2 to 'gradients' (table of Values expected, as in {x}, got "
    .. "Value)", function() return (tinygrad.gradients(interior, v)) end},
  {"bad option 'argnums' to 'grad' (positions from 1 to 2 expected, got 3)",
    function() return (program:grad {argnums = 3}) end},
  {"bad option 'reduce' to 'batch' (\"sum\" or \"mean\" expected, got \"avg\")",
    function() return (program:batch({tensor, 2}, {reduce = "avg"})) end},
  {"bad option 'rows' to 'batch' (row numbers from 1 to 2 expected, got 3)",
    function() return (program:batch({tensor, 2}, {rows = {1, 3}})) end},
  {"bad option 'threads' to 'batch' (number from 1 to 1024 expected, got "
    .. "boolean)",
    function() return (program:batch({tensor, 2}, {threads = true})) end},
  {"unknown option 'argnum' to 'grad'; did you mean 'argnums'?",
    function() return (tinygrad.grad(f, {argnum = 1})) end},
  {"unknown option 'argnum' to 'hessian'; did you mean 'argnums'?",
    function() return (program:hessian {argnum = 1}) end},
  {"bad argument #1 to 'jacobian' (table of options expected, got number)",
    function() return (program:jacobian(1)) end},
  {"bad option 'argnums' to 'grad' (number or table expected, got string)",
    function() return (program:grad {argnums = "x"}) end},
  {"unknown option 'graph' to 'gradients'; there are create_graph, seed",
    function() return (tinygrad.gradients(interior, {v}, {graph = 1})) end},
  {"unknown option 'reduse' to 'batch'; did you mean 'reduce'?",
    function() return (program:batch({tensor, 2}, {reduse = "sum"})) end},
  {"unknown option 'capture' to 'compile'; did you mean 'captured'?",
    function() return (tinygrad.compile({capture = "input"}, f, 1, 2)) end},
  {"unknown option 'operation' to 'program_from_string'; did you mean "
    .. "'operations'?",
    function() return (tinygrad.program_from_string("", {operation = {}})) end},
  {"unknown option 'operation' to 'load_program'; did you mean 'operations'?",
    function() return (tinygrad.load_program("", {operation = {}})) end},
  {"unknown option 'rate' to 'Adam'; there are betas, eps, lr, weight_decay",
    function() return (tinygrad.optim.Adam({1}, {rate = 1})) end},
}

-- Lua 5.1 tells the parameters of a function only while it runs.
if pcall(debug.getlocal, f, 1) then
  CASES[#CASES + 1] = {"compile: the function takes 'a', but there is no "
    .. "example: give one of each argument, as in compile(f, 1, {2, 3})",
    function() return (tinygrad.compile(f)) end}
end

-- From Lua 5.3 on, Lua's own functions name a Value in their errors.
if _VERSION >= "Lua 5.3" then
  CASES[#CASES + 1] = {"bad argument #1 to 'sin' (number expected, got "
    .. "tinygrad.Value (use tinygrad.math, or v.data))",
    function() return (math.sin(v)) end}
end

if support.MIXED_COMPARISON then
  CASES[#CASES + 1] =
    {"bad operand #2 to '<' (number or Value expected, got table"
    .. NOT_TABLE,
      function() return v < {} end}
  CASES[#CASES + 1] =
    {"bad operand #1 to '<=' (number or Value expected, got string"
    .. NOT_STRING,
      function() return "1" <= v end}
end

-- Lua 5.1 counts tail calls as levels, and so loses some callers' lines.
local NO_POSITIONS = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

describe("an error", function()
  for i, case in ipairs(CASES) do
    it(("says: %s (%d)"):format(case[1], i), function()
      local whole = support.message_of(case[2])
      local position, message = whole:match("^([^ ]-:%d+): (.*)$")
      if NO_POSITIONS and not position then
        assert.equal(case[1], whole)
        return
      end
      assert.equal(case[1], message)
      local line = debug.getinfo(case[2], "S").linedefined
      assert.matches("errors_spec%.lua:" .. line .. "$", position)
    end)
  end

  it("speaks of self in a method call", function()
    local fake = {tanh = v.tanh}
    local message = support.message_of(function() return (fake:tanh()) end)
    assert.matches("calling 'tanh' on bad self %(number or Value expected, "
      .. "got table%)", message)
  end)

  it("says what came wherever it says what was expected", function()
    local messages = assert(loadfile("spec/tools/messages.lua"))("spec")()
    assert.is_true(#messages > 200)
    for _, message in ipairs(messages) do
      local text = message.text
      if text:find("^bad .* expected") then
        assert.is_truthy(text:find(", got ") or text:find("as in the example"),
          message.place .. ": " .. text)
      end
    end
  end)

  it("blames a chunk whatever its name is", function()
    debug.sethook(function()
      debug.sethook()
      core.note_interrupt("stopped")
    end, "l")
    local chunk = assert((loadstring or load)( -- luacheck: compat
      "local f = ...\nlocal y = f('3')\nreturn y", "interrupt"))
    assert.is_true(core.is_interrupt("stopped"))
    assert.matches('^%[string "interrupt"%]:2: bad argument',
      support.message_of(chunk, Value))
  end)

  it("leaves everything as it was", function()
    for _, case in ipairs(CASES) do pcall(case[2]) end
    assert.equal(1, v.data)
    assert.is_nil(v.label)
    local x = Value(2)
    local y = x * x
    y:backward()
    assert.equal(4, x.grad)
  end)
end)

describe("not a number", function()
  it("has no sign where C formats it", function()
    local format = require("tinygrad.core").format
    for _, nan in ipairs {0 / 0, -(0 / 0)} do
      assert.equal("nan, 1 and 0.5", format("%s, %s and %s", nan, 1, 0.5))
    end
  end)

  local nn, optim, Tensor = tinygrad.nn, tinygrad.optim, tinygrad.Tensor
  local minimize, fit, plot = tinygrad.minimize, tinygrad.fit, tinygrad.plot

  local function same(x) return x end
  local function line(x, p) return p * x end
  local DATA = {x = {1, 2}, y = {1, 2}}

  --- Functions that write a number; each returns text or raises an error. C's
  -- printf gives the NaN of 0 / 0 a sign on some machines.
  local WRITERS = {
    function(nan)
      return (tinygrad.compile(function(x) return x * nan end, 1))
    end,
    function(nan) return (Value(nan)) end,
    function(nan) return (tinygrad.graph.text(Value(nan) * 2)) end,
    function(nan) return (tinygrad.graph.dot(Value(nan) * 2)) end,
    function(nan) return (Tensor {nan, 1}) end,
    function(nan)
      local _, report = tinygrad.gradcheck(function(x) return x * nan end, {1})
      return report
    end,
    function(nan) return (tinygrad.gradcheck(same, {1}, {order = nan})) end,
    function(nan)
      return (tinygrad.gradcheck(same, {1}, {argnums = {nan}}))
    end,
    function(nan) return (tinygrad.grad(same, {argnums = nan})) end,
    function(nan)
      return (tinygrad.compile(same, 1):value_and_grad {argnums = nan})
    end,
    function(nan) return (minimize(same, 1, {x_tolerance = nan})) end,
    function(nan) return (minimize(same, 1, {memory = nan})) end,
    function(nan) return (minimize(function(x) return x * nan end, 1)) end,
    function(nan) return (minimize(same, nan)) end,
    function(nan) return (fit(line, DATA, nan)) end,
    function(nan) return (fit(function() return nan end, DATA, 1)) end,
    function(nan) return (fit(line, {x = {1, nan}, y = {1, 2}}, 1)) end,
    function(nan) return (fit(line, {x = {1, 2}, y = {1, nan}}, 1)) end,
    function(nan) return (fit(line, DATA, 1):confidence(nan)) end,
    function(nan) return nn.huber(1, 2, nan) end,
    function(nan) return nn.cross_entropy({1, 2}, nan) end,
    function(nan) return nn.Layer(nan, 2) end,
    function(nan)
      return (nn.train(nn.MLP(1, {1}), nn.squared_error, DATA, {epochs = nan}))
    end,
    function(nan)
      local history = require "tinygrad.nn.history"("eager")
      history.status, history.epochs, history.steps = "finished", 1, 1
      history.loss, history.best_epoch, history.best_loss = {nan}, 1, nan
      return history
    end,
    function(nan) return (optim.SGD({1}, {lr = nan})) end,
    function(nan) return plot {y = {range = {nan, 1}}} end,
    function(nan) return (plot():line({1}, {1}):svg {width = nan}) end,
    function(nan) return (plot():line({1, nan}, {nan, 1}):text()) end,
    function(nan) return (Tensor.zeros(nan)) end,
    function(nan) return (Tensor {1}:reshape(nan)) end,
    function(nan)
      local x = Value(2)
      local y = x * x
      x.data = nan
      return (tinygrad.gradients(y, {x}, {create_graph = true}))
    end,
  }

  it("has no sign", function()
    for i, write in ipairs(WRITERS) do
      for _, nan in ipairs {0 / 0, -(0 / 0)} do
        local _, result = pcall(write, nan)
        local text = tostring(result)
        assert(text:lower():find("nan"), ("writer %d: %s"):format(i, text))
        assert(not text:find("-nan", 1, true), ("writer %d: %s"):format(i,
          text))
      end
    end
  end)
end)
