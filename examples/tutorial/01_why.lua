-- 1. Why automatic differentiation? Three ways to a derivative. Given a file
-- name, the plot is written there as SVG:
-- lua5.4 examples/tutorial/01_why.lua differences.svg
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"

local function f(x)
  return x * x * x / (1 + x * x)
end

-- By hand, for comparison: the quotient rule.
local function by_hand(x)
  return (x * x * x * x + 3 * x * x) / ((1 + x * x) * (1 + x * x))
end

-- The first way is numerical: the slope between two points that are close.
local function forward(x, h) return (f(x + h) - f(x)) / h end
local function central(x, h) return (f(x + h) - f(x - h)) / (2 * h) end

local x = 0.7
print("   step   forward difference   central difference")
for _, h in ipairs {1e-1, 1e-3, 1e-5, 1e-8, 1e-12, 1e-15} do
  print(("%7.0e  %19.14f  %19.14f"):format(h, forward(x, h), central(x, h)))
end
print(("exact    %19.14f"):format(by_hand(x)))

-- The errors of both formulas, step by step.
local steps, errors = {}, {forward = {}, central = {}}
for i = 0, 50 do
  local h = 2 ^ -i
  steps[#steps + 1] = h
  for name, difference in pairs {forward = forward, central = central} do
    table.insert(errors[name], math.abs(difference(x, h) - by_hand(x)))
  end
end
local plot = tinygrad.plot {title = "Error of finite differences",
  x = {label = "step h", log = true}, y = {label = "error", log = true}}
  :line(steps, errors.forward, {label = "forward"})
  :line(steps, errors.central, {label = "central"})
if arg[1] then assert(plot:save(arg[1])) end
io.write("\n", plot:text {width = 64, height = 16}, "\n")

-- The second way is symbolic: rules turn a formula into a formula. A formula
-- here is a number, "x", or a table {operator, left, right}.
local function differentiate(e)
  if e == "x" then return 1 elseif type(e) == "number" then return 0 end
  local operator, u, v = e[1], e[2], e[3]
  local du, dv = differentiate(u), differentiate(v)
  if operator == "*" then return {"+", {"*", du, v}, {"*", u, dv}} end
  return {operator, du, dv} -- of a sum or a difference
end

-- Returns how many symbols it takes to write a formula down.
local function length(e)
  return type(e) == "table" and 1 + length(e[2]) + length(e[3]) or 1
end

-- The third way is automatic: run the function, and keep track.
local function repeated(value, times)
  for _ = 1, times do value = 4 * value * (1 - value) end
  return value
end

print("times   formula   its derivative   operations, automatic")
local formula = "x"
for times = 1, 6 do
  formula = {"*", {"*", 4, formula}, {"-", 1, formula}}
  local y = repeated(tinygrad.Value(0.3), times)
  local nodes = tinygrad.graph.trace(y)
  print(("%5d %9d %16d %23d"):format(times, length(formula),
    length(differentiate(formula)), #nodes - 1))
end

local v = tinygrad.Value(x)
f(v):backward()
print(("\nautomatic %.14f\nby hand   %.14f"):format(v.grad, by_hand(x)))
