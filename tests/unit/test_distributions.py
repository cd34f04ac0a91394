"""Laws drawn from addresses: same bits compiled, right moments, right quantiles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit
from scipy import stats
from scipy.special import ndtri

from referralsim import distributions as d
from referralsim.distributions import CountLaw, Law
from referralsim.randomness import address, stream_key

KEY = stream_key(2024, 1)
TABLE = np.array([1.0, 2.0, 3.0, 9.0])

LAWS = [
    (Law.FIXED, 1.5, 0.0, None),
    (Law.EXPONENTIAL, 2.0, 0.0, stats.expon(scale=2.0)),
    (Law.LOGNORMAL, 0.3, 1.2, stats.lognorm(1.2, scale=math.exp(0.3))),
    (Law.GAMMA, 0.5, 2.0, stats.gamma(0.5, scale=2.0)),
    (Law.GAMMA, 2.5, 1.0, stats.gamma(2.5)),
    (Law.UNIFORM, 1.0, 3.0, stats.uniform(1.0, 2.0)),
    (Law.WEIBULL, 1.5, 2.0, stats.weibull_min(1.5, scale=2.0)),
    (Law.PARETO, 2.5, 1.0, stats.pareto(2.5)),
    (Law.EMPIRICAL, 0.0, 4.0, None),
]
COUNTS = [
    (CountLaw.POISSON, 2.0, 0.0, stats.poisson(2.0)),
    (CountLaw.POISSON, 300.0, 0.0, stats.poisson(300.0)),
    (CountLaw.GEOMETRIC, 0.7, 0.0, stats.nbinom(1, 1 / 1.7)),
    (CountLaw.NEGATIVE_BIN, 1.5, 1.0, stats.nbinom(1.0, 1 / 2.5)),
    (CountLaw.NEGATIVE_BIN, 2.0, 0.3, stats.nbinom(0.3, 0.3 / 2.3)),
    (CountLaw.BINOMIAL, 10.0, 0.3, stats.binom(10, 0.3)),
]


@njit
def draws(key, n, law, a, b, table):
    out = np.empty(n)
    for i in range(n):
        out[i] = d.draw(address(key, i, 0, 0), law, a, b, table)
    return out


@njit
def counts(key, n, law, a, b):
    out = np.empty(n, np.int64)
    for i in range(n):
        out[i] = d.draw_count(address(key, i, 0, 0), law, a, b)
    return out


@pytest.mark.parametrize(("law", "a", "b", "_known"), LAWS)
def test_compiled_values_have_the_bits_of_python_values(law, a, b, _known):
    compiled = draws(np.uint64(KEY), 500, int(law), a, b, TABLE)
    plain = [d.draw(address(KEY, i, 0, 0), int(law), a, b, TABLE) for i in range(500)]
    assert compiled.tolist() == plain


@pytest.mark.parametrize(("law", "a", "b", "_known"), COUNTS)
def test_compiled_counts_are_python_counts(law, a, b, _known):
    compiled = counts(np.uint64(KEY), 300, int(law), a, b)
    assert compiled.tolist() == [d.draw_count(address(KEY, i, 0, 0), int(law), a, b) for i in range(300)]


@pytest.mark.parametrize(("law", "a", "b", "known"), [row for row in LAWS if row[3]])
def test_values_follow_their_law(law, a, b, known):
    """n = 100,000; Kolmogorov-Smirnov catches a distribution function off by .006 (p = 1e-3)."""
    values = draws(np.uint64(KEY), 100_000, int(law), a, b, TABLE)
    assert stats.kstest(values, known.cdf).pvalue > 1e-3


@pytest.mark.parametrize(("law", "a", "b", "known"), COUNTS)
def test_counts_follow_their_law(law, a, b, known):
    """n = 100,000: mean within 4.5 standard errors; chi-square on the common values."""
    values = counts(np.uint64(KEY), 100_000, int(law), a, b)
    z = (values.mean() - known.mean()) / math.sqrt(known.var() / len(values))
    assert abs(z) < 4.5
    low, high = int(known.ppf(0.01)), int(known.ppf(0.99))
    observed = np.bincount(values, minlength=high + 1)[low : high + 1]
    expected = known.pmf(np.arange(low, high + 1)) * len(values)
    chi2 = ((observed - expected) ** 2 / expected).sum()
    assert stats.chi2.sf(chi2, len(observed)) > 1e-4


def test_a_table_gives_its_rows_equally_often():
    values = draws(np.uint64(KEY), 40_000, int(Law.EMPIRICAL), 0.0, 4.0, TABLE)
    shares = [(values == row).mean() for row in TABLE]
    assert max(abs(share - 0.25) for share in shares) < 4.5 * math.sqrt(0.25 * 0.75 / 40_000)


def test_everybody_is_more_than_anybody_has():
    assert d.draw_count(0, int(CountLaw.ALL), 0.0, 0.0) == d.EVERYBODY


@pytest.mark.parametrize("p", [1e-15, 1e-8, 0.01, 0.075, 0.3, 0.5, 0.925, 0.99, 1 - 1e-12])
def test_normal_quantile_is_scipys(p):
    assert d.normal_quantile(p) == pytest.approx(float(ndtri(p)), rel=2e-15, abs=1e-15)


@pytest.mark.parametrize(
    ("value", "whole"), [(0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (2.4999, 2), (7.0, 7)]
)
def test_halves_round_to_even(value, whole):
    assert d.round_half_even(value) == whole == round(value)
