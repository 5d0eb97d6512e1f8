--- tinygrad: exact derivatives for Lua programs.
-- A thin façade: the C core's functions and the Lua modules in one table.
-- tinygrad.help documents every function.

local core = require "tinygrad.load" "tinygrad.core"
local lazy = require "tinygrad.base.lazy"
local modes = require "tinygrad.base.modes"
core.library()

--- What the core keeps for the Lua modules.
local INTERNAL = {}
for _, name in ipairs {"all_numbers", "array_variables", "batch", "build",
    "captured", "custom_node", "derive", "end_recording", "enter_mode",
    "expand", "fail", "file_denied", "file_place", "finish", "fixed_slots",
    "format", "formulas", "generator_new", "generator_next", "generator_type",
    "get_shapes", "gradient", "gradients", "guard_function", "helpers",
    "instructions", "is_foreign", "is_generator", "is_interrupt", "is_name",
    "is_recorded", "is_tensor", "lbfgs_direction", "lbfgs_pair", "leave_mode",
    "lend", "library", "listing", "made", "mode_level", "nearest",
    "note_interrupt", "program_bytes", "program_from", "program_type",
    "qr_apply", "qr_factor", "record", "recorded_input", "run", "set_shapes",
    "stats", "stderr_is_terminal", "switch_anomaly", "tangents", "tensor_bytes",
    "tensor_column", "tensor_decode", "tensor_free", "tensor_new",
    "tensor_random", "tensor_reshape", "tensor_set", "tensor_statistic",
    "tensor_type", "unpack", "value_and_gradient", "variable", "variables"} do
  INTERNAL[name] = true
end

--- What tg_pushprogram calls with the Program of a host's program.
function core.lend(program)
  return require("tinygrad.program").lent(program)
end

local tinygrad = {}
for name, value in pairs(core) do
  if not INTERNAL[name] then tinygrad[name] = value end
end
for name, value in pairs(modes) do tinygrad[name] = value end

return lazy.fields(tinygrad, {
  compile = "tinygrad.program.compile",
  custom = "tinygrad.transform.custom",
  derivative = "tinygrad.transform",
  fit = "tinygrad.fit",
  grad = "tinygrad.transform",
  gradcheck = "tinygrad.transform.gradcheck",
  gradients = "tinygrad.transform",
  graph = "tinygrad.graph",
  help = "tinygrad.documentation.help",
  hessian = "tinygrad.transform",
  hvp = "tinygrad.transform",
  jacobian = "tinygrad.transform",
  jvp = "tinygrad.transform",
  least_squares = "tinygrad.fit.least_squares",
  load_program = "tinygrad.program.save",
  math = "tinygrad.math",
  minimize = "tinygrad.minimize",
  nn = "tinygrad.nn",
  optim = "tinygrad.optim",
  plot = "tinygrad.plot",
  program_from_string = "tinygrad.program.save",
  Tensor = "tinygrad.tensor",
  value_and_grad = "tinygrad.transform",
  vjp = "tinygrad.transform",
})
