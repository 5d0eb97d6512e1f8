# Steps that take too long for every change. `bash .ci/run full` adds them to
# the gate, and each runs alone by its name. It also adds `make mutants` (all of
# them), `make scale` (at full size, with half an hour of soak) and steps of the
# gate with other arguments.
# .ci/run sources this file; each function is a step, or helps one.

# Generated files equal what generating them anew gives. (Without Python's torch
# the optimisers' reference stays as it is, and a line says so.)
generated() {
  local here=$PWD
  copy_to "$work/generated"
  make generated
  git -C "$here" ls-files | while read -r file; do cmp "$here/$file" "$file"; done
}

# Each fuzzer runs for a quarter of an hour, with another seed each time.
long_fuzz() {
  ulimit -S -v unlimited # AddressSanitizer maps terabytes
  local seed=$((RANDOM + 1))
  echo "seed $seed"
  make -s FUZZ_SECONDS=900 FUZZ_SEED="$seed" fuzz
}

# All specs pass at full size on a Lua other than 5.4, for which the step `test`
# runs them.
whole_specs() {
  test "$1" != lua5.5 || export LUA_PATH="$(lua5.4 -e 'print(package.path)')"
  make LUA="$1" specs
}

# Exported C passes its spec at full size.
whole_emitted() {
  TINYGRAD_SPEC_COMPILERS='gcc clang g++ clang++' \
    make specs SPEC=spec/programs/emit_spec.lua
}

# All specs pass with every collector, guard bytes and small limits
# (suite_host.c).
whole_suite() { suite "$1" 'plain stop generational emergency'; }
