--- tinygrad.minimize.units: a function to be minimised, in units of the sizes
-- of its variables.
--
-- A method sees variables of about 1, however large they are: x is u times the
-- units. The units are powers of two, so that the products round nothing.

local core = require "tinygrad.core"
local Tensor = require "tinygrad.tensor"
core.library()

local abs, log, floor, max, min = math.abs, math.log, math.floor, math.max,
  math.min

---@class tinygrad.Units has the methods of tinygrad.Objective
local Units = {}

--- Fields that a Units lacks are those of its objective, such as the number of
-- evaluations.
function Units.__index(self, key)
  local method = Units[key]
  if method ~= nil then return method end
  return self.objective[key]
end

--- Returns the power of two at or below |x|, as far as there is one; else 1.
local function power_of_two(x)
  local y = 2.0 ^ floor(log(abs(x)) / log(2))
  return y > 0 and y < math.huge and y or 1.0
end

--- Returns the products of the elements of two lists.
local function product(x, y)
  local z = {}
  for i = 1, #x do z[i] = x[i] * y[i] end
  return z
end

--- Returns the quotients of the elements of two lists.
local function quotient(x, y)
  local z = {}
  for i = 1, #x do z[i] = x[i] / y[i] end
  return z
end

--- Returns x in the variables' own units, for u in these.
---@param u any list or Tensor
---@return any a list or Tensor, as u is
function Units:original(u)
  if not core.is_tensor(u) then return product(u, self.sizes) end
  return self.x:fill(0):axpy(1, u, self.tensor)
end

--- Computes value and gradient in these units; see tinygrad.Objective.
function Units:evaluate(u, out)
  local value = self.objective:evaluate(self:original(u), out)
  if core.is_tensor(out) then
    local gradient = out:rows(2, #out)
    self.room:fill(0):axpy(1, gradient, self.tensor)
    gradient:assign(self.room)
  else
    for i, size in ipairs(self.sizes) do out[i + 1] = out[i + 1] * size end
  end
  return value
end

--- Returns the Hessian in these units; see tinygrad.Objective.
function Units:hessian(u)
  local rows = self.objective:hessian(self:original(u))
  for i, row in ipairs(rows) do
    for k, size in ipairs(self.sizes) do
      row[k] = row[k] * size * self.sizes[i]
    end
  end
  return rows
end

--- Tells whether the Program agrees with the function at u.
function Units:agrees(u, value)
  return self.objective:agrees(self:original(u), value)
end

--- Drops the objective's Program.
function Units:distrust(reason) self.objective:distrust(reason) end

--- Returns a list of numbers, such as bounds, in these units.
function Units:scaled(x) return quotient(x, self.sizes) end

local units = {}

--- Returns the units of variables: powers of two of about their sizes, 1 for a
-- variable that is 0.
---@param x number[]
---@return number[]
function units.sizes(x)
  local sizes = {}
  for i = 1, #x do sizes[i] = x[i] == 0 and 1.0 or power_of_two(x[i]) end
  return sizes
end

--- Returns the greatest part of `whole` by which the value would change, by its
-- gradient, if one variable changed by its own size as far as the bounds let
-- it.
---@param x number[]
---@param gradient number[]
---@param whole number
---@param bounds table|nil
---@return number
function units.slope(x, gradient, whole, bounds)
  local greatest = 0
  for i, size in ipairs(units.sizes(x)) do
    local part = gradient[i] * size / whole
    if bounds then
      local to = max(bounds.lower[i], min(bounds.upper[i], x[i] - part * size))
      part = (x[i] - to) / size
    end
    if abs(part) > greatest then greatest = abs(part) end
  end
  return greatest
end

--- Makes a Units: the objective in units of the sizes of its variables at x.
---@param objective tinygrad.Objective
---@param x number[]
---@return tinygrad.Units
function units.new(objective, x)
  local sizes = units.sizes(x)
  return setmetatable({objective = objective, sizes = sizes,
    tensor = Tensor(sizes), x = Tensor.zeros(#x), room = Tensor.zeros(#x)},
    Units)
end

return units
