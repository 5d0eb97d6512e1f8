---@meta tinygrad
-- Made by spec/tools/annotations.lua (make generated): for editors, never run.

local core = require "tinygrad.core"

---@class tinygrad
---@field _VERSION string "tinygrad " and the version
local tinygrad = {}

---@class tinygrad.Value
local Value = {}

---@class tinygrad.AdagradOptions
---@field lr? number the learning rate (0.01)
---@field lr_decay? number the t-th step's rate is lr / (1 + (t - 1) *
-- lr_decay) (0)
---@field eps? number added to the divisor (1e-10)
---@field initial_accumulator_value? number where the sums of squares begin
-- (0)
---@field weight_decay? number this much of each parameter is added to its
-- gradient (0)

---@class tinygrad.AdamOptions
---@field lr? number the learning rate (0.001)
---@field betas? number[] how much the means of gradients and of their
-- squares keep at each step ({0.9, 0.999})
---@field eps? number added to the divisor (1e-08)
---@field weight_decay? number this much of each parameter is added to its
-- gradient (0)

---@class tinygrad.AdamWOptions
---@field lr? number the learning rate (0.001)
---@field betas? number[] how much the means of gradients and of their
-- squares keep at each step ({0.9, 0.999})
---@field eps? number added to the divisor (1e-08)
---@field weight_decay? number this much of each parameter, times lr, is
-- taken away at each step (0.01)

---@class tinygrad.ArgnumsOptions
---@field argnums? integer|integer[] the position, or list of positions, of
-- the arguments to differentiate, in the order in which their derivatives
-- are wanted (if absent: all that hold numbers); the others are handed on as
-- they are

---@class tinygrad.BatchOptions
---@field reduce? "sum"|"mean" how to combine the results of all rows (if
-- absent: not at all)
---@field rows? integer[]|tinygrad.Tensor the numbers of the rows to use (if
-- absent: all)
---@field shared? integer|integer[] the position, or list of positions, of
-- the arguments whose Tensors have the shape of the example and are for all
-- rows
---@field out? any[] a table to write the results into: the results of an
-- earlier batch, or with `reduce` Tensors in the shape of some of the
-- results
---@field threads? integer the most threads to use (1)
---@field vectors? "plain"|"avx2"|"avx512" the widest vector instructions to
-- use (if absent: the widest that the processor has)

---@class tinygrad.CompileOptions
---@field captured? "error"|"constant"|"input" what a Value that the function
-- captures becomes ("error")
---@field simplify? boolean whether to simplify the operations; false keeps
-- each as it was recorded (true)

---@class tinygrad.ContourOptions
---@field levels? number|number[]|tinygrad.Tensor the values of the lines, or
-- the most lines to choose (10)
---@field label? string the name in the legend (if absent: not in the legend)
---@field points? integer the number of points along each axis at which f is
-- called (100)

---@class tinygrad.CosineOptions
---@field steps integer steps after which the rate is the minimum
---@field minimum? number the last rate (0)

---@class tinygrad.DotOptions
---@field direction? "LR"|"RL"|"TB"|"BT" the direction from operands to
-- results: left to right, right to left, top to bottom or bottom to top
-- ("LR")
---@field groups? boolean whether nodes with labels such as `layer1.w` stand
-- in frames (true)
---@field partials? boolean whether local partials are written on the edges
-- (false)
---@field limit? integer the most nodes to draw (150)

---@class tinygrad.EmitOptions
---@field name? string the name of the function ("program")
---@field real? "double"|"float" the type of all numbers ("double")
---@field doc? boolean whether to write comments (true)
---@field header? string the name of the file for the second result, the
-- header, which the source is to include (if absent: the source needs no
-- header)

---@class tinygrad.FitOptions
---@field lower? number|table lower bounds: a number for all parameters, or a
-- table in their shape that may lack some; the start is moved into the
-- bounds
---@field upper? number|table upper bounds: a number for all parameters, or a
-- table in their shape that may lack some
---@field loss? "linear"|"huber"|"soft_l1"|"cauchy" how much residuals beyond
-- `scale` count ("linear")
---@field scale? number the size of residuals beyond which `loss` counts them
-- less (1)
---@field ftol? number relative change of the sum of squares below which the
-- search looks whether the gradient is 0, and begins anew from there if it
-- is not (1e-15)
---@field xtol? number relative change of every parameter below which the
-- search looks whether the gradient is 0, and begins anew from there if it
-- is not (1e-12)
---@field gtol? number the part of the residuals that could still be taken
-- away, below which the search has converged (1e-12)
---@field max_iterations? number iterations after which the search ends
-- (1000)
---@field max_evaluations? number evaluations of the residuals after which
-- the search ends (10000)
---@field factor? number how far the first step may go, in lengths of the
-- parameters (10)
---@field callback? fun(state: table): boolean? called with {iteration,
-- value, parameters} after each step; true ends the search
---@field absolute_sigma? boolean whether residuals are in units of their own
-- standard deviation, which is then not estimated from them (for fit:
-- whether sigma is known, and not only up to a factor) (false)

---@class tinygrad.GradcheckOptions
---@field tolerance? number the largest error allowed (1e-06)
---@field step? number the step of the differences, relative to max(1,
-- |input|) (6.0554544523933e-06)
---@field order? integer 2 checks the gradient of the gradient as well (1)
---@field argnums? integer|integer[] the position, or list of positions, of
-- the arguments to check ("all")
---@field names? string[] a list of names for the arguments, for messages

---@class tinygrad.GradientsOptions
---@field create_graph? boolean whether the results are Values that can be
-- differentiated again (false)
---@field seed? tinygrad.Number a factor for all derivatives (1)

---@class tinygrad.HistogramOptions
---@field bins? integer the number of intervals (if absent: 5 to 50 of a
-- round width, by the spread of the numbers)
---@field label? string the name in the legend (if absent: not in the legend)
---@field colour? integer the number of the colour in the palette, 1 to 7 (if
-- absent: the next)

---@class tinygrad.LayerOptions
---@field label? string the name in the legend (if absent: not in the legend)
---@field colour? integer the number of the colour in the palette, 1 to 7 (if
-- absent: the next)

---@class tinygrad.LineOptions
---@field label? string the name in the legend (if absent: not in the legend)
---@field dashed? boolean whether the line is dashed (false)
---@field colour? integer the number of the colour in the palette, 1 to 7 (if
-- absent: that of the band just before, or the next)

---@class tinygrad.LoadOptions
---@field operations? function[] a list of the Lua functions of the C host's
-- own operations that the Program calls

---@class tinygrad.MLPOptions: tinygrad.NeuronOptions
---@field output? string|fun(x: any): any the activation of the last layer
-- ("linear")

---@class tinygrad.MinimizeOptions
---@field method? "newton"|"lbfgs" how to search (if absent: "newton" up to
-- 30 variables, unless its Hessian would have over 200,000 operations)
---@field lower? number|table lower bounds: a number for all variables, or a
-- table shaped as x0 that may lack some
---@field upper? number|table upper bounds: a number for all variables, or a
-- table shaped as x0 that may lack some
---@field gradient_tolerance? number the search has converged when no element
-- of the gradient, projected onto the bounds, is larger than this (times the
-- largest at the start, if that is below 1) (1e-08)
---@field f_tolerance? number relative change of the value up to which, three
-- times in a row, the search has converged (1e-15)
---@field x_tolerance? number step, relative to each variable, up to which
-- the search has converged (2^-52)
---@field max_iterations? integer iterations after which the search ends (if
-- absent: 1000, and 20 for each variable)
---@field max_evaluations? integer evaluations after which the search ends
-- (no limit)
---@field memory? integer steps that "lbfgs" remembers (10)
---@field callback? fun(state: table): boolean? called with a table
-- (iteration, evaluations, x, value, gradient_norm, step) at the start and
-- after each iteration, stops the search by returning true

---@class tinygrad.NeuronOptions
---@field activation? string|fun(x: any): any a name or a function ("tanh")
---@field init? string|fun(inputs: integer, outputs: integer, random:
-- tinygrad.Generator): number how weights begin: a name, or a function of a
-- layer's inputs and outputs and a generator to a number (if absent: "he"
-- before a rectifier, else "xavier")
---@field seed? number|tinygrad.Generator of the random numbers that weights
-- begin with (1)

---@class tinygrad.PageOptions
---@field direction? "LR"|"RL"|"TB"|"BT" the direction from operands to
-- results: left to right, right to left, top to bottom or bottom to top
-- ("LR")
---@field title? string the title of the page
---@field limit? integer the most nodes to draw (150)

---@class tinygrad.PlotAxis
---@field label? string the text beside the axis
---@field log? boolean whether the axis is logarithmic (false)
---@field range? number[] the ends of the axis (if absent: as the data needs)

---@class tinygrad.PlotOptions
---@field title? string the text above the plot
---@field x? tinygrad.PlotAxis the horizontal axis
---@field y? tinygrad.PlotAxis the vertical axis

---@class tinygrad.RMSPropOptions
---@field lr? number the learning rate (0.01)
---@field alpha? number how much the mean of squares keeps at each step
-- (0.99)
---@field eps? number added to the divisor (1e-08)
---@field momentum? number how much of the last step is kept (0)
---@field centered? boolean whether to divide by the deviation, not by the
-- root of the mean square (false)
---@field weight_decay? number this much of each parameter is added to its
-- gradient (0)

---@class tinygrad.RegionsOptions
---@field levels? number|number[]|tinygrad.Tensor the values between the
-- regions, or the most levels to choose (if absent: the value 0)
---@field classes? integer the number of classes, instead of levels: f gives
-- a class, a whole number from 1 to this
---@field labels? string[] the names of the regions in the legend, from low
-- to high
---@field points? integer the number of points along each axis at which f is
-- called (100)

---@class tinygrad.SGDOptions
---@field lr number the learning rate
---@field momentum? number how much of the last step is kept (0)
---@field dampening? number how much of a gradient the momentum does not take
-- (0)
---@field nesterov? boolean whether to look ahead along the momentum (false)
---@field weight_decay? number this much of each parameter is added to its
-- gradient (0)

---@class tinygrad.SaveOptions
---@field width? integer the width in pixels (640)
---@field height? integer the height in pixels (400)
---@field program? string the name or path of a gnuplot program that is to
-- draw the plot instead, as in "gnuplot"; it can write .svg, .png and .pdf

---@class tinygrad.StepOptions
---@field size integer steps after which the rate changes
---@field factor? number by which the rate is multiplied (0.1)

---@class tinygrad.SvgOptions
---@field width? integer the width in pixels (640)
---@field height? integer the height in pixels (400)

---@class tinygrad.TextOptions
---@field width? integer the columns of the whole (72)
---@field height? integer the lines of the rectangle inside the axes (16)
---@field colour? boolean whether to use ANSI escape sequences for colours
-- (false)
---@field program? string the name or path of a gnuplot program that is to
-- draw the plot instead, as in "gnuplot"

---@class tinygrad.TrainOptions
---@field epochs? integer how often all rows are gone through (100)
---@field batch_size? integer rows of a step (if absent: all)
---@field shuffle? boolean whether rows get a new order in each epoch (if
-- absent: if there is a batch_size)
---@field seed? number of the order of rows and the choice of rows for
-- validation (1)
---@field optimizer? string|table the name of one of tinygrad.optim, or a
-- table of its name and options: {"SGD", momentum = 0.9} ("Adam")
---@field lr? number the learning rate (if absent: the optimizer's default)
---@field schedule? fun(t: integer, lr: number): number returns the learning
-- rate of a step; tinygrad.optim has some
---@field clip_norm? number limit of the gradient's norm
---@field clip_value? number limit of each number of the gradient
---@field penalty? fun(model: table): any returns what is added to the mean
-- loss
---@field validation? table|number other data, or a part of the data between
-- 0 and 1
---@field patience? integer epochs without a lower validation loss after
-- which training stops, with the parameters of the best epoch
---@field min_delta? number by how much a validation loss must be lower to
-- count as lower (0)
---@field checkpoint? string path of a file that is written now and then and
-- at the end; it stays whole until the next one is complete (but is written
-- in place, which is not atomic, if no file can be made beside it)
---@field checkpoint_every? integer epochs between two checkpoints (10)
---@field resume? boolean whether to go on from the checkpoint, if its file
-- exists
---@field callback? fun(record: table): boolean? called after each epoch with
-- a table of epoch, loss, validation, rate, steps and model, stops by
-- returning true
---@field progress? boolean|file* true or false, or a file (if absent: a line
-- on stderr if that is a terminal)
---@field quiet? boolean true: no line of progress
---@field threads? integer how many threads to use at most (1)
---@field mode? "compiled"|"eager" eager: nothing is recorded ("compiled")

---@class tinygrad.TreeOptions
---@field limit? integer the most nodes to draw (150)

---@class tinygrad.WarmupOptions
---@field steps integer steps after which the rate is lr
---@field start? number the first rate, as a part of lr (1 / 3)

tinygrad.Tensor = require("tinygrad.tensor")

tinygrad.Value = core.Value

--- The operation 'abs', of a number or Value.
-- derivative 0 at 0
---@return tinygrad.Number
function Value:abs() end

--- The operation 'acos', of a number or Value.
-- derivative -inf at -1 and 1
---@return tinygrad.Number
function Value:acos() end

--- The operation 'acosh', of a number or Value.
-- derivative inf at 1
---@return tinygrad.Number
function Value:acosh() end

--- The operation 'add', of numbers or Values.
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:add(y) end

--- The operation 'asin', of a number or Value.
-- derivative inf at -1 and 1
---@return tinygrad.Number
function Value:asin() end

--- The operation 'asinh', of a number or Value.
---@return tinygrad.Number
function Value:asinh() end

--- The operation 'atan', of numbers or Values.
-- atan(y, x): gradient 0 at (0, 0)
---@param x? tinygrad.Number
---@return tinygrad.Number
function Value:atan(x) end

--- The operation 'atan2', of numbers or Values.
-- gradient 0 at (0, 0)
---@param x tinygrad.Number
---@return tinygrad.Number
function Value:atan2(x) end

--- The operation 'atanh', of a number or Value.
---@return tinygrad.Number
function Value:atanh() end

--- The operation 'cbrt', of a number or Value.
-- derivative inf at 0
---@return tinygrad.Number
function Value:cbrt() end

--- The operation 'ceil', of a number or Value.
-- derivative 0
---@return tinygrad.Number
function Value:ceil() end

--- The operation 'clamp', of numbers or Values.
-- derivative 1 at the bounds
---@param low tinygrad.Number
---@param high tinygrad.Number
---@return tinygrad.Number
function Value:clamp(low, high) end

--- The operation 'cos', of a number or Value.
---@return tinygrad.Number
function Value:cos() end

--- The operation 'cosh', of a number or Value.
---@return tinygrad.Number
function Value:cosh() end

--- The operation 'deg', of a number or Value.
-- radians to degrees
---@return tinygrad.Number
function Value:deg() end

--- The operation 'digamma', of a number or Value.
-- derivative of lgamma
---@return tinygrad.Number
function Value:digamma() end

--- The operation 'div', of numbers or Values.
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:div(y) end

--- The operation 'elu', of numbers or Values.
-- derivative alpha at 0
---@param alpha? tinygrad.Number
---@return tinygrad.Number
function Value:elu(alpha) end

--- The operation 'eq', of numbers or Values.
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:eq(y) end

--- The operation 'erf', of a number or Value.
---@return tinygrad.Number
function Value:erf() end

--- The operation 'erfc', of a number or Value.
---@return tinygrad.Number
function Value:erfc() end

--- The operation 'exp', of a number or Value.
---@return tinygrad.Number
function Value:exp() end

--- The operation 'exp2', of a number or Value.
---@return tinygrad.Number
function Value:exp2() end

--- The operation 'expm1', of a number or Value.
---@return tinygrad.Number
function Value:expm1() end

--- The operation 'floor', of a number or Value.
-- derivative 0
---@return tinygrad.Number
function Value:floor() end

--- The operation 'fma', of numbers or Values.
-- x * y + z, rounded once
---@param y tinygrad.Number
---@param z tinygrad.Number
---@return tinygrad.Number
function Value:fma(y, z) end

--- The operation 'fmod', of numbers or Values.
-- x - trunc(x / y) * y, as C's fmod
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:fmod(y) end

--- The operation 'ge', of numbers or Values.
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:ge(y) end

--- The operation 'gelu', of a number or Value.
-- x * (1 + erf(x / sqrt(2))) / 2, exact
---@return tinygrad.Number
function Value:gelu() end

--- The operation 'gt', of numbers or Values.
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:gt(y) end

--- The operation 'hypot', of numbers or Values.
-- gradient 0 at (0, 0)
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:hypot(y) end

--- The operation 'identity', of a number or Value.
-- x itself, as a new node
---@return tinygrad.Number
function Value:identity() end

--- The operation 'idiv', of numbers or Values.
-- floor(x / y); gradient 0
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:idiv(y) end

--- The operation 'le', of numbers or Values.
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:le(y) end

--- The operation 'leaky_relu', of numbers or Values.
-- derivative slope at 0
---@param slope? tinygrad.Number
---@return tinygrad.Number
function Value:leaky_relu(slope) end

--- The operation 'lerp', of numbers or Values.
-- a + t * (b - a)
---@param b tinygrad.Number
---@param t tinygrad.Number
---@return tinygrad.Number
function Value:lerp(b, t) end

--- The operation 'lgamma', of a number or Value.
-- log of |gamma(x)|
---@return tinygrad.Number
function Value:lgamma() end

--- The operation 'log', of numbers or Values.
---@param base? tinygrad.Number
---@return tinygrad.Number
function Value:log(base) end

--- The operation 'log10', of a number or Value.
---@return tinygrad.Number
function Value:log10() end

--- The operation 'log1p', of a number or Value.
---@return tinygrad.Number
function Value:log1p() end

--- The operation 'log2', of a number or Value.
---@return tinygrad.Number
function Value:log2() end

--- The operation 'log_base', of numbers or Values.
---@param base tinygrad.Number
---@return tinygrad.Number
function Value:log_base(base) end

--- The operation 'log_sigmoid', of a number or Value.
-- -log(1 + exp(-x))
---@return tinygrad.Number
function Value:log_sigmoid() end

--- The operation 'lt', of numbers or Values.
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:lt(y) end

--- The operation 'max', of numbers or Values, in a table or not.
-- max(x, y): tied arguments share the gradient
-- max(a, b, c, ...): k tied arguments get 1 / k of the gradient each
---@return tinygrad.Number
function Value:max(...) end

--- The operation 'min', of numbers or Values, in a table or not.
-- min(x, y): tied arguments share the gradient
-- min(a, b, c, ...): k tied arguments get 1 / k of the gradient each
---@return tinygrad.Number
function Value:min(...) end

--- The operation 'mod', of numbers or Values.
-- x - floor(x / y) * y, as Lua's %
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:mod(y) end

--- The operation 'mul', of numbers or Values.
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:mul(y) end

--- The operation 'ne', of numbers or Values.
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:ne(y) end

--- The operation 'neg', of a number or Value.
---@return tinygrad.Number
function Value:neg() end

--- The operation 'polygamma', of numbers or Values.
-- n-th derivative of digamma
---@param x tinygrad.Number
---@return tinygrad.Number
function Value:polygamma(x) end

--- The operation 'pow', of numbers or Values.
-- x ^ 2 is x * x; d/dy is NaN for x < 0, 0 at x = 0 if y >= 0
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:pow(y) end

--- The operation 'rad', of a number or Value.
-- degrees to radians
---@return tinygrad.Number
function Value:rad() end

--- The operation 'reciprocal', of a number or Value.
---@return tinygrad.Number
function Value:reciprocal() end

--- The operation 'relu', of a number or Value.
-- derivative 0 at 0
---@return tinygrad.Number
function Value:relu() end

--- The operation 'round', of a number or Value.
-- halves away from zero; derivative 0
---@return tinygrad.Number
function Value:round() end

--- The operation 'sigmoid', of a number or Value.
-- 1 / (1 + exp(-x))
---@return tinygrad.Number
function Value:sigmoid() end

--- The operation 'sign', of a number or Value.
-- -1, 0 or 1; derivative 0
---@return tinygrad.Number
function Value:sign() end

--- The operation 'silu', of a number or Value.
-- x * sigmoid(x)
---@return tinygrad.Number
function Value:silu() end

--- The operation 'sin', of a number or Value.
---@return tinygrad.Number
function Value:sin() end

--- The operation 'sinh', of a number or Value.
---@return tinygrad.Number
function Value:sinh() end

--- The operation 'softplus', of a number or Value.
-- log(1 + exp(x))
---@return tinygrad.Number
function Value:softplus() end

--- The operation 'sqrt', of a number or Value.
-- derivative inf at 0
---@return tinygrad.Number
function Value:sqrt() end

--- The operation 'square', of a number or Value.
---@return tinygrad.Number
function Value:square() end

--- The operation 'sub', of numbers or Values.
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:sub(y) end

--- The operation 'tan', of a number or Value.
---@return tinygrad.Number
function Value:tan() end

--- The operation 'tanh', of a number or Value.
---@return tinygrad.Number
function Value:tanh() end

--- The operation 'tgamma', of a number or Value.
-- gamma(x)
---@return tinygrad.Number
function Value:tgamma() end

--- The operation 'trigamma', of a number or Value.
-- derivative of digamma
---@return tinygrad.Number
function Value:trigamma() end

--- The operation 'trunc', of a number or Value.
-- derivative 0
---@return tinygrad.Number
function Value:trunc() end

--- The operation 'where', of numbers or Values.
-- a unless the condition is false or 0
---@param a tinygrad.Number
---@param b tinygrad.Number
---@return tinygrad.Number
function Value:where(a, b) end

--- The operation 'with_partial', of numbers or Values.
-- y, with p as its derivative with respect to x
---@param x tinygrad.Number
---@param p tinygrad.Number
---@return tinygrad.Number
function Value:with_partial(x, p) end

--- The operation 'xlogy', of numbers or Values.
-- x * log(y), and 0 at x = 0
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:xlogy(y) end

--- The operation 'zmul', of numbers or Values.
-- x * y, but 0 if x or y is 0, even if the other is infinite or NaN
---@param y tinygrad.Number
---@return tinygrad.Number
function Value:zmul(y) end

--- The operation 'abs', of a number or Value.
-- derivative 0 at 0
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.abs(x) end

--- The operation 'acos', of a number or Value.
-- derivative -inf at -1 and 1
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.acos(x) end

--- The operation 'acosh', of a number or Value.
-- derivative inf at 1
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.acosh(x) end

--- The operation 'add', of numbers or Values.
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.add(x, y) end

--- The operation 'asin', of a number or Value.
-- derivative inf at -1 and 1
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.asin(x) end

--- The operation 'asinh', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.asinh(x) end

--- The operation 'atan', of numbers or Values.
-- atan(y, x): gradient 0 at (0, 0)
---@param y tinygrad.Number
---@param x? tinygrad.Number
---@return tinygrad.Number
function tinygrad.atan(y, x) end

--- The operation 'atan2', of numbers or Values.
-- gradient 0 at (0, 0)
---@param y tinygrad.Number
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.atan2(y, x) end

--- The operation 'atanh', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.atanh(x) end

--- The operation 'cbrt', of a number or Value.
-- derivative inf at 0
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.cbrt(x) end

--- The operation 'ceil', of a number or Value.
-- derivative 0
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.ceil(x) end

--- The operation 'clamp', of numbers or Values.
-- derivative 1 at the bounds
---@param x tinygrad.Number
---@param low tinygrad.Number
---@param high tinygrad.Number
---@return tinygrad.Number
function tinygrad.clamp(x, low, high) end

tinygrad.compile = require("tinygrad.program.compile")

--- The operation 'cos', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.cos(x) end

--- The operation 'cosh', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.cosh(x) end

tinygrad.custom = require("tinygrad.transform.custom")

--- The operation 'deg', of a number or Value.
-- radians to degrees
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.deg(x) end

tinygrad.derivative = require("tinygrad.transform").derivative

tinygrad.detect_anomaly = require("tinygrad.base.modes").detect_anomaly

--- The operation 'digamma', of a number or Value.
-- derivative of lgamma
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.digamma(x) end

--- The operation 'div', of numbers or Values.
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.div(x, y) end

--- The operation 'dot', of numbers or Values, in a table or not.
-- sum of the products of two tables of equal length
---@param xs tinygrad.Number[]
---@param ws tinygrad.Number[]
---@return tinygrad.Number
function tinygrad.dot(xs, ws) end

--- The operation 'elu', of numbers or Values.
-- derivative alpha at 0
---@param x tinygrad.Number
---@param alpha? tinygrad.Number
---@return tinygrad.Number
function tinygrad.elu(x, alpha) end

--- The operation 'eq', of numbers or Values.
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.eq(x, y) end

--- The operation 'erf', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.erf(x) end

--- The operation 'erfc', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.erfc(x) end

--- The operation 'exp', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.exp(x) end

--- The operation 'exp2', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.exp2(x) end

--- The operation 'expm1', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.expm1(x) end

tinygrad.fit = require("tinygrad.fit")

--- The operation 'floor', of a number or Value.
-- derivative 0
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.floor(x) end

--- The operation 'fma', of numbers or Values.
-- x * y + z, rounded once
---@param x tinygrad.Number
---@param y tinygrad.Number
---@param z tinygrad.Number
---@return tinygrad.Number
function tinygrad.fma(x, y, z) end

--- The operation 'fmod', of numbers or Values.
-- x - trunc(x / y) * y, as C's fmod
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.fmod(x, y) end

--- The operation 'ge', of numbers or Values.
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.ge(x, y) end

--- The operation 'gelu', of a number or Value.
-- x * (1 + erf(x / sqrt(2))) / 2, exact
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.gelu(x) end

tinygrad.grad = require("tinygrad.transform").grad

tinygrad.gradcheck = require("tinygrad.transform.gradcheck")

tinygrad.gradients = require("tinygrad.transform").gradients

--- The operation 'gt', of numbers or Values.
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.gt(x, y) end

tinygrad.help = require("tinygrad.documentation.help")

tinygrad.hessian = require("tinygrad.transform").hessian

tinygrad.hvp = require("tinygrad.transform").hvp

--- The operation 'hypot', of numbers or Values.
-- gradient 0 at (0, 0)
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.hypot(x, y) end

--- The operation 'identity', of a number or Value.
-- x itself, as a new node
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.identity(x) end

--- The operation 'idiv', of numbers or Values.
-- floor(x / y); gradient 0
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.idiv(x, y) end

tinygrad.is_program = core.is_program

tinygrad.is_value = core.is_value

tinygrad.jacobian = require("tinygrad.transform").jacobian

tinygrad.jvp = require("tinygrad.transform").jvp

--- The operation 'le', of numbers or Values.
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.le(x, y) end

--- The operation 'leaky_relu', of numbers or Values.
-- derivative slope at 0
---@param x tinygrad.Number
---@param slope? tinygrad.Number
---@return tinygrad.Number
function tinygrad.leaky_relu(x, slope) end

tinygrad.least_squares = require("tinygrad.fit.least_squares")

--- The operation 'lerp', of numbers or Values.
-- a + t * (b - a)
---@param a tinygrad.Number
---@param b tinygrad.Number
---@param t tinygrad.Number
---@return tinygrad.Number
function tinygrad.lerp(a, b, t) end

--- The operation 'lgamma', of a number or Value.
-- log of |gamma(x)|
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.lgamma(x) end

tinygrad.load_program = require("tinygrad.program.save").load_program

--- The operation 'log', of numbers or Values.
---@param x tinygrad.Number
---@param base? tinygrad.Number
---@return tinygrad.Number
function tinygrad.log(x, base) end

--- The operation 'log10', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.log10(x) end

--- The operation 'log1p', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.log1p(x) end

--- The operation 'log2', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.log2(x) end

--- The operation 'log_base', of numbers or Values.
---@param x tinygrad.Number
---@param base tinygrad.Number
---@return tinygrad.Number
function tinygrad.log_base(x, base) end

--- The operation 'log_sigmoid', of a number or Value.
-- -log(1 + exp(-x))
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.log_sigmoid(x) end

--- The operation 'logsumexp', of numbers or Values, in a table or not.
-- log of the sum of exponentials
---@param ... any
---@return tinygrad.Number
function tinygrad.logsumexp(...) end

--- The operation 'lt', of numbers or Values.
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.lt(x, y) end

--- The operation 'max', of numbers or Values, in a table or not.
-- max(x, y): tied arguments share the gradient
-- max(a, b, c, ...): k tied arguments get 1 / k of the gradient each
---@param ... any
---@return tinygrad.Number
function tinygrad.max(...) end

--- The operation 'max_n', of numbers or Values, in a table or not.
-- k tied arguments get 1 / k of the gradient each
---@param ... any
---@return tinygrad.Number
function tinygrad.max_n(...) end

--- The operation 'mean', of numbers or Values, in a table or not.
---@param ... any
---@return tinygrad.Number
function tinygrad.mean(...) end

--- The operation 'min', of numbers or Values, in a table or not.
-- min(x, y): tied arguments share the gradient
-- min(a, b, c, ...): k tied arguments get 1 / k of the gradient each
---@param ... any
---@return tinygrad.Number
function tinygrad.min(...) end

--- The operation 'min_n', of numbers or Values, in a table or not.
-- k tied arguments get 1 / k of the gradient each
---@param ... any
---@return tinygrad.Number
function tinygrad.min_n(...) end

tinygrad.minimize = require("tinygrad.minimize")

--- The operation 'mod', of numbers or Values.
-- x - floor(x / y) * y, as Lua's %
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.mod(x, y) end

--- The operation 'mul', of numbers or Values.
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.mul(x, y) end

--- The operation 'ne', of numbers or Values.
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.ne(x, y) end

--- The operation 'neg', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.neg(x) end

tinygrad.no_grad = require("tinygrad.base.modes").no_grad

--- The operation 'norm', of numbers or Values, in a table or not.
-- square root of the sum of squares; gradient 0 at 0
---@param ... any
---@return tinygrad.Number
function tinygrad.norm(...) end

tinygrad.operations = core.operations

tinygrad.plot = require("tinygrad.plot")

--- The operation 'polygamma', of numbers or Values.
-- n-th derivative of digamma
---@param n tinygrad.Number
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.polygamma(n, x) end

--- The operation 'pow', of numbers or Values.
-- x ^ 2 is x * x; d/dy is NaN for x < 0, 0 at x = 0 if y >= 0
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.pow(x, y) end

tinygrad.program_from_string = require("tinygrad.program.save").program_from_string

--- The operation 'rad', of a number or Value.
-- degrees to radians
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.rad(x) end

--- The operation 'reciprocal', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.reciprocal(x) end

--- The operation 'relu', of a number or Value.
-- derivative 0 at 0
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.relu(x) end

--- The operation 'round', of a number or Value.
-- halves away from zero; derivative 0
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.round(x) end

--- The operation 'sigmoid', of a number or Value.
-- 1 / (1 + exp(-x))
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.sigmoid(x) end

--- The operation 'sign', of a number or Value.
-- -1, 0 or 1; derivative 0
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.sign(x) end

--- The operation 'silu', of a number or Value.
-- x * sigmoid(x)
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.silu(x) end

--- The operation 'sin', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.sin(x) end

--- The operation 'sinh', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.sinh(x) end

--- The operation 'softplus', of a number or Value.
-- log(1 + exp(x))
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.softplus(x) end

--- The operation 'sqrt', of a number or Value.
-- derivative inf at 0
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.sqrt(x) end

--- The operation 'square', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.square(x) end

--- The operation 'sub', of numbers or Values.
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.sub(x, y) end

--- The operation 'sum', of numbers or Values, in a table or not.
---@param ... any
---@return tinygrad.Number
function tinygrad.sum(...) end

--- The operation 'tan', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.tan(x) end

--- The operation 'tanh', of a number or Value.
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.tanh(x) end

--- The operation 'tgamma', of a number or Value.
-- gamma(x)
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.tgamma(x) end

--- The operation 'trigamma', of a number or Value.
-- derivative of digamma
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.trigamma(x) end

--- The operation 'trunc', of a number or Value.
-- derivative 0
---@param x tinygrad.Number
---@return tinygrad.Number
function tinygrad.trunc(x) end

tinygrad.value_and_grad = require("tinygrad.transform").value_and_grad

tinygrad.vjp = require("tinygrad.transform").vjp

--- The operation 'where', of numbers or Values.
-- a unless the condition is false or 0
---@param condition tinygrad.Number
---@param a tinygrad.Number
---@param b tinygrad.Number
---@return tinygrad.Number
function tinygrad.where(condition, a, b) end

--- The operation 'with_partial', of numbers or Values.
-- y, with p as its derivative with respect to x
---@param y tinygrad.Number
---@param x tinygrad.Number
---@param p tinygrad.Number
---@return tinygrad.Number
function tinygrad.with_partial(y, x, p) end

--- The operation 'xlogy', of numbers or Values.
-- x * log(y), and 0 at x = 0
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.xlogy(x, y) end

--- The operation 'zmul', of numbers or Values.
-- x * y, but 0 if x or y is 0, even if the other is infinite or NaN
---@param x tinygrad.Number
---@param y tinygrad.Number
---@return tinygrad.Number
function tinygrad.zmul(x, y) end

tinygrad.graph = require("tinygrad.graph")

tinygrad.math = require("tinygrad.math")

tinygrad.nn = require("tinygrad.nn")

tinygrad.optim = require("tinygrad.optim")

return tinygrad
