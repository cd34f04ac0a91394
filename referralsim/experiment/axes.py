"""What is varied: ``PATH=VALUES`` as a list, a range to go through, or a range to draw from.

=========================  ============================================
written                    means
=========================  ============================================
``x=5 %, 10 %, 20 %``      these values, numbers or words
``x=5 %..25 %:5``          five values, evenly from 5 % to 25 %
``x=5 %..25 %``            anything between (five values in a grid)
=========================  ============================================

What the scenario itself says is uncertain is an axis as well, drawn by its law.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from referralsim.errors import UsageError
from referralsim.experiment.points import Load, decimals_for
from referralsim.scenario.checks_uncertain import decimals_of
from referralsim.scenario.doubt import ENDLESS, SHOWN, DoubtLaw, plain_text
from referralsim.scenario.draws import uncertain_places
from referralsim.scenario.quantity import currency_decimals
from referralsim.scenario.resolve import Study
from referralsim.scenario.written import Number, between, read_number

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
    law: DoubtLaw | None = None  # by which values are drawn; None: all between the ends equally likely

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
        """Return the value below which lies a share of all that is drawn, as a text."""
        if self.law is not None:
            return self.law.text(share, self.decimals)
        return self.along(share)

    def along(self, share: float) -> str:
        """Return the value at a share of the way through a range, or of a list, as a text."""
        if self.low is None or self.high is None:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        return between(self.low, self.high, share, self.decimals)

    def level(self, share: float) -> str:
        """Return :meth:`at`, but no farther out than the ends that are shown, where the law has none."""
        if self.law is not None and self.law.kind in ENDLESS:
            given = self.law.numbers
            first = 0.0 if "low" in given else SHOWN
            last = 1.0 if "high" in given else 1 - SHOWN
            return self.at(first + share * (last - first))
        return self.at(share)


def axis_of_law(path: str, law: DoubtLaw, decimals: int | None) -> Axis:
    """Return the axis of a number that the scenario says is uncertain.

    Parameters
    ----------
    path : str
    law : DoubtLaw
    decimals : int, optional
        To which the number must be written.
    """
    if law.kind == "one_of":
        return Axis(path, tuple(map(plain_text, law.values)), law=law)
    low, high = (Number(end, law.unit, 0) for end in law.span)
    grid = (between(low, high, step / (DEFAULT_STEPS - 1), decimals) for step in range(DEFAULT_STEPS))
    return Axis(path, tuple(dict.fromkeys(grid)), low, high, decimals, law)


def declared_axes(study: Study) -> tuple[Axis, ...]:
    """Return an axis for each number that a scenario says is uncertain."""
    decimals = currency_decimals(study.base.currency)
    return tuple(
        axis_of_law(entry.path, entry.law, decimals_of(entry.law, place, decimals))
        for entry, place in uncertain_places(study)
    )


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


def read_axes(texts: Sequence[str], load: Load, declared: Sequence[Axis] = ()) -> tuple[Axis, ...]:
    """Return all that is varied; each path once.

    Parameters
    ----------
    texts : sequence of str
        Each as for :func:`read_axis`.
    declared : sequence of Axis
        What is varied unless a text names the same path.

    Raises
    ------
    UsageError
        If nothing is, or a path is named twice.
    """
    axes = tuple(read_axis(text, load) for text in texts)
    paths = [axis.path for axis in axes]
    if len(set(paths)) < len(paths):
        raise UsageError("--vary", "names a path twice")
    axes = (*(axis for axis in declared if axis.path not in paths), *axes)
    if not axes:
        raise UsageError("--vary", "nothing is varied", "name at least one PATH=VALUES")
    return axes
