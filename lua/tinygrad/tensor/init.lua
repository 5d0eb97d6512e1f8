--- tinygrad.Tensor: arrays of numbers, for batches.
--
-- A Tensor holds doubles in one array, row after row. It has 1 to 8 dimensions
-- and no gradients. `t[i]` is a number if t has one dimension, else a view of
-- row i, which shares the numbers. `#t` is the number of rows.

local attempt = require "tinygrad.base.attempt"
local calm = require "tinygrad.base.calm"
local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local file = require "tinygrad.support.file"
local names = require "tinygrad.base.names"
local tree = require "tinygrad.base.tree"
local write = require "tinygrad.support.write"
core.library()

---@class tinygrad.Tensor
local methods = {}
local Tensor = {}

local function bad_argument(i, name, expected, got, level)
  errors.argument(i, name, expected, tree.typename(got), level or 3)
end

--- Raises an error for a method that was called with a dot instead of a colon,
-- without its Tensor.
local function check_self(self, name)
  if core.is_tensor(self) then return end
  errors.no_object(name, "Tensor", "t", self, 3)
end

--- Reads argument i of a method: a number, or `default` if it is absent.
local function number_or(default, i, name, x)
  if x == nil then return default end
  if type(x) ~= "number" then bad_argument(i, name, "number", x, 4) end
  return x
end

--- Finds the shape of a nested table of numbers, and appends the numbers to
-- `flat`.
local function read_table(x, flat, depth, shape, path)
  if shape[depth] == nil then
    shape[depth] = #x
  elseif shape[depth] ~= #x then
    error(("Tensor: %s has %d elements, but another table at this depth has "
      .. "%d: rows must be of equal length"):format(path, #x, shape[depth]), 0)
  end
  for i = 1, #x do
    local element, here = x[i], ("%s[%d]"):format(path, i)
    if type(element) == "table" then
      if shape.deepest and depth >= shape.deepest then
        error(("Tensor: %s is a table beside a number"):format(here), 0)
      end
      read_table(element, flat, depth + 1, shape, here)
    elseif type(element) == "number" then
      if (shape.deepest or depth) ~= depth or shape[depth + 1] then
        error(("Tensor: %s is a number beside a table"):format(here), 0)
      end
      shape.deepest = depth
      flat[#flat + 1] = element
    else
      error(("Tensor: %s must be a number or a table, it is %s%s"):format(here,
        tree.typename(element), tree.advice(element)), 0)
    end
  end
end

--- Makes a Tensor of a nested table of numbers, whose rows must be of equal
-- length.
---@param x table
---@return tinygrad.Tensor
local function from_table(x)
  if core.is_tensor(x) then return x:copy() end
  if type(x) ~= "table" then bad_argument(1, "Tensor", "table", x) end
  local flat, shape = {}, {}
  local ok, message = attempt(read_table, x, flat, 1, shape, "t")
  if not ok then error(message, 3) end
  shape.deepest = nil
  return core.tensor_set(core.tensor_new(shape), flat)
end

--- Reads a shape: a table of sizes, or the sizes as arguments.
local function read_shape(name, shape, ...)
  if type(shape) == "number" then shape = {shape, ...} end
  if type(shape) ~= "table" then
    bad_argument(1, name, "sizes, or a table of them", shape, 4)
  end
  return shape
end

--- Makes a Tensor of zeros: zeros(2, 3) or zeros{2, 3}.
--
--     print(#tinygrad.Tensor.zeros(2, 3) == 2) --> true
---@param ... integer the sizes, or a table of them
---@return tinygrad.Tensor
function Tensor.zeros(...)
  return core.tensor_new(read_shape("zeros", ...))
end

--- Makes a Tensor of ones.
--
--     print(tinygrad.Tensor.ones(2, 3):sum() == 6) --> true
---@param ... integer the sizes, or a table of them
---@return tinygrad.Tensor
function Tensor.ones(...)
  return core.tensor_new(read_shape("ones", ...)):fill(1)
end

--- Makes a Tensor whose numbers are all x.
--
--     print(tinygrad.Tensor.full({3}, 7)) --> Tensor(3)
--     --> [7, 7, 7]
---@param shape table the sizes
---@param x number the value of all numbers
---@return tinygrad.Tensor
function Tensor.full(shape, x)
  if type(x) ~= "number" then bad_argument(2, "full", "number", x) end
  return core.tensor_new(read_shape("full", shape)):fill(x)
end

--- Tells whether x is a Tensor.
--
--     local is_tensor = tinygrad.Tensor.is_tensor
--     print(is_tensor(tinygrad.Tensor {1}), is_tensor {1}) --> true false
---@param x any
---@return boolean
function Tensor.is_tensor(x) return core.is_tensor(x) end

-- Random numbers

local function read_generator(seed)
  if type(seed) == "number" then return core.generator_new(seed) end
  return seed
end

---@class tinygrad.Generator
local generator = {}

--- Draws the next number, uniform in [low, high) (0 and 1 if absent).
--
--     local g = tinygrad.Tensor.generator(42)
--     local x = g:uniform(2, 3)
--     print(x >= 2 and x < 3) --> true
---@param low? number the least number (0)
---@param high? number the end of the range, which is not drawn (1)
---@return number
function generator:uniform(low, high)
  low = number_or(0, 1, "uniform", low)
  high = number_or(1, 2, "uniform", high)
  return core.generator_next(self, "uniform", low, high)
end

--- Draws the next number, normal with this mean and standard deviation (0 and 1
-- if absent).
--
--     local g = tinygrad.Tensor.generator(42)
--     print(("%.4f"):format(g:normal(10, 2))) --> 11.2195
---@param mean? number the mean (0)
---@param deviation? number the standard deviation (1)
---@return number
function generator:normal(mean, deviation)
  mean = number_or(0, 1, "normal", mean)
  deviation = number_or(1, 2, "normal", deviation)
  return core.generator_next(self, "normal", mean, deviation)
end

--- Draws the next whole number, uniform from 1 to n.
--
--     local g = tinygrad.Tensor.generator(42)
--     local dice = {g:integer(6), g:integer(6), g:integer(6)}
--     print(("%d %d %d"):format(dice[1], dice[2], dice[3])) --> 6 2 6
---@param n integer from 1
---@return integer a number from 1 to n
function generator:integer(n)
  if type(n) ~= "number" then bad_argument(1, "integer", "number", n) end
  return 1 + math.floor(core.generator_next(self, "integer", 0, n))
end

core.generator_type(setmetatable(generator, {
  __index = names.index("a Generator", {})}))

--- Tells whether x is a generator.
--
--     local Tensor = tinygrad.Tensor
--     print(Tensor.is_generator(Tensor.generator(1)), Tensor.is_generator(1))
--     --> true false
---@param x any
---@return boolean
function Tensor.is_generator(x)
  return core.is_generator(x)
end

--- Makes a generator of random numbers.
-- A seed gives the same numbers on every machine and every Lua, by xoshiro256**
-- (Blackman and Vigna, 2018).
--
--     local a, b = tinygrad.Tensor.generator(7), tinygrad.Tensor.generator(7)
--     print(a:uniform() == b:uniform()) --> true
---@param seed number chooses the sequence of numbers
---@return tinygrad.Generator
function Tensor.generator(seed)
  if type(seed) ~= "number" then
    bad_argument(1, "generator", "number", seed)
  end
  return core.generator_new(seed)
end

local function random_tensor(name, normal, shape, a, b, seed)
  if type(a) ~= "number" then bad_argument(2, name, "number", a) end
  if type(b) ~= "number" then bad_argument(3, name, "number", b) end
  if seed == nil then
    bad_argument(4, name, "a seed or a generator", seed)
  end
  return core.tensor_random(core.tensor_new(read_shape(name, shape)),
    read_generator(seed), normal, a, b)
end

--- Makes a Tensor of random numbers, uniform in [low, high).
--
--     local t = tinygrad.Tensor.uniform({1000}, -1, 1, 42)
--     print(t:min() >= -1 and t:max() < 1) --> true
---@param shape table the sizes
---@param low number the least number
---@param high number the end of the range, which is not drawn
---@param seed any a number, or a generator to draw from
---@return tinygrad.Tensor
function Tensor.uniform(shape, low, high, seed)
  return random_tensor("uniform", false, shape, low, high, seed)
end

--- Makes a Tensor of random numbers with a normal distribution.
--
--     local t = tinygrad.Tensor.normal({1000}, 10, 2, 42)
--     print(("%.1f %.1f"):format(t:mean(), t:std(1))) --> 9.9 2.1
---@param shape table the sizes
---@param mean number the mean of the distribution
---@param deviation number its standard deviation
---@param seed any a number, or a generator to draw from
---@return tinygrad.Tensor
function Tensor.normal(shape, mean, deviation, seed)
  return random_tensor("normal", true, shape, mean, deviation, seed)
end

-- Shapes

--- The number of numbers in a Tensor of a shape.
local function sizes_product(shape)
  local n = 1.0 -- an integer might overflow
  for _, size in ipairs(shape) do n = n * size end
  return n
end

--- Returns a view of the numbers in another shape: reshape(2, 3).
--
--     local t = tinygrad.Tensor {1, 2, 3, 4, 5, 6}
--     print(t:reshape(2, 3)) --> Tensor(2 x 3)
--     --> [[1, 2, 3],
--     -->  [4, 5, 6]]
---@param ... integer the sizes, or a table of them
---@return tinygrad.Tensor
---@raise the new shape holds more numbers, or fewer
function methods:reshape(...)
  check_self(self, "reshape")
  return core.tensor_reshape(self, read_shape("reshape", ...))
end

--- Returns the numbers as a nested table.
--
--     local t = tinygrad.Tensor {{1, 2}, {3, 4}}
--     print(t:totable()[2][1] == 3) --> true
---@return table a list of numbers, or a list of rows
function methods:totable()
  check_self(self, "totable")
  if #self:shape() == 1 then return core.tensor_column(self, 1) end
  local result = {}
  for i = 1, #self do result[i] = self[i]:totable() end
  return result
end

-- Statistics of all numbers of the Tensor

--- Returns the least number: NaN if a number is NaN, infinity if there are no
-- numbers.
--
--     print(("%g"):format(tinygrad.Tensor({3, 1, 2}):min())) --> 1
---@return number
function methods:min()
  check_self(self, "min")
  return calm(core.tensor_statistic, self, "min")
end

--- Returns the greatest number: NaN if a number is NaN, -infinity if there are
-- no numbers.
--
--     print(("%g"):format(tinygrad.Tensor({3, 1, 2}):max())) --> 3
---@return number
function methods:max()
  check_self(self, "max")
  return calm(core.tensor_statistic, self, "max")
end

--- Returns the sum of the numbers, added up by halves, which keeps rounding
-- small.
--
--     print(("%g"):format(tinygrad.Tensor({3, 1, 2}):sum())) --> 6
---@return number
function methods:sum()
  check_self(self, "sum")
  return calm(core.tensor_statistic, self, "sum")
end

--- Returns the mean of the numbers; NaN if there are none.
--
--     print(("%g"):format(tinygrad.Tensor({3, 1, 2}):mean())) --> 2
---@return number
function methods:mean()
  check_self(self, "mean")
  return calm(core.tensor_statistic, self, "mean")
end

--- Returns the standard deviation: the root of the mean squared distance from
-- the mean; with `less` = 1 the estimate from a sample, in which the sum of
-- squares is divided by n - 1.
--
--     print(("%g"):format(tinygrad.Tensor({3, 1, 2}):std(1))) --> 1
---@param less? number what to subtract from the number of numbers (0)
---@return number
function methods:std(less)
  check_self(self, "std")
  less = number_or(0, 1, "std", less)
  local n = sizes_product(self:shape())
  local squares = calm(core.tensor_statistic, self, "squares", self:mean())
  return math.sqrt(squares / (n - less))
end

-- Bytes and files

--- Returns the numbers as bytes: 8 for each, IEEE 754, little-endian.
--
--     print(#tinygrad.Tensor({1, 2}):to_string()) --> 16
---@return string
function methods:to_string()
  check_self(self, "to_string")
  return core.tensor_bytes(self)
end

--- Makes a Tensor of bytes as Tensor:to_string writes them.
--
--     local bytes = tinygrad.Tensor({1, 2}):to_string()
--     print(tinygrad.Tensor.from_string(bytes)[2] == 2) --> true
--     print(tinygrad.Tensor.from_string("abc"))
--     --> nil a Tensor of 0 numbers takes 0 bytes, got 3
---@param bytes string 8 bytes for each number
---@param shape? table the sizes (if absent: all numbers in one dimension)
---@return tinygrad.Tensor|nil
---@return string|nil message if the bytes do not fit
function Tensor.from_string(bytes, shape)
  if type(bytes) ~= "string" then
    bad_argument(1, "from_string", "string", bytes)
  end
  shape = shape == nil and {math.floor(#bytes / 8)}
    or read_shape("from_string", shape)
  if sizes_product(shape) * 8 ~= #bytes then
    local n = sizes_product(shape)
    return nil, ("a Tensor of %.0f numbers takes %.0f bytes, got %d"):format(n,
      8 * n, #bytes)
  end
  local t = core.tensor_new(shape)
  core.tensor_decode(t, bytes, 1, "f", 8, false, false)
  return t
end

-- NumPy's .npy format, versions 1 to 3:
-- https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

local MAGIC = "\147NUMPY"

--- Returns the contents of a .npy file with the numbers.
--
--     print(tinygrad.Tensor({1, 2}):to_npy():sub(2, 6)) --> NUMPY
---@return string
function methods:to_npy()
  check_self(self, "to_npy")
  local shape = self:shape()
  for i, size in ipairs(shape) do shape[i] = ("%.0f"):format(size) end
  local header = ("{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }")
    :format(table.concat(shape, ", ") .. (#shape == 1 and "," or ""))
  local length = #MAGIC + 4 + #header + 1
  header = header .. (" "):rep(-length % 64) .. "\n"
  return MAGIC .. "\1\0" .. string.char(#header % 256,
    math.floor(#header / 256)) .. header .. self:to_string()
end

local SIZES = {f = {[2] = true, [4] = true, [8] = true},
  i = {[1] = true, [2] = true, [4] = true, [8] = true},
  u = {[1] = true, [2] = true, [4] = true, [8] = true}, b = {[1] = true}}

local MAXHEADER = 65535 -- bytes; NumPy's own headers are below 200

--- Returns the type of a file's elements, the text between quotes; or nil and
-- the text of a structured type, between brackets.
local function read_type(header)
  local text = header:match("['\"]descr['\"]%s*:%s*(.*)") or ""
  local descr = text:match("^['\"]([^'\"]*)['\"]")
  return descr, text:match("^%b[]") or text:match("^%b()")
    or text:match("^%b{}")
end

--- Reads the start of a .npy file: the kind, size and byte order of its
-- numbers, its shape, and where the numbers begin. Returns nil and a message if
-- it is damaged.
local function read_header(start)
  if start:sub(1, 6) ~= MAGIC then return nil, "not a .npy file" end
  local major = start:byte(7)
  if not major or major < 1 or major > 3 then
    return nil, ("the .npy file has the unknown version %s"):format(
      tostring(major))
  end
  local width = major == 1 and 2 or 4
  if #start < 8 + width then return nil, "the .npy file ends in its header" end
  local length = 0
  for i = width, 1, -1 do length = length * 256 + start:byte(8 + i) end
  if length > MAXHEADER then
    return nil, ("the .npy header is too long: %.0f bytes"):format(length)
  end
  local header = start:sub(9 + width, 8 + width + length)
  if #header < length then return nil, "the .npy file ends in its header" end
  local descr, fields = read_type(header)
  local order = header:match("['\"]fortran_order['\"]%s*:%s*(%a+)")
  local sizes = header:match("['\"]shape['\"]%s*:%s*%(([%d%s,L]*)%)")
  if fields then
    return nil, ("records of several fields, %s, are not supported; save each "
      .. "field as an array of its own"):format(fields)
  elseif not descr or not sizes or (order ~= "True" and order ~= "False") then
    return nil, "the .npy header lacks descr, fortran_order or shape"
  end
  local endian, kind, size = descr:match("^([<>|=]?)([fiub])(%d)$")
  size = tonumber(size)
  if not kind or not SIZES[kind][size] then
    return nil, ("numbers of the type '%s' are not supported"):format(descr)
  end
  local shape = {}
  for digits in sizes:gmatch("%d+") do
    if #digits > 15 then return nil, "a size in the .npy file is too large" end
    shape[#shape + 1] = tonumber(digits)
  end
  if #shape == 0 then shape[1] = 1 end -- the file holds a single number
  if #shape > 8 then
    return nil, ("a Tensor has at most 8 dimensions, the file has %d"):format(
      #shape)
  end
  return {kind = kind, size = size, big = endian == ">",
    columns = order == "True", shape = shape, first = 9 + width + length}
end

local function decode(header, bytes, first)
  local t = core.tensor_new(header.shape)
  if not core.tensor_decode(t, bytes, first, header.kind, header.size,
      header.big, header.columns) then
    return nil, "an integer in it is equal to no double"
  end
  return t
end

local function short(needed, got)
  return nil, ("the .npy file is cut off: %.0f bytes of numbers, %.0f expected")
    :format(got, needed)
end

--- Makes a Tensor of the contents of a .npy file.
-- Floats of any size, integers and booleans are converted, in either byte order
-- and in either order of dimensions.
--
--     local t = tinygrad.Tensor {{1, 2}, {3, 4}}
--     print(tinygrad.Tensor.from_npy(t:to_npy())[2][1] == 3) --> true
--     print(tinygrad.Tensor.from_npy("no such file")) --> nil not a .npy file
---@param bytes string the contents of the file
---@return tinygrad.Tensor|nil
---@return string|nil message if the bytes are damaged or hold something else
function Tensor.from_npy(bytes)
  if type(bytes) ~= "string" then
    bad_argument(1, "from_npy", "string", bytes)
  end
  local header, message = read_header(bytes)
  if not header then return nil, message end
  local needed = sizes_product(header.shape) * header.size
  if #bytes - header.first + 1 < needed then
    return short(needed, #bytes - header.first + 1)
  end
  return decode(header, bytes, header.first)
end

local PIECE = 2 ^ 20 -- most bytes read at a time, whatever a header claims

--- Reads `n` bytes, or as many as the file has.
local function read_bytes(handle, n)
  local pieces = {}
  while n > 0 do
    local piece = handle:read(math.min(n, PIECE))
    if not piece then break end
    pieces[#pieces + 1] = piece
    n = n - #piece
  end
  return table.concat(pieces)
end

--- Reads the header of a .npy file and the numbers that it promises, or as many
-- as the file has; no more, because the file may be a device that does not end.
local function read_npy(handle)
  local start = read_bytes(handle, 12)
  local major = start:byte(7) or 0
  local length = 0
  for i = major == 1 and 2 or 4, 1, -1 do
    length = length * 256 + (start:byte(8 + i) or 0)
  end
  start = start .. read_bytes(handle, math.min(length, MAXHEADER))
  local header = read_header(start)
  if not header then return start end
  return start .. read_bytes(handle, sizes_product(header.shape) * header.size
    - (#start - header.first + 1))
end

--- Reads a .npy file into a Tensor.
--
--     print(tinygrad.Tensor.load_npy("x.npy"))
--     --> nil x.npy: No such file or directory
---@param path string the file to read
---@return tinygrad.Tensor|nil
---@return string|nil message if it cannot be read or holds something else
function Tensor.load_npy(path)
  if type(path) ~= "string" then bad_argument(1, "load_npy", "string", path) end
  local bytes, message = file.read(path, read_npy)
  if not bytes then return nil, message end
  local t, problem = Tensor.from_npy(bytes)
  if not t then return nil, ("%s: %s"):format(path, problem) end
  return t
end

--- Writes a .npy file.
-- The old contents stay whole until the new file is complete. If no other file
-- can be made beside it, the file is written in place, which is not atomic.
--
--     local path = os.tmpname()
--     assert(tinygrad.Tensor({1, 2}):save_npy(path))
--     print(assert(tinygrad.Tensor.load_npy(path))[2] == 2) --> true
--     os.remove(path)
---@param path string the file to write
---@return boolean|nil true
---@return string|nil message if the file cannot be written
function methods:save_npy(path)
  check_self(self, "save_npy")
  if type(path) ~= "string" then bad_argument(1, "save_npy", "string", path) end
  return file.write(path, self:to_npy())
end

-- Printing

local EDGE = 3 -- rows and columns shown at either end of a large Tensor
local MANY = 200 -- numbers above which a Tensor is large
local WIDTH = 75 -- columns of a line

--- Returns how many rows and columns to show at either end, so that about MANY
-- numbers are shown; nil to show all.
local function edge_of(shape)
  if sizes_product(shape) <= MANY then return nil end
  for edge = EDGE, 2, -1 do
    local shown = 1
    for _, size in ipairs(shape) do shown = shown * math.min(size, 2 * edge) end
    if shown <= MANY then return edge end
  end
  return 1
end

--- Joins texts into lines of at most WIDTH columns, of which `depth` are
-- indented.
local function fill(texts, depth)
  local parts, column = {}, depth
  for i, text in ipairs(texts) do
    if i < #texts then text = text .. "," end
    if i > 1 and column + 1 + #text > WIDTH then
      parts[#parts + 1] = "\n" .. (" "):rep(depth)
      column = depth
    elseif i > 1 then
      parts[#parts + 1] = " "
      column = column + 1
    end
    parts[#parts + 1] = text
    column = column + #text
  end
  return table.concat(parts)
end

local function text_of(t, depth, edge)
  local n, flat = #t, #t:shape() == 1
  local parts, i = {}, 1
  while i <= n do
    if edge and n > 2 * edge and i == edge + 1 then
      parts[#parts + 1] = "..."
      i = n - edge + 1
    end
    parts[#parts + 1] = flat and write.general(t[i])
      or text_of(t[i], depth + 1, edge)
    i = i + 1
  end
  return "[" .. (flat and fill(parts, depth)
    or table.concat(parts, ",\n" .. (" "):rep(depth))) .. "]"
end

local function tostring_tensor(t)
  local shape = t:shape()
  local edge = edge_of(shape)
  for i, size in ipairs(shape) do shape[i] = ("%.0f"):format(size) end
  return ("Tensor(%s)\n%s"):format(table.concat(shape, " x "),
    text_of(t, 1, edge))
end

core.tensor_type(methods, tostring_tensor)

--- Makes a Tensor of a nested table of numbers, or a copy of a Tensor.
--
--     print(tinygrad.Tensor {{1, 2}, {3, 4}}) --> Tensor(2 x 2)
--     --> [[1, 2],
--     -->  [3, 4]]
---@param x table a list of numbers, or a list of rows of equal length, of up to
-- 8 dimensions; or a Tensor
---@return tinygrad.Tensor
---@raise rows differ in length, or hold something other than numbers
local function construct(_, x) return from_table(x) end

return names.module(setmetatable(Tensor, {__call = construct}), "Tensor")
