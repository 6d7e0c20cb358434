#!/usr/bin/env bash
# smoke.sh - run a fuzz target for a short time from a copy of its corpus, so that the tree stays clean.
# Usage: smoke.sh TARGET CORPUS...     $CHANDRA_FUZZ_SECONDS: default 10
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/new"
target=$1
shift
"$target" -max_total_time="${CHANDRA_FUZZ_SECONDS:-10}" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
  -artifact_prefix="$work/" "$work/new" "$@" || {
  for file in "$work"/crash-* "$work"/timeout-* "$work"/leak-* "$work"/oom-*; do
    [ -e "$file" ] && { echo "$file:"; base64 "$file"; }
  done
  exit 1
}
