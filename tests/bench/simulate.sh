#!/usr/bin/env bash
# simulate.sh - how the time of `chandra simulate` grows with the number of pods: each pod brings a claim
# from a template, on 500 nodes; devices without limit, then 4 of them on each node.
#
# Usage: tests/bench/simulate.sh [PODS...]     default: 250 500 1000 2000; no more than that has room
# The command is $CHANDRA_BIN (default: build/release/bindings/cli/chandra). "ratio" is the processor time
# of a pod in relation to that in the first row of the same table: 1 when time grows linearly.
set -euo pipefail
cd "$(dirname "$0")/../.."

chandra=${CHANDRA_BIN:-build/release/bindings/cli/chandra}
nodes=500
rounds=3
sizes=("$@")
[ ${#sizes[@]} -gt 0 ] || sizes=(250 500 1000 2000)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

manifests() { # PODS
  cat <<'END'
apiVersion: resource.k8s.io/v1alpha2
kind: ResourceClass
metadata: {name: bench}
driverName: bench.example.com
---
apiVersion: resource.k8s.io/v1alpha2
kind: ResourceClaimTemplate
metadata: {name: bench}
spec: {spec: {resourceClassName: bench}}
END
  for i in $(seq -f %06g "$1"); do
    cat <<END
---
apiVersion: v1
kind: Pod
metadata: {name: pod-$i}
spec:
  containers: [{name: main, image: example.com/none, resources: {claims: [{name: device}]}}]
  resourceClaims: [{name: device, source: {resourceClaimTemplateName: bench}}]
END
  done
}

# Print wall clock and processor seconds of one run; fail unless every pod is placed.
run() { # FILE FLAG...
  local TIMEFORMAT='%R %U %S'
  { time "$chandra" simulate --nodes "$nodes" -o json "${@:2}" "$1" >"$folder/result.json" 2>&3; } 3>&2 2>&1 |
    awk '{print $1, $2 + $3}'
}

# The fastest of the rounds: others only add to it.
best() { # FILE FLAG...
  for _ in $(seq "$rounds"); do
    run "$@"
  done | sort -g -k 2 | head -n 1
}

table() { # TITLE FLAG...
  local first='' pods wall busy
  printf '\n%s\n%8s %10s %10s %10s %7s\n' "$1" pods 'wall s' 'cpu s' 'ms/pod' ratio
  for pods in "${sizes[@]}"; do
    best "$folder/$pods.yaml" "${@:2}" >"$folder/best"
    read -r wall busy <"$folder/best"
    first=${first:-$(awk "BEGIN {print $busy / $pods}")}
    awk -v pods="$pods" -v wall="$wall" -v busy="$busy" -v first="$first" 'BEGIN {
      printf "%8d %10.2f %10.2f %10.3f %7.2f\n", pods, wall, busy, 1000 * busy / pods, busy / pods / first}'
  done
}

for pods in "${sizes[@]}"; do
  manifests "$pods" >"$folder/$pods.yaml"
done
cat >"$folder/local.json" <<'END'
{"DriverName": "bench.example.com", "NodeLocal": true, "MaxAllocations": 4}
END
printf '%d nodes, best of %d rounds\n' "$nodes" "$rounds"
table "devices without limit, reachable from every node"
table "4 devices on each node, reachable from there only" --driver-config "$folder/local.json"
