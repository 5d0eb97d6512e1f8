-- Prints, as Markdown, the worst error of every operation in ulp, and where the
-- relative error of a first partial is above 1e-12:
--   make test; LUA_PATH='lua/?.lua;lua/?/init.lua;?.lua' \
--     LUA_CPATH='build/lua5.4/?.so' lua5.4 spec/tools/accuracy_table.lua

local tinygrad = require "tinygrad"
local accuracy = require "spec.tools.accuracy"
local points = require "spec.reference.points"

--- Returns the operands nearest to 0 as text; they stand for all that lie
-- further out.
local function nearest(found)
  local best
  for _, x in ipairs(found) do
    if not best or math.abs(x[1]) < math.abs(best[1]) then best = x end
  end
  if not best then return "-" end
  return ("from (%s) on"):format(table.concat(best, ", "))
end

print("| operation | value | first partials | second partials "
  .. "| first partials, relative error above 1e-12 |")
print("|---|--:|--:|--:|---|")
for _, row in ipairs(tinygrad.operations()) do
  local worst = accuracy.measure(row, points[row.name])
  local cells = {}
  for k = 1, 3 do
    cells[k] = worst[k].error == 0 and "0"
      or ("%.1f (%s)"):format(worst[k].error, worst[k].at)
  end
  cells[4] = nearest(accuracy.inaccurate(row, points[row.name], 1e-12))
  print(("| %s | %s |"):format(row.name, table.concat(cells, " | ")))
end
