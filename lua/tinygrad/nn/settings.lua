--- tinygrad.nn.settings: the arguments of neurons, layers and networks. For
-- network.lua only; errors are of the caller of the function `name` there.

local activations = require "tinygrad.nn.activations"
local core = require "tinygrad.core"
local options_of = require "tinygrad.support.options"
local tree = require "tinygrad.base.tree"
local weights = require "tinygrad.nn.weights"
local write = require "tinygrad.support.write"
core.library()

local settings = {}

---@class tinygrad.NeuronOptions
---@field activation? string|fun(x: any): any
---@field init? string|fun(inputs: integer, outputs: integer, random: any): any
---@field seed? number|tinygrad.Generator

---@class tinygrad.MLPOptions: tinygrad.NeuronOptions
---@field output? string|fun(x: any): any of the last layer ("linear")

--- The options that all of them take, completed.
---@param name string of the function
---@param opts any what its caller gave
---@param extra? string an option that only it takes
---@return table activation, output, init and random, a generator
function settings.read(name, opts, extra)
  if opts == nil then opts = {} end
  if type(opts) ~= "table" then
    error(("bad options to '%s' (table expected, got %s)"):format(name,
      tree.typename(opts)), 3)
  end
  local known = {activation = true, init = true, seed = true}
  if extra then known[extra] = true end
  for option in pairs(opts) do
    if not known[option] then
      error(options_of.unknown(option, name, known), 3)
    end
  end
  local read = {activation = opts.activation or "tanh",
    output = opts.output or "linear", init = opts.init}
  for _, option in ipairs {"activation", "output"} do
    local problem = activations.problem(read[option])
    if problem then
      error(("bad option '%s' to '%s' (%s)"):format(option, name, problem), 3)
    end
  end
  local problem = weights.problem(opts.init)
  if problem then
    error(("bad option 'init' to '%s' (%s)"):format(name, problem), 3)
  end
  read.random, problem = weights.generator(opts.seed)
  if problem then
    error(("bad option 'seed' to '%s' (%s)"):format(name, problem), 3)
  end
  return read
end

--- Checks that argument i is a number of things.
function settings.check_count(i, name, n)
  if type(n) ~= "number" or n < 1 or n % 1 ~= 0 or n > 1e6 then
    error(("bad argument #%d to '%s' (whole number from 1 expected, got %s)")
      :format(i, name, write.got(n)), 3)
  end
end

return settings
