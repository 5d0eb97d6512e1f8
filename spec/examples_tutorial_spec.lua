-- The tutorial's pages, in English and in Korean, show what its chapters hold
-- and what they print: every line of every output, and the same in both. The
-- chapters run on every Lua, from any directory. Where outputs have changed,
-- spec/tools/tutorial.lua writes them into the pages.

local pages = require "spec.pages"
local process = require "spec.process"
local read = require("spec.support").read

local HERE = "examples/tutorial"
local ENGINE = read(HERE .. "/engine.lua")

-- The position after a piece of code in a script, or nil: whole lines only.
local function after(script, code, start)
  local _, stop = ("\n" .. script):find("\n" .. code, start, true)
  return stop
end

local outputs = {}
local function output_of(script)
  if not outputs[script] then
    local output, status = process.run(script, ".", process.BARE)
    assert(status == 0, output)
    outputs[script] = output
  end
  return outputs[script]
end

local chapters =
  process.lines(("cd %s && ls [0-9][0-9]_*.lua"):format(HERE))

describe("tutorial", function()
  for _, page in ipairs(pages.TUTORIAL) do
    local parts = pages.parts(read(page))

    it(page .. " has every chapter, in order", function()
      local found = {}
      for _, part in ipairs(parts) do
        found[#found + 1] = part.script:match(HERE .. "/(%d%d_.*)")
      end
      assert.are.same(chapters, found)
    end)

    for _, part in ipairs(parts) do
      it(page .. " shows all that " .. part.script .. " prints", function()
        local shown = {}
        for i, block in ipairs(part.outputs) do shown[i] = block.text end
        assert.equal(pages.essence(output_of(part.script)),
          pages.essence(table.concat(shown)))
      end)

      it(page .. " shows code that is in " .. part.script, function()
        local script, position = read(part.script), 1
        for _, code in ipairs(part.code) do
          local stop = after(script, code.text, position)
          position = stop or position
          assert.is_truthy(stop or after(ENGINE, code.text), code.text)
        end
      end)
    end

    it(page .. " has the whole engine, in pieces that work", function()
      local pieces = {}
      for _, part in ipairs(parts) do
        local script = read(part.script)
        for _, code in ipairs(part.code) do
          if not after(script, code.text) then
            pieces[#pieces + 1] = code.text
          end
        end
      end
      local path, script = os.tmpname(), HERE .. "/12_engine.lua"
      local file = assert(io.open(path, "w"))
      file:write(table.concat(pieces))
      file:close()
      local output = process.run(script, ".", process.BARE, path)
      os.remove(path)
      assert.equal(process.steady(output_of(script)), process.steady(output))
    end)

    it(page .. " links to what exists", function()
      assert.is_true(pages.check_links(page) > 2 * #chapters)
    end)
  end

  it("is the same in both languages, but for the prose", function()
    assert.are.same(pages.blocks(read(pages.TUTORIAL[1])),
      pages.blocks(read(pages.TUTORIAL[2])))
  end)

  it("runs from elsewhere, and draws the pictures of its pages", function()
    local pictures = {["01_why.lua"] = "differences.svg",
      ["19_moons.lua"] = "moons.svg"}
    local drawn = os.tmpname()
    for i, chapter in ipairs(chapters) do
      local script, directory = chapter, HERE
      if i % 2 == 0 then
        script, directory = "../tutorial/" .. chapter, "examples/embed"
      end
      local picture = pictures[chapter]
      local output, status = process.run(script, directory, process.BARE,
        picture and drawn)
      assert.equal(0, status, output)
      assert.equal(process.steady(output_of(HERE .. "/" .. chapter)),
        process.steady(output))
      assert.equal(picture and read(HERE .. "/" .. picture),
        picture and read(drawn))
    end
    os.remove(drawn)
  end)
end)
