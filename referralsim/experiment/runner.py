"""Many runs: designs times replications, in worker processes, the same bytes for any number of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Literal, Protocol

from referralsim.errors import RunFailed, UsageError
from referralsim.experiment.plan import Plan
from referralsim.experiment.result import RunKey, RunOutcome

Done = Callable[[int, int], None]
"""Called after each finished run with how many are done and how many there are."""

StartMethod = Literal["fork", "spawn", "forkserver"]

Say = Callable[[str], None]
"""Told in a sentence what takes long."""


class Kept(Protocol):
    """Where runs are kept between two processes; see :class:`referralsim.experiment.rows.Rows`."""

    def get(self, key: RunKey) -> RunOutcome | None:
        """Return a run, or None if it is to be played."""

    def add(self, outcome: RunOutcome) -> None:
        """Keep a run that was played."""


def default_workers() -> int:
    """Return the number of processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def play_all(
    plan: Plan,
    keys: list[RunKey],
    workers: int,
    done: Done | None = None,
    say: Say | None = None,
    start_method: StartMethod | None = None,
    kept: Kept | None = None,
    with_failures: bool = False,
) -> list[RunOutcome]:
    """Play runs and return their outcomes in the order of the keys, whoever finished first.

    Parameters
    ----------
    workers : int, >= 1
        Worker processes; 1 plays in this process. The outcomes are the same for any number.
    start_method : {"fork", "spawn", "forkserver"}, optional
        How worker processes are made; see :mod:`referralsim.experiment.parallel`.
    kept : Kept, optional
        Runs of earlier work, which are not played again; new ones are kept there as they finish.
    with_failures : bool
        Whether a run that is given up gives an outcome with an ``error``, and does not stop the others.

    Raises
    ------
    UsageError
        For fewer than one worker.
    RunFailed
        If a worker process was killed, or a run is given up and ``with_failures`` is not set.
    """
    if workers < 1:
        raise UsageError(f"workers must be at least 1 (got {workers})")
    found = {key: kept.get(key) for key in keys} if kept is not None else {}
    outcomes = {key: outcome for key, outcome in found.items() if outcome is not None}
    missing = [key for key in keys if key not in outcomes]
    if outcomes and done is not None:
        done(len(outcomes), len(keys))
    if plan.engine == "fast":
        _warm_up(plan, missing, say)
    with closing(_finished(plan, missing, min(workers, len(missing)), start_method)) as finished:
        for outcome in finished:
            if outcome.error and not with_failures:
                raise RunFailed(f"{outcome.key.design}, replication {outcome.key.replication}", outcome.error)
            if kept is not None:
                kept.add(outcome)
            outcomes[outcome.key] = outcome
            if done is not None:
                done(len(outcomes), len(keys))
    return [outcomes[key] for key in keys]


def _warm_up(plan: Plan, keys: list[RunKey], say: Say | None) -> None:
    """Compile each of the engine's kernels that the designs need, so that worker processes find them."""
    from referralsim.engine.fast import warm_up
    from referralsim.engine.kernel_needs import needs_grammar

    met: set[bool] = set()
    for key in {key.design: key for key in reversed(keys)}.values():
        for inputs in plan.worlds_of(key):
            if (kind := needs_grammar(inputs)) not in met:
                met.add(kind)
                warm_up(inputs, say)


def _finished(
    plan: Plan, keys: list[RunKey], workers: int, start_method: StartMethod | None
) -> Generator[RunOutcome, None, None]:
    if workers <= 1:
        for key in keys:
            yield plan.attempt(key)
        return
    from referralsim.experiment.parallel import finished_in_processes

    yield from finished_in_processes(plan, keys, workers, start_method)
