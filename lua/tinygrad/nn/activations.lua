--- tinygrad.nn.activations: the functions that neurons apply to their sums, by
-- name; and softmax.

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
  BY_NAME[name] = function(x) return f(x) end -- without optional arguments
end

--- Activations that return about x where x is positive, and about 0 where it is
-- negative.
activations.RECTIFIERS = {elu = true, gelu = true, leaky_relu = true,
  relu = true, silu = true}

--- The kind of an option that is an activation.
activations.KIND = kinds.function_or_name(BY_NAME, "fun(x: any): any")

--- Returns the function of an activation.
---@param x string|function
---@return function
function activations.find(x)
  return BY_NAME[x] or x
end

--- Returns an activation's name for messages.
---@param x string|function
---@return string
function activations.name(x)
  return type(x) == "string" and x or "function"
end

--- Returns logits less the largest of them, which counts as a constant for
-- derivatives. Softmax and the cross-entropy depend on these differences only,
-- and the exponential of none overflows. Infinite logits of one sign differ by
-- 0.
local function shifted(x)
  local largest, differences = core.max_n(x), {}
  if core.is_value(largest) then largest = largest:detach() end
  for i = 1, #x do
    local d = x[i] - largest
    differences[i] = core.where(core.gt(core.eq(x[i], largest), core.eq(d, d)),
      core.with_partial(0, x[i], 1), d)
  end
  return differences
end

--- Returns the exponentials of shifted logits.
---@param x table logits, numbers or Values
---@return table terms the exponential of each shifted logit
---@return any sum of the terms
---@return table logits the shifted ones
function activations.exponentials(x)
  local logits, terms = shifted(x), {}
  for i, d in ipairs(logits) do terms[i] = core.exp(d) end
  return terms, core.sum(terms), logits
end

--- Returns the probabilities exp(x[i]) / (sum of all exp(x[k])), whatever the
-- size of the logits x. Infinite logits of one sign count as equal.
--
--     local p = tinygrad.nn.softmax {1001, 1000}
--     print(("%.4f %.4f"):format(p[1], p[2]))
--     --> 0.7311 0.2689
---@param x table logits, numbers or Values
---@return table probabilities one for each logit
---@raise x is not a table
function activations.softmax(x)
  if type(x) ~= "table" then
    errors.argument(1, "softmax", "table", tree.typename(x), 2)
  end
  local shares, total = activations.exponentials(x)
  for i = 1, #x do shares[i] = shares[i] / total end
  return shares
end

return activations
