"""Loyalty: points, reviews, and a membership that one pays for."""

from __future__ import annotations

from referralsim.distributions import round_half_even
from referralsim.engine.reference_state import Person
from referralsim.engine.world import Process, World
from referralsim.eventlog.kinds import Kind
from referralsim.randomness import Purpose


def points_hold(world: World, person: Person) -> bool:
    """Whether a person has so many points that they matter."""
    return bool(person.points >= world.segment_of(person).points_threshold)


def reward_loyalty(world: World, person: Person, purchase: int, amount: int) -> None:
    """Let a purchase redeem points, lead to a review, earn points and perhaps begin a membership."""
    rules, name = world.segment_of(person), (person.key, 0, purchase)
    redeems = world.chance(Purpose.POINTS_REDEEM, *name) < rules.points_redeem_probability
    if redeems and person.points >= rules.points_redeem_at:
        cost = round_half_even(person.points * rules.points_cost_cents)
        world.record(Kind.POINTS_REDEEMED, person.index, -1, purchase, amount=person.points, margin=-cost)
        person.points = 0
    earned = amount * rules.points_per_cent
    if world.chance(Purpose.REVIEW, *name) < rules.review_probability:
        world.record(Kind.REVIEWED, person.index, -1, purchase)
        world.n_reviews += 1
        earned = earned + rules.points_per_review
    give_points(world, person, round_half_even(earned), -1, purchase)
    if not person.member and world.chance(Purpose.MEMBERSHIP, *name) < rules.member_probability:
        person.member = True
        pay_fee(world, person, Kind.MEMBER_JOINED)
        world.begin(belonging(world, person, world.now + rules.member_days))


def give_points(world: World, person: Person, number: int, target: int, attempt: int) -> None:
    """Give points; they all expire together if none are earned for long enough."""
    if number <= 0:
        return
    person.points += number
    person.n_points_earned += 1
    world.record(Kind.POINTS_EARNED, person.index, target, attempt, amount=number)
    day = world.now + world.segment_of(person).points_expire_days
    world.begin(fading_away(world, person, person.n_points_earned, day))


def fading_away(world: World, person: Person, n_earned: int, day: float) -> Process:
    """Lose all points, unless some were earned since."""
    if not (yield from world.wait(day, Kind.POINTS_EXPIRED, person.index, -1, n_earned)):
        return
    if person.points > 0 and person.n_points_earned == n_earned:
        world.record(Kind.POINTS_EXPIRED, person.index, -1, n_earned, amount=person.points)
        person.points = 0


def pay_fee(world: World, person: Person, kind: Kind) -> None:
    """Pay for the next period of a membership."""
    person.membership += 1
    fee = world.segment_of(person).member_fee_cents
    world.record(kind, person.index, -1, person.membership, amount=fee, margin=fee)


def end_membership(world: World, person: Person) -> None:
    """Be a member no more."""
    person.member = False
    world.record(Kind.MEMBER_LEFT, person.index, -1, person.membership)


def belonging(world: World, person: Person, day: float) -> Process:
    """Be a member, renewing period by period."""
    serial = person.membership
    while (yield from world.wait(day, Kind.MEMBER_RENEWED, person.index, -1, serial)):
        if not person.member or person.membership != serial:
            return
        rules = world.segment_of(person)
        luck = world.chance(Purpose.MEMBERSHIP_RENEWS, person.key, 0, serial)
        if luck >= rules.member_renew_probability:
            end_membership(world, person)
            return
        pay_fee(world, person, Kind.MEMBER_RENEWED)
        serial = person.membership
        day = world.now + rules.member_days
