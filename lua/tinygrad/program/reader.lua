--- What is in a Program, for those who write it down.

local core = require "tinygrad.core"
core.library()

--- The instructions of a Program, each as a list of its number and of what
-- core.instructions returns.
local function instructions(program)
  local each, n = core.instructions(program), 0
  return function()
    n = n + 1
    local found = {n, each()}
    if found[2] then return found end
  end
end

--- The positions of an instruction's result and operands at step k.
local function slots_at(i, k)
  local slots = {}
  for n = 4, #i, 2 do slots[#slots + 1] = i[n] + k * i[n + 1] end
  return slots
end

--- The numbers by the slots where a Program keeps them, after its inputs; the
-- slots of its results; the numbers as a list.
local function constants_from(program, inputs)
  local constants, results = core.fixed_slots(program)
  local fixed = {}
  for k, x in ipairs(constants) do fixed[inputs + k - 1] = x end
  return fixed, results, constants
end

return {constants_from = constants_from, instructions = instructions,
  slots_at = slots_at}
