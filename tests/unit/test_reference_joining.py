"""Who gets the credit, who nudges, who must agree, who cheats: the reference engine followed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from helpers_reference import gap, law, played, small_world, story

from referralsim.distributions import CountLaw
from referralsim.engine.contract import QualifyOn, Rule, Trigger
from referralsim.eventlog.kinds import REWARD_KINDS, Kind, Loop, Side
from referralsim.randomness import Purpose

UNFINISHED = 63
BOTH_SIDES = ({"value_cents": 1000}, {"side": Side.REFEREE, "value_cents": 500})

# ------------------------------------------------------------------------------- touches


def two_touches(programmes, rule=Rule.LAST_TOUCH):
    """Let 0 invite 1 by programmes 0 and 1 on days 0 and 4, to decide on days 10 and 14; say who gets it."""
    asks = [
        {"programme": 0, "trigger": Trigger.ACTIVATION},
        {"programme": 1, "trigger": Trigger.ACTIVATION, **law("delay", 4.0)},
    ]
    world = small_world(2, [(0, 1)], programmes=programmes, asks=asks, channel=law("signed_up_delay", 10.0))
    log = played(world._replace(attribution_rule=int(rule)))
    joined = log[(log["kind"] == Kind.SIGNED_UP) & (log["actor"] == 1)]
    return [(row["time"], row["programme"]) for row in joined]


@pytest.mark.parametrize(
    ("first", "second", "rule", "credited"),
    [
        ({}, {}, Rule.LAST_TOUCH, 1),
        ({}, {}, Rule.FIRST_TOUCH, 0),
        ({"priority": 1}, {}, Rule.LAST_TOUCH, 0),
        ({}, {"priority": 1}, Rule.FIRST_TOUCH, 1),
        # the first touch has lapsed when the second comes: its higher priority is worth nothing
        ({"priority": 1, "window_days": 3.0}, {}, Rule.FIRST_TOUCH, 1),
        # the first outranks the second and has lapsed by day 10: the accepted invitation counts
        ({"priority": 1, "window_days": 5.0}, {}, Rule.LAST_TOUCH, 0),
    ],
)
def test_the_touch_of_higher_priority_counts_while_its_window_lasts(first, second, rule, credited):
    assert two_touches([first, second], rule) == [(10.0, credited)]


def test_each_touch_has_the_window_of_its_programme():
    # 1 says no to the first invitation; the touch of the second (day 4) counts for 5 days, not until day 14
    assert two_touches([{"table_accept_weak": 0.0, "table_accept_strong": 0.0}, {"window_days": 5.0}]) == [
        (14.0, 1)
    ]
    long = {"table_accept_weak": 0.0, "table_accept_strong": 0.0, "priority": 1, "window_days": 20.0}
    # the touch of the programme that nobody accepts outranks the invitation that is accepted
    assert two_touches([long, {}]) == [(14.0, 0)]


# ------------------------------------------------------------------------------- reminders and consent

NUDGE = {"remind_probability": 0.5, **law("remind_delay", 3.0)}


def reminded(script, segment=None, **programme):
    """Play a pair whose customer invites the other on day 0, and may nudge on day 3."""
    offer = {**NUDGE, "table_accept_weak": 0.4, "table_accept_strong": 0.4, **programme}
    world = small_world(2, [(0, 1)], programmes=[offer], asks=[{}], segment=segment)
    log = played(world, script)
    return story(log[log["target"] != -1], Kind.SIGNED_UP, Kind.REMINDED, Kind.ACTIVATED)


def test_a_friend_who_says_no_is_nudged_once_and_may_think_again():
    no = {(Purpose.SIGNED_UP, 0, 1, 5): 0.41, (Purpose.REMIND, 0, 1, 5): 0.49}
    answer = (Purpose.REMINDED_ANSWER, 0, 1, 5)
    joins = ["3 REMINDED 0>1 #5"]
    assert reminded({**no, answer: 0.59}, remind_accept_factor=1.5) == [
        "3 SIGNED_UP 1>0 #3",
        "3 ACTIVATED 1>0",
        *joins,
    ]
    assert reminded({**no, answer: 0.61}, remind_accept_factor=1.5) == joins
    assert reminded({**no, (Purpose.REMIND, 0, 1, 5): 0.51}) == []
    # nobody is nudged who said yes
    assert reminded({(Purpose.SIGNED_UP, 0, 1, 5): 0.39}) == ["0 SIGNED_UP 1>0 #3", "0 ACTIVATED 1>0"]


def test_a_sign_up_that_is_not_finished_is_nudged_too():
    begun = {(Purpose.SIGNED_UP, 0, 1, 5): 0.1, (Purpose.ACTIVATION, 1, 0, 0): 0.31}
    seen = {(Purpose.REMIND, 0, 1, UNFINISHED): 0.49}
    answer = (Purpose.REMINDED_ANSWER, 0, 1, UNFINISHED)
    people = {"activation_probability": 0.3, **law("activation_delay", 2.0)}
    assert reminded({**begun, **seen, answer: 0.59}, people, remind_activation_factor=2.0) == [
        "0 SIGNED_UP 1>0 #3",
        "3 REMINDED 0>1 #63",
        "5 ACTIVATED 1>0",
    ]
    assert reminded({**begun, **seen, answer: 0.61}, people, remind_activation_factor=2.0) == [
        "0 SIGNED_UP 1>0 #3",
        "3 REMINDED 0>1 #63",
    ]


def test_a_referrer_who_has_left_nudges_nobody():
    script = {
        (Purpose.SIGNED_UP, 0, 1, 5): 0.41,
        (Purpose.REMIND, 0, 1, 5): 0.1,
        (Purpose.CHURN_GAP, 0, 0, 0): gap(1.0),
    }
    offer = {**NUDGE, "table_accept_weak": 0.4, "table_accept_strong": 0.4}
    world = small_world(2, [(0, 1)], programmes=[offer], asks=[{}], rates={"churn": 1.0})
    assert not story(played(world, script), Kind.REMINDED)


def test_who_pays_must_agree_until_he_is_a_customer_himself():
    """0 invites 1 and 2; 2 pays for 1."""
    yes = {(Purpose.SIGNED_UP, 0, 1, 5): 0.5}
    world = small_world(3, [(0, 1)], asks=[{}], world={"consent_probability": 0.3})

    def joined(payer, script, **changes):
        log = played(world._replace(payer=np.array(payer, np.int32), **changes), script)
        return story(log, Kind.SIGNED_UP)

    consent = (Purpose.CONSENT, 0, 1, 5)
    assert len(joined([0, 2, 2], {**yes, consent: 0.31})) == 1
    assert len(joined([0, 2, 2], {**yes, consent: 0.29})) == 2
    # nobody is asked for consent to what he pays himself, or uses himself already
    assert len(joined([0, 1, 2], yes)) == 2
    assert len(joined([0, 0, 2], yes)) == 2


# ------------------------------------------------------------------------------- abuse


def arrival(offer, luck, script=None, **changes):
    """Play one person who comes unasked on day 1 to a world without customers."""
    world = small_world(
        1, programmes=[offer], rewards=BOTH_SIDES, arrivals=(1.0, 0.0, 0.0), horizon_days=2.0, **changes
    )
    draws = {(Purpose.ARRIVAL_GAP, 1, 0, 0): gap(1.0), (Purpose.ABUSE, 0, 0, 0): luck, **(script or {})}
    return played(world._replace(initial=np.zeros(0, np.int32)), draws)


CHEAT = {"self_referral_probability": 0.2, "leak_probability": 0.3}


def test_somebody_refers_himself_and_gets_both_sides():
    log = arrival(CHEAT, 0.19)
    assert story(log, *REWARD_KINDS) == [
        "1 REWARD_EARNED 0>-2 $1000",
        "1 REWARD_EARNED 0>-2 #1 $500",
        "1 REWARD_PAID 0>-2 $1000 =-1000",
        "1 REWARD_PAID 0>-2 #1 $500 =-500",
    ]
    assert story(log, Kind.SIGNED_UP) == ["1 SIGNED_UP 0 #1"]
    assert set(log["loop"][log["kind"] == Kind.SIGNED_UP]) == {Loop.PROGRAMME}


def test_a_leaked_code_pays_the_friends_side_only():
    assert story(arrival(CHEAT, 0.49), Kind.REWARD_EARNED) == ["1 REWARD_EARNED 0>-2 #1 $500"]


def test_most_come_honestly():
    log = arrival(CHEAT, 0.51)
    assert not story(log, *REWARD_KINDS)
    assert set(log["loop"][log["kind"] == Kind.SIGNED_UP]) == {Loop.ORGANIC_ARRIVAL}


def test_the_first_open_programme_that_is_cheated_gets_the_credit():
    closed, second = {**CHEAT, "enabled": 0}, {"leak_probability": 1.0}
    world = small_world(
        1, programmes=[closed, {}, second], arrivals=(1.0, 0.0, 0.0), initial=np.zeros(0, np.int32)
    )
    log = played(world, {(Purpose.ABUSE, 0, 2, 0): 0.9})
    assert log["programme"][log["kind"] == Kind.SIGNED_UP].tolist() == [2]


def test_detection_refuses_cheats_rightly_and_friends_wrongly():
    found = (Purpose.DETECT, 0, 0, 0)
    caught = arrival({**CHEAT, "detect_true": 0.9}, 0.19, {found: 0.89})
    assert [line.split()[1] for line in story(caught, *REWARD_KINDS)] == ["ABUSE_REFUSED"] * 2
    assert story(caught, Kind.QUALIFIED) == ["1 QUALIFIED 0"]
    assert story(arrival({**CHEAT, "detect_true": 0.9}, 0.19, {found: 0.91}), Kind.REWARD_PAID)

    strict = [{"detect_false": 0.05}]
    world = small_world(2, [(0, 1)], programmes=strict, asks=[{}], rewards=BOTH_SIDES)
    refused = played(world, {(Purpose.DETECT, 1, 0, 0): 0.04})
    assert story(refused, *REWARD_KINDS) == [
        "0 GENUINE_REFUSED 0>1 $1000",
        "0 GENUINE_REFUSED 1>0 #1 $500",
    ]


def test_a_refused_friend_is_no_step_on_the_ladder_and_earns_no_commission():
    ladder = [{"from_friend": 2, "value_cents": 900}, {"on": 1, "percent": 0.1}]
    world = small_world(
        3,
        [(0, 1), (0, 2)],
        programmes=[{"detect_false": 0.5, "qualify_on": QualifyOn.PURCHASE}],
        segment={"purchase_every_days": 10.0},
        asks=[{}],
        rewards=ladder,
        horizon_days=15.0,
    )
    log = played(world, {(Purpose.DETECT, 1, 0, 0): 0.49, (Purpose.DETECT, 2, 0, 0): 0.51})
    # 2 is the first friend that counts, so nobody is the second; only 2's purchases pay
    assert story(log, *REWARD_KINDS) == [
        "0 REWARD_EARNED 0>2 #34 $100",
        "0 REWARD_PAID 0>2 #34 $100 =-100",
        "10 REWARD_EARNED 0>2 #66 $100",
        "10 REWARD_PAID 0>2 #66 $100 =-100",
    ]


def test_fake_friends_cost_rewards_climb_the_ladder_and_are_sometimes_seen_through():
    offer = {"fake_probability": 0.1, "fake_count_law": CountLaw.FIXED_COUNT, "fake_count_a": 3.0}
    rules = [{"value_cents": 100}, {"from_friend": 2, "to_friend": 2, "value_cents": 900}]
    # the second fake is found out: it would have been the second friend, and so is the third
    # nobody to invite: friends are made up as well as found, or instead
    log = played(
        small_world(1, programmes=[{**offer, "detect_true": 0.5}], asks=[{}], rewards=rules),
        {
            (Purpose.FAKE, 0, 16, 0): 0.09,
            (Purpose.DETECT, 0, 0, 1): 0.6,
            (Purpose.DETECT, 0, 0, 2): 0.4,
            (Purpose.DETECT, 0, 0, 3): 0.6,
        },
    )
    assert story(log, Kind.FAKED) == ["0 FAKED 0>0 $3"]
    # the keys name fakes 1, 2 and 3: serial times 32, and 2 for the second rule
    assert story(log, Kind.REWARD_EARNED, Kind.ABUSE_REFUSED) == [
        "0 REWARD_EARNED 0>-2 #32 $100",
        "0 REWARD_EARNED 0>-2 #96 $100",
        "0 REWARD_EARNED 0>-2 #98 $900",
        "0 ABUSE_REFUSED 0>-2 #64 $100",
        "0 ABUSE_REFUSED 0>-2 #66 $900",
    ]
    assert not story(log, Kind.QUALIFIED)
