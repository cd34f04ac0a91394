"""Affiliates and partners in the reference engine, followed by hand: admission, posts, tiers, persuasion."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers_reference import gap, law, played, small_world, story

from referralsim.behaviour.response import expit
from referralsim.engine.contract import GraphKind, Mode, ProgrammeKind, QualifyOn
from referralsim.eventlog.kinds import Kind, Side
from referralsim.randomness import Purpose

OF_AGENTS = (Kind.APPLIED, Kind.REJECTED, Kind.ENLISTED, Kind.POSTED, Kind.TIER_REVIEWED)
AGENT = 4  # the number after persons 0 to 3
NEVER = 1.0 - 1e-12


def agency(script=None, offer=None, agent=None, n_posts=2, **changes):
    """Play one agent of a programme among four persons; it applies on day 1 and posts on days 2, 3, ..."""
    programme = {"kind": ProgrammeKind.AGENTS, "fee_cents": 2000, **(offer or {})}
    world = small_world(
        4,
        **{
            "programmes": [programme],
            "agents": [{"join_day": 1.0, "audience": 1.0, **(agent or {})}],
            "rates": {"post": 1.0},
            "initial": np.zeros(0, np.int32),
            "horizon_days": 9.0,
            **changes,
        },
    )
    posts = {(Purpose.POST_GAP, AGENT, 0, k): gap(1.0) for k in range(n_posts)}
    posts[Purpose.POST_GAP, AGENT, 0, n_posts] = NEVER
    return played(world, (posts if n_posts else {}) | (script or {}))


def visit(round_number, person):
    """Return the draw that lets a post reach a person."""
    return {(Purpose.CONTACT_TARGET, AGENT, 5, round_number): (person + 0.5) / 4.0}


@pytest.mark.parametrize(
    ("screening", "course", "last"),
    [
        (0.59, 0.79, "3 ENLISTED 4"),
        (0.61, None, "3 REJECTED 4"),
        (0.59, 0.81, "3 REJECTED 4 #1"),
    ],
)
def test_an_agent_pays_and_is_screened_and_trained(screening, course, last):
    offer = {"screening_probability": 0.6, "course_probability": 0.8, **law("admission_delay", 2.0)}
    script = {(Purpose.AGENT_STAGE, AGENT, 0, 0): screening}
    if course is not None:
        script[Purpose.AGENT_STAGE, AGENT, 1, 0] = course
    log = agency(script, offer, n_posts=0, rates={})
    assert story(log, *OF_AGENTS) == ["1 APPLIED 4 =2000", last]


def test_nobody_applies_to_a_programme_that_is_closed():
    assert not story(agency(offer={"enabled": 0}, n_posts=0, rates={}), *OF_AGENTS)


def test_a_post_reaches_a_share_of_the_audience_who_need_not_be_prospects():
    # 2.5 visitors: two, and a third with chance one half
    script = visit(0, 1) | visit(1, 1) | visit(2, 3)
    reach = {(Purpose.POST_REACH, AGENT, 0, 0): 0.51}
    offer = {"visit_share": 0.25, "table_accept_weak": 1.0}
    log = agency(script | reach, offer, {"audience": 10.0}, n_posts=1)
    assert story(log, *OF_AGENTS, Kind.INVITED, Kind.SIGNED_UP) == [
        "1 APPLIED 4 =2000",
        "1 ENLISTED 4",
        "2 SIGNED_UP 1>4 #3",
        "2 SIGNED_UP 3>4 #3",
        # rounds 0, 1 and 2 of stream 5; the second visit of 1 ends there
        "2 INVITED 4>1 #5",
        "2 INVITED 4>1 #69",
        "2 INVITED 4>3 #133",
        "2 POSTED 4 $3",
    ]
    fewer = agency(
        visit(0, 1) | visit(1, 1) | {(Purpose.POST_REACH, AGENT, 0, 0): 0.49},
        offer,
        {"audience": 10.0},
        n_posts=1,
    )
    assert story(fewer, Kind.POSTED) == ["2 POSTED 4 $2"]


def test_fresh_visitors_come_after_the_agents_in_number():
    world = {"graph_kind": int(GraphKind.FRESH), "horizon_days": 2.5}
    log = agency(n_posts=1, **world)
    assert story(log, Kind.SIGNED_UP) == ["2 SIGNED_UP 5>4 #3"]


TIERS = {"tier_at": [0.0, 2.0, 5.0], "tier_post_factor": [1.0, 2.0, 4.0, 4.0, 4.0, 4.0]}


def test_a_tier_is_earned_by_customers_posts_more_and_pays_better():
    rewards = [
        {"to_tier": 0, "value_cents": 1000},
        {"from_tier": 1, "value_cents": 1500},
        {"side": Side.REFEREE, "from_tier": 1, "value_cents": 7},
    ]
    script = visit(0, 1) | visit(1, 2) | visit(2, 3)
    # posts on days 2 and 3; the third waits two units at twice the rate from day 3, drawn before the review
    gaps = {(Purpose.POST_GAP, AGENT, 0, k): gap(units) for k, units in enumerate((1.0, 1.0, 1.0, 2.0))}
    gaps[Purpose.POST_GAP, AGENT, 0, 4] = NEVER
    log = agency(
        script | visit(3, 3) | gaps,
        {"tier_review_days": 2.5},
        n_posts=0,
        rewards=rewards,
        **TIERS,
    )
    assert story(log, *OF_AGENTS, Kind.REWARD_EARNED)[2:] == [
        "2 REWARD_EARNED 4>1 $1000",
        "2 POSTED 4 $1",
        "3 REWARD_EARNED 4>2 $1000",
        "3 POSTED 4 #1 $1",
        # two customers by day 3.5: tier 1, whose second rule pays more; a person is in tier 0 always
        "3.5 TIER_REVIEWED 4 #1 $1",
        "4 REWARD_EARNED 4>3 #2 $1500",
        "4 POSTED 4 #2 $1",
        # two units of work at two a day
        "5 POSTED 4 #3 $1",
        # one customer since: back to the bottom
        "6 TIER_REVIEWED 4 #2",
    ]


def test_a_tier_may_be_earned_by_revenue():
    log = agency(
        visit(0, 1) | visit(1, 2),
        {"tier_review_days": 4.0, "tier_by_revenue": 1},
        segment={"purchase_every_days": 2.0},
        tier_at=[0.0, 3000.0, 4001.0],
        tier_post_factor=[1.0] * 6,
    )
    # 1 buys on days 2, 4 and 2 on days 3, 5 (kind 7 before the review of day 5): 4000 cents
    assert story(log, Kind.TIER_REVIEWED) == ["5 TIER_REVIEWED 4 #1 $1"]


def test_an_agent_brings_friends_who_qualify_and_wins_contests_but_no_points():
    contest = {"on": 3, "board_days": 4.0, "value_cents": 5000, "needs_active": 1}
    log = agency(
        visit(0, 1) | visit(1, 2),
        {"qualify_on": QualifyOn.ACTIVATION},
        rewards=[contest],
        segment={"points_per_friend": 10.0},
    )
    assert story(log, Kind.QUALIFIED, Kind.REWARD_EARNED, Kind.REWARD_PAID, Kind.POINTS_EARNED) == [
        "2 QUALIFIED 1>4",
        "3 QUALIFIED 2>4",
        "4 REWARD_EARNED 4>-2 #32 $5000",
        # an agent is never inactive
        "4 REWARD_PAID 4>-2 #32 $5000 =-5000",
    ]


@pytest.mark.parametrize(("chaser", "pushed"), [(0, 0.0), (1, 0.6)])
def test_a_chaser_persuades_and_reviews_speak_to_strangers(chaser, pushed):
    """Customer 0 writes a review on day 0; the agent reaches 1 on day 2, over no tie at all."""
    heard = pushed + 0.9 * (1.0 - math.exp(-1.0 / 2.0))
    chance = expit(-1.0 + 0.4 * (0.0 - 0.5) + heard)

    def joined(luck):
        log = agency(
            visit(0, 1) | {(Purpose.SIGNED_UP, AGENT, 1, 5): luck},
            {"mode": Mode.LOGIT, "chaser_effect": 0.6},
            {"chaser": chaser},
            n_posts=1,
            world={"review_effect": 0.9, "review_scale": 2.0},
            segment={"purchase_every_days": 100.0, "review_probability": 1.0},
            channel={"signed_up_logit": -1.0, "tie_effect": 0.4},
            initial=np.array([0], np.int32),
        )
        return len(story(log, Kind.SIGNED_UP)) == 2

    assert joined(chance - 1e-9)
    assert not joined(chance + 1e-9)


@pytest.mark.parametrize("closed", [{"programmes": [{"enabled": 0}]}, {"streams": {5: {"enabled": 0}}}])
def test_who_may_not_post_any_more_addresses_nobody_and_starts_again_when_he_may(closed):
    """Posts 0 and 2 fall on open days; post 1, on day 3, falls into two days without programme or stream."""
    open_world = small_world(
        4,
        programmes=[{"kind": ProgrammeKind.AGENTS}],
        agents=[{"join_day": 1.0, "audience": 1.0}],
        rates={"post": 1.0},
        initial=np.zeros(0, np.int32),
        horizon_days=9.0,
        channel={"delivered_probability": 0.0},
    )
    shut = {name: getattr(open_world, name).copy() for name in closed}
    for table in shut.values():
        table["enabled"][:, -1] = 0
    tables = ("world", "segments", "streams", "programmes", "asks", "channels", "rewards", "use_rate")
    tables += ("purchase_rate", "churn_rate", "arrival_rate", "ask_rate", "post_rate", "gift_rate")
    phased = {
        name: np.concatenate([getattr(open_world, name), shut.get(name, getattr(open_world, name))] * 2)[:3]
        for name in (*tables, "tier_at", "tier_post_factor")
    }
    world = open_world._replace(starts=np.array([0.0, 2.5, 3.5]), **phased)
    script = {(Purpose.POST_GAP, AGENT, 0, k): gap(1.0) for k in range(3)}
    log = played(world, script | {(Purpose.POST_GAP, AGENT, 0, 3): NEVER})
    assert story(log, Kind.POSTED) == ["2 POSTED 4 $1", "4 POSTED 4 #2 $1"]
