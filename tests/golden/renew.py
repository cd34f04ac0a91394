"""Renew the golden digests: ``python tests/golden/renew.py``, after a change of the model that is meant.

One digest of the full log for each scenario and design, at replication 0, played by the compiled engine
at the size and horizon that the file says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from worlds import plan_of, play, shipped  # noqa: E402

from referralsim.eventlog.store import log_digest  # noqa: E402

FILE = Path(__file__).with_name("digests.json")
COMMAND = "python tests/golden/renew.py"


def digests(path: Path) -> dict[str, str]:
    """Return the digest of each design of a scenario."""
    designs = plan_of(path, "fast").study.designs
    return {design: log_digest(play(path, design, "fast").log) for design in designs}


def main() -> None:
    found = {path.stem: digests(path) for path in shipped()}
    before = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    FILE.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    for name in sorted(found.keys() | before.keys()):
        if found.get(name) != before.get(name):
            print(f"{name}: {'renewed' if name in found else 'removed'}")


if __name__ == "__main__":
    main()
