-- Makes the Program that threads.c evaluates: value and gradient of a function
-- of four numbers with every operation of the table in it, and loops.

local tinygrad = require "tinygrad"
local unpack = table.unpack or unpack -- luacheck: compat

-- Returns an operand in the domain, for any x.
local function operand(domain, x)
  local low, high = domain[1], domain[2]
  return low + (high - low) * tinygrad.sigmoid(x)
end

local function f(x)
  local y = 0
  for i, row in ipairs(tinygrad.operations()) do
    if row.arity ~= "n" then
      local operands = {}
      for k = 1, row.arity do
        operands[k] = operand(row.domain[k], x[(i + k) % #x + 1])
      end
      y = y + tinygrad.sin(tinygrad[row.name](unpack(operands, 1, row.arity)))
    end
  end
  local zs = {}
  for i = 1, 300 do zs[i] = tinygrad.tanh(x[i % #x + 1] * i + x[1]) end
  return y + tinygrad.norm(zs) * tinygrad.logsumexp(zs) - tinygrad.mean(zs)
    + tinygrad.max(unpack(x)) * tinygrad.min(unpack(x))
    + tinygrad.dot(zs, zs)
end

return tinygrad.compile(f, {1, 2, 3, 4}):value_and_grad()
