-- Runs the specs that are named, or all, for suite_host.c.
require("spec.support.runner").run(arg)
