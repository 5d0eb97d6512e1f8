--- tinygrad.documentation.help: prints the documentation of a name, for use at
-- Lua's prompt.

local calm = require "tinygrad.base.calm"
local errors = require "tinygrad.base.errors"
local tree = require "tinygrad.base.tree"

local function indented(text, by)
  return (by .. text:gsub("\n", "\n" .. by))
end

--- Appends a title, and a line like " x: number what it is" for each part.
local function append_parts(lines, title, parts, name_of)
  if #parts == 0 then return end
  lines[#lines + 1] = title
  for _, part in ipairs(parts) do
    local head = ("  %s  %s"):format(name_of(part), part.text or "")
    lines[#lines + 1] = (head:gsub("%s+$", ""):gsub("\n", "\n    "))
  end
end

local function with_type(part)
  return ("%s: %s%s"):format(part.name, part.type,
    part.optional and " or nil" or "")
end

--- Appends a title, and a line like " grad(f, opts) what it does" for each
-- entry.
local function append_entries(lines, title, entries)
  append_parts(lines, title, entries, function(entry)
    return entry.call:gsub("%s+", " ") .. "  " .. (entry.summary or "")
  end)
end

--- Returns the entries for which is_wanted(entry) is true, without their texts.
-- Of several names of one function it takes the first, and none if the function
-- is in `seen`.
local function chosen(entries, is_wanted, seen)
  local list = {}
  seen = seen or {}
  for _, entry in ipairs(entries) do
    if is_wanted(entry) and not seen[entry.f] then
      seen[entry.f] = true
      list[#list + 1] = {f = entry.f, summary = entry.summary,
        call = entry.rows and entry.name or entry.call}
    end
  end
  return list
end

--- Returns the entries of a module, or the methods of a class: "nn.MLP",
-- "Fit:band".
local function members(entries, owner, seen)
  return chosen(entries, function(entry)
    return entry.name:match("^(.*)[.:]") == owner
  end, seen)
end

--- Appends the fields and methods of the classes that an entry takes or
-- returns.
local function append_classes(lines, entry, classes, entries)
  local kinds = {}
  for _, part in ipairs(entry.parameters) do kinds[#kinds + 1] = part.type end
  for _, part in ipairs(entry.returns) do kinds[#kinds + 1] = part.type end
  local seen, methods = {}, {}
  for _, class in ipairs(require("tinygrad.documentation").classes_of(
      table.concat(kinds, " "), classes)) do
    if not seen[class.name] then
      seen[class.name] = true
      append_parts(lines, "A " .. class.name .. " has:", class.fields,
        with_type)
      append_entries(lines, "A " .. class.name .. " can:", members(entries,
        class.name:match("[^.]+$"), methods))
    end
  end
end

local function full_text(entry, classes, entries)
  local lines = {"tinygrad: " .. entry.call, ""}
  lines[#lines + 1] = entry.summary
    or "(the file with its documentation is not here)"
  if entry.text then lines[#lines + 1] = entry.text end
  append_parts(lines, "Takes:", entry.parameters, with_type)
  append_parts(lines, "Returns:", entry.returns,
    function(r) return r.type end)
  append_parts(lines, "Raises an error if:", entry.raises,
    function() return "-" end)
  append_classes(lines, entry, classes, entries)
  if entry.example then
    lines[#lines + 1] = "Example:"
    lines[#lines + 1] = indented(entry.example, "  ")
  end
  return table.concat(lines, "\n")
end

local function is_class(name) return name:find("^%u%l+:") ~= nil end

--- Returns the index: the names on each page, pages and names in alphabetical
-- order.
local function index(entries)
  local pages, names = {}, {}
  for _, entry in ipairs(entries) do
    if not (entry.kind == "operation" and is_class(entry.name)) then
      if not names[entry.page] then
        names[entry.page] = {}
        pages[#pages + 1] = entry.page
      end
      table.insert(names[entry.page], entry.name)
    end
  end
  table.sort(pages)
  local lines = {"tinygrad.help(\"grad\") tells more of a name, "
    .. "help(\"nn\") of a module."}
  for _, page in ipairs(pages) do
    local line = page .. ":"
    for _, name in ipairs(names[page]) do
      if #line + #name + 1 > 78 then
        lines[#lines + 1] = line
        line = "  "
      end
      line = line .. " " .. name
    end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n")
end

--- Returns the entries of a name: "Value:backward", "value:backward" or
-- "backward". An entry whose whole name this is comes first.
local function found(entries, wanted)
  local list, seen = {}, {}
  wanted = wanted:gsub("^tinygrad[.:]", ""):lower()
  for _, entry in ipairs(entries) do
    local name = entry.name:lower()
    if name == wanted then
      table.insert(list, 1, entry)
    elseif name:gsub("^.*[.:]", "") == wanted and not entry.rows
        and not seen[entry.f] then
      list[#list + 1], seen[entry.f] = entry, true
    end
  end
  return list
end

--- Returns advice with names that contain the beginning of the one that was not
-- found.
local function suggestions(entries, wanted)
  local names, part = {}, wanted:lower():gsub("^.*[.:]", ""):sub(1, 4)
  for _, entry in ipairs(entries) do
    if entry.name:lower():find(part, 1, true) and #names < 12
        and not is_class(entry.name) then
      names[#names + 1] = entry.name
    end
  end
  if #names == 0 then return "tinygrad.help() lists all names" end
  return "near it are: " .. table.concat(names, ", ")
end

--- Returns the text for a module or class: the heading of its file, and its
-- entries; nil if there is none of that name.
local function topic(documentation, entries, wanted)
  wanted = wanted:gsub("^tinygrad[.:]", ""):lower()
  local list = chosen(entries, function(entry)
    return entry.page == wanted
      or entry.name:lower():match("^(.*)[.:]") == wanted
  end)
  local introduction = documentation.introduction(wanted, #list == 0)
  if not introduction and #list == 0 then return nil end
  local lines = {("tinygrad.%s: %s"):format(wanted, introduction
    or "what it can do")}
  append_entries(lines, "In it:", list)
  return table.concat(lines, "\n")
end

--- Returns the documentation of a name, or without a name, a list of all names.
--
--     print(tinygrad.help("no_grad"):match("Calls[^\n]*"))
--     --> Calls a function whose results need no gradient.
---@param name? string such as "grad", "optim.Adam", "Value:backward" or
-- "backward"; or the name of a module or class, for a list of what is in it:
-- "nn", "levenberg", "Tensor"
---@return string the text, for print
local function help(name)
  local documentation = require "tinygrad.documentation"
  local entries = calm(documentation.entries, require "tinygrad")
  if name == nil then return index(entries) end
  if type(name) ~= "string" then
    errors.argument_problem(1, "help", "name expected, as in \"grad\", got "
      .. tree.typename(name), 2)
  end
  local list, texts = found(entries, name), {}
  if #list == 0 then
    return topic(documentation, entries, name)
      or ("tinygrad has no '%s'; %s"):format(name, suggestions(entries, name))
  end
  local classes = documentation.classes()
  for i, entry in ipairs(list) do
    texts[i] = full_text(entry, classes, entries)
  end
  local inside = {}
  append_entries(inside, list[1].name .. " has:", members(entries,
    list[1].name))
  if #inside > 0 then texts[#texts + 1] = table.concat(inside, "\n") end
  return table.concat(texts, "\n\n")
end

return help
