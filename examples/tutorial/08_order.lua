-- 8. Topological order: a node may hand its gradient on only when it has all
-- of it.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"
local Value = tinygrad.Value

-- b is used twice: in c, and in d.
local a = Value(2.0)
local b = a * a
local c = b + 1
local d = b * c
for name, value in pairs {a = a, b = b, c = c, d = d} do value.label = name end
print(("by hand: d = b^2 + b, b = a^2, dd/da = (2b + 1) * 2a = %.0f"):format(
  (2 * b.data + 1) * 2 * a.data))

-- Hands gradients down from the root, to parents in the order in which it meets
-- them. A node is visited once, or every time that a gradient arrives.
local function naive(root, once)
  local gradients, queue, met = {[root] = 1}, {root}, {[root] = true}
  local order = {}
  local at = 1
  while queue[at] do
    local node = queue[at]
    order[at] = node.label
    local partials = node:partials()
    for i, parent in ipairs(node:parents()) do
      gradients[parent] = (gradients[parent] or 0)
        + gradients[node] * partials[i]
      if not (once and met[parent]) then
        met[parent] = true
        queue[#queue + 1] = parent
      end
    end
    at = at + 1
  end
  return gradients, table.concat(order, " ")
end

local gradients, order = naive(d, true)
print(("each node once:     %-17s dd/da = %.0f"):format(order, gradients[a]))
gradients, order = naive(d, false)
print(("at each arrival:    %-17s dd/da = %.0f"):format(order, gradients[a]))

-- Returns the nodes depth first, operands before results: every node comes
-- after all that it is made from. (Read backwards, it comes before them.)
local function topological(root)
  local sorted, seen = {}, {}
  local function visit(node)
    if seen[node] then return end
    seen[node] = true
    for _, parent in ipairs(node:parents()) do visit(parent) end
    sorted[#sorted + 1] = node
  end
  visit(root)
  return sorted
end

local function backward(root)
  local sums, sorted, labels = {[root] = 1}, topological(root), {}
  for k = #sorted, 1, -1 do
    local node = sorted[k]
    labels[#labels + 1] = node.label
    local partials = node:partials()
    for i, parent in ipairs(node:parents()) do
      sums[parent] = (sums[parent] or 0) + sums[node] * partials[i]
    end
  end
  return sums, table.concat(labels, " ")
end

gradients, order = backward(d)
print(("topological order:  %-17s dd/da = %.0f"):format(order, gradients[a]))
d:backward()
print(("d:backward():       %-17s dd/da = %.0f"):format("", a.grad))

-- Walking along every path, as in chapter 3, gives the right answer, too.
local function paths(node)
  local n = #node:parents() == 0 and 1 or 0
  for _, parent in ipairs(node:parents()) do n = n + paths(parent) end
  return n
end

print("\ndoublings   nodes     paths")
for _, n in ipairs {1, 5, 10, 15} do
  local y = Value(1)
  for _ = 1, n do y = y + y end
  print(("%9d %7d %9d"):format(n, #topological(y), paths(y)))
end
