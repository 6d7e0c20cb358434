#!/usr/bin/env bash
# cluster.sh - measure chandra schedule beside kube-scheduler and the least any scheduler can do, on one real cluster.
# Usage: cluster.sh [OPTION...]     see cluster.sh --help; needs a release build of the command, named by $CHANDRA_BIN
set -euo pipefail
here=$(dirname "$0")
export CHANDRA_BIN=${CHANDRA_BIN:-$here/../../build/release/bindings/cli/chandra}
exec python3 -B "$here/cluster/compare.py" "$@"
