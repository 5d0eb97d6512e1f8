--- Programs as C source.
--
-- A short Program becomes straight lines over local variables, named as in
-- tostring(program): x1 an input, t1 (there %1) a result. A long one works on
-- an array that the caller provides, repeated operations are loops, and the
-- work is split into functions, as compilers take more than linear time for
-- long ones. The formulas are those of the table of operations.

local attempt = require "tinygrad.attempt"
local core = require "tinygrad.core"
local programs = require "tinygrad.program"
local tree = require "tinygrad.tree"
core.library()

local unpack = table.unpack or unpack -- luacheck: compat
local Program = programs.methods

local SHORT = 500 -- operations at most
local CHUNK = 300 -- statements of a function
local UNROLLED = 3 -- repetitions that are no loop
local WIDTH = 80

-- Expressions: {text, precedence}, or {operator, operands...}

--- How tightly C's operators bind, and how they are written.
local BINARY = {["*"] = 13, ["/"] = 13, ["+"] = 12, ["-"] = 12, ["<"] = 10,
  ["<="] = 10, [">"] = 10, [">="] = 10, ["=="] = 9, ["!="] = 9}
local COMPARISON = {["<"] = true, ["<="] = true, [">"] = true, [">="] = true,
  ["=="] = true, ["!="] = true}
local CONDITIONAL, CAST, ATOM = 3, 14, 16

local function atom(text) return {text = text, level = ATOM} end

--- A number as a literal, exactly (of a float: its nearest).
local function literal(x, real)
  local text
  if x ~= x then return {text = ("(%s)NAN"):format(real), level = CAST} end
  local size = math.abs(x)
  if real == "float" then
    if size >= 3.4028235677973366e38 then size = 1 / 0 end
    if size < 7.1e-46 then size = 0 end
  end
  if size == 1 / 0 then
    text = ("(%s)INFINITY"):format(real)
  else
    text = (real == "float" and "%.9g" or "%.17g"):format(size)
    for digits = 1, 17 do -- the shortest that is the same number
      local shorter = ("%%.%dg"):format(digits):format(size)
      if tonumber(shorter) == size then
        text = shorter
        break
      end
    end
    text = text:gsub(",", ".") -- the locale's
    if not text:find("[.e]") then text = text .. ".0" end
    if real == "float" then text = text .. "f" end
  end
  if x < 0 or (x == 0 and 1 / x < 0) then
    return {text = "-" .. text, level = CAST}
  end
  return {text = text, level = size == 1 / 0 and CAST or ATOM}
end

local write -- of an expression, below

local function operand(x, level, real)
  local text, own = write(x, real)
  return own < level and "(" .. text .. ")" or text
end

--- As a condition: comparisons need not become numbers first.
local function condition(x, real)
  if COMPARISON[x[1]] then
    local level = BINARY[x[1]]
    return ("%s %s %s"):format(operand(x[2], level + 1, real), x[1],
      operand(x[3], level + 1, real))
  end
  return operand(x, BINARY["!="] + 1, real) .. " != " ..
    write(literal(0, real), real)
end

--- The text of an expression, and how tightly it binds.
function write(x, real)
  if x.text then return x.text, x.level end
  local operator = x[1]
  if operator == "neg" then
    return "-" .. operand(x[2], CAST + 1, real), CAST
  elseif operator == "?" then
    return ("%s ? %s : %s"):format(condition(x[2], real),
      operand(x[3], CONDITIONAL + 1, real),
      operand(x[4], CONDITIONAL, real)), CONDITIONAL
  elseif COMPARISON[operator] then
    return ("(%s)(%s)"):format(real, condition(x, real)), CAST
  elseif BINARY[operator] then
    local level = BINARY[operator]
    return ("%s %s %s"):format(operand(x[2], level, real), operator,
      operand(x[3], level + 1, real)), level
  end
  local arguments = {}
  for i = 2, #x do arguments[i - 1] = (write(x[i], real)) end
  return ("%s(%s)"):format(operator, table.concat(arguments, ", ")), ATOM
end

-- The table of operations as expressions

local FORMULAS = core.formulas()
local HELPERS, MACROS, CONSTANTS = core.helpers()

local function by_name(texts)
  local t = {}
  for _, entry in ipairs(texts) do t[entry[1]] = entry[2] end
  return t
end

local helper_texts, macro_texts = by_name(HELPERS), by_name(MACROS)
local constant_texts = by_name(CONSTANTS)

--- How products join a third operand (csrc/engine/program.h), in postfix.
local JOINS = {madd = {"c", "a", "b", "*", "+"},
  msub = {"c", "a", "b", "*", "-"}, mrsub = {"a", "b", "*", "c", "-"},
  zmadd = {"c", "(", "a", "b", "]zmul", "+"},
  zmsub = {"c", "(", "a", "b", "]zmul", "-"},
  zmrsub = {"(", "a", "b", "]zmul", "c", "-"}}

--- What numbers of another kind, or another name, stand for in C.
local LIBM = {tg_lgamma = "lgamma", lane_abs = "fabs"}
local FLOAT = {lane_tanh = "tanhf", lane_sigmoid = "sigmoidf"}

--- Helpers in C alone: what lanes.h does with memcpy, and floats otherwise.
local EXTRA = {
  {"lane_bits", "uint64_t lane_bits (double x) { union { double x; uint64_t "
    .. "bits; } both; both.x = x; return both.bits; }"},
  {"lane_double", "double lane_double (uint64_t bits) { union { double x; "
    .. "uint64_t bits; } both; both.bits = bits; return both.x; }"},
  {"sigmoidf", "float sigmoidf (float x) { return 1.0f / (1.0f + expf(-x)); }"},
}
local extra_texts = by_name(EXTRA)

--- Is `name` a function of <math.h>, which has a sister for floats?
local MATH = {}
for name in ([[acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh erf
    erfc exp exp2 expm1 fabs floor fma fmod hypot lgamma log log10 log1p log2
    pow round sin sinh sqrt tan tanh tgamma trunc]]):gmatch("%S+") do
  MATH[name] = true
end

--- What is to be written to one file: functions by name, in order of need.
local Writer = {}
Writer.__index = Writer

local function new_writer(real, doc)
  return setmetatable({real = real, doc = doc, needed = {}, order = {},
    calls = {}}, Writer)
end

--- Notes that a definition is needed, after those that it needs itself.
function Writer:need(name, text)
  if self.needed[name] then return end
  self.needed[name] = true
  for word in text:gmatch("[%a_][%w_]*") do
    if word ~= name then
      local other = extra_texts[word] or helper_texts[word]
      if other then self:need(word, self:adapt(other)) end
    end
  end
  self.order[#self.order + 1] = {name, text}
end

--- A helper's text for this kind of number, macros replaced.
function Writer:adapt(text)
  local real = self.real
  text = text:gsub("[%a_][%w_]*", function(word)
    return macro_texts[word] or LIBM[word] or nil
  end)
  if real ~= "float" or text:find("uint64_t") then
    return (text:gsub("uint64_t", "unsigned long long"))
  end
  text = text:gsub("%f[%w_.]([%a_][%w_]*)", function(word)
    if word == "double" then return "float" end
    return MATH[word] and word .. "f" or nil
  end)
  return (text:gsub("%f[%w_.]%d+%.%d*[eE]?[-+]?%d*%f[^%d.]", function(number)
    return (number:find("[eE][-+]?$") and nil) or number .. "f"
  end))
end

--- The name in C of a function that a formula calls.
function Writer:function_name(name)
  local real = self.real
  if real == "float" and FLOAT[name] then
    name = FLOAT[name]
    if extra_texts[name] then self:need(name, extra_texts[name]) end
    return name
  end
  name = LIBM[name] or name
  if helper_texts[name] then
    self:need(name, self:adapt(helper_texts[name]))
    return name
  end
  return real == "float" and name .. "f" or name
end

--- The expression of a formula for operands a, b and c.
function Writer:formula(words, operands)
  local stack, marks = {}, {}
  local function pop()
    return table.remove(stack)
  end
  for _, word in ipairs(words) do
    local kind, name = word:match("^([%)%]=])([%w_]+)$")
    local x
    if word == "(" then
      marks[#marks + 1] = #stack
    elseif operands[word] then
      x = operands[word]
    elseif kind == "=" then
      x = literal(tonumber(constant_texts[name]), self.real)
    elseif kind then
      local first = table.remove(marks) + 1
      local arguments = {}
      for i = first, #stack do
        arguments[#arguments + 1] = stack[i]
        stack[i] = nil
      end
      if kind == "]" then
        x = self:operation(name, arguments)
      else
        x = {self:function_name(name), unpack(arguments)}
      end
    elseif word == "neg" then
      x = {"neg", pop()}
    elseif word == "?" then
      local no, yes = pop(), pop()
      x = {"?", pop(), yes, no}
    elseif BINARY[word] then
      local right = pop()
      x = {word, pop(), right}
    else
      x = literal(tonumber(word), self.real)
    end
    if x then stack[#stack + 1] = x end
  end
  return stack[1]
end

--- Is a formula simple enough to stand where it is used?
local function is_simple(words)
  local operators = 0
  for _, word in ipairs(words) do
    if BINARY[word] or word == "neg" or word == "?" or word:find("^[%)%]].")
    then
      operators = operators + 1
    end
  end
  return operators <= 1
end

local OPERANDS = {"a", "b", "c"}

--- The expression of an operation, or of a product that joins a sum.
---@param name string
---@param arguments table[] expressions of the operands
function Writer:operation(name, arguments)
  local words = JOINS[name] or FORMULAS[name]
  local named = {}
  if JOINS[name] or is_simple(words) then
    for i, argument in ipairs(arguments) do named[OPERANDS[i]] = argument end
    return self:formula(words, named)
  end
  local parameters = {}
  for i = 1, #arguments do
    named[OPERANDS[i]] = atom(OPERANDS[i])
    parameters[i] = self.real .. " " .. OPERANDS[i]
  end
  local called = "op_" .. name
  if not self.needed[called] then
    self:need(called, ("%s %s (%s) { return %s; }"):format(self.real, called,
      table.concat(parameters, ", "), (write(self:formula(words, named),
      self.real))))
  end
  return {called, unpack(arguments)}
end

--- The expression of a call of the host's operation `name`.
function Writer:call(name, which, arguments)
  local real = self.real
  if not name:find("^[%a_][%w_]*$") then
    error(("emit_c: the operation '%s' has a name that C does not allow")
      :format(name), 0)
  end
  self.calls[name] = self.calls[name] or {}
  self.calls[name][which > 0] = true
  local called = which == 0 and "call_" .. name
    or ("partial%d_%s"):format(which, name)
  if not self.needed[called] then
    local parameters, values = {}, {}
    for i = 1, #arguments do
      parameters[i] = ("%s x%d"):format(real, i)
      values[i] = ("x[%d] = x%d;"):format(i - 1, i)
    end
    local body = which == 0 and ("return %s(x);"):format(name)
      or ("%s d[%d]; %s_partials(x, %s(x), d); return d[%d];"):format(real,
        #arguments, name, name, which - 1)
    self:need(called, ("%s %s (%s) { %s x[%d]; %s %s }"):format(real, called,
      table.concat(parameters, ", "), real, #arguments,
      table.concat(values, " "), body))
  end
  if which > 0 then self.calls[name][false] = true end
  return {called, unpack(arguments)}
end

--- The expression of an instruction on terms for its operands.
function Writer:result(i, terms)
  if i[2] == "call" then return self:call(i[3], i[4], terms) end
  local is_copy = i[2] == "stop" or i[2] == "proxy"
  return is_copy and terms[1] or self:operation(i[2], terms)
end

-- Text in lines

--- Breaks a statement into lines, after spaces outside of strings.
local function wrap(line, lines)
  local indent = line:match("^ *")
  while #line > WIDTH do
    local at
    for i = WIDTH, #indent + 10, -1 do
      if line:sub(i, i) == " " then
        at = i
        break
      end
    end
    if not at then break end
    lines[#lines + 1] = line:sub(1, at - 1)
    line = indent .. "    " .. line:sub(at + 1)
  end
  lines[#lines + 1] = line
end

--- Lays out a definition that stands in one line.
local function lay_out(text, lines)
  local depth, start, parens, braces = 0, 1, 0, {}
  local function put(stop)
    local statement = text:sub(start, stop):match("^%s*(.-)%s*$")
    start = stop + 1
    if statement ~= "" then
      wrap(("  "):rep(depth) .. statement, lines)
    end
  end
  for i = 1, #text do
    local c = text:sub(i, i)
    if c == "(" then
      parens = parens + 1
    elseif c == ")" then
      parens = parens - 1
    end
    local ends = parens == 0 -- not within the head of a for
    if ends and c == "{" then
      -- a list of values stays in its line
      local list = text:sub(1, i - 1):find("=%s*$") ~= nil
      braces[#braces + 1] = list
      if not list then
        put(i)
        depth = depth + 1
      end
    elseif ends and c == "}" then
      if not table.remove(braces) then
        put(i - 1)
        depth = depth - 1
        if not text:find("^%s*[%a_][%w_]*;", i + 1) then put(i) end
      end
    elseif ends and c == ";" then
      put(i)
    end
  end
  put(#text)
end

local function comment_safe(text)
  return (text:gsub("[%c]", " "):gsub("%*/", "* /"):gsub("/%*", "/ *"))
end

--- Comment lines that say what the numbers of an array are.
---@param array string its name
---@param paths string[] what each number is
local function describe(array, paths, lines)
  local i = 1
  while i <= #paths do
    local base, index, rest = paths[i]:match("^(.*)%[(%d+)%](.-)$")
    local last = i
    while base and paths[last + 1] == ("%s[%d]%s"):format(base,
        index + last + 1 - i, rest) do
      last = last + 1
    end
    local place = last > i and ("%s[%d] to [%d]"):format(array, i - 1, last - 1)
      or ("%s[%d]"):format(array, i - 1)
    local meaning = last > i and ("%s to %s"):format(paths[i], paths[last])
      or paths[i]
    lines[#lines + 1] = ("**   %-10s  %s"):format(place, comment_safe(meaning))
    i = last + 1
  end
end

-- Functions

local function paths_of(trees, names)
  local paths = {}
  for i, x in ipairs(trees) do tree.leaves(x, {}, names[i], paths) end
  return paths
end

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
    fixed[inputs + k - 1] = literal(x, writer.real)
  end
  return fixed, results, constants
end

--- The variables of a short Program: definitions of t1, t2, ..., and what is
-- in each slot at the end.
local function variables(writer, program, inputs)
  local at, results = constants_from(program, inputs, writer)
  local definitions = {}
  for slot = 0, inputs - 1 do at[slot] = atom("x" .. slot + 1) end
  local function define(slot, instruction, terms)
    definitions[#definitions + 1] = {instruction = instruction, terms = terms}
    at[slot] = atom("t" .. #definitions)
  end
  for i in instructions(program) do
    local terms = {}
    if i[2] == "call" then
      for k = 6, #i do terms[k - 5] = at[i[k]] end
      define(i[5], i, terms)
    else
      for k = 0, i[3] - 1 do
        local slots = slots_at(i, k)
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
      local terms = definitions[n].terms
      local count = definitions[n].instruction[2] == "proxy" and 1 or #terms
      for k = 1, count do used[terms[k].text] = true end
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

--- Where slots are in a long Program: of the work array, or constants.
local Places = {}
Places.__index = Places

local function new_places(writer, program, inputs, name)
  local fixed, results, constants = constants_from(program, inputs, writer)
  return setmetatable({inputs = inputs, fixed = fixed, results = results,
    constants = constants, array = name .. "_constants"}, Places)
end

--- The slots from first to last (exclusive) of the region that `slot` is in.
function Places:region(slot)
  local first = self.inputs + #self.constants
  if slot < self.inputs then return 0, self.inputs end
  if slot < first then return self.inputs, first end
  return first, math.huge
end

--- How many of `count` steps from `slot` on stay in its region.
function Places:steps(slot, by, count)
  local first, last = self:region(slot)
  if by > 0 then
    return math.min(count, math.ceil((last - slot) / by))
  elseif by < 0 then
    return math.min(count, math.floor((slot - first) / -by) + 1)
  end
  return count
end

--- The expression of a slot that advances with k if `by` is given.
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
  if not by or by == 0 then return atom(("%s[%.0f]"):format(array, index)) end
  local step = (by == 1 or by == -1) and "k" or ("%d * k"):format(math.abs(by))
  if by < 0 then
    return atom(("%s[%.0f - %s]"):format(array, index, step))
  elseif index == 0 then
    return atom(("%s[%s]"):format(array, step))
  end
  return atom(("%s[%.0f + %s]"):format(array, index, step))
end

-- Loops: {count, {instruction, ...}}: the instructions, repeated, each with
-- its strides; count 1: no loop.

local LONGEST = 4 -- instructions of a loop that tracing unrolled

--- By how much the slots of instruction y are ahead of those of x, if the two
-- do the same: a list in which strides take their places.
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

--- How often the instructions list[first] to list[first + period - 1] come
-- again in the same order, their slots advancing; by: their strides.
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

--- Puts instructions that stand alone, those that come again as loops.
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

--- Puts a wide instruction, in parts that stay in the region of each operand.
local function put_wide(places, i, put_loop)
  local from, count = 0, i[3]
  while from < count do
    local steps = count - from
    local part = {i[1], i[2], 0}
    for n = 4, #i, 2 do
      part[n], part[n + 1] = i[n] + from * i[n + 1], i[n + 1]
      steps = places:steps(part[n], part[n + 1], steps)
    end
    put_loop(steps, {part})
    from = from + steps
  end
end

--- Goes over all instructions of a Program.
---@param put_loop fun(count: integer, body: table[])
local function each_loop(program, places, put_loop)
  local alone = {}
  local function flush()
    put_alone(places, alone, put_loop)
    alone = {}
  end
  for i in instructions(program) do
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
    if #alone >= 10000 then flush() end -- bounds the memory
  end
  flush()
end

--- The slots that a loop writes again and again: local variables while it runs,
-- unless one of its other operands passes there.
local function accumulators(count, body)
  local names, list = {}, {}
  for _, i in ipairs(body) do
    if i[5] == 0 and not names[i[4]] then
      list[#list + 1] = i[4]
      names[i[4]] = "s" .. #list
    end
  end
  for _, i in ipairs(body) do
    for n = 4, #i, 2 do
      local a, b = i[n], i[n] + (count - 1) * i[n + 1]
      for slot in pairs(i[n + 1] ~= 0 and names or {}) do
        if slot >= math.min(a, b) and slot <= math.max(a, b) then
          return {}, {}
        end
      end
    end
  end
  return names, list
end

--- The statement of an instruction at a step of its loop; looped: at step k.
local function statement(writer, places, i, step, looped, names)
  local terms = {}
  if i[2] == "call" then
    for n = 6, #i do terms[#terms + 1] = places:at(i[n]) end
    table.insert(terms, 1, places:at(i[5]))
  else
    for n = 4, #i, 2 do
      local name = names[i[n]]
      terms[#terms + 1] = name and i[n + 1] == 0 and atom(name)
        or places:at(i[n] + step * i[n + 1], looped and i[n + 1])
    end
  end
  local result = table.remove(terms, 1)
  return ("%s = %s;"):format(result.text,
    (write(writer:result(i, terms), writer.real)))
end

--- The lines of a loop.
local function loop_lines(writer, places, count, body)
  if count <= UNROLLED then
    local lines = {}
    for step = 0, count - 1 do
      for _, i in ipairs(body) do
        wrap("  " .. statement(writer, places, i, step, false, {}), lines)
      end
    end
    return lines
  end
  local names, list = accumulators(count, body)
  local lines, indent = {}, "  "
  if #list > 0 then
    indent = "    "
    lines[1] = "  {"
    for _, slot in ipairs(list) do
      lines[#lines + 1] = ("    %s %s = %s;"):format(writer.real, names[slot],
        places:at(slot).text)
    end
  end
  local head = ("%sfor (k = 0; k < %.0f; k++)"):format(indent, count)
  if #body == 1 then
    wrap(("%s %s"):format(head, statement(writer, places, body[1], 0, true,
      names)), lines)
  else
    lines[#lines + 1] = head .. " {"
    for _, i in ipairs(body) do
      wrap(("%s  %s"):format(indent, statement(writer, places, i, 0, true,
        names)), lines)
    end
    lines[#lines + 1] = indent .. "}"
  end
  for _, slot in ipairs(list) do
    lines[#lines + 1] = ("    %s = %s;"):format(places:at(slot).text,
      names[slot])
  end
  if #list > 0 then lines[#lines + 1] = "  }" end
  return lines, true
end

--- Copies numbers to the results, in loops where their slots advance.
local function result_lines(places, real)
  local slots, lines, looped, k = places.results, {}, false, 1
  while k <= #slots do
    local by, count = slots[k + 1] and slots[k + 1] - slots[k], 1
    local limit = by and places:steps(slots[k], by, #slots - k + 1) or 1
    while count < limit and slots[k + count] == slots[k] + count * by do
      count = count + 1
    end
    if count <= UNROLLED then
      count = 1
      lines[#lines + 1] = ("  out[%d] = %s;"):format(k - 1,
        (write(places:at(slots[k]), real)))
    else
      looped = true
      lines[#lines + 1] = ("  for (k = 0; k < %d; k++) out[%sk] = %s;"):format(
        count, k == 1 and "" or ("%d + "):format(k - 1),
        (write(places:at(slots[k], by), real)))
    end
    k = k + count
  end
  return lines, looped
end

--- The functions of a long Program: parts in `before`, the main one in `lines`.
-- Returns the size of the work array.
local function chunked(writer, program, inputs, name, before, lines)
  local real = writer.real
  local places = new_places(writer, program, inputs, name)
  local chunks, current = {}, nil
  each_loop(program, places, function(count, body)
    if not current or #current >= CHUNK then
      current = {}
      chunks[#chunks + 1] = current
    end
    local text, looped = loop_lines(writer, places, count, body)
    for _, line in ipairs(text) do current[#current + 1] = line end
    current.loop = current.loop or looped
  end)
  local results, looped = result_lines(places, real)
  if places.uses_array then
    local values = {}
    for k, x in ipairs(places.constants) do
      values[k] = (write(literal(x, real), real))
    end
    wrap(("static const %s %s[%d] = { %s };"):format(real, places.array,
      #values, table.concat(values, ", ")), before)
    before[#before + 1] = ""
  end
  for n, chunk in ipairs(chunks) do
    before[#before + 1] = ("static void %s_%d(%s *w) {"):format(name, n, real)
    if chunk.loop then before[#before + 1] = "  int k;" end
    for _, line in ipairs(chunk) do before[#before + 1] = line end
    before[#before + 1] = "}"
    before[#before + 1] = ""
  end
  if inputs > 0 or looped then lines[#lines + 1] = "  int k;" end
  lines[#lines + 1] = inputs == 0 and "  (void)in;"
    or ("  for (k = 0; k < %d; k++) w[k] = in[k];"):format(inputs)
  for n = 1, #chunks do
    lines[#lines + 1] = ("  %s_%d(w);"):format(name, n)
  end
  for _, line in ipairs(results) do lines[#lines + 1] = line end
  return core.stats(program).slots - #places.constants
end

-- Files

local GUARD = [[
/* The same formula gives the same bits everywhere: no multiply-add that rounds
   once where two roundings are written. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif
]]

local LOOPS = [[
#if defined(__GNUC__) && !defined(__clang__) /* vectors at -O2, too */
#pragma GCC optimize("tree-vectorize", "vect-cost-model=dynamic")
#endif
]]

--- One function: its documentation and prototype in `head`, definition in
-- `lines`; is it a long one?
local function put_function(writer, program, name, head, lines)
  local shapes = core.get_shapes(program)
  local stats = core.stats(program)
  local inputs = stats.inputs - #shapes.captured
  if #shapes.captured > 0 then
    error("emit_c: not for a Program with captured inputs; compile with "
      .. "captured = \"constant\"", 0)
  end
  local in_paths = paths_of(shapes.args, shapes.names)
  local out_paths = paths_of(shapes.results, shapes.labels)
  local before, body, work = {}, {}, 0
  if stats.operations > SHORT then
    work = chunked(writer, program, inputs, name, before, body)
  else
    straight(writer, program, inputs, in_paths, body)
  end
  local upper = name:upper()
  head[#head + 1] = ("#define %s_INPUTS %d"):format(upper, inputs)
  head[#head + 1] = ("#define %s_OUTPUTS %d"):format(upper, stats.results)
  head[#head + 1] = ("#define %s_WORK %d"):format(upper, work)
  head[#head + 1] = ""
  if writer.doc then
    head[#head + 1] = "/*"
    describe("in", in_paths, head)
    head[#head + 1] = "**"
    describe("out", out_paths, head)
    if work > 0 then
      head[#head + 1] = "**"
      head[#head + 1] = ("**   w           room for %s_WORK numbers"):format(
        upper)
    end
    head[#head + 1] = "*/"
  end
  local prototype = ("void %s(const %s *in, %s *out%s)"):format(name,
    writer.real, writer.real, work > 0 and (", %s *w"):format(writer.real)
    or "")
  wrap(prototype .. ";", head)
  for _, line in ipairs(before) do lines[#lines + 1] = line end
  wrap(prototype .. " {", lines)
  for _, line in ipairs(body) do lines[#lines + 1] = line end
  lines[#lines + 1] = "}"
  return work > 0
end

local RESERVED = {}
for word in ([[auto break case char const continue default do double else enum
    extern float for goto if inline int long main register restrict return
    short signed sizeof static struct switch typedef union unsigned void
    volatile while asm bool catch class delete explicit export false friend
    mutable namespace new operator private protected public template this
    throw true try typeid typename using virtual in out w k]]):gmatch("%S+") do
  RESERVED[word] = true
end

local function option(opts, name, default, valid, expected)
  local x = opts[name]
  if x == nil then return default end
  if not valid(x) then
    error(("bad option '%s' to 'emit_c' (%s expected, got %s)"):format(name,
      expected, type(x) == "string" and ("%q"):format(x) or tree.typename(x)),
      0)
  end
  return x
end

local OPTIONS = {name = true, real = true, doc = true, header = true}

local function check_options(opts)
  if type(opts) ~= "table" then
    error(("bad argument #1 to 'emit_c' (table of options expected, got %s)")
      :format(tree.typename(opts)), 0)
  end
  for key in pairs(opts) do
    if not OPTIONS[key] then
      error(("emit_c: unknown option '%s'"):format(tostring(key)), 0)
    end
  end
end

local function emit(program, opts)
  check_options(opts)
  local name = option(opts, "name", "program", function(x)
    return type(x) == "string" and x:find("^%a[%w_]*$") and not MATH[x]
      and not RESERVED[x]
  end, "name of a C function")
  local real = option(opts, "real", "double", function(x)
    return x == "double" or x == "float"
  end, "\"double\" or \"float\"")
  local doc = option(opts, "doc", true, function(x)
    return type(x) == "boolean"
  end, "boolean")
  local header = option(opts, "header", false, function(x)
    return type(x) == "string" and not x:find("[\"%c]")
  end, "name of a file")
  local writer = new_writer(real, doc)
  local head, lines = {}, {}
  local has_loops = put_function(writer, program, name, head, lines)
  local declarations = ("#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n%s\n\n"
    .. "#ifdef __cplusplus\n}\n#endif\n"):format(table.concat(head, "\n"))
  local guard = name:upper() .. "_H"
  local header_text = ("%s#ifndef %s\n#define %s\n\n%s\n#endif\n"):format(doc
    and "/* Written by tinygrad. */\n" or "", guard, guard, declarations)
  local source = {}
  if doc then
    source[#source + 1] = ("/*\n** %s: written by tinygrad from a Program, of "
      .. "%s.\n*/"):format(name, real == "double" and "doubles" or "floats")
  end
  source[#source + 1] = "#include <math.h>\n"
  source[#source + 1] = header and ("#include \"%s\"\n"):format(header)
    or declarations
  source[#source + 1] = GUARD
  if has_loops then source[#source + 1] = LOOPS end
  local called = {}
  for operation in pairs(writer.calls) do called[#called + 1] = operation end
  table.sort(called)
  for _, operation in ipairs(called) do
    source[#source + 1] = ("extern %s %s(const %s *x);"):format(real,
      operation, real)
    if writer.calls[operation][true] then
      source[#source + 1] = ("extern void %s_partials(const %s *x, %s y, "
        .. "%s *d);"):format(operation, real, real, real)
    end
  end
  if #called > 0 then source[#source + 1] = "" end
  for _, definition in ipairs(writer.order) do
    local laid = {}
    lay_out("static " .. definition[2], laid)
    source[#source + 1] = table.concat(laid, "\n") .. "\n"
  end
  source[#source + 1] = table.concat(lines, "\n")
  return table.concat(source, "\n") .. "\n", header_text
end

--- The Program as a C function.
--
-- It needs <math.h> only, allocates nothing, and may be compiled as C99 or
-- C++:
--   void name(const double *in, double *out);
-- in: the arguments' numbers, out: the results', in the order of tree.leaves;
-- the text's comments say which is which. Long Programs take a third argument,
-- `double *w`, room for NAME_WORK numbers. The text defines NAME_INPUTS,
-- NAME_OUTPUTS, and NAME_WORK, which is 0 for short ones.
-- Errors: unknown or bad options, captured inputs.
---@param opts? table name: of the function ("program"); real: "double" or
-- "float", the type of all numbers ("double"); doc: false leaves comments out;
-- header: name of the file that the second result will be written to, for the
-- source to include (absent: the source needs none)
---@return string source
---@return string header
function Program:emit_c(opts)
  local ok, source, header = attempt(emit, self, opts or {})
  if not ok then error(source, 2) end
  return source, header
end
