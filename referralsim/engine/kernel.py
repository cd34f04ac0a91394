"""The compiled engine's main loop: take the earliest pending event, do what ``docs/model.md`` says, repeat.

This is the model's state machine written for speed: no objects, one record a person, and no event for
what leaves no trace (a plain use, a stage of an invitation that fails, a decision that cannot be yes).
:mod:`referralsim.engine.fast` drives it; its log is that of the reference engine, bit for bit.

Before an event is touched, :func:`_has_room` makes sure that all it could write and schedule fits, so
the kernel never leaves half an event behind when it comes back for more memory.
"""

from __future__ import annotations

from referralsim.behaviour.rates import next_time, phase_at
from referralsim.distributions import exponential
from referralsim.engine.contract import GraphKind, Stream, Trigger
from referralsim.engine.kernel_ask import ask, fire
from referralsim.engine.kernel_care import feel, is_present
from referralsim.engine.kernel_contact import contact, n_contacts, new_person
from referralsim.engine.kernel_funnel import accepts, credit_of_invitation, pass_stage
from referralsim.engine.kernel_grammar import (
    after_purchase,
    after_signup,
    before_signup_qualifies,
    further_contacts,
    happen_further,
    is_further,
    n_grants,
    own_rows,
    reminded,
    rewards_room,
    share_more,
    sharer,
    start_more,
)
from referralsim.engine.kernel_life import (
    activate,
    churn,
    purchase,
    refund,
    schedule_use,
    sign_up,
)
from referralsim.engine.kernel_programme import qualify, settle
from referralsim.engine.kernel_queue import (
    actor_of,
    attempt_of,
    has_room,
    kind_of,
    look,
    payload_of,
    schedule,
    take,
    target_of,
    time_of,
    turn_to_next_bucket,
)
from referralsim.engine.kernel_remind import take_no
from referralsim.engine.kernel_shared import shared
from referralsim.engine.kernel_state import (
    IN_HAND,
    N_CONTACTS,
    N_EVENTS,
    N_LOG,
    N_NEAR,
    N_PEOPLE,
    NEXT_ARRIVAL,
    PROSPECT,
    ROOM,
    SPENT_CENTS,
    ExitReason,
    State,
    World,
    chance,
    compiled,
    entry,
    key_of,
    merged,
    place,
    whole,
    write,
)
from referralsim.eventlog.kinds import Kind, Origin
from referralsim.randomness import Purpose

_GOING = int(ExitReason.GOING)
_PAUSE = int(ExitReason.PAUSE)
_LOG_FULL = int(ExitReason.LOG_FULL)
_QUEUE_FULL = int(ExitReason.QUEUE_FULL)
_PEOPLE_FULL = int(ExitReason.PEOPLE_FULL)
_TOO_MANY_PEOPLE = int(ExitReason.TOO_MANY_PEOPLE)

_ARRIVAL = int(Kind.ARRIVAL)
_SIGNED_UP = int(Kind.SIGNED_UP)
_ACTIVATED = int(Kind.ACTIVATED)
_USED = int(Kind.USED)
_DELIGHTED = int(Kind.DELIGHTED)
_LET_DOWN = int(Kind.LET_DOWN)
_PURCHASED = int(Kind.PURCHASED)
_REFUNDED = int(Kind.REFUNDED)
_SETTLED = int(Kind.REWARD_SETTLED)
_ASKED = int(Kind.ASKED)
_DECIDED = int(Kind.DECIDED)
_CHURNED = int(Kind.CHURNED)
_REMINDED = int(Kind.REMINDED)

_INITIAL = int(Origin.INITIAL)
_ORGANIC = int(Origin.ORGANIC_ARRIVAL)
_PAID = int(Origin.PAID)
_INVITATION = int(Origin.INVITATION)

_INNOVATION = int(Purpose.INNOVATION)
_ARRIVAL_GAP = int(Purpose.ARRIVAL_GAP)
_FRESH_PERSON = int(Purpose.FRESH_PERSON)
_MOMENT = int(Purpose.MOMENT)
_LOOP_HAPPENS = int(Purpose.LOOP_HAPPENS)

_FRESH = int(GraphKind.FRESH)
_TIES = int(GraphKind.TIES)
_WORD_OF_MOUTH = int(Stream.WORD_OF_MOUTH)
_COMPLAINTS = int(Stream.COMPLAINTS)
_PROGRAMME = int(Stream.PROGRAMME)
_HAPPY_MOMENT = int(Trigger.HAPPY_MOMENT)
_UNHAPPY_MOMENT = int(Trigger.UNHAPPY_MOMENT)
_ON_SIGNUP = int(Trigger.SIGNUP)
_ON_PURCHASE = int(Trigger.PURCHASE)
_CONTACTS_AN_EVENT = 16
_BATCH = 32  # events for which room is made sure of at once
_FRESH_ARRIVAL = 255  # stands for the stream in the key of somebody who comes unasked


@entry
def start(world: World, state: State) -> None:
    """Schedule what begins at time 0. The calendar must have room for one event a person and two more."""
    _start(shared(world), shared(state))


@compiled
def _start(world: World, state: State) -> None:
    for index in range(len(world.initial)):
        schedule(world, state, 0.0, _SIGNED_UP, world.initial[index], -1, _INITIAL, 0)
    bass = False
    for phase in range(len(world.starts)):
        bass = bass or world.arrival_rate[phase, 2] > 0.0
    if bass and world.graph_kind != _FRESH:
        following = 0
        for person in range(world.n_people):
            if following < len(world.initial) and world.initial[following] == person:
                following += 1
                continue
            work = exponential(chance(world, _INNOVATION, person, 0, 0))
            day = next_time(0.0, work, world.arrival_rate, 2, 1.0, world.starts)
            schedule(world, state, day, _SIGNED_UP, person, -1, _ORGANIC, 0)
    _schedule_arrival(world, state, 0.0, _ORGANIC, 0)
    _schedule_arrival(world, state, 0.0, _PAID, 0)
    start_more(world, state)


@compiled
def _schedule_arrival(world: World, state: State, now: float, origin: int, k: int) -> None:
    work = exponential(chance(world, _ARRIVAL_GAP, origin, 0, k))
    day = next_time(now, work, world.arrival_rate, origin - 1, 1.0, world.starts)
    schedule(world, state, day, _ARRIVAL, origin, -1, k, 0)


@compiled
def _arrive(world: World, state: State, time: float, phase: int, origin: int, k: int) -> int:
    """Return who comes by an arrival stream, or -1 if the stream ends; schedule its next tick."""
    counters = state.counters
    base = world.world[phase]
    cost = base.paid_cost_cents if origin == _PAID else 0
    budget = base.paid_budget_cents if origin == _PAID else -1
    if budget >= 0 and counters[SPENT_CENTS] + cost > budget:
        return -1
    if world.graph_kind == _FRESH:
        person = new_person(world, state, place(world, _FRESH_PERSON, origin, _FRESH_ARRIVAL, k))
    else:
        following = counters[NEXT_ARRIVAL]
        n = len(world.arrival_order)
        while following < n and state.people[world.arrival_order[following]].status != PROSPECT:
            following += 1
        counters[NEXT_ARRIVAL] = following
        if following == n:
            return -1
        person = whole(world.arrival_order[following])
    counters[SPENT_CENTS] += cost
    _schedule_arrival(world, state, time, origin, k + 1)
    return person


@merged
def _joins(
    world: World,
    state: State,
    time: float,
    phase: int,
    kind: int,
    actor: int,
    target: int,
    attempt: int,
    payload: int,
) -> tuple[int, int]:
    """Return who signs up at this event, or -1, and how they really came."""
    if kind == _ARRIVAL:
        return _arrive(world, state, time, phase, actor, attempt), actor
    if kind == _REMINDED:
        yes = reminded(world, state, time, phase, actor, target, attempt, payload)
        return target if yes else -1, _INVITATION
    person = actor if kind == _SIGNED_UP else target
    if state.people[person].status != PROSPECT:
        return -1, 0
    if kind == _SIGNED_UP:
        return actor, attempt
    if accepts(world, state, phase, actor, target, attempt, payload):
        return target, _INVITATION
    take_no(world, state, time, phase, actor, target, attempt, payload)
    return -1, 0


@compiled
def _use(world: World, state: State, time: float, phase: int, person: int, k: int) -> tuple[int, int]:
    """Use the product; return the trigger of the moment, or -1, and the streams set off, as bits."""
    schedule_use(world, state, time, person, k + 1)
    who = key_of(world, state, person)
    one = state.people[person]
    mine = world.segments[phase, one.segment]
    v = chance(world, _MOMENT, who, 0, k)
    trigger, talk = -1, -1
    if v < mine.happy_probability:
        trigger, talk, kind, moment = _HAPPY_MOMENT, _WORD_OF_MOUTH, _DELIGHTED, 1
    elif v < mine.happy_probability + mine.unhappy_probability:
        trigger, talk, kind, moment = _UNHAPPY_MOMENT, _COMPLAINTS, _LET_DOWN, 2
    else:
        kind, moment = 0, 0
    if trigger >= 0:
        one.moment = moment
        one.moment_day = time
        write(world, state, time, kind, -1, -1, -1, person, -1, k, 0, 0)
        feel(world, state, time, phase, person, k)
    streams = 0
    for stream in range(_PROGRAMME):
        if stream >= _WORD_OF_MOUTH and stream != talk:
            continue
        rules = world.streams[phase, stream]
        if rules.enabled != 0 and chance(world, _LOOP_HAPPENS, who, stream, k) < rules.probability:
            streams |= 1 << stream
    return trigger, streams


@compiled
def _contact_streams(
    world: World, state: State, time: float, phase: int, person: int, k: int, streams: int
) -> None:
    """Contact for each stream that a use has set off: word of mouth or complaints first."""
    left, turn = streams, 0
    while left != 0:
        stream = (turn + _WORD_OF_MOUTH) % _PROGRAMME
        if (left >> stream) & 1 != 0:
            contact(world, state, time, phase, person, person, stream, stream, k, -1.0, 0.0, 1.0, 0)
            left &= ~(1 << stream)
        turn += 1


@merged
def _happen(
    world: World,
    state: State,
    time: float,
    kind: int,
    actor: int,
    target: int,
    attempt: int,
    payload: int,
) -> None:
    """Process one event, and what it occasions at once: asks, a qualification, contacts."""
    phase = phase_at(time, world.starts)
    person, trigger, occasion, basket = actor, -1, attempt, -1
    if is_further(kind):
        trigger, occasion = happen_further(world, state, time, phase, kind, actor, attempt, payload)
    elif kind <= _SIGNED_UP or kind in (_DECIDED, _REMINDED):
        person, origin = _joins(world, state, time, phase, kind, actor, target, attempt, payload)
        if person < 0:
            return
        # a loop of arrivals has the number of its origin
        parent, loop, channel, programme = -1, origin, -1, -1
        if origin == _INVITATION:
            parent = actor
            loop, channel, programme = credit_of_invitation(world, phase, attempt, payload)
        trigger, occasion, basket = sign_up(
            world, state, time, phase, person, origin, parent, loop, channel, programme
        )
    elif kind == _USED:
        if is_present(world, state, actor, attempt):
            trigger, streams = _use(world, state, time, phase, actor, attempt)
            _contact_streams(world, state, time, phase, actor, attempt, streams)
    elif kind == _ASKED:
        who, u, extra, moment, n_asks = ask(world, state, time, phase, actor, target, attempt)
        if u >= 0.0:
            stream = _PROGRAMME + world.asks[phase, world.ask_rows[target]].programme
            code = 16 + target
            contact(world, state, time, phase, who, actor, stream, code, attempt, u, extra, moment, n_asks)
            share_more(world, state, time, phase, actor, target, attempt)
    elif kind == _ACTIVATED:
        trigger, occasion, basket = activate(world, state, time, phase, actor)
    elif kind == _PURCHASED:
        trigger, occasion, basket = purchase(world, state, time, phase, actor, attempt)
    elif kind == _REFUNDED:
        refund(world, state, time, phase, actor, attempt, payload)
    elif kind == _SETTLED:
        settle(world, state, time, phase, actor, target, attempt, payload)
    elif kind == _CHURNED:
        churn(world, state, time, phase, actor, attempt)
    else:
        pass_stage(world, state, time, phase, kind, actor, target, attempt, payload)
    if trigger >= 0:
        fire(world, state, time, phase, trigger, person, occasion)
    if trigger == _ON_SIGNUP:
        before_signup_qualifies(world, state, time, phase, person, occasion)
    if basket >= 0:
        qualify(world, state, time, phase, person, basket)
    if trigger == _ON_SIGNUP:
        after_signup(world, state, time, phase, person, occasion)
    elif trigger == _ON_PURCHASE:
        after_purchase(world, state, time, phase, person, occasion)


@compiled
def _most_contacts(world: World, state: State) -> int:
    """Return how many contacts the next event can make at most."""
    kind = kind_of(state)
    if kind != _USED and kind != _ASKED:
        return further_contacts(world, state)
    person, k = actor_of(state), attempt_of(state)
    phase = phase_at(time_of(state), world.starts)
    if kind == _ASKED:
        rule = target_of(state)
        stream = _PROGRAMME + world.asks[phase, world.ask_rows[rule]].programme
        who = sharer(world, state, phase, person, rule)
        return max(0, n_contacts(world, state, who, person, phase, stream, 16 + rule, k))
    n = 0
    for stream in range(_PROGRAMME):
        n += max(0, n_contacts(world, state, person, person, phase, stream, stream, k))
    return n


@compiled
def _has_room(world: World, state: State) -> int:
    """Return GOING if whatever the next event does fits, else which memory is short.

    ``counters[ROOM]`` then holds how many entries must be free.
    """
    counters = state.counters
    n = _most_contacts(world, state)
    n_rewards = n_grants(world, state)
    own = 8 + 2 * world.asks.shape[1] + own_rows(world) + n_rewards
    n_rows = own + 2 * n if world.log_mask < 0 else own
    if world.log_mask != 0 and counters[N_LOG] + n_rows > len(state.log):
        counters[ROOM] = n_rows
        return _LOG_FULL
    if not has_room(state, own + n):
        counters[ROOM] = own + n
        return _QUEUE_FULL
    if world.graph_kind == _FRESH and counters[N_PEOPLE] + n + 1 > len(state.people):
        counters[ROOM] = n + 1
        return _PEOPLE_FULL
    return rewards_room(world, state, n_rewards)


@compiled
def _batch_has_room(world: World, state: State) -> bool:
    """Return whether the next ``_BATCH`` events fit, even if each of them contacts all ties there can be."""
    if world.graph_kind != _TIES or world.grammar is not None:
        return False
    counters = state.counters
    most = _BATCH * world.most_contacts
    own = _BATCH * (8 + 2 * world.asks.shape[1])
    n_rows = own + 2 * most if world.log_mask < 0 else own
    if world.log_mask != 0 and counters[N_LOG] + n_rows > len(state.log):
        return False
    return has_room(state, own + most)


@entry
def play(world: World, state: State, n_events: int) -> int:
    """Process events in order until memory runs short, ``n_events`` are done or nothing is pending.

    Contacts are work too: 16 of them count as an event, so that a call never takes long.

    Returns
    -------
    ExitReason
        As a number; after LOG_FULL, QUEUE_FULL and PEOPLE_FULL ``counters[ROOM]`` says what is needed.
    """
    world_here, state_here = shared(world), shared(state)
    counters = state.counters
    left, n_fit = n_events, 0
    while left > 0:
        if counters[N_NEAR] == 0 and counters[IN_HAND] == 0:
            reason = turn_to_next_bucket(world_here, state_here)
            if reason != _GOING:
                return reason
            n_fit = 0
        look(state_here)
        if n_fit == 0:
            n_fit = _BATCH if _batch_has_room(world_here, state_here) else 1
            if n_fit == 1:
                reason = _has_room(world_here, state_here)
                if reason != _GOING:
                    return reason
        n_fit -= 1
        time, kind, actor = time_of(state_here), kind_of(state_here), actor_of(state_here)
        target, attempt = target_of(state_here), attempt_of(state_here)
        payload = payload_of(state_here)
        take(state_here)
        counters[N_EVENTS] += 1
        counters[N_CONTACTS] = 0
        _happen(world_here, state_here, time, kind, actor, target, attempt, payload)
        left -= 1 + counters[N_CONTACTS] // _CONTACTS_AN_EVENT
        if world.graph_kind == _FRESH and counters[N_PEOPLE] - len(world.agents) > world.max_people:
            return _TOO_MANY_PEOPLE
    return _PAUSE
