#!/usr/bin/env bash
# tools.sh - put clang-format, clang-tidy and lizard at their pinned versions into the cache and print
# the folder they are in. Debian 12's own are older than the style needs.
set -euo pipefail
folder=${CHANDRA_CACHE:-$HOME/.cache/chandra}/lint-1
if [ ! -e "$folder/complete" ]; then
  rm -rf "$folder"
  mkdir -p "$(dirname "$folder")"
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install -q --disable-pip-version-check \
    clang-format==18.1.8 clang-tidy==18.1.8 lizard==1.17.10 >&2
  touch "$folder/complete"
fi
echo "$folder/bin"
