--- tinygrad.gradcheck: is a gradient right? Automatic against numerical.

local core = require "tinygrad.core"
core.library()

local unpack = table.unpack or unpack -- luacheck: compat

--- Cube root of the double epsilon: the relative step that balances the
-- rounding and the truncation error of a central difference.
local STEP = 6.0554544523933429e-06

---@class tinygrad.GradcheckInput
---@field value number where the derivative was taken
---@field automatic number derivative by backward
---@field numerical number derivative by central differences
---@field error number |automatic - numerical| / max(1, |both|)
---@field ok boolean error within the tolerance

---@class tinygrad.GradcheckReport
---@field ok boolean every input is
---@field max_error number the largest error
---@field tolerance number
---@field inputs tinygrad.GradcheckInput[]

local Report = {}

function Report.__tostring(report)
  local lines = {
    ("gradcheck: %s (largest error %.2e, tolerance %.0e)"):format(
      report.ok and "passed" or "FAILED", report.max_error, report.tolerance),
  }
  for i, input in ipairs(report.inputs) do
    lines[#lines + 1] = ("input %d = %g: automatic %.8f, numerical %.8f, "
      .. "error %.2e%s"):format(i, input.value, input.automatic,
      input.numerical, input.error, input.ok and "" or "  <-- wrong")
  end
  return table.concat(lines, "\n")
end

local function number_of(result)
  if core.is_value(result) then return result.data end
  if type(result) == "number" then return result end
  error(("gradcheck: the function must return one number or Value, it "
    .. "returned %s"):format(type(result)), 0)
end

local function central_difference(f, inputs, i, relative_step)
  local x = inputs[i]
  local step = relative_step * math.max(1, math.abs(x))
  local args = {unpack(inputs, 1, #inputs)}
  local high, low = x + step, x - step -- what is added after rounding
  args[i] = high
  local f_high = number_of(f(unpack(args, 1, #args)))
  args[i] = low
  local f_low = number_of(f(unpack(args, 1, #args)))
  return (f_high - f_low) / (high - low)
end

local function automatic_gradients(f, inputs)
  local leaves, gradients = {}, {}
  for i, x in ipairs(inputs) do leaves[i] = core.Value(x) end
  local result = f(unpack(leaves, 1, #leaves))
  number_of(result)
  if core.is_value(result) then result:backward() end
  for i, leaf in ipairs(leaves) do gradients[i] = leaf.grad end
  return gradients
end

local function relative_error(a, b)
  if a == b then return 0 end
  return math.abs(a - b) / math.max(1, math.abs(a), math.abs(b))
end

--- Compares the gradient that backward gives with central differences.
---@param f function takes #inputs numbers or Values, returns one of either
---@param inputs number[] where to check
---@param opts? table tolerance: largest error allowed (1e-6); step: of the
-- differences, relative to max(1, |input|)
---@return boolean ok
---@return tinygrad.GradcheckReport report readable through tostring
local function gradcheck(f, inputs, opts)
  if type(inputs) ~= "table" then
    error(("bad argument #2 to 'gradcheck' (table expected, got %s)"):format(
      core.is_value(inputs) and "Value" or type(inputs)), 2)
  end
  for i, x in ipairs(inputs) do
    if type(x) ~= "number" then
      error(("bad argument #2 to 'gradcheck' (number expected at index %d, "
        .. "got %s)"):format(i, core.is_value(x) and "Value" or type(x)), 2)
    end
  end
  opts = opts or {}
  local report = {
    ok = true,
    max_error = 0,
    tolerance = opts.tolerance or 1e-6,
    inputs = {},
  }
  local automatic = automatic_gradients(f, inputs)
  for i, x in ipairs(inputs) do
    local numerical = central_difference(f, inputs, i, opts.step or STEP)
    local err = relative_error(automatic[i], numerical)
    local ok = err <= report.tolerance -- false for NaN
    report.inputs[i] = {value = x, automatic = automatic[i],
      numerical = numerical, error = err, ok = ok}
    report.ok = report.ok and ok
    if not (err <= report.max_error) then report.max_error = err end
  end
  return report.ok, setmetatable(report, Report)
end

return gradcheck
