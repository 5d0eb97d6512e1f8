--- tinygrad.plot: draws curves, points and regions as SVG, or on the terminal.
--
--     local p = tinygrad.plot {title = "Training", y = {log = true}}
--     p:line(epochs, losses, {label = "loss"})
--     print(p:text())
--     assert(p:save("training.svg"))
--
-- Later layers lie on top of earlier ones; regions lie below all others, and
-- marks, which are translucent, above. A number that is NaN, infinite or beyond
-- 1e300 is not drawn and interrupts a line. On a logarithmic axis this holds
-- for numbers that are not positive or are below 1e-300 as well, and the plot
-- says how many are missing. Equal calls give equal text, on every Lua and in
-- every locale.

local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local kinds = require "tinygrad.base.kinds"
local data = require "tinygrad.plot.data"
local file = require "tinygrad.support.file"
local gnuplot = require "tinygrad.plot.gnuplot"
local names = require "tinygrad.base.names"
local options_of = require "tinygrad.base.options"
local picture = require "tinygrad.plot.picture"
local scale = require "tinygrad.plot.scale"
local svg = require "tinygrad.plot.svg"
local terminal = require "tinygrad.plot.terminal"
local tree = require "tinygrad.base.tree"
local write = require "tinygrad.support.write"
core.library()

---@class tinygrad.Plot
local methods = {}
local metatable = {methods = methods, __index = names.index("a Plot", methods,
  {title = true})}

local whole = kinds.whole

local COLOURS = svg.COLOURS -- the number of colours in the palette

-- Arguments -----------------------------------------------------------------

-- The level of an error in a checker that a public function calls directly.
local CALLER = 3

-- Checks argument i: a list of numbers, as many as in `others`, if that is
-- given.
local function numbers_of(i, method, name, list, others, level)
  local numbers, problem = data.numbers(name, list)
  if numbers and others and #numbers ~= #others then
    problem = ("%s: %d number%s expected, one for each point, got %d"):format(
      name, #others, #others == 1 and "" or "s", #numbers)
  end
  if problem then
    errors.argument_problem(i, method, problem, level or CALLER)
  end
  return numbers
end

-- Makes the list 1, 2 ... n.
local function count_to(n)
  local list = {}
  for i = 1, n do list[i] = i + 0.0 end
  return list
end

-- Says what is wrong with a range {low, high}, whose ends the axis must be able
-- to show; nil if it is right.
local function range_problem(range, log)
  if type(range) ~= "table" or #range ~= 2 or type(range[1]) ~= "number"
      or type(range[2]) ~= "number" then
    return "{low, high} expected, two numbers"
  elseif not (range[1] < range[2] and scale.shows(range[1], log)
      and scale.shows(range[2], log)) then
    return ("low < high%s expected, got %s and %s"):format(
      log and " and both positive (log)" or "", write.general(range[1]),
      write.general(range[2]))
  end
  return nil
end

-- Making --------------------------------------------------------------------

local AXIS = options_of.new("PlotAxis", {
  {"label", kinds.STRING, nil, "the text beside the axis"},
  {"log", kinds.BOOLEAN, false, "whether the axis is logarithmic"},
  {"range", kinds.new("{low, high}", "number[]", function(range, axis)
    local problem = range_problem(range, axis.log)
    return not problem, problem
  end), nil, "the ends of the axis (if absent: as the data needs)"},
})

local AXIS_KIND = kinds.new("table", "tinygrad.PlotAxis", function(axis)
  if type(axis) ~= "table" then return false end
  local problem = options_of.inner_problem(AXIS, axis)
  return not problem, problem
end)

local PLOT = options_of.new("PlotOptions", {
  {"title", kinds.STRING, nil, "the text above the plot"},
  {"x", AXIS_KIND, nil, "the horizontal axis"},
  {"y", AXIS_KIND, nil, "the vertical axis"},
})

--- Makes an empty plot, to which methods add layers.
--
--     local p = tinygrad.plot {title = "a line"}
--     p:line({1, 2, 3}, {1, 4, 9}, {label = "squares"})
--     print(p:text({width = 40}):match("a line")) --> a line
---@param options? tinygrad.PlotOptions
---@return tinygrad.Plot
local function new(options)
  options = options_of.read(PLOT, 1, "plot", options, 2)
  local plot = {title = options.title, layers = {}, series = 0}
  for _, name in ipairs {"x", "y"} do
    local axis = options_of.completed(AXIS, options[name])
    plot[name] = {label = axis.label, log = axis.log,
      range = axis.range and {axis.range[1] + 0.0, axis.range[2] + 0.0}}
  end
  return setmetatable(plot, metatable)
end

-- Layers --------------------------------------------------------------------

local LABEL = {"label", kinds.STRING, nil, "the name in the legend (if absent: "
  .. "not in the legend)"}
local COLOUR = {"colour", whole(1, COLOURS), nil, "the number of the colour in "
  .. "the palette, 1 to 7 (if absent: the next)"}

local LINE = options_of.new("LineOptions", {
  LABEL, {"dashed", kinds.BOOLEAN, false, "whether the line is dashed"},
  {"colour", COLOUR[2], nil, "the number of the colour in the palette, 1 to 7 "
    .. "(if absent: that of the band just before, or the next)"},
})
local LAYER = options_of.new("LayerOptions", {LABEL, COLOUR})
local HISTOGRAM = options_of.new("HistogramOptions", {
  {"bins", whole(1, 1000), nil, "the number of intervals (if absent: 5 to 50 "
    .. "of a round width, by the spread of the numbers)"}, LABEL, COLOUR,
})

-- Adds a layer in the next colour, or in the one that its options give.
local function add(plot, layer, options)
  layer.label, layer.dashed = options.label, options.dashed
  if options.colour then
    layer.series = options.colour
  else
    plot.series = plot.series + 1
    layer.series = plot.series
  end
  plot.layers[#plot.layers + 1] = layer
  return plot
end

-- Makes the layer of a kind that has points, from the first two arguments of
-- the method of that name.
local function points_layer(kind, xs, ys)
  if xs ~= nil then xs = numbers_of(1, kind, "xs", xs, nil, CALLER + 1) end
  ys = numbers_of(2, kind, "ys", ys, xs, CALLER + 1)
  return {kind = kind, x = xs or count_to(#ys), y = ys}
end

--- Draws a line from point to point.
--
--     local p = tinygrad.plot():line({1, 2, 3}, {1, 4, 9}, {dashed = true})
--     print(p:svg():match("^<svg")) --> <svg
---@param xs any numbers, a table or a Tensor; nil stands for 1, 2, 3 ...
---@param ys any as many numbers
---@param options? tinygrad.LineOptions
---@return tinygrad.Plot self
function methods:line(xs, ys, options)
  local layer = points_layer("line", xs, ys)
  options = options_of.read(LINE, 3, "line", options, 2)
  local below = self.layers[#self.layers]
  add(self, layer, options)
  if below and below.kind == "band" and not options.colour then
    self.series = self.series - 1
    layer.series = below.series
  end
  return self
end

--- Draws a mark at each point.
--
--     local p = tinygrad.plot():scatter({1, 2, 3}, {1, 4, 9}, {label = "data"})
--     print(p:svg():match("data")) --> data
---@param xs any numbers, a table or a Tensor; nil stands for 1, 2, 3 ...
---@param ys any as many numbers
---@param options? tinygrad.LayerOptions
---@return tinygrad.Plot self
function methods:scatter(xs, ys, options)
  local layer = points_layer("scatter", xs, ys)
  return add(self, layer, options_of.read(LAYER, 3, "scatter", options, 2))
end

--- Fills the area between two curves, such as the limits of a fit's confidence
-- band.
--
--     local p = tinygrad.plot():band({1, 2}, {0, 1}, {2, 3}, {label = "95 %"})
--     print(p:svg():match("95 %%")) --> 95 %
---@param xs any numbers, a table or a Tensor; nil stands for 1, 2, 3 ...
---@param low any as many numbers
---@param high any as many numbers
---@param options? tinygrad.LayerOptions
---@return tinygrad.Plot self
function methods:band(xs, low, high, options)
  if xs ~= nil then xs = numbers_of(1, "band", "xs", xs) end
  low = numbers_of(2, "band", "low", low, xs)
  high = numbers_of(3, "band", "high", high, low)
  options = options_of.read(LAYER, 4, "band", options, 2)
  return add(self, {kind = "band", x = xs or count_to(#low), low = low,
    high = high}, options)
end

-- Returns the number of bins by Freedman and Diaconis, On the histogram as a
-- density estimator (1981), but at least 5 and at most 50.
local function bin_count(sorted)
  local n = #sorted
  local function quantile(q) return sorted[math.floor(q * (n - 1)) + 1] end
  local width = 2 * (quantile(0.75) - quantile(0.25)) / n ^ (1 / 3)
  local bins = (sorted[n] - sorted[1]) / width
  return math.max(5, math.min(50, bins == bins and math.ceil(bins) or 5))
end

-- Returns the edges of the bins for sorted numbers: n bins, or without n, bins
-- of a round width.
local function bin_edges(sorted, n)
  local low, high = sorted[1], sorted[#sorted]
  if low == high or high - low < 1e-13 * math.max(-low, high) then
    local around = scale.new(low, high, false)
    return {around.low, around.high}
  elseif not n then
    return scale.enclose(low, high, bin_count(sorted))
  end
  local edges = {}
  for i = 0, n do edges[i + 1] = low + (high - low) * (i / n) end
  edges[n + 1] = high
  return edges
end

-- Returns how many of the sorted numbers are in each bin. A bin contains its
-- lower edge, and only the last one contains its upper edge.
local function count_bins(sorted, edges)
  local counts, bin = {}, 1
  for i = 1, #edges - 1 do counts[i] = 0 end
  for _, value in ipairs(sorted) do
    while bin < #counts and value >= edges[bin + 1] do bin = bin + 1 end
    counts[bin] = counts[bin] + 1
  end
  return counts
end

--- Draws a histogram: how many of the numbers are in each of several intervals.
-- The intervals have one length on the axis, also if the x axis is logarithmic.
--
--     local p = tinygrad.plot():histogram({1, 2, 2, 3}, {bins = 3})
--     print(p:svg():match("^<svg")) --> <svg
---@param values any numbers: a table or a Tensor
---@param options? tinygrad.HistogramOptions
---@return tinygrad.Plot self
function methods:histogram(values, options)
  values = numbers_of(1, "histogram", "values", values)
  options = options_of.read(HISTOGRAM, 2, "histogram", options, 2)
  local sorted, log = {}, self.x.log
  for _, x in ipairs(values) do
    if scale.shows(x, log) then
      sorted[#sorted + 1] = log and math.log(x) / math.log(10) or x
    end
  end
  table.sort(sorted)
  local edges, counts = {}, {}
  if #sorted > 0 then
    edges = bin_edges(sorted, options.bins or log and bin_count(sorted))
    counts = count_bins(sorted, edges)
  end
  if log then
    for i, edge in ipairs(edges) do edges[i] = 10 ^ edge end
  end
  return add(self, {kind = "histogram", edges = edges, counts = counts,
    x = values}, options)
end

-- Functions of the plane ----------------------------------------------------

-- Checks a function or a grid, and the rectangle that it covers. Returns the
-- layer, with values on a grid.
local function plane_layer(plot, method, f, xs, ys, points)
  for i, axis in ipairs {"x", "y"} do
    local problem = range_problem(i == 1 and xs or ys, plot[axis].log)
    if problem then
      errors.argument_problem(i + 1, method, ("%s range: %s"):format(axis,
        problem), CALLER)
    end
  end
  local x = scale.new(xs[1] + 0.0, xs[2] + 0.0, plot.x.log)
  local y = scale.new(ys[1] + 0.0, ys[2] + 0.0, plot.y.log)
  local values, problem
  if type(f) == "function" then
    values, problem = data.sample(f, x, y, points)
  elseif core.is_tensor(f) or type(f) == "table" and not core.is_value(f) then
    values, problem = data.grid(f)
  else
    problem = "a function or a grid of numbers expected, got "
      .. tree.typename(f)
  end
  if problem then
    errors.argument_problem(1, method, problem, CALLER)
  end
  return {values = values, x = x, y = y}
end

local LEVELS = kinds.new("numbers", "number|number[]|tinygrad.Tensor",
  function(levels)
    if type(levels) == "number" then
      if whole(1, 50).test(levels) then return true end
      return false, ("%s expected, got %s"):format(whole(1, 50).expected,
        errors.got(levels))
    end
    local _, problem = data.numbers("levels", levels)
    return not problem, problem
  end)

local LABELS = kinds.new("list of strings", "string[]", function(labels)
  if type(labels) ~= "table" then return false end
  for i, label in ipairs(labels) do
    if type(label) ~= "string" then
      return false, ("labels[%d]: string expected, got %s"):format(i,
        tree.typename(label))
    end
  end
  return true
end)

local POINTS = {"points", whole(2, 1000), 100, "the number of points along "
  .. "each axis at which f is called"}

local REGIONS = options_of.new("RegionsOptions", {
  {"levels", LEVELS, nil, "the values between the regions, or the most levels "
    .. "to choose (if absent: the value 0)"},
  {"classes", whole(2, COLOURS), nil, "the number of classes, instead of "
    .. "levels: f gives a class, a whole number from 1 to this"},
  {"labels", LABELS, nil, "the names of the regions in the legend, from low to "
    .. "high"},
  POINTS,
})
local CONTOUR = options_of.new("ContourOptions", {
  {"levels", LEVELS, 10, "the values of the lines, or the most lines to "
    .. "choose"}, LABEL, POINTS,
})

--- Tints the plane by the value of a function: where a score is positive and
-- where not, or which class is chosen.
-- The k-th region has the k-th colour of the palette, whatever else is drawn.
--
--     local p = tinygrad.plot():regions(function(x, y) return x * y end,
--       {-1, 1}, {-1, 1}, {labels = {"below", "above"}})
--     print(p:svg():match("above")) --> above
---@param f any a function (x, y) -> number or Value; or a grid of numbers, a
-- table or a Tensor of rows from low y to high y, each from low x to high x
---@param xs number[] {low, high}: the rectangle
---@param ys number[] {low, high}
---@param options? tinygrad.RegionsOptions
---@return tinygrad.Plot self
function methods:regions(f, xs, ys, options)
  options = options_of.read(REGIONS, 4, "regions", options, 2)
  local layer = plane_layer(self, "regions", f, xs, ys, options.points)
  layer.kind, layer.labels = "regions", options.labels or {}
  layer.halves = options.classes ~= nil
  local levels = options.levels or {0}
  if options.classes then
    levels = {}
    for i = 2, options.classes do levels[i - 1] = i - 0.5 end
  elseif type(levels) == "number" then
    levels = data.round_levels(layer.values, levels)
  end
  layer.levels = data.sorted_levels(core.is_tensor(levels) and levels:totable()
    or levels)
  self.layers[#self.layers + 1] = layer
  return self
end

--- Draws lines along which a function of the plane has one value.
--
--     local function f(x, y) return x * x + y * y end
--     local p = tinygrad.plot():contour(f, {-1, 1}, {-1, 1}, {levels = {0.5}})
--     print(p:svg():match("^<svg")) --> <svg
---@param f any as in `regions`
---@param xs number[] {low, high}: the rectangle
---@param ys number[] {low, high}
---@param options? tinygrad.ContourOptions
---@return tinygrad.Plot self
function methods:contour(f, xs, ys, options)
  options = options_of.read(CONTOUR, 4, "contour", options, 2)
  local layer = plane_layer(self, "contour", f, xs, ys, options.points)
  layer.kind, layer.label = "contour", options.label
  local levels = options.levels
  if type(levels) == "number" then
    levels = data.round_levels(layer.values, levels)
  end
  layer.levels = data.sorted_levels(core.is_tensor(levels) and levels:totable()
    or levels)
  self.layers[#self.layers + 1] = layer
  return self
end

-- Writing -------------------------------------------------------------------

local WIDTH = {"width", whole(200, 4000), 640, "the width in pixels"}
local HEIGHT = {"height", whole(150, 4000), 400, "the height in pixels"}

-- Makes the row of the option `program`, whose text ends with `text`.
local function program(text)
  return {"program", kinds.STRING, nil, "the name or path of a gnuplot program "
    .. "that is to draw the plot instead, as in \"gnuplot\"" .. text}
end

local SVG = options_of.new("SvgOptions", {WIDTH, HEIGHT})
local TEXT = options_of.new("TextOptions", {
  {"width", whole(24, 1000), 72, "the columns of the whole"},
  {"height", whole(3, 500), 16, "the lines of the rectangle inside the axes"},
  {"colour", kinds.BOOLEAN, false, "whether to use ANSI escape sequences for "
    .. "colours"},
  program "",
})
local SAVE = options_of.new("SaveOptions", {
  WIDTH, HEIGHT, program "; it can write .svg, .png and .pdf",
})

--- Returns the plot as the contents of an SVG file.
--
--     local p = tinygrad.plot():line({1, 2, 3}, {1, 4, 9})
--     print(p:svg({width = 300, height = 200}):match('width="300"'))
--     --> width="300"
---@param options? tinygrad.SvgOptions
---@return string the contents of the file
function methods:svg(options)
  options = options_of.read(SVG, 1, "svg", options, 2)
  return svg.draw(picture(self), options.width, options.height)
end

--- Returns the plot as lines of UTF-8 text, made of Braille dots and block
-- characters.
-- Each of several lines is marked with a letter; lines of one colour have one
-- letter.
--
--     local p = tinygrad.plot():line({1, 2}, {1, 2})
--     print(p:text {width = 24, height = 3})
--     --> 2 ┤            ⢀⣀⡠⠤⠒⠊⠁
--     -->   │      ⢀⣀⠤⠔⠒⠉⠁
--     --> 1 ┤⢀⡠⠤⠒⠊⠉⠁
--     -->   └┬────────┬────────┬
--     -->   1.0      1.5      2.0
--     -->
---@param options? tinygrad.TextOptions
---@return string|nil text ends with a newline
---@return string|nil message if the program is not installed, or fails
function methods:text(options)
  options = options_of.read(TEXT, 1, "text", options, 2)
  local width, height = options.width, options.height
  if options.program then
    return gnuplot.text(picture(self), options.program, width, height)
  end
  return terminal.draw(picture(self), width, height, options.colour)
end

--- Writes the plot to a file, as SVG.
-- The file's name must end in .svg or have no extension. The old contents stay
-- whole until the new file is complete. If no other file can be made beside it,
-- the file is written in place, which is not atomic.
--
--     local path = os.tmpname()
--     print(tinygrad.plot():line({1, 2}, {1, 2}):save(path)) --> true
--     os.remove(path)
---@param path string the file to write
---@param options? tinygrad.SaveOptions
---@return boolean|nil true
---@return string|nil message if the file cannot be written; or if the program
-- is not installed, fails, or cannot write what the file's name says
---@raise the file's name ends in another extension, and no program is to draw
-- the plot
function methods:save(path, options)
  if type(path) ~= "string" then
    errors.argument(1, "save", "a path", tree.typename(path), 2)
  end
  options = options_of.read(SAVE, 2, "save", options, 2)
  local width, height = options.width, options.height
  if options.program then
    return gnuplot.save(picture(self), options.program, path, width, height)
  end
  local extension = file.extension(path)
  if extension and extension ~= "svg" then
    errors.argument(1, "save", "a path that ends in .svg, or the option "
      .. "program = \"gnuplot\" for .svg, .png or .pdf,", "one that ends in ."
      .. extension, 2)
  end
  return file.write(path, svg.draw(picture(self), width, height))
end

return new
