-- A custom operation: the smooth Planck-like curve x / (e^x - 1), which plain
-- formulas get wrong near 0, with a derivative that is right there, too.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"

local planck = tinygrad.custom {
  name = "planck",
  -- forward gets numbers.
  forward = function(x)
    if math.abs(x) < 1e-5 then return 1 - x / 2 + x * x / 12 end
    return x / tinygrad.expm1(x)
  end,
  -- backward gets the operand and the result. For higher derivatives it is
  -- called with Values; therefore it computes with tinygrad's functions.
  backward = function(x, y)
    return tinygrad.where(tinygrad.lt(tinygrad.abs(x), 1e-5),
      -0.5 + x / 6,
      (1 - y * tinygrad.exp(x)) / tinygrad.where(tinygrad.eq(x, 0), 1,
        tinygrad.expm1(x)))
  end
}

local slope = tinygrad.derivative(planck)
local curvature = tinygrad.derivative(slope)

print("   x     planck(x)    derivative       second")
for _, x in ipairs({0, 0.5, 1, 2, 4}) do
  print(("%4.1f %13.9f %13.9f %12.9f"):format(x, planck(x), slope(x),
    curvature(x)))
end

-- The operation is used like any other, here in a function of two variables.
local function f(a, b) return planck(a * b) + tinygrad.log(a) end
local ok, report = tinygrad.gradcheck(f, {1.5, 0.8})
print(report)
assert(ok)
print(("The Hessian's corner: %.6f"):format(
  tinygrad.hessian(f)(1.5, 0.8)[1][2]))

-- An operation that cannot be differentiated twice says so.
local square_root = tinygrad.custom {
  name = "square_root",
  first_order = true,
  forward = math.sqrt,
  backward = function(_, y) return 0.5 / y end
}
print(("square_root'(2) = %.6f"):format(tinygrad.derivative(square_root)(2)))
local _, message = pcall(tinygrad.hessian(square_root), 2)
print(message)
