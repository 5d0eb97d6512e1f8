--- tinygrad.nn.train: changes a model's parameters so that it learns from
-- examples.

local attempt = require "tinygrad.base.attempt"
local calm = require "tinygrad.base.calm"
local checkpoint = require "tinygrad.nn.checkpoint"
local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local evaluate = require "tinygrad.nn.evaluate"
local faithful = require "tinygrad.support.faithful"
local file = require "tinygrad.support.file"
local module = require "tinygrad.nn.module"
local new_history = require "tinygrad.nn.history"
local new_progress = require "tinygrad.nn.progress"
local optim = require "tinygrad.optim"
local rows = require "tinygrad.nn.rows"
local kinds = require "tinygrad.base.kinds"
local options_of = require "tinygrad.base.options"
local shielded = require "tinygrad.base.shielded"
local store = require "tinygrad.nn.store"
local Tensor = require "tinygrad.tensor"
local tree = require "tinygrad.base.tree"
core.library()

-- Options -------------------------------------------------------------------

--- Returns a function that makes an option's row from its text: the option is a
-- function of the given type.
local function fun(name, signature)
  return function(text)
    return {name, kinds.FUNCTION, nil, text, type = signature}
  end
end

--- Tells whether the line of progress can be written to x. An error is caught:
-- some objects raise one for a name that they lack.
local function is_file(x)
  if type(x) ~= "table" and type(x) ~= "userdata" then return false end
  local ok, can = attempt(function()
    return tree.is_callable(x.write) and tree.is_callable(x.flush)
  end)
  return ok and can
end

local OPTIONS = options_of.new("TrainOptions", {
  {"epochs", kinds.COUNT, 100, "how often all rows are gone through"},
  {"batch_size", kinds.COUNT, nil, "rows of a step (if absent: all)"},
  {"shuffle", kinds.BOOLEAN, nil, "whether rows get a new order in each epoch "
    .. "(if absent: if there is a batch_size)"},
  {"seed", kinds.FINITE, 1, "of the order of rows and the choice of rows for "
    .. "validation"},
  {"optimizer", kinds.new("name of an optimizer, or table with it first",
    "string|table", function(x)
      return type(x) == "string" or type(x) == "table"
    end), "Adam", "the name of one of tinygrad.optim, or a table of its name "
    .. "and options: {\"SGD\", momentum = 0.9}"},
  {"lr", kinds.POSITIVE, nil, "the learning rate (if absent: the optimizer's "
    .. "default)"},
  fun("schedule", "fun(t: integer, lr: number): number") ("returns the "
    .. "learning rate of a step; tinygrad.optim has some"),
  {"clip_norm", kinds.POSITIVE, nil, "limit of the gradient's norm"},
  {"clip_value", kinds.POSITIVE, nil, "limit of each number of the gradient"},
  fun("penalty", "fun(model: table): any") ("returns what is added to the "
    .. "mean loss"),
  {"validation", kinds.new("data, or part of the data between 0 and 1",
    "table|number", function(x)
      return type(x) == "table" or type(x) == "number" and x > 0 and x < 1
    end, "number"), nil, "other data, or a part of the data between 0 and 1"},
  {"patience", kinds.COUNT, nil, "epochs without a lower validation loss after "
    .. "which training stops, with the parameters of the best epoch"},
  {"min_delta", kinds.TOLERANCE, 0, "by how much a validation loss must be "
    .. "lower to count as lower"},
  {"checkpoint", kinds.new("path", "string", kinds.STRING.test), nil, "path of "
    .. "a file that is written now and then and at the end; it stays whole "
    .. "until the next one is complete (but is written in place, which is not "
    .. "atomic, if no file can be made beside it)"},
  {"checkpoint_every", kinds.COUNT, 10, "epochs between two checkpoints"},
  {"resume", kinds.BOOLEAN, nil, "whether to go on from the checkpoint, if its "
    .. "file exists"},
  fun("callback", "fun(record: table): boolean?") ("called after each epoch "
    .. "with a table of epoch, loss, validation, rate, steps and model, stops "
    .. "by returning true"),
  {"progress", kinds.new("boolean, or file with the methods write and flush",
    "boolean|file*", function(x)
      return type(x) == "boolean" or is_file(x)
    end), nil, "true or false, or a file (if absent: a line on stderr if that "
    .. "is a terminal)"},
  {"quiet", kinds.BOOLEAN, nil, "true: no line of progress"},
  {"threads", kinds.whole(1, 1024), 1, "how many threads to use at most"},
  {"mode", kinds.one_of("compiled", "eager"), "compiled", "eager: nothing is "
    .. "recorded"},
})

local function check_together(o)
  if o.patience and not o.validation then
    error("train: patience needs validation data", 0)
  end
  if o.resume and not o.checkpoint then
    error("train: resume needs a checkpoint", 0)
  end
end

local function read_options(given)
  local o = options_of.read(OPTIONS, 4, "train", given, 0)
  if o.shuffle == nil then o.shuffle = o.batch_size ~= nil end
  if o.quiet then o.progress = false end
  check_together(o)
  return o
end

--- Makes the optimizer for the parameters in the Tensor w.
local function new_optimizer(o, w)
  local given, name = {}, o.optimizer
  if type(name) == "table" then
    for key, value in pairs(name) do
      if key ~= 1 then given[key] = value end
    end
    name = name[1]
  end
  local known = {}
  for key in pairs(optim) do
    if key:find("^%u") then known[#known + 1] = key end
  end
  table.sort(known)
  if not rawget(optim, name) or not tostring(name):find("^%u") then
    errors.option("optimizer", "train", ("one of %s expected, got %s"):format(
      table.concat(known, ", "), errors.got(name, "string")), 0)
  end
  if o.lr then given.lr = o.lr end
  local ok, optimizer = attempt(optim[name], w, given)
  if not ok then error((tostring(optimizer):gsub("^.-:%d+: ", "")), 0) end
  optimizer.schedule = o.schedule
  return optimizer
end

-- Data ----------------------------------------------------------------------

local function read_data(what, given)
  if type(given) ~= "table" then
    error(("train: %s must be a table with x and y, it is %s"):format(what,
      tree.described(given)), 0)
  end
  for key in next, given do
    if key ~= "x" and key ~= "y" then
      error(("train: %s has no field '%s'; its fields are x and y"):format(
        what, tostring(key)), 0)
    end
  end
  local x = rows.read("train", what .. ".x", given.x)
  return {x = x, y = given.y ~= nil
    and rows.read("train", what .. ".y", given.y, x.count) or nil}
end

--- Splits the data in two, for training and for validation, by the seed. In
-- each half `of` has the numbers of its rows.
local function split(data, part, seed)
  local n = data.x.count
  local held = math.floor(n * part + 0.5)
  if held < 1 or held >= n then
    error(("train: validation takes %d of %d rows; at least 1 must be taken "
      .. "and 1 left"):format(held, n), 0)
  end
  local order = rows.shuffled(n, Tensor.generator(seed))
  local lists = {{}, {}}
  for i, row in ipairs(order) do
    local list = lists[i <= held and 2 or 1]
    list[#list + 1] = row
  end
  local parts = {}
  for i, list in ipairs(lists) do
    table.sort(list)
    parts[i] = {x = rows.take(data.x, list), of = list,
      y = data.y and rows.take(data.y, list)}
  end
  return parts[1], parts[2]
end

-- A run ---------------------------------------------------------------------

-- A run has the options as fields. Its other fields are: model, its parameters,
-- loss, data, validation; w and g, Tensors of the parameters' numbers and of
-- the gradient; best, {epoch, loss, w} at the lowest validation loss; order,
-- the rows in the order of this epoch, of which batches are views; trusted, the
-- state of the run to which `verify` goes back.

--- Calls the model with an input.
local function forward(model, x) return model(x) end

local function check_model(model)
  if type(model) ~= "table" or not tree.is_callable(model) then
    errors.argument(1, "train", "model", type(model) == "table"
      and "a table that cannot be called" or tree.typename(model), 0)
  end
  local numbers = store.get(model)
  if #numbers == 0 then error("train: the model has no parameters", 0) end
  return Tensor(numbers)
end

local function new_run(model, loss, data, opts)
  local w = check_model(model)
  if type(loss) ~= "function" then
    errors.argument(2, "train", "function", tree.typename(loss), 0)
  end
  local run = read_options(opts)
  run.model, run.loss, run.forward, run.w = model, loss, forward, w
  run.parameters = module.methods.parameters(model)
  run.data, run.g = read_data("data", data), Tensor.zeros(#w)
  if type(run.validation) == "number" then
    run.data, run.validation = split(run.data, run.validation, run.seed)
  elseif run.validation then
    run.validation = read_data("validation", run.validation)
  end
  run.best = {w = w:copy(), loss = math.huge}
  run.optimizer = new_optimizer(run, w)
  run.history = new_history(run.mode)
  if run.validation then run.history.validation = {} end
  return run
end

--- Returns the rows of each step of an epoch, as views of `order`, whose
-- numbers change with each epoch; false for all rows.
local function make_batches(run)
  local n = run.data.x.count
  local size = math.min(run.batch_size or n, n)
  if size == n and not run.shuffle then return {false} end
  local list = {}
  for i = 1, n do list[i] = i end
  run.order = Tensor(list)
  local batches = {}
  for i = 1, n, size do
    batches[#batches + 1] = run.order:rows(i, math.min(i + size - 1, n))
  end
  return batches
end

--- Makes a new order of the rows, which follows from the seed and the epoch
-- alone.
local function shuffle(run, epoch)
  local random = Tensor.generator(run.seed * 65536 + epoch)
  for i, row in ipairs(rows.shuffled(run.data.x.count, random)) do
    run.order[i] = row
  end
end

--- Takes a step of the optimizer, unless the loss is not finite. Returns the
-- loss.
local function step(run, batch)
  local loss = run.evaluator.step(batch or nil)
  if loss - loss ~= 0 then return loss end
  if run.clip_value then optim.clip_value(run.g, run.clip_value) end
  if run.clip_norm then optim.clip_norm(run.g, run.clip_norm) end
  run.optimizer:step(run.g)
  return loss
end

--- Does an epoch and returns its mean loss.
local function train_epoch(run, epoch)
  local batches = run.batches
  if #batches == 1 and not run.shuffle then return step(run, batches[1]) end
  if run.shuffle then shuffle(run, epoch) end
  local sum = 0
  for i = 1, #batches do
    sum = sum + #batches[i] * step(run, batches[i])
    if sum - sum ~= 0 then return sum end
  end
  return sum / run.data.x.count
end

--- Records the validation loss, and keeps a copy of the parameters if it is the
-- lowest so far. Returns it.
local function validate(run, epoch)
  local loss, best = run.evaluator.value(run.validation), run.best
  run.history.validation[epoch] = loss
  if loss < best.loss - run.min_delta then
    best.epoch, best.loss = epoch, loss
    best.w:assign(run.w)
  end
  return loss
end

-- Trust ---------------------------------------------------------------------

--- Remembers the state of a run, which is trusted.
local function note(run)
  local best = run.best
  run.trusted = {epochs = run.history.epochs, w = run.w:copy(),
    optimizer = run.optimizer:state(),
    best = {epoch = best.epoch, loss = best.loss, w = best.w:copy()}}
end

local function shorten(list, n)
  for i = #list, n + 1, -1 do list[i] = nil end
end

--- Sets a run back to its trusted state.
local function go_back(run)
  local old, history = run.trusted, run.history
  run.w:assign(old.w)
  run.best = old.best
  assert(run.optimizer:load_state(old.optimizer))
  history.epochs = old.epochs
  for _, list in ipairs {history.loss, history.rate, history.validation} do
    shorten(list, old.epochs)
  end
end

--- Compares the recording with model and loss: at the start, after 1, 10, 100,
-- ... epochs and at the end. If they differ, sets the run back to its trusted
-- state, from where it goes on eagerly.
---@return boolean whether the recording is right
local function verify(run)
  local history, evaluator = run.history, run.evaluator
  if not evaluator.agrees then return true end
  local at_first = not run.trusted
  if at_first then note(run) end
  if evaluator.agrees(run.data, at_first) and (not run.validation
      or evaluator.agrees(run.validation, at_first)) then
    note(run)
    return true
  end
  go_back(run)
  run.evaluator = evaluate.eager(run)
  history.mode, history.reason = "eager", faithful.REASON
  return false
end

-- Epochs --------------------------------------------------------------------

--- Returns the status if training ends after this epoch, else nil.
local function ending(run, epoch, record)
  local loss = record.loss
  if loss - loss ~= 0 then
    run.history.bad_row = evaluate.bad_row(run)
    return "not_finite"
  end
  if run.callback then
    store.set(run.parameters, run.w)
    record.epoch, record.model = epoch, run.model
    record.steps = run.optimizer.steps
    if run.callback(record) then return "stopped" end
  end
  if run.patience and epoch - (run.best.epoch or 0) >= run.patience then
    return "early"
  end
  if epoch >= run.epochs then return "finished" end
end

local function save_if_due(run, epoch, status)
  if not run.checkpoint then return true end
  if epoch % run.checkpoint_every ~= 0 and not status then return true end
  return checkpoint.save(run)
end

--- Trains until the end. Returns the status, or nil and a message if a
-- checkpoint cannot be written.
local function train(run)
  local history, progress = run.history, new_progress(run.progress)
  local first, status = history.epochs
  if first >= run.epochs then return "finished" end
  verify(run)
  local due = 1
  repeat
    local epoch = history.epochs + 1
    local record = {rate = run.optimizer:rate()}
    record.loss = train_epoch(run, epoch)
    history.loss[epoch], history.rate[epoch] = record.loss, record.rate
    if run.validation then record.validation = validate(run, epoch) end
    history.epochs = epoch
    progress:show(epoch, run.epochs, epoch - first, record)
    status = ending(run, epoch, record)
    local is_right = true
    if status or epoch >= due then
      due, is_right = 10 * due, verify(run)
    end
    if is_right then
      local ok, message = save_if_due(run, epoch, status)
      if not ok then status = {message} end
    else
      status = nil
    end
  until status
  progress:clear()
  if type(status) == "table" then return nil, status[1] end
  return status
end

--- Stores the parameters in the model: with patience those of the lowest
-- validation loss, else the last ones. Completes the history.
local function finish(run)
  local best = run.patience and run.best.epoch
  store.set(run.parameters, best and run.best.w or run.w)
  local history = run.history
  history.steps = run.optimizer.steps
  history.best_epoch = run.best.epoch
  history.best_loss = run.best.epoch and run.best.loss
end

--- Reads the arguments of train, whose caller's position its errors get.
local function start(...)
  local run = new_run(...)
  run.batches = make_batches(run)
  return run
end

local function run_all(run)
  local history = run.history
  if run.resume and file.exists(run.checkpoint) then
    local done, problem = checkpoint.load(run)
    if not done then return nil, problem end
  end
  run.evaluator = evaluate[run.mode](run) -- records constants: after the load
  local ok, status, message = pcall(train, run)
  finish(run) -- also after an error, so that what was learned is kept
  if not ok then error(status, 0) end
  history.status = status
  if not status then return nil, message end
  return history
end

--- Changes a model's parameters so that its loss over examples becomes small.
--
-- The model, called with an example's input, and the loss are recorded as one
-- Program, which runs over batches of rows without Lua. The Program is compared
-- with model and loss themselves at and near the start (the loss on the outputs
-- of all rows, model and loss together on a sample of 32), after 1, 10, 100,
-- ... epochs and at the end (on a sample of 8). If they differ (a loss says
-- `target == 1`, or a model drops neurons at random), the run goes back to the
-- last comparison and goes on eagerly; the history's `mode` and `reason` say
-- so.
--
--     local nn = tinygrad.nn
--     local model = nn.MLP(2, {4, 1}, {seed = 3})
--     local history = nn.train(model, nn.squared_error,
--       {x = {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, y = {-1, 1, 1, -1}},
--       {epochs = 300, lr = 0.05})
--     print(history.status, ("%.3f"):format(model({0, 1}).data))
--     --> finished 1.000
---@param model table that can be called and has parameters: an nn.MLP or
-- nn.module
---@param loss fun(output: any, target: any): any returns the loss of one
-- example, such as nn.squared_error
---@param data table x: inputs, and y: targets; each a Tensor or table of rows,
-- or a table of columns by name. Without y the loss gets the output alone
---@param opts? tinygrad.TrainOptions
---@return tinygrad.History|nil history
---@return string|nil message if a checkpoint cannot be read or written
---@raise an argument is not as described; model or loss cannot be recorded, for
-- instance because they branch (mode = "eager" trains them)
return function(model, loss, data, opts)
  local ok, run = attempt(calm, start, model, loss, data, opts)
  if not ok then error(run, type(run) == "string" and 2 or 0) end
  return calm(shielded, run_all, run)
end
