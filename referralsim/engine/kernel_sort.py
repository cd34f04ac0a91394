"""Put a log that is already in the order of time into the total order."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from referralsim.engine.kernel_state import PLAIN, compiled, entry
from referralsim.eventlog.kinds import LOG_DTYPE

__all__ = ["LONG_RUN", "PLAIN", "order_runs"]

# above this a run of equal times is left to numpy, as insertion takes quadratic time
LONG_RUN = 32
_WORDS = LOG_DTYPE.itemsize // 8


@compiled
def _comes_before(a: Any, b: Any) -> bool:
    """Return whether event ``a`` comes before ``b``, both at one time."""
    if a.kind != b.kind:
        return a.kind < b.kind  # type: ignore[no-any-return]
    if a.actor != b.actor:
        return a.actor < b.actor  # type: ignore[no-any-return]
    if a.target != b.target:
        return a.target < b.target  # type: ignore[no-any-return]
    return a.attempt < b.attempt  # type: ignore[no-any-return]


@compiled
def _move_up(words: Any, row: int, place: int) -> None:
    """Move a row up to an earlier place, and those between one down."""
    width = _WORDS
    w0, w1, w2 = words[row * width], words[row * width + 1], words[row * width + 2]
    w3, w4 = words[row * width + 3], words[row * width + 4]
    for word in range(row * width - 1, place * width - 1, -1):
        words[word + width] = words[word]
    words[place * width], words[place * width + 1], words[place * width + 2] = w0, w1, w2
    words[place * width + 3], words[place * width + 4] = w3, w4


@compiled
def _insert(log: Any, words: Any, first: int, end: int) -> None:
    """Sort ``log[first:end]``, of one time, by insertion; equal events keep their places."""
    for row in range(first + 1, end):
        place = row
        while place > first and _comes_before(log[row], log[place - 1]):
            place -= 1
        if place < row:
            _move_up(words, row, place)


@entry
def order_runs(log: Any, words: Any, long_runs: npt.NDArray[np.int64]) -> int:
    """Sort the short runs of equal times in place and note where the long unsorted ones are.

    Parameters
    ----------
    log : array of LOG_DTYPE, in the order of time
    words : uint64 array, shape (5 * len(log),)
        The same memory: rows are moved as five words each.
    long_runs : int64 array, shape (at least len(log) // LONG_RUN + 1, 2)
        Filled with first and end of each long run.

    Returns
    -------
    int
        How many long runs there are; -1 if the log is not in the order of time.
    """
    n_long, first = 0, 0
    while first < len(log):
        time = log[first].time
        end = first + 1
        is_sorted = True
        while end < len(log) and log[end].time == time:
            is_sorted = is_sorted and not _comes_before(log[end], log[end - 1])
            end += 1
        if end < len(log) and log[end].time < time:
            return -1
        if not is_sorted:
            if end - first <= LONG_RUN:
                _insert(log, words, first, end)
            else:
                long_runs[n_long, 0] = first
                long_runs[n_long, 1] = end
                n_long += 1
        first = end
    return n_long
