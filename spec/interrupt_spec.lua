-- Count hooks, and so Ctrl-C, act within 50 ms of processor time while large
-- Programs are recorded, derived and run. What is measured is the longest time
-- between two calls of a hook. TINYGRAD_SPEC_LINKS sets how large.

local tinygrad = require "tinygrad"
local support = require "spec.support"

local LONGEST = 0.05 -- seconds
local LINKS = tonumber(os.getenv("TINYGRAD_SPEC_LINKS"))
  or support.scaled(30000, 100)

-- Calls f(...) under a count hook; returns what f returns first.
local function watched(what, f, ...)
  local clock, longest = os.clock, 0
  local last
  local function look()
    local now = clock()
    longest = math.max(longest, now - last)
    last = now
  end
  collectgarbage()
  debug.sethook(look, "", 1000)
  last = clock()
  local ok, result = pcall(f, ...)
  debug.sethook()
  look()
  assert(ok, result)
  assert.is_true(longest <= LONGEST,
    ("%s: %.0f ms without a hook"):format(what, longest * 1e3))
  return result
end

local function chain(x)
  for _ = 1, LINKS do x = tinygrad.tanh(x * 1.0001 + 0.1) end
  return x
end

local function broad(x)
  local y = 0
  for i = 1, LINKS do y = y + tinygrad.sin(x[i % #x + 1] * i) * x[1] end
  return y
end

local function check(f, x)
  local program = watched("compile", tinygrad.compile, f, x)
  watched("run", program, x)
  if type(x) == "number" then
    watched("run on a Value", program, tinygrad.Value(x))
  end
  local gradient = watched("grad", program.grad, program)
  watched("run of grad", gradient, x)
  watched("value_and_grad", program.value_and_grad, program)
  watched("jvp", program.jvp, program)
  watched("hvp", program.hvp, program)
  if type(x) == "number" then
    watched("hessian", program.hessian, program)
  end
end

describe("hooks act within 50 ms", function()
  it("on a long chain", function() check(chain, 0.5) end)

  it("on many terms of many inputs", function()
    local x = {}
    for i = 1, 1000 do x[i] = i / 1000 end
    check(broad, x)
  end)
end)
