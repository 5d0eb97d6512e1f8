-- README.md, csrc/README.md, spec/README.md and CONTRIBUTING.md tell the truth:
-- programs print what the pages say, pictures show what they say, and what
-- the pages name exists. (guide_spec.lua checks the guide,
-- examples_tutorial_spec.lua the tutorial, documentation_spec.lua that
-- everything is documented.)

local pages = require "spec.support.pages"
local process = require "spec.support.process"
local read = require("spec.support.common").read
local tinygrad = require "tinygrad"

-- All files of the sources, each with a blank after it.
local function all_files()
  return table.concat(process.lines("find csrc lua spec examples -type f"
    .. " | sed 's|.*|/& |'")) .. "/lua.h "
end

local SOURCES = {c = true, h = true, def = true, lua = true, py = true,
  sh = true}

--- Fails unless each source that a page names in backquotes exists, under that
-- path or one that ends so.
---@return integer count how many there are
local function check_sources(text)
  local files, count = all_files(), 0
  for path in text:gmatch("`([%w_/]+%.%l+)`") do
    if SOURCES[path:match("%l+$")] then
      assert(files:find("/" .. path .. " ", 1, true), path)
      count = count + 1
    end
  end
  return count
end

--- Fails unless .ci/run has each step that a page names.
---@return integer count how many there are
local function check_steps(text)
  local script, count = read(".ci/run"), 0
  for step in text:gmatch("%.ci/run (%l[%w.-]*)") do
    local name = step:gsub("%.$", ""):gsub("%-%d.%d$", "-")
    assert(script:find("echo [\"]?" .. name:gsub("%-", "%%-"))
      or script:find("echo " .. name .. "$", 1, true)
      or step == "full" or step == "list", step)
    count = count + 1
  end
  return count
end

describe("README.md", function()
  local readme = read("README.md")

  it("has at most 200 lines", function()
    assert.is_true(select(2, readme:gsub("\n", "")) <= 200)
  end)

  it("has programs that print what it says", function()
    assert.is_true(pages.check_programs(readme) >= 3)
  end)

  it("says what make run prints", function()
    assert.matches("```text\n" .. read("spec/examples/complex.txt") .. "```",
      readme, 1, true)
  end)

  it("links to what exists", function()
    assert.is_true(pages.check_links("README.md") > 15)
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

  it("names what exists", function()
    assert.is_true(pages.check_help(readme) >= 3)
    assert.is_true(pages.check_targets(readme) > 8)
    pages.check_files(readme)
  end)
end)

describe("csrc/README.md", function()
  local text = read("csrc/README.md")

  it("names files that exist", function()
    assert.is_true(check_sources(text) > 40)
  end)

  it("links to what exists", function()
    assert.is_true(pages.check_links("csrc/README.md") > 0)
  end)

  it("names targets of the Makefile that exist", function()
    assert.is_true(pages.check_targets(text) > 3)
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

describe("spec/README.md", function()
  local text = read("spec/README.md")

  it("names what exists", function()
    assert.is_true(pages.check_targets(text) > 10)
    assert.is_true(check_sources(text) > 5)
    assert.is_true(check_steps(text) > 5)
  end)

  it("links to what exists", function()
    assert.is_true(pages.check_links("spec/README.md") > 2)
  end)

  it("says what each folder holds", function()
    for _, folder in ipairs(process.lines("find spec -mindepth 1 -maxdepth 1"
        .. " -type d")) do
      assert.matches("`" .. folder:match("[^/]*$") .. "`", text, 1, true)
    end
  end)

  it("names what is generated", function()
    local generated = assert(loadfile("spec/tools/generated.lua"))("spec")
    for _, list in ipairs {generated.files, generated.scripts} do
      for _, entry in ipairs(list) do
        assert.matches("\n| `" .. entry[1] .. "` |", text, 1, true)
      end
    end
  end)
end)

describe("CONTRIBUTING.md", function()
  local path = ".github/CONTRIBUTING.md"
  local text = read(path)

  it("names what exists", function()
    assert.is_true(check_sources(text) > 30)
    assert.is_true(pages.check_files(text) > 30)
    assert.is_true(pages.check_targets(text) > 5)
    assert.is_true(check_steps(text) > 1)
  end)

  it("links to what exists", function()
    local checked = 0
    for target in text:gmatch("%]%(([^)#]+)") do
      assert.is_true(process.exists(".github/" .. target), target)
      checked = checked + 1
    end
    assert.is_true(checked > 2)
  end)

  it("names specs to run that exist", function()
    local checked = 0
    for name in text:gmatch("[ \"](spec/[%w_*/]+_spec%.lua)") do
      assert.is_true(#process.lines("ls " .. name) > 0, name)
      checked = checked + 1
    end
    assert.is_true(checked > 5)
  end)

  it("names tables that are where it says", function()
    for name, file in pairs {LATER = "spec/reference/generate.py",
        LIMITS = "spec/reference/generate.py",
        LIMITS_OF_SEVERAL = "spec/reference/generate.py",
        CASES = "spec/reference/optim.py",
        BOUNDS = "spec/operations/reference_spec.lua",
        LANE_BOUNDS = "csrc/engine/numeric/lanes.h",
        BY_NAME = "lua/tinygrad/nn/activations.lua",
        RECTIFIERS = "lua/tinygrad/nn/activations.lua",
        ALGORITHMS = "lua/tinygrad/optim/algorithms.lua",
        MODULES = "lua/tinygrad/program/init.lua"} do
      assert.matches("`" .. name .. "`", text, 1, true)
      assert.matches("`" .. file .. "`", text, 1, true)
      assert.matches(name .. "[ (]", read(file))
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
