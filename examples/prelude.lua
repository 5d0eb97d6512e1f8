-- Lets the examples run from a clone: finds the repository from the place of
-- this file, and puts its build first on the paths. Does nothing if there is no
-- build, so that an installed tinygrad is used.

local here = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or "./"
local root = here .. "../"
local tag = rawget(_G, "jit") and "luajit"
  or "lua" .. _VERSION:match("%d+%.%d+")
local core = root .. "build/" .. tag .. "/tinygrad/core.so"
local file = io.open(core, "rb")
if file then
  file:close()
  package.path = ("%slua/?.lua;%slua/?/init.lua;%s"):format(root, root,
    package.path)
  package.cpath = ("%sbuild/%s/?.so;%s"):format(root, tag, package.cpath)
end
