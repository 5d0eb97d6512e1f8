--- tinygrad.optim.schedules: learning rates that change from step to step.
--
-- A schedule is a function that returns the rate of the next step from t, the
-- number of steps taken before, and lr, the optimizer's own rate. It keeps no
-- state, so that an optimizer's state is all there is to save.

local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local kinds = require "tinygrad.base.kinds"
local options = require "tinygrad.base.options"
core.library()

local schedules = {}

local function check_argument(i, name, expected, x)
  if type(x) ~= expected then
    errors.argument(i, name, expected, errors.got(x), 3)
  end
end

--- Returns a schedule that checks that its arguments are numbers and calls
-- rate(t, lr).
local function schedule_of(rate)
  return function(t, lr)
    check_argument(1, "schedule", "number", t)
    check_argument(2, "schedule", "number", lr)
    return rate(t, lr)
  end
end

local STEP = options.new("StepOptions", {
  {"size", kinds.COUNT, options.REQUIRED, "steps after which the rate changes"},
  {"factor", kinds.FROM_ZERO, 0.1, "by which the rate is multiplied"},
})

--- Returns the schedule lr * factor ^ floor(t / size): PyTorch's StepLR.
--
--     local rate = tinygrad.optim.step_schedule {size = 10, factor = 0.5}
--     print(("%g %g"):format(rate(0, 1), rate(25, 1))) --> 1 0.25
---@param opts tinygrad.StepOptions
---@return fun(t: integer, lr: number): number
function schedules.step_schedule(opts)
  local o = options.read(STEP, 1, "step_schedule", opts, 2)
  return schedule_of(function(t, lr)
    return lr * o.factor ^ math.floor(t / o.size)
  end)
end

local COSINE = options.new("CosineOptions", {
  {"steps", kinds.COUNT, options.REQUIRED, "steps after which the rate is the "
    .. "minimum"},
  {"minimum", kinds.FROM_ZERO, 0, "the last rate"},
})

--- Returns a schedule that goes from lr down to `minimum` in a number of steps,
-- along half a period of the cosine, and then stays there (Loshchilov and
-- Hutter, 2017). PyTorch's CosineAnnealingLR rises again after that.
--
--     local rate = tinygrad.optim.cosine_schedule {steps = 100}
--     print(("%.3f %.3f"):format(rate(50, 1), rate(100, 1))) --> 0.500 0.000
---@param opts tinygrad.CosineOptions
---@return fun(t: integer, lr: number): number
function schedules.cosine_schedule(opts)
  local o = options.read(COSINE, 1, "cosine_schedule", opts, 2)
  return schedule_of(function(t, lr)
    if t >= o.steps then return o.minimum end
    return o.minimum
      + (lr - o.minimum) * (1 + math.cos(math.pi * t / o.steps)) / 2
  end)
end

local WARMUP = options.new("WarmupOptions", {
  {"steps", kinds.COUNT, options.REQUIRED, "steps after which the rate is lr"},
  {"start", kinds.SHARE, 1 / 3, "the first rate, as a part of lr",
    shown = "1 / 3"},
})

--- Returns a schedule that rises from start * lr to lr in a number of steps,
-- along a line, and then stays there: PyTorch's LinearLR.
--
--     local rate = tinygrad.optim.warmup_schedule {steps = 10, start = 0}
--     print(("%.2f %.2f"):format(rate(5, 1), rate(20, 1))) --> 0.50 1.00
---@param opts tinygrad.WarmupOptions
---@return fun(t: integer, lr: number): number
function schedules.warmup_schedule(opts)
  local o = options.read(WARMUP, 1, "warmup_schedule", opts, 2)
  return schedule_of(function(t, lr)
    return lr * (o.start + (1 - o.start) * math.min(t, o.steps) / o.steps)
  end)
end

--- Returns a schedule that follows several, one after the other; each counts
-- its own steps: PyTorch's SequentialLR.
--
--     local optim = tinygrad.optim
--     local rate = optim.chain_schedules({
--       optim.warmup_schedule {steps = 10}, optim.cosine_schedule {steps = 90},
--     }, {10})
--     print(("%.2f %.2f"):format(rate(10, 1), rate(55, 1))) --> 1.00 0.50
---@param list function[] the schedules
---@param milestones integer[] the steps at which the second, third, ... begins
---@return fun(t: integer, lr: number): number
function schedules.chain_schedules(list, milestones)
  check_argument(1, "chain_schedules", "table", list)
  check_argument(2, "chain_schedules", "table", milestones)
  if #list == 0 and #milestones == 0 then
    error("chain_schedules: there is no schedule", 2)
  end
  if #list ~= #milestones + 1 then
    error(("chain_schedules: %d schedules need %d milestones, got %d"):format(
      #list, math.max(#list - 1, 0), #milestones), 2)
  end
  for i, schedule in ipairs(list) do
    if type(schedule) ~= "function" then
      error(("chain_schedules: schedule %d must be a function, it is %s")
        :format(i, errors.got(schedule)), 2)
    end
  end
  for i, milestone in ipairs(milestones) do
    if not kinds.COUNT.test(milestone)
        or milestone <= (milestones[i - 1] or 0) then
      error(("chain_schedules: milestone %d must be a whole number above the "
        .. "one before, it is %s"):format(i, errors.got(milestone)), 2)
    end
  end
  return schedule_of(function(t, lr)
    local i = #milestones
    while i > 0 and t < milestones[i] do i = i - 1 end
    local rate = list[i + 1](t - (milestones[i] or 0), lr)
    return rate
  end)
end

return schedules
