#!/usr/bin/env bash
# crossing.sh - the same questions to the engine from C and from Go, in turns. Usage: crossing.sh [BUILD]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${1:-build/release}")
export PKG_CONFIG_PATH=$build
go=$(tests/cluster/go.sh)
program=$(mktemp)
trap 'rm -f "$program"' EXIT
bindings/go/stamp.sh
"$go" -C bindings/go test -c -o "$program" .
for _ in 1 2 3; do
  "$build/tests/bench/bench_crossing"
  "$program" -test.run '^$' -test.bench . | grep ns/op
done
