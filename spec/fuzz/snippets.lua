-- Runs Lua programs that use the public API and grow from bytes: each byte
-- chooses a production; when the bytes end, the first production is taken,
-- which is the shortest. Names, examples to vary and names of options come from
-- tinygrad's documentation. See script.c.
--
--   lua5.4 spec/fuzz/snippets.lua FILE ...    prints those of files

local sandbox = require "spec.fuzz.sandbox"

local script = {}

-- Growing -------------------------------------------------------------------

local VARIABLES = 6 -- v[1], v[2], ... hold what was made
local STATEMENTS = 12
local DEEPEST = 4

local NUMBERS = {"1", "2", "0", "-1", "0.5", "3", "-0.0", "nan", "huge",
  "-huge", "1e308", "5e-324", "2^53", "2^31", "-2^31", "2^63", "1e15", "100",
  "65536", "-2", "1e6", "math.mininteger", "math.maxinteger", "2.5", "1000"}

local OTHERS = {"nil", "true", "false", '""', '"x"', '"3"', '"mean"', '"sum"',
  '"file"', '"a.npy"', '("x"):rep(1e5)', '"\\0\\255"', "print", "{}",
  '"Adam"', '"%s%d"', "io.stderr", "coroutine.create(print)", "v", "_G"}

-- Expressions that make objects of every class.
local MAKERS = {
  {"Value", "T.Value(1.5)"},
  {"Tensor", "T.Tensor {{1, 2}, {3, 4}, {5, 6}}"},
  {"Program",
    "T.compile(function(x, y) return {x * T.tanh(y), x} end, 1, 2)"},
  {"Program",
    "T.compile(function(x) return T.dot(x, x) end, {1, 2}):value_and_grad()"},
  {"Model", "T.nn.MLP(2, {2, 1}, {seed = 1})"},
  {"Optimizer", "T.optim.SGD({1, {T.Value(2)}}, {lr = 0.1, momentum = 0.5})"},
  {"Optimizer", "T.optim.Adam(T.Tensor {1, 2}, {lr = 0.1})"},
  {"Plot", "T.plot():line(nil, {1, 2, 3})"},
  {"Generator", "T.Tensor.generator(1)"},
  {"Tensor", "T.Tensor.zeros(0, 3)"},
  {"Tensor", "T.Tensor.zeros(1024, 2)"},
  {"Value", "T.custom {name = 'f', forward = function(x) return x * x end, "
    .. "backward = function(x) return 2 * x end}(T.Value(2))"},
  {"Value", "T.Value(0.5):tanh():exp()"},
  {"Fit",
    "T.fit(function(x, p) return p * x end, {x = {1, 2}, y = {2, 4}}, 1)"},
}

-- The metamethods that tables get.
local METAMETHODS = {"__index", "__len", "__pairs", "__newindex", "__call",
  "__gc", "__eq", "__lt", "__add", "__mul", "__tostring", "__name", "__close",
  "__metatable", "__concat", "__unm"}

local OPERATORS = {"+", "-", "*", "/", "^", "%", "//", "<", "<=", "==", "..",
  "and", "&"}

-- Names of the documentation: {functions =, examples =, options =}, and the
-- methods of each class.
local names = {}

-- Fills `names` from the documentation.
local function read_documentation()
  local documentation = require "tinygrad.documentation"
  local known = {}
  names = {functions = {}, examples = {}, options = {}}
  local function add(list, x)
    if known[x] then return end
    known[x] = true
    list[#list + 1] = x
  end
  for _, entry in ipairs(documentation.entries(require "tinygrad")) do
    local class, method = entry.name:match("^(.*):(.*)")
    if class then
      names[class] = names[class] or {}
      table.insert(names[class], method)
    else
      add(names.functions, entry.name)
    end
    if entry.example then add(names.examples, entry.example) end
    for _, parameter in ipairs(entry.parameters or {}) do
      if parameter.name:find("^opt") or parameter.type:find("{") then
        local text = (parameter.type .. "; " .. parameter.text):gsub("%b()", "")
        for option in text:gmatch("[{;,] *([%l_]+)") do
          add(names.options, option)
        end
      end
    end
  end
end

local at, bytes -- the position of the next byte, and all bytes

-- Returns the number of a production, from 1 to n.
local function pick(n)
  local byte = bytes:byte(at) or 0
  at = at + 1
  if n <= 256 then return byte % n + 1 end
  local low = bytes:byte(at) or 0
  at = at + 1
  return (byte * 256 + low) % n + 1
end

local function one_of(list) return list[pick(#list)] end
local function variable() return "v[" .. pick(VARIABLES) .. "]" end

local expression, statement

-- Returns some expressions, separated by commas.
local function list(most, depth)
  local parts = {}
  for i = 1, pick(most + 1) - 1 do parts[i] = expression(depth + 1) end
  return table.concat(parts, ", ")
end

local function fields(depth)
  local parts = {}
  for i = 1, pick(4) do
    parts[i] = ("%s = %s"):format(one_of(names.options), expression(depth + 1))
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

-- Returns a function that others call: it works, or makes trouble.
local function callback(depth)
  local body = ({
    function() return "" end,
    function() return statement(depth + 1) end,
    function() return "collectgarbage()" end,
    function() return "coroutine.yield(...)" end,
    function() return "damage(...)" end,
    function() return "error('MINE')" end,
    function() return "error(MINE)" end,
    function() return "keep(v, ...)" end,
    function() return "collectgarbage('step')" end,
  })[pick(9)]()
  return ("function(...) local x, y = ...; %s; return %s end"):format(body,
    ({"x", expression(depth + 1), "x * x", "...", "T.tanh(x) + (y or 0)",
      "{x, {y}}", "x, y", "T.sum(x)", "nil", "x.data"})[pick(10)])
end

-- Returns a call of a method, of an object that may lack it.
local function method_call(depth)
  local maker = one_of(MAKERS)
  return ("(%s):%s(%s)"):format(pick(2) == 1 and maker[2] or variable(),
    one_of(names[maker[1]]), list(3, depth))
end

local function called(depth)
  return ("T.%s(%s)"):format(one_of(names.functions), list(4, depth))
end

local productions = {
  function() return one_of(NUMBERS) end,
  variable,
  function() return one_of(MAKERS)[2] end,
  called,
  method_call,
  function(depth) return "{" .. list(4, depth) .. "}" end,
  callback,
  fields,
  function() return one_of(OTHERS) end,
  function(depth)
    return ("(%s %s %s)"):format(expression(depth + 1), one_of(OPERATORS),
      expression(depth + 1))
  end,
  function(depth)
    return ("nested(%s, %s)"):format(one_of {"3", "90", "101", "250", "1e4"},
      expression(depth + 1))
  end,
  function(depth)
    return ("setmetatable({%s}, {%s = %s})"):format(list(2, depth),
      one_of(METAMETHODS), callback(depth))
  end,
  function() return "cyclic()" end,
  function(depth)
    return ("T.Value(%s)"):format(expression(depth + 1))
  end,
  function(depth)
    return ("many(%s, %s)"):format(one_of {"10", "300", "1e4", "1e5"},
      expression(depth + 1))
  end,
  function(depth)
    return ("(%s)[%s]"):format(variable(), expression(depth + 1))
  end,
}

function expression(depth)
  return productions[depth > DEEPEST and 1 or pick(#productions)](depth)
end

-- Returns an example with some of its numbers, strings and words replaced.
local function varied(example)
  example = example:gsub("%-%->[^\n]*", "")
  return (example:gsub("[%w_.]+", function(word)
    local literal = word:find("^%d") or word == "true" or word == "false"
    if literal and pick(4) == 4 then return " " .. expression(2) .. " " end
  end))
end

local statements = {
  function(depth)
    return variable() .. " = " .. expression(depth)
  end,
  function(depth) return "local _ = " .. method_call(depth) end,
  function(depth) return variable() .. " = " .. called(depth) end,
  function() return variable() .. " = " .. one_of(MAKERS)[2] end,
  function() return "do " .. varied(one_of(names.examples)) .. " end" end,
  function(depth) return ("drive(%s)"):format(callback(depth)) end,
  function() return "collectgarbage()" end,
  function(depth)
    return ("%s.%s = %s"):format(variable(), one_of {"data", "grad", "label",
      "lr", "schedule", "steps", "x"}, expression(depth + 1))
  end,
  function(depth)
    return ("do local c <close> = setmetatable({}, {__close = %s}) %s end")
      :format(callback(depth), statement(depth + 1))
  end,
  function(depth)
    return ("%s[%s] = %s"):format(variable(), expression(depth + 1),
      expression(depth + 1))
  end,
  function()
    return ("tostring(%s)"):format(variable())
  end,
  function() return one_of {"collectgarbage('generational')",
    "collectgarbage('incremental')", "collectgarbage('step')"} end,
}

function statement(depth)
  if depth > DEEPEST then return "" end
  return statements[pick(#statements)](depth)
end

-- Returns a program: statements of which each runs even if another fails.
function script.text(given)
  if not names.functions then read_documentation() end
  at, bytes = 1, given
  local lines = {}
  while at <= #bytes and #lines < STATEMENTS do
    lines[#lines + 1] = ("try(function() %s end)"):format(statement(1))
  end
  return table.concat(lines, "\n") .. "\n"
end

-- Running -------------------------------------------------------------------

-- Returns the environment of the programs: Lua's own functions and a few more.
local function environment(tinygrad)
  local env = {T = tinygrad, tinygrad = tinygrad, v = {}, MINE = {},
    nan = 0 / 0, huge = math.huge, print = function(...) return ... end}

  local function check(message)
    if message ~= env.MINE then sandbox.check_message(message) end
  end

  function env.try(f)
    local ok, message = pcall(f)
    if not ok then check(message) end
  end

  -- Runs f as a coroutine for a while, and leaves it suspended.
  function env.drive(f)
    local thread = coroutine.create(f)
    for i = 1, 4 do
      local ok, message = coroutine.resume(thread, i, env.v[1])
      if not ok then return check(message) end
      if coroutine.status(thread) == "dead" then return end
    end
    env.v[#env.v + 1] = thread
  end

  function env.nested(n, x)
    for _ = 1, n do x = {x} end
    return x
  end

  function env.cyclic()
    local t = {1}
    t[2] = t
    return t
  end

  function env.many(n, x)
    local t = {}
    for i = 1, n do t[i] = x end
    return t
  end

  -- Changes arguments while they are in use.
  function env.damage(...)
    for i = 1, select("#", ...) do
      local x = select(i, ...)
      if type(x) == "table" then
        x[1], x[#x], x[#x + 2], x.x = nil, nil, x, 1
      elseif tinygrad.Tensor.is_tensor(x) then
        pcall(x.fill, x, 0 / 0)
      elseif tinygrad.is_value(x) then
        pcall(function() x.data = 0 end)
        pcall(x.backward, x)
      end
    end
    for i, x in pairs(env.v) do
      if type(x) == "table" then rawset(x, 1, nil) end
      if i == 1 then env.v[i] = nil end
    end
  end

  function env.keep(v, ...) v[1], v[2], v[3] = ... end

  return setmetatable(env, {__index = _G})
end

function script.run(text)
  sandbox.close_world()
  local env = environment(require "tinygrad")
  local chunk = load(text, "=snippet", "t", env)
  if chunk then chunk() end -- a varied example may not compile
end

if arg and arg[0] and arg[0]:find("snippets%.lua$") then
  for _, path in ipairs(arg) do
    local file = assert(io.open(path, "rb"))
    io.write(script.text(file:read("*a")))
    file:close()
  end
end

return script
