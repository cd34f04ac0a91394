#!/usr/bin/env bash
# End with the exit code of the comparison: 99 if a threshold is missed, 4 if some runs failed.
set -euo pipefail
exit "$(cat "$RS_OUT/code.txt")"
