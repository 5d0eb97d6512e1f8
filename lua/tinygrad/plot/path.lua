--- tinygrad.plot.path: turns layers into lines and rectangles in parts of the
-- axes (0 is the low end, 1 the high one), and finds room for labels among
-- them. For the other files of tinygrad.plot only.

local path = {}

--- Returns the parts of a line that lie between points that cannot be shown.
---@param xs number[]
---@param ys number[]
---@param x tinygrad.plot.Scale
---@param y tinygrad.plot.Scale
---@return table[] lines arrays of {x=, y=}
function path.lines(xs, ys, x, y)
  local lines, line = {}, nil
  for i, value in ipairs(xs) do
    local a, b = x:at(value), y:at(ys[i])
    if not (a and b) then
      line = nil
    else
      if not line then
        line = {}
        lines[#lines + 1] = line
      end
      line[#line + 1] = {x = a, y = b}
    end
  end
  return lines
end

--- Returns the parts of a band that lie between points that cannot be shown.
---@return table[] parts arrays of {x=, low=, high=}
function path.bands(layer, x, y)
  local parts, part = {}, nil
  for i, value in ipairs(layer.x) do
    local a, low, high = x:at(value), y:at(layer.low[i]), y:at(layer.high[i])
    if not (a and low and high) then
      part = nil
    else
      if not part then
        part = {}
        parts[#parts + 1] = part
      end
      part[#part + 1] = {x = a, low = low, high = high}
    end
  end
  return parts
end

--- Returns the bars of a histogram that are not empty.
---@return table[] bars array of {left=, right=, bottom=, top=}
function path.bars(layer, x, y)
  local bars = {}
  for i, count in ipairs(layer.counts) do
    local left, right = x:at(layer.edges[i]), x:at(layer.edges[i + 1])
    if count > 0 and left and right then
      bars[#bars + 1] = {left = left, right = right, bottom = y:at(0) or 0,
        top = y:at(count)}
    end
  end
  return bars
end

--- Returns the part of the line from (ax, ay) to (bx, by) whose coordinates are
-- in [0, 1] (Liang and Barsky, A new concept and method for line clipping,
-- 1984).
---@return number|nil ax nil if there is none
---@return number ay
---@return number bx
---@return number by
function path.clip(ax, ay, bx, by)
  local dx, dy = bx - ax, by - ay
  local first, last = 0, 1
  local function cut(d, room) -- d * t <= room
    if d == 0 then return room >= 0 end
    local t = room / d
    if d < 0 then first = math.max(first, t) else last = math.min(last, t) end
    return first <= last
  end
  if cut(-dx, ax) and cut(dx, 1 - ax) and cut(-dy, ay) and cut(dy, 1 - ay) then
    return ax + first * dx, ay + first * dy, ax + last * dx, ay + last * dy
  end
  return nil
end

-- Ink -----------------------------------------------------------------------

local CELLS = 100 -- cells along each axis, which have ink or not

local function cell(t) return math.max(0, math.min(CELLS - 1,
  math.floor(t * CELLS))) end

local function fill(ink, left, right, bottom, top)
  if right < 0 or left > 1 or top < 0 or bottom > 1 then return end
  for j = cell(bottom), cell(top) do
    for i = cell(left), cell(right) do ink[j * CELLS + i] = true end
  end
end

local function stroke(ink, line)
  for i, p in ipairs(line) do
    local q = line[i + 1] or p
    local ax, ay, bx, by = path.clip(p.x, p.y, q.x, q.y)
    if ax then
      local n = math.ceil(math.max(math.abs(bx - ax), math.abs(by - ay))
        * CELLS)
      for k = 0, n do
        local t = n > 0 and k / n or 0
        ink[cell(ay + t * (by - ay)) * CELLS + cell(ax + t * (bx - ax))] = true
      end
    end
  end
end

-- Functions that mark the cells that a layer covers, by its kind. Regions have
-- no ink.
local add_ink = {regions = function() end}

function add_ink.line(ink, layer, pic)
  for _, line in ipairs(path.lines(layer.x, layer.y, pic.x, pic.y)) do
    stroke(ink, line)
  end
end

function add_ink.scatter(ink, layer, pic)
  for i, value in ipairs(layer.x) do
    local a, b = pic.x:at(value), pic.y:at(layer.y[i])
    if a and b then fill(ink, a, a, b, b) end
  end
end

function add_ink.band(ink, layer, pic)
  for _, part in ipairs(path.bands(layer, pic.x, pic.y)) do
    for i, p in ipairs(part) do
      local q = part[i + 1] or p
      fill(ink, math.min(p.x, q.x), math.max(p.x, q.x),
        math.min(p.low, q.low), math.max(p.high, q.high))
    end
  end
end

function add_ink.histogram(ink, layer, pic)
  for _, bar in ipairs(path.bars(layer, pic.x, pic.y)) do
    fill(ink, bar.left, bar.right, bar.bottom, bar.top)
  end
end

function add_ink.contour(ink, layer)
  for _, lines in ipairs(layer.lines) do
    for _, line in ipairs(lines) do stroke(ink, line) end
  end
end

--- Returns the cells of a picture that a legend should not hide: those with
-- ink.
---@return table ink
function path.ink(pic)
  local ink = {}
  for _, layer in ipairs(pic.layers) do add_ink[layer.kind](ink, layer, pic) end
  return ink
end

-- Whether a point of a line or band, or a mark, is inside the axes. (Most
-- layers have one soon.)
local function has_point_inside(layer, pic)
  local low, high = layer.low or layer.y, layer.high or layer.y
  for i, value in ipairs(layer.x) do
    local a, b, c = pic.x:at(value), pic.y:at(low[i]), pic.y:at(high[i])
    if a and b and c and a >= 0 and a <= 1 and math.min(b, c) <= 1
        and math.max(b, c) >= 0 then
      return true
    end
  end
  return false
end

--- Whether anything of a layer is inside the axes.
---@return boolean
function path.is_seen(layer, pic)
  if layer.kind == "regions" then
    local function overlaps(own, axis)
      return axis:at(own.low) < 1 and axis:at(own.high) > 0
    end
    return overlaps(layer.x, pic.x) and overlaps(layer.y, pic.y)
  elseif (layer.low or layer.kind == "line" or layer.kind == "scatter")
      and has_point_inside(layer, pic) then
    return true
  end
  local ink = {}
  add_ink[layer.kind](ink, layer, pic)
  return next(ink) ~= nil
end

-- Returns the number of cells with ink in a rectangle.
local function count_ink(ink, left, bottom, width, height)
  local n = 0
  for j = cell(bottom), cell(bottom + height) do
    for i = cell(left), cell(left + width) do
      if ink[j * CELLS + i] then n = n + 1 end
    end
  end
  return n
end

-- The places for a legend, best first, as {x, y}: right is 1, left 0; top is 1,
-- bottom 0.
local PLACES = {{1, 1}, {0, 1}, {1, 0}, {0, 0}, {0.5, 1}, {0.5, 0}, {1, 0.5},
  {0, 0.5}}

--- Returns the place where a box of that size hides the least.
---@param ink table
---@param width number the width of the box with its margin, in parts of the
-- axis
---@param height number
---@return number left
---@return number bottom
---@return integer hidden how many cells it hides
function path.place(ink, width, height)
  local left, bottom, least
  for _, place in ipairs(PLACES) do
    local x, y = place[1] * (1 - width), place[2] * (1 - height)
    local hidden = count_ink(ink, x, y, width, height)
    if not least or hidden < least then left, bottom, least = x, y, hidden end
  end
  return left, bottom, least
end

--- Finds a place for a label along the longest of some lines, where it overlaps
-- no other label.
---@param lines table[]
---@param width number the width of the label, in parts of the axis
---@param height number
---@param taken table[] the places of other labels; the new one is added
---@return table|nil point {x=, y=}: the middle of the label; nil if there is no
-- room
function path.label_place(lines, width, height, taken)
  local longest, most = nil, 0
  for _, line in ipairs(lines) do
    local length = 0
    for i = 2, #line do
      length = length + math.abs(line[i].x - line[i - 1].x)
        + math.abs(line[i].y - line[i - 1].y)
    end
    if length > most then longest, most = line, length end
  end
  if not longest or most < width + height then return nil end
  for _, part in ipairs {0.5, 0.25, 0.75, 0.125, 0.375, 0.625, 0.875} do
    local p = longest[1 + math.floor(part * (#longest - 1) + 0.5)]
    local free = p.x > width / 2 and p.x < 1 - width / 2 and p.y > height / 2
      and p.y < 1 - height / 2
    for _, other in ipairs(taken) do
      free = free and (math.abs(p.x - other.x) >= (width + other.width) / 2
        or math.abs(p.y - other.y) >= height)
    end
    if free then
      taken[#taken + 1] = {x = p.x, y = p.y, width = width}
      return p
    end
  end
  return nil
end

return path
