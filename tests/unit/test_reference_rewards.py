"""Rewards in the reference engine, followed through the log by hand: earned, settled, used, disputed."""

from __future__ import annotations

import math

import pytest
from helpers_reference import law, played, small_world, story

from referralsim.distributions import CountLaw
from referralsim.engine.contract import CapWindow, PaysOn, QualifyOn, Trigger
from referralsim.eventlog.kinds import REWARD_KINDS, Kind, Side
from referralsim.randomness import Purpose

STAR = [(0, friend) for friend in range(1, 6)]
DAILY = {"trigger": Trigger.CALENDAR, "every_days": 1.0, "first_days": 1.0, "segment_mask": -1}
ONE_A_DAY = {5: {"count_law": CountLaw.FIXED_COUNT, "count_a": 1.0}}


def star(**changes):
    """Return a world in which customer 0 brings one friend a day on days 1 to 5, who ask nobody else."""
    return small_world(6, STAR, streams=ONE_A_DAY, asks=[DAILY], horizon_days=20.0, **changes)


def of_zero(log, *kinds):
    """Return what became of the rewards of customer 0, without names of friends: day, kind, amounts."""
    lines = [line.split(" ") for line in story(log[log["actor"] == 0], *(kinds or REWARD_KINDS))]
    return [" ".join([day, kind, *(w for w in rest[1:] if w[0] != "#")]) for day, kind, *rest in lines]


# ------------------------------------------------------------------------------- which friend pays what


def test_a_milestone_and_every_second_friend_pay_as_their_ranges_say():
    log = played(
        star(
            rewards=[{"every": 2, "value_cents": 100}, {"from_friend": 5, "to_friend": 5, "value_cents": 900}]
        )
    )
    assert of_zero(log, Kind.REWARD_EARNED) == [
        "2 REWARD_EARNED $100",
        "4 REWARD_EARNED $100",
        "5 REWARD_EARNED $900",
    ]
    # the keys tell the two rules apart
    earned = log[log["kind"] == Kind.REWARD_EARNED]
    assert earned["attempt"].tolist() == [0, 0, 2]


def test_a_commission_is_introductory_then_normal_then_ends():
    log = played(
        small_world(
            2,
            [(0, 1)],
            asks=[{}],
            segment={"purchase_every_days": 10.0},
            programmes=[{"qualify_on": QualifyOn.PURCHASE}],
            rewards=[
                {
                    "on": PaysOn.PURCHASE,
                    "percent": 0.2,
                    "later_percent": 0.1,
                    "intro_days": 20.0,
                    "for_days": 30.0,
                }
            ],
            horizon_days=60.0,
        )
    )
    # qualified on day 0 by the first purchase, which pays as well; day 30 is not before 30 days are over
    assert of_zero(log, Kind.REWARD_EARNED) == [
        "0 REWARD_EARNED $200",
        "10 REWARD_EARNED $200",
        "20 REWARD_EARNED $100",
    ]
    serials = log[log["kind"] == Kind.REWARD_EARNED]["attempt"] // 32
    assert serials.tolist() == [1, 2, 3]


def test_a_rule_for_signing_up_pays_before_anybody_qualifies():
    log = played(
        small_world(
            2,
            [(0, 1)],
            asks=[{}],
            segment={"activation_probability": 0.0},
            rewards=[{"on": PaysOn.SIGNUP, "value_cents": 50}, {"value_cents": 999}],
        )
    )
    assert of_zero(log) == ["0 REWARD_EARNED $50", "0 REWARD_PAID $50 =-50"]


# ------------------------------------------------------------------------------- caps and budgets


@pytest.mark.parametrize(
    ("cap", "capped_days"),
    [
        ({"cap_count": 2}, [3, 4, 5]),
        ({"cap_cents": 2500}, [3, 4, 5]),
        # periods [0, 3) and [3, 6): days 1, 2 and 3, 4
        ({"cap_count": 2, "cap_window": CapWindow.PERIOD, "cap_days": 3.0}, [5]),
        # on day 4 that of day 1 is three days old and counts no more
        ({"cap_count": 2, "cap_window": CapWindow.ROLLING, "cap_days": 3.0}, [3]),
    ],
)
def test_a_cap_counts_over_its_window(cap, capped_days):
    log = played(star(rewards=[cap]))
    capped = [int(line.split()[0]) for line in of_zero(log, Kind.REWARD_CAPPED)]
    assert capped == capped_days


def test_a_reversed_reward_frees_its_place_under_the_cap():
    log = played(
        star(
            rewards=[{"cap_count": 1, "hold_days": 1.5}],
            programmes=[{"clawback_churn": 1}],
            rates={"churn": 1.0},
        ),
        {
            # friend 3 is brought on day 1 and leaves at once; all others stay
            (Purpose.CONTACT_ORDER, 0, 3, 5): 0.001,
            (Purpose.CHURN_GAP, 3, 0, 0): 0.3,
            (Purpose.CHURN_HAPPENS, 3, 0, 0): 0.5,
            **{(Purpose.CHURN_GAP, i, 0, 0): 1.0 - 1e-12 for i in (0, 1, 2, 4, 5)},
        },
    )
    assert of_zero(log) == [
        "1 REWARD_EARNED $1000",
        "2 REWARD_CAPPED $1000",
        "2.5 REWARD_REVERSED $1000",
        "3 REWARD_EARNED $1000",
        "4 REWARD_CAPPED $1000",
        "4.5 REWARD_PAID $1000 =-1000",
        "5 REWARD_CAPPED $1000",
    ]


def test_a_budget_pays_until_it_is_spent_and_again_in_the_next_period():
    log = played(
        star(
            programmes=[{"budget_cents": 2500, "budget_days": 4.0}], rewards=[{"cost": 0.9, "fee_cents": 100}]
        )
    )
    # 1000 cents at face value cost 1000: two of the period [0, 4), then those of [4, 8)
    assert of_zero(log, Kind.REWARD_EARNED, Kind.REWARD_UNFUNDED) == [
        "1 REWARD_EARNED $1000",
        "2 REWARD_EARNED $1000",
        "3 REWARD_UNFUNDED $1000",
        "4 REWARD_EARNED $1000",
        "5 REWARD_EARNED $1000",
    ]


def test_a_programme_that_stops_when_spent_asks_nobody_until_the_next_period():
    log = played(
        star(
            programmes=[{"budget_cents": 1000, "budget_days": 4.0, "stop_when_spent": 1}],
            rewards=[{}],
        )
    )
    asked = [line for line in story(log, Kind.ASKED) if " 0>" in line]
    # friend 2 finds no money: closed on day 3; friend 3 on day 4, friend 4 finds none again
    assert [line.split()[0] for line in asked[:5]] == ["1", "2", "4", "5", "8"]
    assert of_zero(log, Kind.REWARD_EARNED, Kind.REWARD_UNFUNDED)[:4] == [
        "1 REWARD_EARNED $1000",
        "2 REWARD_UNFUNDED $1000",
        "4 REWARD_EARNED $1000",
        "5 REWARD_UNFUNDED $1000",
    ]


def test_a_reversal_frees_the_money_of_its_own_period_only():
    def unfunded(budget_days):
        log = played(
            star(
                programmes=[{"budget_cents": 1000, "budget_days": budget_days, "clawback_refund": 1}],
                segment={"purchase_every_days": 100.0, "refund_probability": 1.0},
                rewards=[{"hold_days": 1.5}],
            )
        )
        return [line.split()[0] for line in of_zero(log, Kind.REWARD_UNFUNDED)]

    # booked on day 1, given back on day 2.5: free for day 3, whose own comes back on day 4.5
    assert unfunded(math.inf) == ["2", "4"]
    # on day 2.5 another period has begun: nothing to give back to that of day 1
    assert unfunded(2.0) == ["3", "5"]


# ------------------------------------------------------------------------------- what becomes of a reward


def pair(**changes):
    """Return a world in which customer 0 brings customer 1 on day 0."""
    return small_world(2, [(0, 1)], asks=[{}], **changes)


def test_a_ticket_wins_or_is_lost_by_its_own_draw():
    prize = (Purpose.PRIZE, 0, 1, 0)
    world = pair(rewards=[{"prize_probability": 0.25, "hold_days": 2.0, "value_cents": 50000}])
    assert of_zero(played(world, {prize: 0.249}))[-1] == "2 REWARD_PAID $50000 =-50000"
    assert of_zero(played(world, {prize: 0.251}))[-1] == "2 REWARD_LOST $50000"


def test_a_ticket_books_what_it_costs_on_average():
    offer = {"budget_cents": 2500}
    tickets = {"prize_probability": 0.001, "value_cents": 1_000_000}
    log = played(star(programmes=[offer], rewards=[tickets]))
    kinds = [line.split()[1] for line in of_zero(log, Kind.REWARD_EARNED, Kind.REWARD_UNFUNDED)]
    assert kinds == ["REWARD_EARNED"] * 2 + ["REWARD_UNFUNDED"] * 3


def test_credit_costs_when_it_is_used_and_nothing_when_it_expires():
    credit = {"at_payment": 0, "redeem_probability": 0.5, "expire_days": 30.0, "cost": 0.4}
    redeem = (Purpose.REDEEM, 0, 1, 0)
    used = played(pair(rewards=[{**credit, **law("redeem_delay", 12.0)}]), {redeem: 0.49})
    assert of_zero(used)[1:] == ["0 REWARD_PAID $1000", "12 REWARD_REDEEMED $1000 =-400"]
    forgotten = played(pair(rewards=[{**credit, **law("redeem_delay", 12.0)}]), {redeem: 0.51})
    assert of_zero(forgotten)[1:] == ["0 REWARD_PAID $1000", "30 REWARD_EXPIRED $1000"]
    too_late = played(pair(rewards=[{**credit, **law("redeem_delay", 31.0)}]), {redeem: 0.49})
    assert of_zero(too_late)[1:] == ["0 REWARD_PAID $1000", "30 REWARD_EXPIRED $1000"]


def test_an_inactive_receiver_waits_and_is_paid_once_active():
    log = played(
        pair(
            segment=law("activation_delay", 5.0),
            programmes=[{"qualify_on": QualifyOn.SIGNUP}],
            rewards=[{"side": Side.REFEREE, "needs_active": 1, "retry_days": 2.0}],
        )
    )
    # friend 1 signs up on day 0, is active from day 5 on, and asked after on days 0, 2, 4, 6
    assert story(log, *REWARD_KINDS) == [
        "0 REWARD_EARNED 1>0 #1 $1000",
        "6 REWARD_PAID 1>0 #1 $1000 =-1000",
    ]


@pytest.mark.parametrize(("pending_days", "day"), [(5.0, 5), (4.0, 4), (0.5, 1)])
def test_a_reward_nobody_is_there_for_expires(pending_days, day):
    log = played(
        pair(
            segment={"activation_probability": 0.0},
            programmes=[{"qualify_on": QualifyOn.SIGNUP}],
            rewards=[
                {
                    "side": Side.REFEREE,
                    "needs_active": 1,
                    "retry_days": 2.0,
                    "pending_days": pending_days,
                    "hold_days": 1.0 if pending_days < 1.0 else 0.0,
                }
            ],
        )
    )
    # the last line: the hold alone is longer than the reward may wait
    assert story(log, *REWARD_KINDS) == ["0 REWARD_EARNED 1>0 #1 $1000", f"{day} REWARD_EXPIRED 1>0 #1 $1000"]


def test_money_that_goes_back_disputes_what_was_paid_and_only_that():
    log = played(
        pair(
            segment={
                "purchase_every_days": 50.0,
                "refund_probability": 1.0,
                **law("refund_delay", 3.0),
            },
            programmes=[{"dispute": 1, "qualify_on": QualifyOn.PURCHASE}],
            rewards=[{}, {"hold_days": 9.0, "value_cents": 70}, {"side": Side.REFEREE, "value_cents": 500}],
            horizon_days=20.0,
        )
    )
    disputed = story(log, Kind.REWARD_DISPUTED)
    # in hold still: the second rule; it is paid on day 9, for disputes are no clawback
    assert disputed == ["3 REWARD_DISPUTED 0>1 $1000", "3 REWARD_DISPUTED 1>0 #1 $500"]
    assert story(log, Kind.REWARD_PAID)[-1] == "9 REWARD_PAID 0>1 #2 $70 =-70"


def test_an_inactive_receiver_may_become_active_on_the_last_day():
    waits = {"needs_active": 1, "retry_days": 2.0, "pending_days": 4.0, "side": Side.REFEREE}
    log = pair(
        segment=law("activation_delay", 3.5), programmes=[{"qualify_on": QualifyOn.SIGNUP}], rewards=[waits]
    )
    assert story(played(log), *REWARD_KINDS)[-1] == "4 REWARD_PAID 1>0 #1 $1000 =-1000"


@pytest.mark.parametrize("dispute", [False, True])
def test_a_refund_concerns_the_commission_on_its_own_purchase_only(dispute):
    """Purchases on days 0, 10, 20; that of day 10 goes back on day 13."""
    log = played(
        pair(
            segment={"purchase_every_days": 10.0, "refund_probability": 0.5, **law("refund_delay", 3.0)},
            programmes=[
                {"qualify_on": QualifyOn.PURCHASE, "dispute": dispute, "clawback_refund": not dispute}
            ],
            rewards=[{"on": PaysOn.PURCHASE, "hold_days": 1.0 if dispute else 5.0}],
            horizon_days=26.0,
        ),
        {
            (Purpose.REFUND, person, 0, k): 0.4 if (person, k) == (1, 1) else 0.6
            for person in (0, 1)
            for k in range(3)
        },
    )
    ends = [line for line in of_zero(log) if "EARNED" not in line]
    if dispute:
        assert ends == [
            "1 REWARD_PAID $1000 =-1000",
            "11 REWARD_PAID $1000 =-1000",
            "13 REWARD_DISPUTED $1000",
            "21 REWARD_PAID $1000 =-1000",
        ]
    else:
        assert ends == [
            "5 REWARD_PAID $1000 =-1000",
            "15 REWARD_REVERSED $1000",
            "25 REWARD_PAID $1000 =-1000",
        ]


def test_who_could_not_qualify_while_the_programme_rested_does_at_a_later_purchase():
    # 1 comes first and spends the budget; 2 buys on day 0 while the programme rests, and again on day 10
    log = played(
        small_world(
            3,
            [(0, 1), (0, 2)],
            asks=[{}],
            segment={"purchase_every_days": 6.0},
            programmes=[
                {
                    "qualify_on": QualifyOn.PURCHASE,
                    "budget_cents": 500,
                    "budget_days": 10.0,
                    "stop_when_spent": 1,
                }
            ],
            rewards=[{}],
            horizon_days=19.0,
        )
    )
    # the budget is too small for anybody: the first try of each period closes the programme
    assert story(log, Kind.QUALIFIED) == ["0 QUALIFIED 1>0", "12 QUALIFIED 2>0"]
    assert len(story(log, Kind.REWARD_UNFUNDED)) == 2


# ------------------------------------------------------------------------------- contests


def test_a_contest_pays_the_first_of_each_period():
    # 0 brings 1, 2 and 5 on days 1 to 3; 1 and 2 bring 3 and 4 on the day they come
    ties = [(0, 1), (0, 2), (0, 5), (1, 3), (2, 4)]
    order = {(Purpose.CONTACT_ORDER, 0, friend, 5): 0.1 * friend for friend in (1, 2, 5)}
    order |= {(Purpose.CONTACT_ORDER, 1, 3, 5): 0.001, (Purpose.CONTACT_ORDER, 2, 4, 5): 0.001}
    contest = {"on": PaysOn.LEADERBOARD, "board_days": 3.0, "board_places": 2, "value_cents": 5000}
    world = small_world(6, ties, streams=ONE_A_DAY, asks=[DAILY], rewards=[contest], horizon_days=10.0)
    log = played(world, order)
    assert story(log, Kind.QUALIFIED) == [
        "1 QUALIFIED 1>0",
        "1 QUALIFIED 3>1",
        "2 QUALIFIED 2>0",
        "2 QUALIFIED 4>2",
        "3 QUALIFIED 5>0",
    ]
    # period [0, 3): 0 with two friends, then 1 before 2 with one each; the friend of day 3 is for [3, 6)
    assert story(log, Kind.REWARD_EARNED) == [
        "3 REWARD_EARNED 0>-2 #32 $5000",
        "3 REWARD_EARNED 1>-2 #32 $5000",
        "6 REWARD_EARNED 0>-2 #64 $5000",
    ]
    prizes = log[log["kind"] == Kind.REWARD_EARNED]
    assert prizes["loop"].tolist() == [-1] * 3
    assert prizes["programme"].tolist() == [0] * 3
