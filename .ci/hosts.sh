# Steps of the gate about hosts: the libraries, the one file, builds that lack a
# part, exported C. .ci/run sources this file; each function is a step, or helps
# one.

hosts() {
  for lua in $luas; do
    make -s LUA="$lua" host > "$work/host"
    diff "$work/host" - << END
out      = 0.505495
d out/da = -0.545695
d out/db = -0.538130
minimum  = 0.021075
x[1]     = 22.172899
x[2]     = 67.879038
x[3]     = 0.134814
cost     = 185.247000
minimum  = 0.021075
x[1]     = 22.172899
x[2]     = 67.879038
x[3]     = 0.134814
out[0]   = 3.939927
out[1]   = 18.939927
out[2]   = 1.650966
END
  done
}

# The one file compiles everywhere, exports only what the headers declare, and
# passes the specs as a module that needs none of tinygrad's other files.
amalgamation() {
  local lua cc c=build/amalgamation/tinygrad.c
  make -s amalgamation
  test "$(ls build/amalgamation | wc -l)" = 3
  for lua in $luas; do
    for cc in 'gcc -std=c99 -pedantic' 'clang -std=c99 -pedantic' \
      'g++ -x c++' 'clang++ -x c++'; do
      echo "$cc, $lua"
      $cc -Wall -Wextra -Wshadow -Werror -fsyntax-only $(include "$lua") $c
    done
  done
  gcc -std=c99 -Wall -Werror -DTG_NO_LUA -fsyntax-only $c
  gcc -std=c99 -O1 -fPIC -shared $(include lua5.4) -o "$work/tinygrad.so" $c -lm
  nm -D --defined-only "$work/tinygrad.so" | none -vE ' (tg|luaopen)_'
  LUA_PATH='' LUA_CPATH="$work/?.so" lua5.4 -e \
    'assert(require("tinygrad").help("fit"):find("absolute_sigma", 1, true))'
  export LUA_PATH="./?.lua;;" LUA_CPATH="$work/?.so;;"
  TINYGRAD_SPEC_SCALE=0.02 lua5.4 -e 'require "tinygrad"' spec/run.lua \
    --exclude-pattern=examples --exclude-pattern=readme \
    --exclude-pattern=guide \
    --exclude-pattern=documentation --exclude-pattern=custom \
    --exclude-pattern=manual --exclude-pattern=load_spec \
    --exclude-pattern=generated
}

# All of tinygrad works in states with every set of Lua's libraries.
sandboxes() {
  local lua
  for lua in $luas; do
    make -s LUA="$lua" sandboxes
  done
  for lua in build/*/libtinygrad*.a; do
    nm -g --defined-only "$lua" | sed '/^$/d; /:$/d' |
      none -vE ' (tg|luaopen)_'
  done
}

# Builds that lack a part work, and say what they lack, with the Lua modules in
# files and in the library.
parts() {
  local all part
  all="TG_NO_PROGRAM TG_NO_TENSOR TG_NO_DERIVE TG_NO_EMIT TG_NO_SAVE"
  copy_to "$work/parts"
  without TG_NO_BATCH TG_NO_FIT
  without TG_NO_EMIT
  without TG_NO_SAVE
  without TG_NO_FIT
  without TG_NO_FILES
  without TG_NO_TENSOR TG_NO_BATCH TG_NO_FIT
  without TG_NO_PROGRAM TG_NO_EMIT TG_NO_SAVE TG_NO_BATCH TG_NO_FIT
  without TG_NO_DERIVE TG_NO_FIT
  without TG_EAGER $all TG_NO_BATCH TG_NO_FIT TG_NO_DRAW
  make -s CPPFLAGS=-DTG_EAGER CFLAGS=-Os size | tee sizes
  awk '/all objects/ && $1 < 64000 { small = 1 } END { exit !small }' sizes
}

# without MACRO OTHERS...: checks a build with MACRO, which implies OTHERS.
without() {
  local make="make -s CFLAGS=-O0" archive=build/lua5.4/libtinygrad-lua5.4.a
  echo "$1"
  $make CPPFLAGS="-D$1 -DTG_NO_DISPATCH" all library
  mkdir -p whole
  gcc -shared -o whole/tinygrad.so \
    -Wl,--whole-archive $archive -Wl,--no-whole-archive -lm
  LUA_PATH='lua/?.lua;lua/?/init.lua' LUA_CPATH='build/lua5.4/?.so' \
    lua5.4 spec/embed/parts.lua "$@"
  LUA_PATH='' LUA_CPATH='whole/?.so' lua5.4 spec/embed/parts.lua "$@"
}

# A Lua compiled as C++ throws its errors as exceptions. They pass through
# tinygrad compiled as C and as C++.
cxx_lua() {
  local lib flags
  lib="$(gcc -print-file-name=liblua5.4-c++.a) -lstdc++"
  copy_to "$work/cxx_lua"
  for flags in 'CC=gcc CFLAGS=-O1\ -fexceptions' \
    'CC=g++ C_STANDARD=-std=c++11 WARNINGS=-Wall CFLAGS=-O1'; do
    eval make -s "$flags" "LUA_LIB='$lib'" host sandboxes
    TINYGRAD_SPEC_SCALE=0.005 eval make -s "$flags" "LUA_LIB='$lib'" faults
  done
}

# The CMake snippet of examples/guide/embedding.md builds a project of its own.
cmake_snippet() {
  make -s amalgamation
  mkdir "$work/cmake"
  cp -r build/amalgamation "$work/cmake/tinygrad"
  cp examples/embed/onefile.c "$work/cmake/host.c"
  sed -n '/^```cmake$/,/^```$/{/^```/d;p}' examples/guide/embedding.md \
    > "$work/cmake/CMakeLists.txt"
  cmake -S "$work/cmake" -B "$work/cmake/build"
  cmake --build "$work/cmake/build"
  "$work/cmake/build/host" examples/embed/sandboxed.lua
}

# tinygrad runs in the hosts that .ci/setup has found or unpacked.
real_hosts() { spec/hosts/run.sh; }

# The library for hosts without Lua is built where there is no Lua.
engine() {
  copy_to "$work/engine"
  make -s LUA=none LUA_INCDIR=/none engine
  nm -u build/engine/libtinygrad.a | none -E ' lua'
}

# Exported C passes its spec with two compilers, also as C++.
emitted() {
  TINYGRAD_SPEC_COMPILERS='gcc clang g++ clang++' TINYGRAD_SPEC_SCALE=0.2 \
    make specs SPEC=spec/programs/emit_spec.lua
}
