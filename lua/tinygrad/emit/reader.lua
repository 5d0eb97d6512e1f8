--- What is in a Program, for those who write it as C.

local core = require "tinygrad.core"
local expression = require "tinygrad.emit.expression"
core.library()

--- The instructions of a Program, as core.instruction returns them.
local function instructions(program)
  local at = 0
  return function()
    local found = {core.instruction(program, at)}
    at = found[1]
    if at then return found end
  end
end

--- The positions of an instruction's result and operands at step k.
local function slots_at(i, k)
  local slots = {}
  for n = 4, #i, 2 do slots[#slots + 1] = i[n] + k * i[n + 1] end
  return slots
end

local function constants_from(program, inputs, writer)
  local constants, results = core.fixed_slots(program)
  local fixed = {}
  for k, x in ipairs(constants) do
    fixed[inputs + k - 1] = expression.literal(x, writer.real)
  end
  return fixed, results, constants
end

return {constants_from = constants_from, instructions = instructions,
  slots_at = slots_at}
