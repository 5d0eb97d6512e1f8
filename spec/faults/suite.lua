-- The script of suite_host.c: runs the specs that are named, or all.
require("spec.support.runner").run(arg)
