"""Intervals and verdicts against scipy's own tests and the limits where formulas break."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from referralsim.metrics.intervals import (
    Difference,
    clear_of_chance,
    mean_interval,
    paired_difference,
    pooled_ratio,
    proportion_interval,
    pseudo_values,
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
        (math.nan, math.nan, "higher", "not known"),
    ],
)
def test_verdict(low, high, better, words):
    assert verdict(Difference((low + high) / 2, low, high, 5, 0.5), better) == words


def test_two_pairs_are_enough_for_a_verdict_and_a_bound_of_zero_is_too_close():
    assert verdict(Difference(0.2, 0.1, 0.3, 2, 0.9), "higher") == "a better"
    assert verdict(Difference(-0.15, -0.3, 0.0, 5, 0.1), "higher") == "too close to call"


def test_pooling_leaves_out_runs_of_which_half_is_unknown_and_takes_small_ones():
    found = pooled_ratio([1.0, math.nan, 2.0], [2.0, 3.0, 4.0])
    assert math.isnan(found[1])
    assert np.nanmean(found) == pytest.approx(3 / 6)
    small = pooled_ratio([0.1, 0.2], [0.3, 0.4])
    assert small.mean() == pytest.approx(3 / 7)
    assert np.ptp(small) == pytest.approx(abs(0.1 / 0.3 - 0.2 / 0.4))  # without one there is the other
    assert np.ptp(pooled_ratio([1e-10, 3e-10], [1.0, 1.0])) == pytest.approx(2e-10)  # small is not dust


def test_dust_of_equal_ratios_is_swept_up():
    estimate = 0.3
    assert pseudo_values(estimate, np.array([0.3, 0.3 + 1e-16, 0.3 - 1e-16])).tolist() == [0.3] * 3


def test_one_pair_or_none_has_no_verdict():
    """A single pair was called too close, which claims that it had been looked at."""
    assert verdict(paired_difference([2.0], [1.0]), "higher") == "not known"
    assert verdict(paired_difference([2.0, math.nan], [1.0, 1.0]), "higher") == "not known"


def test_rounding_dust_is_no_difference():
    """Sums in another order differ in the last bit in every run, which made the finding certain."""
    a = [2.0, 2.0, 2.0000000000000004]
    found = paired_difference(a, [1.9999999999999998, 1.9999999999999998, 2.0])
    assert found == (0.0, 0.0, 0.0, 3, 0.5)
    assert verdict(found, "higher") == "no difference"
    assert paired_difference([1e-12, 3e-12], [0.0, 0.0]).difference > 0  # small is not dust


def test_clear_of_chance_is_holms():
    p_values = [0.04, 0.001, 0.03, 0.012, math.nan]  # .001 < .05/4, .012 < .05/3, .03 > .05/2
    assert clear_of_chance([1 - p / 2 for p in p_values]) == (False, True, False, True, False)
    assert clear_of_chance([p / 2 for p in p_values]) == (False, True, False, True, False)
    assert clear_of_chance([0.979]) == (True,)
    assert clear_of_chance([]) == ()
    assert clear_of_chance([0.75], level=0.5) == (False,)  # a p value of the limit is not below it


def test_equal_designs_are_rarely_called_clearly_different():
    """Of 6 pairs of 4 equal designs at least one is clear alone in 20 % of studies, together in 5 %."""
    random = np.random.default_rng(5)
    alone = together = 0
    for _ in range(400):
        values = random.normal(size=(4, 10))
        chances = [paired_difference(values[a], values[b]).p_a_better for a in range(4) for b in range(a)]
        alone += any(2 * min(p, 1 - p) < 0.05 for p in chances)
        together += any(clear_of_chance(chances))
    assert alone > 0.12 * 400
    assert together < 0.08 * 400  # se .011: 2.7 standard errors above .05


def test_verdict_knows_three_directions_only():
    with pytest.raises(ValueError, match="better must be"):
        verdict(paired_difference(A, B), "up")


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (1, 10), (3, 17), (499, 1000)])
def test_proportion_is_wilsons(successes, n):
    exact = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    found = proportion_interval(successes, n)
    assert found[:3] == pytest.approx((successes / n, exact.low, exact.high), abs=1e-12)
    assert 0 <= found.low <= found.mean <= found.high <= 1


def test_proportion_of_nothing_is_unknown_and_of_too_many_refused():
    assert math.isnan(proportion_interval(0, 0).mean)
    assert proportion_interval(0, 0).n == 0
    assert all(proportion_interval(0, n).low == 0 for n in range(1, 200))
    with pytest.raises(ValueError, match="successes"):
        proportion_interval(3, 2)
    with pytest.raises(ValueError, match="successes"):
        proportion_interval(-1, 2)
