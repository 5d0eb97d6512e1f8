--- tinygrad.nn.evaluate: the mean loss of rows and its gradient, by a Program
-- in batches or by Values one row after the other. For train.lua only.
--
-- Both take the parameters from the Tensor `w` and put the gradient into the
-- Tensor `g`. `rows` is a Tensor of row numbers, or nil: all.

local compile = require "tinygrad.compile"
local core = require "tinygrad.core"
local module = require "tinygrad.nn.module"
local modes = require "tinygrad.modes"
local outer = require "tinygrad.outer"
local store = require "tinygrad.nn.store"
local tree = require "tinygrad.tree"
core.library()

local unpack = table.unpack or unpack -- luacheck: compat

local evaluate = {}

local function number(x) return core.is_value(x) and x.data or x end

local function check_loss(loss)
  if not tree.is_leaf(loss) then
    error(("train: the loss must return one number, it returned %s"):format(
      tree.returned(loss)), 0)
  end
  return loss
end

--- A row's input and target; `target` is nil of data without.
local function example(data, i)
  return data.x.row(i), data.y and data.y.row(i)
end

local function row_loss(task, model, x, y)
  return check_loss(task.loss(task.forward(model, x), y))
end

--- The first row whose loss is not finite, or nil. It is evaluated with plain
-- numbers, too, so that a loss that knows what is wrong says so.
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

--- Value and gradient by Programs.
---@param task table model, parameters, loss, penalty, forward, w, g, data,
-- threads
---@return table
function evaluate.compiled(task)
  local examples = {store.get(task.model), example(task.data, 1)}
  local program = compile(function(list, input, target)
    local model = module.bind(task.model, list)
    local loss = row_loss(task, model, input, target)
    if task.penalty then loss = loss + check_loss(task.penalty(model)) end
    return loss
  end, unpack(examples)) -- two or three
  outer.refuse("train", program)
  local step = program:value_and_grad {argnums = 1}
  local args = {task.w, task.data.x.inputs, task.data.y and task.data.y.inputs}
  local opts = {reduce = "mean", shared = 1, threads = task.threads,
    out = {nil, task.g}}
  local self = {mode = "compiled"}

  --- The mean loss of rows; its gradient goes into g.
  function self.step(rows)
    opts.rows = rows
    return (step:batch(args, opts))
  end

  --- The mean loss of other data.
  function self.value(data)
    return (program:batch({task.w, data.x.inputs, data.y and data.y.inputs},
      {reduce = "mean", shared = 1, threads = task.threads}))
  end

  return self
end

--- The mean of what f(i) gives for n rows.
local function mean(rows, n, f)
  local sum = 0
  for k = 1, n do sum = sum + f(rows and rows[k] or k) end
  return sum / n
end

--- The same by Values: slow, and easy to follow.
---@param task table
---@return table
function evaluate.eager(task)
  local model = task.model
  local self = {mode = "eager"}

  local function penalty()
    return task.penalty and check_loss(task.penalty(model)) or 0
  end

  function self.step(rows)
    local n = rows and #rows or task.data.x.count
    store.set(task.parameters, task.w)
    for _, parameter in ipairs(task.parameters) do parameter.grad = 0 end
    local value = mean(rows, n, function(i)
      local loss = row_loss(task, model, example(task.data, i))
      if not self.seen then outer.refuse("train", loss) end
      self.seen = true
      if core.is_value(loss) then loss:backward(1 / n) end
      return number(loss)
    end)
    local more = penalty()
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
      end) + number(penalty())
    end)
  end

  return self
end

return evaluate
