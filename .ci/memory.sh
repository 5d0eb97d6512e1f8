# What looks on while the specs run: sanitizers, valgrind, allocators that
# refuse, counters; and what throws nonsense at it, or much.
# .ci/run sources this file; each function is a step, or helps one.

sanitizers() {
  ulimit -S -v unlimited # AddressSanitizer maps terabytes
  copy_to "$work/sanitizers"
  local flags="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
  export ASAN_OPTIONS=detect_leaks=0:hard_rss_limit_mb=8000
  export TINYGRAD_SPEC_SCALE=0.05
  make CFLAGS="$flags" specs RUN="env LD_PRELOAD='$(
    gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)'"
  make CFLAGS="$flags" faults
}

# Without the specs of exported C, which runs outside, and those that ask for
# exact bits or for the processor's state. The processor that valgrind shows has
# no fused multiply-add, so that libm takes other paths; its comparison "equal
# or unordered" (vcmpeq_uspd) is wrong for NaN; and it neither traps nor reports
# another rounding.
memcheck() {
  local specs
  specs=$(specs_but 'emit|lanes|plot|examples|reference' \
    'environment|extremes')
  TINYGRAD_SPEC_SCALE=${1:-0.001} make specs SPEC="$specs" \
    RUN='valgrind -q --error-exitcode=99 --child-silent-after-fork=yes'
}

# LuaJIT crashes by itself where memory ends in a fast function of its strings
# (lj_fff_newstr), as it now and then does in the examples of the documentation.
faults() {
  export TINYGRAD_SPEC_SCALE=0.02
  for lua in lua5.4 lua5.1; do make -s LUA=$lua faults; done
  make -s LUA=luajit faults \
    FAULTS='load.lua compile.lua api.lua data.lua fits.lua training.lua'
}

# suite LUA MODES: by default the usual collector of 5.4; `full` has the others.
suite() {
  local specs
  specs=$(specs_but 'examples|lanes|load|emit|rockspec|generated|documentation' \
    'interrupt|plot|tutorial|page|readme|guide')
  TINYGRAD_SPEC_SCALE=0.01 make -s suite SPEC="$specs" \
    LUA="${1:-lua5.4}" SUITE_MODES="${2:-plain}"
}

# The specs reach all lines of C and Lua that do not say why they cannot be; a
# few only if threads, hooks and the order of tables have it so, and the progress
# of a training only where there is a terminal. `make coverage` lists them.
coverage() {
  local most=3
  script -qec true /dev/null > "$work/script" 2>&1 || most=40
  TINYGRAD_SPEC_SCALE=0.02 make COVERAGE_MISSED=$most coverage
}

# As it is, where it counts requests for memory, and with ThreadSanitizer.
threads() {
  for lua in $luas; do make LUA="$lua" threads; done
  ulimit -S -v unlimited # which maps terabytes
  copy_to "$work/threads"
  make CFLAGS='-O1 -g -fsanitize=thread -DTG_NO_DISPATCH' threads
}

fuzz() {
  ulimit -S -v unlimited # AddressSanitizer maps terabytes
  make -s FUZZ_SECONDS=20 fuzz
}

# Backward and compilation by counts; some of the soak.
scale() {
  make -s linear
  LUA_PATH="lua/?.lua;lua/?/init.lua" LUA_CPATH="build/lua5.4/?.so" \
    lua5.4 spec/scale/soak.lua 20
}
