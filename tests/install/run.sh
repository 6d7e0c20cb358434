#!/usr/bin/env bash
# run.sh - install chandra somewhere, build the embedder against it in both ways, and run it.
# Usage: run.sh BUILD SHARED(ON|OFF)
set -euo pipefail
build=$1
shared=$2
prefix=$build/prefix
cluster=examples/embed/cluster.yaml
want='demo/trainer runs on node-2'

cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS="$shared" \
  -DCHANDRA_TESTS=OFF -DCHANDRA_WERROR=ON
cmake --build "$build" -j "$(nproc)"
rm -rf "$prefix"
cmake --install "$build" --prefix "$prefix"

echo "== find_package"
cmake -S examples/embed -B "$build/consumer" -G Ninja -DCMAKE_PREFIX_PATH="$prefix"
cmake --build "$build/consumer"
"$build/consumer/embed" <"$cluster" | grep -F "$want"

echo "== pkg-config"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name chandra.pc)")
export PKG_CONFIG_PATH
libraries=$(dirname "$PKG_CONFIG_PATH")
# shellcheck disable=SC2046 # flags are words
gcc -o "$build/embed" examples/embed/embed.c $(pkg-config --cflags --libs chandra-lua chandra)
LD_LIBRARY_PATH=$libraries "$build/embed" <"$cluster" | grep -F "$want"

echo "== installed command"
LD_LIBRARY_PATH=$libraries "$prefix/bin/chandra" version

if [ "$shared" = ON ]; then
  echo "== symbols"
  if nm -D --defined-only "$libraries/libchandra.so" "$libraries/libchandra_lua.so" |
    awk 'NF == 3 && $2 ~ /[TDBR]/ && $3 !~ /^chandra_/' | grep .; then
    echo "the libraries export more than chandra_*" >&2
    exit 1
  fi
fi
