"""Tie strengths: the same in both rows, the stated share, the right ties."""

from __future__ import annotations

import math
import time
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from referralsim.population import generators, strength
from referralsim.population.adapters import from_networkx
from referralsim.population.edgelist import read_edge_list
from referralsim.population.errors import PopulationError
from referralsim.population.graph import SocialGraph, from_edges, sources_of
from referralsim.randomness import Purpose, uniform

FACEBOOK = Path(__file__).parents[3] / "shared" / "data" / "facebook_combined.txt.gz"


def by_pair(graph: SocialGraph) -> dict[tuple[int, int], float]:
    values = np.broadcast_to(graph.strength, graph.neighbours.shape).tolist()
    return dict(
        zip(zip(sources_of(graph).tolist(), graph.neighbours.tolist(), strict=True), values, strict=True)
    )


def assert_both_directions_agree(graph: SocialGraph) -> None:
    values = by_pair(graph)
    assert all(values[b, a] == value for (a, b), value in values.items())


@pytest.fixture(scope="module")
def world() -> SocialGraph:
    return generators.small_world(1000, 8.0, 0.1, seed=4)


def test_by_share_is_the_addressed_draw_of_the_pair(world: SocialGraph) -> None:
    graph = strength.by_share(world, 0.3, seed=11)
    for (a, b), value in by_pair(graph).items():
        assert value == (uniform(11, Purpose.STRENGTH, min(a, b), max(a, b)) < 0.3)
    n_ties = graph.n_directed_ties / 2
    assert abs(graph.strength.mean() - 0.3) / math.sqrt(0.3 * 0.7 / n_ties) < 4


def test_a_larger_share_only_adds_strong_ties(world: SocialGraph) -> None:
    few, many = strength.by_share(world, 0.2, seed=5), strength.by_share(world, 0.5, seed=5)
    assert (few.strength <= many.strength).all()
    assert strength.by_share(world, 0.0, seed=5).strength.max() == 0.0
    assert strength.by_share(world, 1.0, seed=5).strength.min() == 1.0


def test_shared_neighbours_are_those_of_networkx() -> None:
    for maker in (nx.gnm_random_graph(60, 300, seed=1), nx.barabasi_albert_graph(60, 5, seed=1)):
        graph = from_networkx(maker)
        shared = strength.shared_neighbours(graph).tolist()
        pairs = zip(sources_of(graph).tolist(), graph.neighbours.tolist(), strict=True)
        assert shared == [len(list(nx.common_neighbors(maker, a, b))) for a, b in pairs]


def test_shared_neighbours_of_a_directed_tie_are_those_both_can_contact() -> None:
    graph = from_edges(4, [0, 0, 1, 1, 2], [1, 2, 2, 3, 3], directed=True)
    # Rows: 0 -> 1, 2; 1 -> 2, 3; 2 -> 3. Only (0, 1) share 2 and (1, 2) share 3.
    assert strength.shared_neighbours(graph).tolist() == [1, 0, 1, 0, 0]


@pytest.mark.parametrize("strong", [0.0, 0.001, 0.3, 0.5, 1.0])
def test_embeddedness_takes_the_top_share_and_breaks_ties_by_draw(world: SocialGraph, strong: float) -> None:
    graph = strength.by_embeddedness(world, strong, seed=2)
    assert_both_directions_agree(graph)
    assert graph.strength.sum() / 2 == round(strong * graph.n_directed_ties / 2)
    shared = strength.shared_neighbours(world)
    if 0 < graph.strength.sum() < graph.strength.size:
        assert shared[graph.strength == 1].min() >= shared[graph.strength == 0].max()
    assert graph.digest() == strength.by_embeddedness(world, strong, seed=2).digest()


def test_embeddedness_ties_are_broken_by_the_smallest_draws() -> None:
    ring = generators.small_world(100, 2.0, 0.0, seed=1)  # nobody shares a neighbour
    graph = strength.by_embeddedness(ring, 0.1, seed=9)
    pairs = [(a, (a + 1) % 100) for a in range(100)]
    ranked = sorted(pairs, key=lambda pair: uniform(9, Purpose.STRENGTH, min(pair), max(pair)))
    strong = {pair for pair, value in by_pair(graph).items() if value}
    assert strong == {pair for tie in ranked[:10] for pair in (tie, tie[::-1])}


def test_embeddedness_of_a_graph_without_ties_or_with_directed_ties() -> None:
    assert strength.by_embeddedness(from_edges(3, [], []), 0.5, seed=1).strength.size == 0
    graph = from_edges(4, [0, 0, 1, 1, 2], [1, 2, 2, 3, 3], directed=True)
    assert strength.by_embeddedness(graph, 0.4, seed=1).strength.tolist() == [1, 0, 1, 0, 0]


def test_weights_are_kept_and_missing_weights_are_refused() -> None:
    assert strength.by_weights(from_edges(2, [0], [1], [0.5])).strength.tolist() == [0.5, 0.5]
    with pytest.raises(PopulationError, match="kind `weights` needs weights"):
        strength.by_weights(from_edges(2, [0], [1]))


def test_graphs_without_rows_have_one_strength_or_are_refused() -> None:
    assert strength.by_share(generators.complete(5), 0.25, seed=1).strength.tolist() == [0.25]
    assert strength.equal(generators.fresh_contacts(5), 0.75).strength.tolist() == [0.75]
    with pytest.raises(PopulationError, match="needs ties"):
        strength.by_embeddedness(generators.complete(5), 0.3, seed=1)


@pytest.mark.skipif(not FACEBOOK.exists(), reason="the Facebook graph is not beside the project")
def test_embeddedness_of_the_facebook_graph_takes_less_than_two_seconds() -> None:
    graph = read_edge_list(FACEBOOK)
    strength.by_embeddedness(graph, 0.3, seed=1)  # compiled
    started = time.process_time()
    strong = strength.by_embeddedness(graph, 0.3, seed=1)
    assert time.process_time() - started < 2.0
    assert strong.strength.sum() / 2 == round(0.3 * 88234)
