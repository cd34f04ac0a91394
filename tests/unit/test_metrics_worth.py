"""What customers cost and are worth by source, and what abuse puts at risk, in a story counted by hand."""

from __future__ import annotations

import math

import pytest
from helpers_logs import Story, forest

from referralsim.eventlog.kinds import Kind, Loop, Origin, Side, reward_key
from referralsim.metrics.measure import measure_run

PROGRAMME = {"loop": Loop.PROGRAMME, "programme": 0}
FRIEND = PROGRAMME | {"channel": 1}
AGENT = 10
FIRST_FAKE, SECOND_FAKE = (reward_key(Side.REFERRER, 0, serial) for serial in (1, 2))


def reward(tale: Story, kind: Kind, day: float, actor: int, target: int, key: int, cents: int, **credit: int):
    margin = -cents if kind == Kind.REWARD_PAID else 0
    tale.add(kind, day, actor, target=target, attempt=key, amount_cents=cents, margin_cents=margin, **credit)


def buy(tale: Story, day: float, actor: int, margin: int, number: int = 0, **credit: int) -> None:
    tale.add(
        Kind.PURCHASED, day, actor, attempt=number, amount_cents=2 * margin, margin_cents=margin, **credit
    )


def people(tale: Story) -> None:
    """0 at launch, 1 unaided, 2 bought; 0 brings 3, 1 brings 4 and 9, the agent 8; 5 has a leaked code."""
    tale.join(0, 0.0)
    tale.join(1, 10.0, loop=Loop.ORGANIC_ARRIVAL)
    tale.join(2, 20.0, loop=Loop.PAID)
    tale.rows[-2] = (*tale.rows[-2][:-1], -3000)  # the advertisement
    tale.join(3, 30.0, parent=0, channel=1)
    tale.join(4, 40.0, parent=1, loop=Loop.WORD_OF_MOUTH)
    tale.add(Kind.SIGNED_UP, 50.0, 5, attempt=Origin.ORGANIC_ARRIVAL, **PROGRAMME)
    tale.add(Kind.ACTIVATED, 50.0, 5, **PROGRAMME)
    tale.join(8, 60.0, parent=AGENT, channel=1)
    tale.join(9, 70.0, parent=1, channel=1)


def story() -> Story:
    """Everybody of :func:`people`; what they buy, what they are paid, and what they try."""
    tale = Story(11, 100.0, (0,) * 10 + (-1,))
    people(tale)
    buy(tale, 5.0, 0, 1000, loop=Loop.INITIAL)
    buy(tale, 60.0, 0, 100, 1, loop=Loop.INITIAL)  # after his window of 50 days
    buy(tale, 12.0, 1, 600, loop=Loop.ORGANIC_ARRIVAL)
    buy(tale, 25.0, 2, 500, loop=Loop.PAID)
    buy(tale, 35.0, 3, 900, **FRIEND)
    buy(tale, 90.0, 3, 300, 1, **FRIEND)  # after her window
    buy(tale, 45.0, 4, 700, loop=Loop.WORD_OF_MOUTH, channel=0)
    buy(tale, 55.0, 5, 200, **PROGRAMME)
    buy(tale, 65.0, 8, 800, **FRIEND)
    buy(tale, 75.0, 9, 400, **FRIEND)
    for kind, day in ((Kind.REWARD_EARNED, 30.0), (Kind.REWARD_PAID, 40.0)):
        reward(tale, kind, day, 0, 3, Side.REFERRER, 2000, **FRIEND)
    reward(tale, Kind.REWARD_EARNED, 30.0, 3, 0, Side.REFEREE, 1000, **FRIEND)  # held to the end
    for kind, day in ((Kind.REWARD_EARNED, 50.0), (Kind.REWARD_PAID, 52.0)):
        reward(tale, kind, day, 5, -2, Side.REFEREE, 500, **PROGRAMME)
    tale.add(Kind.FAKED, 55.0, 0, target=0, attempt=3, amount_cents=2, **PROGRAMME)
    for kind, day in ((Kind.REWARD_EARNED, 55.0), (Kind.REWARD_PAID, 60.0)):
        reward(tale, kind, day, 0, -2, FIRST_FAKE, 700, **PROGRAMME)
    reward(tale, Kind.ABUSE_REFUSED, 55.0, 0, -2, SECOND_FAKE, 700, **PROGRAMME)
    reward(tale, Kind.GENUINE_REFUSED, 70.0, 1, 9, Side.REFERRER, 800, **FRIEND)
    return tale


@pytest.fixture(scope="module")
def run():
    return measure_run(story().record())


SPENT = 2000 + 500 + 700 + 3000
"""Rewards paid, and the advertisement."""


@pytest.mark.parametrize(
    ("name", "value", "n"),
    [
        ("cac_blended", SPENT / 7, 7),  # all but the one at launch
        ("cac_gross", SPENT / 5, 5),  # 2 was bought; 3, 5, 8 and 9 are the programme's
        ("cac_fully_loaded", (SPENT + 1000) / 5, 5),
        ("value_of_referred", (1200 + 200 + 800 + 400 - 3200) / 4, 4),
        ("ltv_launch", 1100, 1),
        ("ltv_organic", 600, 1),
        ("ltv_paid", 500, 1),
        ("ltv_unrewarded", 700, 1),
        ("ltv_programme", (1200 + 800 + 400) / 3, 3),
        ("ltv_agent", 800, 1),
        ("ltv_code", 200, 1),
        # referrers are 0 (brought 3) and 1 (brought 4 and 9)
        ("ltv_referrer", (1100 + 600) / 2, 2),
        ("referrer_brings", (1200 + 700 + 400 - 2000 - 700) / 2, 2),
        ("value_of_referrer", (1700 + 2300 - 2700) / 2, 2),
        ("abuse_paid", 1200, 1),
        ("abuse_paid_fakes", 700, 1),
        ("abuse_paid_codes", 500, 1),
        ("abuse_cost", 1200, 1),
        ("abuse_tried", 500 + 700 + 700, 1),
        ("abuse_caught_share", 700 / 1900, 3),
        ("genuine_refused_margin", 400, 1),
    ],
)
def test_measure(run, name, value, n):
    assert run.scalars[name][:2] == pytest.approx((value, n))


def test_value_within_the_window_counts_customers_as_long_as_they_are_seen(run):
    """w = 50: 3 and 4 are seen for 70 and 60 days; 8 and 9 for 40 and 30. At age 5 all four are there."""
    referred, unreferred = (run.scalars[f"ltv_window_{who}"] for who in ("referred", "unreferred"))
    assert referred[:2] == pytest.approx(((900 + 700 + 800 + 400) / 4, 4))
    assert unreferred[:2] == pytest.approx(((1000 + 600 + 500 + 200) / 4, 4))
    assert referred.whole == pytest.approx(1 + 1 + 0.8 + 0.6)  # of each the part of the window that was seen


def test_a_late_purchase_weighs_by_those_who_were_seen_as_long():
    """One was seen for 90 days, one for 30; a margin of 100 at age 40 belongs to one, not to two."""
    tale = Story(2, 100.0)
    tale.join(0, 10.0, loop=Loop.ORGANIC_ARRIVAL)
    tale.join(1, 70.0, loop=Loop.ORGANIC_ARRIVAL)
    buy(tale, 50.0, 0, 100, loop=Loop.ORGANIC_ARRIVAL)
    found = measure_run(tale.record()).scalars
    assert found["ltv_window_unreferred"].value == pytest.approx(100.0)
    assert found["ltv_organic"].value == pytest.approx(50.0)  # so far: two customers, whatever their time


def test_a_purchase_of_the_first_day_weighs_by_those_who_were_seen_as_long():
    """At age .5 both were seen, one of them for .7 days. The third never joined: what he buys is left out."""
    tale = Story(3, 100.0)
    tale.join(0, 0.0, loop=Loop.ORGANIC_ARRIVAL)
    tale.join(1, 99.3, loop=Loop.ORGANIC_ARRIVAL)
    buy(tale, 0.5, 0, 100, loop=Loop.ORGANIC_ARRIVAL)
    buy(tale, 0.25, 2, 1000, loop=Loop.ORGANIC_ARRIVAL)
    found = measure_run(tale.record(), 50.0).scalars["ltv_window_unreferred"]
    assert found == pytest.approx((100 / 2, 2, 50 * (1 + 0.7 / 50), 1 + 0.7 / 50))
    whole_run = measure_run(tale.record(), 100.0).scalars["ltv_window_unreferred"]
    assert whole_run[:2] == pytest.approx((100 / 2, 2))  # the first was seen for exactly that long


def test_what_a_friend_is_paid_is_taken_from_what_the_referrer_brings():
    tale = Story(2, 100.0)
    tale.join(0, 0.0)
    tale.join(1, 10.0, parent=0, channel=1)
    buy(tale, 20.0, 1, 900, **FRIEND)
    for receiver, other, side, cents in ((0, 1, Side.REFERRER, 200), (1, 0, Side.REFEREE, 100)):
        key = reward_key(side, 0, 0)
        for kind in (Kind.REWARD_EARNED, Kind.REWARD_PAID):
            reward(tale, kind, 30.0, receiver, other, key, cents, **FRIEND)
    found = measure_run(tale.record()).scalars
    assert found["referrer_brings"][:2] == pytest.approx((900 - 200 - 100, 1))


NEEDS_SOMEBODY = (
    *("cac_blended", "cac_gross", "cac_fully_loaded", "value_of_referred", "abuse_caught_share"),
    *("ltv_launch", "ltv_organic", "ltv_paid", "ltv_unrewarded", "ltv_programme", "ltv_agent", "ltv_code"),
    *("ltv_window_referred", "ltv_window_unreferred", "ltv_referrer", "value_of_referrer"),
)


@pytest.mark.parametrize("name", NEEDS_SOMEBODY)
def test_without_anybody_a_value_is_unknown_and_not_zero(name):
    scalar = measure_run(Story().record()).scalars[name]
    assert math.isnan(scalar.value)
    assert scalar.n == 0


def test_customers_at_launch_were_not_won():
    """Else a run in which nobody comes would have a cost per new customer of 0."""
    found = measure_run(forest([-1, -1])).scalars
    assert math.isnan(found["cac_blended"].value)
    assert found["ltv_launch"].value == 0.0


def test_nobody_is_seen_for_the_window():
    found = measure_run(forest([-1, 0], days=[60.0, 70.0])).scalars
    assert math.isnan(found["ltv_window_unreferred"].value)
    assert math.isnan(found["ltv_window_referred"].value)
