#!/usr/bin/env bash
# size.sh - no source file is longer than 800 lines.
set -euo pipefail
git ls-files --cached --others --exclude-standard -- '*.c' '*.go' '*.h' '*.lua' '*.sh' | xargs wc -l |
  awk '$2 != "total" && $1 > 800 {print $2 ": " $1 " lines"; bad = 1} END {exit bad}'
