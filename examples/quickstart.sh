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

# Ordinary manifests, as kubectl apply would take them: claims by reference and from templates, several in
# one pod, one shared by two, and one that no node can serve (its pod waits, and says why).
clusters=examples/clusters
for file in claim-by-reference claim-from-template several-claims shared-claim; do
  show simulate "$clusters/$file.yaml"
done
show simulate "$clusters/no-suitable-node.yaml" || [ $? -eq 1 ]

# A cluster of nine nodes in three zones and two drivers, without and with a policy that drains a zone.
show simulate --driver-config "$clusters/drivers/zones.json" "$clusters/zones.yaml"
show simulate --policy examples/policies/drain_zone.lua \
  --driver-config "$clusters/drivers/zones.json" "$clusters/zones.yaml"
