--- tinygrad.nn.checkpoint: saves a training run to a file, from which it goes
-- on with equal results to the last bit. For train.lua only.
--
-- The file is JSON (json.lua). Its last line but one, "check", is the Adler-32
-- checksum (RFC 1950) of everything before that line. It holds the parameters,
-- the optimizer's state, the history, and those options of the run that must be
-- the same when it goes on. The order of the rows is not saved: it follows from
-- the seed and the epoch.

local file = require "tinygrad.support.file"
local json = require "tinygrad.nn.json"
local store = require "tinygrad.nn.store"

local checkpoint = {}

local FORMAT = "tinygrad checkpoint 1"

--- Returns the Adler-32 checksum of a text, in decimal.
local function adler32(text)
  local a, b = 1, 0
  for i = 1, #text, 2000 do -- sums of 2000 bytes stay exact
    local bytes = {text:byte(i, math.min(i + 1999, #text))}
    for k = 1, #bytes do
      a = a + bytes[k]
      b = b + a
    end
    a, b = a % 65521, b % 65521
  end
  return ("%.0f"):format(b * 65536 + a)
end

--- Returns what must be the same when a run goes on: names and values, in
-- order.
local function setup_of(run)
  return {
    {"rows", run.data.x.count},
    {"batch_size", run.batch_size or 0},
    {"seed", run.seed},
    {"shuffle", run.shuffle},
    {"validation_rows", run.validation and run.validation.x.count or 0},
  }
end

--- Returns the epoch, loss and parameters of the lowest validation loss so far.
local function best_of(run)
  local best = run.best
  if not best.epoch then return {} end
  return json.ordered {{"epoch", best.epoch}, {"loss", best.loss},
    {"parameters", store.by_name(run.model,
      store.saved(run.model, best.w))}}
end

--- Writes a run to its file.
---@param run table see train.lua
---@return boolean|nil true
---@return string|nil message
function checkpoint.save(run)
  local h = run.history
  local text = json.encode(json.ordered {
    {"format", FORMAT},
    {"setup", json.ordered(setup_of(run))},
    {"epochs", h.epochs},
    {"parameters", store.by_name(run.model,
      store.saved(run.model, run.w))},
    {"best", best_of(run)},
    {"history", {loss = h.loss, rate = h.rate,
      validation = h.validation or {}}},
    {"optimizer", run.optimizer:state()},
  })
  text = text:sub(1, -4) -- without "\n}\n"
  return file.write(run.checkpoint, ('%s,\n  "check": "%s"\n}\n'):format(text,
    adler32(text)))
end

local function is_list(list, n)
  if type(list) ~= "table" or #list ~= n then return false end
  for _, x in ipairs(list) do
    if type(x) ~= "number" then return false end
  end
  return true
end

--- Returns why the data of a file does not fit the run, or nil if it does.
local function problem_of(run, data)
  if data.format ~= FORMAT then
    return "not a checkpoint of tinygrad's format 1"
  end
  for _, pair in ipairs(setup_of(run)) do
    local name, now = pair[1], pair[2]
    local then_ = type(data.setup) == "table" and data.setup[name]
    if then_ ~= now then
      return ("it is of a run with %s = %s, in this run it is %s"):format(
        name, tostring(then_), tostring(now))
    end
  end
  local n, h = data.epochs, data.history
  if type(n) ~= "number" or type(h) ~= "table" or not is_list(h.loss, n)
      or not is_list(h.rate, n)
      or not is_list(h.validation, run.validation and n or 0) then
    return "a history that makes no sense"
  end
  local best = data.best
  if type(best) ~= "table" or best.epoch ~= nil
      and (type(best.epoch) ~= "number" or type(best.loss) ~= "number") then
    return "a best epoch that makes no sense"
  end
end

--- Returns the data in the text of a file, or nil and a message.
local function read(text)
  local before, check = text:match('^(.*),\n  "check": "(%d+)"\n}\n$')
  if not before or adler32(before) ~= check then
    return nil, "damaged: its checksum is wrong"
  end
  local data, message = json.decode(text)
  if type(data) ~= "table" then
    return nil, message or "damaged: it holds no object"
  end
  return data
end

--- Sets a run to the data of a file. Returns nil and a message if they do not
-- fit; then nothing is changed.
local function restore(run, data)
  local numbers, message = store.numbers(run.model, data.parameters)
  if not numbers then return nil, message end
  local best
  if data.best.epoch then
    best, message = store.numbers(run.model, data.best.parameters)
    if not best then return nil, "best: " .. message end
  end
  if type(data.optimizer) ~= "table" then return nil, "no optimizer's state" end
  local ok
  ok, message = run.optimizer:load_state(data.optimizer)
  if not ok then return nil, message end
  if best then store.restore(run.model, best, run.best.w) end
  store.restore(run.model, numbers, run.w)
  run.best.epoch, run.best.loss = data.best.epoch, data.best.loss or math.huge
  local h = run.history
  h.epochs, h.loss, h.rate = data.epochs, data.history.loss, data.history.rate
  h.validation = run.validation and data.history.validation
  return true
end

--- Sets a run to what its file says.
---@param run table
---@return boolean|nil true; if the file does not fit, nothing is changed
---@return string|nil message
function checkpoint.load(run)
  local text, problem = file.read(run.checkpoint)
  if not text then return nil, problem end
  local data, message = read(text)
  local ok
  if data then
    message = problem_of(run, data)
    if not message then ok, message = restore(run, data) end
  end
  if ok then return true end
  return nil, ("%s: %s"):format(run.checkpoint, message)
end

return checkpoint
