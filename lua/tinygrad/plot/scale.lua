--- tinygrad.plot.scale: the range of an axis, its round ticks, and their
-- labels. For the other files of tinygrad.plot only.

local write = require "tinygrad.support.write"

local scale = {}

local NARROW = 2 ^ 24 + 1 == 2 ^ 24 -- whether Lua's numbers are floats
local EXPONENT = NARROW and 30 or 300
local HUGE = NARROW and 1e30 or 1e300 -- so that a range is a finite number
local ULPS = 64 * 2 ^ (NARROW and -23 or -52) -- least range, relative to ends

---@class tinygrad.plot.Scale
---@field low number the low end
---@field high number the high end
---@field log boolean whether the axis is logarithmic
local methods = {}
methods.__index = methods

--- Whether an axis can show x.
---@param x number
---@param log boolean
---@return boolean
function scale.shows(x, log)
  return math.abs(x) <= HUGE and (x >= 1 / HUGE or not log) -- false for NaN
end

-- Returns x on the axis on which ticks are evenly spaced: x, or its logarithm.
local function even(x, log) return log and math.log(x) / math.log(10) or x end

--- Makes an axis from `low` to `high`, low <= high, which are two numbers that
-- it can show. If they are equal but for rounding, the axis is made longer.
---@param low number
---@param high number
---@param log boolean
---@param padding? number what to add at each end, relative to the length
---@param pinned? table `low` and `high`: whether to leave this end as it is
---@return tinygrad.plot.Scale
function scale.new(low, high, log, padding, pinned)
  padding, pinned = padding or 0, pinned or {}
  local from, to = even(low, log), even(high, log)
  local least = ULPS * math.max(math.abs(from), math.abs(to))
  if from == to then
    local more = log and 0.5 or from == 0 and 1 or math.abs(from) / 10
    from, to = from - more, to + more
  elseif to - from < least then
    local middle = from + (to - from) / 2
    from, to = middle - least / 2, middle + least / 2
  else
    local more = (to - from) * padding
    if not pinned.low then from = from - more end
    if not pinned.high then to = to + more end
  end
  if log then
    low = from == even(low, true) and low or 10 ^ math.max(from, -EXPONENT)
    high = to == even(high, true) and high or 10 ^ math.min(to, EXPONENT)
  else
    low, high = from, to
  end
  return setmetatable({low = low, high = high, log = log,
    from = even(low, log), to = even(high, log)}, methods)
end

local FAR = 1e4 -- lengths of the axis, to which coordinates are clamped

--- Returns where x is on the axis: 0 at the low end, 1 at the high one; nil if
-- the axis cannot show it.
---@param x number
---@return number|nil
function methods:at(x)
  if not (math.abs(x) <= 2 * HUGE and (x > 0 or not self.log)) then
    return nil -- twice HUGE is allowed: the axis is longer than the data
  end
  local t = (even(x, self.log) - self.from) / (self.to - self.from)
  return math.max(-FAR, math.min(FAR, t))
end

--- Returns the number at t; the inverse of `at`.
---@param t number
---@return number
function methods:invert(t)
  if t == 0 then return self.low elseif t == 1 then return self.high end
  local x = self.from + t * (self.to - self.from)
  return self.log and 10 ^ x or x
end

-- Ticks ---------------------------------------------------------------------

-- Returns the exponent of x > 0: 10^e <= x < 10^(e + 1), but for rounding.
local function exponent(x)
  return tonumber((("%.14e"):format(x):match("e(.*)$")))
end

-- Returns the first and the last k for which k * m * 10^e is in [low, high].
local function multiples(low, high, m, e)
  local unit = write.decimal(m, e)
  local first, last = math.ceil(low / unit) - 1, math.floor(high / unit) + 1
  while write.decimal(first * m, e) < low do first = first + 1 end
  while write.decimal(last * m, e) > high do last = last - 1 end
  return first, last
end

-- Returns the n of the numbers n * 10^e in [low, high] that are m * 10^e apart.
local function steps(low, high, m, e)
  local first, last = multiples(low, high, m, e)
  local list = {}
  for k = first, last do list[#list + 1] = k * m end
  return list
end

-- Returns the finest step m * 10^e, with m 1, 2 or 5, that gives at most `most`
-- ticks.
local function linear_step(low, high, most)
  local e = exponent((high - low) / most) - 1
  while true do
    for _, m in ipairs {1, 2, 5} do
      if (high - low) / write.decimal(m, e) < most + 2 then
        local first, last = multiples(low, high, m, e)
        if last - first + 1 <= most then return m, e end
      end
    end
    e = e + 1
  end
end

-- Returns what the numbers n * 10^e have in common, so that their labels stay
-- short: a number to add, in the units of n, and a power of ten.
local function common(ns, e)
  local first, last = ns[1] or 0, ns[#ns] or 0
  local base = 0
  local span = #write.digits(last - first, 0)
  local near = first >= 0 and first or last <= 0 and -last or 0
  if #write.digits(near, 0) > math.max(5, span + 1) then
    local round = write.decimal(1, span)
    base = math.floor((first + last) / 2 / round + 0.5) * round
  end
  local largest = math.max(math.abs(first - base), math.abs(last - base))
  local power = largest == 0 and 0 or exponent(write.decimal(largest, e))
  power = (power >= 5 or power <= -4) and 3 * math.floor(power / 3) or 0
  return base, power
end

local function linear_ticks(low, high, most)
  local m, e = linear_step(low, high, most)
  local ns = steps(low, high, m, e)
  local base, power = common(ns, e)
  local ticks, minor = {}, {}
  for i, n in ipairs(ns) do
    ticks[i] = {value = write.decimal(n, e),
      text = write.digits((n - base) * (e > power and 10 ^ (e - power) or 1),
        math.min(e - power, 0))}
  end
  local part = m == 1 and 2 or m == 2 and 5 or 1
  local part_e = m == 5 and e or e - 1
  local _, last = multiples(low, high, part, part_e)
  if math.abs(last) < 2 ^ 49 then
    for _, n in ipairs(steps(low, high, part, part_e)) do
      minor[#minor + 1] = write.decimal(n, part_e)
    end
  end
  local note = power ~= 0 and "×" .. write.power(power) or ""
  if base ~= 0 then
    note = note .. (note == "" and "" or " ") .. (base < 0 and "-" or "+")
      .. " " .. write.short(math.abs(base), e)
  end
  return ticks, minor, note
end

-- Returns the numbers m * 10^e in [low, high], with m from a list and e a
-- multiple of `stride`.
local function log_steps(low, high, ms, stride)
  local list = {}
  local e = math.floor(exponent(low) / stride) * stride
  while e <= exponent(high) do
    for _, m in ipairs(ms) do
      local value = write.decimal(m, e)
      if value >= low and value <= high then
        list[#list + 1] = {value = value, m = m, e = e}
      end
    end
    e = e + stride
  end
  return list
end

local STRIDES = {1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300}

local function log_ticks(low, high, most)
  local enough = math.min(4, math.ceil(most / 2))
  local list, stride
  for _, each in ipairs(STRIDES) do
    list, stride = log_steps(low, high, {1}, each), each
    if #list <= most then break end
  end
  for _, ms in ipairs {{1, 2, 5}, {1, 3}, {1, 2, 3, 5, 7}} do
    if stride > 1 or #list >= enough then break end
    local more = log_steps(low, high, ms, 1)
    if #more <= most then list = more end
  end
  if #list < math.min(enough, 2) or stride == 1 and #list < enough then
    return linear_ticks(low, high, most)
  end
  local in_full = true
  for _, tick in ipairs(list) do
    in_full = in_full and tick.e >= -3 and tick.e <= 4
  end
  for _, tick in ipairs(list) do
    tick.text = in_full and write.short(tick.m, tick.e)
      or (tick.m == 1 and "" or write.digits(tick.m, 0) .. "×")
        .. write.power(tick.e)
  end
  local minor = {}
  local ms = stride == 1 and {1, 2, 3, 4, 5, 6, 7, 8, 9}
    or stride <= 10 and {1} or {}
  for i, tick in ipairs(log_steps(low, high, ms, 1)) do
    minor[i] = tick.value
  end
  return list, minor, ""
end

--- Returns round ticks in [low, high]: 4 to 10 of them if `most` is 10.
---@param most integer at least 1
---@return table ticks array of {value=, text=}
---@return number[] minor finer ticks, including those of `ticks`
---@return string note the factor of all labels and the number to add to them;
-- may be ""
function methods:ticks(most)
  if self.log then return log_ticks(self.low, self.high, most) end
  return linear_ticks(self.low, self.high, most)
end

--- Returns numbers a round step apart, at most `most` steps, of which the first
-- and the last enclose `low` and `high`.
---@param low number
---@param high number above `low`
---@param most integer at least 2
---@return number[]
function scale.enclose(low, high, most)
  local m, e = linear_step(low, high, most - 1)
  local unit = write.decimal(m, e)
  local list = {}
  for k = math.floor(low / unit), math.ceil(high / unit) do
    list[#list + 1] = write.decimal(k * m, e)
  end
  return list
end

--- Returns as many ticks as have room along an axis.
---@param size number the length of the axis
---@param room fun(text: string): number the room that a label takes, with its
-- gap
---@return table ticks
---@return number[] minor
---@return string note
function methods:fitting_ticks(size, room)
  local most = 10
  while true do
    local ticks, minor, note = self:ticks(most)
    local fits = true
    for i = 2, #ticks do
      local gap = (self:at(ticks[i].value) - self:at(ticks[i - 1].value)) * size
      fits = fits and gap >= (room(ticks[i].text) + room(ticks[i - 1].text)) / 2
    end
    if fits or most == 1 then return ticks, minor, note end
    most = most - 1
  end
end

return scale
