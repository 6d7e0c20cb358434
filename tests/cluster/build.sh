#!/usr/bin/env bash
# build.sh - print the folder with kube-apiserver, kube-controller-manager, kube-scheduler and test-driver of the
# Kubernetes release that the tests run, after building them there if they are missing (some minutes, once).
set -euo pipefail
cd "$(dirname "$0")"
release=v1.30.1
folder=${CHANDRA_CACHE:-$HOME/.cache/chandra}/kubernetes-$release
programs=(kube-apiserver kube-controller-manager kube-scheduler test-driver)

is_complete() {
  local program
  for program in "${programs[@]}"; do [ -x "$folder/$program" ] || return 1; done
}

# Clients read the server's version, so the programs are linked with the one they are.
link_flags() {
  local package minor=${release#v1.}
  printf -- '-s -w'
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    printf -- ' -X %s.%s' "$package" "gitVersion=$release" "$package" gitMajor=1 "$package" "gitMinor=${minor%.*}"
  done
}

build() {
  local go temporary
  go=$(./go.sh)
  mkdir -p "$(dirname "$folder")"
  temporary=$(mktemp -d "$folder.XXXXXX")
  echo "building ${programs[*]} $release" >&2
  (cd servers && GOFLAGS=-mod=readonly GOTOOLCHAIN=local "$go" build -buildvcs=false -ldflags "$(link_flags)" \
    -o "$temporary/" k8s.io/kubernetes/cmd/kube-{apiserver,controller-manager,scheduler} \
    k8s.io/kubernetes/test/e2e/dra/test-driver)
  rm -rf "$folder"
  mv -T "$temporary" "$folder"
}

is_complete || build >&2
echo "$folder"
