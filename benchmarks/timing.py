"""Measuring sides against each other: interleaved, medians, and a check that both did the same work."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

WARM_SECONDS = 1.0

Once = Callable[[int], "tuple[float, float]"]
"""One repeat of one side: given the number of the repeat, returns (seconds, size of what came out)."""


@dataclass
class Side:
    """What one side took and what it computed, a number a repeat.

    Attributes
    ----------
    seconds : list of float
        Processor time, unless the row says otherwise.
    sizes : list of float
        How much came out: customers, people reached, events.
    """

    name: str
    seconds: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)

    @property
    def median_seconds(self) -> float:
        """Median over the repeats."""
        return statistics.median(self.seconds)

    @property
    def mean_size(self) -> float:
        """Mean of what came out."""
        return statistics.fmean(self.sizes)


class WorkDiffersError(AssertionError):
    """The two sides did not do the same work, so that a ratio of their times would mean nothing."""


def interleave(sides: dict[str, Once], repeats: int) -> dict[str, Side]:
    """Measure all sides in turn, ABAB, so that a slow minute of the machine hits them alike.

    A side that takes less than ``WARM_SECONDS`` runs each repeat twice, and the second is counted: what
    the other side left in the processor's caches would otherwise be part of the time. A longer run
    makes its own warmth.

    Parameters
    ----------
    sides : dict
        By name, what runs one repeat.
    repeats : int, >= 1
    """
    measured = {name: Side(name) for name in sides}
    for repeat in range(repeats):
        for name, once in sides.items():
            seconds, size = once(repeat)
            if seconds < WARM_SECONDS:
                seconds, size = once(repeat)
            measured[name].seconds.append(seconds)
            measured[name].sizes.append(size)
    return measured


def timed(work: Callable[[], T], size: Callable[[T], float]) -> tuple[float, float]:
    """Return the processor seconds that a piece of work took, and the size of its result.

    Finding the size is not timed.
    """
    before = time.process_time()
    result = work()
    return time.process_time() - before, size(result)


def ratio(theirs: Side, ours: Side) -> float:
    """Return how many times the median of ``ours`` fits into that of ``theirs``."""
    return theirs.median_seconds / max(ours.median_seconds, 1e-9)


def same_size(ours: Sequence[float], theirs: Sequence[float], most_z: float = 5.0) -> str:
    """Say in words that two samples of sizes have the same mean within noise.

    The standard error of the difference is estimated from both samples together. With a single
    repeat a side it cannot be, and 2 % of the mean stand in for one standard deviation.

    Raises
    ------
    WorkDiffersError
        If the means are more than ``most_z`` standard errors apart.

    Examples
    --------
    >>> same_size([100.0, 102.0], [101.0, 103.0])
    'mean 101 against 102 (z = 0.7)'
    """
    a, b = statistics.fmean(ours), statistics.fmean(theirs)
    spread = [x - a for x in ours] + [x - b for x in theirs]
    freedom = len(ours) + len(theirs) - 2
    variance = sum(d * d for d in spread) / freedom if freedom > 0 else (0.02 * a) ** 2
    error = math.sqrt(variance * (1 / len(ours) + 1 / len(theirs)))
    z = abs(a - b) / error if error > 0 else (0.0 if a == b else math.inf)
    if z > most_z:
        raise WorkDiffersError(f"mean size {a:,.0f} against {b:,.0f}: {z:.1f} standard errors apart")
    return f"mean {a:,.0f} against {b:,.0f} (z = {z:.1f})"


def seconds_text(seconds: float) -> str:
    """Return a duration with three digits and a fitting unit.

    Examples
    --------
    >>> seconds_text(0.0123), seconds_text(12.34), seconds_text(4.2e-8)
    ('12.3 ms', '12.3 s', '42.0 ns')
    """
    for limit, factor, unit in ((1e-6, 1e9, "ns"), (1e-3, 1e6, "µs"), (1.0, 1e3, "ms")):
        if seconds < limit:
            return f"{_digits(seconds * factor)} {unit}"
    return f"{_digits(seconds)} s"


def _digits(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def times_text(value: float) -> str:
    """Return a ratio with three digits.

    Examples
    --------
    >>> times_text(412.3), times_text(1.234)
    ('412 times', '1.23 times')
    """
    return f"{_digits(value)} times"
