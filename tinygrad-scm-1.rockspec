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
    ["tinygrad.compile"] = "lua/tinygrad/compile.lua",
    ["tinygrad.custom"] = "lua/tinygrad/custom.lua",
    ["tinygrad.gradcheck"] = "lua/tinygrad/gradcheck.lua",
    ["tinygrad.graph"] = "lua/tinygrad/graph.lua",
    ["tinygrad.guard"] = "lua/tinygrad/guard.lua",
    ["tinygrad.lbfgs"] = "lua/tinygrad/lbfgs.lua",
    ["tinygrad.linesearch"] = "lua/tinygrad/linesearch.lua",
    ["tinygrad.math"] = "lua/tinygrad/math.lua",
    ["tinygrad.minimize"] = "lua/tinygrad/minimize.lua",
    ["tinygrad.modes"] = "lua/tinygrad/modes.lua",
    ["tinygrad.newton"] = "lua/tinygrad/newton.lua",
    ["tinygrad.objective"] = "lua/tinygrad/objective.lua",
    ["tinygrad.tensor"] = "lua/tinygrad/tensor.lua",
    ["tinygrad.transform"] = "lua/tinygrad/transform.lua",
    ["tinygrad.tree"] = "lua/tinygrad/tree.lua",
    ["tinygrad.trust"] = "lua/tinygrad/trust.lua",
    ["tinygrad.core"] = {
      incdirs = { "csrc" },
      libraries = { "m" },
      sources = {
        "csrc/binding/compat.c",
        "csrc/binding/core.c",
        "csrc/binding/custom.c",
        "csrc/binding/derive.c",
        "csrc/binding/layouts.c",
        "csrc/binding/modes.c",
        "csrc/binding/operators.c",
        "csrc/binding/poll.c",
        "csrc/binding/programs.c",
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
        "csrc/engine/workers.c",
      },
    },
  },
}
