#!/bin/sh
# Checks that work is linear in its size. It counts the machine instructions of
# each piece of spec/scale/work.lua at a size and at four times that (by
# valgrind's callgrind: unlike times, counts are the same on every run), and
# fails if the ratio is not within TOLERANCE % of 4.
#
#   spec/scale/linear.sh [NAME ...]
#
# Each piece runs once and several times, and the difference is what the
# repetitions take: what is done before and after does not count (and differs,
# as Lua seeds its hash function by addresses). LUA chooses the interpreter.
set -eu

LUA=${LUA:-lua5.4}
TOLERANCE=3
size=6144 # tables that double are as full at four times the size
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# count NAME SIZE REPETITIONS: prints the instructions of a whole run.
count () {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null \
    "$LUA" "$(dirname "$0")/work.lua" "$@" > "$scratch/log" 2>&1 ||
    { cat "$scratch/log" >&2; exit 1; }
  sed -n 's/.*Collected : //p' "$scratch/log"
}

# measure NAME SIZE: prints the instructions of one repetition.
measure () {
  case $1 in
    backward) more=40 ;;
    *) more=2 ;;
  esac
  once=$(count "$1" "$2" 1)
  often=$(count "$1" "$2" $((1 + more)))
  echo $(((often - once) / more))
}

test $# -gt 0 || set -- backward compile gradient
bad=0
for name; do
  few=$(measure "$name" $size)
  many=$(measure "$name" $((4 * size)))
  awk -v name="$name" -v few="$few" -v many="$many" -v n=$size \
    -v tolerance=$TOLERANCE 'BEGIN {
      ratio = many / few
      printf "%-10s %8.1f instructions an operation, %8.1f at 4 times the size",
        name, few / n, many / (4 * n)
      printf " (%.3f x in all)\n", ratio
      exit ratio > 4 * (1 + tolerance / 100) || ratio < 4 * (1 - tolerance / 100)
    }' || { echo "$name is not linear"; bad=1; }
done
exit $bad
