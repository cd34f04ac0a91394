"""Cascades on given ties: random graphs by simulation and by other formulas, small ones by brute force."""

from __future__ import annotations

import math
from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import lambertw

from referralsim.theory import branching, network, offspring
from referralsim.theory.cascades import cascade_sizes

MIXED = [0.05, 0.35, 0.3, 0.0, 0.2, 0.0, 0.1]  # degrees 0 to 6


def cluster_sizes(degree_pmf, transmissibility, n, seed):
    """Sizes of the clusters that open ties form in a random graph with these degrees."""
    rng = np.random.default_rng(seed)
    stubs = np.repeat(np.arange(n), rng.choice(len(degree_pmf), n, p=degree_pmf))
    rng.shuffle(stubs)
    ties = stubs[: len(stubs) // 2 * 2].reshape(-1, 2)
    ties = ties[rng.random(len(ties)) < transmissibility]
    graph = coo_array((np.ones(len(ties)), (ties[:, 0], ties[:, 1])), shape=(n, n))
    return np.bincount(connected_components(graph, directed=False)[1])


@pytest.mark.parametrize("transmissibility, tolerance", [(0.9, 0.003), (0.7, 0.006), (0.5, 0.017)])
def test_large_cascade_of_a_random_graph(transmissibility, tolerance):
    """Exact .8065, .6437, .3384 (threshold at .392), n = 300,000 people.

    Standard errors .0010, .0021, .0057, measured over 12 graphs; a bias of three of them is caught.
    """
    largest = cluster_sizes(MIXED, transmissibility, 300_000, seed=5).max() / 300_000
    assert abs(network.giant_component(MIXED, transmissibility) - largest) < tolerance


def test_mean_cascade_of_a_random_graph():
    """Exact 1.9604 at T = .2, half the threshold, every one of 300,000 people as the seed.

    Standard error .012, measured over 20 graphs; a bias of .036 is caught.
    """
    sizes = cluster_sizes(MIXED, 0.2, 300_000, seed=6).astype(float)
    assert abs(network.mean_outbreak_size(MIXED, 0.2) - float((sizes**2).sum()) / 300_000) < 0.036


@settings(max_examples=40, deadline=None)
@given(st.floats(0.5, 12.0), st.floats(0.01, 1.0))
def test_poisson_degrees_by_lambert(mean, t):
    """S = 1 + W(-c exp(-c)) / c with c = T mean; below the threshold clusters are Borel's trees."""
    c, degrees = t * mean, network.poisson_degrees(mean)
    if c > 1.001:
        share = 1 + float(lambertw(-c * math.exp(-c)).real) / c
        assert network.giant_component(degrees, t) == pytest.approx(share, abs=1e-9)
    elif c < 0.999:
        assert network.giant_component(degrees, t) == 0.0
        assert network.mean_outbreak_size(degrees, t) == pytest.approx(1 / (1 - c), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=4, max_size=7).filter(lambda w: any(w[3:])), st.floats(0.05, 1.0))
def test_large_cascades_by_branching(weights, t):
    """A tie leads to a person with excess further ties: the line along open ties must not end."""
    p = np.array(weights) / sum(weights)
    excess = np.arange(1, len(p)) * p[1:] / (p @ np.arange(len(p)))
    open_ties = np.zeros(len(excess))
    for n, share in enumerate(excess):
        for k in range(n + 1):
            open_ties[k] += share * offspring.binomial(n, t).pmf(k)
    law = offspring.pmf_law(open_ties)
    if abs(law.mean - 1) < 1e-3:
        return
    end = branching.extinction_probability(law)  # of the line of a person reached by a tie
    missed = sum(share * (1 - t + t * end) ** k for k, share in enumerate(p))
    assert network.giant_component(p, t) == pytest.approx(1 - missed, abs=1e-9)
    assert (network.percolation_threshold(p) < t) == (law.mean > 1)


def test_three_ties_each_by_adding_up_generations():
    expected = 1 + sum(3 * 2 ** (g - 1) * 0.3**g for g in range(1, 200))
    assert network.mean_outbreak_size([0, 0, 0, 1], 0.3) == pytest.approx(expected, rel=1e-12)


def test_graphs_that_have_no_large_cascade():
    assert network.percolation_threshold([0, 1]) == math.inf
    assert network.percolation_threshold([1.0]) == math.inf
    assert network.giant_component([0.0, 1.0], 1.0) == 0.0
    assert network.giant_component([1.0], 0.5) == 0.0
    assert network.mean_outbreak_size([1.0], 1.0) == 1.0
    assert network.mean_outbreak_size([0, 1], 0.25) == 1.25


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 4), st.floats(0, 1), st.integers(0, 4))
def test_exposures_by_going_through_them(alpha, strong, s, weak, w):
    adopted = alpha
    for chance in [strong] * s + [weak] * w:
        adopted += (1 - adopted) * chance
    assert network.independent_exposures(alpha, strong, s, weak, w) == pytest.approx(adopted, abs=1e-12)


def by_brute_force(edges, seed, chances, directed):
    """Every subset of open ties, and the people it connects with the seed."""
    persons = {seed}.union(*edges)
    sizes = np.zeros(len(persons) + 1)
    for states in product([False, True], repeat=len(edges)):
        graph = nx.DiGraph() if directed else nx.Graph()
        graph.add_nodes_from(persons)
        graph.add_edges_from(edge for edge, is_open in zip(edges, states, strict=True) if is_open)
        likelihood = math.prod(p if is_open else 1 - p for p, is_open in zip(chances, states, strict=True))
        sizes[1 + len(nx.descendants(graph, seed))] += likelihood
    return sizes


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_small_cascades_by_brute_force(data):
    directed = data.draw(st.booleans())
    pairs = [(a, b) for a in range(5) for b in range(5) if (a != b if directed else a < b)]
    edges = data.draw(st.lists(st.sampled_from(pairs), max_size=7, unique=True))
    chances = data.draw(st.lists(st.floats(0, 1), min_size=len(edges), max_size=len(edges)))
    found = cascade_sizes(edges, 0, chances, directed=directed)
    assert found == pytest.approx(by_brute_force(edges, 0, chances, directed), abs=1e-12)
    assert found.sum() == pytest.approx(1.0)


def test_star_is_binomial_and_twenty_ties_are_enough_for_it():
    found = cascade_sizes([(0, i) for i in range(1, 13)], 0, 0.3)
    assert found[1:] == pytest.approx([offspring.binomial(12, 0.3).pmf(k) for k in range(13)], rel=1e-10)
    path = cascade_sizes([(i, i + 1) for i in range(20)], 0, 0.5)
    assert path[1:] == pytest.approx([0.5**k for k in range(1, 21)] + [0.5**20], rel=1e-12)


def test_ties_that_lead_only_one_way():
    assert cascade_sizes([(1, 0)], 0, 1).tolist() == [0, 0, 1]
    assert cascade_sizes([(1, 0)], 0, 1, directed=True).tolist() == [0, 1, 0]
    assert cascade_sizes([], 7, 0.5).tolist() == [0, 1]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: network.poisson_degrees(-1), "mean must be finite and at least 0"),
        (lambda: network.percolation_threshold([0.5]), "degree_pmf must sum to 1"),
        (lambda: network.giant_component([0, 1], 1.1), "transmissibility must be between 0 and 1"),
        (lambda: network.mean_outbreak_size([0, 0, 0, 1], 0.5), "below the threshold 0.5"),
        (lambda: network.independent_exposures(0.1, 0.1, -1, 0.1, 1), "s must be finite and at least 0"),
        (lambda: network.independent_exposures(0.1, 0.1, 1, 1.1, 1), "beta_weak must be between"),
        (lambda: cascade_sizes([(0, i) for i in range(21)], 0, 0.5), "at most 20 ties"),
        (lambda: cascade_sizes([(0, 1)], 0, [0.1, 0.2]), "2 chances for 1 ties"),
        (lambda: cascade_sizes([(0, 1)], 0, 1.5), "probability must be between 0 and 1"),
    ],
)
def test_what_is_out_of_range_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("transmissibility", [0.22, 0.3, 0.7])
def test_variance_of_a_random_graph_is_that_of_given_degrees_and_of_the_degrees(transmissibility):
    """Two derivations: the closed form, and the law of total variance over Poisson degrees.

    The ends of all ties of a graph whose pairs are drawn vary twice as much as those of degrees drawn
    one by one, so what depends on their number counts twice.
    """
    mean, t = 5.0, transmissibility
    p = network.poisson_degrees(mean)
    k = np.arange(len(p))
    x = 1.0 - network.giant_component(p, t)  # of a Poisson law, excess degrees are degrees
    u = 1.0 - t + t * x
    r = t * mean * x / (mean * x - x * t * mean**2 * x)
    each = u**k - r * (k * x**2 - k * x * u ** np.maximum(k - 1, 0))
    slope = (p @ (each * k) - (p @ each) * mean) / mean
    by_parts = network.giant_component_variance(p, t) + p @ each**2 - (p @ each) ** 2 + slope**2 * mean
    assert by_parts == pytest.approx(network.random_graph_variance(mean, t), rel=1e-9)


def test_variance_of_a_large_cascade_by_simulation():
    """n times the variance .4547 of degrees 1, 3, 1, 8 at T = .4; on their own people would have .2500.

    400 graphs of 4,000: standard error of a variance .0322; a bias of four of them (28 %) is caught.
    """
    rng, n, found = np.random.default_rng(8), 4000, []
    ends = np.repeat(np.arange(n), np.resize([1, 3, 1, 8], n))
    for _ in range(400):
        ties = rng.permutation(ends)[: len(ends) // 2 * 2].reshape(-1, 2)
        ties = ties[rng.random(len(ties)) < 0.4]
        graph = coo_array((np.ones(len(ties)), (ties[:, 0], ties[:, 1])), shape=(n, n))
        found.append(np.bincount(connected_components(graph, directed=False)[1]).max() / n)
    degrees = [0, 0.5, 0, 0.25, 0, 0, 0, 0, 0.25]
    assert n * np.var(found, ddof=1) == pytest.approx(
        network.giant_component_variance(degrees, 0.4), abs=0.13
    )


def test_variance_of_a_large_cascade_needs_one():
    with pytest.raises(ValueError, match="above the threshold"):
        network.giant_component_variance([0, 0, 0, 1], 0.5)
    with pytest.raises(ValueError, match="above 1"):
        network.random_graph_variance(5.0, 0.2)
