"""Intervals and verdicts against scipy's own tests and the limits where formulas break."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from referralsim.metrics.intervals import (
    Difference,
    mean_interval,
    paired_difference,
    proportion_interval,
    verdict,
)

A = [0.31, 0.42, 0.28, 0.51, 0.37, 0.44]
B = [0.30, 0.35, 0.29, 0.40, 0.33, 0.41]


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
def test_mean_interval_is_students(level):
    found = mean_interval(A, level)
    low, high = stats.t.interval(level, len(A) - 1, np.mean(A), stats.sem(A))
    assert found == pytest.approx((np.mean(A), low, high, len(A)), rel=1e-12)


def test_undefined_runs_are_left_out_and_n_says_so():
    assert mean_interval([*A, math.nan]) == pytest.approx(mean_interval(A))


@pytest.mark.parametrize(("values", "n"), [([], 0), ([math.nan], 0), ([3.0], 1)])
def test_too_few_runs_give_no_bounds(values, n):
    found = mean_interval(values)
    assert found.n == n
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.mean == 3.0 if n else math.isnan(found.mean)


def test_paired_difference_is_the_paired_t_test():
    found = paired_difference(A, B)
    test = stats.ttest_rel(A, B, alternative="greater")
    low, high = stats.ttest_rel(A, B).confidence_interval(0.95)
    assert found[:4] == pytest.approx((np.mean(A) - np.mean(B), low, high, 6), rel=1e-12)
    assert found.p_a_better == pytest.approx(1 - test.pvalue, rel=1e-10)
    assert paired_difference(B, A).p_a_better == pytest.approx(test.pvalue, rel=1e-8)


def test_pairs_with_an_undefined_side_are_left_out_together():
    found = paired_difference([math.nan, *A, 1.0], [5.0, *B, math.nan])
    assert found == pytest.approx(paired_difference(A, B))


def test_differences_without_spread():
    assert paired_difference(A, A) == (0.0, 0.0, 0.0, 6, 0.5)
    assert paired_difference([2.0, 3.0], [1.0, 2.0]) == (1.0, 1.0, 1.0, 2, 1.0)
    assert paired_difference([1.0, 2.0], [2.0, 3.0]).p_a_better == 0.0
    single = paired_difference([2.0], [1.0])
    assert single.difference == 1.0
    assert math.isnan(single.p_a_better)


def test_unequal_numbers_of_runs_are_refused():
    with pytest.raises(ValueError, match="equally many"):
        paired_difference([1.0, 2.0], [1.0])


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_level_outside_zero_and_one_is_refused(level):
    with pytest.raises(ValueError, match="level"):
        mean_interval(A, level)
    with pytest.raises(ValueError, match="level"):
        proportion_interval(1, 2, level)


@pytest.mark.parametrize(
    ("low", "high", "better", "words"),
    [
        (0.1, 0.3, "higher", "a better"),
        (0.1, 0.3, "lower", "b better"),
        (-0.3, -0.1, "higher", "b better"),
        (-0.3, -0.1, "lower", "a better"),
        (0.1, 0.3, "none", "a higher"),
        (-0.3, -0.1, "none", "b higher"),
        (-0.1, 0.3, "higher", "too close to call"),
        (0.0, 0.3, "lower", "too close to call"),
        (0.0, 0.0, "higher", "no difference"),
        (math.nan, math.nan, "higher", "too close to call"),
    ],
)
def test_verdict(low, high, better, words):
    assert verdict(Difference((low + high) / 2, low, high, 5, 0.5), better) == words


def test_verdict_knows_three_directions_only():
    with pytest.raises(ValueError, match="better must be"):
        verdict(paired_difference(A, B), "up")


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (3, 17), (499, 1000)])
def test_proportion_is_wilsons(successes, n):
    exact = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    found = proportion_interval(successes, n)
    assert found[:3] == pytest.approx((successes / n, exact.low, exact.high), abs=1e-12)
    assert 0 <= found.low <= found.mean <= found.high <= 1


def test_proportion_of_nothing_is_unknown_and_of_too_many_refused():
    assert math.isnan(proportion_interval(0, 0).mean)
    with pytest.raises(ValueError, match="successes"):
        proportion_interval(3, 2)
