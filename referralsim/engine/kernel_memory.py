"""Memory of the compiled engine: it is laid out, measured and grown here, between calls of the kernel."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.engine.contract import EngineInputs, GraphKind, PaysOn
from referralsim.engine.kernel_more import BOND, BUDGET, GRANT, MORE, SCORE, WORK
from referralsim.engine.kernel_needs import needs_grammar
from referralsim.engine.kernel_queue import CHUNK_ENTRIES
from referralsim.engine.kernel_state import (
    BUCKET,
    CUSTOMER,
    FREE_CHUNK,
    GONE,
    N_CARRIED,
    N_COUNTERS,
    N_GRANTS,
    N_LOG,
    N_NEAR,
    N_PEOPLE,
    PERSON,
    PLAIN,
    RELATION,
    ROOM,
    ExitReason,
    State,
    World,
)
from referralsim.engine.pages import zeros
from referralsim.eventlog.kinds import LOG_DTYPE
from referralsim.eventlog.packed import LIFE_DTYPE
from referralsim.eventlog.tally import Lives, Tally, empty_tally
from referralsim.randomness import Purpose, stream_key

__all__ = [
    "ExitReason",
    "bytes_to_grow",
    "day_reached",
    "grown",
    "lives_of",
    "may_return",
    "new_state",
    "sizes",
    "tally_of_state",
    "world_of",
]

_CHUNK_WORDS = (CHUNK_ENTRIES + 1) * 4
_TABLES = ("world", "segments", "streams", "programmes", "asks", "channels", "rewards", "agents")


class _Sizes(NamedTuple):
    n_log: int
    n_people: int


def rows(array: npt.NDArray[Any]) -> Any:
    """Return an array of records as the kernel reads it: by attribute also where it is not compiled."""
    return array.view(np.recarray) if PLAIN else array


def _fixed(value: Any) -> Any:
    """Return an array read-only and contiguous, so that the kernel is compiled for one type only."""
    if not isinstance(value, np.ndarray):
        return value
    view = np.ascontiguousarray(value).view()
    view.flags.writeable = False
    return view


def _columns(inputs: EngineInputs) -> npt.NDArray[np.int64]:
    """Give a column of relations to each stream that is ever enabled, or whose programme is."""
    used = (inputs.streams["enabled"] != 0).any(axis=0)
    used[5:] |= (inputs.programmes["enabled"] != 0).any(axis=0)
    return np.where(used, np.cumsum(used) - 1, -1).astype(np.int64)


def _ask_rows(inputs: EngineInputs) -> npt.NDArray[np.int64]:
    numbers = inputs.asks["number"][0]
    found = np.zeros(int(numbers.max(initial=0)) + 1, np.int64)
    found[numbers] = np.arange(len(numbers))
    return found


def _matters(inputs: EngineInputs) -> npt.NDArray[np.int64]:
    """Mark the segments in which a use can be a moment or set off a loop, and which ever buy or leave."""
    moments = inputs.segments["happy_probability"] + inputs.segments["unhappy_probability"]
    loops = inputs.streams[:, :3]
    any_loop = ((loops["enabled"] != 0) & (loops["probability"] > 0.0)).any()
    uses = ((moments > 0.0).any(axis=0) | any_loop) & (inputs.use_rate > 0.0).any(axis=0)
    buys = ((inputs.purchase_rate > 0.0) | (inputs.segments["purchase_every_days"] > 0.0)).any(axis=0)
    leaves = (inputs.churn_rate > 0.0).any(axis=0)
    return np.stack([uses, buys, leaves], axis=1).astype(np.int64)


def _rewards(inputs: EngineInputs) -> dict[str, Any]:
    """Return where the rules of each programme, and of each side, are in the table of rewards."""
    rules, n_programmes = inputs.rewards[0], inputs.programmes.shape[1]
    first = np.searchsorted(rules["programme"], np.arange(n_programmes + 1)).astype(np.int64)
    by_side = np.full((n_programmes, 2), -1, np.int64)
    for row in reversed(range(len(rules))):
        by_side[rules["programme"][row], rules["side"][row]] = row
    is_board = rules["on"] == PaysOn.LEADERBOARD
    return {
        "reward_rows": by_side,
        "first_rewards": first,
        "boards": np.where(is_board, np.cumsum(is_board) - 1, -1).astype(np.int64),
        "most_rewards": int(np.diff(first).max(initial=0)),
    }


def _most_contacts(inputs: EngineInputs, longest: int) -> int:
    """Return how many contacts one event can make at most: a use sets off several streams, an ask one."""
    n_streams = int((inputs.streams["enabled"][:, :5] != 0).any(axis=0).sum())
    return max(1, n_streams) * longest


def _longest_row(inputs: EngineInputs) -> int:
    """Return the length of the longest row of ties, at least 1."""
    ties = inputs.graph_kind == GraphKind.TIES
    return int(np.diff(inputs.offsets).max(initial=1)) if ties else 1


def world_of(inputs: EngineInputs, seed: int, log_mask: int, tallies: bool, small_memory: bool) -> World:
    """Return the fixed part of a run: the inputs in the kernel's types, and what follows from them."""
    given = {name: getattr(inputs, name) for name in World._fields if hasattr(inputs, name)}
    for name in _TABLES:
        given[name] = rows(given[name])
    n_buckets = _n_buckets(inputs, small_memory)
    in_bytes = inputs.strength.dtype == np.uint8
    given.update(
        strength=np.zeros(0, np.float32) if in_bytes else inputs.strength,
        strong=inputs.strength if in_bytes else np.zeros(0, np.uint8),
        activity=_given_activity(inputs),
        draws=np.array([stream_key(seed, purpose) for purpose in Purpose], np.uint64),
        columns=_columns(inputs),
        ask_rows=_ask_rows(inputs),
        **_rewards(inputs),
        grammar=1 if needs_grammar(inputs) else None,
        longest_row=(longest := _longest_row(inputs)),
        most_contacts=_most_contacts(inputs, longest),
        triggers=sum(1 << int(trigger) for trigger in np.unique(inputs.asks["trigger"])),
        matters=_matters(inputs),
        buckets_per_day=n_buckets / float(inputs.horizon_days),
        log_mask=log_mask,
        tallies=int(tallies),
    )
    for name in ("horizon_days", "attribution_window_days", "fresh_strength", "activity_a", "activity_b"):
        given[name] = float(given[name])
    for name in ("n_people", "graph_kind", "attribution_rule", "activity_law", "max_people"):
        given[name] = int(given[name])
    return World(**{name: _fixed(value) for name, value in given.items()})


def _n_buckets(inputs: EngineInputs, small_memory: bool) -> int:
    return 7 if small_memory else int(min(2**14, max(2**8, inputs.n_people // 16)))


def _given_activity(inputs: EngineInputs) -> npt.NDArray[np.float64]:
    """Return everybody's activity without copying it: one number if it is one number repeated."""
    activity = inputs.activity
    return activity[:1] if activity.strides == (0,) else activity


def _empty_hand() -> npt.NDArray[np.uint64]:
    """Return nothing in hand, at a present that has not begun: minus zero, the bits of no event's time."""
    hand = np.zeros((3, 4), np.uint64)
    hand[2, 0] = np.float64(-0.0).view(np.uint64)
    return hand


def new_state(inputs: EngineInputs, world: World, small_memory: bool) -> State:
    """Return the state before anything has happened, with a first guess at the memory needed."""
    n = inputs.n_people
    n_buckets = _n_buckets(inputs, small_memory)
    fresh = inputs.graph_kind == GraphKind.FRESH
    n_agents = len(inputs.agents)
    people = zeros(max(n + n_agents, 1), PERSON)
    if inputs.segments.shape[1] > 1:
        people["segment"][:n] = inputs.segment
    people["segment"][n : n + n_agents] = -1
    counters = np.zeros(N_COUNTERS, np.int64)
    counters[[BUCKET, FREE_CHUNK]] = -1
    counters[N_PEOPLE] = n + n_agents
    # fresh contacts are added to a copy
    activity = np.ones(len(people) if fresh else 1)
    if fresh:
        activity[:n] = inputs.activity
    n_columns = int(world.columns.max(initial=-1)) + 1
    n_starting = len(people) + len(world.boards)
    # pages that are never written cost no memory
    n_rows = 1 if small_memory or world.log_mask == 0 else min(2**24, max(2**16, 16 * n))
    sizes = (inputs.channels.shape[1], inputs.programmes.shape[1], inputs.segments.shape[1])
    tally = empty_tally(*(sizes if world.tallies else (0, 0, 0)))
    return State(
        people=rows(people),
        joined=np.zeros(len(people) // 64 + 1, np.uint64),
        keys=np.arange(len(people) if fresh else 1, dtype=np.uint64),
        activity=activity,
        relations=rows(zeros(len(people) * n_columns, RELATION).reshape(len(people), n_columns)),
        **_more(inputs, world, len(people)),
        near=np.zeros((1 if small_memory else 2**12, 4), np.uint64),
        far=zeros((n_starting // CHUNK_ENTRIES + n_buckets + 4) * _CHUNK_WORDS, np.uint64).reshape(
            -1, CHUNK_ENTRIES + 1, 4
        ),
        hand=_empty_hand(),
        heads=np.full(n_buckets, -1, np.int64),
        counts=np.zeros(n_buckets, np.int64),
        log=rows(zeros(n_rows, LOG_DTYPE)),
        counters=counters,
        by_credit=tally.by_credit,
        by_side=tally.by_side,
        rewarded=tally.rewarded,
        by_segment=tally.by_segment,
        scratch=np.zeros((3, world.longest_row), np.int64),
    )


def _more(inputs: EngineInputs, world: World, n_people: int) -> dict[str, Any]:
    """Return the state beyond the plain kernel: next to nothing in plain worlds."""
    n_programmes = inputs.programmes.shape[1]
    n_boards = int(world.boards.max(initial=-1)) + 1
    if world.grammar is None:
        n_people, n_programmes, n_boards = 1, 1, 1
    return {
        "more": rows(zeros(n_people, MORE)),
        "bonds": rows(zeros(n_people * n_programmes, BOND).reshape(n_people, n_programmes)),
        "boards": rows(zeros(n_people * n_boards, SCORE).reshape(n_people, n_boards)),
        "agents": rows(np.zeros(len(inputs.agents), WORK)),
        "budgets": rows(np.zeros(n_programmes, BUDGET)),
        "grants": rows(np.zeros(1, GRANT)),
        "carried": np.zeros((1, 2), np.int64),
    }


def _longer(array: Any, length: int) -> Any:
    """Return a copy of at least this length, at least doubled; what is new is zero."""
    longer = np.zeros((max(length, 2 * len(array)), *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return rows(longer) if array.dtype.names else longer


def _by_person(state: State) -> tuple[str, ...]:
    """Return the names of what is kept for each person beyond the plain kernel."""
    return ("more", "bonds", "boards") if len(state.more) == len(state.people) else ()


def grown(state: State, reason: int) -> State:
    """Return the state with more of the memory that was short; ``reason`` is the kernel's."""
    room = int(state.counters[ROOM])
    if reason == ExitReason.LOG_FULL:
        return state._replace(log=_longer(state.log, int(state.counters[N_LOG]) + room))
    if reason == ExitReason.QUEUE_FULL:
        near = int(state.counters[N_NEAR]) + room
        chunks = len(state.far) + min(room, room // CHUNK_ENTRIES + len(state.counts) + 1)
        return state._replace(
            near=_longer(state.near, near) if near > len(state.near) else state.near,
            far=_longer(state.far, chunks) if near <= len(state.near) else state.far,
        )
    if reason == ExitReason.PEOPLE_FULL:
        n = int(state.counters[N_PEOPLE]) + room
        return state._replace(
            people=(people := _longer(state.people, n)),
            joined=_longer(state.joined, len(people) // 64 + 1),
            keys=_longer(state.keys, n),
            activity=_longer(state.activity, n),
            relations=_longer(state.relations, n),
            **{name: _longer(getattr(state, name), n) for name in _by_person(state)},
        )
    if reason == ExitReason.GRANTS_FULL:
        return state._replace(grants=_longer(state.grants, int(state.counters[N_GRANTS]) + room))
    if reason == ExitReason.CARRIED_FULL:
        return state._replace(carried=_longer(state.carried, int(state.counters[N_CARRIED]) + room))
    return state


def bytes_to_grow(state: State, reason: int) -> int:
    """Return about how many bytes :func:`grown` would allocate."""
    short: tuple[Any, ...] = ()
    if reason == ExitReason.LOG_FULL:
        short = (state.log,)
    elif reason == ExitReason.QUEUE_FULL:
        near = int(state.counters[N_NEAR] + state.counters[ROOM])
        short = (state.near if near > len(state.near) else state.far,)
    elif reason == ExitReason.PEOPLE_FULL:
        short = (state.people, state.keys, state.activity, state.relations)
        short += tuple(getattr(state, name) for name in _by_person(state))
    elif reason == ExitReason.GRANTS_FULL:
        short = (state.grants,)
    elif reason == ExitReason.CARRIED_FULL:
        short = (state.carried,)
    return sum(2 * array.nbytes for array in short)


def may_return(inputs: EngineInputs) -> bool:
    """Return whether customers who left may come back, so that one record cannot tell all they did."""
    people = inputs.segments
    return bool(((people["winback_maximum"] > 0) & (people["winback_probability"] > 0.0)).any())


def day_reached(state: State) -> float:
    """Return the day of the last event."""
    return float(state.hand[2, 0].view(np.float64))


def sizes(state: State) -> _Sizes:
    """Return how many events are logged and how many people there are."""
    return _Sizes(int(state.counters[N_LOG]), int(state.counters[N_PEOPLE]))


def tally_of_state(state: State) -> Tally:
    """Return the counts and sums that were kept in a run."""
    return Tally(state.by_credit, state.by_side, state.rewarded, state.by_segment)


def lives_of(inputs: EngineInputs, world: World, state: State, log: npt.NDArray[np.void]) -> Lives:
    """Return who joined when and by what, out of what is known of each person at the end."""
    people = state.people[: sizes(state).n_people].view(np.ndarray)
    costs = np.ascontiguousarray(inputs.world["paid_cost_cents"])
    if world.grammar is None:
        return Lives(people, inputs.starts, costs)
    more, known = state.more[: len(people)].view(np.ndarray), np.zeros(len(people), LIFE_DTYPE)
    for name in LIFE_DTYPE.names or ():
        known[name] = people[name]
    active, gone = known["status"] >= CUSTOMER, known["status"] == GONE
    known["active_day"][active] = more["first_active_day"][active]
    known["churn_day"][gone] = more["churn_day"][gone]
    known["churn_number"][gone] = more["churn_number"][gone]
    known["status"][inputs.n_people :][: len(inputs.agents)] = 0
    if may_return(inputs):
        known["status"][gone] = CUSTOMER
    return Lives(known, inputs.starts, costs, log)
