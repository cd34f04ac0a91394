"""Asks in the compiled engine, with the whole grammar: what comes up, who may be asked, who shares."""

from __future__ import annotations

from referralsim.behaviour.moments import decaying, moment_factor
from referralsim.behaviour.response import share_probability
from referralsim.distributions import draw
from referralsim.engine.kernel_life import plain_fire
from referralsim.engine.kernel_more import either, is_open, payer_of
from referralsim.engine.kernel_programme import comes_up, plain_ask, schedule_next
from referralsim.engine.kernel_queue import schedule
from referralsim.engine.kernel_state import (
    CUSTOMER,
    GONE,
    SIGNED,
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
from referralsim.eventlog.kinds import Kind, Loop
from referralsim.randomness import Purpose

_ASK_HAPPENS = int(Purpose.ASK_HAPPENS)
_ASK_DELAY = int(Purpose.ASK_DELAY)
_SHARE = int(Purpose.SHARE)
_ASKED_KIND = int(Kind.ASKED)
_LOOP = int(Loop.PROGRAMME)


@compiled
def _fire(
    world: World, state: State, time: float, phase: int, trigger: int, person: int, occasion: int
) -> None:
    one_ask, best = world.world[phase].one_ask, -1
    for row in range(world.asks.shape[1]):
        asks = world.asks[phase, row]
        if asks.trigger != trigger or not is_open(world, state, time, phase, asks.programme):
            continue
        if (asks.segment_mask >> state.people[person].segment) & 1 == 0:
            continue
        who = key_of(world, state, person)
        if chance(world, _ASK_HAPPENS, who, asks.number, occasion) < asks.probability:
            if one_ask == 0:
                _schedule_ask(world, state, time, phase, row, person, occasion)
            elif best >= 0 and asks.priority <= world.asks[phase, best].priority:
                continue
            elif _may_be_asked(world, state, time, phase, person, row):
                best = row
    if best >= 0:
        _schedule_ask(world, state, time, phase, best, person, occasion)


fire = either(plain_fire, _fire)
"""Schedule the asks that an occasion leads to."""


@compiled
def _schedule_ask(
    world: World, state: State, time: float, phase: int, row: int, person: int, occasion: int
) -> None:
    asks = world.asks[phase, row]
    word = place(world, _ASK_DELAY, key_of(world, state, person), asks.number, occasion)
    day = time + draw(word, asks.delay_law, asks.delay_a, asks.delay_b, world.table)
    schedule(world, state, day, _ASKED_KIND, person, asks.number, occasion, 0)


@compiled
def _may_be_asked(world: World, state: State, time: float, phase: int, person: int, row: int) -> bool:
    asks = world.asks[phase, row]
    rules = world.programmes[phase, asks.programme]
    one, more = state.people[person], state.more[person]
    if not is_open(world, state, time, phase, asks.programme):
        return False
    tenure = time - one.active_day if one.status == CUSTOMER else 0.0
    if not tenure >= asks.min_tenure_days or not tenure <= asks.max_tenure_days:
        return False
    if more.n_purchases < asks.min_purchases or more.spent_cents < asks.min_spent_cents:
        return False
    if more.n_asks > 0 and not time - more.ask_day >= world.world[phase].ask_rest_days:
        return False
    relation = state.relations[one.slot, world.columns[5 + asks.programme]]
    if relation.n_asks >= rules.ask_maximum:
        return False
    return bool(relation.n_asks == 0 or time - relation.ask_day >= rules.ask_cooldown_days)


@compiled
def sharer_of(world: World, state: State, phase: int, person: int, row: int) -> int:
    """Return who decides and shares when a person is asked: the payer, if the rule wants it and he can."""
    if world.asks[phase, row].payer != 0:
        payer = payer_of(world, person)
        status = state.people[payer].status
        if status in (SIGNED, CUSTOMER):
            return payer
    return person


@compiled
def _extra(world: World, state: State, time: float, phase: int, sharer: int, row: int, others: int) -> float:
    """Return what adds to the log-odds of sharing beside rewards, moment and fatigue."""
    one, more, asks = state.people[sharer], state.more[sharer], world.asks[phase, row]
    mine = world.segments[phase, one.segment]
    extra = mine.share_log_factor
    if one.parent >= 0:
        extra = extra + mine.referred_share_log
    if others > 0:
        extra = extra + others * world.world[phase].cross_log_fatigue
    if asks.framing_effect != 0.0:
        since = 0.0
        if more.n_purchases > 0:
            since = time - more.purchase_day
        elif one.status == CUSTOMER:
            since = time - one.active_day
        extra = extra + decaying(asks.framing_effect, asks.framing_half_life_days, since)
    return extra  # type: ignore[no-any-return]


@compiled
def _ask(
    world: World, state: State, time: float, phase: int, person: int, rule: int, k: int
) -> tuple[int, float, float, float, int]:
    one, more, row = state.people[person], state.more[person], world.ask_rows[rule]
    if one.status == GONE and more.life < world.segments[phase, one.segment].winback_maximum:
        schedule_next(world, state, time, phase, person, row, k)
    if one.status != SIGNED and one.status != CUSTOMER:
        return person, -1.0, 0.0, 1.0, 0
    if not comes_up(world, state, time, phase, person, row, k):
        return person, -1.0, 0.0, 1.0, 0
    if not _may_be_asked(world, state, time, phase, person, row):
        return person, -1.0, 0.0, 1.0, 0
    programme = whole(world.asks[phase, row].programme)
    rules = world.programmes[phase, programme]
    write(world, state, time, _ASKED_KIND, _LOOP, -1, programme, person, rule, k, 0, 0)
    count_by_segment(world, state, _ASKED_KIND, whole(one.segment), 1)
    relation = state.relations[one.slot, world.columns[5 + programme]]
    n_asks = whole(relation.n_asks)
    others = whole(more.n_asks) - n_asks
    relation.n_asks = n_asks + 1
    relation.ask_day = time
    more.n_asks += 1
    more.ask_day = time
    sharer = sharer_of(world, state, phase, person, row)
    extra = _extra(world, state, time, phase, sharer, row, others)
    theirs = state.people[sharer]
    moment = moment_factor(
        theirs.moment,
        time - theirs.moment_day,
        rules.happy_factor,
        rules.happy_half_life_days,
        rules.unhappy_factor,
        rules.unhappy_half_life_days,
    )
    u = chance(world, _SHARE, key_of(world, state, person), 16 + rule, k)
    brand = world.segments[phase, theirs.segment].brand
    weak = share_probability(rules, brand, 0.0, extra, moment, n_asks)
    strong = share_probability(rules, brand, 1.0, extra, moment, n_asks)
    if u >= max(weak, strong):
        return person, -1.0, 0.0, 1.0, 0
    return sharer, u, extra, moment, n_asks


ask = either(plain_ask, _ask)
"""Ask a person to share, by the rule of this number.

Returns who shares, and the draw and circumstances of the decision (``u``, ``extra``, ``moment`` and
``n_asks`` of :func:`.kernel_contact.contact`); ``u = -1.0`` if it is certainly no.
"""
