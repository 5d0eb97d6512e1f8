--- tinygrad: exact derivatives for Lua programs.
-- A thin façade: the C core's functions and the Lua modules in one table.
-- README.md documents every function.

local core = require "tinygrad.core"
local modes = require "tinygrad.modes"
local transform = require "tinygrad.transform"

--- What the core keeps for the Lua modules.
local INTERNAL = {custom_node = true, finish = true, is_foreign = true,
  operation = true, set_mode = true, tangents = true, variable = true}

local tinygrad = {
  custom = require "tinygrad.custom",
  graph = require "tinygrad.graph",
  gradcheck = require "tinygrad.gradcheck",
}

for name, value in pairs(core) do
  if not INTERNAL[name] then tinygrad[name] = value end
end
for _, module in ipairs {modes, transform} do
  for name, value in pairs(module) do tinygrad[name] = value end
end

return tinygrad
