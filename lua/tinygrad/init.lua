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
    custom_node derive expand finish fixed_slots formulas generator_new
    generator_next generator_type get_shapes gradient helpers instruction
    is_foreign is_tensor is_traced library listing operation program_bytes
    program_from program_type qr_apply qr_factor record run set_shapes
    set_tracing stats stderr_is_terminal tangents tensor_bytes tensor_column
    tensor_decode tensor_free tensor_new tensor_random tensor_reshape
    tensor_set tensor_statistic tensor_type traced value_and_gradient variable
    variables]]):gmatch("%S+") do
  INTERNAL[name] = true
end

local tinygrad = {
  compile = require "tinygrad.compile",
  custom = require "tinygrad.custom",
  fit = require "tinygrad.fit",
  graph = require "tinygrad.graph",
  gradcheck = require "tinygrad.gradcheck",
  help = require "tinygrad.help",
  least_squares = require "tinygrad.least_squares",
  math = require "tinygrad.math",
  minimize = require "tinygrad.minimize",
  optim = require "tinygrad.optim",
  plot = require "tinygrad.plot",
  Tensor = require "tinygrad.tensor",
}
local saved = require "tinygrad.saved"
require "tinygrad.emit"

for name, value in pairs(core) do
  if not INTERNAL[name] then tinygrad[name] = value end
end
for _, module in ipairs {modes, saved, transform} do
  for name, value in pairs(module) do tinygrad[name] = value end
end

return tinygrad
