--- tinygrad.program.emit: writes Programs in another language. straight.lua
-- writes short ones, chunked.lua long ones; the formulas are those of the table
-- of operations (formulas.lua). All text comes from a language, which is a
-- table with the functions below. The language C is in c/;
-- spec/programs/emit_spec.lua has one for Lua.
--
-- An expression is a number; the name of a variable; {"element", array, index,
-- stride}, whose index advances by `stride`, if there is one, with the k of the
-- loop around it; {"call", function, operands...}; or {operator, operands...}
-- with an operator of csrc/engine/ops/text.h.
--
-- A language has functions for expressions and statements, which return text:
--   write(x)                  the text of an expression
--   declare(name, x, fixed)   a variable with the value x; constant if fixed
--   assign(place, x)          sets a variable or an element
--   run(name)                 calls a chunk
--   ignore(name)              says that an argument is not used
-- functions for lines, which append to a list, indented to a depth:
--   put(lines, depth, statement, comment)
--   loop(lines, depth, count, statements)  repeats them for k = 0, 1, ...
--   open(lines, depth), close(lines, depth)  begin and end a scope
--   chunk(lines, name, body, loops)  a function of w; loops: whether it has any
--   array(lines, name, numbers)     a constant array
-- functions for the functions that expressions call:
--   own(what)                  a name that no other export defines
--   define(name, parameters, x)  the text of a function that returns x
--   function_name(name)        the name that a function of the formulas has in
--                              the language, and whether helper() defines it
--   helper(name, name_of)      the text of its definition, in which name_of
--                              gives the names of other helpers
--   host_function(name)        the name of a host's operation
--   define_call(name, host, which, count)  the text of a function of `count`
--                              numbers that calls it, or (which > 0) a partial
-- and a function for the whole:
--   file(export)               the texts that emit_c returns; export: see below

local attempt = require "tinygrad.base.attempt"
local calm = require "tinygrad.base.calm"
local c = require "tinygrad.program.emit.c"
local chunked = require "tinygrad.program.emit.chunked"
local core = require "tinygrad.core"
local formulas_of = require "tinygrad.program.emit.formulas"
local kinds = require "tinygrad.base.kinds"
local options_of = require "tinygrad.base.options"
local programs = require "tinygrad.program"
local straight = require "tinygrad.program.emit.straight"
local tree = require "tinygrad.base.tree"
core.library()

local Program = programs.methods

local SHORT = 500 -- the most operations of a short Program

local function paths_of(trees, labels)
  local paths = {}
  for i, x in ipairs(trees) do tree.leaves(x, {}, labels[i], paths) end
  return paths
end

--- Writes the Program in a language.
local function export(program, language)
  local shapes = core.get_shapes(program)
  local stats = core.stats(program)
  if #shapes.captured > 0 then
    error("emit_c: a Program with captured inputs cannot be exported; compile "
      .. "with captured = \"constant\"", 0)
  end
  local inputs = stats.inputs
  local in_paths = paths_of(shapes.args, shapes.names)
  local formulas = formulas_of.new(language)
  local before, body, work, loops = {}, {}, 0, false
  if stats.operations > SHORT then
    work, loops = chunked(formulas, program, inputs, before, body)
  else
    body = straight(formulas, program, inputs, in_paths)
  end
  return language:file {
    inputs = inputs, outputs = stats.results, work = work, -- sizes of arrays
    in_paths = in_paths, -- what each number of the arrays is
    out_paths = paths_of(shapes.results, shapes.labels),
    definitions = formulas.order, calls = formulas.calls,
    before = before, -- lines of other functions, and of the function's own body
    body = body, loops = loops,
  }
end

local OPTIONS = options_of.new("EmitOptions", {
  {"name", kinds.new("name of a C function", "string", function(x)
    return type(x) == "string" and c.is_name(x)
  end, "string"), "program", "the name of the function"},
  {"real", kinds.one_of("double", "float"), "double",
    "the type of all numbers"},
  {"doc", kinds.BOOLEAN, true, "whether to write comments"},
  {"header", kinds.new("name of a file", "string", function(x)
    return type(x) == "string" and not x:find("[\"%c]")
  end, "string"), nil, "the name of the file for the second result, the "
    .. "header, which the source is to include (if absent: the source needs no "
    .. "header)"},
})

local function emit(program, opts)
  local o = options_of.read(OPTIONS, 1, "emit_c", opts, 0)
  return export(program, c.new(o.name, o.real, o.doc, o.header))
end

--- Writes the Program as a C function.
--
-- The function needs only <math.h>, allocates nothing, and may be compiled as
-- C99 or C++:
--   void name(const double *in, double *out);
-- in: the numbers of the arguments, out: those of the results, in the order in
-- which tables are flattened: array elements first, then fields by name. The
-- comments in the text say which is which. A long Program takes a third
-- argument, `double *w`, with room for NAME_WORK numbers. The text defines
-- NAME_INPUTS, NAME_OUTPUTS, and NAME_WORK, which is 0 for a short one.
--
-- Any number of such texts may stand in one source file, those with double and
-- those with float: everything that a text defines begins with the name of its
-- function. (The macros are in upper case, so that the names in a file must
-- differ in more than case.) An operation `f` of a C host is called as `f` and
-- `f_partials`, with float as `ff` and `ff_partials`.
--
--     local p = tinygrad.compile(function(x) return x * x end, 1)
--     local source = p:emit_c {name = "square", doc = false}
--     print(source:match("(void square[^;\n]*{)"))
--     --> void square(const double *in, double *out) {
---@param opts? tinygrad.EmitOptions
---@return string source
---@return string header
function Program:emit_c(opts)
  programs.shapes_of(self, "emit_c")
  local ok, source, header = attempt(calm, emit, self, opts)
  if not ok then error(source, 2) end
  return source, header
end

return {export = export}
