-- Every example runs as examples/README.md says: from the root of the
-- repository, from elsewhere, and away from the repository with tinygrad
-- installed; with no environment variable but in the last case. They print
-- exactly this, on every Lua.

local process = require "spec.support.process"

local function contents(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

-- The data of digits.lua. If the system lacks them, .ci/run says so.
local DIGITS = "/usr/lib/python3/dist-packages/sklearn/datasets/data/digits"
  .. ".csv.gz"

--- Returns what an example prints, from spec/examples. (embedded.lua runs
-- thermistor.lua.)
local function expected(name)
  if name == "digits" and not process.exists(DIGITS) then
    return "The digits are not there: apt-get install python3-sklearn, or name "
      .. "a file\nlike its digits.csv.gz: 64 numbers from 0 to 16 and the "
      .. "digit, a row each.\n"
  end
  local before = name == "embedded" and contents("spec/examples/thermistor.txt")
    or ""
  return before .. assert(contents(("spec/examples/%s.txt"):format(name)))
end

local function check(name, output, status)
  assert.equal(0, status, output)
  assert.equal(process.steady(expected(name)), process.steady(output))
end

local names = {}
for _, file in ipairs(process.lines("ls examples")) do
  local name = file:match("^(.*)%.lua$")
  if name and name ~= "prelude" then names[#names + 1] = name end
end

describe("examples", function()
  for _, name in ipairs(names) do
    local script = name .. ".lua"

    it(name .. " runs from the root", function()
      check(name, process.run("examples/" .. script, ".", process.BARE))
    end)

    it(name .. " runs from other directories", function()
      check(name, process.run(script, "examples", process.BARE))
      check(name, process.run("../" .. script, "examples/embed",
        process.BARE))
    end)
  end

  it("are all there", function()
    for _, file in ipairs(process.lines("ls spec/examples")) do
      local name = file:match("^(.*)%.txt$")
      assert(not name or contents(("examples/%s.lua"):format(name)), name)
    end
  end)

  for _, name in ipairs(names) do
    local path = ("examples/%s.lua"):format(name)
    if contents(path):find("plot:save(arg[1]", 1, true) then
      it(name .. " writes its picture to a file", function()
        local picture = os.tmpname()
        local output, status = process.run(path, ".", process.BARE, picture)
        local svg = contents(picture)
        os.remove(picture)
        assert.equal(0, status, output)
        assert.equal(1, process.steady(expected(name)):find(
          process.steady(output), 1, true))
        assert.is_truthy(svg:find("^<svg .*</svg>\n$"), svg)
      end)
    end
  end

  it("run as a copy, without the prelude, on an installed tinygrad", function()
    local directory = os.tmpname()
    os.remove(directory)
    assert.is_true(process.succeeds("mkdir " .. directory))
    local copy = directory .. "/complex.lua"
    local from, to = io.open("examples/complex.lua"), io.open(copy, "w")
    to:write((from:read("*a")))
    from:close()
    to:close()
    local output, status = process.run("complex.lua", directory)
    os.remove(copy)
    os.remove(directory)
    check("complex", output, status)
  end)

  it("verify fails when a derivative is wrong by 0.1 %", function()
    local output, status = process.run("examples/verify.lua", ".",
      [[env LUA_INIT='
        local tinygrad = require "tinygrad"
        local tanh = tinygrad.tanh
        tinygrad.tanh = function(x)
          if not tinygrad.is_value(x) then return tanh(x) end
          return tanh(x) + (x - x.data) * 0.001
        end']])
    assert.equal(1, status, output)
    assert.is_truthy(output:find("FAIL", 1, true), output)
    assert.is_truthy(output:find("Some gradients differ", 1, true), output)
  end)
end)
