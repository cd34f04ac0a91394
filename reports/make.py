"""Make the example reports again, or check that they are what the code makes of them today.

    python reports/make.py            write them
    python reports/make.py --check    exit 1 and name those that differ

Only the Markdown form is kept here: the HTML form of the same report carries 5 MB of drawing code.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from referralsim import build_report, load_study, plan, run_experiment
from referralsim.files import write_or_check

ROOT = Path(__file__).parent.parent
EXAMPLES = ("brand_strength", "dropbox", "happy_moment", "loops")


def report_of(name: str) -> str:
    """Return the report of a shipped scenario."""
    command = f"referralsim compare scenarios/{name}.yaml"
    experiment = run_experiment(plan(load_study(ROOT / "scenarios" / f"{name}.yaml")), command=command)
    with tempfile.TemporaryDirectory() as folder:
        build_report(experiment, Path(folder))
        return (Path(folder) / "report.md").read_text(encoding="utf-8")


def main() -> int:
    """Write or check."""
    made = ((ROOT / "reports" / f"{name}.md", report_of(name)) for name in EXAMPLES)
    return write_or_check(made, ROOT, "reports/make.py", "--check" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
