#!/usr/bin/env bash
# go.sh - print the path of a Go command that is new enough for the servers: the one on the PATH, else one
# that is fetched once as a module, by whatever older Go there is (Debian 12 has 1.19), into the cache.
set -euo pipefail
oldest=1.22
wanted=1.26.8
folder=${CHANDRA_CACHE:-$HOME/.cache/chandra}/go-$wanted

is_new_enough() {
  local version
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  printf '%s\n' "$oldest" "${version#go}" | sort -CV
}

# A module's archive keeps neither the mode of a file nor a go.mod inside it: restore both.
fetch() {
  local go=$1 module version source temporary
  module=golang.org/toolchain
  version=v0.0.1-go$wanted.linux-$("$go" env GOARCH)
  source=$(cd / && "$go" mod download -json "$module@$version" | sed -nE 's/^\t"Dir": "(.*)",?$/\1/p')
  [ -d "$source" ] || { echo "cannot fetch $module@$version" >&2; return 1; }
  temporary=$(mktemp -d "$folder.XXXXXX")
  cp -r --no-preserve=mode "$source/." "$temporary"
  find "$temporary" -name _go.mod -execdir mv _go.mod go.mod \;
  find "$temporary/bin" "$temporary/pkg/tool" -type f -exec chmod +x {} +
  mv -T "$temporary" "$folder"
}

for go in "$(command -v go || true)" "$folder/bin/go"; do
  if [ -x "$go" ] && is_new_enough "$go"; then
    echo "$go"
    exit 0
  fi
done
command -v go >/dev/null || { echo "there is no Go: install Debian's golang-go" >&2; exit 1; }
mkdir -p "$(dirname "$folder")"
echo "fetching Go $wanted" >&2
fetch "$(command -v go)"
echo "$folder/bin/go"
