--- tinygrad.plot.gnuplot: has a picture drawn by gnuplot (5.0 or later), if it
-- is installed. For tinygrad.plot only.
--
-- gnuplot reads a script and writes a picture in temporary files: a path that
-- the user gave never reaches the shell or gnuplot.

local external = require "tinygrad.support.external"
local file = require "tinygrad.support.file"
local path = require "tinygrad.plot.path"
local svg = require "tinygrad.plot.svg"
local write = require "tinygrad.support.write"

local gnuplot = {}

-- Writes a string of gnuplot's, in which only the quote is special.
local function quote(s) return "'" .. write.clean(s):gsub("'", "''") .. "'" end

-- Script --------------------------------------------------------------------

-- Adds rows of numbers and an item to plot to a script, which has `data`,
-- blocks of numbers, and `items`, what to plot.
local function add(script, rows, style, label)
  local name = ("$data%d"):format(#script.data + 1)
  script.data[#script.data + 1] = name .. " << EOD\n"
    .. table.concat(rows, "\n") .. "\nEOD\n"
  script.items[#script.items + 1] = ("%s %s %s"):format(name, style,
    label and "title " .. quote(label) or "notitle")
end

-- Writes lines, given in parts of the axes, as rows of numbers, with a blank
-- row after each line.
local function rows_of(lines, pic, closed)
  local rows = {}
  for _, line in ipairs(lines) do
    for i = 1, #line + (closed and 1 or 0) do
      local p = line[(i - 1) % #line + 1]
      local row = write.full(pic.x:invert(p.x))
      rows[#rows + 1] = row .. " " .. write.full(pic.y:invert(p.y))
    end
    rows[#rows + 1] = ""
  end
  return rows
end

local function solid(opacity, colour)
  return ("fillstyle transparent solid %s noborder linecolor rgb '%s'"):format(
    write.fixed(opacity, 2), colour)
end

-- Fills the area inside lines; in a text, where a fill would hide what is
-- below, draws the lines.
local function add_area(script, lines, pic, opacity, colour, label)
  add(script, rows_of(lines, pic, true), script.text and "with lines"
    or "with filledcurves closed " .. solid(opacity, colour), label)
end

local plot = {}

function plot.line(script, layer, pic)
  add(script, rows_of(path.lines(layer.x, layer.y, pic.x, pic.y), pic),
    ("with lines linewidth 2 dashtype %d linecolor rgb '%s'"):format(
      svg.pattern(layer) + 1, svg.colour(layer.series)), layer.label)
end

local POINT_TYPES = {7, 5, 9, 13, 1, 2} -- in the order of tinygrad.plot.svg

function plot.scatter(script, layer, pic)
  add(script, rows_of(path.lines(layer.x, layer.y, pic.x, pic.y), pic),
    ("with points pointtype %d pointsize 0.6 linecolor rgb '%s'"):format(
      POINT_TYPES[(layer.series - 1) % #POINT_TYPES + 1],
      svg.colour(layer.series)), layer.label)
end

function plot.band(script, layer, pic)
  local around = {}
  for i, part in ipairs(path.bands(layer, pic.x, pic.y)) do
    around[i] = {}
    for k, p in ipairs(part) do
      around[i][k] = {x = p.x, y = p.high}
      around[i][2 * #part + 1 - k] = {x = p.x, y = p.low}
    end
  end
  add_area(script, around, pic, 0.22, svg.colour(layer.series), layer.label)
end

function plot.histogram(script, layer, pic)
  local boxes = {}
  for i, bar in ipairs(path.bars(layer, pic.x, pic.y)) do
    boxes[i] = {{x = bar.left, y = bar.bottom}, {x = bar.left, y = bar.top},
      {x = bar.right, y = bar.top}, {x = bar.right, y = bar.bottom}}
  end
  add_area(script, boxes, pic, 0.65, svg.colour(layer.series), layer.label)
end

function plot.contour(script, layer, pic)
  for k, lines in ipairs(layer.lines) do
    if #lines > 0 then
      add(script, rows_of(lines, pic),
        ("with lines linewidth 1.5 linecolor rgb '%s'"):format(
          svg.ramp(k, #layer.levels)))
    end
  end
  if layer.label then
    script.items[#script.items + 1] = ("NaN with lines linecolor rgb '%s' "
      .. "title %s"):format(svg.ramp(2, 3), quote(layer.label))
  end
end

-- Returns twice the area inside an outline; the area of a hole is negative.
local function area_of(line)
  local sum = 0
  for i, p in ipairs(line) do
    local q = line[i % #line + 1]
    sum = sum + p.x * q.y - q.x * p.y
  end
  return sum
end

-- Draws regions from large to small. gnuplot cannot leave holes, so that a hole
-- is filled with the colour of the region around it, the one before; whatever
-- lies inside an outline is smaller and is drawn later.
function plot.regions(script, layer, pic)
  local areas = {}
  for k, lines in ipairs(layer.lines) do
    for _, line in ipairs(lines) do
      local area = area_of(line)
      areas[#areas + 1] = {line = line, size = math.abs(area),
        colour = k == 1 and area < 0 and "#FFFFFF"
          or svg.tint(area < 0 and k - 1 or k), index = #areas}
    end
  end
  table.sort(areas, function(a, b)
    if a.size ~= b.size then return a.size > b.size end
    return a.index < b.index
  end)
  for _, area in ipairs(areas) do
    add_area(script, {area.line}, pic, 1, area.colour)
  end
  for k = 1, #layer.levels + 1 do
    if layer.labels[k] then
      script.items[#script.items + 1] = ("NaN with boxes %s title %s"):format(
        solid(1, svg.tint(k)), quote(layer.labels[k]))
    end
  end
end

-- Writes the script that makes gnuplot write a picture to the file `output`.
local function script_of(pic, terminal, output)
  local script = {data = {}, items = {}, text = terminal:find("^dumb")}
  for _, regions in ipairs {true, false} do
    for _, layer in ipairs(pic.layers) do
      if (layer.kind == "regions") == regions then
        plot[layer.kind](script, layer, pic)
      end
    end
  end
  if #script.items == 0 then script.items[1] = "NaN notitle" end
  local lines = {"set encoding utf8", "set terminal " .. terminal,
    "set output " .. quote(output), "set samples 2", "set grid",
    #pic.legend > 0 and "set key noenhanced outside right" or "unset key"}
  local title = pic.title
  if pic.notice then
    title = (title and title .. " " or "") .. "(" .. pic.notice .. ")"
  end
  local function label(name, text)
    if text then
      lines[#lines + 1] = ("set %s %s noenhanced"):format(name, quote(text))
    end
  end
  label("title", title)
  label("xlabel", pic.x_label)
  label("ylabel", pic.y_label)
  for _, name in ipairs {"x", "y"} do
    local axis = pic[name]
    if axis.log then lines[#lines + 1] = "set logscale " .. name end
    lines[#lines + 1] = ("set %srange [%s:%s]"):format(name,
      write.full(axis.low), write.full(axis.high))
  end
  return table.concat(lines, "\n") .. "\n" .. table.concat(script.data)
    .. "plot " .. table.concat(script.items, ", \\\n  ") .. "\n"
end

-- Running -------------------------------------------------------------------

-- Runs gnuplot on a picture. Returns the bytes of its output; or nil and a
-- message.
local function run(pic, program, format, terminal)
  return external.run(program, "install gnuplot, or leave out `program`",
    format, function(output) return script_of(pic, terminal, output), {} end)
end

--- Returns a picture as text.
---@param pic table
---@param program string
---@param width integer in columns
---@param height integer about the lines of the rectangle inside the axes
---@return string|nil
---@return string|nil message
function gnuplot.text(pic, program, width, height)
  return run(pic, program, "text", ("dumb noenhanced size %d, %d"):format(width,
    height + 5))
end

-- The terminal for each extension of a path. A pixel is 1/96 inch.
local TERMINALS = {
  svg = "svg noenhanced size %d, %d",
  png = "pngcairo noenhanced size %d, %d",
  pdf = "pdfcairo noenhanced size %d/96., %d/96.",
}

--- Writes a picture to a file.
---@param pic table
---@param program string
---@param name string the path of the file, which ends in .svg, .png or .pdf
---@param width integer in pixels
---@param height integer
---@return boolean|nil true
---@return string|nil message
function gnuplot.save(pic, program, name, width, height)
  local extension = file.extension(name)
  local terminal = extension and TERMINALS[extension]
  if not terminal then
    return nil, ("cannot tell the format of '%s': with `program` it must end "
      .. "in .svg, .png or .pdf"):format(name)
  end
  local bytes, message = run(pic, program, extension,
    terminal:format(width, height))
  if not bytes then return nil, message end
  return file.write(name, bytes)
end

return gnuplot
