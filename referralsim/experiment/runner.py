"""Many runs: designs times replications, in worker processes, the same bytes for any number of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

from referralsim.engine.compile import Layout, compile_scenario, layout_of
from referralsim.engine.compile_people import LastCrowd, populate
from referralsim.engine.contract import Engine, EngineInputs
from referralsim.errors import RunFailed, UsageError
from referralsim.eventlog.record import LEVELS, Level, RunRecord
from referralsim.eventlog.store import record_digest
from referralsim.experiment.counterfactual import (
    Group,
    Outcome,
    Worlds,
    cash_table,
    caused,
    groups_of,
    outcome_for,
)
from referralsim.experiment.result import RunKey, RunOutcome, failed_outcome, outcome_of
from referralsim.metrics.measure import measure_run
from referralsim.metrics.summary import with_joins
from referralsim.population.cache import cached_graph
from referralsim.population.graph import SocialGraph
from referralsim.randomness import replication_seed
from referralsim.scenario.draws import drawn_values, with_values
from referralsim.scenario.resolve import Study
from referralsim.scenario.schema import Scenario

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


_KEPT_DRAWS = 2
"""Draws whose rules a process keeps: runs of one draw follow each other."""

ENGINES = ("fast", "reference")
DEFAULT_ENGINE = "fast"


NO_LAWS = "list what is not known under `uncertain`, with the law of each number"


def make_engine(name: str, level: Level = "full") -> Engine:
    """Return an engine by name and record level; the other one is not even imported."""
    refuse_level(name, level)
    if name == "fast":
        from referralsim.engine.fast import FastEngine

        return FastEngine(level)
    if name == "reference":
        from referralsim.engine.reference import ReferenceEngine

        return ReferenceEngine()
    raise UsageError(f"there is no engine {name!r}; there are {' and '.join(ENGINES)}")


def refuse_level(engine: str, level: str) -> None:
    """Refuse a record level that there is not, or that an engine does not have.

    Raises
    ------
    UsageError
    """
    if level not in LEVELS:
        raise UsageError("level", f"there is no {level!r}", f"there are {', '.join(LEVELS)}")
    if engine == "reference" and level != "full":
        what = f"the reference engine keeps every event and has no level {level!r}"
        raise UsageError("level", what, "use the engine 'fast', or the level 'full'")


@dataclass(frozen=True)
class Plan:
    """Everything a worker needs to play any run of an experiment."""

    study: Study
    graph: SocialGraph
    engine: str
    seed: int
    layout: Layout  # numbering of all designs of the study, also where only one of them is played
    level: Level = "full"  # what is kept of a run while it is measured; see eventlog.record.Level
    graph_file: Path | None = None  # the edge list that stands in for the scenario's graph
    draws: bool = False  # whether each replication has its own draw of the uncertain numbers

    def only(self, design: str | None) -> Plan:
        """Return the plan for one design alone, the first unless one is named; its draws stay the same."""
        designs = self.study.designs
        name = design if design is not None else next(iter(designs))
        if name not in designs:
            raise UsageError(
                "design", f"there is no {name!r} in {self.study.path}", f"there are {', '.join(designs)}"
            )
        return replace(self, study=replace(self.study, designs={name: designs[name]}))

    def drawn(self, key: RunKey) -> Plan:
        """Return the plan of one run: with its draw of the uncertain numbers, if they are drawn.

        All designs of a replication, and the worlds without programmes, have the same draw.

        Raises
        ------
        ScenarioError
            If the numbers that are drawn do not go together.
        """
        if not self.draws:
            return self
        if key.draw not in self._drawn:
            study = with_values(self.study, drawn_values(self.study, self.seed, key.draw))
            self._drawn[key.draw] = replace(self, study=study, draws=False)
            while len(self._drawn) > _KEPT_DRAWS:
                del self._drawn[next(iter(self._drawn))]
        return self._drawn[key.draw]

    @cached_property
    def _drawn(self) -> dict[int, Plan]:
        return {}

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
        if self.draws:
            return self.drawn(key).world(key)
        scenario = self.study.designs[key.design]
        seed = replication_seed(self.seed, key.replication)
        return self._populated(self.inputs[key.design], scenario, seed), seed

    def _populated(self, inputs: EngineInputs, scenario: Scenario, seed: int) -> EngineInputs:
        return populate(inputs, scenario, self.graph_of(scenario), self.layout, seed, self._crowd)

    @cached_property
    def _crowd(self) -> LastCrowd:
        return LastCrowd()

    def record(self, key: RunKey) -> RunRecord:
        """Play one run and return its record."""
        return self._record(self.drawn(key).study.designs[key.design], *self.world(key))

    def _record(self, scenario: Scenario, inputs: EngineInputs, seed: int) -> RunRecord:
        played = make_engine(self.engine, self.level).run(inputs, seed)
        return RunRecord(
            played.log,
            played.segment,
            scenario.horizon_days,
            self.layout.segments,
            self.layout.channels,
            self.layout.programmes,
            limited_graph=self.graph.kind != "fresh",
            tally=played.tally,
            lives=played.lives,
            window_days=scenario.window_days,
        )

    def outcome(self, key: RunKey) -> RunOutcome:
        """Play one run and measure it."""
        if self.draws:
            return self.drawn(key).outcome(key)
        record = with_joins(self.record(key))  # of a summary once, for the digest and the measures
        measures = measure_run(record)
        here = outcome_for(record, measures.scalars)
        there = self._without(key, here)
        paired = measures._replace(
            scalars=measures.scalars | caused(here, there),
            tables=measures.tables | {"cash": cash_table(here, there)},
        )
        return outcome_of(key, record_digest(record), record.n_events, paired)

    def attempt(self, key: RunKey) -> RunOutcome:
        """Play one run and measure it; a run that reaches a limit gives an outcome that says so."""
        try:
            return self.outcome(key)
        except RunFailed as error:
            return failed_outcome(key, str(error))
        except MemoryError as error:
            return failed_outcome(key, f"out of memory ({error})" if str(error) else "out of memory")

    @cached_property
    def groups(self) -> dict[str, Group]:
        """For each design the world without programmes that it is held against."""
        return groups_of(self.study.designs)

    @cached_property
    def _bare_inputs(self) -> dict[str, EngineInputs]:
        return {}

    @cached_property
    def _worlds(self) -> Worlds:
        return Worlds()

    def _without(self, key: RunKey, here: Outcome) -> Outcome:
        """Return the same replication of a design's world without programmes, played if need be."""
        group = self.groups[key.design]
        if group.is_played and group.name == key.design:
            self._worlds.keep(group.name, key.replication, here)
            return here
        return self._worlds.get(group.name, key.replication, lambda: self._bare(group, key.replication))

    def _bare(self, group: Group, replication: int) -> Outcome:
        scenario, seed = group.scenario, replication_seed(self.seed, replication)
        if group.name not in self._bare_inputs:  # the rules are the same in all replications
            graph = self.graph_of(scenario)
            self._bare_inputs[group.name] = compile_scenario(scenario, graph, self.layout)
        inputs = self._populated(self._bare_inputs[group.name], scenario, seed)
        record = with_joins(self._record(scenario, inputs, seed))
        return outcome_for(record, measure_run(record).scalars)


def plan(
    study: Study,
    engine: str = DEFAULT_ENGINE,
    graph_file: Path | None = None,
    use_cache: bool = True,
    graph: SocialGraph | None = None,
    level: Level = "full",
    draws: bool = False,
) -> Plan:
    """Build the graph of a study, or take it from the cache, and get everything ready to run.

    Parameters
    ----------
    study : Study
        See :func:`referralsim.scenario.load.load_study`.
    engine : {"fast", "reference"}
    graph_file : Path, optional
        Use this edge list as the graph.
    use_cache : bool
        If not, the graph is built even if it was built before, and is not kept.
    graph : SocialGraph, optional
        Use this graph, for example one from :func:`referralsim.from_networkx`.
    level : {"full", "joins", "summary"}
        What is kept of a run while it is measured; less than ``full`` takes less memory, and a few measures
        are then undefined. Only the engine ``fast`` has the others.
    draws : bool
        Draw the uncertain numbers of the study anew in each replication; all results are then over both
        luck and what is not known.

    Raises
    ------
    PopulationError
        If the graph cannot be built.
    UsageError
        If numbers are to be drawn, and none is uncertain.
    """
    if draws and not study.base.uncertain:
        raise UsageError("--uncertain", "the scenario says of no number that it is uncertain", NO_LAWS)
    if engine not in ENGINES:
        raise UsageError("engine", f"there is no {engine!r}", f"there are {' and '.join(ENGINES)}")
    refuse_level(engine, level)
    base = study.base
    if graph is None:
        graph = cached_graph(base.population, base.seed, study.path.parent, graph_file, use_cache)
    layout = layout_of(study.designs.values())
    return Plan(study, graph, engine, base.seed, layout, level, graph_file, draws)


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
    if missing and plan.engine == "fast":
        from referralsim.engine.fast import warm_up

        warm_up(plan.world(missing[0])[0], say)
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


def _finished(
    plan: Plan, keys: list[RunKey], workers: int, start_method: StartMethod | None
) -> Generator[RunOutcome, None, None]:
    if workers <= 1:
        for key in keys:
            yield plan.attempt(key)
        return
    from referralsim.experiment.parallel import finished_in_processes

    yield from finished_in_processes(plan, keys, workers, start_method)
