-- Calls whatever a script can reach with whatever a script can make: each C
-- function that the module, its modules and its objects lead to, with wrong
-- selves, types and counts, half-built objects, and callbacks and finalisers
-- that change what is being read. None may crash its host or show what is in
-- memory. See script.c, and spec/safety/reach_spec.lua.
--
--   lua5.4 spec/fuzz/reach.lua SEED COUNT [calm|traced|closing]
--
-- prints a line for each call that returned numbers, which may depend on
-- nothing but SEED. calm: without callbacks, finalisers and coroutines; traced:
-- with a line before each call; closing: finalisers go on while the state is
-- closed.

local sandbox = require "spec.fuzz.sandbox"

local script = {}

-- Choosing ------------------------------------------------------------------

local draw -- draw(n): a whole number from 1 to n

-- Returns a function that returns random numbers, equal on every Lua.
local function from_seed(seed)
  local state = seed
  return function(n)
    state = (state * 16807) % 2147483647
    return state % n + 1
  end
end

local function from_bytes(bytes)
  local at = 0
  return function(n)
    local x = 0
    for _ = 1, n > 256 and 2 or 1 do
      at = at + 1
      x = x * 256 + (bytes:byte(at) or 0)
    end
    return x % n + 1, at > #bytes
  end
end

local function one_of(list) return list[draw(#list)] end

-- Finding -------------------------------------------------------------------

-- Calls visit(x, name) once for all that x leads to without the debug library.
local function walk(x, name, seen, visit)
  local kind = type(x)
  if x == nil or seen[x] or kind ~= "table" and kind ~= "userdata"
      and kind ~= "function" then
    return
  end
  seen[x] = true
  visit(x, name)
  walk(getmetatable(x), name .. "<metatable>", seen, visit)
  if kind ~= "table" then return end
  local inside = {}
  for key, value in next, x do
    inside[#inside + 1] = {tostring(key), value, key}
  end
  table.sort(inside, function(a, b) return a[1] < b[1] end)
  for _, each in ipairs(inside) do
    local part = name .. "." .. (type(each[3]) == "string" and each[1] or "?")
    walk(each[3], part, seen, visit)
    walk(each[2], part, seen, visit)
  end
end

local function nothing() end

-- Returns the set of all that a script reaches without tinygrad.
local function standard()
  local seen = {}
  walk(_G, "_G", seen, nothing)
  walk("", "string", seen, nothing)
  return seen
end

-- Good calls ----------------------------------------------------------------

local KEPT = 4 -- calls that are kept for each function, of different types

-- Records in calls[f] the arguments with which each of the core's functions is
-- called.
local function listen(core, calls)
  local function note(f, ...)
    local types = {}
    for i = 1, select("#", ...) do types[i] = type((select(i, ...))) end
    local known, signature = calls[f], table.concat(types, " ")
    if known[signature] or #known == KEPT then return end
    known[signature] = true
    known[#known + 1] = {n = #types, ...}
  end
  for name, f in pairs(core) do
    if type(f) == "function" then
      calls[f] = {name = name}
      core[name] = function(...)
        note(f, ...)
        return f(...)
      end
    end
  end
  return function()
    for f, known in pairs(calls) do core[known.name] = f end
  end
end

-- Uses every function of the core. Returns objects of all kinds, by kind.
local function work(t, core)
  local v, w = t.Value(1.5), t.Value(0.25)
  local matrix, row = t.Tensor {{1, 2}, {3, 4}, {5, 6}}, t.Tensor {0.5, 2}
  local function f(x, y) return {a = x * t.tanh(y), [1] = x}, y end
  local function g(x) return t.dot(x, x) + t.log(x[1]) end
  local p, q = t.compile(f, 1, 2), t.compile(g, {1, 2})
  local captured = t.compile({captured = "input"},
    function(x) return x * v end, 1)
  local cube = t.custom {name = "cube",
    forward = function(x) return x * x * x end,
    backward = function(x) return 3 * x * x end}
  local y = cube(v) * t.sum {v, w, 2}
  local traced, generator = core.recorded_input(2), t.Tensor.generator(1)
  local half = core.derive(p, "jacobian", {1, 2}) -- its shapes are not set yet
  local gradient = q:value_and_grad()
  gradient {1, 2}
  q:jacobian() {1, 2}
  q:hessian() {1, 2}
  q:jvp()({{1, 2}}, {{1, 0}})
  q:hvp()({{1, 2}}, {{1, 0}})
  p(v, w)
  captured(2)
  gradient:batch({matrix}, {threads = 2})
  gradient:batch({matrix}, {reduce = "sum"})
  q:batch({matrix}, {rows = {1, 3}, out = {t.Tensor.zeros(2)}})
  captured:batch {t.Tensor {1, 2, 3}}
  t.program_from_string(p:to_string())(1, 2)
  p:emit_c()
  p:stats()
  core.lend(half)
  t.graph.dot(p)
  t.grad(g) {1, 2}
  t.grad(function(a, b) return a * b end)(1, 2)
  t.value_and_grad(function(a, b) return a * b end)(1, 2)
  t.derivative(t.derivative(cube))(2)
  t.hessian(g) {1, 2}
  select(2, t.vjp(g)({{1, 2}}))(1)
  t.jvp(g)({{1, 2}}, {{1, 0}})
  t.hvp(g)({{1, 2}}, {{1, 0}})
  t.gradients(y, {v, w})
  t.no_grad(function() return t.exp(v) end)
  t.detect_anomaly(function() return t.exp(v) end)
  t.detect_anomaly(false)
  for _, method in ipairs {"newton", "lbfgs"} do
    t.minimize(function(x) return (x[1] - 1) ^ 2 + x[2] ^ 4 end, {3, 2},
      {method = method, lower = {0, 0}})
  end
  t.fit(function(x, c) return c.a + c.b * x end,
    {x = {1, 2, 3}, y = {2, 4.1, 5.9}}, {a = 0, b = 0})
  t.optim.Adam(row, {lr = 0.1}):step(t.Tensor {1, 1})
  t.optim.SGD({1, 2}, {lr = 0.1}):step {1, 1}
  local model = t.nn.MLP(1, {2, 1}, {seed = 1})
  t.nn.train(model, t.nn.squared_error, {x = {0, 1, 2}, y = {0, 1, 4}},
    {epochs = 2})
  pcall(t.exp, "x")
  pcall(t.compile, t.exp, 1, {captured = 1})
  t.Tensor.uniform({2}, 0, 1, generator)
  generator:normal()
  matrix:mean()
  matrix:std()
  return {t.Value(2), v, w, y, traced, matrix, row, generator, p, q, captured,
    half, t.exp(v), core.variable(3), matrix[1], model,
    t.Tensor.from_npy(matrix:to_npy()):reshape(2, 3), t.Tensor.zeros(0, 2),
    t.Tensor.zeros(2, 0), t.compile(function(a, b) return a * b end, 1, 2),
    core.instructions(p), core.instructions(half),
    require("tinygrad.kernels").kernels}
end

-- Bad arguments -------------------------------------------------------------

local NUMBERS = {0, 1, 2, 3, -1, 0.5, -0.0, 0 / 0, 1 / 0, -1 / 0, 1e300, 5e-324,
  2 ^ 31, -2 ^ 31, 2 ^ 32 + 1, 2 ^ 53, 2 ^ 60, 2 ^ 62, 2 ^ 63, -2 ^ 63, 2 ^ 64,
  math.mininteger or -1, math.maxinteger or -1}

local STRINGS = {"", "x", "3", "%", "%q", "%s%d%", "data\0", "\0\255", "name",
  "graph", "no_grad", "anomaly", "recording", "hessian", "jvp", "sum", "size",
  "squares", "f", "u", "label", "grad", "call", ("x"):rep(5000)}

local load_text = loadstring or load -- luacheck: compat

-- Returns a table of few elements whose length is 2^(k + 2) or more, if this
-- Lua's search for the length can be led astray.
local function long(x, k)
  local code = {"local x = ... return {x, x, x, x"}
  for i = 0, k do
    code[#code + 1] = ("[%.0f] = x, [%.0f] = x"):format(5 * 2 ^ i, 8 * 2 ^ i)
  end
  return load_text(table.concat(code, ", ") .. "}")(x)
end

local function nested(x, n)
  for _ = 1, n do x = {x} end
  return x
end

local function cyclic()
  local t = {1}
  t[2] = t
  return t
end

-- Returns a light userdata, if this Lua lets a script have one.
local function light_userdata()
  local found
  package.preload.reached = function() found = package.loaded.reached end
  pcall(require, "reached")
  return type(found) == "userdata" and found or nil
end

-- Returns all from which arguments are taken: a list, and its length. The
-- length that Lua finds of a long() table depends on its random hash seed: calm
-- runs have none of these.
local function pool_of(objects, troubled, calm)
  local pool, n = {}, 0
  local function add(x)
    n = n + 1
    pool[n] = x
  end
  for _, x in ipairs(NUMBERS) do add(x) end
  for _, x in ipairs(STRINGS) do add(x) end
  for _, x in ipairs(objects) do
    add(x)
    add {x}
    add {x, x}
  end
  for _, x in ipairs {1, objects[1]} do
    for _, k in ipairs {8, 31, 48, 57, 58, 59} do
      if not calm then add(long(x, k)) end
    end
    add {x, x, x}
    add {a = x, x}
    add(nested(x, 90))
    add(nested(x, 1000))
  end
  add(light_userdata())
  for _, x in ipairs {true, {}, cyclic(), {-1}, {2 ^ 62}, {0}, {0 / 0}, {0, 1},
      io.stdout or 1, coroutine.create(nothing), select, newproxy or type,
      setmetatable({1, 2, a = 3}, troubled), setmetatable({}, troubled),
      {reduce = "sum", rows = {1}, out = {}, shared = {1}, threads = 2},
      setmetatable({}, {__index = function() return {} end})} do
    add(x)
  end
  pool[n + 1] = false
  return pool, n + 3 -- the last two are false and nil
end

-- Functions that use the operators of Lua.
local operators = {
  {"[]", function(a, b) return a[b] end},
  {"[]=", function(a, b, c) a[b] = c end},
  {"#", function(a) return #a end},
  {"()", function(a, ...) return a(...) end},
  {"+", function(a, b) return a + b end},
  {"-", function(a, b) return a - b end},
  {"*", function(a, b) return a * b end},
  {"/", function(a, b) return a / b end},
  {"%", function(a, b) return a % b end},
  {"^", function(a, b) return a ^ b end},
  {"unary -", function(a) return -a end},
  {"==", function(a, b) return a == b end},
  {"<", function(a, b) return a < b end},
  {"<=", function(a, b) return a <= b end},
  {"..", function(a, b) return a .. b end},
  {"tostring", function(a) return #tostring(a) end},
  {"pairs", function(a)
    local n = 0
    for _ in pairs(a) do n = n + 1 end
    return n
  end},
  {"ipairs", function(a)
    for i in ipairs(a) do if i > 9 then return i end end
  end},
}

-- Calling -------------------------------------------------------------------

local MOST_KEPT = 40

local Caller = {}
Caller.__index = Caller

-- Returns an argument: one of the pool, or one that an earlier call returned.
function Caller:argument()
  if #self.kept > 0 and draw(6) == 1 then return one_of(self.kept) end
  if draw(20) == 1 then return one_of(self.targets).f end
  return self.pool[draw(self.n)]
end

-- Returns arguments for a target: those of a good call with some changed, added
-- or left out; or any.
function Caller:arguments(target)
  local args = {n = 0}
  local good = #target.calls > 0 and draw(8) > 1 and one_of(target.calls)
  if not good then
    args.n = draw(6) - 1
    for i = 1, args.n do args[i] = self:argument() end
    return args
  end
  for i = 1, good.n do args[i] = good[i] end
  args.n = good.n
  local change = draw(8)
  if change == 1 then
    args.n = draw(good.n + 1) - 1
  elseif change == 2 then
    args.n = good.n + 1
    args[args.n] = self:argument()
  end
  for _ = 1, draw(4) - 1 do
    if args.n > 0 then args[draw(args.n)] = self:argument() end
  end
  return args
end

local function is_small(x, core)
  return not core.is_program(x) or core.stats(x).bytes < 1e5
end

-- Remembers objects for later calls, and adds up the numbers that are seen.
function Caller:note(ok, ...)
  local sum, numbers = 0, 0
  local function see(x, depth)
    if type(x) == "number" then
      sum, numbers = sum + (x == x and x % 1e9 or 1), numbers + 1
    elseif type(x) == "table" and depth < 3 and not getmetatable(x) then
      for i = 1, 20 do see(rawget(x, i), depth + 1) end
    elseif self.core.is_tensor(x) then
      see(self.core.tensor_statistic(x, "sum"), depth)
    end
  end
  for i = 1, ok and select("#", ...) or 0 do
    local x = select(i, ...)
    see(x, 0)
    local kind = type(x)
    if (kind == "userdata" or kind == "table" or kind == "function")
        and is_small(x, self.core) then
      self.kept[#self.kept < MOST_KEPT and #self.kept + 1 or draw(MOST_KEPT)] =
        x
    end
  end
  return numbers > 0 and ("%d numbers, %.17g"):format(numbers, sum) or nil
end

local unpack = table.unpack or unpack -- luacheck: compat

local MOST_STEPS = 1e6

-- Ends calls that go over a list which only claims to be long.
local function limit_steps()
  debug.sethook(function() error("MINE", 0) end, "", MOST_STEPS)
end

function Caller:call_once(target, args)
  return self:note(pcall(target.f, unpack(args, 1, args.n)))
end

function Caller:call_in_coroutine(target, args)
  local co = coroutine.create(function(...) return target.f(...) end)
  local ok = self:note(coroutine.resume(co, unpack(args, 1, args.n)))
  for _ = 1, 5 do
    if coroutine.status(co) ~= "suspended" then break end
    self:note(coroutine.resume(co, self:argument()))
  end
  return ok
end

function Caller:call(depth)
  if depth == 1 and not self.unlimited then limit_steps() end
  local target = one_of(self.targets)
  local args = self:arguments(target)
  local outer = self.now
  self.now, self.depth = args, depth
  if self.traced then
    local parts = {}
    for i = 1, args.n do
      parts[i] = type(args[i]) == "string" and ("%q"):format(args[i]:sub(1, 20))
        or tostring(select(2, pcall(tostring, args[i])))
    end
    io.stderr:write(target.name, "(", table.concat(parts, ", "), ")\n")
  end
  local seen
  if not self.calm and draw(3) == 1 then
    seen = self:call_in_coroutine(target, args)
  else
    seen = self:call_once(target, args)
  end
  self.now, self.depth = outer, depth - 1
  return seen and target.name .. ": " .. seen
end

-- Does anything that a callback, metamethod or finaliser may do to calls that
-- wait for it.
function Caller:trouble()
  local what = draw(9)
  if what == 1 then
    collectgarbage()
  elseif what == 2 then
    for i = 1, self.now and self.now.n or 0 do
      local x = self.now[i]
      if type(x) == "table" and not self.spared[x] then
        for key in next, x do x[key] = nil end
      end
    end
  elseif what == 3 and self.depth < 3 then
    coroutine.yield(self:argument())
  elseif what == 4 then
    error("MINE", 0)
  elseif what < 7 and self.depth < 3 then
    self:call(self.depth + 1)
  end
  if draw(2) == 1 then return draw(9) end
  return self:argument()
end

-- Makes an object whose finaliser makes trouble, and makes the next such
-- object.
local function haunt(caller)
  local function finalise()
    if caller.over then return end
    pcall(caller.trouble, caller)
    haunt(caller)
  end
  if newproxy then
    getmetatable(newproxy(true)).__gc = finalise
  else
    setmetatable({}, {__gc = finalise})
  end
end

local METAMETHODS = {"__index", "__len", "__pairs", "__newindex", "__call",
  "__eq", "__lt", "__le", "__add", "__mul", "__unm", "__tostring", "__close",
  "__concat", "__gc"}

-- Returns all functions that scripts reach, and good calls of them.
local function find_targets(t, before, objects, calls, all)
  local targets = {}
  local function add(f, name)
    if type(f) ~= "function" then return end
    if all or debug.getinfo(f, "S").what == "C" then
      targets[#targets + 1] = {f = f, name = name, calls = calls[f] or {}}
    end
  end
  for name in require("tinygrad.base.lazy").pairs(t) do local _ = t[name] end
  local names = {}
  for name in pairs(package.loaded) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if name:find("^tinygrad") then
      walk(package.loaded[name], name, before, add)
    end
  end
  walk(_G, "_G", before, add)
  for i, x in ipairs(objects) do walk(x, "object" .. i, before, add) end
  for _, each in ipairs(operators) do
    targets[#targets + 1] = {f = each[2], name = each[1], calls = {}}
  end
  return targets
end

-- Makes a caller of all functions that C has given Lua, or of all functions
-- (`all`); `calm` as on the command line.
local function new_caller(all, calm)
  local before, calls = standard(), {}
  local t, core = require "tinygrad", require "tinygrad.core"
  local restore = listen(core, calls)
  local objects = work(t, core)
  restore()
  local caller = setmetatable({core = core, kept = {}, depth = 0, spared = {},
    calm = calm}, Caller)
  local troubled = {}
  for _, name in ipairs(METAMETHODS) do
    troubled[name] = function() return caller:trouble() end
  end
  caller.targets = find_targets(t, before, objects, calls, all)
  caller.pool, caller.n = pool_of(objects, troubled, calm)
  for _, target in ipairs(caller.targets) do
    for _, good in ipairs(target.calls) do
      for i = 1, good.n do
        if type(good[i]) == "table" then caller.spared[good[i]] = true end
      end
    end
  end
  walk({package.loaded, troubled}, "spared", caller.spared, nothing)
  return caller
end

-- script.c calls these two functions.

function script.text(bytes) return bytes end

function script.run(bytes)
  sandbox.close_world()
  local caller = new_caller(true)
  caller.unlimited = true -- script.c has a limit of its own
  draw = from_bytes(bytes)
  local over
  repeat
    caller:call(1)
    over = select(2, draw(1))
  until over
end

-- From a command line -------------------------------------------------------

-- Without LuaJIT's compiler, which gains nothing here: what it has compiled of
-- such calls at times never ends (2.1.0-beta3, in 3 of 75 runs).
function script.main(seed, count, how)
  local jit = rawget(_G, "jit")
  if jit then jit.off() end
  local caller = new_caller(false, how == "calm")
  caller.traced = how == "traced"
  draw = from_seed(seed)
  if not caller.calm then haunt(caller) end
  for i = 1, count do
    local seen = caller:call(1)
    if caller.calm and seen then print(i, seen) end
  end
  caller.over = how ~= "closing"
  print "survived"
end

if arg and arg[0] and arg[0]:find("reach%.lua$") then
  local seed, count, how =
    table.concat(arg, " "):match("^(%d+) (%d+) ?(%a*)$")
  script.main(tonumber(seed), tonumber(count), how)
end

return script
