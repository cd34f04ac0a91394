"""The two worlds that are measured, at any size: a year of ``dropbox``, and the independent cascade."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

import numpy as np

from benchmarks.row import SCENARIOS
from benchmarks.timing import timed
from referralsim.engine.contract import EngineInputs, Played
from referralsim.engine.fast import FastEngine
from referralsim.eventlog.kinds import Kind
from referralsim.eventlog.record import Level
from referralsim.experiment.plan import Plan, plan
from referralsim.experiment.result import RunKey
from referralsim.population.graph import SocialGraph
from referralsim.scenario.load import load_study
from referralsim.scenario.resolve import Study

CASCADE_SEEDS = 100
CASCADE_HORIZON = "120 d"
"""Long enough for a cascade through ten million people to end by itself."""

CASCADE = "p_15"
DROPBOX = "two_sided"
DESIGNS = 4

SMALLEST_LEVEL: Any = "summary" if "summary" in get_args(Level) else "joins"
"""The record level that keeps least."""


def cascade_study(n_people: int) -> Study:
    """Return the independent cascade on an Erdős-Rényi graph: mean degree 10, success .15, 100 seeds."""
    return load_study(
        SCENARIOS / "independent_cascade.yaml",
        overrides=[f"acquisition.initial.customers={min(CASCADE_SEEDS, n_people // 10)}"],
        size=n_people,
        horizon=CASCADE_HORIZON,
    )


def dropbox_study(n_people: int, replications: int = 1, sets: tuple[str, ...] = ()) -> Study:
    """Return a year of ``dropbox``: first customers and organic arrivals grow with the number of people."""
    scaled = (
        f"acquisition.initial.customers={n_people // 100}",
        f"acquisition.organic.rate={n_people / 4000} per day",
    )
    return load_study(
        SCENARIOS / "dropbox.yaml",
        overrides=[*scaled, *sets],
        size=n_people,
        replications=replications,
    )


def plan_on(study: Study, small: Study, graph: SocialGraph) -> Plan:
    """Return the plan of a study on a graph that exists already; ``small`` is the same study, small."""
    return dataclasses.replace(plan(small, "fast"), study=study, graph=graph)


def run(ready: Plan, design: str, replication: int) -> tuple[EngineInputs, int]:
    """Return what an engine needs for one run: inputs with their people, and the seed."""
    return ready.world(RunKey(design, replication))


def signed_up(played: Played) -> int:
    """Return how many people signed up in a run."""
    return int(np.count_nonzero(played.log["kind"] == Kind.SIGNED_UP))


def timed_run(world: tuple[EngineInputs, int], level: Level) -> tuple[float, float]:
    """Play one run of the compiled engine; return its processor seconds and how many signed up."""
    return timed(lambda: FastEngine(level).run(*world), signed_up)
