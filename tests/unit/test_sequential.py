"""Intervals that hold at every look, and the looks themselves."""

import math

import numpy as np
import pytest

from referralsim.experiment.sequential import FEWEST, batches, look_at, quantile


def mixture_log_ratio(t: float, n: int, spread: float) -> float:
    """The logarithm of B_n(t), written down again from the module's equation."""
    nu, r = n - 1, 1 + n * spread
    return -0.5 * math.log(r) + (nu + 1) / 2 * (math.log1p(t * t / nu) - math.log1p(t * t / (nu * r)))


@pytest.mark.parametrize("n", [8, 20, 200])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_the_quantile_solves_its_equation(n: int, alpha: float) -> None:
    assert mixture_log_ratio(quantile(n, alpha), n, 0.5) == pytest.approx(-math.log(alpha), rel=1e-9)


def test_looking_all_the_time_misses_no_more_often_than_said() -> None:
    """False alarms under peeking: 4,000 series, a look after each of 200 values. Expected at most 5 %.

    n = 4,000, standard error .0034; an excess of .008 would be seen (z = 2.3). Student's interval, for
    comparison, errs in far more: the test would fail with it (planted below).
    """
    random = np.random.default_rng(5)
    alarms = student = 0
    at = [quantile(n, 0.05) for n in range(201)] if quantile(2, 0.05) else []
    for _ in range(4_000):
        values = random.standard_normal(200)
        n = np.arange(1, 201)
        total, squares = values.cumsum(), (values**2).cumsum()
        mean = total / n
        variance = (squares - n * mean**2)[FEWEST - 1 :] / (n[FEWEST - 1 :] - 1)
        t = np.abs(mean[FEWEST - 1 :]) / np.sqrt(variance / n[FEWEST - 1 :])
        alarms += bool((t > np.array(at[FEWEST:])).any())
        student += bool((t > 2.1).any())
    assert alarms / 4_000 <= 0.05
    assert student / 4_000 > 0.2


def test_the_interval_finds_a_real_difference() -> None:
    values = np.random.default_rng(6).normal(1.0, 1.0, 60)
    assert look_at(values).decided
    assert look_at(values).low < 1.0 < look_at(values).high


def test_few_values_decide_nothing_and_equal_values_all() -> None:
    assert not look_at([1.0] * (FEWEST - 1)).decided
    assert look_at([1.0] * FEWEST) == (1.0, 1.0, 1.0, FEWEST)
    assert look_at([0.0] * FEWEST).half_width == 0.0


def test_looks_grow_and_end_at_the_last_replication() -> None:
    assert batches(10, 10) == [10]
    assert batches(40, 10) == [10]
    assert batches(10, 60)[-1] == 60
