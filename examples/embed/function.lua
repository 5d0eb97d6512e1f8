-- host.c runs this script: a function is differentiated that uses an operation
-- of the host's own (`sinc`, which host.c registers).

local tinygrad = require "tinygrad"

local a, b = tinygrad.Value(1.3), tinygrad.Value(-0.7)
local out = (a * b + a) * tinygrad.tanh(b) + sinc(a) -- luacheck: globals sinc
out:backward()
return out, a, b
