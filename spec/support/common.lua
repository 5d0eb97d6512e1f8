--- Functions that several specs need: comparisons, derivatives by differences,
-- what the running Lua can do.

local tinygrad = require "tinygrad"

local support = {}

--- A factor in (0, 1] for sizes, so that slow checkers such as valgrind can
-- finish.
support.SCALE = tonumber(os.getenv("TINYGRAD_SPEC_SCALE") or "1")

--- Returns n times the factor, rounded down, and at least `least`.
function support.scaled(n, least)
  return math.max(least or 1, math.floor(n * support.SCALE))
end

--- Tells whether this Lua compares a number with a Value. (Lua 5.1 and LuaJIT
-- refuse.)
support.MIXED_COMPARISON = _VERSION ~= "Lua 5.1"

--- Tells whether ipairs uses __index. (It does from Lua 5.3 on.)
support.IPAIRS_INDEX = pcall(ipairs, io.stdout) and _VERSION ~= "Lua 5.2"

--- The function `a // b`, or nil if this Lua lacks the operator.
support.floor_division = (loadstring or load)("local a, b = ... return a // b")

--- Tells whether two numbers are equal, or both NaN.
function support.same(a, b)
  return a == b or (a ~= a and b ~= b)
end

--- Fails unless a and b differ by less than `tolerance` of the larger or 1.
function support.near(expected, got, tolerance, message)
  local size = math.max(1, math.abs(expected), math.abs(got))
  assert(math.abs(expected - got) <= (tolerance or 1e-12) * size,
    ("%s: expected %.17g, got %.17g"):format(message or "number", expected,
      got))
end

--- Returns the central difference of f, a function of a list of numbers, along
-- x[i].
function support.difference(f, x, i)
  local step = 6e-6 * math.max(1, math.abs(x[i]))
  local high, low = {}, {}
  for k = 1, #x do high[k], low[k] = x[k], x[k] end
  high[i], low[i] = x[i] + step, x[i] - step
  return (f(high) - f(low)) / (high[i] - low[i])
end

--- Returns a function that returns random numbers between low and high. They
-- are equal on every Lua.
function support.random(seed)
  local state = seed
  return function(low, high)
    state = (state * 16807) % 2147483647
    return low + (high - low) * (state / 2147483647)
  end
end

--- Returns for each of xs the sum, over all paths, of the absolute values of
-- their contributions to d root / d x. Rounding errors of a derivative are
-- small beside this sum, but not always beside the derivative.
function support.contributions(root, xs)
  local absolute = {}
  if tinygrad.is_value(root) then
    local nodes = tinygrad.graph.trace(root)
    absolute[root] = 1
    for i = #nodes, 1, -1 do
      local here = absolute[nodes[i]] or 0
      local partials = nodes[i]:partials()
      for k, parent in ipairs(nodes[i]:parents()) do
        if here ~= 0 and partials[k] ~= 0 then -- zmul: 0 wins over inf
          absolute[parent] = (absolute[parent] or 0)
            + here * math.abs(partials[k])
        end
      end
    end
  end
  local sizes = {}
  for i, x in ipairs(xs) do sizes[i] = absolute[x] or 0 end
  return sizes
end

--- Calls f while the collector has the given pause and step multiplier, in
-- percent.
function support.with_collector(pause, multiplier, f)
  local function set(name, value)
    if _VERSION >= "Lua 5.5" then
      return collectgarbage("param", name, value)
    end
    return collectgarbage("set" .. name, value)
  end
  pause, multiplier = set("pause", pause), set("stepmul", multiplier)
  f()
  set("pause", pause)
  set("stepmul", multiplier)
end

--- Returns the error of f(...); fails if there is none.
function support.message_of(f, ...)
  local ok, message = pcall(f, ...)
  assert(not ok, "an error was expected")
  return message
end

--- Returns the error of a call f(...) from this file, without its position;
-- fails unless that is the line of the call.
function support.caught(f, ...)
  local unpack = table.unpack or unpack -- luacheck: compat
  local args, n = {...}, select("#", ...)
  local message = support.message_of(function()
    local result = f(unpack(args, 1, n))
    return result
  end)
  assert(message:find("^%.?[/\\]?spec[/\\]support[/\\]common%.lua:%d+: "),
    message)
  return (message:gsub("^.-:%d+: ", ""))
end

--- Returns the numbers of all arguments as one list. Arguments are numbers,
-- Values and tables of these.
function support.flat(...)
  local is_value, list = require("tinygrad").is_value, {}
  local function add(x)
    if type(x) == "table" then
      for i = 1, #x do add(x[i]) end
    else
      list[#list + 1] = is_value(x) and x.data or x
    end
  end
  for i = 1, select("#", ...) do add((select(i, ...))) end
  return list
end

--- Returns the bytes of a file.
function support.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

--- Returns the names of all optimisers, sorted.
---@return string[]
function support.optimizers()
  local names = {}
  for name in pairs(require("tinygrad.optim.algorithms").by_name) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- Returns the numbers of a model's parameters.
function support.numbers_of(model)
  local list = {}
  for i, p in ipairs(model:parameters()) do list[i] = p.data end
  return list
end

return support
