-- 21. Exporting: a neuron and its gradient as C, for where there is no Lua.
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "../prelude.lua")
local tinygrad = require "tinygrad"

-- The neuron that chapter 18 trained, as a function of its inputs.
local function neuron(x1, x2)
  return tinygrad.tanh(1.208 * x1 + 1.208 * x2 + 1.208)
end

-- Returns the text of a C function in what emit_c gives.
local function body(source, name)
  return source:match("void " .. name .. "%([^;]-{.-\n}")
end

local program = tinygrad.compile(neuron, 0, 0)
local source = program:emit_c {name = "neuron", real = "float"}
print(body(source, "neuron"))

-- The neuron with its gradient has three outputs.
source = program:value_and_grad():emit_c {name = "neuron_gradient"}
print("\n" .. body(source, "neuron_gradient"))

-- The headers are all that the file needs of the world around it.
local headers = {}
for header in source:gmatch("#include ([^\n]+)") do
  headers[#headers + 1] = header
end
print("\nincludes: " .. table.concat(headers, ", "))

-- The recorded function prints what C prints.
print(("neuron(1, -1) = %.6f"):format(program(1, -1)))
