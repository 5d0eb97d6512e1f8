# What is too long for every change: `bash .ci/run full` adds these to the gate,
# and each runs alone by its name. Beside these functions there are `make
# mutants` (all of them), `make scale` (at full size, with half an hour of soak)
# and steps of the gate with other arguments.
# .ci/run sources this file; each function is a step, or helps one.

# Files that are made from others are what making them anew gives. (Where
# Python's torch is missing, its reference is not among them, and is named.)
generated() {
  local here=$PWD
  copy_to "$work/generated"
  make generated
  git -C "$here" ls-files | while read -r file; do cmp "$here/$file" "$file"; done
}

# A quarter of an hour for each fuzzer, with another seed each time.
long_fuzz() {
  ulimit -S -v unlimited # AddressSanitizer maps terabytes
  local seed=$((RANDOM + 1))
  echo "seed $seed"
  make -s FUZZ_SECONDS=900 FUZZ_SEED="$seed" fuzz
}

# All specs at full size on the other Luas. (`test` is that of 5.4.)
whole_specs() {
  test "$1" != lua5.5 || export LUA_PATH="$(lua5.4 -e 'print(package.path)')"
  make LUA="$1" specs
}

whole_emitted() {
  TINYGRAD_SPEC_COMPILERS='gcc clang g++ clang++' \
    make specs SPEC=spec/programs/emit_spec.lua
}

# With every collector, guard bytes and small limits: see suite_host.c.
whole_suite() { suite "$1" 'plain stop generational emergency'; }
