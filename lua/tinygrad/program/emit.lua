--- Programs as C source: emit/straight.lua writes short ones, emit/chunked.lua
-- long ones, with the formulas of the table of operations (emit/writer.lua).

local attempt = require "tinygrad.base.attempt"
local core = require "tinygrad.core"
local chunked = require "tinygrad.program.emit.chunked"
local names = require "tinygrad.program.emit.names"
local options_of = require "tinygrad.support.options"
local programs = require "tinygrad.program"
local straight = require "tinygrad.program.emit.straight"
local text = require "tinygrad.program.emit.text"
local tree = require "tinygrad.base.tree"
local writers = require "tinygrad.program.emit.writer"
core.library()

local Program = programs.methods

local SHORT = 500 -- operations at most

local function paths_of(trees, labels)
  local paths = {}
  for i, x in ipairs(trees) do tree.leaves(x, {}, labels[i], paths) end
  return paths
end

local GUARD = [[
/* The same formula gives the same bits everywhere: no multiply-add that rounds
   once where two roundings are written. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#endif
]]

--- What follows in the file is compiled as it would be without.
local UNGUARD = [[

#if defined(__clang__)
#pragma STDC FP_CONTRACT DEFAULT
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif]]

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
    text.describe("in", in_paths, head)
    head[#head + 1] = "**"
    text.describe("out", out_paths, head)
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
  text.wrap(prototype .. ";", head)
  for _, line in ipairs(before) do lines[#lines + 1] = line end
  text.wrap(prototype .. " {", lines)
  for _, line in ipairs(body) do lines[#lines + 1] = line end
  lines[#lines + 1] = "}"
  return work > 0
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
  for key in next, opts do
    if not OPTIONS[key] then
      error(options_of.unknown(key, "emit_c", OPTIONS), 0)
    end
  end
end

local function emit(program, opts)
  check_options(opts)
  local name = option(opts, "name", "program", function(x)
    return type(x) == "string" and names.is_export(x)
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
  local writer = writers.new(name, real, doc)
  local head, lines = {}, {}
  local has_loops = put_function(writer, program, name, head, lines)
  local declarations = ("#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n%s\n\n"
    .. "#ifdef __cplusplus\n}\n#endif\n"):format(table.concat(head, "\n"))
  local guard = names.own(name, "H") -- two names may differ in case alone
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
    if writer.calls[operation] then
      source[#source + 1] = ("extern void %s_partials(const %s *x, %s y, "
        .. "%s *d);"):format(operation, real, real, real)
    end
  end
  if #called > 0 then source[#source + 1] = "" end
  for _, definition in ipairs(writer.order) do
    local laid = {}
    text.lay_out("static " .. definition, laid)
    source[#source + 1] = table.concat(laid, "\n") .. "\n"
  end
  source[#source + 1] = table.concat(lines, "\n")
  source[#source + 1] = UNGUARD
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
--
-- Any number of results may stand in one source file, of doubles and of floats:
-- all that a text defines begins with its function's name. (The macros are in
-- upper case, so the names in a file must differ in more than case.) A C host's
-- operation `f` is called as `f` and `f_partials`, of floats as `ff` and
-- `ff_partials`.
--
--     local p = tinygrad.compile(function(x) return x * x end, 1)
--     local source = p:emit_c {name = "square", doc = false}
--     print(source:match("(void square[^;\n]*{)"))
--     --> void square(const double *in, double *out) {
---@param opts? table name: of the function ("program"); real: "double" or
-- "float", the type of all numbers ("double"); doc: false leaves comments out;
-- header: name of the file that the second result will be written to, for the
-- source to include (absent: the source needs none)
---@return string source
---@return string header
function Program:emit_c(opts)
  programs.shapes_of(self, "emit_c")
  local ok, source, header = attempt(emit, self, opts or {})
  if not ok then error(source, 2) end
  return source, header
end
