"""The bare loop: what the cascade costs if nothing is decided, only memory is touched.

From the log of a finished run follows which event was taken from the calendar when, whose records it
touched in which order, and what it scheduled. The loop here does these touches and these pushes and
pops again, on a plain binary heap, and nothing else: no draws, no rules, no log.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from referralsim.distributions import Law, exponential
from referralsim.engine.contract import EngineInputs
from referralsim.eventlog.kinds import Kind, Origin
from referralsim.randomness import Purpose, address, stream_key, top_bits, unit

STAGES_OF_INITIAL = 3  # SIGNED_UP, ACTIVATED, ASKED
STAGES_OF_JOINER = 6  # DELIVERED, OPENED, CLICKED, DECIDED, ACTIVATED, ASKED
STAGES_OF_OFFER = 1  # DELIVERED to somebody who is a customer by then

Ints = npt.NDArray[np.int64]


class Trace(NamedTuple):
    """Events in the order in which they are taken, with what each touches and schedules.

    Event e touches ``touched[first_touch[e]:first_touch[e + 1]]`` and schedules the events
    ``pushed[first_push[e]:first_push[e + 1]]``; those in ``begin`` are pending at the start.
    """

    times: npt.NDArray[np.float64]
    first_touch: Ints
    touched: npt.NDArray[np.int32]
    first_push: Ints
    pushed: Ints
    begin: Ints
    n_people: int


class _Offers(NamedTuple):
    """Invitations in the order in which they were made, and when each arrives (inf: never)."""

    inviter: Ints
    target: Ints
    arrives: npt.NDArray[np.float64]


def _offers(inputs: EngineInputs, seed: int, log: Any, join_day: Any) -> _Offers:
    invited = log[log["kind"] == Kind.INVITED]
    keys = [
        stream_key(seed, purpose)
        for purpose in (Purpose.CONTACT_ORDER, Purpose.DELIVERED, Purpose.DELIVERED_DELAY)
    ]
    rules = inputs.channels[0, 0]
    if rules["delivered_delay_law"] != Law.EXPONENTIAL:
        raise ValueError("the delays of this scenario are not exponential")
    order, arrives = _fates(
        *(np.uint64(key) for key in keys),
        invited["time"].copy(),
        invited["actor"].astype(np.int64),
        invited["target"].astype(np.int64),
        invited["attempt"].astype(np.int64),
        join_day,
        float(rules["delivered_probability"]),
        float(rules["delivered_delay_a"]),
    )
    arrives[arrives >= inputs.horizon_days] = np.inf
    rank = np.lexsort((order, invited["actor"], invited["time"]))
    return _Offers(
        invited["actor"][rank].astype(np.int64), invited["target"][rank].astype(np.int64), arrives[rank]
    )


@njit
def _fates(
    order_key: Any,
    happens_key: Any,
    delay_key: Any,
    time: Any,
    actor: Any,
    target: Any,
    attempt: Any,
    join_day: Any,
    probability: float,
    mean_days: float,
) -> Any:
    """Draw again, at the engine's addresses, the order of contacts and when each invitation arrives."""
    order = np.zeros(len(time), np.int64)
    arrives = np.full(len(time), np.inf)
    for row in range(len(time)):
        i, j, k = actor[row], target[row], attempt[row]
        order[row] = np.int64(top_bits(address(order_key, i, j, k)))
        if join_day[j] > time[row] and unit(address(happens_key, i, j, k)) < probability:
            arrives[row] = time[row] + mean_days * exponential(unit(address(delay_key, i, j, k)))
    return order, arrives


def trace_of(inputs: EngineInputs, seed: int, log: Any, only_waits: bool) -> Trace:
    """Return what the cascade touched and scheduled.

    Parameters
    ----------
    log : array of LOG_DTYPE
        The full log of the ``independent_cascade`` scenario under these inputs and this seed.
    only_waits : bool
        Only the events that lie in the future when they are scheduled; otherwise all that the model's
        description puts into the calendar, also those of the same instant.

    Raises
    ------
    ValueError
        If the log holds a delivery that does not follow from its invitations, or delays of another law.
    """
    joins = log[log["kind"] == Kind.SIGNED_UP]
    join_day = np.full(inputs.n_people, np.inf)
    join_day[joins["actor"]] = joins["time"]
    offers = _offers(inputs, seed, log, join_day)
    on_way = np.flatnonzero(np.isfinite(offers.arrives))
    in_time = np.sort(offers.arrives[on_way][join_day[offers.target[on_way]] >= offers.arrives[on_way]])
    if not np.array_equal(in_time, log["time"][log["kind"] == Kind.DELIVERED]):
        raise ValueError("the deliveries in the log are not those of its invitations")
    initial = joins["actor"][joins["attempt"] == Origin.INITIAL].astype(np.int64)
    return _assemble(inputs.n_people, initial, join_day, offers, on_way, only_waits)


def _assemble(
    n_people: int, initial: Ints, join_day: Any, offers: _Offers, on_way: Ints, only_waits: bool
) -> Trace:
    who = np.concatenate([initial, offers.target[on_way]])
    when = np.concatenate([np.zeros(len(initial)), offers.arrives[on_way]])
    order = np.argsort(when, kind="stable")
    place = np.empty(len(who), np.int64)  # of each base event in time
    place[order] = np.arange(len(who))
    who, when = who[order], when[order]
    joins = join_day[who] == when
    stages = np.where(joins, np.where(when == 0.0, STAGES_OF_INITIAL, STAGES_OF_JOINER), STAGES_OF_OFFER)
    if only_waits:
        stages = np.ones(len(who), np.int64)
    first = np.concatenate([[0], np.cumsum(stages)])
    by_inviter = np.argsort(offers.inviter, kind="stable")
    bounds = np.searchsorted(offers.inviter[by_inviter], np.arange(n_people + 1))
    event_of = np.full(len(offers.target), -1, np.int64)
    event_of[on_way] = first[place[len(initial) :]]
    first_touch, touched, first_push, pushed = _lists(
        first, who, joins, by_inviter, bounds, offers.target, event_of, len(offers.target), len(on_way)
    )
    begin = first[place[: len(initial)]]
    times = np.repeat(when, stages)
    return Trace(times, first_touch, touched, first_push, pushed, begin, n_people)


@njit
def _lists(
    first: Any,
    who: Any,
    joins: Any,
    by_inviter: Any,
    bounds: Any,
    target: Any,
    event_of: Any,
    n_offers: int,
    n_on_way: int,
) -> Any:
    """Write down, event by event, whom it touches and what it schedules."""
    n_events = first[-1]
    first_touch = np.zeros(n_events + 1, np.int64)
    touched = np.zeros(n_events + n_offers, np.int32)
    first_push = np.zeros(n_events + 1, np.int64)
    pushed = np.zeros(n_events + n_on_way, np.int64)
    n_touched, n_pushed = 0, 0
    for base in range(len(who)):
        for event in range(first[base], first[base + 1]):
            touched[n_touched] = who[base]
            n_touched += 1
            last = event + 1 == first[base + 1]
            if not last:
                pushed[n_pushed] = event + 1
                n_pushed += 1
            elif joins[base]:
                for at in range(bounds[who[base]], bounds[who[base] + 1]):
                    offer = by_inviter[at]
                    touched[n_touched] = target[offer]
                    n_touched += 1
                    if event_of[offer] >= 0:
                        pushed[n_pushed] = event_of[offer]
                        n_pushed += 1
            first_touch[event + 1] = n_touched
            first_push[event + 1] = n_pushed
    return first_touch, touched[:n_touched], first_push, pushed[:n_pushed]


@njit
def _push(heap_day: Any, heap_event: Any, n: int, day: float, event: int) -> None:
    place = n
    while place > 0:
        above = (place - 1) >> 1
        if heap_day[above] < day or (heap_day[above] == day and heap_event[above] < event):
            break
        heap_day[place] = heap_day[above]
        heap_event[place] = heap_event[above]
        place = above
    heap_day[place] = day
    heap_event[place] = event


@njit
def _pop(heap_day: Any, heap_event: Any, n: int) -> int:
    """Take the first of ``n`` entries."""
    first = heap_event[0]
    day, event = heap_day[n - 1], heap_event[n - 1]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= n - 1:
            break
        other = child + 1
        if other < n - 1 and (
            heap_day[other] < heap_day[child]
            or (heap_day[other] == heap_day[child] and heap_event[other] < heap_event[child])
        ):
            child = other
        if day < heap_day[child] or (day == heap_day[child] and event < heap_event[child]):
            break
        heap_day[place] = heap_day[child]
        heap_event[place] = heap_event[child]
        place = child
    heap_day[place] = day
    heap_event[place] = event
    return int(first)


@njit
def _loop(
    times: Any, first_touch: Any, touched: Any, first_push: Any, pushed: Any, begin: Any, people: Any
) -> int:
    heap_day = np.empty(len(times))
    heap_event = np.empty(len(times), np.int64)
    n, n_done = 0, 0
    for event in begin:
        _push(heap_day, heap_event, n, times[event], event)
        n += 1
    while n > 0:
        event = _pop(heap_day, heap_event, n)
        n -= 1
        if event != n_done:
            return -1
        n_done += 1
        for at in range(first_touch[event], first_touch[event + 1]):
            people[touched[at], 0] += 1
        for at in range(first_push[event], first_push[event + 1]):
            later = pushed[at]
            _push(heap_day, heap_event, n, times[later], later)
            n += 1
    return n_done


def play(trace: Trace) -> int:
    """Run the bare loop on records of 64 bytes a person that nothing has touched yet.

    Returns
    -------
    int
        Events taken.

    Raises
    ------
    ValueError
        If events came out of the heap in another order than in the trace.
    """
    people = np.zeros((trace.n_people, 8), np.int64)
    n_done = int(_loop(*trace[:6], people))
    if n_done != len(trace.times):
        raise ValueError("the bare loop did not follow the trace")
    return n_done
