--- tinygrad.plot.terminal: draws a picture as lines of UTF-8. Lines are made of
-- Braille dots, 2 by 4 in a character, and if there are several, each has its
-- letter here and there. Points are other characters, areas are shades. For
-- tinygrad.plot only.

local field = require "tinygrad.plot.field"
local path = require "tinygrad.plot.path"
local write = require "tinygrad.support.write"

local terminal = {}

-- What tells layers of one kind apart without colours. A pattern has the
-- numbers of dots that are on, off, on, off ...
local PATTERNS = {line = {1, 0}, dashed = {4, 3}, contour = {2, 1}}
local MARKS = {"o", "x", "+", "*", "#", "@", "%", "&"}
local LETTERS = "abcdefghijklmnpqrstuvwyz" -- of lines; no mark is among them
local BETWEEN = 16 -- characters from one letter of a line to the next
local REGIONS = {" ", "░", "▒", "▓", "·", ":", "-"}
local BARS = {"█", "▒", "░"}
local BAND = "░"
local EIGHTHS = {"▁", "▂", "▃", "▄", "▅", "▆", "▇"}

-- The palette of tinygrad.plot.svg in the 256 colours of a terminal. For black
-- it has the terminal's own foreground.
local COLOURS = {"38;5;33", "38;5;166", "38;5;36", "38;5;175", "38;5;214",
  "38;5;75", "39"}

local function colour_of(series) return COLOURS[(series - 1) % #COLOURS + 1] end

-- Canvas: what is in each character's place -----------------------------------

local function new_canvas(width, height)
  return {width = width, height = height, text = {}, colour = {}, dots = {},
    dot_colour = {}}
end

-- Puts a character into column i and row j; both count from 0, rows from the
-- bottom.
local function put(canvas, i, j, text, colour)
  if i >= 0 and i < canvas.width and j >= 0 and j < canvas.height then
    local key = j * canvas.width + i
    canvas.text[key], canvas.colour[key] = text, colour
  end
end

-- The bits of the dots of a Braille character, row by row from the bottom:
-- left, right.
local BITS = {[0] = {64, 128}, {4, 32}, {2, 16}, {1, 8}}

-- Adds the dot in column x and row y; both count from 0, rows from the bottom.
local function put_dot(canvas, x, y, colour)
  local i, j = math.floor(x / 2), math.floor(y / 4)
  local key = j * canvas.width + i
  local bit = BITS[y % 4][x % 2 + 1]
  local mask = canvas.dots[key] or 0
  if mask % (2 * bit) < bit then canvas.dots[key] = mask + bit end
  canvas.dot_colour[key] = colour
end

local function braille(mask)
  return string.char(226, 160 + math.floor(mask / 64), 128 + mask % 64)
end

-- Returns the cell in which t, a part of an axis with n cells, lies.
local function cell(t, n)
  return math.max(0, math.min(n - 1, math.floor(t * n)))
end

-- Puts dots from (ax, ay) to (bx, by). `pen` counts them for the pattern; the
-- first dot is left out if the pen stands on it.
local function put_segment(canvas, ax, ay, bx, by, pen, colour)
  local width, height = 2 * canvas.width, 4 * canvas.height
  local x0, y0 = cell(ax, width), cell(ay, height)
  local x1, y1 = cell(bx, width), cell(by, height)
  local n = math.max(math.abs(x1 - x0), math.abs(y1 - y0))
  for k = 0, n do
    local t = n > 0 and k / n or 0
    local x = math.floor(x0 + t * (x1 - x0) + 0.5)
    local y = math.floor(y0 + t * (y1 - y0) + 0.5)
    if x ~= pen.x or y ~= pen.y then
      local place = pen.count % pen.length
      local part = 1
      while place >= pen.pattern[part] do
        place = place - pen.pattern[part]
        part = part + 1
      end
      if part % 2 == 1 then put_dot(canvas, x, y, colour) end
      pen.x, pen.y, pen.count = x, y, pen.count + 1
      local key = math.floor(y / 4) * canvas.width + math.floor(x / 2)
      if pen.cells[#pen.cells] ~= key then pen.cells[#pen.cells + 1] = key end
    end
  end
end

-- Puts a line of dots. Returns the keys of the characters that it goes through,
-- in order.
local function put_line(canvas, line, pattern, colour)
  local pen = {pattern = PATTERNS[pattern], length = 0, count = 0, cells = {}}
  for _, n in ipairs(pen.pattern) do pen.length = pen.length + n end
  for i, p in ipairs(line) do
    local q = line[i + 1] or #line == 1 and p
    local ax, ay, bx, by
    if q then ax, ay, bx, by = path.clip(p.x, p.y, q.x, q.y) end
    if ax then put_segment(canvas, ax, ay, bx, by, pen, colour) end
  end
  return pen.cells
end

-- Layers --------------------------------------------------------------------

local draw = {}

-- Puts the letter of a line where no other letter is: first at the part
-- `offset` of the way BETWEEN two letters, or in the middle of a short line,
-- and then again and again.
local function put_letter(top, cells, layer)
  local at = math.min(math.floor(layer.offset * BETWEEN),
    math.floor(#cells / 2)) + 1
  while cells[at] do
    local free = at
    while top.text[cells[free]] do free = free + 1 end
    if not cells[free] then return end
    top.text[cells[free]] = layer.letter
    top.colour[cells[free]] = colour_of(layer.series)
    at = math.max(at, free - BETWEEN + 1) + BETWEEN
  end
end

function draw.line(canvas, layer, pic, _, top)
  for _, line in ipairs(path.lines(layer.x, layer.y, pic.x, pic.y)) do
    local cells = put_line(canvas, line, layer.pattern,
      colour_of(layer.series))
    if layer.letter then put_letter(top, cells, layer) end
  end
end

function draw.scatter(_, layer, pic, _, top)
  for i, value in ipairs(layer.x) do
    local a, b = pic.x:at(value), pic.y:at(layer.y[i])
    if a and b and a >= 0 and a <= 1 and b >= 0 and b <= 1 then
      put(top, cell(a, top.width), cell(b, top.height), layer.mark,
        colour_of(layer.series))
    end
  end
end

-- Fills column i from the part `low` of the height to the part `high`: every
-- cell whose middle is between them, or if there is none, the cell that they
-- are in.
local function fill_column(canvas, i, low, high, text, colour)
  local n = canvas.height
  local first, last = math.ceil(low * n - 0.5), math.floor(high * n - 0.5)
  if first > last and high >= 0 and low <= 1 then
    first = math.floor((low + high) / 2 * n)
    last = first
  end
  for j = math.max(first, 0), math.min(last, n - 1) do
    put(canvas, i, j, text, colour)
  end
end

function draw.band(canvas, layer, pic)
  local colour = colour_of(layer.series)
  for _, part in ipairs(path.bands(layer, pic.x, pic.y)) do
    for k = 1, math.max(1, #part - 1) do
      local p, q = part[k], part[k + 1] or part[k]
      if q.x < p.x then p, q = q, p end
      local first, last = p.x * canvas.width - 0.5, q.x * canvas.width - 0.5
      for i = math.max(0, math.floor(first)),
          math.min(canvas.width - 1, math.ceil(last)) do
        local t = last > first and (i - first) / (last - first) or 0
        t = math.max(0, math.min(1, t))
        local low, high = p.low + t * (q.low - p.low),
          p.high + t * (q.high - p.high)
        fill_column(canvas, i, math.min(low, high), math.max(low, high), BAND,
          colour)
      end
    end
  end
end

function draw.histogram(canvas, layer, pic)
  local colour = colour_of(layer.series)
  for _, bar in ipairs(path.bars(layer, pic.x, pic.y)) do
    local first = math.floor(bar.left * canvas.width + 0.5)
    local last = math.max(first, math.floor(bar.right * canvas.width - 0.5))
    local eighths = math.max(1, math.floor(math.min(bar.top, 1)
      * canvas.height * 8 + 0.5))
    local full = math.floor(eighths / 8)
    if bar.top <= 0 then last = first - 1 end -- the bar is below the axis
    for i = math.max(first, 0), math.min(last, canvas.width - 1) do
      for j = 0, full - 1 do put(canvas, i, j, layer.fill, colour) end
      if eighths % 8 > 0 then
        put(canvas, i, full, layer.fill == BARS[1] and EIGHTHS[eighths % 8]
          or layer.fill, colour)
      end
    end
  end
end

function draw.regions(canvas, layer, pic)
  local rows, columns = #layer.values, #layer.values[1]
  local x0, x1 = pic.x:at(layer.x.low), pic.x:at(layer.x.high)
  local y0, y1 = pic.y:at(layer.y.low), pic.y:at(layer.y.high)
  for j = 0, canvas.height - 1 do
    for i = 0, canvas.width - 1 do
      local x = ((i + 0.5) / canvas.width - x0) / (x1 - x0)
      local y = ((j + 0.5) / canvas.height - y0) / (y1 - y0)
      local z = field.value_at(layer.values, 1 + x * (columns - 1),
        1 + y * (rows - 1), layer.halves)
      if z and z == z then
        local k = 1
        while layer.levels[k] and z >= layer.levels[k] do k = k + 1 end
        put(canvas, i, j, REGIONS[(k - 1) % #REGIONS + 1], colour_of(k))
      end
    end
  end
end

function draw.contour(canvas, layer, _, labels)
  for _, lines in ipairs(layer.lines) do
    for _, line in ipairs(lines) do
      put_line(canvas, line, "contour", COLOURS[1])
    end
  end
  for k, lines in ipairs(layer.lines) do
    local text = write.general(layer.levels[k])
    local p = path.label_place(lines, (#text + 1) / canvas.width,
      1 / canvas.height, labels.taken)
    if p then
      labels[#labels + 1] = {text = text,
        i = cell(p.x - #text / 2 / canvas.width, canvas.width),
        j = cell(p.y, canvas.height)}
    end
  end
end

-- The order in which kinds of layers are drawn: areas, then lines, then marks.
local ORDER = {"regions", "histogram", "band", "contour", "line", "scatter"}

-- Gives letters to lines that only their colours would tell apart, those of one
-- pattern. Lines of one colour get one letter.
local function tell_lines_apart(layers)
  local number, count = {line = {}, dashed = {}}, {line = 0, dashed = 0}
  for _, layer in ipairs(layers) do
    layer.pattern = layer.dashed and "dashed" or "line"
    local numbers = number[layer.pattern]
    if not numbers[layer.series] then
      count[layer.pattern] = count[layer.pattern] + 1
      numbers[layer.series] = count[layer.pattern]
    end
  end
  local before = {line = 0, dashed = count.line > 1 and count.line or 0}
  for _, layer in ipairs(layers) do
    local n, of = number[layer.pattern][layer.series], count[layer.pattern]
    if of > 1 then
      local k = (before[layer.pattern] + n - 1) % #LETTERS + 1
      layer.letter, layer.offset = LETTERS:sub(k, k), (n - 0.5) / of
    end
  end
end

-- Gives each layer what tells it apart from others of its kind.
local function tell_apart(layers)
  local count, lines = {scatter = 0, histogram = 0}, {}
  for _, layer in ipairs(layers) do
    if layer.kind == "line" then
      lines[#lines + 1] = layer
    elseif count[layer.kind] then
      local n = count[layer.kind]
      layer.mark, layer.fill = MARKS[n % #MARKS + 1], BARS[n % #BARS + 1]
      count[layer.kind] = n + 1
    end
  end
  tell_lines_apart(lines)
end

-- Lines of text ---------------------------------------------------------------

-- Joins characters and their colours to one text.
local function join(texts, colours, coloured)
  if not coloured then return (table.concat(texts):gsub(" +$", "")) end
  local parts, current = {}, nil
  for i, text in ipairs(texts) do
    local colour = text ~= " " and colours[i] or nil
    if colour ~= current then
      parts[#parts + 1] = colour and ("\27[%sm"):format(colour) or "\27[0m"
      current = colour
    end
    parts[#parts + 1] = text
  end
  if current then parts[#parts + 1] = "\27[0m" end
  return (table.concat(parts):gsub(" +$", ""))
end

-- Returns the text of row j of a canvas.
local function row_text(canvas, j, coloured)
  local texts, colours = {}, {}
  for i = 0, canvas.width - 1 do
    local key = j * canvas.width + i
    local dots = canvas.dots[key]
    texts[i + 1] = dots and braille(dots) or canvas.text[key] or " "
    colours[i + 1] = dots and canvas.dot_colour[key] or canvas.colour[key]
      or false
  end
  return join(texts, colours, coloured)
end

local function draw_layers(pic, width, height)
  local canvas, labels = new_canvas(width, height), {taken = {}}
  for _, kind in ipairs(ORDER) do
    local top = new_canvas(width, height) -- characters that no dots may cover
    for _, layer in ipairs(pic.layers) do
      if layer.kind == kind then draw[kind](canvas, layer, pic, labels, top) end
    end
    for key, text in pairs(top.text) do
      canvas.text[key], canvas.colour[key] = text, top.colour[key]
      canvas.dots[key] = nil
    end
  end
  for _, label in ipairs(labels) do
    for k = 1, #label.text do
      local key = label.j * width + label.i + k - 1
      canvas.dots[key] = nil
      put(canvas, label.i + k - 1, label.j, label.text:sub(k, k), COLOURS[1])
    end
  end
  return canvas
end

local function sample(entry)
  local layer = entry.layer
  if layer.kind == "line" or layer.kind == "contour" then
    local canvas = new_canvas(4, 1)
    put_line(canvas, {{x = 0, y = 0.4}, {x = 1, y = 0.4}},
      layer.pattern or "contour")
    local text = row_text(canvas, 0, false)
    if not layer.letter then return text end
    return text:sub(1, 6) .. layer.letter .. text:sub(7)
  elseif layer.kind == "scatter" then
    return layer.mark
  elseif layer.kind == "regions" then
    return "[" .. REGIONS[(entry.region - 1) % #REGIONS + 1]:rep(2) .. "]"
  end
  return (layer.kind == "band" and BAND or layer.fill):rep(3)
end

local function legend_colour(entry)
  local layer = entry.layer
  return layer.kind == "contour" and COLOURS[1]
    or colour_of(entry.region or layer.series)
end

-- Adds the legend, with as many entries in a line as fit.
local function add_legend(out, pic, width, indent, coloured)
  local line, used = nil, 0
  for _, entry in ipairs(pic.legend) do
    local picture = sample(entry)
    local text = write.cut(write.clean(entry.text), width - indent - 6)
    local size = write.width(picture) + 1 + write.width(text)
    if coloured then
      picture = ("\27[%sm%s\27[0m"):format(legend_colour(entry), picture)
    end
    if line and used + 3 + size <= width then
      line, used = line .. "   " .. picture .. " " .. text, used + 3 + size
    else
      out[#out + 1] = line
      line = (" "):rep(indent) .. picture .. " " .. text
      used = indent + size
    end
  end
  out[#out + 1] = line
end

local function centred(text, middle, width)
  local size = write.width(text)
  local before = math.min(math.floor(middle - size / 2 + 0.5), width - size)
  return (" "):rep(math.max(0, before)) .. text
end

-- Adds the x axis and its labels.
local function add_x_axis(out, pic, ticks, left, columns, width)
  local axis, labels = {}, ""
  for i = 1, columns do axis[i] = "─" end
  for _, tick in ipairs(ticks) do
    local i = cell(pic.x:at(tick.value), columns)
    axis[i + 1] = "┬"
    local text = centred(tick.text, left + i + 0.5, width)
    local before = write.width(labels)
    if write.width(text) - write.width(tick.text) > before then
      labels = labels .. (" "):rep(write.width(text) - write.width(tick.text)
        - before) .. tick.text
    end
  end
  out[#out + 1] = (" "):rep(left - 1) .. "└" .. table.concat(axis)
  out[#out + 1] = labels
end

local function add_header(out, pic, note, width, left)
  if pic.title then
    for _, line in ipairs(write.wrap(write.clean(pic.title), width, 3)) do
      out[#out + 1] = centred(line, width / 2, width)
    end
  end
  if pic.notice then
    out[#out + 1] = write.cut("(" .. pic.notice .. ")", width)
  end
  local label = pic.y_label and write.clean(pic.y_label) or ""
  if note ~= "" then label = label == "" and note or label .. "  " .. note end
  if label ~= "" then
    local indent = math.max(0, math.min(left - 1, width - write.width(label)))
    out[#out + 1] = (" "):rep(indent) .. write.cut(label, width)
  end
end

--- Draws a picture as text.
---@param pic table
---@param width integer the columns of the whole
---@param height integer the lines of the rectangle inside the axes
---@param coloured? boolean whether to use ANSI escape sequences
---@return string
function terminal.draw(pic, width, height, coloured)
  tell_apart(pic.layers)
  local y_ticks, _, y_note = pic.y:fitting_ticks(height,
    function() return 2 end)
  local left, at_row = 0, {}
  for _, tick in ipairs(y_ticks) do
    left = math.max(left, write.width(tick.text))
    at_row[cell(pic.y:at(tick.value), height)] = tick.text
  end
  left = left + 2 -- a space and the axis
  local columns = width - left - 2 -- the last label may go beyond the axis
  local x_ticks, _, x_note = pic.x:fitting_ticks(columns, function(text)
    return write.width(text) + 2
  end)

  local out = {}
  add_header(out, pic, y_note, width, left)
  local canvas = draw_layers(pic, columns, height)
  for j = height - 1, 0, -1 do
    local text = at_row[j] or ""
    out[#out + 1] = (" "):rep(left - 2 - write.width(text)) .. text .. " "
      .. (at_row[j] and "┤" or "│") .. row_text(canvas, j, coloured)
  end
  add_x_axis(out, pic, x_ticks, left, columns, width)
  local label = pic.x_label and write.clean(pic.x_label) or ""
  if x_note ~= "" then
    label = label == "" and x_note or label .. "  " .. x_note
  end
  if label ~= "" then
    out[#out + 1] = centred(write.cut(label, width), left + columns / 2, width)
  end
  add_legend(out, pic, width, left, coloured)
  return table.concat(out, "\n") .. "\n"
end

return terminal
