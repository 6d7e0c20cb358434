#!/usr/bin/env bash
# down.sh - end the cluster that up.sh started in a folder, and remove the folder.
# Usage: down.sh [FOLDER]
set -euo pipefail
exec python3 -B "$(dirname "$0")/lib/people.py" down "$@"
