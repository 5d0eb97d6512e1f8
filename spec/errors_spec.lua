-- Every error names the function, the argument, what was expected, what came,
-- and the line of the caller.

local tinygrad = require "tinygrad"
local support = require "spec.support"
local Value = tinygrad.Value

local v = Value(1)
local interior = v * v


local CASES = {
  {"bad argument #1 to 'Value' (number expected, got string)",
    function() return (Value("3")) end},
  {"bad argument #1 to 'Value' (number expected, got table)",
    function() return (Value({})) end},
  {"bad argument #1 to 'Value' (number expected, got no value)",
    function() return (Value()) end},
  {"bad argument #1 to 'Value' (number expected, got Value)",
    function() return (Value(v)) end},
  {"bad operand #2 to '+' (number or Value expected, got table)",
    function() return v + {} end},
  {"bad operand #1 to '-' (number or Value expected, got table)",
    function() return {} - v end},
  {"bad operand #2 to '*' (number or Value expected, got string)",
    function() return v * "2" end},
  {"bad operand #2 to '/' (number or Value expected, got nil)",
    function() return v / nil end},
  {"bad operand #2 to '^' (number or Value expected, got boolean)",
    function() return v ^ true end},
  {"bad operand #2 to '%' (number or Value expected, got table)",
    function() return v % {} end},
  {"unknown field 'dat' of a Value", function() return v.dat end},
  {"unknown field [number] of a Value", function() return v[1] end},
  {"unknown field [boolean] of a Value", function() return v[true] end},
  {"cannot set unknown field 'dat' of a Value", function() v.dat = 1 end},
  {"bad value for field 'data' (number expected, got string)",
    function() v.data = "x" end},
  {"bad value for field 'grad' (number expected, got nil)",
    function() v.grad = nil end},
  {"bad value for field 'label' (string or nil expected, got table)",
    function() v.label = {} end},
  {"cannot set 'data' of an interior node (it is the result of 'mul'); only "
    .. "leaves can be changed", function() interior.data = 1 end},
  {"cannot set field 'op' of a Value (read-only)", function() v.op = 1 end},
  {"cannot set field 'tanh' of a Value (read-only)",
    function() v.tanh = 1 end},
  {"bad argument #1 to 'backward' (number expected, got string)",
    function() v:backward("x") end},
  {"bad argument #1 to 'backward' (Value expected, got number)",
    function() v.backward(5) end},
  {"bad argument #1 to 'tanh' (number or Value expected, got string)",
    function() return (tinygrad.tanh("x")) end},
  {"bad argument #1 to 'tanh' (number or Value expected, got no value)",
    function() return (tinygrad.tanh()) end},
  {"bad argument #1 to 'tanh' (number or Value expected, got table)",
    function() return (v.tanh({})) end},
  {"bad argument #1 to 'max' (number or Value expected, got string)",
    function() return (v:max("x")) end},
  {"bad argument #2 to 'max' (number or Value expected, got string)",
    function() return (tinygrad.max(1, "x")) end},
  {"bad argument #1 to 'max' (number or Value expected, got no value)",
    function() return (tinygrad.max()) end},
  {"bad argument #2 to 'add' (number or Value expected, got no value)",
    function() return (tinygrad.add(v)) end},
  {"bad argument #3 to 'where' (number or Value expected, got no value)",
    function() return (tinygrad.where(true, v)) end},
  {"bad argument #1 to 'where' (number or Value expected, got string)",
    function() return (tinygrad.where("x", v, v)) end},
  {"bad argument #1 to 'sum' (number or Value expected at index 2, got "
    .. "string)", function() return (tinygrad.sum {1, "a"}) end},
  {"bad argument #1 to 'sum' (table expected, got number)",
    function() return (tinygrad.sum(3)) end},
  {"bad argument #2 to 'dot' (table of 3 elements expected, got 2)",
    function() return (tinygrad.dot({1, 2, 3}, {1, 2})) end},
  {"bad argument #2 to 'dot' (table expected, got no value)",
    function() return (tinygrad.dot({1})) end},
  {"bad argument #1 to 'trace' (Value expected, got number)",
    function() tinygrad.graph.trace(1) end},
}

if support.MIXED_COMPARISON then
  CASES[#CASES + 1] =
    {"bad operand #2 to '<' (number or Value expected, got table)",
      function() return v < {} end}
  CASES[#CASES + 1] =
    {"bad operand #1 to '<=' (number or Value expected, got string)",
      function() return "1" <= v end}
end

describe("an error", function()
  for i, case in ipairs(CASES) do
    it(("says: %s (%d)"):format(case[1], i), function()
      local position, message = support.message_of(case[2]):match(
        "^(.-:%d+): (.*)$")
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
