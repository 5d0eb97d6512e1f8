-- Uses Tensors, batches and what is made of them while memory fails. Anything
-- new that allocates belongs here.
local tinygrad = require "tinygrad"
local a = tinygrad.Value(2)
local raises = dofile("spec/faults/raises.lua")
arm()

-- Tensors and batches:
local tensor = tinygrad.Tensor {{1, 2}, {3, 4}, {5, 6}}
assert(tensor[2][1] == 3 and tostring(tensor) ~= "")
assert(tinygrad.Tensor.from_npy(tensor:to_npy()) == tensor)
assert(tensor:reshape(6):rows(2, 3):copy():map(math.abs):sum() == 5)
tinygrad.Tensor.normal({4}, 0, 1, 1)
local rows = tinygrad.compile(function(p, x)
  return {loss = (p.a * x[1] - x[2]) ^ 2}
end, {a = 1}, {1, 2})
assert(rows:batch {{a = 2}, tensor}.loss[1] == 0)
assert(rows:batch({{a = 1}, tensor}, {reduce = "sum", rows = {1, 3},
  threads = 2}).loss == 2)
local many = tinygrad.Tensor.zeros(1024, 2) -- enough to arrange the Program
for _ = 1, 2 do
  assert(rows:batch({{a = 1}, many}, {reduce = "sum"}).loss == 0)
end

-- Files:
assert(tensor:save_npy("build/faults.npy"))
assert(tinygrad.Tensor.load_npy("build/faults.npy") == tensor)

-- Optimisers:
local parameters = {1, a, tinygrad.Tensor {3}}
local optimizer = tinygrad.optim.SGD(parameters, {lr = 1, momentum = 0.5})
tinygrad.optim.clip_norm(parameters[3], 1)
optimizer:step {1, 1, parameters[3]}
assert(parameters[1] == 0 and parameters[3][1] < 1e-5)
assert(optimizer:load_state(optimizer:state()))
raises("gradients has 0 elements", optimizer.step, optimizer, {})

-- Programs that go to other states:
local moved = tinygrad.program_from_string(rows:to_string())
assert(moved({a = 1}, {3, 1}).loss == 4)
assert(moved:emit_c {real = "float"} ~= "")
assert(tinygrad.program_from_string("none") == nil)
raises("unknown option", moved.emit_c, moved, {nothing = true})
