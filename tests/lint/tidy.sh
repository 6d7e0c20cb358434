#!/usr/bin/env bash
# tidy.sh - clang-tidy finds nothing in core and bindings. Usage: tidy.sh TOOLS BUILD
#
# A file that passed is not looked at again before it, a header or the rules change: what passed is
# kept as stamps in the cache. One file a process: with several, clang-tidy 18 sees an earlier file's
# va_list as uninitialized.
set -euo pipefail
tools=$1
build=$2
stamps=${CHANDRA_CACHE:-$HOME/.cache/chandra}/tidy
mkdir -p "$stamps"
[ -e "$build/build.ninja" ] || cmake -S . -B "$build" -G Ninja --preset asan >/dev/null

common=$(git ls-files --cached --others --exclude-standard -- '*.h' .clang-tidy | xargs cat | sha256sum)
export tools build stamps common
# shellcheck disable=SC2016 # expanded by the inner shell
git ls-files --cached --others --exclude-standard -- 'core/*.c' 'bindings/*.c' |
  xargs -P "$(nproc)" -n 1 bash -c '
    stamp=$stamps/$( (echo "$common"; cat "$1") | sha256sum | cut -c 1-40)
    [ -e "$stamp" ] || { "$tools/clang-tidy" -p "$build" --quiet "$1" 2>/dev/null && touch "$stamp"; }' tidy
find "$stamps" -type f -mtime +30 -delete
