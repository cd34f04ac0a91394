"""Luck and ignorance told apart, where both are known in closed form."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from worlds import write

from referralsim.experiment.ignorance import split_pairs
from referralsim.experiment.plan import plan
from referralsim.experiment.run import run_experiment
from referralsim.scenario.load import load_study

CLOSED = """
referralsim: 1
name: closed
horizon: 100 d
seed: 5
population: {size: 50, graph: {small_world: {mean_degree: 4}}}
acquisition: {initial: {customers: 50}}
product:
  use: {rate: 0 per day}
  purchases: {every: 30 d, basket: {exponential: {mean: 100.00}}, margin: 40 %}
uncertain:
  - {path: product.purchases.basket.exponential.mean, law: {uniform: {low: 80.00, high: 120.00}}}
"""


def test_the_split_is_unbiased() -> None:
    """4,000 repeats of 10 draws, ignorance 4 and luck 9 (variances), normal.

    E of the estimates before they are cut off at 0 is exact; the mean of luck has s.e. 9 sqrt(2/40,000)
    = .064, that of between 17 sqrt(2/36,000) = .127. Four s.e. are allowed: a bias of 3 % would be seen.
    """
    random = np.random.default_rng(11)
    within, between, held = [], [], 0
    for _ in range(4000):
        truth = random.normal(0, 2, 10)
        first, second = truth + random.normal(0, 3, (2, 10))
        found = split_pairs(first, second)
        within.append(found.chance_sd**2)
        between.append(2 * float(((first + second) / 2).var(ddof=1)))
        held += found.low <= 4 / 13 <= found.high
        assert found.ignorance_sd**2 == pytest.approx(max(0.0, (between[-1] - within[-1]) / 2))
    assert np.mean(within) == pytest.approx(9, abs=4 * 0.064)
    assert np.mean(between) == pytest.approx(2 * 4 + 9, abs=4 * 0.127)
    assert held / 4000 == pytest.approx(0.95, abs=0.015)  # the interval is exact; s.e. .0034


def test_all_luck_all_ignorance_and_nothing_at_all() -> None:
    same = np.array([1.0, 4.0, 2.0, 8.0])
    assert split_pairs(same, same)[4:] == (1.0, 1.0, 1.0)
    swapped = split_pairs(np.array([1.0, 2.0]), np.array([2.0, 1.0]))
    assert (swapped.ignorance_sd, swapped.share) == (0.0, 0.0)
    assert math.isnan(split_pairs(np.ones(3), np.ones(3)).share)
    assert math.isnan(split_pairs(same[:1], same[:1]).share)
    assert split_pairs(np.array([1.0, math.nan, 3.0]), np.array([1.0, 2.0, 3.0])).n == 2


def test_the_split_of_a_scenario_is_that_of_the_closed_form(tmp_path: Path) -> None:
    """50 customers buy on days 0, 30, 60 and 90; the mean basket m is in 80..120, baskets are exponential.

    Given m a run's margin (40 %) has mean 80 m and variance .16 x 200 m^2. So ignorance is 80 sqrt(400 / 3)
    = 923.8 and luck sqrt(32 (10,000 + 400 / 3)) = 569.4. With 200 draws the s.e. of the sd of luck is 5 %,
    of ignorance about 4.5 %, of the mean 77: four of them are allowed.
    """
    ready = plan(load_study(write(tmp_path, CLOSED), replications=200), draws=True)
    experiment = run_experiment(ready, workers=1)
    found = next(row for row in experiment.ignorance if row["measure"] == "profit")
    assert found["n"] == 200
    assert found["mean"] / 100 == pytest.approx(8000, abs=4 * 77)
    assert found["chance_sd"] / 100 == pytest.approx(569.4, rel=0.20)
    assert found["ignorance_sd"] / 100 == pytest.approx(923.8, rel=0.18)
    share = 923.8**2 / (923.8**2 + 569.4**2)
    assert found["low"] < share < found["high"]
    margin = experiment.values("base", "profit").std() / 100
    assert margin == pytest.approx(math.hypot(923.8, 569.4), rel=0.20)
