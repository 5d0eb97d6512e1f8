-- From a fit to a microcontroller: the thermistor's curve (thermistor.lua) as
-- a C function of floats, compiled here and compared with the Program. With
-- the argument `cortex` it is also compiled for an Arm Cortex-M4, by Debian's
-- gcc-arm-none-eabi and libnewlib-arm-none-eabi, and run by qemu-system-arm.
local here = arg[0]:match("^.*[/\\]") or ""
pcall(dofile, here .. "prelude.lua")
local tinygrad = require "tinygrad"

local to_cortex = table.remove(arg, 1) == "cortex" -- no file for a picture
local model, parameters = dofile(here .. "thermistor.lua")
local program = tinygrad.compile(function(ohm)
  return model(ohm, parameters)
end, 10e3)
local source, header = program:emit_c {name = "celsius", real = "float",
  header = "celsius.h"}
print()
print((source:match("void celsius%(.-\n}\n")))

local MAIN = [[
#include <stdio.h>
#include "celsius.h"

int main(void) {
  static const float ohm[] = { 500, 2000, 5000, 10010, 15000, 50000, 100000 };
  unsigned i;
  for (i = 0; i < sizeof ohm / sizeof *ohm; i++) {
    float out;
    celsius(&ohm[i], &out);
    printf("%.0f %.4f\n", (double)ohm[i], (double)out);
  }
  return 0;
}
]]

-- What the processor needs at address 0: a stack, and where to begin. The
-- program first switches the floating-point unit on; newlib does the rest.
local VECTORS = [[
extern void _start(void);

static void reset(void) {
  *(volatile unsigned *)0xe000ed88 |= 0xf00000;
  _start();
}

__attribute__((section(".vectors"), used))
static void (*const vectors[])(void) = { (void (*)(void))0x20400000, reset };
]]

--- Runs a command in a new directory that holds the C sources. Returns its
-- output.
local function run(command)
  local directory = os.tmpname()
  os.remove(directory)
  assert(os.execute(("mkdir '%s'"):format(directory)))
  for name, text in pairs {["celsius.c"] = source, ["celsius.h"] = header,
      ["main.c"] = MAIN, ["vectors.c"] = VECTORS} do
    local file = assert(io.open(directory .. "/" .. name, "w"))
    file:write(text)
    file:close()
  end
  local pipe = io.popen(("cd '%s' && { %s; } 2>&1"):format(directory, command))
  local output = pipe:read("*a")
  pipe:close()
  os.execute(("rm -r '%s'"):format(directory))
  return output
end

local function compare(title, output)
  print(title)
  local worst = 0
  for ohm, degrees in output:gmatch("(%d+) (%-?[%d.]+)\n") do
    local exact = program(tonumber(ohm))
    worst = math.max(worst, math.abs(exact - degrees))
    print(("%7d ohm  %9.3f degrees"):format(ohm, degrees))
  end
  print(("off by less than 0.0005 degrees: %s"):format(tostring(worst > 0
    and worst < 0.0005)))
end

compare("here", run((os.getenv("CC") or "cc")
  .. " -O2 -o main celsius.c main.c -lm && ./main"))

local GCC = "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard "
  .. "-mfpu=fpv4-sp-d16 -Os -Wall -Wextra -Werror "

if to_cortex then
  local found = run("command -v arm-none-eabi-gcc")
  if found == "" then
    print("arm-none-eabi-gcc is not installed (Debian: gcc-arm-none-eabi, "
      .. "libnewlib-arm-none-eabi)")
    os.exit(1)
  end
  print("\nCortex-M4: sections of celsius.o, bytes")
  io.write(run(GCC .. "-c celsius.c && arm-none-eabi-size celsius.o"))
  if run("command -v qemu-system-arm") == "" then
    print("qemu-system-arm is not installed (Debian: qemu-system-arm)")
    os.exit(1)
  end
  compare("run by qemu", run(GCC .. "-o main celsius.c main.c vectors.c "
    .. "--specs=rdimon.specs -Wl,--section-start=.vectors=0 -lm && "
    .. "timeout 20 qemu-system-arm -M mps2-an386 -display none -serial null "
    .. "-monitor none -semihosting -kernel main"))
end
