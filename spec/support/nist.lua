-- The NIST Statistical Reference Datasets for nonlinear regression
-- (https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml): the models, and a
-- reader of the files. The files are not part of this repository.

local tinygrad = require "tinygrad"
local exp, atan, cos, pi = tinygrad.exp, tinygrad.atan, tinygrad.cos, math.pi

local nist = {}

--- The folder of the files.
nist.folder = os.getenv("TINYGRAD_NIST") or "../shared/data/nist"

-- Each model returns the predicted response for the predictor x and the
-- parameters b.

local function misra1a(x, b) return b[1] * (1 - exp(-b[2] * x)) end

local function misra1b(x, b) return b[1] * (1 - (1 + b[2] * x / 2) ^ -2) end

local function misra1c(x, b) return b[1] * (1 - (1 + 2 * b[2] * x) ^ -0.5) end

local function misra1d(x, b) return b[1] * b[2] * x / (1 + b[2] * x) end

local function chwirut(x, b) return exp(-b[1] * x) / (b[2] + b[3] * x) end

local function lanczos(x, b)
  return b[1] * exp(-b[2] * x) + b[3] * exp(-b[4] * x)
    + b[5] * exp(-b[6] * x)
end

local function gauss(x, b)
  return b[1] * exp(-b[2] * x) + b[3] * exp(-((x - b[4]) / b[5]) ^ 2)
    + b[6] * exp(-((x - b[7]) / b[8]) ^ 2)
end

local function danwood(x, b) return b[1] * x ^ b[2] end

local function kirby2(x, b)
  return (b[1] + b[2] * x + b[3] * x ^ 2) / (1 + b[4] * x + b[5] * x ^ 2)
end

local function cubic_over_cubic(x, b) -- hahn1, thurber
  return (b[1] + b[2] * x + b[3] * x ^ 2 + b[4] * x ^ 3)
    / (1 + b[5] * x + b[6] * x ^ 2 + b[7] * x ^ 3)
end

local function nelson(x, b) -- of the response's logarithm, see RESPONSE
  return b[1] - b[2] * x[1] * exp(-b[3] * x[2])
end

local function mgh09(x, b)
  return b[1] * (x ^ 2 + x * b[2]) / (x ^ 2 + x * b[3] + b[4])
end

local function mgh10(x, b) return b[1] * exp(b[2] / (x + b[3])) end

local function mgh17(x, b)
  return b[1] + b[2] * exp(-x * b[4]) + b[3] * exp(-x * b[5])
end

local function rat42(x, b) return b[1] / (1 + exp(b[2] - b[3] * x)) end

local function rat43(x, b)
  return b[1] / (1 + exp(b[2] - b[3] * x)) ^ (1 / b[4])
end

local function roszman1(x, b)
  return b[1] - b[2] * x - atan(b[3] / (x - b[4])) / pi
end

local function bennett5(x, b) return b[1] * (b[2] + x) ^ (-1 / b[3]) end

local function boxbod(x, b) return b[1] * (1 - exp(-b[2] * x)) end

local function enso(x, b)
  local function cycle(period, c, s)
    return c * cos(2 * pi * x / period)
      + s * tinygrad.sin(2 * pi * x / period)
  end
  return b[1] + cycle(12, b[2], b[3]) + cycle(b[4], b[5], b[6])
    + cycle(b[7], b[8], b[9])
end

local function eckerle4(x, b)
  return b[1] / b[2] * exp(-0.5 * ((x - b[3]) / b[2]) ^ 2)
end

nist.models = {
  Misra1a = misra1a, Misra1b = misra1b, Misra1c = misra1c, Misra1d = misra1d,
  Chwirut1 = chwirut, Chwirut2 = chwirut, Lanczos1 = lanczos,
  Lanczos2 = lanczos, Lanczos3 = lanczos, Gauss1 = gauss, Gauss2 = gauss,
  Gauss3 = gauss, DanWood = danwood, Kirby2 = kirby2,
  Hahn1 = cubic_over_cubic, Thurber = cubic_over_cubic, Nelson = nelson,
  MGH09 = mgh09, MGH10 = mgh10, MGH17 = mgh17, Rat42 = rat42, Rat43 = rat43,
  Roszman1 = roszman1, Bennett5 = bennett5, BoxBOD = boxbod, ENSO = enso,
  Eckerle4 = eckerle4,
}

--- The response of a set as a function of its file's first column, if it is not
-- that column itself.
local RESPONSE = {Nelson = math.log}

---@class tinygrad.NistSet
---@field name string
---@field model function
---@field starts number[][] two starting points
---@field parameters number[] the certified ones
---@field deviations number[] the certified standard deviations of the
-- parameters
---@field sum number the certified residual sum of squares
---@field deviation number the certified residual standard deviation
---@field x any[] predictors
---@field y number[] responses

local NUMBER = "([-+%d.]+[eE]?[-+]?%d*)"

--- Reads a set's file. Returns nil if there is no such file.
---@param name string
---@return tinygrad.NistSet|nil
function nist.read(name)
  local file = io.open(nist.folder .. "/" .. name .. ".dat")
  if not file then return nil end
  local set = {name = name, model = nist.models[name], starts = {{}, {}},
    parameters = {}, deviations = {}, x = {}, y = {}}
  local in_data = false
  for line in file:lines() do
    local k, rest = line:match("^%s*b(%d+)%s*=%s*(.*)")
    if k then
      local numbers = {}
      for number in rest:gmatch("%S+") do
        numbers[#numbers + 1] = assert(tonumber(number), line)
      end
      k = tonumber(k)
      set.starts[1][k], set.starts[2][k], set.parameters[k],
        set.deviations[k] = numbers[1], numbers[2], numbers[3], numbers[4]
    elseif in_data and line:match("%S") then
      local row = {}
      for number in line:gmatch("%S+") do
        row[#row + 1] = assert(tonumber(number), line)
      end
      local y = table.remove(row, 1)
      set.y[#set.y + 1] = RESPONSE[name] and RESPONSE[name](y) or y
      set.x[#set.x + 1] = #row == 1 and row[1] or row
    end
    set.sum = set.sum
      or tonumber(line:match("Residual Sum of Squares:%s*" .. NUMBER))
    set.deviation = set.deviation
      or tonumber(line:match("Residual Standard Deviation:%s*" .. NUMBER))
    in_data = in_data or line:match("^Data:%s+y%s") ~= nil
  end
  file:close()
  return set
end

--- Returns all sets whose files exist, in the order of their names, and the
-- names of the others.
---@return tinygrad.NistSet[]
---@return string[]
function nist.sets()
  local names, sets, absent = {}, {}, {}
  for name in pairs(nist.models) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local set = nist.read(name)
    if set then
      sets[#sets + 1] = set
    else
      absent[#absent + 1] = name
    end
  end
  return sets, absent
end

--- Returns the number of correct digits: -log10 of the relative error, from 0
-- to 15 (LRE of McCullough, 1998).
---@param got number
---@param expected number
---@return number
function nist.digits(got, expected)
  if got == expected then return 15 end
  local lre = -math.log(math.abs(got - expected) / math.abs(expected))
    / math.log(10)
  return lre == lre and math.max(0, math.min(15, lre)) or 0
end

return nist
