-- The names of all five Luas are known; a global is an error.
std = "max"
max_line_length = 80
cache = false
ignore = { "581" } -- `not (x <= y)` is not `x > y` when one is NaN
files["spec/**/*_spec.lua"].std = "max+busted"
files["spec/faults"].read_globals = { "arm", "failing" } -- fault_host.c defines it
files["lua/tinygrad/meta"] = { ignore = { "212", "241" } } -- annotations only
files["examples/hosts/neovim.lua"].read_globals = { "vim" }
files["examples/hosts/haproxy.lua"].read_globals = { "core" }
files["spec/examples_spec.lua"].max_string_line_length = false -- outputs
