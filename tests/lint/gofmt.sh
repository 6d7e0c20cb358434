#!/usr/bin/env bash
# gofmt.sh - every Go file is as gofmt leaves it. Usage: gofmt.sh GO
set -euo pipefail
unformatted=$(git ls-files --cached --others --exclude-standard -z -- '*.go' | xargs -0 "$(dirname "$1")/gofmt" -l)
[ -z "$unformatted" ] || { echo "gofmt -w $unformatted" >&2; exit 1; }
