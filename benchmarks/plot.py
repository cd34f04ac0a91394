"""The log-log plot, drawn by matplotlib in the interpreter of the peers (EoN brings it along)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.page import PLOT, Result
from benchmarks.row import ROOT


def draw(folder: Path, results: dict[str, Result], python: str, say: Callable[[str], None]) -> bool:
    """Draw cost an event against size; return whether there is a plot, old or new."""
    file = folder / PLOT
    if "scaling" not in results:
        return file.exists()
    command = [python, "-m", "benchmarks.peer_plot", str(file.resolve())]
    data = json.dumps(results["scaling"].row.raw)
    done = subprocess.run(command, cwd=ROOT, input=data, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        say(f"no plot: {reason[0]}")
    return file.exists()
