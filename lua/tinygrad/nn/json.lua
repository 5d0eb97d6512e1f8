--- tinygrad.nn.json: writes plain data as JSON text and reads it.
--
-- The format is that of RFC 8259, with the words NaN, Infinity and -Infinity,
-- which Python's json module also writes and reads. Numbers come back to the
-- last bit. Reading never runs what it reads.

local core = require "tinygrad.core"
core.library()

local read_decimal = require("tinygrad.support.decimal").read

local json = {}

local MAXDEPTH = 100

-- Writing -------------------------------------------------------------------

local function number_text(x)
  if x ~= x then return "NaN" end
  if x == math.huge then return "Infinity" end
  if x == -math.huge then return "-Infinity" end
  if x == 0 and ("%g"):format(x) == "-0" then return "-0.0" end
  for digits = 15, 17 do -- gsub: a locale's decimal point may be a comma
    local text = ("%." .. tostring(digits) .. "g"):format(x)
    if digits == 17 or tonumber(text) == x then
      return (text:gsub("[^%w+-]+", "."))
    end
  end
end

local function string_text(s)
  return '"' .. s:gsub('[%c"\\\127]', function(c)
    return ("\\u%04x"):format(c:byte())
  end) .. '"'
end

local function is_scalar(x) return type(x) ~= "table" end

local function is_flat(list)
  for _, x in ipairs(list) do
    if not is_scalar(x) then return false end
  end
  return true
end

local write

local ordered = {}

--- Marks a list of pairs {key, value} as an object whose members stay in this
-- order.
---@param list table
---@return table
function json.ordered(list)
  return setmetatable(list, ordered)
end

--- Returns the members of an object as pairs, sorted by key unless ordered.
local function members(t)
  if getmetatable(t) == ordered then return t end
  local keys, list = {}, {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys)
  for i, key in ipairs(keys) do list[i] = {key, t[key]} end
  return list
end

local function write_table(t, indent)
  local deeper, parts, open, close = indent .. "  ", {}, "[", "]"
  if t[1] ~= nil and getmetatable(t) ~= ordered then
    for i, x in ipairs(t) do parts[i] = write(x, deeper) end
    if is_flat(t) then return "[" .. table.concat(parts, ", ") .. "]" end
  else
    open, close = "{", "}"
    for i, member in ipairs(members(t)) do
      parts[i] = string_text(member[1]) .. ": " .. write(member[2], deeper)
    end
  end
  if #parts == 0 then return "{}" end
  return open .. "\n" .. deeper .. table.concat(parts, ",\n" .. deeper) .. "\n"
    .. indent .. close
end

function write(x, indent)
  if type(x) == "number" then return number_text(x) end
  if type(x) == "string" then return string_text(x) end
  if type(x) == "boolean" then return tostring(x) end
  return write_table(x, indent)
end

--- Returns the text of numbers, strings, booleans and tables of them. Each
-- member of an object and each list of scalars has a line of its own.
---@param x any
---@return string
function json.encode(x)
  return write(x, "") .. "\n"
end

-- Reading -------------------------------------------------------------------

--- Raises a table, so that `decode` can tell a damaged text from other errors.
local function fail(at, what)
  local _, lines = at.text:sub(1, at.place - 1):gsub("\n", "")
  error({json = ("line %d: %s"):format(lines + 1, what)}, 0)
end

local function skip(at)
  at.place = at.text:find("[^ \t\r\n]", at.place) or #at.text + 1
end

--- Returns the text at the place of reading that a pattern matches, and moves
-- the place behind it; nil if it does not match.
local function take(at, pattern)
  local first, last = at.text:find("^" .. pattern, at.place)
  if not first then return nil end
  at.place = last + 1
  return at.text:sub(first, last)
end

local ESCAPES = {['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f",
  n = "\n", r = "\r", t = "\t"}

--- Returns a code point in UTF-8.
local function utf8(code)
  if code < 0x80 then return string.char(code) end
  local bytes, first = {}, code < 0x800 and 0xC0 or code < 0x10000 and 0xE0
    or 0xF0
  for i = code < 0x800 and 1 or code < 0x10000 and 2 or 3, 1, -1 do
    bytes[i] = string.char(0x80 + code % 64)
    code = math.floor(code / 64)
  end
  return string.char(first + code) .. table.concat(bytes)
end

--- Returns the character of an escape, of which "u" and four digits have been
-- read. A code point from 2^16 on takes two escapes, a surrogate pair.
local function read_character(at, hex)
  local code = tonumber(hex:sub(2), 16)
  if code < 0xD800 or code > 0xDFFF then return utf8(code) end
  local low = code < 0xDC00 and take(at, "\\u[dD][c-fC-F]%x%x")
  if not low then fail(at, "half of a pair of escapes in a string") end
  return utf8(0x10000 + (code - 0xD800) * 0x400
    + (tonumber(low:sub(3), 16) - 0xDC00))
end

local function read_string(at)
  local parts = {}
  at.place = at.place + 1
  while true do
    parts[#parts + 1] = take(at, '[^"\\%c]+') or ""
    if take(at, '"') then return table.concat(parts) end
    if not take(at, "\\") then fail(at, "a string that does not end") end
    local hex = take(at, "u%x%x%x%x")
    local escape = not hex and ESCAPES[take(at, ".") or ""]
    if hex then
      parts[#parts + 1] = read_character(at, hex)
    elseif escape then
      parts[#parts + 1] = escape
    else
      fail(at, "an unknown escape in a string")
    end
  end
end

local function read_number(at)
  local text = take(at, "-?%d+%.?%d*[eE]?[+-]?%d*")
  local x = text and read_decimal(text)
  if not x then fail(at, "a number that makes no sense") end
  return x
end

local WORDS = {["true"] = true, ["false"] = false, NaN = core.nan,
  Infinity = math.huge}

local read

--- Calls read_item for each item between here and `close`.
local function read_items(at, close, read_item)
  at.place = at.place + 1
  skip(at)
  if take(at, "%" .. close) then return end
  repeat
    read_item()
  until not take(at, ",")
  if not take(at, "%" .. close) then
    fail(at, ("',' or '%s' expected"):format(close))
  end
end

local function read_list(at, depth)
  local list = {}
  read_items(at, "]", function() list[#list + 1] = read(at, depth) end)
  return list
end

local function read_object(at, depth)
  local object = {}
  read_items(at, "}", function()
    skip(at)
    if at.text:sub(at.place, at.place) ~= '"' then
      fail(at, "a name in quotes expected")
    end
    local key = read_string(at)
    if object[key] ~= nil then fail(at, ("'%s' is there twice"):format(key)) end
    skip(at)
    if not take(at, ":") then fail(at, "':' expected") end
    object[key] = read(at, depth)
  end)
  return object
end

--- Reads a value and the space around it.
function read(at, depth)
  if depth > MAXDEPTH then fail(at, "nested too deeply") end
  skip(at)
  local first = at.text:sub(at.place, at.place)
  local x
  if first == '"' then
    x = read_string(at)
  elseif first == "[" then
    x = read_list(at, depth + 1)
  elseif first == "{" then
    x = read_object(at, depth + 1)
  elseif take(at, "-Infinity") then
    x = -math.huge
  elseif first:find("%a") then
    x = WORDS[take(at, "%a+")]
    if x == nil then fail(at, "an unknown word") end
  else
    x = read_number(at)
  end
  skip(at)
  return x
end

--- Reads a text.
---@param text string
---@return any
---@return string|nil message if the text is damaged; the first result is nil
-- then
function json.decode(text)
  local at = {text = text, place = 1}
  local ok, x = pcall(read, at, 1)
  if ok and at.place <= #text then
    ok, x = pcall(fail, at, "the end expected")
  end
  if ok then return x end
  if type(x) ~= "table" then error(x, 0) end
  return nil, x.json
end

return json
