"""Memory of the compiled engine: it is laid out, measured and grown here, between calls of the kernel."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.engine.contract import EngineInputs, GraphKind
from referralsim.engine.kernel_queue import CHUNK_ENTRIES
from referralsim.engine.kernel_state import (
    BUCKET,
    FREE_CHUNK,
    N_COUNTERS,
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
from referralsim.eventlog.kinds import LOG_DTYPE
from referralsim.randomness import Purpose, stream_key

__all__ = ["ExitReason", "day_reached", "grown", "new_state", "sizes", "world_of"]

_TABLES = ("world", "segments", "streams", "programmes", "asks", "channels")


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


def _moments_matter(inputs: EngineInputs) -> npt.NDArray[np.int64]:
    """Mark the segments in which a use can be a moment or set off a loop."""
    moments = inputs.segments["happy_probability"] + inputs.segments["unhappy_probability"]
    loops = inputs.streams[:, :3]
    any_loop = ((loops["enabled"] != 0) & (loops["probability"] > 0.0)).any()
    return ((moments > 0.0).any(axis=0) | any_loop).astype(np.int64)  # type: ignore[no-any-return]


def world_of(inputs: EngineInputs, seed: int, log_mask: int, small_memory: bool) -> World:
    """Return the fixed part of a run: the inputs in the kernel's types, and what follows from them."""
    given = {name: getattr(inputs, name) for name in World._fields if hasattr(inputs, name)}
    for name in _TABLES:
        given[name] = rows(given[name])
    n_buckets = _n_buckets(inputs, small_memory)
    given.update(
        draws=np.array([stream_key(seed, purpose) for purpose in Purpose], np.uint64),
        columns=_columns(inputs),
        ask_rows=_ask_rows(inputs),
        moments_matter=_moments_matter(inputs),
        buckets_per_day=n_buckets / float(inputs.horizon_days),
        log_mask=log_mask,
    )
    for name in ("horizon_days", "attribution_window_days", "fresh_strength", "activity_a", "activity_b"):
        given[name] = float(given[name])
    for name in ("graph_kind", "attribution_rule", "activity_law", "max_people"):
        given[name] = int(given[name])
    return World(**{name: _fixed(value) for name, value in given.items()})


def _n_buckets(inputs: EngineInputs, small_memory: bool) -> int:
    return 7 if small_memory else int(min(2**14, max(2**8, inputs.n_people // 16)))


def new_state(inputs: EngineInputs, world: World, small_memory: bool) -> State:
    """Return the state before anything has happened, with a first guess at the memory needed."""
    n = inputs.n_people
    n_buckets = _n_buckets(inputs, small_memory)
    fresh = inputs.graph_kind == GraphKind.FRESH
    people = np.zeros(max(n, 1), PERSON)
    people["segment"][:n] = inputs.segment
    relations = np.zeros((len(people), int(world.columns.max(initial=-1)) + 1), RELATION)
    longest = int(np.diff(inputs.offsets).max(initial=1)) if inputs.graph_kind == GraphKind.TIES else 1
    counters = np.zeros(N_COUNTERS, np.int64)
    counters[[BUCKET, FREE_CHUNK]] = -1
    counters[N_PEOPLE] = n
    activity = np.ones(len(people))
    activity[:n] = inputs.activity
    return State(
        people=rows(people),
        keys=np.arange(len(people) if fresh else 1, dtype=np.uint64),
        activity=activity,
        relations=rows(relations),
        near=np.zeros((1 if small_memory else 2**10, 4), np.uint64),
        far=np.zeros((n // CHUNK_ENTRIES + n_buckets + 4, CHUNK_ENTRIES + 1, 4), np.uint64),
        heads=np.full(n_buckets, -1, np.int64),
        counts=np.zeros(n_buckets, np.int64),
        # pages that are never written cost no memory
        log=rows(np.empty(1 if small_memory else min(2**24, max(2**16, 16 * n)), LOG_DTYPE)),
        counters=counters,
        scratch=np.zeros((3, longest), np.int64),
    )


def _longer(array: Any, length: int) -> Any:
    """Return a copy of at least this length, at least doubled; what is new is zero."""
    longer = np.zeros((max(length, 2 * len(array)), *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return rows(longer) if array.dtype.names else longer


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
            people=_longer(state.people, n),
            keys=_longer(state.keys, n),
            activity=_longer(state.activity, n),
            relations=_longer(state.relations, n),
        )
    return state


def day_reached(state: State) -> float:
    """Return the day of the earliest pending event in the present bucket."""
    return float(state.near[0, 0].view(np.float64))


def sizes(state: State) -> _Sizes:
    """Return how many events are logged and how many people there are."""
    return _Sizes(int(state.counters[N_LOG]), int(state.counters[N_PEOPLE]))
