--- tinygrad.program.emit.c.expression: writes expressions (emit/init.lua says
-- what they are) as C.

--- How tightly C's operators bind: a higher level binds tighter.
local BINARY = {["*"] = 13, ["/"] = 13, ["+"] = 12, ["-"] = 12, ["<"] = 10,
  ["<="] = 10, [">"] = 10, [">="] = 10, ["=="] = 9, ["!="] = 9}
local COMPARISON = {["<"] = true, ["<="] = true, [">"] = true, [">="] = true,
  ["=="] = true, ["!="] = true}
local CONDITIONAL, CAST, ATOM = 3, 14, 16

--- Writes a number as a literal that is exactly this number (with float, the
-- nearest), and returns how tightly the literal binds.
local function literal(x, real)
  local text
  if x ~= x then return ("(%s)NAN"):format(real), CAST end
  local size = math.abs(x)
  if real == "float" then
    if size >= 3.4028235677973366e38 then size = math.huge end
    if size < 7.1e-46 then size = 0 end
  end
  if size == math.huge then
    text = ("(%s)INFINITY"):format(real)
  else
    local most = real == "float" and 9 or 17
    text = ("%%.%dg"):format(most):format(size)
    for digits = 1, most - 1 do -- find the shortest text that gives the number
      local shorter = ("%%.%dg"):format(digits):format(size)
      if tonumber(shorter) == size then
        text = shorter
        break
      end
    end
    text = text:gsub(",", ".") -- the locale may write a comma
    if not text:find("[.e]") then text = text .. ".0" end
    if real == "float" then text = text .. "f" end
  end
  if x < 0 or ("%g"):format(x) == "-0" then
    return "-" .. text, CAST
  end
  return text, size == math.huge and CAST or ATOM
end

--- Writes an element of an array, whose index advances by `stride` with k.
local function element(array, index, stride)
  if not stride or stride == 0 then return ("%s[%.0f]"):format(array, index) end
  local size = math.abs(stride)
  local offset = size == 1 and "k" or ("%d * k"):format(size)
  if stride > 0 and index == 0 then return ("%s[%s]"):format(array, offset) end
  return ("%s[%.0f %s %s]"):format(array, index, stride < 0 and "-" or "+",
    offset)
end

local write -- defined below

local function operand(x, level, real)
  local text, own = write(x, real)
  return own < level and "(" .. text .. ")" or text
end

--- Writes an expression as a condition: a comparison needs no conversion to a
-- number.
local function condition(x, real)
  if COMPARISON[x[1]] then
    local level = BINARY[x[1]]
    return ("%s %s %s"):format(operand(x[2], level + 1, real), x[1],
      operand(x[3], level + 1, real))
  end
  return operand(x, BINARY["!="] + 1, real) .. " != " ..
    literal(0, real)
end

--- Returns the text of an expression, and how tightly it binds.
function write(x, real)
  if type(x) == "number" then return literal(x, real) end
  if type(x) == "string" then return x, ATOM end
  local operator = x[1]
  if operator == "element" then
    return element(x[2], x[3], x[4]), ATOM
  elseif operator == "neg" then
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
  for i = 3, #x do arguments[i - 2] = (write(x[i], real)) end
  return ("%s(%s)"):format(x[2], table.concat(arguments, ", ")), ATOM
end

return {write = write}
