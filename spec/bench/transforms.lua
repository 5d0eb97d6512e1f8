-- Measures what transforms cost: grad(f) beside the same work written by hand
-- with Values, and a Hessian of n inputs beside n + 6 gradients. Bars hold for
-- Lua 5.4.
--
--   lua5.4 spec/bench/transforms.lua [--markdown] [--check] [name...]
--   lua5.4 spec/bench/transforms.lua --repeat=N grad|hand|hessian size
--
-- With --check the exit status is 1 if a bar is missed. The second form only
-- runs one of them N times, for a profiler.

local here = (arg[0]:match("^(.*)[/\\]") or ".") .. "/"
local harness = dofile(here .. "harness.lua")
local options, names = harness.arguments(arg)
harness.use(here .. "../..")
local tinygrad = require "tinygrad"
local Value, grad, hessian = tinygrad.Value, tinygrad.grad, tinygrad.hessian

local ROUNDS = 9
local TURN = 0.06 -- seconds

-- Functions of two numbers, or of an array, with about the given number of
-- nodes.

local function two_numbers(nodes)
  return function(a, b)
    local y = a * b + a
    for _ = 1, (nodes - 4) / 3 do y = (y + b) * 0.5 * a end
    return y * tinygrad.tanh(b)
  end
end

local function array(nodes, n)
  return function(x)
    local y = 0
    for i = 1, nodes / 3 do
      y = y + x[i % n + 1] * tinygrad.sin(x[(i + 1) % n + 1])
    end
    return y
  end
end

-- The next two functions do by hand what grad does.

local function hand_of_two(f)
  return function(a, b)
    local x, y = Value(a), Value(b)
    f(x, y):backward()
    return x.grad, y.grad
  end
end

local function hand_of_array(f)
  return function(x)
    local leaves, gradient = {}, {}
    for i = 1, #x do leaves[i] = Value(x[i]) end
    f(leaves):backward()
    for i = 1, #x do gradient[i] = leaves[i].grad end
    return gradient
  end
end

local function numbers(n)
  local x = {}
  for i = 1, n do x[i] = (i * 0.37) % 1 + 0.2 end
  return x
end

-- Returns a function of n that calls g(a, b) n times.
local function repeated(g, a, b)
  return function(n)
    for _ = 1, n do g(a, b) end
  end
end

-- work[name][size] is what is compared.
local work = {}

function work.grad(nodes)
  local f = two_numbers(nodes)
  local g, h = grad(f), hand_of_two(f)
  harness.same("grad", {h(0.9, 1.1)}, {g(0.9, 1.1)})
  return repeated(h, 0.9, 1.1), repeated(g, 0.9, 1.1)
end

function work.array(nodes)
  local n = 10
  local f, x = array(nodes, n), numbers(n)
  local g, h = grad(f), hand_of_array(f)
  harness.same("array", h(x), g(x))
  return repeated(h, x), repeated(g, x)
end

-- Returns a function in which each pair of inputs interacts once, so that the
-- Hessian is full.
local function coupled(x)
  local s, q = 0, 0
  for i = 1, #x do
    s = s + tinygrad.sin(x[i])
    q = q + x[i] * x[i]
  end
  return s * s * 0.5 + tinygrad.exp(q * -0.1)
end

function work.hessian(n)
  local x = numbers(n)
  return repeated(grad(coupled), x), repeated(hessian(coupled), x)
end

local function run_one()
  local name, size = names[1], tonumber(names[2])
  local by_hand, transformed
  if name == "hand" then
    by_hand = work.grad(size)
    by_hand(tonumber(options["repeat"]))
  else
    by_hand, transformed = work[name](size)
    transformed(tonumber(options["repeat"]), by_hand)
  end
end

local function main()
  local rows, missed = {}, {}
  local function row(title, times, ratios, bar)
    local met = ratios[2].median <= bar
    if not met then missed[#missed + 1] = title end
    rows[#rows + 1] = {title, ("%.2f us"):format(times[1].median * 1e6),
      ("%.2f us"):format(times[2].median * 1e6),
      ("%.2f  %.2f  %.2f"):format(ratios[2].least, ratios[2].median,
        ratios[2].greatest), ("%g"):format(bar), met and "yes" or "no"}
  end
  local wanted = {}
  for _, name in ipairs(names) do wanted[name] = true end
  for _, case in ipairs({
    {"grad", "grad of 2 numbers, %d nodes", {5, 50, 500}},
    {"array", "grad of an array of 10, %d nodes", {15, 150, 1500}},
    {"hessian", "Hessian of %d inputs, in gradients", {2, 10, 50}}
  }) do
    local name, title, sizes = case[1], case[2], case[3]
    if #names == 0 or wanted[name] then
      for _, size in ipairs(sizes) do
        local times, ratios = harness.compare({work[name](size)}, ROUNDS,
          TURN)
        row(title:format(size), times, ratios,
          name == "hessian" and size + 6 or 1.3)
      end
    end
  end
  harness.print({rawget(_G, "jit") and "LuaJIT" or _VERSION,
    "gradient by hand", "transform", "times as long", "bar", "met"}, rows,
    options.markdown)
  if options.check and #missed > 0 then
    print("missed: " .. table.concat(missed, ", "))
    os.exit(1)
  end
end

if options["repeat"] then run_one() else main() end
