"""What is varied: ``PATH=VALUES`` as a list, a range to go through, or a range to draw from.

=========================  ============================================
written                    means
=========================  ============================================
``x=5 %, 10 %, 20 %``      these values, numbers or words
``x=5 %..25 %:5``          five values, evenly from 5 % to 25 %
``x=5 %..25 %``            anything between (five values in a grid)
=========================  ============================================
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from referralsim.errors import UsageError
from referralsim.experiment.points import Load, Number, between, decimals_for, read_number

DEFAULT_STEPS = 5
MOST_STEPS = 1000
_RANGE = re.compile(r"(?P<low>[^:]+?)\.\.(?P<high>[^:]+?)(?::\s*(?P<steps>\d+)\s*)?")


class Axis(NamedTuple):
    """One thing that is varied."""

    path: str
    values: tuple[str, ...]  # as written; of a range, its grid
    low: Number | None = None  # of a range
    high: Number | None = None
    decimals: int | None = None  # to which the field must be written; None: any

    @property
    def is_range(self) -> bool:
        """Whether any value between two ends may be drawn."""
        return self.low is not None

    @property
    def numbers(self) -> tuple[float, ...] | None:
        """The values as numbers of one unit, or None if some are words or units differ."""
        found = [read_number(value) for value in self.values]
        numbers = [number for number in found if number is not None]
        if len(numbers) < len(found) or len({number.unit for number in numbers}) > 1:
            return None
        return tuple(number.value for number in numbers)

    @property
    def unit(self) -> str:
        """The unit in which the numbers are written."""
        first = read_number(self.values[0])
        return first.unit if first is not None else ""

    def at(self, share: float) -> str:
        """Return the value at a share of the way through a range, or of a list, as a text."""
        if self.low is None or self.high is None:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        return between(self.low, self.high, share, self.decimals)


def read_axis(text: str, load: Load) -> Axis:
    """Return what is varied.

    Parameters
    ----------
    text : str
        ``PATH=VALUES``, see above.
    load : callable
        Loads the scenario with a value; used to learn how a number must be written.

    Raises
    ------
    UsageError
        If the text is not of that form.
    ScenarioError
        If the scenario takes no such value there.
    """
    path, sign, written = (part.strip() for part in text.partition("="))
    if not sign or not path or not written:
        raise UsageError("--vary", f"{text!r} is not PATH=VALUES", "for example 'product.brand=0.1..0.9:5'")
    found = _RANGE.fullmatch(written)
    if found is None:
        values = tuple(value.strip() for value in written.split(","))
        if not all(values) or len(set(values)) < len(values):
            raise UsageError("--vary", f"{text!r} has an empty or a repeated value")
        return Axis(path, values)
    low, high = read_number(found["low"].strip()), read_number(found["high"].strip())
    if low is None or high is None or low.unit != high.unit:
        raise UsageError("--vary", f"the ends of {written!r} are not two numbers of one unit")
    if not low.value < high.value:
        raise UsageError("--vary", f"{written!r} does not begin below its end")
    steps = int(found["steps"] or DEFAULT_STEPS)
    if not 2 <= steps <= MOST_STEPS:
        raise UsageError("--vary", f"{written!r} has {steps} steps", f"from 2 to {MOST_STEPS} are possible")
    decimals = decimals_for(load, path, low, high)
    grid = (between(low, high, step / (steps - 1), decimals) for step in range(steps))
    return Axis(path, tuple(dict.fromkeys(grid)), low, high, decimals)


def read_axes(texts: Sequence[str], load: Load) -> tuple[Axis, ...]:
    """Return all that is varied; each path once.

    Raises
    ------
    UsageError
        If nothing is, or a path is named twice.
    """
    axes = tuple(read_axis(text, load) for text in texts)
    if not axes:
        raise UsageError("--vary", "nothing is varied", "name at least one PATH=VALUES")
    paths = [axis.path for axis in axes]
    if len(set(paths)) < len(paths):
        raise UsageError("--vary", "names a path twice")
    return axes
