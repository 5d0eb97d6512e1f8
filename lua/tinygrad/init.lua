--- tinygrad: exact derivatives for Lua programs.
-- A thin façade: the C core's functions and the Lua modules in one table.
-- README.md documents every function.

local core = require "tinygrad.core"
local modes = require "tinygrad.modes"
local transform = require "tinygrad.transform"
core.library()

--- What the core keeps for the Lua modules.
local INTERNAL = {}
for name in ([[all_numbers array_variables batch captured change_mode
    custom_node derive expand finish generator_new generator_next
    generator_type get_shapes gradient is_foreign is_tensor is_traced library
    listing operation program_type record run set_shapes set_tracing stats
    tangents tensor_bytes tensor_decode tensor_free tensor_new tensor_random
    tensor_reshape tensor_set tensor_statistic tensor_type traced
    value_and_gradient variable variables]]):gmatch("%S+") do
  INTERNAL[name] = true
end

local tinygrad = {
  compile = require "tinygrad.compile",
  custom = require "tinygrad.custom",
  graph = require "tinygrad.graph",
  gradcheck = require "tinygrad.gradcheck",
  math = require "tinygrad.math",
  minimize = require "tinygrad.minimize",
  Tensor = require "tinygrad.tensor",
}

for name, value in pairs(core) do
  if not INTERNAL[name] then tinygrad[name] = value end
end
for _, module in ipairs {modes, transform} do
  for name, value in pairs(module) do tinygrad[name] = value end
end

return tinygrad
