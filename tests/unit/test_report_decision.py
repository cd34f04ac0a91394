"""The decision page: what it is weighed on, and what it says when it cannot be made."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from referralsim import load_study, plan, run_experiment
from referralsim.experiment.choosing import CLEAR, NOT_WORTH
from referralsim.experiment.result import Experiment
from referralsim.experiment.risk import tail
from referralsim.report.decision import MONEY_GOAL, PEOPLE_GOAL, decision
from tests.worlds import SCENARIOS, write

SMALL = """
referralsim: 1
name: small
horizon: 90 d
seed: 8
replications: 6
population: {size: 400, graph: {small_world: {mean_degree: 8}}}
acquisition: {initial: {customers: 40}}
product:
  use: {rate: 0.5 per day}
  moments: {happy: 40 %, unhappy: 0 %}
  purchases: {rate: 0.1 per day, basket: BASKET, margin: 50 %}
programmes:
  friends:
    asks: [{trigger: happy_moment}]
    share: 40 %
    contact: {invites: 2, channel: link, cooldown: 20 d}
    qualify: {event: activation}
    rewards: {referrer: {value: REWARD, type: cash}}
channels: {link: {signed_up: {probability: 30 %}}}
designs: {none: {programmes: {friends: null}}, paid: {}}
"""


def played(tmp_path: Path, basket: str, reward: str = "5.00") -> Experiment:
    text = SMALL.replace("BASKET", basket).replace("REWARD", reward)
    return run_experiment(plan(load_study(write(tmp_path, text))), workers=1)


def test_without_sales_designs_are_weighed_on_customers(tmp_path: Path) -> None:
    """Weighed on money the design without a programme would win by costing nothing."""
    found = decision(played(tmp_path, "0.00"))
    assert found is not None
    assert found.goal == PEOPLE_GOAL
    assert found.rows[0].design == "paid"


def test_with_sales_they_are_weighed_on_what_the_programmes_earn(tmp_path: Path) -> None:
    found = decision(played(tmp_path, "20.00"))
    assert found is not None
    assert (found.goal, found.rows[0].design) == (MONEY_GOAL, "paid")
    assert "Ship" in found.title
    assert any("would have come anyway" in line for line in found.lines)


def test_a_programme_that_only_costs_is_not_shipped(tmp_path: Path) -> None:
    found = decision(played(tmp_path, "0.10", "50.00"))
    assert found is not None
    assert found.rows[0].design == "none"
    assert "has no programme" in found.lines[0]


def test_one_design_is_no_choice() -> None:
    ready = plan(load_study(SCENARIOS / "brand_strength.yaml", size=300, replications=2))
    assert decision(run_experiment(ready.only(None), workers=1)) is None


@pytest.mark.parametrize(("is_high", "expected"), [(True, (95.05, 98.0)), (False, (5.95, 3.0))])
def test_the_tail_is_the_bad_end(is_high: bool, expected: tuple[float, float]) -> None:
    assert tail(np.arange(1.0, 101.0), is_high=is_high) == pytest.approx(expected)


AIMED = {"measure": "incremental_profit", "smallest": 0.0, "budget": None}


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    return played(tmp_path_factory.mktemp("sold"), "20.00")


def aimed(experiment: Experiment, **aims: object) -> Experiment:
    return dataclasses.replace(experiment, aims=AIMED | aims)


def test_a_lead_below_the_smallest_worth_having_is_none(sold: Experiment) -> None:
    """The lead is some hundred dollars: it counts in cents as in dollars, so 10,000 is far above it."""
    found = decision(aimed(sold, smallest=10_000.0))
    assert found is not None
    assert found.choice.verdict == NOT_WORTH
    assert found.choice.smallest == 1_000_000.0
    assert found.title == (
        "Any of them: no difference worth having (below $10,000) in contribution the programmes caused"
    )


def test_a_lead_above_it_is_still_clear(sold: Experiment) -> None:
    found = decision(aimed(sold, smallest=1.0))
    assert found is not None
    assert found.choice.verdict == CLEAR
    assert any("Only a lead of more than $1" in line for line in found.lines)


def test_designs_are_weighed_on_the_measure_that_is_named(sold: Experiment) -> None:
    found = decision(aimed(sold, measure="cost_per_incremental_customer"))
    other = decision(aimed(sold, measure="customers", smallest=1.0))
    assert found is not None
    assert other is not None
    assert (found.goal, other.goal) == ("cost_per_incremental_customer", "customers")
    assert other.choice.smallest == 1.0  # customers, not cents


def test_a_budget_is_spoken_of(sold: Experiment) -> None:
    found = decision(aimed(sold, budget=1.0))
    assert found is not None
    assert any(
        line.startswith("Its budget: rewards cost more than $1 in 6 of 6 runs") for line in found.lines
    )


def test_how_deep_the_red_is_counts_all_runs(sold: Experiment) -> None:
    """Of the mean over runs that were in the red alone nobody learns how many were not."""
    found = decision(sold)
    assert found is not None
    (line,) = (line for line in found.lines if line.startswith("Its risk"))
    n = int((sold.values("paid", "cash_lowest") < 0).sum())
    assert f"in {n} of 6 runs" in line
