"""Lives in the compiled engine: signing up, becoming a customer, using, buying, leaving.

Handlers of an event return what it occasions: ``(trigger, occasion, basket)``, where trigger -1 fires
no ask rule and basket -1 qualifies nobody.
"""

from __future__ import annotations

import numpy as np

from referralsim.behaviour.moments import fading
from referralsim.behaviour.rates import calendar_tick, next_time, phase_at
from referralsim.distributions import draw, exponential, round_half_even
from referralsim.engine.contract import GraphKind, QualifyOn, Trigger
from referralsim.engine.kernel_care import (
    appetite,
    basket_factor,
    bound,
    happy_to_leave,
    is_present,
    margin_factor,
    remember_purchase,
)
from referralsim.engine.kernel_leave import carried, carry, depart, start_life
from referralsim.engine.kernel_prefetch import fetch
from referralsim.engine.kernel_queue import schedule
from referralsim.engine.kernel_remind import abused, touch_counts
from referralsim.engine.kernel_reward import dispute
from referralsim.engine.kernel_state import (
    CUSTOMER,
    N_SIGNED,
    SIGNED,
    State,
    World,
    activity_of,
    chance,
    compiled,
    happens,
    key_of,
    merged,
    place,
    whole,
    write,
)
from referralsim.eventlog.kinds import Kind, Loop, Origin
from referralsim.randomness import Purpose

_USE_GAP = int(Purpose.USE_GAP)
_MOMENT = int(Purpose.MOMENT)
_LOOP_HAPPENS = int(Purpose.LOOP_HAPPENS)
_PURCHASE_GAP = int(Purpose.PURCHASE_GAP)
_PURCHASE_HAPPENS = int(Purpose.PURCHASE_HAPPENS)
_BASKET = int(Purpose.BASKET)
_REFUND = int(Purpose.REFUND)
_REFUND_DELAY = int(Purpose.REFUND_DELAY)
_CHURN_GAP = int(Purpose.CHURN_GAP)
_CHURN_HAPPENS = int(Purpose.CHURN_HAPPENS)
_ACTIVATION = int(Purpose.ACTIVATION)
_ACTIVATION_DELAY = int(Purpose.ACTIVATION_DELAY)
_ASK_GAP = int(Purpose.ASK_GAP)
_ASK_HAPPENS = int(Purpose.ASK_HAPPENS)
_ASK_DELAY = int(Purpose.ASK_DELAY)

_SIGNED_UP_KIND = int(Kind.SIGNED_UP)
_ACTIVATED_KIND = int(Kind.ACTIVATED)
_USED_KIND = int(Kind.USED)
_PURCHASED_KIND = int(Kind.PURCHASED)
_REFUNDED_KIND = int(Kind.REFUNDED)
_ASKED_KIND = int(Kind.ASKED)
_CHURNED_KIND = int(Kind.CHURNED)

_LOOP_OF_PROGRAMME = int(Loop.PROGRAMME)
_INITIAL = int(Origin.INITIAL)
_PAID = int(Origin.PAID)

_TIES = int(GraphKind.TIES)
_ON_SIGNUP = int(QualifyOn.SIGNUP)
_ON_ACTIVATION = int(QualifyOn.ACTIVATION)
_ON_PURCHASE = int(QualifyOn.PURCHASE)

_TRIGGER_PURCHASE = int(Trigger.PURCHASE)
_TRIGGER_SIGNUP = int(Trigger.SIGNUP)
_TRIGGER_ACTIVATION = int(Trigger.ACTIVATION)
_TRIGGER_CALENDAR = int(Trigger.CALENDAR)
_TRIGGER_RANDOM = int(Trigger.RANDOM)


@compiled
def use_matters(world: World, phase: int, segment: int, who: int, k: int) -> bool:
    """Return whether a use in this phase is a moment or sets off a loop; any other leaves no trace."""
    mine = world.segments[phase, segment]
    v = chance(world, _MOMENT, who, 0, k)
    if v < mine.happy_probability or v < mine.happy_probability + mine.unhappy_probability:
        return True
    for stream in range(3):
        rules = world.streams[phase, stream]
        if rules.enabled != 0 and chance(world, _LOOP_HAPPENS, who, stream, k) < rules.probability:
            return True
    return False


@compiled
def schedule_use(world: World, state: State, now: float, person: int, k: int) -> None:
    """Schedule the first use from number ``k`` on that has any consequence.

    Which uses have one does not depend on the state of anybody, so the others need not be events.
    """
    segment = whole(state.people[person].segment)
    if world.matters[segment, 0] == 0:
        return
    who = key_of(world, state, person)
    time = now
    while True:
        work = exponential(chance(world, _USE_GAP, who, 0, k))
        time = next_time(time, work, world.use_rate, segment, activity_of(world, state, person), world.starts)
        if not time < world.horizon_days:
            return
        if use_matters(world, phase_at(time, world.starts), segment, who, k):
            schedule(world, state, time, _USED_KIND, person, -1, k, 0)
            return
        k += 1


@compiled
def schedule_purchase(
    world: World, state: State, time: float, person: int, k: int, every_days: float, first_days: float
) -> None:
    """Schedule purchase number ``k``; only number 0 waits ``first_days`` longer."""
    if every_days > 0.0:
        day = time + first_days if k == 0 else time + every_days
    else:
        segment = whole(state.people[person].segment)
        if world.matters[segment, 1] == 0:
            return
        work = exponential(chance(world, _PURCHASE_GAP, key_of(world, state, person), 0, k))
        start = time + first_days if k == 0 else time
        day = next_time(start, work, world.purchase_rate, segment, 1.0, world.starts)
    schedule(world, state, day, _PURCHASED_KIND, person, -1, k, 0)


@compiled
def schedule_churn(world: World, state: State, time: float, person: int, k: int) -> None:
    """Schedule candidate number ``k`` for leaving."""
    segment = whole(state.people[person].segment)
    if world.matters[segment, 2] == 0:
        return
    work = exponential(chance(world, _CHURN_GAP, key_of(world, state, person), 0, k))
    day = next_time(time, work, world.churn_rate, segment, 1.0, world.starts)
    schedule(world, state, day, _CHURNED_KIND, person, -1, k, 0)


@compiled
def schedule_random_ask(world: World, state: State, time: float, person: int, row: int, k: int) -> None:
    """Schedule the ``k``-th ask of a rule, by its row, that asks at random."""
    rule = world.asks[0, row].number
    work = exponential(chance(world, _ASK_GAP, key_of(world, state, person), rule, k))
    day = next_time(time, work, world.ask_rate, row, 1.0, world.starts)
    schedule(world, state, day, _ASKED_KIND, person, rule, k, 0)


@merged
def qualifies_on(world: World, state: State, phase: int, person: int, event: int) -> bool:
    """Return whether the programme that is credited with a person qualifies on this event."""
    programme = whole(state.people[person].programme)
    return bool(programme >= 0 and world.programmes[phase, programme].qualify_on == event)


@merged
def sign_up(
    world: World,
    state: State,
    time: float,
    phase: int,
    person: int,
    origin: int,
    parent: int,
    loop: int,
    channel: int,
    programme: int,
) -> tuple[int, int, int]:
    """Sign a prospect up; the last four are the accepted invitation's, or those of nobody."""
    one = state.people[person]
    if touch_counts(world, state, time, person):
        parent = whole(one.touch_parent)
        loop = whole(one.touch_loop)
        channel = whole(one.touch_channel)
        programme = whole(one.touch_programme)
    else:
        code_of = abused(world, state, time, phase, person, origin)
        if code_of >= 0:
            loop, programme = _LOOP_OF_PROGRAMME, code_of
    one.parent, one.loop, one.channel, one.programme = parent, loop, channel, programme
    state.joined[person >> 6] |= np.uint64(1) << np.uint64(person & 63)
    one.status, one.origin, one.signed_up_day, one.n_qualifying = SIGNED, origin, time, 0
    if world.graph_kind == _TIES:
        fetch(world.neighbours, world.offsets[person])
    one.slot = state.counters[N_SIGNED]
    state.counters[N_SIGNED] += 1
    cost = world.world[phase].paid_cost_cents if origin == _PAID else 0
    write(world, state, time, _SIGNED_UP_KIND, loop, channel, programme, person, parent, origin, 0, -cost)
    mine = world.segments[phase, one.segment]
    who = key_of(world, state, person)
    if origin == _INITIAL:
        schedule(world, state, time, _ACTIVATED_KIND, person, parent, 0, 0)
    elif happens(world, _ACTIVATION, who, 0, 0, mine.activation_probability):
        word = place(world, _ACTIVATION_DELAY, who, 0, 0)
        law, a, b = mine.activation_delay_law, mine.activation_delay_a, mine.activation_delay_b
        day = time + draw(word, law, a, b, world.table)
        schedule(world, state, day, _ACTIVATED_KIND, person, parent, 0, 0)
    basket = 0 if qualifies_on(world, state, phase, person, _ON_SIGNUP) else -1
    return _TRIGGER_SIGNUP, 0, basket


@merged
def activate(world: World, state: State, time: float, phase: int, person: int) -> tuple[int, int, int]:
    """Make a person a customer: first use, purchase, churn candidate, calendar and random asks."""
    one = state.people[person]
    one.status = CUSTOMER
    one.active_day = time
    write(
        world, state, time, _ACTIVATED_KIND, one.loop, one.channel, one.programme, person, one.parent, 0, 0, 0
    )
    mine = world.segments[phase, one.segment]
    start_life(world, state, time, person)
    schedule_use(world, state, time, person, 0)
    schedule_purchase(world, state, time, person, 0, mine.purchase_every_days, mine.purchase_first_days)
    schedule_churn(world, state, time, person, 0)
    for row in range(world.asks.shape[1]):
        asks = world.asks[phase, row]
        if asks.trigger == _TRIGGER_CALENDAR:
            k = calendar_tick(time, asks.first_days, asks.every_days, 0)
            day = asks.first_days + k * asks.every_days
            schedule(world, state, day, _ASKED_KIND, person, asks.number, k, 0)
        elif asks.trigger == _TRIGGER_RANDOM:
            schedule_random_ask(world, state, time, person, row, 0)
    basket = 0 if qualifies_on(world, state, phase, person, _ON_ACTIVATION) else -1
    return _TRIGGER_ACTIVATION, 0, basket


@merged
def plain_fire(
    world: World, state: State, time: float, phase: int, trigger: int, person: int, occasion: int
) -> None:
    """Schedule the asks that an occasion leads to; see :data:`.kernel_ask.fire`."""
    if (world.triggers >> trigger) & 1 == 0:
        return
    for row in range(world.asks.shape[1]):
        asks = world.asks[phase, row]
        if asks.trigger != trigger or world.programmes[phase, asks.programme].enabled == 0:
            continue
        if (asks.segment_mask >> state.people[person].segment) & 1 == 0:
            continue
        who, rule = key_of(world, state, person), asks.number
        if happens(world, _ASK_HAPPENS, who, rule, occasion, asks.probability):
            word = place(world, _ASK_DELAY, who, rule, occasion)
            day = time + draw(word, asks.delay_law, asks.delay_a, asks.delay_b, world.table)
            schedule(world, state, day, _ASKED_KIND, person, rule, occasion, 0)


@compiled
def basket_cents(world: World, state: State, phase: int, person: int, k: int, factor: float) -> int:
    """Return the amount of purchase ``k`` by the rules of the phase in which it was made."""
    mine = world.segments[phase, state.people[person].segment]
    word = place(world, _BASKET, key_of(world, state, person), 0, k)
    drawn = draw(word, mine.basket_law, mine.basket_a, mine.basket_b, world.table)
    return round_half_even(max(0.0, drawn * factor))


@compiled
def margin_cents(world: World, state: State, phase: int, person: int, amount: int, factor: float) -> int:
    """Return the contribution margin of a purchase made in this phase."""
    mine = world.segments[phase, state.people[person].segment]
    return round_half_even(amount * (mine.margin * factor))


@compiled
def purchase(
    world: World, state: State, time: float, phase: int, person: int, k: int
) -> tuple[int, int, int]:
    """Buy, unless the latest moment keeps the person from it; a refund may follow."""
    one = state.people[person]
    if not is_present(world, state, person, k):
        return -1, 0, -1
    mine = world.segments[phase, one.segment]
    who = key_of(world, state, person)
    schedule_purchase(world, state, time, person, k + 1, mine.purchase_every_days, 0.0)
    if mine.purchase_every_days <= 0.0:
        ratio = appetite(world, state, time, phase, person)
        if ratio < 1.0 and chance(world, _PURCHASE_HAPPENS, who, 0, k) >= ratio:
            return -1, 0, -1
    factor = basket_factor(world, state, time, phase, person)
    amount = basket_cents(world, state, phase, person, k, factor)
    factor = margin_factor(world, state, time, phase, person)
    margin = margin_cents(world, state, phase, person, amount, factor)
    loop, channel, programme = one.loop, one.channel, one.programme
    write(world, state, time, _PURCHASED_KIND, loop, channel, programme, person, -1, k, amount, margin)
    remember_purchase(world, state, time, person, amount)
    if happens(world, _REFUND, who, 0, k, mine.refund_probability):
        law, a, b = mine.refund_delay_law, mine.refund_delay_a, mine.refund_delay_b
        day = time + draw(place(world, _REFUND_DELAY, who, 0, k), law, a, b, world.table)
        if day < world.horizon_days:
            payload = carry(world, state, phase, amount, margin)
            schedule(world, state, day, _REFUNDED_KIND, person, -1, k, payload)
    if qualifies_on(world, state, phase, person, _ON_PURCHASE):
        rules = world.programmes[phase, one.programme]
        if amount >= rules.qualify_minimum_cents:
            one.n_qualifying += 1
            if one.qualified == 0 and one.n_qualifying >= rules.qualify_purchases:
                return _TRIGGER_PURCHASE, k, amount
    return _TRIGGER_PURCHASE, k, -1


@compiled
def refund(world: World, state: State, time: float, phase: int, person: int, k: int, payload: int) -> None:
    """Take a purchase back."""
    one = state.people[person]
    one.refunded = 1
    amount, margin = carried(world, state, payload)
    if amount < 0:
        # basket and margin follow from the phase of the purchase
        amount = basket_cents(world, state, payload, person, k, 1.0)
        margin = margin_cents(world, state, payload, person, amount, 1.0)
    loop, channel, programme = one.loop, one.channel, one.programme
    write(world, state, time, _REFUNDED_KIND, loop, channel, programme, person, -1, k, -amount, -margin)
    dispute(world, state, time, phase, person, k)


@compiled
def churn(world: World, state: State, time: float, phase: int, person: int, k: int) -> None:
    """Leave, if this candidate at the highest possible hazard is real; else wait for the next."""
    one = state.people[person]
    if not is_present(world, state, person, k):
        return
    mine = world.segments[phase, one.segment]
    early = mine.early_factor if time - one.active_day < mine.early_until_days else 1.0
    mood = 1.0
    if one.moment == 2:
        mood = fading(mine.unhappy_churn_factor, mine.unhappy_half_life_days, time - one.moment_day)
    elif one.moment == 1:
        mood = happy_to_leave(world, mine, time - one.moment_day)
    ratio = early * mood / (max(1.0, mine.early_factor) * mine.unhappy_churn_factor)
    ratio = bound(world, state, phase, person, ratio)
    if chance(world, _CHURN_HAPPENS, key_of(world, state, person), 0, k) < ratio:
        depart(world, state, time, phase, person, k)
        loop, channel, programme = one.loop, one.channel, one.programme
        write(world, state, time, _CHURNED_KIND, loop, channel, programme, person, one.parent, k, 0, 0)
        return
    schedule_churn(world, state, time, person, k + 1)
