-- A scalar engine in plain Lua: all of reverse mode, to be read in one go.
-- Chapter 12 explains it piece by piece.

local Value = {}
Value.__index = Value

function Value.new(data, parents, partials)
  return setmetatable({data = data, grad = 0, parents = parents or {},
    partials = partials or {}}, Value)
end

-- A number among the operands becomes a leaf.
local function lift(x)
  return getmetatable(x) == Value and x or Value.new(x)
end

function Value.__add(a, b)
  a, b = lift(a), lift(b)
  return Value.new(a.data + b.data, {a, b}, {1, 1})
end

function Value.__mul(a, b)
  a, b = lift(a), lift(b)
  return Value.new(a.data * b.data, {a, b}, {b.data, a.data})
end

function Value:tanh()
  local e = math.exp(-2 * math.abs(self.data))
  local y = (1 - e) / (1 + e)
  if self.data < 0 then y = -y end
  return Value.new(y, {self}, {1 - y * y})
end

function Value:relu()
  local on = self.data > 0 and 1 or 0
  return Value.new(on * self.data, {self}, {on})
end

-- Operands before results.
local function topological(root)
  local sorted, seen = {}, {}
  local function visit(node)
    if seen[node] then return end
    seen[node] = true
    for _, parent in ipairs(node.parents) do visit(parent) end
    sorted[#sorted + 1] = node
  end
  visit(root)
  return sorted
end

function Value:backward()
  local sorted = topological(self)
  for _, node in ipairs(sorted) do
    if #node.parents > 0 then node.grad = 0 end -- leaves add up
  end
  self.grad = 1
  for k = #sorted, 1, -1 do
    local node = sorted[k]
    for i, parent in ipairs(node.parents) do
      parent.grad = parent.grad + node.grad * node.partials[i]
    end
  end
end

function Value:__tostring()
  return ("Value(data=%.6f, grad=%.6f)"):format(self.data, self.grad)
end

return Value
