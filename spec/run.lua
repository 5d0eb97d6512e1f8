-- Runs the specs with the Lua that runs this file: the `busted` on PATH
-- belongs to one Lua of the system's choice. Arguments are busted's own.
require "busted.runner" { standalone = false }
