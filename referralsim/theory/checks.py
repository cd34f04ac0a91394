"""Ranges of the symbols: each check returns its value or says in a sentence what was wrong with it."""

from __future__ import annotations

import math
import operator
from typing import SupportsIndex


def probability(name: str, value: float) -> float:
    """Return a chance or share.

    Raises
    ------
    ValueError
        Unless ``0 <= value <= 1``.

    Examples
    --------
    >>> probability("T", 1.5)
    Traceback (most recent call last):
    ...
    ValueError: T must be between 0 and 1 (got 1.5)
    """
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must be between 0 and 1 (got {value})")
    return float(value)


def at_least(name: str, value: float, least: float = 0.0) -> float:
    """Return a finite number that is not below a bound.

    Raises
    ------
    ValueError
        Unless ``least <= value < inf``.
    """
    if not least <= value < math.inf:
        raise ValueError(f"{name} must be finite and at least {least:g} (got {value})")
    return float(value)


def above(name: str, value: float, bound: float = 0.0) -> float:
    """Return a finite number above a bound.

    Raises
    ------
    ValueError
        Unless ``bound < value < inf``.
    """
    if not bound < value < math.inf:
        raise ValueError(f"{name} must be finite and above {bound:g} (got {value})")
    return float(value)


def finite(name: str, value: float) -> float:
    """Return a finite number.

    Raises
    ------
    ValueError
        If it is infinite or not a number.
    """
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite (got {value})")
    return float(value)


def subcritical(name: str, value: float, why: str) -> float:
    """Return a mean that is at least 0 and below 1.

    Raises
    ------
    ValueError
        Unless ``0 <= value < 1``; the message ends with `why`.
    """
    if not 0.0 <= value < 1.0:
        raise ValueError(f"{name} must be at least 0 and below 1 (got {value}): {why}")
    return float(value)


def whole(name: str, value: SupportsIndex, least: int = 0) -> int:
    """Return a whole number that is not below a bound.

    Raises
    ------
    ValueError
        If it is below the bound.
    TypeError
        If it is no whole number.
    """
    number = operator.index(value)
    if number < least:
        raise ValueError(f"{name} must be at least {least} (got {number})")
    return number
