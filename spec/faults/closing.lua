-- The work that is being done when closing_host.c closes the state.

local tinygrad = require "tinygrad"

local function chain(x)
  for _ = 1, 60 do x = tinygrad.tanh(x * 1.5 + 0.1) end
  return x
end

local function work_with_program(f)
  return function() f(tinygrad.compile(chain, 0)) end
end

local function batches(threads, reduce)
  return work_with_program(function(program)
    local rows = tinygrad.Tensor.zeros(50000)
    arm()
    for _ = 1, 20 do -- the threads may leave no rows to the caller
      program:batch({rows}, {threads = threads, reduce = reduce})
    end
  end)
end

local works = {
  batches(4), batches(4, "sum"), batches(1),
  work_with_program(function(program)
    arm()
    program:grad()
  end),
  work_with_program(function(program)
    arm()
    program:hvp()
  end),
  work_with_program(function(program)
    arm()
    tinygrad.program_from_string(program:to_string())
  end),
  function()
    arm()
    tinygrad.compile(chain, 0)
  end,
  function()
    local x = tinygrad.Value(1)
    local y = chain(x)
    arm()
    y:backward()
    tinygrad.gradients(y, {x}, {create_graph = true})
  end,
}

local work = works[...]
if not work then return false end
work()
