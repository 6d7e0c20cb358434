#!/usr/bin/env bash
# functions.sh - no function is longer than 80 lines, has more than 6 parameters or a cyclomatic
# complexity above 15. Usage: functions.sh TOOLS
set -euo pipefail
"$1/lizard" -l c -L 80 -C 15 -a 6 -w core bindings
