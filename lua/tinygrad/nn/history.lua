--- tinygrad.nn.history: the record of a training run.

local errors = require "tinygrad.base.errors"
local names = require "tinygrad.base.names"
local options_of = require "tinygrad.base.options"
local write = require "tinygrad.support.write"

---@class tinygrad.History
---@field loss number[] of each epoch: the mean over its rows
---@field validation number[]|nil the loss of the validation data after each
-- epoch
---@field rate number[] the learning rate at the beginning of each epoch
---@field epochs integer how many were done
---@field steps integer of the optimizer, in all
---@field status string "finished", "early" (patience), "stopped" (by the
-- callback) or "not_finite"
---@field best_epoch integer|nil the epoch with the lowest validation loss
---@field best_loss number|nil that loss
---@field bad_row integer|nil the first row whose loss is not finite
---@field mode string "compiled" or "eager"
---@field reason string|nil why it ran eagerly, if that was not asked for
local History = {}
local metatable = {methods = History, __index = names.index("a History",
  History, names.set {"bad_row", "best_epoch", "best_loss", "reason", "status",
    "steps", "validation"})}

--- Returns a plot of the loss of each epoch. Its axis is logarithmic if all
-- losses are positive.
--
--     local nn = tinygrad.nn
--     local history = nn.train(nn.MLP(1, {3, 1}), nn.squared_error,
--       {x = {0, 1, 2}, y = {1, 0, 1}}, {epochs = 20})
--     print((history:plot():svg():match("<title.->(.-)<"))) --> Training
---@param opts? tinygrad.PlotOptions title and axes, instead of the usual ones
---@return tinygrad.Plot plot of training and validation losses
function History:plot(opts)
  local plot = require "tinygrad.plot" -- few programs draw
  if getmetatable(self) ~= metatable then
    errors.no_object("plot", "History", "history", self, 2)
  end
  options_of.check(options_of.schemas.PlotOptions, 1, "plot", opts, 2)
  opts = opts or {}
  local log = true
  for _, losses in ipairs {self.loss, self.validation} do
    for _, loss in ipairs(losses) do log = log and loss > 0 end
  end
  local p = plot {title = opts.title or "Training",
    x = opts.x or {label = "epoch"}, y = opts.y or {label = "loss", log = log}}
  p:line(nil, self.loss, {label = "training"})
  if self.validation then
    p:line(nil, self.validation, {label = "validation"})
  end
  return p
end

local MEANINGS = {finished = "finished", early = "stopped early",
  stopped = "stopped by the callback",
  not_finite = "stopped (the loss is not finite)"}

function metatable:__tostring()
  local n = self.epochs
  local text = ("%s after %d epochs, %d steps"):format(MEANINGS[self.status],
    n, self.steps)
  if n > 0 then text = text .. ", loss " .. write.general(self.loss[n]) end
  if self.bad_row then
    text = text .. (" (look at row %d)"):format(self.bad_row)
  end
  if self.best_epoch then
    text = text .. ("; best validation loss %s in epoch %d"):format(
      write.general(self.best_loss), self.best_epoch)
  end
  if self.reason then text = ("%s\neager: %s"):format(text, self.reason) end
  return text
end

--- Makes the history of a run that has not begun.
---@param mode string "compiled" or "eager"
---@return tinygrad.History
return function(mode)
  return setmetatable({loss = {}, rate = {}, epochs = 0, mode = mode},
    metatable)
end
