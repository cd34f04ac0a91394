"""Everything that is needed to play any run of a study: rules, graph, seeds; and how one run is played."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from referralsim.engine.compile import Layout, compile_scenario, layout_of
from referralsim.engine.compile_people import LastCrowd, populate
from referralsim.engine.contract import EngineInputs
from referralsim.errors import RunFailed, UsageError
from referralsim.eventlog.grouped import by_kind
from referralsim.eventlog.record import Level, RunRecord
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
from referralsim.experiment.engines import DEFAULT_ENGINE, ENGINES, make_engine, refuse_level
from referralsim.experiment.result import RunKey, RunOutcome, failed_outcome, outcome_of
from referralsim.metrics.measure import RunMeasures, measure_run
from referralsim.metrics.summary import with_joins
from referralsim.population.cache import cached_graph
from referralsim.population.graph import SocialGraph
from referralsim.randomness import replication_seed
from referralsim.scenario.draws import drawn_values, with_values
from referralsim.scenario.resolve import Study
from referralsim.scenario.schema import Scenario

_KEPT_DRAWS = 2
"""Draws whose rules a process keeps: runs of one draw follow each other."""

NO_LAWS = "list what is not known under `uncertain`, with the law of each number"


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
        measures, here = _measured(record)
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
        inputs, seed = self._bare_world(group, replication)
        return _measured(with_joins(self._record(group.scenario, inputs, seed)))[1]

    def _bare_world(self, group: Group, replication: int) -> tuple[EngineInputs, int]:
        scenario, seed = group.scenario, replication_seed(self.seed, replication)
        if group.name not in self._bare_inputs:  # the rules are the same in all replications
            graph = self.graph_of(scenario)
            self._bare_inputs[group.name] = compile_scenario(scenario, graph, self.layout)
        return self._populated(self._bare_inputs[group.name], scenario, seed), seed

    def worlds_of(self, key: RunKey) -> tuple[EngineInputs, EngineInputs]:
        """Return the world of a run, and the one without programmes that it is held against."""
        if self.draws:
            return self.drawn(key).worlds_of(key)
        return self.world(key)[0], self._bare_world(self.groups[key.design], key.replication)[0]


def _measured(record: RunRecord) -> tuple[RunMeasures, Outcome]:
    """Return the measures of a run whose log holds the joins at least, and what two runs are compared by."""
    grouped = by_kind(record.log)
    measures = measure_run(record, grouped=grouped)
    return measures, outcome_for(record, measures.scalars, grouped)


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
