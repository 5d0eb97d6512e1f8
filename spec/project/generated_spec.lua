-- What is made from other files is up to date; `make generated` makes it anew.

local read = require("spec.support.common").read
local generated = assert(loadfile("spec/tools/generated.lua"))("spec")

local function first_difference(a, b)
  local n = 0
  local others = (b .. "\n"):gmatch("(.-)\n")
  for line in (a .. "\n"):gmatch("(.-)\n") do
    n = n + 1
    local other = others()
    if line ~= other then
      return ("line %d is %q and should be %q"):format(n, line, tostring(other))
    end
  end
  return "the end is missing"
end

local function check(path, there, expected)
  assert(there == expected, there == expected or ("%s is stale: make generated "
    .. "(%s)"):format(path, first_difference(there, expected)))
end

describe("of what is generated,", function()
  for _, entry in ipairs(generated.files) do
    local path, what, make = entry[1], entry[2], entry[3]
    it(("%s has %s as it is now"):format(path, what), function()
      local text = read(path)
      check(path, text, make(text))
    end)
  end

  for _, entry in ipairs(generated.scripts) do
    local path, script = entry[1], entry[2]
    it(("%s was made by %s as it is now"):format(path, script), function()
      check(path, read(path):match("[^\n]*\n$"), generated.stamp(script))
    end)
  end

  it("what is stale is named, with the command that makes it anew", function()
    local ok, message = pcall(check, "a/file", "1\n2\n", "1\n3\n")
    assert.is_false(ok)
    assert.matches("a/file is stale: make generated (line 2 is \"2\" and "
      .. "should be \"3\")", message, 1, true)
  end)
end)
