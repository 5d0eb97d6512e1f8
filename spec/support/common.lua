--- What several specs need: closeness, derivatives by differences, the Lua
-- that runs.

local tinygrad = require "tinygrad"

local support = {}

--- Factor in (0, 1] for sizes, so that slow checkers (valgrind) can finish.
support.SCALE = tonumber(os.getenv("TINYGRAD_SPEC_SCALE") or "1")

--- `n` scaled, at least `least`.
function support.scaled(n, least)
  return math.max(least or 1, math.floor(n * support.SCALE))
end

--- Does this Lua compare a number with a Value? (5.1 and LuaJIT refuse.)
support.MIXED_COMPARISON = _VERSION ~= "Lua 5.1"

--- Does ipairs go over what is indexed by a metamethod? (From 5.3 on.)
support.IPAIRS_INDEX = pcall(ipairs, io.stdout) and _VERSION ~= "Lua 5.2"

--- The function `a // b`, or nil where the operator does not exist.
support.floor_division = (loadstring or load)("local a, b = ... return a // b")

--- Equal, NaN equal to NaN.
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

--- Central difference of f, a function of a list of numbers, along x[i].
function support.difference(f, x, i)
  local step = 6e-6 * math.max(1, math.abs(x[i]))
  local high, low = {}, {}
  for k = 1, #x do high[k], low[k] = x[k], x[k] end
  high[i], low[i] = x[i] + step, x[i] - step
  return (f(high) - f(low)) / (high[i] - low[i])
end

--- Numbers that look random, the same on every Lua.
function support.random(seed)
  local state = seed
  return function(low, high)
    state = (state * 16807) % 2147483647
    return low + (high - low) * (state / 2147483647)
  end
end

--- For each of xs: how large the contributions to d root / d x are together,
-- their absolute values added up along all paths. Rounding errors of a
-- derivative are small against this, but not always against the derivative.
function support.contributions(root, xs)
  local absolute = {}
  if tinygrad.is_value(root) then
    local nodes = tinygrad.graph.trace(root)
    absolute[root] = 1
    for i = #nodes, 1, -1 do
      local here = absolute[nodes[i]] or 0
      local partials = nodes[i]:partials()
      for k, parent in ipairs(nodes[i]:parents()) do
        if here ~= 0 and partials[k] ~= 0 then -- as zmul: 0 wins over infinity
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

--- Calls f under a collector that rests and works as given (in percent).
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

--- The error message of f(...).
function support.message_of(f, ...)
  local ok, message = pcall(f, ...)
  assert(not ok, "an error was expected")
  return message
end

--- The bytes of a file.
function support.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

--- The numbers of a model's parameters.
function support.numbers_of(model)
  local list = {}
  for i, p in ipairs(model:parameters()) do list[i] = p.data end
  return list
end

return support
