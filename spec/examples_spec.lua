-- Every example runs as README.md says: from the root of the repository, from
-- elsewhere, and away from the repository with tinygrad installed; with no
-- environment variable but in the last case. They print exactly this, on every
-- Lua.

local lfs = require "lfs"
local process = require "spec.process"

local EXPECTED = {}

EXPECTED.values = [[
Value(data=2.000000, grad=0.000000)
Value(data=-3.000000, grad=0.000000)
a.data = 2.0, a.grad = 0.0, a.label = a
a is a Value: true; 2 is one: false
c.data = -6.0, made by 'mul' from 2 parents
]]

EXPECTED.addition = [[
2.0 + 3.0 = 5.0
a.grad = 1.0, b.grad = 1.0
1 + a + a = 5.0, a.grad = 2.0
addition: passed
]]

EXPECTED.multiplication = [[
2.0 * -3.0 = -6.0
a.grad = -3.0, b.grad = 2.0
x * x = 9.0, x.grad = 6.0
multiplication: passed
]]

EXPECTED.tanh = [[
tanh(-2.0) = -0.964028, gradient 0.070651
tanh( 0.0) =  0.000000, gradient 1.000000
tanh( 0.5) =  0.462117, gradient 0.786448
tanh( 2.0) =  0.964028, gradient 0.070651
]]

EXPECTED.relu = [[
relu(-2.0) = 0.0, gradient 0.0
relu( 0.0) = 0.0, gradient 0.0
relu( 0.5) = 0.5, gradient 1.0
relu( 2.0) = 2.0, gradient 1.0
]]

EXPECTED.backward = [[
f = 0.999329
df/df = 1.000000
df/dd = 0.001341
df/de = 0.001341
df/dc = 0.001341
df/db = 0.002682
df/da = -0.004023
after a second pass: df/da = -0.008046
after zero_grad: df/da = 0.000000
]]

EXPECTED.complex = [[
Forward:
  c = a * b   = -0.910000
  d = c + a   = 0.390000
  e = tanh(b) = -0.604368
  out = d * e = -0.235703
Backward:
  d out/d a = -0.181310
  d out/d b = -0.538130
]]

EXPECTED.verify = [[
a = 1.3, b = -0.7
  d/da: automatic -0.18131033, numerical -0.18131033, relative error *: pass
  d/db: automatic -0.53812967, numerical -0.53812967, relative error *: pass
a = 0.5, b = 0.5
  d/da: automatic 0.69317574, numerical 0.69317574, relative error *: pass
  d/db: automatic 0.82089438, numerical 0.82089438, relative error *: pass
a = -1.2, b = 2.0
  d/da: automatic 2.89208274, numerical 2.89208274, relative error *: pass
  d/db: automatic -1.41117607, numerical -1.41117607, relative error *: pass
All gradients agree to 1e-8.
]]

EXPECTED.graph = [[
Number of nodes: 5
Number of edges: 5

Nodes:
Node 1: data=2.0000, grad=0.0000
Node 2: data=3.0000, grad=0.0000
Node 3: data=6.0000, grad=0.0000
Node 4: data=8.0000, grad=0.0000
Node 5: data=1.0000, grad=1.0000

Edges:
2.0000 -> 6.0000
3.0000 -> 6.0000
6.0000 -> 8.0000
2.0000 -> 8.0000
8.0000 -> 1.0000
]]

EXPECTED.exercises = [[
x - y                   =  3.000000, gradients 1.000000, -1.000000
y - x                   = -3.000000, gradients -1.000000, 1.000000
2 - x                   = -3.000000, gradients -1.000000
x / y                   =  2.500000, gradients 0.500000, -1.250000
y / x                   =  0.400000, gradients -0.080000, 0.200000
2 / x                   =  0.400000, gradients -0.080000
(x^2 + y) / tanh(x*y)   =  3.111944, gradients 1.618498, 0.809249
]]

EXPECTED.batch = [[
epoch   0: loss 1.537268, height 1.0000, slope 1.0000, middle 0.0000
epoch 100: loss 0.010045, height 3.0071, slope 1.9701, middle 0.5037
epoch 200: loss 0.010018, height 3.0016, slope 2.0005, middle 0.5008
epoch 300: loss 0.010018, height 3.0010, slope 2.0038, middle 0.5005
epoch 400: loss 0.010018, height 3.0010, slope 2.0042, middle 0.5005
the fitted curve at -1, 0, 1 and 2:
Tensor(4)
[0.141347, 0.805302, 2.19458, 2.85938]
]]

EXPECTED.compile = [[
Program: 2 inputs, 1 results, 4 slots
  %1 = tanh x2
  %2 = madd x1 x2 x1
  %1 = mul %2 %1
  return %1
f(1.3, -0.7) = -0.235703
value -0.235703, gradient -0.181310, -0.538130
Hessian 0.000000, -0.413946; -0.413946, 1.949544
1000 dimensions: 9989 operations, gradient[1] = 115.6
compile: the program would be frozen to this comparison as it is now;
  use tinygrad.where, lt, max or min instead
]]

EXPECTED.export = [[
void complex(const double *in, double *out) {
  const double x1 = in[0]; /* x */
  const double x2 = in[1]; /* y */
  const double t1 = x1 * x2;
  const double t2 = 2.0 * x1;
  const double t3 = x2 + x1 * x1;
  const double t4 = lane_tanh(t1);
  const double t5 = t3 / t4;
  const double t6 = 1.0 / t4;
  const double t7 = 1.0 - t4 * t4;
  const double t8 = t5 / t4;
  const double t9 = op_zmul(t6, t2);
  const double t10 = -t8;
  const double t11 = op_zmul(t10, t7);
  const double t12 = t9 + op_zmul(t11, x2);
  const double t13 = t6 + op_zmul(t11, x1);
  out[0] = t5;
  out[1] = t12;
  out[2] = t13;
}

from Lua: 7.000086019501 3.999533033821 0.999668208380
from C:   7.000086019501 3.999533033821 0.999668208380
]]

EXPECTED.newton = [[
step          x          y     f(x, y)    |gradient|
   0  -1.200000   1.000000   2.420e+01     2.329e+02
   1  -1.175281   1.380674   4.732e+00     4.639e+00
   2   0.763115  -3.175034   1.412e+03     1.371e+03
   3   0.763430   0.582825   5.597e-02     4.731e-01
   4   0.999995   0.944027   3.132e-01     2.503e+01
   5   0.999996   0.999991   1.853e-11     8.609e-06
   6   1.000000   1.000000   3.433e-20     8.286e-09
   7   1.000000   1.000000   0.000e+00     0.000e+00
]]

EXPECTED.minimize = [[
converged, by lbfgs, compiled
energy -0.35344 J, 20 of 60 weights on the floor
+                                                           +
o                                                           o
 o                                                         o
 o                                                         o
 o                                                         o
  o                                                       o
  o                                                       o
   o                                                     o
   o                                                     o
    o                                                   o
    o                                                   o
     oo                                               oo
      o                                               o
       o                                             o
        oo                                         oo
           oo o oo o oo o oo o o oo o oo o oo o oo
=============================================================
]]

EXPECTED.custom = [[
   x     planck(x)    derivative       second
 0.0   1.000000000  -0.500000000  0.166666667
 0.5   0.770747041  -0.417354962  0.162561288
 1.0   0.581976707  -0.338696887  0.150947579
 2.0   0.313035285  -0.205513188  0.113328424
 4.0   0.074629441  -0.057364469  0.040847648
gradcheck: passed (largest error *, tolerance 1e-06)
argument 1 = 1.5: automatic 0.41936351, numerical 0.41936351, error *
argument 2 = 0.8: automatic -0.46369343, numerical -0.46369343, error *
The Hessian's corner: -0.135617
square_root'(2) = 0.353553
the custom operation 'square_root' can be differentiated once only
]]

EXPECTED.anomaly = [[
Textbook: loss NaN, gradient NaN NaN NaN
detect_anomaly: anomaly in forward: 'exp' of (800), ]] .. [[
made at anomaly.lua:10 is inf
Stable: loss 4.752481, gradient -2.791753 2.752274 0.039479
]]

EXPECTED.sensitivity = [[
It lands after 39.369 m, and with
  one degree more   -0.127 m
  one m/s more      +2.691 m
  1 % more drag     -0.085 m
  1 cm more height  +0.007 m
For 40 m it takes 22.2340 m/s.
The drag that fits the measured throws is 0.00854 / m,
  throw 1 misses by +0.166 m
  throw 2 misses by -0.084 m
  throw 3 misses by -0.027 m
]]

EXPECTED.thermistor = [[
converged: the parameters no longer change (xtol)
5 iterations, 11 evaluations, compiled
parameter        value   std. error    95 % from           to
A              1.13169   0.00152871      1.12832      1.13505
B             0.233495  0.000271258     0.232898     0.234092
C          9.19328e-05  1.18281e-06  8.93295e-05  9.45362e-05
residual standard deviation 0.0225752, 11 degrees of freedom, R squared 1

   ohm  celsius    fitted  residual
 96360    -20.0   -19.997    -0.003                     *
 54990    -10.0    -9.979    -0.021                 *
 32560      0.0    -0.003     0.003                       *
 19880     10.0     9.989     0.011                         *
 12490     20.0    19.991     0.009                        *
 10010     25.0    24.971     0.029                             *
  8064     30.0    29.979     0.021                           *
  5324     40.0    40.022    -0.022                 *
  3605     50.0    50.000    -0.000                      *
  2489     60.0    60.018    -0.018                  *
  1752     70.0    70.039    -0.039            *
  1259     80.0    79.979     0.021                           *
   917     90.0    90.016    -0.016                  *
   680    100.0    99.975     0.025                            *

15 kOhm are 15.979 degrees; the curve is between 15.961 and 15.996 (95 %)
]]

EXPECTED.embedded = EXPECTED.thermistor .. [[

void celsius(const float *in, float *out) {
  const float x1 = in[0]; /* ohm */
  const float t1 = logf(x1);
  const float t2 = op_pow(t1, 3.0f);
  const float t3 = 1.13168912f + 0.233494826f * t1;
  const float t4 = t3 + 9.19328081e-05f * t2;
  const float t5 = 1e+03f / t4;
  const float t6 = t5 - 273.15f;
  out[0] = t6;
}

here
    500 ohm    110.752 degrees
   2000 ohm     66.198 degrees
   5000 ohm     41.592 degrees
  10010 ohm     24.971 degrees
  15000 ohm     15.979 degrees
  50000 ohm     -8.214 degrees
 100000 ohm    -20.637 degrees
off by less than 0.0005 degrees: true
]]

EXPECTED.plot = [[
                          Training
   loss
   │  ⢢
   │  ⡁⢣
10 ┤  ⠠ ⠣⡀
   │  ⠐  ⠱⡀
   │  ⢈   ⠈⢢
 5 ┤   ⠄    ⠣⡀
   │   ⠂     ⠈⢆
   │   ⢁       ⠑⢄
   │   ⠠         ⠑⢄
 2 ┤    ⠂          ⠉⠢⣀
   │    ⠈⡀            ⠉⠑⠢⠤⣀⡀
   │      ⠂⠠ ⠄⠠ ⠄⠠ ⠄⠠ ⠄⠠ ⠄⠠⠈⠍⠩⠉⠖⠲⠒⠖⠲⠒⠖⠲⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠄
   └┬──────┬─────┬─────┬──────┬─────┬──────┬─────┬──────┬─
    0      5     10    15     20    25     30    35     40
                             epoch
    ⠤⠤⠤⠤ rate 0.02   ⠄⠠ ⠄ rate 0.1

               A fit with its confidence band
   │                                               o
 8 ┤
   │                                      o     oo░o⣀⠤⠒o⠂
 6 ┤                                       oo⢀⣀⡠⠤⠒⠉⠁o o
   │                                    ⢀⡠⠤⠒⠉o░ o
 4 ┤                              oo⠔⠒⠒⠉o o
   │                       ⢀⣀o⠤⠔⠒o o o
 2 ┤             o    ⢀⣀⠤⠔o⠁         o o
   │        oo o⢀⡠o⠒o⠉⠁
 0 ┤   oo░⣀⡠⠤⠤o⠉⠁       o   o
   │ ⢀⡠⠔o⠉░░    o   o
-2 ┤ ░
   └─┬──────┬─────┬─────┬──────┬─────┬─────┬─────┬──────┬─
    -1.0   -0.5  0.0   0.5    1.0   1.5   2.0   2.5    3.0
    ░░░ 95 %   ⠤⠤⠤⠤ fit   o data

                      Decision boundary
 2 ┤x░░░░░░░░░xx░░░░░x░░░x░░░░░░░░░░░░░░░░░░░░░░░░░░░x░░░░
   │░░░░░░░░░░░░░░░░░░░░x░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░x
   │░░░x░░░░░░░░░x░░        ░░░░░░░░░░░░░░x░░░░░        ░░
 1 ┤░░░░░░░░░░x░░o             ░░░░x░░░░░░░░░
   │ ░░░░░░░░x         o          ░░x░░░░░░  o       o
   │   ░░░x░               oo o     ░░x░░  o
 0 ┤     ░       o           o       ░░
   │o   x░░  o                       ░░
   │   ░░░░░░     o  o o           ░░░░░░               oo
   │ ░░x░x░░░xx                  ░x░░░░░░░░ o    o      o
-1 ┤░░░░░░░░░░░░x             o░░x░░░░░░░░░░x░   o  o o
   │░░░░░░░░░░░░x░░░░   x  ░░░░░░░░░░░░░xx░░░░x░░░     ░░░
   └┬────────┬────────┬────────┬────────┬────────┬───────┬
    -3       -2       -1       0        1        2       3
    o inner   x outer

                      Gradient descent
 3 ┤           ⠈⠑⠢⡀                       ⡠⠒⠉   ⠠⠜ ⡠⠜ ⡐⠁⢠⠉
   │⢆              ⠃⠤⡀                 ⣀⠤⠃    ⢀⠐⠁ ⡄⠁ ⠤⠁⡠⠂
 2 ┤⠈⢆               ⠈⠘⠰⠠⡀⣀      ⢀⡀⡠⠠⠂⠉     ⢀⠐⠊ ⠰⠉  ⡌⠁⠰⠁ ⢀
   │ ⠈⢆                    ⠈⠁⠉⠈⠁⠉         ⡠⠄⠁⢀⡀⠊  ⢠⠊⢀⠬⠁  ⠎
   │  ⠈⢆      ⠎⠁⠒⠠⡀                    ⡠⠔⠊ ⢀⠤⠃  ⢀⡐⠁⢀⠎  ⢠⠉
 1 ┤⠄   ⢡     ⠘⡄   ⠉⠐⠄⢄⢀          ⢀⢀⠄⠒⠈  ⣀⠔⠈   ⡠⠂ ⡰⠁  ⣐⠂
   │⠘⡀   20    ⠈⢢       ⠁⠉⠐⠂⠒⠐⠂⠒⠈⠁⠁   ⡀⠤⠊    ⢠⠒⠁⢀⠎   ⡰   ⡰
   │ ⠈⢆   ⠘⡄     ⠒⣀               ⡀⡠⠐⠊ ⡀   ⣀⠎⠁ ⡄⠁   ⠎   ⠰⠁
 0 ┤  50    ⠣⡀     5⡀          ⡔⠊⢁⣁⣀⡤⠖⠋⠁⣀⠔⠉  ⠔⠉   ⠤⠃   ⡌⠁
   │    ⠱⡀   ⠘⢄  ⢀⣀⣀⣈⡠⢤⠤⠤⠤⠒⠒⠊⠉⠉⠛1⠅⠤⠠⠄⠒⠈⠁  ⠠⠔⠁   ⠠⠜   ⢀⠜
   │     ⠡⢔⠒⠒⠉⠉⠛⡍⠁     ⠁⠆⣀            ⢀⡀⠔⠉    ⢀⠐⠁   ⣀⠃
-1 ┤      ⠈⢆⡀   ⠈⠱⣀       ⠈⠂⠒⠠⠄⠤⠠⠄⠤⠠⠂⠊      ⡀⡔⠊   ⢀⡰
   └┬─────┬──────┬──────┬──────┬─────┬──────┬──────┬─────┬
   -2.0  -1.5   -1.0   -0.5   0.0   0.5    1.0    1.5   2.0
    ⠤⠤⠤⠤ path

                            Noise
    │                     ▄▄▄▄▁▁▁
200 ┤                     ███████
    │                     ███████
150 ┤                 ▁▁▁▁███████
    │                 ███████████
    │                 ███████████████
100 ┤             ▅▅▅▅███████████████
    │             ███████████████████▇▇▇▇
    │             ███████████████████████
 50 ┤             ███████████████████████
    │          ▇▇▇███████████████████████▇▇▇▇
  0 ┤  ▃▃▃▃▆▆▆▆██████████████████████████████▄▄▄▂▂▂▂▁▁▁▁
    └─┬───────┬───────┬──────┬───────┬──────┬───────┬─────
      -3      -2      -1     0       1      2       3

]]

EXPECTED.battery = [[
converged: the parameters no longer change (xtol)
9 iterations, 17 evaluations, compiled
parameter      value  std. error  95 % from         to
A           0.403691   0.0039151   0.395778   0.411604
E            3.74626  0.00350895    3.73916    3.75335
K          0.0570779   0.0032421  0.0505253  0.0636304
Q            2.58377   0.0208496    2.54163    2.62591
tau         0.307756  0.00723604   0.293132   0.322381
residual standard deviation 0.00442514, 40 degrees of freedom, R squared 0.999258

   Ah     volt   95 % from       to
 0.00    4.150       4.143    4.157
 0.40    3.846       3.843    3.849
 0.80    3.751       3.749    3.753
 1.20    3.705       3.703    3.707
 1.60    3.656       3.654    3.658
 2.00    3.551       3.548    3.554
 2.40    3.001       2.907    3.095

                            Discharge
    voltage / V
4.2 ┤ ░o
    │  ⠈o
4.0 ┤   ░oo⡀
    │      ooo⡀
3.8 ┤         oo⠒oooo
    │               ░oooooo⠤oooooo⡀
    │                             ooooo⠒ooooooo⡀
3.6 ┤                                          ooo⢄o
    │                                              ░ooo
3.4 ┤                                                 ⠈o⡀
    │                                                   ⠈⢆░
3.2 ┤                                                    ⠈⡆
    │                                                     ⠸⡀
    │                                                      ⢇░
3.0 ┤                                                      ⠘░
    │
    └──┬──────────┬──────────┬──────────┬──────────┬──────────
      0.0        0.5        1.0        1.5        2.0
                            charge / Ah
     ░░░ 95 %   ⠤⠤⠤⠤ fit   o measured

]]

-- The errors of numerical differences are rounding, and libm's affair.
local function without_errors(output)
  return (output:gsub("error [%d.e+-]+", "error *"))
end

local function check(name, output, status)
  assert.equal(0, status, output)
  assert.equal(EXPECTED[name], without_errors(output))
end

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

-- From a clone no variable is needed. (The specs may also run on an installed
-- tinygrad, with nothing built here.)
local tag = rawget(_G, "jit") and "luajit"
  or "lua" .. _VERSION:match("%d+%.%d+")
local BARE = exists("build/" .. tag .. "/tinygrad/core.so") and process.BARE
  or nil

local names = {}
for file in lfs.dir("examples") do
  local name = file:match("^(.*)%.lua$")
  if name and name ~= "prelude" then names[#names + 1] = name end
end
table.sort(names)

describe("examples", function()
  for _, name in ipairs(names) do
    local script = name .. ".lua"

    it(name .. " runs from the root", function()
      assert(EXPECTED[name], "no output expected: add it to this spec")
      check(name, process.run("examples/" .. script, ".", BARE))
    end)

    it(name .. " runs from other directories", function()
      check(name, process.run(script, "examples", BARE))
      check(name, process.run("../" .. script, "examples/embed", BARE))
    end)
  end

  it("are all there", function()
    local there = {}
    for _, name in ipairs(names) do there[name] = true end
    for name in pairs(EXPECTED) do assert.is_true(there[name], name) end
  end)

  it("run as a copy, without the prelude, on an installed tinygrad", function()
    local directory = os.tmpname()
    os.remove(directory)
    assert(lfs.mkdir(directory))
    local copy = directory .. "/complex.lua"
    local from, to = io.open("examples/complex.lua"), io.open(copy, "w")
    to:write((from:read("*a")))
    from:close()
    to:close()
    local output, status = process.run("complex.lua", directory)
    os.remove(copy)
    lfs.rmdir(directory)
    check("complex", output, status)
  end)

  it("verify fails when a derivative is wrong by 0.1 %", function()
    local output, status = process.run("examples/verify.lua", ".",
      [[env LUA_INIT='
        local tinygrad = require "tinygrad"
        local tanh = tinygrad.tanh
        tinygrad.tanh = function(x)
          if not tinygrad.is_value(x) then return tanh(x) end
          return tanh(x) + (x - x.data) * 0.001
        end']])
    assert.equal(1, status, output)
    assert.is_truthy(output:find("FAIL", 1, true), output)
    assert.is_truthy(output:find("Some gradients differ", 1, true), output)
  end)
end)
