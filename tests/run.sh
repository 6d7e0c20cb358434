#!/usr/bin/env bash
# run.sh - install what is missing, then build and run every test, from fast to slow.
#
# Usage: tests/run.sh [SUITE...]     suites: lint unit busted sanitize threads fuzz install go cluster
# Builds lie in $CHANDRA_BUILD (default: build/ in the tree); downloads are cached in $CHANDRA_CACHE
# (default: ~/.cache/chandra). The last line is "N passed, N failed" over all suites.
set -uo pipefail
cd "$(dirname "$0")/.."

export CHANDRA_CACHE=${CHANDRA_CACHE:-$HOME/.cache/chandra}
build=${CHANDRA_BUILD:-$PWD/build}
jobs=$(nproc)
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(lint unit busted sanitize threads fuzz install go cluster)
passed=0
failed=0

note() { printf '%s\n' "$*" >&2; }

# check NAME COMMAND...: run one check, showing what it says only if it fails.
check() {
  local name=$1 log
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    note "ok     $name"
  else
    failed=$((failed + 1))
    note "FAILED $name"
    tail -n 60 "$log" >&2
  fi
  rm -f "$log"
}

# count PASSED FAILED: add what a test runner counted itself.
count() {
  passed=$((passed + $1))
  failed=$((failed + $2))
}

configure_and_build() { # PRESET OPTION...
  local preset=$1 log
  shift
  log=$(mktemp)
  if cmake -S . -B "$build/$preset" -G Ninja --preset "$preset" "$@" >"$log" 2>&1 &&
    cmake --build "$build/$preset" -j "$jobs" >>"$log" 2>&1; then
    rm -f "$log"
    return 0
  fi
  failed=$((failed + 1))
  note "FAILED build of $preset"
  grep -E 'error|warning|FAILED|Error' -A 5 "$log" | tail -n 80 >&2
  rm -f "$log"
  return 1
}

# run_ctest PRESET [CTEST OPTION...]
run_ctest() {
  local preset=$1 log ok bad
  shift
  log=$(mktemp)
  ctest --test-dir "$build/$preset" -j "$jobs" --output-on-failure --timeout 600 "$@" >"$log" 2>&1
  ok=$(grep -cE '^ *[0-9]+/[0-9]+ Test .* Passed ' "$log")
  bad=$(grep -cE '^ *[0-9]+/[0-9]+ Test .*\*\*\*' "$log")
  [ $((ok + bad)) -gt 0 ] || bad=1
  [ "$bad" -eq 0 ] || grep -vE ' Passed ' "$log" | tail -n 200 >&2
  count "$ok" "$bad"
  note "$([ "$bad" -eq 0 ] && echo 'ok    ' || echo FAILED) ctest in $preset: $ok passed, $bad failed"
  rm -f "$log"
}

suite_lint() {
  local tools
  check "lint: layers" lua5.4 tests/lint/layers.lua
  check "lint: banned calls" lua5.4 tests/lint/calls.lua
  check "lint: documentation" lua5.4 tests/lint/docs.lua
  check "lint: pitfalls" lua5.4 tests/lint/pitfalls.lua
  check "lint: lines per file" tests/lint/size.sh
  check "lint: luacheck" luacheck -q policies bindings tests
  if tools=$(tests/lint/tools.sh); then
    check "lint: clang-format" tests/lint/format.sh "$tools"
    check "lint: function size" tests/lint/functions.sh "$tools"
    check "lint: clang-tidy" tests/lint/tidy.sh "$tools" "$build/asan"
  else
    failed=$((failed + 1))
    note "FAILED lint: the tools cannot be installed"
  fi
}

suite_unit() {
  configure_and_build release && run_ctest release -E '^cli$' # the busted suite runs these
}

suite_busted() {
  local log ok bad
  configure_and_build release || return
  log=$(mktemp)
  CHANDRA_BIN="$build/release/bindings/cli/chandra" CHANDRA_LUA_DIR="$build/release/bindings/lua" \
    busted --output=plainTerminal >"$log" 2>&1
  ok=$(grep -oE '^[0-9]+ success' "$log" | grep -oE '[0-9]+' | tail -n 1)
  bad=$(sed -nE 's/^.* \/ ([0-9]+) failures? \/ ([0-9]+) errors?.*$/\1 \2/p' "$log" | tail -n 1 | awk '{print $1 + $2}')
  [ -n "$ok" ] && [ "$ok" -gt 0 ] || bad=$((${bad:-0} + 1))
  [ "${bad:-1}" -eq 0 ] || tail -n 150 "$log" >&2
  count "${ok:-0}" "${bad:-1}"
  note "$([ "${bad:-1}" -eq 0 ] && echo 'ok    ' || echo FAILED) busted: ${ok:-0} passed, ${bad:-1} failed"
  rm -f "$log"
}

suite_sanitize() {
  export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
  configure_and_build asan && run_ctest asan
}

suite_threads() {
  configure_and_build tsan && run_ctest tsan -R 'thread|pool|client|reflector|conformance|kube|lua_watch'
}

# Each fuzz target starts from its corpus and runs for a short time.
suite_fuzz() {
  local target name more
  configure_and_build fuzz || return
  for target in "$build"/fuzz/tests/fuzz/*_fuzz; do
    name=$(basename "$target" _fuzz)
    more=()
    [ "$name" = policy ] && more=(policies)
    check "fuzz: $name" tests/fuzz/smoke.sh "$target" "tests/fuzz/corpus/$name" "${more[@]}"
  done
}

suite_install() {
  check "install: static library" tests/install/run.sh "$build/install-static" OFF
  check "install: shared library" tests/install/run.sh "$build/install-shared" ON
}

# The Go package, with the archives of the release build.
suite_go() {
  local go log ok bad
  configure_and_build release || return
  go=$(tests/cluster/go.sh) || { failed=$((failed + 1)); note "FAILED go: there is no Go"; return; }
  local -x PKG_CONFIG_PATH=$build/release CGO_ENABLED=1 GOTOOLCHAIN=local GOWORK=off
  check "go: stamp of the archives" bindings/go/stamp.sh
  check "go: gofmt" tests/lint/gofmt.sh "$go"
  check "go: vet" "$go" -C bindings/go vet ./...
  log=$(mktemp)
  "$go" -C bindings/go test -race -v ./... >"$log" 2>&1
  ok=$(grep -c '^--- PASS' "$log")
  bad=$(grep -cE '^(--- FAIL|FAIL.*build failed|panic:|WARNING: DATA RACE)' "$log")
  grep -q '^ok' "$log" || [ "$bad" -gt 0 ] || bad=1
  [ "$bad" -eq 0 ] || grep -vE '^(=== RUN|--- PASS)' "$log" | tail -n 100 >&2
  count "$ok" "$bad"
  note "$([ "$bad" -eq 0 ] && echo 'ok    ' || echo FAILED) go: $ok passed, $bad failed"
  rm -f "$log"
}

# Scenarios on real servers, which are built once into the cache.
suite_cluster() {
  local log ok bad
  configure_and_build release || return
  check "cluster: what the README says" tests/cluster/readme.sh "$build/release/bindings/cli/chandra"
  log=$(mktemp)
  python3 -B tests/cluster/run.py --chandra "$build/release/bindings/cli/chandra" 2>&1 | tee "$log" >&2
  read -r ok bad < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log")
  count "${ok:-0}" "${bad:-1}"
  note "$([ "${bad:-1}" -eq 0 ] && echo 'ok    ' || echo FAILED) cluster: ${ok:-0} passed, ${bad:-1} failed"
  rm -f "$log"
}

tests/install_dependencies.sh test || { echo "0 passed, 1 failed"; exit 1; }
for suite in "${suites[@]}"; do
  if declare -F "suite_$suite" >/dev/null; then
    note "== $suite"
    "suite_$suite"
  else
    note "unknown suite: $suite"
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
