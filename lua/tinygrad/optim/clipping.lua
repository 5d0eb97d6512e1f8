--- tinygrad.optim.clipping: gradients made smaller.

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

--- The numbers of gradients: numbers and Values' gradients as places,
-- holders[i][keys[i]], and Tensors.
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
local programs = {} -- of CHANGES, when they are first needed

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

--- The Euclidean norm of a Tensor's numbers, whose squares may not fit.
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

--- Scales gradients down to a norm of `limit` if theirs is larger: by limit /
-- (norm + 1e-6), as PyTorch does. A norm of NaN makes all of them NaN. The
-- means and deviations in a model with nn.standardize are no gradients.
--
--     local g = {3, 4}
--     print(("%g"):format(tinygrad.optim.clip_norm(g, 1))) --> 5
--     print(("%.3f %.3f"):format(g[1], g[2])) --> 0.600 0.800
---@param gradients any Tensor, Value (its `grad`) or nested table of these and
-- numbers, changed in place
---@param limit number the largest norm
---@return number the norm of all of them together, before
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

--- Moves each gradient to the nearest number within -limit and limit; NaN
-- stays NaN.
--
--     local g = {-3, 0.5}
--     tinygrad.optim.clip_value(g, 1)
--     print(("%g %g"):format(g[1], g[2])) --> -1 0.5
---@param gradients any as for clip_norm
---@param limit number
function clipping.clip_value(gradients, limit)
  local holders, keys, tensors = gradients_in(gradients, "clip_value")
  check_limit(limit, "clip_value")
  change_all("clamp", holders, keys, tensors, limit)
end

return clipping
