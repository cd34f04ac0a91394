"""A whole decision, measures and intervals included, against the engine's bare runs."""

from __future__ import annotations

import statistics
import time

from benchmarks.row import Line, Row, Setting
from benchmarks.timing import WorkDiffersError, seconds_text, times_text
from benchmarks.worlds import dropbox_study, run
from referralsim.engine.fast import FastEngine, warm_up
from referralsim.eventlog.store import log_digest
from referralsim.experiment.plan import Plan, plan
from referralsim.experiment.run import run_experiment

GOAL = 1.2
WORKERS = 2


def _single_runs(ready: Plan, replications: range) -> tuple[list[float], dict[tuple[str, int], str]]:
    """Play some replications of each design alone; return wall-clock seconds and log digests."""
    seconds, digests = [], {}
    for replication in replications:
        for design in ready.study.designs:
            world = run(ready, design, replication)
            before = time.perf_counter()
            played = FastEngine().run(*world)
            seconds.append(time.perf_counter() - before)
            digests[design, replication] = log_digest(played.log)
    return seconds, digests


def measure(setting: Setting) -> Row:
    """Compare a whole experiment on two cores with half as many single runs on one."""
    n_people, replications = setting.pick((500, 2), (100_000, 10), (100_000, 40))
    ready = plan(dropbox_study(n_people, replications))
    n_runs = replications * len(ready.study.designs)
    setting.say(f"decision: {n_runs} runs of dropbox, {n_people:,} people, {WORKERS} workers")
    warm_up(run(ready, next(iter(ready.study.designs)), 0)[0])
    # a fourth of the runs before, a fourth after: machines have quicker and slower minutes
    quarter = max(1, replications // 4)
    singles, digests = _single_runs(ready, range(quarter))
    before = time.perf_counter()
    experiment = run_experiment(ready, workers=WORKERS)
    whole = time.perf_counter() - before
    later, more = _single_runs(ready, range(quarter, 2 * quarter))
    singles += later
    if any(experiment.digests[design][r] != digest for (design, r), digest in (digests | more).items()):
        raise WorkDiffersError("the logs of the experiment are not those of single runs")
    bare = statistics.fmean(singles) * n_runs / WORKERS
    value = whole / bare
    line = Line(
        against=f"{n_runs // WORKERS} single runs of the engine alone",
        ours=seconds_text(whole),
        theirs=seconds_text(bare),
        value=value,
        shown=f"{times_text(value)} their time",
        goal=f"≤ {GOAL} times, 40 replications",
        met=setting.judged(value <= GOAL) if replications >= 40 else None,
        note="wall-clock time; logs equal those of single runs; "
        f"{len(experiment.comparisons):,} comparisons made",
    )
    work = (
        f"`dropbox`, 4 designs, {replications} replications, {n_people:,} people on {WORKERS} cores: people "
        "drawn, runs played, measures and intervals taken, designs compared. The graph stands before the "
        "clock starts"
    )
    return Row("decision", work, [line], {"whole": whole, "singles": singles, "runs": n_runs})
