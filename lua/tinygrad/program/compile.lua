--- tinygrad.program.compile: records functions once as Programs, which run
-- without Lua. Lives with the base library alone.

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

--- Adds the Values that were made in a recording to those of the recording
-- around it, in which they were made as well.
local function hand_on(made)
  local outer = core.made()
  for i = 1, outer and #made or 0 do outer[#outer + 1] = made[i] end
end

--- Calls f with Values in place of the numbers of its arguments. A no_grad
-- around the call does not affect it, since a Program has derivatives. Returns
-- the results of f, and the recording: its inputs, the Values that were made in
-- it, the arguments' shapes and names.
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

--- Returns the numbers of the results as Values, and the trees of the results
-- with positions for numbers.
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

--- Raises the error for a Value that is not among the arguments.
local function refuse_captured(v)
  error(format("compile: the function uses %s, which is not among its "
    .. "arguments; make it one, or choose captured = \"constant\" (its value "
    .. "now) or \"input\" (its value at each call)", name_of(v)), 5)
end

local function refuse_ended(v)
  error(format("compile: the function uses %s, which belongs to a function "
    .. "that was compiled before; a Value of a recording cannot be used after "
    .. "it", name_of(v)), 5)
end

--- Turns the Values that a recording captured into inputs of it, as the policy
-- says. A Value that is differentiated or recorded around the recording
-- ("outer") stays a Value, so that its derivatives flow through the Program.
-- With "constant" none flow, and the Value need not be an input unless its
-- number is unknown.
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

local COMPARED = -1 -- the field of the compared Values (binding/lua/modes.c)

--- Raises an error if a captured Value was compared: the branch that it decided
-- would stay as it was recorded.
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

--- Raises an error for a function that has parameters if there is no example.
-- (Lua 5.1 does not tell here whether it has any.)
local function check_examples(f, n)
  local first = n == 0 and parameters(f, 1)[1]
  if first and first ~= "argument 1" then
    error(format("compile: the function takes '%s', but there is no example: "
      .. "give one of each argument, as in compile(f, 1, {2, 3})", first), 4)
  end
end

local OPTIONS = options.new("CompileOptions", {
  {"captured", kinds_of.one_of("error", "constant", "input"), "error",
    "what a Value that the function captures becomes"},
  {"simplify", kinds_of.BOOLEAN, true, "whether to simplify the operations; "
    .. "false keeps each as it was recorded"},
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
  local root = guard("recording", 1, core.sum, values) -- a node above them all
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
-- The function is called once, with Values in place of the examples' numbers.
-- Loops are unrolled. A branch on a Value is an error (use where, max or min),
-- except where Lua cannot tell: `x == 1` is false for a Value, and t[x] is nil.
-- The Program is called like the function, and runs without Lua.
-- A Value that f captures (one that is neither an argument nor made in f) is an
-- error, unless the option `captured` says otherwise. With "constant" it is the
-- number that it has now, for good. With "input" it is the number that it has
-- at each call; derivatives with respect to it flow if an argument of the call
-- is a Value, while a call with numbers returns numbers, which have no
-- derivatives. A Value of a transform or compile around this call always stays
-- a Value: the Program then returns Values, through which its derivatives flow.
--
--     local p = tinygrad.compile(function(x) return x * x + 1 end, 1)
--     print(p(3) == 10) --> true
--     print(p:grad()(3) == 6) --> true
---@param f function|tinygrad.CompileOptions a function, or an object that can
-- be called; options stand before it
---@param ... any examples of the arguments: numbers, or nested tables of
-- numbers; strings, booleans and functions in them become part of the Program
---@return tinygrad.Program
---@raise f compares Values, reads their data, or uses a Value that is not an
-- argument, or one of a function that was compiled before; an example holds a
-- string that tonumber takes, or a Tensor
local function compile(f, ...)
  if tree.is_callable(f) or type(f) ~= "table" then
    return (compile_with({}, f, ...))
  end
  return (compile_with(f, ...))
end

return compile
