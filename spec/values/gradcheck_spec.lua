-- tinygrad.gradcheck passes correct derivatives, and says which one is wrong
-- and where.

local tinygrad = require "tinygrad"

local Value, gradcheck = tinygrad.Value, tinygrad.gradcheck

-- x ^ 2, with a derivative that is wrong by 0.1 %.
local wrong_square = tinygrad.custom {
  name = "wrong_square",
  forward = function(x) return x * x end,
  backward = function(x) return 2.002 * x end,
}

-- x ^ 3, with a correct derivative that is computed from the operand's number,
-- so that the second derivative is wrong.
local once_cube = tinygrad.custom {
  name = "once_cube",
  forward = function(x) return x ^ 3 end,
  backward = function(x)
    return 3 * (tinygrad.is_value(x) and x.data or x) ^ 2
  end,
}

local function check(...)
  local ok, report = gradcheck(...)
  assert.are.equal(report.ok, ok)
  return ok, report, tostring(report)
end

local function has(text, part)
  assert(text:find(part, 1, true), ("%q is not in:\n%s"):format(part, text))
end

local function has_not(text, part)
  assert(not text:find(part, 1, true), ("%q is in:\n%s"):format(part, text))
end

describe("gradcheck", function()
  it("passes a right gradient", function()
    local ok, report, text = check(function(a, b)
      return (a * b + a) * tinygrad.tanh(b)
    end, {1.3, -0.7})
    assert.is_true(ok)
    assert.is_true(report.max_error < 1e-9)
    assert.are.equal(1e-6, report.tolerance)
    assert.are.equal(2, #report.inputs)
    local a = report.inputs[1]
    assert.are.equal(1.3, a.value)
    assert.are.equal("argument 1", a.path)
    assert.near(-0.181310, a.automatic, 1e-6)
    assert.near(-0.181310, a.numerical, 1e-6)
    assert.near(0, a.error, 1e-9)
    assert.is_true(a.ok)
    assert.is_false(a.kink)
    assert.is_nil(a.output)
    assert.is_nil(report.second)
    has(text, "gradcheck: passed")
    has(text, "argument 2 = -0.7: automatic -0.53812967, numerical "
      .. "-0.53812967")
  end)

  it("rejects a derivative that is wrong by 0.1 %", function()
    local ok, report, text = check(wrong_square, {1.5})
    assert.is_false(ok)
    assert.near(1e-3, report.max_error, 2e-6)
    assert.is_false(report.inputs[1].ok)
    assert.is_false(report.inputs[1].kink)
    has(text, "gradcheck: FAILED (largest error 9.99e-04, tolerance 1e-06)")
    has(text, "argument 1 = 1.5: automatic 3.003, numerical 3, error 9.99e-04"
      .. "  <-- wrong derivative")
    assert.is_true((check(wrong_square, {1.5}, {tolerance = 1e-2})))
  end)

  it("rejects it wherever it is, linear functions included", function()
    local wrong_line = tinygrad.custom {
      name = "wrong_line",
      forward = function(x) return 3 * x end,
      backward = function() return 3.003 end,
    }
    for _, x in ipairs {-1e6, -3, -1e-3, 0, 1e-9, 0.1, 7, 1e8} do
      local ok, report = check(wrong_line, {x})
      assert.is_false(ok)
      assert.is_false(report.inputs[1].kink)
      assert.near(1e-3, report.max_error, 2e-6)
    end
  end)

  it("takes functions of numbers, methods and Programs alike", function()
    assert.is_true((check(function(x) return x:tanh() end, {0.3})))
    assert.is_true((check(function() return 3 end, {0.3})))
    local cube = function(x) return x ^ 3 end
    assert.is_true((check(tinygrad.grad(cube), {2})))
    assert.is_true((check(tinygrad.compile(cube, 1), {2}, {order = 2})))
    local callable = setmetatable({}, {__call = function(_, x) return x end})
    assert.is_true((check(callable, {2})))
  end)

  it("leaves the gradients of other Values alone", function()
    local scale = Value(3)
    assert.is_true((check(function(x) return x * scale end, {2}, {order = 2})))
    assert.are.equal(0, scale.grad)
  end)

  it("can be used inside a differentiated function", function()
    local slope = tinygrad.grad(function(x)
      assert.is_true((check(function(y) return y * y end, {3}, {order = 2})))
      return x * x
    end)
    assert.are.equal(4, slope(2))
  end)
end)

describe("gradcheck of nested tables", function()
  local params = {w = {{1, 2, 3}, {4, 5, 1.5}}, b = 2, name = "layer"}

  it("names the argument's path", function()
    local function f(p) return p.w[1][1] * wrong_square(p.w[2][3]) + p.b end
    local ok, report, text = check(f, {params}, {names = {"params"}})
    assert.is_false(ok)
    local paths, wrong = {}, {}
    for i, input in ipairs(report.inputs) do
      paths[i] = input.path
      if not input.ok then wrong[#wrong + 1] = input.path end
    end
    assert.are.same({"params.b", "params.w[1][1]", "params.w[1][2]",
      "params.w[1][3]", "params.w[2][1]", "params.w[2][2]",
      "params.w[2][3]"}, paths)
    assert.are.same({"params.w[2][3]"}, wrong)
    has(text, "params.w[2][3] = 1.5: automatic 3.003, numerical 3, error")
    has(select(3, check(f, {params})), "argument 1.w[2][3] = 1.5: automatic")
    assert.are.same({{1, 2, 3}, {4, 5, 1.5}}, params.w)
  end)

  it("passes on what is not a number, nil included", function()
    local function f(x, how, nothing, y)
      assert.are.equal("fast", how)
      assert.is_nil(nothing)
      return x * y
    end
    local ok, report = check(f, {n = 4, 2, "fast", nil, 3})
    assert.is_true(ok)
    assert.are.equal(2, #report.inputs)
    assert.are.equal("argument 4", report.inputs[2].path)
  end)

  it("checks chosen arguments; the others stay as they are", function()
    local function f(x, n, table_of_numbers)
      local y = x
      for i = 1, n do y = y * x + table_of_numbers[i] end
      assert.is_number(table_of_numbers[1])
      return y
    end
    for _, argnums in ipairs {1, {1}} do
      local ok, report = check(f, {1.1, 3, {4, 5, 6}}, {argnums = argnums,
        order = 2})
      assert.is_true(ok)
      assert.are.equal(1, #report.inputs)
      assert.are.equal("argument 1", report.inputs[1].path)
    end
    local ok, report = check(function(x, y) return x * wrong_square(y) end,
      {2, 3}, {argnums = {2}, names = {"x", "y"}})
    assert.is_false(ok)
    assert.are.equal("y", report.inputs[1].path)
  end)

  it("checks each of several results", function()
    local function f(x, y)
      return {x * y, sine = tinygrad.sin(x), deep = {{wrong_square(y)}}}
    end
    local ok, report, text = check(f, {1, 2}, {names = {"x", "y"}})
    assert.is_false(ok)
    assert.is_true(report.inputs[1].ok)
    assert.is_false(report.inputs[2].ok)
    assert.are.equal("result.deep[1][1]", report.inputs[2].output)
    has(text, "y = 2 (result.deep[1][1]): automatic 4.004, numerical 4")
  end)

  it("prints of a long list what there is to look at", function()
    local xs = {}
    for i = 1, 100 do xs[i] = i / 7 end
    local function f(list)
      return tinygrad.sum(list) + wrong_square(list[50])
    end
    local ok, report, text = check(f, {xs}, {names = {"xs"}})
    assert.is_false(ok)
    assert.are.equal(100, #report.inputs)
    has(text, "xs[50] = ")
    has_not(text, "xs[51] = ")
    has(text, "99 inputs are right")
  end)
end)

describe("gradcheck of second order", function()
  it("passes a right gradient of the gradient", function()
    local ok, report, text = check(function(p)
      return tinygrad.exp(p.x) * tinygrad.sin(p.y) + p.x ^ 3
    end, {{x = 0.5, y = 1.1}}, {order = 2, names = {"p"}})
    assert.is_true(ok)
    assert.are.equal(2, #report.inputs)
    assert.are.equal(2, #report.second)
    assert.are.equal("p.x", report.second[1].path)
    assert.is_true(report.max_error < 1e-8)
    has(text, "second order:\np.x = 0.5 (d result / d p.")
  end)

  it("passes Hessians with zero adjoints", function()
    assert.is_true((check(function(x) return tinygrad.sin(x) ^ 2 end, {0},
      {order = 2})))
    assert.is_true((check(function(x) return (x ^ 2 - 4) ^ 2 end, {2},
      {order = 2})))
    assert.is_true((check(function(x, y) return {x * y, x / y} end, {2, 3},
      {order = 2})))
  end)

  it("rejects a derivative that is right only once", function()
    local function f(x, y) return once_cube(x) * y end
    assert.is_true((check(f, {2, 3}, {names = {"x", "y"}})))
    local ok, report, text = check(f, {2, 3}, {names = {"x", "y"}, order = 2})
    assert.is_false(ok)
    assert.is_true(report.inputs[1].ok)
    assert.is_false(report.second[1].ok)
    assert.is_true(report.second[2].ok)
    has(text, "x = 2 (d result / d x): automatic 0, numerical 36, error "
      .. "1.00e+00  <-- wrong derivative")
  end)

  it("rejects a second derivative that is wrong by 0.1 %", function()
    local f = tinygrad.custom {
      name = "f",
      forward = function(x) return x ^ 3 / 3 end,
      backward = function(x) return wrong_square(x) end,
    }
    local ok, report = check(f, {1.5}, {order = 2})
    assert.is_false(ok)
    assert.is_true(report.inputs[1].ok)
    assert.near(3.003, report.second[1].automatic, 1e-12)
    assert.near(3, report.second[1].numerical, 1e-6)
  end)

  it("leaves an operation for one order its error", function()
    local f = tinygrad.custom {
      name = "only_once",
      forward = function(x) return x * x end,
      backward = function(x) return 2 * x end,
      first_order = true,
    }
    assert.is_true((check(f, {3})))
    assert.has_error(function() gradcheck(f, {3}, {order = 2}) end,
      "the custom operation 'only_once' can be differentiated once only")
  end)
end)

describe("gradcheck at a kink", function()
  local function kink_of(f, ...)
    local ok, report, text = check(f, {...})
    has_not(text, "wrong derivative")
    assert.is_true(report.inputs[1].kink)
    has(text, "  <-- kink (")
    return ok, report.inputs[1], text
  end

  it("spots it though the derivative is half way", function()
    local ok, input, text = kink_of(tinygrad.abs, 0)
    assert.is_true(ok)
    assert.near(-1, input.left, 1e-6)
    assert.near(1, input.right, 1e-6)
    has(text, "argument 1 = 0: automatic 0, numerical 0, error 0.00e+00  <-- "
      .. "kink (-1 to the left, 1 to the right)")
    assert.is_true(kink_of(tinygrad.max, 2, 2))
  end)

  it("does not call the derivative to one side wrong", function()
    local ok, input = kink_of(tinygrad.relu, 0)
    assert.is_false(ok)
    assert.are.equal(0, input.automatic)
    assert.near(0.5, input.numerical, 1e-6)
    assert.is_true(kink_of(function(x) return tinygrad.max(x, 2 * x) end, 0))
  end)

  it("spots jumps, edges of the domain and vertical tangents", function()
    kink_of(tinygrad.floor, 2)
    kink_of(tinygrad.sqrt, 0)
    kink_of(tinygrad.cbrt, 0)
    kink_of(tinygrad.asin, 1)
  end)

  it("reports a wrong derivative before a kink", function()
    local _, report, text = check(function(x)
      return {tinygrad.relu(x), wrong_square(x + 1), tinygrad.abs(x)}
    end, {0})
    assert.are.equal("result[2]", report.inputs[1].output)
    has(text, "wrong derivative")
  end)

  it("says wrong where no side has the derivative", function()
    local wrong_abs = tinygrad.custom {
      name = "wrong_abs",
      forward = math.abs,
      backward = function() return 1.5 end,
    }
    local ok, report, text = check(wrong_abs, {0})
    assert.is_false(ok)
    assert.is_false(report.inputs[1].kink)
    has(text, "wrong derivative")
  end)

  it("is not misled by a kink or an edge nearby", function()
    for _, case in ipairs {{tinygrad.relu, 1e-6}, {tinygrad.relu, -1e-7},
        {tinygrad.abs, 1e-8}, {tinygrad.log, 1e-8}, {tinygrad.sqrt, 1e-12},
        {tinygrad.asin, 1 - 1e-7}} do
      local ok, report, text = check(case[1], {case[2]})
      assert(ok, text)
      assert.is_false(report.inputs[1].kink)
    end
    assert.is_false((check(function(x)
      return tinygrad.relu(x) + wrong_square(x + 1)
    end, {1e-6})))
  end)

  it("takes curvature for no kink", function()
    for _, f in ipairs {
      function(x) return tinygrad.sin(1e4 * x) end,
      function(x) return tinygrad.abs(x - 0.3) ^ 1.5 end,
      function(x) return tinygrad.exp(30 * x) end,
    } do
      local ok, report, text = check(f, {0.3})
      assert(ok, text)
      assert.is_false(report.inputs[1].kink)
    end
  end)
end)

describe("gradcheck of a function that misbehaves", function()
  it("spots random numbers", function()
    local ok, report, text = check(function(x) return x * math.random() end,
      {3})
    assert.is_false(ok)
    assert.is_false(report.deterministic)
    assert.is_false(report.inputs[1].kink)
    has(text, "the function is not deterministic: two calls at the same point "
      .. "differ")
    has_not(text, "wrong derivative")
    assert.is_true(select(2, check(tinygrad.sin, {3})).deterministic)
  end)

  it("spots a state kept between calls", function()
    local calls = 0
    local ok, report = check(function(x)
      calls = calls + 1
      return x + 1e-9 * calls
    end, {3})
    assert.is_false(ok)
    assert.is_false(report.deterministic)
  end)

  it("spots a comparison by == that Values never pass", function()
    local ok, report, text = check(function(x)
      if x == 2 then return x end
      return 3 * x
    end, {2})
    assert.is_false(ok)
    assert.is_false(report.consistent)
    has(text, "the function gives another result for numbers than for "
      .. "Values: is a Value compared with a number by '=='?")
  end)

  it("spots a result without a gradient", function()
    local ok, report, text = check(function(x) return x.data ^ 2 end, {3})
    assert.is_false(ok)
    assert.is_true(report.inputs[1].detached)
    has(text, "automatic 0, numerical 6, error 1.00e+00  <-- the result is a "
      .. "plain number")
  end)

  it("says that a result is not finite", function()
    local ok, report, text = check(tinygrad.log, {0})
    assert.is_false(ok)
    assert.is_false(report.finite)
    assert.are.equal(math.huge, report.max_error)
    has(text, "the function's result is not finite here")
    has(text, "  <-- not finite")
    assert.is_false((check(function(x) return x * (0 / 0) end, {1})))
    local f = tinygrad.custom {
      name = "hole",
      forward = function(x) return x == 2 and 0 / 0 or x end,
      backward = function() return 1 end,
    }
    assert.is_false((check(f, {2})))
    assert.is_true((check(f, {3})))
  end)

  it("rejects a NaN derivative", function()
    local f = tinygrad.custom {
      name = "nan",
      forward = function(x) return x end,
      backward = function() return 0 / 0 end,
    }
    local ok, report, text = check(f, {1})
    assert.is_false(ok)
    assert.are.equal(math.huge, report.max_error)
    has(text, "automatic nan, numerical 1, error inf  <-- wrong derivative")
  end)

  it("passes on its error", function()
    assert.has_error(function()
      gradcheck(function() error("my own", 0) end, {1})
    end, "my own")
  end)
end)

describe("gradcheck of custom operations", function()
  local function number(x) return tinygrad.is_value(x) and x.data or x end

  -- Returns the operation k x^3, with the given derivative.
  local function cube(derivative, name)
    derivative.name = name or "cube"
    derivative.forward = function(x, k) return k * x * x * x end
    return tinygrad.custom(derivative)
  end
  local right = cube {vjp = function(g, x, k)
    return g * 3 * k * x * x, g * x * x * x
  end}

  it("says nothing of those that are right", function()
    local ok, report = tinygrad.gradcheck(right, {2, 3}, {order = 2})
    assert.is_true(ok, tostring(report))
    assert.same({{}, {}}, {report.operations, report.suspects})
  end)

  it("names the operation and the operand", function()
    -- This backward takes the arguments of PyTorch's but returns partials; it
    -- is wrong.
    local wrong = cube({backward = function(g, x) return g * x, 0 end}, "wrong")
    local ok, report = tinygrad.gradcheck(function(x)
      return tinygrad.tanh(wrong(x[1], 2)) * right(x[2], x[2])
    end, {{0.5, 0.3}})
    assert.is_false(ok)
    assert.equal(1, #report.operations)
    local found = report.operations[1]
    assert.equal("operand 1 of 'wrong'", found.path)
    assert.equal(0.5, found.value)
    assert.near(1.5, found.numerical, 1e-8)
    assert.equal(1, found.automatic)
    local text = tostring(report)
    assert.matches("\ncustom operations, whose backward returns partials (of "
      .. "x, y) and whose vjp takes a gradient (g, x, y):\noperand 1 of "
      .. "'wrong' = 0.5: automatic 1, numerical 1.5, error", text, 1, true)
  end)

  it("names each operand that is wrong, wherever it is", function()
    local wrong = cube({vjp = function(g, x, k)
      return 3 * k * x * x * g, g * k
    end}, "second")
    local _, report = tinygrad.gradcheck(function(x)
      return {x, wrong(2, x) + wrong(x, x)}
    end, {3})
    local paths = {}
    for i, found in ipairs(report.operations) do paths[i] = found.path end
    assert.same({"operand 2 of 'second'", "operand 2 of 'second'"}, paths)
  end)

  it("names those that the second order has to do with", function()
    local numbers = cube({backward = function(x, k)
      return 3 * number(k) * number(x) ^ 2, number(x) ^ 3
    end}, "numbers")
    assert.is_true((tinygrad.gradcheck(numbers, {2, 3})))
    local ok, report = tinygrad.gradcheck(function(x)
      return numbers(x, 2) + right(x, 1)
    end, {2}, {order = 2})
    assert.is_false(ok)
    assert.same({}, report.operations)
    assert.same({"cube", "numbers"}, report.suspects)
    assert.matches("derivative may be wrong for Values: cube, numbers",
      tostring(report), 1, true)
  end)

  it("names none where the mistake is another", function()
    local _, report = tinygrad.gradcheck(function(x)
      return Value(x.data) + right(x, 0.5) * 0
    end, {2})
    assert.same({{}, {}}, {report.operations, report.suspects})
  end)
end)

describe("gradcheck, misused,", function()
  -- Returns the message of an error, which must have the line of the call.
  local function message(...)
    local args, n = {...}, select("#", ...)
    local ok, text = pcall(function()
      local result = gradcheck((table.unpack or unpack)(args, 1, n))
      return result
    end)
    assert.is_false(ok)
    local rest, found = text:gsub("^[^\n]*gradcheck_spec%.lua:%d+: ", "")
    assert.are.equal(1, found)
    return rest
  end

  it("names the argument", function()
    assert.are.equal("bad argument #1 to 'gradcheck' (function expected, got "
      .. "nil)", message())
    assert.are.equal("bad argument #1 to 'gradcheck' (function expected, got "
      .. "Value)", message(Value(1)))
    assert.are.equal("bad argument #2 to 'gradcheck' (table of arguments "
      .. "expected, got number)", message(math.sin, 3))
    assert.are.equal("bad argument #2 to 'gradcheck' (at least one number "
      .. "expected, got none)", message(tinygrad.sin, {}))
    assert.are.equal("bad argument #2 to 'gradcheck' (at least one number "
      .. "expected, got none)", message(tinygrad.sin, {"three"}))
    assert.are.equal("bad argument #2 to 'gradcheck' (number expected at "
      .. "argument 1.a, got string; tonumber makes a number of a string)",
      message(tinygrad.sin, {{a = "3"}}))
    assert.are.equal("bad argument #2 to 'gradcheck' (numbers expected, got a "
      .. "Value as p.a[1]; give its .data)",
      message(tinygrad.sin, {{a = {Value(1)}}}, {names = {"p"}}))
    assert.are.equal("bad argument #2 to 'gradcheck' (list of arguments "
      .. "expected, got one with the key 'a'; put the argument into a list)",
      message(tinygrad.sin, {a = 1}))
    local loop = {1}
    loop.again = loop
    assert.are.equal("bad argument #2 to 'gradcheck' (argument 1.again "
      .. "contains itself: only trees of tables can be differentiated)",
      message(tinygrad.sin, {loop}))
  end)

  it("names the option", function()
    local function f(x) return x end
    assert.are.equal("bad argument #3 to 'gradcheck' (table of options "
      .. "expected, got number)", message(f, {1}, 1e-3))
    assert.are.equal("unknown option 'tol' to 'gradcheck'; did you mean "
      .. "'tolerance'?", message(f, {1}, {tol = 1}))
    assert.are.equal("bad option 'step' to 'gradcheck' (finite number above 0 "
      .. "expected, got string; tonumber makes a number of a string)",
      message(f, {1}, {step = "1e-5"}))
    for text, step in pairs {["0"] = 0, ["-1e-05"] = -1e-5, inf = math.huge,
        nan = 0 / 0} do
      assert.are.equal("bad option 'step' to 'gradcheck' (finite number above "
        .. "0 expected, got " .. text .. ")", message(f, {1}, {step = step}))
    end
    assert.are.equal("bad option 'names' to 'gradcheck' (table expected, got "
      .. "string)", message(f, {1}, {names = "x"}))
    assert.are.equal("bad option 'argnums' to 'gradcheck' (positions from 1 to "
      .. "2 expected, got 3)", message(f, {1, 2}, {argnums = {1, 3}}))
    assert.are.equal("bad option 'argnums' to 'gradcheck' (number or table "
      .. "expected, got string)", message(f, {1}, {argnums = "x"}))
    assert.are.equal("bad option 'argnums' to 'gradcheck' (list of positions "
      .. "expected, got a table with other keys)",
      message(f, {1}, {argnums = {x = 1}}))
    assert.are.equal("bad option 'order' to 'gradcheck' (1 or 2 expected, got "
      .. "3)", message(f, {1}, {order = 3}))
  end)

  it("names what came back", function()
    assert.are.equal("gradcheck: the function must return a number, a Value or "
      .. "a table of them, it returned nothing; is a return missing?",
      message(function() end, {1}))
    assert.are.equal("gradcheck: the function must return a number, a Value or "
      .. "a table of them, it returned a table without any",
      message(function() return {"x"} end, {1}))
  end)
end)

describe("a check inside no_grad", function()
  it("is one of derivatives all the same", function()
    local function f(x) return x ^ 3 end
    assert.is_true((tinygrad.no_grad(gradcheck, f, {2})))
    assert.is_true((tinygrad.no_grad(gradcheck, f, {2}, {order = 2})))
    assert.is_false((tinygrad.no_grad(gradcheck, wrong_square, {2})))
  end)

  it("tells the program's line", function()
    local _, message = pcall(tinygrad.no_grad, function()
      local ok = gradcheck(function() end, {2})
      return ok
    end)
    assert.matches("gradcheck_spec.lua:%d+: gradcheck: the function must "
      .. "return", message)
  end)
end)
