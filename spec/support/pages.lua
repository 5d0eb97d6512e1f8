--- Reads the Markdown pages that the specs hold against the truth.

local process = require "spec.support.process"
local read = require("spec.support.common").read

local pages = {}

--- The fenced blocks of a text, in order.
---@param text string
---@return {language: string, text: string}[]
function pages.blocks(text)
  local list, open = {}, nil
  for line in text:gmatch("([^\n]*)\n") do
    local language = line:match("^```(%w*)$")
    if not language then
      if open then open.text = open.text .. line .. "\n" end
    elseif open then
      open = nil
    else
      open = {language = language, text = ""}
      list[#list + 1] = open
    end
  end
  return list
end

--- The tutorial's pages.
pages.TUTORIAL = {"examples/tutorial/README.md",
  "examples/tutorial/README.ko.md"}

--- A page of the tutorial in parts, each begun by a command that runs a script.
-- Code and outputs belong to the command before them.
---@param text string
---@return {script: string, code: table[], outputs: table[]}[] parts of blocks
function pages.parts(text)
  local parts = {}
  for _, block in ipairs(pages.blocks(text)) do
    local script = block.language == "sh"
      and block.text:match("^lua5%.4 (examples/[%w_/]+%.lua)\n$")
    local part = parts[#parts]
    if script then
      parts[#parts + 1] = {script = script, code = {}, outputs = {}}
    elseif block.language == "lua" then
      table.insert(part.code, block)
    elseif block.language == "text" or block.language == "c" then
      table.insert(part.outputs, block)
    end
  end
  return parts
end

--- What an output says: lines that are empty say nothing, and neither does what
-- is never the same.
function pages.essence(output)
  return (process.steady(output):gsub("\n%s*\n", "\n"):gsub("^\n", ""))
end

-- Runs a program in an interpreter of its own.
local function run(code)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(code)
  file:close()
  local output, status = process.run(path)
  os.remove(path)
  return output, status
end

--- Runs the Lua blocks of a page; each must print the text block after it.
---@param text string
---@return integer count how many there were
function pages.check_programs(text)
  local list, count = pages.blocks(text), 0
  for i, block in ipairs(list) do
    if block.language == "lua" then
      local output, status = run(block.text)
      assert(status == 0, output)
      local printed = list[i + 1]
      assert(printed and printed.language == "text", block.text)
      assert(printed.text == output, ("the page has\n%s\nprinted was\n%s")
        :format(printed.text, output))
      count = count + 1
    end
  end
  return count
end

-- What a heading is linked by, as GitHub makes it.
local function anchor(heading)
  return (heading:lower():gsub("[^%w%s\128-\255_-]", ""):gsub(" ", "-"))
end

--- Fails unless the files and headings that a page links to are there.
---@param path string
---@return integer count how many there were
function pages.check_links(path)
  local text, anchors, count = read(path), {}, 0
  text = ("\n" .. text):gsub("\n```%w+\n.-\n```%f[\n]", "")
  local directory = path:match("^.*/") or ""
  for heading in text:gmatch("\n#+ ([^\n]+)") do
    anchors["#" .. anchor(heading)] = true
  end
  for target in text:gmatch("%]%(([^)]+)%)") do
    if not target:find("^%a+:") then
      local there = anchors[target]
      if target:sub(1, 1) ~= "#" then
        there = pcall(read, directory .. target:match("^[^#]+"))
      end
      assert(there, ("%s links to %s"):format(path, target))
      count = count + 1
    end
  end
  return count
end

return pages
