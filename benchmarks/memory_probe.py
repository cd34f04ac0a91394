"""Plays one large run in a process of its own and says how much memory it took at most.

``python -m benchmarks.memory_probe WORLD SIZE GRAPH`` where GRAPH is a file that
:func:`benchmarks.peers.save_graph` wrote, or ``-`` to make the graph here, inside the measurement. Prints one
JSON object; progress goes to standard error.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.worlds import CASCADE, DROPBOX, SMALLEST_LEVEL, cascade_study, dropbox_study, plan_on, run
from referralsim.engine.fast import FastEngine, warm_up
from referralsim.experiment.plan import Plan, plan
from referralsim.population.graph import SocialGraph
from referralsim.scenario.resolve import Study

LOW_ACTIVITY = (
    "product.use.rate=0.02 per day",
    "population.graph={erdos_renyi: {mean_degree: 10}}",
)
"""A use every fifty days, on a graph of mean degree 10."""

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


class Progress:
    """Says every ten seconds which day a run has reached."""

    def __init__(self, horizon_days: float) -> None:
        self._horizon_days = horizon_days
        self._said = time.perf_counter()

    def __call__(self, day: float) -> None:
        """Say it, if it is time to."""
        if time.perf_counter() - self._said > 10.0:
            self._said = time.perf_counter()
            print(f"  day {day:.0f} of {self._horizon_days:.0f}", file=sys.stderr)


def _study(world: str, n_people: int) -> Study:
    return cascade_study(n_people) if world == "cascade" else dropbox_study(n_people, sets=LOW_ACTIVITY)


def resident_bytes(what: str = "VmHWM") -> int:
    """Return the peak (VmHWM) or present (VmRSS) resident memory of this process in bytes."""
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith(what + ":"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def forget_peak() -> None:
    """Let the peak start anew from what is resident now, where the system can do so."""
    try:
        _CLEAR.write_text("5", encoding="ascii")
    except OSError:
        return


def _load(file: str) -> SocialGraph:
    with np.load(file) as arrays:
        return SocialGraph(
            len(arrays["offsets"]) - 1, arrays["offsets"], arrays["neighbours"], arrays["strength"]
        )


def _ready(world: str, n_people: int, graph_file: str) -> Plan:
    if graph_file == "-":
        return plan(_study(world, n_people))
    return plan_on(_study(world, n_people), _study(world, 1000), _load(graph_file))


def probe(world: str, n_people: int, graph_file: str) -> dict[str, float]:
    """Play one run and return bytes and seconds; see the module."""
    design = CASCADE if world == "cascade" else DROPBOX
    warm_up(run(plan(_study(world, 1000)), design, 0)[0])
    FastEngine(SMALLEST_LEVEL).run(*run(plan(_study(world, 1000)), design, 0))
    forget_peak()
    before = resident_bytes("VmRSS")
    started = time.perf_counter()
    ready = _ready(world, n_people, graph_file)
    inputs, seed = run(ready, design, 0)
    built = time.perf_counter()
    peak_of_inputs = resident_bytes()

    FastEngine(SMALLEST_LEVEL).run(inputs, seed, Progress(inputs.horizon_days))
    return {
        "bare": before,
        "inputs": peak_of_inputs - before,
        "peak": resident_bytes() - before,
        "people": n_people,
        "ties": len(inputs.neighbours),
        "seconds_to_build": built - started,
        "seconds_to_run": time.perf_counter() - built,
    }


if __name__ == "__main__":
    print(json.dumps(probe(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
