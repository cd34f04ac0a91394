"""From a study to an experiment: play all runs, stack what they measured, compare the designs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from referralsim.errors import RunFailed
from referralsim.experiment.compare import compare, estimate
from referralsim.experiment.ignorance import split_all
from referralsim.experiment.plan import Plan
from referralsim.experiment.pool import pooled_parts
from referralsim.experiment.precision import FIRST_LOOK, Precision, can_be_precise, is_precise
from referralsim.experiment.result import COMPANIONS, Columns, Experiment, RunKey, RunOutcome
from referralsim.experiment.runner import Done, Kept, Say, default_workers, play_all
from referralsim.experiment.sequential import batches
from referralsim.measures import MEASURES
from referralsim.metrics.virality import UNDEFINED
from referralsim.provenance import provenance
from referralsim.scenario.digest import study_digest
from referralsim.scenario.resolve import as_plain
from referralsim.scenario.units import minor_per_major

_NOTHING = dict.fromkeys(MEASURES, UNDEFINED)
"""The measures of a run that failed."""


def run_experiment(
    plan: Plan,
    workers: int | None = None,
    command: str = "",
    done: Done | None = None,
    say: Say | None = None,
    precision: Precision | None = None,
    kept: Kept | None = None,
) -> Experiment:
    """Play every design in every replication and return all that was measured.

    Parameters
    ----------
    plan : Plan
        See :func:`referralsim.experiment.plan.plan`.
    workers : int, optional
        Worker processes; all cores by default. The result is the same for any number.
    command : str, optional
        The command that would give this result again; goes into every output.
    done : callable, optional
        Called after each run with the number done and the number in all.
    say : callable, optional
        Told in a sentence if something takes long before the first run.
    precision : Precision, optional
        Add replications until the answer is so precise, instead of playing the scenario's number; all
        intervals are then those that survive peeking (:mod:`referralsim.experiment.sequential`).
    kept : Kept, optional
        Runs of earlier work, such as :class:`referralsim.experiment.rows.Rows`.

    Raises
    ------
    RunFailed
        If every run fails. Of a few that fail the others are reported, and ``failures`` says why.
    """
    study, base = plan.study, plan.study.base
    n_workers = default_workers() if workers is None else workers

    companions: list[RunOutcome] = []

    def play(first: int, last: int) -> list[RunOutcome]:
        keys = keys_of(plan, range(first, last))
        found = play_all(plan, keys, n_workers, done, say, kept=kept, with_failures=True)
        companions.extend(outcome for outcome in found if outcome.key.replication >= COMPANIONS)
        return [outcome for outcome in found if outcome.key.replication < COMPANIONS]

    stopping: dict[str, Any] = {}
    if precision is None:
        outcomes = play(0, base.replications)
    else:
        outcomes, stopping = _until_precise(play, precision)
    names = list(study.designs)
    outcomes.sort(key=lambda outcome: (names.index(outcome.key.design), outcome.key.replication))
    if all(outcome.error for outcome in outcomes):
        raise RunFailed("every run failed", outcomes[0].error)
    runs = _stack_scalars(outcomes)
    return Experiment(
        name=base.name,
        question=base.question,
        description=base.description,
        currency=base.currency,
        minor_per_major=minor_per_major(base.currency),
        horizon_days=base.horizon_days,
        seed=plan.seed,
        replications=len(outcomes) // len(names),
        engine=plan.engine,
        command=command,
        designs={name: as_plain(scenario) for name, scenario in study.designs.items()},
        sources=dict(base.sources),
        digests=_digests(outcomes),
        runs=runs,
        estimates=estimate(runs, peeked=precision is not None),
        comparisons=compare(runs, peeked=precision is not None),
        tables=_stack_tables(outcomes),
        trees={o.key.design: o.tree for o in outcomes if o.tree is not None},
        population=plan.graph.summary()._asdict(),
        stopping=stopping,
        findings=as_plain(base)["findings"],
        aims=as_plain(base)["decision"],
        uncertain=as_plain(base)["uncertain"],
        provenance=provenance(
            command, plan.seed, plan.engine, plan.level, study_digest(study), plan.graph.digest()
        ),
        ignorance=split_all(outcomes, companions) if companions else [],
        level=plan.level,
        failures=[o.key._asdict() | {"error": o.error} for o in outcomes if o.error],
    )


def keys_of(plan: Plan, replications: range) -> list[RunKey]:
    """Return the runs of some replications; where numbers are drawn, each with its companion beside it."""
    places = (0, COMPANIONS) if plan.draws else (0,)
    return [RunKey(name, r + place) for r in replications for place in places for name in plan.study.designs]


def _until_precise(
    play: Callable[[int, int], list[RunOutcome]], wanted: Precision
) -> tuple[list[RunOutcome], dict[str, Any]]:
    """Add replications, look, and stop when the answer is precise enough or there are as many as allowed."""
    outcomes: list[RunOutcome] = []
    looks: list[int] = []
    reached = False
    for n in batches(FIRST_LOOK, wanted.most):
        outcomes += play(looks[-1] if looks else 0, n)
        looks.append(n)
        runs = _stack_scalars(outcomes)
        possible = can_be_precise(runs, wanted)
        reached = possible and is_precise(runs, wanted)
        if reached or not possible:
            break
    return outcomes, {"precision": wanted.text, "looks": looks, "most": wanted.most, "reached": reached}


def _stack_scalars(outcomes: list[RunOutcome]) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = [
        (*outcome.key, name, scalar.value, scalar.n, pooled.get(name, math.nan))
        for outcome, pooled in zip(outcomes, pooled_parts(outcomes), strict=True)
        for name, scalar in (_NOTHING if outcome.error else outcome.scalars).items()
    ]
    return pd.DataFrame(rows, columns=["design", "replication", "measure", "value", "n", "pooled"])


def _stack_tables(outcomes: list[RunOutcome]) -> dict[str, pd.DataFrame]:
    played = [outcome for outcome in outcomes if not outcome.error]
    names = played[0].tables
    return {name: _stack([(outcome.key, outcome.tables[name]) for outcome in played]) for name in names}


def _stack(parts: list[tuple[RunKey, Columns]]) -> pd.DataFrame:
    """Stack the tables of all runs, column by column: a data frame a run would take most of the time.

    A run without some column has NaN there.
    """
    sizes = [len(next(iter(part.values()))) for _, part in parts]
    designs = np.repeat(np.array([key.design for key, _ in parts], dtype=object), sizes)
    stacked: dict[str, Any] = {
        "design": pd.array(designs, dtype="str"),
        "replication": np.repeat([key.replication for key, _ in parts], sizes),
    }
    # An empty column has no type worth keeping.
    full = [(part, size) for (_, part), size in zip(parts, sizes, strict=True) if size] or [(parts[0][1], 0)]
    for name in dict.fromkeys(name for part, _ in full for name in part):
        stacked[name] = np.concatenate(
            [part[name] if name in part else np.full(size, math.nan) for part, size in full]
        )
    return pd.DataFrame(stacked)


def _digests(outcomes: list[RunOutcome]) -> dict[str, tuple[str, ...]]:
    digests: dict[str, list[str]] = {}
    for outcome in outcomes:
        digests.setdefault(outcome.key.design, []).append(outcome.log_digest)
    return {name: tuple(values) for name, values in digests.items()}
