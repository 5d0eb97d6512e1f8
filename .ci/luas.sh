# Luas, processors, compilers, operating systems, on all of which the specs pass.
# .ci/run sources this file; each function is a step, or helps one.

# Debian 12 has no Lua 5.5. Where unstable's source cannot be had, this fails.
set_up() {
  .ci/setup gate
  command -v lua5.5 || .ci/lua 5.5 build/luas/5.5 gcc -O2
}

build_all() {
  for lua in $luas; do make -j2 LUA="$lua"; done
}

# The collectors of 5.2 and 5.3 take minutes for the largest graphs. Debian's
# busted is not for 5.5, but its assertions run there (spec/support/runner.lua).
specs_smaller() {
  test "$1" != lua5.5 || export LUA_PATH="$(lua5.4 -e 'print(package.path)')"
  local scale=0.1
  case $1 in lua5.[23]) scale=0.02 ;; esac
  TINYGRAD_SPEC_SCALE=$scale make LUA="$1" specs
}

# Luas with float numbers: their own spec, and those that ask for no digits.
# A build for the same Lua with doubles says what it is.
narrow() {
  local lua="$work/narrow-$1/bin/lua" build="$work/narrow-$1/build" specs
  .ci/lua "$1" "$work/narrow-$1" gcc -O0 -DLUA_32BITS=1
  export LUA_PATH="$(lua5.4 -e 'print(package.path)')" TINYGRAD_SPEC_SCALE=0.02
  specs=$(specs_named narrow load errors graph interrupt kinks memory tree)
  make -s LUA="$lua" BUILD="$build" SPEC="$specs" specs
}

# Builds Lua 5.4 and a core with another compiler, and runs specs there.
# elsewhere NAME RUN SPECS COMPILER FLAG...; RUN is put before what is run.
elsewhere() {
  local at="$work/$1" run=$2 specs core=core.so library=""
  specs=$(specs_named $3)
  shift 3
  .ci/lua 5.4 "$at" "$@" -O0
  test ! -e "$at/bin/lua.exe" || core=core.dll library="$at/bin/lua54.dll"
  printf '#!/bin/sh\nexec %s %s/bin/lua%s "$@"\n' "$run" "$at" \
    "${library:+.exe}" > "$at/lua"
  chmod +x "$at/lua"
  LUA_PATH="./?.lua;$(lua5.4 -e 'print(package.path)')" \
    TINYGRAD_SPEC_SCALE=0.01 make -s CC="$*" LUA="$at/lua" \
    LUA_INCDIR="$at/include" ENGINE="$at/engine" BUILD="$at/build" \
    CORE="$at/build/tinygrad/$core" LDLIBS="$library" SPEC="$specs" specs
}

everywhere='value operators operations kinks batch saved tensor memory interrupt
  transform file gradcheck fit nn'

# With SSE, FLT_EVAL_METHOD is 0 and all is promised; in the x87's registers
# results get other last digits, and equal bits are not promised.
i386() {
  local headers
  headers=/usr/include/$(gcc -print-multiarch) # Debian's serve both
  elsewhere i386 '' "$everywhere compile errors" gcc -m32 -msse2 \
    -mfpmath=sse -idirafter "$headers"
  elsewhere x87 '' 'value errors kinks memory interrupt gradcheck nn' gcc \
    -m32 -idirafter "$headers"
}

arm() {
  elsewhere arm 'qemu-aarch64 -L /usr/aarch64-linux-gnu' \
    'value operations batch saved tensor compile errors' aarch64-linux-gnu-gcc
}

# Windows, in wine. The DLLs show what is declared in the headers.
windows() (
  ulimit -S -v unlimited # wine maps much
  export WINEPREFIX="$work/wine" WINEDEBUG=-all
  trap 'wineserver -k || true' EXIT # it outlives what it served
  elsewhere windows wine "$everywhere" x86_64-w64-mingw32-gcc -DTG_BUILD_DLL
  x86_64-w64-mingw32-objdump -p "$work"/windows/build/tinygrad/*.dll |
    sed -n 's/^\t\[ *[0-9]*\] \([a-z].*\)/\1/p' | sort > "$work/shown"
  declared | diff - "$work/shown"
)

# Flags of others: promises of equal bits must hold under them. Without
# -std=c99 gcc contracts to fused multiply-add where it may.
fused() {
  copy_to "$work/fused-$1"
  TINYGRAD_SPEC_SCALE=0.05 \
    make CC="$1" C_STANDARD= CFLAGS='-O2 -mfma' specs
}

# The vector kernels' accuracy, and that compilers, flags and instruction sets
# (those that this machine has) give the same bits.
lanes() {
  local flags
  for flags in -O0 -O2 -O3 '-O3 -mavx2 -mfma' '-O3 -mavx512f -mavx512dq'; do
    case $flags in
    *512*) grep -q avx512dq /proc/cpuinfo || { echo "no $flags"; continue; } ;;
    *avx2*) grep -q avx2 /proc/cpuinfo || { echo "no $flags"; continue; } ;;
    esac
    for cc in gcc clang; do
      echo "$cc $flags"
      $cc -std=c99 $flags -Icsrc -o "$work/lanes" spec/lanes/accuracy.c -lm
      "$work/lanes" hash > "$work/lanes.hash"
      test -e "$work/lanes.first" || cp "$work/lanes.hash" "$work/lanes.first"
      diff "$work/lanes.first" "$work/lanes.hash"
    done
  done
  "$work/lanes" 3000000
}

# Batches on an old processor, with none of the vectors that are chosen at run
# time, and on a 64-bit ARM: the same bits as here.
platforms() {
  local flags='-static -std=c99 -O2 -pthread -Icsrc' c=spec/platforms/batches.c
  local saved='spec/fuzz/corpus/load/*'
  gcc $flags -o "$work/here" $c $(sources_of engine) -lm
  aarch64-linux-gnu-gcc $flags -o "$work/there" $c $(sources_of engine) -lm
  "$work/here" $saved > "$work/bits"
  qemu-x86_64 -cpu qemu64 "$work/here" $saved | diff "$work/bits" -
  qemu-aarch64 "$work/there" $saved | diff "$work/bits" -
  TINYGRAD_SPEC_SCALE=0.1 make LUA="$(command -v lua5.4)" \
    SPEC=spec/programs/batch_spec.lua RUN='qemu-x86_64 -cpu qemu64' specs
}
