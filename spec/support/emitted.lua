--- Compiles the C source that Programs emit, and runs it on points.

local emitted = {}

local CC = os.getenv("CC") or "cc"

local function write_file(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  assert(file:close())
end

local function run(command)
  local pipe = assert(io.popen(command .. " 2>&1; echo \"status $?\""))
  local output = pipe:read("*a")
  pipe:close()
  local text, status = output:match("^(.*)status (%d+)\n$")
  return text, tonumber(status)
end

--- Tells whether the system has a program.
function emitted.has(program)
  return select(2, run(("command -v %s >/dev/null"):format(program))) == 0
end

local STRICT = "-Wall -Wextra -pedantic -Werror"

--- A main function that reads the inputs' numbers and writes the results as
-- text. 17 digits keep every bit.
local MAIN = [[
#include <stdio.h>
#include <stdlib.h>
#include "%s"

int main (void) {
  static %s in[%s_INPUTS + 1], out[%s_OUTPUTS + 1];
  char text[64];
  int i = 0;
  %s
  while (scanf("%%63s", text) == 1) {
    in[i++] = (%s)strtod(text, NULL);
    if (i < %s_INPUTS) continue;
    i = 0;
    %s(in, out%s);
    for (int k = 0; k < %s_OUTPUTS; k++) printf("%%.17g\n", (double)out[k]);
  }
  return 0;
}
]]

local function number_text(x)
  if x ~= x then return "nan" end
  if x == 1 / 0 then return "inf" elseif x == -1 / 0 then return "-inf" end
  return ("%.17g"):format(x)
end

local function read_number(text)
  if text:find("nan") then return 0 / 0 end
  if text:find("inf") then return text:find("-") and -1 / 0 or 1 / 0 end
  return tonumber(text)
end

--- Compiles a source strictly with each of the compilers: as C++ if the
-- compiler's name has "++", else as C.
---@param names string the compilers' names, separated by spaces
local function compile_strictly(names, path)
  for compiler in names:gmatch("%S+") do
    local standard = compiler:find("%+%+") and "-x c++" or "-std=c99"
    local text, status = run(("%s %s %s -fsyntax-only %s"):format(compiler,
      standard, STRICT, path))
    assert(status == 0 and text == "", compiler .. ":\n" .. text)
  end
end

--- Compiles texts as one source file, with all compilers of the system, and
-- runs it.
---@param texts string[] C sources, the last with a function main
---@param header? string the text of the file "all.h"
---@return string output what the program prints
function emitted.in_one_file(texts, header)
  local base = os.tmpname()
  local directory = base .. ".d"
  local source = directory .. "/all.c"
  assert(select(2, run("mkdir " .. directory)) == 0)
  write_file(source, table.concat(texts, "\n"))
  if header then write_file(directory .. "/all.h", header) end
  local found = {CC}
  for _, compiler in ipairs {"gcc", "clang", "g++", "clang++"} do
    if emitted.has(compiler) then found[#found + 1] = compiler end
  end
  compile_strictly(table.concat(found, " "), source)
  local text, status = run(("%s -std=c99 %s -o %s.out %s -lm && %s.out"):format(
    CC, STRICT, base, source, base))
  run(("rm -r %s %s %s.out"):format(directory, base, base))
  assert(status == 0, text)
  return text
end

--- Compiles a Program's source strictly with every compiler of
-- TINYGRAD_SPEC_COMPILERS, and runs it.
---@param program tinygrad.Program
---@param points number[][] the input's numbers, for each run
---@param opts? table options of emit_c, and flags: more flags for the compiler;
-- definitions: C functions that the source declares
---@return number[][] results one list for each point
function emitted.run(program, points, opts)
  opts = opts or {}
  local real, flags = opts.real or "double", opts.flags or "-O1"
  local base = os.tmpname()
  local header = base .. ".h"
  local source, header_text = program:emit_c {name = "f", real = real,
    header = header, doc = opts.doc}
  write_file(base .. ".c", source)
  write_file(header, header_text)
  local long = not source:find("F_WORK 0") and header_text:find("F_WORK [1-9]")
  write_file(base .. "_main.c", MAIN:format(header, real, "F", "F",
    long and ("static %s w[F_WORK];"):format(real) or "", real, "F", "f",
    long and ", w" or "", "F") .. (opts.definitions or ""))
  compile_strictly(os.getenv("TINYGRAD_SPEC_COMPILERS") or CC, base .. ".c")
  local text, status = run(("%s -std=c99 %s %s -o %s.out %s.c %s_main.c -lm")
    :format(CC, STRICT, flags, base, base, base))
  assert(status == 0 and text == "", text)
  local lines = {}
  for _, point in ipairs(points) do
    for _, x in ipairs(point) do lines[#lines + 1] = number_text(x) end
    if #point == 0 then lines[#lines + 1] = "0" end
  end
  write_file(base .. ".in", table.concat(lines, "\n") .. "\n")
  text, status = run(("%s.out < %s.in"):format(base, base))
  assert(status == 0, text)
  local results, row = {}, nil
  local count = tonumber(header_text:match("F_OUTPUTS (%d+)"))
  for word in text:gmatch("%S+") do
    if not row or #row == count then
      row = {}
      results[#results + 1] = row
    end
    row[#row + 1] = read_number(word)
  end
  for _, ending in ipairs {"", ".c", ".h", "_main.c", ".out", ".in"} do
    os.remove(base .. ending)
  end
  return results, source
end

return emitted
