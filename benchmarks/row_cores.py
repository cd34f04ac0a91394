"""What a second core is worth to an experiment, beside what it is worth to runs that share nothing."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.row import Line, Row, Setting
from benchmarks.timing import WorkDiffersError, seconds_text, times_text
from benchmarks.worlds import DROPBOX, dropbox_study, run
from referralsim.engine.contract import EngineInputs
from referralsim.engine.fast import FastEngine, warm_up
from referralsim.experiment.plan import Plan, plan
from referralsim.experiment.run import run_experiment

GOAL = 1.7

_WORLD: list[tuple[EngineInputs, int]] = []
"""The world that forked processes find in their memory."""


def _alone(n_runs: int) -> float:
    """Play runs of the engine one after another; return the wall-clock seconds they take."""
    before = time.perf_counter()
    for _ in range(n_runs):
        FastEngine().run(*_WORLD[0])
    return time.perf_counter() - before


def _ceiling(n_runs: int, repeats: int) -> float:
    """Return how many times as much two processes that share nothing do as one alone."""
    one: list[float] = []
    two: list[float] = []
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        list(pool.map(_alone, [1, 1]))
        for _ in range(repeats):
            one += [pool.submit(_alone, n_runs).result()]
            two += [statistics.fmean(pool.map(_alone, [n_runs, n_runs]))]
    return 2.0 * statistics.median(one) / statistics.median(two)


def _seconds(ready: Plan, workers: int) -> tuple[float, dict[str, list[str]]]:
    before = time.perf_counter()
    experiment = run_experiment(ready, workers=workers)
    return time.perf_counter() - before, {name: list(those) for name, those in experiment.digests.items()}


def measure(setting: Setting) -> Row:
    """Play the same experiment with one worker and with two, in turn."""
    n_people, replications, repeats = setting.pick((500, 2, 1), (100_000, 6, 3))
    ready = plan(dropbox_study(n_people, replications))
    n_runs = replications * len(ready.study.designs)
    setting.say(f"cores: {n_runs} runs of dropbox, {n_people:,} people, with one worker and with two")
    _WORLD[:] = [run(ready, DROPBOX, 0)]
    warm_up(_WORLD[0][0])
    one: list[float] = []
    two: list[float] = []
    for _ in range(repeats):
        alone, those = _seconds(ready, 1)
        together, same = _seconds(ready, 2)
        if those != same:
            raise WorkDiffersError("two workers gave other logs than one")
        one, two = [*one, alone], [*two, together]
    ceiling = _ceiling(max(2, replications), repeats)
    value = statistics.median(one) / statistics.median(two)
    line = Line(
        against="the same with one worker",
        ours=seconds_text(statistics.median(two)),
        theirs=seconds_text(statistics.median(one)),
        value=value,
        shown=f"{times_text(value)} faster",
        goal=f"≥ {GOAL} times on two cores",
        met=setting.judged(value >= GOAL),
        note=f"logs equal; on this machine two processes that only play the engine, and share nothing, do "
        f"{ceiling:.2f} times what one does alone",
    )
    work = (
        f"`dropbox`, 4 designs, {replications} replications, {n_people:,} people: people drawn, runs played, "
        "measures and intervals taken, designs compared; wall-clock time"
    )
    return Row("cores", work, [line], {"one": one, "two": two, "ceiling": ceiling})
