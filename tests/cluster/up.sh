#!/usr/bin/env bash
# up.sh - start Kubernetes 1.30.1 with DRA in a folder, on free ports, and print the path of its kubeconfig.
# Usage: up.sh [--nodes N] [--driver-config FILE] [FOLDER]     default: build/cluster in the tree
# Nodes (in zones a, b and c) are objects without a kubelet (pods are bound, not run); devices come from the release's test driver.
set -euo pipefail
exec python3 -B "$(dirname "$0")/lib/people.py" up "$@"
