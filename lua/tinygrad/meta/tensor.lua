---@meta
--- The functions of Tensors that are written in C; see tensor/init.lua.

---@class tinygrad.Tensor
local Tensor = {}

--- Returns the sizes of all dimensions.
--
--     local shape = tinygrad.Tensor.zeros(2, 3):shape()
--     print(shape[1] == 2, shape[2] == 3) --> true true
---@return integer[] sizes from the first dimension to the last
function Tensor:shape() end

--- Returns a view of some rows, which shares the numbers.
--
--     local t = tinygrad.Tensor {1, 2, 3, 4}
--     t:rows(2, 3):fill(0)
--     print(t) --> Tensor(4)
--     --> [1, 0, 0, 4]
---@param first integer the first row, from 1; -1 is the last of the Tensor
---@param last? integer the last row (if absent: the last of the Tensor)
---@return tinygrad.Tensor
---@raise the Tensor has no such row
function Tensor:rows(first, last) end

--- Sets all numbers to x.
--
--     print(tinygrad.Tensor({1, 2}):fill(5)) --> Tensor(2)
--     --> [5, 5]
---@param x number
---@return tinygrad.Tensor self
function Tensor:fill(x) end

--- Returns a Tensor of its own with the same numbers.
--
--     local t = tinygrad.Tensor {1, 2}
--     local u = t:copy()
--     u[1] = 10
--     print(t[1] == 1) --> true
---@return tinygrad.Tensor
function Tensor:copy() end

--- Returns a Tensor of f(x) for each number x.
--
--     print(tinygrad.Tensor({1, 4}):map(math.sqrt)) --> Tensor(2)
--     --> [1, 2]
---@param f fun(x: number): number called once for each number, in order
---@return tinygrad.Tensor of the same shape
function Tensor:map(f) end

--- Returns the sum of the products of its numbers with another Tensor's.
--
--     local t = tinygrad.Tensor {1, 2, 3}
--     print(t:dot(t) == 14) --> true
---@param other tinygrad.Tensor of as many numbers
---@param weights? tinygrad.Tensor a factor for each product
---@return number
function Tensor:dot(other, weights) end

--- Adds x times another Tensor's numbers to its own, in place.
--
--     print(tinygrad.Tensor({1, 2}):axpy(10, tinygrad.Tensor {1, 1}))
--     --> Tensor(2)
--     --> [11, 12]
---@param x number the factor of the other numbers
---@param other tinygrad.Tensor of as many numbers
---@param weights? tinygrad.Tensor a further factor for each number
---@return tinygrad.Tensor self
function Tensor:axpy(x, other, weights) end

--- Copies another Tensor's numbers into this one.
--
--     local t = tinygrad.Tensor.zeros(2)
--     print(t:assign(tinygrad.Tensor {1, 2})) --> Tensor(2)
--     --> [1, 2]
---@param other tinygrad.Tensor of as many numbers
---@return tinygrad.Tensor self
function Tensor:assign(other) end

--- Moves each number to the nearest one within its bounds, in place.
--
--     local low, high = tinygrad.Tensor {0, 0}, tinygrad.Tensor {1, 1}
--     print(tinygrad.Tensor({-3, 0.5}):clamp(low, high)) --> Tensor(2)
--     --> [0, 0.5]
---@param low tinygrad.Tensor of as many numbers
---@param high tinygrad.Tensor of as many numbers
---@return tinygrad.Tensor self
function Tensor:clamp(low, high) end

return Tensor
