-- Prints the table of operations as Markdown:
--   lua5.4 spec/tools/operations_table.lua
-- `make generated` writes it into examples/guide/edges.md.

local documentation = require "tinygrad.documentation"
local tinygrad = require "tinygrad"

local function operations_table()
  local lines = {"| operation | as | notes |", "|---|---|---|"}
  for _, row in ipairs(tinygrad.operations()) do
    lines[#lines + 1] = ("| `%s` | `%s` | %s |"):format(row.name,
      documentation.operation_call(row),
      (documentation.operation_note(row):gsub("|", "\\|")))
  end
  return table.concat(lines, "\n")
end

if ... == nil then print(operations_table()) end
return operations_table
