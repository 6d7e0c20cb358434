#!/usr/bin/env bash
# quickstart.sh - install what is missing, build the chandra command, and run it on an embedded cluster.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${CHANDRA_BUILD:-$PWD/build}/quickstart
tests/install_dependencies.sh build
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCHANDRA_TESTS=OFF >/dev/null
cmake --build "$build" >/dev/null
chandra=$build/bindings/cli/chandra

show() {
  printf '\n$ chandra'
  printf ' %s' "$@"
  printf '\n'
  "$chandra" "$@"
}

show version
