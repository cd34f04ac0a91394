"""What a reward rule pays: every end of every range, and money to the cent."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from referralsim.behaviour import payment


def rule(**changed):
    terms = {
        "present": 1,
        "minimum_cents": 0,
        "from_tier": 0,
        "to_tier": 5,
        "from_friend": 1,
        "to_friend": -1,
        "every": 1,
        "intro_days": 10.0,
        "percent": 0.0,
        "later_percent": 0.0,
        "value_cents": 700,
        "later_value_cents": 300,
        "cost": 0.5,
        "fee_cents": 25,
        "cap_window": 0,
        "cap_days": 7.0,
    }
    return SimpleNamespace(**(terms | changed))


def paid_friends(**changed):
    return [n for n in range(1, 13) if payment.pays_for(rule(**changed), n, 0, 0)]


@pytest.mark.parametrize(
    ("terms", "friends"),
    [
        ({}, list(range(1, 13))),
        ({"from_friend": 3, "to_friend": 5}, [3, 4, 5]),
        ({"from_friend": 5, "to_friend": 5}, [5]),
        ({"to_friend": 0}, []),
        ({"every": 5}, [5, 10]),
        ({"from_friend": 3, "every": 3}, [5, 8, 11]),
        ({"from_friend": 3, "every": 3, "to_friend": 8}, [5, 8]),
        ({"present": 0}, []),
    ],
)
def test_tiers_milestones_and_every_nth_friend(terms, friends):
    assert paid_friends(**terms) == friends


@pytest.mark.parametrize(("tier", "pays"), [(0, False), (1, True), (3, True), (4, False)])
def test_tiers_of_the_receiver_include_both_ends(tier, pays):
    assert payment.pays_for(rule(from_tier=1, to_tier=3), 1, tier, 0) is pays


@pytest.mark.parametrize(("basket", "pays"), [(799, False), (800, True), (801, True)])
def test_a_basket_of_the_minimum_is_enough(basket, pays):
    assert payment.pays_for(rule(minimum_cents=800), 1, 0, basket) is pays


@pytest.mark.parametrize(
    ("terms", "since", "amount"),
    [
        ({}, 0.0, 700),
        ({}, 9.99, 700),
        ({}, 10.0, 300),
        ({"percent": 0.1}, 9.99, 125),
        ({"percent": 0.1}, 10.0, 300),
        ({"later_percent": 0.2}, 9.99, 700),
        ({"later_percent": 0.2}, 10.0, 250),
        ({"percent": 0.1, "value_cents": 0}, 0.0, 125),
        ({"percent": 0.0, "value_cents": 0}, 0.0, 0),
        ({"intro_days": math.inf}, 1e9, 700),
    ],
)
def test_introductory_terms_end_on_their_day(terms, since, amount):
    assert payment.reward_amount(rule(**terms), 1250, since) == amount


@pytest.mark.parametrize(("percent", "later", "amount"), [(0.1, 0.0, 2), (0.0, 0.1, 2), (0.3, 0.3, 8)])
def test_percentages_are_rounded_half_to_even(percent, later, amount):
    since = 0.0 if percent else 10.0
    terms = rule(percent=percent, later_percent=later)
    assert payment.reward_amount(terms, 25, since) == amount


@pytest.mark.parametrize(("amount", "cost"), [(1000, 525), (1, 25), (3, 27), (0, 25)])
def test_a_reward_costs_its_share_and_the_fee(amount, cost):
    """Halves to even: half a cent is none, one and a half are two."""
    assert payment.reward_cost(rule(), amount) == cost


@pytest.mark.parametrize(
    ("window", "now", "earned", "counts"),
    [
        (0, 1000.0, 0.0, True),
        (1, 13.9, 7.0, True),
        (1, 14.0, 13.9, False),
        (1, 7.0, 6.9, False),
        (1, 6.9, 0.0, True),
        (2, 13.9, 7.0, True),
        (2, 14.0, 7.0, False),
        (2, 14.0, 13.9, True),
    ],
)
def test_caps_count_all_time_calendar_periods_or_the_last_days(window, now, earned, counts):
    assert payment.counts_for_cap(rule(cap_window=window), now, earned) is counts
