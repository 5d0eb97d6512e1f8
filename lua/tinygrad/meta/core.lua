---@meta tinygrad.core
--- Values, and what else is written in C.
--
-- This file is not run: it says of C functions what comments say of Lua
-- functions, for `tinygrad.help`, the reference and editors.

local core = {}

---@alias tinygrad.Number number|tinygrad.Value

--- A number with its history: what it was computed from, and the derivative of
-- a result with respect to it.
---@class tinygrad.Value
---@field data number the number; that of a leaf may be set
---@field grad number the derivative that `backward` found; may be set
---@field op string|nil the operation that made it; nil for a leaf
---@field label string|nil a name of yours, for drawings and messages
---@operator add(tinygrad.Number): tinygrad.Value
---@operator sub(tinygrad.Number): tinygrad.Value
---@operator mul(tinygrad.Number): tinygrad.Value
---@operator div(tinygrad.Number): tinygrad.Value
---@operator mod(tinygrad.Number): tinygrad.Value
---@operator idiv(tinygrad.Number): tinygrad.Value
---@operator pow(tinygrad.Number): tinygrad.Value
---@operator unm: tinygrad.Value
local Value = {}

--- A leaf: a number to compute with, and to differentiate by.
--
--     local x = tinygrad.Value(3)
--     local y = x * x
--     y:backward()
--     print(("%g %g"):format(y.data, x.grad)) --> 9 6
---@param x number
---@return tinygrad.Value
---@raise x is no number; a string of digits is none
function core.Value(x) end

--- Is x a Value?
--
--     local x = tinygrad.Value(1)
--     print(tinygrad.is_value(x), tinygrad.is_value(1)) --> true false
---@param x any
---@return boolean
function core.is_value(x) end

--- Is x a Program?
--
--     local p = tinygrad.compile(function(x) return 2 * x end, 1)
--     print(tinygrad.is_program(p), tinygrad.is_program {}) --> true false
---@param x any
---@return boolean
function core.is_program(x) end

--- The table of operations, as the engine has it.
--
--     for _, row in ipairs(tinygrad.operations()) do
--       if row.name == "relu" then print(row.arity, row.note) end
--     end
--     --> 1 derivative 0 at 0
---@return table[] rows with `name`; `lua_name`, under which it is called;
-- `arity` (1, 2, 3 or "n"); `note`; `domain`, an interval of good test points
-- for each operand; `differentiable`, for each operand
function core.operations() end

--- Differentiates v with respect to all leaves below it.
-- Adds the derivatives to the leaves' `grad` and sets those of results, so that
-- a second call gives leaves twice theirs. If it is interrupted, nothing
-- changes.
--
--     local a, b = tinygrad.Value(2), tinygrad.Value(5)
--     local y = a * b
--     y:backward()
--     print(("%g %g"):format(a.grad, b.grad)) --> 5 2
---@param seed? number what to multiply all derivatives by (1)
---@raise a backward pass is running already, in a finalizer's or hook's caller;
-- v is being recorded by `compile`
function Value:backward(seed) end

--- Sets the gradients of v and of all below it to 0.
--
--     local x = tinygrad.Value(2)
--     local y = x * x
--     y:backward()
--     y:zero_grad()
--     print(x.grad == 0) --> true
function Value:zero_grad() end

--- The same number as a leaf: no derivative flows through.
-- In a function that is compiled it is a result, which the Program computes.
--
--     local x = tinygrad.Value(3)
--     local y = x * x:detach()
--     y:backward()
--     print(("%g"):format(x.grad)) --> 3
---@return tinygrad.Value
function Value:detach() end

--- The Values that v was computed from.
--
--     local x = tinygrad.Value(3)
--     print(#(x * 2):parents(), #(x * x):parents()) --> 1 2
---@return tinygrad.Value[] in the order of the operands; one that was used
-- twice is there twice
function Value:parents() end

--- What v was computed from, plain numbers too.
--
--     local y = tinygrad.Value(3) / 2
--     print(("%g %g"):format(y:operands()[1].data, y:operands()[2])) --> 3 2
---@return tinygrad.Number[] in the order of the operands
function Value:operands() end

--- The derivatives of v with respect to each of `v:parents()`.
--
--     local y = tinygrad.Value(3) * tinygrad.Value(4)
--     print(("%g %g"):format(y:partials()[1], y:partials()[2])) --> 4 3
---@return number[]
function Value:partials() end

return core
