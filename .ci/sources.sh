# Steps of the gate that only read sources and objects: warnings, headers,
# symbols, layout. .ci/run sources this file; each function is a step, or helps
# one.

# gcc and clang have no warning. gcc compiles here what the step build_all does
# not; clang checks everything, also as C++, as hosts compile it so. The engine
# is the same for every Lua. (clang warns before it optimises; the step `fused`
# has it compile everything.)
warnings() {
  local own='examples/embed/*.c' c
  # the two left out include files that other steps write
  for c in $(find examples spec -name '*.c' ! -name emitted.c \
    ! -name manual_host.c); do
    echo "$c"
    gcc -std=c99 -O2 $strict $(include lua5.4) -c -o "$work/o" "$c"
    check lua5.4 "clang -std=c99 $strict" "$c"
  done
  check_all lua5.4 $(sources_of engine) $own
  for lua in $luas; do check_all "$lua" $(sources_of binding); done
}

# check LUA COMPILER FILE...: compiles files for a Lua without output.
check() { $2 -fsyntax-only $(include "$1") "${@:3}"; }

# check_all LUA FILE...: checks files with clang, clang++ and g++.
check_all() {
  echo "$@"
  check "$1" "clang -std=c99 $strict" "${@:2}"
  check "$1" 'clang++ -x c++ -Wall -Wextra -Werror' "${@:2}"
  check "$1" 'g++ -x c++ -std=c++20 -Wall -Wextra -Werror' "${@:2}"
}

# Three analyzers find nothing. What they get wrong is excluded by .clang-tidy,
# by NOLINT comments, by spec/checks/noreturn.h (Lua's errors do not return),
# and here:
# - gcc takes operands of an item for uninitialised, though get_operands stores
#   as many as are read; warnings that are not the analyzer's belong to the step
#   `warnings`
# - cppcheck cannot expand the formulas of ops.def; it warns of log(0), which is
#   meant: -inf, the log of an empty sum; and it takes structs that another
#   function fills for uninitialised
analyzers() {
  local flags="-std=c99 -DTG_NO_DISPATCH -include spec/checks/noreturn.h" c
  flags="$flags $(include lua5.4)"
  for c in $(sources_of engine) $(sources_of binding); do
    echo "$c"
    clang-tidy --quiet "$c" -- $flags
    gcc $flags -O1 -fanalyzer -Wno-analyzer-use-of-uninitialized-value \
      -c -o "$work/analyzed.o" "$c" 2> "$work/analyzed"
    none -A 20 Wanalyzer "$work/analyzed"
  done
  cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability \
    --std=c99 -DTG_NO_DISPATCH -Icsrc -i csrc/engine/ops/ops_info.c \
    -i csrc/engine/ops/text.c \
    --suppress=invalidFunctionArg:csrc/engine/ops/ops.def \
    --suppress=ctuuninitvar --inline-suppr csrc
}

# Every header compiles by itself, as C and as C++. The engine and tinygrad.h
# compile without a path to lua.h.
headers() {
  for cc in 'gcc -x c -std=c99' 'g++ -x c++'; do
    for h in csrc/tinygrad.h $(find csrc/engine -name '*.h'); do
      printf '#include "%s"\nextern int unused;\n' "$h" |
        $cc $strict -fsyntax-only -I. -
    done
    for h in csrc/tinygrad_lua.h $(find csrc/binding -name '*.h'); do
      printf '#include <lua.h>\n#include "%s"\n' "$h" |
        $cc $strict -fsyntax-only -I. $(include lua5.4) -
    done
  done
  gcc -std=c99 -fsyntax-only -Icsrc $(sources_of engine)
}

# Prints the functions that the public headers declare, except luaopen_tinygrad,
# which only the whole library has.
declared() {
  sed -n 's/^TG_API .*[ *]\([a-z_0-9]*\) (.*/\1/p' csrc/*.h |
    grep -vx luaopen_tinygrad | sort
}

# The modules export what the headers declare, and the core is small enough. The
# objects have no mutable data and call neither malloc nor functions that print,
# exit or change the process.
symbols() {
  nm -D --defined-only build/lua5.4/tinygrad/*.so | awk 'NF == 3 { print $3 }' |
    sort > "$work/exported"
  declared | diff - "$work/exported"
  make -s size | awk '{ print } /core.so/ && $1 < 256000 { small = 1 }
    END { exit !small }'
  for lua in $luas; do
    for o in $(make -s LUA="$lua" print-OBJECTS); do
      echo "$o"
      size -A "$o" | awk '
        /^\.(data|bss|tdata|tbss)/ && !/^\.data\.rel\.ro/ && $2 > 0 {
          print "mutable data:", $0; bad = 1
        }
        END { exit bad }'
      nm -u "$o" | none -wE 'abort|_?exit|setlocale|signal|std(out|err)'
      nm -u "$o" | none -wE '(__)?v?f?printf(_chk)?|puts|putchar'
      nm -u "$o" | none -wE 'malloc|calloc|realloc|free'
    done
  done
}

# The root has no other files than these, and only the Makefile has tabs.
layout() {
  git ls-files | cut -d / -f 1 | sort -u | none -vxE \
    'csrc|lua|examples|spec|Makefile|README\.md|LICENSE|.*\.rockspec|\..*'
  none -rnIP '\t' --exclude=Makefile --exclude-dir=.git --exclude-dir=build .
}

# The gate has changed no file of the repository.
unchanged() {
  diff "$work/status" <(git status --porcelain)
}
