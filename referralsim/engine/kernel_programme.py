"""Programmes in the compiled engine: who may be asked, what a qualified friend earns, what is paid."""

from __future__ import annotations

from referralsim.behaviour.moments import moment_factor
from referralsim.behaviour.payment import reward_amount, reward_cost
from referralsim.behaviour.rates import calendar_tick
from referralsim.behaviour.response import share_probability
from referralsim.engine.contract import Mode, Trigger
from referralsim.engine.kernel_life import schedule_random_ask
from referralsim.engine.kernel_more import either
from referralsim.engine.kernel_queue import schedule
from referralsim.engine.kernel_reward import qualify_with_grammar, settle_with_grammar
from referralsim.engine.kernel_state import (
    CUSTOMER,
    GONE,
    SIGNED,
    SURE,
    State,
    World,
    chance,
    compiled,
    count_by_segment,
    happens,
    key_of,
    merged,
    whole,
    write,
)
from referralsim.eventlog.kinds import Kind, Loop, Side
from referralsim.eventlog.tally import PAID_LATER
from referralsim.randomness import Purpose

_ASK_HAPPENS = int(Purpose.ASK_HAPPENS)
_SHARE = int(Purpose.SHARE)
_ASKED_KIND = int(Kind.ASKED)
_QUALIFIED_KIND = int(Kind.QUALIFIED)
_EARNED_KIND = int(Kind.REWARD_EARNED)
_CAPPED_KIND = int(Kind.REWARD_CAPPED)
_SETTLED_KIND = int(Kind.REWARD_SETTLED)
_PAID_KIND = int(Kind.REWARD_PAID)
_REVERSED_KIND = int(Kind.REWARD_REVERSED)
_REFERRER = int(Side.REFERRER)
_LOOP = int(Loop.PROGRAMME)
_TABLE = int(Mode.TABLE)
_CALENDAR = int(Trigger.CALENDAR)
_RANDOM = int(Trigger.RANDOM)


@compiled
def schedule_next(world: World, state: State, time: float, phase: int, person: int, row: int, k: int) -> bool:
    """Schedule the next ask of a calendar or random rule; return whether it is one."""
    asks = world.asks[phase, row]
    if asks.trigger == _CALENDAR:
        tick = calendar_tick(time, asks.first_days, asks.every_days, k + 1)
        day = asks.first_days + tick * asks.every_days
        schedule(world, state, day, _ASKED_KIND, person, asks.number, tick, 0)
        return True
    if asks.trigger == _RANDOM:
        schedule_random_ask(world, state, time, person, row, k + 1)
        return True
    return False


@compiled
def comes_up(world: World, state: State, time: float, phase: int, person: int, row: int, k: int) -> bool:
    """Schedule the next ask of a calendar or random rule; return whether this one goes on."""
    if not schedule_next(world, state, time, phase, person, row, k):
        return True
    asks = world.asks[phase, row]
    if (asks.segment_mask >> state.people[person].segment) & 1 == 0:
        return False
    return happens(world, _ASK_HAPPENS, key_of(world, state, person), asks.number, k, asks.probability)


@merged
def _may_be_asked(world: World, state: State, time: float, phase: int, person: int, row: int) -> bool:
    asks = world.asks[phase, row]
    rules = world.programmes[phase, asks.programme]
    if rules.enabled == 0:
        return False
    one = state.people[person]
    tenure = time - one.active_day if one.status == CUSTOMER else 0.0
    if not tenure >= asks.min_tenure_days:
        return False
    relation = state.relations[state.people[person].slot, world.columns[5 + asks.programme]]
    if relation.n_asks >= rules.ask_maximum:
        return False
    return bool(relation.n_asks == 0 or time - relation.ask_day >= rules.ask_cooldown_days)


@merged
def plain_ask(
    world: World, state: State, time: float, phase: int, person: int, rule: int, k: int
) -> tuple[int, float, float, float, int]:
    """Ask a person to share, by the rule of this number; see :data:`.kernel_ask.ask`."""
    one = state.people[person]
    if one.status != SIGNED and one.status != CUSTOMER:
        return person, -1.0, 0.0, 1.0, 0
    row = world.ask_rows[rule]
    if not comes_up(world, state, time, phase, person, row, k):
        return person, -1.0, 0.0, 1.0, 0
    if not _may_be_asked(world, state, time, phase, person, row):
        return person, -1.0, 0.0, 1.0, 0
    programme = world.asks[phase, row].programme
    rules = world.programmes[phase, programme]
    write(world, state, time, _ASKED_KIND, _LOOP, -1, programme, person, rule, k, 0, 0)
    count_by_segment(world, state, _ASKED_KIND, one.segment, 1)
    relation = state.relations[state.people[person].slot, world.columns[5 + programme]]
    n_asks = whole(relation.n_asks)
    relation.n_asks = n_asks + 1
    relation.ask_day = time
    moment = moment_factor(
        one.moment,
        time - one.moment_day,
        rules.happy_factor,
        rules.happy_half_life_days,
        rules.unhappy_factor,
        rules.unhappy_half_life_days,
    )
    mine = world.segments[phase, one.segment]
    u = chance(world, _SHARE, key_of(world, state, person), 16 + rule, k)
    weak = share_probability(rules, mine.brand, 0.0, mine.share_log_factor, moment, n_asks)
    strong = weak
    if rules.mode != _TABLE or rules.table_share_weak != rules.table_share_strong:
        strong = share_probability(rules, mine.brand, 1.0, mine.share_log_factor, moment, n_asks)
    if u >= max(weak, strong):
        return person, -1.0, 0.0, 1.0, 0
    if u < min(weak, strong) - SURE:
        u = 0.0
    return person, u, mine.share_log_factor, moment, n_asks


@compiled
def _earn(
    world: World, state: State, time: float, phase: int, friend: int, side: int, row: int, basket: int
) -> bool:
    """Give a reward to one side, or refuse it because the receiver has earned as many as allowed."""
    rule = world.rewards[phase, row]
    amount = reward_amount(rule, basket, 0.0) if rule.present != 0 else 0
    if amount == 0:
        return False
    one = state.people[friend]
    parent, loop, channel, programme = whole(one.parent), one.loop, one.channel, one.programme
    receiver, other = (parent, friend) if side == _REFERRER else (friend, parent)
    relation = state.relations[state.people[receiver].slot, world.columns[5 + programme]]
    n_earned = relation.n_earned if side == _REFERRER else 0
    if 0 <= rule.cap_count <= n_earned:
        write(world, state, time, _CAPPED_KIND, loop, channel, programme, receiver, other, side, amount, 0)
        _count_by_side(world, state, _CAPPED_KIND, side, amount, 0)
        return False
    if side == _REFERRER:
        relation.n_earned += 1
    write(world, state, time, _EARNED_KIND, loop, channel, programme, receiver, other, side, amount, 0)
    _count_by_side(world, state, _EARNED_KIND, side, amount, 0)
    schedule(world, state, time + rule.hold_days, _SETTLED_KIND, receiver, other, side, amount)
    return True


@compiled
def _count_by_side(world: World, state: State, kind: int, side: int, amount: int, margin: int) -> None:
    if world.tallies != 0:
        cell = state.by_side[kind, side]
        cell[0] += 1
        cell[1] += amount
        cell[2] += margin


@merged
def _plain_qualify(world: World, state: State, time: float, phase: int, friend: int, basket: int) -> None:
    one = state.people[friend]
    programme = whole(one.programme)
    if programme < 0 or one.qualified != 0:
        return
    if world.programmes[phase, programme].enabled == 0:
        return
    one.qualified = 1
    write(world, state, time, _QUALIFIED_KIND, one.loop, one.channel, programme, friend, one.parent, 0, 0, 0)
    # with one segment there is no need to look, which would often mean to wait for memory
    inviter_segment = 0 if world.segments.shape[1] == 1 else whole(state.people[one.parent].segment)
    count_by_segment(world, state, _QUALIFIED_KIND, inviter_segment, 1)
    earned = False
    for side in range(2):
        row = world.reward_rows[programme, side]
        if row >= 0:
            earned = _earn(world, state, time, phase, friend, side, row, basket) or earned
    if earned and world.tallies != 0:
        state.rewarded[one.loop, one.channel, programme] += 1
        count_by_segment(world, state, _EARNED_KIND, inviter_segment, 1)


qualify = either(_plain_qualify, qualify_with_grammar)
"""Qualify a referred friend, once, and reward both sides as the programme says."""


@compiled
def _plain_settle(
    world: World, state: State, time: float, phase: int, receiver: int, other: int, side: int, amount: int
) -> None:
    friend = other if side == _REFERRER else receiver
    one = state.people[friend]
    loop, channel, programme = one.loop, one.channel, one.programme
    rules = world.programmes[phase, programme]
    refunded = rules.clawback_refund != 0 and one.refunded != 0
    churned = rules.clawback_churn != 0 and one.status == GONE
    if refunded or churned:
        if side == _REFERRER:
            state.relations[state.people[receiver].slot, world.columns[5 + programme]].n_earned -= 1
        write(world, state, time, _REVERSED_KIND, loop, channel, programme, receiver, other, side, amount, 0)
        _count_by_side(world, state, _REVERSED_KIND, side, amount, 0)
        return
    cost = reward_cost(world.rewards[phase, world.reward_rows[programme, side]], amount)
    write(world, state, time, _PAID_KIND, loop, channel, programme, receiver, other, side, amount, -cost)
    _count_by_side(world, state, _PAID_KIND, side, amount, -cost)
    if cost == 0:
        _count_by_side(world, state, PAID_LATER, side, amount, 0)


settle = either(_plain_settle, settle_with_grammar)
"""End the hold of a reward: it is paid, or reversed if the friend has sent goods back or left."""
