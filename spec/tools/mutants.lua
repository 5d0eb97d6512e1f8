-- Finds out whether the specs notice a wrong formula. Changes each formula of
-- the table of operations (csrc/engine/ops/ops.def) in turn, one operator,
-- operand, constant or sign at a time, builds the engine with it, and runs the
-- specs of operations:
--   lua5.4 spec/tools/mutants.lua              all (an hour)
--   lua5.4 spec/tools/mutants.lua 20           some twenty, spread evenly
--   lua5.4 spec/tools/mutants.lua all gelu     those of one row
-- Needs gcc and the headers of Lua 5.4 as LUA_INCDIR. Prints the mutants that
-- no spec noticed, without those of equivalent.lua, and fails if it printed
-- any.

-- The specs that run, one after the other, until one notices the mutant.
local SPECS = {"spec/operations/reference_spec.lua",
  "spec/operations/kinks_spec.lua", "spec/operations/operations_spec.lua",
  "spec/operations/extremes_spec.lua"}

-- Mutants that cannot be noticed: they compute the same.
local EQUIVALENT = dofile("spec/tools/equivalent.lua")

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function run(command) return os.execute(command) == true end

local TABLE = "csrc/engine/ops/ops.def"

-- The table ------------------------------------------------------------------

-- The positions of the formulas among the arguments of a row's macro, and what
-- each formula computes.
local FORMULAS = {
  UNARY = {[3] = "value", [4] = "d/dA"},
  BINARY = {[3] = "value", [4] = "d/dA", [5] = "d/dB"},
  TERNARY = {[3] = "value", [4] = "d/dA", [5] = "d/dB", [6] = "d/dC"},
  FOLD = {[4] = "start", [5] = "scale", [6] = "term", [7] = "value",
    [8] = "d/dA", [9] = "d/dB"},
}

-- Returns {first, last} for each argument of a macro's call.
local function arguments(text, open)
  local list, depth, first, quoted = {}, 0, open + 1, false
  for i = open + 1, #text do
    local c = text:sub(i, i)
    if c == "\"" then
      quoted = not quoted
    elseif not quoted then
      if c == "(" then depth = depth + 1 end
      if depth == 0 and (c == "," or c == ")") then
        list[#list + 1] = {first, i - 1}
        first = i + 1
        if c == ")" then return list end
      end
      if c == ")" then depth = depth - 1 end
    end
  end
  error("a row without an end")
end

-- Appends the macros from which formulas are built.
local function macros(text, list)
  local head = "\n()#define ([%u_]+)%(?x?%)?()[ \\]"
  for start, name, first in text:gmatch(head) do
    local last = first
    repeat
      last = text:find("\n", last + 1, true)
    until text:sub(last - 1, last - 1) ~= "\\"
    list[#list + 1] = {row = name, what = "macro", first = first,
      last = last - 1, start = start}
  end
end

-- Returns all formulas: {row=, what=, first=, last=}, with positions in the
-- text.
local function formulas(text)
  local list = {}
  macros(text, list)
  for start, kind, open in text:gmatch("\n()(%u+)()%(") do
    if FORMULAS[kind] then
      local places = arguments(text, open)
      local row = text:sub(places[1][1], places[1][2])
      for i, what in pairs(FORMULAS[kind]) do
        list[#list + 1] = {row = row, what = what, first = places[i][1],
          last = places[i][2], start = start}
      end
    end
  end
  table.sort(list, function(a, b) return a.first < b.first end)
  return list
end

-- Mutants --------------------------------------------------------------------

local OPERATORS = {ADD = "SUB", SUB = "ADD", MUL = "DIV", DIV = "MUL",
  LT = "LE", LE = "LT", GT = "GE", GE = "GT", EQ = "NE", NE = "EQ"}
local CONSTANTS = {ZERO = "ONE", ONE = "TWO", MINUS_ONE = "ONE", HALF = "ONE",
  TWO = "ONE", THREE = "TWO", INF = "ONE", LN2 = "ONE", INV_LN2 = "ONE",
  INV_LN10 = "ONE", DEGREE = "INV_DEGREE", INV_DEGREE = "DEGREE",
  SQRT_HALF = "HALF", INV_SQRT2PI = "HALF", TWO_SQRTPI = "ONE", UP = "ONE",
  DOWN = "ONE"}
local OPERANDS = {A = {"B", "Y", "M"}, B = {"A", "C"}, C = {"A", "B"},
  Y = {"A"}, S = {"A", "M"}, M = {"A"}, N = {"S"}}

-- Returns the set of the operands that a formula may use.
local function usable(formula, text)
  local kind = text:match("^%u+", formula.start)
  local names = {A = true}
  if formula.what == "macro" then -- only what it uses already
    local body = text:sub(formula.first, formula.last)
    for name in pairs(OPERANDS) do
      names[name] = body:find("%f[%w_]" .. name .. "%f[^%w_]") ~= nil
    end
    return names
  end
  local of_partial = formula.what:find("^d/d") ~= nil
  if kind ~= "UNARY" then names.B = kind ~= "FOLD" or formula.row == "dot" end
  names.C = kind == "TERNARY"
  names.Y = of_partial and kind ~= "FOLD"
  if kind == "FOLD" then
    names.M = formula.what ~= "start"
    names.A = formula.what ~= "start" and formula.what ~= "value"
    names.S = formula.what == "value" or of_partial
  end
  return names
end

-- Returns all mutants of a formula.
local function mutants_of(formula, text)
  local body = text:sub(formula.first, formula.last):gsub("[%s\\]+", " ")
  body = body:match("^%s*(.-)%s*$")
  local list, seen = {}, {[body] = true}
  local function add(changed)
    if not seen[changed] then
      seen[changed] = true
      list[#list + 1] = {row = formula.row, what = formula.what, before = body,
        after = changed, first = formula.first, last = formula.last}
    end
  end
  if body == "NONE" then return list end
  add("NEG(" .. body .. ")")
  local can_use = usable(formula, text)
  for at, word, after in body:gmatch("()([%u%d_]+)()") do
    local is_whole = not body:sub(at - 1, at - 1):find("[%l_]")
      and not body:sub(after, after):find("[%l_]")
    local function put(new)
      add(body:sub(1, at - 1) .. new .. body:sub(after))
    end
    if is_whole then
      if OPERATORS[word] then put(OPERATORS[word]) end
      if CONSTANTS[word] then put(CONSTANTS[word]) end
      for _, other in ipairs(OPERANDS[word] or {}) do
        if can_use[other] then put(other) end
      end
      if word == "NEG" then put("ADD(ZERO, ") end
    end
  end
  for i, mutant in ipairs(list) do -- NEG(x) became ADD(ZERO, (x): drop one "("
    list[i].after = mutant.after:gsub("ADD%(ZERO, %(", "ADD(ZERO, ")
  end
  return list
end

local function all_mutants(text, wanted)
  local list = {}
  for _, formula in ipairs(formulas(text)) do
    if not wanted or formula.row == wanted then
      for _, mutant in ipairs(mutants_of(formula, text)) do
        list[#list + 1] = mutant
      end
    end
  end
  return list
end

-- Building and judging -------------------------------------------------------

local WORK = "build/mutants/work" -- deeper than builds for a Lua are
local COMPILE = ("cc -std=c99 -O0 -fPIC -DTG_NO_DISPATCH -I%s/csrc -I%s")
  :format(WORK, os.getenv("LUA_INCDIR") or "/usr/include/lua5.4")
-- The sources in which the formulas of Values and of derivatives are compiled.
-- That Programs and batches compute the same is checked elsewhere.
local ROOMS = "csrc/engine/ops csrc/binding/values"

local function lines_of(command)
  local pipe, lines = io.popen(command), {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  return lines
end

local function compile(paths)
  local commands = {}
  for _, path in ipairs(paths) do
    commands[#commands + 1] = ("%s -c -o %s/%s.o %s/%s"):format(COMPILE,
      WORK, path:gsub("/", "_"), WORK, path)
  end
  return run(table.concat(commands, " && "))
    and run(("cc -shared -o %s/tinygrad/core.so %s/*.o -lm"):format(WORK, WORK))
end

local function prepare()
  -- One library serves as both modules.
  assert(run(("rm -rf %s && mkdir -p %s/tinygrad && cp -r csrc %s && "
    .. "ln -s core.so %s/tinygrad/kernels.so"):format(WORK, WORK, WORK, WORK)))
  assert(compile(lines_of("find csrc/engine csrc/binding -name '*.c'")),
    "the unchanged sources do not compile")
end

local function passes()
  for _, spec in ipairs(SPECS) do
    if not run(("LUA_PATH='lua/?.lua;lua/?/init.lua;;' LUA_CPATH='%s/?.so;;' "
        .. "timeout 60 lua5.4 spec/run.lua %s > %s/log 2>&1"):format(WORK, spec,
        WORK)) then
      return false
    end
  end
  return true
end

local function is_equivalent(mutant)
  for _, known in ipairs(EQUIVALENT) do
    if known[2] == mutant.row and known[3] == mutant.what
        and known[4] == mutant.after then
      return true
    end
  end
  return false
end

--- Fails if EQUIVALENT lists a mutant that no formula has any more.
local function check_known(list)
  local there = {}
  for _, mutant in ipairs(list) do
    there[mutant.row .. mutant.what .. mutant.after] = true
  end
  for _, known in ipairs(EQUIVALENT) do
    assert(there[known[2] .. known[3] .. known[4]],
      ("equivalent.lua: no mutant of %s, %s is %s"):format(known[2], known[3],
        known[4]))
  end
end

local function main(count, row)
  local text = read(TABLE)
  local list = all_mutants(text, row)
  if not row then check_known(list) end
  local stride = math.max(1, #list / (tonumber(count) or #list))
  prepare()
  assert(passes(), "the specs fail without a mutant")
  local changed = lines_of(("grep -l '#include.*ops.def' -r %s --include=*.c")
    :format(ROOMS))
  assert(#changed > 1, "no source has the table's formulas")
  local tried, survivors = 0, 0
  local next = 1.0
  for i, mutant in ipairs(list) do
    if i >= next and not is_equivalent(mutant) then
      next = math.max(next + stride, i + stride / 2)
      tried = tried + 1
      write(WORK .. "/" .. TABLE, text:sub(1, mutant.first - 1) .. " "
        .. mutant.after .. text:sub(mutant.last + 1))
      assert(compile(changed), mutant.row .. ": " .. mutant.after)
      if passes() then
        survivors = survivors + 1
        print(("not noticed: %s, %s: %s for %s"):format(mutant.row,
          mutant.what, mutant.after, mutant.before))
        io.stdout:flush()
      end
    end
  end
  print(("%d mutants of %d tried, %d not noticed"):format(tried, #list,
    survivors))
  os.exit(survivors == 0 and 0 or 1)
end

if ... == "spec" then return #all_mutants(read(TABLE)) end
main(...)
