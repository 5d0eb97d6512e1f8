--- tinygrad.program.emit.chunked: writes a long Program as statements on an
-- array `w` that the caller provides, with loops over k where operations are
-- repeated. It is cut into many functions, because compilers take more than
-- linear time for a long one.

local core = require "tinygrad.core"
local reader = require "tinygrad.program.reader"
core.library()

local CHUNK = 300 -- least lines of a function but the last
local UNROLLED = 3 -- most repetitions that are written out

--- Where the slots of a long Program are: in the work array, or among the
-- constants.
local Places = {}
Places.__index = Places

local function new_places(program, inputs, array)
  local fixed, results, constants = reader.constants_from(program, inputs)
  return setmetatable({inputs = inputs, fixed = fixed, results = results,
    constants = constants, array = array}, Places)
end

--- Returns the first slot of the region that `slot` is in, and the slot after
-- its last.
function Places:region(slot)
  local first = self.inputs + #self.constants
  if slot < self.inputs then return 0, self.inputs end
  if slot < first then return self.inputs, first end
  return first, math.huge
end

--- Returns how many of `count` steps from `slot` on stay in its region.
function Places:steps(slot, by, count)
  local first, last = self:region(slot)
  if by > 0 then
    return math.min(count, math.ceil((last - slot) / by))
  elseif by < 0 then
    return math.min(count, math.floor((slot - first) / -by) + 1)
  end
  return count
end

--- Makes the expression of a slot, which advances by `by` with k if that is
-- given.
function Places:at(slot, by)
  local array, index = "w", slot
  local first = self.inputs + #self.constants
  if slot >= first then
    index = slot - #self.constants
  elseif slot >= self.inputs then
    if not by or by == 0 then return self.fixed[slot] end
    self.uses_array = true
    array, index = self.array, slot - self.inputs
  end
  return {"element", array, index, by}
end

-- A loop is {count, {instruction, ...}}: instructions and how often they are
-- repeated (1: they stand alone), each instruction with its strides.

local LONGEST = 4 -- most instructions of a loop that recording unrolled

--- Returns by how much the slots of instruction y are ahead of those of x, in a
-- list indexed like the slots; nil if the two do not do the same.
local function distance(x, y)
  if x[2] ~= y[2] or x[2] == "call" or #x ~= #y then return nil end
  local by = {}
  for n = 4, #x, 2 do by[n] = y[n] - x[n] end
  return by
end

local function same_distance(x, y, by)
  if x[2] ~= y[2] or #x ~= #y then return false end
  for n = 4, #x, 2 do
    if y[n] - x[n] ~= by[n] then return false end
  end
  return true
end

--- Returns how often the instructions list[first] to list[first + period - 1]
-- come one after the other with advancing slots, and their strides.
local function repetitions(places, list, first, period)
  local by, count = {}, 1
  for m = 0, period - 1 do
    local next_one = list[first + period + m]
    by[m] = next_one and distance(list[first + m], next_one)
    if not by[m] then return 1 end
  end
  local limit = math.huge
  for m = 0, period - 1 do
    for n, stride in pairs(by[m]) do
      limit = math.min(limit, places:steps(list[first + m][n], stride, limit))
    end
  end
  local at = first + period
  while count < limit and at + period - 1 <= #list do
    for m = 0, period - 1 do
      if not same_distance(list[at + m - period], list[at + m], by[m]) then
        return count, by
      end
    end
    count = count + 1
    at = at + period
  end
  return count, by
end

--- Puts instructions that each stand for one operation, as loops where they
-- repeat.
local function put_alone(places, list, put_loop)
  local first = 1
  while first <= #list do
    local best, period, strides = 1, 1, nil
    for length = 1, LONGEST do
      local count, by = repetitions(places, list, first, length)
      if count > UNROLLED and count * length > best * period then
        best, period, strides = count, length, by
        break
      end
    end
    local body = {}
    for m = 0, period - 1 do
      local i = list[first + m]
      for n, stride in pairs(strides and strides[m] or {}) do
        i[n + 1] = stride
      end
      body[m + 1] = i
    end
    put_loop(best, body)
    first = first + best * period
  end
end

--- Puts a wide instruction, in pieces each of which stays in one region for
-- each operand.
local function put_wide(places, i, put_loop)
  local from, count = 0, i[3]
  while from < count do
    local steps = count - from
    local piece = {i[1], i[2], 0}
    for n = 4, #i, 2 do
      piece[n], piece[n + 1] = i[n] + from * i[n + 1], i[n + 1]
      steps = places:steps(piece[n], piece[n + 1], steps)
    end
    put_loop(steps, {piece})
    from = from + steps
  end
end

--- Calls put_loop for all instructions of a Program.
---@param put_loop fun(count: integer, body: table[])
local function each_loop(program, places, put_loop)
  local alone = {}
  local function flush()
    put_alone(places, alone, put_loop)
    alone = {}
  end
  for i in reader.instructions(program) do
    if i[2] == "call" then
      alone[#alone + 1] = i
    elseif i[3] > UNROLLED then
      flush()
      put_wide(places, i, put_loop)
    else
      for step = 0, i[3] - 1 do
        local one = {i[1], i[2], 1}
        for n = 4, #i, 2 do one[n], one[n + 1] = i[n] + step * i[n + 1], 0 end
        alone[#alone + 1] = one
      end
    end
    if #alone >= 10000 then flush() end -- to bound the memory
  end
  flush()
end

--- Returns the slots that a loop writes at each repetition: their names as
-- local variables, and a list. There are none if another operand of the loop
-- passes over one.
local function accumulators(count, body)
  local names, list = {}, {}
  for _, i in ipairs(body) do
    if i[5] == 0 and not names[i[4]] then
      list[#list + 1] = i[4]
      names[i[4]] = ("s%d"):format(#list)
    end
  end
  for _, i in ipairs(body) do
    for n = 4, #i, 2 do
      local a, b = i[n], i[n] + (count - 1) * i[n + 1]
      for slot in pairs(i[n + 1] ~= 0 and names or {}) do
        if slot >= math.min(a, b) and slot <= math.max(a, b) then
          return {}, {} -- coverage: of a saved Program that is made by hand
        end
      end
    end
  end
  return names, list
end

--- Makes the statement of an instruction at a step of its loop; if `looped`, at
-- step k.
local function statement(formulas, places, i, step, looped, names)
  local terms = {}
  if i[2] == "call" then
    for n = 6, #i do terms[#terms + 1] = places:at(i[n]) end
    table.insert(terms, 1, places:at(i[5]))
  else
    for n = 4, #i, 2 do
      local name = names[i[n]]
      terms[#terms + 1] = name and i[n + 1] == 0 and name
        or places:at(i[n] + step * i[n + 1], looped and i[n + 1] or nil)
    end
  end
  local result = table.remove(terms, 1)
  return formulas.language:assign(result, formulas:result(i, terms))
end

--- Puts a loop with its accumulators in local variables.
local function put_loop(formulas, places, count, body, lines)
  local language = formulas.language
  local names, list = accumulators(count, body)
  local statements, depth = {}, 1
  for n, i in ipairs(body) do
    statements[n] = statement(formulas, places, i, 0, true, names)
  end
  if #list > 0 then
    language:open(lines, 1)
    depth = 2
    for _, slot in ipairs(list) do
      language:put(lines, 2, language:declare(names[slot], places:at(slot)))
    end
  end
  language:loop(lines, depth, count, statements)
  for _, slot in ipairs(list) do
    language:put(lines, 2, language:assign(places:at(slot), names[slot]))
  end
  if #list > 0 then language:close(lines, 1) end
end

--- Puts the repetitions of a body. Returns whether they are a loop.
local function put_body(formulas, places, count, body, lines)
  if count > UNROLLED then
    put_loop(formulas, places, count, body, lines)
    return true
  end
  for step = 0, count - 1 do
    for _, i in ipairs(body) do
      formulas.language:put(lines, 1,
        statement(formulas, places, i, step, false, {}))
    end
  end
  return false
end

--- Copies numbers to the results, in loops where their slots advance. Returns
-- whether there are loops.
local function put_results(language, places, lines)
  local slots, looped, k = places.results, false, 1
  while k <= #slots do
    local by, count = slots[k + 1] and slots[k + 1] - slots[k], 1
    local limit = by and places:steps(slots[k], by, #slots - k + 1) or 1
    while count < limit and slots[k + count] == slots[k] + count * by do
      count = count + 1
    end
    if count <= UNROLLED then
      count = 1
      language:put(lines, 1, language:assign({"element", "out", k - 1},
        places:at(slots[k])))
    else
      looped = true
      language:loop(lines, 1, count, {language:assign(
        {"element", "out", k - 1, 1}, places:at(slots[k], by))})
    end
    k = k + count
  end
  return looped
end

--- Returns the chunks of a Program: lists of lines, each with the field
-- `loops`, whether it has loops.
local function chunks_of(formulas, program, places)
  local chunks, current = {}, nil
  each_loop(program, places, function(count, body)
    if not current or #current >= CHUNK then
      current = {loops = false}
      chunks[#chunks + 1] = current
    end
    if put_body(formulas, places, count, body, current) then
      current.loops = true
    end
  end)
  return chunks
end

--- Writes a long Program: its chunks into `before`, the calls of the chunks
-- into `body`. Returns the size of the array w, and whether `body` has loops.
local function chunked(formulas, program, inputs, before, body)
  local language = formulas.language
  local places = new_places(program, inputs, language:own("constants"))
  local chunks = chunks_of(formulas, program, places)
  if inputs == 0 then
    language:put(body, 1, language:ignore("in")) -- coverage: constants fold
  else
    language:loop(body, 1, inputs, {language:assign({"element", "w", 0, 1},
      {"element", "in", 0, 1})})
  end
  for n = 1, #chunks do
    language:put(body, 1, language:run(language:own(("part%d"):format(n))))
  end
  local looped = put_results(language, places, body)
  if places.uses_array then
    language:array(before, places.array, places.constants)
  end
  for n, chunk in ipairs(chunks) do
    language:chunk(before, language:own(("part%d"):format(n)), chunk,
      chunk.loops)
  end
  return core.stats(program).slots - #places.constants, inputs > 0 or looped
end

return chunked
