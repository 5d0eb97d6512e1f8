-- Writes into the tutorial's pages what its chapters print now, where the pages
-- differ: lua5.4 spec/tools/tutorial.lua, after make, in the root. A block of
-- output keeps its number of lines, and the last block of a chapter takes the
-- rest; if the number of lines has changed, look at the difference.

dofile("examples/prelude.lua")
local pages = require "spec.support.pages"
local process = require "spec.support.process"
local read = require("spec.support.common").read

-- Removes n lines that are not empty (or all) from a list and returns them,
-- without empty lines at either end.
local function take(lines, n)
  local taken = {}
  while lines[1] and n > 0 do
    local line = table.remove(lines, 1)
    if line ~= "" then n = n - 1 end
    if line ~= "" or #taken > 0 then taken[#taken + 1] = line end
  end
  while taken[#taken] == "" do taken[#taken] = nil end
  return table.concat(taken, "\n") .. "\n"
end

local function split(text)
  local lines = {}
  for line in text:gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  return lines
end

-- Returns the texts of a chapter's blocks of output as they are now.
local function fresh(part)
  local lines, texts = split(process.run(part.script)), {}
  for i, block in ipairs(part.outputs) do
    local _, count = block.text:gsub("[^\n]+", "")
    texts[i] = take(lines, i < #part.outputs and count or math.huge)
  end
  return texts
end

-- Returns a page with its outputs as they are now.
local function renewed(page)
  local text, at = read(page), 1
  for _, part in ipairs(pages.parts(text)) do
    local texts = fresh(part)
    for i, block in ipairs(part.outputs) do
      local old = ("```%s\n%s```\n"):format(block.language, block.text)
      local from, to = text:find(old, at, true)
      if pages.essence(block.text) ~= pages.essence(texts[i]) then
        print(page .. ": " .. part.script)
        local new = ("```%s\n%s```\n"):format(block.language, texts[i])
        text = text:sub(1, from - 1) .. new .. text:sub(to + 1)
        to = from + #new - 1
      end
      at = to
    end
  end
  return text
end

for _, page in ipairs(pages.TUTORIAL) do
  local text = renewed(page)
  local file = assert(io.open(page, "w"))
  file:write(text)
  file:close()
end
