-- The tutorial's pages, in English and in Korean, show the code of its chapters
-- and every line that they print. The chapters run on every Lua, from any
-- directory. `make generated` writes changed outputs into the pages.

local pages = require "spec.support.pages"
local process = require "spec.support.process"
local read = require("spec.support.common").read

local HERE = "examples/tutorial"
local ENGINE = read(HERE .. "/engine.lua")

-- Returns the position after a piece of code in a script, which must be whole
-- lines; nil if the script lacks it.
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
          pages.essence(table.concat(shown)),
          page .. " is stale: make generated")
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

-- Runs chapter 12 with the text of an engine.
local function check_engine(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  local output, status = process.run(HERE .. "/12_engine.lua", ".",
    process.BARE, path)
  os.remove(path)
  return output, status
end

local function replaced(what, by)
  local from, to = ENGINE:find(what, 1, true)
  assert(from, what)
  return ENGINE:sub(1, from - 1) .. by .. ENGINE:sub(to + 1)
end

describe("chapter 12's checker", function()
  it("says which operation is wrong, where, and fails", function()
    for _, case in ipairs {
      {"{a, b}, {1, 1}", "{a, b}, {1, 2}", "a + b", "at a = 1.5, b = -2, the "
        .. "gradient of b is 2, but should be 1"},
      {"a.data + b.data", "a.data - b.data", "2 + a", "at a = 1.5, it is 0.5, "
        .. "but should be 3.5"},
      {"{b.data, a.data}", "{a.data, b.data}", "a * b", "the gradient of a is "
        .. "1.5, but should be -2"},
      {"getmetatable(x) == Value and x or Value.new(x)", "x", "a * 2",
        "at a = 1.5, it fails: "},
      {"1 - y * y", "1 - y", "a:tanh()", "at a = 0.5, the gradient of a is "},
      {"if self.data < 0 then y = -y end", "", "a:tanh()", "at a = -2, it is "},
      {"y = (1 - e) / (1 + e)", "y = (1 / e - 1) / (1 / e + 1)", "a:tanh()",
        "at a = 1000, it is nan, but should be 1"},
      {"{self}, {on}", "{self}, {7}", "a:relu()", "at a = 2, the gradient of a "
        .. "is 7, but should be 1"},
      {"function Value:relu()", "function Value:ReLU()", "a:relu()",
        "it fails: attempt to call "},
      {"parent.grad + node.grad", "node.grad", "a + a", "the gradient of a is "
        .. "1, but should be 2"},
      {"for k = #sorted, 1, -1 do", "for k = 1, #sorted do",
        "b = a * a, b * (b + 1)", "the gradient of a is "},
    } do
      local output, status = check_engine(replaced(case[1], case[2]))
      assert.equal(1, status, output)
      local said
      for line in output:gmatch("[^\n]+") do
        if line:sub(1, 24) == ("%-24s"):format(case[3]) then said = line end
      end
      assert.matches("WRONG: ", said, 1, true)
      assert.matches(case[4], said, 1, true)
      assert.matches("\n%d+ of 11 are wrong\n$", output)
    end
  end)

  it("takes a gradient at relu's corner from 0 to 1, and no text", function()
    local _, status = check_engine(replaced("self.data > 0", "self.data >= 0")
      :gsub("function Value:__tostring", "function Value:printed"))
    assert.equal(0, status)
    local output
    output, status = check_engine(replaced("{self}, {on}",
      "{self}, {self.data == 0 and -1 or on}"))
    assert.equal(1, status)
    assert.matches("at a = 0, the gradient of a is -1", output, 1, true)
  end)

  it("says what is wrong with a file that is no engine", function()
    for text, message in pairs {["return 3"] = "returns 3; it should return a "
        .. "table with a function `new`\n", [""] = "returns nil; it should",
        ["return {}"] = "returns a table without one; it should",
        ["return {new = function(x) return x end}"] = "new(2) gives 2; it "
        .. "should give a table whose `data` is 2",
        ["return {new = function() return {data = '2'} end}"] = "new(2) gives "
        .. "one whose `data` is 2; it should",
        ["x = = 1"] = "unexpected symbol", ["error {}"] = "fails: table",
        ["return {new = error}"] = "new(2) fails:"} do
      local output, status = check_engine(text)
      assert.equal(1, status, output)
      assert.matches(message, output, 1, true)
    end
  end)
end)
