--- tinygrad.program.emit.straight: writes a short Program as straight lines
-- over local variables. They are named as in tostring(program): x1 is an input,
-- t1 (there %1) a result.

local reader = require "tinygrad.program.reader"
local reads = require("tinygrad.program.emit.formulas").reads

--- Makes the variables of a short Program. Returns their definitions, t1, t2,
-- ..., what is in each slot at the end, and the slots of the results.
local function variables(program, inputs)
  local at, results = reader.constants_from(program, inputs)
  local definitions = {}
  for slot = 0, inputs - 1 do at[slot] = ("x%d"):format(slot + 1) end
  local function define(slot, instruction, terms)
    definitions[#definitions + 1] = {instruction = instruction, terms = terms}
    at[slot] = ("t%d"):format(#definitions)
  end
  for i in reader.instructions(program) do
    local terms = {}
    if i[2] == "call" then
      for k = 6, #i do terms[k - 5] = at[i[k]] end
      define(i[5], i, terms)
    else
      for k = 0, i[3] - 1 do
        local slots = reader.slots_at(i, k)
        terms = {}
        for n = 2, #slots do terms[n - 1] = at[slots[n]] end
        define(slots[1], i, terms)
      end
    end
  end
  return definitions, at, results
end

--- Returns the set of the variables that the results need. What only
-- derivatives read is left out.
local function needed(definitions, at, results)
  local used = {}
  local function use(x) -- only names: NaN, a number, cannot be a key
    if type(x) == "string" then used[x] = true end
  end
  for _, slot in ipairs(results) do use(at[slot]) end
  for n = #definitions, 1, -1 do
    if used[("t%d"):format(n)] then
      local definition = definitions[n]
      for k, term in ipairs(definition.terms) do
        if reads(definition.instruction, k) then use(term) end
      end
    end
  end
  return used
end

--- Writes the lines of a short Program.
---@param paths string[] says what each input is
local function straight(formulas, program, inputs, paths)
  local language, lines = formulas.language, {}
  local definitions, at, results = variables(program, inputs)
  local used = needed(definitions, at, results)
  for k = 1, inputs do
    if used[("x%d"):format(k)] then
      language:put(lines, 1, language:declare(("x%d"):format(k),
        {"element", "in", k - 1}, true), paths[k])
    end
  end
  if #lines == 0 then language:put(lines, 1, language:ignore("in")) end
  for n, definition in ipairs(definitions) do
    if used[("t%d"):format(n)] then
      language:put(lines, 1, language:declare(("t%d"):format(n),
        formulas:result(definition.instruction, definition.terms), true))
    end
  end
  for k, slot in ipairs(results) do
    language:put(lines, 1, language:assign({"element", "out", k - 1}, at[slot]))
  end
  return lines
end

return straight
