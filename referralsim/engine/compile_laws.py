"""Laws and tables: the rows of empirical laws, and how rows of names become arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from referralsim.engine import contract as c
from referralsim.laws import Law

_LOGARITHMIC = (Law.LOGNORMAL,)
_BY_B = (Law.GAMMA, Law.WEIBULL, Law.PARETO)


class Laws:
    """Writes laws as columns, and collects the rows of empirical ones in one table."""

    def __init__(self) -> None:
        self._rows: list[float] = []

    @property
    def table(self) -> c.Floats:
        """Rows of all empirical laws so far; one row of nothing if there are none."""
        return np.array(self._rows or [0.0])

    def columns(self, name: str, law: Any, factor: float = 1.0) -> dict[str, float]:
        """Return the three columns of a law of amounts, each amount times a factor."""
        a, b = law.a, law.b
        if law.values:
            a, b = float(len(self._rows)), float(len(law.values))
            self._rows.extend(sorted(value * factor for value in law.values))
        elif factor != 1.0:
            a, b = _scaled(law.law, a, b, factor)
        return {f"{name}_law": law.law, f"{name}_a": a, f"{name}_b": b}


def _scaled(law: int, a: float, b: float, factor: float) -> tuple[float, float]:
    """Return the parameters of a law whose amounts are all times a factor."""
    if law in _LOGARITHMIC:
        return a + math.log(factor), b
    if law in _BY_B:
        return a, b * factor
    return a * factor, b * factor if law == Law.UNIFORM else b


def count_columns(name: str, law: Any) -> dict[str, float]:
    """Return the three columns of a law of whole numbers."""
    return {f"{name}_law": law.law, f"{name}_a": law.a, f"{name}_b": law.b}


def no_law(name: str) -> dict[str, float]:
    """Return the columns of the law that always gives 0."""
    return {f"{name}_law": int(Law.FIXED), f"{name}_a": 0.0, f"{name}_b": 0.0}


def fill(dtype: np.dtype[np.void], phases_rows: list[list[dict[str, Any]]]) -> c.Table:
    """Turn rows of dicts into a table of shape (n_phases, n_rows); what is not said is 0."""
    table = np.zeros((len(phases_rows), len(phases_rows[0])), dtype)
    for phase, rows in enumerate(phases_rows):
        for index, row in enumerate(rows):
            for name, value in row.items():
                table[phase, index][name] = value
    return table


def or_never(days: float | None) -> float:
    """Return a time, or infinity where the planner set none."""
    return math.inf if days is None else days


def or_none(amount: int | None) -> int:
    """Return an amount or a count, or the -1 that stands for no limit."""
    return -1 if amount is None else amount


def log_factor(factor: float) -> float:
    """Return the log-odds of a factor on odds; a factor of 0 stays a number."""
    return math.log(max(factor, 1e-300))
