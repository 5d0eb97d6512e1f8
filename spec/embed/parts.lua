-- Checks a build without the parts that the arguments name: what it has works,
-- and what it lacks says so. .ci/run runs this with both ways to have the Lua
-- modules.

local absent = {}
for _, name in ipairs(arg) do absent[name] = true end
local tinygrad = require "tinygrad"

local a, b = tinygrad.Value(1.3), tinygrad.Value(-0.7)
local out = (a * b + a) * tinygrad.tanh(b)
out:backward()
assert(("%.6f %.6f %.6f"):format(out.data, a.grad, b.grad)
  == "-0.235703 -0.181310 -0.538130")
assert(tinygrad.logsumexp {a, b}.data > 1.3, "folds")
assert(tinygrad.no_grad(function() return a + b end).op == nil, "no_grad")
assert(tinygrad.is_program(a) == false and rawget(tinygrad, "is_tensor") == nil)
assert(not pcall(function() return tinygrad.is_tensor end), "not public")
assert(#tinygrad.operations() > 60, "the table of operations")

-- Calls f, which needs a part: it works, or fails because the build lacks the
-- part.
local function needs(part, f)
  local ok, message = pcall(f)
  if not absent[part] then
    assert(ok, message)
  else
    assert(not ok, part)
    assert(message:find("was left out of this build of tinygrad (", 1, true)
      and message:find(part, 1, true), message)
  end
end

local function square(x) return x * x end

needs("TG_NO_DERIVE", function()
  assert(tinygrad.derivative(square)(3) == 6)
end)
needs("TG_NO_TENSOR", function()
  assert(tinygrad.Tensor {1, 2, 3}:sum() == 6)
end)
needs("TG_NO_PROGRAM", function()
  local p = tinygrad.compile(square, 1)
  assert(p:grad()(3) == 6 and tostring(p):find("mul"))
  needs("TG_NO_EMIT", function() assert(p:emit_c():find("void program")) end)
  needs("TG_NO_SAVE", function()
    assert(assert(tinygrad.program_from_string(p:to_string()))(3) == 9)
  end)
  if not absent.TG_NO_TENSOR then
    local x = tinygrad.Tensor {1, 2, 3}
    needs("TG_NO_BATCH", function()
      assert(p:batch({x}, {reduce = "sum"}) == 14)
    end)
  end
end)
if not absent.TG_NO_SAVE and not absent.TG_NO_PROGRAM then
  local path = os.tmpname()
  for _ = 1, 2 do assert(tinygrad.compile(square, 1):save(path)) end
  assert(assert(tinygrad.load_program(path))(3) == 9)
  assert(os.remove(path))
end
needs("TG_NO_FIT", function()
  local line = tinygrad.fit(function(x, p) return p.a + p.b * x end,
    {x = {1, 2, 3}, y = {3, 5, 7}}, {a = 0, b = 0})
  assert(("%.6f"):format(line.parameters.b) == "2.000000")
end)
