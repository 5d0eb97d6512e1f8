--- Changes the bytes of saved Programs, for specs of damaged files.

local saved_bytes = {}

--- Returns the bytes with `piece` in place of those from `at` on.
function saved_bytes.replaced(bytes, at, piece)
  return bytes:sub(1, at - 1) .. piece .. bytes:sub(at + #piece)
end

--- Returns the four bytes of a number, the lowest first.
function saved_bytes.number(x)
  local b = {}
  for i = 1, 4 do
    b[i] = string.char(x % 256)
    x = math.floor(x / 256)
  end
  return table.concat(b)
end

-- xor_of_bytes[256 * a + b] is the exclusive or of two bytes; Lua 5.1 has no
-- operator for it.
local xor_of_bytes = {}
for a = 0, 255 do
  for b = 0, 255 do
    local result, x, y, bit = 0, a, b, 1
    while x > 0 or y > 0 do
      if x % 2 ~= y % 2 then result = result + bit end
      x, y, bit = math.floor(x / 2), math.floor(y / 2), bit * 2
    end
    xor_of_bytes[256 * a + b] = result
  end
end

local function xor(a, b)
  local result, unit = 0, 1
  for _ = 1, 4 do
    local x, y = a % 256, b % 256
    result = result + xor_of_bytes[256 * x + y] * unit
    a, b, unit = (a - x) / 256, (b - y) / 256, unit * 256
  end
  return result
end

local crc_table = {}
for i = 0, 255 do
  local c = i
  for _ = 1, 8 do
    c = c % 2 == 1 and xor(0xedb88320, (c - 1) / 2) or c / 2
  end
  crc_table[i] = c
end

--- Returns the bytes with a correct checksum, so that a check of something else
-- must find the damage.
function saved_bytes.signed(bytes)
  local crc = 0xffffffff
  for i = 17, #bytes do
    local low = crc % 256
    crc = xor(crc_table[xor(low, bytes:byte(i))], (crc - low) / 256)
  end
  return saved_bytes.replaced(bytes, 13,
    saved_bytes.number(xor(crc, 0xffffffff)))
end

return saved_bytes
