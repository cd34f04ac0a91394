"""What the compiled engine knows: fixed rules (:class:`World`) and all that changes (:class:`State`).

A person is one record of 48 bytes, so that an event about somebody costs one cache line or two. What is
kept by person *and* contact stream (:data:`RELATION`) exists only for streams that are ever enabled and
for those who have signed up; they are numbered (``slot``) as they do. Zero bytes are a person to whom
nothing has happened yet.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import config, njit
from numba.extending import register_jitable

from referralsim.engine.kernel_compile import optimised_once
from referralsim.randomness import address, unit

F = TypeVar("F", bound=Callable[..., Any])

PLAIN = bool(getattr(config, "DISABLE_JIT", 0))
"""True where numba is told not to compile: records are then read through :class:`numpy.recarray`."""


def compiled(function: F) -> F:
    """Make a function part of the kernel: compiled where compiled code calls it, else plain Python."""
    return register_jitable(function)


def merged(function: F) -> F:
    """Make a function part of the kernel like :func:`compiled`, and of the machine code of its callers.

    For what every event runs through: a call costs a dozen arguments, a status and the loss of all that
    was in registers. Everything else is better called, as each copy has to be compiled.
    """
    return register_jitable(forceinline=True)(function)


def entry(function: F) -> F:
    """Make a function callable from Python as compiled code that is kept on disk and frees the GIL.

    Without reference counts, which cost more than the rest together: nothing in the kernel allocates.
    """
    options: Any = {"_nrt": False, "no_cfunc_wrapper": True}
    made = njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    return cast(F, optimised_once(made))


whole: Callable[[Any], int] = cast(Any, np.int64)
"""Widen to 64 bits, so that the kernel is compiled for one width of integers only."""

real: Callable[[Any], float] = cast(Any, np.float64)
"""Widen to float64."""


class ExitReason(IntEnum):
    """Why the kernel came back to Python. All but DONE and TOO_MANY_PEOPLE are followed by another call."""

    GOING = 0  # inside the kernel only: the next event can be processed
    PAUSE = 1  # the given number of events is done: show progress, look for Ctrl-C
    LOG_FULL = 2  # the next event might not fit into the log
    QUEUE_FULL = 3  # ... nor what it schedules into the calendar
    PEOPLE_FULL = 4  # ... nor the fresh contacts it makes among the people
    DONE = 5  # nothing is pending
    TOO_MANY_PEOPLE = 6  # fresh contacts have passed max_people
    GRANTS_FULL = 7  # ... nor the rewards it gives among the grants
    CARRIED_FULL = 8  # ... nor the refund it schedules among those carried


PROSPECT, SIGNED, CUSTOMER, GONE, ENLISTED = 0, 1, 2, 3, 4
"""Where a person is in life; the last is an agent at work."""

NO_SEGMENT = 0x7FFF
"""In a payload, the segment of an agent."""

PERSON = np.dtype(
    {
        "names": [
            *("balance", "touch_day", "touch_parent", "offers", "touched"),
            *("touch_loop", "touch_channel", "touch_programme"),
            *(
                "active_day",
                "signed_up_day",
                "parent",
                "n_qualifying",
                "origin",
                "loop",
                "channel",
                "programme",
            ),
            *("moment_day", "churn_day", "churn_number", "slot"),
            *("status", "segment", "moment", "qualified", "refunded"),
        ],
        "formats": [
            *(np.float64, np.float64, np.int32, np.int32, *[np.int8] * 4),
            *(np.float64, np.float64, np.int32, np.int32, *[np.int8] * 4),
            *(np.float64, np.float64, np.int32, np.int32),
            *[np.int8] * 5,
        ],
        "offsets": [
            *(0, 8, 24, 28, 36, 37, 38, 39),
            *(0, 8, 24, 28, 36, 37, 38, 39),
            *(16, 16, 28, 32),
            *range(40, 45),
        ],
        "itemsize": 48,
    }
)
"""A person. Fields in one place are of different stages of life: what was heard and touched ends with the
sign-up, the latest moment and the qualifying purchases with the departure."""

RELATION = np.dtype(
    [
        ("turn", np.int64),  # round number * TURNS + key of the last tie chosen in this round
        ("contact_day", np.float64),
        ("ask_day", np.float64),
        ("n_asks", np.int32),
        ("n_earned", np.int32),  # rewards earned as referrer
    ]
)

TURNS = 2**33
"""Above every order key of a tie: such a key has 33 bits at most."""

# places in State.counters
N_LOG, N_NEAR, BUCKET, FREE_CHUNK, N_CHUNKS, N_FREE_CHUNKS = 0, 1, 2, 3, 4, 5
N_PEOPLE, NEXT_ARRIVAL, SPENT_CENTS, ROOM, N_EVENTS = 6, 7, 8, 9, 10
N_SIGNED, IN_HAND, NEXT_IN_HAND, N_CONTACTS = 11, 12, 13, 14
N_REVIEWS, N_GRANTS, N_CARRIED, FREE_CARRIED = 15, 16, 17, 18
N_COUNTERS = 19


class World(NamedTuple):
    """What does not change in a run: the engine's inputs, and what follows from them at once.

    Sizes as in ``engine.contract.EngineInputs``; those from ``draws`` on are the kernel's own. The kernel
    is compiled once for worlds whose ``grammar`` is None and once for all others (:mod:`.kernel_grammar`).
    """

    horizon_days: float
    n_people: int
    graph_kind: int
    offsets: npt.NDArray[np.int32]
    neighbours: npt.NDArray[np.int32]
    strength: npt.NDArray[np.float32]  # (m,) or (1,); or empty, and then
    strong: npt.NDArray[np.uint8]  # (m,) each tie is either weak, 0, or strong, 1
    activity: npt.NDArray[np.float64]  # (n,), or (1,) if equal for all; unused with fresh contacts
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
    rewards: Any
    agents: Any
    post_rate: npt.NDArray[np.float64]
    gift_rate: npt.NDArray[np.float64]
    tier_at: npt.NDArray[np.float64]
    tier_post_factor: npt.NDArray[np.float64]
    incident_day: npt.NDArray[np.float64]
    incident_share: npt.NDArray[np.float64]
    payer: npt.NDArray[np.int32]
    draws: npt.NDArray[np.uint64]  # (n_purposes,) stream key of each purpose under the run's seed
    columns: npt.NDArray[np.int64]  # (C,) column of State.relations, or -1: never enabled
    ask_rows: npt.NDArray[np.int64]  # row of the ask rule with each number
    reward_rows: npt.NDArray[np.int64]  # (Q, 2) the rule that pays each side first, or -1
    first_rewards: npt.NDArray[np.int64]  # (Q + 1,) where the reward rules of each programme begin
    boards: npt.NDArray[np.int64]  # (R,) column of State.boards of a leaderboard, or -1
    most_rewards: int  # reward rules of one programme, at most
    grammar: int | None  # None: nothing in the world needs more than the plain kernel
    longest_row: int  # of ties, at least 1
    most_contacts: int  # by one event over ties, at most
    triggers: int  # bit t set: some ask rule has trigger t
    matters: npt.NDArray[np.int64]  # (S, 3) 0: no use, purchase or churn in this segment shows ever
    buckets_per_day: float
    log_mask: int  # bit k set: events of kind k are written
    tallies: int  # 1: all events are counted and summed


class State(NamedTuple):
    """What changes in a run. Python may swap an array for a longer one between two calls."""

    people: Any  # (capacity,) PERSON
    joined: npt.NDArray[np.uint64]  # (capacity / 64 + 1,) a bit a person: no longer a prospect
    keys: npt.NDArray[np.uint64]  # (capacity,) person keys; with fresh contacts only
    activity: npt.NDArray[np.float64]  # (capacity,) with fresh contacts only
    relations: Any  # (capacity, ever enabled streams) RELATION, by slot
    more: Any  # (capacity,) kernel_more.MORE; this and the next six are there with the grammar only
    bonds: Any  # (capacity, Q) kernel_more.BOND, by slot
    boards: Any  # (capacity, leaderboards) kernel_more.SCORE, by slot
    agents: Any  # (A,) kernel_more.WORK
    budgets: Any  # (Q,) kernel_more.BUDGET
    grants: Any  # (capacity,) kernel_more.GRANT
    carried: npt.NDArray[np.int64]  # (capacity, 2) amount and margin of purchases that will be refunded
    near: npt.NDArray[np.uint64]  # (capacity, 4) heap of what is pending in the present bucket
    far: npt.NDArray[np.uint64]  # (capacity, 16, 4) chunks of what is pending in later buckets
    hand: npt.NDArray[np.uint64]  # (3, 4) see kernel_queue
    heads: npt.NDArray[np.int64]  # (n_buckets,) first chunk of each bucket
    counts: npt.NDArray[np.int64]  # (n_buckets,) events pending in each bucket
    log: Any  # (capacity,) LOG_DTYPE
    counters: npt.NDArray[np.int64]  # (N_COUNTERS,)
    by_credit: npt.NDArray[np.int64]  # eventlog.tally.Tally, this field and the next three
    by_side: npt.NDArray[np.int64]
    rewarded: npt.NDArray[np.int64]
    by_segment: npt.NDArray[np.int64]
    scratch: npt.NDArray[np.int64]  # (3, longest row of ties) for choosing contacts: keys, rows, a copy


SURE = 1e-9
"""Room for rounding: a curve that is monotone in exact arithmetic is so within this."""


@merged
def chance(world: World, purpose: int, who: Any, whom: Any, attempt: int) -> float:
    """Return the uniform number ``U[purpose; who, whom, attempt]``; who and whom are keys."""
    return unit(address(world.draws[purpose], who, whom, attempt))  # type: ignore[no-any-return]


@merged
def happens(world: World, purpose: int, who: Any, whom: Any, attempt: int, probability: float) -> bool:
    """Return whether ``U[purpose; who, whom, attempt] < probability``; what is certain needs no draw."""
    if probability >= 1.0:
        return True
    return probability > 0.0 and chance(world, purpose, who, whom, attempt) < probability


@merged
def place(world: World, purpose: int, who: Any, whom: Any, attempt: int) -> Any:
    """Return the address ``A[purpose; who, whom, attempt]``; who and whom are keys."""
    return address(world.draws[purpose], who, whom, attempt)


@merged
def key_of(world: World, state: State, person: int) -> Any:
    """Return a person's key: the index, or the key a fresh contact was made with."""
    if world.graph_kind == 2:
        return state.keys[person]
    return np.uint64(person)


@merged
def is_prospect(state: State, person: int) -> bool:
    """Return whether a person has not signed up, without a look at the record, which may be far away."""
    bits = state.joined[person >> 6] >> np.uint64(person & 63)
    return bool(bits & np.uint64(1) == np.uint64(0))


@merged
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
    """Record an event: count it, and append it to the log if events of its kind are kept."""
    if world.tallies != 0:
        count(state, kind, loop, channel, programme, 1, amount_cents, margin_cents)
    append(
        world, state, time, kind, loop, channel, programme, actor, target, attempt, amount_cents, margin_cents
    )


@merged
def append(
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


@merged
def count(
    state: State,
    kind: int,
    loop: int,
    channel: int,
    programme: int,
    n_events: int,
    amount_cents: int,
    margin_cents: int,
) -> None:
    """Add events to the tally, under a credit in which -1 (the last cell) stands for none."""
    cell = state.by_credit[kind, loop, channel, programme]
    cell[0] += n_events
    cell[1] += amount_cents
    cell[2] += margin_cents


@merged
def count_by_segment(world: World, state: State, kind: int, segment: int, n_events: int) -> None:
    """Add events to the tally under the segment of the one who invites; agents have none."""
    if world.tallies != 0 and 0 <= segment < NO_SEGMENT:
        state.by_segment[kind, segment] += n_events


@compiled
def activity_of(world: World, state: State, person: int) -> float:
    """Return the multiplier on a person's use."""
    if world.graph_kind == 2:
        return state.activity[person]  # type: ignore[no-any-return]
    return world.activity[person if len(world.activity) > 1 else 0]  # type: ignore[no-any-return]
