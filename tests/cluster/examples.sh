#!/usr/bin/env bash
# examples.sh - print the folder with the example manifests of the release's DRA test driver; fetches its sources once.
set -euo pipefail
cd "$(dirname "$0")"
go=$(./go.sh)
cd servers
"$go" mod download k8s.io/kubernetes >&2
echo "$("$go" list -m -f '{{.Dir}}' k8s.io/kubernetes)/test/e2e/dra/test-driver/deploy/example"
