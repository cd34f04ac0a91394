"""Rewards kept: after the hold a reward is paid, lost or taken back; later it is used, or expires."""

from __future__ import annotations

from types import SimpleNamespace

from referralsim.behaviour.payment import reward_cost
from referralsim.engine.contract import PaysOn
from referralsim.engine.reference_state import CHURNED, CUSTOMER, Agent, Credit, Grant, Person, State
from referralsim.engine.world import Process, World
from referralsim.eventlog.kinds import Kind
from referralsim.randomness import Purpose


def settling(world: World, grant: Grant, day: float) -> Process:
    """Wait for the end of the hold, and longer while the receiver is inactive; then pay or take back."""
    while (yield from world.wait(day, Kind.REWARD_SETTLED, *place(grant))):
        rule = world.reward(grant.row)
        if is_taken_back(world, rule, grant):
            reverse(world, rule, grant)
            return
        if rule.needs_active and not is_active(grant.receiver):
            day = world.now + rule.retry_days
            if day - grant.earned_days <= rule.pending_days:
                continue
            yield from expiring(world, grant, max(world.now, grant.earned_days + rule.pending_days))
            return
        if world.chance(Purpose.PRIZE, *name(grant)) >= rule.prize_probability:
            grant.state = State.LOST
            record(world, Kind.REWARD_LOST, grant)
            return
        grant.state = State.PAID
        cost = reward_cost(rule, grant.amount_cents) if rule.at_payment else 0
        record(world, Kind.REWARD_PAID, grant, cost)
        if not rule.at_payment:
            yield from using(world, rule, grant)
        return


def is_taken_back(world: World, rule: SimpleNamespace, grant: Grant) -> bool:
    """Whether the friend gave the purchase back or left, where that takes the reward back."""
    friend, programme = grant.friend, world.programme(rule.programme)
    if friend is None:
        return False
    refunded = programme.clawback_refund and any(concerns(grant, k) for k in friend.refunded)
    return bool(refunded or (programme.clawback_churn and friend.status == CHURNED))


def concerns(grant: Grant, purchase: int) -> bool:
    """Whether the refund of a purchase concerns a reward: a commission is for one purchase only."""
    return grant.on != PaysOn.PURCHASE or grant.serial == 1 + purchase


def is_active(receiver: Person) -> bool:
    """Whether a receiver is there to be paid; an agent always is."""
    return isinstance(receiver, Agent) or receiver.status == CUSTOMER


def reverse(world: World, rule: SimpleNamespace, grant: Grant) -> None:
    """Take a reward back before it is paid; its money is free again if the period lasts."""
    grant.state = State.REVERSED
    record(world, Kind.REWARD_REVERSED, grant)
    budget = world.budgets[rule.programme]
    if grant.budget_period == world.period(world.programme(rule.programme).budget_days):
        budget.booked_cents -= grant.booked_cents


def using(world: World, rule: SimpleNamespace, grant: Grant) -> Process:
    """Use a reward that was paid, or let it expire."""
    if world.chance(Purpose.REDEEM, *name(grant)) < rule.redeem_probability:
        delay = world.amount(Purpose.REDEEM_DELAY, *name(grant), rule, "redeem_delay")
        if delay <= rule.expire_days:
            if (yield from world.wait(world.now + delay, Kind.REWARD_REDEEMED, *place(grant))):
                cost = reward_cost(world.reward(grant.row), grant.amount_cents)
                record(world, Kind.REWARD_REDEEMED, grant, cost)
            return
    yield from expiring(world, grant, world.now + rule.expire_days)


def expiring(world: World, grant: Grant, day: float) -> Process:
    """Let a reward end that was never due, or never used."""
    if (yield from world.wait(day, Kind.REWARD_EXPIRED, *place(grant))):
        record(world, Kind.REWARD_EXPIRED, grant)


def dispute(world: World, friend: Person, purchase: int) -> None:
    """Dispute what was paid for a friend whose money for a purchase went back."""
    if friend.credit.programme < 0 or not world.programme(friend.credit.programme).dispute:
        return
    for grant in friend.earned_for:
        if grant.state is State.PAID and concerns(grant, purchase):
            grant.state = State.DISPUTED
            record(world, Kind.REWARD_DISPUTED, grant)


def place(grant: Grant) -> tuple[int, int, int]:
    """Return actor, target and attempt of a reward's events."""
    other = nobody(grant.credit) if grant.other is None else grant.other.index
    return grant.receiver.index, other, grant.key


def name(grant: Grant) -> tuple[int, int, int]:
    """Return what a reward's draws are addressed by."""
    other = nobody(grant.credit) if grant.other is None else grant.other.key
    return grant.receiver.key, other, grant.key


def nobody(credit: Credit) -> int:
    """Return what stands for the other in a reward that has none: each programme has a number of its own."""
    return -2 - credit.programme


def record(world: World, kind: Kind, grant: Grant, cost: int = 0) -> None:
    """Write what has become of a reward to the log."""
    world.record(kind, *place(grant), grant.credit, grant.amount_cents, -cost)
