"""What customers cost before and after, and K that the programmes caused, pooled over runs."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from helpers_logs import Story, forest
from scipy import stats
from worlds import write

from referralsim import load_study, plan, run_experiment
from referralsim.eventlog.kinds import Kind, Loop, Side
from referralsim.experiment.counterfactual import Outcome, caused, outcome_for
from referralsim.experiment.pool import pooled_parts
from referralsim.experiment.result import RunKey, outcome_of
from referralsim.metrics.intervals import mean_interval
from referralsim.metrics.measure import measure_run

PROGRAMME = {"loop": Loop.PROGRAMME, "programme": 0, "channel": 0}


def outcome(tale: Story) -> Outcome:
    record = tale.record()
    return outcome_for(record, measure_run(record).scalars)


def bare() -> Story:
    """0 is there; 1 is bought for 30.00 on day 20, 2 comes on day 80."""
    tale = Story(6, 100.0)
    tale.join(0, 0.0)
    tale.join(1, 20.0, loop=Loop.PAID)
    tale.rows[-2] = (*tale.rows[-2][:-1], -3000)
    tale.join(2, 80.0, loop=Loop.ORGANIC_ARRIVAL)
    return tale


def paid() -> Story:
    """The same world, where 0 brings 3, 4 and 5 on days 60, 76 and 90, for 12.00 each after 5 days."""
    tale = bare()
    for friend, day in ((3, 60.0), (4, 76.0), (5, 90.0)):
        tale.join(friend, day, parent=0)
        columns = PROGRAMME | {"target": friend, "attempt": int(Side.REFERRER), "amount_cents": 1200}
        tale.add(Kind.REWARD_EARNED, day, 0, **columns)
        tale.add(Kind.REWARD_PAID, day + 5, 0, margin_cents=-1200, **columns)
    return tale


def test_cost_of_a_customer_before_and_after() -> None:
    found = caused(outcome(paid()), outcome(bare()))
    assert found["cac_blended_without"].value == 3000 / 2
    assert found["cac_marginal"][:2] == (3600 / 3, 3)
    assert found["cost_per_incremental_customer"][:2] == (3600 / 3, 3)
    assert found["cac_marginal_last"][:2] == (2400 / 2, 2)  # 4 and 5; 2 came there too


def test_money_saved_on_advertising_is_in_the_marginal_cost() -> None:
    """Here nobody was bought, since the programme had brought them: 36.00 of rewards less 30.00."""
    dear, cheap = outcome(bare()), outcome(paid())
    scalars = cheap.scalars | {
        "paid_acquisition_cost": cheap.scalars["paid_acquisition_cost"]._replace(value=0.0)
    }
    found = caused(cheap._replace(scalars=scalars), dear)
    assert found["cac_marginal"].value == (3600 - 3000) / 3
    assert found["cost_per_incremental_customer"].value == 3600 / 3


def test_a_world_that_is_its_own_counterfactual_caused_nobody_and_has_no_price() -> None:
    found = caused(outcome(bare()), outcome(bare()))
    assert found["incremental_customers"].value == 0.0
    for name in ("cac_marginal", "cac_marginal_last", "cost_per_incremental_customer"):
        assert math.isnan(found[name].value)
        assert found[name].n == 0


def test_runs_in_which_a_programme_caused_nobody_stay_in_its_price() -> None:
    """Left out, what was spent in them would be forgotten: 15.00 a customer would read 10.00."""
    good, bad = caused(outcome(paid()), outcome(bare())), caused(outcome(bare()), outcome(bare()))
    name = "cost_per_incremental_customer"
    idle = bad | {name: bad[name]._replace(part=900.0)}
    runs = [
        outcome_of(RunKey("a", r), "", 0, measure_run(bare().record())._replace(scalars=scalars))
        for r, scalars in enumerate((good, good, idle))
    ]
    pooled = [part[name] for part in pooled_parts(runs)]
    assert np.mean(pooled) == pytest.approx((3600 + 3600 + 900) / 6)


def test_what_is_not_recorded_is_unknown() -> None:
    world = outcome(paid())
    less = world._replace(late=world.late._replace(spent_cents=math.nan))
    assert math.isnan(caused(less, outcome(bare()))["cac_marginal_last"].value)


LEAVING, HORIZON = 0.2, 10.0
RATES = {"here": 0.3, "there": 0.12}


def birth_death(random: np.random.Generator, rate: float):
    """Play a linear birth-death process from one customer."""
    parents, days, person = [-1], [0.0], 0
    while person < len(parents):
        end = min(HORIZON, days[person] + random.exponential(1 / LEAVING))
        day = days[person] + random.exponential(1 / rate)
        while day < end:
            parents.append(person)
            days.append(day)
            day += random.exponential(1 / rate)
        person += 1
    return forest(parents, days, HORIZON)


def test_k_caused_is_not_too_low_where_runs_have_few_customers() -> None:
    """Exact value (.3 - .12) (1 - e^-1) / .2 = .569; n = 400 pairs, standard error about .033.

    The mean of the runs' own differences is .35, seven standard errors off; the pooled one is within
    three. A bias of .1 would be caught.
    """
    random = np.random.default_rng(11)
    runs, plain = [], []
    for r in range(400):
        here, there = (measure_run(birth_death(random, rate)) for rate in RATES.values())
        gap = here.scalars["k_offspring"].value - there.scalars["k_offspring"].value
        plain.append(gap)
        scalars = here.scalars | {
            "k_without": there.scalars["k_offspring"],
            "k_incremental": here.scalars["k_offspring"]._replace(value=gap, part=math.nan, whole=math.nan),
        }
        runs.append(outcome_of(RunKey("a", r), "", 0, here._replace(scalars=scalars)))
    true = (RATES["here"] - RATES["there"]) * (1 - math.exp(-LEAVING * HORIZON / 2)) / LEAVING
    parts = pooled_parts(runs)
    pooled = mean_interval([part["k_incremental"] for part in parts])
    error = (pooled.high - pooled.low) / 2 / stats.t.ppf(0.975, pooled.n - 1)
    assert error < 0.04
    assert abs(pooled.mean - true) < 3 * error
    assert mean_interval(plain).mean < true - 0.1
    both = [np.mean([part[name] for part in parts]) for name in ("k_offspring", "k_without")]
    assert pooled.mean == pytest.approx(both[0] - both[1])


CHAIN = """
referralsim: 1
name: chain
horizon: 35 d
replications: 2
population: {graph: fresh_contacts}
acquisition: {initial: {customers: 50}}
programmes:
  friends:
    asks: [{trigger: activation}]
    response: {mode: table, share: 100 %, accept: 100 %}
    ask_maximum: 1
    contact: {invites: 1, channel: link}
    qualify: {event: activation}
    rewards: {referrer: {value: 5.00, type: cash}}
channels: {link: {signed_up: {probability: 100 %, delay: 10 d}}}
designs: {none: {programmes: {friends: null}}, paid: {}}
"""


def test_a_chain_in_closed_form(tmp_path: Path) -> None:
    """Every customer brings one after ten days: 50 at launch and on days 10, 20 and 30, for 5.00 each."""
    experiment = run_experiment(plan(load_study(write(tmp_path, CHAIN))), workers=1)
    means = experiment.estimates.set_index(["design", "measure"])["mean"]["paid"]
    expected = {
        "incremental_customers": 150,
        "cac_blended": 500,
        "cac_gross": 500,
        "cac_fully_loaded": 500,
        "cac_marginal": 500,
        "cac_marginal_last": 500,
        "cost_per_incremental_customer": 500,
        "k_without": 0,
        "k_incremental": 1,
        "cash_lowest": -75_000,
        "reward_cost": 75_000,
    }
    assert {name: means[name] for name in expected} == pytest.approx(expected)
    none = experiment.estimates.set_index(["design", "measure"])["mean"]["none"]
    for name in ("cac_blended", "cac_marginal", "cac_marginal_last", "cost_per_incremental_customer"):
        assert math.isnan(none[name])
    assert none["k_incremental"] == 0.0
