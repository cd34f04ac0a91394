"""The way of an invitation in the compiled engine: delivered, opened, clicked, decided.

An invitation is known by inviter, invited and attempt; its stream is ``attempt % STREAMS``, and its payload
``inviter's segment << 48 | (tie row + 1) << 8 | channel``.
"""

from __future__ import annotations

import math

from referralsim.behaviour.rates import phase_at
from referralsim.behaviour.response import accept_probability, heard_log_odds, table_accept_probability
from referralsim.distributions import draw
from referralsim.engine.contract import STREAMS, Mode
from referralsim.engine.kernel_contact import tie_strength
from referralsim.engine.kernel_queue import schedule
from referralsim.engine.kernel_remind import (
    consents,
    heard_in_all,
    most_in_all,
    strength_to,
    takes_touch,
)
from referralsim.engine.kernel_state import (
    PROSPECT,
    SURE,
    State,
    World,
    chance,
    compiled,
    count_by_segment,
    happens,
    key_of,
    merged,
    place,
    whole,
    write,
)
from referralsim.eventlog.kinds import Kind
from referralsim.randomness import Purpose

_OPENED = int(Purpose.OPENED)
_CLICKED = int(Purpose.CLICKED)
_SIGNED_UP = int(Purpose.SIGNED_UP)
_SIGNED_UP_DELAY = int(Purpose.SIGNED_UP_DELAY)
_DELIVERED_KIND = int(Kind.DELIVERED)
_OPENED_KIND = int(Kind.OPENED)
_CLICKED_KIND = int(Kind.CLICKED)
_DECIDED_KIND = int(Kind.DECIDED)
_TABLE = int(Mode.TABLE)
_ROWS = 2**40 - 1


@merged
def row_of(payload: int) -> int:
    """Return the row of the tie over which an invitation came, or -1 outside the graph."""
    return ((payload >> 8) & _ROWS) - 1


@merged
def _accept(
    world: World, state: State, phase: int, other: int, stream: int, channel: int, tie: float, heard: float
) -> float:
    programme = world.streams[phase, stream].programme
    offer_effect = 0.0
    if programme >= 0:
        rules = world.programmes[phase, programme]
        if rules.mode == _TABLE:
            return table_accept_probability(rules, tie, heard)
        offer_effect = rules.offer_effect
    brand = world.segments[phase, state.people[other].segment].brand
    return accept_probability(world.channels[phase, channel], offer_effect, tie, brand, heard)


@compiled
def acceptance(
    world: World, state: State, phase: int, person: int, other: int, attempt: int, payload: int
) -> float:
    """Return the probability that the invited signs up, as things stand now."""
    stream, channel = attempt % STREAMS, payload & 255
    way, one, base = world.channels[phase, channel], state.people[other], world.world[phase]
    limit = base.balance_limit
    heard = heard_log_odds(way, one.offers, one.balance, base.balance_effect, limit)
    tie = strength_to(world, person, tie_strength(world, row_of(payload)))
    programme = world.streams[phase, stream].programme
    heard = heard_in_all(world, state, phase, person, programme, tie, heard)
    return _accept(world, state, phase, other, stream, channel, tie, heard)


@merged
def accepts(
    world: World, state: State, phase: int, person: int, other: int, attempt: int, payload: int
) -> bool:
    """Return whether the invited signs up, as things stand now."""
    p = acceptance(world, state, phase, person, other, attempt, payload)
    who, whom = key_of(world, state, person), key_of(world, state, other)
    return happens(world, _SIGNED_UP, who, whom, attempt, p) and consents(
        world, state, phase, person, other, attempt
    )


@compiled
def _schedule_decision(
    world: World,
    state: State,
    now: float,
    day: float,
    person: int,
    other: int,
    attempt: int,
    payload: int,
) -> None:
    """Schedule a decision, unless no offers and no word of mouth could make it a yes."""
    if not day < world.horizon_days:
        return
    if day == now:  # it comes next as a rule, and would only be thought over twice
        schedule(world, state, day, _DECIDED_KIND, person, other, attempt, payload)
        return
    phase = phase_at(day, world.starts)
    stream, channel = attempt % STREAMS, payload & 255
    way, base = world.channels[phase, channel], world.world[phase]
    most = abs(base.balance_effect) * base.balance_limit
    if way.exposure_curve != 0:
        most = most + abs(way.exposure_effect)
    tie = strength_to(world, person, tie_strength(world, row_of(payload)))
    programme = world.streams[phase, stream].programme
    most = most_in_all(world, state, phase, person, programme, tie, most)
    p = 1.0 if most == math.inf else _accept(world, state, phase, other, stream, channel, tie, most)
    u = chance(world, _SIGNED_UP, key_of(world, state, person), key_of(world, state, other), attempt)
    if u < p + SURE:
        schedule(world, state, day, _DECIDED_KIND, person, other, attempt, payload)


@merged
def _touch(
    world: World, state: State, time: float, phase: int, person: int, other: int, attempt: int, channel: int
) -> None:
    rules = world.streams[phase, attempt % STREAMS]
    if not takes_touch(world, state, time, phase, other, rules.programme):
        return
    one = state.people[other]
    one.touched = 1
    one.touch_day = time
    one.touch_parent = person
    one.touch_loop = rules.loop
    one.touch_channel = channel
    one.touch_programme = rules.programme


@merged
def pass_stage(
    world: World,
    state: State,
    time: float,
    phase: int,
    kind: int,
    person: int,
    other: int,
    attempt: int,
    payload: int,
) -> None:
    """Deliver, open or click an invitation, and schedule the next stage if it will be reached."""
    one = state.people[other]
    if one.status != PROSPECT:
        return
    channel = payload & 255
    rules = world.streams[phase, attempt % STREAMS]
    write(world, state, time, kind, rules.loop, channel, rules.programme, person, other, attempt, 0, 0)
    count_by_segment(world, state, kind, payload >> 48, 1)
    way = world.channels[phase, channel]
    if kind == _CLICKED_KIND:
        _touch(world, state, time, phase, person, other, attempt, channel)
        delay = _delay(
            world,
            state,
            _SIGNED_UP_DELAY,
            person,
            other,
            attempt,
            way.signed_up_delay_law,
            way.signed_up_delay_a,
            way.signed_up_delay_b,
        )
        _schedule_decision(world, state, time, time + delay, person, other, attempt, payload)
        return
    if kind == _DELIVERED_KIND:
        p, law, a, b = way.opened_probability, way.opened_delay_law, way.opened_delay_a, way.opened_delay_b
        purpose, following = _OPENED, _OPENED_KIND
    else:
        one.offers += 1
        p, law, a, b = (
            way.clicked_probability,
            way.clicked_delay_law,
            way.clicked_delay_a,
            way.clicked_delay_b,
        )
        purpose, following = _CLICKED, _CLICKED_KIND
    if happens(world, purpose, key_of(world, state, person), key_of(world, state, other), attempt, p):
        # the purpose of a stage's delay follows that of the stage
        delay = _delay(world, state, purpose + 1, person, other, attempt, law, a, b)
        schedule(world, state, time + delay, following, person, other, attempt, payload)


@merged
def _delay(
    world: World,
    state: State,
    purpose: int,
    person: int,
    other: int,
    attempt: int,
    law: int,
    a: float,
    b: float,
) -> float:
    if law == 0:
        return a
    word = place(world, purpose, key_of(world, state, person), key_of(world, state, other), attempt)
    return draw(word, law, a, b, world.table)


@merged
def credit_of_invitation(world: World, phase: int, attempt: int, payload: int) -> tuple[int, int, int]:
    """Return loop, channel and programme of an invitation."""
    rules = world.streams[phase, attempt % STREAMS]
    return whole(rules.loop), payload & 255, whole(rules.programme)
