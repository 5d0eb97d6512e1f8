-- The names of all five Luas are known; a global is an error.
std = "max"
max_line_length = 80
cache = false
ignore = { "581" } -- `not (x <= y)` is not `x > y` when one is NaN
files["spec/**/*_spec.lua"].std = "max+busted"
files["spec/faults"].read_globals = { "arm", "failing" } -- fault_host.c defines it
-- Annotations only, some of them generated:
files["lua/tinygrad/meta"] = { ignore = { "212", "241", "631" } }
files["examples/hosts/neovim.lua"].read_globals = { "vim" }
files["examples/hosts/haproxy.lua"].read_globals = { "core" }
files["spec/project/examples_spec.lua"].max_string_line_length = false -- outputs
