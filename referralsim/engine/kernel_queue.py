"""The calendar of the compiled engine: time buckets, of which the present one is a small heap.

An event is four 64-bit words: the bits of its time (which sort like the time, as no time is
negative), ``kind << 32 | actor``, ``(target + 64) << 32 | attempt`` (a target that is nobody is
negative), and a payload that does not count in the order. Events of later buckets lie unsorted in
chunks of 15; a bucket becomes a heap when its turn comes. The heap then fits into a processor's cache
however many events are pending, and the order is exact, because a later bucket holds later times only.

One event that is scheduled at the present instant is not put into the heap but kept in hand: if it is
earlier than all in the heap it is simply the next, which saves most of the work where stages of an
invitation follow upon each other at once.

Source of the idea: R. Brown, *Calendar queues*, Comm. ACM 31(10), 1988, doi:10.1145/63039.63045.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from referralsim.engine.contract import GraphKind
from referralsim.engine.kernel_prefetch import fetch
from referralsim.engine.kernel_state import (
    BUCKET,
    FREE_CHUNK,
    IN_HAND,
    N_CHUNKS,
    N_FREE_CHUNKS,
    N_NEAR,
    NEXT_IN_HAND,
    ROOM,
    ExitReason,
    State,
    World,
    compiled,
    merged,
    whole,
)
from referralsim.eventlog.kinds import Kind

CHUNK_ENTRIES = 15
_DELIVERED = np.uint64(Kind.DELIVERED)
_TIES = int(GraphKind.TIES)
_DONE = int(ExitReason.DONE)
_GOING = int(ExitReason.GOING)
_QUEUE_FULL = int(ExitReason.QUEUE_FULL)
_LOW = np.uint64(0xFFFFFFFF)
_ABOVE_NOBODY = 64
_32 = np.uint64(32)
# rows of State.hand: the event in hand, the next event, the present time
_HELD, _NEXT, _NOW = 0, 1, 2


@merged
def kind_of(state: State) -> int:
    """Return the kind of the next event."""
    return whole(state.hand[_NEXT, 1] >> _32)


@merged
def actor_of(state: State) -> int:
    """Return the actor of the next event."""
    return whole(state.hand[_NEXT, 1] & _LOW)


@merged
def target_of(state: State) -> int:
    """Return the target of the next event; nobody is negative."""
    return whole(state.hand[_NEXT, 2] >> _32) - _ABOVE_NOBODY


@merged
def attempt_of(state: State) -> int:
    """Return the attempt number of the next event."""
    return whole(state.hand[_NEXT, 2] & _LOW)


@merged
def payload_of(state: State) -> int:
    """Return the payload of the next event."""
    return whole(state.hand[_NEXT, 3])


@merged
def time_of(state: State) -> float:
    """Return the time of the next event in days."""
    return np.uint64(state.hand[_NEXT, 0]).view(np.float64)


@merged
def _sift_up(near: Any, place: int, time: Any, upper: Any, lower: Any, payload: Any) -> None:
    while place > 0:
        above = (place - 1) >> 2
        if near[above, 0] < time:
            break
        if near[above, 0] == time:
            if near[above, 1] < upper:
                break
            if near[above, 1] == upper and near[above, 2] <= lower:
                break
        near[place, 0] = near[above, 0]
        near[place, 1] = near[above, 1]
        near[place, 2] = near[above, 2]
        near[place, 3] = near[above, 3]
        place = above
    near[place, 0] = time
    near[place, 1] = upper
    near[place, 2] = lower
    near[place, 3] = payload


@merged
def _first_child(near: Any, n: int, place: int) -> int:
    """Return the place of the earliest child, or -1 for a leaf."""
    child = 4 * place + 1
    if child >= n:
        return -1
    best = child
    for other in range(child + 1, min(child + 4, n)):
        if near[other, 0] > near[best, 0]:
            continue
        if near[other, 0] == near[best, 0]:
            if near[other, 1] > near[best, 1]:
                continue
            if near[other, 1] == near[best, 1] and near[other, 2] >= near[best, 2]:
                continue
        best = other
    return best


@merged
def _fill_hole(near: Any, n: int) -> None:
    """Move the entry at ``n`` into the hole at the top: down to a leaf, then up from there."""
    place = 0
    while True:
        child = _first_child(near, n, place)
        if child < 0:
            break
        near[place, 0] = near[child, 0]
        near[place, 1] = near[child, 1]
        near[place, 2] = near[child, 2]
        near[place, 3] = near[child, 3]
        place = child
    _sift_up(near, place, near[n, 0], near[n, 1], near[n, 2], near[n, 3])


@merged
def _comes_first(hand: Any, near: Any) -> bool:
    """Return whether the event in hand comes before the first of the heap."""
    for word in range(3):
        if hand[_HELD, word] != near[0, word]:
            return hand[_HELD, word] < near[0, word]  # type: ignore[no-any-return]
    return True


@merged
def look(state: State) -> None:
    """Find the next event, which functions of this module then tell about."""
    counters = state.counters
    held = counters[IN_HAND] != 0
    if held and counters[N_NEAR] > 0:
        held = _comes_first(state.hand, state.near)
    counters[NEXT_IN_HAND] = held
    for word in range(4):
        state.hand[_NEXT, word] = state.hand[_HELD, word] if held else state.near[0, word]


@merged
def take(state: State) -> None:
    """Take the event that was looked at out of the calendar: its time is now the present."""
    state.hand[_NOW, 0] = state.hand[_NEXT, 0]
    if state.counters[NEXT_IN_HAND] != 0:
        state.counters[IN_HAND] = 0
        return
    n = state.counters[N_NEAR] - 1
    state.counters[N_NEAR] = n
    if n > 0:
        _fill_hole(state.near, n)


@merged
def schedule(
    world: World, state: State, time: float, kind: int, actor: int, target: int, attempt: int, payload: int
) -> None:
    """Put an event into the calendar, unless it lies at or after the horizon."""
    if not time < world.horizon_days:
        return
    bits = np.float64(time).view(np.uint64)
    upper = (np.uint64(kind) << _32) | np.uint64(actor)
    lower = (np.uint64(target + _ABOVE_NOBODY) << _32) | np.uint64(attempt)
    if bits == state.hand[_NOW, 0] and state.counters[IN_HAND] == 0:
        state.counters[IN_HAND] = 1
        state.hand[_HELD, 0] = bits
        state.hand[_HELD, 1] = upper
        state.hand[_HELD, 2] = lower
        state.hand[_HELD, 3] = np.uint64(payload)
        return
    _put_off(world, state, time, bits, upper, lower, payload)


@compiled
def _put_off(
    world: World, state: State, time: float, bits: Any, upper: Any, lower: Any, payload: int
) -> None:
    """Put an event into the heap of the present bucket, or into the chunks of a later one."""
    counters = state.counters
    bucket = min(int(time * world.buckets_per_day), len(state.counts) - 1)
    if bucket <= counters[BUCKET]:
        n = counters[N_NEAR]
        counters[N_NEAR] = n + 1
        _sift_up(state.near, n, bits, upper, lower, np.uint64(payload))
        return
    slot = state.counts[bucket] % CHUNK_ENTRIES
    if slot == 0:
        _new_chunk(state, bucket)
    chunk = state.heads[bucket]
    state.far[chunk, slot + 1, 0] = bits
    state.far[chunk, slot + 1, 1] = upper
    state.far[chunk, slot + 1, 2] = lower
    state.far[chunk, slot + 1, 3] = np.uint64(payload)
    state.counts[bucket] += 1


@compiled
def _new_chunk(state: State, bucket: int) -> None:
    counters = state.counters
    chunk = counters[FREE_CHUNK]
    if chunk >= 0:
        counters[FREE_CHUNK] = whole(state.far[chunk, 0, 0]) - 1
        counters[N_FREE_CHUNKS] -= 1
    else:
        chunk = counters[N_CHUNKS]
        counters[N_CHUNKS] = chunk + 1
    state.far[chunk, 0, 0] = np.uint64(state.heads[bucket] + 1)
    state.heads[bucket] = chunk


@compiled
def turn_to_next_bucket(world: World, state: State) -> int:
    """Make the next bucket that holds events the heap; say DONE, QUEUE_FULL or GOING."""
    counters = state.counters
    bucket = counters[BUCKET]
    while counters[N_NEAR] == 0 and counters[IN_HAND] == 0:
        if bucket + 1 == len(state.counts):
            return _DONE
        if state.counts[bucket + 1] > len(state.near):
            counters[ROOM] = state.counts[bucket + 1]
            return _QUEUE_FULL
        bucket += 1
        counters[BUCKET] = bucket
        if state.counts[bucket] > 0:
            _unpack(world, state, bucket)
    return _GOING


@compiled
def _unpack(world: World, state: State, bucket: int) -> None:
    """Move the events of a bucket into the heap and give its chunks back."""
    near, far, counters = state.near, state.far, state.counters
    left = state.counts[bucket]
    n = 0
    in_chunk = (left - 1) % CHUNK_ENTRIES + 1
    chunk = state.heads[bucket]
    while left > 0:
        for slot in range(1, in_chunk + 1):
            time, upper, lower = far[chunk, slot, 0], far[chunk, slot, 1], far[chunk, slot, 2]
            if upper >> _32 == _DELIVERED:
                other = whole(lower >> _32) - _ABOVE_NOBODY
                fetch(state.people, other)
                if world.graph_kind == _TIES:
                    fetch(world.offsets, other)
            _sift_up(near, n, time, upper, lower, far[chunk, slot, 3])
            n += 1
        left -= in_chunk
        in_chunk = CHUNK_ENTRIES
        following = whole(far[chunk, 0, 0]) - 1
        far[chunk, 0, 0] = np.uint64(counters[FREE_CHUNK] + 1)
        counters[FREE_CHUNK] = chunk
        counters[N_FREE_CHUNKS] += 1
        chunk = following
    state.counts[bucket] = 0
    state.heads[bucket] = -1
    counters[N_NEAR] = n
    if world.graph_kind == _TIES:
        for place in range(n):
            if near[place, 1] >> _32 == _DELIVERED:
                fetch(world.neighbours, world.offsets[whole(near[place, 2] >> _32) - _ABOVE_NOBODY])


@compiled
def has_room(state: State, n_events: int) -> bool:
    """Return whether this many further events fit, wherever in time they fall."""
    counters = state.counters
    chunks = min(n_events, n_events // CHUNK_ENTRIES + len(state.counts) + 1)
    chunks_left = len(state.far) - counters[N_CHUNKS] + counters[N_FREE_CHUNKS]
    return bool(counters[N_NEAR] + n_events <= len(state.near) and chunks <= chunks_left)
