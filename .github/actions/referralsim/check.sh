#!/usr/bin/env bash
# Name every fault of the scenario with its line and column; exit code 3 if there is one.
set -euo pipefail
referralsim check "$RS_SCENARIO"
