"""Customers over time, by the loop that brought them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from referralsim.metrics.events import Floats
from referralsim.metrics.joins import LOOP_NAMES, Joins

GRID_POINTS = 200


def time_grid(horizon_days: float) -> Floats:
    """Return the days on which adoption is read: whole steps of days, at most 200 points, the horizon last.

    Examples
    --------
    >>> len(time_grid(365.0)), time_grid(365.0)[-2:]
    (184, array([364., 365.]))
    """
    if horizon_days < 20:
        return np.linspace(0.0, horizon_days, 101)
    step = math.ceil(horizon_days / (GRID_POINTS - 1))
    return np.append(np.arange(0.0, horizon_days, step), horizon_days)


def adoption_table(joins: Joins) -> pd.DataFrame:
    """Return customers over time by the loop that brought them.

    Returns
    -------
    pandas.DataFrame
        day (a fixed grid of at most 200 points that depends on the horizon only), loop (those that
        occur), customers (joined so far), active (of these, not away).
    """
    grid = time_grid(joins.record.horizon_days)
    loops = np.flatnonzero(np.bincount(joins.loop))
    customers, active = np.zeros((2, len(loops), len(grid)), np.int64)
    for i, loop in enumerate(loops):
        mine = joins.loop == loop
        left, back = (m.days[mine[m.row]] for m in (joins.departures, joins.returns))
        joined, gone, won = (
            np.searchsorted(days, grid, side="right") for days in (joins.joined_days[mine], left, back)
        )
        customers[i], active[i] = joined, joined - gone + won
    return pd.DataFrame(
        {
            "day": np.tile(grid, len(loops)),
            "loop": pd.Series(np.repeat([LOOP_NAMES[loop] for loop in loops], len(grid)), dtype=str),
            "customers": customers.ravel(),
            "active": active.ravel(),
        }
    )
