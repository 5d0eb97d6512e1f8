-- README.md is true: its programs print what it says, its picture is that of
-- its function, its table that of the operations, and the things that it names
-- exist. (documentation_spec.lua checks that all is documented.)

local pages = require "spec.support.pages"
local process = require "spec.support.process"
local read = require("spec.support.common").read
local tinygrad = require "tinygrad"

describe("README.md", function()
  local readme = read("README.md")

  it("has programs that print what it says", function()
    assert.is_true(pages.check_programs(readme) >= 3)
  end)

  it("links to what exists", function()
    assert.is_true(pages.check_links("README.md") > 0)
  end)

  it("shows the graph of its function", function()
    local a, b = tinygrad.Value(1.3), tinygrad.Value(-0.7)
    local out = (a * b + a) * b:tanh()
    out:backward()
    local picture = read("examples/complex.svg"):gsub("&#45;", "-")
    for data, grad in tinygrad.graph.dot(out):gmatch(
        "data ([-%d.]+)\\ngrad ([-%d.]+)") do
      assert.is_truthy(picture:find(">data " .. data .. "<", 1, true), data)
      assert.is_truthy(picture:find(">grad " .. grad .. "<", 1, true), grad)
    end
  end)

  it("names functions that exist", function()
    local checked = 0
    for name in readme:gmatch("tinygrad%.help%(\"([%w_.]+)\"%)") do
      assert.is_nil(tinygrad.help(name):find("tinygrad has no", 1, true), name)
      checked = checked + 1
    end
    assert.is_true(checked > 3)
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

describe("csrc/README.md", function()
  local text = read("csrc/README.md")

  it("names files that exist", function()
    local files = table.concat(process.lines(
      "find csrc lua spec -type f | sed 's|.*|/& |'")) .. "/lua.h "
    local checked = 0
    for path in text:gmatch("`([%w_/]+%.%l+)`") do
      if ({c = true, h = true, def = true, lua = true})[path:match("%l+$")] then
        assert.is_truthy(files:find("/" .. path .. " ", 1, true), path)
        checked = checked + 1
      end
    end
    assert.is_true(checked > 40)
  end)

  it("knows all rooms", function()
    local folders = process.lines("find csrc/engine csrc/binding lua/tinygrad "
      .. "-mindepth 1 -maxdepth 1 -type d")
    assert.is_true(#folders > 10)
    for _, folder in ipairs(folders) do
      local name = folder:match("[^/]*$")
      local said = text:find("`" .. folder .. "`", 1, true)
        or text:find("`" .. name .. "`", 1, true)
      assert.is_truthy(said, folder)
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
