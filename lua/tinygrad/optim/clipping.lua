--- tinygrad.optim.clipping: makes gradients smaller.

local compile = require "tinygrad.program.compile"
local constants = require "tinygrad.base.constants"
local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local kinds = require "tinygrad.base.kinds"
local places = require "tinygrad.optim.parameters"
local shielded = require "tinygrad.base.shielded"
local tree = require "tinygrad.base.tree"
core.library()

local clipping = {}

local size_of = places.size_of

--- Returns where the numbers of gradients are: numbers and the gradients of
-- Values as places, holders[i][keys[i]]; and a list of Tensors.
local function gradients_in(gradients, name)
  if type(gradients) == "number" then
    error(("%s: a single number cannot be changed in place: put it into a "
      .. "table"):format(name), 3)
  end
  if type(gradients) ~= "table" and not core.is_tensor(gradients)
    and not core.is_value(gradients) then
    errors.argument(1, name, "table, Tensor or Value", errors.got(gradients),
      3)
  end
  local holders, keys, tensors = {}, {}, {}
  tree.map(gradients, function(x, trail, depth, container)
    if core.is_tensor(x) then
      if size_of(x:shape()) > 0 then tensors[#tensors + 1] = x end
    elseif core.is_value(x) then
      holders[#holders + 1], keys[#keys + 1] = x, "grad"
    elseif constants.is(container) then
      return x
    elseif tree.check_leaf(x, trail, depth, name) then
      holders[#holders + 1], keys[#keys + 1] = container, trail[depth]
    end
  end, "gradients")
  return holders, keys, tensors
end

local CHANGES = {
  scale = function(x, factor) return x * factor end,
  clamp = function(x, limit) return core.clamp(x, -limit, limit) end,
}
local programs = {} -- one for each of CHANGES, recorded when it is first needed

--- Applies a change to all numbers of a Tensor, as one batch.
local function change_tensor(change, t, parameter)
  local n = size_of(t:shape())
  programs[change] = programs[change]
    or shielded(compile, CHANGES[change], 0, 1)
  t:reshape(1, n)[1] = programs[change]:batch {t:reshape(n), parameter}
end

local function change_all(change, holders, keys, tensors, parameter)
  local f = CHANGES[change]
  for i, holder in ipairs(holders) do
    holder[keys[i]] = f(holder[keys[i]], parameter)
  end
  for _, t in ipairs(tensors) do change_tensor(change, t, parameter) end
end

--- Returns the Euclidean norm of a Tensor. Numbers whose squares would overflow
-- or underflow are scaled first.
local function tensor_norm(t)
  local largest = math.max(t:max(), -t:min())
  if largest > 1e-140 and largest < 1e140 then
    return math.sqrt(core.tensor_statistic(t, "squares", 0))
  end
  if largest - largest ~= 0 or largest == 0 then return math.abs(largest) end
  return largest * math.sqrt(core.tensor_statistic(t:map(function(x)
    return x / largest
  end), "squares", 0))
end

local function check_limit(limit, name)
  if not kinds.FROM_ZERO.test(limit) then
    errors.argument(2, name, kinds.FROM_ZERO.expected, errors.got(limit), 3)
  end
end

--- Scales gradients by limit / (norm + 1e-6), as PyTorch does, if their norm is
-- larger than `limit`. A norm of NaN makes all of them NaN. The means and
-- deviations in a model with nn.standardize are not gradients and stay as they
-- are.
--
--     local g = {3, 4}
--     print(("%g"):format(tinygrad.optim.clip_norm(g, 1))) --> 5
--     print(("%.3f %.3f"):format(g[1], g[2])) --> 0.600 0.800
---@param gradients any Tensor, Value (its `grad`) or nested table of these and
-- numbers, changed in place
---@param limit number the largest norm, from 0
---@return number the norm of all gradients together, before the scaling
---@raise an argument is not as described; `gradients` is a single number, which
-- cannot be changed in place
function clipping.clip_norm(gradients, limit)
  local holders, keys, tensors = gradients_in(gradients, "clip_norm")
  check_limit(limit, "clip_norm")
  local numbers = {}
  for i, holder in ipairs(holders) do numbers[i] = holder[keys[i]] end
  for _, t in ipairs(tensors) do numbers[#numbers + 1] = tensor_norm(t) end
  local norm = core.norm(numbers)
  local factor = limit / (norm + 1e-6)
  if not (factor >= 1) then
    change_all("scale", holders, keys, tensors, factor)
  end
  return norm
end

--- Moves each gradient into the range from -limit to limit; NaN stays NaN.
--
--     local g = {-3, 0.5}
--     tinygrad.optim.clip_value(g, 1)
--     print(("%g %g"):format(g[1], g[2])) --> -1 0.5
---@param gradients any Tensor, Value (its `grad`) or nested table of these and
-- numbers, changed in place
---@param limit number the largest absolute value, from 0
---@raise an argument is not as described; `gradients` is a single number, which
-- cannot be changed in place
function clipping.clip_value(gradients, limit)
  local holders, keys, tensors = gradients_in(gradients, "clip_value")
  check_limit(limit, "clip_value")
  change_all("clamp", holders, keys, tensors, limit)
end

return clipping
