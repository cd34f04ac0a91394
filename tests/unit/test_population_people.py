"""People's columns: the same bits as plain Python, and untouched by one more person in the world."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import pytest

from referralsim import distributions
from referralsim.distributions import Law
from referralsim.population import generators, people
from referralsim.population.errors import PopulationError
from referralsim.population.graph import SocialGraph, from_edges, sources_of
from referralsim.randomness import Purpose, address, stream_key, uniform

SHARES = [0.3, 0.5, 0.2]
TABLE = np.array([0.5, 1.0, 4.0])
GRAPHS = {
    "erdos_renyi": generators.erdos_renyi(400, 4.0, seed=1),
    "scale_free": generators.scale_free(400, 6.0, seed=1),
    "communities": generators.communities(400, 6.0, 4, 0.8, seed=1),
    "directed": from_edges(400, np.arange(300), (np.arange(300) * 7 + 1) % 400, directed=True),
}


def draws(n: int, purpose: Purpose, seed: int) -> list[float]:
    return [uniform(seed, purpose, person) for person in range(n)]


def test_random_segments_follow_the_written_rule() -> None:
    graph = GRAPHS["erdos_renyi"]
    cumulative = people.cumulative_shares(SHARES)
    expected = [next((s for s in range(3) if u < cumulative[s]), 2) for u in draws(400, Purpose.SEGMENT, 5)]
    assert people.assign_segments(graph, SHARES, "random", 5).tolist() == expected
    assert people.assign_segments(generators.fresh_contacts(400), SHARES, "random", 5).tolist() == expected


def test_random_segments_meet_their_shares_within_chance() -> None:
    n = 50_000
    seen = np.bincount(people.assign_segments(generators.complete(n), SHARES, "random", 1)) / n
    for share, part in zip(SHARES, seen, strict=True):
        assert abs(part - share) / math.sqrt(share * (1 - share) / n) < 4


@pytest.mark.parametrize("shares", [[1.0], [0.0, 1.0], [1.0, 0.0], [1 / 3] * 3, [0.1] * 10])
@pytest.mark.parametrize("placement", ["random", "clustered"])
def test_segments_without_a_share_get_nobody(shares: list[float], placement: people.Placement) -> None:
    seen = people.assign_segments(GRAPHS["erdos_renyi"], shares, placement, 3)
    assert {s for s, share in enumerate(shares) if share > 0} == set(seen.tolist())


@pytest.mark.parametrize("name", ["erdos_renyi", "scale_free", "communities"])
def test_clustered_segments_meet_shares_to_one_person_and_bring_neighbours_together(name: str) -> None:
    graph = GRAPHS[name]
    tied = graph.degrees() > 0
    source, target = sources_of(graph), graph.neighbours
    same = {}
    for placement in ("random", "clustered"):
        runs = [people.assign_segments(graph, SHARES, placement, seed) for seed in range(20)]  # type: ignore[arg-type]
        same[placement] = np.mean([(run[source] == run[target]).mean() for run in runs])
    counts = np.bincount(runs[-1][tied], minlength=3)
    assert (np.abs(counts - np.array(SHARES) * tied.sum()) <= 1).all()
    # By chance .38; standard error of 20 runs of some 1000 ties about .004.
    assert same["random"] == pytest.approx(0.38, abs=0.02)
    assert same["clustered"] > 0.42


def test_clustered_placement_gives_hubs_and_others_the_same_chances() -> None:
    # A rare first segment shows any difference in spread. Hubs are nearly independent of each other.
    graph = generators.scale_free(1000, 4.0, seed=3)
    hubs = np.argsort(graph.degrees())[-20:]
    runs = np.array(
        [people.assign_segments(graph, [0.05, 0.95], "clustered", seed)[hubs] for seed in range(500)]
    )
    z = ((runs == 0).mean() - 0.05) / math.sqrt(0.05 * 0.95 / runs.size)
    assert abs(z) < 4


def test_clustered_placement_needs_ties() -> None:
    with pytest.raises(PopulationError, match="`clustered` needs a graph with ties"):
        people.assign_segments(generators.complete(5), SHARES, "clustered", 1)


@pytest.mark.parametrize("shares", [[], [0.5, 0.4], [-0.5, 1.5], [math.nan, 1.0], [1 / 64] * 64])
def test_wrong_shares_are_refused(shares: list[float]) -> None:
    with pytest.raises(PopulationError, match="segments: "):
        people.cumulative_shares(shares)


@pytest.mark.parametrize(
    ("law", "a", "b"),
    [
        (Law.FIXED, 1.0, 0.0),
        (Law.EXPONENTIAL, 1.0, 0.0),
        (Law.LOGNORMAL, -0.5, 1.0),
        (Law.GAMMA, 0.4, 2.5),
        (Law.GAMMA, 3.0, 1 / 3),
        (Law.UNIFORM, 0.5, 1.5),
        (Law.WEIBULL, 0.7, 1.2),
        (Law.PARETO, 2.5, 0.6),
        (Law.EMPIRICAL, 0.0, 3.0),
    ],
)
def test_activity_has_the_bits_of_plain_python(law: Law, a: float, b: float) -> None:
    seed = 2**64 - 3
    key = stream_key(seed, Purpose.ACTIVITY)
    expected = [distributions.draw(address(key, i, 0, 0), law, a, b, TABLE) for i in range(300)]
    assert people.draw_activity(300, law, a, b, TABLE, seed).tolist() == expected


def test_arrival_order_is_ascending_draws() -> None:
    u = draws(500, Purpose.ARRIVAL_ORDER, 7)
    assert people.arrival_order(500, 7).tolist() == sorted(range(500), key=lambda i: (u[i], i))


def test_random_initial_customers_are_the_smallest_draws() -> None:
    u = draws(400, Purpose.INITIAL, 7)
    expected = sorted(sorted(range(400), key=u.__getitem__)[:25])
    for graph in (GRAPHS["erdos_renyi"], generators.complete(400), generators.fresh_contacts(400)):
        assert people.choose_initial(graph, 25, "random", 7).tolist() == expected
    assert people.choose_initial(generators.complete(400), 25, "community", 7).tolist() == expected


def test_initial_customers_by_degree_are_drawn_in_proportion() -> None:
    # One draw from degrees 3, 1, 1, 1 and an isolated person: chances 1/2, 1/6, 1/6, 1/6, 0.
    star = from_edges(5, [0, 0, 0], [1, 2, 3])
    n = 6000
    first = np.array([people.choose_initial(star, 1, "by_degree", seed)[0] for seed in range(n)])
    assert abs((first == 0).mean() - 0.5) / math.sqrt(0.25 / n) < 4
    assert abs((first == 1).mean() - 1 / 6) / math.sqrt(5 / 36 / n) < 4
    assert (first != 4).all()
    assert people.choose_initial(star, 5, "by_degree", 1).tolist() == [0, 1, 2, 3, 4]


def ball(graph: SocialGraph, k: int, seed: int) -> set[int]:
    """Take whole layers around the smallest draw, then the smallest draws of the last layer."""
    u = draws(graph.n_people, Purpose.INITIAL, seed)
    start = min((i for i in range(graph.n_people) if graph.degrees()[i]), key=u.__getitem__)
    layer = {start: 0}
    queue = deque([start])
    while queue:
        i = queue.popleft()
        for j in graph.neighbours[graph.offsets[i] : graph.offsets[i + 1]].tolist():
            if j not in layer:
                layer[j] = layer[i] + 1
                queue.append(j)
    return set(sorted(layer, key=lambda i: (layer[i], u[i]))[:k])


@pytest.mark.parametrize("k", [1, 2, 7, 60, 300])
def test_a_community_is_a_ball_of_friends_of_friends(k: int) -> None:
    for seed in range(5):
        graph = GRAPHS["scale_free"]
        assert set(people.choose_initial(graph, k, "community", seed).tolist()) == ball(graph, k, seed)


def test_a_community_of_a_block_graph_is_a_block() -> None:
    graph = GRAPHS["communities"]
    assert graph.block is not None
    for k, n_blocks in ((1, 1), (100, 1), (101, 2), (400, 4)):
        chosen = people.choose_initial(graph, k, "community", 3)
        assert len(chosen) == k
        assert len(set(graph.block[chosen].tolist())) == n_blocks
    for seed in range(20):
        chosen = people.choose_initial(graph.with_people(410), 400, "community", seed)
        assert chosen.tolist() == list(range(400))


def test_a_ball_that_runs_out_of_friends_goes_on_elsewhere() -> None:
    graph = from_edges(6, [0, 2], [1, 3])
    for k in range(7):
        chosen = people.choose_initial(graph, k, "community", 5)
        assert len(set(chosen.tolist())) == k
        assert chosen.tolist() == sorted(chosen.tolist())
        if k == 2:
            assert chosen.tolist() in ([0, 1], [2, 3])
        if k == 4:
            assert chosen.tolist() == [0, 1, 2, 3]


def test_more_customers_than_people_are_refused() -> None:
    with pytest.raises(PopulationError, match="must not exceed the 400 people"):
        people.choose_initial(GRAPHS["erdos_renyi"], 401, "random", 1)


@pytest.mark.parametrize("name", GRAPHS)
def test_one_more_isolated_person_changes_nobody_else(name: str) -> None:
    graph = GRAPHS[name]
    n = graph.n_people
    larger = graph.with_people(n + 1)
    for seed in range(30):
        for placement in ("random", "clustered"):
            before, after = (people.assign_segments(g, SHARES, placement, seed) for g in (graph, larger))  # type: ignore[arg-type]
            assert (before == after[:n]).all()
        assert (
            people.draw_activity(n, Law.GAMMA, 0.5, 2.0, TABLE, seed)
            == people.draw_activity(n + 1, Law.GAMMA, 0.5, 2.0, TABLE, seed)[:n]
        ).all()
        order = people.arrival_order(n + 1, seed)
        assert (order[order != n] == people.arrival_order(n, seed)).all()
        for how in ("by_degree", "community"):
            before, after = (people.choose_initial(g, 40, how, seed) for g in (graph, larger))  # type: ignore[arg-type]
            assert (before == after).all()
        before, after = (people.choose_initial(g, 40, "random", seed) for g in (graph, larger))
        assert len(set(before.tolist()) - set(after.tolist())) == (n in after)


def test_the_smallest_draws_are_those_of_a_whole_sort_equal_ones_by_index() -> None:
    units = np.random.default_rng(3).integers(0, 40, 200) / 40
    whole = np.argsort(units, kind="stable")
    for n in (0, 1, 2, 57, 199, 200):
        assert set(people._smallest(units, n)) == set(whole[:n])
