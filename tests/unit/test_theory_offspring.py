"""Laws of offspring: against scipy's probabilities, and sums of copies against convolution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from theory_laws import many_laws, random_laws

from referralsim.theory import offspring

LAWS = many_laws()


@pytest.mark.parametrize("law, pmf", LAWS, ids=[law.name for law, _ in LAWS])
def test_probabilities_moments_and_generating_function_agree_with_scipy(law, pmf):
    x = np.arange(len(pmf))
    mean = float(pmf @ x)
    assert [law.pmf(int(k)) for k in x] == pytest.approx(pmf.tolist(), rel=1e-10, abs=1e-15)
    assert law.mean == pytest.approx(mean, abs=1e-12)
    assert law.variance == pytest.approx(float(pmf @ (x - mean) ** 2), abs=1e-10)
    for s in (0.0, 0.3, 0.9, 1.0):
        assert law.pgf(s) == pytest.approx(float(pmf @ s**x), rel=1e-12)


@pytest.mark.parametrize("law, pmf", LAWS, ids=[law.name for law, _ in LAWS])
def test_three_customers_bring_the_sum_of_three(law, pmf):
    three = np.convolve(np.convolve(pmf[:40], pmf[:40]), pmf[:40])[:30]
    assert [law.sum_pmf(3, x) for x in range(30)] == pytest.approx(three.tolist(), rel=1e-9, abs=1e-15)


@settings(max_examples=40, deadline=None)
@given(random_laws(), st.integers(1, 6), st.integers(1, 6), st.integers(0, 12))
def test_sums_of_copies_add_up(law, n, m, x):
    together = sum(law.sum_pmf(n, i) * law.sum_pmf(m, x - i) for i in range(x + 1))
    assert law.sum_pmf(n + m, x) == pytest.approx(together, rel=1e-9, abs=1e-15)


def test_nobody_brings_less_than_nobody():
    assert [law.pmf(-1) for law, _ in LAWS] == [0.0] * len(LAWS)


def test_a_few_bring_most_when_dispersion_is_small():
    laws = [offspring.negative_binomial(1.0, k) for k in (0.1, 1.0, 1e6)] + [offspring.poisson(1.0)]
    assert laws[0].pmf(0) > laws[1].pmf(0) > laws[2].pmf(0)
    assert laws[2].pmf(0) == pytest.approx(laws[3].pmf(0), rel=1e-5)
    assert offspring.geometric(1.0).variance == laws[1].variance


def test_probabilities_that_are_a_little_off_are_put_right():
    law = offspring.pmf_law(np.array([0.5, 0.5 + 5e-10]))
    assert law.pgf(1.0) == 1.0


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: offspring.poisson(-0.1), "mean must be finite and at least 0"),
        (lambda: offspring.poisson(float("nan")), "mean must be finite"),
        (lambda: offspring.negative_binomial(1.0, 0.0), "dispersion must be finite and above 0"),
        (lambda: offspring.binomial(-1, 0.5), "n must be at least 0"),
        (lambda: offspring.binomial(1, 1.5), "probability_each must be between 0 and 1"),
        (lambda: offspring.fixed(-1), "k must be at least 0"),
        (lambda: offspring.pmf_law([]), "one row of numbers"),
        (lambda: offspring.pmf_law([1.5, -0.5]), "at least 0"),
        (lambda: offspring.pmf_law([[1.0]]), "one row of numbers"),
        (lambda: offspring.pmf_law([0.5, 0.4]), "must sum to 1"),
    ],
)
def test_what_is_no_law_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_half_a_friend_is_refused():
    with pytest.raises(TypeError):
        offspring.fixed(0.5)
