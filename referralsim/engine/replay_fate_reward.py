"""Rewards as the seed settles them: who qualifies, what is paid for it, and what becomes of it."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from referralsim.behaviour.payment import counts_for_cap, pays_for, reward_amount, reward_cost
from referralsim.distributions import round_half_even
from referralsim.engine.contract import Abuse, PaysOn
from referralsim.engine.replay_fate_state import NOBODY, Fate, Fated, Grant, Pending
from referralsim.engine.replay_rules import booked_cost, key_parts, nobody
from referralsim.engine.replay_state import Credit
from referralsim.eventlog.kinds import Kind, Loop, Side, reward_key
from referralsim.randomness import Purpose

_WORD = 2**64


class Promise(NamedTuple):
    """A reward that is about to be earned, refused or capped."""

    rule: Any
    receiver: Fated
    other: Fated | None
    serial: int
    credit: Credit
    amount: int
    friend: Fated | None

    @property
    def place(self) -> tuple[int, int, int]:
        """Actor, target and attempt of its events."""
        other = self.other.index if self.other is not None else nobody(self.rule.programme)
        return self.receiver.index, other, reward_key(self.rule.side, self.rule.place, self.serial)


def parent_of(fate: Fate, person: Fated) -> Fated | None:
    """Return who is credited with bringing a person, agents included."""
    parent = person.credit.parent
    return fate.people[parent] if parent >= 0 else None


def next_number(fate: Fate, friend: Fated) -> int:
    """Return how manieth friend of the parent somebody would be who qualified now."""
    parent = parent_of(fate, friend)
    return 1 + parent.friends[friend.credit.programme] if parent is not None else 1


def qualify(fate: Fate, friend: Fated, basket_cents: int) -> None:
    """Let a referral count, once, and let the rules that pay for it pay."""
    p = friend.credit.programme
    if p < 0 or friend.qualified_day is not None or not fate.is_open(p):
        return
    parent = parent_of(fate, friend)
    friend.qualified_day, friend.friend_number = fate.now, next_number(fate, friend)
    fate.write(Kind.QUALIFIED, friend.index, friend.credit.parent, 0, friend.credit)
    refused = friend.refused = is_refused(fate, friend)
    if parent is not None and not refused:
        parent.friends[p] += 1
        for x in fate.rules.boards:
            rule = fate.rules.rewards[0][x]
            if rule.programme == p:
                fate.boards[x, math.floor(fate.now / rule.board_days), parent.index] += 1
    pay(fate, friend, PaysOn.QUALIFIED, basket_cents, 0, 0.0, friend.friend_number)
    if parent is not None and not parent.is_agent and not refused:
        give_points(fate, parent, round_half_even(fate.mine(parent).points_per_friend), friend.index, 0)


def is_refused(fate: Fate, friend: Fated) -> bool:
    """Return whether detection, as it is now, takes a friend for no friend, rightly or not."""
    rules = fate.programme(friend.credit.programme)
    rate = rules.detect_true if friend.abuse != Abuse.NONE else rules.detect_false
    return bool(fate.chance(Purpose.DETECT, friend.key, friend.credit.programme, 0) < rate)


def pay(
    fate: Fate,
    friend: Fated,
    event: PaysOn,
    basket_cents: int,
    serial: int,
    since_days: float,
    friend_number: int,
) -> None:
    """Go through the rules that pay on an event; the programme is open."""
    parent = parent_of(fate, friend)
    refused = is_refused(fate, friend) if event == PaysOn.SIGNUP else friend.refused
    for rule in fate.reward_rules(friend.credit.programme, event):
        receiver, other = (parent, friend) if rule.side == Side.REFERRER else (friend, parent)
        if friend.abuse == Abuse.SELF_REFERRAL:
            receiver, other = friend, None
        if receiver is None or (friend.abuse == Abuse.LEAK and rule.side == Side.REFERRER):
            continue
        if not pays_for(rule, friend_number, receiver.tier, basket_cents):
            continue
        if event == PaysOn.PURCHASE and since_days >= rule.for_days:
            continue
        amount = reward_amount(rule, basket_cents, since_days)
        if amount == 0:
            continue
        promise = Promise(rule, receiver, other, serial, friend.credit, amount, friend)
        if not refused:
            earn(fate, promise)
        elif event != PaysOn.PURCHASE:
            fake = friend.abuse != Abuse.NONE
            refuse_reward(fate, promise, Kind.ABUSE_REFUSED if fake else Kind.GENUINE_REFUSED)


def refuse_reward(fate: Fate, promise: Promise, kind: Kind) -> None:
    """Write down that a reward is not earned."""
    fate.write(kind, *promise.place, promise.credit, promise.amount)
    fate.refuse(f"{kind.name} happens in its place", Kind.REWARD_EARNED, *promise.place)


def earn(fate: Fate, promise: Promise) -> None:
    """Let a reward be earned, within the cap of its receiver and the budget of its programme."""
    rule, amount, p = promise.rule, promise.amount, promise.rule.programme
    counted = [
        grant.amount
        for grant in promise.receiver.grants
        if (grant.programme, grant.key % 2, grant.place) == (p, rule.side, rule.place)
        and grant.state != "reversed"
        and counts_for_cap(rule, fate.now, grant.day)
    ]
    too_many = 0 <= rule.cap_count <= len(counted)
    if too_many or 0 <= rule.cap_cents < sum(counted) + amount:
        refuse_reward(fate, promise, Kind.REWARD_CAPPED)
        return
    terms, purse, period = fate.programme(p), fate.purses[p], fate.period(p)
    cost = booked_cost(rule, amount)
    if purse.period != period:
        purse.booked, purse.period = 0, period
    if 0 <= terms.budget_cents < purse.booked + cost:
        refuse_reward(fate, promise, Kind.REWARD_UNFUNDED)
        if terms.stop_when_spent:
            purse.rests_in = period
        return
    purse.booked += cost
    grant = Grant(
        *promise.place, p, rule.place, fate.now, amount, promise.friend, promise.credit, cost, period
    )
    promise.receiver.grants.append(grant)
    if promise.friend is not None:
        promise.friend.brought.append(grant)
    fate.write(Kind.REWARD_EARNED, *promise.place, promise.credit, amount)
    fate.schedule(fate.now + rule.hold_days, Kind.REWARD_SETTLED, *promise.place, grant)


def _rule_of(fate: Fate, grant: Grant) -> Any:
    """Return the rule of a reward as it is now."""
    for rule in fate.rules.rewards[fate.phase]:
        if (rule.programme, rule.side, rule.place) == (grant.programme, grant.key % 2, grant.place):
            return rule
    raise LookupError(f"no rule has the key {grant.key} in programme {grant.programme}")


def _gave_back(rule: Any, friend: Fated, key: int) -> bool:
    """Return whether a friend got money back for what a reward was earned by."""
    if rule.on == PaysOn.PURCHASE:
        return key_parts(key)[2] - 1 in friend.refunds
    return bool(friend.refunds)


def settled(fate: Fate, e: Pending) -> None:
    """Pay a reward at the end of its hold, or take it back, put it off, or draw a blank."""
    grant: Grant = e.carried
    rule, terms, friend = _rule_of(fate, grant), fate.programme(grant.programme), grant.friend
    receiver = fate.people[e.actor]
    place = (e.actor, e.target, e.attempt)
    returned = friend is not None and terms.clawback_refund and _gave_back(rule, friend, e.attempt)
    if returned or (friend is not None and terms.clawback_churn and friend.status == "gone"):
        fate.write(Kind.REWARD_REVERSED, *place, grant.credit, grant.amount)
        fate.refuse("it is taken back", Kind.REWARD_PAID, *place)
        grant.state = "reversed"
        purse = fate.purses[grant.programme]
        if grant.period == fate.period(grant.programme) == purse.period:
            purse.booked -= grant.cost
        return
    if rule.needs_active and not receiver.is_agent and receiver.status != "customer":
        again, last = fate.now + rule.retry_days, grant.day + rule.pending_days
        if again - grant.day <= rule.pending_days:
            fate.schedule(again, Kind.REWARD_SETTLED, *place, grant)
        else:
            fate.schedule(max(fate.now, last), Kind.REWARD_EXPIRED, *place, grant)
        fate.refuse("its receiver is no customer", Kind.REWARD_PAID, *place)
        return
    who = receiver.key
    whom = fate.people[e.target].key if e.target >= 0 else _WORD + e.target
    if rule.prize_probability < 1.0:
        u = fate.chance(Purpose.PRIZE, who, whom, e.attempt)
        if not fate.passes(u, rule.prize_probability, Kind.REWARD_PAID, *place):
            grant.state = "lost"
            fate.write(Kind.REWARD_LOST, *place, grant.credit, grant.amount)
            return
    grant.state = "paid"
    cost = reward_cost(rule, grant.amount) if rule.at_payment else 0
    fate.write(Kind.REWARD_PAID, *place, grant.credit, grant.amount, -cost)
    if not rule.at_payment:
        _redeem_or_expire(fate, rule, place, whom, grant)


def _redeem_or_expire(fate: Fate, rule: Any, place: tuple[int, int, int], whom: int, grant: Grant) -> None:
    """Let a credit, a voucher or the like be used in time, or be forgotten."""
    who, key = fate.people[place[0]].key, place[2]
    u = fate.chance(Purpose.REDEEM, who, whom, key)
    if fate.passes(u, rule.redeem_probability, Kind.REWARD_REDEEMED, *place):
        delay = fate.drawn(Purpose.REDEEM_DELAY, who, whom, key, rule, "redeem_delay")
        if delay <= rule.expire_days:
            fate.schedule(fate.now + delay, Kind.REWARD_REDEEMED, *place, grant)
            return
    if math.isfinite(rule.expire_days):
        fate.schedule(fate.now + rule.expire_days, Kind.REWARD_EXPIRED, *place, grant)


def redeemed(fate: Fate, e: Pending) -> None:
    """Use a reward: now it costs."""
    grant: Grant = e.carried
    cost = reward_cost(_rule_of(fate, grant), grant.amount)
    fate.write(*e[1:5], grant.credit, grant.amount, -cost)


def expired(fate: Fate, e: Pending) -> None:
    """Let a reward lapse."""
    fate.write(*e[1:5], e.carried.credit, e.carried.amount)


def dispute(fate: Fate, friend: Fated, k: int) -> None:
    """Mark the rewards that were paid for a friend whose money went back."""
    if friend.credit.programme < 0 or not fate.programme(friend.credit.programme).dispute:
        return
    for grant in friend.brought:
        of_another = _rule_of(fate, grant).on == PaysOn.PURCHASE and key_parts(grant.key)[2] != 1 + k
        if grant.state == "paid" and not of_another:
            grant.state = "disputed"
            place = (grant.receiver, grant.other, grant.key)
            fate.write(Kind.REWARD_DISPUTED, *place, friend.credit, grant.amount)


def board(fate: Fate, e: Pending) -> None:
    """End a contest: the first places earn."""
    x, v = e.actor, e.attempt
    fate.schedule((v + 1) * fate.rules.rewards[0][x].board_days, Kind.LEADERBOARD, x, -1, v + 1)
    rule = fate.rules.rewards[fate.phase][x]
    if not fate.is_open(rule.programme) or not rule.present or rule.value_cents == 0:
        return
    counts = [(-n, person) for (row, period, person), n in fate.boards.items() if (row, period) == (x, v - 1)]
    credit = NOBODY._replace(programme=rule.programme)
    for _, person in sorted(counts)[: rule.board_places]:
        earn(fate, Promise(rule, fate.people[person], None, v, credit, int(rule.value_cents), None))


def fake_pays(fate: Fate, person: Fated, p: int, q: int) -> None:
    """Let the q-th fake account of somebody earn what a friend would, unless detection sees it."""
    terms = fate.programme(p)
    refused = fate.chance(Purpose.DETECT, person.key, p, 1 + q) < terms.detect_true
    number, basket = 1 + person.friends[p], terms.qualify_minimum_cents
    if not refused:
        person.friends[p] += 1
    credit = NOBODY._replace(loop=Loop.PROGRAMME, programme=p)
    for rule in fate.reward_rules(p, PaysOn.QUALIFIED, PaysOn.SIGNUP):
        amount = reward_amount(rule, basket, 0.0) if pays_for(rule, number, person.tier, basket) else 0
        if amount == 0:
            continue
        promise = Promise(rule, person, None, 1 + q, credit, amount, None)
        if refused:
            refuse_reward(fate, promise, Kind.ABUSE_REFUSED)
        else:
            earn(fate, promise)


def give_points(fate: Fate, person: Fated, number: int, target: int, attempt: int) -> None:
    """Give loyalty points; they live until none have been earned for so long."""
    if number <= 0:
        return
    person.points += number
    person.n_points += 1
    fate.write(Kind.POINTS_EARNED, person.index, target, attempt, amount=number)
    lasting = fate.mine(person).points_expire_days
    if math.isfinite(lasting):
        fate.schedule(fate.now + lasting, Kind.POINTS_EXPIRED, person.index, -1, person.n_points)
