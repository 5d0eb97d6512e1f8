-- When the core cannot be had: one clear line, and never a crash. Every build
-- that lies in build/ is tried with the Lua that runs this; .ci/run has all.

local process = require "spec.process"

local FLOATS = 2 ^ 24 + 1 == 2 ^ 24 and " with float numbers" or ""
local HERE = rawget(_G, "jit") and rawget(_G, "jit").version
  or _VERSION .. FLOATS
local TAG = rawget(_G, "jit") and "luajit" or _VERSION:lower():gsub(" ", "")
local ADVICE = ("build one (make LUA=%s, or luarocks --lua-version=%s make) "
  .. "and let package.cpath reach it first\n"):format(TAG,
    _VERSION:match("[%d.]+$"))

local script = os.tmpname()

describe("a field that loads a module", function()
  it("may be tried again when memory was short", function()
    local lazy, tries = require "tinygrad.lazy", 0
    package.preload["tinygrad.later"] = function()
      tries = tries + 1
      if tries == 1 then error("not enough memory", 0) end
      return {value = 42}
    end
    local fields = lazy.fields({}, {value = "tinygrad.later"})
    -- how Lua 5.1 marks a module whose loading failed
    package.loaded["tinygrad.failed"] = io.stdout
    local ok, message = pcall(function() return fields.value end)
    assert.is_false(ok)
    assert.equal("not enough memory", message)
    assert.is_nil(package.loaded["tinygrad.failed"])
    assert.equal(42, fields.value)
    package.preload["tinygrad.later"] = nil
  end)
end)

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

-- What a program prints that requires tinygrad after `before`, with a cpath.
local function load_with(cpath, before)
  write(script, (before or "") .. [[
    local ok, tinygrad = pcall(require, "tinygrad")
    if not ok then print(tinygrad) return end
    local x = tinygrad.Value(2)
    local y = x * x + tinygrad.tanh(x)
    y:backward()
    print(("%.6f"):format(x.grad))]])
  local output, status = process.run(script, ".",
    ("env LUA_CPATH='%s'"):format(cpath))
  assert.equal(0, status, output)
  return output
end

describe("the core", function()
  teardown(function() os.remove(script) end)

  for _, path in ipairs(process.lines("ls build/*/tinygrad/core.so")) do
    local other = path:match("build/(.-)/")
    local lua = other == "luajit" and "Lua 5.1" or "Lua " .. other:sub(4)
    it("of a build for " .. other .. " works or says what it is", function()
      local output = load_with("build/" .. other .. "/?.so")
      if lua == _VERSION .. FLOATS then
        assert.equal("4.070651\n", output)
      else
        lua = lua:gsub("^Lua 5.1$", "%0 or LuaJIT")
        assert.equal(("tinygrad: the core '%s' is for %s, this is %s: %s")
          :format(path, lua, HERE, ADVICE), output)
      end
    end)
  end

  it("is missed, and where it was looked for is said", function()
    assert.equal(("tinygrad: no core for %s in package.cpath ('%s'): %s")
      :format(HERE, "/nowhere/?.so;/none/?.so", ADVICE),
      load_with("/nowhere/?.so;/none/?.so"))
  end)

  it("that is no library is named, with the loader's reason", function()
    local path = os.tmpname()
    write(path, "nothing")
    local output = load_with(path)
    os.remove(path)
    assert.equal(("tinygrad: cannot load the core '%s': "):format(path),
      output:match("^.-: .-: "))
    assert.matches("^[^\n]+\n$", output)
  end)

  it("of another version is refused", function()
    local function versions(build)
      return load_with("/none/?.so",
        'package.preload["tinygrad.core"] = function() return {build = '
        .. build .. "} end")
    end
    local text = "tinygrad: these Lua files are of version %s, but the core "
      .. "(the host's) is of version %s: install both from one source\n"
    local ours = require("tinygrad")._VERSION:match("[%d.]+$")
    assert.equal(text:format(ours, "0.0.9"),
      versions '"tinygrad core 0.0.9 for Lua 5.4"')
    assert.equal(text:format(ours, "unknown"), versions "nil")
  end)
end)
