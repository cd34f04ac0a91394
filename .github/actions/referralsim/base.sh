#!/usr/bin/env bash
# Play the scenario as it is on the base branch, in a work tree of its own, into $RS_OUT/base.
# A base that cannot be played (the scenario is new, or broken there) is said and is no failure.
set -euo pipefail
if [ "$RS_BASE" = none ]; then
  exit 0
fi
commit=""
for name in "$RS_BASE" "origin/$RS_BASE"; do
  commit=$(git rev-parse --verify --quiet "$name^{commit}" || true)
  [ -z "$commit" ] || break
done
if [ -z "$commit" ] && git fetch --quiet --depth=1 origin "$RS_BASE"; then
  commit=$(git rev-parse FETCH_HEAD)
fi
if [ -z "$commit" ]; then
  echo "There is no base $RS_BASE: nothing to compare with." | tee "$RS_OUT/base.txt"
  exit 0
fi
mkdir -p "$RS_OUT"
out=$(cd "$RS_OUT" && pwd)
tree=$(mktemp -d)
trap 'git worktree remove --force "$tree" 2> /dev/null || true; rm -rf "$tree"' EXIT
git worktree add --quiet --detach "$tree" "$commit"
if [ ! -f "$tree/$RS_SCENARIO" ]; then
  echo "The scenario is new: $RS_BASE does not have it." | tee "$out/base.txt"
  exit 0
fi
read -ra words <<< "${RS_ARGUMENTS:-}"
code=0
(cd "$tree" && referralsim compare "$RS_SCENARIO" ${words[@]+"${words[@]}"} --quiet --out "$out/base") || code=$?
case "$code" in
  0 | 4 | 99) ;;
  *) echo "The base $RS_BASE cannot be played (exit code $code)." | tee "$out/base.txt" ;;
esac
