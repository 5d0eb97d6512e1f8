-- Handwritten digits: a network of 2,410 parameters learns to read 8 x 8 pixels
-- and is tested on a fifth of the data that it never sees before. The data are
-- 1,797 digits that 43 people wrote (E. Alpaydin and C. Kaynak, UCI, 1998), a
-- file of Debian's package python3-sklearn; or name the file:
--   lua5.4 examples/digits.lua /path/to/digits.csv.gz
pcall(dofile, (arg[0]:match("^(.*[/\\])") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"
local nn, Tensor = tinygrad.nn, tinygrad.Tensor

local path = arg[1]
  or "/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz"
local file = io.open(path)
if not file then
  print("The digits are not there: apt-get install python3-sklearn, or name a "
    .. "file\nlike its digits.csv.gz: 64 numbers from 0 to 16 and the digit, "
    .. "a row each.")
  return
end
file:close()

-- Reads the rows of the file: pixels, from 0 to 1, and classes, from 1 to 10.
local images, classes = {}, {}
for line in assert(io.popen("gzip -dcf '" .. path .. "'")):lines() do
  local row = {}
  for number in line:gmatch("[^,%s]+") do row[#row + 1] = tonumber(number) end
  assert(#row == 65, "64 pixels and a digit expected in each row")
  classes[#classes + 1] = table.remove(row) + 1
  for i = 1, 64 do row[i] = row[i] / 16 end
  images[#images + 1] = row
end

-- Every row goes to the training set or, one in five by chance, to the test
-- set.
local random = Tensor.generator(1)
local training, test = {x = {}, y = {}}, {x = {}, y = {}}
for i, image in ipairs(images) do
  local set = random:uniform() < 0.2 and test or training
  table.insert(set.x, image)
  table.insert(set.y, classes[i])
end
print(("%d digits to learn from, %d to be tested on"):format(#training.y,
  #test.y))

local function guess(scores)
  local best = 1
  for k = 2, #scores do
    if scores[k] > scores[best] then best = k end
  end
  return best
end

-- Returns how many digits are read right, and the first that are not.
local function examine(model, set)
  local scores, right, wrong = model:predict(set.x), 0, {}
  for i, class in ipairs(set.y) do
    local said = guess(scores[i])
    if said == class then
      right = right + 1
    else
      wrong[#wrong + 1] = {image = set.x[i], class = class, said = said}
    end
  end
  return right, wrong
end

-- A tenth of the training set decides when to stop; the test set has no part in
-- it.
local model = nn.MLP(64, {32, 10}, {activation = "relu"})
local history = nn.train(model, nn.cross_entropy, training, {batch_size = 32,
  epochs = 60, lr = 0.003, validation = 0.1, patience = 8})
print(history.status == "early" and "stopped early" or "trained to the end")

local right = examine(model, training)
print(("training: %.0f %% right"):format(100 * right / #training.y))
local wrong
right, wrong = examine(model, test)
print(("test:     %.0f %% right"):format(100 * right / #test.y))

-- The digits that it got wrong, to see whether people could read them.
local lines = {}
for k = 1, math.min(4, #wrong) do
  local w = wrong[k]
  lines[1] = (lines[1] or "") .. ("%-20s"):format(("a %d, read as %d"):format(
    w.class - 1, w.said - 1))
  for y = 1, 8 do
    local text = ""
    for x = 1, 8 do
      local shade = math.floor(w.image[8 * y + x - 8] * 4 + 0.5)
      text = text .. (" .:*#"):sub(shade + 1, shade + 1):rep(2)
    end
    lines[y + 1] = (lines[y + 1] or "") .. text .. "    "
  end
end
for _, line in ipairs(lines) do print((line:gsub("%s+$", ""))) end
