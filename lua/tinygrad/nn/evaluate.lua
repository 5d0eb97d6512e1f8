--- tinygrad.nn.evaluate: computes the mean loss of rows and its gradient, by a
-- Program in batches or by Values one row after the other. For train.lua only.
--
-- An evaluator takes the parameters from the Tensor `w` and stores the gradient
-- in the Tensor `g`. `rows` is a Tensor of row numbers, or nil for all.

local attempt = require "tinygrad.base.attempt"
local compile = require "tinygrad.program.compile"
local core = require "tinygrad.core"
local faithful = require "tinygrad.support.faithful"
local losses = require "tinygrad.nn.losses"
local module = require "tinygrad.nn.module"
local modes = require "tinygrad.base.modes"
local outer = require "tinygrad.support.outer"
local rows_of = require "tinygrad.nn.rows"
local store = require "tinygrad.nn.store"
local tree = require "tinygrad.base.tree"
core.library()

local fail = core.fail -- raises an error at the line of the caller's program
local unpack = table.unpack or unpack -- luacheck: compat

--- The losses of tinygrad.nn.losses, whose recordings need no comparison.
local is_ours = {}
for _, loss in pairs(losses) do is_ours[loss] = true end

local evaluate = {}

local number = faithful.number

local function check_loss(loss)
  if not tree.is_leaf(loss) then
    fail(("train: the loss must return one number, it returned %s"):format(
      tree.returned(loss)))
  end
  return loss
end

--- Returns the input and the target of row i; the target is nil for data
-- without y.
local function example(data, i)
  return data.x.row(i), data.y and data.y.row(i)
end

local function row_loss(task, model, x, y)
  return check_loss(task.loss(task.forward(model, x), y))
end

--- Returns the penalty, which is added to the mean loss; 0 without one.
local function penalty_of(task, model)
  return task.penalty and check_loss(task.penalty(model)) or 0
end

--- Returns the first row whose loss is not finite, or nil. Model and loss get
-- the numbers of the row, not Values, so that a loss which checks its target
-- can say what is wrong.
---@param task table
---@return integer|nil
function evaluate.bad_row(task)
  store.set(task.parameters, task.w)
  for i = 1, task.data.x.count do
    local loss = modes.no_grad(row_loss, task, task.model,
      example(task.data, i))
    if number(loss) - number(loss) ~= 0 then
      return task.data.of and task.data.of[i] or i
    end
  end
end

-- Is the Program the user's function? ----------------------------------------

--- Returns a function of i: the loss of row i, plus the penalty, by an eager
-- call.
local function caller(task, data)
  local call = faithful.lenient(function(e)
    return row_loss(task, task.model, e.x, e.y)
  end)
  local more = number(penalty_of(task, task.model))
  return function(i)
    local x, y = example(data, i)
    return number(call {x = x, y = y}) + more
  end
end

--- Returns a function of an output and i: the loss of this output, a plain
-- number or table, for the target of row i, plus the penalty.
local function direct_caller(task, data)
  local loss = faithful.lenient(function(output, target)
    return task.loss(output, target)
  end)
  local more = number(penalty_of(task, task.model))
  return function(output, i)
    return number(loss(output, data.y and data.y.row(i))) + more
  end
end

--- Compares a Program's losses with those of the function: model and loss
-- together on a sample of rows; and if `outputs` is given, the loss alone on
-- the outputs of all rows.
---@param task table see evaluate.compiled
---@param data table
---@param program tinygrad.Program of parameters, input and target
---@param w number[] the parameters
---@param most integer how many rows the sample has
---@param outputs? any Tensors, the outputs of the model's Program for all rows
---@return boolean
local function agrees(task, data, program, w, most, outputs)
  local recorded = program:batch({w, data.x.inputs, data.y and data.y.inputs},
    {threads = task.threads})
  local chosen = rows_of.sample({data.x, data.y}, most)
  local function alone(i) return program(w, example(data, i)) end
  store.set(task.parameters, w)
  local eager, some = caller(task, data), {}
  for k, i in ipairs(chosen) do some[k] = recorded[i] end
  local right = faithful.agrees {
    what = "train: the model with its loss", recorded = some,
    eager = function(k) return eager(chosen[k]) end,
    alone = function(k) return alone(chosen[k]) end,
  }
  if not right or not outputs then return right end
  local loss = direct_caller(task, data)
  local forward = faithful.lenient(function(x)
    return task.forward(task.model, x)
  end)
  return faithful.agrees {
    what = "train: the loss", recorded = recorded:totable(), eager = eager,
    alone = alone, sample = 1,
    direct = function()
      local list = {}
      for i = 1, #recorded do list[i] = loss(rows_of.row(outputs, i), i) end
      return list
    end,
    again = function(i)
      return loss(faithful.floats(forward(data.x.row(i))), i)
    end,
  }
end

-- Evaluators -----------------------------------------------------------------

--- Makes an evaluator that uses Programs.
---@param task table model, parameters, loss, penalty, forward, w, g, data,
-- threads
---@return table
function evaluate.compiled(task)
  local examples = {store.get(task.model), example(task.data, 1)}
  local program = compile(function(list, input, target)
    local model = module.bind(task.model, list)
    local loss = row_loss(task, model, input, target)
    return task.penalty and loss + penalty_of(task, model) or loss
  end, unpack(examples)) -- two or three
  outer.refuse("train", program)
  local step = program:value_and_grad {argnums = 1}
  local args = {task.w, task.data.x.inputs, task.data.y and task.data.y.inputs}
  local opts = {reduce = "mean", shared = 1, threads = task.threads,
    out = {nil, task.g}}
  local self = {mode = "compiled"}

  --- Returns the mean loss of rows, and stores its gradient in g.
  function self.step(rows)
    opts.rows = rows
    return (step:batch(args, opts))
  end

  --- Returns the mean loss of other data.
  function self.value(data)
    return (program:batch({task.w, data.x.inputs, data.y and data.y.inputs},
      {reduce = "mean", shared = 1, threads = task.threads}))
  end

  --- Returns the model's outputs for parameters w.
  local function outputs_for(data, w)
    local forward = compile(function(list, input)
      return task.forward(module.bind(task.model, list), input)
    end, examples[1], examples[2])
    return (forward:batch({w, data.x.inputs}, {threads = task.threads}))
  end

  local function agrees_at_first(data, w)
    return agrees(task, data, program, w, faithful.SAMPLE,
      not is_ours[task.loss] and outputs_for(data, w) or nil)
  end

  --- Tells whether the Program computes what model and loss compute. At first a
  -- loss of the user's is called for all rows, and all is compared near the
  -- parameters, too, where an error is no matter; later a few rows are
  -- compared.
  function self.agrees(data, at_first)
    local w = task.w:totable()
    if not at_first then
      return agrees(task, data, program, w, faithful.LATER)
    elseif not agrees_at_first(data, w) then
      return false
    end
    local done, right = attempt(agrees_at_first, data, faithful.nearby(w))
    return right or not done
  end

  return self
end

--- Returns the mean of f over n rows, or over `rows`.
local function mean(rows, n, f)
  local sum = 0
  for k = 1, n do sum = sum + f(rows and rows[k] or k) end
  return sum / n
end

--- Makes an evaluator that uses Values: slow, and easy to follow.
---@param task table
---@return table
function evaluate.eager(task)
  local model = task.model
  local self = {mode = "eager"}

  function self.step(rows)
    local n = rows and #rows or task.data.x.count
    store.set(task.parameters, task.w)
    for _, parameter in ipairs(task.parameters) do parameter.grad = 0 end
    local value = mean(rows, n, function(i)
      local loss = row_loss(task, model, example(task.data, i))
      outer.refuse("train", loss)
      if core.is_value(loss) then loss:backward(1 / n) end
      return number(loss)
    end)
    local more = penalty_of(task, model)
    outer.refuse("train", more)
    if core.is_value(more) then more:backward() end
    for i, parameter in ipairs(task.parameters) do
      task.g[i] = parameter.grad
    end
    return value + number(more)
  end

  function self.value(data)
    store.set(task.parameters, task.w)
    return modes.no_grad(function()
      return mean(nil, data.x.count, function(i)
        return number(row_loss(task, model, example(data, i)))
      end) + number(penalty_of(task, model))
    end)
  end

  return self
end

return evaluate
