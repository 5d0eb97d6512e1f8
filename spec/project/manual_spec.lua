-- csrc/tinygrad.h and csrc/tinygrad_lua.h are the manual of the C API: their
-- examples compile without a warning and do what the text says, and each
-- function is described.

local c_module = require "spec.support.c_module"
local read = require("spec.support.common").read
local tinygrad = require "tinygrad"

local HEADERS = {"csrc/tinygrad.h", "csrc/tinygrad_lua.h"}

-- Returns what is indented by four spaces or more in the comments of the two
-- headers. (Lua's header must come before tinygrad_lua.h, which requires it.)
local function examples()
  local lines = {"#include <lua.h>"}
  for _, path in ipairs(HEADERS) do
    for line in read(path):gmatch("[^\n]+") do
      lines[#lines + 1] = line:match("^%*%*    (.*)$")
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

describe("the manual of the C API", function()
  local host, reason, path

  setup(function()
    path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(examples())
    file:close()
    host, reason = c_module("spec/project/manual_host",
      ("-D'EXAMPLES=\"%s\"'"):format(path))
  end)

  teardown(function() os.remove(path) end)

  local function it_builds(title, test)
    it(title, function()
      if not host then return pending(reason) end
      test()
    end)
  end

  it_builds("tells versions", function()
    local complaint, library, header = host.versions()
    assert.is_nil(complaint)
    assert.equal(header, library)
    assert.equal(("tinygrad %d.%d.%d"):format(math.floor(library / 10000),
      math.floor(library / 100) % 100, library % 100), tinygrad._VERSION)
  end)

  it_builds("differentiates Values", function()
    local x = tinygrad.Value(3)
    local y = x * x
    assert.equal(6, host.slope(x, y))
    assert.equal(6, host.slope(x, y))
    assert.equal(12, host.differentiate(function(v) return v * v * v end, 2))
    assert.equal(0, host.differentiate(function() return 1 end, 2))
    host.step_down(x, 0.5)
    assert.equal(0, x.data)
    assert.equal(0, x.grad)
    assert.has_error(function() host.step_down(y, 1) end,
      "bad argument #1 to 'step_down' (a leaf expected)")
  end)

  it_builds("opens the module", function()
    host.open()
    if package.preload.tinygrad then -- as on Lua 5.1
      assert.is_function(package.preload.tinygrad)
      package.preload.tinygrad = nil
    end
    -- Lua 5.2 opens a module again that is open: another table for the same
    -- core.
    assert.equal(tinygrad.Value, package.loaded.tinygrad.Value)
    package.loaded.tinygrad = tinygrad
  end)

  it_builds("registers an operation", function()
    host.add_softplus()
    local softplus = rawget(_G, "softplus")
    rawset(_G, "softplus", nil)
    local second = tinygrad.derivative(tinygrad.derivative(softplus))
    assert.near(0.25, second(0), 1e-15)
    assert.has_error(function() tinygrad.derivative(second)(0) end)
  end)

  it_builds("evaluates, batches and saves Programs", function()
    local program = tinygrad.compile(function(a, x) return a * x * x end, 1, 1)
    assert.equal(12, host.evaluate(program, 3, 2))
    assert.has_error(function() host.evaluate(print, 3, 2) end)
    local sum, arranged = host.add_up(program, 2, 100)
    assert.equal(2 * 338350, sum)
    assert.equal(sum, arranged)
    assert.are.same({"no error", 12}, {host.reload(program, 3, 2, false)})
    assert.are.same({"not a saved program"},
      {host.reload(program, 3, 2, true)})
  end)

  it_builds("lends a Program to a state", function()
    local function lend(...)
      local p = host.lend_out(tinygrad.compile(...))
      local lent = rawget(_G, "lent")
      rawset(_G, "lent", nil)
      collectgarbage()
      return lent, p
    end
    local lent, p = lend(function(x, y) return x * x * y end, 1, 1)
    assert.equal(18, lent {3, 2})
    assert.are.same({12, 9}, lent:grad() {3, 2})
    assert.are.same({18, 4}, lent:batch({tinygrad.Tensor {{3, 2}, {2, 1}}})
      :totable())
    assert.equal(22, lent:batch({tinygrad.Tensor {{3, 2}, {2, 1}}},
      {reduce = "sum"}))
    assert.matches("mul x1 x1", tostring(lent), 1, true)
    assert.equal(18, tinygrad.program_from_string(lent:to_string()) {3, 2})
    assert.equal(18, tinygrad.compile(function(z) return lent {z, 2} end, 1)(3))
    assert.equal(12, tinygrad.grad(function(z) return lent {z, 2} end)(3))
    assert.matches("the Program takes 1 argument, got 2",
      select(2, pcall(lent, 3, 2)), 1, true)
    assert.equal(2, lent:stats().inputs)
    local many, q = lend(function(t) return {t.a, {t.b[2] + t.b[1]}}, 7 end,
      {a = 1, b = {2, 3}})
    assert.are.same({1, 7, 7}, many {1, 2, 5})
    local none, r = lend(function() return 1 end)
    assert.equal(1, none {})
    lent, many, none = nil, nil, nil -- luacheck: no unused
    collectgarbage()
    collectgarbage()
    for _, each in ipairs {p, q, r} do host.take_back(each) end
  end)

  it_builds("lends nothing where tinygrad is not loaded", function()
    local core = require "tinygrad.core"
    local lend = core.lend
    core.lend = nil
    local ok, message = pcall(host.lend_out, tinygrad.compile(tinygrad.abs, 1))
    core.lend = lend
    assert.is_false(ok)
    assert.matches("tinygrad is not loaded", message, 1, true)
  end)

  it_builds("has a text for each status", function()
    local texts = {}
    for status = 0, 9 do
      local text = host.status_text(status)
      assert.is_nil(texts[text])
      texts[text] = true
    end
    assert.equal("no error", host.status_text(0))
    assert.equal("unknown status", host.status_text(10))
  end)

  it_builds("finds the extra bytes of a saved Program", function()
    local p = tinygrad.compile(function() return 1 end)
    local bytes = p:to_string()
    assert.equal(bytes:sub(bytes:find("d4:args", 1, true), -1),
      host.extra(bytes))
    assert.is_nil(host.extra(bytes:sub(1, -2)))
    assert.is_nil(host.extra("none"))
  end)

  it("describes every function", function()
    for _, header in ipairs(HEADERS) do
      local text, count = read(header), 0
      for before, name in text:gmatch("([^\n]*)\nTG_API [^;(]-([%w_]+) %(") do
        assert.is_truthy(before:find("*/", 1, true)
          or before:find("^TG_API") or before:find("%);$"), name)
        count = count + 1
      end
      assert.is_true(count > 5)
    end
  end)
end)
