#!/bin/sh
# Counts machine instructions. Unlike times they are the same on every run, so
# that they show a change of a few per cent. Needs valgrind.
#
#   spec/bench/callgrind.sh            prints a table of all kernels below
#   spec/bench/callgrind.sh NAME ...   prints a table of these kernels
#   PROFILE=1 spec/bench/callgrind.sh NAME    prints also the functions
#   spec/bench/callgrind.sh --check    fails if one of five hot paths has grown
#                                      by more than 5 % over instructions.txt
#   spec/bench/callgrind.sh --update   writes instructions.txt anew
#
# Other compilers, Luas, libraries and processors have other counts: the first
# line of instructions.txt says whose they are, and on others --check says that
# it cannot compare.
#
# A kernel runs with two different counts of repetitions, and the difference is
# what the repetitions take.
# LUA chooses the interpreter (lua5.4), whose tinygrad must have been built.
set -eu

LUA=${LUA:-lua5.4}
bench=$(dirname "$0")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# count KERNEL REPETITIONS: prints the instructions of a whole run.
count () {
  case $1 in
    call | batch | compile) script=paths ;;
    *) script=run ;;
  esac
  valgrind --tool=callgrind --callgrind-out-file="$scratch/$1.$2" \
    "$LUA" "$bench/$script.lua" --repeat="$2" "$1" 2>"$scratch/log" ||
    { cat "$scratch/log" >&2; exit 1; }
  sed -n 's/.*Collected : //p' "$scratch/log"
}

# measure KERNEL FEW MANY UNITS: prints the instructions of one repetition,
# divided by UNITS.
measure () {
  few=$(count "$1" "$2")
  many=$(count "$1" "$3")
  printf '%-16s %10d\n' "$1" $(((many - few) / (($3 - $2) * $4)))
  if [ -n "${PROFILE:-}" ]; then
    callgrind_annotate --auto=no --threshold=95 "$scratch/$1.$3" \
      2>"$scratch/log" | sed -n '/file:function/,$p'
  fi
}

# kernel NAME: measures a kernel with enough repetitions for several cycles of
# the collector. What it prints is for a node, or for a step or call of complex,
# gradient, perceptron, call, batch and compile.
kernel () {
  case $1 in
    backward) measure "$1" 20 60 1000 ;;
    chain) measure "$1" 20000 60000 1 ;;
    complex | gradient) measure "$1" 10000 30000 1 ;;
    perceptron | perceptron_dot) measure "$1" 2 5 1 ;;
    call | batch) measure "$1" 20 60 1 ;;
    compile) measure "$1" 5 15 1 ;;
    *) measure "$1" 40000 120000 1 ;;
  esac
}

guarded='complex backward call batch compile'
baseline=$bench/instructions.txt

# Prints on what counts depend: compiler, Lua, libraries and processor.
whose () {
  vectors=$(grep -o -m 1 -w avx2 /proc/cpuinfo || echo none)
  echo "$(${CC:-cc} --version | head -n 1); $("$LUA" -v 2>&1 | cut -c -9);" \
    "$(getconf GNU_LIBC_VERSION); $(valgrind --version); $(uname -m) $vectors"
}

all_guarded () {
  whose
  for name in $guarded; do kernel "$name"; done
}

if [ "${1:-}" = --update ]; then
  all_guarded | tee "$scratch/new"
  mv "$scratch/new" "$baseline"
  exit
elif [ "${1:-}" = --check ]; then
  if [ "$(whose)" != "$(head -n 1 "$baseline")" ]; then
    printf 'not compared: counts here are of\n  %s\nnot of\n  %s\n' \
      "$(whose)" "$(head -n 1 "$baseline")"
    exit
  fi
  all_guarded | tail -n +2 | awk -v baseline="$baseline" '
    BEGIN { while ((getline line < baseline) > 0) {
      split(line, words); before[words[1]] = words[2]
    } }
    {
      growth = 100 * ($2 / before[$1] - 1)
      printf "%-10s %12d %+6.1f %%\n", $1, $2, growth
      if (!(growth <= 5)) { print $1 " has grown"; bad = 1 }
    }
    END { exit NR != 5 || bad }'
  exit
fi

test $# -gt 0 || set -- unary tanh binary number chain backward complex \
  gradient perceptron perceptron_dot
printf '%-16s %10s\n' kernel instructions
for name; do
  kernel "$name"
done
