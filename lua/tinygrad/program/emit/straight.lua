--- A short Program as straight lines over local variables, named as in
-- tostring(program): x1 an input, t1 (there %1) a result.

local expression = require "tinygrad.program.emit.expression"
local reader = require "tinygrad.program.emit.reader"
local text = require "tinygrad.program.emit.text"

local atom, write = expression.atom, expression.write
local reads = require("tinygrad.program.emit.writer").reads
local comment_safe, wrap = text.comment_safe, text.wrap

--- The variables of a short Program: definitions of t1, t2, ..., and what is
-- in each slot at the end.
local function variables(writer, program, inputs)
  local at, results = reader.constants_from(program, inputs, writer)
  local definitions = {}
  for slot = 0, inputs - 1 do at[slot] = atom("x" .. slot + 1) end
  local function define(slot, instruction, terms)
    definitions[#definitions + 1] = {instruction = instruction, terms = terms}
    at[slot] = atom("t" .. #definitions)
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

--- The body of a short Program.
local function straight(writer, program, inputs, paths, lines)
  local real = writer.real
  local definitions, at, results = variables(writer, program, inputs)
  local used = {} -- by name: what only derivatives need is left out
  for _, slot in ipairs(results) do used[at[slot].text] = true end
  for n = #definitions, 1, -1 do
    if used["t" .. n] then
      local definition = definitions[n]
      for k, term in ipairs(definition.terms) do
        if reads(definition.instruction, k) then used[term.text] = true end
      end
    end
  end
  local any = false
  for k = 1, inputs do
    if used["x" .. k] then
      any = true
      local line = ("  const %s x%d = in[%d];"):format(real, k, k - 1)
      if writer.doc then
        line = ("%s /* %s */"):format(line, comment_safe(paths[k]))
      end
      lines[#lines + 1] = line
    end
  end
  if not any then lines[#lines + 1] = "  (void)in;" end
  for n, definition in ipairs(definitions) do
    if used["t" .. n] then
      wrap(("  const %s t%d = %s;"):format(real, n,
        (write(writer:result(definition.instruction, definition.terms), real))),
        lines)
    end
  end
  for k, slot in ipairs(results) do
    lines[#lines + 1] = ("  out[%d] = %s;"):format(k - 1,
      (write(at[slot], real)))
  end
end

return straight
