--- tinygrad.fit: finds the parameters with which a model describes data best.

local attempt = require "tinygrad.base.attempt"
local calm = require "tinygrad.base.calm"
local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local compile = require "tinygrad.program.compile"
local faithful = require "tinygrad.support.faithful"
local linear = require "tinygrad.fit.linear"
local outer = require "tinygrad.support.outer"
local Tensor = require "tinygrad.tensor"
local regression = require "tinygrad.fit.regression"
local solution = require "tinygrad.fit.solution"
local transform = require "tinygrad.transform"
local tree = require "tinygrad.base.tree"
local write = require "tinygrad.support.write"
core.library()

local fail = core.fail -- raises an error at the line of the caller's program

-- Data -----------------------------------------------------------------------

--- Returns a column of data, given as a table or a Tensor, as a list of finite
-- floats. `what` names the column in errors; n is the number of rows that it
-- must have, or nil.
local function read_column(what, given, n)
  if core.is_tensor(given) then
    if #given:shape() ~= 1 then
      error(("fit: %s must have one dimension, it has %d"):format(what,
        #given:shape()), 0)
    end
    given = given:totable()
  end
  if type(given) ~= "table" then
    error(("fit: %s must be a table of numbers or a Tensor, it is %s")
      :format(what, tree.described(given)), 0)
  end
  if n and #given ~= n then
    error(("fit: %s has %d rows, data.y has %d"):format(what, #given, n), 0)
  end
  local floats = {}
  for i = 1, #given do
    local x = given[i]
    if type(x) ~= "number" or x - x ~= 0 then
      error(("fit: %s[%d] must be a finite number, it is %s"):format(what,
        i, type(x) == "number" and write.general(x)
        or tree.described(x) .. tree.advice(x)), 0)
    end
    floats[i] = x + 0.0
  end
  return floats
end

---@class tinygrad.FitRows
---@field count integer
---@field row fun(i: integer): any row i as the model takes it as x: floats
---@field inputs any all rows in the shape of one, each number being a Tensor of
-- that number in every row: what a batch takes
---@field y number[]|nil what was observed in each row
---@field targets tinygrad.Tensor y, or zeros where there is no y

--- Returns count, row and inputs (see FitRows) for a Tensor. A row is a number,
-- or a table if the Tensor has more than one dimension.
local function tensor_rows(given)
  if #given:shape() == 1 then
    local list = given:totable()
    return #given, function(i) return list[i] end, given
  end
  return #given, function(i) return given[i]:totable() end, given
end

--- Returns count, row and inputs for a table of columns by name. Each must have
-- n rows; if n is nil, as many as the first.
local function named_columns(what, given, n)
  local columns, inputs = {}, {}
  for name, column in pairs(given) do
    if type(name) ~= "string" then
      error(("fit: %s has neither rows 1, 2, ... nor columns by name"):format(
        what), 0)
    end
    columns[name] = read_column(("%s.%s"):format(what, name), column, n)
    n = n or #columns[name]
    inputs[name] = Tensor(columns[name])
  end
  return n, function(i)
    local row = {}
    for name, column in pairs(columns) do row[name] = column[i] end
    return row
  end, inputs
end

--- Returns a row with floats for its numbers, these floats as a list, and their
-- paths as one text. A row may hold nothing but numbers: the compiled model
-- would take anything else from the first row.
local function row_numbers(what, i, row)
  local numbers, paths = {}, {}
  local floats = tree.map(row, function(leaf)
    if type(leaf) ~= "number" or leaf - leaf ~= 0 then
      error(("fit: %s[%d] must hold finite numbers, there is %s"):format(what,
        i, type(leaf) == "number" and write.general(leaf)
        or tree.described(leaf) .. tree.advice(leaf)), 0)
    end
    return leaf + 0.0
  end)
  tree.leaves(floats, numbers, "x", paths)
  return floats, numbers, table.concat(paths, " ")
end

--- Returns count, row and inputs for a table of rows. A row is a number or a
-- table; all have the same shape.
local function table_rows(what, given)
  local rows, columns, shape = {}, {}, nil
  for i = 1, #given do
    local row, numbers, paths = row_numbers(what, i, given[i])
    rows[i] = row
    shape = shape or paths
    if paths ~= shape then
      error(("fit: %s[%d] is not shaped as the first row"):format(what, i), 0)
    end
    for k, x in ipairs(numbers) do
      columns[k] = columns[k] or {}
      columns[k][i] = x
    end
  end
  local k = 0
  local inputs = tree.map(given[1], function()
    k = k + 1
    return Tensor(columns[k])
  end)
  return #rows, function(i) return rows[i] end, inputs
end

--- Reads rows from a Tensor, a table of rows or a table of columns. n is the
-- number of rows that there must be, or nil.
local function read_rows(what, given, n)
  local rows = {}
  if core.is_tensor(given) then
    rows.count, rows.row, rows.inputs = tensor_rows(given)
  elseif type(given) ~= "table" or next(given) == nil then
    error(("fit: %s must be a table of rows, or of columns by name, or a "
      .. "Tensor; it is %s"):format(what, type(given) == "table" and "empty"
      or tree.described(given)), 0)
  elseif given[1] ~= nil then
    rows.count, rows.row, rows.inputs = table_rows(what, given)
  else
    rows.count, rows.row, rows.inputs = named_columns(what, given, n)
  end
  if n and rows.count ~= n then
    error(("fit: %s has %d rows, data.y has %d"):format(what, rows.count, n), 0)
  end
  if rows.count == 0 then error(("fit: %s has no rows"):format(what), 0) end
  rows.targets = Tensor.zeros(rows.count)
  return rows
end

--- Returns weights or sigma as a list of n floats. A single number holds for
-- all rows.
local function read_weight_column(what, given, n)
  if type(given) ~= "number" then
    if type(given) ~= "table" and not core.is_tensor(given) then
      error(("fit: %s must be a number, a table of numbers or a Tensor, it is "
        .. "%s"):format(what, tree.described(given) .. tree.advice(given)), 0)
    end
    return read_column(what, given, n)
  elseif given - given ~= 0 then
    error(("fit: %s must be finite, it is %s"):format(what,
      write.general(given)), 0)
  end
  local list = {}
  for i = 1, n do list[i] = given + 0.0 end
  return list
end

--- Returns the square roots of the weights as a list, or nil if there are none;
-- and how many rows have a weight above 0.
local function read_weights(data, n)
  if data.weights ~= nil and data.sigma ~= nil then
    error("fit: data has both weights and sigma; give one", 0)
  end
  if data.weights == nil and data.sigma == nil then return nil, n end
  local what = data.weights and "weights" or "sigma"
  local given = read_weight_column("data." .. what, data[what], n)
  local roots, count = {}, 0
  for i, x in ipairs(given) do
    if x < 0 or what == "sigma" and x == 0 then
      error(("fit: data.%s%s must %s, it is %.14g"):format(what,
        data[what] == x and "" or ("[%d]"):format(i), what == "sigma"
        and "be positive" or "not be negative", x), 0)
    end
    roots[i] = what == "sigma" and 1 / x or math.sqrt(x)
    if x > 0 then count = count + 1 end
  end
  return roots, count
end

local DATA = {x = true, y = true, weights = true, sigma = true}

local function read_data(given)
  if type(given) ~= "table" then
    errors.argument(2, "fit", "table with x and y", tree.typename(given), 0)
  end
  for key in next, given do
    if not DATA[key] then
      error(("fit: data has no field '%s'; its fields are x, y, weights and "
        .. "sigma"):format(tostring(key)), 0)
    end
  end
  local y = read_column("data.y", given.y)
  if #y == 0 then error("fit: data.y is empty", 0) end
  local rows = read_rows("data.x", given.x, #y)
  rows.y, rows.targets = y, Tensor(y)
  rows.roots, rows.weighing = read_weights(given, #y)
  return rows
end

-- The model ------------------------------------------------------------------

--- Returns predict(x, list, shaped): what the model predicts for one row x. The
-- parameters are `shaped`, which has the shape of p0, or the numbers of `list`
-- if `shaped` is absent.
local function predictor(model, parameters)
  return function(x, list, shaped)
    local y = model(x, shaped or regression.shaped(parameters, list))
    if not tree.is_leaf(y) then
      fail(("fit: the model must return one number, it returned %s"):format(
        tree.returned(y)))
    end
    return y
  end
end

--- Tells whether the leaves of a tree are equal to the numbers of a list.
local function is_unchanged(shaped, list)
  local leaves = tree.leaves(shaped)
  for j = 1, math.max(#leaves, #list) do
    if leaves[j] ~= list[j] then return false end
  end
  return true
end

--- Calls the model itself, with plain numbers, for each row, and returns
-- predictions less targets. All rows share one table of parameters; if the
-- model has changed that table, it is called again for all rows with new
-- tables.
local function direct_differences(predict, parameters, of, list)
  local shaped = regression.shaped(parameters, list)
  local function differences(tree_of_all)
    local r = {}
    for i = 1, of.count do
      r[i] = faithful.number(predict(of.row(i), list, tree_of_all))
        - of.targets[i]
    end
    return r
  end
  local r = differences(shaped)
  return is_unchanged(shaped, list) and r or differences(nil)
end

--- Makes a model that is evaluated with Values, row by row: differences are the
-- predictions less the targets, derivatives have a column for each parameter.
local function eager_model(predict, n)
  local model = {mode = "eager"}
  local derivative = transform.value_and_grad(predict, {argnums = 2})

  --- Returns a function of i: row i's prediction, computed with Values, less
  -- its target.
  function model.caller(of, list)
    local values, call = {}, faithful.lenient(predict)
    for j = 1, n do values[j] = core.Value(list[j]) end
    return function(i)
      local y = call(of.row(i), values)
      outer.refuse("fit", y)
      return faithful.number(y) - of.targets[i]
    end
  end
  function model.differences(of, list)
    local r, difference = {}, model.caller(of, list)
    for i = 1, of.count do r[i] = difference(i) end
    return r
  end
  function model.derivatives(of, list)
    local r, columns = {}, {}
    for j = 1, n do columns[j] = {} end
    for i = 1, of.count do
      local y, gradient = derivative(of.row(i), list)
      outer.refuse("fit", y)
      r[i] = y - of.targets[i]
      for j = 1, n do columns[j][i] = gradient[j] end
    end
    return r, columns
  end
  function model.for_rows() return model end
  return model
end

--- Makes a model whose differences and derivatives come from one Program, run
-- for all rows in a batch.
local function compiled_model(predict, rows, parameters)
  local example, n = {}, #parameters.list
  for j = 1, n do example[j] = 0 end
  local program = compile(function(x, y, list)
    return predict(x, list) - y
  end, rows.row(1), 0, example)
  local derived = program:value_and_grad {argnums = 3}
  local model = {mode = "compiled", program = program}
  local itself = eager_model(predict, n)
  function model.differences(of, list)
    return core.tensor_column(program:batch {of.inputs, of.targets, list}, 1)
  end
  function model.derivatives(of, list)
    local r, gradient = derived:batch {of.inputs, of.targets, list}
    local columns = {}
    for j = 1, n do columns[j] = core.tensor_column(gradient, j) end
    return core.tensor_column(r, 1), columns
  end

  --- Returns this model, or eager_model's if the Program does not agree with
  -- the function at these rows.
  function model.for_rows(of, list)
    local agrees = faithful.agrees {
      what = "fit: the model", recorded = model.differences(of, list),
      direct = function()
        return direct_differences(predict, parameters, of, list)
      end,
      eager = itself.caller(of, list),
      alone = function(i) return program(of.row(i), of.targets[i], list) end,
      size = function(i) return math.abs(of.targets[i]) end,
    }
    return agrees and model or itself
  end
  return model
end

local SHOWN = 8 -- numbers of a row in a message

--- Returns a row's number and data for messages: "row 3 (x = 2, y = 5)".
local function row_text(rows, i)
  local paths, texts = {}, {}
  local numbers = tree.leaves(rows.row(i), {}, "x", paths)
  for k = 1, math.min(#numbers, SHOWN) do
    texts[k] = ("%s = %s, "):format(paths[k], write.general(numbers[k]))
  end
  if #numbers > SHOWN then texts[SHOWN + 1] = "..., " end
  return ("row %d (%sy = %s)"):format(i, table.concat(texts),
    write.general(rows.y[i]))
end

--- Returns the problem for levenberg.search: the differences and their
-- derivatives, times the square roots of the weights.
local function weighted_problem(model, rows)
  local roots = rows.roots
  local function weigh(list)
    for i = 1, roots and #list or 0 do list[i] = list[i] * roots[i] end
    return list
  end
  return {
    model = model, name = function(i) return row_text(rows, i) end,
    agrees = function(x) return model.for_rows(rows, x) == model end,
    residuals = function(x) return weigh(model.differences(rows, x)) end,
    jacobian = function(x)
      local r, columns = model.derivatives(rows, x)
      for _, column in ipairs(columns) do weigh(column) end
      return weigh(r), columns
    end,
  }
end

-- The result -----------------------------------------------------------------

---@class tinygrad.Fit: tinygrad.Regression
---@field fitted number[] what the model predicts for the data
---@field residuals number[] y less `fitted`, not weighted
---@field r_squared number|nil the part of y's variance that the model accounts
-- for, at most 1; nil where y does not vary
local Fit = setmetatable({}, {__index = solution.methods})
local metatable = {methods = Fit, __index = solution.index("a Fit", Fit),
  __tostring = solution.metatable.__tostring}

local KINDS = {confidence = true, prediction = true}

--- Returns the paths of a row's numbers as one text, which stands for its
-- shape; nil if there is no number in it, or something else.
local function shape_of(row)
  local paths = {}
  local ok = attempt(tree.leaves, row, {}, "x", paths)
  return ok and #paths > 0 and table.concat(paths, " ") or nil
end

--- Tells whether x can only be meant as one row, even if its shape is not
-- `shape`, the data's: x is a number; or a table of numbers, unless it is a
-- list and the data's rows are numbers.
local function is_row(x, shape)
  if type(x) ~= "table" then return type(x) == "number" end
  for _, part in pairs(x) do
    if type(part) ~= "number" then return false end
  end
  return next(x) ~= nil and (x[1] == nil or shape ~= "x")
end

--- Reads the x of predict and band: one row, shaped as those of the data, or
-- several, in any form that data.x may have.
---@return tinygrad.FitRows|nil rows nil if they cannot be read
---@return boolean|string is_one whether x is one row; or the error message
local function read_points(self, x)
  local row = core.is_tensor(x) and #x:shape() == 1 and x:totable() or x
  local is_one = shape_of(row) == self.model.shape
  local ok, rows = attempt(read_rows, "x", (is_one or is_row(row,
    self.model.shape)) and {row} or x)
  if not ok then return nil, rows end
  local shape = shape_of(rows.row(1))
  if shape ~= self.model.shape then
    return nil, ("fit: a row of x must have the numbers %s, as in the data; it "
      .. "has %s"):format(self.model.shape, shape or "none")
  end
  return rows, is_one
end

--- Returns what the model predicts with the parameters that were found. r(x) is
-- short for r:predict(x).
--
--     local r = tinygrad.fit(function(x, p) return p * x end,
--       {x = {1, 2, 3}, y = {2, 4, 6}}, 1)
--     local y = r:predict {4, 5}
--     print(("%.2f, %.2f and %.2f"):format(r(3), y[1], y[2]))
--     --> 6.00, 8.00 and 10.00
---@param x any one row, or rows in any form that data.x may have: a table of
-- rows, columns by name, a Tensor
---@return number|number[] y a number for one row, else a list
---@raise a row is not shaped as those of the data
function Fit:predict(x)
  solution.check_self(self, "predict", "Fit", "model")
  local rows, is_one = read_points(self, x)
  if not rows then core.fail(is_one) end
  local list = tree.leaves(self.parameters)
  local y = self.model.for_rows(rows, list).differences(rows, list)
  return is_one and y[1] or y
end

function metatable.__call(self, x) return self:predict(x) end

--- Returns the band in which the model's curve lies with a given probability,
-- or in which a new observation of weight 1 lies.
--
--     local r = tinygrad.fit(function(x, p) return p * x end,
--       {x = {1, 2, 3}, y = {2, 4.1, 5.9}}, 1)
--     local y, low, high = r:band({4}, 0.95, "prediction")
--     print(("%.2f, %.2f to %.2f"):format(y[1], low[1], high[1]))
--     --> 7.97, 7.35 to 8.59
---@param x any one row, or rows in any form that data.x may have
---@param level? number the probability, between 0 and 1 (0.95)
---@param kind? string "confidence" (the default): of the curve; or
-- "prediction": of an observation
---@return number|number[] predicted a number for one row, else a list
---@return number|number[] lower
---@return number|number[] upper
---@raise a row is not shaped as those of the data
function Fit:band(x, level, kind)
  solution.check_self(self, "band", "Fit", "model")
  local rows, is_one = read_points(self, x)
  if not rows then error(is_one, 2) end
  kind = kind or "confidence"
  if not KINDS[kind] then
    errors.argument(3, "band", '"confidence" or "prediction"',
      errors.got(kind, "string"), 2)
  end
  local t = solution.limit(self, level, "band", 1)
  local list = tree.leaves(self.parameters)
  local y, columns = self.model.for_rows(rows, list).derivatives(rows, list)
  local low, high = {}, {}
  for i = 1, #y do
    local gradient = {}
    for j = 1, #list do gradient[j] = columns[j][i] end
    local variance = self:variance(gradient)
    if kind == "prediction" then
      variance = variance + (self.unit_deviation or core.nan) ^ 2
    end
    local half = variance > 0 and t * math.sqrt(variance) or variance
    low[i], high[i] = y[i] - half, y[i] + half
  end
  if is_one then return y[1], low[1], high[1] end
  return y, low, high
end

--- Returns 1 less the residuals' sum of squares over that of y about its mean,
-- both weighted; nil where y varies by no more than rounding.
local function r_squared(ys, residuals, roots)
  local most, sum, weights = 0, 0, 0
  for i = 1, #ys do most = math.max(most, roots and roots[i] or 1) end
  local function root(i) return roots and roots[i] / most or 1 end
  for i, y in ipairs(ys) do
    sum, weights = sum + root(i) ^ 2 * y, weights + root(i) ^ 2
  end
  local left, all, size = {}, {}, {}
  for i, y in ipairs(ys) do
    left[i], size[i] = root(i) * residuals[i], root(i) * y
    all[i] = root(i) * (y - sum / weights)
  end
  local variation = linear.norm(all)
  if not (variation > 1e-14 * linear.norm(size)) then return nil end
  return 1 - (linear.norm(left) / variation) ^ 2
end

--- Adds to a result of regression.solve what only a fit has: the model, fitted,
-- residuals and r_squared.
local function describe(result, model, rows)
  setmetatable(result, metatable)
  result.model, model.shape = model, shape_of(rows.row(1))
  if result.status == "bad_start" then return end
  local list = tree.leaves(result.parameters)
  result.fitted, result.residuals = model.differences(rows, list), {}
  for i, y in ipairs(rows.y) do
    local r = -result.fitted[i]
    result.residuals[i], result.fitted[i] = r, y - r
  end
  result.r_squared = r_squared(rows.y, result.residuals, rows.roots)
end

local function read(model, data, p0, opts)
  if not tree.is_callable(model) then
    errors.argument(1, "fit", "function", tree.typename(model), 0)
  end
  local rows = read_data(data)
  local parameters = regression.read_parameters("fit", 3, p0)
  return rows, parameters, regression.read_options("fit", opts, parameters)
end

--- Runs the search with arguments that `read` has checked.
local function search(model, rows, parameters, options)
  local predict = predictor(model, parameters)
  local choice = regression.choose(function()
    return weighted_problem(compiled_model(predict, rows, parameters), rows)
  end, weighted_problem(eager_model(predict, #parameters.list), rows))
  outer.refuse("fit", choice.problem.model.program)
  local result = regression.solve(choice, parameters, options, rows.weighing)
  describe(result, choice.problem.model, rows)
  return result
end

--- Fits a model to data: finds the parameters that make the sum of the squares
-- of y less the model's prediction least, by the method of Levenberg and
-- Marquardt with exact derivatives; tinygrad.help "levenberg" describes it.
--
-- The model is recorded as a Program if it can be, and then evaluated for all
-- rows in one batch. A model that branches on its arguments is run eagerly, row
-- by row, and the result's `mode` is "eager". Errors of the model are raised
-- unchanged. The recording is compared with the model itself, called with the
-- plain numbers of each row, at and near the start, after 1, 10, 100, ...
-- iterations and at the end. If they differ (the model says `x == 1`, or draws
-- random numbers), the fit goes on eagerly, and the result's `reason` says so.
-- The model gets all numbers as floats.
--
--     local r = tinygrad.fit(function(x, p) return p.a + p.b * x end,
--       {x = {0, 1, 2, 3}, y = {1, 3, 5, 7}}, {a = 0, b = 0})
--     local p = r.parameters
--     print(("%.3f %.3f"):format(p.a, p.b)) --> 1.000 2.000
---@param model fun(x, p): number returns the prediction for one row x with the
-- parameters p
---@param data table x: for each row a number, or tables of the same shape; or
-- columns by name, x = {t = {...}, v = {...}}, and the model gets x.t and x.v;
-- or a Tensor of rows. y: what was observed in each row. weights: how much each
-- row counts, or sigma: its standard deviation, which makes the weight 1 /
-- sigma^2. All are tables of numbers or Tensors; a single number as weights or
-- sigma holds for all rows
---@param p0 any the start: a number or a nested table of numbers
---@param opts? tinygrad.FitOptions
---@return tinygrad.Fit result call it for predictions: r(x) is r:predict(x)
---@raise an argument is not as described; columns differ in length; a lower
-- bound is above the upper one; the model depends on a Value that is
-- differentiated or recorded around the call
local function fit(model, data, p0, opts)
  local ok, rows, parameters, options =
    attempt(calm, read, model, data, p0, opts)
  if not ok then error(rows, 2) end
  return calm(search, model, rows, parameters, options)
end

return fit
