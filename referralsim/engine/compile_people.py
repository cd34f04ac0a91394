"""The people of one replication: drawn once for all designs that ask for the same ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.engine import contract as c
from referralsim.engine.compile_agents import draw_agents
from referralsim.engine.layout import Layout
from referralsim.laws import Law
from referralsim.population.graph import SocialGraph
from referralsim.population.households import form_households
from referralsim.population.people import (
    Placement,
    arrival_order,
    assign_segments,
    choose_initial,
    draw_activity,
)
from referralsim.scenario.schema import Households, Initial, Scenario


def segment_shares(scenario: Scenario, layout: Layout) -> list[float]:
    """Return the share of each segment of the layout; a design may lack some."""
    segments = scenario.population.segments
    return [segments[name].share if name in segments else 0.0 for name in layout.segments]


class Wanted(NamedTuple):
    """All that decides who the people are; equal ones on one graph give equal people."""

    n_people: int
    seed: int
    shares: list[float]
    placement: Placement
    activity: tuple[int, float, float, tuple[float, ...]]  # law, its parameters, its rows if it is empirical
    initial: Initial
    arrivals: bool  # whether anybody comes by himself or is bought
    households: Households | None


class Crowd(NamedTuple):
    """Columns of :class:`~referralsim.engine.contract.EngineInputs` that are about people."""

    segment: npt.NDArray[np.int8]
    activity: c.Floats
    initial: npt.NDArray[np.int32]
    arrival_order: npt.NDArray[np.int32]
    payer: npt.NDArray[np.int32]


class LastCrowd:
    """The people who were drawn last: designs of a replication follow each other, and mostly share them."""

    def __init__(self) -> None:
        self._wanted: Wanted | None = None
        self._crowd: Crowd | None = None

    def get(self, graph: SocialGraph, wanted: Wanted) -> Crowd:
        """Return the people who are wanted; ``graph`` is always the same but for its number of people."""
        if self._crowd is None or wanted != self._wanted:
            self._wanted, self._crowd = wanted, _draw_crowd(graph, wanted)
        return self._crowd


def populate(
    inputs: c.EngineInputs,
    scenario: Scenario,
    graph: SocialGraph,
    layout: Layout,
    seed: int,
    last: LastCrowd | None = None,
) -> c.EngineInputs:
    """Add the people of one replication: segments, activity, first customers, who comes next, who pays.

    And the agents, who are no people of the graph.

    Parameters
    ----------
    inputs : EngineInputs
        Of :func:`referralsim.engine.compile.compile_scenario` for the same scenario, graph and layout.
    seed : int in [0, 2**64)
        Seed of the replication.
    last : LastCrowd, optional
        Where the people of the last call with this graph are kept.
    """
    wanted = Wanted(
        graph.n_people,
        seed,
        segment_shares(scenario, layout),
        scenario.population.placement,
        _law_of_activity(inputs),
        scenario.acquisition.initial,
        bool(inputs.arrival_rate[:, :2].max() > 0.0) and inputs.graph_kind != c.GraphKind.FRESH,
        scenario.population.households,
    )
    people = (last or LastCrowd()).get(graph, wanted)
    return inputs._replace(**people._asdict(), agents=draw_agents(scenario, layout, inputs.n_people, seed))


def _draw_crowd(graph: SocialGraph, wanted: Wanted) -> Crowd:
    n, seed = wanted.n_people, wanted.seed
    return Crowd(
        segment=assign_segments(graph, wanted.shares, wanted.placement, seed),
        activity=_activity(wanted),
        initial=choose_initial(graph, wanted.initial.customers, wanted.initial.choose, seed),
        arrival_order=arrival_order(n, seed) if wanted.arrivals else np.zeros(0, np.int32),
        payer=_payer(graph, wanted),
    )


def _law_of_activity(inputs: c.EngineInputs) -> tuple[int, float, float, tuple[float, ...]]:
    law, a, b = inputs.activity_law, inputs.activity_a, inputs.activity_b
    if law != Law.EMPIRICAL:
        return law, a, b, ()
    return law, 0.0, b, tuple(inputs.table[int(a) :][: int(b)].tolist())


def _activity(wanted: Wanted) -> c.Floats:
    """Return everybody's activity; one number seen n times over if it is the same for all."""
    law, a, b, rows = wanted.activity
    one_for_all = law == Law.FIXED
    drawn = draw_activity(
        1 if one_for_all else wanted.n_people, law, a, b, np.array(rows or [0.0]), wanted.seed
    )
    return np.broadcast_to(drawn, (wanted.n_people,)) if one_for_all else drawn


def _payer(graph: SocialGraph, wanted: Wanted) -> npt.NDArray[np.int32]:
    if wanted.households is None:
        return np.zeros(0, np.int32)
    size = wanted.households.size
    return form_households(graph, size.law, size.a, size.b, wanted.seed)
