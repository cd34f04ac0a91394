"""Many runs: designs times replications, in worker processes, the same bytes for any number of them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from referralsim.engine.compile import Layout, compile_scenario, layout_of, populate
from referralsim.engine.contract import Engine, EngineInputs
from referralsim.errors import UsageError
from referralsim.eventlog.record import RunRecord
from referralsim.eventlog.store import log_digest
from referralsim.experiment.result import RunKey, RunOutcome
from referralsim.metrics.measure import measure_run
from referralsim.population.build import build_graph
from referralsim.population.graph import SocialGraph
from referralsim.randomness import replication_seed
from referralsim.scenario.resolve import Study
from referralsim.scenario.schema import Scenario

Done = Callable[[int, int], None]
"""Called after each finished run with how many are done and how many there are."""

Say = Callable[[str], None]
"""Told in a sentence what takes long."""

ENGINES = ("fast", "reference")
DEFAULT_ENGINE = "fast"


def make_engine(name: str) -> Engine:
    """Return an engine by name; the other one is not even imported."""
    if name == "fast":
        from referralsim.engine.fast import FastEngine

        return FastEngine()
    if name == "reference":
        from referralsim.engine.reference import ReferenceEngine

        return ReferenceEngine()
    raise UsageError(f"there is no engine {name!r}; there are {' and '.join(ENGINES)}")


@dataclass(frozen=True)
class Plan:
    """Everything a worker needs to play any run of an experiment."""

    study: Study
    graph: SocialGraph
    engine: str
    seed: int

    @cached_property
    def layout(self) -> Layout:
        """Common numbering of all designs."""
        return layout_of(self.study.designs.values())

    @cached_property
    def inputs(self) -> dict[str, EngineInputs]:
        """Compiled rules of each design, without people."""
        return {
            name: compile_scenario(scenario, self.graph_of(scenario), self.layout)
            for name, scenario in self.study.designs.items()
        }

    def graph_of(self, scenario: Scenario) -> SocialGraph:
        """Return the graph a design starts on: among fresh contacts only its first customers are there."""
        if self.graph.kind != "fresh":
            return self.graph
        return self.graph.with_people(scenario.acquisition.initial.customers)

    def world(self, key: RunKey) -> tuple[EngineInputs, int]:
        """Return what an engine needs for one run: its inputs with their people, and its seed."""
        scenario = self.study.designs[key.design]
        seed = replication_seed(self.seed, key.replication)
        return populate(self.inputs[key.design], scenario, self.graph_of(scenario), seed), seed

    def record(self, key: RunKey) -> RunRecord:
        """Play one run and return its record."""
        scenario = self.study.designs[key.design]
        played = make_engine(self.engine).run(*self.world(key))
        return RunRecord(
            played.log,
            played.segment,
            scenario.horizon_days,
            self.layout.segments,
            self.layout.channels,
            self.layout.programmes,
            limited_graph=self.graph.kind != "fresh",
        )

    def outcome(self, key: RunKey) -> RunOutcome:
        """Play one run and measure it."""
        record = self.record(key)
        return RunOutcome(key, log_digest(record.log), len(record.log), measure_run(record))


def plan(study: Study, engine: str = DEFAULT_ENGINE, graph_file: Path | None = None) -> Plan:
    """Build the graph of a study and get everything ready to run."""
    base = study.base
    graph = build_graph(base.population, base.seed, study.path.parent, graph_file)
    return Plan(study, graph, engine, base.seed)


_PLAN: list[Plan] = []  # set in each worker process, so that tasks carry only their key


def _adopt(plan: Plan) -> None:
    _PLAN[:] = [plan]


def _play(key: RunKey) -> RunOutcome:
    return _PLAN[0].outcome(key)


def default_workers() -> int:
    """Return the number of processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def play_all(
    plan: Plan, keys: list[RunKey], workers: int, done: Done | None = None, say: Say | None = None
) -> list[RunOutcome]:
    """Play runs and return their outcomes in the order of the keys, whoever finished first.

    Parameters
    ----------
    workers : int, >= 1
        Worker processes; 1 plays in this process.
    """
    if workers < 1:
        raise UsageError(f"workers must be at least 1 (got {workers})")
    if plan.engine == "fast":
        from referralsim.engine.fast import warm_up

        warm_up(plan.world(keys[0])[0], say)
    outcomes: dict[RunKey, RunOutcome] = {}
    for outcome in _finished(plan, keys, min(workers, len(keys))):
        outcomes[outcome.key] = outcome
        if done is not None:
            done(len(outcomes), len(keys))
    return [outcomes[key] for key in keys]


def _finished(plan: Plan, keys: list[RunKey], workers: int) -> Iterator[RunOutcome]:
    if workers == 1:
        for key in keys:
            yield plan.outcome(key)
        return
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else None)
    with ProcessPoolExecutor(workers, context, initializer=_adopt, initargs=(plan,)) as pool:
        waiting: set[Future[RunOutcome]] = {pool.submit(_play, key) for key in keys}
        try:
            while waiting:
                ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in ready:
                    yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
