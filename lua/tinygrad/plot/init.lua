--- tinygrad.plot: curves, points and regions as SVG, or on the terminal.
--
--     local p = tinygrad.plot {title = "Training", y = {log = true}}
--     p:line(epochs, losses, {label = "loss"})
--     print(p:text())
--     assert(p:save("training.svg"))
--
-- What is drawn later lies on top; regions are below all else, marks above, and
-- these can be seen through. A number that is NaN or infinite (or beyond 1e300)
-- is not drawn and breaks a line; so does one that is not positive (or below
-- 1e-300) on a logarithmic axis, and then the picture says how many are
-- missing. The same calls give the same text, on every Lua and in every locale.

local core = require "tinygrad.core"
local data = require "tinygrad.plot.data"
local file = require "tinygrad.support.file"
local gnuplot = require "tinygrad.plot.gnuplot"
local options_of = require "tinygrad.support.options"
local picture = require "tinygrad.plot.picture"
local scale = require "tinygrad.plot.scale"
local svg = require "tinygrad.plot.svg"
local terminal = require "tinygrad.plot.terminal"
local tree = require "tinygrad.base.tree"
local write = require "tinygrad.support.write"
core.library()

---@class tinygrad.Plot
local methods = {}
local metatable = {__index = methods}

local check_options, whole = options_of.check, options_of.whole

local COLOURS = svg.COLOURS -- in the palette
local POINTS = 100 -- along each axis, of a function of the plane

-- Arguments -----------------------------------------------------------------

-- The level of an error in a checker that a public function calls.
local CALLER = 3

local function bad(i, name, expected, got, level)
  error(("bad argument #%d to '%s' (%s expected, got %s)"):format(i, name,
    expected, got), (level or CALLER) + 1)
end

-- Checks argument i: a list of numbers, as many as `others` if given.
local function numbers_of(i, method, name, list, others)
  local numbers, problem = data.numbers(name, list)
  if numbers and others and #numbers ~= #others then
    problem = ("%s: %d numbers expected, as in the others, got %d"):format(
      name, #others, #numbers)
  end
  if problem then
    error(("bad argument #%d to '%s' (%s)"):format(i, method, problem), CALLER)
  end
  return numbers
end

-- 1, 2 ... n
local function count_to(n)
  local list = {}
  for i = 1, n do list[i] = i + 0.0 end
  return list
end

-- Checks {low, high}; both must be on the axis.
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

local function axis_problem(axis)
  if type(axis) ~= "table" then
    return "a table expected, got " .. tree.typename(axis)
  end
  return options_of.problem(axis, {label = "string", log = "boolean",
    range = function(range) return range_problem(range, axis.log) end})
end

---@class tinygrad.PlotAxis
---@field label? string
---@field log? boolean a logarithmic axis
---@field range? number[] {low, high}; if absent, what the data needs

--- An empty plot.
--
--     local p = tinygrad.plot {title = "a line"}
--     p:line({1, 2, 3}, {1, 4, 9}, {label = "squares"})
--     print(p:text({width = 40}):match("a line")) --> a line
---@param options? table `title`; `x` and `y`, each a tinygrad.PlotAxis
---@return tinygrad.Plot
local function new(options)
  options = check_options(1, "plot", options,
    {title = "string", x = axis_problem, y = axis_problem})
  local plot = {title = options.title, layers = {}, series = 0}
  for _, name in ipairs {"x", "y"} do
    local axis = options[name] or {}
    plot[name] = {label = axis.label, log = axis.log or false,
      range = axis.range and {axis.range[1] + 0.0, axis.range[2] + 0.0}}
  end
  return setmetatable(plot, metatable)
end

-- Layers --------------------------------------------------------------------

local COLOUR = whole(1, COLOURS)

-- Adds a layer of the next colour, or of the one asked for.
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

--- Draws a line from point to point.
--
--     local p = tinygrad.plot():line({1, 2, 3}, {1, 4, 9}, {dashed = true})
--     print(p:svg():match("^<svg")) --> <svg
---@param xs any numbers: a table or a Tensor; nil: 1, 2 and so on
---@param ys any as many numbers
---@param options? table `label`, for the legend; `dashed`; `colour`, 1 to 7
-- (if absent, that of the band just before, or the next)
---@return tinygrad.Plot self
function methods:line(xs, ys, options)
  if xs ~= nil then xs = numbers_of(1, "line", "xs", xs) end
  ys = numbers_of(2, "line", "ys", ys, xs)
  options = check_options(3, "line", options,
    {label = "string", dashed = "boolean", colour = COLOUR})
  local below = self.layers[#self.layers]
  local layer = {kind = "line", x = xs or count_to(#ys), y = ys}
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
---@param xs any numbers: a table or a Tensor; nil: 1, 2 and so on
---@param ys any as many numbers
---@param options? table `label`; `colour`, 1 to 7
---@return tinygrad.Plot self
function methods:scatter(xs, ys, options)
  if xs ~= nil then xs = numbers_of(1, "scatter", "xs", xs) end
  ys = numbers_of(2, "scatter", "ys", ys, xs)
  options = check_options(3, "scatter", options,
    {label = "string", colour = COLOUR})
  return add(self, {kind = "scatter", x = xs or count_to(#ys), y = ys},
    options)
end

--- Fills what is between two curves, such as the limits of a fit's confidence.
--
--     local p = tinygrad.plot():band({1, 2}, {0, 1}, {2, 3}, {label = "95 %"})
--     print(p:svg():match("95 %%")) --> 95 %
---@param xs any numbers: a table or a Tensor; nil: 1, 2 and so on
---@param low any as many numbers
---@param high any as many numbers
---@param options? table `label`; `colour`, 1 to 7
---@return tinygrad.Plot self
function methods:band(xs, low, high, options)
  if xs ~= nil then xs = numbers_of(1, "band", "xs", xs) end
  low = numbers_of(2, "band", "low", low, xs)
  high = numbers_of(3, "band", "high", high, low)
  options = check_options(4, "band", options,
    {label = "string", colour = COLOUR})
  return add(self, {kind = "band", x = xs or count_to(#low), low = low,
    high = high}, options)
end

-- How many bins: Freedman and Diaconis, On the histogram as a density
-- estimator (1981), but 5 to 50 of them.
local function bin_count(sorted)
  local n = #sorted
  local function quantile(q) return sorted[math.floor(q * (n - 1)) + 1] end
  local width = 2 * (quantile(0.75) - quantile(0.25)) / n ^ (1 / 3)
  local bins = (sorted[n] - sorted[1]) / width
  return math.max(5, math.min(50, bins == bins and math.ceil(bins) or 5))
end

-- The edges of the bins for sorted numbers; of n bins, or of a round width.
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

-- How many of the sorted numbers are in each bin, [edge, next edge); the last
-- has both.
local function count_bins(sorted, edges)
  local counts, bin = {}, 1
  for i = 1, #edges - 1 do counts[i] = 0 end
  for _, value in ipairs(sorted) do
    while bin < #counts and value >= edges[bin + 1] do bin = bin + 1 end
    counts[bin] = counts[bin] + 1
  end
  return counts
end

--- Draws how many of the numbers are in each of several intervals. On a
-- logarithmic x axis these are equally long there.
--
--     local p = tinygrad.plot():histogram({1, 2, 2, 3}, {bins = 3})
--     print(p:svg():match("^<svg")) --> <svg
---@param values any numbers: a table or a Tensor
---@param options? table `bins`, how many (if absent, as many as seem right,
-- of a round width); `label`; `colour`, 1 to 7
---@return tinygrad.Plot self
function methods:histogram(values, options)
  values = numbers_of(1, "histogram", "values", values)
  options = check_options(2, "histogram", options,
    {bins = whole(1, 1000), label = "string", colour = COLOUR})
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

-- Checks a function or a grid and the rectangle it is over.
local function plane_layer(plot, method, f, xs, ys, points)
  for i, axis in ipairs {"x", "y"} do
    local problem = range_problem(i == 1 and xs or ys, plot[axis].log)
    if problem then
      error(("bad argument #%d to '%s' (%s range: %s)"):format(i + 1, method,
        axis, problem), CALLER)
    end
  end
  local x = scale.new(xs[1] + 0.0, xs[2] + 0.0, plot.x.log)
  local y = scale.new(ys[1] + 0.0, ys[2] + 0.0, plot.y.log)
  local values, problem
  if type(f) == "function" then
    values, problem = data.sample(f, x, y, points or POINTS)
  elseif core.is_tensor(f) or type(f) == "table" and not core.is_value(f) then
    values, problem = data.grid(f)
  else
    problem = "a function or a grid of numbers expected, got "
      .. tree.typename(f)
  end
  if problem then
    error(("bad argument #1 to '%s' (%s)"):format(method, problem), CALLER)
  end
  return {values = values, x = x, y = y}
end

local function levels_option(levels)
  if type(levels) == "number" then return whole(1, 50)(levels) end
  local _, problem = data.numbers("levels", levels)
  return problem
end

local function labels_option(labels)
  if type(labels) ~= "table" then
    return "a list of strings expected, got " .. tree.typename(labels)
  end
  for i, label in ipairs(labels) do
    if type(label) ~= "string" then
      return ("labels[%d]: string expected, got %s"):format(i,
        tree.typename(label))
    end
  end
  return nil
end

--- Tints the plane by what a function gives there: where a score is positive
-- and where not, or which class is chosen. The k-th region has the k-th colour
-- of the palette, whatever else is drawn.
--
--     local p = tinygrad.plot():regions(function(x, y) return x * y end,
--       {-1, 1}, {-1, 1}, {labels = {"below", "above"}})
--     print(p:svg():match("above")) --> above
---@param f any a function (x, y) -> number or Value; or a grid of numbers,
-- rows from low y to high y, each from low x to high x: a table or a Tensor
---@param xs number[] {low, high}: the rectangle
---@param ys number[] {low, high}
---@param options? table `levels`, numbers between the regions (if absent, 0);
-- or `classes`: f gives a class, a whole number from 1 to this. `labels`, of
-- the regions from low to high; `points`, along each axis, where to call f
-- (100)
---@return tinygrad.Plot self
function methods:regions(f, xs, ys, options)
  options = check_options(4, "regions", options, {labels = labels_option,
    levels = levels_option, classes = whole(2, COLOURS),
    points = whole(2, 1000)})
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

--- Draws lines along which a function of the plane has the same value.
--
--     local function f(x, y) return x * x + y * y end
--     local p = tinygrad.plot():contour(f, {-1, 1}, {-1, 1}, {levels = {0.5}})
--     print(p:svg():match("^<svg")) --> <svg
---@param f any as in `regions`
---@param xs number[] {low, high}: the rectangle
---@param ys number[] {low, high}
---@param options? table `levels`: numbers, or how many at most (10); `label`;
-- `points`, along each axis, where to call f (100)
---@return tinygrad.Plot self
function methods:contour(f, xs, ys, options)
  options = check_options(4, "contour", options, {label = "string",
    levels = levels_option, points = whole(2, 1000)})
  local layer = plane_layer(self, "contour", f, xs, ys, options.points)
  layer.kind, layer.label = "contour", options.label
  local levels = options.levels or 10
  if type(levels) == "number" then
    levels = data.round_levels(layer.values, levels)
  end
  layer.levels = data.sorted_levels(core.is_tensor(levels) and levels:totable()
    or levels)
  self.layers[#self.layers + 1] = layer
  return self
end

-- Writing -------------------------------------------------------------------

local SIZES = {width = whole(200, 4000), height = whole(150, 4000)}

--- The plot as a standalone SVG file's contents.
--
--     local p = tinygrad.plot():line({1, 2, 3}, {1, 4, 9})
--     print(p:svg({width = 300, height = 200}):match('width="300"'))
--     --> width="300"
---@param options? table `width` (640) and `height` (400), in pixels
---@return string
function methods:svg(options)
  options = check_options(1, "svg", options, SIZES)
  return svg.draw(picture(self), options.width or 640, options.height or 400)
end

--- The plot as lines of UTF-8 text, made of Braille dots and block characters.
-- Several lines have a letter each, those of one colour the same.
--
--     local p = tinygrad.plot():line({1, 2}, {1, 2})
--     print(p:text {width = 24, height = 3})
--     --> 2 ┤            ⢀⣀⡠⠤⠒⠊⠁
--     -->   │      ⢀⣀⠤⠔⠒⠉⠁
--     --> 1 ┤⢀⡠⠤⠒⠊⠉⠁
--     -->   └┬────────┬────────┬
--     -->   1.0      1.5      2.0
--     -->
---@param options? table `width`, columns of the whole (72); `height`, lines of
-- the rectangle inside the axes (16); `colour`: with ANSI escape sequences;
-- `program`, a gnuplot to draw it instead: its name, as in "gnuplot"
---@return string|nil text ends with a newline
---@return string|nil message if there is no such program, or it fails
function methods:text(options)
  options = check_options(1, "text", options, {width = whole(24, 1000),
    height = whole(3, 500), colour = "boolean", program = "string"})
  local width, height = options.width or 72, options.height or 16
  if options.program then
    return gnuplot.text(picture(self), options.program, width, height)
  end
  return terminal.draw(picture(self), width, height, options.colour)
end

--- Writes the plot to a file, as SVG. Its name ends in .svg, or says nothing.
-- What was there stays whole until the new file is complete; it is written in
-- place, which is not atomic, where no file can be made beside it.
--
--     local path = os.tmpname()
--     print(tinygrad.plot():line({1, 2}, {1, 2}):save(path)) --> true
--     os.remove(path)
---@param path string
---@param options? table `width` and `height`, in pixels; `program`, a gnuplot
-- to draw it instead: its name, as in "gnuplot". It writes .svg, .png and .pdf
---@return boolean|nil true
---@return string|nil message if the file cannot be written; if there is no such
-- program, or it fails, or does not write what the name says
---@raise the name says that it is no SVG, and no program is to draw
function methods:save(path, options)
  if type(path) ~= "string" then
    bad(1, "save", "a path", tree.typename(path), 2)
  end
  options = check_options(2, "save", options, {width = SIZES.width,
    height = SIZES.height, program = "string"})
  local width, height = options.width or 640, options.height or 400
  if options.program then
    return gnuplot.save(picture(self), options.program, path, width, height)
  end
  local extension = file.extension(path)
  if extension and extension ~= "svg" then
    bad(1, "save", "a path that ends in .svg, or the option program = "
      .. "\"gnuplot\" for .svg, .png or .pdf,", "one that ends in ."
      .. extension, 2)
  end
  return file.write(path, svg.draw(picture(self), width, height))
end

return new
