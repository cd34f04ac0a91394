"""Touches, consent and reminders in the compiled engine."""

from __future__ import annotations

import math

from referralsim.distributions import draw
from referralsim.engine.contract import STREAMS, Abuse, Rule
from referralsim.engine.kernel_more import either, is_agent, is_open, payer_of
from referralsim.engine.kernel_queue import schedule
from referralsim.engine.kernel_state import (
    CUSTOMER,
    N_REVIEWS,
    SIGNED,
    State,
    World,
    chance,
    compiled,
    key_of,
    place,
    real,
    whole,
    write,
)
from referralsim.eventlog.kinds import Kind, Origin
from referralsim.randomness import Purpose

_REMIND = int(Purpose.REMIND)
_REMIND_DELAY = int(Purpose.REMIND_DELAY)
_CONSENT = int(Purpose.CONSENT)
_ABUSE = int(Purpose.ABUSE)
_ANSWER = int(Purpose.REMINDED_ANSWER)
_ACTIVATION = int(Purpose.ACTIVATION)
_ACTIVATION_DELAY = int(Purpose.ACTIVATION_DELAY)
_ACTIVATED_KIND = int(Kind.ACTIVATED)
_REMINDED_KIND = int(Kind.REMINDED)
_INITIAL = int(Origin.INITIAL)
_ORGANIC = int(Origin.ORGANIC_ARRIVAL)
_PAID = int(Origin.PAID)
_FIRST_TOUCH = int(Rule.FIRST_TOUCH)
_SELF_REFERRAL = int(Abuse.SELF_REFERRAL)
_LEAK = int(Abuse.LEAK)

UNFINISHED = STREAMS - 1
"""Number of the reminder of a sign-up, in place of that of an invitation."""


@compiled
def _window_and_priority(world: World, phase: int, programme: int) -> tuple[float, int]:
    if programme < 0:
        return world.attribution_window_days, 0
    rules = world.programmes[phase, programme]
    return rules.window_days, whole(rules.priority)


@compiled
def _plain_takes_touch(
    world: World, state: State, time: float, _phase: int, other: int, _programme: int
) -> bool:
    one = state.people[other]
    keeps_first = world.attribution_rule == _FIRST_TOUCH and one.touched != 0
    return not (keeps_first and not time - one.touch_day > world.attribution_window_days)


@compiled
def _takes_touch(world: World, state: State, time: float, phase: int, other: int, programme: int) -> bool:
    one, more = state.people[other], state.more[other]
    window_days, priority = _window_and_priority(world, phase, programme)
    if one.touched != 0 and not time - one.touch_day > more.touch_window_days:
        is_equal = priority == more.touch_priority and world.attribution_rule != _FIRST_TOUCH
        if priority <= more.touch_priority and not is_equal:
            return False
    more.touch_window_days, more.touch_priority = window_days, priority
    return True


takes_touch = either(_plain_takes_touch, _takes_touch)
"""Whether a click becomes the touch of a person; if so, its window and priority are kept."""


@compiled
def _plain_touch_counts(world: World, state: State, time: float, person: int) -> bool:
    one = state.people[person]
    return bool(one.touched != 0 and time - one.touch_day <= world.attribution_window_days)


@compiled
def _touch_counts(_world: World, state: State, time: float, person: int) -> bool:
    one = state.people[person]
    return bool(one.touched != 0 and time - one.touch_day <= state.more[person].touch_window_days)


touch_counts = either(_plain_touch_counts, _touch_counts)
"""Whether a person who signs up has a touch that gets the credit."""


@compiled
def _plain_abused(_world: World, _state: State, _time: float, _phase: int, _person: int, _origin: int) -> int:
    return -1


@compiled
def _abused(world: World, state: State, time: float, phase: int, person: int, origin: int) -> int:
    if origin != _ORGANIC and origin != _PAID:
        return -1
    who = key_of(world, state, person)
    for programme in range(world.programmes.shape[1]):
        rules = world.programmes[phase, programme]
        both = rules.self_referral_probability + rules.leak_probability
        if both > 0.0 and is_open(world, state, time, phase, programme):
            u = chance(world, _ABUSE, who, programme, 0)
            if u < both:
                is_self = u < rules.self_referral_probability
                state.more[person].abuse = _SELF_REFERRAL if is_self else _LEAK
                return programme
    return -1


abused = either(_plain_abused, _abused)
"""The programme to which somebody who came unasked is credited by abuse, or -1."""


@compiled
def _chased(world: World, phase: int, person: int, programme: int) -> float:
    """Return the log-odds that a chasing agent adds, 0 for others."""
    if programme >= 0 and is_agent(world, person) and world.agents[person - world.n_people].chaser != 0:
        return world.programmes[phase, programme].chaser_effect  # type: ignore[no-any-return]
    return 0.0


@compiled
def _plain_heard_in_all(
    _world: World, _state: State, _phase: int, _person: int, _programme: int, _tie: float, heard: float
) -> float:
    return heard


@compiled
def _heard_in_all(
    world: World, state: State, phase: int, person: int, programme: int, tie: float, heard: float
) -> float:
    base, n_reviews = world.world[phase], state.counters[N_REVIEWS]
    if base.review_effect != 0.0:
        read = 1.0 - math.exp(-(n_reviews / base.review_scale))
        heard = heard + base.review_effect * read * (1.0 - tie)
    return heard + _chased(world, phase, person, programme)


heard_in_all = either(_plain_heard_in_all, _heard_in_all)
"""Log-odds of accepting from all that was heard: reviews and a chasing agent beside offers and talk."""


@compiled
def _most_in_all(
    world: World, _state: State, phase: int, person: int, programme: int, _tie: float, most: float
) -> float:
    rules = world.programmes[phase, max(0, programme)]
    if programme >= 0 and rules.remind_probability > 0.0:
        return math.inf  # a no has consequences too
    read = abs(real(world.world[phase].review_effect))
    return most + read + _chased(world, phase, person, programme)


most_in_all = either(_plain_heard_in_all, _most_in_all)
"""The same at most, whatever is heard until the decision; infinity if the decision must be seen."""


@compiled
def _plain_strength(_world: World, _person: int, strength: float) -> float:
    return strength


@compiled
def _strength(world: World, person: int, strength: float) -> float:
    return 0.0 if is_agent(world, person) else strength


strength_to = either(_plain_strength, _strength)
"""Strength of the tie to an inviter: agents are strangers to all."""


@compiled
def _plain_consents(
    _world: World, _state: State, _phase: int, _person: int, _other: int, _attempt: int
) -> bool:
    return True


@compiled
def _consents(world: World, state: State, phase: int, person: int, other: int, attempt: int) -> bool:
    payer = payer_of(world, other)
    if payer == other or state.people[payer].status == CUSTOMER:
        return True
    who, whom = key_of(world, state, person), key_of(world, state, other)
    return chance(world, _CONSENT, who, whom, attempt) < world.world[phase].consent_probability  # type: ignore[no-any-return]


consents = either(_plain_consents, _consents)
"""Whether the payer of somebody who wants to accept an invitation agrees."""


@compiled
def _schedule_reminder(
    world: World,
    state: State,
    time: float,
    phase: int,
    person: int,
    other: int,
    attempt: int,
    payload: int,
    programme: int,
) -> None:
    rules = world.programmes[phase, programme]
    if rules.remind_probability <= 0.0 or not is_open(world, state, time, phase, programme):
        return
    who, whom = key_of(world, state, person), key_of(world, state, other)
    if chance(world, _REMIND, who, whom, attempt) < rules.remind_probability:
        law, a, b = rules.remind_delay_law, rules.remind_delay_a, rules.remind_delay_b
        day = time + draw(place(world, _REMIND_DELAY, who, whom, attempt), law, a, b, world.table)
        schedule(world, state, day, _REMINDED_KIND, person, other, attempt, payload)


@compiled
def _plain_take_no(
    _world: World,
    _state: State,
    _time: float,
    _phase: int,
    _person: int,
    _other: int,
    _attempt: int,
    _payload: int,
) -> None:
    return


@compiled
def _take_no(
    world: World, state: State, time: float, phase: int, person: int, other: int, attempt: int, payload: int
) -> None:
    programme = whole(world.streams[phase, attempt % STREAMS].programme)
    status = state.people[person].status
    if programme >= 0 and status in (SIGNED, CUSTOMER):
        _schedule_reminder(world, state, time, phase, person, other, attempt, payload, programme)


take_no = either(_plain_take_no, _take_no)
"""Perhaps remind, later, somebody who does not accept an invitation."""


@compiled
def remind_unfinished(world: World, state: State, time: float, phase: int, person: int) -> None:
    """Perhaps have the parent remind, later, somebody who signed up and will not become a customer."""
    one = state.people[person]
    parent, programme = whole(one.parent), whole(one.programme)
    if one.origin == _INITIAL or parent < 0 or programme < 0 or is_agent(world, parent):
        return
    p = world.segments[phase, one.segment].activation_probability
    if chance(world, _ACTIVATION, key_of(world, state, person), 0, 0) >= p:
        _schedule_reminder(world, state, time, phase, parent, person, UNFINISHED, 0, programme)


@compiled
def finish(world: World, state: State, time: float, phase: int, person: int, other: int) -> None:
    """Remind somebody of a sign-up that was not finished: it may be finished now."""
    one = state.people[other]
    if one.status != SIGNED:
        return
    loop, channel, programme = one.loop, one.channel, whole(one.programme)
    write(world, state, time, _REMINDED_KIND, loop, channel, programme, person, other, UNFINISHED, 0, 0)
    mine = world.segments[phase, one.segment]
    who, whom = key_of(world, state, person), key_of(world, state, other)
    factor = world.programmes[phase, programme].remind_activation_factor
    if chance(world, _ANSWER, who, whom, UNFINISHED) < factor * mine.activation_probability:
        law, a, b = mine.activation_delay_law, mine.activation_delay_a, mine.activation_delay_b
        day = time + draw(place(world, _ACTIVATION_DELAY, whom, 0, 1), law, a, b, world.table)
        schedule(world, state, day, _ACTIVATED_KIND, other, whole(one.parent), 0, 0)
