-- README.md tells the truth: its programs print what it says, its table is
-- that of the operations, and what it names exists.

local lazy = require "tinygrad.lazy"
local pages = require "spec.pages"
local read = require("spec.support").read
local tinygrad = require "tinygrad"

-- Whether a text has a name as code: between backquotes.
local function has_as_code(text, name)
  for code in text:gmatch("`([^`\n]+)`") do
    if code:find("%f[%w_]" .. name .. "%f[^%w_]") then return true end
  end
  return false
end

describe("README.md", function()
  local readme = read("README.md")

  it("has programs that print what it says", function()
    assert.is_true(pages.check_programs(readme) >= 3)
  end)

  it("links to what exists", function()
    assert.is_true(pages.check_links("README.md") > 0)
  end)

  it("names every public function", function()
    for name in lazy.pairs(tinygrad) do
      assert.is_true(has_as_code(readme, name), name)
    end
    local program = tinygrad.compile(function(x) return x * x end, 1)
    for name in lazy.pairs(debug.getmetatable(program).__index) do
      assert.is_true(has_as_code(readme, name), name)
    end
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

describe("README.ko.md", function()
  local path = "examples/README.ko.md"

  it("has programs that print what it says", function()
    assert.is_true(pages.check_programs(read(path)) >= 3)
  end)

  it("links to what exists", function()
    assert.is_true(pages.check_links(path) > 0)
  end)
end)
