#!/bin/sh
# get.sh: sees to the hosts that run.sh wants. Those that the system lacks are
# unpacked, with what they depend on, into build/hosts: nothing is installed or
# started, and root is not needed. (nginx's Lua module cannot be installed
# beside the LuaJIT that the specs use.) What cannot be had is run.sh's matter.
set -eu
cd "$(dirname "$0")/../.."
hosts=$PWD/build/hosts

download() {
  apt-get -qq -y --no-install-recommends --download-only \
    -o Debug::NoLocking=1 -o Dir::Cache::archives="$1" install "$2" \
    > "$1/log" 2>&1 < /dev/null
}

# unpack PACKAGE FILE: unless the system has its file.
unpack() {
  test -e "/usr/$2" && return
  test -e "$hosts/$1/unpacked" && return
  echo "Unpacking $1 into build/hosts"
  debs=$hosts/$1/debs
  mkdir -p "$debs/partial"
  download "$debs" "$1" || {
    apt-get -qq update > "$debs/log" 2>&1 || true # if it may
    download "$debs" "$1"
  } || { cat "$debs/log" >&2; return; }
  for deb in "$debs"/*.deb; do dpkg-deb -x "$deb" "$hosts/$1"; done
  rm -r "$debs"
  touch "$hosts/$1/unpacked"
}

command -v apt-get > /dev/null || { echo 'No apt-get to get hosts by'; exit; }
unpack neovim bin/nvim
unpack libnginx-mod-http-lua lib/nginx/modules/ngx_http_lua_module.so
unpack haproxy sbin/haproxy
unpack nmap bin/nmap
