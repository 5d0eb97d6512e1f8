-- Prints the table of operations for README.md, as Markdown:
--   lua5.4 spec/tools/operations_table.lua
-- spec/readme_spec.lua holds README.md against what this returns.

local tinygrad = require "tinygrad"

local function signature(row)
  if row.arity == "n" then
    if row.lua_name == "max" or row.lua_name == "min" then
      return row.lua_name .. "(a, b, c, ...)"
    end
    return row.name == "dot" and "dot(xs, ws)" or row.lua_name .. "{...}"
  end
  local operands = ({"x", "x, y", "x, y, z"})[row.arity]
  local from_note = row.note:match("^" .. row.lua_name .. "(%b())")
  return row.lua_name .. (from_note or "(" .. operands .. ")")
end

local function note(row)
  local text = row.note:gsub("^" .. row.lua_name .. "%b()[:;]?%s*", "")
    :gsub("^" .. row.lua_name .. "{...}[:;]?%s*", "")
    :gsub("^= ", "")
  return (text:gsub("|", "\\|"))
end

local function operations_table()
  local lines = {"| operation | as | notes |", "|---|---|---|"}
  for _, row in ipairs(tinygrad.operations()) do
    lines[#lines + 1] = ("| `%s` | %s | %s |"):format(row.name,
      "`" .. signature(row) .. "`", note(row))
  end
  return table.concat(lines, "\n")
end

if ... == nil then print(operations_table()) end
return operations_table
