--- Functions whose minima are known, for specs and benchmarks: J. J. Moré, B.
-- S. Garbow and K. E. Hillstrom, Testing unconstrained optimization software,
-- ACM TOMS 7 (1981). They need no module, and take numbers or Values.

local objectives = {}

--- Rosenbrock's function, whose terms share variables; lowest, 0, at ones.
function objectives.chained(x)
  local s = 0
  for i = 1, #x - 1 do
    s = s + 100 * (x[i + 1] - x[i] ^ 2) ^ 2 + (1 - x[i]) ^ 2
  end
  return s
end

--- Rosenbrock's function for pairs of variables (21); lowest, 0, at ones.
function objectives.extended(x)
  local s = 0
  for i = 1, #x - 1, 2 do
    s = s + 100 * (x[i + 1] - x[i] ^ 2) ^ 2 + (1 - x[i]) ^ 2
  end
  return s
end

--- Returns the usual start of both for n variables.
function objectives.start(n)
  local x = {}
  for i = 1, n do x[i] = i % 2 == 1 and -1.2 or 1 end
  return x
end

--- Wood's function (14) of four variables; lowest, 0, at ones.
function objectives.wood(x)
  return 100 * (x[2] - x[1] ^ 2) ^ 2 + (1 - x[1]) ^ 2
    + 90 * (x[4] - x[3] ^ 2) ^ 2 + (1 - x[3]) ^ 2
    + 10 * (x[2] + x[4] - 2) ^ 2 + 0.1 * (x[2] - x[4]) ^ 2
end

return objectives
