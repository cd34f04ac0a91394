#!/usr/bin/env bash
# Write the summary of the job in Markdown: the verdict, what changed against the base, the report.
set -euo pipefail
most=900000 # bytes; a summary takes 1 MiB
{
  echo "## referralsim: $RS_SCENARIO"
  echo
  case "$(cat "$RS_OUT/code.txt")" in
    0) echo "**Fine.** All runs are there, and every threshold is held." ;;
    4) echo "**Some runs failed.**" ;;
    99) echo "**A threshold is missed.**" ;;
    *) echo "**Failed.**" ;;
  esac
  echo
  if [ -s "$RS_OUT/messages.txt" ]; then
    sed 's/^/    /' "$RS_OUT/messages.txt"
    echo
  fi
  if [ -f "$RS_OUT/base/run.lock.json" ]; then
    echo "### Against $RS_BASE"
    echo
    referralsim diff "$RS_OUT/base" "$RS_OUT/head" --markdown
    echo
  elif [ -f "$RS_OUT/base.txt" ]; then
    cat "$RS_OUT/base.txt"
    echo
  fi
  if [ -f "$RS_OUT/head/report.md" ]; then
    cat "$RS_OUT/head/report.md"
  fi
} > "$RS_OUT/summary.md"
head -c "$most" "$RS_OUT/summary.md" >> "${GITHUB_STEP_SUMMARY:-/dev/stdout}"
