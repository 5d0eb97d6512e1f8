--- tinygrad.graph.script: the frame, style and script that all pages of
-- graph.html have in common. For tinygrad.graph only.

local script = {}

script.PAGE = [[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{TITLE}}</title>
<style>
{{STYLE}}</style>
</head>
<body>
<header>
<h1>{{TITLE}}</h1>
<p class="controls"><label for="step">{{PASS}}</label>
<button type="button" id="back" aria-label="one step back">&#9664;</button>
<input type="range" id="step" min="0" value="0">
<button type="button" id="next" aria-label="one step on">&#9654;</button>
<output id="said" for="step"></output>
<label><input type="checkbox" id="fit" checked> fit to window</label></p>
{{NOTICE}}{{LEGEND}}
</header>
<main>
<div id="drawing" class="fit">
{{DRAWING}}
</div>
<aside id="details" aria-live="polite">
<p>Point at a node, or go from node to node with the Tab key.</p>
</aside>
</main>
<script>
"use strict";
{{DATA}}{{SCRIPT}}</script>
</body>
</html>
]]

script.LEGEND = [[
<p class="legend">Gradient: <span class="plus"></span> positive
<span class="minus"></span> negative; the darker, the larger.</p>]]

script.STYLE = [[
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.45 system-ui, Helvetica, Arial, sans-serif;
  color: #222; background: #fff; height: 100vh; display: flex;
  flex-direction: column; }
header { padding: 10px 16px 6px; border-bottom: 1px solid #ddd; }
h1 { font-size: 17px; margin: 0 0 4px; }
h2 { font-size: 15px; margin: 0 0 6px; overflow-wrap: anywhere; }
h3 { font-size: 13px; margin: 12px 0 2px; }
.controls { margin: 0; display: flex; align-items: center; gap: 8px;
  min-height: 44px; flex-wrap: wrap; }
#step { width: 240px; max-width: 40vw; }
.controls button { font-size: 13px; line-height: 1; padding: 6px 9px; }
.controls output { flex: 1 1 320px; }
.notice, .legend { margin: 0 0 4px; color: #555; font-size: 13px; }
.legend span { display: inline-block; width: 34px; height: 11px;
  border: 1px solid #999; vertical-align: -1px; margin-left: 6px; }
.plus { background: linear-gradient(to right, #fff, #6BADD2); }
.minus { background: linear-gradient(to right, #fff, #E7A26B); }
main { flex: 1; display: flex; min-height: 0; }
#drawing { flex: 1; overflow: auto; min-width: 0; }
#details { width: 290px; padding: 12px 14px; overflow: auto;
  border-left: 1px solid #ddd; background: #fafafa; }
#details table { border-collapse: collapse; width: 100%; }
#details td, #details th { text-align: right; padding: 1px 0 1px 8px;
  font-variant-numeric: tabular-nums; font-weight: normal; }
#details th { color: #555; }
#details td:first-child, #details th:first-child { text-align: left;
  padding-left: 0; overflow-wrap: anywhere; }
#details p { margin: 2px 0; }
@media (max-width: 700px) {
  body { height: auto; }
  main { flex-direction: column; }
  #details { width: auto; border-left: 0; border-top: 1px solid #ddd; }
}
svg { display: block; margin: auto; }
.fit svg { max-width: 100%; max-height: 100%; }
svg text { font-size: 12px; text-anchor: middle; fill: #222; }
svg .name { font-weight: bold; }
.node { cursor: default; outline: none; }
.box, .op { stroke: #666; }
.op { fill: #F2F2F2; }
.joint { stroke: #777; fill: none; }
.edge { stroke: #777; fill: none; }
.edge.hidden { stroke-dasharray: 3 3; }
.mark text { fill: #777; }
.partial { visibility: hidden; stroke: #fff; stroke-width: 4px;
  paint-order: stroke; }
.partial.shown { visibility: visible; }
.edge.shown { stroke: #222; stroke-width: 2px; }
.node.look .box, .node.look .op { stroke: #000; stroke-width: 2px; }
.edge.flow { stroke: #009E73; stroke-width: 3px; }
.node.now .box, .node.now .op { stroke: #009E73; stroke-width: 3px; }
.node.gets .box { stroke: #009E73; stroke-width: 2px; stroke-dasharray: 5 3; }
.node.later { opacity: 0.4; }
]]

script.SCRIPT = [==[
// As C's %g, so that numbers look as they do elsewhere.
function format(x, digits) {
  digits = digits || 4;
  if (x !== x) return "nan";
  if (!isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (x === 0) return 1 / x < 0 ? "-0" : "0";
  const parts = x.toExponential(digits - 1).split("e"), e = Number(parts[1]);
  if (e >= -4 && e < digits)
    return String(Number(x.toFixed(Math.max(0, digits - 1 - e))));
  const size = Math.abs(e);
  return Number(parts[0]) + "e" + (e < 0 ? "-" : "+") +
    (size < 10 ? "0" : "") + size;
}

// An exact 0 wins over infinity and NaN, as in the engine.
function times(a, b) { return a === 0 || b === 0 ? 0 : a * b; }

const byId = (id) => document.getElementById(id);
const shapes = nodes.map((_, i) => i ? byId("node" + i) : null);
const ofEdges = (what) => {
  const lists = nodes.map(() => []);
  for (const e of document.querySelectorAll(what))
    lists[Number(e.dataset.to)].push(e);
  return lists;
};
const edges = ofEdges(".edge"), partials = ofEdges(".partial");

// One step an operation: in a backward pass as they stand, each before its
// operands; a Program is evaluated the other way round.
const steps = [];
nodes.forEach((node, i) => { if (node && node.o !== null) steps.push(i); });
if (program) steps.reverse();
const slider = byId("step"), last = steps.length + (program ? 0 : 1);

// The gradients after so many steps: the first gives the end the gradient 1.
function gradientsAfter(step) {
  const grads = nodes.map(() => 0);
  if (step > 0) grads[1] = 1;
  for (const i of steps.slice(0, Math.max(0, step - 1)))
    for (const [to, partial] of nodes[i].c)
      if (to) grads[to] += times(grads[i], partial);
  return grads;
}

const final = program ? [] : gradientsAfter(last);
const largest = final.reduce((most, g) =>
  Math.abs(g) < Infinity ? Math.max(most, Math.abs(g)) : most, 0);

function colourOf(grad) {
  if (!isFinite(grad)) return odd;
  if (grad === 0) return "#FFFFFF";
  const part = Math.min(1, Math.abs(grad) / largest);
  const white = palest - (palest - darkest) * Math.pow(part, 1 / 3);
  const channels = hues[grad > 0 ? 0 : 1].map((channel) =>
    Math.floor(channel * (1 - white) + 255 * white + 0.5));
  return "#" + channels.map((channel) =>
    channel.toString(16).toUpperCase()).join("");
}

let now = 0, gradients = [], looked = 0;

function mark(list, name, on) {
  for (const e of list) if (e) e.classList.toggle(name, on);
}

function say(step) {
  if (step === 0)
    return program ? "The inputs." : "Before the pass: every gradient is 0.";
  const where = "Step " + step + " of " + last + ": ";
  if (!program && step === 1)
    return where + nodes[1].t + " by itself: its gradient is 1.";
  const i = program ? steps[step - 1] : steps[step - 2], node = nodes[i];
  if (program)
    return where + node.t + " of " + node.c.map(nameOf).join(", ") + ".";
  const parts = [];
  for (const c of node.c)
    if (c[1] !== null)
      parts.push(nameOf(c) + " gets " + format(c[1]) + " × " +
        format(gradients[i]) + " = " + format(times(gradients[i], c[1])));
  return where + node.t + " hands on its gradient " + format(gradients[i]) +
    ": " + (parts.join(", ") || "to nobody") + ".";
}

function nameOf(operand) {
  return operand[0] && operand[2] === null ? nodes[operand[0]].t : operand[2];
}

function showStep(step) {
  now = step;
  slider.value = step;
  const at = program ? step - 1 : step - 2;
  mark(document.querySelectorAll(".flow"), "flow", false);
  mark(document.querySelectorAll(".gets"), "gets", false);
  mark(document.querySelectorAll(".now"), "now", false);
  if (program) {
    const coming = new Set(steps.slice(step));
    nodes.forEach((node, i) => {
      if (node) mark([shapes[i]], "later", coming.has(i) ||
        node.o === null && node.c.some((c) => coming.has(c[0])));
    });
  } else {
    gradients = gradientsAfter(step);
    shapes.forEach((shape, i) => {
      if (!shape) return;
      shape.querySelector(".grad").textContent = "grad " +
        format(gradients[i]);
      shape.querySelector(".box").setAttribute("fill", colourOf(gradients[i]));
    });
    if (step === 1) mark([shapes[1]], "now", true);
  }
  if (at >= 0) {
    const i = steps[at];
    mark([shapes[i]], "now", true);
    mark(edges[i], "flow", true);
    if (!program) mark(nodes[i].c.map((c) => shapes[c[0]]), "gets", true);
  }
  byId("said").textContent = say(step);
  byId("back").disabled = step === 0;
  byId("next").disabled = step === last;
  if (looked) describe(looked);
}

function add(parent, name, text) {
  const e = document.createElement(name);
  if (text !== undefined) e.textContent = text;
  parent.appendChild(e);
  return e;
}

function addTable(parent, heading, head, rows) {
  if (rows.length === 0) return;
  add(parent, "h3", heading);
  const table = add(parent, "table");
  const put = (cells, kind) => {
    const row = add(table, "tr");
    for (const cell of cells) add(row, kind, cell);
  };
  if (head) put(head, "th");
  for (const row of rows) put(row, "td");
}

const precise = (x) => format(x, 10);
const same = (a, b) => a === b || (a !== a && b !== b);

function describe(i) {
  const node = nodes[i], panel = byId("details");
  panel.textContent = "";
  add(panel, "h2", node.o && node.t.indexOf("‘") !== 0 ?
    node.t + " = " + node.o : node.t);
  const users = [];
  nodes.forEach((user) => {
    if (user) for (const c of user.c) if (c[0] === i) users.push([user, c[1]]);
  });
  if (program) {
    addTable(panel, "Operands", null, node.c.map((c) => [nameOf(c)]));
    addTable(panel, "Used by", null, users.map(([user]) => [user.t]));
    return;
  }
  const rows = [["value", precise(node.d)],
    [now === last ? "gradient" : "gradient so far", precise(gradients[i])]];
  if (!same(final[i], node.g)) rows.push(["its .grad when drawn",
    precise(node.g)]);
  addTable(panel, "", null, rows);
  addTable(panel, "Local partials", ["operand", "value", "partial"],
    node.c.map((c) => [nameOf(c), c[0] ? format(nodes[c[0]].d) : "",
      c[1] === null ? "" : precise(c[1])]));
  addTable(panel, "Gradient from", ["user", "its gradient", "× partial"],
    users.map(([user, partial]) => [user.t,
      format(gradients[nodes.indexOf(user)]), format(partial)]));
}

function look(i, on) {
  mark([shapes[i]], "look", on);
  mark(edges[i], "shown", on);
  mark(partials[i], "shown", on);
  if (!on) return;
  if (looked && looked !== i) look(looked, false);
  looked = i;
  describe(i);
}

shapes.forEach((shape, i) => {
  if (!shape) return;
  shape.addEventListener("mouseenter", () => look(i, true));
  shape.addEventListener("mouseleave", () => look(i, false));
  shape.addEventListener("focus", () => look(i, true));
  shape.addEventListener("blur", () => look(i, false));
});

function go(step) {
  showStep(Math.max(0, Math.min(last, step)));
  const shape = document.querySelector(".now");
  if (shape) shape.scrollIntoView({block: "nearest", inline: "nearest"});
}

byId("fit").addEventListener("change", (e) =>
  byId("drawing").classList.toggle("fit", e.target.checked));
slider.max = last;
slider.addEventListener("input", () => go(Number(slider.value)));
byId("back").addEventListener("click", () => go(now - 1));
byId("next").addEventListener("click", () => go(now + 1));
showStep(Math.min(1, last));
]==]

return script
