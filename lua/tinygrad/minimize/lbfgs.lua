--- tinygrad.minimize.lbfgs: the limited-memory BFGS method, with bounds by
-- projection.
--
-- The direction is made from the last few steps and changes of the gradient by
-- the two-loop recursion (csrc/binding/tensors/lbfgs.c; Nocedal and Wright,
-- Numerical Optimization, chapter 7). With bounds the method is two-metric
-- projection (D. P. Bertsekas, SIAM J. Control Optim. 20 (1982)): variables at
-- a bound that the gradient pushes against are held, the recursion runs over
-- the free variables, and the line search goes along the projection of the ray
-- onto the bounds.

local core = require "tinygrad.core"
local search = require "tinygrad.minimize.linesearch"
local Tensor = require "tinygrad.tensor"
core.library()

local abs, max, min, sqrt = math.abs, math.max, math.min, math.sqrt

local FACTS = 5 -- numbers of a pair beside its step and change of the gradient
local LEAST = 2 ^ -26 -- times the size of x, or 1: the least first step
local VISIBLE = 1e-13 -- of the value: the least promise of the first step
local MARGIN = 1e-8 -- times the size of x, or 1: a bound so near is reached

--- Returns the largest absolute value in a Tensor.
local function largest(t) return core.tensor_statistic(t, "size") end
local function length_of(t) return sqrt(t:dot(t)) end

--- Moves x into the bounds, if there are any.
local function project(x, bounds)
  if bounds then x:clamp(bounds.lower, bounds.upper) end
  return x
end

--- Makes a point: x, and `out`, a Tensor for value and gradient, of which
-- `gradient` is a view.
local function new_point(n)
  local out = Tensor.zeros(n + 1)
  return {x = Tensor.zeros(n), out = out, gradient = out:rows(2, n + 1)}
end

--- Returns the largest element of the projected gradient: how far a step
-- against the gradient leads within the bounds. It is 0 at a solution.
local function gradient_norm(point, bounds, room)
  if not bounds then return largest(point.gradient) end
  room:assign(point.x):axpy(-1, point.gradient)
  project(room, bounds):axpy(-1, point.x)
  return largest(room)
end

--- Returns the length of the first step: the gradient's, but no more than the
-- size of x, and not much less. p: the gradient in units of its largest
-- element.
local function first_length(gradient, p, size)
  local most = max(1, size)
  return max(min(largest(gradient) * length_of(p), most), LEAST * most)
end

--- Adds the step between two points and the change of the gradient to a memory
-- of the last few, newest last. Returns the length of the step.
local function remember(memory, old, new, size)
  local pair = memory.spare or Tensor.zeros(2 * #old.x + FACTS)
  local length, is_of_use = core.lbfgs_pair(pair, new.x, new.gradient, old.x,
    old.gradient)
  memory.spare = pair
  if is_of_use then
    memory.spare = #memory == size and table.remove(memory, 1) or nil
    memory[#memory + 1] = pair
  end
  return length
end

--- Minimises an objective.
---@param objective tinygrad.Objective
---@param x number[] the start, within the bounds
---@param bounds table|nil lower and upper, lists
---@param watch table see init.lua
---@param opts table memory: how many steps to remember
---@return table outcome status, message, x, value, gradient, gradient_norm
local function lbfgs(objective, x, bounds, watch, opts)
  local n = #x
  local here, there = new_point(n), new_point(n)
  local p, room = Tensor.zeros(n), Tensor.zeros(n)
  local free, ahead
  if bounds then
    bounds = {lower = Tensor(bounds.lower), upper = Tensor(bounds.upper)}
    free, ahead = Tensor.zeros(n), Tensor.zeros(n)
  end
  core.tensor_set(here.x, x)
  local value = objective:evaluate(here.x, here.out)
  local norm = gradient_norm(here, bounds, room)
  local memory, length = {}, nil

  --- Returns weights, set to 1 for the variables that a step along -q from
  -- `at` moves and to 0 for the others; nil if it moves all.
  local function movable(weights, at, q, margin)
    return bounds and core.tensor_free(weights, at, q, bounds.lower,
      bounds.upper, margin) and weights or nil
  end

  local function phi(at)
    project(there.x:assign(here.x):axpy(-at, p), bounds)
    local y = objective:evaluate(there.x, there.out)
    return y, -there.gradient:dot(p, movable(ahead, there.x, p, 0))
  end

  local function outcome(status, message)
    return {status = status, message = message, x = here.x, value = value,
      gradient = here.gradient, gradient_norm = norm}
  end

  local status, message = watch:start(here.x, value, norm)
  while not status do
    local size = length_of(here.x)
    local margin = min(norm, MARGIN * max(1, size))
    local held = movable(free, here.x, here.gradient, margin)
    local informed = core.lbfgs_direction(memory, p, here.gradient, held)
    local slope = -here.gradient:dot(p, movable(ahead, here.x, p, 0))
    if informed and not (slope < 0) then
      memory = {}
      informed = core.lbfgs_direction(memory, p, here.gradient, held)
      slope = -here.gradient:dot(p, movable(ahead, here.x, p, 0))
    end
    local first = informed and 1
      or (length or first_length(here.gradient, p, size)) / length_of(p)
    if watch.iterations == 0 then
      first = max(first, VISIBLE * abs(value) / -slope)
    end
    local found = {at = 0}
    if slope < 0 and slope * first < 0 then
      found = search(phi, value, slope, first, watch.floor,
        watch:evaluations_left())
    end
    if found.at > 0 and not found.last then phi(found.at) end
    if found.at == 0 then
      if watch:evaluations_left() <= 0 then
        return outcome(watch:out_of_evaluations())
      end
      if #memory == 0 then
        return outcome(watch:stuck(value, -slope, found.finite))
      end
      memory, length = {}, nil
    else
      length = remember(memory, here, there, opts.memory)
      here, there = there, here
      local old = value
      value = here.out[1]
      norm = gradient_norm(here, bounds, room)
      status, message = watch:step(here.x, value, there.x, old, norm, length,
        size, found.at < first / 2)
    end
  end
  return outcome(status, message)
end

return lbfgs
