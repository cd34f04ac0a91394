"""Shapes of trees, diffusion and a planner's means: by search, differential equations and summing."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from helpers_logs import forest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp
from scipy.linalg import expm
from theory_laws import many_laws

from referralsim.metrics import cascade
from referralsim.metrics.joins import joins_of
from referralsim.theory import branching, diffusion, moments, offspring, roots, virality

LAWS = [law for law, _ in many_laws()]


@st.composite
def trees(draw, most=40):
    """Draw one tree, first in order of joining."""
    return [-1] + [draw(st.integers(0, i)) for i in range(draw(st.integers(1, most)))]


def shuffled(parents, seed):
    """The same tree with members in another order."""
    place = np.random.default_rng(seed).permutation(len(parents))
    moved = [0] * len(parents)
    for child, parent in enumerate(parents):
        moved[place[child]] = -1 if parent < 0 else int(place[parent])
    return moved


@settings(max_examples=50, deadline=None)
@given(trees(), st.integers(0, 99))
def test_virality_by_searching_all_pairs_and_by_the_measure(parents, seed):
    graph = nx.Graph((parent, child) for child, parent in enumerate(parents) if parent >= 0)
    mean = nx.average_shortest_path_length(graph)
    assert virality.structural_virality(shuffled(parents, seed)) == pytest.approx(mean, rel=1e-12)
    measured = cascade.trees_of(joins_of(forest(parents))).structural_virality
    assert measured.tolist() == pytest.approx([virality.structural_virality(parents)], rel=1e-14)


def test_a_large_random_tree_by_the_measure():
    """20,000 customers, each brought by anybody before him."""
    rng = np.random.default_rng(1)
    parents = [-1] + [int(rng.integers(0, i)) for i in range(1, 20_000)]
    measured = cascade.trees_of(joins_of(forest(parents))).structural_virality[0]
    assert virality.structural_virality(parents) == pytest.approx(measured, rel=1e-13)


@pytest.mark.parametrize("n", [2, 3, 10, 57])
def test_stars_and_chains(n):
    assert virality.structural_virality([-1] + [0] * (n - 1)) == pytest.approx(virality.star(n), rel=1e-14)
    chain = shuffled([-1, *range(n - 1)], n)
    assert virality.structural_virality(chain) == pytest.approx(virality.path(n), rel=1e-14)


@pytest.mark.parametrize("depth", [1, 2, 3, 6])
def test_complete_binary_trees(depth):
    parents = [-1] + [(i - 1) // 2 for i in range(1, 2 ** (depth + 1) - 1)]
    assert virality.structural_virality(parents) == pytest.approx(virality.complete_binary(depth), rel=1e-14)


def test_a_tree_of_one_has_no_distance():
    assert virality.wiener_index([-1]) == 0
    assert math.isnan(virality.structural_virality([-1]))


@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
def test_shares_by_summing_over_friends(law):
    p0 = law.pmf(0)
    none_further = math.fsum(law.pmf(k) * p0**k for k in range(400))
    assert virality.one_node_share(law) == pytest.approx(branching.total_progeny_pmf(law, 1), abs=1e-12)
    assert virality.deeper_than_one_share(law) == pytest.approx(1 - none_further, abs=1e-10)
    if law.mean < 1:
        near = branching.generation_mean(law, 0) + branching.generation_mean(law, 1)
        share = 1 - near / branching.total_progeny_mean(law)
        assert virality.further_than_one_share(law) == pytest.approx(share, abs=1e-12)


def test_a_poisson_line_of_fifteen_hundredths_is_inside_the_published_bands():
    law = offspring.poisson(0.15)
    assert 0.70 <= virality.one_node_share(law) <= 0.95
    assert 0.01 <= virality.deeper_than_one_share(law) <= 0.04
    assert 0.01 <= virality.further_than_one_share(law) <= 0.06


@pytest.mark.parametrize(
    "birth, death, t", [(0.3, 0.2, 3.0), (0.4, 0.4, 2.0), (0.1, 0.7, 5.0), (0.5, 0.0, 2.0)]
)
def test_birth_death_by_its_forward_equations(birth, death, t):
    """The Kolmogorov equations up to 300 customers; more have a chance below 1e-15."""
    n = np.arange(300.0)
    flow = np.diag(-(birth + death) * n) + np.diag(birth * n[:-1], -1) + np.diag(death * n[1:], 1)
    chances = expm(flow * t)[:, 1]
    mean = float(chances @ n)
    assert diffusion.birth_death_mean(birth, death, t) == pytest.approx(mean, rel=1e-9)
    variance = float(chances @ (n - mean) ** 2)
    assert diffusion.birth_death_variance(birth, death, t) == pytest.approx(variance, rel=1e-8)
    assert diffusion.birth_death_extinct(birth, death, t) == pytest.approx(chances[0], abs=1e-11)


def test_birth_death_lines_end_as_geometric_ones_do():
    late = diffusion.birth_death_extinct(0.3, 0.2, 400.0)
    assert late == pytest.approx(branching.extinction_probability(offspring.geometric(1.5)), abs=1e-12)


@pytest.mark.parametrize("p, q", [(0.03, 0.38), (0.1, 0.0), (0.2, 0.05)])
def test_bass_by_its_differential_equation(p, q):
    times = np.linspace(0.0, 20.0, 2001)
    solved = solve_ivp(
        lambda _, f: (p + q * f) * (1 - f), (0, 20), [0.0], t_eval=times, rtol=1e-10, atol=1e-12
    )
    assert [diffusion.bass_fraction(p, q, t) for t in times] == pytest.approx(solved.y[0].tolist(), abs=1e-8)
    rate = (p + q * solved.y[0]) * (1 - solved.y[0])
    assert abs(diffusion.bass_peak_time(p, q) - times[rate.argmax()]) <= 0.01


@pytest.mark.parametrize(
    ("p", "q", "n", "t"),
    [(0.03, 0.38, 2, 5.0), (0.01, 0.5, 60, 7.67), (0.3, 0.0, 50, 2.0), (0.5, 5.0, 40, 9.0)],
)
def test_bass_of_few_people_by_the_matrix_of_its_rates(p, q, n, t):
    """Uniformisation against the matrix exponential of the same chain, written out."""
    states = np.arange(n + 1)
    rates = (n - states) * (p + q * states / (n - 1))
    law = expm(t * (np.diag(-rates) + np.diag(rates[:-1], 1)))[0]
    mean = law @ (states / n)
    found = diffusion.bass_share(p, q, n, t)
    assert found.mean == pytest.approx(mean, abs=1e-11)
    assert found.variance == pytest.approx(law @ (states / n - mean) ** 2, abs=1e-11)


def test_bass_of_few_people_at_its_ends():
    """Nobody at first; alone, each on his own; and his curve where people are many."""
    assert diffusion.bass_share(0.1, 0.4, 10, 0.0) == (0.0, 0.0)
    alone = 1 - math.exp(-0.6)
    found = diffusion.bass_share(0.3, 0.0, 100, 2.0)
    assert found == pytest.approx((alone, alone * (1 - alone) / 100))
    gaps = [
        diffusion.bass_fraction(0.03, 0.38, 5.0) - diffusion.bass_share(0.03, 0.38, n, 5.0).mean
        for n in (500, 1000, 2000)
    ]
    assert gaps[0] / gaps[1] == pytest.approx(2, abs=0.05)
    assert gaps[1] / gaps[2] == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
@pytest.mark.parametrize("cap", [0, 1, 2, 5])
def test_caps_by_summing(law, cap):
    mean = math.fsum(law.pmf(x) * min(x, cap) for x in range(400))
    assert moments.capped_mean(law, cap) == pytest.approx(mean, abs=1e-10)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 3), st.floats(0, 5), st.floats(0.5, 9), st.floats(0.5, 9))
def test_happy_moments_by_quadrature(w0, amplitude, tau, mean):
    exact, _ = quad(
        lambda d: (w0 + amplitude * math.exp(-d / tau)) * math.exp(-d / mean) / mean, 0, 60 * mean
    )
    assert moments.happy_moment_mean(w0, amplitude, tau, mean) == pytest.approx(exact, abs=1e-7)


@given(st.floats(0, 1))
def test_twelve_months_are_a_year(yearly):
    staying = (1 - moments.monthly_hazard(yearly)) ** 12
    assert staying == pytest.approx(1 - yearly, abs=1e-9)


@given(st.floats(-100, 100), st.floats(0.01, 100))
def test_return_is_gain_over_what_was_paid(gap, reward):
    assert reward * (1 + moments.schmitt_roi(gap, reward)) == pytest.approx(gap, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 0.45), st.floats(0, 0.45))
def test_lift_is_the_quotient_of_two_lines(organic, artificial):
    def customers(k):
        return math.fsum(k**g for g in range(400))

    exact = customers(organic + artificial) / customers(organic)
    assert moments.lift_of_loops(organic, artificial) == pytest.approx(exact, rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.floats(-50, 50))
def test_a_sign_change_is_found_to_the_last_bit(root):
    found = roots.sign_change(lambda x: root - x, -60.0, 60.0)
    assert found == pytest.approx(root, rel=3e-16, abs=1e-300)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: virality.wiener_index([]), "exactly one root"),
        (lambda: virality.wiener_index([-1, -1]), "exactly one root"),
        (lambda: virality.wiener_index([-1, 2]), "between -1 and 1"),
        (lambda: virality.wiener_index([-1, -2]), "between -1 and 1"),
        (lambda: virality.wiener_index([-1, 2, 1]), "his own ancestor"),
        (lambda: virality.star(1), "n must be at least 2"),
        (lambda: virality.path(1), "n must be at least 2"),
        (lambda: virality.complete_binary(0), "depth must be at least 1"),
        (lambda: virality.further_than_one_share(offspring.poisson(1.0)), "no finite expected size"),
        (lambda: diffusion.birth_death_mean(-1, 0, 1), "birth must be finite and at least 0"),
        (lambda: diffusion.birth_death_variance(1, -1, 1), "death must be finite and at least 0"),
        (lambda: diffusion.birth_death_extinct(1, 0, -1), "t must be finite and at least 0"),
        (lambda: diffusion.bass_fraction(0.0, 0.3, 1.0), "p must be finite and above 0"),
        (lambda: diffusion.bass_peak_time(0.1, -0.3), "q must be finite and at least 0"),
        (lambda: diffusion.bass_share(0.1, 0.3, 1, 1.0), "n_people"),
        (lambda: moments.capped_mean(offspring.poisson(1.0), -1), "cap must be at least 0"),
        (lambda: moments.happy_moment_mean(1.0, -2.0, 1.0, 1.0), "amplitude must be finite and at least -1"),
        (lambda: moments.happy_moment_mean(1.0, 2.0, 0.0, 1.0), "tau_days must be finite and above 0"),
        (lambda: moments.happy_moment_mean(1.0, 2.0, 1.0, -1.0), "mean_delay_days must be finite"),
        (lambda: moments.monthly_hazard(1.1), "yearly_defection must be between 0 and 1"),
        (lambda: moments.schmitt_roi(40.0, 0.0), "reward must be finite and above 0"),
        (lambda: moments.schmitt_roi(math.nan, 1.0), "value_gap must be finite"),
        (lambda: moments.lift_of_loops(0.5, 0.5), "must be below 1"),
        (lambda: moments.lift_of_loops(-0.1, 0.5), "k_organic must be finite"),
    ],
)
def test_what_is_out_of_range_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
