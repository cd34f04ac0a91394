"""Numbers as texts with their units, so that they can be varied without losing how they were written."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from referralsim.scenario.quantity import is_number

_NUMBER = re.compile(r"\s*(?P<number>[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>.*?)\s*")


class Number(NamedTuple):
    """A written number: ``5 %`` is 5 and ``%``."""

    value: float
    unit: str
    decimals: int

    def text(self, decimals: int | None = None) -> str:
        """Return it as it would be written."""
        number = f"{self.value:.6g}" if decimals is None else f"{self.value:.{decimals}f}"
        if self.unit in ("", "%"):
            return f"{number}{' ' * bool(self.unit)}{self.unit}"
        return f"{number} {self.unit}"


def read_number(text: str) -> Number | None:
    """Return the number and the unit of a text, or None if it begins with no number.

    Examples
    --------
    >>> read_number("5 %"), read_number("2.50"), read_number("presence")
    (Number(value=5.0, unit='%', decimals=0), Number(value=2.5, unit='', decimals=2), None)
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    digits = found["number"].lower().partition("e")[0].partition(".")[2]
    return Number(float(found["number"].replace("_", "")), found["unit"], len(digits))


def number_of(value: Any) -> Number | None:
    """Return the number that plain data holds, itself or as a text with a unit; None for anything else.

    Examples
    --------
    >>> number_of(0.25), number_of("3 d"), number_of(True)
    (Number(value=0.25, unit='', decimals=2), Number(value=3.0, unit='d', decimals=0), None)
    """
    if is_number(value) or isinstance(value, str):
        return read_number(str(value))
    return None


def between(low: Number, high: Number, share: float, decimals: int | None) -> str:
    """Return the text of the value at a share of the way from low to high (of one unit)."""
    value = low.value + share * (high.value - low.value)
    return Number(value, low.unit, 0).text(decimals)
