--- tinygrad: exact derivatives for Lua programs.
-- The functions of the C core and the Lua modules in one table;
-- tinygrad.help() lists them. Lives with the base library alone: a module that
-- needs another library is loaded when its first name is asked for.

local core = require "tinygrad.load" "tinygrad.core"
local attempt = require "tinygrad.base.attempt"
local lazy = require "tinygrad.base.lazy"
local modes = require "tinygrad.base.modes"
local names = require "tinygrad.base.names"
core.library()

--- Makes a Program of a host's program; tg_pushprogram (csrc/tinygrad.h) calls
-- it.
function core.lend(program)
  return require("tinygrad.program").lent(program)
end

local tinygrad = {}
for _, name in ipairs {"Value", "_VERSION", "is_program", "is_value",
    "operations"} do
  tinygrad[name] = core[name]
end
for _, row in ipairs(core.operations()) do
  tinygrad[row.name] = core[row.name]
  tinygrad[row.lua_name] = core[row.lua_name]
end
for name, value in pairs(modes) do tinygrad[name] = value end

local MODULES = {
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
}

names.tinygrad, names.lazy = tinygrad, MODULES

--- Advice for a name that tinygrad does not have but one of its modules does,
-- such as tinygrad.MLP; else the advice to list all names.
local function elsewhere(key)
  for _, part in ipairs {"nn", "optim", "graph", "Tensor"} do
    local ok, module = attempt(require, MODULES[part])
    local advice = ok and names.elsewhere(module,
      core.format("tinygrad.%s.", part), key) or ""
    if advice ~= "" then return advice end
  end
  return "; tinygrad.help() lists all names"
end

return lazy.fields(tinygrad, MODULES, function(name)
  names.unknown("tinygrad", name, elsewhere, tinygrad, MODULES)
end)
