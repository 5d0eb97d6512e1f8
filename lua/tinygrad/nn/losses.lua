--- tinygrad.nn.losses: functions that measure how far an output is from its
-- target.
--
-- Outputs and targets are numbers or Values, or tables of them of one length;
-- for tables, a loss is the mean over their elements. They belong to one
-- example; training takes the mean over a batch.

local activations = require "tinygrad.nn.activations"
local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local tree = require "tinygrad.base.tree"
core.library()

local fail = core.fail -- at a line of the program

local function refuse(i, expected, got)
  fail(errors.argument_text(i, "cross_entropy", ("%s expected, got %s"):format(
    expected, got)))
end

local losses = {}

local function named(x) return x == nil and "nothing" or tree.described(x) end

--- Returns loss(output, target) for two numbers or Values, and its mean over
-- the elements of two tables.
local function each(name, loss, output, target)
  if tree.is_leaf(output) and tree.is_leaf(target) then
    return loss(output, target)
  end
  if type(output) ~= "table" or type(target) ~= "table" then
    fail(("%s: output and target must be numbers, or tables of one length; "
      .. "they are %s and %s%s"):format(name, named(output), named(target),
      type(target) == "table" and #target == 1
      and " (of one output the target is a number, 1 and not {1})" or ""))
  end
  if #output ~= #target or #output == 0 then
    fail(("%s: output and target must be of one length, from 1 on; they are of "
      .. "length %d and %d"):format(name, #output, #target))
  end
  local terms = {}
  for i = 1, #output do
    local o, t = output[i], target[i]
    if not tree.is_leaf(o) or not tree.is_leaf(t) then
      fail(("%s: output and target %d must be numbers or Values, they are "
        .. "%s and %s"):format(name, i, tree.typename(o), tree.typename(t)))
    end
    terms[i] = loss(o, t)
  end
  return #terms == 1 and terms[1] or core.mean(terms)
end

--- The squared error: (output - target) ^ 2.
--
--     local loss = tinygrad.nn.squared_error
--     print(("%g %g"):format(loss(3, 1), loss({1, 5}, {1, 2}))) --> 4 4.5
---@param output any number, Value or table of them
---@param target any as output
---@return any loss a number or Value
function losses.squared_error(output, target)
  local loss = each("squared_error", function(o, t)
    return core.square(o - t)
  end, output, target)
  return loss
end

--- The hinge loss: max(0, 1 - output * target), for targets of -1 and 1.
--
--     local loss = tinygrad.nn.hinge
--     print(("%g %g"):format(loss(0.25, 1), loss(-2, -1))) --> 0.75 0
---@param output any number, Value or table of them; its sign is the class
---@param target any as output
---@return any loss a number or Value
function losses.hinge(output, target)
  local loss = each("hinge", function(o, t)
    return core.relu(1 - o * t)
  end, output, target)
  return loss
end

--- Huber's loss: half the squared difference if the difference is at most
-- `delta`, and beyond that the tangent there (Huber, Robust estimation of a
-- location parameter, 1964).
--
--     local loss = tinygrad.nn.huber
--     print(("%g %g"):format(loss(0.5, 0), loss(10, 0))) --> 0.125 9.5
---@param output any number, Value or table of them
---@param target any as output
---@param delta? number the difference at which the tangent begins, above 0 (1)
---@return any loss a number or Value
function losses.huber(output, target, delta)
  if delta == nil then delta = 1 end
  if type(delta) ~= "number" or not (delta > 0) then
    errors.argument(3, "huber", "number above 0", errors.got(delta), 2)
  end
  local loss = each("huber", function(o, t)
    local e = o - t
    local near = core.clamp(e, -delta, delta)
    return near * (e - near / 2)
  end, output, target)
  return loss
end

--- The cross-entropy of two classes: -log(sigmoid(output)) for a target of 1,
-- -log(1 - sigmoid(output)) for a target of 0, and both in proportion for
-- targets between. It is accurate for outputs of any size, also infinite ones.
--
--     local loss = tinygrad.nn.binary_cross_entropy
--     print(("%.4f %.4f"):format(loss(0, 1), loss(-1000, 1)))
--     --> 0.6931 1000.0000
---@param output any a logit, the log of the odds: number, Value or table
---@param target any from 0 to 1: number, Value or table, as output
---@return any loss a number or Value
function losses.binary_cross_entropy(output, target)
  local loss = each("binary_cross_entropy", function(o, t)
    return core.zmul(t, core.softplus(-o))
      + core.zmul(1 - t, core.softplus(o))
  end, output, target)
  return loss
end

--- Returns list[class], for a class that may be a Value; NaN if there is no
-- such class.
local function pick(list, class)
  local picked = core.nan
  for k = #list, 1, -1 do
    picked = core.where(core.eq(class, k), list[k], picked)
  end
  return picked
end

--- Returns the log of the sum of the exponentials of the shifted logits, and
-- these logits: a loss that is a difference of the two loses no digits.
local function total_of(outputs)
  local _, sum, logits = activations.exponentials(outputs)
  return core.log(sum), logits
end

--- The cross-entropy of several classes: -log of the probability of the right
-- class. Outputs are logits, from which softmax makes probabilities; they may
-- be of any size, and infinite.
--
--     local loss = tinygrad.nn.cross_entropy
--     print(("%.4f %.4f"):format(loss({0, 0}, 2), loss({2, 0, 1}, {1, 0, 0})))
--     --> 0.6931 0.4076
---@param outputs table one logit for each class, numbers or Values
---@param target any the right class, from 1 on; or a table with a probability
-- for each class
---@return any loss a number or Value; NaN if the target is a Value that is not
-- the number of a class
---@raise outputs are no table of numbers or Values, or the target fits none
function losses.cross_entropy(outputs, target)
  if type(outputs) ~= "table" or #outputs == 0 then
    refuse(1, "table of numbers", type(outputs) == "table" and "an empty one"
      or tree.typename(outputs))
  end
  if type(target) == "number" then
    if outputs[target] == nil then
      refuse(2, ("class from 1 to %d"):format(#outputs), errors.got(target))
    end
    local total, logits = total_of(outputs)
    return total - logits[target]
  elseif core.is_value(target) then
    local total, logits = total_of(outputs)
    return total - pick(logits, target)
  elseif type(target) ~= "table" or #target ~= #outputs then
    refuse(2, ("class, or table of %d probabilities"):format(#outputs),
      type(target) == "table" and ("one of %d"):format(#target)
      or tree.typename(target))
  end
  local total, logits = total_of(outputs)
  local terms = {}
  for k = 1, #outputs do
    terms[k] = core.zmul(target[k], total - logits[k])
  end
  return core.sum(terms)
end

return losses
