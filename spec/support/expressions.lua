--- Random expressions over the whole table of operations, for the specs that
-- compare ways of computing them.
--
-- An expression is random but tame: each operand is scaled and moved to a
-- random place in its domain, with a gradient of at most about 1, so that
-- differences are accurate and results finite. Parts that a spec asks to be
-- `plain` are not tame: they are arithmetic as people write it, on existing
-- subexpressions and on numbers that simplification treats specially.

local tinygrad = require "tinygrad"

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

local expressions = {}

local INPUTS = 3
expressions.INPUTS = INPUTS

local rows = tinygrad.operations()
local row_of = {}
for _, row in ipairs(rows) do row_of[row.name] = row end

-- Returns a generator of random numbers (Lehmer 1951, the "minimal standard").
-- They are equal on every Lua.
local function generator(seed)
  local state = seed % 2147483646 + 1
  local function random()
    state = state * 16807 % 2147483647
    return (state - 1) / 2147483646
  end
  for _ = 1, 10 do random() end
  return random
end

local function integer(random, low, high)
  return low + math.floor(random() * (high - low + 1) * 0.999999)
end

-- An expression is {input = i}, {number = x}, {affine = e, factor =, offset =}
-- or {row =, args =, method =}. An expression that occurs twice is evaluated
-- once.

--- Calls the row's function, or its method on the first argument.
local function apply(row, args, method)
  if row.arity == "n" and row.lua_name == row.name then
    local lists = {}
    for k = 1, #row.domain do lists[k] = {} end
    for i, x in ipairs(args) do
      local list = lists[(i - 1) % #lists + 1]
      list[#list + 1] = x
    end
    return tinygrad[row.lua_name](unpack(lists))
  end
  if method and tinygrad.is_value(args[1]) then
    return args[1][row.lua_name](unpack(args))
  end
  return tinygrad[row.lua_name](unpack(args))
end

local function evaluate(e, x, known)
  if e.input then return x[e.input] end
  if e.number then return e.number end
  if known[e] == nil then
    if e.affine then
      known[e] = evaluate(e.affine, x, known) * e.factor + e.offset
    else
      local args = {}
      for i, arg in ipairs(e.args) do args[i] = evaluate(arg, x, known) end
      known[e] = apply(e.row, args, e.method)
    end
  end
  return known[e]
end

local function text_of(e)
  if e.input then return "x[" .. e.input .. "]" end
  if e.number then return ("%.17g"):format(e.number) end
  if e.affine then
    return ("(%s * %.17g + %.17g)"):format(text_of(e.affine), e.factor,
      e.offset)
  end
  local args = {}
  for i, arg in ipairs(e.args) do args[i] = text_of(arg) end
  return e.row.name .. "(" .. table.concat(args, ", ") .. ")"
end

--- Returns an expression as a function of a table of INPUTS numbers.
local function function_of(e)
  return function(x) return evaluate(e, x, {}) end
end

-- Differences are extrapolated (Richardson 1911): their error is of order h^4.

local STEP = 1e-3

local function along(f, x, direction, h)
  local there = {}
  for i = 1, #x do there[i] = x[i] + h * direction[i] end
  return f(there)
end

local function difference(f, x, direction)
  local function central(h)
    return (along(f, x, direction, h) - along(f, x, direction, -h)) / (2 * h)
  end
  return (4 * central(STEP / 2) - central(STEP)) / 3
end

local function unit(i)
  local direction = {}
  for k = 1, INPUTS do direction[k] = k == i and 1 or 0 end
  return direction
end

local function numerical_gradient(f, x)
  local gradient = {}
  for i = 1, #x do gradient[i] = difference(f, x, unit(i)) end
  return gradient
end

-- Growing them

local random_expression

-- Returns an operand whose value at the inputs x lies in an interval, at
-- `place` from 0 to 1. Now and then it is a number, unless `fixed` is false.
local function operand(random, interval, place, x, depth, made, fixed)
  local low, high = interval[1], interval[2]
  local target = low + (high - low) * (0.05 + 0.9 * place)
  if low == high or fixed ~= false and random() < 0.15 then
    return {number = target}
  end
  local e = random_expression(random, x, depth - 1, made)
  local f = function_of(e)
  local size = 1
  for _, g in ipairs(numerical_gradient(f, x)) do
    size = math.max(size, math.abs(g))
  end
  local factor = (random() < 0.5 and -1 or 1) * (0.5 + 0.5 * random()) / size
  return {affine = e, factor = factor, offset = target - factor * f(x)}
end

-- Returns n random places from 0 to 1, no two of them close.
local function places(random, n)
  local list = {}
  for i = 1, n do list[i] = (i - 1 + 0.5 * random()) / n end
  for i = n, 2, -1 do
    local k = integer(random, 1, i)
    list[i], list[k] = list[k], list[i]
  end
  return list
end

local function application(random, row, x, depth, made)
  local width = #row.domain
  local count = row.arity == "n" and width * integer(random, 2, 5) or width
  if row.lua_name ~= row.name and row.arity == "n" then
    count = integer(random, 3, 5) -- max and min of two are other rows
  end
  local args = {}
  local spread = places(random, count)
  for i = 1, count do
    local place = row.arity == "n" and spread[i] or random()
    args[i] = operand(random, row.domain[(i - 1) % width + 1], place, x,
      depth, made)
  end
  local last = (count - 1) % width + 1
  args[count] = args[count].number and operand(random, row.domain[last],
    row.arity == "n" and spread[count] or random(), x, depth, made, false)
    or args[count]
  if row.name == "where" and random() < 0.5 then args[1] = {number = 0} end
  local e = {row = row, args = args, method = random() < 0.5}
  made[#made + 1] = e
  return e
end

local PLAIN = {"add", "sub", "mul", "div", "pow", "neg", "square", "max",
  "min", "where", "lt", "eq", "zmul", "identity", "fma", "sum", "dot"}
local KNOWN = {0, -0.0, 1, -1, 2, 0.5, 3}

-- Returns plain arithmetic. `made.plain` is the share of such operations.
local function plain(random, x, depth, made)
  local row = row_of[PLAIN[integer(random, 1, #PLAIN)]]
  local args = {}
  for i = 1, row.arity == "n" and 2 * #row.domain or row.arity do
    args[i] = random() < 0.35 and {number = KNOWN[integer(random, 1, #KNOWN)]}
      or random_expression(random, x, depth - 1, made)
  end
  local e = {row = row, args = args}
  made[#made + 1] = e
  return e
end

function random_expression(random, x, depth, made)
  if #made > 0 and random() < 0.15 then
    return made[integer(random, 1, #made)]
  end
  if depth <= 0 or random() < 0.15 then
    return {input = integer(random, 1, INPUTS)}
  end
  if made.plain and random() < made.plain then
    return plain(random, x, depth, made)
  end
  return application(random, rows[integer(random, 1, #rows)], x, depth, made)
end

--- Returns a random expression whose root is row (seed - 1) % #rows + 1.
---@param seed integer
---@param share? number how large a part of the operations below the root is
-- plain
---@return table expression
---@return number[] x where to differentiate it
---@return number[] v a direction
---@return function random the generator, for more expressions
function expressions.case(seed, share)
  local random = generator(seed)
  local row = rows[(seed - 1) % #rows + 1]
  local x, v = {}, {}
  for i = 1, INPUTS do x[i], v[i] = 4 * random() - 2, 2 * random() - 1 end
  local e = application(random, row, x, 3, {plain = share})
  return e, x, v, random
end

--- Returns one more expression that can be evaluated at x.
function expressions.another(random, x)
  return application(random, rows[integer(random, 1, #rows)], x, 2, {})
end

expressions.apply = apply
expressions.difference = difference
expressions.function_of = function_of
expressions.numerical_gradient = numerical_gradient
expressions.text_of = text_of

return expressions
