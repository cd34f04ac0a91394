"""One line of customers: extinction and total progeny by other roads than the formulas'."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.polynomial import polynomial
from scipy.special import lambertw
from theory_laws import many_laws, random_laws

from referralsim.theory import branching, multitype, offspring

LAWS = [law for law, _ in many_laws()]
DYING = [law for law in LAWS if law.mean < 1]


def generations_by_composition(pmf, n_generations):
    """Probabilities of the size of generation g, by putting polynomials into each other."""
    sizes = [0.0, 1.0]
    for _ in range(n_generations):
        composed, power = np.zeros(1), np.ones(1)
        for share in pmf:
            composed = polynomial.polyadd(composed, share * power)
            power = polynomial.polymul(power, sizes)
        sizes = composed
    return np.asarray(sizes)


def progeny_by_power_series(law, most):
    """P(T = n) up to n = most from T(z) = z G(T(z)), coefficient by coefficient."""
    series = np.zeros(most + 1)
    for _ in range(most):
        total, power = np.zeros(most + 1), np.eye(1, most + 1)[0]
        for x in range(most + 1):
            total += law.pmf(x) * power
            power = np.convolve(power, series)[: most + 1]
        series = np.append(0.0, total[:-1])
    return series


@settings(max_examples=60, deadline=None)
@given(random_laws())
def test_extinction_is_the_smallest_fixed_point(law):
    assume(abs(law.mean - 1) > 1e-3)
    q = branching.extinction_probability(law)
    assert law.pgf(q) == pytest.approx(q, abs=1e-12)
    below = np.linspace(0.0, q, 50, endpoint=False)
    assert all(law.pgf(float(s)) > s for s in below[below < q - 1e-9])


@settings(max_examples=60, deadline=None)
@given(st.floats(1.01, 8.0))
def test_extinction_of_poisson_by_lambert(mean):
    """q = -W(-m exp(-m)) / m on the principal branch."""
    exact = float(-lambertw(-mean * math.exp(-mean)).real / mean)
    assert branching.extinction_probability(offspring.poisson(mean)) == pytest.approx(exact, abs=1e-11)


@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
def test_extinction_is_where_empty_generations_lead(law):
    late = branching.extinct_by(law, 2000)
    assert branching.extinction_probability(law) == pytest.approx(late, abs=1e-10)


def test_who_brings_exactly_one_never_ends_and_a_critical_line_does():
    assert branching.extinction_probability(offspring.fixed(1)) == 0.0
    assert branching.extinction_probability(offspring.poisson(1.0)) == 1.0


@pytest.mark.parametrize("generation", [0, 1, 2, 3])
def test_generations_by_composing_polynomials(generation):
    pmf = [0.4, 0.1, 0.3, 0.2]
    law, sizes = offspring.pmf_law(pmf), generations_by_composition(pmf, generation)
    n = np.arange(len(sizes))
    mean = float(sizes @ n)
    assert branching.extinct_by(law, generation) == pytest.approx(sizes[0], abs=1e-14)
    assert branching.generation_mean(law, generation) == pytest.approx(mean, rel=1e-12)
    variance = float(sizes @ (n - mean) ** 2)
    assert branching.generation_variance(law, generation) == pytest.approx(variance, abs=1e-10)


@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
def test_total_progeny_by_power_series(law):
    exact = progeny_by_power_series(law, 12)
    found = [branching.total_progeny_pmf(law, n) for n in range(1, 13)]
    assert found == pytest.approx(exact[1:].tolist(), rel=1e-9, abs=1e-15)


@settings(max_examples=25, deadline=None)
@given(random_laws())
def test_total_progeny_adds_up_to_extinction(law):
    """The tail falls as c**n with c = min over s of G(s) / s, so that 300 terms do for c < .93."""
    assume(min(law.pgf(float(s)) / s for s in np.linspace(0.01, 1.0, 100)) < 0.93)
    assume(law.pmf(0) > 0)
    total = math.fsum(branching.total_progeny_pmf(law, n) for n in range(1, 300))
    assert total == pytest.approx(branching.extinction_probability(law), abs=1e-9)


@pytest.mark.parametrize("law", DYING, ids=[law.name for law in DYING])
def test_mean_and_variance_of_total_progeny_by_summing(law):
    n = np.arange(1, 400 if law.name.startswith("law") else 6000)
    pmf = np.array([branching.total_progeny_pmf(law, int(size)) for size in n])
    mean = float(pmf @ n)
    assert branching.total_progeny_mean(law) == pytest.approx(mean, rel=1e-8)
    assert branching.total_progeny_variance(law) == pytest.approx(float(pmf @ (n - mean) ** 2), abs=1e-5)


def test_three_ancestors_are_three_lines():
    law = offspring.negative_binomial(0.9, 0.5)
    one = np.array([0.0] + [branching.total_progeny_pmf(law, n) for n in range(1, 20)])
    three = np.convolve(np.convolve(one, one), one)[:20]
    found = [branching.total_progeny_pmf(law, n, ancestors=3) for n in range(1, 20)]
    assert found == pytest.approx(three[1:].tolist(), rel=1e-10, abs=1e-15)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: branching.extinct_by(offspring.poisson(1.0), -1), "generation must be at least 0"),
        (lambda: branching.total_progeny_pmf(offspring.poisson(1.0), 0), "n must be at least 1"),
        (lambda: branching.total_progeny_pmf(offspring.poisson(1.0), 2, 0), "ancestors must be at least 1"),
        (lambda: branching.total_progeny_mean(offspring.poisson(1.0)), "no finite expected size"),
        (lambda: branching.total_progeny_variance(offspring.poisson(2.0)), "below 1"),
        (lambda: multitype.spectral_radius([[0.1, 0.2]]), "must be square"),
        (lambda: multitype.spectral_radius([[-0.1]]), "at least 0"),
        (lambda: multitype.spectral_radius(np.empty((0, 0))), "must be square"),
        (lambda: multitype.expected_generation([[0.1]], [1, 2], 1), "start must be 1 numbers"),
        (lambda: multitype.expected_generation([[0.1]], [-1], 1), "at least 0"),
        (lambda: multitype.total_progeny_types([[1.0]]), "spectral radius must be below 1"),
        (lambda: multitype.extinction_probability_types([]), "one generating function a type"),
    ],
)
def test_what_is_out_of_range_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


MATRIX = np.array([[0.3, 0.2], [0.5, 0.4]])


def test_spectral_radius_by_the_quadratic_formula():
    trace, determinant = 0.7, 0.3 * 0.4 - 0.2 * 0.5
    exact = (trace + math.sqrt(trace**2 - 4 * determinant)) / 2
    assert multitype.spectral_radius(MATRIX) == pytest.approx(exact, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.01, 1.0), min_size=9, max_size=9))
def test_spectral_radius_by_repeated_generations(cells):
    matrix, people = np.reshape(cells, (3, 3)), np.ones(3)
    for _ in range(3000):
        people = people @ matrix
        growth = people.sum()
        people /= growth
    assert multitype.spectral_radius(matrix) == pytest.approx(growth, rel=1e-6)


def test_generations_and_total_by_adding_up():
    line, total = np.array([2.0, 1.0]), np.zeros(2)
    for generation in range(120):
        found = multitype.expected_generation(MATRIX, [2.0, 1.0], generation)
        assert found == pytest.approx(line, rel=1e-12)
        total += line
        line = np.array([line[0] * 0.3 + line[1] * 0.5, line[0] * 0.2 + line[1] * 0.4])
    assert np.array([2.0, 1.0]) @ multitype.total_progeny_types(MATRIX) == pytest.approx(total, rel=1e-12)


def test_extinction_of_types_that_differ_in_how_much_they_refer():
    """Children are of type j with chance w_j whoever their parent is: then one mixed law says the same."""
    activity, share = np.array([0.2, 1.0, 6.0]), np.array([0.5, 0.3, 0.2])
    x = np.arange(80)
    pmf = sum(
        w * np.array([offspring.poisson(a).pmf(int(k)) for k in x])
        for a, w in zip(activity, share, strict=True)
    )
    mixed = branching.extinction_probability(offspring.pmf_law(pmf))
    found = multitype.extinction_probability_types(multitype.poisson_types(np.outer(activity, share)))
    assert found == pytest.approx(np.exp(activity * (mixed - 1)), abs=1e-12)


def test_types_that_die_out_do_so_for_certain():
    assert multitype.extinction_probability_types(multitype.poisson_types(MATRIX)) == pytest.approx(1.0)


def test_too_near_the_threshold_is_said():
    with pytest.raises(ArithmeticError, match="too near the threshold"):
        multitype.extinction_probability_types([lambda s: math.exp(s[0] - 1.0)])
