rockspec_format = "3.0"
package = "tinygrad"
version = "scm-1"

-- Not published yet: `luarocks make` builds the checkout it stands in.
source = { url = "." }

description = {
  summary = "Exact derivatives for Lua programs",
  detailed = "Write a function in plain Lua; its gradient comes at C speed.",
  license = "MIT",
}

dependencies = { "lua >= 5.1" }

-- spec/rockspec_spec.lua holds this list against the files.
build = {
  type = "builtin",
  modules = {
    ["tinygrad"] = "lua/tinygrad/init.lua",
    ["tinygrad.attempt"] = "lua/tinygrad/attempt.lua",
    ["tinygrad.compile"] = "lua/tinygrad/compile.lua",
    ["tinygrad.custom"] = "lua/tinygrad/custom.lua",
    ["tinygrad.distribution"] = "lua/tinygrad/distribution.lua",
    ["tinygrad.emit"] = "lua/tinygrad/emit.lua",
    ["tinygrad.fit"] = "lua/tinygrad/fit.lua",
    ["tinygrad.gradcheck"] = "lua/tinygrad/gradcheck.lua",
    ["tinygrad.graph"] = "lua/tinygrad/graph.lua",
    ["tinygrad.guard"] = "lua/tinygrad/guard.lua",
    ["tinygrad.lbfgs"] = "lua/tinygrad/lbfgs.lua",
    ["tinygrad.least_squares"] = "lua/tinygrad/least_squares.lua",
    ["tinygrad.levenberg"] = "lua/tinygrad/levenberg.lua",
    ["tinygrad.linear"] = "lua/tinygrad/linear.lua",
    ["tinygrad.linesearch"] = "lua/tinygrad/linesearch.lua",
    ["tinygrad.math"] = "lua/tinygrad/math.lua",
    ["tinygrad.minimize"] = "lua/tinygrad/minimize.lua",
    ["tinygrad.modes"] = "lua/tinygrad/modes.lua",
    ["tinygrad.newton"] = "lua/tinygrad/newton.lua",
    ["tinygrad.objective"] = "lua/tinygrad/objective.lua",
    ["tinygrad.optim"] = "lua/tinygrad/optim.lua",
    ["tinygrad.plot"] = "lua/tinygrad/plot.lua",
    ["tinygrad.plot.field"] = "lua/tinygrad/plot/field.lua",
    ["tinygrad.plot.gnuplot"] = "lua/tinygrad/plot/gnuplot.lua",
    ["tinygrad.plot.path"] = "lua/tinygrad/plot/path.lua",
    ["tinygrad.plot.scale"] = "lua/tinygrad/plot/scale.lua",
    ["tinygrad.plot.svg"] = "lua/tinygrad/plot/svg.lua",
    ["tinygrad.plot.terminal"] = "lua/tinygrad/plot/terminal.lua",
    ["tinygrad.plot.write"] = "lua/tinygrad/plot/write.lua",
    ["tinygrad.program"] = "lua/tinygrad/program.lua",
    ["tinygrad.regression"] = "lua/tinygrad/regression.lua",
    ["tinygrad.saved"] = "lua/tinygrad/saved.lua",
    ["tinygrad.tensor"] = "lua/tinygrad/tensor.lua",
    ["tinygrad.transform"] = "lua/tinygrad/transform.lua",
    ["tinygrad.tree"] = "lua/tinygrad/tree.lua",
    ["tinygrad.trust"] = "lua/tinygrad/trust.lua",
    ["tinygrad.core"] = {
      incdirs = { "csrc" },
      libraries = { "m" },
      sources = {
        "csrc/binding/batches.c",
        "csrc/binding/compat.c",
        "csrc/binding/core.c",
        "csrc/binding/custom.c",
        "csrc/binding/derive.c",
        "csrc/binding/factors.c",
        "csrc/binding/inspect.c",
        "csrc/binding/layouts.c",
        "csrc/binding/modes.c",
        "csrc/binding/operators.c",
        "csrc/binding/poll.c",
        "csrc/binding/programs.c",
        "csrc/binding/saved.c",
        "csrc/binding/tensor.c",
        "csrc/binding/value.c",
        "csrc/engine/batch.c",
        "csrc/engine/block.c",
        "csrc/engine/eval.c",
        "csrc/engine/inline.c",
        "csrc/engine/ir.c",
        "csrc/engine/layout.c",
        "csrc/engine/node.c",
        "csrc/engine/numeric.c",
        "csrc/engine/ops_eval.c",
        "csrc/engine/ops_info.c",
        "csrc/engine/qr.c",
        "csrc/engine/save.c",
        "csrc/engine/text.c",
        "csrc/engine/workers.c",
      },
    },
  },
}
