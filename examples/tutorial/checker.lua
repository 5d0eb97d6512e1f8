-- Checks an engine against tinygrad, one operation after the other. Chapter 12
-- calls it; nothing else in it belongs to the tutorial.

local tinygrad = require "tinygrad"

-- The checks: a name, a function of Values, and a point. At a corner any
-- gradient from 0 to 1 will do (chapter 7).
local CHECKS = {
  {"a + b", function(a, b) return a + b end, {{1.5, -2}, {0, 3}}},
  {"a + 2", function(a) return a + 2 end, {{1.5}}},
  {"2 + a", function(a) return 2 + a end, {{1.5}}},
  {"a * b", function(a, b) return a * b end, {{1.5, -2}, {0, 3}}},
  {"a * 2", function(a) return a * 2 end, {{1.5}}},
  {"2 * a", function(a) return 2 * a end, {{1.5}}},
  {"a:tanh()", function(a) return a:tanh() end,
    {{0}, {0.5}, {-2}, {1000}, {-1000}}},
  {"a:relu()", function(a) return a:relu() end,
    {{2}, {-2}, {0, corner = true}}},
  {"a + a", function(a) return a + a end, {{1.5}}},
  {"b = a * a, b * (b + 1)", function(a) -- chapter 8: b waits for both
    local b = a * a
    return b * (b + 1)
  end, {{2}}},
  {"(a * b + a) * b:tanh()", function(a, b) return (a * b + a) * b:tanh() end,
    {{1.3, -0.7}}},
}

local NAMES = {"a", "b"}

-- Returns a number, or anything else, as text.
local function text(x)
  if type(x) ~= "number" then return tostring(x) end
  return x == x and ("%.6g"):format(x) or "nan"
end

local function is_near(x, y)
  return type(x) == "number"
    and math.abs(x - y) <= 1e-9 * math.max(1, math.abs(y))
end

-- Returns the value of a function at a point, and its gradients.
local function derive(new, f, point)
  local inputs, gradients = {}, {}
  for i, x in ipairs(point) do inputs[i] = new(x) end
  local out = f(inputs[1], inputs[2])
  if type(out) == "number" then error("its result is no Value", 0) end
  local data = out.data
  out:backward()
  for i, input in ipairs(inputs) do gradients[i] = input.grad end
  return data, gradients
end

-- Returns what went wrong, without the place if that is in this file.
local function reason(message)
  return (tostring(message):gsub("^%S*checker%.lua:%d+: ", ""))
end

local function is_right(gradient, expected, point)
  if point.corner and type(gradient) == "number" then
    return gradient >= 0 and gradient <= 1
  end
  return is_near(gradient, expected)
end

-- Returns what is wrong with a function at a point; nil if nothing is.
local function problem_at(new, f, point)
  local ok, data, gradients = pcall(derive, new, f, point)
  if not ok then return "it fails: " .. reason(data) end
  local right, slopes = derive(tinygrad.Value, f, point)
  if not is_near(data, right) then
    return ("it is %s, but should be %s"):format(text(data), text(right))
  end
  for i, slope in ipairs(slopes) do
    if not is_right(gradients[i], slope, point) then
      return ("the gradient of %s is %s, but should be %s"):format(NAMES[i],
        text(gradients[i]), text(slope))
    end
  end
  return nil
end

local function problem_with(new, f, points)
  for _, point in ipairs(points) do
    local problem = problem_at(new, f, point)
    if problem then
      local places = {}
      for i, x in ipairs(point) do
        places[i] = ("%s = %s"):format(NAMES[i], text(x))
      end
      return ("at %s, %s"):format(table.concat(places, ", "), problem)
    end
  end
  return nil
end

-- Returns the function that makes a Value, or nil and what is wrong with the
-- file.
local function load_new(path)
  local chunk, message = loadfile(path)
  if not chunk then return nil, message end
  local ok, engine = pcall(chunk)
  if not ok then return nil, ("%s fails: %s"):format(path, reason(engine)) end
  if type(engine) ~= "table" or type(engine.new) ~= "function" then
    return nil, ("%s returns %s; it should return a table with a function "
      .. "`new`"):format(path, type(engine) == "table" and "a table without one"
      or text(engine))
  end
  local made, value = pcall(engine.new, 2)
  if not made then return nil, "new(2) fails: " .. reason(value) end
  if type(value) ~= "table" or value.data ~= 2 then
    return nil, ("new(2) gives %s; it should give a table whose `data` is 2")
      :format(type(value) == "table" and "one whose `data` is "
      .. text(value.data) or text(value))
  end
  return engine.new
end

-- Prints what is right and what is wrong with the engine in a file. Returns its
-- function `new`, or nil if anything is wrong.
return function(path)
  local new, message = load_new(path)
  if not new then
    print(message)
    return nil
  end
  local wrong = 0
  for _, check in ipairs(CHECKS) do
    local problem = problem_with(new, check[2], check[3])
    print(("%-23s %s"):format(check[1], problem and "WRONG: " .. problem
      or "right"))
    if problem then wrong = wrong + 1 end
  end
  if wrong == 0 then return new end
  print(("%d of %d are wrong"):format(wrong, #CHECKS))
  return nil
end
