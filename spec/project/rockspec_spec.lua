-- The rockspec lists all files, each under the name by which `require` finds
-- it. (`make generated` writes the lists, which the Makefile finds.)
local process = require "spec.support.process"

local function read_rockspec()
  local rockspec = {}
  local name = "tinygrad-scm-1.rockspec"
  if setfenv then
    setfenv(assert(loadfile(name)), rockspec)()
  else
    assert(loadfile(name, "t", rockspec))()
  end
  return rockspec
end

-- Returns every file below `directory` whose name ends in `extension`, sorted.
local function files_below(directory, extension)
  local found = process.lines(
    ("find %s -name '[!.]*%s'"):format(directory, extension))
  table.sort(found)
  return found
end

describe("the rockspec", function()
  local rockspec = read_rockspec()
  local modules = rockspec.build.modules

  it("lists every C source of the modules and no other", function()
    local listed, seen = {}, {}
    for _, module in ipairs {"tinygrad.core", "tinygrad.kernels"} do
      for _, path in ipairs(modules[module].sources) do
        if not seen[path] then listed[#listed + 1] = path end
        seen[path] = true
      end
    end
    table.sort(listed)
    assert.are.same(files_below("csrc/engine csrc/binding", ".c"), listed)
  end)

  it("lists every Lua file and no other", function()
    local listed = {}
    for _, path in pairs(modules) do
      if type(path) == "string" then listed[#listed + 1] = path end
    end
    table.sort(listed)
    assert.are.same(files_below("lua", ".lua"), listed)
  end)

  it("names each module as require finds it", function()
    for module, path in pairs(modules) do
      if type(path) == "string" then
        local name = path:match("^lua/(.*)%.lua$"):gsub("/init$", "")
        assert.are.equal(module, (name:gsub("/", ".")))
      end
    end
  end)

  it("is named after its package and version", function()
    assert.are.equal("tinygrad-scm-1",
      rockspec.package .. "-" .. rockspec.version)
  end)
end)
