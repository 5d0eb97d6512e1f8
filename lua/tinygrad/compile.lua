--- tinygrad.compile: functions recorded once and run without Lua.

local core = require "tinygrad.core"
local guard = require "tinygrad.guard"
local known_options = require "tinygrad.known"
local parameters = require "tinygrad.parameters"
local programs = require "tinygrad.program"
local tree = require "tinygrad.tree"
core.library()

local format, unpack = core.format, core.unpack
local map_numbers, numbered = programs.map_numbers, programs.numbered

local function packed(...)
  return {n = select("#", ...), ...}
end

--- Calls f with Values in place of the numbers of its arguments. Returns its
-- results, the Values, the arguments' shapes and names.
local function trace(f, n, ...)
  local args, shapes, inputs = {...}, {}, {}
  local names, start, stop = parameters(f, n)
  local function call(...)
    start()
    return f(...)
  end
  for i = 1, n do
    shapes[i] = map_numbers(args[i], function() return 0 end)
    args[i] = map_numbers(args[i], function(leaf)
      local input = core.traced(core.is_value(leaf) and leaf.data or leaf)
      inputs[#inputs + 1] = input
      return input
    end)
  end
  local function finish(ok, ...)
    stop()
    if not ok then error((...), 0) end
    return packed(...)
  end
  local results = finish(pcall(guard, "tracing", 1, call, unpack(args, 1, n)))
  return results, inputs, shapes, names
end

--- The results' numbers as Values, and the results' trees as positions.
local function number_results(results)
  local values, trees, first = {}, {}, 1
  for i = 1, results.n do
    for _, leaf in ipairs(tree.leaves(results[i], nil, "result " .. i)) do
      values[#values + 1] = core.is_value(leaf) and leaf or core.variable(leaf)
    end
    trees[i], first = numbered(results[i], first)
  end
  return values, trees
end

local function result_labels(n)
  if n == 1 then return {"result"} end
  local labels = {}
  for i = 1, n do labels[i] = format("result %d", i) end
  return labels
end

local CAPTURED = {error = true, constant = true, input = true}

--- The error for a Value that is not among the arguments.
local function refuse_captured(v)
  error(format("compile: the function uses %s, which is not among its "
    .. "arguments; make it one, or choose captured = \"constant\" (its value "
    .. "now) or \"input\" (its value at each call)",
    v.label and format("the Value '%s'", v.label) or tostring(v)), 4)
end

--- The error for a function with parameters, of which there is no example.
-- (Lua 5.1 does not tell here whether there are any.)
local function check_examples(f, n)
  local first = n == 0 and parameters(f, 1)[1]
  if first and first ~= "argument 1" then
    error(format("compile: the function takes '%s', but there is no example: "
      .. "give one of each argument, as in compile(f, 1, {2, 3})", first), 4)
  end
end

local OPTIONS = {captured = true, simplify = true}

local function compile_with(opts, f, ...)
  if not tree.is_callable(f) then
    error(format("bad argument #1 to 'compile' (function expected, got %s)",
      tree.typename(f)), 3)
  end
  known_options.check(1, "compile", opts, OPTIONS, 3)
  local policy = opts.captured == nil and "error" or opts.captured
  if not CAPTURED[policy] then
    error(format("bad option 'captured' to 'compile' (\"error\", \"constant\" "
      .. "or \"input\" expected, got %s)", tostring(policy)), 3)
  end
  local n = select("#", ...)
  check_examples(f, n)
  local results, inputs, shapes, names = trace(f, n, ...)
  local values, trees = number_results(results)
  if #values == 0 then
    error("compile: the function returned no number; is a return missing?", 3)
  end
  local root = core.sum(values) -- above all of them
  local captured = policy == "input" and core.captured(root) or {}
  for _, value in ipairs(captured) do inputs[#inputs + 1] = value end
  local program = core.record(root, inputs, values, opts.simplify ~= false,
    policy == "constant")
  if not program then refuse_captured(core.captured(root)[1]) end
  return programs.with_shapes(program, shapes, trees, captured,
    names, result_labels(#trees))
end

--- Records a function as a Program.
-- The function is called once, with Values in place of the examples' numbers;
-- loops are unrolled, and a branch on a Value is an error (use where, max,
-- min). The Program is called like the function, and runs without Lua.
--
--     local p = tinygrad.compile(function(x) return x * x + 1 end, 1)
--     print(p(3) == 10) --> true
--     print(p:grad()(3) == 6) --> true
---@param f function, or what can be called like one; or, before it, a table of
-- options: captured, what becomes of Values that are not among the arguments:
-- "error" (if absent), "constant" or "input"; simplify: false keeps every
-- operation as it was recorded
---@param ... any examples of the arguments: numbers, nested tables of them
---@return tinygrad.Program
---@raise f compares Values, reads their data, or uses a Value that is no
-- argument
local function compile(f, ...)
  if tree.is_callable(f) or type(f) ~= "table" then
    return (compile_with({}, f, ...))
  end
  return (compile_with(f, ...))
end

return compile
