-- A function recorded once as a Program, and differentiated as one.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"

local function f(a, b)
  return (a * b + a) * tinygrad.tanh(b)
end

-- The examples (1, 1) only give the shape of the arguments.
local program = tinygrad.compile(f, 1, 1)
print(program)
print(("f(1.3, -0.7) = %.6f"):format(program(1.3, -0.7)))

-- Derivatives are Programs again; no Lua runs when they are called.
local gradient = program:value_and_grad()
print(("value %.6f, gradient %.6f, %.6f"):format(gradient(1.3, -0.7)))
local h = program:hessian()(1.3, -0.7)
print(("Hessian %.6f, %.6f; %.6f, %.6f"):format(h[1][1], h[1][2], h[2][1],
  h[2][2]))

-- Loops are unrolled, and tables keep their shape.
local function rosenbrock(x)
  local s = 0
  for i = 1, #x - 1 do
    s = s + 100 * (x[i + 1] - x[i] ^ 2) ^ 2 + (1 - x[i]) ^ 2
  end
  return s
end
local x = {}
for i = 1, 1000 do x[i] = 1.2 end
local steep = tinygrad.compile(rosenbrock, x):grad()
local stats = steep:stats()
print(("1000 dimensions: %d operations, gradient[1] = %.1f"):format(
  stats.operations, steep(x)[1]))

-- A function that cannot be recorded is refused, with a hint.
local _, message = pcall(tinygrad.compile, function(v)
  if v > tinygrad.Value(0) then return v end
  return -v
end, 1)
print((message:gsub("^.-:%d+: ", ""):gsub("; ", ";\n  ")))
