"""Generated graphs follow their laws. Seeds are fixed; each z-score says what it is the distance of."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from referralsim.population import generators
from referralsim.population.errors import PopulationError
from referralsim.population.graph import SocialGraph, sources_of
from referralsim.population.sampling import blocks_of, ties_within
from referralsim.population.strength import shared_neighbours

MAKERS: dict[str, Callable[[int], SocialGraph]] = {
    "erdos_renyi": lambda seed: generators.erdos_renyi(2000, 6.0, seed),
    "scale_free": lambda seed: generators.scale_free(2000, 6.0, seed),
    "small_world": lambda seed: generators.small_world(2000, 6.0, 0.2, seed),
    "communities": lambda seed: generators.communities(2000, 6.0, 5, 0.7, seed),
    "configuration": lambda seed: generators.configuration([3] * 2000, seed),
    "power_law": lambda seed: generators.power_law(2000, 2.5, 2, 100, seed),
    "geometric": lambda seed: generators.geometric(2000, 6.0, seed),
}


def clustering(graph: SocialGraph) -> float:
    """Three times the triangles over the connected triples."""
    degrees = graph.degrees()
    return float(shared_neighbours(graph).sum() / (degrees * (degrees - 1)).sum())


@pytest.mark.parametrize("name", MAKERS)
def test_a_seed_names_one_graph(name: str) -> None:
    make = MAKERS[name]
    largest = 2**64 - 1
    assert make(7).digest() == make(7).digest() != make(8).digest()
    assert make(largest).digest() == make(largest).digest()


def test_another_process_builds_the_same_graphs() -> None:
    code = (
        "from referralsim.population import generators as g\n"
        "print(g.erdos_renyi(2000, 6.0, 7).digest(), g.scale_free(2000, 6.0, 7).digest(),"
        " g.small_world(2000, 6.0, 0.2, 7).digest(), g.geometric(2000, 6.0, 7).digest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "123", "PYTHONPATH": os.pathsep.join(sys.path)}
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    names = ("erdos_renyi", "scale_free", "small_world", "geometric")
    assert answer.stdout.split() == [MAKERS[name](7).digest() for name in names]


def test_erdos_renyi_degrees_are_binomial() -> None:
    n, mean = 20_000, 10.0
    degrees = generators.erdos_renyi(n, mean, seed=1).degrees()
    p = mean / (n - 1)
    # The sum of degrees is twice a binomial number of ties: sd of the mean degree = sqrt(2 d (1-p) / n).
    assert abs(degrees.mean() - mean) / math.sqrt(2 * mean * (1 - p) / n) < 4
    # Variance of a Poisson sample variance: (mu4 - var**2) / n with mu4 = d + 3 d**2.
    assert abs(degrees.var() - mean * (1 - p)) / math.sqrt((mean + 2 * mean**2) / n) < 4
    share_empty = (generators.erdos_renyi(n, 2.0, seed=1).degrees() == 0).mean()
    assert abs(share_empty - math.exp(-2)) / math.sqrt(math.exp(-2) / n) < 4


def test_scale_free_degrees_follow_the_known_law() -> None:
    # P(k) = 2 m (m + 1) / (k (k + 1) (k + 2)), hence P(degree >= k) = m (m + 1) / (k (k + 1)).
    n, m = 50_000, 4
    degrees = generators.scale_free(n, 2.0 * m, seed=1).degrees()
    assert degrees.min() >= 1
    assert (degrees < m).sum() <= m
    for k in (m + 1, 2 * m, 8 * m):
        exact = m * (m + 1) / (k * (k + 1))
        z = ((degrees >= k).mean() - exact) / math.sqrt(exact * (1 - exact) / n)
        assert abs(z) < 5
    assert degrees.max() > m * math.sqrt(n) / 2  # the oldest has about m sqrt(n)


def test_small_world_has_the_ring_s_clustering_until_it_is_rewired() -> None:
    # A ring with k = 10 has clustering 3 (k - 2) / (4 (k - 1)) = 2/3, times (1 - rewiring)**3.
    assert clustering(generators.small_world(5000, 10.0, 0.0, seed=1)) == pytest.approx(2 / 3, abs=1e-12)
    for rewiring in (0.1, 0.3):
        exact = 2 / 3 * (1 - rewiring) ** 3
        assert clustering(generators.small_world(20_000, 10.0, rewiring, seed=1)) == pytest.approx(
            exact, abs=0.01
        )
    assert clustering(generators.small_world(20_000, 10.0, 1.0, seed=1)) < 0.005


def test_rewiring_moves_the_stated_share_of_ties_and_loses_none() -> None:
    n = 20_000
    graph = generators.small_world(n, 6.0, 0.25, seed=3)
    distance = np.abs(sources_of(graph) - graph.neighbours.astype(np.int64))
    on_ring = (np.minimum(distance, n - distance) <= 3).mean()
    assert graph.summary().n_ties == 3 * n
    assert graph.dropped_repeats == graph.dropped_self_loops == 0
    assert abs(on_ring - 0.75) / math.sqrt(0.75 * 0.25 / (3 * n)) < 4


def test_a_crowded_ring_is_rewired_without_meeting_another_tie() -> None:
    for seed in range(20):
        graph = generators.small_world(40, 12.0, 1.0, seed)
        assert graph.dropped_repeats == 0
        assert graph.n_directed_ties == 40 * 12


def test_small_world_meets_a_mean_degree_that_is_not_even() -> None:
    n = 20_000
    assert generators.small_world(n, 5.0, 0.1, seed=1).summary().mean_degree == pytest.approx(5.0, abs=0.03)
    assert generators.small_world(5, 4.0, 1.0, seed=1).summary().n_ties == 10


def test_communities_keep_the_stated_share_inside() -> None:
    n, mean, within = 20_000, 10.0, 0.7
    graph = generators.communities(n, mean, 8, within, seed=2)
    assert graph.block is not None
    inside = graph.block[sources_of(graph)] == graph.block[graph.neighbours]
    n_ties = graph.n_directed_ties / 2
    assert abs(inside.mean() - within) / math.sqrt(within * (1 - within) / n_ties) < 4
    assert abs(graph.degrees().mean() - mean) / math.sqrt(2 * mean / n) < 4
    assert np.bincount(graph.block).tolist() == [2500] * 8


def test_communities_can_be_full_and_can_be_separate() -> None:
    full = generators.communities(20, 4.0, 4, 1.0, seed=1)
    assert full.degrees().tolist() == [4] * 20
    assert full.block is not None
    assert (full.block[sources_of(full)] == full.block[full.neighbours]).all()


def test_every_pair_in_uneven_blocks_is_equally_likely() -> None:
    # Sparse sampling, blocks of 4 and 5 people: 16 pairs; 4000 draws of about 3 of them.
    blocks = blocks_of(9, 2)
    counts = np.zeros((9, 9))
    for seed in range(4000):
        source, target = ties_within(blocks, 3.0, np.random.Generator(np.random.PCG64(seed)))
        counts[source, target] += 1
    seen = counts[counts > 0]
    assert seen.size == blocks.n_pairs_within == 16
    chance = 3 / 16
    assert (np.abs(seen / 4000 - chance) / math.sqrt(chance * (1 - chance) / 4000) < 4).all()


def test_configuration_gives_each_person_its_degree_less_what_was_dropped() -> None:
    wanted = np.array([1, 2, 3, 4] * 2500)
    graph = generators.configuration(wanted, seed=1)
    missing = wanted - graph.degrees()
    assert (missing >= 0).all()
    assert missing.sum() == 2 * (graph.dropped_self_loops + graph.dropped_repeats)
    # Expected self-loops <k(k-1)> / (2 <k>) = 1 and repeats its square = 1: Poisson, so far below 15.
    assert 0 < graph.dropped_self_loops + graph.dropped_repeats < 15


def test_configuration_with_an_odd_sum_drops_one_stub_of_the_last() -> None:
    assert generators.configuration([1, 1, 1, 0], seed=1).degrees().tolist() == [1, 1, 0, 0]


def test_power_law_degrees_follow_the_truncated_law() -> None:
    n = 50_000
    degrees = generators.power_law_degrees(n, 2.5, 2, 50, np.random.Generator(np.random.PCG64(1)))
    support = np.arange(2, 51)
    chance = support**-2.5 / (support**-2.5).sum()
    seen = np.bincount(degrees, minlength=51)[2:]
    statistic = ((seen - n * chance) ** 2 / (n * chance)).sum()
    # Chi-square with 48 degrees of freedom has sd sqrt(96).
    assert degrees.min() >= 2
    assert degrees.max() <= 50
    assert abs(statistic - 48) / math.sqrt(96) < 4


def test_geometric_has_its_mean_degree_and_the_disc_s_clustering() -> None:
    # Clustering of the plane: 1 - 3 sqrt(3) / (4 pi) = .5865.
    graph = generators.geometric(20_000, 10.0, seed=1)
    assert graph.summary().mean_degree == pytest.approx(10.0, abs=0.15)
    assert clustering(graph) == pytest.approx(1 - 3 * math.sqrt(3) / (4 * math.pi), abs=0.01)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: generators.erdos_renyi(5, 4.5, 1),
            "mean_degree: 5 people in this kind of graph can have 0 … 4",
        ),
        (lambda: generators.scale_free(100, 5.0, 1), "must be even in a scale-free graph"),
        (lambda: generators.scale_free(3, 6.0, 1), "mean_degree: 3 people"),
        (
            lambda: generators.small_world(4, 3.0, 0.1, 1),
            "mean_degree: 4 people in this kind of graph can have 0 … 2",
        ),
        (lambda: generators.communities(10, 2.0, 11, 0.5, 1), "communities: expected 1 … 10 blocks, got 11"),
        (
            lambda: generators.communities(100, 10.0, 50, 0.9, 1),
            "ties inside the communities do not fit into 50",
        ),
        (lambda: generators.configuration([4, 1, 1], 1), "degrees: 4 at position 0 is outside 0 … 2 for 3"),
        (lambda: generators.configuration([-1, 1], 1), "degrees: -1 at position 0"),
        (lambda: generators.configuration([], 1), "degrees: expected a list of whole numbers"),
        (
            lambda: generators.power_law(100, 2.5, 0, 10, 1),
            "min_degree: a power law starts at 1 or above, got 0",
        ),
        (lambda: generators.power_law(100, 2.5, 20, 10, 1), "min_degree: 20 is above the largest degree 10"),
        (lambda: generators.geometric(10, 8.0, 1), "mean_degree: 10 people"),
        (lambda: generators.complete(0), "people: expected at least 1"),
    ],
)
def test_graphs_that_cannot_be_are_refused(make: Callable[[], SocialGraph], words: str) -> None:
    with pytest.raises(PopulationError) as caught:
        make()
    assert words in str(caught.value)


@pytest.mark.parametrize("make", [generators.erdos_renyi, generators.scale_free, generators.geometric])
def test_one_person_without_ties_is_a_graph(make: Callable[[int, float, int], SocialGraph]) -> None:
    assert make(1, 0.0, 1).summary().n_isolated == 1
    assert generators.small_world(1, 0.0, 0.1, 1).summary().n_ties == 0
    assert generators.communities(1, 0.0, 1, 0.8, 1).summary().n_ties == 0
