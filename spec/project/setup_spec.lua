-- What .ci/setup and make say to those who start with nothing.

local process = require "spec.support.process"

local directory = os.tmpname() .. ".d"

local TOOLS = "sh sed cut tr sort paste tail grep cat dirname make id env"

-- Makes a directory for PATH with few tools, and with tools named `fails`,
-- which do nothing but fail.
local function make_path(fails)
  assert(process.succeeds(("rm -rf %s && mkdir %s && for t in %s; do "
    .. "ln -s \"$(command -v $t)\" %s; done"):format(directory, directory,
      TOOLS, directory)))
  for _, name in ipairs(fails) do
    assert(process.succeeds(("printf '#!/bin/sh\\nexit 100\\n' > %s/%s && "
      .. "chmod +x %s/%s"):format(directory, name, directory, name)))
  end
end

local function setup(lua, fails)
  make_path(fails)
  return process.lines(("PATH=%s .ci/setup test %s 2>&1"):format(directory,
    lua))
end

local HAS_SETUP = process.exists ".ci/setup" and process.has "make"

describe("setup, where it can install nothing,", function()
  teardown(function() os.execute("rm -rf " .. directory) end)

  local function last_line(lua, fails)
    if not HAS_SETUP then return pending("no .ci/setup here") end
    local lines = setup(lua, fails)
    assert.matches("busted " .. lua .. ", cc", table.concat(lines, "\n"), 1,
      true)
    assert.equal("Copy this line:", lines[#lines - 1])
    return lines[#lines]
  end

  it("gives one line for this system", function()
    assert.equal("  apt-get install gcc libc6-dev liblua5.3-dev lua-busted "
      .. "lua5.3", (last_line("lua5.3", {"apt-get"})
        :gsub("^  sudo ", "  ")))
    assert.matches("apk add gcc lua5%.3 lua5%.3%-busted lua5%.3%-dev musl%-dev",
      last_line("lua5.3", {"apk"}))
  end)

  it("has luarocks install what the system has not", function()
    assert.matches("dnf install compat%-lua compat%-lua%-devel gcc luarocks "
      .. "&& luarocks %-%-lua%-version=5.1 install busted",
      (last_line("lua5.1", {"dnf"}):gsub("sudo ", "")))
    assert.matches("pacman %-S gcc luajit luarocks "
      .. "&& luarocks %-%-lua%-version=5.1 install busted",
      (last_line("luajit", {"pacman"}):gsub("sudo ", "")))
  end)

  it("asks for root's password where sudo is missing", function()
    if not HAS_SETUP then return pending("no .ci/setup here") end
    make_path {"dnf"}
    assert(process.succeeds(("rm %s/id && printf '#!/bin/sh\\necho 1000\\n' > "
      .. "%s/id && chmod +x %s/id"):format(directory, directory, directory)))
    local lines = process.lines(("PATH=%s .ci/setup build lua5.1 2>&1"):format(
      directory))
    assert.equal("  su -c 'dnf install compat-lua compat-lua-devel gcc'",
      lines[#lines])
  end)

  it("names the packages of all systems where it knows none", function()
    if not HAS_SETUP then return pending("no .ci/setup here") end
    local text = table.concat(setup("lua5.4", {}), "\n")
    assert.matches("cc (Debian: gcc libc6-dev; Fedora: gcc;", text, 1, true)
  end)
end)

describe("make env", function()
  local place = os.tmpname() .. " d'"
  local quoted = "'" .. place:gsub("'", "'\\''") .. "'"
  local variables = "env -u LUA_PATH -u LUA_CPATH -u PREFIX MAKEFLAGS="

  teardown(function() os.execute("rm -rf " .. quoted) end)

  local function write(folder, name, code)
    assert(process.succeeds(("mkdir -p %s%s"):format(quoted, folder)))
    local file = assert(io.open(place .. folder .. name, "w"))
    file:write(code)
    file:close()
  end

  -- What a script in `place` prints in a shell that has read the lines.
  local function output_of(code, arguments)
    write("/", "script.lua", code)
    local lua = process.interpreter()
    return process.lines(("eval \"$(%s make -s LUA=%s env %s)\" && cd %s && "
      .. "%s script.lua 2>&1"):format(variables, lua, arguments, quoted, lua))
  end

  local function can_run()
    return process.has "make" and process.exists "Makefile" and process.BARE
  end

  it("lets a script elsewhere find this build", function()
    if not can_run() then return pending("no make, or no build here") end
    assert.same({"true"}, output_of("print(require('tinygrad').Value(3).data "
      .. "== 3)", ""))
  end)

  it("lets a script find what is under PREFIX", function()
    if not can_run() then return pending("no make, or no build here") end
    local version = _VERSION:match("%d+%.%d+")
    write("/share/lua/" .. version, "/found.lua", "return 5")
    assert.same({"5"}, output_of("print((require 'found'))",
      "PREFIX=" .. quoted))
    local lines = process.lines(("%s make -s LUA=%s env PREFIX=/own/place")
      :format(variables, process.interpreter()))
    assert.same({("export LUA_PATH='/own/place/share/lua/%s/?.lua;"
      .. "/own/place/share/lua/%s/?/init.lua;;'"):format(version, version),
      ("export LUA_CPATH='/own/place/lib/lua/%s/?.so;;'"):format(version)},
      lines)
  end)

  it("keeps what was set before, also by names that hide LUA_PATH", function()
    if not can_run() then return pending("no make, or no build here") end
    local name = "LUA_PATH_" .. _VERSION:match("%d+%.%d+"):gsub("%.", "_")
    local lines = process.lines(("%s %s='/before/?.lua;;' make -s LUA=%s env")
      :format(variables, name, process.interpreter()))
    assert.matches("/lua/%?/init%.lua;/before/%?%.lua;;'$", lines[1])
    assert.equal("unset " .. name, lines[3])
  end)

  it("says so where there is no such Lua", function()
    if not can_run() then return pending("no make, or no build here") end
    local lines = process.lines(variables .. " make -s env LUA=none 2>&1")
    assert.equal("No Lua found as 'none'", lines[1])
  end)
end)

describe("make", function()
  local makes = process.has "make" and process.exists "Makefile"
  local build = os.tmpname() .. ".d"

  teardown(function() os.execute("rm -rf " .. build) end)

  -- Returns what make prints when it compiles one file.
  local function compile(arguments)
    os.execute("rm -rf " .. build)
    return table.concat(process.lines((
      "MAKEFLAGS= make --no-print-directory %s "
      .. "ENGINE=%s %s/status.o 2>&1"):format(arguments, build, build)), "\n")
  end

  it("prints a line for each file, with V=1 the command, with -s nothing",
    function()
      if not makes then return pending("no make here") end
      assert.equal("compile  csrc/engine/status.c", compile "")
      assert.matches(" %-c %-o %S+/status%.o csrc/engine/status%.c$",
        compile "V=1")
      assert.equal("", compile "-s")
    end)

  it("prints a variable alone", function()
    if not makes then return pending("no make here") end
    assert.same({"build"}, {process.lines(
      "MAKEFLAGS= make -s print-BUILD")[1]:match("^build")})
  end)

  it("says at the end what to do next", function()
    if not makes then return pending("no make here") end
    local text = table.concat(process.lines("MAKEFLAGS= make -n all"), "\n")
    assert.matches("Next: make example; make test;", text, 1, true)
  end)

  it("writes three files that are all of tinygrad", function()
    if not makes then return pending("no make here") end
    assert(process.succeeds("MAKEFLAGS= make amalgamation AMALGAMATION="
      .. build .. "/all MODULES_C=" .. build .. "/modules.c"))
    assert.same({"tinygrad.c", "tinygrad.h", "tinygrad_lua.h"},
      process.lines("ls " .. build .. "/all"))
    local text = {}
    for line in io.lines(build .. "/modules.c") do
      text[#text + 1] = line:match("/%* (lua/%S+) %*/")
    end
    local listed = table.concat(text, " ")
    for _, name in ipairs {"documentation/help", "documentation/init",
        "meta/core"} do
      assert.matches("lua/tinygrad/" .. name .. ".lua", listed, 1, true)
    end
  end)
end)
