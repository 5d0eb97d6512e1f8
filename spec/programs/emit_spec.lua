-- Programs as C source: the compiled function returns what the Program returns,
-- bit for bit as doubles. Sources are compiled strictly, by each of the
-- compilers in TINYGRAD_SPEC_COMPILERS (default: CC), as C++ if its name ends
-- in ++.

local tinygrad = require "tinygrad"
local emitted = require "spec.support.emitted"
local expressions = require "spec.support.expressions"
local chained = require("spec.support.objectives").chained
local support = require "spec.support.common"
local compile = tinygrad.compile
local same = support.same

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

local rows = tinygrad.operations()

-- Returns results as a flat list.
local function flat(x, list)
  list = list or {}
  if type(x) == "number" then
    list[#list + 1] = x
  else
    for i = 1, #x do flat(x[i], list) end
  end
  return list
end

local function check(program, points, opts)
  local results = emitted.run(program, points, opts)
  assert.equal(#points, #results)
  for i, point in ipairs(points) do
    local expected = flat(program(point))
    for k = 1, #expected do
      if not same(expected[k], results[i][k]) then
        error(("point %d, result %d: expected %.17g, got %.17g"):format(i, k,
          expected[k], results[i][k]))
      end
    end
  end
end

-- Returns a function of x with all rows of the table from `first` to `last`,
-- whose operands are elements of x; and points in their domains and at odd
-- places.
local function rows_function(first, last)
  local operands, low, high = {}, {}, {}
  local n = 0
  for r = first, last do
    local row, list = rows[r], {}
    for _, interval in ipairs(row.domain) do
      n = n + 1
      list[#list + 1], low[n], high[n] = n, interval[1], interval[2]
    end
    if row.arity == "n" then -- with two elements
      for k = 1, #row.domain do
        n = n + 1
        list[#list + 1], low[n], high[n] = n, low[n - #row.domain],
          high[n - #row.domain]
        local _ = k
      end
    end
    operands[r] = list
  end
  local function f(x)
    local results = {}
    for r = first, last do
      local row, args = rows[r], {}
      for k, i in ipairs(operands[r]) do args[k] = x[i] end
      if row.arity == "n" and row.lua_name == row.name then
        local lists = {}
        for k = 1, #row.domain do lists[k] = {} end
        for k, a in ipairs(args) do
          local list = lists[(k - 1) % #lists + 1]
          list[#list + 1] = a
        end
        args = lists
      end
      results[#results + 1] = tinygrad[row.lua_name](unpack(args))
    end
    return results
  end
  local random = support.random(12345 + first)
  local points = {}
  for i = 1, 20 do
    points[i] = {}
    for k = 1, n do points[i][k] = random(low[k], high[k]) end
  end
  local odd = {0, -0.0, 1, -1, 2, 1 / 0, -1 / 0, 0 / 0, 1e-310, 1e300, -1e300,
    0.5, -0.5, 700, -700, 3}
  for i, x in ipairs(odd) do
    local point, other = {}, {}
    for k = 1, n do
      point[k], other[k] = x, k % 2 == 0 and x or odd[i % #odd + 1]
    end
    points[#points + 1], points[#points + 2] = point, other
  end
  local example = {}
  for k = 1, n do example[k] = (low[k] + high[k]) / 2 end
  return f, example, points
end

describe("emit_c", function()
  it("gives what the Program gives for every row, and its gradient", function()
    local all, example, points = rows_function(1, #rows)
    check(compile(all, example), points) -- as one long function
    for first = 1, #rows, 20 do
      local f, x, at = rows_function(first, math.min(#rows, first + 19))
      check(compile(f, x), at)
      check(compile(f, x):jacobian(), at)
    end
  end)

  it("gives what a pullback gives, inputs and outputs in its order", function()
    local p = compile(function(x, w)
      return {x[1] * w, tinygrad.sin(x[2])}
    end, {1, 1}, 1):vjp()
    local y, dx, dw = p({{2, 3}, 5}, {7, 11})
    assert.same({{y[1], y[2], dx[1], dx[2], dw}},
      emitted.run(p, {{2, 3, 5, 7, 11}}))
  end)

  it("is within float's bounds as float, for every row", function()
    for first = 1, #rows, 20 do
      local f, x, at = rows_function(first, math.min(#rows, first + 19))
      local p = compile(f, x)
      while #at > 20 do table.remove(at) end -- odd points overflow a float
      local results = emitted.run(p, at, {real = "float"})
      for i, point in ipairs(at) do
        local expected = p(point)
        for k = 1, #expected do
          -- The operands are rounded to floats, too:
          support.near(expected[k], results[i][k], 1e-5, rows[first + k - 1]
            .name)
        end
      end
    end
  end)

  it("gives what random Programs give, and their Hessians", function()
    for seed = 1, support.scaled(20, 3) do
      local e, x = expressions.case(seed, 0.3)
      local p = compile(expressions.function_of(e), x)
      local points = {x, {1, 2, 3}, {-0.5, 0.25, 0}}
      check(p, points, {flags = "-std=gnu99 -O2 -march=native"})
      check(p:grad(), points)
      check(p:hessian(), points, {doc = false})
    end
  end)

  it("gives what long Programs give", function()
    local n = 200
    local random = support.random(77)
    local points = {}
    for i = 1, 5 do
      points[i] = {}
      for k = 1, n do points[i][k] = random(-2, 2) end
    end
    local p = compile(chained, points[1])
    check(p, points)
    check(p:grad(), points)
    local function chain(x) -- has no loops
      local y, z = x[1], x[2]
      for i = 1, 700 do
        if i % 3 == 0 then y, z = z, tinygrad.sin(y * x[3]) end
        y = y * 0.5 + z / (i + 1)
      end
      return {y, z}
    end
    check(compile(chain, {1, 2, 3}), {{1, 2, 3}, {0.5, -0.5, 0}})
    check(compile(chain, {1, 2, 3}):jacobian(), {{1, 2, 3}, {0.5, -0.5, 0}})
    local constants = {}
    for k = 1, 300 do constants[k] = random(-1, 1) end
    check(compile(function(x) -- loops over constants
      local results = {}
      for k = 1, 300 do
        results[k] = constants[k] * x[1] + constants[301 - k] * x[2]
      end
      return results
    end, {1, 2}), {{1, 2}, {-3, 0.1}})
  end)

  it("passes inputs and constants on", function()
    check(compile(function(x) return {x[2], 3, x[1], -0.0, 1 / 0, 0 / 0} end,
      {1, 2}), {{4, 5}})
    check(compile(function() return {2.5} end, {}), {{}})
    local detached = compile(function(x) return x[1]:detach() * x[1] end, {2})
    check(detached, {{3}})
    check(detached:grad(), {{3}})
  end)

  it("says which number is which", function()
    local function f(x, p)
      return p.gain * x[1] + p.offset + x[2] * x[3]
    end
    local p = compile(f, {1, 2, 3}, {gain = 1, offset = 2})
    local source, header = p:value_and_grad():emit_c {name = "line"}
    local x, parameters = "x", "p"
    for _, text in ipairs {source, header} do
      assert.truthy(text:find("**   in[0] to [2]  " .. x .. "[1] to " .. x
        .. "[3]", 1, true), text)
      assert.truthy(text:find("in[3]       " .. parameters .. ".gain", 1, true))
      assert.truthy(text:find("out[0]      result", 1, true))
      assert.truthy(text:find("d result / d " .. parameters .. ".offset", 1,
        true))
      assert.truthy(text:find("#define LINE_OUTPUTS 6", 1, true))
      assert.truthy(text:find("void line(const double *in, double *out);", 1,
        true))
    end
    assert.truthy(source:find("/* " .. parameters .. ".offset */", 1, true))
    assert.falsy((p:emit_c {doc = false}):find("result", 1, true))
    local odd = compile(function(q) return q["a */ #error"] end,
      {["a */ #error"] = 1})
    assert.falsy((odd:emit_c()):find("a */", 1, true))
  end)

  it("refuses options that make no sense", function()
    local p = compile(function(x) return x end, 1)
    local function refused(message, opts)
      local ok, got = pcall(p.emit_c, p, opts)
      assert.is_false(ok)
      assert.truthy(got:find(message, 1, true), got)
    end
    refused("bad option 'name' to 'emit_c' (name of a C function expected, "
      .. "got \"double\")", {name = "double"})
    refused("bad option 'name'", {name = "a b"})
    refused("bad option 'name'", {name = "exp"})
    refused("got number", {name = 1})
    refused("bad option 'real' to 'emit_c' (\"double\" or \"float\" expected, "
      .. "got \"half\")", {real = "half"})
    refused("bad option 'doc'", {doc = 1})
    refused("unknown option 'names'", {names = "x"})
    refused("table of options expected, got number", 1)
    local v = tinygrad.Value(2)
    p = compile({captured = "input"}, function(x) return x * v end, 1)
    refused("captured inputs", {})
  end)

  -- Returns Programs that need every helper, loops, tables of constants and
  -- parts, with doubles and with floats, under names that begin alike.
  local function exports()
    local all = rows_function(1, #rows)
    local _, example = rows_function(1, #rows)
    local function steps(x) -- loops over constants
      local results = {}
      for k = 1, 600 do results[k] = k * x[1] + (601 - k) * x[2] end
      return results
    end
    local every, long = compile(all, example), compile(steps, {1, 2})
    local short = compile(function(x)
      return tinygrad.tanh(x[1]) * tinygrad.digamma(x[2]) / x[1]
    end, {1, 2}):grad()
    local list = {}
    for i, export in ipairs {{"net", every}, {"net_1", long}, {"net_part1",
        long}, {"net_constants", short}, {"net_op", short}, {"Net_x", short},
        {"op_zmul", every}, {"tg_net", short}} do
      for _, real in ipairs {"double", "float"} do
        local name = export[1] .. (real == "float" and "f" or "")
        list[#list + 1] = {name = name, real = real, program = export[2],
          point = export[2] == every and example or {0.5, 2.5}}
        list[#list].header_first = i % 2 == 0
      end
    end
    return list
  end

  -- Returns C that prints the results of an export at its point.
  local function call_text(export)
    local literals = {}
    for i, x in ipairs(export.point) do literals[i] = ("%.17g"):format(x) end
    local upper, real = export.name:upper(), export.real
    return (([[
static void print_NAME(void) {
  static const REAL in[] = { VALUES };
  static REAL out[UPPER_OUTPUTS]PLACE;
  int i;
  NAME(in, outPASSED);
  for (i = 0; i < UPPER_OUTPUTS; i++) printf("%.17g\n", (double)out[i]);
}
]]):gsub("%u%u%u%u+", {NAME = export.name, REAL = real, VALUES =
      table.concat(literals, ", "), UPPER = upper,
      PLACE = export.long and (", w[%s_WORK]"):format(upper) or "",
      PASSED = export.long and ", w" or ""})
      :gsub("UPPER_OUTPUTS", upper .. "_OUTPUTS"))
  end

  it("stands beside others in one source file", function()
    local list = exports()
    local texts, headers, calls = {}, {}, {}
    for _, export in ipairs(list) do
      local source, header = export.program:emit_c {name = export.name,
        real = export.real, header = export.header_first and "all.h" or nil}
      export.long = header:find("_WORK [1-9]") ~= nil
      texts[#texts + 1] = source
      headers[#headers + 1] = header
      calls[#calls + 1] = ("  print_%s();"):format(export.name)
    end
    texts[#texts + 1] = "#include <stdio.h>\n#include \"all.h\""
    for _, export in ipairs(list) do
      texts[#texts + 1] = call_text(export)
    end
    texts[#texts + 1] = ("int main(void) {\n%s\n  return 0;\n}\n"):format(
      table.concat(calls, "\n"))
    local output = emitted.in_one_file(texts, table.concat(headers, "\n"))
    local numbers = output:gmatch("%S+")
    for _, export in ipairs(list) do
      for k, expected in ipairs(flat(export.program(export.point))) do
        local got = tonumber((numbers()))
        if export.real == "float" then
          support.near(expected, got, 1e-5, export.name)
        else
          assert.is_true(same(expected, got), ("%s %d: %.17g and %.17g"):format(
            export.name, k, expected, got))
        end
      end
    end
    assert.is_nil(numbers())
  end)

  it("defines nothing whose name does not follow its own", function()
    local source = compile(function(x)
      return tinygrad.gelu(x) * tinygrad.trigamma(x) + tinygrad.tanh(x)
    end, 1):grad():emit_c {name = "mine"}
    local count = 0
    for name in source:gmatch("\n%l[%l ]* ([%w_]+) ?%b()") do
      assert.matches("^mine%f[_%z]", name)
      count = count + 1
    end
    for name in source:gmatch("\nstatic const double ([%w_]+)") do
      assert.matches("^mine_tg_", name)
      count = count + 1
    end
    assert.is_true(count > 10, source)
  end)

  it("has no name that C, C++ or <math.h> has", function()
    local p = compile(function(x) return x end, 1)
    local function refused(name)
      return not pcall(p.emit_c, p, {name = name})
    end
    for name in ([[alignas INFINITY and errno NAN not_eq constexpr typeof bool
        y0 y1 jn gamma lgamma lgammaf_r signgam isnan fmaximum_numf sinf64x nan
        M_PI M_SQRT1_2 FP_ZERO HUGE_VALF f32addf64 div rand main unix linux
        acospi NULL thread_local co_await requires _f f_tg_x f_tg]])
        :gmatch("%S+") do
      assert.is_true(refused(name), name)
    end
    for name in ([[complex tg_net y2 f1 model_f expl0 net_tgx alignasx]])
        :gmatch("%S+") do
      assert.is_false(refused(name), name)
    end
    local cc = os.getenv("CC") or "cc"
    if not emitted.has(cc) then return pending("no C compiler (set CC)") end
    local count = 0
    for _, command in ipairs {"-E -P", "-E -dM"} do
      local pipe = io.popen(("echo '#include <math.h>' | %s -D_GNU_SOURCE %s -")
        :format(cc, command))
      local text = pipe:read("*a")
      pipe:close()
      for name in text:gmatch(command == "-E -P" and "%f[%w_](%a[%w_]*) *%("
          or "#define (%a[%w_]*)") do
        count = count + 1
        assert.is_true(refused(name), name)
      end
    end
    assert.is_true(count > 100)
  end)

  it("is a trained network", function()
    local nn = tinygrad.nn
    local x, y = {}, {}
    for i = 1, 20 do
      x[i] = {math.sin(i), math.cos(3 * i)}
      y[i] = x[i][1] > x[i][2] and 2 or 1
    end
    for _, activation in ipairs {"tanh", "relu", "gelu"} do
      local model = nn.Sequential {nn.MLP(2, {6, 2}, {activation = activation}),
        nn.softmax}
      assert(nn.train(model.layers[1], nn.cross_entropy, {x = x, y = y},
        {epochs = 20, lr = 0.05}))
      local program = model:compile {0, 0}
      check(program, x)
      for _, point in ipairs(x) do
        local p = model(point)
        assert.same({p[1].data, p[2].data}, program(point))
      end
    end
  end)
end)

-- Lua as a language of exports, with all that emit/init.lua needs of a language
-- and nothing else. Variables are fields, because a function in Lua has at most
-- 200 locals.

local function number(x)
  if x ~= x then return "(0/0)" end
  if x == 1 / 0 or x == -1 / 0 then return x > 0 and "(1/0)" or "(-1/0)" end
  return ("(%.17g)"):format(x)
end

local Language = {}
Language.__index = Language

function Language:write(x)
  if type(x) == "number" then return number(x) end
  if type(x) == "string" then return "V." .. x end
  local operator, first = x[1], x[1] == "call" and 3 or 2
  if operator == "element" then
    return ("A[%q][%d + %d * (k or 0)]"):format(x[2], x[3], x[4] or 0)
  end
  local terms = {}
  for i = first, #x do terms[#terms + 1] = self:write(x[i]) end
  local called = operator == "call" and "F." .. x[2]
    or ("F[%q]"):format(operator)
  return ("%s(%s)"):format(called, table.concat(terms, ", "))
end

function Language:declare(name, x) return self:assign(name, x) end

function Language:assign(place, x)
  return ("%s = %s"):format(self:write(place), self:write(x))
end

function Language.run(_, name) return ("F.%s()"):format(name) end
function Language.ignore(_, name) return "-- no " .. name end
function Language.put(_, lines, _, text) lines[#lines + 1] = text end
function Language.open(_, lines) lines[#lines + 1] = "do" end
function Language.close(_, lines) lines[#lines + 1] = "end" end

function Language.loop(_, lines, _, count, statements)
  lines[#lines + 1] = ("for k = 0, %d do"):format(count - 1)
  for _, text in ipairs(statements) do lines[#lines + 1] = text end
  lines[#lines + 1] = "end"
end

function Language.chunk(_, lines, name, body)
  lines[#lines + 1] = ("function F.%s() local k\n%s\nend"):format(name,
    table.concat(body, "\n"))
end

function Language:array(lines, name, numbers)
  local values = {}
  for i, x in ipairs(numbers) do values[i] = self:write(x) end
  lines[#lines + 1] = ("A[%q] = {[0] = %s}"):format(name,
    table.concat(values, ", "))
end

function Language.own(_, what) return "own_" .. what end

function Language:define(name, parameters, x)
  local list = table.concat(parameters, ", ")
  local fields = {}
  for i, parameter in ipairs(parameters) do
    fields[i] = ("%s = %s"):format(parameter, parameter)
  end
  return ("function F.%s(%s) local V = {%s} return %s end"):format(name, list,
    table.concat(fields, ", "), self:write(x))
end

function Language.function_name(_, name) return name, name:find("^tg_") end
function Language.helper(_, name) return "-- helper " .. name end

function Language.file(_, export)
  local text = {"local A, F, V = ..."}
  for _, list in ipairs {export.definitions, export.before} do
    for _, line in ipairs(list) do text[#text + 1] = line end
  end
  text[#text + 1] = "local k"
  for _, line in ipairs(export.body) do text[#text + 1] = line end
  return table.concat(text, "\n"), export
end

-- The functions that formulas call.
local FUNCTIONS = {
  neg = function(x) return -x end,
  ["+"] = function(x, y) return x + y end,
  ["-"] = function(x, y) return x - y end,
  ["*"] = function(x, y) return x * y end,
  ["/"] = function(x, y) return x / y end,
  ["<"] = function(x, y) return x < y and 1 or 0 end,
  ["<="] = function(x, y) return x <= y and 1 or 0 end,
  [">"] = function(x, y) return x > y and 1 or 0 end,
  [">="] = function(x, y) return x >= y and 1 or 0 end,
  ["=="] = function(x, y) return x == y and 1 or 0 end,
  ["!="] = function(x, y) return x ~= y and 1 or 0 end,
  ["?"] = function(x, y, z) return x ~= 0 and y or z end,
  lane_tanh = function(x) return tinygrad.tanh(x) end,
}
for _, name in ipairs {"sin", "cos", "exp", "log", "sqrt"} do
  FUNCTIONS[name] = math[name]
end

local function check_in_lua(f, x, is_long)
  local p = compile(f, x)
  for _, q in ipairs {p, p:grad(), p:hessian()} do
    local text, export = require "tinygrad.program.emit".export(q,
      setmetatable({}, Language))
    assert.equal(is_long, export.work > 0)
    assert.equal(#x, export.inputs)
    local arrays = {["in"] = {}, out = {}, w = {}}
    for i, value in ipairs(x) do arrays["in"][i - 1] = value end
    assert((loadstring or load)(text))(arrays,
      setmetatable({}, {__index = FUNCTIONS}), {})
    local expected = flat(q(x))
    assert.equal(export.outputs, #expected)
    for i, value in ipairs(expected) do
      assert.is_true(same(value, arrays.out[i - 1]), ("result %d: %.17g, %s")
        :format(i, value, tostring(arrays.out[i - 1])))
    end
  end
end

describe("an export", function()
  it("may be in any language, of a short Program", function()
    check_in_lua(function(x)
      return tinygrad.tanh(x[1] * x[2]) + tinygrad.sin(x[2] - x[1]) / x[3]
        + tinygrad.where(tinygrad.lt(x[1], x[2]), x[3] * x[3], x[1])
    end, {0.5, -1.25, 3}, false)
  end)

  it("may be in any language, of a long Program", function()
    local x = {}
    for i = 1, 150 do x[i] = 1 / i - 0.3 end
    check_in_lua(function(v)
      local sum = v[1]
      for i = 1, #v - 1 do
        sum = sum + (v[i + 1] - v[i] * v[i]) * i * tinygrad.cos(v[i])
      end
      for _ = 1, 10 do sum = tinygrad.tanh(sum) * v[2] + v[3] end
      return sum
    end, x, true)
  end)
end)
