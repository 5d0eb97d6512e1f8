--- tinygrad.fit.least_squares: finds parameters that make a sum of squares
-- least.

local attempt = require "tinygrad.base.attempt"
local calm = require "tinygrad.base.calm"
local core = require "tinygrad.core"
local errors = require "tinygrad.base.errors"
local compile = require "tinygrad.program.compile"
local faithful = require "tinygrad.support.faithful"
local outer = require "tinygrad.support.outer"
local regression = require "tinygrad.fit.regression"
local transform = require "tinygrad.transform"
local tree = require "tinygrad.base.tree"
core.library()

local fail = core.fail -- raises an error at the line of the caller's program

--- Returns the function as one of a list of parameters that returns a list of
-- residuals; a nested table of residuals is flattened.
local function listed(residuals, parameters)
  return function(list)
    local r = tree.leaves(residuals(regression.shaped(parameters, list)), nil,
      "residuals", nil, "least_squares")
    if #r == 0 then
      fail("least_squares: the function returned no residual")
    end
    return r
  end
end

--- Returns the n columns of a Jacobian that is given as rows.
local function columns_of(rows, n)
  local columns = {}
  for j = 1, n do
    local column = {}
    for i = 1, #rows do column[i] = rows[i][j] end
    columns[j] = column
  end
  return columns
end

--- Calls f with a list, which f may change, and returns the residuals as
-- numbers.
local function numbers_at(f, list)
  local r = f(list)
  for i, y in ipairs(r) do
    outer.refuse("least_squares", y)
    r[i] = faithful.number(y)
  end
  return r
end

--- Tells whether the Program gives the function's residuals at x.
local function agrees(program, f, eager, x)
  local recorded, values = program(x), eager.residuals(x)
  return #values == #recorded and faithful.agrees {
    what = "least_squares: the function", recorded = recorded,
    eager = function(i) return values[i] end,
    direct = function() return numbers_at(f, faithful.floats(x)) end,
  }
end

--- Names a residual in messages.
local function name(i) return ("residual %d"):format(i) end

--- Returns the problem for levenberg.search, with residuals and Jacobian by
-- Programs.
local function compiled_problem(f, parameters, eager)
  local program = compile(f, parameters.list)
  local jacobian = program:jacobian()
  local n = #parameters.list
  return {
    program = program, name = name,
    agrees = function(x) return agrees(program, f, eager, x) end,
    residuals = function(x) return program(x) end,
    jacobian = function(x) return program(x), columns_of(jacobian(x), n) end,
  }
end

--- Returns the problem for levenberg.search, with residuals and Jacobian by
-- Values.
local function eager_problem(f, parameters)
  local count
  local jacobian = transform.jacobian(f)
  local n = #parameters.list
  local function residuals(x)
    local values = {}
    for j = 1, n do values[j] = core.Value(x[j]) end
    local r = numbers_at(f, values)
    count = count or #r
    if #r ~= count then
      fail(("least_squares: the function returned %d residuals, earlier it "
        .. "returned %d"):format(#r, count))
    end
    return r
  end
  return {
    name = name,
    residuals = residuals,
    jacobian = function(x) return residuals(x), columns_of(jacobian(x), n) end,
  }
end

local function read(residuals, p0, opts)
  if not tree.is_callable(residuals) then
    errors.argument(1, "least_squares", "function", tree.typename(residuals), 0)
  end
  local parameters = regression.read_parameters("least_squares", 2, p0)
  return parameters,
    regression.read_options("least_squares", opts, parameters)
end

--- Runs the search with arguments that `read` has checked.
local function search(residuals, parameters, options)
  local f = listed(residuals, parameters)
  local eager = eager_problem(f, parameters)
  local choice = regression.choose(function()
    return compiled_problem(f, parameters, eager)
  end, eager)
  outer.refuse("least_squares", choice.problem.program)
  local result = regression.solve(choice, parameters, options)
  return result
end

--- Finds parameters that make the sum of the squares of a function's residuals
-- least, by the method of Levenberg and Marquardt with exact derivatives;
-- tinygrad.help "levenberg" describes it.
--
-- The function is recorded as a Program if it can be. A function that branches
-- on its argument is run eagerly at each evaluation, and the result's `mode` is
-- "eager". Errors of the function are raised unchanged. The recording is
-- compared with the function itself at and near the start, after 1, 10, 100,
-- ... iterations and at the end; if they differ, the search goes on eagerly. A
-- function that computes something else for numbers than for Values (`p == 1`
-- is never true of a Value) is an error.
--
--     local r = tinygrad.least_squares(function(p)
--       return {10 * (p[2] - p[1] ^ 2), 1 - p[1]}
--     end, {-1.2, 1})
--     local p = r.parameters
--     print(("%.3f %.3f"):format(p[1], p[2])) --> 1.000 1.000
---@param residuals fun(p): table returns the residuals: numbers, in a list or
-- in nested tables, as many at each call
---@param p0 any the start: a number or a nested table of numbers
---@param opts? tinygrad.FitOptions
---@return tinygrad.Regression
---@raise an argument is not as described; the function returns something else
-- than numbers, none, or not always as many; a lower bound is above the upper
-- one; the function depends on a Value that is differentiated or recorded
-- around the call
local function least_squares(residuals, p0, opts)
  local ok, parameters, options = attempt(read, residuals, p0, opts)
  if not ok then error(parameters, 2) end
  return calm(search, residuals, parameters, options)
end

return least_squares
