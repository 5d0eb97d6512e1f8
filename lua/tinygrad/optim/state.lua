--- tinygrad.optim.state: the state of an optimizer as plain tables, from which
-- it goes on later.

local algorithms = require "tinygrad.optim.algorithms"
local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local kinds = require "tinygrad.base.kinds"
local options = require "tinygrad.base.options"
local optimizers = require "tinygrad.optim.optimizer"
local places = require "tinygrad.optim.parameters"
local tree = require "tinygrad.base.tree"
core.library()

local place, wrong = places.place, places.wrong
local Optimizer = optimizers.methods

--- Returns the numbers of one moment in the shape of the parameters.
local function moment_tree(bundles, plan, name)
  if plan.kind == "Tensor" then
    return bundles[plan.index].args[3][name]:reshape(plan.shape):totable()
  end
  if plan.kind then return bundles[0].args[3][name][plan.index] end
  local copy = {}
  for _, key in ipairs(plan.keys) do
    copy[key] = moment_tree(bundles, plan.children[key], name)
  end
  return copy
end

--- Appends the numbers of nested tables to a list. Returns false if the tables
-- do not have the shape.
local function append_numbers(x, shape, depth, list)
  if depth > #shape then
    list[#list + 1] = x
    return type(x) == "number"
  end
  if type(x) ~= "table" or #x ~= shape[depth] then return false end
  for _, row in ipairs(x) do
    if not append_numbers(row, shape, depth + 1, list) then return false end
  end
  return true
end

--- Sets a moment of bundles from a tree that moment_tree returned. Returns a
-- message if the tree does not fit.
local function set_moment(bundles, plan, name, x)
  local whole = "state.moments." .. name
  if plan.kind == "Tensor" then
    local numbers = {}
    if not append_numbers(x, plan.shape, 1, numbers) then
      return ("%s must hold the numbers of a %s"):format(place(plan, whole),
        places.shape_text(plan.shape))
    end
    core.tensor_set(bundles[plan.index].args[3][name], numbers)
  elseif plan.kind then
    if type(x) ~= "number" then return wrong(plan, whole, "number", x) end
    bundles[0].args[3][name][plan.index] = x
  else
    if type(x) ~= "table" then return wrong(plan, whole, "table", x) end
    for key in pairs(x) do
      if not plan.children[key] then
        return ("%s has something at '%s', where there is no parameter"):format(
          place(plan, whole), tostring(key))
      end
    end
    for _, key in ipairs(plan.keys) do
      local message = set_moment(bundles, plan.children[key], name, x[key])
      if message then return message end
    end
  end
end

local function copied(given)
  local copy = {}
  for name, x in pairs(given) do
    copy[name] = type(x) == "table" and {x[1], x[2]} or x
  end
  return copy
end

--- Returns what is needed to go on later, besides the parameters and the
-- schedule (which is code): tables of numbers, strings and booleans.
--
-- Its fields are `algorithm`, `steps`, `options`, `scheduled` (whether there
-- was a schedule), and `moments`, each a tree in the shape of the parameters,
-- with arrays instead of Tensors.
--
--     local w = {3}
--     local optimizer = tinygrad.optim.Adam(w)
--     optimizer:step {2}
--     print(("%d"):format(optimizer:state().steps)) --> 1
---@return table
function Optimizer:state()
  local state = {algorithm = self.name, steps = self.steps,
    options = copied(self.options), scheduled = self.schedule ~= nil,
    moments = {}}
  state.options.lr = self.lr
  for name in pairs(self.bundles[0].args[3]) do
    state.moments[name] = moment_tree(self.bundles, self.plan, name)
  end
  return state
end

--- Returns the options of a state, or nil and a message.
local function state_options(self, state)
  if state.algorithm ~= self.name then
    return nil, ("the state is of '%s', the optimizer is '%s'"):format(
      tostring(state.algorithm), self.name)
  end
  if state.steps ~= 0 and not kinds.COUNT.test(state.steps) then
    return nil, "state.steps must be a whole number from 0, it is "
      .. errors.got(state.steps)
  end
  for _, name in ipairs {"options", "moments"} do
    if type(state[name]) ~= "table" then
      return nil, ("state.%s must be a table, it is %s"):format(name,
        tree.typename(state[name]))
    end
  end
  for name in pairs(algorithms.by_name[self.name].options.known) do
    if state.options[name] == nil then
      return nil, ("state.options has no '%s'"):format(name)
    end
  end
  if state.scheduled and self.schedule == nil then
    return nil, "the state was saved with a schedule, the optimizer has none "
      .. "(set its field 'schedule' first)"
  end
  local o = copied(state.options)
  local message = algorithms.problem(self.name, o)
  if message then return nil, message end
  return options.completed(algorithms.by_name[self.name].options, o)
end

--- Returns bundles with the moments of a state, or nil and a message.
local function state_bundles(self, state, moments)
  local bundles = places.new_bundles(self.count, self.sizes, moments)
  for name in pairs(state.moments) do
    if moments[name] == nil then
      return nil, ("state.moments has '%s', which %s does not have with these "
        .. "options"):format(tostring(name), self.name)
    end
  end
  for name in pairs(moments) do
    local message = set_moment(bundles, self.plan, name, state.moments[name])
    if message then return nil, message end
  end
  return bundles
end

--- Goes on from where `state` was taken. With the parameters and the schedule
-- of that moment, all further steps are equal to the last bit. The optimizer
-- gets the options of the state, too.
--
--     local w = {3}
--     local a, b = tinygrad.optim.Adam(w), tinygrad.optim.Adam(w)
--     a:step {2}
--     assert(b:load_state(a:state()))
--     print(("%d"):format(b.steps)) --> 1
--     print(a:load_state({}))
--     --> nil load_state: the state is of 'nil', the optimizer is 'Adam'
---@param state table that Optimizer:state returned, or a copy of it
---@return boolean|nil true; if the state does not fit, nothing is changed
---@return string|nil message
function Optimizer:load_state(state)
  if type(state) ~= "table" then
    errors.argument(1, "load_state", "table", errors.got(state), 2)
  end
  local o, message = state_options(self, state)
  if not o then return nil, "load_state: " .. message end
  local bundles
  bundles, message = state_bundles(self, state,
    (algorithms.by_name[self.name].rule(o)))
  if not bundles then return nil, "load_state: " .. message end
  optimizers.set_options(self, o)
  self.bundles, self.steps = bundles, state.steps
  return true
end
