# Steps of the gate that run specs on Luas, processors, compilers and operating
# systems. .ci/run sources this file; each function is a step, or helps one.

# Everything that the gate needs is installed. Debian 12 has no Lua 5.5: it is
# built from unstable's source, and the step fails if that cannot be fetched.
set_up() {
  .ci/setup gate
  command -v lua5.5 || .ci/lua 5.5 build/luas/5.5 gcc -O2
}

build_all() {
  for lua in $luas; do make -j2 LUA="$lua"; done
}

# All specs pass at smaller sizes: the collectors of Lua 5.2 and 5.3 take
# minutes for the largest graphs. Debian has no busted for Lua 5.5, where
# spec/support/runner.lua uses its assertions.
specs_smaller() {
  test "$1" != lua5.5 || export LUA_PATH="$(lua5.4 -e 'print(package.path)')"
  local scale=0.1
  case $1 in lua5.[23]) scale=0.02 ;; esac
  TINYGRAD_SPEC_SCALE=$scale make LUA="$1" specs
}

# A Lua with float numbers passes its own spec and those that compare no digits;
# a build for the same Lua with doubles is told from its own.
narrow() {
  local lua="$work/narrow-$1/bin/lua" build="$work/narrow-$1/build" specs
  .ci/lua "$1" "$work/narrow-$1" gcc -O0 -DLUA_32BITS=1
  export LUA_PATH="$(lua5.4 -e 'print(package.path)')" TINYGRAD_SPEC_SCALE=0.02
  specs=$(specs_named narrow load errors graph interrupt kinks memory tree)
  make -s LUA="$lua" BUILD="$build" SPEC="$specs" specs
}

# elsewhere NAME RUN SPECS COMPILER FLAG...: builds Lua 5.4 and a core with
# another compiler, and runs specs there. RUN precedes each command.
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

# With SSE, FLT_EVAL_METHOD is 0, and all promises hold. In the x87's registers
# results have other last digits, so that equal bits are not promised.
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

# Specs pass on Windows, in wine, and the DLLs export what the headers declare.
windows() (
  ulimit -S -v unlimited # wine maps much
  export WINEPREFIX="$work/wine" WINEDEBUG=-all
  trap 'wineserver -k || true' EXIT # the server outlives the programs
  elsewhere windows wine "$everywhere" x86_64-w64-mingw32-gcc -DTG_BUILD_DLL
  x86_64-w64-mingw32-objdump -p "$work"/windows/build/tinygrad/*.dll |
    sed -n 's/^\t\[ *[0-9]*\] \([a-z].*\)/\1/p' | sort > "$work/shown"
  declared | diff - "$work/shown"
)

# The promises of equal bits hold under flags that users may set. Without
# -std=c99, gcc contracts products and sums to fused multiply-adds if it may.
fused() {
  copy_to "$work/fused-$1"
  TINYGRAD_SPEC_SCALE=0.05 \
    make CC="$1" C_STANDARD= CFLAGS='-O2 -mfma' specs
}

# The vector kernels keep their bounds, and have the same bits with all
# compilers, flags and instruction sets that this machine has.
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

# Batches have the same bits as here on an old processor, which has none of the
# vector instructions that are chosen at run time, and on a 64-bit ARM.
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
