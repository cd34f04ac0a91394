"""Lives that begin, end and begin again in the compiled engine, and purchases whose refund is pending."""

from __future__ import annotations

from referralsim.distributions import draw
from referralsim.engine.kernel_care import schedule_gift, schedule_incidents
from referralsim.engine.kernel_loyalty import leave
from referralsim.engine.kernel_more import either, is_enlisted
from referralsim.engine.kernel_queue import schedule
from referralsim.engine.kernel_state import (
    FREE_CARRIED,
    GONE,
    N_CARRIED,
    State,
    World,
    chance,
    compiled,
    key_of,
    place,
    whole,
)
from referralsim.eventlog.kinds import Kind
from referralsim.randomness import Purpose

_WINBACK = int(Purpose.WINBACK)
_WINBACK_DELAY = int(Purpose.WINBACK_DELAY)
_WON_BACK_KIND = int(Kind.WON_BACK)


@compiled
def _plain_carry(_world: World, _state: State, phase: int, _amount: int, _margin: int) -> int:
    return phase


@compiled
def _carry(_world: World, state: State, _phase: int, amount: int, margin: int) -> int:
    counters = state.counters
    link = counters[FREE_CARRIED]
    if link != 0:
        counters[FREE_CARRIED] = state.carried[link - 1, 0]
    else:
        counters[N_CARRIED] += 1
        link = counters[N_CARRIED]
    state.carried[link - 1, 0] = amount
    state.carried[link - 1, 1] = margin
    return link - 1  # type: ignore[no-any-return]


carry = either(_plain_carry, _carry)
"""Return the payload of a refund. What was bought in a plain world follows from the phase."""


@compiled
def _plain_carried(_world: World, _state: State, _payload: int) -> tuple[int, int]:
    return -1, 0


@compiled
def _carried(_world: World, state: State, payload: int) -> tuple[int, int]:
    amount, margin = state.carried[payload, 0], state.carried[payload, 1]
    state.carried[payload, 0] = state.counters[FREE_CARRIED]
    state.counters[FREE_CARRIED] = payload + 1
    return amount, margin


carried = either(_plain_carried, _carried)
"""Return amount and margin of a refunded purchase, or -1 for the amount if they must be drawn again."""


@compiled
def _plain_start_life(_world: World, _state: State, _time: float, _person: int) -> None:
    return


@compiled
def _start_life(world: World, state: State, time: float, person: int) -> None:
    parent = whole(state.people[person].parent)
    state.more[person].first_active_day = time
    if parent >= 0:
        state.more[parent].n_customers += 1
        if is_enlisted(state, parent):
            state.agents[parent - world.n_people].n_customers += 1
    schedule_gift(world, state, time, person, 0)
    schedule_incidents(world, state, time, person)


start_life = either(_plain_start_life, _start_life)
"""What else begins as somebody becomes a customer for the first time."""


@compiled
def _plain_depart(_world: World, state: State, time: float, _phase: int, person: int, k: int) -> None:
    one = state.people[person]
    one.status, one.churn_day, one.churn_number = GONE, time, k


@compiled
def _depart(world: World, state: State, time: float, phase: int, person: int, k: int) -> None:
    one, more = state.people[person], state.more[person]
    one.status, more.churn_day, more.churn_number = GONE, time, k
    if more.member != 0:
        leave(world, state, time, person)
    mine, who, life = world.segments[phase, one.segment], key_of(world, state, person), whole(more.life)
    if life < mine.winback_maximum and chance(world, _WINBACK, who, 0, life) < mine.winback_probability:
        law, a, b = mine.winback_delay_law, mine.winback_delay_a, mine.winback_delay_b
        day = time + draw(place(world, _WINBACK_DELAY, who, 0, life), law, a, b, world.table)
        schedule(world, state, day, _WON_BACK_KIND, person, -1, life + 1, 0)


depart = either(_plain_depart, _depart)
"""End a life; perhaps the person will be won back."""
