-- onefile.c runs this script in a state that has only Lua's base library: a
-- spring pendulum's energy, and the forces, which are its gradient.

local tinygrad = ...

local function energy(length, angle)
  local stretch = length - 0.5
  return 40 * stretch ^ 2 / 2 - 0.2 * 9.81 * length * tinygrad.cos(angle)
end

return tinygrad.compile(energy, 1, 1):value_and_grad()
