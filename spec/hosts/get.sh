#!/bin/sh
# get.sh: gets the hosts that run.sh needs. It unpacks those that the system
# lacks, with what they depend on, into build/hosts: it installs and starts
# nothing, and needs no root. (nginx's Lua module cannot be installed beside the
# LuaJIT that the specs use.) run.sh reports the hosts that are missing.
set -eu
cd "$(dirname "$0")/../.."
hosts=$PWD/build/hosts

# download FOLDER PACKAGE: downloads what the package needs.
download() {
  apt-get -qq -y --no-install-recommends --download-only \
    -o Debug::NoLocking=1 -o Dir::Cache::archives="$1" install "$2" \
    > "$1/log" 2>&1 < /dev/null
}

# unpack PACKAGE FILE: unpacks it, unless /usr/FILE exists.
unpack() {
  test -e "/usr/$2" && return
  test -e "$hosts/$1/unpacked" && return
  echo "Unpacking $1 into build/hosts"
  debs=$hosts/$1/debs
  mkdir -p "$debs/partial"
  download "$debs" "$1" || {
    apt-get -qq update > "$debs/log" 2>&1 || true # which needs root
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
