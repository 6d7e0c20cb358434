#!/usr/bin/env bash
# readme.sh - type what README.md says under "On a real cluster", with a command that is built already.
# Usage: readme.sh CHANDRA
set -euo pipefail
chandra=$(realpath "$1")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'tests/cluster/down.sh "$work/build/cluster" >/dev/null; rm -rf "$work"' EXIT

# The build folder of the README is elsewhere here, and nothing is installed.
mkdir -p "$work/build/quickstart/bindings/cli"
ln -s "$chandra" "$work/build/quickstart/bindings/cli/chandra"
export CHANDRA_BUILD=$work/build
{
  echo 'set -em'
  sed -n '/^## On a real cluster$/,/^## /p' README.md | sed -n '/^```sh$/,/^```$/p' | grep -v '^```' |
    sed -e "s|\$PWD/build|$work/build|" -e '/install_dependencies/d'
} >"$work/script"
[ "$(grep -c . "$work/script")" -gt 5 ] || { echo "README.md has no section on real clusters" >&2; exit 1; }
bash "$work/script" | tee "$work/output"
[ "$(grep -cE '^worker-.* node-[13] ' "$work/output")" -eq 4 ]
