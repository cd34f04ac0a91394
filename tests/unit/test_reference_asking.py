"""Who is asked, when, and with what effect: the reference engine followed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers_reference import law, played, small_world, story

from referralsim.behaviour.response import expit
from referralsim.distributions import CountLaw
from referralsim.engine.contract import Mode, Trigger
from referralsim.eventlog.kinds import Kind
from referralsim.randomness import Purpose

DAILY = {"trigger": Trigger.CALENDAR, "every_days": 1.0, "first_days": 1.0}


def asked(log, person=0):
    """Return (day, rule) of the asks of a person."""
    rows = log[(log["kind"] == Kind.ASKED) & (log["actor"] == person)]
    return [(float(row["time"]), int(row["target"])) for row in rows]


# ------------------------------------------------------------------------------- filters and rest


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ({"min_tenure_days": 3.0, "max_tenure_days": 5.0}, [3, 4, 5]),
        # purchases on days 0.5, 2.5, 4.5, ... of 1000 cents
        ({"min_purchases": 2}, [3, 4, 5, 6]),
        ({"min_spent_cents": 2001}, [5, 6]),
    ],
)
def test_a_rule_asks_those_it_wants(rule, days):
    buys = {"purchase_every_days": 2.0, "purchase_first_days": 0.5}
    log = played(small_world(1, asks=[{**DAILY, **rule}], segment=buys, horizon_days=6.5))
    assert asked(log) == [(day, 0) for day in days]


def test_one_occasion_leads_to_the_foremost_ask_only():
    rules = [{}, {"priority": 2}, {"programme": 1, "priority": 2}, {"programme": 1, "priority": 1}]
    both = [{}, {}]
    all_of_them = played(small_world(1, programmes=both, asks=rules))
    assert asked(all_of_them) == [(0, 0), (0, 1), (0, 16), (0, 17)]
    one = {"one_ask": 1}
    assert asked(played(small_world(1, programmes=both, asks=rules, world=one))) == [(0, 1)]
    # a rule that does not come up, or whose programme is closed, takes no place away
    shut = [{"enabled": 0}, {}]
    assert asked(played(small_world(1, programmes=shut, asks=rules, world=one))) == [(0, 16)]
    # nor does one that may not ask now
    rules[1]["min_purchases"] = 1
    assert asked(played(small_world(1, programmes=both, asks=rules, world=one))) == [(0, 16)]
    resting = [{"ask_maximum": 0}, {"ask_maximum": 0}]
    assert asked(played(small_world(1, programmes=resting, asks=rules, world=one))) == []
    rules[1] |= {"min_purchases": 0, "probability": 0.0}
    assert asked(played(small_world(1, programmes=both, asks=rules, world=one))) == [(0, 16)]


def test_programmes_leave_each_other_time():
    rules = [DAILY, {**DAILY, "programme": 1, "first_days": 1.5}]
    world = small_world(1, programmes=[{}, {}], asks=rules, world={"ask_rest_days": 1.2}, horizon_days=6.0)
    assert asked(played(world)) == [(1, 0), (2.5, 16), (4, 0), (5.5, 16)]


def shares_just(chance, script=None, **changes):
    """Say whether the last rule's ask of person 0 is heard just below a chance, and not just above."""
    world = small_world(2, [(0, 1)], horizon_days=50.0, **changes)
    rule = int(world.asks["number"][0, -1])

    def shared(luck):
        log = played(world, {**(script or {}), (Purpose.SHARE, 0, 16 + rule, 0): luck})
        return bool((log["target"][log["kind"] == Kind.SHARED] == rule).any())

    return shared(chance - 1e-9) and not shared(chance + 1e-9)


LOGIT = {"mode": Mode.LOGIT, "share_base": -1.0}


def test_asks_of_other_programmes_tire_too():
    # three asks of programme 0, then two of programme 1: its own first one tires by another factor
    nothing = {"table_share_weak": 0.0, "table_share_strong": 0.0}
    rules = [
        *({**law("delay", day)} for day in (0.0, 1.0, 2.0)),
        {"programme": 1, **law("delay", 2.5)},
        {"programme": 1, **law("delay", 3.0)},
    ]
    assert shares_just(
        expit(-1.0 + 3 * math.log(0.9) + math.log(0.5)),
        {(Purpose.SHARE, 0, 32, 0): 1.0 - 1e-9},
        programmes=[nothing, {**LOGIT, "log_fatigue": math.log(0.5)}],
        asks=rules,
        world={"cross_log_fatigue": math.log(0.9)},
    )


def test_framing_works_right_after_a_purchase_and_fades():
    framed = {"framing_effect": 0.8, "framing_half_life_days": 2.0, **law("delay", 6.0)}
    # asked on day 6, two half-lives after the purchase of day 2; without one three after activation
    bought = {"purchase_every_days": 100.0, "purchase_first_days": 2.0}
    assert shares_just(expit(-1.0 + 0.8 / 4), programmes=[LOGIT], asks=[framed], segment=bought)
    assert shares_just(expit(-1.0 + 0.8 / 8), programmes=[LOGIT], asks=[framed])


def test_who_was_referred_refers_more():
    # person 0 is brought by 1 on day 0 and asked when active
    world = small_world(
        3,
        [(0, 1), (0, 2)],
        programmes=[LOGIT],
        asks=[{}],
        segment={"referred_share_log": 0.7},
    )
    world = world._replace(initial=np.array([1], np.int32))

    def n_shared(luck):
        script = {(Purpose.SHARE, 1, 16, 0): 0.01, (Purpose.SHARE, 0, 16, 0): luck}
        return len(story(played(world, script), Kind.SHARED))

    assert [n_shared(expit(-1.0 + 0.7) - 1e-9), n_shared(expit(-1.0 + 0.7) + 1e-9)] == [2, 1]
    # 1 came by himself
    barely = {(Purpose.SHARE, 1, 16, 0): expit(-1.0) + 1e-9}
    assert not story(played(world, barely), Kind.SHARED)


# ------------------------------------------------------------------------------- who pays shares


def household(rule, payer_comes=True):
    """0 uses and 1 pays for both; 1 knows 2, 3 and 4, 0 knows 1 only."""
    world = small_world(
        5,
        [(0, 1), (1, 2), (1, 3), (1, 4)],
        asks=[{**rule, **law("delay", 1.0)}],
        streams={5: {"count_law": CountLaw.POISSON, "count_a": 2.0}},
        channel={"delivered_probability": 0.0},
        horizon_days=1.5,
    )
    first = [0, 1] if payer_comes else [0]
    world = world._replace(initial=np.array(first, np.int32), payer=np.array([1, 1, 2, 3, 4], np.int32))
    # of Poisson 2: below .135 none, below .406 one, below .677 two, below .857 three
    counts = {(Purpose.CONTACT_COUNT, 0, 16, 0): 0.8}
    if payer_comes:
        counts[Purpose.CONTACT_COUNT, 1, 16, 0] = 0.3
    return story(played(world, counts), Kind.SHARED, Kind.INVITED)


def test_with_a_payer_the_one_who_is_asked_hands_on_to_the_one_who_pays():
    # asked twice, with the counts of 0 (three) and of 1 (one); both times 1 decides and shares: its four
    # ties come to their turn once, in one round
    lines = household({"payer": 1})
    assert [line for line in lines if "SHARED" in line] == ["1 SHARED 0>0 $3", "1 SHARED 1>0 $1"]
    assert sorted(line for line in lines if "INVITED" in line) == [
        f"1 INVITED 1>{other} #5" for other in (0, 2, 3, 4)
    ]
    # without the rule each for himself
    lines = household({})
    assert [line for line in lines if "SHARED" in line] == ["1 SHARED 0>0 $1", "1 SHARED 1>0 $1"]
    # a payer who is not there shares nothing: the user does
    assert household({"payer": 1}, payer_comes=False) == ["1 SHARED 0>0 $1", "1 INVITED 0>1 #5"]
