-- README.md tells the truth: its programs print what it says, its table is
-- that of the operations, and what it names exists.

local process = require "spec.process"

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

describe("README.md", function()
  local readme = read("README.md")

  it("has programs that print what it says", function()
    local checked = 0
    for code, output in readme:gmatch("```lua\n(.-)```\n```text\n(.-)```") do
      local path = os.tmpname()
      local file = assert(io.open(path, "w"))
      file:write(code)
      file:close()
      assert.equal(output, (process.run(path)))
      os.remove(path)
      checked = checked + 1
    end
    assert.is_true(checked >= 3)
  end)

  it("has the table of operations", function()
    local there = readme:match(
      "<!%-%- operations %-%->\n(.-)\n<!%-%- /operations %-%->")
    local operations_table =
      assert(loadfile("spec/tools/operations_table.lua"))("spec")
    assert.equal(operations_table(), there)
  end)

  it("names targets of the Makefile that exist", function()
    local makefile = "\n" .. read("Makefile")
    local checked = 0
    for _, before in ipairs {"`", "\n    "} do
      for target in readme:gmatch(before .. "make ([a-z]+)") do
        assert.is_truthy(makefile:find("\n" .. target .. ":", 1, true), target)
        checked = checked + 1
      end
    end
    assert.is_true(checked > 4)
  end)

  it("names files that exist", function()
    for path in readme:gmatch("`([%w_/]+%.%a+)`") do
      if path:find("/", 1, true) then
        local file = io.open(path) or io.open("csrc/engine/" .. path)
        assert.is_truthy(file, path)
        file:close()
      end
    end
  end)
end)
