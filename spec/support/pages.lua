--- Reads Markdown pages, so that specs can check what they say.

local process = require "spec.support.process"
local read = require("spec.support.common").read
local tinygrad = require "tinygrad"

local pages = {}

--- Returns the fenced blocks of a text, in order.
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

--- The pages of the tutorial.
pages.TUTORIAL = {"examples/tutorial/README.md",
  "examples/tutorial/README.ko.md"}

--- Splits a page of the tutorial into parts, each of which begins with a
-- command that runs a script. Code and outputs belong to the command before
-- them.
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

--- Returns an output without empty lines and without what differs between runs
-- or machines.
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
---@return integer count how many blocks there were
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

-- Returns the anchor of a heading, as GitHub makes it.
local function anchor(heading)
  return (heading:lower():gsub("[^%w%s\128-\255_-]", ""):gsub(" ", "-"))
end

-- Returns the text of a page without its fenced blocks.
local function prose(path)
  return (("\n" .. read(path)):gsub("\n```%w+\n.-\n```%f[\n]", ""))
end

-- Returns a set of the anchors of the headings of a page.
local function anchors_of(path)
  local anchors = {}
  for heading in prose(path):gmatch("\n#+ ([^\n]+)") do
    anchors[anchor(heading)] = true
  end
  return anchors
end

-- Returns the path without its steps back: a/b/../c becomes a/c.
local function resolved(path)
  local n
  repeat path, n = path:gsub("[^/.][^/]*/%.%./", "", 1) until n == 0
  return path
end

--- Fails unless the files that a page links to exist, and the headings, its own
-- and those of other pages.
---@param path string
---@return integer count how many links there were
function pages.check_links(path)
  local directory, count = path:match("^.*/") or "", 0
  for target in prose(path):gmatch("%]%(([^)]+)%)") do
    if not target:find("^%a+:") then
      local file, heading = target:match("^([^#]*)#?(.*)$")
      local page = file == "" and path or resolved(directory .. file)
      local message = ("%s links to %s"):format(path, target)
      assert(pcall(read, page), message)
      assert(heading == "" or anchors_of(page)[heading], message)
      count = count + 1
    end
  end
  return count
end

--- Fails unless tinygrad.help knows each name that a page asks it for.
---@param text string
---@return integer count how many there are
function pages.check_help(text)
  local count = 0
  for name in text:gmatch("tinygrad%.help%(?%s?\"([%w_.]+)\"%)?") do
    local found = tinygrad.help(name)
    assert(not found:find("tinygrad has no", 1, true), name)
    count = count + 1
  end
  return count
end

--- Fails unless the Makefile has each target that a page names in code.
---@param text string
---@return integer count how many there are
function pages.check_targets(text)
  local makefile, count = "\n" .. read("Makefile"), 0
  for _, before in ipairs {"`", "\n    "} do
    for target in text:gmatch(before .. "make ([a-z]+)") do
      assert(makefile:find("\n" .. target .. ":", 1, true), target)
      count = count + 1
    end
  end
  return count
end

--- Fails unless each path in backquotes exists.
---@param text string
---@return integer count how many there are
function pages.check_files(text)
  local count = 0
  for path in text:gmatch("`([%w_]+/[%w_/]*%.%a+)`") do
    assert(process.exists(path), path)
    count = count + 1
  end
  return count
end

--- The files to which the first cells of a page's tables link.
---@param path string
---@return string[] paths from the root, sorted
function pages.rows(path)
  local directory, rows = path:match("^.*/") or "", {}
  for target in prose(path):gmatch("\n| %[[^%]]+%]%(([^)]+)%)") do
    rows[#rows + 1] = resolved(directory .. target)
  end
  table.sort(rows)
  return rows
end

return pages
