"""Who brought whom after how long, and how much each counts when not everybody was watched to the end.

The estimator of K is the *mean cumulative function* of a recurrent event. With Y(a) customers still
under observation at age a, every friend who joins at age a adds 1 / Y(a)::

    MCF(w) = sum over friends with age a <= w of 1 / Y(a)

A customer who joined yesterday is in Y only up to age one day: censored, not counted as zero.

Source: W. Nelson, *Confidence limits for recurrence data*, Technometrics 37(2), 1995,
doi:10.1080/00401706.1995.10484299.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from referralsim.metrics.events import Floats, Ints, order_by
from referralsim.metrics.joins import Joins


class Offspring(NamedTuple):
    """Every customer who was brought by a customer; arrays of shape (n_offspring,)."""

    parent: Ints  # row in the table of customers
    child: Ints  # row in the table of customers
    age_days: Floats  # of the parent when the child joined, >= 0


def offspring_of(joins: Joins) -> Offspring:
    """Return all links of the forest of customers, with the parent's age."""
    child = np.flatnonzero(joins.parent >= 0)
    parent = joins.parent[child]
    return Offspring(parent, child, np.maximum(0.0, joins.joined_days[child] - joins.joined_days[parent]))


def default_window_days(horizon_days: float) -> float:
    """Return the window w of the K family where a scenario names none: half the horizon.

    Who joins in the first half of the run is then watched for the whole window.

    Examples
    --------
    >>> default_window_days(365.0), default_window_days(60.0)
    (182.5, 30.0)
    """
    return horizon_days / 2


def weights(
    age_days: Floats,
    event_group: Ints,
    observed_days: Floats,
    customer_group: Ints,
    n_groups: int,
    window_days: float,
) -> Floats:
    """Return what each friend adds to the mean cumulative function of the parent's group.

    Parameters
    ----------
    age_days, event_group : arrays, shape (n_offspring,)
        Age of the parent at each event, and the parent's group in [0, n_groups); -1: in no group.
    observed_days, customer_group : arrays, shape (n_customers,)
        How long each customer was observed, and its group.
    window_days : float
        Friends at a higher age add nothing.

    Returns
    -------
    float array, shape (n_offspring,)
        1 / (customers of the group observed for at least that age), or 0 outside window and groups.
    """
    result = np.zeros(len(age_days))
    use = np.flatnonzero((age_days <= window_days) & (event_group >= 0))
    use = use[order_by(event_group[use], n_groups)]
    members = order_by(customer_group, n_groups)
    event_edges = np.searchsorted(event_group[use], np.arange(n_groups + 1))
    member_edges = np.searchsorted(customer_group[members], np.arange(n_groups + 1))
    for group in range(n_groups):
        events = use[event_edges[group] : event_edges[group + 1]]
        observed = observed_days[members[member_edges[group] : member_edges[group + 1]]]
        observed = np.sort(observed[::-1], kind="stable")  # in the order of joining it is sorted: at no cost
        at_risk = len(observed) - np.searchsorted(observed, age_days[events], side="left")
        result[events] = 1.0 / at_risk
    return result


def longest(observed_days: Floats, customer_group: Ints, n_groups: int) -> Floats:
    """Return for each group how long its longest observed customer was observed (-inf: no customer)."""
    result = np.full(n_groups, -np.inf)
    inside = customer_group >= 0
    np.maximum.at(result, customer_group[inside], observed_days[inside])
    return result
