-- The guide tells the truth: its programs print what its pages say, and what
-- the pages name exists. examples/README.md lists every page and example.

local pages = require "spec.support.pages"
local process = require "spec.support.process"
local read = require("spec.support.common").read
local tinygrad = require "tinygrad"

local GUIDE = process.lines("ls examples/guide/*.md")
-- What stands after "tinygrad." without being a field: of files and C modules.
local FILES = {c = true, h = true, core = true, kernels = true}
local INDEX = {"examples/README.md", "examples/README.ko.md"}

describe("the guide", function()
  local count = {}

  -- Runs a check, of a text or a path, and adds up what it has counted.
  local function add(what, check, argument)
    count[what] = (count[what] or 0) + check(argument)
  end

  for _, path in ipairs(GUIDE) do
    local text = read(path)

    it("begins with what its reader will be able to do: " .. path, function()
      assert.matches("^# [^\n]+\n\nAfter this page you [^\n]+\n", text)
    end)

    it("has programs that print what it says: " .. path, function()
      add("programs", pages.check_programs, text)
    end)

    it("links to what exists: " .. path, function()
      assert.is_true(pages.check_links(path) > 0)
    end)

    it("names what exists: " .. path, function()
      add("help", pages.check_help, text)
      add("targets", pages.check_targets, text)
      add("files", pages.check_files, text)
    end)

    it("names functions that exist: " .. path, function()
      for _, part in ipairs {"tinygrad", "nn", "optim", "graph", "Tensor"} do
        local module = part == "tinygrad" and tinygrad or tinygrad[part]
        for name in text:gmatch("%f[%w_]" .. part .. "%.([%a_][%w_]*)") do
          local is_file = part == "tinygrad" and FILES[name]
          assert(is_file or pcall(function() return module[name] end),
            part .. "." .. name)
        end
      end
    end)
  end

  it("has enough of what these checks look for", function()
    assert.is_true(#GUIDE >= 11)
    assert.is_true(count.programs >= 14)
    assert.is_true(count.help >= 10)
    assert.is_true(count.targets >= 6)
    assert.is_true(count.files >= 8)
  end)
end)

-- The name of a page in the other language.
local function translated(path)
  local other = path:gsub("README%.md$", "README.ko.md")
  return process.exists(other) and other or path
end

-- All that the index must have a line for.
local function all_examples()
  local list = {"examples/tutorial/README.md"}
  for _, path in ipairs(process.lines(
      "ls examples/*.lua examples/hosts/* examples/guide/*.md")) do
    local is_helper = path:find("/prelude.lua", 1, true)
      or path:find("hosts/README.md", 1, true)
      or path:find("hosts/model.lua", 1, true)
      or path:find("hosts/haproxy.lua", 1, true)
    if not is_helper then list[#list + 1] = path end
  end
  for _, path in ipairs(process.lines("ls examples/embed/*.c")) do
    if read(path):find("\nint main ", 1, true) then list[#list + 1] = path end
  end
  table.sort(list)
  return list
end

for _, path in ipairs(INDEX) do
  describe(path, function()
    local text = read(path)

    it("has a line for every example and page, and no other", function()
      local expected = all_examples()
      assert.is_true(#expected > 40)
      if path:find("%.ko%.") then
        for i, name in ipairs(expected) do expected[i] = translated(name) end
      end
      table.sort(expected)
      assert.same(expected, pages.rows(path))
    end)

    it("links to what exists", function()
      assert.is_true(pages.check_links(path) > #GUIDE)
    end)

    it("names what exists", function()
      assert.is_true(pages.check_help(text) >= 2)
      assert.is_true(pages.check_targets(text) >= 2)
    end)
  end)
end

describe("examples/README.ko.md", function()
  it("shows what make run prints", function()
    local printed = read("spec/examples/complex.txt")
    assert.is_truthy(read("examples/README.ko.md"):find(
      "```text\n" .. printed .. "```\n", 1, true))
  end)
end)

-- What checks the pages finds mistakes.
describe("a page with a mistake is found:", function()
  local path = os.tmpname()

  local function written(text)
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
    return path
  end

  teardown(function() os.remove(path) end)

  local function refuses(check, argument)
    assert.is_false((pcall(check, argument)))
  end

  it("a program that prints something else", function()
    refuses(pages.check_programs, "```lua\nprint(1)\n```\n```text\n2\n```\n")
    refuses(pages.check_programs, "```lua\nprint(1)\n```\n")
    refuses(pages.check_programs, "```lua\nerror(1)\n```\n```text\n```\n")
  end)

  it("a link to a file or heading that is missing", function()
    local here = "# A heading, here\n\n"
    assert.equal(1, pages.check_links(written(here .. "[a](#a-heading-here)")))
    refuses(pages.check_links, written(here .. "[a](#another)"))
    refuses(pages.check_links, written(here .. "[a](missing.md)"))
    refuses(pages.check_links, written(here .. ("[a](%s#another)"):format(
      path:match("[^/]*$"))))
  end)

  it("a name that is missing", function()
    refuses(pages.check_help, "tinygrad.help(\"qqxxyy\")")
    refuses(pages.check_targets, "`make qqxxyy`")
    refuses(pages.check_files, "`csrc/qqxxyy.c`")
  end)
end)
