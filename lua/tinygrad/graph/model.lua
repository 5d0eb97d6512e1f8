--- tinygrad.graph.model: decides what is drawn of a Value or a Program. For
-- tinygrad.graph only.
--
-- Nodes come in the order in which a backward pass leaves them: the root first,
-- and each before its operands. The first n of them are therefore a part of the
-- graph in which every node has all its consumers, and right derivatives.

local core = require "tinygrad.core"
local reader = require "tinygrad.program.reader"
local tree = require "tinygrad.base.tree"
local write = require "tinygrad.support.write"
core.library()

local model = {}

local LONGEST = 40 -- most columns of a label

---@class tinygrad.DrawnOperand
---@field node? tinygrad.DrawnNode nil for a number, or if it is not drawn
---@field partial? number d result / d operand
---@field number? number the operand, if it is a plain number
---@field name? string the label of an operand that is not drawn

---@class tinygrad.DrawnNode
---@field id integer the node's place in the list
---@field name? string the node's label
---@field op? string the operation as it is written; nil for a leaf
---@field data? number nil in a Program
---@field grad? number nil in a Program
---@field operands tinygrad.DrawnOperand[] in order
---@field uses integer the number of edges from it to nodes that are drawn

-- Numbers -------------------------------------------------------------------

--- Writes a number in at most `digits` digits (4).
---@param x number
---@param digits? integer
---@return string
function model.number(x, digits)
  return write.general(x, digits or 4)
end

--- The colours of positive and negative gradients (blue, orange), and the part
-- of white in the colour of a gradient near 0 and of the largest one.
model.HUES = {{0, 114, 178}, {213, 94, 0}}
model.PALEST, model.DARKEST = 0.93, 0.42
model.NOT_FINITE = "#E5B3FF"

--- Returns the colour of a gradient: white for 0; blue if positive and orange
-- if negative, the darker the larger it is relative to the largest; purple if
-- not finite. The cube root makes differences visible among small ones, too.
-- (graph/script.lua computes the same colours in the browser.)
---@param grad number
---@param largest number above 0, or 0 if all are
---@return string "#rrggbb"
function model.colour(grad, largest)
  if grad ~= grad or math.abs(grad) == math.huge then
    return model.NOT_FINITE
  elseif grad == 0 then
    return "#FFFFFF"
  end
  local part = math.min(1, math.abs(grad) / largest)
  local white = model.PALEST - (model.PALEST - model.DARKEST) * part ^ (1 / 3)
  local channels = {}
  for i, channel in ipairs(model.HUES[grad > 0 and 1 or 2]) do
    channels[i] = math.floor(channel * (1 - white) + 255 * white + 0.5)
  end
  return ("#%02X%02X%02X"):format(channels[1], channels[2], channels[3])
end

--- Returns the largest absolute value of the finite gradients.
---@param nodes tinygrad.DrawnNode[]
---@return number
function model.largest(nodes)
  local largest = 0
  for _, node in ipairs(nodes) do
    local size = math.abs(node.grad or 0)
    if size < math.huge and size > largest then largest = size end
  end
  return largest
end

-- Operations ----------------------------------------------------------------

local INFIX = {add = "+", sub = "-", mul = "*", div = "/", pow = "^",
  idiv = "//", mod = "%", lt = "<", le = "<=", gt = ">", ge = ">=", eq = "==",
  ne = "~="}
local SIGNS = {neg = "-", square = "^ 2", reciprocal = "1 /"}
local MANY = 4 -- most operands that are written out

--- Writes an operation with those of its operands that are numbers: `+`, `* 2`,
-- `clamp(·, -1, 1)`.
---@param name string
---@param operands tinygrad.DrawnOperand[]
---@return string
function model.operation(name, operands)
  local numbers, list = 0, {}
  for i, operand in ipairs(operands) do
    if operand.number then numbers = numbers + 1 end
    if i <= MANY then
      list[i] = operand.number and model.number(operand.number, 8) or "·"
    end
  end
  if SIGNS[name] then return SIGNS[name] end
  local infix = #operands == 2 and INFIX[name]
  if infix and numbers < 2 then
    local left = operands[1].number and list[1] .. " " or ""
    local right = operands[2].number and " " .. list[2] or ""
    return left .. infix .. right
  elseif #operands > MANY then
    return ("%s of %d"):format(name, #operands)
  elseif numbers == 0 then
    return name
  end
  return ("%s(%s)"):format(name, table.concat(list, ", "))
end

--- Makes a label one line of at most LONGEST columns.
---@param label string
---@return string
function model.clean(label) return write.cut(write.clean(label), LONGEST) end

local clean = model.clean

-- Values --------------------------------------------------------------------

-- Returns the number of edges that lead from each Value, and the number of
-- Values. The graph's tables are not all alive at once, as there may be
-- millions.
local function count_uses(root)
  local uses, below, total = {[root] = 1}, {root}, 1
  local n = 1
  while n > 0 do
    local parents = below[n]:parents()
    below[n], n = nil, n - 1
    for i = 1, #parents do
      local parent = parents[i]
      local count = uses[parent]
      if not count then
        total, n = total + 1, n + 1
        below[n] = parent
      end
      uses[parent] = (count or 0) + 1
    end
  end
  return uses, total
end

-- Returns the first Values that a backward pass leaves: results in the engine's
-- order, a leaf as soon as its gradient is complete.
local function first_left(root, uses, limit)
  local list, ready = {}, {root}
  while #ready > 0 and #list < limit do
    local value = table.remove(ready)
    local leaves = {}
    list[#list + 1] = value
    for _, parent in ipairs(value:parents()) do
      uses[parent] = uses[parent] - 1
      if uses[parent] == 0 then
        local place = parent.op and ready or leaves
        place[#place + 1] = parent
      end
    end
    -- The first operand comes last, as among results.
    for i = math.min(#leaves, limit - #list), 1, -1 do
      list[#list + 1] = leaves[i]
    end
  end
  return list
end

local function operands_of(value, drawn)
  local operands, partials, k = {}, value:partials(), 0
  for i, x in ipairs(value:operands()) do
    if type(x) == "number" then
      operands[i] = {number = x}
    else
      k = k + 1
      operands[i] = {node = drawn[x], partial = partials[k],
        name = not drawn[x] and x.label and clean(x.label) or nil}
      if drawn[x] then drawn[x].uses = drawn[x].uses + 1 end
    end
  end
  return operands
end

local function of_value(root, limit)
  local uses, total = count_uses(root)
  local values, nodes, drawn = first_left(root, uses, limit), {}, {}
  for i, value in ipairs(values) do
    nodes[i] = {id = i, name = value.label and clean(value.label),
      data = value.data, grad = value.grad, uses = 0}
    drawn[value] = nodes[i]
  end
  for i, value in ipairs(values) do
    nodes[i].operands = operands_of(value, drawn)
    nodes[i].op = value.op and model.operation(value.op, nodes[i].operands)
  end
  return nodes, total
end

-- Programs ------------------------------------------------------------------

local function names_of(trees, labels)
  local names = {}
  for i, x in ipairs(trees) do tree.leaves(x, nil, labels[i], names) end
  for i, name in ipairs(names) do names[i] = clean(name) end
  return names
end

-- Calls visit(name, slot of the result, slots of the operands) for each
-- operation.
local function each_operation(program, visit)
  for i in reader.instructions(program) do
    if i[2] == "call" then
      local name = i[4] == 0 and i[3] or ("%s.partial%d"):format(i[3], i[4])
      local operands = {}
      for k = 6, #i do operands[k - 5] = i[k] end
      visit(name, i[5], operands)
    else
      for k = 0, i[3] - 1 do
        local operands = reader.slots_at(i, k)
        visit(i[2], table.remove(operands, 1), operands)
      end
    end
  end
end

-- Numbers the things of a Program: inputs, then operations in order, then
-- results. Returns the last `limit` of them by number, and how many there are.
local function things_of(program, limit)
  local shapes, counts = core.get_shapes(program), core.stats(program)
  local inputs = counts.inputs
  local total = inputs + counts.operations + counts.results
  local first, things = total - limit + 1, {}
  local constants, results = core.fixed_slots(program)
  local number_in, made_by = {}, {} -- what a slot holds: a number, a thing
  for k, x in ipairs(constants) do number_in[inputs + k - 1] = x end
  local names, n = names_of(shapes.args, shapes.names), 0
  for k, value in ipairs(shapes.captured) do
    names[inputs - #shapes.captured + k] = value.label
      or ("captured %d"):format(k)
  end
  local function put(op, name, slots)
    n = n + 1
    if n < first then return end
    local operands = {}
    for k, slot in ipairs(slots) do
      local from = made_by[slot]
      operands[k] = {number = not from and number_in[slot] or nil, from = from,
        name = from and from < first and names[from] or nil}
    end
    things[n] = {name = name, op = op and model.operation(op, operands),
      operands = operands, uses = 0}
  end
  for slot = 0, inputs - 1 do
    put(nil, names[slot + 1], {})
    made_by[slot] = n
  end
  each_operation(program, function(op, slot, operands)
    put(op, nil, operands)
    made_by[slot] = n
  end)
  for k, name in ipairs(names_of(shapes.results, shapes.labels)) do
    local number = not made_by[results[k]] and number_in[results[k]]
    if number then name = ("%s = %s"):format(name, model.number(number, 8)) end
    put(nil, name, {results[k]})
  end
  return things, n
end

local function of_program(program, limit)
  local things, total = things_of(program, limit)
  local nodes = {}
  for n = total, math.max(1, total - limit + 1), -1 do
    nodes[#nodes + 1] = things[n]
    things[n].id = #nodes
    for _, operand in ipairs(things[n].operands) do
      operand.node = things[operand.from]
      operand.from = nil
      if operand.node then operand.node.uses = operand.node.uses + 1 end
    end
  end
  return nodes, total
end

--- Returns what to draw of a root.
---@param root table a Value or a Program
---@param limit integer the most nodes to draw
---@return tinygrad.DrawnNode[] nodes
---@return integer total the number of nodes that the graph has
---@return boolean is_program
function model.of(root, limit)
  if core.is_program(root) then
    local nodes, total = of_program(root, limit)
    return nodes, total, true
  end
  local nodes, total = of_value(root, limit)
  return nodes, total, false
end

--- Returns the notice of a drawing that does not show all nodes; nil if it
-- shows all.
---@param nodes tinygrad.DrawnNode[]
---@param total integer
---@return string?
function model.notice(nodes, total)
  if #nodes == total then return nil end
  return ("%d of %d nodes, those next to the end; the option 'limit' allows "
    .. "more"):format(#nodes, total)
end

return model
