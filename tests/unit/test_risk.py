"""How bad one launch may be: chance of passing the budget, worst runs, expected shortfall."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers_experiment import make_experiment
from worlds import write

from referralsim import load_study, plan, run_experiment
from referralsim.experiment.result import Experiment
from referralsim.experiment.risk import (
    budget_of,
    quantile_interval,
    risks,
    share_above,
    shortfall_interval,
    tail,
)
from referralsim.report.risk import risk, risk_lines


def test_the_chance_of_passing_a_bound_is_wilsons() -> None:
    """3 of 20 runs pass 100: 15 %, 5.2 % to 36.0 % (Wilson); one at the bound itself does not pass it."""
    found = share_above([50.0] * 16 + [100.0] + [101.0, 200.0, 300.0], 100.0)
    assert (found.mean, found.n) == (0.15, 20)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3604), abs=1e-4)


def test_without_a_budget_nothing_is_said_about_it() -> None:
    found = share_above([1.0, 2.0], math.nan)
    assert found.n == 0
    assert math.isnan(found.mean)


def test_without_runs_nothing_is_said() -> None:
    assert share_above([math.nan], 5.0).n == 0
    assert math.isnan(quantile_interval([], 0.95).mean)
    assert math.isnan(tail([math.nan])[0])
    assert math.isnan(shortfall_interval([], is_high=True).mean)


def test_the_ends_of_a_quantile_are_the_order_statistics_of_the_binomial() -> None:
    """n = 100: P(B <= 89) = .011 and P(B >= 100) = .006, so the 90th and the 100th; all by hand."""
    found = quantile_interval(np.arange(1.0, 101.0)[::-1], 0.95)
    assert found[1:] == (90.0, 100.0, 100)
    mirrored = quantile_interval(np.arange(1.0, 101.0), 0.05)
    assert mirrored[1:] == (1.0, 11.0, 100)


@pytest.mark.parametrize(("n", "is_known"), [(71, False), (72, True)])
def test_the_far_end_needs_72_runs(n: int, is_known: bool) -> None:
    """.95^72 = .0249 is the first power below .025."""
    assert math.isfinite(quantile_interval(np.arange(n), 0.95).high) == is_known


def test_the_interval_of_a_quantile_covers_it() -> None:
    """Exact coverage of P95 by the 184th to the 197th of 200 values: 96.7 %; n = 1,000, standard error .57 %.

    An interval one order statistic short at each end covers 92.9 %, which this sees.
    """
    random = np.random.default_rng(7)
    intervals = [quantile_interval(random.exponential(size=200), 0.95) for _ in range(1000)]
    assert 950 <= sum(one.low <= -math.log(0.05) <= one.high for one in intervals) <= 984


def test_the_expected_shortfall_is_the_mean_of_the_worst_runs() -> None:
    values = np.arange(1.0, 201.0)
    high, low = (shortfall_interval(values, is_high=end) for end in (True, False))
    assert (high.mean, low.mean) == (np.arange(191, 201).mean(), np.arange(1, 11).mean())
    assert high.low < high.mean < high.high
    assert high.high - high.mean == pytest.approx(low.mean - low.low, abs=1.0)


def test_of_a_few_worst_runs_no_interval_is_claimed() -> None:
    found = shortfall_interval(np.arange(99.0), is_high=True)
    assert math.isfinite(found.mean)
    assert math.isnan(found.low)


def experiment_with(programmes: dict[str, Any], timeline: list[Any] | None = None, **aims: Any) -> Experiment:
    found = make_experiment(("a",), replications=2)
    scenario = found.designs["a"] | {"programmes": programmes, "timeline": timeline or []}
    return dataclasses.replace(found, designs={"a": scenario}, aims=aims)


TOTAL = {"enabled": True, "budget": {"amount": 300.0, "every": None}}
MONTHLY = {"enabled": True, "budget": {"amount": 50.5, "every": "30 d"}}
OPEN = {"enabled": True, "budget": None}


@pytest.mark.parametrize(
    ("programmes", "expected"),
    [
        ({"x": TOTAL}, 30_000),
        ({"x": TOTAL, "y": MONTHLY}, 30_000 + 12 * 5_050),  # 360 days
        ({"x": TOTAL, "y": OPEN}, math.nan),
        ({"x": TOTAL, "y": OPEN | {"enabled": False}}, 30_000),
        ({}, math.nan),
    ],
)
def test_the_budget_is_that_of_the_programmes(programmes: dict[str, Any], expected: float) -> None:
    assert budget_of(experiment_with(programmes), "a") == pytest.approx(expected, nan_ok=True)


def test_a_named_budget_comes_first() -> None:
    assert budget_of(experiment_with({"x": TOTAL}, budget=12.34), "a") == 1234.0


def test_a_budget_that_changes_is_not_known() -> None:
    later = [{"day": "30 d", "set": {"programmes": {"x": {"budget": None}}}}]
    assert math.isnan(budget_of(experiment_with({"x": TOTAL}, later), "a"))


def with_runs(**values: list[float]) -> Experiment:
    rows = [("a", r, name, v, 1) for name, many in values.items() for r, v in enumerate(many)]
    frame = pd.DataFrame(rows, columns=["design", "replication", "measure", "value", "n"])
    return dataclasses.replace(experiment_with({"x": OPEN}, budget=25.0), runs=frame)


MADE = with_runs(
    reward_cost=[1000.0, 2000.0, 3000.0, 4000.0],
    profit=[500.0, -500.0, 900.0, 100.0],
    incremental_profit=[5.0, 6.0, 7.0, 8.0],
    cash_lowest=[0.0, -700.0, -100.0, math.nan],
    reward_unfunded=[0.0, 1.0, 0.0, 0.0],
)


def test_every_bad_end_is_on_its_side() -> None:
    (found,) = risks(MADE)
    worst = {tail.measure: tail.shortfall.mean for tail in found.tails}
    assert worst == {
        "reward_cost": 4000.0,
        "profit": -500.0,
        "incremental_profit": 5.0,
        "cash_lowest": -700.0,
    }
    assert found.over_budget[0::3] == (0.5, 4)
    assert found.out_of_budget.n == 0  # no programme has a budget of its own


def test_the_page_says_what_it_knows() -> None:
    info = risk(MADE, "a")
    assert info is not None
    assert info.title == "\u201ca\u201d: rewards cost more than $25.00 in 2 of 4 runs"
    lines = dict(risk_lines(info))
    assert lines["Budget for rewards"] == ["$25.00"]
    assert lines["Deepest cash, mean of the worst 5\u00a0%"] == ["\u2212$7.00"]
    assert "Chance that a programme\u2019s budget runs out" not in lines


def test_where_no_money_moves_there_is_no_risk_to_show() -> None:
    assert risk(with_runs(reward_cost=[0.0, 0.0], profit=[0.0, 0.0]), "a") is None


BUDGETS = """
referralsim: 1
name: budgets
horizon: 35 d
replications: 2
decision: {budget: BUDGET}
population: {graph: fresh_contacts}
acquisition: {initial: {customers: 50}}
programmes:
  friends:
    asks: [{trigger: activation}]
    response: {mode: table, share: 100 %, accept: 100 %}
    ask_maximum: 1
    contact: {invites: 1, channel: link}
    qualify: {event: activation}
    budget: OWN
    rewards: {referrer: {value: 5.00, type: cash}}
channels: {link: {signed_up: {probability: 100 %, delay: 10 d}}}
"""


@pytest.mark.parametrize(
    ("budget", "own", "over", "out"),
    [
        ("749.99", "null", 1.0, math.nan),  # 150 friends at 5.00
        ("750.00", "null", 0.0, math.nan),
        ("null", "{amount: 700.00}", 0.0, 1.0),  # it never pays more than it has
        ("600.00", "{amount: 700.00}", 1.0, 1.0),
        ("null", "null", math.nan, math.nan),
    ],
)
def test_a_chain_of_known_cost(tmp_path: Path, budget: str, own: str, over: float, out: float) -> None:
    text = BUDGETS.replace("BUDGET", budget).replace("OWN", own)
    (found,) = risks(run_experiment(plan(load_study(write(tmp_path, text))), workers=1))
    assert found.over_budget.mean == pytest.approx(over, nan_ok=True)
    assert found.out_of_budget.mean == pytest.approx(out, nan_ok=True)
    spent = found.tails[0]
    assert spent.quantile.mean == spent.shortfall.mean == (75_000 if own == "null" else 70_000)
