"""Contacts in the compiled engine: whom a customer invites or tells, and what sets out with each invitation.

The order in which ties are chosen shows in no event, only which are chosen and the last order key;
so they are selected, not sorted. For an invitation's payload see :mod:`.kernel_funnel`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from referralsim.behaviour.response import share_probability
from referralsim.distributions import CountLaw, draw, draw_count
from referralsim.engine.contract import STREAMS, GraphKind, Stream, TieOrder
from referralsim.engine.kernel_queue import schedule
from referralsim.engine.kernel_state import (
    N_CONTACTS,
    N_PEOPLE,
    NO_SEGMENT,
    PROSPECT,
    TURNS,
    State,
    World,
    append,
    chance,
    compiled,
    count,
    count_by_segment,
    is_prospect,
    key_of,
    merged,
    place,
    real,
    whole,
    write,
)
from referralsim.eventlog.kinds import Kind, Loop
from referralsim.randomness import Purpose, about, chooser, top_bits, unit

_COUNT = int(Purpose.CONTACT_COUNT)
_ORDER = int(Purpose.CONTACT_ORDER)
_TARGET = int(Purpose.CONTACT_TARGET)
_FRESH_PERSON = int(Purpose.FRESH_PERSON)
_SEGMENT = int(Purpose.SEGMENT)
_ACTIVITY = int(Purpose.ACTIVITY)
_DELIVERED = int(Purpose.DELIVERED)
_DELIVERED_DELAY = int(Purpose.DELIVERED_DELAY)
_SHARED_KIND = int(Kind.SHARED)
_TOLD_KIND = int(Kind.TOLD)
_INVITED_KIND = int(Kind.INVITED)
_DELIVERED_KIND = int(Kind.DELIVERED)
_TIES = int(GraphKind.TIES)
_COMPLETE = int(GraphKind.COMPLETE)
_STRONG_FIRST = int(TieOrder.STRONG_FIRST)
_WEAK_FIRST = int(TieOrder.WEAK_FIRST)
_WORD_OF_MOUTH = int(Stream.WORD_OF_MOUTH)
_COMPLAINTS = int(Stream.COMPLAINTS)
_PROGRAMME = int(Stream.PROGRAMME)
_LOOP_OF_PROGRAMME = int(Loop.PROGRAMME)
_FIXED_COUNT = int(CountLaw.FIXED_COUNT)
_ALL = int(CountLaw.ALL)
_CLASS = 2**31


@merged
def tie_strength(world: World, row: int) -> float:
    """Return the strength of a tie by its row; row -1 is a contact outside the graph."""
    if row < 0:
        return world.fresh_strength
    if len(world.strong) > 0:
        return real(world.strong[row])
    if len(world.strength) == 1:
        return real(world.strength[0])
    return real(world.strength[row])


@compiled
def n_contacts(
    world: World, state: State, person: int, asked: int, phase: int, stream: int, code: int, k: int
) -> int:
    """Return how many contacts an occasion asks for; 0 if the stream is not enabled.

    The number is drawn for who was asked, who need not be the person that contacts others.
    """
    row = world.streams[phase, stream]
    if row.enabled == 0:
        return 0
    word = np.uint64(0)
    if row.count_law != _FIXED_COUNT and row.count_law != _ALL:
        word = place(world, _COUNT, key_of(world, state, asked), code, k)
    count = draw_count(word, row.count_law, row.count_a, row.count_b)
    if world.graph_kind == _TIES:
        return min(count, world.offsets[person + 1] - world.offsets[person])  # type: ignore[no-any-return]
    if world.graph_kind == _COMPLETE:
        return min(count, world.n_people - 1)
    return min(count, room_for_people(world, state))


@compiled
def room_for_people(world: World, state: State) -> int:
    """Return how many fresh contacts make one person too many. Agents are no persons."""
    return world.max_people + 1 - whole(state.counters[N_PEOPLE] - len(world.agents))


@compiled
def new_person(world: World, state: State, key: Any) -> int:
    """Add a fresh contact to the people and return the index. Room was made sure of before."""
    person = state.counters[N_PEOPLE]
    state.counters[N_PEOPLE] = person + 1
    state.keys[person] = key
    u = chance(world, _SEGMENT, key, 0, 0)
    segment = 0
    while segment + 1 < len(world.fresh_shares) and u >= world.fresh_shares[segment]:
        segment += 1
    state.people[person].segment = segment
    word = place(world, _ACTIVITY, key, 0, 0)
    state.activity[person] = draw(word, world.activity_law, world.activity_a, world.activity_b, world.table)
    return person  # type: ignore[no-any-return]


@compiled
def _partition(values: Any, low: int, high: int) -> int:
    """Split ``values[low:high + 1]`` around its middle value and return where that value is."""
    middle = (low + high) >> 1
    pivot = values[middle]
    values[middle] = values[high]
    store = low
    for index in range(low, high):
        if values[index] < pivot:
            values[store], values[index] = values[index], values[store]
            store += 1
    values[high] = values[store]
    values[store] = pivot
    return store


@compiled
def _smallest(values: Any, n: int, m: int) -> int:
    """Return the m-th smallest of ``values[:n]`` (which is reordered); values are distinct or equal alike."""
    low, high = 0, n - 1
    while low < high:
        store = _partition(values, low, high)
        if store == m - 1:
            break
        if store < m - 1:
            low = store + 1
        else:
            high = store - 1
    return values[m - 1]  # type: ignore[no-any-return]


@compiled
def _order_key(world: World, base: Any, tie_order: int, row: int) -> int:
    key = whole(top_bits(about(base, world.neighbours[row])))
    if tie_order == _STRONG_FIRST and tie_strength(world, row) < 0.5:
        key += _CLASS
    if tie_order == _WEAK_FIRST and tie_strength(world, row) >= 0.5:
        key += _CLASS
    return key


@compiled
def _eligible(
    world: World, state: State, person: int, stream: int, tie_order: int, round_number: int, last_key: int
) -> int:
    """Collect the ties whose key lies beyond ``last_key`` in ``scratch``: keys and rows. Return how many."""
    attempt = round_number * STREAMS + stream
    base = chooser(world.draws[_ORDER], person, attempt)
    n = 0
    for row in range(world.offsets[person], world.offsets[person + 1]):
        key = _order_key(world, base, tie_order, row)
        if key > last_key:
            state.scratch[0, n] = key
            state.scratch[1, n] = row
            n += 1
    return n


@compiled
def _keep_smallest(state: State, n: int, m: int) -> int:
    """Keep in ``scratch`` the m ties with the smallest keys, the earlier row first. Return the last key."""
    keys, rows, copy = state.scratch[0], state.scratch[1], state.scratch[2]
    for index in range(n):
        copy[index] = keys[index]
    limit = _smallest(copy, n, m)
    below = 0
    for index in range(n):
        below += keys[index] < limit
    at_limit = m - below
    kept = 0
    for index in range(n):
        if keys[index] > limit:
            continue
        if keys[index] == limit:
            if at_limit == 0:
                continue
            at_limit -= 1
        keys[kept] = keys[index]
        rows[kept] = rows[index]
        kept += 1
    return limit


@merged
def _all_ties(world: World, state: State, person: int) -> int:
    """Collect the rows of all ties in ``scratch``, without keys. Return how many."""
    first, end = world.offsets[person], world.offsets[person + 1]
    for row in range(first, end):
        state.scratch[1, row - first] = row
    return end - first  # type: ignore[no-any-return]


@compiled
def _share(
    world: World,
    state: State,
    person: int,
    phase: int,
    programme: int,
    extra: float,
    moment: float,
    n_asks: int,
    tie: float,
) -> float:
    brand = world.segments[phase, state.people[person].segment].brand
    return share_probability(world.programmes[phase, programme], brand, tie, extra, moment, n_asks)


@merged
def _keep_willing(
    world: World,
    state: State,
    person: int,
    phase: int,
    programme: int,
    n: int,
    u: float,
    extra: float,
    moment: float,
    n_asks: int,
) -> int:
    """Keep in ``scratch`` the chosen ties over which the person shares. Return how many."""
    rows = state.scratch[1]
    if u == 0.0:  # certain over every tie
        return n
    kept = 0
    for index in range(n):
        tie = tie_strength(world, rows[index])
        if u < _share(world, state, person, phase, programme, extra, moment, n_asks, tie):
            rows[kept] = rows[index]
            kept += 1
    return kept


@merged
def count_contacts(world: World, state: State, phase: int, person: int, stream: int, n: int) -> None:
    """Add n invitations, or tellings, or both, to the tally."""
    if world.tallies == 0:
        return
    rules = world.streams[phase, stream]
    if stream in (_WORD_OF_MOUTH, _COMPLAINTS):
        sign = 1 if stream == _WORD_OF_MOUTH else -1
        count(state, _TOLD_KIND, rules.loop, rules.channel, -1, n, sign * n, 0)
    if stream != _COMPLAINTS:
        count(state, _INVITED_KIND, rules.loop, rules.channel, rules.programme, n, 0, 0)
        count_by_segment(world, state, _INVITED_KIND, state.people[person].segment, n)


@compiled
def _tell(
    world: World, state: State, time: float, phase: int, person: int, other: int, stream: int, attempt: int
) -> None:
    """Tell one person well or badly of the product. Only a prospect minds."""
    rules = world.streams[phase, stream]
    sign = 1 if stream == _WORD_OF_MOUTH else -1
    one = state.people[other]
    if one.status == PROSPECT:
        one.balance += sign * rules.weight
    append(world, state, time, _TOLD_KIND, rules.loop, rules.channel, -1, person, other, attempt, sign, 0)


@merged
def _set_out(
    world: World,
    state: State,
    time: float,
    phase: int,
    person: int,
    other: int,
    attempt: int,
    row: int,
    channel: int,
) -> None:
    """Send an invitation that will be delivered on its way, if it reaches a prospect."""
    if not is_prospect(state, other):
        return
    way = world.channels[phase, channel]
    delay = way.delivered_delay_a
    if way.delivered_delay_law != 0:
        word = place(
            world, _DELIVERED_DELAY, key_of(world, state, person), key_of(world, state, other), attempt
        )
        delay = draw(word, way.delivered_delay_law, delay, way.delivered_delay_b, world.table)
    payload = ((whole(state.people[person].segment) & NO_SEGMENT) << 48) | ((row + 1) << 8) | channel
    schedule(world, state, time + delay, _DELIVERED_KIND, person, other, attempt, payload)


@compiled
def invite(
    world: World,
    state: State,
    time: float,
    phase: int,
    person: int,
    other: int,
    stream: int,
    attempt: int,
    row: int,
    base: Any,
) -> None:
    """Tell or invite one person; the invitation sets out if it will be delivered.

    ``base`` is the chooser's half of the address of the delivery, the same for a whole row of ties.
    """
    if stream in (_WORD_OF_MOUTH, _COMPLAINTS):
        _tell(world, state, time, phase, person, other, stream, attempt)
        if stream == _COMPLAINTS:
            return
    rules = world.streams[phase, stream]
    loop, channel, programme = rules.loop, rules.channel, rules.programme
    append(world, state, time, _INVITED_KIND, loop, channel, programme, person, other, attempt, 0, 0)
    # the draw first: most invitations then need no look at the other person
    if unit(about(base, key_of(world, state, other))) < world.channels[phase, channel].delivered_probability:
        _set_out(world, state, time, phase, person, other, attempt, row, channel)


@compiled
def contact(
    world: World,
    state: State,
    time: float,
    phase: int,
    person: int,
    asked: int,
    stream: int,
    code: int,
    k: int,
    u: float,
    extra: float,
    moment: float,
    n_asks: int,
) -> None:
    """Contact people for stream ``stream`` at occasion ``k``.

    Parameters
    ----------
    asked : int
        Who was asked; mostly the same, but the payer of a household may share in his place.
    code : int
        The draw of the number is about this: the stream, or 16 + ask rule.
    u, extra, moment, n_asks :
        For a programme, the draw and the circumstances of the decision to share; ``u = -1.0``
        puts no condition on ties, 0.0 is a certain yes.
    """
    m = n_contacts(world, state, person, asked, phase, stream, code, k)
    if m <= 0:
        return
    state.counters[N_CONTACTS] += m
    if world.graph_kind == _TIES:
        _contact_ties(world, state, time, phase, person, asked, stream, code, k, m, u, extra, moment, n_asks)
        return
    if u >= 0.0:
        programme = stream - _PROGRAMME
        tie = world.fresh_strength
        if u > 0.0 and u >= _share(world, state, person, phase, programme, extra, moment, n_asks, tie):
            return
        _log_share(world, state, time, asked, code, k, programme, m)
    relation = state.relations[state.people[person].slot, world.columns[stream]]
    relation.contact_day = time
    count_contacts(world, state, phase, person, stream, m)
    for _ in range(m):
        round_number = relation.turn // TURNS
        relation.turn += TURNS
        who = key_of(world, state, person)
        if world.graph_kind == _COMPLETE:
            n_others = world.n_people - 1
            other = int(chance(world, _TARGET, who, stream, round_number) * n_others)
            if other >= person:
                other += 1
        else:
            other = new_person(world, state, place(world, _FRESH_PERSON, who, stream, round_number))
        attempt = round_number * STREAMS + stream
        base = chooser(world.draws[_DELIVERED], who, attempt)
        invite(world, state, time, phase, person, other, stream, attempt, -1, base)


@merged
def _log_share(
    world: World, state: State, time: float, person: int, code: int, k: int, programme: int, n: int
) -> None:
    rule = code - 16
    loop = _LOOP_OF_PROGRAMME
    write(world, state, time, _SHARED_KIND, loop, -1, programme, person, rule, k, n, 0)
    count_by_segment(world, state, _SHARED_KIND, state.people[person].segment, 1)


@merged
def _contact_ties(
    world: World,
    state: State,
    time: float,
    phase: int,
    person: int,
    asked: int,
    stream: int,
    code: int,
    k: int,
    m: int,
    u: float,
    extra: float,
    moment: float,
    n_asks: int,
) -> None:
    rules = world.streams[phase, stream]
    relation = state.relations[state.people[person].slot, world.columns[stream]]
    round_number, last_key = relation.turn // TURNS, relation.turn % TURNS
    everybody = m == world.offsets[person + 1] - world.offsets[person]
    n = 0
    if not (everybody and last_key == 0):
        n = _eligible(world, state, person, stream, rules.tie_order, round_number, last_key)
        if n == 0:
            if not time - relation.contact_day >= rules.cooldown_days:
                return
            round_number += 1
            if not everybody:
                n = _eligible(world, state, person, stream, rules.tie_order, round_number, 0)
    if n == 0:
        n = _all_ties(world, state, person)
    # once all have had their turn, any key above theirs says so
    last_key = TURNS - 1
    if m < n:
        last_key = _keep_smallest(state, n, m)
        n = m
    if u >= 0.0:
        n = _keep_willing(world, state, person, phase, stream - _PROGRAMME, n, u, extra, moment, n_asks)
        if n == 0:
            return
        _log_share(world, state, time, asked, code, k, stream - _PROGRAMME, n)
    relation.turn = round_number * TURNS + last_key
    relation.contact_day = time
    count_contacts(world, state, phase, person, stream, n)
    _invite_ties(world, state, time, phase, person, stream, round_number * STREAMS + stream, n)


@merged
def _invite_ties(
    world: World, state: State, time: float, phase: int, person: int, stream: int, attempt: int, n: int
) -> None:
    """Tell or invite those at the other end of the n ties whose rows are in ``scratch``."""
    base = chooser(world.draws[_DELIVERED], person, attempt)
    channel = whole(world.streams[phase, stream].channel)
    rows = state.scratch[1]
    if (world.log_mask >> _INVITED_KIND) & 1 != 0 or stream in (_WORD_OF_MOUTH, _COMPLAINTS):
        for index in range(n):
            other = whole(world.neighbours[rows[index]])
            invite(world, state, time, phase, person, other, stream, attempt, rows[index], base)
        return
    p = world.channels[phase, channel].delivered_probability
    # no branches: which invitations arrive cannot be foreseen, by a processor either
    kept = 0
    for index in range(n):
        row = rows[index]
        rows[kept] = row
        kept += unit(about(base, whole(world.neighbours[row]))) < p
    for index in range(kept):
        other = whole(world.neighbours[rows[index]])
        _set_out(world, state, time, phase, person, other, attempt, rows[index], channel)
