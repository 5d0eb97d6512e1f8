-- Whatever hosts do to Lua, to C's flags and to the linker, tinygrad works, or
-- one clear line says what is missing.

local process = require "spec.support.process"

local SCRIPT = "spec/support/everything.lua"

describe("a host's Lua", function()
  for _, setting in ipairs {"none", "strict", "no_debug", "arithmetic",
      "no_conversion", "no_methods", "no_metatable"} do
    it("with the setting " .. setting .. " is no trouble", function()
      local output = process.run(SCRIPT, ".", nil, setting)
      assert.equal("ok\n", output)
    end)
  end

  it("in a locale with decimal commas is no trouble", function()
    local directory = os.tmpname()
    os.remove(directory)
    os.execute("mkdir " .. directory)
    local built = process.succeeds("localedef -i de_DE -f UTF-8 " .. directory
      .. "/de_DE.UTF-8") or process.exists(directory .. "/de_DE.UTF-8")
    local output = built and process.run(SCRIPT, ".", "LOCPATH=" .. directory,
      "locale")
    os.execute("rm -r " .. directory)
    if not built or output:find("no such locale", 1, true) then
      return pending("no locale with decimal commas can be built")
    end
    assert.equal("ok\n", output)
  end)
end)

local cc = os.getenv("CC") or "cc"
local HAS_SOURCES = process.exists "csrc/engine/numeric/ieee.c"
  and process.has(cc)

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

describe("flags that break arithmetic", function()
  local path

  setup(function()
    path = os.tmpname()
    write(path .. ".c", "#include <stdio.h>\n"
      .. "#include \"engine/numeric/ieee.h\"\n"
      .. "int main (void) { const char *fault = tg_ieee_fault();\n"
      .. "printf(\"%s\\n\", fault != NULL ? fault : \"none\"); return 0; }\n")
  end)

  teardown(function()
    os.remove(path)
    os.remove(path .. ".c")
  end)

  -- Returns what a compiler says of the flags, or the test that was compiled
  -- with them.
  local function verdict(compiler, flags)
    if not (HAS_SOURCES and process.has(compiler)) then
      return pending("no C compiler (set CC)")
    end
    return table.concat(process.lines(("%s -std=c99 %s -Icsrc -o %s %s.c "
      .. "csrc/engine/numeric/ieee.c -lm 2>&1 && %s"):format(compiler, flags,
        path, path, path)), "\n")
  end

  for _, compiler in ipairs {cc, "clang"} do
    for _, flags in ipairs {"-Ofast", "-ffast-math", "-ffinite-math-only",
        "-funsafe-math-optimizations", "-fno-signed-zeros",
        "-freciprocal-math",
        "-fassociative-math -fno-signed-zeros -fno-trapping-math"} do
      it(("are refused: %s -O2 %s"):format(compiler, flags), function()
        local text = verdict(compiler, "-O2 " .. flags)
        if not text then return end
        assert.is_true(text:find("tinygrad needs", 1, true) ~= nil
          or text:find("^%-f") ~= nil, text)
      end)
    end

    it("and no others are refused by " .. compiler, function()
      for _, flags in ipairs {"-O0", "-Os", "-O3", "-O2 -fno-math-errno",
          "-O2 -fno-trapping-math", "-O3 -frounding-math"} do
        local text = verdict(compiler, flags)
        if text then assert.equal("none", text, flags) end
      end
    end)
  end
end)

describe("a host that exports functions of another version", function()
  local function linux()
    return HAS_SOURCES and process.succeeds("test $(uname) = Linux")
  end

  it("does not get them into the modules", function()
    if not linux() then return pending("no preloading here") end
    local path, names = os.tmpname(), {}
    local source = {"#include <stdlib.h>\n"}
    for line in io.lines("csrc/tinygrad.h") do
      local name = line:match("^TG_API .-([%w_]+) %(")
      if name then
        names[#names + 1] = name
        source[#source + 1] = ("void %s (void) { abort(); }\n"):format(name)
      end
    end
    for _, name in ipairs {"tg_ops", "tg_opvalue", "tg_node_apply",
        "tg_program_run", "tg_newnode", "tg_add", "tg_checknumber"} do
      source[#source + 1] = ("void %s (void) { abort(); }\n"):format(name)
    end
    assert.is_true(#names > 20)
    write(path .. ".c", table.concat(source))
    assert(process.succeeds(("%s -shared -fPIC -o %s.so %s.c"):format(cc, path,
      path)))
    local others = os.getenv("LD_PRELOAD") or "" -- a sanitizer's come first
    local output = process.run(SCRIPT, ".",
      ("LD_PRELOAD='%s %s.so'"):format(others, path), "none")
    for _, ending in ipairs {"", ".c", ".so"} do os.remove(path .. ending) end
    assert.equal("ok\n", output)
  end)

  it("nor where the sources are compiled without our flags", function()
    local incdir = os.getenv("LUA_INCDIR")
    if not (linux() and incdir and process.has "readelf") then
      return pending("no readelf")
    end
    local path = os.tmpname()
    assert(process.succeeds(("%s -O0 -fPIC -shared -DTG_NO_DISPATCH -Icsrc "
      .. "-I'%s' -o %s csrc/engine/*.c csrc/engine/*/*.c csrc/binding/*.c "
      .. "$(ls csrc/binding/*/*.c | grep -v kernels) -lm"):format(cc, incdir,
        path)))
    local bound = process.lines(("readelf -rW %s | grep -E ' (tg_|luaopen_)'")
      :format(path))
    os.remove(path)
    assert.same({}, bound)
  end)
end)

describe("tcc", function()
  it("compiles the engine, which gives the same bits", function()
    if not (HAS_SOURCES and process.has "tcc") then
      return pending("no tcc")
    end
    local path = os.tmpname()
    local results = {}
    for i, compiler in ipairs {"tcc", cc .. " -O0 -pthread -DTG_NO_DISPATCH"} do
      assert(process.succeeds(("%s -Icsrc -o %s spec/platforms/batches.c "
        .. "csrc/engine/*.c csrc/engine/*/*.c -lm -lpthread"):format(compiler,
          path)))
      results[i] = process.lines(path .. " spec/fuzz/corpus/load/*")
    end
    os.remove(path)
    assert.same(results[2], results[1])
    assert.is_true(#results[1] > 0)
  end)
end)

describe("C++20", function()
  it("finds nothing to warn of in the table of operations", function()
    local cxx = os.getenv("CXX") or "g++"
    if not (HAS_SOURCES and process.has(cxx)) then
      return pending("no C++ compiler (set CXX)")
    end
    assert.same({}, process.lines(cxx .. " -std=c++20 -x c++ -Wall -Wextra "
      .. "-fsyntax-only -Icsrc csrc/engine/ops/*.c csrc/engine/graph/*.c 2>&1"))
  end)
end)
