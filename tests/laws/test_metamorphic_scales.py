"""Laws of units: time in other units scales times alone, money in other units scales amounts alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referralsim.distributions import Law
from referralsim.engine import contract as c
from referralsim.engine import reference_reward, reference_settling, world
from referralsim.engine.reference import ReferenceEngine
from referralsim.eventlog.kinds import REWARD_KINDS, Kind
from referralsim.measures import MEASURES
from referralsim.metrics.measure import measure_run
from tests.helpers_laws import (
    assert_same,
    changed,
    falls,
    kinds_of_graph,
    law,
    on_both_engines,
    played,
    seeds,
    wild,
)
from tests.worlds import play, write

TABLES = ("world", "segments", "streams", "programmes", "asks", "channels", "rewards", "agents")
RATES = ("use_rate", "purchase_rate", "churn_rate", "arrival_rate", "ask_rate", "post_rate", "gift_rate")
DAYS = ("horizon_days", "attribution_window_days", "starts", "incident_day", "table")
SCALE_OF_LAW = {Law.FIXED: "a", Law.EXPONENTIAL: "a", Law.GAMMA: "b", Law.UNIFORM: "ab"}
SCALE_OF_LAW |= {Law.WEIBULL: "b", Law.PARETO: "b", Law.EMPIRICAL: ""}  # empirical: its rows are in `table`

# ------------------------------------------------------------------------------- time


def delays_of(table):
    """Return the names of a table's laws of delays."""
    laws = [name.removesuffix("_law") for name in table.dtype.names if name.endswith("_law")]
    return [name for name in laws if name.endswith("delay")]


def without_lognormal_delays(inputs):
    """A lognormal delay is scaled by adding a logarithm, which is not exact; a Weibull delay is."""
    tables = {name: getattr(inputs, name).copy() for name in TABLES}
    for table in tables.values():
        for delay in delays_of(table):
            lognormal = table[f"{delay}_law"] == Law.LOGNORMAL
            table[f"{delay}_a"][lognormal], table[f"{delay}_b"][lognormal] = 1.5, 0.6
            table[f"{delay}_law"][lognormal] = Law.WEIBULL
    return inputs._replace(**tables)


def in_other_days(inputs, factor):
    """Return the same world with days that are ``factor`` times as many."""
    new = {name: getattr(inputs, name) * factor for name in DAYS}
    new |= {name: getattr(inputs, name) / factor for name in RATES}
    for name in TABLES:
        table = new[name] = getattr(inputs, name).copy()
        for column in table.dtype.names:
            if column.endswith(("_day", "_days")):
                table[column] *= factor
        for delay in delays_of(table):
            for parameter in "ab":
                scaled = [of for of, names in SCALE_OF_LAW.items() if parameter in names]
                table[f"{delay}_{parameter}"][np.isin(table[f"{delay}_law"], scaled)] *= factor
    return inputs._replace(**new)


def check_days(engine, seed, kind, factor):
    inputs = without_lognormal_delays(wild(kind, seed))
    expected = played(engine, inputs, seed)
    expected["time"] *= factor
    assert len(expected) > 20
    assert_same(played(engine, in_other_days(inputs, factor), seed), expected)


@on_both_engines
@law
@given(seeds, kinds_of_graph, st.sampled_from([0.5, 2.0, 16.0]))
def test_another_unit_of_time_scales_times_and_nothing_else(engine, seed, kind, factor):
    """Twice the delays, half-lives, windows, periods and horizon and half the rates: the same log, twice
    the times, to the last bit (factors are powers of two).

    Breaks if any number of days is built in, compared with a number without a unit, or left out of a
    formula. New columns are covered as soon as their name ends in ``_days``.
    """
    check_days(engine, seed, kind, factor)


def test_a_half_life_that_is_built_in_breaks_that_law(monkeypatch):
    fading = world.fading
    monkeypatch.setattr(world, "fading", lambda peak, half_life_days, since: fading(peak, 7.0, since))
    assert falls(check_days, [(ReferenceEngine, seed, c.GraphKind.TIES, 2.0) for seed in range(5)])


# ------------------------------------------------------------------------------- money

HAS_MONEY = (*REWARD_KINDS, Kind.PURCHASED, Kind.REFUNDED, Kind.MEMBER_JOINED, Kind.MEMBER_RENEWED)


def in_round_money(inputs, random):
    """Let all amounts be such that no percentage of them has to be rounded, in this unit or another."""

    def percents(table):
        return random.integers(1, 60, table.shape) / 100

    factors = [name for name in c.SEGMENT.names if name.endswith("basket_factor")]
    segments = changed(
        inputs.segments,
        basket_law=Law.FIXED,
        basket_a=1000.0 * random.integers(1, 5, inputs.segments.shape),
        referred_margin_gap=0.0,
        margin=percents(inputs.segments),
        points_per_cent=percents(inputs.segments) / 10,
        points_cost_cents=random.integers(0, 3, inputs.segments.shape),
        **dict.fromkeys(factors, 1.0),
    )
    rewards = changed(
        inputs.rewards,
        percent=np.where(inputs.rewards["percent"] > 0, percents(inputs.rewards), 0.0),
        later_percent=np.where(inputs.rewards["later_percent"] > 0, percents(inputs.rewards), 0.0),
        cost=percents(inputs.rewards),
    )
    # a percentage of a percentage of a basket, halved for a sweepstake, is then whole too
    return in_other_money(inputs._replace(segments=segments, rewards=rewards), 1000)


def in_other_money(inputs, factor):
    """Return the same world with every amount ``factor`` times as many minor units."""
    new = {name: getattr(inputs, name).copy() for name in TABLES}
    for table in new.values():
        for column in table.dtype.names:
            if column.endswith("_cents"):
                table[column] = np.where(table[column] > 0, table[column] * factor, table[column])  # -1: none
    new["segments"]["basket_a"] *= factor
    new["segments"]["points_per_cent"] /= factor
    by_revenue = inputs.programmes["tier_by_revenue"] == 1
    return inputs._replace(**new, tier_at=np.where(by_revenue[:, :, None], factor, 1) * inputs.tier_at)


def check_money(engine, seed, kind, factor):
    inputs = in_round_money(wild(kind, seed), np.random.default_rng(seed))
    expected = played(engine, inputs, seed)
    expected["amount_cents"][np.isin(expected["kind"], HAS_MONEY)] *= factor
    expected["margin_cents"] *= factor
    assert np.count_nonzero(expected["margin_cents"]) > 5
    assert_same(played(engine, in_other_money(inputs, factor), seed), expected)


@on_both_engines
@law
@given(seeds, kinds_of_graph, st.sampled_from([2, 10, 100]))
def test_another_unit_of_money_scales_amounts_and_nothing_else(engine, seed, kind, factor):
    """Ten times every price, reward, fee, cap, budget and minimum: ten times every amount to the cent, and
    no other column moves. Amounts are such that percentages are whole, so that rounding cannot show.

    Breaks if any amount is built in, or decides where it should not.
    """
    check_money(engine, seed, kind, factor)


def test_a_cent_that_is_built_in_breaks_that_law(monkeypatch):
    cost = reference_settling.reward_cost
    for module in (reference_reward, reference_settling):
        monkeypatch.setattr(module, "reward_cost", lambda rule, amount: cost(rule, amount) + 1)
    assert falls(check_money, [(ReferenceEngine, seed, c.GraphKind.TIES, 10) for seed in range(5)])


PRICES = """
referralsim: 1
horizon: 120 d
population: {{size: 300, graph: {{small_world: {{mean_degree: 8}}}}}}
acquisition: {{initial: {{customers: 30}}, paid: {{rate: 0.5 per day, cost: {a}, budget: {b}}}}}
product:
  use: {{rate: 0.3 per day}}
  moments: {{happy: 30 %, unhappy: 5 %}}
  purchases: {{rate: 2 per month, basket: {c}, margin: 40 %, refund: {{probability: 5 %, delay: 5 d}}}}
programmes:
  friends:
    asks: [{{trigger: happy_moment}}]
    share: 30 %
    contact: {{invites: 2, channel: link, cooldown: 60 d}}
    qualify: {{event: purchase, minimum: {a}}}
    rewards:
      referrer: [{{value: {a}, cost: 70 %, cap: 3}}, {{value: 10 %, on: purchase, for: 60 d}}]
      referee: {{value: {d}}}
    hold: 7 d
channels: {{link: {{signed_up: {{probability: 40 %}}}}}}
"""


def check_prices(folder, response, factor=2):
    """Play a scenario in two currencies and compare everything that is measured."""
    prices = {"a": 8, "b": 100, "c": 30, "d": 5}
    measured = []
    for unit in (1, factor):
        text = PRICES.format(**{name: price * unit for name, price in prices.items()})
        text = text.replace("    share: 30 %", f"    share: 30 %\n    response: {response}")
        file = write(folder, text, f"{len(response)}-{unit}.yaml")
        measured.append(measure_run(play(file, engine="fast")).scalars)
    moved = 0
    for name, scalar in measured[0].items():
        is_money = MEASURES[name].unit == "money"
        expected = scalar.value * (factor if is_money else 1)
        assert measured[1][name].value == pytest.approx(expected, rel=1e-12, nan_ok=True), name
        assert measured[1][name].n == scalar.n
        moved += is_money and bool(expected)
    assert moved > 5


@pytest.mark.parametrize(
    "response",
    [
        "{}",
        "{mode: table, share: {none: 10 %, referrer: 20 %, referee: 20 %, both: 40 %}, accept: 50 %}",
    ],
)
def test_measures_follow_the_unit_of_money(tmp_path, response):
    """From file to measure: where the size of a reward does not matter (presence, table), twice the prices
    are twice the money and the same everything else."""
    check_prices(tmp_path, response)


def test_a_response_to_the_size_of_rewards_breaks_that_law(tmp_path):
    """By design: ``log`` and ``linear`` curves have a scale in money of their own."""
    with pytest.raises(AssertionError):
        check_prices(tmp_path, "{to_own_reward: {form: log, effect: 1, scale: 10}}")
