#!/bin/sh
# Counts machine instructions: unlike times the same on every run, so they show
# whether a change of a few per cent is one. Needs valgrind.
#
#   spec/bench/callgrind.sh            a table for all paths below
#   spec/bench/callgrind.sh NAME ...   for these kernels
#   PROFILE=1 spec/bench/callgrind.sh NAME    and which functions they are in
#
# A kernel runs twice with different counts; the difference is the kernel's.
# LUA chooses the interpreter (lua5.4), whose tinygrad must have been built.
set -eu

LUA=${LUA:-lua5.4}
bench=$(dirname "$0")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# count KERNEL REPETITIONS: instructions of a whole run
count () {
  valgrind --tool=callgrind --callgrind-out-file="$scratch/$1.$2" \
    "$LUA" "$bench/run.lua" --repeat="$2" "$1" 2>"$scratch/log" ||
    { cat "$scratch/log" >&2; exit 1; }
  sed -n 's/.*Collected : //p' "$scratch/log"
}

# measure KERNEL FEW MANY UNITS: the difference, by repetition and unit
measure () {
  few=$(count "$1" "$2")
  many=$(count "$1" "$3")
  printf '%-16s %10d\n' "$1" $(((many - few) / (($3 - $2) * $4)))
  if [ -n "${PROFILE:-}" ]; then
    callgrind_annotate --auto=no --threshold=95 "$scratch/$1.$3" \
      2>"$scratch/log" | sed -n '/file:function/,$p'
  fi
}

# Counts large enough for several cycles of the collector; instructions by
# node, or by step for the last four.
kernel () {
  case $1 in
    backward) measure "$1" 20 60 1000 ;;
    chain) measure "$1" 20000 60000 1 ;;
    complex | gradient) measure "$1" 10000 30000 1 ;;
    perceptron | perceptron_dot) measure "$1" 2 5 1 ;;
    *) measure "$1" 40000 120000 1 ;;
  esac
}

test $# -gt 0 || set -- unary tanh binary number chain backward complex \
  gradient perceptron perceptron_dot
printf '%-16s %10s\n' kernel instructions
for name; do
  kernel "$name"
done
