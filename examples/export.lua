-- Exporting: the tutorial's function and its gradient as C source, which is
-- compiled and called if there is a C compiler.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"

local function complex(x, y)
  return (x ^ 2 + y) / tinygrad.tanh(x * y)
end

local program = tinygrad.compile(complex, 1, 1):value_and_grad()
local source, header = program:emit_c {name = "complex", header = "complex.h"}
print((source:match("void complex%(.-\n}\n")))

-- Writes the files to `directory` and runs a C program that calls the function.
local function call_from_c(directory)
  local main = [[
#include <stdio.h>
#include "complex.h"

int main(void) {
  const double in[COMPLEX_INPUTS] = { 2, 3 };
  double out[COMPLEX_OUTPUTS];
  complex(in, out);
  printf("from C:   %.12f %.12f %.12f\n", out[0], out[1], out[2]);
  return 0;
}
]]
  local texts = {["complex.c"] = source, ["complex.h"] = header,
    ["main.c"] = main}
  for name, text in pairs(texts) do
    local file = assert(io.open(directory .. "/" .. name, "w"))
    file:write(text)
    file:close()
  end
  local cc = os.getenv("CC") or "cc"
  local pipe = io.popen(("cd '%s' && %s -O2 -o main complex.c main.c -lm "
    .. "&& ./main"):format(directory, cc))
  io.write(pipe:read("*a"))
  pipe:close()
end

print(("from Lua: %.12f %.12f %.12f"):format(program(2, 3)))
local directory = os.tmpname()
os.remove(directory)
if os.execute(("mkdir '%s'"):format(directory)) then
  call_from_c(directory)
  os.execute(("rm -r '%s'"):format(directory))
end
