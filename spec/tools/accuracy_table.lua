-- Prints, as Markdown, the worst error of every operation in ulp:
--   make test; LUA_PATH='lua/?.lua;lua/?/init.lua;?.lua' \
--     LUA_CPATH='build/lua5.4/?.so' lua5.4 spec/tools/accuracy_table.lua

local tinygrad = require "tinygrad"
local accuracy = require "spec.tools.accuracy"
local points = require "spec.reference.points"

print("| operation | value | first partials | second partials |")
print("|---|--:|--:|--:|")
for _, row in ipairs(tinygrad.operations()) do
  local worst = accuracy.measure(row, points[row.name])
  local cells = {}
  for k = 1, 3 do
    cells[k] = worst[k].error == 0 and "0"
      or ("%.1f (%s)"):format(worst[k].error, worst[k].at)
  end
  print(("| %s | %s |"):format(row.name, table.concat(cells, " | ")))
end
