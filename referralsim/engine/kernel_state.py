"""What the compiled engine knows: fixed rules (:class:`World`) and all that changes (:class:`State`).

A person is one record of 64 bytes, so that an event about somebody costs one cache line. What is
kept by person *and* contact stream (:data:`RELATION`) exists only for streams that are ever enabled.
Zero bytes are a person to whom nothing has happened yet.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import config, njit
from numba.extending import register_jitable

from referralsim.randomness import address, unit

F = TypeVar("F", bound=Callable[..., Any])

PLAIN = bool(getattr(config, "DISABLE_JIT", 0))
"""True where numba is told not to compile: records are then read through :class:`numpy.recarray`."""


def compiled(function: F) -> F:
    """Make a function part of the kernel: compiled where compiled code calls it, else plain Python."""
    return register_jitable(function)


def entry(function: F) -> F:
    """Make a function callable from Python as compiled code that is kept on disk and frees the GIL.

    Without reference counts, which cost more than the rest together: nothing in the kernel allocates.
    """
    options: Any = {"_nrt": False, "no_cfunc_wrapper": True}
    return cast(F, njit(cache=True, nogil=True, error_model="numpy", **options)(function))


whole: Callable[[Any], int] = cast(Any, np.int64)
"""Widen to 64 bits, so that the kernel is compiled for one width of integers only."""

real: Callable[[Any], float] = cast(Any, np.float64)
"""Widen to float64."""


class ExitReason(IntEnum):
    """Why the kernel came back to Python. Everything but the last two is followed by another call."""

    GOING = 0  # inside the kernel only: the next event can be processed
    PAUSE = 1  # the given number of events is done: show progress, look for Ctrl-C
    LOG_FULL = 2  # the next event might not fit into the log
    QUEUE_FULL = 3  # ... nor what it schedules into the calendar
    PEOPLE_FULL = 4  # ... nor the fresh contacts it makes among the people
    DONE = 5  # nothing is pending
    TOO_MANY_PEOPLE = 6  # fresh contacts have passed max_people


PROSPECT, SIGNED, CUSTOMER, GONE = 0, 1, 2, 3

PERSON = np.dtype(
    {
        "names": [
            *("balance", "active_day", "moment_day", "touch_day"),
            *("parent", "touch_parent", "offers", "n_qualifying"),
            *("status", "segment", "loop", "channel", "programme", "moment"),
            *("touched", "touch_loop", "touch_channel", "touch_programme", "qualified", "refunded"),
        ],
        "formats": [np.float64] * 4 + [np.int32] * 4 + [np.int8] * 12,
        "offsets": [0, 8, 16, 24, 32, 36, 40, 44, *range(48, 60)],
        "itemsize": 64,
    }
)

RELATION = np.dtype(
    [
        ("last_key", np.int64),  # of the last tie chosen in this round
        ("contact_day", np.float64),
        ("ask_day", np.float64),
        ("round_number", np.int32),
        ("n_asks", np.int32),
        ("n_earned", np.int32),  # rewards earned as referrer
        ("unused", np.int32),
    ]
)

# places in State.counters
N_LOG, N_NEAR, BUCKET, FREE_CHUNK, N_CHUNKS, N_FREE_CHUNKS = 0, 1, 2, 3, 4, 5
N_PEOPLE, NEXT_ARRIVAL, SPENT_CENTS, ROOM, N_EVENTS = 6, 7, 8, 9, 10
N_COUNTERS = 11


class World(NamedTuple):
    """What does not change in a run: the engine's inputs, and what follows from them at once.

    Sizes as in ``engine.contract.EngineInputs``; the last six fields are the kernel's own.
    """

    horizon_days: float
    graph_kind: int
    offsets: npt.NDArray[np.int64]
    neighbours: npt.NDArray[np.int32]
    strength: npt.NDArray[np.float32]
    initial: npt.NDArray[np.int32]
    arrival_order: npt.NDArray[np.int32]
    starts: npt.NDArray[np.float64]
    world: Any
    segments: Any
    streams: Any
    programmes: Any
    asks: Any
    channels: Any
    use_rate: npt.NDArray[np.float64]
    purchase_rate: npt.NDArray[np.float64]
    churn_rate: npt.NDArray[np.float64]
    arrival_rate: npt.NDArray[np.float64]
    ask_rate: npt.NDArray[np.float64]
    table: npt.NDArray[np.float64]
    attribution_rule: int
    attribution_window_days: float
    fresh_shares: npt.NDArray[np.float64]
    fresh_strength: float
    activity_law: int
    activity_a: float
    activity_b: float
    max_people: int
    draws: npt.NDArray[np.uint64]  # (n_purposes,) stream key of each purpose under the run's seed
    columns: npt.NDArray[np.int64]  # (C,) column of State.relations, or -1: never enabled
    ask_rows: npt.NDArray[np.int64]  # row of the ask rule with each number
    moments_matter: npt.NDArray[np.int64]  # (S,) 0: no use of this segment can have a consequence
    buckets_per_day: float
    log_mask: int  # bit k set: events of kind k are written


class State(NamedTuple):
    """What changes in a run. Python may swap an array for a longer one between two calls."""

    people: Any  # (capacity,) PERSON
    keys: npt.NDArray[np.uint64]  # (capacity,) person keys; with fresh contacts only
    activity: npt.NDArray[np.float64]  # (capacity,)
    relations: Any  # (capacity, ever enabled streams) RELATION
    near: npt.NDArray[np.uint64]  # (capacity, 4) heap of what is pending in the present bucket
    far: npt.NDArray[np.uint64]  # (capacity, 16, 4) chunks of what is pending in later buckets
    heads: npt.NDArray[np.int64]  # (n_buckets,) first chunk of each bucket
    counts: npt.NDArray[np.int64]  # (n_buckets,) events pending in each bucket
    log: Any  # (capacity,) LOG_DTYPE
    counters: npt.NDArray[np.int64]  # (N_COUNTERS,)
    scratch: npt.NDArray[np.int64]  # (3, longest row of ties) for choosing contacts: keys, rows, a copy


@compiled
def chance(world: World, purpose: int, who: Any, whom: Any, attempt: int) -> float:
    """Return the uniform number ``U[purpose; who, whom, attempt]``; who and whom are keys."""
    return unit(address(world.draws[purpose], who, whom, attempt))  # type: ignore[no-any-return]


@compiled
def place(world: World, purpose: int, who: Any, whom: Any, attempt: int) -> Any:
    """Return the address ``A[purpose; who, whom, attempt]``; who and whom are keys."""
    return address(world.draws[purpose], who, whom, attempt)


@compiled
def key_of(world: World, state: State, person: int) -> Any:
    """Return a person's key: the index, or the key a fresh contact was made with."""
    if world.graph_kind == 2:
        return state.keys[person]
    return np.uint64(person)


@compiled
def write(
    world: World,
    state: State,
    time: float,
    kind: int,
    loop: int,
    channel: int,
    programme: int,
    actor: int,
    target: int,
    attempt: int,
    amount_cents: int,
    margin_cents: int,
) -> None:
    """Append an event to the log, if events of its kind are kept. Room was made sure of before."""
    if (world.log_mask >> kind) & 1 == 0:
        return
    n = state.counters[N_LOG]
    row = state.log[n]
    row.time = time
    row.kind = kind
    row.loop = loop
    row.channel = channel
    row.programme = programme
    row.actor = actor
    row.target = target
    row.attempt = attempt
    row.amount_cents = amount_cents
    row.margin_cents = margin_cents
    state.counters[N_LOG] = n + 1
