--- tinygrad.plot.picture: makes of a plot what SVG, terminal and gnuplot draw:
-- title, scales, labels, layers, legend. For tinygrad.plot only.

local field = require "tinygrad.plot.field"
local path = require "tinygrad.plot.path"
local scale = require "tinygrad.plot.scale"

local PADDING = 0.04 -- parts of an axis beyond the data

-- Returns the ends of the data on both axes, `x` and `y`: {low=, high=, pins=}.
-- An axis that ends at a pin gets no padding there.
local function extents(plot)
  local ends = {x = {pins = {}}, y = {pins = {}}}
  local function see(name, value)
    local e = ends[name]
    e.low = math.min(e.low or value, value)
    e.high = math.max(e.high or value, value)
  end
  local function see_point(x, y)
    if scale.shows(x, plot.x.log) and scale.shows(y, plot.y.log) then
      see("x", x)
      see("y", y)
    end
  end
  local function pin(name, value)
    see(name, value)
    ends[name].pins[value] = true
  end
  for _, layer in ipairs(plot.layers) do
    if layer.kind == "line" or layer.kind == "scatter" then
      for i, x in ipairs(layer.x) do see_point(x, layer.y[i]) end
    elseif layer.kind == "band" then
      for i, x in ipairs(layer.x) do
        see_point(x, layer.low[i])
        see_point(x, layer.high[i])
      end
    elseif layer.kind == "histogram" then
      for _, edge in ipairs(layer.edges) do see("x", edge) end
      for _, count in ipairs(layer.counts) do
        if count > 0 then see("y", count) end
      end
      if #layer.counts > 0 then pin("y", plot.y.log and 0.5 or 0) end
    else
      for _, name in ipairs {"x", "y"} do
        pin(name, layer[name].low)
        pin(name, layer[name].high)
      end
    end
  end
  return ends
end

local function axis_scale(axis, e)
  if axis.range then
    return scale.new(axis.range[1], axis.range[2], axis.log)
  elseif not e.low then
    return scale.new(axis.log and 1 or 0, axis.log and 10 or 1, axis.log)
  end
  return scale.new(e.low, e.high, axis.log, PADDING,
    {low = e.pins[e.low], high = e.pins[e.high]})
end

-- Returns how many points are missing because a logarithm needs positive
-- numbers.
local function count_missing(plot)
  local missing = 0
  local function lacks(axis, value)
    return axis.log and value and math.abs(value) <= 1e300
      and not scale.shows(value, true)
  end
  for _, layer in ipairs(plot.layers) do
    local kind = layer.kind
    if kind == "line" or kind == "scatter" or kind == "band"
        or kind == "histogram" then
      for i, x in ipairs(layer.x) do
        if lacks(plot.x, x) or layer.y and lacks(plot.y, layer.y[i])
            or layer.low and lacks(plot.y, layer.low[i])
            or layer.high and lacks(plot.y, layer.high[i]) then
          missing = missing + 1
        end
      end
    end
  end
  return missing
end

local NAMES = {line = "a line", scatter = "marks", band = "a band",
  histogram = "a histogram", regions = "regions", contour = "contours"}

-- Whether an axis can show any number of a list.
local function any_shows(list, log)
  for _, x in ipairs(list) do
    if scale.shows(x, log) then return true end
  end
  return false
end

-- Whether a contour has any line.
local function any_line(layer)
  for _, lines in ipairs(layer.lines) do
    if #lines > 0 then return true end
  end
  return false
end

-- Whether a layer has a point, or a grid a value, that axes can show,
-- logarithmic or not.
local function has_points(layer, x_log, y_log)
  if layer.values then
    for _, row in ipairs(layer.values) do
      if any_shows(row, false) then return true end
    end
    return false
  elseif layer.kind == "histogram" then
    return any_shows(layer.x, x_log)
  end
  for i, x in ipairs(layer.x) do
    if scale.shows(x, x_log) and scale.shows(layer.y and layer.y[i]
        or layer.low[i], y_log) and (layer.y
        or scale.shows(layer.high[i], y_log)) then
      return true
    end
  end
  return false
end

-- Says why nothing of a layer can be seen, or returns nil. (Another notice
-- counts points that are not positive; a function that does not reach the
-- levels has no contour, which is no mistake.)
local function unseen(layer, pic)
  local name = layer.label and ("'%s'"):format(layer.label)
    or NAMES[layer.kind]
  if not has_points(layer, false, false) then
    return name .. ": all points NaN or too large"
  elseif has_points(layer, pic.x.log, pic.y.log)
      and not (layer.kind == "contour" and not any_line(layer))
      and not path.is_seen(layer, pic) then
    return name .. ": all points beyond the range"
  end
end

-- Converts lines from columns and rows of a layer's grid to parts of the axes.
local function place_lines(layer, lines, x, y)
  local rows, columns = #layer.values, #layer.values[1]
  local x0, x1 = x:at(layer.x.low), x:at(layer.x.high)
  local y0, y1 = y:at(layer.y.low), y:at(layer.y.high)
  local placed = {}
  for i, line in ipairs(lines) do
    placed[i] = {}
    for k, p in ipairs(line) do
      placed[i][k] = {x = x0 + (x1 - x0) * (p.x - 1) / (columns - 1),
        y = y0 + (y1 - y0) * (p.y - 1) / (rows - 1)}
    end
  end
  return placed
end

-- Returns the lines of each level, in parts of the axes.
local function level_lines(layer, x, y)
  local list = {}
  if layer.kind == "regions" then
    list[1] = place_lines(layer, field.outlines(layer.values, -math.huge,
      false), x, y)
  end
  for _, level in ipairs(layer.levels) do
    local outlines = field.outlines(layer.values, level, layer.halves)
    if layer.kind == "contour" then outlines = field.contours(outlines) end
    list[#list + 1] = place_lines(layer, outlines, x, y)
  end
  return list
end

--- Makes the picture of a plot.
---@param plot tinygrad.Plot
---@return table picture with title, x and y (scales), x_label, y_label, layers,
-- legend, notice
return function(plot)
  local ends = extents(plot)
  local pic = {title = plot.title, x = axis_scale(plot.x, ends.x),
    y = axis_scale(plot.y, ends.y), x_label = plot.x.label,
    y_label = plot.y.label, layers = {}, legend = {}}
  for i, layer in ipairs(plot.layers) do
    local copy = {}
    for key, value in pairs(layer) do copy[key] = value end
    if layer.levels then copy.lines = level_lines(layer, pic.x, pic.y) end
    pic.layers[i] = copy
    if layer.label then
      pic.legend[#pic.legend + 1] = {text = layer.label, layer = copy}
    end
    for k = 1, layer.labels and #layer.levels + 1 or 0 do
      if layer.labels[k] then
        pic.legend[#pic.legend + 1] =
          {text = layer.labels[k], layer = copy, region = k}
      end
    end
  end
  local notices, missing = {}, count_missing(plot)
  if missing > 0 then
    notices[1] = missing == 1 and "1 point that is not positive is left out"
      or ("%d points that are not positive are left out"):format(missing)
  end
  for _, layer in ipairs(pic.layers) do
    notices[#notices + 1] = unseen(layer, pic)
  end
  pic.notice = notices[1] and table.concat(notices, "; ")
  return pic
end
