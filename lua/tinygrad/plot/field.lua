--- tinygrad.plot.field: finds the areas of a grid where its numbers are at
-- least some level, by marching squares. For the other files of tinygrad.plot
-- only.

local field = {}

-- A vertex is a corner of the grid, or the point where the level crosses the
-- edge to the right of a corner or the edge above it. Its key is 3 times the
-- number of that corner, plus CORNER, RIGHT or ABOVE.
local CORNER, RIGHT, ABOVE = 0, 1, 2

-- Adds the directed edge a -> b, or removes the edge b -> a if it is there: an
-- edge that two cells share is not a border.
local function add_edge(out, order, a, b)
  local back = out[b]
  for i = 1, back and #back or 0 do
    if back[i] == a then
      table.remove(back, i)
      return
    end
  end
  if not out[a] then
    out[a] = {}
    order[#order + 1] = a
  end
  table.insert(out[a], b)
end

local function add_polygon(out, order, keys)
  for i = 1, #keys do
    add_edge(out, order, keys[i], keys[i % #keys + 1])
  end
end

-- Adds the part of one cell that is at or above the level. `v` has the values
-- at its corners, counterclockwise, `corner` the keys of the corners, and
-- `cross` those of the edges after them.
local function add_cell(out, order, level, v, corner, cross)
  local keys, above = {}, 0
  for k = 1, 4 do
    local inside, next_inside = v[k] >= level, v[k % 4 + 1] >= level
    if inside then
      keys[#keys + 1] = corner[k]
      above = above + 1
    end
    if inside ~= next_inside then keys[#keys + 1] = cross[k] end
  end
  local saddle = above == 2 and #keys == 6
  if saddle and (v[1] + v[2] + v[3] + v[4]) / 4 < level then
    local first = v[1] >= level and 1 or 2
    for k = first, first + 2, 2 do
      add_polygon(out, order,
        {cross[(k + 2) % 4 + 1], corner[k], cross[k]})
    end
  else
    add_polygon(out, order, keys)
  end
end

-- Removes vertices that lie on a straight line between neighbours of their own
-- kind. A corner beside a crossing stays, because it separates the border from
-- the contour.
local function without_straight(points)
  local list = {}
  for i, p in ipairs(points) do
    local a = list[#list] or points[#points]
    local b = points[i % #points + 1]
    local area = (p.x - a.x) * (b.y - p.y) - (p.y - a.y) * (b.x - p.x)
    if math.abs(area) > 1e-9 or a.corner ~= p.corner
        or b.corner ~= p.corner then
      list[#list + 1] = p
    end
  end
  return list
end

--- Returns the outlines of the area at or above a level. An area is to the left
-- of its outline, so the outline of a hole runs the other way. Cells with a NaN
-- are left out.
---@param values number[][] rows from bottom to top, at least 2 by 2
---@param level number -infinity gives the outline of all cells
---@param halves boolean whether the level crosses edges in the middle, as
-- between classes
---@return table[] outlines arrays of {x=, y=, corner=}, in columns and rows; a
-- line between two points neither of which is a `corner` of the grid belongs to
-- the contour of the level
function field.outlines(values, level, halves)
  local rows, columns = #values, #values[1]
  local out, order = {}, {}
  for j = 1, rows - 1 do
    local low, high = values[j], values[j + 1]
    for i = 1, columns - 1 do
      local v = {low[i], low[i + 1], high[i + 1], high[i]}
      local sum = v[1] + v[2] + v[3] + v[4]
      if sum == sum or v[1] == v[1] and v[2] == v[2] and v[3] == v[3]
          and v[4] == v[4] then
        local at = 3 * (j * columns + i)
        local up = at + 3 * columns
        add_cell(out, order, level, v,
          {at + CORNER, at + 3 + CORNER, up + 3 + CORNER, up + CORNER},
          {at + RIGHT, at + 3 + ABOVE, up + RIGHT, at + ABOVE})
      end
    end
  end

  local function point(key)
    local kind, number = key % 3, math.floor(key / 3)
    local i = (number - 1) % columns + 1
    local j = (number - i) / columns
    if kind == CORNER then return {x = i, y = j, corner = true} end
    local a = values[j][i]
    local b = kind == RIGHT and values[j][i + 1] or values[j + 1][i]
    local t = (level - a) / (b - a)
    if halves or not (t >= 0 and t <= 1) then t = 0.5 end -- t may be NaN
    if kind == RIGHT then return {x = i + t, y = j, corner = false} end
    return {x = i, y = j + t, corner = false}
  end

  local outlines = {}
  for _, start in ipairs(order) do
    while #out[start] > 0 do
      local points, here = {}, start
      repeat
        points[#points + 1] = point(here)
        here = table.remove(out[here])
      until here == start
      points = without_straight(points)
      if #points > 2 then outlines[#outlines + 1] = points end
    end
  end
  return outlines
end

--- Returns the contours in outlines: the parts that are not the border of the
-- grid.
---@param outlines table[]
---@return table[] lines arrays of {x=, y=}; a closed line ends with its first
-- point
function field.contours(outlines)
  local lines = {}
  for _, outline in ipairs(outlines) do
    local n = #outline
    local first = n -- so that no line runs past the end of the list
    for i, p in ipairs(outline) do
      if p.corner then
        first = i
        break
      end
    end
    local line = {}
    for k = 0, n do
      local p = outline[(first + k - 1) % n + 1]
      if not p.corner then line[#line + 1] = p end
      if p.corner or k == n then
        if #line > 1 then lines[#lines + 1] = line end
        line = {}
      end
    end
  end
  return lines
end

--- Returns the value at a point of a grid, interpolated between its four
-- neighbours, or with `halves` that of the nearest.
---@param values number[][]
---@param x number in columns, from 1
---@param y number in rows, from 1
---@param halves boolean
---@return number|nil value nil outside the grid
function field.value_at(values, x, y, halves)
  local rows, columns = #values, #values[1]
  if not (x >= 1 and x <= columns and y >= 1 and y <= rows) then return nil end
  local i = math.min(math.floor(x), columns - 1)
  local j = math.min(math.floor(y), rows - 1)
  local a, b = x - i, y - j
  if halves then
    return values[b < 0.5 and j or j + 1][a < 0.5 and i or i + 1]
  end
  local low = values[j][i] * (1 - a) + values[j][i + 1] * a
  local high = values[j + 1][i] * (1 - a) + values[j + 1][i + 1] * a
  return low * (1 - b) + high * b
end

return field
