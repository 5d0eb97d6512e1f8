--- tinygrad.plot.svg: draws a picture as SVG 1.1. For tinygrad.plot only.

local path = require "tinygrad.plot.path"
local write = require "tinygrad.support.write"
local xml = require "tinygrad.support.xml"

local svg = {}

-- The palette of Okabe and Ito, Color Universal Design (2008), which
-- colour-blind readers can tell apart. Its yellow is left out, as it cannot be
-- read on white.
local PALETTE = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00",
  "#56B4E9", "#000000"}

svg.COLOURS = #PALETTE

-- Colours for the levels of a contour, from dark to light: a part of viridis
-- (matplotlib).
local RAMP = {{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}}

local FONT, SMALL, LARGE = 12, 10, 15 -- pixels
local ROW = 18 -- height of a line of the legend
local SAMPLE = 26 -- length of a sample in the legend

local TINT = 0.25 -- part of a region's colour in its tint; the rest is white

--- Returns the colour of a series: "#rrggbb".
---@param series integer
---@return string
function svg.colour(series) return PALETTE[(series - 1) % #PALETTE + 1] end

--- Returns the light colour of a region.
---@param k integer
---@return string
function svg.tint(k)
  return (svg.colour(k):gsub("%x%x", function(hex)
    local part = tonumber(hex, 16) * TINT + 255 * (1 - TINT)
    return ("%02X"):format(math.floor(part + 0.5))
  end))
end

--- Returns the colour of the k-th of n levels.
---@param k integer
---@param n integer
---@return string
function svg.ramp(k, n)
  local t = (n > 1 and (k - 1) / (n - 1) or 0) * (#RAMP - 1)
  local i = math.min(math.floor(t), #RAMP - 2)
  local parts = {}
  for channel = 1, 3 do
    local a, b = RAMP[i + 1][channel], RAMP[i + 2][channel]
    parts[channel] = ("%02X"):format(math.floor(a + (b - a) * (t - i) + 0.5))
  end
  return "#" .. table.concat(parts)
end

--- Returns the pattern of a line: 0 has no gaps, 1 to 3 have. Patterns tell
-- lines apart when the colours are used up.
---@param layer table
---@return integer
function svg.pattern(layer)
  if layer.dashed then return 1 end
  return math.floor((layer.series - 1) / #PALETTE) % 4
end

local DASHES = {"7 4", "2 3", "9 3 2 3"}

-- Writing -------------------------------------------------------------------

local pixels, tag, escape, text_width = xml.pixels, xml.tag, xml.escape,
  xml.text_width

local function point(x, y) return pixels(x) .. " " .. pixels(y) end

local function cut(s, width, size)
  return write.cut(write.clean(s), math.max(1, math.floor(width / size
    / xml.COLUMN)))
end

-- The functions below draw by appending elements to `out`.

local function add(out, ...) out[#out + 1] = tag(...) .. "/>" end

local function add_text(out, x, y, s, ...)
  out[#out + 1] = tag("text", "x", x, "y", y, ...) .. ">" .. escape(s)
    .. "</text>"
end

-- Layers --------------------------------------------------------------------

-- Converts a line to pixels, and keeps at most four points of each run of
-- points in a column of pixels: the first, the lowest, the highest, the last.
-- The pixels that the line covers stay the same (Jugel and others, M4, 2014).
local function thin(line, width, height)
  local list = {}
  local column, first, last, low, high
  local function flush()
    local kept, seen = {first, low, high, last}, {}
    table.sort(kept, function(p, q) return p.i < q.i end)
    for _, p in ipairs(kept) do
      if not seen[p.i] then list[#list + 1], seen[p.i] = p, true end
    end
  end
  for i, p in ipairs(line) do
    local q = {x = p.x * width, y = height - p.y * height, i = i}
    local here = math.floor(q.x)
    if here ~= column then
      if column then flush() end
      column, first, low, high = here, q, q, q
    end
    if q.y < low.y then low = q end
    if q.y > high.y then high = q end
    last = q
  end
  if column then flush() end
  return list
end

local function polyline(points)
  local parts = {}
  for _, p in ipairs(points) do
    local text = point(p.x, p.y)
    if text ~= parts[#parts] then parts[#parts + 1] = text end
  end
  if #parts == 1 then -- a dot
    return ("M%sa1 1 0 1 0 2 0a1 1 0 1 0 -2 0"):format(point(points[1].x - 1,
      points[1].y))
  end
  return "M" .. parts[1] .. "L" .. table.concat(parts, " ", 2)
end

local function stroke(out, d, colour, pattern, width)
  add(out, "path", "d", d, "fill", "none", "stroke", colour, "stroke-width",
    width or 2, "stroke-linejoin", "round", "stroke-linecap",
    pattern == 0 and "round" or nil, "stroke-dasharray", DASHES[pattern])
end

local function outlines(lines, width, height, closed)
  local parts = {}
  for _, line in ipairs(lines) do
    local points = {}
    for i, p in ipairs(line) do
      points[i] = {x = p.x * width, y = height - p.y * height}
    end
    parts[#parts + 1] = polyline(points) .. (closed and "z" or "")
  end
  return table.concat(parts)
end

-- Marks: a function that draws around a point, and whether it is a dot, filled
-- or stroked.
local MARKS = {
  {function(x, y) return "M" .. point(x, y) .. "h0" end, "dot"},
  {function(x, y, s)
    return ("M%sh%sv%sh-%sz"):format(point(x - s, y - s), pixels(2 * s),
      pixels(2 * s), pixels(2 * s))
  end, "fill"},
  {function(x, y, s)
    return ("M%sl%sh-%sz"):format(point(x, y - 1.2 * s),
      point(1.2 * s, 2.2 * s), pixels(2.4 * s))
  end, "fill"},
  {function(x, y, s)
    local r = pixels(1.3 * s)
    return ("M%sl%s %s -%s %s -%s -%sz"):format(point(x, y - 1.3 * s), r, r, r,
      r, r, r)
  end, "fill"},
  {function(x, y, s)
    return ("M%sh%sM%sv%s"):format(point(x - 1.2 * s, y), pixels(2.4 * s),
      point(x, y - 1.2 * s), pixels(2.4 * s))
  end, "stroke"},
  {function(x, y, s)
    return ("M%sl%sM%sl%s"):format(point(x - s, y - s), point(2 * s, 2 * s),
      point(x - s, y + s), point(2 * s, -2 * s))
  end, "stroke"},
}

local SEE_THROUGH = 0.65

-- Draws translucent marks. Each mark is a path of its own, so that one shows
-- through another of its layer. With `merged` all are one path, which takes
-- less room.
local function marks(out, points, series, size, merged)
  local mark = MARKS[(series - 1) % #MARKS + 1]
  local parts = {}
  for i, p in ipairs(points) do parts[i] = mark[1](p.x, p.y, size) end
  if merged then parts = {table.concat(parts)} end
  local how = mark[2]
  local colour = svg.colour(series)
  out[#out + 1] = tag("g", "fill", how == "fill" and colour or "none", "stroke",
    how ~= "fill" and colour or nil, "stroke-width",
    how == "dot" and 2 * size or how == "stroke" and size * 0.6 or nil,
    "stroke-linecap", how == "dot" and "round" or nil,
    how == "fill" and "fill-opacity" or "stroke-opacity", SEE_THROUGH) .. ">"
  for _, part in ipairs(parts) do add(out, "path", "d", part) end
  out[#out + 1] = "</g>"
end

local draw = {}

function draw.line(out, layer, pic, width, height)
  local parts = {}
  for i, line in ipairs(path.lines(layer.x, layer.y, pic.x, pic.y)) do
    parts[i] = polyline(thin(line, width, height))
  end
  if #parts > 0 then
    stroke(out, table.concat(parts), svg.colour(layer.series),
      svg.pattern(layer))
  end
end

-- Draws marks. Of more than 5000 points, those that would lie on another are
-- left out.
function draw.scatter(out, layer, pic, width, height)
  local n = #layer.x
  local size = n <= 500 and 3 or n <= 5000 and 2 or 1.5
  local grid = n <= 5000 and 0.25 or 3
  local points, seen = {}, {}
  for i, value in ipairs(layer.x) do
    local a, b = pic.x:at(value), pic.y:at(layer.y[i])
    if a and b and a >= 0 and a <= 1 and b >= 0 and b <= 1 then
      local x, y = a * width, height - b * height
      local key = math.floor(x / grid) * 65536 + math.floor(y / grid)
      if not seen[key] then
        seen[key] = true
        if grid > 1 then x, y = math.floor(x + 0.5), math.floor(y + 0.5) end
        points[#points + 1] = {x = x, y = y}
      end
    end
  end
  if #points > 0 then marks(out, points, layer.series, size, grid > 1) end
end

function draw.band(out, layer, pic, width, height)
  local parts = {}
  for i, part in ipairs(path.bands(layer, pic.x, pic.y)) do
    local low, high = {}, {}
    for k, p in ipairs(part) do
      high[k], low[k] = {x = p.x, y = p.high}, {x = p.x, y = p.low}
    end
    local around = thin(high, width, height)
    local back = thin(low, width, height)
    for k = #back, 1, -1 do around[#around + 1] = back[k] end
    parts[i] = polyline(around) .. "z"
  end
  if #parts > 0 then
    add(out, "path", "d", table.concat(parts), "fill",
      svg.colour(layer.series), "fill-opacity", 0.22)
  end
end

function draw.histogram(out, layer, pic, width, height)
  local parts = {}
  for i, bar in ipairs(path.bars(layer, pic.x, pic.y)) do
    local x, y = bar.left * width, height - bar.top * height
    parts[i] = ("M%sh%sv%sh-%sz"):format(point(x, y),
      pixels((bar.right - bar.left) * width),
      pixels((bar.top - bar.bottom) * height),
      pixels((bar.right - bar.left) * width))
  end
  if #parts > 0 then
    add(out, "path", "d", table.concat(parts), "fill",
      svg.colour(layer.series), "fill-opacity", 0.65, "stroke", "#FFFFFF")
  end
end

function draw.regions(out, layer, _, width, height)
  for k, lines in ipairs(layer.lines) do
    if #lines > 0 then
      add(out, "path", "d", outlines(lines, width, height, true), "fill",
        svg.tint(k))
    end
  end
end

function draw.contour(out, layer, _, width, height)
  local n = #layer.levels
  for k, lines in ipairs(layer.lines) do
    if #lines > 0 then
      stroke(out, outlines(lines, width, height, false), svg.ramp(k, n), 0, 1.5)
    end
  end
  local taken = {}
  for k, lines in ipairs(layer.lines) do
    local text = write.general(layer.levels[k])
    local p = path.label_place(lines, (text_width(text, SMALL) + 6) / width,
      (SMALL + 2) / height, taken)
    if p then
      add_text(out, p.x * width, height - p.y * height + 3.5, text,
        "text-anchor", "middle", "font-size", SMALL, "stroke",
        "#FFFFFF", "stroke-width", 3, "paint-order", "stroke")
    end
  end
end

-- Legend --------------------------------------------------------------------

local function draw_sample(out, entry, x, y)
  local layer = entry.layer
  local kind = layer.kind
  if kind == "line" then
    stroke(out, ("M%sh%d"):format(point(x, y), SAMPLE),
      svg.colour(layer.series), svg.pattern(layer))
  elseif kind == "contour" then
    stroke(out, ("M%sh%d"):format(point(x, y), SAMPLE), svg.ramp(2, 3), 0, 1.5)
  elseif kind == "scatter" then
    marks(out, {{x = x + SAMPLE / 2, y = y}}, layer.series, 3)
  else
    local colour = kind == "regions" and svg.tint(entry.region)
      or svg.colour(layer.series)
    add(out, "rect", "x", x, "y", y - 5, "width", SAMPLE, "height", 10, "fill",
      colour, "fill-opacity",
      kind == "band" and 0.22 or kind == "histogram" and 0.65 or nil)
  end
end

-- Returns the entries of the legend, with their labels cut, and its size; nil
-- if there are none.
local function legend_of(pic, width, height)
  local legend = {width = 0}
  local most = math.max(1, math.floor(height / ROW) - 1)
  for i, entry in ipairs(pic.legend) do
    if i == most and #pic.legend > most then
      legend[i] = {text = ("… %d more"):format(#pic.legend - most + 1)}
    elseif i <= most then
      legend[i] = {text = cut(entry.text, width * 0.3, FONT), entry = entry}
    end
    if legend[i] then
      legend.width = math.max(legend.width, text_width(legend[i].text, FONT))
    end
  end
  if #legend == 0 then return nil end
  legend.width = legend.width + SAMPLE + 22
  legend.height = #legend * ROW + 6
  return legend
end

local function draw_legend(out, legend, x, y)
  add(out, "rect", "x", x, "y", y, "width", legend.width, "height",
    legend.height, "fill", "#FFFFFF", "fill-opacity", 0.85, "stroke",
    "#CCCCCC", "rx", 3)
  for i, row in ipairs(legend) do
    local middle = y + 3 + (i - 0.5) * ROW
    if row.entry then draw_sample(out, row.entry, x + 8, middle) end
    add_text(out, x + SAMPLE + 14, middle + 4, row.text)
  end
end

-- The whole -----------------------------------------------------------------

-- Places everything, in pixels: the rectangle inside the axes (`left`, `top`,
-- `width`, `height`), as many ticks as fit, and the legend.
local function lay_out(pic, width, height)
  local place = {titles = pic.title
    and write.wrap(write.clean(pic.title), (width - 20) / LARGE / xml.COLUMN, 3)
    or {}}
  local top = 12 + #place.titles * 20 + (pic.notice and 16 or 0)
  local bottom = 30 + (pic.x_label and 18 or 0)
  local y_ticks, y_minor, y_note = pic.y:fitting_ticks(height - top - bottom,
    function() return 1.5 * FONT end)
  if y_note ~= "" then top = top + 16 end
  place.y_ticks, place.y_minor, place.y_note = y_ticks, y_minor, y_note
  local labels = 0
  for _, tick in ipairs(y_ticks) do
    labels = math.max(labels, text_width(tick.text, FONT))
  end
  place.left = 18 + labels + (pic.y_label and 18 or 0)
  place.top, place.height = top, height - top - bottom
  local right = 24
  local legend = legend_of(pic, width, place.height)
  if legend then
    local inner = width - place.left - right
    local left, low, hidden = path.place(path.ink(pic),
      (legend.width + 16) / inner, (legend.height + 16) / place.height)
    if hidden > 0 and legend.width < width / 2
        or legend.height + 16 > place.height
        or legend.width + 16 > inner then
      right = legend.width + 24
      legend.x, legend.y = width - legend.width - 12, top
    else
      legend.x = place.left + left * inner + 8
      legend.y = top + (1 - low) * place.height - legend.height - 8
    end
    place.legend = legend
  end
  place.width = width - place.left - right
  place.x_ticks, place.x_minor, place.x_note = pic.x:fitting_ticks(place.width,
    function(text) return text_width(text, FONT) + 10 end)
  if place.x_note ~= "" and not pic.x_label then
    place.height = place.height - 16
  end
  return place
end

local function draw_grid(out, pic, place)
  local function lines(x_values, y_values, opacity)
    local parts = {}
    for _, value in ipairs(x_values) do
      parts[#parts + 1] = ("M%sv%s"):format(
        point(pic.x:at(value) * place.width, 0), pixels(place.height))
    end
    for _, value in ipairs(y_values) do
      parts[#parts + 1] = ("M%sh%s"):format(
        point(0, (1 - pic.y:at(value)) * place.height), pixels(place.width))
    end
    if #parts > 0 then
      add(out, "path", "d", table.concat(parts), "fill", "none", "stroke",
        "#000000", "stroke-opacity", opacity)
    end
  end
  local function values(ticks)
    local list = {}
    for i, tick in ipairs(ticks) do list[i] = tick.value end
    return list
  end
  lines(place.x_minor, place.y_minor, 0.05)
  lines(values(place.x_ticks), values(place.y_ticks), 0.12)
end

local function draw_axes(out, pic, place)
  local left, top = place.left, place.top
  local right, bottom = left + place.width, top + place.height
  local marked = {}
  for i, tick in ipairs(place.x_ticks) do
    local x = left + pic.x:at(tick.value) * place.width
    marked[i] = ("M%sv5"):format(point(x, bottom))
    add_text(out, x, bottom + 18, tick.text, "text-anchor", "middle")
  end
  for _, tick in ipairs(place.y_ticks) do
    local y = bottom - pic.y:at(tick.value) * place.height
    marked[#marked + 1] = ("M%sh-5"):format(point(left, y))
    add_text(out, left - 8, y + 4, tick.text, "text-anchor", "end")
  end
  add(out, "path", "d", table.concat(marked) .. ("M%sh%sv%sh-%sz"):format(
    point(left, top), pixels(place.width), pixels(place.height),
    pixels(place.width)), "fill", "none", "stroke", "#444444")
  if place.x_note ~= "" then
    add_text(out, right, bottom + 34, place.x_note, "text-anchor", "end",
      "font-size", SMALL + 1)
  end
  if place.y_note ~= "" then
    add_text(out, left, top - 6, place.y_note, "font-size", SMALL + 1)
  end
end

local function draw_labels(out, pic, place, width, height)
  for i, line in ipairs(place.titles) do
    add_text(out, width / 2, 6 + i * 20 - 2, line, "text-anchor", "middle",
      "font-size", LARGE, "font-weight", "bold")
  end
  if pic.notice then
    add_text(out, place.left + place.width, 6 + #place.titles * 20 + 12,
      cut(pic.notice, width - 40, SMALL), "text-anchor", "end", "font-size",
      SMALL, "fill", "#777777")
  end
  if pic.x_label then
    local note = text_width(place.x_note, FONT)
    add_text(out, place.left + place.width / 2, height - 12,
      cut(pic.x_label, place.width - 2 * note, FONT), "text-anchor", "middle")
  end
  if pic.y_label then
    local middle = place.top + place.height / 2
    add_text(out, 0, 0, cut(pic.y_label, place.height, FONT), "text-anchor",
      "middle", "transform", ("translate(18 %s) rotate(-90)"):format(
        pixels(middle)))
  end
end

-- The depth of a kind of layer (2 if absent): regions lie below the grid; marks
-- lie above all else, and are not cut off at the axes.
local DEPTHS = {regions = 1, scatter = 3}

--- Draws a picture as SVG. A nested `svg` element cuts off what lies beyond the
-- axes. There are no ids, so that several files can be put into one page.
---@param pic table
---@param width integer in pixels
---@param height integer
---@return string
function svg.draw(pic, width, height)
  local place = lay_out(pic, width, height)
  local out = {tag("svg", "xmlns", "http://www.w3.org/2000/svg", "width", width,
    "height", height, "viewBox", ("0 0 %d %d"):format(width, height),
    "font-family", "Helvetica, Arial, sans-serif", "font-size", FONT, "fill",
    "#222222") .. ">"}
  if pic.title then
    out[#out + 1] = "<title>" .. escape(pic.title) .. "</title>"
  end
  add(out, "rect", "width", width, "height", height, "fill", "#FFFFFF")
  local function draw_layers(depth)
    for _, layer in ipairs(pic.layers) do
      if (DEPTHS[layer.kind] or 2) == depth then
        draw[layer.kind](out, layer, pic, place.width, place.height)
      end
    end
  end
  out[#out + 1] = tag("svg", "x", place.left, "y", place.top, "width",
    place.width, "height", place.height, "overflow", "hidden") .. ">"
  draw_layers(1)
  draw_grid(out, pic, place)
  draw_layers(2)
  out[#out + 1] = "</svg>"
  out[#out + 1] = ('<g transform="translate(%s)">'):format(point(place.left,
    place.top))
  draw_layers(3)
  out[#out + 1] = "</g>"
  draw_axes(out, pic, place)
  draw_labels(out, pic, place, width, height)
  if place.legend then
    draw_legend(out, place.legend, place.legend.x, place.legend.y)
  end
  out[#out + 1] = "</svg>"
  return table.concat(out, "\n") .. "\n"
end

return svg
