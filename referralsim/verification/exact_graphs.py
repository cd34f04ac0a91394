"""Exact answers about people who know each other: cascades, saturation, exposures."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from referralsim.metrics.measure import measure_run
from referralsim.theory import cascades, diffusion, network, virality
from referralsim.verification.arithmetic import Sample, average, equal, share
from referralsim.verification.check import Check, Effort, Efforts, Pattern, Session, World, runs
from referralsim.verification.reading import customers, lone_starts, tree_sizes

_KEMPE = "Kempe, Kleinberg & Tardos 2003, doi:10.1145/956750.956769; enumeration"
_GOEL = "Goel, Anderson, Hofman & Watts 2016, doi:10.1287/mnsc.2015.2158; Wiener 1947"
_NEWMAN = "Newman 2002, doi:10.1103/PhysRevE.66.016128"
_BASS = "Bass 1969, Management Science 15(5):215-227"
_GOLDENBERG = "Goldenberg, Libai & Muller 2001, doi:10.1023/A:1011122126881"
_FEW_CELLS = 20

TRIANGLE = ((0, 1), (1, 2), (0, 2))
PATH_4 = ((0, 1), (1, 2), (2, 3))
STAR_5 = ((0, 1), (0, 2), (0, 3), (0, 4))
SQUARE_WITH_DIAGONAL = ((0, 1), (1, 2), (2, 3), (0, 3), (0, 2))
COMPLETE_4 = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
TREE_7 = ((0, 1), (0, 2), (1, 3), (1, 4), (2, 5), (2, 6))


def _people(ties: tuple[tuple[int, ...], ...]) -> int:
    return 1 + max(max(tie[:2]) for tie in ties)


def cascade(
    name: str, ties: tuple[tuple[int, int], ...], p: float, start: int, steps: tuple[str, ...] = ()
) -> Check:
    """Return the check of a cascade from one person of a small graph.

    Parameters
    ----------
    p : float
        Chance that a tie passes it on.
    start : int
        Where it starts.
    steps : tuple of str
        How the chance is spread over the steps of the funnel; empty: all of it on delivery.
    """
    n_people = _people(ties)
    exact = cascades.cascade_sizes(ties, start, p)
    sets = steps or (f"channels.tie.delivered.probability={p}",)

    def world(copies: int) -> World:
        pattern = Pattern(name, ties, n_people, copies)
        return World("cascade.yaml", sets=(*sets, f"acquisition.initial.customers={copies}"), pattern=pattern)

    def measure(session: Session) -> list[Sample]:
        mine = world(2000 if session.engine == "fast" else 600)
        sizes = np.concatenate([lone_starts(record, n_people)[start] for record in session.runs(mine)])
        return [
            share(f"P({size} reached)", int((sizes == size).sum()), len(sizes), float(chance)).at(size)
            for size, chance in enumerate(exact)
            if chance * len(sizes) >= _FEW_CELLS and chance < 1
        ]

    return Check(
        f"cascade.{name}_p{round(100 * p)}",
        "exact",
        f"Independent cascade on a {name.replace('_', ' ')} from person {start}, p = {p:g}",
        _KEMPE,
        measure,
        runs(4, 1),
        (world(2000),),
    )


def structural_virality(name: str, ties: tuple[tuple[int, int], ...], expected: float) -> Check:
    """Return the check of the measured structural virality of a tree that everybody joins."""
    n_people = _people(ties)
    world = World(
        "cascade.yaml",
        sets=("channels.tie.delivered={probability: 100 %, delay: 1 d}",),
        pattern=Pattern(name, ties, n_people, 1),
    )

    def measure(session: Session) -> list[Sample]:
        samples = []
        for start, record in enumerate(session.runs(world), 1):  # whoever starts, the tree is the same
            found = measure_run(record).scalars
            samples.append(equal(f"people reached, start {start}", found["customers"].value, n_people))
            distance = found["mean_structural_virality"].value
            samples.append(equal(f"mean distance, start {start}", distance, expected))
        return samples

    return Check(
        f"virality.{name}",
        "exact",
        f"Structural virality of a {name.replace('_', ' ')}",
        _GOEL,
        measure,
        runs(3, 3, full=3),
        (world,),
    )


class Graph(NamedTuple):
    """A random graph by its degrees, as theory and as a scenario know it."""

    id: str
    degrees: tuple[float, ...]  # chance of degree 0, 1, ...
    text: str
    mean_degree: float | None = None  # of a graph whose degrees are drawn; None: they are given

    def variance(self, t: float) -> float:
        """Return n times the variance of the share of n people that a large cascade reaches."""
        if self.mean_degree is not None:
            return network.random_graph_variance(self.mean_degree, t)
        return network.giant_component_variance(self.degrees, t)


ERDOS_RENYI = Graph(
    "erdos_renyi_5", tuple(network.poisson_degrees(5.0)), "{erdos_renyi: {mean_degree: 5}}", 5.0
)
REGULAR = Graph("regular_3", (0, 0, 0, 1.0), "{kind: configuration, degrees: [3]}")
MIXED = Graph(
    "degrees_1_3_8", (0, 0.5, 0, 0.25, 0, 0, 0, 0, 0.25), "{kind: configuration, degrees: [1, 3, 1, 8]}"
)


def _sized(fast: tuple[int, int], reference: tuple[int, int], full: tuple[int, int]) -> Efforts:
    """Return efforts (people, runs) on the two engines, and on `fast` in full."""
    return Efforts(_effort(*fast), _effort(*reference), _effort(*full), _effort(10_000, 2))


def _effort(n_people: int, n_runs: int) -> Effort:
    return Effort(n_runs, (f"population.size={n_people}",))


def giant(graph: Graph, t: float, close: bool = False) -> Check:
    """Return the check of how much of a large graph a cascade reaches.

    Every run has a graph of its own: the size of the giant component is as much chance of the graph as of
    the cascade, and runs on one graph share the first.

    Parameters
    ----------
    t : float
        Chance that a tie lets it through, above the threshold.
    close : bool
        Whether it is little above.

    Notes
    -----
    A finite graph may differ by some people, because twenty first customers also reach some who are not in
    the giant component: it was 20 with 1,000 people, and 110 close to the threshold. So the reference
    engine, which is slow with many, makes this check in the full suite only.
    """
    beyond = 200.0 if close else 30.0
    sets = (f"population.graph={graph.text}", f"channels.tie.delivered.probability={t}")
    world = World("percolation.yaml", sets=sets)

    def measure(session: Session) -> list[Sample]:
        exact, n_people = network.giant_component(graph.degrees, t), _people_of(session)
        reached = [len(customers(record).person) / n_people for record in session.own_graphs(world)]
        # close to the threshold theory's spread is that of far more people: the runs say it themselves
        each = None if close else graph.variance(t) / n_people
        return [average("share of people reached", reached, exact, each, tolerance=beyond / n_people)]

    return Check(
        f"percolation.{graph.id}_t{round(100 * t)}",
        "exact",
        f"Reach above the threshold: {graph.id.replace('_', ' ')}, T = {t:g}",
        _NEWMAN,
        measure,
        Efforts(_effort(20_000, 40), Effort(0), _effort(100_000, 60), _effort(4_000, 20)),
        (world,),
    )


def below_threshold(graph: Graph, t: float) -> Check:
    """Return the check of how far a cascade gets below the threshold."""
    sets = (f"population.graph={graph.text}", f"channels.tie.delivered.probability={t}")
    world = World("percolation.yaml", sets=sets)
    threshold = network.percolation_threshold(graph.degrees)

    def measure(session: Session) -> list[Sample]:
        exact = network.mean_outbreak_size(graph.degrees, t)
        found = [customers(record) for record in session.runs(_started(session, world))]
        sizes = np.concatenate([tree_sizes(each) for each in found])
        largest = max(len(each.person) for each in found)
        # starts that meet take people from each other: a few of those that all starts reach
        crowding = len(found[0].person) / _people_of(session)
        return [
            average("people reached from one start", sizes, exact, tolerance=exact * crowding),
            Sample(
                "reach of all starts, share of people",
                math.nan,
                largest / _people_of(session),
                1,
                0.0,
                high=0.1,
            ),
        ]

    return Check(
        f"percolation.{graph.id}_below_t{round(100 * t)}",
        "exact",
        f"Below the threshold T = {threshold:.3g} a cascade stays small: "
        f"{graph.id.replace('_', ' ')}, T = {t:g}",
        _NEWMAN,
        measure,
        _sized((100_000, 3), (5_000, 1), (100_000, 10)),
        (world,),
    )


def _people_of(session: Session) -> int:
    return int(session.effort.sets[0].partition("=")[2])


def _started(session: Session, world: World) -> World:
    n_starts = max(40, _people_of(session) // 250)
    return world._replace(sets=(*world.sets, f"acquisition.initial.customers={n_starts}"))


def bass(p: float, q: float) -> Check:
    """Return the check of Bass's curve: its height at five and ten years and at its peak."""
    sets = (f"acquisition.organic.bass_p={p} per year", f"product.use.rate={q} per year")
    world = World("bass.yaml", "bass", sets)

    def measure(session: Session) -> list[Sample]:
        peak = diffusion.bass_peak_time(p, q)
        years = (5.0, peak, 10.0)
        shares: list[list[float]] = [[], [], []]
        n_people = 1
        for record in session.runs(world):
            joined, n_people = customers(record).days / 365.0, record.n_people
            for values, year in zip(shares, years, strict=True):
                values.append(np.count_nonzero(joined <= year) / n_people)
        # the curve is the limit of many people; with 4,000 the mean lies up to .0016 below it
        exact = [diffusion.bass_share(p, q, n_people, year) for year in years]
        return [
            average(f"F({year:.4g} years)", values, mean, variance).at(year)
            for values, (mean, variance), year in zip(shares, exact, years, strict=True)
        ]

    return Check(
        f"bass.p{p:g}_q{q:g}",
        "exact",
        f"Bass's curve, p = {p:g}, q = {q:g} a year, with its peak at "
        f"{diffusion.bass_peak_time(p, q):.4f} years",
        _BASS,
        measure,
        Efforts(
            Effort(40),
            Effort(20, ("population.size=120",)),
            Effort(200),
            Effort(20, ("population.size=1000",)),
        ),
        (world,),
    )


def only_innovation(p: float) -> Check:
    """Return the check of people who come by themselves alone: each on his own."""
    world = World("bass.yaml", "no_imitation", (f"acquisition.organic.bass_p={p} per year", "horizon=6 y"))

    def measure(session: Session) -> list[Sample]:
        hits = n = 0
        for record in session.runs(world):
            hits, n = hits + int(np.count_nonzero(customers(record).days <= 5 * 365.0)), n + record.n_people
        return [share("share who came by year 5", int(hits), n, 1 - math.exp(-5 * p))]

    return Check(
        f"bass.p{p:g}_alone",
        "exact",
        f"Without imitation 1 - exp(-p t) have come, p = {p:g} a year",
        _BASS,
        measure,
        runs(5, 1),
        (world,),
    )


def exposures(alpha: float, s: int, w: int, beta_strong: float = 0.07, beta_weak: float = 0.01) -> Check:
    """Return the check of one who knows s customers well and w slightly, under advertising."""
    ties = tuple((i, 0, 1) for i in range(1, s + 1)) + tuple((i, 0, 0) for i in range(s + 1, s + w + 1))
    n_people = s + w + 1
    hazard = -math.log1p(-alpha)
    pair = f"[{beta_weak}, {beta_strong}]"
    table = f"{{none: {pair}, referrer: {pair}, referee: {pair}, both: {pair}}}"

    def world(copies: int) -> World:
        sets = (
            f"acquisition.initial.customers={copies * (s + w)}",
            f"acquisition.organic.bass_p={hazard:.15f} per day",
            f"programmes.exposure.response.accept={table}",
        )
        return World("exposures.yaml", sets=sets, pattern=Pattern("person", ties, n_people, copies))

    def measure(session: Session) -> list[Sample]:
        hits = n = 0
        for record in session.runs(world(4000 if session.engine == "fast" else 250)):
            person = customers(record).person
            hits, n = hits + int(np.count_nonzero(person % n_people == 0)), n + record.n_people // n_people
        exact = network.independent_exposures(alpha, beta_strong, s, beta_weak, w)
        return [share("share who came in the period", int(hits), n, exact)]

    return Check(
        f"exposures.s{s}_w{w}_a{round(100 * alpha)}",
        "exact",
        f"One who knows {s} customers well ({beta_strong:g}) and {w} slightly ({beta_weak:g}), "
        f"advertising {alpha:g}",
        _GOLDENBERG,
        measure,
        runs(5, 1),
        (world(4000),),
    )


def checks() -> list[Check]:
    """Return all checks of this module."""
    funnel = (
        "channels.tie.delivered.probability=80 %",
        "channels.tie.opened.probability=75 %",
        "channels.tie.clicked.probability=90 %",
        "programmes.cascade.response.accept=55.555555555555556 %",
    )
    return [
        cascade("triangle", TRIANGLE, 0.5, 0),
        cascade("triangle", TRIANGLE, 0.3, 1, (*funnel,)),
        cascade("path_of_4", PATH_4, 0.5, 0),
        cascade("path_of_4_from_inside", PATH_4, 0.4, 1),
        cascade("star_of_5", STAR_5, 0.4, 1),
        cascade("star_of_5_from_hub", STAR_5, 0.4, 0),
        cascade("square_with_diagonal", SQUARE_WITH_DIAGONAL, 0.5, 1),
        cascade("complete_4", COMPLETE_4, 0.35, 0),
        structural_virality("star_of_6", tuple((0, i) for i in range(1, 6)), virality.star(6)),
        structural_virality("path_of_6", tuple((i, i + 1) for i in range(5)), virality.path(6)),
        structural_virality("binary_tree_of_7", TREE_7, virality.complete_binary(2)),
        giant(ERDOS_RENYI, 0.3),
        giant(REGULAR, 0.75),
        giant(MIXED, 0.4),
        giant(ERDOS_RENYI, 0.22, close=True),
        below_threshold(ERDOS_RENYI, 0.15),
        below_threshold(REGULAR, 0.25),
        bass(0.03, 0.38),
        bass(0.01, 0.5),
        only_innovation(0.1),
        exposures(0.01, 2, 3),
        exposures(0.0, 0, 4, beta_weak=0.1),
        exposures(0.05, 3, 1, 0.2, 0.05),
    ]
