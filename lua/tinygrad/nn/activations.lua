--- tinygrad.nn.activations: functions of a neuron's sum, by name.

local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local kinds = require "tinygrad.base.kinds"
local tree = require "tinygrad.base.tree"
core.library()

local activations = {}

local BY_NAME = {linear = function(x) return x end}
for _, name in ipairs {"elu", "gelu", "leaky_relu", "relu", "sigmoid", "silu",
    "softplus", "tanh"} do
  local f = core[name]
  BY_NAME[name] = function(x) return f(x) end -- and no other argument
end

--- Those whose value is about that of the sum where it is positive, and about
-- 0 where it is not.
activations.RECTIFIERS = {elu = true, gelu = true, leaky_relu = true,
  relu = true, silu = true}

--- What an option may be that is an activation.
activations.KIND = kinds.function_or_name(BY_NAME, "fun(x: any): any")

--- The function.
---@param x string|function
---@return function
function activations.find(x)
  return BY_NAME[x] or x
end

--- Its name, for people.
---@param x string|function
---@return string
function activations.name(x)
  return type(x) == "string" and x or "function"
end

--- Logits less the largest of them, which is a constant for derivatives: what
-- softmax and the cross-entropy depend on, in numbers that keep their digits
-- and whose exponentials do not overflow. Infinite logits of one sign differ by
-- 0.
---@param x table of numbers or Values
---@return table differences as many
function activations.shifted(x)
  local largest, differences = core.max_n(x), {}
  if core.is_value(largest) then largest = largest:detach() end
  for i = 1, #x do
    local d = x[i] - largest
    differences[i] = core.where(core.gt(core.eq(x[i], largest), core.eq(d, d)),
      core.with_partial(0, x[i], 1), d)
  end
  return differences
end

--- The probabilities that logits stand for: exp(x[i]) / sum of all exp(x[k]),
-- whatever the size of x. Infinite ones of one sign count as equal.
--
--     local p = tinygrad.nn.softmax {1001, 1000}
--     print(("%.4f %.4f"):format(p[1], p[2]))
--     --> 0.7311 0.2689
---@param x table of numbers or Values
---@return table probabilities as many
function activations.softmax(x)
  if type(x) ~= "table" then
    errors.argument(1, "softmax", "table", tree.typename(x), 2)
  end
  local shares = {}
  for i, d in ipairs(activations.shifted(x)) do shares[i] = core.exp(d) end
  local total = core.sum(shares)
  for i = 1, #x do shares[i] = shares[i] / total end
  return shares
end

return activations
