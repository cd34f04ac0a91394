"""Memory of a run of the compiled engine: what it needs, what there is, and what would fit.

Most of it is known beforehand: so many bytes a person and a tie. How many events a run has is not known,
so :func:`estimate_memory` reckons with everybody becoming a customer, and the log is looked at again each
time it grows (:func:`refuse_growth`). Only what cannot fit whatever happens is refused at the start.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from referralsim.engine.contract import EngineInputs, PaysOn, Trigger
from referralsim.engine.kernel_needs import needs_grammar
from referralsim.errors import RunFailed
from referralsim.eventlog.kinds import LOG_DTYPE
from referralsim.eventlog.record import LEVELS, Level

PERSON_BYTES = 48
RELATION_BYTES = 32
MORE_BYTES = 128  # a person, in worlds that use the whole grammar; the next three likewise
BOND_BYTES = 8
SCORE_BYTES = 16
GRANT_BYTES = 64
EVENT_BYTES = 36  # an entry of the calendar, with its share of the head of a chunk
BUCKET_BYTES = 16 + 512  # a bucket, and the chunk that is open in it

_CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.stat"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        "/sys/fs/cgroup/memory/memory.stat",
    ),
)


class Need(NamedTuple):
    """Bytes beyond the inputs, which are there already."""

    at_least: int  # whatever happens
    all_join: int  # if everybody becomes a customer at once and stays


def need_of(inputs: EngineInputs, level: Level) -> Need:
    """Return what a run needs beyond its inputs.

    The log of level ``full`` is reckoned without invitations, whose number depends on too much.
    """
    n = inputs.n_people
    n_columns = int((inputs.streams["enabled"] != 0).any(axis=0).sum())
    n_buckets = min(2**14, max(2**8, n // 16))
    # and a bit a person: who is a prospect
    fixed = n * PERSON_BYTES + n // 8 + n_buckets * BUCKET_BYTES
    ticking = np.isin(inputs.asks["trigger"], (Trigger.CALENDAR, Trigger.RANDOM)).any(axis=0).sum()
    # at most one use, one purchase, one candidate for leaving, one ask of a rule, and about one invitation
    pending = 4 + int(ticking)
    rows = {"summary": 0.0, "joins": 3.0, "full": 3.0 + _rows_of_a_life(inputs)}[level]
    state = n_columns * RELATION_BYTES + pending * EVENT_BYTES + _grammar_of_a_life(inputs)
    joined = n * (state + rows * LOG_DTYPE.itemsize)
    return Need(fixed, fixed + int(joined))


def _grammar_of_a_life(inputs: EngineInputs) -> int:
    """Return the bytes of a customer beyond the plain kernel, with a reward by each rule."""
    if not needs_grammar(inputs):
        return 0
    n_rewards = inputs.rewards.shape[1]
    n_boards = int((inputs.rewards["on"][0] == PaysOn.LEADERBOARD).sum())
    bonds = BOND_BYTES * inputs.programmes.shape[1] + SCORE_BYTES * n_boards
    return int(MORE_BYTES + bonds + GRANT_BYTES * n_rewards)


def _rows_of_a_life(inputs: EngineInputs) -> float:
    """Return a customer's moments, purchases and random asks over the whole run, at the highest rates."""
    moments = inputs.segments["happy_probability"] + inputs.segments["unhappy_probability"]
    every = inputs.segments["purchase_every_days"]
    bought = np.divide(1.0, every, out=inputs.purchase_rate.copy(), where=every > 0.0)
    a_day = (inputs.use_rate * moments).max() + bought.max() + inputs.ask_rate.max(initial=0.0)
    return float(a_day * inputs.horizon_days)


def estimate_memory(inputs: EngineInputs, level: Level) -> int:
    """Return the bytes of a run and its inputs, if everybody becomes a customer.

    Parameters
    ----------
    inputs : EngineInputs
    level : {"full", "joins", "summary"}
        The log of level ``full`` is reckoned without invitations.
    """
    arrays = [value for value in inputs if isinstance(value, np.ndarray)]
    # one number seen n times over has no strides
    held = sum(array.nbytes for array in arrays if any(array.strides))
    return held + need_of(inputs, level).all_join


def available_memory() -> int | None:
    """Return the bytes this process may still take, or None where the system does not tell."""
    found = [limit for limit in (_of_machine(), *map(_of_cgroup, _CGROUPS)) if limit is not None]
    return min(found) if found else None


def _of_machine() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _of_cgroup(files: tuple[str, str, str]) -> int | None:
    """Return what a container's limit leaves; files that are read from the disk again do not count."""
    try:
        limit, used = (int(Path(name).read_text(encoding="ascii")) for name in files[:2])
        stat = dict(line.split() for line in Path(files[2]).read_text(encoding="ascii").splitlines())
        return max(0, limit - used + int(stat.get("inactive_file", 0)))
    except (OSError, ValueError):
        return None


def in_words(n_bytes: float) -> str:
    """Return a number of bytes for reading.

    Examples
    --------
    >>> in_words(3.2e9), in_words(12e6)
    ('3.0 GiB', '11.4 MiB')
    """
    return f"{n_bytes / 2**30:,.1f} GiB" if n_bytes >= 2**30 else f"{n_bytes / 2**20:,.1f} MiB"


def refuse_start(inputs: EngineInputs, level: Level, available: int | None = None) -> None:
    """Refuse a run that cannot fit whatever happens in it.

    Parameters
    ----------
    available : int, optional
        Bytes that may be taken; by default what the system says.

    Raises
    ------
    RunFailed
        Saying how many people would fit.
    """
    room = available_memory() if available is None else available
    least = need_of(inputs, level).at_least
    if room is None or least <= room:
        return
    raise RunFailed(
        "memory",
        f"{inputs.n_people:,} people need at least {in_words(least)}, and {in_words(room)} are available",
        f"about {_rounded(inputs.n_people * room // least):,} people would fit",
    )


def refuse_growth(
    inputs: EngineInputs, level: Level, n_bytes: int, day: float, available: int | None = None
) -> None:
    """Refuse to let a buffer grow beyond the memory there is.

    Parameters
    ----------
    n_bytes : int
        Size of the new, larger buffer.
    day : float
        How far the run has come.

    Raises
    ------
    RunFailed
        Saying at what level, or with how many people, it would fit.
    """
    room = available_memory() if available is None else available
    if room is None or n_bytes <= room:
        return
    share = day / inputs.horizon_days * room / n_bytes
    less = [name for name in LEVELS[LEVELS.index(level) + 1 :] if estimate_memory(inputs, name) <= room]
    cures = [f"record less (--level {less[0]} would fit)"] if less else []
    cures += [f"take about {_rounded(int(inputs.n_people * share)):,} people", "shorten the horizon"]
    raise RunFailed(
        "memory",
        f"by day {day:.1f} of {inputs.horizon_days:g} the run needs {in_words(n_bytes)} more, "
        f"and {in_words(room)} are available",
        ", or ".join(cures),
    )


def _rounded(n: int) -> int:
    """Return a number rounded down to two digits, at least 1."""
    step = 10 ** max(0, len(str(n)) - 2)
    return int(max(1, n // step * step))
