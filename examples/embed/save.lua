-- Saves the Program that a script returns, for a host without Lua:
--   lua save.lua SCRIPT FILE     (`make host` does, for saved.c)

local script, path = ...
local program = dofile(script)
assert(program:save(path))
