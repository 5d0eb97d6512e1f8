--- The bytes of saved Programs, changed by hand: for specs of what is damaged.

local saved_bytes = {}

--- The bytes with `piece` in the place of those from `at` on.
function saved_bytes.replaced(bytes, at, piece)
  return bytes:sub(1, at - 1) .. piece .. bytes:sub(at + #piece)
end

--- The four bytes of a number.
function saved_bytes.number(x)
  local b = {}
  for i = 1, 4 do
    b[i] = string.char(x % 256)
    x = math.floor(x / 256)
  end
  return table.concat(b)
end

-- The exclusive or of two numbers below 2^32, in any Lua.
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

--- With a checksum that is right: what is wrong is then for others to find.
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
