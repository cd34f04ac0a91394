"""The decision page: what it is weighed on, and what it says when it cannot be made."""

from pathlib import Path

import numpy as np
import pytest

from referralsim import load_study, plan, run_experiment
from referralsim.experiment.result import Experiment
from referralsim.report.decision import MONEY_GOAL, PEOPLE_GOAL, decision, tail
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
