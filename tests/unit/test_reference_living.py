"""Lives with moods, friends, gifts, incidents and returns: the reference engine followed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from helpers_reference import gap, law, played, small_world, story

from referralsim.engine.contract import LIVES, ODD_OCCASION, Trigger
from referralsim.eventlog.kinds import Kind
from referralsim.randomness import Purpose

NEVER = 1.0 - 1e-12  # as the draw of a gap: some 28 days at a rate of one a day
HAPPY_USE, UNHAPPY_USE = 0.1, 0.6
MOODS = {"happy_probability": 0.5, "unhappy_probability": 0.5, "happy_half_life_days": 2.0}
MOODS |= {"unhappy_half_life_days": 2.0}


def one_use(mood, person=0, day=1.0):
    """Return the draws of one happy or unhappy use on a day and of no other."""
    return {
        (Purpose.USE_GAP, person, 0, 0): gap(day),
        (Purpose.MOMENT, person, 0, 0): mood,
        (Purpose.USE_GAP, person, 0, 1): NEVER,
    }


def happens_just(world, place, chance, kind, script):
    """Say whether an event of person 0 happens with a draw just below a chance, and not just above."""

    def happened(luck):
        log = played(world, {**script, place: luck})
        return bool(((log["kind"] == kind) & (log["actor"] == 0)).any())

    return happened(chance - 1e-9) and not happened(chance + 1e-9)


# ------------------------------------------------------------------------------- buying


def test_a_mood_moves_the_basket_and_wears_off():
    subscribed = {**MOODS, "purchase_every_days": 2.0, "purchase_first_days": 1.0}
    subscribed |= {"happy_basket_factor": 1.4, "unhappy_basket_factor": 0.6, "margin": 0.25}
    world = small_world(1, segment=subscribed, rates={"use": 1.0}, horizon_days=6.0)
    happy = played(world, one_use(HAPPY_USE))
    # the use comes before the purchase of its day; then one and two half-lives
    assert story(happy, Kind.PURCHASED) == [
        "1 PURCHASED 0 $1400 =350",
        "3 PURCHASED 0 #1 $1200 =300",
        "5 PURCHASED 0 #2 $1100 =275",
    ]
    unhappy = played(world, one_use(UNHAPPY_USE))
    assert unhappy["amount_cents"][unhappy["kind"] == Kind.PURCHASED].tolist() == [600, 800, 900]


def test_friends_leave_more_at_first():
    gapped = {"purchase_every_days": 10.0, "referred_margin_gap": 0.4, "referred_margin_half_life_days": 10.0}
    log = played(small_world(2, [(0, 1)], asks=[{}], segment=gapped, horizon_days=25.0))
    margins = {i: log["margin_cents"][(log["kind"] == Kind.PURCHASED) & (log["actor"] == i)] for i in (0, 1)}
    assert margins[0].tolist() == [500, 500, 500]
    assert margins[1].tolist() == [700, 600, 550]


def test_a_bad_mood_points_and_membership_thin_purchases_from_the_highest_rate():
    factors = {**MOODS, "purchase_top": 3.0, "unhappy_purchase_factor": 0.5}
    factors |= {"points_threshold": 0.0, "points_purchase_factor": 1.5, "member_purchase_factor": 2.0}
    world = small_world(1, segment=factors, rates={"use": 1.0, "purchase": 1.0}, horizon_days=4.0)
    script = one_use(UNHAPPY_USE) | {
        (Purpose.PURCHASE_GAP, 0, 0, 0): gap(3.0),
        (Purpose.PURCHASE_GAP, 0, 0, 1): NEVER,
    }
    # day 3, one half-life after: .75 x 1.5 (no member) of at most 3
    place = (Purpose.PURCHASE_HAPPENS, 0, 0, 0)
    assert happens_just(world, place, 0.75 * 1.5 / 3.0, Kind.PURCHASED, script)


@pytest.mark.parametrize(
    ("payer", "pass_on", "baskets"),
    [
        ([0, 1], 0.0, [1500, 1000]),  # each for himself: 0 is in a good mood, 1 in none
        ([1, 1], 0.0, [1000, 1000]),  # 1 pays for both, and nobody has told him
        ([1, 1], 0.6, [1500, 1500]),
        ([1, 1], 0.5, [1000, 1000]),
    ],
)
def test_what_is_bought_depends_on_the_mood_of_who_pays(payer, pass_on, baskets):
    buys = {**MOODS, "purchase_every_days": 50.0, "purchase_first_days": 3.0, "happy_basket_factor": 2.0}
    world = small_world(
        2,
        segment=buys,
        world={"pass_on_probability": pass_on},
        rates={"use": 1.0},
        horizon_days=4.0,
        initial=np.array([0, 1], np.int32),
        payer=np.array(payer, np.int32),
    )
    script = one_use(HAPPY_USE) | {(Purpose.USE_GAP, 1, 0, 0): NEVER}
    told = {(Purpose.PASS_ON, 0, 0, 0): 0.55} if pass_on else {}
    log = played(world, script | told)
    assert log["amount_cents"][log["kind"] == Kind.PURCHASED].tolist() == baskets


# ------------------------------------------------------------------------------- leaving and coming back

CANDIDATE = (Purpose.CHURN_HAPPENS, 0, 0, 0)
AT_3 = {(Purpose.CHURN_GAP, 0, 0, 0): gap(3.0)}


@pytest.mark.parametrize(
    ("segment", "ratio"),
    [
        ({}, 1.0 / 2.0),
        ({"happy_churn_factor": 0.5}, 0.75 / 2.0),
        ({"points_threshold": 0.0, "points_churn_factor": 0.6}, 0.6 / 2.0),
        ({"member_churn_factor": 0.6}, 1.0 / 2.0),
        # nobody was brought by 0, and nobody brought 0
        ({"referred_churn_factor": 0.6, "referrer_churn_factor": 0.7}, 1.0 / 2.0),
    ],
)
def test_what_binds_a_customer(segment, ratio):
    factors = {**MOODS, "unhappy_churn_factor": 2.0, **segment}
    world = small_world(1, segment=factors, rates={"use": 1.0, "churn": 1.0}, horizon_days=3.0)
    assert happens_just(world, CANDIDATE, ratio, Kind.CHURNED, AT_3 | one_use(HAPPY_USE))


def test_friends_bind_each_other_while_both_are_there():
    """1 brings 0 on day 0, and 0 brings 2 on day 0."""
    factors = {"unhappy_churn_factor": 2.0, "referred_churn_factor": 0.6, "referrer_churn_factor": 0.7}
    world = small_world(3, [(0, 1), (0, 2)], asks=[{}], segment=factors, rates={"churn": 1.0})
    world = world._replace(initial=np.array([1], np.int32), horizon_days=3.0)
    stays = {(Purpose.CHURN_GAP, i, 0, 0): NEVER for i in (1, 2)}
    assert happens_just(world, CANDIDATE, 0.6 * 0.7 / 2.0, Kind.CHURNED, AT_3 | stays)
    # once the referrer has left he binds nobody
    leaves = stays | {(Purpose.CHURN_GAP, 1, 0, 0): gap(1.0), (Purpose.CHURN_HAPPENS, 1, 0, 0): 0.01}
    assert happens_just(world, CANDIDATE, 0.7 / 2.0, Kind.CHURNED, AT_3 | leaves)


WINBACK = {"winback_maximum": 1, "winback_probability": 0.4, "winback_cost_cents": 300}
WINBACK |= law("winback_delay", 2.0)


def won_back(segment=None, asks=(), lucky=True):
    """Play customer 0, who leaves on day 3.2; if lucky is won back on day 5.2 and leaves on day 9.1."""
    world = small_world(
        1, segment={**WINBACK, **(segment or {})}, asks=asks, rates={"churn": 1.0}, horizon_days=20.0
    )
    script = {
        (Purpose.CHURN_GAP, 0, 0, 0): gap(3.2),
        (Purpose.CHURN_HAPPENS, 0, 0, 0): 0.5,
        (Purpose.WINBACK, 0, 0, 0): 0.39 if lucky else 0.41,
    }
    if lucky:
        script |= {
            (Purpose.CHURN_GAP, 0, 0, LIVES): gap(3.9),
            (Purpose.CHURN_HAPPENS, 0, 0, LIVES): 0.5,
        }
    return played(world, script)


def test_a_customer_is_won_back_for_another_life_as_often_as_is_allowed():
    assert story(won_back(), Kind.CHURNED, Kind.WON_BACK) == [
        "3.2 CHURNED 0",
        "5.2 WON_BACK 0 #1 =-300",
        f"9.1 CHURNED 0 #{LIVES}",
    ]
    assert story(won_back(lucky=False), Kind.WON_BACK) == []


def test_the_second_life_has_numbers_of_its_own_and_no_free_trial():
    log = won_back({"purchase_every_days": 2.0, "purchase_first_days": 0.5})
    # the purchase due on day 4.5 finds nobody
    assert story(log, Kind.PURCHASED) == [
        "0.5 PURCHASED 0 $1000 =500",
        "2.5 PURCHASED 0 #1 $1000 =500",
        f"7.2 PURCHASED 0 #{LIVES} $1000 =500",
    ]
    # back on day 3.7, before the purchase of day 4 that belongs to the first life and is void
    quick = won_back({**law("winback_delay", 0.5), "purchase_every_days": 2.0})
    assert [line.split()[0] for line in story(quick, Kind.PURCHASED)] == ["0", "2", "5.7"]


def test_scheduled_asks_pause_while_somebody_is_away():
    daily = {"trigger": Trigger.CALENDAR, "every_days": 1.0, "first_days": 1.0}

    def days(log):
        return [int(line.split()[0]) for line in story(log, Kind.ASKED)]

    assert days(won_back(asks=[daily])) == [1, 2, 3, 6, 7, 8, 9]
    assert days(won_back(asks=[daily], lucky=False)) == [1, 2, 3]


# ------------------------------------------------------------------------------- care


def test_an_apology_mends_the_mood_unless_something_else_did():
    cared = {**MOODS, "purchase_every_days": 50.0, "purchase_first_days": 3.0, "unhappy_basket_factor": 0.5}
    cared |= {"recovery_probability": 0.7, "recovery_success": 0.4, "recovery_cost_cents": 150}
    cared |= law("recovery_delay", 1.0)
    world = small_world(1, segment=cared, rates={"use": 1.0}, horizon_days=4.0)
    learnt, works = (Purpose.RECOVERY, 0, 0, 0), (Purpose.RECOVERY_WORKS, 0, 0, 0)

    def told(script):
        return story(played(world, one_use(UNHAPPY_USE) | script), Kind.RECOVERED, Kind.PURCHASED)

    mended = ["2 RECOVERED 0 =-150", "3 PURCHASED 0 $1000 =500"]
    assert told({learnt: 0.69, works: 0.39}) == mended
    assert told({learnt: 0.69, works: 0.41}) == ["2 RECOVERED 0 =-150", "3 PURCHASED 0 $750 =375"]
    assert told({learnt: 0.71}) == ["3 PURCHASED 0 $750 =375"]


def test_an_apology_that_comes_too_late_spoils_no_good_mood():
    cared = {**MOODS, "purchase_every_days": 50.0, "purchase_first_days": 4.0, "happy_basket_factor": 1.4}
    cared |= {"recovery_probability": 1.0, "recovery_success": 1.0, **law("recovery_delay", 2.0)}
    script = one_use(UNHAPPY_USE) | {
        (Purpose.USE_GAP, 0, 0, 1): gap(1.0),
        (Purpose.MOMENT, 0, 0, 1): HAPPY_USE,
        (Purpose.USE_GAP, 0, 0, 2): NEVER,
    }
    log = played(small_world(1, segment=cared, rates={"use": 1.0}, horizon_days=4.5), script)
    # let down on day 1, delighted on day 2, apologised to on day 3; day 4 is one half-life after day 2
    assert story(log, Kind.RECOVERED, Kind.PURCHASED) == ["3 RECOVERED 0", "4 PURCHASED 0 $1200 =600"]


def test_a_gift_is_a_happy_moment_without_a_use():
    world = small_world(
        1,
        segment={"gift_cost_cents": 400, "happy_basket_factor": 1.5, "purchase_every_days": 50.0}
        | {"purchase_first_days": 2.0, "happy_half_life_days": 1e12},
        asks=[{"trigger": Trigger.HAPPY_MOMENT}],
        rates={"gift": 1.0},
        horizon_days=3.0,
    )
    log = played(world, {(Purpose.GIFT_GAP, 0, 0, 0): gap(1.0), (Purpose.GIFT_GAP, 0, 0, 1): NEVER})
    assert story(log, Kind.GIFTED, Kind.ASKED, Kind.PURCHASED, Kind.DELIGHTED) == [
        f"1 ASKED 0>0 #{ODD_OCCASION}",
        "1 GIFTED 0 =-400",
        "2 PURCHASED 0 $1500 =750",
    ]


def test_an_incident_reaches_a_share_of_those_who_are_customers():
    # two incidents; the draws let the first reach customer 0, not the second
    world = small_world(
        2,
        [(0, 1)],
        segment={"recovery_probability": 1.0, **law("recovery_delay", 2.0)},
        streams={4: {"enabled": 1, "probability": 1.0}},
        asks=[{"trigger": Trigger.UNHAPPY_MOMENT, "probability": 1.0}],
        channel={"delivered_probability": 0.0},
        incident_day=np.array([5.0, 8.0]),
        incident_share=np.array([0.3, 0.3]),
        horizon_days=9.0,
    )
    occasion = ODD_OCCASION + LIVES
    log = played(world, {(Purpose.INCIDENT, 0, 0, 0): 0.29, (Purpose.INCIDENT, 0, 1, 0): 0.31})
    assert story(log, Kind.HIT, Kind.RECOVERED, Kind.ASKED, Kind.TOLD) == [
        f"5 ASKED 0>0 #{occasion}",
        "5 TOLD 0>1 #4 $-1",
        "5 HIT 0",
        f"7 RECOVERED 0 #{occasion}",
    ]


# ------------------------------------------------------------------------------- loyalty

SHOP = {"purchase_every_days": 1.0, "purchase_first_days": 1.0}


def loyal(segment, script=None, horizon=5.0, **changes):
    """Play a customer who buys for 1000 cents on days 1, 2, 3, 4."""
    return played(small_world(1, segment={**SHOP, **segment}, horizon_days=horizon, **changes), script or {})


POINTS = (Kind.POINTS_EARNED, Kind.POINTS_REDEEMED, Kind.POINTS_EXPIRED)


def test_points_are_earned_and_redeemed_all_at_once():
    rules = {"points_per_cent": 0.01, "points_redeem_at": 15.0, "points_redeem_probability": 0.5}
    log = loyal({**rules, "points_cost_cents": 0.25}, {(Purpose.POINTS_REDEEM, 0, 0, 2): 0.49})
    # on day 3 there are 20, which cost 5 cents; on day 2 there are 10: not enough, whatever the draw
    assert story(log, *POINTS)[:4] == [
        "1 POINTS_EARNED 0 $10",
        "2 POINTS_EARNED 0 #1 $10",
        "3 POINTS_EARNED 0 #2 $10",
        "3 POINTS_REDEEMED 0 #2 $20 =-5",
    ]


def test_points_expire_together_when_none_are_earned_for_long_enough():
    rules = {"points_per_cent": 0.01, "points_expire_days": 1.5, "purchase_every_days": 50.0}
    assert story(loyal(rules), *POINTS) == ["1 POINTS_EARNED 0 $10", "2.5 POINTS_EXPIRED 0 #1 $10"]
    kept = loyal({**rules, "purchase_every_days": 1.0}, horizon=10.0)
    assert not story(kept, Kind.POINTS_EXPIRED)


def test_a_review_earns_points_and_persuades_strangers():
    written = {(Purpose.REVIEW, 0, 0, k): luck for k, luck in enumerate((0.5, 0.1, 0.5, 0.5))}
    log = loyal({"review_probability": 0.2, "points_per_review": 30.0}, written)
    assert story(log, Kind.REVIEWED, *POINTS) == ["2 REVIEWED 0 #1", "2 POINTS_EARNED 0 #1 $30"]


def test_a_friend_who_qualifies_brings_points():
    log = played(small_world(2, [(0, 1)], asks=[{}], segment={"points_per_friend": 25.0}))
    assert story(log, *POINTS) == ["0 POINTS_EARNED 0>1 $25"]


def test_points_lift_baskets_once_there_are_enough():
    rules = {"points_per_cent": 0.01, "points_threshold": 20.0, "points_basket_factor": 1.2}
    log = loyal(rules)
    assert log["amount_cents"][log["kind"] == Kind.PURCHASED].tolist() == [1000, 1000, 1200, 1200]


def test_a_membership_is_paid_renewed_and_left():
    rules = {"member_probability": 0.5, "member_days": 2.0, "member_renew_probability": 0.7}
    rules |= {"member_fee_cents": 99, "member_basket_factor": 1.1}
    joins = {(Purpose.MEMBERSHIP, 0, 0, k): 0.4 if k in (1, 6) else 0.6 for k in (0, 1, 6)}
    renews = {(Purpose.MEMBERSHIP_RENEWS, 0, 0, serial): luck for serial, luck in ((1, 0.69), (2, 0.71))}
    log = loyal({**rules}, {**joins, **renews}, horizon=7.5)
    assert story(log, Kind.MEMBER_JOINED, Kind.MEMBER_RENEWED, Kind.MEMBER_LEFT) == [
        "2 MEMBER_JOINED 0 #1 $99 =99",
        "4 MEMBER_RENEWED 0 #2 $99 =99",
        "6 MEMBER_LEFT 0 #2",
        "7 MEMBER_JOINED 0 #3 $99 =99",
    ]
    # the purchase of the day of joining is not yet a member's; that of the day of leaving still is
    baskets = log["amount_cents"][log["kind"] == Kind.PURCHASED].tolist()
    assert baskets == [1000, 1000, 1100, 1100, 1100, 1100, 1000]


def test_who_leaves_is_a_member_no_more():
    rules = {**WINBACK, "member_probability": 1.0, "member_days": 6.0, "member_renew_probability": 1.0}
    log = won_back({**rules, **SHOP})
    kinds = (Kind.MEMBER_JOINED, Kind.MEMBER_RENEWED, Kind.MEMBER_LEFT, Kind.CHURNED, Kind.WON_BACK)
    lines = story(log, *kinds)
    # the period begun on day 1 would renew on day 7: void, though a member again since the next purchase
    assert lines == [
        "1 MEMBER_JOINED 0 #1",
        "3.2 CHURNED 0",
        "3.2 MEMBER_LEFT 0 #1",
        "5.2 WON_BACK 0 #1 =-300",
        "6.2 MEMBER_JOINED 0 #2",
        f"9.1 CHURNED 0 #{LIVES}",
        "9.1 MEMBER_LEFT 0 #2",
    ]
