-- Runs the specs with the Lua that runs this file. (The command `busted`
-- belongs to one Lua of the system's choice.) Its arguments are busted's.
local found, busted = pcall(require, "busted.runner")
if found then
  if #arg == 0 then print "Running all specs, which takes some minutes:" end
  busted {standalone = false, output = "spec/support/output.lua"}
else
  print("No busted for this Lua (" .. busted:match("[^\n]*")
    .. "): spec/support/runner.lua runs the specs.")
  require("spec.support.runner").run(arg)
end
