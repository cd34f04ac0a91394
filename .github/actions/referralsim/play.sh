#!/usr/bin/env bash
# Play the scenario into $RS_OUT/head. A missed threshold (99) or failed runs (4) do not stop the job yet:
# the summary and the artefact come first, then hold.sh ends with the code that is kept here.
set -euo pipefail
mkdir -p "$RS_OUT"
read -ra words <<< "${RS_ARGUMENTS:-}"
code=0
referralsim compare "$RS_SCENARIO" ${words[@]+"${words[@]}"} --quiet --out "$RS_OUT/head" 2> "$RS_OUT/messages.txt" || code=$?
cat "$RS_OUT/messages.txt" >&2
echo "$code" > "$RS_OUT/code.txt"
echo "code=$code" >> "${GITHUB_OUTPUT:-/dev/null}"
case "$code" in
  0 | 4 | 99) referralsim badge "$RS_OUT/head" ;;
  *) exit "$code" ;;
esac
