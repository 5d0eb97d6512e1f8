--- tinygrad.program.reader: reads what is in a Program, for those that write or
-- draw it.

local core = require "tinygrad.core"
core.library()

--- Iterates over the instructions of a Program. Each is a list of its number
-- and of what core.instructions returns.
local function instructions(program)
  local each, n = core.instructions(program), 0
  return function()
    n = n + 1
    local found = {n, each()}
    if found[2] then return found end
  end
end

--- The slots of an instruction's result and operands at step k.
local function slots_at(i, k)
  local slots = {}
  for n = 4, #i, 2 do slots[#slots + 1] = i[n] + k * i[n + 1] end
  return slots
end

--- Returns the constants of a Program by slot (their slots follow those of the
-- inputs), the slots of its results, and the constants as a list.
local function constants_from(program, inputs)
  local constants, results = core.fixed_slots(program)
  local fixed = {}
  for k, x in ipairs(constants) do fixed[inputs + k - 1] = x end
  return fixed, results, constants
end

return {constants_from = constants_from, instructions = instructions,
  slots_at = slots_at}
