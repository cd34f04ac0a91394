"""How much memory a run takes, measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.peers import save_graph
from benchmarks.row import ROOT, Line, Row, Setting
from benchmarks.timing import seconds_text
from benchmarks.worlds import CASCADE_SEEDS, SMALLEST_LEVEL, cascade_study
from referralsim.experiment.plan import plan

MIB = 2**20
GIB = 2**30
BYTES_A_PERSON = 64
BYTES_A_TIE = 6
MOST_BYTES = 12 * GIB


def _probe(world: str, n_people: int, graph: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.memory_probe", world, str(n_people), graph]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def measure(setting: Setting) -> Row:
    """Measure the peak of a run above the bare interpreter, and compare it with the goal's formula."""
    n_people = setting.pick(20_000, 1_000_000)
    setting.say(f"memory: {n_people:,} people, level {SMALLEST_LEVEL}")
    with tempfile.TemporaryDirectory() as folder:
        file = save_graph(plan(cascade_study(n_people)).graph, Path(folder))
        found = _probe("cascade", n_people, str(file))
    allowed = BYTES_A_PERSON * found["people"] + BYTES_A_TIE * found["ties"]
    line = Line(
        against=f"{BYTES_A_PERSON} bytes a person and {BYTES_A_TIE} a directed tie",
        ours=f"{found['peak'] / MIB:.0f} MiB",
        theirs=f"{allowed / MIB:.0f} MiB",
        value=found["peak"] / allowed,
        shown=f"{found['peak'] / allowed:.2f} of what is allowed",
        goal="≤ 1 of it, level `summary`",
        met=setting.judged(found["peak"] <= allowed) if SMALLEST_LEVEL == "summary" else None,
        note=f"graph and people alone {found['inputs'] / MIB:.0f} MiB; the bare interpreter with all imports "
        f"and the loaded engine {found['bare'] / MIB:.0f} MiB (not counted)",
    )
    work = (
        f"one run of the cascade ({CASCADE_SEEDS} seeds): {int(found['people']):,} people, "
        f"{int(found['ties']):,} directed ties, record level `{SMALLEST_LEVEL}`; highest resident memory "
        "from reading the graph to the end"
    )
    return Row("memory", work, [line], dict[str, Any](found))


def measure_ten_million(setting: Setting) -> Row:
    """Play a year of dropbox at low activity among ten million people; only in a full run."""
    n_people = setting.pick(10_000, 100_000, 10_000_000)
    setting.say(
        f"a year of dropbox at low activity, {n_people:,} people; the graph is made inside the measurement"
    )
    found = _probe("dropbox", n_people, "-")
    peak = found["peak"] + found["bare"]
    line = Line(
        against="12 GiB, everything included",
        ours=f"{peak / GIB:.2f} GiB",
        theirs="12 GiB",
        value=peak / MOST_BYTES,
        shown=f"{peak / MOST_BYTES:.2f} of what is allowed",
        goal="≤ 12 GiB at 10,000,000 people",
        met=peak <= MOST_BYTES if n_people >= 10_000_000 else None,
        note=f"graph and people {seconds_text(found['seconds_to_build'])}, run "
        f"{seconds_text(found['seconds_to_run'])}, with progress; {int(found['ties']):,} directed ties",
    )
    work = (
        f"a year of `dropbox` with a use every fifty days among {n_people:,} people, Erdős-Rényi graph with "
        f"mean degree 10, record level `{SMALLEST_LEVEL}`, one core: graph made, people drawn, run played"
    )
    return Row("ten_million", work, [line], dict[str, Any](found))
