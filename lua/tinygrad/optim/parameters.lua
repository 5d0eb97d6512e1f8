--- tinygrad.optim.parameters: finds the numbers in parameters, and makes the
-- Tensors in which an optimizer gathers them.

local constants = require "tinygrad.base.constants"
local core = require "tinygrad.core"
local tree = require "tinygrad.base.tree"
core.library()

local parameters = {}

--- Returns how many numbers a Tensor of a shape has.
function parameters.size_of(shape)
  local n = 1
  for _, size in ipairs(shape) do n = n * size end
  return n
end

--- Tells whether a Tensor has a shape.
function parameters.same_shape(t, shape)
  local sizes = t:shape()
  if #sizes ~= #shape then return false end
  for i, size in ipairs(shape) do
    if sizes[i] ~= size then return false end
  end
  return true
end

--- Describes a shape in messages: "Tensor of 2 x 3".
function parameters.shape_text(shape)
  local sizes = {}
  for i, size in ipairs(shape) do sizes[i] = ("%.0f"):format(size) end
  return "Tensor of " .. table.concat(sizes, " x ")
end

--- Returns the plan of one parameter (see plan_of).
local function leaf_plan(x, path, count, sizes)
  if core.is_tensor(x) then
    sizes[#sizes + 1] = parameters.size_of(x:shape())
    return {kind = "Tensor", index = #sizes, shape = x:shape(), path = path}
  end
  count.n = count.n + 1
  return {kind = tree.typename(x), index = count.n, path = path}
end

--- Adds to a plan how many array elements each table has.
local function measure(plan, x)
  if plan.kind then return end
  plan.n = #x
  for _, key in ipairs(plan.keys) do measure(plan.children[key], x[key]) end
end

--- Returns the plan of a tree of parameters, itself a tree: {path =, n =, keys
-- =, children =} for a table with n array elements, {path =, kind =, index =,
-- shape =} for a parameter. Numbers and Values are numbered together, Tensors
-- by themselves.
---@return table plan
---@return integer count of numbers and Values
---@return integer[] sizes of the Tensors
function parameters.plan_of(given)
  local plan = {path = "parameters", keys = {}, children = {}}
  local count, sizes, seen = {n = 0}, {}, {}
  local function once(x, path)
    if seen[x] and seen[x] ~= path then
      error(("%s and %s are the same %s, which would be changed twice"):format(
        seen[x], path, tree.typename(x)), 0)
    end
    seen[x] = path
  end
  tree.map(given, function(x, trail, depth, container)
    if constants.is(container)
        or not core.is_tensor(x) and not tree.check_leaf(x, trail, depth) then
      return
    end
    local path = tree.path(trail, depth)
    if type(x) ~= "number" then once(x, path) end
    if core.is_value(x) and x.op then
      error(("%s is the result of '%s', only leaves can be changed"):format(
        path, x.op), 0)
    end
    local leaf = leaf_plan(x, path, count, sizes)
    if depth == 1 then plan = leaf return end
    once(container, tree.path(trail, depth - 1))
    local at = plan
    for i = 2, depth do
      local key = trail[i]
      if at.children[key] == nil then
        at.keys[#at.keys + 1] = key
        at.children[key] = i == depth and leaf
          or {path = tree.path(trail, i), keys = {}, children = {}}
      end
      at = at.children[key]
    end
  end, "parameters")
  measure(plan, given)
  return plan, count.n, sizes
end

--- Returns the path in `whole` of a planned parameter: "gradients.w[2]".
function parameters.place(plan, whole)
  return whole .. plan.path:sub(#"parameters" + 1)
end

--- Returns the message for something that does not fit the plan.
function parameters.wrong(plan, whole, expected, got)
  return ("%s must be a %s, it is %s"):format(parameters.place(plan, whole),
    expected, core.is_tensor(got) and "a " .. parameters.shape_text(got:shape())
    or tree.typename(got) .. tree.advice(got))
end

-- A bundle holds what one batch updates: all numbers and Values together, or
-- one Tensor. `args` and `out` are the batch's arguments and results. After the
-- batch the moments in the two change places.

local function new_bundle(n, moments)
  local bundle = {n = n, args = {nil, nil, {}, nil}, out = {{}, {}}}
  for name, first in pairs(moments) do
    bundle.args[3][name] = core.tensor_new({n}):fill(first)
    bundle.out[2][name] = core.tensor_new {n}
  end
  bundle.out[1] = core.tensor_new {n}
  return bundle
end

--- Returns the bundles of an optimizer: one for each Tensor, and at 0 one for
-- all numbers and Values.
function parameters.new_bundles(count, sizes, moments)
  local bundles = {[0] = new_bundle(count, moments)}
  bundles[0].args[1] = core.tensor_new {count}
  bundles[0].args[2] = core.tensor_new {count}
  for i, n in ipairs(sizes) do bundles[i] = new_bundle(n, moments) end
  return bundles
end

return parameters
