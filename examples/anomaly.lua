-- Where does a NaN come from? A classifier's loss, written as in the textbook,
-- overflows for one of its examples and spoils every gradient.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

-- -log of the probability of the right class, with softmax as it is defined.
local function textbook(scores, class)
  local sum = 0
  for _, score in ipairs(scores) do sum = sum + tinygrad.exp(score) end
  return -tinygrad.log(tinygrad.exp(scores[class]) / sum)
end

-- The loss, computed without huge numbers.
local function stable(scores, class)
  return tinygrad.logsumexp(scores) - scores[class]
end

-- Returns loss and gradient over three examples, one with a large input.
local function run(loss)
  local weights = {Value(0.5), Value(2), Value(-1)}
  local examples = {{x = 1, class = 2}, {x = 400, class = 2},
    {x = 3, class = 1}}
  local total = 0
  for _, example in ipairs(examples) do
    local scores = {}
    for i, w in ipairs(weights) do scores[i] = w * example.x end
    total = total + loss(scores, example.class)
  end
  total:backward()
  return total, weights
end

local function number(x) return x == x and ("%.6f"):format(x) or "NaN" end

local function show(what, total, weights)
  print(("%s: loss %s, gradient %s %s %s"):format(what, number(total.data),
    number(weights[1].grad), number(weights[2].grad), number(weights[3].grad)))
end

show("Textbook", run(textbook))

-- detect_anomaly tells where the NaN began: its error names the operation, its
-- operands and the line.
local ok, message = pcall(tinygrad.detect_anomaly, run, textbook)
assert(not ok)
print("detect_anomaly: " .. message:match("anomaly in.*"):gsub("at .*[/\\]",
  "at "))

show("Stable", tinygrad.detect_anomaly(run, stable))
