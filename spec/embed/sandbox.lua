-- Checks, in each of sandbox.c's states, what works there and what says why
-- not.

local tinygrad, contains, open, open_io = ...

local function near(x, y, what)
  assert(x - y < 1e-6 and y - x < 1e-6, what)
end

-- Functions that need only the base library work:
local function f(a, b) return (a * b + a) * tinygrad.tanh(b) end

local a, b = tinygrad.Value(1.3), tinygrad.Value(-0.7)
local out = f(a, b)
out:backward()
near(out.data, -0.235703, "value")
near(a.grad, -0.181310, "gradient for a")
near(b.grad, -0.538130, "gradient for b")
a.label = "a"
assert(tostring(a) == "Value(data=1.300000, grad=-0.181310)", tostring(a))

local record = {2, 3, q = 5, p = 7}
local gradient = tinygrad.grad(function(t)
  return t[1] * t.p + t[2] * t.q
end)(record)
assert(gradient[1] == 7 and gradient[2] == 5 and gradient.p == 2
  and gradient.q == 3, "gradient of a record")
assert(tinygrad.hessian(function(x) return x[1] ^ 2 * x[2] end){1, 2}[1][2]
  == 2, "Hessian")
local cube = tinygrad.custom {name = "cube",
  forward = function(x) return x * x * x end,
  backward = function(x) return 3 * x * x end}
assert(tinygrad.derivative(cube)(2) == 12, "custom operation")

local program = tinygrad.compile(f, 1, 1)
near(program(1.3, -0.7), -0.235703, "Program")
near((program:grad()(1.3, -0.7)), -0.181310, "Program's gradient")
assert(contains(tostring(program), "madd"), "listing")
assert(contains(select(2, pcall(program.grad, program, {argnum = 1})),
  "unknown option 'argnum' to 'grad'; did you mean 'argnums'?"), "advice")
local of_record = tinygrad.compile(function(t) return t.a * t[1] end,
  {1, a = 1}):value_and_grad()
local value, slopes = of_record {3, a = 4}
assert(value == 12 and slopes.a == 3 and slopes[1] == 4, "Program of a record")

-- Mistakes have their usual messages:
local function fails(message, g, ...)
  local ok, err = pcall(g, ...)
  assert(not ok and contains(err, message), err or message)
end
fails("bad argument #1 to 'compile' (function expected, got number)",
  tinygrad.compile, 3)
fails("the Program takes 2 arguments, got 1", program, 3)
fails("bad argument #1 to 'grad' (function expected, got nil)", tinygrad.grad)
fails("[\"odd key\\010\"][1] contains itself: only trees of tables can be "
  .. "differentiated", function()
    local t = {}
    t["odd key\n"] = {t}
    return tinygrad.grad(function() return 1 end)(t)
  end)
fails("(a number at argument 1.a expected, as in the example it was compiled "
  .. "with)", of_record, {3, b = 4})

-- Calls g(...): it works, or its error names the module and one of the
-- libraries that the state lacks.
local function needs(name, g, ...)
  local ok, err = pcall(g)
  local missing, named
  for _, library in ipairs {...} do
    if not open[library] then
      missing = library
      named = named or not ok and contains(err, " needs the library '"
        .. library .. "', which is not open in this Lua state")
    end
  end
  if not missing then
    assert(ok, err)
  else
    assert(not ok, name .. " without " .. missing)
    assert(contains(err, "tinygrad." .. name) and named, err)
  end
end

needs("graph", function() return tinygrad.graph.text(out) end, "string",
  "table", "math")
needs("transform.gradcheck", function()
  tinygrad.gradcheck(f, {1, 1})
end, "string", "table", "math")
needs("math", function() return tinygrad.math.sin(a) end, "string", "math")
needs("optim", function()
  tinygrad.optim.SGD({a}, {lr = 0.1}):step()
end, "string", "table", "math")
needs("program.emit", function()
  assert(contains(program:emit_c(), "tanh("), "emit_c")
end, "string", "table", "math")
needs("program.save", function()
  local again = tinygrad.program_from_string(program:to_string())
  assert(again(1.3, -0.7) == program(1.3, -0.7))
end, "string", "table")
if open.string and open.table then
  local p, message = tinygrad.load_program("/nowhere/there is none")
  assert(p == nil and contains(message, "/nowhere/there is none: it cannot be "
    .. "read, as this Lua state has no io.open") == not open.io, message)
  local ok, why = program:save("/nowhere/there is none")
  assert(ok == nil and contains(why, "/nowhere/there is none: it cannot be "
    .. "written, as this Lua state has no " .. (open.io and "os.rename"
    or "io.open")) == not (open.io and open.os), why)
  open_io() -- a library that is opened later is used
  p, message = tinygrad.load_program("/nowhere/there is none")
  assert(p == nil and contains(message, "/nowhere/there is none")
    and not contains(message, "io.open"), message)
end
if open.string and open.table and open.math then
  local x = tinygrad.Tensor {1, 2, 3}
  assert(program:batch({2, x}, {reduce = "sum"}) > 0, "batch")
  local line = tinygrad.fit(function(t, p) return p.a + p.b * t end,
    {x = {1, 2, 3}, y = {3, 5, 7}}, {a = 0, b = 0})
  near(line.parameters.b, 2, "fit")
  near(tinygrad.minimize(function(t) return (t - 3) ^ 2 end, 1).x, 3,
    "minimum")
  assert(#tinygrad.plot():line({1, 2}, {1, 2}):text() > 100, "plot")
end

-- The documentation is in the library, but help must look at functions.
fails(open.string and open.table and open.math
  and "tinygrad.help needs the library 'debug'" or " needs the library '",
  function() return tinygrad.help "log" end)
