-- The pages of graph.html in a browser: what pointing, the keyboard and the
-- slider show.

local process = require "spec.support.process"
local support = require "spec.support.common"
local tinygrad = require "tinygrad"
local graph, Value = tinygrad.graph, tinygrad.Value

-- The command of a browser. It maps terabytes, which a limit on memory would
-- forbid.
local BROWSER = "ulimit -S -v unlimited 2>/dev/null; chromium --headless "
  .. "--no-sandbox --disable-gpu --no-first-run "
  .. "--disable-background-networking --disable-component-update "
  .. "--disable-sync"

-- The questions to the page's script; `put` collects lines, which are returned.
local ASK = [[
<script>
const lines = [], put = (s) => lines.push(s);
window.onerror = (message) => { put("error: " + message); };
const said = () => put(byId("said").textContent);
const details = () => put(byId("details").innerText.replace(/\s+/g, " "));
const event = (shape, name) => shape.dispatchEvent(new Event(name));
// A window in the background gets no such event by itself.
const focus = (shape) => {
  shape.focus();
  if (document.activeElement !== shape) put("cannot be reached by keyboard");
  event(shape, "focus");
};
const marked = (name) => put(name + ": " + Array.from(
  document.querySelectorAll("." + name)).map((e) => e.dataset.id ||
  e.dataset.from + ">" + e.dataset.to).join(" "));
const grads = () => put(Array.from(document.querySelectorAll("text.grad"))
  .map((e) => e.textContent).join(", "));
function slide(step) { slider.value = step; event(slider, "input"); }
try {
%s
} catch (e) { put("error: " + e); }
const report = document.createElement("pre");
report.id = "report";
report.textContent = lines.join("\n");
document.body.appendChild(report);
</script>
</body>]]

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local ENTITIES = {["&lt;"] = "<", ["&gt;"] = ">", ["&amp;"] = "&"}

-- Returns the lines that a script collects in the page of a graph.
local function ask(root, script, opts)
  local path, profile = os.tmpname(), os.tmpname()
  os.remove(path)
  os.remove(profile)
  local html = path .. ".html"
  assert(graph.html(root, html, opts))
  write(html, (support.read(html):gsub("</body>", function()
    return ASK:format(script)
  end)))
  local pipe = io.popen(("%s --user-data-dir='%s' --dump-dom 'file://%s' "
    .. "2>/dev/null"):format(BROWSER, profile, html))
  local dom = pipe:read("*a")
  pipe:close()
  os.remove(html)
  os.execute(("rm -rf '%s'"):format(profile))
  local report = dom:match('<pre id="report">(.-)</pre>')
  assert.is_truthy(report, dom)
  local lines = {}
  for line in (report:gsub("&%a+;", ENTITIES) .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = line
  end
  return lines
end

local function named(label, value)
  value.label = label
  return value
end

local function product()
  local a, b = named("a", Value(2)), named("b", Value(-3))
  local c = named("c", a * b)
  return named("out", c + a), a, b, c
end

-- One Lua is enough, because the pages are the same on every Lua and a browser
-- takes its time.
if not process.has("chromium") or _VERSION ~= "Lua 5.4" or support.SCALE < 1
then
  describe("pages", function()
    pending("are looked at where chromium is, on Lua 5.4, at full scale")
  end)
  return
end

describe("a page", function()
  it("steps through the backward pass in order", function()
    local out = product()
    out:backward()
    assert.are.same({
      "Step 1 of 3: out by itself: its gradient is 1.",
      "grad 0, grad 0, grad 0, grad 1",
      "now: 1",
      "Step 3 of 3: c hands on its gradient 1: a gets -3 × 1 = -3, b gets "
        .. "2 × 1 = 2.",
      "true false",
      "Before the pass: every gradient is 0.",
      "grad 0, grad 0, grad 0, grad 0",
      "now: ",
      "false true",
      "Step 1 of 3: out by itself: its gradient is 1.",
      "grad 0, grad 0, grad 0, grad 1",
      "now: 1",
      "Step 2 of 3: out hands on its gradient 1: c gets 1 × 1 = 1, a gets "
        .. "1 × 1 = 1.",
      "grad 1, grad 0, grad 1, grad 1",
      "now: 1",
      "flow: 2>1 4>1",
      "gets: 4 2",
      "Step 3 of 3: c hands on its gradient 1: a gets -3 × 1 = -3, b gets "
        .. "2 × 1 = 2.",
      "grad -2, grad 2, grad 1, grad 1",
      "now: 2",
      "Step 2 of 3: out hands on its gradient 1: c gets 1 × 1 = 1, a gets "
        .. "1 × 1 = 1.",
    }, ask(out, [[
      const buttons = () => put(byId("next").disabled + " " +
        byId("back").disabled);
      said(); grads(); marked("now"); slide(last); said(); buttons();
      slide(0); said(); grads(); marked("now"); buttons();
      slide(1); said(); grads(); marked("now");
      byId("next").click(); said(); grads(); marked("now"); marked("flow");
      marked("gets");
      slide(3); said(); grads(); marked("now");
      byId("back").click(); said();
    ]]))
  end)

  it("shows value, gradient and local partials of what is pointed at",
    function()
      local out, a = product()
      out:backward()
      out:backward()
      assert.are.same({
        "Point at a node, or go from node to node with the Tab key.",
        "c = * value -6 gradient 1 Local partials operand value partial "
          .. "a 2 -3 b -3 2 Gradient from user its gradient × partial out 1 1",
        "look: 2",
        "shown: 3>2 undefined>2 4>2 undefined>2",
        "look: ",
        "shown: ",
        "a value 2 gradient -2 its .grad when drawn -4 Gradient from user "
          .. "its gradient × partial out 1 1 c 1 -3",
        "a value 2 gradient so far 1 its .grad when drawn -4 Gradient from "
          .. "user its gradient × partial out 1 1 c 1 -3",
        "look: 4",
        "out = + value -4 gradient so far 1 Local partials operand value "
          .. "partial c -6 1 a 2 1",
        "look: 1",
        "look: 2", -- only one is marked
      }, ask(out, [[
        details(); showStep(last);
        event(shapes[2], "mouseenter"); details(); marked("look");
        marked("shown");
        event(shapes[2], "mouseleave"); marked("look"); marked("shown");
        focus(shapes[4]); details(); slide(2); details(); marked("look");
        focus(shapes[1]); details(); marked("look");
        event(shapes[2], "mouseenter"); marked("look");
      ]]))
      assert.equal(-4, a.grad)
    end)

  it("writes numbers and colours as Lua does", function()
    local x = {}
    for i, weight in ipairs {1e-9, 1e-4, 9.9995e-5, 123456, -123.45, 0.5, 1e300,
        1 / 3, 0, 0 / 0, math.huge} do
      x[i] = Value(1) * weight
    end
    local root = tinygrad.sum(x)
    root:backward()
    local lines = ask(root, [[
      const look_of = () => Array.from(document.querySelectorAll(".box"))
        .map((e) => e.getAttribute("fill")).join(" ") + Array.from(
        document.querySelectorAll("text")).map((e) => e.textContent).join(" ");
      showStep(last);
      const ours = look_of();
      put(ours.indexOf("grad 1.235e+05") > 0);
      put(ours.indexOf("grad nan") > 0);
      put(ours.indexOf("1e-09") > 0);
      put(ours.indexOf("9.999e-05") > 0 || ours.indexOf("0.0001") > 0);
      document.querySelectorAll("text.grad").forEach((e) => {
        e.textContent = ""; });
      showStep(last);
      put(look_of() === ours);
      put(look_of() === ours ? "" : look_of() + " / " + ours);
    ]])
    assert.are.same({"true", "true", "true", "true", "true", ""}, lines)
  end)

  it("knows that 0 wins over infinity", function()
    local x = named("x", Value(0))
    local y = x:sqrt() * 0
    y:backward()
    assert.are.same({"grad 0, grad 0, grad 1"},
      ask(y, "showStep(last); grads();"))
  end)

  it("fits a large drawing into the window, unless asked not to", function()
    local y, wide = Value(1), {}
    for _ = 1, 100 do y = y + 1 end
    for i = 1, 100 do wide[i] = Value(i) end
    for _, root in ipairs {y, tinygrad.sum(wide)} do
      assert.are.same({"true", "false", "true"}, ask(root, [[
        const drawing = byId("drawing").getBoundingClientRect();
        const inside = () => {
          const root = shapes[1].getBoundingClientRect();
          const all = document.querySelector("svg").getBoundingClientRect();
          put(all.width <= drawing.width && all.height <= drawing.height &&
            root.right <= drawing.right && root.bottom <= drawing.bottom);
        };
        inside(); byId("fit").click(); inside(); byId("fit").click(); inside();
      ]]))
    end
  end)

  it("does not enlarge a small drawing", function()
    assert.are.same({"true"}, ask(Value(1) + 1, [[
      const svg = document.querySelector("svg");
      const size = svg.getBoundingClientRect().width;
      put(Math.abs(size - svg.getAttribute("width")) < 0.1);
    ]]))
  end)

  it("steps through a Program", function()
    local program = tinygrad.compile(function(a, b)
      return tinygrad.exp(a * b) - 2 * a
    end, 1, 1)
    assert.are.same({
      "The inputs.", "later: 4 3 2 1",
      "Step 1 of 3: ‘*’ of a, b.", "later: 3 2 1", "now: 4",
      "flow: 5>4 6>4",
      "‘*’ Operands a b Used by ‘exp’",
    }, ask(program, [[
      slide(0); said(); marked("later");
      slide(1); said(); marked("later"); marked("now"); marked("flow");
      focus(shapes[4]); details();
    ]]))
  end)

  it("is right about what was cut", function()
    local y = named("x", Value(1))
    for _ = 1, 9 do y = y * 2 end
    assert.are.same({
      "Step 4 of 4: ‘* 2’ (128) hands on its gradient 4: (not drawn) gets "
        .. "2 × 4 = 8.",
      "3 of 10 nodes, those next to the end; the option 'limit' allows more",
    }, ask(y, [[
      slide(last); said(); put(document.querySelector(".notice").textContent);
    ]], {limit = 3}))
  end)
end)
