"""Rewards in the compiled engine, with the whole grammar: who earns, within what caps and budgets.

Grants are numbered as they are earned. Each is in two lists: those of its receiver, the latest first (for
caps), and those for its friend, the earliest first (for disputes). The events of a reward carry its number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from referralsim.behaviour.payment import counts_for_cap, pays_for, reward_amount, reward_cost
from referralsim.distributions import draw, draw_count, round_half_even
from referralsim.engine.contract import Abuse, PaysOn
from referralsim.engine.kernel_loyalty import give_points
from referralsim.engine.kernel_more import (
    DISPUTED,
    LOST,
    PAID,
    PENDING,
    REVERSED,
    either,
    is_agent,
    is_enlisted,
    is_open,
    period_of,
    tier_of,
)
from referralsim.engine.kernel_queue import schedule
from referralsim.engine.kernel_state import (
    CUSTOMER,
    GONE,
    N_GRANTS,
    N_PEOPLE,
    PROSPECT,
    State,
    World,
    chance,
    compiled,
    count_by_segment,
    key_of,
    place,
    whole,
    write,
)
from referralsim.eventlog.kinds import PLACES, Kind, Loop, Side
from referralsim.eventlog.tally import EXPIRED_UNPAID, PAID_LATER
from referralsim.randomness import Purpose

_PRIZE = int(Purpose.PRIZE)
_REDEEM = int(Purpose.REDEEM)
_REDEEM_DELAY = int(Purpose.REDEEM_DELAY)
_DETECT = int(Purpose.DETECT)
_FAKE = int(Purpose.FAKE)
_FAKE_COUNT = int(Purpose.FAKE_COUNT)
_LEADERBOARD_KIND = int(Kind.LEADERBOARD)
_QUALIFIED_KIND = int(Kind.QUALIFIED)
_EARNED_KIND = int(Kind.REWARD_EARNED)
_CAPPED_KIND = int(Kind.REWARD_CAPPED)
_SETTLED_KIND = int(Kind.REWARD_SETTLED)
_PAID_KIND = int(Kind.REWARD_PAID)
_REVERSED_KIND = int(Kind.REWARD_REVERSED)
_UNFUNDED_KIND = int(Kind.REWARD_UNFUNDED)
_ABUSE_REFUSED_KIND = int(Kind.ABUSE_REFUSED)
_GENUINE_REFUSED_KIND = int(Kind.GENUINE_REFUSED)
_LOST_KIND = int(Kind.REWARD_LOST)
_REDEEMED_KIND = int(Kind.REWARD_REDEEMED)
_EXPIRED_KIND = int(Kind.REWARD_EXPIRED)
_DISPUTED_KIND = int(Kind.REWARD_DISPUTED)
_FAKED_KIND = int(Kind.FAKED)
_ON_QUALIFIED = int(PaysOn.QUALIFIED)
_ON_PURCHASE = int(PaysOn.PURCHASE)
_ON_SIGNUP = int(PaysOn.SIGNUP)
_NO_ABUSE = int(Abuse.NONE)
_SELF_REFERRAL = int(Abuse.SELF_REFERRAL)
_LEAK = int(Abuse.LEAK)
_REFERRER = int(Side.REFERRER)
_LOOP = int(Loop.PROGRAMME)
_MOST = 2**62


@compiled
def nobody(programme: int) -> int:
    """Return the number that stands for nobody in the rewards of a programme."""
    return -2 - programme


@compiled
def _key_of_other(world: World, state: State, other: int) -> Any:
    return key_of(world, state, other) if other >= 0 else np.int64(other).view(np.uint64)


@compiled
def _log(
    world: World,
    state: State,
    time: float,
    kind: int,
    row: int,
    receiver: int,
    other: int,
    key: int,
    friend: int,
    loop: int,
    amount: int,
    margin: int,
) -> None:
    """Write what becomes of a reward; without a friend its credit is ``loop`` and the programme."""
    channel, programme = -1, whole(world.rewards[0, row].programme)
    if friend >= 0:
        one = state.people[friend]
        loop, channel = whole(one.loop), whole(one.channel)
    write(world, state, time, kind, loop, channel, programme, receiver, other, key, amount, margin)
    if world.tallies == 0:
        return
    _count_by_side(state, kind, key, amount, margin)
    if kind == _PAID_KIND and margin == 0:
        _count_by_side(state, PAID_LATER, key, amount, margin)
    if kind == _EARNED_KIND and friend >= 0 and other >= 0 and state.more[friend].rewarded == 0:
        state.more[friend].rewarded = 1
        state.rewarded[loop, channel, programme] += 1
        inviter = receiver if other == friend else other
        count_by_segment(world, state, kind, whole(state.people[inviter].segment), 1)


@compiled
def _count_by_side(state: State, kind: int, key: int, amount: int, margin: int) -> None:
    cell = state.by_side[kind, key % 2]
    cell[0] += 1
    cell[1] += amount
    cell[2] += margin


@compiled
def _log_grant(world: World, state: State, time: float, kind: int, number: int, margin: int) -> None:
    g = state.grants[number]
    row, friend, loop, amount = whole(g.row), whole(g.friend), whole(g.loop), whole(g.amount_cents)
    receiver, other, key = whole(g.receiver), whole(g.other), whole(g.key)
    _log(world, state, time, kind, row, receiver, other, key, friend, loop, amount, margin)


@compiled
def _is_capped(
    world: World, state: State, time: float, phase: int, row: int, receiver: int, amount: int
) -> bool:
    """Return whether a rule has no room for one reward more of this amount."""
    rule = world.rewards[phase, row]
    if rule.cap_count < 0 and rule.cap_cents < 0:
        return False
    n, cents = 0, amount
    link = whole(state.more[receiver].last_grant)
    while link != 0:
        g = state.grants[link - 1]
        link = whole(g.earlier)
        if g.row == row and g.state != REVERSED:
            if not counts_for_cap(rule, time, g.day):
                break  # nor does any earlier one
            n += 1
            cents += g.amount_cents
    return bool((rule.cap_count >= 0 and n >= rule.cap_count) or 0 <= rule.cap_cents < cents)


@compiled
def _is_funded(world: World, state: State, time: float, phase: int, programme: int, cost: int) -> bool:
    """Book a cost in the programme's budget, unless it is spent; it may then rest."""
    rules, budget = world.programmes[phase, programme], state.budgets[programme]
    period = period_of(time, rules.budget_days)
    if period != budget.period:
        budget.period = period
        budget.booked_cents = 0
    if rules.budget_cents >= 0 and budget.booked_cents + cost > rules.budget_cents:
        if rules.stop_when_spent != 0:
            budget.resting = 1
            budget.rest_period = period
        return False
    budget.booked_cents += cost
    return True


@compiled
def _earn(
    world: World,
    state: State,
    time: float,
    phase: int,
    row: int,
    receiver: int,
    other: int,
    key: int,
    amount: int,
    friend: int,
    loop: int,
) -> None:
    """Give a reward, unless a cap or the budget forbids it."""
    rule = world.rewards[phase, row]
    programme = whole(rule.programme)
    if _is_capped(world, state, time, phase, row, receiver, amount):
        _log(world, state, time, _CAPPED_KIND, row, receiver, other, key, friend, loop, amount, 0)
        return
    cost = reward_cost(rule, amount)
    if rule.prize_probability < 1.0:
        cost = round_half_even(cost * rule.prize_probability)
    if not _is_funded(world, state, time, phase, programme, cost):
        _log(world, state, time, _UNFUNDED_KIND, row, receiver, other, key, friend, loop, amount, 0)
        return
    number = state.counters[N_GRANTS]
    state.counters[N_GRANTS] = number + 1
    g = state.grants[number]
    g.day, g.amount_cents, g.booked_cents = time, amount, cost
    g.period = state.budgets[programme].period
    g.row, g.receiver, g.other, g.key, g.friend, g.loop = row, receiver, other, key, friend, loop
    g.state, g.refunded, g.later_for = PENDING, 0, 0
    mine = state.more[receiver]
    g.earlier = mine.last_grant
    mine.last_grant = number + 1
    if friend >= 0:
        theirs = state.more[friend]
        if theirs.first_for == 0:
            theirs.first_for = number + 1
        else:
            state.grants[theirs.last_for - 1].later_for = number + 1
        theirs.last_for = number + 1
    _log(world, state, time, _EARNED_KIND, row, receiver, other, key, friend, loop, amount, 0)
    schedule(world, state, time + rule.hold_days, _SETTLED_KIND, receiver, other, key, number)


@compiled
def _is_refused(world: World, state: State, phase: int, friend: int, programme: int) -> bool:
    rules = world.programmes[phase, programme]
    p = rules.detect_true if state.more[friend].abuse != _NO_ABUSE else rules.detect_false
    return chance(world, _DETECT, key_of(world, state, friend), programme, 0) < p  # type: ignore[no-any-return]


@compiled
def _sides(state: State, side: int, friend: int, programme: int) -> tuple[int, int]:
    """Return receiver and other of a reward for a friend; the receiver is negative if there is none."""
    parent, abuse = whole(state.people[friend].parent), state.more[friend].abuse
    if parent < 0:
        parent = nobody(programme)
    if abuse == _SELF_REFERRAL:
        return friend, nobody(programme)
    if side != _REFERRER:
        return friend, parent
    if abuse == _LEAK:
        return -1, friend
    return parent, friend


@compiled
def pay(
    world: World,
    state: State,
    time: float,
    phase: int,
    friend: int,
    event: int,
    basket: int,
    serial: int,
    since: float,
    friend_number: int,
    refused: bool,
) -> None:
    """Go through the rules of a friend's programme that pay for an event."""
    programme = whole(state.people[friend].programme)
    for row in range(world.first_rewards[programme], world.first_rewards[programme + 1]):
        rule = world.rewards[phase, row]
        if rule.on != event or (event == _ON_PURCHASE and since >= rule.for_days):
            continue
        side = whole(rule.side)
        receiver, other = _sides(state, side, friend, programme)
        if receiver < 0 or not pays_for(rule, friend_number, tier_of(world, state, receiver), basket):
            continue
        amount = reward_amount(rule, basket, since)
        if amount == 0:
            continue
        key = side + 2 * (whole(rule.place) + PLACES * serial)
        if not refused:
            _earn(world, state, time, phase, row, receiver, other, key, amount, friend, -1)
        elif event != _ON_PURCHASE:
            bad = state.more[friend].abuse != _NO_ABUSE
            kind = _ABUSE_REFUSED_KIND if bad else _GENUINE_REFUSED_KIND
            _log(world, state, time, kind, row, receiver, other, key, friend, -1, amount, 0)


@compiled
def _number_of_next(state: State, friend: int, programme: int) -> int:
    """Return how manieth qualified friend of the parent a friend would be."""
    parent = whole(state.people[friend].parent)
    return 1 + whole(state.bonds[state.people[parent].slot, programme].n_qualified) if parent >= 0 else 1


@compiled
def pay_for_signup(world: World, state: State, time: float, phase: int, friend: int) -> None:
    """Pay for a sign-up, by an open programme that it is credited to."""
    programme = whole(state.people[friend].programme)
    if programme < 0 or not is_open(world, state, time, phase, programme):
        return
    number = _number_of_next(state, friend, programme)
    refused = _is_refused(world, state, phase, friend, programme)
    pay(world, state, time, phase, friend, _ON_SIGNUP, 0, 0, 0.0, number, refused)


@compiled
def pay_for_purchase(world: World, state: State, time: float, phase: int, friend: int, k: int) -> None:
    """Pay for purchase number k of a friend who has qualified."""
    one, more = state.people[friend], state.more[friend]
    programme = whole(one.programme)
    if one.qualified == 0 or not is_open(world, state, time, phase, programme):
        return
    basket, number, refused = whole(more.bought_cents), whole(more.friend_number), bool(more.refused != 0)
    since = time - more.qualified_day
    pay(world, state, time, phase, friend, _ON_PURCHASE, basket, 1 + k, since, number, refused)


@compiled
def qualify_with_grammar(
    world: World, state: State, time: float, phase: int, friend: int, basket: int
) -> None:
    """Qualify a referred friend, once, and pay both sides as the programme says."""
    one, more = state.people[friend], state.more[friend]
    programme, parent = whole(one.programme), whole(one.parent)
    if programme < 0 or one.qualified != 0 or not is_open(world, state, time, phase, programme):
        return
    one.qualified = 1
    more.qualified_day = time
    more.friend_number = _number_of_next(state, friend, programme)
    write(world, state, time, _QUALIFIED_KIND, one.loop, one.channel, programme, friend, parent, 0, 0, 0)
    if parent >= 0:
        count_by_segment(world, state, _QUALIFIED_KIND, whole(state.people[parent].segment), 1)
    refused = _is_refused(world, state, phase, friend, programme)
    more.refused = refused
    if parent >= 0 and not refused:
        state.bonds[state.people[parent].slot, programme].n_qualified += 1
        _score(world, state, time, parent, programme)
    number = whole(more.friend_number)
    pay(world, state, time, phase, friend, _ON_QUALIFIED, basket, 0, 0.0, number, refused)
    if parent >= 0 and not refused and not is_enlisted(state, parent):
        theirs = world.segments[phase, state.people[parent].segment]
        number = round_half_even(theirs.points_per_friend)
        give_points(world, state, time, phase, parent, number, friend, 0)


@compiled
def _score(world: World, state: State, time: float, receiver: int, programme: int) -> None:
    """Count a qualified friend in the present period of each leaderboard of a programme."""
    for row in range(world.first_rewards[programme], world.first_rewards[programme + 1]):
        if world.boards[row] < 0:
            continue
        score = state.boards[state.people[receiver].slot, world.boards[row]]
        period = period_of(time, world.rewards[0, row].board_days)
        if period != score.period:
            score.n_before = score.n if period == score.period + 1 else 0
            score.n = 0
            score.period = period
        score.n += 1


@compiled
def _scored(world: World, state: State, person: int, row: int, period: int) -> int:
    if state.people[person].status == PROSPECT:
        return 0
    score = state.boards[state.people[person].slot, world.boards[row]]
    if score.period == period:
        return whole(score.n)
    return whole(score.n_before) if score.period == period + 1 else 0


@compiled
def end_contest(world: World, state: State, time: float, phase: int, row: int, v: int) -> None:
    """Give the prizes of period v - 1 of a leaderboard."""
    every_days = world.rewards[0, row].board_days
    schedule(world, state, (v + 1) * every_days, _LEADERBOARD_KIND, row, -1, v + 1, 0)
    rule = world.rewards[phase, row]
    programme, amount = whole(rule.programme), whole(rule.value_cents)
    if rule.present == 0 or amount == 0 or not is_open(world, state, time, phase, programme):
        return
    key = whole(rule.side) + 2 * (whole(rule.place) + PLACES * v)
    last_n, last_person = _MOST, -1
    for _ in range(rule.board_places):
        best_n, best = 0, -1
        for person in range(state.counters[N_PEOPLE]):
            n = _scored(world, state, person, row, v - 1)
            if n > best_n and (n < last_n or (n == last_n and person > last_person)):
                best_n, best = n, person
        if best < 0:
            return
        _earn(world, state, time, phase, row, best, nobody(programme), key, amount, -1, -1)
        last_n, last_person = best_n, best


@compiled
def n_fakes(world: World, state: State, phase: int, person: int, rule: int, programme: int, k: int) -> int:
    """Return how many fake accounts somebody makes at an ask."""
    rules = world.programmes[phase, programme]
    who = key_of(world, state, person)
    if rules.fake_probability <= 0.0 or chance(world, _FAKE, who, 16 + rule, k) >= rules.fake_probability:
        return 0
    word = place(world, _FAKE_COUNT, who, 16 + rule, k)
    return draw_count(word, rules.fake_count_law, rules.fake_count_a, rules.fake_count_b)


@compiled
def fake(
    world: World, state: State, time: float, phase: int, person: int, rule: int, programme: int, k: int
) -> None:
    """Make fake accounts and claim the rewards for them."""
    m = n_fakes(world, state, phase, person, rule, programme, k)
    if m <= 0:
        return
    write(world, state, time, _FAKED_KIND, _LOOP, -1, programme, person, rule, k, m, 0)
    bond = state.bonds[state.people[person].slot, programme]
    who, rules = key_of(world, state, person), world.programmes[phase, programme]
    for _ in range(m):
        serial = 1 + whole(bond.n_fakes)
        bond.n_fakes += 1
        refused = chance(world, _DETECT, who, programme, serial) < rules.detect_true
        number = 1 + whole(bond.n_qualified)
        if not refused:
            bond.n_qualified += 1
        _pay_for_fake(world, state, time, phase, person, programme, serial, number, refused)


@compiled
def _pay_for_fake(
    world: World,
    state: State,
    time: float,
    phase: int,
    person: int,
    programme: int,
    serial: int,
    number: int,
    refused: bool,
) -> None:
    basket = whole(world.programmes[phase, programme].qualify_minimum_cents)
    for row in range(world.first_rewards[programme], world.first_rewards[programme + 1]):
        rule = world.rewards[phase, row]
        if (rule.on != _ON_QUALIFIED and rule.on != _ON_SIGNUP) or not pays_for(rule, number, 0, basket):
            continue
        amount = reward_amount(rule, basket, 0.0)
        if amount == 0:
            continue
        key, other = whole(rule.side) + 2 * (whole(rule.place) + PLACES * serial), nobody(programme)
        if refused:
            kind = _ABUSE_REFUSED_KIND
            _log(world, state, time, kind, row, person, other, key, -1, _LOOP, amount, 0)
        else:
            _earn(world, state, time, phase, row, person, other, key, amount, -1, _LOOP)


@compiled
def _claw_back(world: World, state: State, time: float, phase: int, number: int) -> bool:
    """Reverse a reward if its friend has sent goods back or left; return whether it is so."""
    g = state.grants[number]
    if g.friend < 0:
        return False
    one, programme = state.people[g.friend], whole(world.rewards[0, g.row].programme)
    rules, budget = world.programmes[phase, programme], state.budgets[programme]
    is_commission = world.rewards[phase, g.row].on == _ON_PURCHASE
    sent_back = g.refunded != 0 if is_commission else one.refunded != 0
    refunded = rules.clawback_refund != 0 and sent_back
    if not refunded and (rules.clawback_churn == 0 or one.status != GONE):
        return False
    g.state = REVERSED
    if period_of(time, rules.budget_days) == g.period and budget.period == g.period:
        budget.booked_cents -= g.booked_cents
    _log_grant(world, state, time, _REVERSED_KIND, number, 0)
    return True


@compiled
def settle_with_grammar(
    world: World, state: State, time: float, phase: int, receiver: int, other: int, key: int, number: int
) -> None:
    """End the hold of a reward: reversed, put off, lost or paid."""
    if _claw_back(world, state, time, phase, number):
        return
    g = state.grants[number]
    rule = world.rewards[phase, g.row]
    active = is_agent(world, receiver) or state.people[receiver].status == CUSTOMER
    if rule.needs_active != 0 and not active:
        again = time + rule.retry_days
        if again - g.day <= rule.pending_days:
            schedule(world, state, again, _SETTLED_KIND, receiver, other, key, number)
        else:
            day = max(time, g.day + rule.pending_days)
            schedule(world, state, day, _EXPIRED_KIND, receiver, other, key, number)
        return
    who, whom = key_of(world, state, receiver), _key_of_other(world, state, other)
    if rule.prize_probability < 1.0 and chance(world, _PRIZE, who, whom, key) >= rule.prize_probability:
        g.state = LOST
        _log_grant(world, state, time, _LOST_KIND, number, 0)
        return
    g.state = PAID
    margin = -reward_cost(rule, whole(g.amount_cents)) if rule.at_payment != 0 else 0
    _log_grant(world, state, time, _PAID_KIND, number, margin)
    if rule.at_payment == 0:
        _schedule_use(world, state, time, rule, receiver, other, key, number)


@compiled
def _schedule_use(
    world: World, state: State, time: float, rule: Any, receiver: int, other: int, key: int, number: int
) -> None:
    """Schedule that a reward is used, or expires unused."""
    who, whom = key_of(world, state, receiver), _key_of_other(world, state, other)
    if chance(world, _REDEEM, who, whom, key) < rule.redeem_probability:
        word = place(world, _REDEEM_DELAY, who, whom, key)
        delay = draw(word, rule.redeem_delay_law, rule.redeem_delay_a, rule.redeem_delay_b, world.table)
        if delay <= rule.expire_days:
            schedule(world, state, time + delay, _REDEEMED_KIND, receiver, other, key, number)
            return
    schedule(world, state, time + rule.expire_days, _EXPIRED_KIND, receiver, other, key, number)


@compiled
def use_reward(world: World, state: State, time: float, phase: int, number: int) -> None:
    """Redeem a reward: its cost falls due."""
    g = state.grants[number]
    cost = reward_cost(world.rewards[phase, g.row], whole(g.amount_cents))
    _log_grant(world, state, time, _REDEEMED_KIND, number, -cost)


@compiled
def expire_reward(world: World, state: State, time: float, number: int) -> None:
    """Let a reward expire, unpaid or unused."""
    _log_grant(world, state, time, _EXPIRED_KIND, number, 0)
    g = state.grants[number]
    if world.tallies != 0 and g.state == PENDING:
        _count_by_side(state, EXPIRED_UNPAID, whole(g.key), whole(g.amount_cents), 0)


@compiled
def _plain_dispute(_world: World, _state: State, _time: float, _phase: int, _friend: int, _k: int) -> None:
    return


@compiled
def _dispute(world: World, state: State, time: float, phase: int, friend: int, k: int) -> None:
    programme = whole(state.people[friend].programme)
    if programme < 0:
        return
    link = whole(state.more[friend].first_for)
    while link != 0:
        g = state.grants[link - 1]
        is_commission = world.rewards[phase, g.row].on == _ON_PURCHASE
        is_meant = not is_commission or g.key // (2 * PLACES) == 1 + k
        if is_commission and is_meant:
            g.refunded = 1
        if is_meant and g.state == PAID and world.programmes[phase, programme].dispute != 0:
            g.state = DISPUTED
            _log_grant(world, state, time, _DISPUTED_KIND, link - 1, 0)
        link = whole(g.later_for)


dispute = either(_plain_dispute, _dispute)
"""Take note of the refund of a friend's purchase number k, and dispute what was paid for it or for him."""


@compiled
def n_disputable(state: State, friend: int) -> int:
    """Return how many rewards were earned for a friend."""
    n, link = 0, whole(state.more[friend].first_for)
    while link != 0:
        n += 1
        link = whole(state.grants[link - 1].later_for)
    return n
