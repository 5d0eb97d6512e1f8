--- tinygrad.graph.tree: writes a drawing as indented text. For tinygrad.graph
-- only.

local model = require "tinygrad.graph.model"

local DEEPEST = 60 -- most levels that are drawn

-- Describes a node: its name or operation, and its numbers.
local function describe(node)
  local parts = {node.name or node.op or "leaf"}
  if node.name and node.op then parts[1] = node.name .. " = " .. node.op end
  if node.data then
    parts[2] = ("data=%s, grad=%s"):format(model.number(node.data),
      model.number(node.grad))
  end
  return table.concat(parts, "  ")
end

-- Returns the operands that are not numbers; those that are not drawn are one
-- text.
local function branches(node)
  local list, hidden, name = {}, 0, nil
  for _, operand in ipairs(node.operands) do
    if operand.node then
      list[#list + 1] = operand.node
    elseif not operand.number then
      hidden, name = hidden + 1, operand.name
    end
  end
  if hidden == 1 and name then
    list[#list + 1] = ("… %s, not drawn"):format(name)
  elseif hidden > 0 then
    list[#list + 1] = ("… %d not drawn"):format(hidden)
  end
  return list
end

-- Adds the lines of a node, or a text. `first` stands before the first line,
-- `others` before the rest. A node that is used more than once gets a number;
-- `shown.count` counts them.
local function add(lines, node, first, others, depth, shown)
  if type(node) == "string" then
    lines[#lines + 1] = first .. node
    return
  elseif shown[node] then
    lines[#lines + 1] = ("%s%s  (#%d above)"):format(first,
      node.name or node.op or "leaf", shown[node])
    return
  elseif depth > DEEPEST then
    lines[#lines + 1] = first .. "… deeper ones not drawn"
    return
  end
  local text = describe(node)
  if node.uses > 1 then
    shown.count = shown.count + 1
    shown[node] = shown.count
    text = ("%s  (#%d, used %d times)"):format(text, shown.count, node.uses)
  end
  lines[#lines + 1] = first .. text
  local list = branches(node)
  for i, branch in ipairs(list) do
    local last = i == #list
    add(lines, branch, others .. (last and "└─ " or "├─ "),
      others .. (last and "   " or "│  "), depth + 1, shown)
  end
end

--- Writes the drawing.
---@param nodes tinygrad.DrawnNode[]
---@param notice? string
---@return string
return function(nodes, notice)
  local lines, shown = {}, {count = 0}
  for i = #nodes, 1, -1 do
    if nodes[i].uses == 0 then add(lines, nodes[i], "", "", 1, shown) end
  end
  if notice then lines[#lines + 1] = ("(%s)"):format(notice) end
  return table.concat(lines, "\n")
end
