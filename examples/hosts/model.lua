-- What the hosts beside this file compute, each as text for its user. Every
-- host has its own way to call Lua; this file serves all of them.
local tinygrad = require "tinygrad"

local model = {}

-- The function is recorded once, when the host starts.
local complex = tinygrad.compile(function(a, b)
  return (a * b + a) * tinygrad.tanh(b)
end, 1, 1):value_and_grad()

--- Returns value and gradient of (a*b + a) * tanh(b).
function model.gradient(a, b)
  return ("value %.6f, d/da %.6f, d/db %.6f"):format(complex(a, b))
end

-- What a sensor showed, every second after it was switched on.
local SECONDS = {0, 1, 2, 3, 4, 5}
local VOLTS = {0.03, 1.91, 3.07, 3.83, 4.24, 4.54}

--- Returns where the sensor will settle, and how fast: its curve is fitted.
function model.fit()
  local result = tinygrad.fit(function(t, p)
    return p.level * (1 - tinygrad.exp(-t / p.time))
  end, {x = SECONDS, y = VOLTS}, {level = 4, time = 1})
  return ("level %.4f V, time %.4f s, %s"):format(result.parameters.level,
    result.parameters.time, result.status)
end

--- Returns how x after n steps of the logistic map depends on its start. Every
-- step is kept until the backward pass: a large n needs more memory than a host
-- may give.
function model.logistic(n)
  local derivative = tinygrad.derivative(function(x)
    for _ = 1, n do x = 3.9 * x * (1 - x) end
    return x
  end)
  return ("after %d steps: %.6g"):format(n, derivative(0.3))
end

--- Calls one of these functions by name, with arguments as text: ("gradient",
-- "1.3", "-0.7"). Returns nil and a message for an error, also for lack of
-- memory.
function model.answer(name, ...)
  local f, numbers = model[name or ""], {}
  if not f or f == model.answer then
    return nil, "gradient, fit or logistic expected"
  end
  for i = 1, select("#", ...) do numbers[i] = tonumber((select(i, ...))) end
  local ok, text = pcall(f, numbers[1], numbers[2])
  if ok then return text end
  return nil, tostring(text)
end

return model
