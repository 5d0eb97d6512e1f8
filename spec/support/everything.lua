--- A script that uses each capability of tinygrad in a Lua that a host has
-- changed. Prints what fails, or "ok". Its argument names the change, one of
-- SETTINGS.
-- luacheck: ignore 121 122 (globals are changed, and fields of theirs)

local setting = arg[1]
local pcall, find, tostring = pcall, string.find, tostring
local tmpname, open, remove, print = os.tmpname, io.open, os.remove, print
local concat, sort, match = table.concat, table.sort, string.match
local metatable = debug.getmetatable("")

local SETTINGS = {
  none = function() end,
  strict = function()
    local function refuse(_, name)
      error("no such global: " .. tostring(name), 2)
    end
    setmetatable(_G, {__index = refuse, __newindex = refuse})
  end,
  no_debug = function()
    package.loaded.debug = nil
    debug = nil
  end,
  arithmetic = function()
    for _, event in ipairs {"add", "sub", "mul", "div", "mod", "pow", "unm",
        "idiv", "call"} do
      metatable["__" .. event] = function()
        error("arithmetic on a string: " .. event, 2)
      end
    end
  end,
  no_conversion = function() -- like Luas with LUA_NOCVTN2S, which lack `..` too
    table.concat = function(t, separator, i, j)
      for k = i or 1, j or #t do
        if type(t[k]) == "number" then error("a number is joined", 2) end
      end
      return concat(t, separator, i, j)
    end
  end,
  no_methods = function() metatable.__index = nil end,
  no_metatable = function() debug.setmetatable("", nil) end,
  locale = function()
    assert(os.setlocale("de_DE.UTF-8"), "no such locale")
    -- LuaJIT formats numbers by itself, not with the C library.
    assert(rawget(_G, "jit") or ("%.1f"):format(0.5) == "0,5")
  end,
}

SETTINGS[setting]()
local tinygrad = require "tinygrad"
local path = tmpname()

local function no_comma(text)
  local line = match(text, "[^\n]*%d,%d[^\n]*")
  if line then error("a comma in: " .. line, 0) end
end

local function read()
  local file = open(path)
  local text = file:read("*a")
  file:close()
  return text
end

-- Capabilities that do not need the methods of strings.
local BASIC = {
  transforms = function()
    local function f(x) return x[1] ^ 2 * tinygrad.sin(x[2]) end
    assert(tinygrad.grad(f)({1, 2})[1] == 2 * tinygrad.sin(2))
    tinygrad.hessian(f)({1, 2})
    tinygrad.jacobian(function(x) return {f(x), x[1]} end)({1, 2})
    local square = tinygrad.custom {name = "square",
      forward = function(x) return x * x end,
      backward = function(x) return 2 * x end}
    assert(tinygrad.grad(square)(3) == 6)
  end,
  Programs = function()
    local p = tinygrad.compile(function(x, t) return x * t.a end, 2, {a = 0.5})
    assert(p(3, {a = 0.5}) == 1.5)
    assert(p:grad()(3, {a = 0.5}) == 0.5)
    assert(find(tostring(p), "mul", 1, true))
  end,
  math = function() assert(tinygrad.math.floor(2.5) == 2) end,
}

local REST = {
  help = function()
    for _, name in ipairs {"clamp", "fit", "leaky_relu", "pow"} do
      local text = tinygrad.help(name)
      assert(find(text, "tinygrad: ", 1, true))
      for call in text:gmatch("(tinygrad%.[%w_]+%b())") do
        if setting == "locale" then no_comma(call:gsub(", ", " ")) end
      end
    end
  end,
  emit_c = function()
    local long = {}
    for i = 1, 900 do long[i] = i / 7 end
    for _, real in ipairs {"double", "float"} do
      no_comma((tinygrad.compile(function(x, y)
        return tinygrad.log(x) * 2.5 + tinygrad.gelu(y) + tinygrad.lgamma(y)
          + tinygrad.max(x, 0.25)
      end, 1, 2):grad():emit_c {real = real}))
      no_comma((tinygrad.compile(function(x)
        local sum = 0
        for i = 1, 900 do sum = sum + tinygrad.sin(x[i]) * 0.5 end
        return sum
      end, long):grad():emit_c {real = real, doc = false}))
    end
  end,
  fit = function()
    local x, y = {}, {}
    for i = 1, 20 do x[i], y[i] = i / 5, 2 ^ -(i / 5) + 1 end
    local r = tinygrad.fit(function(t, p)
      return p.a * tinygrad.exp(-p.b * t) + p.c
    end, {x = x, y = y}, {a = 1, b = 0.1, c = 0})
    assert(r.converged)
    return tostring(r)
  end,
  minimize = function()
    return tostring(tinygrad.minimize(function(x)
      return (x[1] - 0.5) ^ 2 + x[2] ^ 2
    end, {20.5, 3}))
  end,
  gradcheck = function()
    local ok, report = tinygrad.gradcheck(tinygrad.log, {0.5})
    assert(ok, tostring(report))
  end,
  nn = function()
    local nn = tinygrad.nn
    local model = nn.MLP(2, {4, 1})
    local history = nn.train(model, nn.squared_error,
      {x = {{1, 2}, {3.5, 4}}, y = {1, 0.5}}, {epochs = 5, quiet = true})
    assert(model:save(path))
    assert(model:load(path))
    return tostring(history), tostring(model)
  end,
  optim = function()
    local x = {1.5}
    local optimizer = tinygrad.optim.Adam(x, {lr = 0.1})
    optimizer:step({0.2})
    return tostring(optimizer)
  end,
  Tensors = function()
    assert(tinygrad.Tensor({0.5, 2}):save_npy(path))
    assert(tinygrad.Tensor.load_npy(path)[1] == 0.5)
    return tostring(tinygrad.Tensor {0.5, 1})
  end,
  drawings = function()
    local plot = tinygrad.plot():line({1.5, 2.25, 3}, {0.5, 1, 2})
    assert(plot:save(path .. ".svg"))
    remove(path .. ".svg")
    local v = tinygrad.Value(0.5)
    local y = tinygrad.log(v) * 2
    y:backward()
    no_comma(tinygrad.graph.text(y) .. tinygrad.graph.tree(y))
    tinygrad.graph.dot(y)
    assert(tinygrad.graph.html(y, path))
    assert(find(read(), "0.5", 1, true))
  end,
  saving = function()
    local p = tinygrad.compile(function(t)
      return tinygrad.log(t.a) * t[0.5]
    end, {a = 0.5, [0.5] = 3})
    assert(p:save(path))
    local q = assert(tinygrad.load_program(path))
    local t = {a = 0.25, [0.5] = 2}
    assert(q(t) == p(t))
  end,
}

-- Capabilities that a setting takes away: the message that says so.
local REFUSED = {
  no_debug = {help = "tinygrad.help needs the library 'debug'"},
}
local NO_METHODS = "needs the methods of strings"

local problems = {}
local function try(name, f, message)
  local ok, problem = pcall(f)
  problem = tostring(problem)
  if message and (ok or not find(problem, message, 1, true))
      or not message and not ok then
    problems[#problems + 1] = name .. ": " .. problem
  end
end

for name, f in pairs(BASIC) do try(name, f) end
for name, f in pairs(REST) do
  local refused = REFUSED[setting]
  try(name, f, refused and refused[name]
    or find(setting, "no_me", 1, true) and NO_METHODS or nil)
end
remove(path)
sort(problems)
print(#problems == 0 and "ok" or concat(problems, "\n"))
