--- tinygrad.program.save: Programs in files and strings.
--
-- The engine's part of the format is described in csrc/engine/program/save.c.
-- Its extra bytes hold a table of the shapes, in bencode (BitTorrent's BEP 3)
-- with two extensions, booleans, and numbers as keys:
--   i<number>e    a number: 0 in the trees of arguments, a position in those of
--                 results; an exponent is written with a capital E
--   <length>:...  a string
--   t, f          booleans
--   l...e         an array
--   d...e         any other table: key, value, key, value ...

local attempt = require "tinygrad.base.attempt"
local core = require "tinygrad.core"
local decimal = require "tinygrad.support.decimal"
local file = require "tinygrad.support.file"
local errors = require "tinygrad.base.errors"
local kinds = require "tinygrad.base.kinds"
local options = require "tinygrad.base.options"
local programs = require "tinygrad.program"
local tree = require "tinygrad.base.tree"
core.library()

local Program = programs.methods

--- Appends the bencode of x to `parts`.
local function encode(x, parts, path)
  if type(x) == "number" then
    parts[#parts + 1] = x % 1 == 0 and ("i%.0fe"):format(x)
      or ("i%se"):format(decimal.text("%.17G", x))
  elseif type(x) == "string" then
    parts[#parts + 1] = ("%d:%s"):format(#x, x)
  elseif type(x) == "boolean" then
    parts[#parts + 1] = x and "t" or "f"
  elseif type(x) ~= "table" then
    error(("%s is a %s, which cannot be saved"):format(path,
      tree.typename(x)), 0)
  else
    local fields = tree.fields(x, #x)
    parts[#parts + 1] = #fields == 0 and "l" or "d"
    for i = 1, #x do
      if #fields > 0 then encode(i, parts) end
      encode(x[i], parts, ("%s[%d]"):format(path, i))
    end
    for _, key in ipairs(fields) do
      encode(key, parts)
      encode(x[key], parts, ("%s.%s"):format(path, tostring(key)))
    end
    parts[#parts + 1] = "e"
  end
end

local MOST_NESTED = 100

--- Reads the value whose code begins at `at`. Returns it and where the next one
-- begins, or raises a string that says what is wrong.
local function decode(bytes, at, depth)
  local first = bytes:sub(at, at)
  if depth > MOST_NESTED then error("tables are nested too deeply", 0) end
  if first == "i" then
    local digits, after = bytes:match("^i([-+%dE.]+)e()", at)
    local x = digits and decimal.read(digits)
    if not x then error("a number is damaged", 0) end
    return x, after
  elseif first == "t" or first == "f" then
    return first == "t", at + 1
  elseif first == "l" then
    local list = {}
    at = at + 1
    while bytes:sub(at, at) ~= "e" do
      list[#list + 1], at = decode(bytes, at, depth + 1)
    end
    return list, at + 1
  elseif first == "d" then
    local t = {}
    at = at + 1
    while bytes:sub(at, at) ~= "e" do
      local key
      key, at = decode(bytes, at, depth + 1)
      if type(key) ~= "string" and type(key) ~= "number" or key ~= key then
        error("a key is neither a string nor a number", 0)
      end
      t[key], at = decode(bytes, at, depth + 1)
    end
    return t, at + 1
  end
  local digits, start = bytes:match("^(%d%d?%d?%d?%d?%d?%d?%d?%d?):()", at)
  local size = tonumber(digits)
  if not size or start + size - 1 > #bytes then
    error("a string is damaged or cut off", 0)
  end
  return bytes:sub(start, start + size - 1), start + size
end

--- Raises a string unless the shapes fit a Program with that many inputs and
-- outputs.
local function check_shapes(shapes, inputs, outputs)
  for _, name in ipairs {"args", "results", "names", "labels"} do
    if type(shapes[name]) ~= "table" or #tree.fields(shapes[name],
        #shapes[name]) > 0 then
      error(("'%s' is not a list"):format(name), 0)
    end
  end
  if #shapes.names ~= #shapes.args or #shapes.labels ~= #shapes.results then
    error("a name or a label is missing", 0)
  end
  for _, list in ipairs {shapes.names, shapes.labels} do
    for _, name in ipairs(list) do
      if type(name) ~= "string" then
        error("a name or a label is not a string", 0)
      end
    end
  end
  if #tree.leaves(shapes.args) ~= inputs then
    error("the arguments have more numbers, or fewer, than the inputs", 0)
  end
  local taken = {}
  for _, position in ipairs(tree.leaves(shapes.results)) do
    if position % 1 ~= 0 or position < 1 or position > outputs then
      error("the Program has no such result", 0)
    elseif taken[position] then
      error("a result is in two places", 0)
    end
    taken[position] = true
  end
end

local function check_string(x, name, expected)
  if type(x) ~= "string" then
    errors.argument(1, name, expected, tree.typename(x), 3)
  end
end

--- Writes the Program as a string of bytes, equal on every machine.
--
--     local p = tinygrad.compile(function(x) return x * x end, 1)
--     local bytes = p:to_string()
--     print(tinygrad.program_from_string(bytes)(3) == 9) --> true
---@return string
---@raise the Program has captured inputs, or its arguments or results hold a
-- function or a userdata
function Program:to_string()
  local shapes = programs.shapes_of(self, "to_string")
  if #shapes.captured > 0 then
    error("a Program with captured inputs cannot be saved: compile with "
      .. "captured = \"constant\"", 2)
  end
  local parts = {}
  local ok, message = attempt(encode, {args = shapes.args,
    results = shapes.results, names = shapes.names, labels = shapes.labels},
    parts, "shapes")
  if not ok then error(message, 2) end
  return core.program_bytes(self, table.concat(parts))
    or error("the Program is too large to be saved", 2)
end

--- Writes the Program to a file, for tinygrad.load_program or, from C,
-- tg_program_load.
-- The old contents stay whole until the new file is complete. If no other file
-- can be made beside it, the file is written in place, which is not atomic.
--
--     local p = tinygrad.compile(function(x) return x * x end, 1)
--     local path = os.tmpname()
--     assert(p:save(path))
--     print(assert(tinygrad.load_program(path))(3) == 9) --> true
--     os.remove(path)
---@param path string the file to write
---@return boolean? ok true
---@return string? message if the file cannot be written
function Program:save(path)
  programs.shapes_of(self, "save")
  check_string(path, "save", "path")
  return file.write(path, self:to_string())
end

local OPTIONS = options.new("LoadOptions", {
  {"operations", kinds.TABLE, nil, "a list of the Lua functions of the C "
    .. "host's own operations that the Program calls", type = "function[]"},
})

--- Reads a Program from a string that Program:to_string made.
--
--     print(tinygrad.program_from_string("nonsense"))
--     --> nil not a saved program
---@param bytes string the string
---@param opts? tinygrad.LoadOptions
---@return tinygrad.Program?
---@return string? message if it holds no Program
local function program_from_string(bytes, opts)
  check_string(bytes, "program_from_string", "string")
  options.check(OPTIONS, 2, "program_from_string", opts, 2)
  local program, extra = core.program_from(bytes, opts and opts.operations)
  if not program then return nil, extra end
  local ok, shapes = attempt(function()
    local shapes, after = decode(extra, 1, 1)
    if after ~= #extra + 1 or type(shapes) ~= "table" then
      error("they are not a table", 0)
    end
    local counts = core.stats(program)
    check_shapes(shapes, counts.inputs, counts.results)
    return shapes
  end)
  if not ok then
    return nil, ("the saved Program's shapes are wrong: %s"):format(
      tostring(shapes))
  end
  return programs.with_shapes(program, shapes.args, shapes.results, {},
    shapes.names, shapes.labels)
end

local PIECE = 65536

--- Reads a file up to the size that its header gives, and at most one piece
-- more. (A file without a header, such as a device, need not end.)
local function read_saved(handle)
  local parts, size, total = {}, 0, 0
  while total <= size do
    local part, message = handle:read(PIECE)
    if not part then return message == nil and table.concat(parts), message end
    parts[#parts + 1] = part
    total = total + #part
    if #parts == 1 and #part >= 20 and part:sub(2, 4) == "TGP" then
      local a, b, c, d = part:byte(17, 20)
      size = a + 256 * (b + 256 * (c + 256 * d))
    end
  end
  return table.concat(parts)
end

--- Reads a Program that Program:save wrote.
--
--     local p, message = tinygrad.load_program("missing.tgp")
--     print(p, message) --> nil missing.tgp: No such file or directory
---@param path string the file to read
---@param opts? tinygrad.LoadOptions as for tinygrad.program_from_string
---@return tinygrad.Program?
---@return string? message if the file cannot be read, or holds no Program
local function load_program(path, opts)
  check_string(path, "load_program", "path")
  options.check(OPTIONS, 2, "load_program", opts, 2)
  local bytes, message = file.read(path, read_saved)
  if not bytes then return nil, message end
  local program, problem = program_from_string(bytes, opts)
  if not program then return nil, ("%s: %s"):format(path, problem) end
  return program
end

return {
  load_program = load_program,
  program_from_string = program_from_string,
}
