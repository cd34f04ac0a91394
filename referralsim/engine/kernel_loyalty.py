"""Loyalty in the compiled engine: points, reviews and membership."""

from __future__ import annotations

from typing import Any

from referralsim.distributions import round_half_even
from referralsim.engine.kernel_more import either
from referralsim.engine.kernel_queue import schedule
from referralsim.engine.kernel_state import (
    CUSTOMER,
    N_REVIEWS,
    State,
    World,
    chance,
    compiled,
    key_of,
    whole,
    write,
)
from referralsim.eventlog.kinds import Kind
from referralsim.randomness import Purpose

_REDEEM = int(Purpose.POINTS_REDEEM)
_REVIEW = int(Purpose.REVIEW)
_MEMBERSHIP = int(Purpose.MEMBERSHIP)
_RENEWS = int(Purpose.MEMBERSHIP_RENEWS)
_EARNED_KIND = int(Kind.POINTS_EARNED)
_REDEEMED_KIND = int(Kind.POINTS_REDEEMED)
_EXPIRED_KIND = int(Kind.POINTS_EXPIRED)
_REVIEWED_KIND = int(Kind.REVIEWED)
_JOINED_KIND = int(Kind.MEMBER_JOINED)
_RENEWED_KIND = int(Kind.MEMBER_RENEWED)
_LEFT_KIND = int(Kind.MEMBER_LEFT)

LOYALTY_ROWS = 4
"""Events that a purchase can add, at most: points redeemed and earned, a review, a membership."""


@compiled
def _log(
    world: World, state: State, time: float, kind: int, person: int, attempt: int, amount: int, margin: int
) -> None:
    write(world, state, time, kind, -1, -1, -1, person, -1, attempt, amount, margin)


@compiled
def give_points(
    world: World, state: State, time: float, phase: int, person: int, number: int, target: int, attempt: int
) -> None:
    """Give points, which expire unless more are earned in time."""
    if number <= 0:
        return
    more = state.more[person]
    more.points += number
    more.n_earned += 1
    write(world, state, time, _EARNED_KIND, -1, -1, -1, person, target, attempt, number, 0)
    day = time + world.segments[phase, state.people[person].segment].points_expire_days
    schedule(world, state, day, _EXPIRED_KIND, person, -1, whole(more.n_earned), 0)


@compiled
def expire_points(world: World, state: State, time: float, person: int, n_earned: int) -> None:
    """Take the points away, if none were earned since."""
    more = state.more[person]
    if more.points <= 0 or more.n_earned != n_earned:
        return
    _log(world, state, time, _EXPIRED_KIND, person, n_earned, whole(more.points), 0)
    more.points = 0


@compiled
def _redeem_points(world: World, state: State, time: float, person: int, mine: Any, k: int) -> None:
    more = state.more[person]
    p = mine.points_redeem_probability
    if p <= 0.0 or more.points < mine.points_redeem_at:
        return
    if chance(world, _REDEEM, key_of(world, state, person), 0, k) < p:
        cost = round_half_even(more.points * mine.points_cost_cents)
        _log(world, state, time, _REDEEMED_KIND, person, k, whole(more.points), -cost)
        more.points = 0


@compiled
def _plain_be_loyal(_world: World, _state: State, _time: float, _phase: int, _person: int, _k: int) -> None:
    return


@compiled
def _be_loyal(world: World, state: State, time: float, phase: int, person: int, k: int) -> None:
    mine, more = world.segments[phase, state.people[person].segment], state.more[person]
    who = key_of(world, state, person)
    _redeem_points(world, state, time, person, mine, k)
    for_review = 0.0
    if mine.review_probability > 0.0 and chance(world, _REVIEW, who, 0, k) < mine.review_probability:
        _log(world, state, time, _REVIEWED_KIND, person, k, 0, 0)
        state.counters[N_REVIEWS] += 1
        for_review = mine.points_per_review
    number = round_half_even(more.bought_cents * mine.points_per_cent + for_review)
    give_points(world, state, time, phase, person, number, -1, k)
    if more.member == 0 and chance(world, _MEMBERSHIP, who, 0, k) < mine.member_probability:
        more.member = 1
        more.serial += 1
        _pay_fee(world, state, time, _JOINED_KIND, person, mine)


be_loyal = either(_plain_be_loyal, _be_loyal)
"""What follows upon purchase number k: points redeemed, a review, points earned, a membership."""


@compiled
def _pay_fee(world: World, state: State, time: float, kind: int, person: int, mine: Any) -> None:
    serial, fee = whole(state.more[person].serial), whole(mine.member_fee_cents)
    _log(world, state, time, kind, person, serial, fee, fee)
    schedule(world, state, time + mine.member_days, _RENEWED_KIND, person, -1, serial, 0)


@compiled
def leave(world: World, state: State, time: float, person: int) -> None:
    """End a membership."""
    more = state.more[person]
    more.member = 0
    _log(world, state, time, _LEFT_KIND, person, whole(more.serial), 0, 0)


@compiled
def renew(world: World, state: State, time: float, phase: int, person: int, serial: int) -> None:
    """Renew a membership at the end of its period, or let it end."""
    more, one = state.more[person], state.people[person]
    if more.member == 0 or more.serial != serial:
        return
    if one.status != CUSTOMER:
        more.member = 0
        return
    mine = world.segments[phase, one.segment]
    if chance(world, _RENEWS, key_of(world, state, person), 0, serial) < mine.member_renew_probability:
        more.serial += 1
        _pay_fee(world, state, time, _RENEWED_KIND, person, mine)
        return
    leave(world, state, time, person)
