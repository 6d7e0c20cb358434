#!/usr/bin/env bash
# format.sh - every C file is as clang-format leaves it. Usage: format.sh TOOLS
set -euo pipefail
git ls-files --cached --others --exclude-standard -- '*.c' '*.h' | xargs "$1/clang-format" --dry-run -Werror
