-- Prints lua/tinygrad/meta/tinygrad.lua, which tells editors (LuaLS) about the
-- module that lua/tinygrad/init.lua puts together when it runs. `make
-- generated` writes that file.

local documentation = require "tinygrad.documentation"
local tinygrad = require "tinygrad"

local HEAD = [[
---@meta tinygrad
-- Made by spec/tools/annotations.lua (make generated): for editors, never run.

local core = require "tinygrad.core"

---@class tinygrad
---@field _VERSION string "tinygrad " and the version
local tinygrad = {}

---@class tinygrad.Value
local Value = {}
]]

-- Returns the names of an operation's operands, and their annotations. An
-- operand is optional if it has a default, or if only the last row under a name
-- takes it.
local function parameters(entry, is_method)
  local names, lines = {}, {}
  local row = entry.rows[#entry.rows]
  local required = tonumber(entry.rows[1].arity) or 1
  local kind = "tinygrad.Number"
  local call = documentation.operation_call(row):match("%((.-)%)$") or "..."
  if row.arity == "n" then
    kind = row.name == "dot" and "tinygrad.Number[]" or "any"
    call = row.name == "dot" and call or "..."
  end
  for name, default in (call .. ","):gmatch("([%w_.]+)([^,]*),") do
    names[#names + 1] = name
    local is_optional = default ~= "" or #names > required and name ~= "..."
      and row.arity ~= "n"
    if not (is_method and #names == 1) then
      lines[#lines + 1] = ("---@param %s%s %s\n"):format(name,
        is_optional and "?" or "", kind)
    end
  end
  if is_method and names[1] ~= "..." then table.remove(names, 1) end
  return names, table.concat(lines)
end

local function operation(entry, owner, name, is_method)
  local names, lines = parameters(entry, is_method)
  local about = {"--- " .. entry.summary}
  for line in ((entry.text or "") .. "\n"):gmatch("(.-)\n") do
    if line ~= "" then about[#about + 1] = "-- " .. line end
  end
  return ("%s\n%s---@return tinygrad.Number\nfunction %s%s%s(%s) end\n"):format(
    table.concat(about, "\n"), lines, owner, is_method and ":" or ".", name,
    table.concat(names, ", "))
end

-- Wraps a text into comment lines of at most 80 columns.
local function wrapped(text)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    if #line + #word > 76 then
      lines[#lines + 1] = line
      line = "--"
    end
    line = line .. (line == "" and "" or " ") .. word
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

-- Appends the classes of options, made from their schemas.
local function append_options(texts)
  local names, classes = {}, documentation.classes()
  for name, class in pairs(classes) do
    if class.options then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local lines = {"---@class " .. name
      .. (classes[name].parent and ": " .. classes[name].parent or "")}
    for _, field in ipairs(classes[name].fields) do
      lines[#lines + 1] = wrapped(("---@field %s%s %s %s"):format(field.name,
        field.optional and "?" or "", field.type, field.text))
    end
    texts[#texts + 1] = table.concat(lines, "\n") .. "\n"
  end
end

local function annotations()
  local texts, entries = {HEAD}, documentation.entries(tinygrad)
  append_options(texts)
  for _, entry in ipairs(entries) do
    local method = entry.name:match("^Value:(.*)$")
    if entry.rows and method then
      texts[#texts + 1] = operation(entry, "Value", method, true)
    elseif entry.rows then
      texts[#texts + 1] = operation(entry, "tinygrad", entry.name)
    elseif entry.name:find("^[%w_]+$") then
      local from, module = "core", tinygrad
      if entry.module then
        from = ("require(\"%s\")"):format(entry.module)
        module = require(entry.module)
      end
      texts[#texts + 1] = ("tinygrad.%s = %s%s\n"):format(entry.name, from,
        module == tinygrad[entry.name] and "" or "." .. entry.name)
    end
  end
  for _, name in ipairs(documentation.modules(tinygrad)) do
    local metatable = getmetatable(tinygrad[name])
    if not (metatable and metatable.__call) then -- which is among the entries
      texts[#texts + 1] = ("tinygrad.%s = require(\"tinygrad.%s\")\n")
        :format(name, name)
    end
  end
  texts[#texts + 1] = "return tinygrad"
  return table.concat(texts, "\n")
end

if ... == nil then print(annotations()) end
return annotations
