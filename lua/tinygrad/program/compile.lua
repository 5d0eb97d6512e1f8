--- tinygrad.program.compile: functions recorded once and run without Lua. Lives
-- with the base library alone.

local core = require "tinygrad.core"
local guard = require "tinygrad.base.guard"
local errors = require "tinygrad.base.errors"
local kinds_of = require "tinygrad.base.kinds"
local options = require "tinygrad.base.options"
local parameters = require "tinygrad.program.parameters"
local programs = require "tinygrad.program"
local shielded = require "tinygrad.base.shielded"
local tree = require "tinygrad.base.tree"
core.library()

local format, unpack = core.format, core.unpack
local zeros_like, numbered = programs.zeros_like, programs.numbered

local function packed(...)
  return {n = select("#", ...), ...}
end

--- What was made in a recording was made in the one around it, too.
local function hand_on(made)
  local outer = core.made()
  for i = 1, outer and #made or 0 do outer[#outer + 1] = made[i] end
end

--- Calls f with Values in place of the numbers of its arguments; a no_grad
-- around this does not reach into it, as a Program has derivatives. Returns its
-- results and what there is to know of the recording: its inputs, the Values
-- that were made in it, the arguments' shapes and names.
local function record(f, n, ...)
  local args, shapes, inputs = {...}, {}, {}
  local names, start, stop = parameters(f, n)
  local made
  local function call(...)
    made = core.made()
    start()
    return f(...)
  end
  for i = 1, n do
    local example = args[i]
    args[i] = tree.map_leaves(example, function(leaf)
      local input = core.recorded_input(leaf)
      inputs[#inputs + 1] = input
      return input
    end, format("argument %d", i), "compile")
    shapes[i] = zeros_like(example)
  end
  local function finish(ok, ...)
    stop()
    core.end_recording(inputs)
    if not ok then error((...), 0) end
    hand_on(made)
    return packed(...)
  end
  local results = finish(pcall(shielded, guard, "recording", 1, call,
    unpack(args, 1, n)))
  return results, {inputs = inputs, made = made, shapes = shapes,
    names = names}
end

--- The results' numbers as Values, and the results' trees as positions.
local function number_results(results, made)
  local values, trees, first = {}, {}, 1
  for i = 1, results.n do
    for _, leaf in ipairs(tree.leaves(results[i], nil,
        format("result %d", i), nil, "compile")) do
      if not core.is_value(leaf) then
        leaf = core.Value(leaf)
        made[#made + 1] = leaf
      end
      values[#values + 1] = leaf
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


local function name_of(v)
  return v.label and format("the Value '%s'", v.label) or tostring(v)
end

--- The error for a Value that is not among the arguments.
local function refuse_captured(v)
  error(format("compile: the function uses %s, which is not among its "
    .. "arguments; make it one, or choose captured = \"constant\" (its value "
    .. "now) or \"input\" (its value at each call)", name_of(v)), 5)
end

local function refuse_ended(v)
  error(format("compile: the function uses %s, which belongs to a function "
    .. "that was compiled before; a Value of a recording ends with it",
    name_of(v)), 5)
end

--- Makes what the recording captured its inputs, as the policy has it. A Value
-- that is differentiated or recorded around this ("outer") has to stay one, so
-- that its derivatives flow through the Program; with "constant" it is one of
-- which none do, and need not be an input unless its number is unknown.
local function take_captured(recording, policy, root)
  local captured, inputs = recording.captured, recording.inputs
  local values, kinds = core.captured(root, inputs, recording.made)
  for i, value in ipairs(values) do
    local kind = kinds[i]
    if kind == "ended" then refuse_ended(value) end
    if kind == "leaf" and policy == "error" then refuse_captured(value) end
    if policy ~= "constant" or core.is_recorded(value) then
      inputs[#inputs + 1] = value
      if policy == "constant" then value = value:detach() end
      captured[#captured + 1] = value
      captured.outer = captured.outer or kind == "outer"
    end
  end
end

local COMPARED = -1 -- where csrc/binding/lua/modes.c has what was compared

--- A branch that a captured Value decided would stay as it was recorded.
local function check_compared(recording, policy)
  local compared = recording.made[COMPARED]
  if not compared or policy == "constant" then return end
  local root = guard("recording", 1, core.sum, compared)
  local values, kinds = core.captured(root, recording.inputs, recording.made)
  for i, value in ipairs(values) do
    if kinds[i] == "leaf" and policy == "error" then refuse_captured(value) end
    if kinds[i] == "leaf" then
      error(format("compile: the program would be frozen to a comparison of %s "
        .. "as it is now; use tinygrad.where, lt, max or min instead",
        name_of(value)), 4)
    end
  end
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

local OPTIONS = options.new("CompileOptions", {
  {"captured", kinds_of.one_of("error", "constant", "input"), "error",
    "what a Value that the function captures is"},
  {"simplify", kinds_of.BOOLEAN, true, "false keeps every operation as it was "
    .. "recorded"},
})

local function compile_with(opts, f, ...)
  if not tree.is_callable(f) then
    errors.argument(1, "compile", "function", tree.typename(f), 3)
  end
  opts = options.read(OPTIONS, 1, "compile", opts, 3)
  local policy = opts.captured
  local n = select("#", ...)
  check_examples(f, n)
  local results, recording = record(f, n, ...)
  local values, trees = number_results(results, recording.made)
  if #values == 0 then
    error("compile: the function returned no number; is a return missing?", 3)
  end
  local root = guard("recording", 1, core.sum, values) -- above all of them
  check_compared(recording, policy)
  recording.captured = {}
  local function new_program()
    return core.record(root, recording.inputs, recording.made, values,
      opts.simplify, policy == "constant")
  end
  local program = new_program()
  if not program then
    take_captured(recording, policy, root)
    program = new_program()
  end
  return programs.with_shapes(program, recording.shapes, trees,
    recording.captured, recording.names, result_labels(#trees))
end

--- Records a function as a Program.
-- The function is called once, with Values in place of the examples' numbers;
-- loops are unrolled, and a branch on a Value is an error (use where, max,
-- min), but where Lua does not tell: `x == 1` is false of a Value, t[x] is nil.
-- The Program is called like the function, and runs without Lua.
-- A Value that f captures (no argument, and not made in f) is an error, or what
-- the option `captured` says: with "constant" its number now, for good; with
-- "input" its number at each call, and derivatives with respect to it flow if
-- an argument of the call is a Value: a call with numbers returns numbers,
-- which have none. But one of a transform or compile around this stays a Value;
-- the Program then returns Values, through which its derivatives flow.
--
--     local p = tinygrad.compile(function(x) return x * x + 1 end, 1)
--     print(p(3) == 10) --> true
--     print(p:grad()(3) == 6) --> true
---@param f function|tinygrad.CompileOptions or what can be called like a
-- function; options stand before it
---@param ... any examples of the arguments: numbers, nested tables of them;
-- strings, booleans and functions in them are those of the Program for ever
---@return tinygrad.Program
---@raise f compares Values, reads their data, or uses a Value that is no
-- argument, or of a function that was compiled before; an example holds a
-- string that tonumber takes, or a Tensor, which would be recorded as it is
local function compile(f, ...)
  if tree.is_callable(f) or type(f) ~= "table" then
    return (compile_with({}, f, ...))
  end
  return (compile_with(f, ...))
end

return compile
