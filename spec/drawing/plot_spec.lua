-- Plots: ticks by their properties, pictures on the terminal letter by letter,
-- SVG that is well-formed and shows what it should, and the errors.

local field = require "tinygrad.plot.field"
local process = require "spec.support.process"
local scale = require "tinygrad.plot.scale"
local support = require "spec.support.common"
local tinygrad = require "tinygrad"
local write = require "tinygrad.support.write"
local xml = require "spec.support.xml"

local plot, Tensor = tinygrad.plot, tinygrad.Tensor
local parse, find, read = xml.parse, xml.find, support.read
local NAN = 0 / 0

-- SVG -----------------------------------------------------------------------

local function texts(elements)
  local list = {}
  for i, element in ipairs(find(elements, "text")) do list[i] = element.text end
  return list
end

local function has(list, text)
  for _, each in ipairs(list) do
    if each == text then return true end
  end
  return false
end

-- Tells whether an element is drawn in a colour, as a line or filled.
local function coloured(elements, colour)
  local function is(a) return a.stroke == colour or a.fill == colour end
  return #find(elements, "path", is) + #find(elements, "g", is) > 0
end

-- Returns how often a text contains another.
local function occurrences(text, part)
  local n, at = 0, 1
  while true do
    local from, to = text:find(part, at, true)
    if not from then return n end
    n, at = n + 1, to + 1
  end
end

local BLUE, RED, GREEN = "#0072B2", "#D55E00", "#009E73"

-- Ticks ---------------------------------------------------------------------

-- Tells whether x = m * 10^e with m one of the list, up to the last bits.
local function is_round(x, ms)
  for _, m in ipairs(ms) do
    local digits = ("%.12e"):format(x / m)
    if digits:find("^1[.,]0*e") then return true end
  end
  return false
end

local function check_ticks(low, high, log, most)
  local s = scale.new(low, high, log)
  local ticks, minor, note = s:ticks(most)
  local where = ("[%.17g, %.17g]: %d ticks"):format(low, high, #ticks)
  assert.is_true(#ticks <= most, where)
  if most == 10 then assert.is_true(#ticks >= 4, where) end
  local seen = {}
  for i, tick in ipairs(ticks) do
    local at = s:at(tick.value)
    assert.is_true(tick.value >= s.low and tick.value <= s.high, where)
    assert.is_true(at >= 0 and at <= 1, where)
    assert.is_true(i == 1 or tick.value > ticks[i - 1].value, where)
    assert.is_nil(seen[tick.text], where .. " " .. tick.text)
    seen[tick.text] = true
    assert.is_true(write.width(tick.text) <= 10, where .. " " .. tick.text)
  end
  for _, value in ipairs(minor) do
    assert.is_true(value >= s.low and value <= s.high, where)
  end
  return ticks, note, s
end

local function labels(low, high, log, most)
  local ticks, note = check_ticks(low, high, log or false, most or 10)
  local list = {}
  for i, tick in ipairs(ticks) do list[i] = tick.text end
  return table.concat(list, " ") .. (note ~= "" and " | " .. note or "")
end

describe("the ticks of an axis", function()
  it("are round, inside and 4 to 10", function()
    local random = support.random(7)
    for _ = 1, support.scaled(1000) do
      local size = 10 ^ random(-250, 250)
      local low = random(-1, 1) * size
      local high = low + random(0, 1) * size * 10 ^ random(-9, 3)
      local ticks, _, s = check_ticks(low, high, false, 10)
      local step = (s.high - s.low) * 1e-9
      for i = 2, #ticks do
        local gap = ticks[i].value - ticks[i - 1].value
        assert.is_true(gap > step)
        if s.high - s.low > 1e-6 * math.max(math.abs(s.low), s.high) then
          -- A difference of two doubles has fewer digits:
          gap = tonumber((("%.5e"):format(gap):gsub(",", ".")))
          assert.is_true(is_round(gap, {1, 2, 5}), tostring(gap))
        end
      end
    end
  end)

  it("are so on a logarithmic axis", function()
    local random = support.random(8)
    for _ = 1, support.scaled(1000) do
      local low = 10 ^ random(-250, 200)
      local high = low * 10 ^ random(0, random(0, 50))
      check_ticks(low, high, true, 10)
    end
  end)

  it("are few where there is little room", function()
    local random = support.random(9)
    for _ = 1, support.scaled(300) do
      local low, most = random(-5, 5), math.floor(random(1, 9))
      check_ticks(low, low + random(0, 9), false, most)
      check_ticks(10 ^ low, 10 ^ (low + random(0, 9)), true, most)
    end
  end)

  it("have short labels", function()
    assert.equal("0.0 0.2 0.4 0.6 0.8 1.0", labels(0, 1))
    assert.equal("-2 -1 0 1 2 3", labels(-2, 3))
    assert.equal("0 20 40 60 80 100 120 | ×10³", labels(0, 123456))
    assert.equal("0.0 0.2 0.4 0.6 0.8 1.0 | ×10⁻¹²", labels(0, 1e-12))
    assert.equal("0.0 0.2 0.4 0.6 0.8 1.0 | ×10⁻¹² + 1", labels(1, 1 + 1e-12))
    assert.equal("0 5 10 15 20 25 30 | + 10¹⁵", labels(1e15, 1e15 + 30))
    assert.equal("-3.0 -2.5 -2.0 -1.5 -1.0 | - 100000",
      labels(-100003, -100001))
    assert.equal("-1.0 -0.5 0.0 0.5 1.0 | ×10³⁰⁰", labels(-1e300, 1e300))
    assert.equal("1 10 100 1000", labels(1, 1000, true))
    assert.equal("1 2 5 10", labels(1, 10, true))
    assert.equal("10⁻¹² 10⁻⁹ 10⁻⁶ 10⁻³ 10⁰ 10³ 10⁶ 10⁹ 10¹²",
      labels(1e-12, 1e12, true))
  end)

  it("are there for a single number", function()
    for _, x in ipairs {0, 5, -3e-8, 1e15, 1e300, -1e300, 1e-300} do
      check_ticks(x, x, false, 10)
      if x > 0 then check_ticks(x, x, true, 10) end
    end
  end)
end)

describe("numbers and labels", function()
  it("do not depend on the locale", function()
    local p = plot {y = {log = true}}
    p:line({0, 0.25, 1}, {0.125, 2, 30.5}):histogram({0.5, 0.75})
    p:contour(function(x, y) return x * y / 3 end, {0, 1}, {1, 2})
    local svg, text = p:svg(), p:text()
    local format = string.format
    string.format = function(how, ...) -- luacheck: ignore 122
      local s = format(how, ...)
      return how:find("^%%[%.%d]*[feg]$") and s:gsub("%.", ",") or s
    end
    local ok, svg_there, text_there = pcall(function()
      return p:svg(), p:text()
    end)
    string.format = format -- luacheck: ignore 122
    assert.is_true(ok, svg_there)
    assert.equal(svg, svg_there)
    assert.equal(text, text_there)
  end)

  it("are exact", function()
    assert.equal("0", write.fixed(-0.001, 2))
    assert.equal("-0.01", write.fixed(-0.009, 2))
    assert.equal("100", write.fixed(100, 2))
    assert.equal("100", write.fixed(100, 0))
    assert.equal("0.0012", write.digits(12, -4))
    assert.equal("-1.2", write.digits(-12, -1))
    assert.equal("1200", write.digits(12, 2))
    assert.equal("3×10⁻⁷", write.short(30, -8))
    assert.equal(0.1, tonumber(write.full(0.1)))
  end)

  it("are UTF-8 without control characters, whatever comes", function()
    assert.equal("a b", write.clean("a\nb"))
    assert.equal("??a", write.clean("\255\226a"))
    assert.equal("??", write.clean("\192\128")) -- an overlong form
    assert.equal("???", write.clean("\237\160\128")) -- a surrogate
    assert.equal("학습 é ×", write.clean("학습 é ×"))
    assert.equal(4, write.width("학습"))
    assert.equal(1, write.width("e\204\129")) -- e and a combining accent
    assert.equal("학…", write.cut("학습곡선", 4))
    assert.equal("abc", write.cut("abc", 3))
    assert.equal("ab…", write.cut("abcd", 3))
    assert.are.same({"ab cd", "ef g…"}, write.wrap("ab  cd ef ghi", 5, 2))
  end)
end)

-- Areas ---------------------------------------------------------------------

local function area_of(outlines)
  local sum = 0
  for _, line in ipairs(outlines) do
    for i, p in ipairs(line) do
      local q = line[i % #line + 1]
      sum = sum + (p.x * q.y - q.x * p.y) / 2
    end
  end
  return sum
end

local function grid(n, f)
  local rows = {}
  for j = 1, n do
    rows[j] = {}
    for i = 1, n do rows[j][i] = f(i, j) end
  end
  return rows
end

describe("outlines", function()
  it("enclose what is above the level, without holes", function()
    local ring = grid(81, function(i, j)
      local r = math.sqrt((i - 41) ^ 2 + (j - 41) ^ 2)
      return -math.abs(r - 20)
    end)
    local outlines = field.outlines(ring, -10, false)
    assert.equal(2, #outlines)
    support.near(math.pi * (30 ^ 2 - 10 ^ 2), area_of(outlines), 2e-3)
    assert.equal(2, #field.contours(outlines))
    support.near(80 ^ 2, area_of(field.outlines(ring, -math.huge, false)))
  end)

  it("of a plane are exact, and end at the border", function()
    local plane = grid(11, function(i, j) return i + 2 * j end)
    for level = 4, 32, 0.5 do
      local above = field.outlines(plane, level, false)
      local lines = field.contours(above)
      assert.equal(level < 33 and 1 or 0, #lines)
      for _, p in ipairs(lines[1]) do
        support.near(level, p.x + 2 * p.y, 1e-12)
      end
      local below = field.outlines(grid(11, function(i, j)
        return -i - 2 * j
      end), -level, false)
      support.near(100, area_of(above) + area_of(below), 1e-9)
    end
  end)

  it("have no line where a grid is above or below as a whole", function()
    local flat = grid(5, function() return 1 end)
    assert.equal(0, #field.contours(field.outlines(flat, 0, false)))
    assert.equal(0, #field.outlines(flat, 2, false))
  end)

  it("leave out cells with NaN", function()
    local hole = grid(5, function(i, j)
      return i == 3 and j == 3 and NAN or 1
    end)
    support.near(12, area_of(field.outlines(hole, 0, false)))
    assert.equal(0, #field.contours(field.outlines(hole, 0, false)))
  end)

  it("between classes are midway", function()
    local classes = grid(4, function(i) return i < 3 and 1 or 3 end)
    for level = 1.5, 2.5 do
      support.near(4.5, area_of(field.outlines(classes, level, true)))
    end
  end)

  it("take saddles by their middle", function()
    local function saddle(corner) return {{corner, 0}, {0, corner}} end
    assert.equal(1, #field.outlines(saddle(1), 0.4, false))
    assert.equal(2, #field.outlines(saddle(1), 0.6, false))
  end)
end)

-- Pictures ------------------------------------------------------------------

-- Returns a plot with one series of each kind.
local function everything(options)
  local p = plot(options or {title = "All", x = {label = "x"},
    y = {label = "y"}})
  p:regions(function(x, y) return x - y end, {-2, 2}, {-2, 2},
    {labels = {"below", "above"}})
  p:contour(function(x, y) return x * x + y * y end, {-2, 2}, {-2, 2},
    {levels = {1, 2}, label = "circles"})
  p:histogram({-1, 0, 0, 1}, {label = "bars", bins = 4})
  p:band({-1, 0, 1}, {-1, 0, -1}, {0, 1, 0}, {label = "limits"})
  p:line({-1, 0, 1}, {-0.5, 0.5, -0.5}, {label = "curve"})
  p:scatter({-1, 1}, {1, 1}, {label = "points"})
  return p
end

describe("plot:text", function()
  it("draws a line", function()
    assert.equal([[
          Square
  area
4 ┤                  ⡠⠔⠁
  │               ⢀⠤⠊
2 ┤            ⢀⡠⠒⠁
  │         ⣀⠤⠒⠁
0 ┤⢀⣀⣀⠤⠤⠤⠔⠊⠉
  └┬─────────┬─────────┬
   0         1         2
            side
   ⠤⠤⠤⠤ side^2
]], plot {title = "Square", x = {label = "side"}, y = {label = "area"}}
      :line({0, 0.5, 1, 1.5, 2}, {0, 0.25, 1, 2.25, 4}, {label = "side^2"})
      :text {width = 26, height = 5})
  end)

  it("tells lines apart by letters", function()
    local function drawn(n, options)
      local p = plot()
      for k = 1, n do
        p:line({0, 1}, {k, 2 * k + 1}, {label = "line " .. k,
          dashed = options and options.dashed == k or nil,
          colour = options and options.colour})
      end
      return p:text {width = 72, height = 24}
    end
    for n = 2, 5 do
      local text = drawn(n)
      for k = 1, n do
        local letter = ("abcde"):sub(k, k)
        local entry = ("⠤⠤%s⠤⠤ line %d"):format(letter, k)
        assert.equal(1, occurrences(text, entry), text)
        local axes = text:match("^(.-)\n *└")
        assert.is_true(occurrences(axes, letter) >= 3, text)
      end
      assert.equal(0, occurrences(text:gsub("line", ""), "f"))
    end
    for _, text in ipairs {drawn(1), drawn(2, {dashed = 2}),
        drawn(3, {colour = 1})} do
      assert.is_nil(text:gsub("line", ""):find("%l"), text)
    end
    local three = drawn(3, {dashed = 2})
    assert.is_truthy(three:find("⠤⠤b⠤⠤ line 3", 1, true), three)
    assert.is_truthy(three:find("⠤⠤ ⠠ line 2", 1, true), three)
  end)

  it("puts a letter on lines that are short, and none on another", function()
    local p = plot():line({0, 10}, {0, 10}):line({0, 0.1}, {5, 5})
      :line({0, 10}, {0, 10})
    local text = p:text {width = 60, height = 12}
    for letter in ("abc"):gmatch(".") do
      assert.is_true(occurrences(text, letter) >= 1, text)
    end
  end)

  it("draws marks", function()
    assert.equal([[
  │         o
2 ┤                  o
  │
  │o
  └┬────────┬────────┬
   1        2        3
]], plot():scatter({1, 2, 3}, {1, 3, 2})
      :text {width = 24, height = 4})
  end)

  it("draws bars", function()
    assert.equal([[
  │          ▇▇▇▇
2 ┤     ▅▅▅▅▅████
  │ ▂▂▂▂█████████▂▂▂▂
0 ┤ █████████████████
  └┬─────┬─────┬─────┬
   1     2     3     4
]], plot():histogram({1, 2, 2, 3, 3, 3, 4}, {bins = 4})
      :text {width = 24, height = 4})
  end)

  it("draws a band", function()
    assert.equal([[
4 ┤                 ░░
  │          ░░░░░░░░░
2 ┤       ░░░░░░░░░░░░
  │    ░░░░░░░░░░░░░░░
  │░░░░░░░░░ ░░░░░░░░░
0 ┤░░               ░░
  └┬────────┬────────┬
   1        2        3
]], plot():band({1, 2, 3}, {0, 1, 0}, {1, 3, 4})
      :text {width = 24, height = 6})
  end)

  it("draws regions", function()
    assert.equal([[
1.0 ┤               ░░
0.5 ┤           ░░░░░░
    │      ░░░░░░░░░░░
0.0 ┤  ░░░░░░░░░░░░░░░
    └┬───────┬───────┬
    0.0     0.5     1.0
]], plot():regions(function(x, y) return x - y end, {0, 1}, {0, 1})
      :text {width = 24, height = 4})
  end)

  it("draws a contour with its level", function()
    assert.equal([[
 1 ┤
   │     ⡀⠤⠐⠊⠁⠉0.5⠈⠑⠂⠤⢀
   │   ⢠⠒⠁            ⠈⠒⡄
 0 ┤   ⠰                ⠆
   │   ⠘⠤⡀            ⢀⠤⠃
   │     ⠁⠒⠠⢄⡀⣀⢀⡀⣀⢀⡠⠄⠒⠈
-1 ┤
   └┬─────┬─────┬─────┬────┬
   -1.0  -0.5  0.0   0.5  1.0
]], plot():contour(function(x, y) return x * x + y * y end, {-1, 1},
      {-1, 1}, {levels = {0.5}}):text {width = 30, height = 7})
  end)

  it("tells lines apart without colours", function()
    local p = plot()
    for k = 1, 4 do p:line({0, 1}, {k, k}, {label = "k"}) end
    p:line({0, 1}, {5, 5}, {label = "k", dashed = true})
    local seen, n = {}, 0
    for picture in p:text():gmatch("([^ ][^\n]-) k%f[%s]") do
      assert.is_nil(seen[picture], picture)
      seen[picture], n = true, n + 1
    end
    assert.equal(5, n)
  end)

  it("draws a dashed line with gaps, others without", function()
    local function row(dashed)
      return plot():line({0, 1}, {0, 0}, {dashed = dashed})
        :text({width = 24, height = 3}):match("┤([^\n]*)")
    end
    assert.equal("⠐⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠂", row(false))
    assert.equal("⠐⠒⠂ ⠒⠒ ⠐⠒⠂ ⠒⠒ ⠐⠒⠂ ⠂", row(true))
  end)

  it("has colours only when asked", function()
    local p = everything()
    assert.is_nil(p:text():find("\27", 1, true))
    local text, n = p:text({colour = true}):gsub("\27%[[%d;]*m", "")
    assert.is_true(n > 10)
    assert.equal((p:text():gsub(" +\n", "\n")), (text:gsub(" +\n", "\n")))
  end)

  it("keeps to the width", function()
    local long = ("long "):rep(50)
    local p = plot {title = long, x = {label = long}, y = {label = long}}
    for k = 1, 9 do p:line({k, 2e5}, {0, 1e-5 * k}, {label = long}) end
    p:scatter({1}, {1}, {label = "한국어 " .. long})
    for _, width in ipairs {24, 40, 72, 200} do
      for line in p:text({width = width}):gmatch("[^\n]*") do
        assert.is_true(write.width(line) <= width, line)
      end
    end
  end)
end)

describe("plot:text", function()
  it("shows classes, each around its points", function()
    local text = plot():regions({{1, 1, 2}, {1, 1, 2}}, {0, 1}, {0, 1},
      {classes = 2}):text {width = 40, height = 8, colour = false}
    local left, right = text:match("│(.)[^\n]-(.)%s*\n")
    assert.is_truthy(left and right, text)
    assert.not_equal(left, right)
  end)

  it("leaves a gap in a band where there is no number", function()
    local function text(low)
      return plot():band({1, 2, 3, 4, 5}, {0, 0, low, 0, 0}, {1, 1, 1, 1, 1})
        :text {width = 40, height = 6}
    end
    assert.not_equal(text(0), text(NAN))
  end)

  it("has room for the first number below the axis", function()
    local text = plot():line({-1e5, 1e5}, {0, 1}):text {width = 60, height = 6}
    assert.is_truthy(text:find("-100000", 1, true) or text:find("-10", 1, true),
      text)
  end)
end)

describe("plot:svg", function()
  it("draws a line whose points are all the same as a dot", function()
    for _, list in ipairs {{0}, {0, 0, 0}} do
      assert.equal(1, #find(parse(plot():line(list, list):svg()), "path",
        function(a) return a.d:find("a1 1 0 1 0 2 0", 1, true) end))
    end
  end)

  it("draws every kind", function()
    local elements = parse(everything():svg())
    local there = texts(elements)
    for _, text in ipairs {"All", "x", "y", "below", "above", "circles", "bars",
        "limits", "curve", "points", "0.0", "-2.0", "1"} do
      assert.is_true(has(there, text), text)
    end
    -- Colours of bars, of band and line, of marks, and of the regions' tints:
    for _, colour in ipairs {BLUE, RED, GREEN, "#BFDCEC", "#F5D7BF"} do
      assert.is_true(coloured(elements, colour), colour)
    end
    assert.equal("All", find(elements, "title")[1].text)
    -- An inner svg cuts off what lies beyond the axes:
    assert.equal(2, #find(elements, "svg"))
    assert.equal("hidden", find(elements, "svg")[2].attributes.overflow)
  end)

  it("shows points under points", function()
    local p = plot():scatter({1, 1, 2}, {3, 3.01, 3})
      :scatter({1, 2}, {3, 3}, {label = "above"})
    local groups = {}
    for attributes, inside in p:svg():gmatch("<g (fill=[^>]*)>\n(.-)</g>") do
      local _, paths = inside:gsub("<path ", "")
      groups[#groups + 1] = paths .. " " .. attributes:match("%l+%-opacity=.*$")
    end
    assert.are.same({'3 stroke-opacity="0.65"', '2 fill-opacity="0.65"',
      '1 fill-opacity="0.65"'}, groups) -- the last is in the legend
  end)

  it("has no ids that another picture in a page could have", function()
    for _, element in ipairs(parse(everything():svg())) do
      assert.is_nil(element.attributes.id)
    end
  end)

  it("escapes text", function()
    local text = 'a < b & "c" > d\n\255]]>'
    local svg = plot {title = text, x = {label = text}, y = {label = text}}
      :line({1, 2}, {1, 2}, {label = text}):svg()
    local there = texts(parse(svg))
    assert.is_true(has(there,
      "a &lt; b &amp; &quot;c&quot; &gt; d ?]]&gt;"), svg)
  end)

  it("is well-formed and finite at the extremes", function()
    local huge = math.huge
    local plots = {
      plot(), plot {x = {log = true}, y = {log = true}},
      plot():scatter({3}, {4}), plot():line({1, 2}, {7, 7}),
      plot():line({1, 1 + 1e-12}, {0, 1e-12}),
      plot():line({1e15, 1e15 + 2}, {-1e15, -1e15 + 3}),
      plot():line({-1e300, 1e300}, {1e300, -1e300}),
      plot():line({5e-324, 1e-323}, {0, 5e-324}),
      plot():line({NAN, NAN}, {1, 2}):histogram({NAN}):scatter({huge}, {-huge}),
      plot {y = {log = true}}:line({1, 2, 3}, {0, -1, -2}),
      plot {x = {range = {0, 1}}, y = {range = {0, 1}}}
        :line({-1e200, 1e200}, {-1e250, 1e280}):scatter({1e99}, {1e99})
        :band({0, 1}, {-1e99, 0}, {1e99, 1e200}),
      plot():contour(function(x) return 1 / x end, {-1, 1}, {-1, 1}),
      plot():regions(function() return NAN end, {-1, 1}, {-1, 1}),
      plot():regions(function(x) return x > 0 and huge or -huge end, {-1, 1},
        {-1, 1}),
      plot():contour({{1, 1}, {1, 1}}, {-1, 1}, {-1, 1}),
      plot():histogram({1, 1, 1}), plot():histogram({1e15, 1e15 + 1}),
      plot {x = {log = true}}:histogram({1e-9, 1, 1e9, 0}),
    }
    for i, p in ipairs(plots) do
      local svg = p:svg()
      parse(svg)
      assert.is_nil(svg:find("nan", 1, true), i)
      assert.is_nil(svg:find("inf", 1, true), i)
      for digits in svg:gmatch("%d+") do
        assert.is_true(#digits <= 8, ("%d: %s"):format(i, digits))
      end
      assert.is_true(#p:text() > 100)
      assert.equal(svg, p:svg())
    end
  end)

  it("is below 300 kB with 100,000 points", function()
    local many, noise = {}, {}
    local random = support.random(3)
    for i = 1, support.scaled(100000) do
      many[i], noise[i] = i, random(-1, 1)
    end
    for i, p in ipairs {plot():line(many, noise), plot():scatter(noise, many),
        plot():band(many, noise, many)} do
      local svg = p:svg()
      parse(svg)
      assert.is_true(#svg < 300000, ("%d: %d bytes"):format(i, #svg))
      assert.is_true(#p:text() > 1000)
    end
  end)

  it("does not move what it draws when it thins", function()
    local xs, ys = {}, {}
    for i = 1, 50000 do xs[i], ys[i] = i, 0 end
    ys[20050], ys[40050] = 0.5, -0.5 -- single points must be seen
    local svg = plot {y = {range = {-1, 1}}}:line(xs, ys):svg()
    local d = find(parse(svg), "path", function(a)
      return a.stroke == BLUE
    end)[1].attributes.d
    local height = find(parse(svg), "svg")[2].attributes.height
    for _, part in ipairs {0.25, 0.75} do -- no x lies at .5 of a pixel
      local y = write.fixed(part * height, 2)
      assert.is_truthy(y:find(".5", 1, true))
      assert.is_truthy(d:find(" " .. y .. " ", 1, true), y)
    end
    assert.is_true(#d < 40000)
  end)

  it("breaks a line at what is not a number", function()
    local function pieces(ys, log)
      local svg = plot {y = {log = log}}:line(nil, ys):svg()
      local path = find(parse(svg), "path", function(a)
        return a.stroke == BLUE
      end)[1].attributes.d
      local _, n = path:gsub("M", "")
      return n, svg
    end
    assert.equal(1, (pieces {1, 2, 3, 4}))
    assert.equal(2, (pieces {1, 2, NAN, 4}))
    assert.equal(2, (pieces {1, math.huge, 3, 4}))
    local n, svg = pieces({1, 2, 0, 3, -1, 4}, true)
    assert.equal(3, n)
    assert.is_true(has(texts(parse(svg)),
      "2 points that are not positive are left out"))
  end)

  it("puts the legend where it hides nothing", function()
    local function box(p)
      local elements = parse(p:svg())
      local axes = find(elements, "svg")[2].attributes
      local rect = find(elements, "rect", function(a) return a.rx end)[1]
      return {x = tonumber(rect.attributes.x) - tonumber(axes.x),
        y = tonumber(rect.attributes.y) - tonumber(axes.y),
        width = tonumber(axes.width), height = tonumber(axes.height)}
    end
    local rising = box(plot():line({0, 1}, {0, 1}, {label = "a"}))
    assert.is_true(rising.x < rising.width / 2)
    assert.is_true(rising.y < rising.height / 2)
    local falling = box(plot():line({0, 1}, {1, 0}, {label = "a"}))
    assert.is_true(falling.x > falling.width / 2)
    assert.is_true(falling.y < falling.height / 2)
    local xs, ys = {}, {}
    for i = 1, 900 do xs[i], ys[i] = i % 30, math.floor(i / 30) end
    local full = box(plot():scatter(xs, ys, {label = "a"}))
    assert.is_true(full.x >= full.width)
  end)

  it("gives a line the colour of the band before it", function()
    local p = plot():band({0, 1}, {0, 0}, {1, 1}):line({0, 1}, {0, 1})
      :line({0, 1}, {1, 0})
    local function strokes(colour)
      return #find(parse(p:svg()), "path", function(a)
        return a.stroke == colour
      end)
    end
    assert.equal(1, strokes(BLUE))
    assert.equal(1, strokes(RED))
    assert.equal(0, strokes(GREEN))
  end)

  it("takes Tensors, Values and tables alike", function()
    local Value = tinygrad.Value
    local xs, ys = {1, 2, 3}, {1, 4, 9}
    local expected = plot():line(xs, ys):svg()
    assert.equal(expected, plot():line(Tensor(xs), Tensor(ys)):svg())
    assert.equal(expected, plot():line(nil, ys):svg())
    assert.equal(expected,
      plot():line(xs, {Value(1), Value(4), Value(9)}):svg())
    local rows = {{0, 1, 2}, {1, 2, 3}}
    assert.equal(plot():contour(rows, {0, 1}, {0, 1}):svg(),
      plot():contour(Tensor(rows), {0, 1}, {0, 1}):svg())
    local function f(x, y) return x * y end
    assert.equal(plot():regions(f, {-1, 1}, {-1, 1}):svg(),
      plot():regions(function(x, y) return Value(f(x, y)) end, {-1, 1},
        {-1, 1}):svg())
  end)
end)

describe("plot:histogram", function()
  local function bins(values, options, plot_options)
    local layer = plot(plot_options):histogram(values, options).layers[1]
    return layer.counts, layer.edges
  end

  it("counts", function()
    local counts, edges = bins({0, 1, 1, 2, 3, 4}, {bins = 4})
    assert.are.same({1, 2, 1, 2}, counts) -- the last has both ends
    assert.are.same({0, 1, 2, 3, 4}, edges)
    assert.are.same({3}, (bins({2, 2, 2})))
  end)

  it("chooses bins of a round width that hold everything", function()
    local random = support.random(5)
    for _, n in ipairs {2, 10, 100, 1000} do
      local values, scaled = {}, 10 ^ random(-5, 5)
      for i = 1, n do
        values[i] = (random(0, 1) + random(0, 1) + random(0, 1)) * scaled
      end
      local counts, edges = bins(values)
      local sum = 0
      for _, count in ipairs(counts) do sum = sum + count end
      assert.equal(n, sum)
      assert.is_true(#counts >= 2 and #counts <= 52, tostring(#counts))
      local width = tonumber((("%.5e"):format(edges[2] - edges[1])
        :gsub(",", ".")))
      assert.is_true(is_round(width, {1, 2, 5}), tostring(width))
    end
  end)

  it("has equal bins on a logarithmic axis", function()
    local _, edges = bins({1, 10, 100, -5}, {bins = 2}, {x = {log = true}})
    support.near(1, edges[1])
    support.near(10, edges[2])
    support.near(100, edges[3])
  end)
end)

-- Files ---------------------------------------------------------------------

describe("plot:save", function()
  it("writes what svg gives", function()
    local path, p = os.tmpname(), everything()
    assert.is_true(p:save(path, {width = 300, height = 200}))
    assert.equal(p:svg {width = 300, height = 200}, read(path))
    os.remove(path)
  end)

  it("takes a name that says SVG, or nothing", function()
    for _, name in ipairs {"x.svg", "x.SVG", "x", ".x/x", "x.png/x", "x.",
        ".svg", "x.png.svg", "x.b\\x"} do
      local ok, message = everything():save("/no/such/place/" .. name)
      assert.is_nil(ok)
      assert.is_truthy(message:find("^/no/such/place/"), message)
    end
  end)

  it("says why it cannot", function()
    local ok, message = everything():save("/no/such/place/a.svg")
    assert.is_nil(ok)
    assert.is_truthy(message:find("^/no/such/place/a.svg: "), message)
  end)

  it("names a gnuplot that is not there", function()
    local expected = "the program 'no-such-gnuplot' was not found: install "
      .. "gnuplot, or leave out `program`"
    local options = {program = "no-such-gnuplot"}
    local ok, message = everything():save("a.svg", options)
    assert.is_nil(ok)
    assert.equal(expected, message)
    ok, message = everything():text(options)
    assert.is_nil(ok)
    assert.equal(expected, message)
  end)

  it("gives the message of a program that fails", function()
    local ok, message = everything():text {program = "false"}
    assert.is_nil(ok)
    assert.equal("the program 'false' failed: ", message)
  end)

  it("keeps what was there if a program wrote too little", function()
    local path = os.tmpname()
    os.remove(path)
    for _, name in ipairs {"svg", "png", "pdf"} do
      local handle = assert(io.open(path .. "." .. name, "wb"))
      handle:write("precious")
      handle:close()
      local ok, message = plot():save(path .. "." .. name, {program = "true"})
      assert.is_nil(ok)
      assert.equal("the program 'true' did not write all of its " .. name
        .. ": is there room for temporary files?", message)
      assert.equal("precious", read(path .. "." .. name))
      os.remove(path .. "." .. name)
    end
    assert.is_nil((plot():text {program = "true"}))
  end)

  if process.has("gnuplot") then
    it("uses gnuplot when asked", function()
      local title = "it's 100 % \"quoted\" {/=30 no markup} `date`"
      local p = everything {title = title, x = {label = "x_1"}}
      p:line({1, NAN, 2}, {1, 1, 1}):regions({{1, 2, 3}, {2, 1, 3}}, {0, 1},
        {0, 1}, {classes = 3, labels = {"k"}})
      local text = assert(p:text {program = "gnuplot", width = 120})
      for _, expected in ipairs {title, "x_1", "curve", "points", "below"} do
        assert.is_truthy(text:find(expected, 1, true), text)
      end
      local path = os.tmpname()
      os.remove(path)
      assert(p:save(path .. ".svg", {program = "gnuplot"}))
      assert.is_truthy(read(path .. ".svg"):find("<svg", 1, true))
      os.remove(path .. ".svg")
      text = assert(plot {y = {log = true}}:line({1, 2, 3}, {1, 0, 1e9})
        :text {program = "gnuplot", width = 120})
      assert.is_truthy(text:find("1 point that is not positive", 1, true), text)
      local row = {1, 1, 1, 1, 1} -- two islands of one size
      assert(plot():regions({row, {1, 2, 1, 2, 1}, row}, {0, 1}, {0, 1},
        {classes = 2}):text {program = "gnuplot"})
      assert(plot():text {program = "gnuplot"})
    end)

    it("tells a format by the path", function()
      local ok, message = plot():save("a.gif", {program = "gnuplot"})
      assert.is_nil(ok)
      assert.equal("cannot tell the format of 'a.gif': with `program` it must "
        .. "end in .svg, .png or .pdf", message)
    end)
  end
end)

-- Errors --------------------------------------------------------------------

describe("a mistake", function()
  -- Checks the message, which must have a place in this file.
  local function check(expected, f)
    local message = support.message_of(f)
    local here, rest = message:match("^(.-plot_spec.lua:%d+): (.*)$")
    assert.is_truthy(here, message)
    assert.equal(expected, rest)
  end

  it("in the data is named", function()
    check("bad argument #1 to 'line' (xs: a list of numbers expected, got "
      .. "number)", function() return (plot():line(1, {1})) end)
    check("bad argument #2 to 'line' (ys: a list of numbers expected, got nil)",
      function() return (plot():line({1})) end)
    check("bad argument #2 to 'scatter' (ys: 2 numbers expected, one for "
      .. "each point, got 3)", function()
        return (plot():scatter({1, 2}, {1, 2, 3}))
      end)
    check("bad argument #3 to 'band' (high: 2 numbers expected, one for "
      .. "each point, got 1)", function()
        return (plot():band({1, 2}, {1, 2}, {1}))
      end)
    check("bad argument #2 to 'line' (ys[2]: number expected, got string)",
      function() return (plot():line({1, 2}, {1, "2"})) end)
    check("bad argument #1 to 'histogram' (values: at least one number "
      .. "expected, got none)", function() return (plot():histogram({})) end)
    check("bad argument #1 to 'histogram' (values: a Tensor of 1 dimension "
      .. "expected, got 2)", function()
        return (plot():histogram(Tensor.zeros(2, 2)))
      end)
  end)

  it("in a function of the plane is named", function()
    local function f() return 1 end
    check("bad argument #2 to 'contour' (x range: {low, high} expected, two "
      .. "numbers)", function() return (plot():contour(f)) end)
    check("bad argument #3 to 'contour' (y range: low < high expected, got 1 "
      .. "and 0)", function() return (plot():contour(f, {0, 1}, {1, 0})) end)
    check("bad argument #3 to 'regions' (y range: low < high and both positive "
      .. "(log) expected, got 0 and 1)", function()
        return (plot {y = {log = true}}:regions(f, {0, 1}, {0, 1}))
      end)
    check("bad argument #1 to 'regions' (a number expected from f(0, 0), got "
      .. "boolean)", function()
        return (plot():regions(function() return true end, {0, 1}, {0, 1}))
      end)
    check("bad argument #1 to 'regions' (a function or a grid of numbers "
      .. "expected, got nil)", function()
        return (plot():regions(nil, {0, 1}, {0, 1}))
      end)
    check("bad argument #1 to 'regions' (grid[2]: 2 numbers expected, as in "
      .. "grid[1], got 1)", function()
        return (plot():regions({{1, 2}, {3}}, {0, 1}, {0, 1}))
      end)
    check("bad argument #1 to 'regions' (a grid of at least 2 by 2 numbers "
      .. "expected, got 1 by 2)", function()
        return (plot():regions({{1, 2}}, {0, 1}, {0, 1}))
      end)
  end)

  it("in an option is named", function()
    check("unknown option 'titel' to 'plot'; did you mean 'title'?",
      function() return (plot {titel = "a"}) end)
    check("bad option 'x' to 'plot' (range: low < high expected, got 2 and 1)",
      function() return (plot {x = {range = {2, 1}}}) end)
    check("bad option 'y' to 'plot' (unknown option 'lable'; did you mean "
      .. "'label'?)", function() return (plot {y = {lable = "a"}}) end)
    check("bad option 'y' to 'plot' (log: boolean expected, got number)",
      function() return (plot {y = {log = 10}}) end)
    check("bad argument #3 to 'line' (table of options expected, got string)",
      function() return (plot():line({1}, {1}, "label")) end)
    check("bad option 'colour' to 'line' (whole number from 1 to 7 expected, "
      .. "got string)", function()
        return (plot():line({1}, {1}, {colour = "red"}))
      end)
    check("bad option 'bins' to 'histogram' (whole number from 1 to 1000 "
      .. "expected, got 2.5)", function()
        return (plot():histogram({1}, {bins = 2.5}))
      end)
    check("bad option 'labels' to 'regions' (labels[1]: string expected, got "
      .. "number)", function()
        return (plot():regions({{1, 2}, {3, 4}}, {0, 1}, {0, 1},
          {labels = {1}}))
      end)
    check("bad option 'width' to 'text' (whole number from 24 to 1000 "
      .. "expected, got 3)", function() return (plot():text {width = 3}) end)
    check("bad argument #1 to 'save' (a path expected, got nil)",
      function() return (plot():save()) end)
    for _, other in ipairs {"png", "pdf", "jpg", "jpeg", "gif", "html", "txt",
        "eps", "svgz", "webp", "1"} do
      check("bad argument #1 to 'save' (a path that ends in .svg, or the "
        .. "option program = \"gnuplot\" for .svg, .png or .pdf, expected, got "
        .. "one that ends in ." .. other .. ")",
        function() return (plot():save("/none/x." .. other)) end)
      local ok, message = plot():save("/none/x.svg." .. other:upper(),
        {program = "no-such-gnuplot"})
      assert.is_nil(ok)
      assert.equal((other == "png" or other == "pdf")
        and "the program 'no-such-gnuplot' was not found: install gnuplot, or "
        .. "leave out `program`" or "cannot tell the format of '/none/x.svg."
        .. other:upper() .. "': with `program` it must end in .svg, .png or "
        .. ".pdf", message)
    end
  end)
end)

describe("a plot", function()
  it("says what a list, an axis or a grid is instead", function()
    local function check(message, f)
      assert.matches(message, support.message_of(f), 1, true)
    end
    check("bad option 'x' to 'plot' (table expected, got number)", function()
      plot {x = 3}
    end)
    local square = {{1, 2}, {3, 4}}
    check("'labels' to 'regions' (list of strings expected, got number)",
      function() plot():regions(square, {0, 1}, {0, 1}, {labels = 1}) end)
    check("'regions' (a Tensor of 2 dimensions expected, got 1)", function()
      plot():regions(Tensor {1, 2, 3}, {0, 1}, {0, 1})
    end)
  end)

  it("says when nothing of a layer is to be seen", function()
    local inf, nan = math.huge, 0 / 0
    local function noticed(expected, p)
      local notice = p:text({width = 100}):match("^%(([^\n]*)%)\n") or ""
      assert.equal(expected, notice)
      assert.equal(expected, p:svg():match('fill="#777777">([^<]*)<') or "")
    end
    local FEW = {points = 5}
    local function flat() return 1 end
    local function slope(x) return x end
    local function wild() return nan end
    local high, right = {y = {range = {5, 6}}}, {x = {range = {5, 6}}}
    local NONE, BEYOND = ": all points NaN or too large",
      ": all points beyond the range"
    noticed("a line" .. NONE, plot():line({1, 2}, {nan, nan}))
    noticed("a line" .. NONE, plot():line({1, 2}, {inf, 1e301}))
    noticed("a line" .. NONE, plot():line({nan, 2}, {1, nan}))
    noticed("'loss'" .. NONE, plot():line({1, 2}, {1, 2})
      :scatter({1}, {nan}, {label = "loss"}))
    noticed("a band" .. NONE, plot():band({1, 2}, {nan, 2}, {2, nan}))
    noticed("a histogram" .. NONE, plot():histogram({nan, inf}))
    noticed("regions" .. NONE, plot():regions(wild, {0, 1}, {0, 1}, FEW))
    noticed("contours" .. NONE, plot():contour(wild, {0, 1}, {0, 1}, FEW))
    noticed("a line" .. BEYOND, plot(high):line({1, 2}, {1, 2}))
    noticed("marks" .. BEYOND, plot(high):scatter({1, 2}, {1, 12}))
    noticed("a band" .. BEYOND, plot(high):band({1, 2}, {1, 2}, {2, 3}))
    noticed("a histogram" .. BEYOND, plot(right):histogram({1, 2, 3}))
    noticed("regions" .. BEYOND,
      plot(right):regions(slope, {0, 1}, {0, 1}, FEW))
    noticed("contours" .. BEYOND,
      plot(right):contour(slope, {0, 1}, {0, 1}, FEW))
    noticed("a line" .. NONE .. "; marks" .. BEYOND,
      plot(high):line({1}, {nan}):scatter({1}, {2}))
    noticed("2 points that are not positive are left out",
      plot {y = {log = true}}:line({1, 2}, {-1, -2}))
    noticed("", plot():contour(flat, {0, 1}, {0, 1}, FEW))
    noticed("", plot(high):line({1, 2}, {1, 12})) -- crosses the axes
    noticed("", plot(high):band({1, 2}, {1, 1}, {12, 12}))
    noticed("", plot())
  end)

  it("refuses a number of levels that is none", function()
    local ok, message = pcall(function()
      return plot():contour(function(x, y) return x * y end, {0, 1}, {0, 1},
        {levels = 51})
    end)
    assert.is_false(ok)
    assert.matches("bad option 'levels' to 'contour' %(.*expected, got 51%)",
      message)
  end)

  it("chooses round levels of regions", function()
    local function drawn(levels)
      return plot():regions({{1, 2}, {3, 4}}, {0, 1}, {0, 1},
        {levels = levels}):svg()
    end
    assert.equal(drawn {1, 2, 3, 4}, drawn(4))
  end)

  it("has six marks, which come again", function()
    local p, shapes = plot(), {}
    for i = 1, 7 do p:scatter({1}, {i}) end
    for path in p:svg():gmatch('<g fill="[^>]*>\n<path d="(M[^"]*)"/>') do
      shapes[#shapes + 1] = path:gsub("^M[%d.]+ [%d.]+", "")
        :gsub("M[%d.]+ [%d.]+", "M")
    end
    assert.same({"h0", "h6v6h-6z", "l3.6 6.6h-7.2z", "l3.9 3.9 -3.9 3.9 -3.9 "
      .. "-3.9z", "h7.2Mv7.2", "l6 6Ml6 -6", "h0"}, shapes)
  end)
end)
