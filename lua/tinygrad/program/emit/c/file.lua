--- tinygrad.program.emit.c.file: writes the files of an exported C function,
-- its source and its header.

local names = require "tinygrad.program.emit.c.names"
local text = require "tinygrad.program.emit.c.text"

local file = {}

local GUARD = [[
/* A formula gives equal bits everywhere: there is no multiply-add that rounds
   once where two roundings are written. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#endif
]]

--- Undoes GUARD, for what follows in the file.
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

--- Writes the macros, the documentation and the prototype, for both files.
function file.head(c, export, prototype)
  local upper, head = c.name:upper(), {}
  head[1] = ("#define %s_INPUTS %d"):format(upper, export.inputs)
  head[2] = ("#define %s_OUTPUTS %d"):format(upper, export.outputs)
  head[3] = ("#define %s_WORK %d"):format(upper, export.work)
  head[4] = ""
  if c.doc then
    head[#head + 1] = "/*"
    text.describe("in", export.in_paths, head)
    head[#head + 1] = "**"
    text.describe("out", export.out_paths, head)
    if export.work > 0 then
      head[#head + 1] = "**"
      head[#head + 1] = ("**   w           room for %s_WORK numbers"):format(
        upper)
    end
    head[#head + 1] = "*/"
  end
  text.wrap(prototype .. ";", head)
  return ("#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n%s\n\n"
    .. "#ifdef __cplusplus\n}\n#endif\n"):format(table.concat(head, "\n"))
end

function file.header(c, head)
  local guard = names.own(c.name, "H") -- unlike a macro in upper case, unique
  return ("%s#ifndef %s\n#define %s\n\n%s\n#endif\n"):format(
    c.doc and "/* Written by tinygrad. */\n" or "", guard, guard, head)
end

--- Declares the functions of the host's operations. `calls` says for each name
-- whether its function for partials is called.
local function put_declarations(source, calls, real)
  local called = {}
  for operation in pairs(calls) do called[#called + 1] = operation end
  table.sort(called)
  for _, operation in ipairs(called) do
    source[#source + 1] = ("extern %s %s(const %s *x);"):format(real,
      operation, real)
    if calls[operation] then
      source[#source + 1] = ("extern void %s_partials(const %s *x, %s y, "
        .. "%s *d);"):format(operation, real, real, real)
    end
  end
  if #called > 0 then source[#source + 1] = "" end
end

---@param head string
---@param lines string[] the functions of the Program
function file.source(c, export, head, lines)
  local source = {}
  if c.doc then
    source[1] = ("/*\n** %s: written by tinygrad from a Program, of %s.\n*/")
      :format(c.name, c.real == "double" and "doubles" or "floats")
  end
  source[#source + 1] = "#include <math.h>\n"
  source[#source + 1] = c.header and ("#include \"%s\"\n"):format(c.header)
    or head
  source[#source + 1] = GUARD
  if export.work > 0 then source[#source + 1] = LOOPS end
  put_declarations(source, export.calls, c.real)
  for _, definition in ipairs(export.definitions) do
    local laid = {}
    text.lay_out("static " .. definition, laid)
    source[#source + 1] = table.concat(laid, "\n") .. "\n"
  end
  source[#source + 1] = table.concat(lines, "\n")
  source[#source + 1] = UNGUARD
  return table.concat(source, "\n") .. "\n"
end

return file
