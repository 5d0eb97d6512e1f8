-- Programs saved and loaded: their results and bytes are equal everywhere, and
-- bytes that are damaged give a message and nothing else.

local tinygrad = require "tinygrad"
local expressions = require "spec.support.expressions"
local saved_bytes = require "spec.support.saved_bytes"
local support = require "spec.support.common"
local number_bytes, replaced = saved_bytes.number, saved_bytes.replaced
local signed = saved_bytes.signed
local compile, from_string = tinygrad.compile, tinygrad.program_from_string
local same = support.same

local function hexadecimal(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local function sample()
  return compile(function(x, p)
    return {sum = x[1] * p.gain + tinygrad.tanh(x[2]), list = {x[2] * 3}}
  end, {1, 2}, {gain = 3, name = "amplifier", on = true})
end

describe("saved Programs", function()
  it("give what they gave, in the same shapes", function()
    local p = sample()
    local q = assert(from_string(p:to_string()))
    local x, options = {0.5, -0.25}, {gain = 2, name = "other", on = false}
    assert.same(p(x, options), q(x, options))
    assert.equal(p:listing(), q:listing())
    assert.equal(p:to_string(), q:to_string())
    assert.equal(p:emit_c(), q:emit_c())
    local f = compile(function(a, b) return a ^ 3 * b end, 1, 2)
    f = assert(from_string(f:to_string()))
    assert.equal(24, f(2, 3))
    assert.same({36, 8}, {f:grad()(2, 3)})
    local g = compile(function(t) return t[1] ^ 3 * t[2] end, {1, 2})
    g = assert(from_string(g:to_string()))
    assert.same({{36, 12}, {12, 0}}, g:hessian() {2, 3})
    assert.same({24, 44}, {f:jvp()({2, 3}, {1, 1})})
    local pullback = assert(from_string(f:vjp():to_string()))
    assert.same({24, 72, 16}, {pullback({2, 3}, 2)})
    local rows = tinygrad.Tensor {1, 2, 3}
    assert.same({2, 16, 54}, f:batch({rows, 2}):totable())
  end)

  it("are the same bytes on every machine", function()
    local p = compile(function() return {1.5, 0 / 0} end)
    assert.equal("935447500d0a1a0a" -- magic
      .. "01000000" .. "6a8c2b93" .. "a0000000" -- version, CRC, size
      .. "00000000" .. "02000000" .. "02000000" .. "02000000" .. "01000000"
      .. "00000000" .. "01000000" .. "00000000" .. "04000000" .. "38000000"
      .. "000000000000f83f" .. "000000000000f87f" -- constants
      .. "00000000000000000000000000000000" -- end
      .. "0000000001000000" -- outputs
      .. "656e6400", hexadecimal(p:to_string()):sub(1, 2 * (0xa0 - 0x38)))
    assert.equal("d4:argsle6:labelsl6:resulte5:namesle7:resultslli1ei2eeee",
      p:to_string():sub(-0x38))
  end)

  it("go through files", function()
    local p, path = sample(), os.tmpname()
    assert.is_true(p:save(path))
    local q = assert(tinygrad.load_program(path))
    assert.equal(p:listing(), q:listing())
    local ok, message = p:save("/nowhere/at/all")
    assert.is_nil(ok)
    assert.truthy(message:find("/nowhere/at/all", 1, true))
    ok, message = tinygrad.load_program("/nowhere/at/all")
    assert.is_nil(ok)
    assert.truthy(message:find("/nowhere/at/all", 1, true))
    local file = io.open(path, "wb")
    file:write("no Program")
    file:close()
    ok, message = tinygrad.load_program(path)
    assert.is_nil(ok)
    assert.equal(path .. ": not a saved program", message)
    os.remove(path)
    ok = tinygrad.load_program("/dev/zero") -- must not read forever
    assert.is_nil(ok)
  end)

  it("may be any that can be compiled", function()
    for seed = 1, support.scaled(100, 5) do
      local e, x = expressions.case(seed, 0.3)
      local p = compile(expressions.function_of(e), x):value_and_grad()
      local q = assert(from_string(p:to_string()))
      assert.equal(p:listing(), q:listing())
      local value, gradient = p(x)
      local value2, gradient2 = q(x)
      assert.is_true(same(value, value2))
      for i = 1, #x do assert.is_true(same(gradient[i], gradient2[i])) end
    end
    local n = support.scaled(100000, 1000)
    local long = compile(function(x)
      local s = 0
      for i = 1, n do s = s + x[i % 10 + 1] * i end
      return s
    end, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    local again = assert(from_string(long:to_string()))
    assert.equal(long {1, 2, 3, 4, 5, 6, 7, 8, 9, 0},
      again {1, 2, 3, 4, 5, 6, 7, 8, 9, 0})
  end)

  it("cannot hold everything", function()
    local v = tinygrad.Value(1)
    local p = compile({captured = "input"}, function(x) return x * v end, 1)
    assert.has_error(function() p:to_string() end, "a Program with captured "
      .. "inputs cannot be saved: compile with captured = \"constant\"")
    p = compile(function(t) return t.x end, {x = 1, f = print})
    local ok, message = pcall(p.to_string, p)
    assert.is_false(ok)
    assert.truthy(message:find("f is a function, which cannot be saved", 1,
      true), message)
  end)

  it("refuses arguments that make no sense", function()
    for name, f in pairs {program_from_string = from_string,
        load_program = tinygrad.load_program} do
      local ok, message = pcall(f, 42)
      assert.is_false(ok)
      assert.truthy(message:find(("bad argument #1 to '%s'"):format(name), 1,
        true))
    end
    local p = sample()
    assert.is_false(pcall(p.save, p, nil))
    local ok, message = pcall(from_string, p:to_string(),
      {operations = {print}})
    assert.is_false(ok)
    assert.truthy(message:find("operations[1] is not an operation", 1, true))
  end)

  it("is a message for bytes that were cut off or changed", function()
    local bytes = sample():to_string()
    for n = 0, #bytes - 1 do
      local p, message = from_string(bytes:sub(1, n))
      assert.is_nil(p)
      assert.is_string(message)
    end
    for n = 1, #bytes do
      for bit = 0, 7 do
        local byte = bytes:byte(n)
        local flipped = math.floor(byte / 2 ^ bit) % 2 == 0 and byte + 2 ^ bit
          or byte - 2 ^ bit
        assert.is_nil((from_string(replaced(bytes, n, string.char(flipped)))))
      end
    end
    local function refused(expected, changed)
      local p, message = from_string(changed)
      assert.is_nil(p)
      assert.equal(expected, message)
    end
    refused("the saved program is damaged", bytes .. "x")
    refused("the saved program is damaged", -- it lacks slots for its inputs
      signed(replaced(bytes, 33, number_bytes(0))))
    refused("the saved program has another version of the format",
      replaced(bytes, 9, "\2"))
    refused("unknown operation: 'tanq'",
      signed((bytes:gsub("tanh%z", "tanq\0"))))
  end)

  it("is a Program that runs, or a message, for bytes that lie", function()
    local random = support.random(4711)
    local programs = {sample(), sample():jacobian(), compile(function(x)
      local s = 0
      for i = 1, 20 do s = s + x[i] * x[21 - i] end
      return s
    end, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
      20})}
    local loaded = 0
    for round = 1, support.scaled(5000, 200) do
      local bytes = programs[round % #programs + 1]:to_string()
      for _ = 1, math.floor(random(1, 3)) do
        local at = math.floor(random(17, #bytes))
        if random(0, 1) < 0.5 then
          at = 17 + 4 * math.floor((at - 17) / 4)
          local piece = number_bytes(math.floor(random(0, 1) < 0.5
            and random(0, 40) or random(0, 2 ^ 32 - 1)))
          bytes = replaced(bytes, at, piece):sub(1, #bytes)
        else
          bytes = replaced(bytes, at, string.char(math.floor(random(0, 255))))
        end
      end
      local p, message = from_string(signed(bytes))
      if p then
        loaded = loaded + 1
        -- A few bytes can stand for many repetitions.
        if p:stats().operations < 1e4 then assert.is_string(p:listing()) end
        pcall(p, {1, 2}, {gain = 3})
        pcall(p, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
          18, 19, 20})
        pcall(p.emit_c, p)
      else
        assert.is_string(message)
      end
    end
    assert.truthy(loaded > 0)
  end)

  it("is a message for shapes that lie", function()
    local bytes = compile(function(x) return x end, 1):to_string()
    local at = bytes:find("d4:args", 1, true)
    local good = bytes:sub(at)
    for _, extra in ipairs {"", "i1e", "le", "de", good .. "e",
        good:sub(1, -2), ("l"):rep(1000), (good:gsub("i0e", "t")),
        (good:gsub("i0e", "li0ei0ee")), (good:gsub("i1e", "i2e")),
        (good:gsub("i1e", "i0e")), (good:gsub("i1e", "i1.5e")),
        (good:gsub("i1e", "li1ei1ee")), -- has a result in two places
        (good:gsub("i1e", "inane")), (good:gsub("6:result", "9:result")),
        (good:gsub("4:args", "4:arga")), (good:gsub("4:args", "le")),
        (good:gsub("5:namesl", "5:namesl1:y"))} do
      local changed = bytes:sub(1, at - 1) .. extra
      changed = replaced(changed, 57, number_bytes(#extra))
      changed = replaced(changed, 17, number_bytes(#changed))
      local p, message = from_string(signed(changed))
      assert.is_nil(p, extra)
      assert.truthy(message:find("shapes are wrong", 1, true), message)
    end
  end)
end)
