#!/usr/bin/env bash
# install_dependencies.sh - install the Debian packages that are missing; needs root or sudo only then.
# Usage: install_dependencies.sh build|test
set -euo pipefail

build=(gcc cmake ninja-build pkg-config libc6-dev liblua5.4-dev libcjson-dev libyaml-dev zlib1g-dev
       libssl-dev libcurl4-openssl-dev libmicrohttpd-dev libedit-dev uthash-dev)
test=(lua5.4 lua-busted lua-check libcmocka-dev clang libclang-rt-14-dev python3-venv binutils scdoc man-db
      ca-certificates etcd-server openssl python3 python3-jsonschema)

packages=("${build[@]}")
if [ "${1:-build}" = test ]; then
  packages+=("${test[@]}")
  command -v go >/dev/null || packages+=(golang-go)
  command -v kubectl >/dev/null || packages+=(kubernetes-client)
fi

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "install these as root: ${missing[*]}" >&2; exit 1; }
  sudo=(sudo)
fi
echo "installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
# etcd-server would start a service; the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap '"${sudo[@]}" rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" install -m 755 /dev/stdin "$policy"
fi
"${sudo[@]}" apt-get update -qq >&2
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
