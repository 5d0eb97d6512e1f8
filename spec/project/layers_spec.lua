-- The files of the binding stand on one another: a file includes the headers of
-- the files that it calls, which never call it, directly or indirectly. Rooms
-- stand above one another, too.
local process = require "spec.support.process"

local BINDING = "csrc/binding/"

--- The rooms from the lowest up: a file includes headers of its own room and of
-- lower ones.
local ROOMS = {lua = 1, values = 2, tensors = 2, programs = 3, core = 4}

local function room_of(name) return name:match("^%w+") end

-- Returns for each file of the binding, by name without ending, the files that
-- it includes.
local function read_includes()
  local includes = {}
  for _, path in ipairs(process.lines(("find %s -name '*.[ch]'")
      :format(BINDING))) do
    local name = path:sub(#BINDING + 1):gsub("%.%w+$", "")
    local own = includes[name] or {}
    for line in io.lines(path) do
      local included = line:match('^#include "(.*)%.h"')
      local at, n = path:match(".*/") .. (included or ""), 1
      while n > 0 do at, n = at:gsub("[%w_]+/%.%./", "", 1) end
      local other = included and at:match("^" .. BINDING .. "(.*)")
      if other and other ~= name then own[other] = true end
    end
    includes[name] = own
  end
  return includes
end

describe("the files of the binding", function()
  local includes = read_includes()

  it("are found with what they include", function()
    assert.is_true(includes["values/value"]["lua/state"])
    assert.is_true(includes["programs/batch"]["tensors/tensor"])
  end)

  it("include no headers of rooms above or beside theirs", function()
    for name, others in pairs(includes) do
      for other in pairs(others) do
        local from, to = room_of(name), room_of(other)
        assert(from == to or ROOMS[from] > ROOMS[to], name .. " uses " .. other)
      end
    end
  end)

  it("do not include one another in a circle", function()
    local done = {}
    local function visit(name, above)
      assert(not above[name], name .. " includes itself through others")
      if done[name] then return end
      above[name] = true
      for other in pairs(includes[name] or {}) do visit(other, above) end
      above[name], done[name] = nil, true
    end
    for name in pairs(includes) do visit(name, {}) end
  end)
end)

describe("the rooms of the engine", function()
  local FLOORS = {numeric = 1, ops = 2, graph = 3, program = 4, batch = 5}

  it("include what is below them only", function()
    local checked = 0
    for _, path in ipairs(process.lines("find csrc/engine -mindepth 2 -type f"))
    do
      local from = path:match("^csrc/engine/(%w+)/")
      for line in io.lines(path) do
        local to = line:match('^#include "%.%./(%w+)/')
        if to then
          checked = checked + 1
          -- ops_eval.c stores partials into the edges of nodes.
          assert(FLOORS[from] > FLOORS[to] or path:find("/ops_eval.c$"),
            path .. ": " .. line)
        end
        assert.is_nil(line:find("#include [<\"].*lua%.h"), path)
      end
    end
    assert.is_true(checked > 10)
  end)
end)
