-- Writes what suite.lua measured: report.md, and for each workload a bar chart
-- of times as multiples of the hand-written C, on a logarithmic scale.

local WIDTH, NAMES, LINE = 720, 190, 22
local RIGHT = 90 -- the width of the figures

local function escape(s)
  return (s:gsub("[&<>]", {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;"}))
end

local function log10(x) return math.log(x) / math.log(10) end

-- Returns the chart of one workload's contestants.
local function chart(race)
  local low, high = 0, 1
  for _, c in ipairs(race.list) do
    low = math.min(low, math.floor(log10(c.ratio.least)))
    high = math.max(high, math.ceil(log10(c.ratio.greatest)))
  end
  local height = 58 + LINE * #race.list
  local scale = (WIDTH - NAMES - RIGHT) / (high - low)
  local function x_of(ratio) return NAMES + (log10(ratio) - low) * scale end
  local parts = {}
  local function put(...) parts[#parts + 1] = (...):format(select(2, ...)) end
  put('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
    .. 'viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">',
    WIDTH, height, WIDTH, height)
  put('<rect width="100%%" height="100%%" fill="white"/>')
  put('<text x="8" y="18" font-size="14" font-weight="bold">%s: value and '
    .. 'gradient, times the hand-written C</text>', escape(race.title))
  for power = low, high do
    local x = NAMES + (power - low) * scale
    put('<line x1="%.1f" y1="28" x2="%.1f" y2="%d" stroke="%s"/>', x, x,
      height - 24, power == 0 and "#666" or "#ddd")
    put('<text x="%.1f" y="%d" text-anchor="middle" fill="#444">%g</text>', x,
      height - 8, 10 ^ power)
  end
  for i, c in ipairs(race.list) do
    local y = 32 + (i - 1) * LINE
    local from, to = x_of(1), x_of(c.ratio.median)
    if from > to then from, to = to, from end
    put('<text x="%d" y="%d" text-anchor="end">%s</text>', NAMES - 8,
      y + 14, escape(c.name))
    put('<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>', from,
      y + 2, math.max(to - from, 1), LINE - 6,
      c.name:find("^tinygrad") and "#1f77b4" or "#b0b0b0")
    put('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="black"/>',
      x_of(c.ratio.least), y + LINE / 2 - 1, x_of(c.ratio.greatest),
      y + LINE / 2 - 1)
    put('<text x="%.1f" y="%d">%.3g</text>',
      math.max(to, x_of(c.ratio.greatest)) + 6, y + 14, c.ratio.median)
  end
  put("</svg>")
  return table.concat(parts, "\n") .. "\n"
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  assert(file:write(text))
  assert(file:close())
end

local function row(cells) return "| " .. table.concat(cells, " | ") .. " |" end

return function(directory, heading, lines, races, about, missing)
  local text = {"# Speed, measured", "",
    "Value and gradient of each workload. Ratios are to the hand-written C at "
      .. "-O3 -march=native in the same round: least, median, greatest.", ""}
  local function add(line) text[#text + 1] = line end
  for _, item in ipairs(about) do add(("- %s: %s"):format(item[1], item[2])) end
  if #missing > 0 then
    add("- not installed: " .. table.concat(missing, ", "))
  end
  add("")
  for _, race in ipairs(races) do
    write(("%s/%s.svg"):format(directory, race.name), chart(race))
    add(("![%s](%s.svg)"):format(race.title, race.name))
  end
  add("")
  add(row(heading))
  add("| --- | --: | --: |")
  for _, line in ipairs(lines) do add(row(line)) end
  write(directory .. "/report.md", table.concat(text, "\n") .. "\n")
end
