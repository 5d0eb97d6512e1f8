--- tinygrad.documentation.comments: reads the comments of source files.
--
-- The comment above a function is a sentence, then more text; lines that are
-- indented by four more spaces are an example; the tags ---@param, ---@return
-- and ---@raise follow. A class is a comment with ---@class and its ---@field
-- lines.

local comments = {}

--- If the modules are inside the host program, the function that returns their
-- sources (csrc/embed/loader.c).
local found, source = pcall(require, "tinygrad.source")

--- Returns the text of a file, or nil.
local function read_text(path)
  if found then return source("@" .. path) end
  local file = io.open(path)
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

--- Returns the lines of a file, or nil.
local function read_lines(path)
  local text, lines = read_text(path), {}
  for line in (text or ""):gmatch("([^\n]*)\n") do
    lines[#lines + 1] = (line:gsub("\r$", ""))
  end
  return text and lines
end

--- Returns the end of the type with which a text begins: the last character
-- before a space that is outside brackets and not beside an operator.
local function end_of_type(text)
  local i = 1
  while i <= #text do
    local character = text:sub(i, i)
    if character:find("[%(%{%[<]") then
      local _, last = text:find(({["("] = "^%b()", ["{"] = "^%b{}",
        ["["] = "^%b[]", ["<"] = "^%b<>"})[character], i)
      i = (last or #text) + 1
    elseif character == " " then
      if not text:find("^ *|", i) and not text:sub(1, i - 1):find("[|:,]$") then
        return i - 1
      end
      i = i + 1
    else
      i = i + 1
    end
  end
  return #text
end

local function split_type(text)
  local last = end_of_type(text)
  return text:sub(1, last), (text:sub(last + 1):gsub("^%s+", ""))
end

--- Appends an entry for a tag that gives the name, type and text of something.
local function named(list, text)
  local name, rest = text:match("^(%S+)%s*(.*)$")
  local kind, about = split_type(rest or "")
  local optional = name and name:match("^(.-)%?$")
  list[#list + 1] = {name = optional or name, type = kind, text = about,
    optional = optional ~= nil}
  return list[#list]
end

local TAGS = {
  param = function(entry, text) return named(entry.parameters, text) end,
  ["return"] = function(entry, text)
    local kind, about = split_type(text)
    entry.returns[#entry.returns + 1] = {type = kind, text = about}
    return entry.returns[#entry.returns]
  end,
  field = function(entry, text) return named(entry.fields, text) end,
  raise = function(entry, text)
    entry.raises[#entry.raises + 1] = {text = text}
    return entry.raises[#entry.raises]
  end,
}

local function append(text, line)
  if text == nil or text == "" then return line end
  return text .. "\n" .. line
end

--- Reads the lines of a comment into an entry.
function comments.parse(entry, comment)
  entry.parameters, entry.returns = {}, {}
  entry.raises, entry.fields = {}, {}
  local holder, field = entry, "text" -- where lines without a tag go
  for _, line in ipairs(comment) do
    local body = line:match("^%-%-%-?(.*)$")
    local tag, rest = body:match("^@(%a+)%s*(.*)$")
    if TAGS[tag] then
      holder, field = TAGS[tag](entry, rest), "text"
    elseif tag == nil then
      local example = body:match("^     (.*)$")
      if example then
        entry.example = append(entry.example, example)
      else
        holder[field] = append(holder[field], (body:gsub("^ ", "")))
      end
    end
  end
  local text = (entry.text or ""):gsub("^%s+", ""):gsub("%s+$", "")
  local summary, after = text:match("^(.-[.?])%s(.*)$")
  entry.summary = summary or text ~= "" and text or nil
  entry.text = after and after:gsub("^%s+", "") or nil
  return entry
end

--- Returns the comment lines right above line `n`.
function comments.above(lines, n)
  local first = n
  while first > 1 and (lines[first - 1] or ""):find("^%s*%-%-") do
    first = first - 1
  end
  local comment = {}
  for i = first, n - 1 do
    comment[#comment + 1] = lines[i]:match("^%s*(.-)%s*$")
  end
  return comment
end

--- Makes a function that reads the lines of files, each file once. It returns
-- false for a file that it cannot read.
---@return fun(path: string): string[]|false
function comments.reader()
  local files = {}
  return function(path)
    if files[path] == nil then files[path] = read_lines(path) or false end
    return files[path]
  end
end

--- Reads the classes of a file: name -> {name=, parent=, summary=, text=,
-- fields=}.
---@param lines string[] the lines of the file
---@param classes table takes the classes; a class that is there already, with
-- fields, stays as it is
function comments.classes(lines, classes)
  local i = 1
  while lines[i] do
    local name, rest = lines[i]:match("^%-%-%-@class%s+([%w_.]+)(.*)$")
    if name then
      local comment = comments.above(lines, i)
      while (lines[i + 1] or ""):find("^%-%-") do
        i = i + 1
        comment[#comment + 1] = lines[i]
      end
      local class = comments.parse({name = name,
        parent = rest:match("^:%s*([%w_.]+)")}, comment)
      local before = classes[name]
      if before and #before.fields > 0 then class = before end
      classes[name] = class
    end
    i = i + 1
  end
end

return comments
