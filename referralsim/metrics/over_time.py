"""K by cohort and by calendar time: whether it wears out."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from referralsim.metrics.events import Floats, sums_by
from referralsim.metrics.offspring import longest, weights
from referralsim.metrics.virality import K

MOST_PERIODS = 26
AGE_CELLS = 30


def period_edges(horizon_days: float) -> Floats:
    """Return the edges of calendar periods: days, weeks, months, quarters or years, at most 26 of them.

    Examples
    --------
    >>> period_edges(10.0)[:3], len(period_edges(365.0)) - 1
    (array([0., 1., 2.]), 13)
    """
    for width in (1.0, 7.0, 30.0, 90.0, 365.0):
        if 1.0 <= horizon_days <= width * MOST_PERIODS:
            return np.append(np.arange(0.0, horizon_days, width), horizon_days)
    return np.linspace(0.0, horizon_days, 11 if horizon_days < 1.0 else MOST_PERIODS + 1)


def cohort_table(k: K) -> pd.DataFrame:
    """Return K by the period in which customers joined.

    Returns
    -------
    pandas.DataFrame
        cohort_start_days, cohort_end_days, customers, observed_days (longest), k_offspring (mean cumulative
        function within the cohort; NaN where nobody was observed for the window), k_so_far (customers
        brought until the horizon per customer, whatever the age: biased for late cohorts).
    """
    joins, links = k.joins, k.offspring
    edges = period_edges(joins.record.horizon_days)
    n = len(edges) - 1
    cohort = np.searchsorted(edges, joins.joined_days, side="right") - 1
    of_parent = cohort[links.parent]
    observed = joins.observed_days
    weight = weights(links.age_days, of_parent, observed, cohort, n, k.window_days)
    customers = np.bincount(cohort, minlength=n)
    seen = longest(observed, cohort, n)
    brought = np.bincount(of_parent, minlength=n)
    return pd.DataFrame(
        {
            "cohort_start_days": edges[:-1],
            "cohort_end_days": edges[1:],
            "customers": customers,
            "observed_days": np.where(customers > 0, seen, np.nan),
            "k_offspring": np.where(seen >= k.window_days, sums_by(of_parent, weight, n), np.nan),
            "k_so_far": np.where(customers > 0, brought / np.maximum(1, customers), np.nan),
        }
    )


def _exposure(joined_days: Floats, time_edges: Floats, age_edges: Floats) -> Floats:
    """Return customer-days spent in each cell of calendar period and age, exactly, shape (periods, ages)."""
    running = np.concatenate([[0.0], np.cumsum(joined_days)])
    since = time_edges[:, None] - age_edges[None, :]
    n_before = np.searchsorted(joined_days, since, side="right")
    lived = n_before * since - running[n_before]
    cells: Floats = (lived[1:, :-1] - lived[1:, 1:]) - (lived[:-1, :-1] - lived[:-1, 1:])
    return cells


def k_t_table(k: K) -> pd.DataFrame:
    """Return K against calendar time and penetration.

    Few customers of a period have all ages, so K is standardised indirectly, as demographers do with
    deaths: K of the period = K x friends who joined in the period / friends to be expected in it if customers
    of every age brought as many as they did over the whole run. Only ages up to the window count.

    Returns
    -------
    pandas.DataFrame
        start_days, end_days, day (the middle), customers (at the end), penetration (customers / people at
        the end; NaN with fresh contacts), k (NaN where nobody could bring anybody, or K is undefined),
        n_offspring (who joined in the period), n_expected.
    """
    joins, links = k.joins, k.offspring
    edges = period_edges(joins.record.horizon_days)
    age_edges = np.linspace(0.0, k.window_days, AGE_CELLS + 1)
    lived = np.maximum(0.0, _exposure(joins.joined_days, edges, age_edges))
    events = np.histogram2d(joins.joined_days[links.child], links.age_days, [edges, age_edges])[0]
    all_events, all_lived = events.sum(axis=0), lived.sum(axis=0)
    expected = lived @ np.divide(all_events, all_lived, out=np.zeros(AGE_CELLS), where=all_lived > 0)
    seen = events.sum(axis=1)
    whole = float(k.weight.sum()) if k.defined else math.nan
    customers = np.searchsorted(joins.joined_days, edges[1:], side="left")
    people = joins.record.n_people if joins.record.limited_graph else math.nan
    return pd.DataFrame(
        {
            "start_days": edges[:-1],
            "end_days": edges[1:],
            "day": (edges[:-1] + edges[1:]) / 2,
            "customers": customers,
            "penetration": customers / people,
            "k": whole * np.divide(seen, expected, out=np.full_like(expected, np.nan), where=expected > 0),
            "n_offspring": seen.astype(np.int64),
            "n_expected": expected,
        }
    )
