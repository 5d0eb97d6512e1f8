--- tinygrad.program.batch: runs Programs over the rows of Tensors.

local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local kinds = require "tinygrad.base.kinds"
local load = require "tinygrad.load"
local options = require "tinygrad.base.options"
local programs = require "tinygrad.program"
local tree = require "tinygrad.base.tree"
require "tinygrad.tensor" -- makes the type of the results
core.library()

local format, unpack = core.format, core.unpack

local Program = programs.methods

-- The options of a batch; the core tests them where it reads them.
local OPTIONS = options.new("BatchOptions", {
  {"reduce", kinds.new("\"sum\" or \"mean\"", "\"sum\"|\"mean\""), nil,
    "how to combine the results of all rows (if absent: not at all)"},
  {"rows", kinds.new("numbers of rows", "integer[]|tinygrad.Tensor"), nil,
    "the numbers of the rows to use (if absent: all)"},
  {"shared", kinds.POSITIONS, nil, "the position, or list of positions, of "
    .. "the arguments whose Tensors have the shape of the example and are for "
    .. "all rows"},
  {"out", kinds.new("results", "any[]"), nil, "a table to write the results "
    .. "into: the results of an earlier batch, or with `reduce` Tensors in "
    .. "the shape of some of the results"},
  {"threads", kinds.new("whole number from 1 to 1024", "integer"), 1,
    "the most threads to use"},
  {"vectors", kinds.new("names of instructions",
    "\"plain\"|\"avx2\"|\"avx512\""), nil, "the widest vector instructions to "
    .. "use (if absent: the widest that the processor has)"},
})

--- The C module tinygrad.kernels, loaded when the first batch needs it.
local kernels
local function get_kernels()
  kernels = load("tinygrad.kernels").kernels
  return kernels
end

--- Raises an error unless the option `shared` names arguments. The most usual
-- value is tested first.
local function check_shared(shared, n)
  if shared == nil or shared == 1 and n > 0 then return end
  local _, problem = kinds.positions(shared, n)
  if problem then core.fail(errors.option_text("shared", "batch", problem)) end
end

--- Whether the option `shared` names argument i.
local function is_shared(shared, i)
  if type(shared) ~= "table" then return shared == i end
  for _, k in ipairs(shared) do
    if k == i then return true end
  end
  return false
end

--- Finds what is wrong with the arguments of a batch that the core refused, and
-- raises the error.
local function refuse_batch(shapes, args, shared)
  if #args ~= #shapes.args then
    error(format("batch: the Program takes %d argument%s, the table holds %d",
      #shapes.args, #shapes.args == 1 and "" or "s", #args), 3)
  end
  if not shapes.batchable then
    error("batch: the Program was compiled with an argument that a batch "
      .. "cannot take: one may hold only numbers, in arrays from 1 on and in "
      .. "fields with names", 3)
  end
  local rows, any
  local function check(shape, x, path, i)
    if core.is_tensor(x) then
      if is_shared(shared, i) then return end
      any = true
      rows = rows or #x
      if #x ~= rows then
        core.fail(errors.argument_text(i, "batch", format("%s has %d rows, "
          .. "another Tensor has %d", path, #x, rows)))
      end
      return
    end
    if type(shape) == "table" and type(x) == "table" then
      for key, part in pairs(shape) do
        check(part, x[key], format("%s[%s]", path, tostring(key)), i)
      end
    elseif type(shape) ~= type(x) then
      core.fail(errors.argument_text(i, "batch", format("%s: Tensor of rows or "
        .. "%s expected, got %s%s", path, type(shape), tree.typename(x),
        tree.advice(x))))
    end
  end
  for i, shape in ipairs(shapes.args) do
    check(shape, args[i], format("argument %d", i), i)
  end
  if not any then
    error("batch: one of the arguments must be, or hold, a Tensor of rows", 3)
  end
  error("batch: an argument does not have the shape of the example that the "
    .. "Program was compiled with: a Tensor's first dimension is the rows, its "
    .. "others are those of the example (of a shared Tensor, all are)", 3)
end

--- Runs the Program over the rows of Tensors.
--
-- Each argument is a value like that of a call, which all rows share; or a
-- Tensor whose first dimension is the rows; or a table of these. The results
-- are Tensors whose first dimension is the rows, as far as a result is an array
-- of equal parts. With `reduce` they are numbers, as from one call.
--
--     local p = tinygrad.compile(function(w, x) return w * x end, 1, 1)
--     local x = tinygrad.Tensor {1, 2, 3}
--     print(p:batch({10, x})[3] == 30) --> true
--     print(p:batch({10, x}, {reduce = "sum"}) == 60) --> true
---@param args table the arguments: {x, y}
---@param opts? tinygrad.BatchOptions
---@return any ... the results of the function, for all rows
---@raise an argument is not shaped as in the example that the Program was
-- compiled with, or no argument holds a Tensor
function Program:batch(args, opts)
  local shapes = programs.shapes_of(self, "batch")
  if type(args) ~= "table" then
    errors.argument(1, "batch", "table of arguments", tree.typename(args), 2)
  end
  options.check(OPTIONS, 2, "batch", opts, 2)
  check_shared(opts and opts.shared, #shapes.args)
  local captured = {}
  if programs.keeps_values(shapes.captured) then
    error("batch: the Program captured a Value that is differentiated or "
      .. "recorded around it; call the Program for each row, or compile with "
      .. "captured = \"constant\"", 2)
  end
  for i, value in ipairs(shapes.captured) do captured[i] = value.data end
  local results = {core.batch(self, args, opts or {}, captured,
    kernels or get_kernels())}
  if #results == 0 then
    refuse_batch(shapes, args, opts and opts.shared)
  end
  return unpack(results)
end
