-- Does one piece of work of a chosen size:
--
--   lua5.4 spec/scale/work.lua NAME SIZE [REPETITIONS]
--
-- NAME is a function of `work` below, SIZE the number of operations of its
-- function, which is made first. Prints what making took, and what the
-- repetitions took: processor seconds and, if the system tells, the largest KiB
-- of memory. Below a size of a million the collector rests, so that linear.sh
-- can count instructions.

local tinygrad = require "tinygrad"
local cos, Value = tinygrad.cos, tinygrad.Value

local name, size = arg[1], tonumber(arg[2])
local repetitions = tonumber(arg[3] or 1)
local RECENT = 64 -- values that are used again

-- A function of three operations for each step: operands are recent and old
-- results, each is used several times, and each contributes to the last.
local function f(x)
  local recent, total = {}, x
  for i = 1, RECENT do recent[i] = x * i end
  for k = 1, math.floor(size / 3) do
    local a, b = k % RECENT + 1, k * 7 % RECENT + 1
    recent[a] = cos(recent[b] - recent[a])
    total = total + recent[a]
  end
  return total
end

-- Returns f'(x), computed forwards on numbers.
local function derivative(x)
  local recent, slopes, total = {}, {}, 1
  for i = 1, RECENT do recent[i], slopes[i] = x * i, i end
  for k = 1, math.floor(size / 3) do
    local a, b = k % RECENT + 1, k * 7 % RECENT + 1
    local d = recent[b] - recent[a]
    recent[a], slopes[a] = math.cos(d), -math.sin(d) * (slopes[b] - slopes[a])
    total = total + slopes[a]
  end
  return total
end

local function check(x, got)
  local expected = derivative(x)
  assert(math.abs(got - expected) <= 1e-9 * math.max(1, math.abs(expected)),
    "a wrong derivative")
end

local work = {}

-- Backward passes over the graph of Values, from the result to the leaf.
function work.backward()
  local x = Value(0.3)
  local out = f(x)
  return function(n)
    for _ = 1, n do out:backward() end
  end, function() check(0.3, x.grad / repetitions) end
end

-- Recording and simplifying the function.
function work.compile()
  local p
  return function(n)
    for _ = 1, n do p = tinygrad.compile(f, 0.3) end
  end, function()
    assert(p:stats().operations >= size - 3)
    assert(p(0.3) == f(0.3), "a wrong value")
  end
end

-- Deriving a Program from a Program.
function work.gradient()
  local p, g = tinygrad.compile(f, 0.3), nil
  return function(n)
    for _ = 1, n do g = p:grad() end
  end, function() check(0.3, g(0.3)) end
end

-- Writing a Program as C.
function work.export()
  local p, source = tinygrad.compile(f, 0.3), nil
  return function(n)
    for _ = 1, n do source = p:emit_c {doc = false} end
  end, function() assert(#source > size) end
end

-- Saving a Program to bytes, and reading it.
function work.saving()
  local p, again = tinygrad.compile(f, 0.3), nil
  return function(n)
    for _ = 1, n do again = tinygrad.program_from_string(p:to_string()) end
  end, function() assert(again(0.3) == p(0.3)) end
end

-- Returns the most KiB that the process has had.
local function peak()
  local status = io.open("/proc/self/status")
  if not status then return 0 end
  local text = status:read("*a")
  status:close()
  return tonumber(text:match("VmHWM:%s*(%d+)"))
end

if size < 1e6 then collectgarbage("stop") end
local start = os.clock()
local run, finish = work[name]()
local made = os.clock()
run(repetitions)
local ran = os.clock()
finish()
print(("%s of %.0f operations: %.1f s to make it, %.1f s, %d KiB"):format(name,
  size, made - start, ran - made, peak()))
