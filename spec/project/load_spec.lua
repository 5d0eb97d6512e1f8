-- If the core cannot be loaded, require fails with one clear line and never
-- crashes. Every build that lies in build/ is tried with the Lua that runs
-- this; .ci/run has all.

local process = require "spec.support.process"

local FLOATS = 2 ^ 24 + 1 == 2 ^ 24 and " with float numbers" or ""
local HERE = rawget(_G, "jit") and rawget(_G, "jit").version
  or _VERSION .. FLOATS
local TAG = rawget(_G, "jit") and "luajit" or _VERSION:lower():gsub(" ", "")
local ADVICE = ("build one (make LUA=%s, or luarocks --lua-version=%s make) "
  .. "and put it first in package.cpath\n"):format(TAG,
    _VERSION:match("[%d.]+$"))

local script = os.tmpname()

describe("a field that loads a module", function()
  it("may be tried again when memory was short", function()
    local lazy, tries = require "tinygrad.base.lazy", 0
    package.preload["tinygrad.later"] = function()
      tries = tries + 1
      if tries == 1 then error("not enough memory", 0) end
      return {value = 42}
    end
    local fields = lazy.fields({}, {value = "tinygrad.later"})
    -- Lua 5.1 marks a module whose loading failed in this way:
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

-- Returns what a program prints that runs `before`, then requires tinygrad with
-- a cpath.
local function load_with(cpath, before)
  write(script, (before or "") .. [[
    local ok, message = pcall(function()
      local tinygrad = require "tinygrad"
      local p = tinygrad.compile(function(x)
        return x * x + tinygrad.tanh(x)
      end, 1):grad()
      print(("%.6f"):format(p(2)))
      print(("%.6f"):format(p:batch({tinygrad.Tensor {2}})[1]))
    end)
    if not ok then print(message) end]])
  local output, status = process.run(script, ".",
    ("env LUA_CPATH='%s'"):format(cpath))
  assert.equal(0, status, output)
  return output
end

local RESULT = "4.070651\n"
local tree = os.tmpname() .. ".d"

local function our_file(module)
  for template in package.cpath:gmatch("[^;]+") do
    local path = template:gsub("%?", "tinygrad/" .. module)
    if process.exists(path) then return path end
  end
end

-- Returns a cpath in which `module` is the file at `path`.
local function cpath_with(module, path)
  os.execute(("mkdir -p %s/tinygrad"):format(tree))
  for _, each in ipairs {"core", "kernels"} do
    os.execute(("ln -sf \"$(realpath '%s')\" %s/tinygrad/%s.so"):format(
      each == module and path or our_file(each), tree, each))
  end
  return tree .. "/?.so"
end

for module, before in pairs {core = "", kernels = RESULT} do
  local name = "tinygrad." .. module

  describe("the module " .. name, function()
    teardown(function()
      os.remove(script)
      os.execute("rm -r " .. tree)
    end)

    for _, path in ipairs(process.lines(
        ("ls build/*/tinygrad/%s.so"):format(module))) do
      local other = path:match("build/(.-)/")
      local lua = other == "luajit" and "Lua 5.1" or "Lua " .. other:sub(4)
      it("of a build for " .. other .. " works or says what it is", function()
        local output = load_with(cpath_with(module, path))
        if lua == _VERSION .. FLOATS then
          assert.equal(RESULT .. RESULT, output)
        else
          lua = lua:gsub("^Lua 5.1$", "%0 or LuaJIT")
          assert.equal(("%stinygrad: %s in '%s' is for %s, this is %s: %s")
            :format(before, name, ("%s/tinygrad/%s.so"):format(tree, module),
              lua, HERE, ADVICE), output)
        end
      end)
    end

    it("is missed, and where it was looked for is said", function()
      local cpath = cpath_with(module, "/nowhere")
      assert.equal(("%stinygrad: no %s for %s in package.cpath ('%s'): %s")
        :format(before, name, HERE, cpath, ADVICE), load_with(cpath))
    end)

    it("that is no library is named, with the loader's reason", function()
      local path = os.tmpname()
      write(path, "nothing")
      local output = load_with(cpath_with(module, path))
      os.remove(path)
      assert.equal(("%stinygrad: cannot load %s from '%s/tinygrad/%s.so': ")
        :format(before, name, tree, module), output:match("^.-: .-: "))
      assert.matches("^[^\n]+\n$", output:sub(#before + 1))
    end)

    it("of another version, or for another Lua, is refused", function()
      local cpath = cpath_with(module, "/nowhere")
      local function versions(build)
        return load_with(cpath, ("package.preload[%q] = function() "
          .. "return {build = %s} end "):format(name, build))
      end
      local text = before .. "tinygrad: these Lua files are of version %s, but "
        .. name .. " (the host's) is of version %s: install both from one "
        .. "source\n"
      local ours = require("tinygrad")._VERSION:match("[%d.]+$")
      assert.equal(text:format(ours, "0.0.9"),
        versions(("'tinygrad %s 0.0.9 for Lua 5.4'"):format(module)))
      assert.equal(text:format(ours, "unknown"), versions "nil")
      assert.equal(("%stinygrad: %s in 'the host' is for Lua 9.9, this is "
        .. "%s: %s"):format(before, name, HERE, ADVICE),
        versions(("'tinygrad %s %s for Lua 9.9'"):format(module, ours)))
    end)
  end)
end

describe("a batch", function()
  it("takes no kernels that are something else", function()
    local tinygrad = require "tinygrad"
    local p = tinygrad.compile(function(x) return x + 1 end, 1)
    local args, module = {tinygrad.Tensor {1}}, require "tinygrad.kernels"
    local batch = require("tinygrad.core").batch
    assert.equal(2, batch(p, args, {}, {}, module.kernels)[1])
    for _, other in ipairs {1, {}, io.stdout, module} do
      assert.matches("tinygrad.kernels expected",
        select(2, pcall(batch, p, args, {}, {}, other)), 1, true)
    end
    local file = assert(io.tmpfile())
    local mt = debug.getmetatable(file)
    debug.setmetatable(file, debug.getmetatable(module.kernels))
    local _, message = pcall(batch, p, args, {}, {}, file)
    debug.setmetatable(file, mt)
    file:close()
    assert.matches("batch: tinygrad.kernels is not of the same build as "
      .. "tinygrad.core: install both from one source", message, 1, true)
  end)
end)
