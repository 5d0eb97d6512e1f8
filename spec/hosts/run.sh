#!/usr/bin/env bash
# run.sh [HOST]: loads tinygrad in real hosts by the files of examples/hosts,
# and compares what the hosts answer. A host that is missing (get.sh gets them)
# is a failure, except nmap, which is skipped with a message. Servers listen on
# free ports of the loopback interface, and are stopped at the end.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
work=$(mktemp -d)
server=
stop() {
  test -z "$server" || { kill "$server" && wait "$server" || true; } 2> /dev/null
  server=
}
trap 'stop; rm -rf "$work"' EXIT

EXPECTED='value -0.235703, d/da -0.181310, d/db -0.538130
level 4.9808 V, time 2.0731 s, converged
after 20 steps: 107058'

# prepare PROGRAM LUA VERSION: builds for the Lua that the host brings. Sets
# $program to the host's path, and $unpacked to the folder where get.sh unpacked
# it, if it did.
prepare() {
  local name=$1 lua=$2 version=$3
  unpacked=
  export LUA_PATH="$root/lua/?.lua;$root/lua/?/init.lua;;"
  export LUA_CPATH="$root/build/$lua/?.so;;"
  unset "LUA_PATH_$version" "LUA_CPATH_$version" LD_LIBRARY_PATH
  make -s LUA="$lua"
  program=$(ls "$root"/build/hosts/*/usr/*bin/"$name" 2> /dev/null) || {
    program=$(PATH=$PATH:/usr/sbin command -v "$name")
    return
  }
  unpacked=${program%/usr/*}
  LD_LIBRARY_PATH=$(find "$unpacked" -name '*.so*' -printf '%h\n' | sort -u |
    paste -sd :)
  export LD_LIBRARY_PATH
}

# compare HOST: compares standard input with what is expected.
compare() {
  diff <(echo "$EXPECTED") - > "$work/diff" && { echo "$1: ok"; return; }
  echo "$1 answers otherwise:"
  cat "$work/diff" "$work/log"
  return 1
} >&2

# --- Servers ---------------------------------------------------------------

# Prints a port on which nothing listens.
free_port() {
  local port
  while port=$((20000 + RANDOM)); do
    (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null || { echo $port; return; }
  done
}

# serve COMMAND...: starts a server on $port and waits for it.
serve() {
  "$@" > "$work/log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null && return
    kill -0 "$server" 2> /dev/null || break
    sleep 0.1
  done
  cat "$work/log" >&2
  return 1
}

# get PATH: prints the answer's status and body.
get() {
  exec 3<> "/dev/tcp/127.0.0.1/$port"
  printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&3
  tr -d '\r' <&3 | sed -n '1s/[^ ]* //p; 1,/^$/d; p'
  exec 3<&-
}

# Prints what a server answers to good requests. A status other than 200 shows.
ask() {
  local url
  for url in '/gradient?a=1.3&b=-0.7' /fit '/logistic?n=20'; do
    get "$url" | sed '1{/^200 OK$/d}'
  done
}

# configure FILE [SED]: copies a configuration, for a free port.
configure() {
  port=$(free_port)
  cp examples/hosts/*.lua "$work"
  sed "s/:8080/:$port/; s#/tmp/#$work/#; ${2:-}" "examples/hosts/$1" \
    > "$work/$1"
}

run_nginx() {
  prepare nginx luajit 5_1 || return 2
  if test -n "$unpacked"; then
    LUA_PATH="$LUA_PATH$unpacked/usr/share/lua/5.1/?.lua"
    configure nginx.conf "s#/usr/lib/nginx#$unpacked&#"
  else
    configure nginx.conf
  fi
  sed -i '/listen/r spec/hosts/modes.conf' "$work/nginx.conf"
  chmod 755 "$work" # its workers are nobody
  serve "$program" -p "$work" -c nginx.conf
  ask | compare nginx
  get /nothing | grep -q '^gradient, fit or logistic expected$'
  nginx_modes
  stop
}

# A mode of one request does not reach another: neither while the request waits,
# nor in its coroutine after it was ended.
nginx_modes() {
  local thread
  get /sleep > "$work/slept" &
  sleep 0.2
  get /mode | grep -q ' mul$'
  wait $!
  grep -q '^no gradient$' "$work/slept"
  thread=$(get /exit | tail -n 1)
  test "$(get /mode | tail -n 1)" = "$thread mul"
  echo 'nginx, modes: ok'
}

# HAProxy's Lua has at most 4 MB. A request that needs more gets an error, and
# requests after it are answered as before.
run_haproxy() {
  prepare haproxy lua5.3 5_3 || return 2
  configure haproxy.cfg
  serve "$program" -C "$work" -f haproxy.cfg
  ask | compare haproxy
  for _ in 1 2 3; do
    diff <(get '/logistic?n=1000000') - << END
503 Service Unavailable
not enough memory
END
  done
  ask | compare 'haproxy, after want of memory'
  stop
}

# --- Programs --------------------------------------------------------------

run_neovim() {
  prepare nvim luajit 5_1 || return 2
  test -z "$unpacked" || export VIMRUNTIME=$unpacked/usr/share/nvim/runtime
  "$program" --headless -i NONE -n -u examples/hosts/neovim.lua \
    -c 'Tinygrad gradient 1.3 -0.7' -c 'Tinygrad fit' \
    -c 'Tinygrad logistic 20' -c "w $work/text" -c 'qa!' \
    < /dev/null > "$work/log" 2>&1
  grep . "$work/text" | compare neovim # without its first, empty line
}

run_nmap() {
  prepare nmap lua5.3 5_3 || return 2
  test -z "$unpacked" || export NMAPDIR=$unpacked/usr/share/nmap
  local args
  for args in what=gradient,a=1.3,b=-0.7 what=fit what=logistic,n=20; do
    "$program" --script ./examples/hosts/nmap.nse --script-args "$args" \
      2> "$work/log" | sed -n 's/^|_nmap: //p'
  done | compare nmap
}

# --- All -------------------------------------------------------------------

if test $# = 1; then
  "run_$1"
  exit
fi
failed=0
for host in neovim nginx haproxy nmap; do # each in a shell that errors end
  status=0
  bash "$0" $host || status=$?
  if test $status = 2; then echo "$host: NOT FOUND, NOT CHECKED" >&2; fi
  case $host/$status in */0 | nmap/2) ;; *) failed=1 ;; esac
done
exit $failed
