---@meta tinygrad.core
--- Values, and the other functions that are written in C.
--
-- This file is never run. It holds the comments of C functions, as other files
-- hold those of Lua functions, for `tinygrad.help`, the reference and editors.

local core = {}

---@alias tinygrad.Number number|tinygrad.Value

--- A number with its history: the operation and the operands that it was
-- computed from. `backward` uses them to compute the derivative of a result
-- with respect to it.
---@class tinygrad.Value
---@field data number the number; may be set for a leaf
---@field grad number the derivative that `backward` computed; may be set
---@field op string|nil the operation that made the Value; nil for a leaf
---@field label string|nil a name that you give it, for drawings and messages
---@operator add(tinygrad.Number): tinygrad.Value
---@operator sub(tinygrad.Number): tinygrad.Value
---@operator mul(tinygrad.Number): tinygrad.Value
---@operator div(tinygrad.Number): tinygrad.Value
---@operator mod(tinygrad.Number): tinygrad.Value
---@operator idiv(tinygrad.Number): tinygrad.Value
---@operator pow(tinygrad.Number): tinygrad.Value
---@operator unm: tinygrad.Value
local Value = {}

--- Makes a leaf: a number to compute with and to differentiate with respect to.
--
--     local x = tinygrad.Value(3)
--     local y = x * x
--     y:backward()
--     print(("%g %g"):format(y.data, x.grad)) --> 9 6
---@param x number the number of the leaf
---@return tinygrad.Value
---@raise x is not a number; a string of digits is not one either
function core.Value(x) end

--- Tells whether x is a Value.
--
--     local x = tinygrad.Value(1)
--     print(tinygrad.is_value(x), tinygrad.is_value(1)) --> true false
---@param x any
---@return boolean
function core.is_value(x) end

--- Tells whether x is a Program.
--
--     local p = tinygrad.compile(function(x) return 2 * x end, 1)
--     print(tinygrad.is_program(p), tinygrad.is_program {}) --> true false
---@param x any
---@return boolean
function core.is_program(x) end

--- Returns the table of operations, as the engine has it.
--
--     for _, row in ipairs(tinygrad.operations()) do
--       if row.name == "relu" then print(row.arity, row.note) end
--     end
--     --> 1 derivative 0 at 0
---@return table[] rows with `name`; `lua_name`, the name of the function in
-- Lua; `arity` (1, 2, 3 or "n"); `note`; `domain`, an interval of good test
-- points for each operand; `differentiable`, a boolean for each operand
function core.operations() end

--- Differentiates v with respect to all leaves below it.
-- Adds the derivatives to the `grad` of leaves, so that a second call doubles
-- them, and sets the `grad` of results. If the pass is interrupted, nothing
-- changes.
--
--     local a, b = tinygrad.Value(2), tinygrad.Value(5)
--     local y = a * b
--     y:backward()
--     print(("%g %g"):format(a.grad, b.grad)) --> 5 2
---@param seed? number a factor for all derivatives (1)
---@raise another backward pass is running (this call comes from a finalizer or
-- a hook); v is being recorded by `compile`
function Value:backward(seed) end

--- Sets the gradients of v and of all Values below it to 0.
--
--     local x = tinygrad.Value(2)
--     local y = x * x
--     y:backward()
--     y:zero_grad()
--     print(x.grad == 0) --> true
function Value:zero_grad() end

--- Returns a leaf with the number of v: no derivative flows through it.
-- In a function that is compiled, the Program computes this number at each
-- call.
--
--     local x = tinygrad.Value(3)
--     local y = x * x:detach()
--     y:backward()
--     print(("%g"):format(x.grad)) --> 3
---@return tinygrad.Value
function Value:detach() end

--- Returns the Values that v was computed from.
--
--     local x = tinygrad.Value(3)
--     print(#(x * 2):parents(), #(x * x):parents()) --> 1 2
---@return tinygrad.Value[] in the order of the operands; a Value that was used
-- twice is in it twice
function Value:parents() end

--- Returns the operands that v was computed from, including plain numbers.
--
--     local y = tinygrad.Value(3) / 2
--     print(("%g %g"):format(y:operands()[1].data, y:operands()[2])) --> 3 2
---@return tinygrad.Number[] in the order of the operands
function Value:operands() end

--- Returns the derivatives of v with respect to each of `v:parents()`.
--
--     local y = tinygrad.Value(3) * tinygrad.Value(4)
--     print(("%g %g"):format(y:partials()[1], y:partials()[2])) --> 4 3
---@return number[] in the order of the operands
function Value:partials() end

return core
