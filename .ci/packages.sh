# Steps of the gate about what users get: rocks, what `make install` installs,
# examples and figures. .ci/run sources this file; each function is a step, or
# helps one.

# A clone installs as a rock into an empty tree, and specs pass on what was
# installed: on Lua 5.1 one spec, on 5.4 all but those of the examples, which
# need a build beside them.
rock() {
  copy_to "$work/rock-$1"
  tar --transform 's,^\.,tinygrad,' -czf "$work/rock-$1.tar.gz" .
  luarocks --lua-version="$1" make --tree "$work/tree-$1" \
    tinygrad-scm-1.rockspec
  released "$1"
  installed "$1" "$work/tree-$1"
  rm -rf build lua/tinygrad.* tinygrad
  local specs=spec/project/documentation_spec.lua
  test "$1" = 5.1 || specs=--exclude-pattern=examples
  TINYGRAD_SPEC_SCALE=0.05 "lua$1" spec/run.lua $specs
}

# Points Lua 5.x at a tree of rocks.
installed() {
  export LUA_PATH="$2/share/lua/$1/?.lua;$2/share/lua/$1/?/init.lua;;"
  export LUA_CPATH="$2/lib/lua/$1/?.so;;"
}

# A release works as CONTRIBUTING.md says, from a server on this machine: its
# source rock is built into an empty tree, and its binary rock is unpacked into
# another without a compiler.
released() (
  local port=3905${1#5.} served="$work/served-$1" rocks tree
  local url=http://127.0.0.1:$port
  rocks="luarocks --lua-version=$1"
  mkdir -p "$served/binary"
  cp "$work/rock-$1.tar.gz" "$served/tinygrad.tar.gz"
  busybox httpd -f -p "127.0.0.1:$port" -h "$served" &
  trap "kill $!" EXIT
  local version
  version=$(sed -n 's/^#define TG_VERSION "\(.*\)"/\1/p' csrc/tinygrad.h)
  cd "$served"
  $rocks new_version "$work/rock-$1/tinygrad-scm-1.rockspec" "$version" \
    "$url/tinygrad.tar.gz"
  $rocks pack "tinygrad-$version-1.rockspec"
  luarocks-admin --lua-version="$1" make_manifest .
  $rocks install --only-server="$url" --tree "$work/source-$1" tinygrad \
    "$version" CFLAGS='-O1 -fPIC -DTG_NO_DISPATCH'
  cd binary
  $rocks pack --tree "$work/source-$1" tinygrad
  luarocks-admin --lua-version="$1" make_manifest .
  $rocks install --only-server="$url/binary" --tree "$work/binary-$1" \
    tinygrad "$version" CC=none
  for tree in source binary; do
    installed "$1" "$work/$tree-$1"
    (cd / && "lua$1" "$OLDPWD/../../rock-$1/spec/smoke.lua")
  done
)

# What `make install` installs runs the examples, and links into hosts by
# pkg-config; `make uninstall` leaves no file.
install() {
  make DESTDIR="$work/dest" PREFIX=/usr install
  local share="$work/dest/usr/share/lua/5.4"
  cp -r examples "$work/elsewhere"
  (
    cd "$work/elsewhere"
    export LUA_PATH="$share/?.lua;$share/?/init.lua"
    export LUA_CPATH="$work/dest/usr/lib/lua/5.4/?.so"
    for example in *.lua tutorial/[0-9]*.lua; do lua5.4 "$example"; done
  )
  (
    export PKG_CONFIG_SYSROOT_DIR="$work/dest"
    export PKG_CONFIG_PATH="$work/dest/usr/lib/pkgconfig"
    unset PKG_CONFIG_SYSTEM_LIBRARY_PATH
    flags() {
      PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 \
        pkg-config --cflags --libs "$1"
    }
    gcc -o "$work/onefile" examples/embed/onefile.c $(flags tinygrad-lua5.4) \
      $(include lua5.4) -llua5.4
    "$work/onefile" examples/embed/sandboxed.lua
    gcc -o "$work/saved" examples/embed/saved.c examples/embed/lbfgs.c \
      $(flags tinygrad)
  )
  make -s PREFIX="$work/own" install
  gcc -o "$work/onefile" examples/embed/onefile.c \
    $(PKG_CONFIG_PATH="$work/own/lib/pkgconfig" pkg-config --cflags --libs \
      tinygrad-lua5.4)
  "$work/onefile" examples/embed/sandboxed.lua
  make DESTDIR="$work/dest" PREFIX=/usr uninstall
  test -z "$(find "$work/dest" -type f)"
}

# The example of digits prints what it must. Its data are in python3-sklearn,
# which is unpacked without the large packages that it depends on.
digits() {
  (cd "$work" && apt-get -qq download python3-sklearn &&
    dpkg -x python3-sklearn_*.deb sk)
  local data=$work/sk/usr/lib/python3/dist-packages/sklearn/datasets/data
  for lua in $luas; do
    echo "$lua"
    "$lua" examples/digits.lua "$data/digits.csv.gz" |
      diff spec/examples/digits.txt -
  done
}

# The timed paths stay within their bounds.
bench() {
  make bench ARGS='--check --largest=1e5' \
    BENCH='run programs batch minimize fit train'
}

# The contestants of the bench agree on all gradients.
gradients() { make bench ARGS=--quick; }
