-- The yardstick of run.lua: reverse-mode autograd in plain Lua, in the way of
-- micrograd, which is in Python. A node is a table with its parents and a
-- closure that adds to their gradients. It is written as one would write it,
-- with two kindnesses: a node is made by one table constructor, and the order
-- of nodes is found without recursion, so that long chains work.
--
-- A number operand becomes a node, as in micrograd, and a second backward over
-- a graph adds to what the first left in interior nodes.

local exp, log = math.exp, math.log

local Value = {}
Value.__index = Value

local function node(data, parents, op, push)
  return setmetatable(
    {data = data, grad = 0, parents = parents, op = op, push = push}, Value)
end

local function value(x)
  if type(x) == "number" then
    return node(x)
  end
  return x
end

function Value.__add(a, b)
  a, b = value(a), value(b)
  return node(a.data + b.data, {a, b}, "add", function(out)
    a.grad = a.grad + out.grad
    b.grad = b.grad + out.grad
  end)
end

function Value.__sub(a, b)
  a, b = value(a), value(b)
  return node(a.data - b.data, {a, b}, "sub", function(out)
    a.grad = a.grad + out.grad
    b.grad = b.grad - out.grad
  end)
end

function Value.__mul(a, b)
  a, b = value(a), value(b)
  return node(a.data * b.data, {a, b}, "mul", function(out)
    a.grad = a.grad + b.data * out.grad
    b.grad = b.grad + a.data * out.grad
  end)
end

function Value.__div(a, b)
  a, b = value(a), value(b)
  return node(a.data / b.data, {a, b}, "div", function(out)
    a.grad = a.grad + out.grad / b.data
    b.grad = b.grad - out.data / b.data * out.grad
  end)
end

function Value.__unm(a)
  return node(-a.data, {a}, "neg", function(out)
    a.grad = a.grad - out.grad
  end)
end

-- The exponent is a number, as in micrograd, or a node.
function Value.__pow(a, b)
  if type(b) == "number" then
    return node(a.data ^ b, {a}, "pow", function(out)
      a.grad = a.grad + b * a.data ^ (b - 1) * out.grad
    end)
  end
  a = value(a)
  return node(a.data ^ b.data, {a, b}, "pow", function(out)
    a.grad = a.grad + b.data * a.data ^ (b.data - 1) * out.grad
    b.grad = b.grad + out.data * log(a.data) * out.grad
  end)
end

function Value.tanh(a)
  local y = 1 - 2 / (exp(2 * a.data) + 1) -- Lua 5.3 lacks math.tanh
  return node(y, {a}, "tanh", function(out)
    a.grad = a.grad + (1 - y * y) * out.grad
  end)
end

function Value.relu(a)
  return node(a.data > 0 and a.data or 0, {a}, "relu", function(out)
    if out.data > 0 then
      a.grad = a.grad + out.grad
    end
  end)
end

function Value.exp(a)
  local y = exp(a.data)
  return node(y, {a}, "exp", function(out)
    a.grad = a.grad + y * out.grad
  end)
end

function Value.log(a)
  return node(log(a.data), {a}, "log", function(out)
    a.grad = a.grad + out.grad / a.data
  end)
end

function Value.sin(a)
  return node(math.sin(a.data), {a}, "sin", function(out)
    a.grad = a.grad + math.cos(a.data) * out.grad
  end)
end

function Value.cos(a)
  return node(math.cos(a.data), {a}, "cos", function(out)
    a.grad = a.grad - math.sin(a.data) * out.grad
  end)
end

-- Returns the nodes below `root`, every one after its parents. A node with
-- parents is met twice: the first time its parents are put on top of it, the
-- second time it goes into the order.
local function sorted(root)
  local order, seen = {}, {}
  local stack, top = {root}, 1
  while top > 0 do
    local v = stack[top]
    local state, parents = seen[v], v.parents
    if state or not parents then
      top = top - 1
      if state ~= "done" then
        seen[v] = "done"
        order[#order + 1] = v
      end
    else
      seen[v] = "open"
      for i = 1, #parents do
        local p = parents[i]
        if not seen[p] then
          top = top + 1
          stack[top] = p
        end
      end
    end
  end
  return order
end

function Value.backward(root)
  local order = sorted(root)
  root.grad = 1
  for i = #order, 1, -1 do
    local v = order[i]
    if v.push then
      v.push(v)
    end
  end
end

function Value.__tostring(v)
  return ("Value(data=%f, grad=%f)"):format(v.data, v.grad)
end

return {
  Value = node,
  tanh = Value.tanh,
  relu = Value.relu,
  exp = Value.exp,
  log = Value.log,
  sin = Value.sin,
  cos = Value.cos
}
