--- tinygrad.support.write: writes numbers and labels as text, alike on every
-- Lua and in every locale.

local decimal = require "tinygrad.support.decimal"

local write = {}

--- Writes a number with at most `digits` decimals and no zeros at its end. The
-- pattern replaces whatever the locale puts between the digits.
---@param x number finite
---@param digits integer
---@return string
function write.fixed(x, digits)
  local s = ("%." .. tostring(digits) .. "f"):format(x):gsub("[^%d-]+", ".")
  if digits > 0 then s = s:gsub("0+$", ""):gsub("%.$", "") end
  return s == "-0" and "0" or s
end

--- Writes a number so that reading it gives the same double.
---@param x number finite
---@return string
function write.full(x)
  return decimal.text("%.17g", x)
end

--- Writes a number in one of string.format's formats. (C writes some nan with a
-- sign.)
---@param format string
---@param x number
---@return string
function write.number(format, x)
  if x ~= x then return "nan" end
  if x == math.huge then return "inf" end
  if x == -math.huge then return "-inf" end
  return decimal.text(format, x)
end

--- Writes a number in at most `digits` digits (6).
---@param x number
---@param digits? integer
---@return string
function write.general(x, digits)
  return write.number(("%%.%dg"):format(digits or 6), x)
end

--- n * 10^e, rounded once.
---@param n number whole, below 2^53
---@param e integer
---@return number
function write.decimal(n, e)
  return tonumber(("%.0fe%d"):format(n, e)) + 0.0
end

local SUPERSCRIPTS = {["-"] = "⁻", ["0"] = "⁰", ["1"] = "¹", ["2"] = "²",
  ["3"] = "³", ["4"] = "⁴", ["5"] = "⁵", ["6"] = "⁶", ["7"] = "⁷", ["8"] = "⁸",
  ["9"] = "⁹"}

--- Writes 10 to the power e, with a raised exponent.
---@param e integer
---@return string
function write.power(e)
  return "10" .. (("%d"):format(e):gsub(".", SUPERSCRIPTS))
end

--- Writes n * 10^e with all its digits. If e is below 0, -e of them are
-- decimals.
---@param n number whole
---@param e integer
---@return string
function write.digits(n, e)
  local digits = ("%.0f"):format(math.abs(n))
  local sign = n < 0 and "-" or ""
  if e >= 0 then
    return sign .. digits .. (n == 0 and "" or ("0"):rep(e))
  end
  digits = ("0"):rep(1 - e - #digits) .. digits
  return sign .. digits:sub(1, e - 1) .. "." .. digits:sub(e)
end

--- Writes n * 10^e in few characters: 0.05, 1200, 10⁹ or 3×10⁻⁷.
---@param n number whole
---@param e integer
---@return string
function write.short(n, e)
  if n == 0 then return "0" end
  while n % 10 == 0 do n, e = n / 10, e + 1 end
  local text = write.digits(n, e)
  if #text <= 6 then return text end
  if math.abs(n) == 1 then return (n < 0 and "-" or "") .. write.power(e) end
  return write.digits(n, 0) .. "×" .. write.power(e)
end

-- Labels --------------------------------------------------------------------

-- The sequences of UTF-8 (RFC 3629), shortest forms only: the range of the
-- first byte, the range of the second, and how many bytes follow the second.
local SEQUENCES = {
  {0xC2, 0xDF, 0x80, 0xBF, 0}, {0xE0, 0xE0, 0xA0, 0xBF, 1},
  {0xE1, 0xEC, 0x80, 0xBF, 1}, {0xED, 0xED, 0x80, 0x9F, 1},
  {0xEE, 0xEF, 0x80, 0xBF, 1}, {0xF0, 0xF0, 0x90, 0xBF, 2},
  {0xF1, 0xF3, 0x80, 0xBF, 2}, {0xF4, 0xF4, 0x80, 0x8F, 2},
}

-- The length of the character that starts at byte i; nil if none does.
local function length_at(s, i)
  local first, second = s:byte(i, i + 1)
  if first < 0x80 then return 1 end
  for _, q in ipairs(SEQUENCES) do
    if first >= q[1] and first <= q[2] and second and second >= q[3]
        and second <= q[4]
        and s:find("^" .. ("[\128-\191]"):rep(q[5]), i + 2) then
      return 2 + q[5]
    end
  end
  return nil
end

-- Calls visit(character) for each character of a text, and with "?" for each
-- byte that is not UTF-8.
local function each(s, visit)
  local i = 1
  while i <= #s do
    local n = length_at(s, i)
    visit(n and s:sub(i, i + n - 1) or "?")
    i = i + (n or 1)
  end
end

-- The columns that a character takes on a terminal: 2 for East Asian letters
-- and emoji, 0 for combining marks.
local function columns(c)
  local first, second = c:byte(1, 2)
  if first == 0xCC or first == 0xCD and second < 0xB0 then return 0 end
  if first == 0xE1 and second >= 0x84 and second <= 0x85 then return 2 end
  if first == 0xE2 and second >= 0xBA or first >= 0xE3 and first <= 0xED
      or first == 0xEF and second >= 0xA4 and second <= 0xAB
      or first == 0xEF and second >= 0xBC and second <= 0xBD
      or first == 0xF0 and second >= 0x9F then
    return 2
  end
  return 1
end

--- Makes a label one line of UTF-8 without control characters.
---@param s string
---@return string
function write.clean(s)
  local list = {}
  each(s, function(c)
    if c:find("^%c") or c:find("^\194[\128-\159]") then c = " "
    elseif c == "\239\191\190" or c == "\239\191\191" then c = "?" end
    list[#list + 1] = c
  end)
  return table.concat(list)
end

--- The columns that a text takes on a terminal.
---@param s string
---@return integer
function write.width(s)
  local n = 0
  each(s, function(c) n = n + columns(c) end)
  return n
end

--- Cuts a text, with an ellipsis, to at most `most` columns.
---@param s string
---@param most number
---@return string
function write.cut(s, most)
  if write.width(s) <= most then return s end
  local list, n, full = {}, 0, false
  each(s, function(c)
    n = n + columns(c)
    full = full or n > most - 1
    if not full then list[#list + 1] = c end
  end)
  return table.concat(list):gsub(" +$", "") .. "…"
end

--- Breaks a text at spaces into at most `lines` lines of at most `most`
-- columns.
---@param s string
---@param most number
---@param lines integer
---@return string[]
function write.wrap(s, most, lines)
  local list = {}
  for word in s:gmatch("%S+") do
    local longer = #list > 0 and list[#list] .. " " .. word
    if longer and (#list == lines or write.width(longer) <= most) then
      list[#list] = longer
    else
      list[#list + 1] = word
    end
  end
  for i, line in ipairs(list) do list[i] = write.cut(line, most) end
  return list
end

return write
