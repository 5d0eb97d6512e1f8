-- Automatic against numerical gradients of (a * b + a) * tanh(b).
pcall(dofile, (arg[0]:match("^.*[/\\]") or "") .. "prelude.lua")
local tinygrad = require "tinygrad"

local function f(a, b)
  return (a * b + a) * tinygrad.tanh(b)
end

-- The tutorial allows 1e-4; for a correct gradient central differences are
-- within 1e-8.
local TOLERANCE = 1e-4
local failed = 0

for _, point in ipairs {{1.3, -0.7}, {0.5, 0.5}, {-1.2, 2.0}} do
  local ok, report = tinygrad.gradcheck(f, point, {tolerance = TOLERANCE})
  print(("a = %.1f, b = %.1f"):format(point[1], point[2]))
  for i, name in ipairs {"a", "b"} do
    local input = report.inputs[i]
    print(("  d/d%s: automatic %.8f, numerical %.8f, relative error %.1e: %s")
      :format(name, input.automatic, input.numerical, input.error,
      input.ok and "pass" or "FAIL"))
  end
  if not ok or report.max_error >= 1e-8 then failed = failed + 1 end
end

print(failed == 0 and "All gradients agree to 1e-8."
  or "Some gradients differ by more than 1e-8.")
os.exit(failed == 0 and 0 or 1)
