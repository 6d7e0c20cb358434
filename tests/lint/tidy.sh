#!/usr/bin/env bash
# tidy.sh - clang-tidy finds nothing in core and bindings. Usage: tidy.sh TOOLS BUILD
set -euo pipefail
tools=$1
build=$2
[ -e "$build/build.ninja" ] || cmake -S . -B "$build" -G Ninja --preset asan >/dev/null
git ls-files --cached --others --exclude-standard -- 'core/*.c' 'bindings/*.c' |
  xargs -P "$(nproc)" -n 1 "$tools/clang-tidy" -p "$build" --quiet
