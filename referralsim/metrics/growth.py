"""Speed: how long a cycle takes, and how fast referral alone would make customers grow.

With weights b(a) that add up to K (see :mod:`referralsim.metrics.offspring`), the growth rate r solves
the Euler-Lotka equation ``sum of b(a) exp(-r a) = 1``: K alone does not say how fast, the delays do.

Source: J. Wallinga & M. Lipsitch, Proc. R. Soc. B 274:599-604, 2007, doi:10.1098/rspb.2006.3754.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from referralsim.metrics.events import Floats
from referralsim.metrics.intervals import pseudo_values
from referralsim.metrics.virality import UNDEFINED, K, Scalar, ratio

HISTOGRAM_BINS = 30
MOST_STEPS = 200
"""Newton's method takes about six."""


def cycle_time(k: K) -> tuple[Scalar, Scalar]:
    """Return median and mean days from a customer's joining to each friend's, censoring handled.

    Friends beyond the window are left out; both are undefined when nobody brought anybody.
    """
    inside = np.flatnonzero(k.weight > 0)
    if not len(inside):
        return UNDEFINED, ratio(0, 0)
    inside = inside[np.argsort(k.offspring.age_days[inside], kind="stable")]
    age, weight = k.offspring.age_days[inside], k.weight[inside]
    total = np.cumsum(weight)
    middle = int(np.searchsorted(total, total[-1] / 2, side="left"))
    days, friends = float((age * weight).sum()), float(total[-1])
    mean = Scalar(days / friends, len(age), days * k.windows, friends * k.windows)
    return Scalar(float(age[middle]), len(age)), mean


def euler_lotka(age_days: Floats, weight: Floats) -> float:
    """Return the growth rate a day that solves ``sum(weight * exp(-r * age)) = 1``.

    Parameters
    ----------
    age_days, weight : float arrays, shape (n,)
        Ages >= 0 at which friends join, and how many friends each stands for, > 0.

    Returns
    -------
    float
        Negative for K < 1, zero for K = 1. NaN without friends, or when no finite rate solves it because one
        friend or more joins at age 0, or all do.

    Examples
    --------
    >>> round(euler_lotka(np.array([1.0]), np.array([2.0])), 6)
    0.693147
    """
    instant = float(weight[age_days <= 0].sum())
    later = age_days > 0
    if instant >= 1 or not later.any():
        return math.nan
    age, log_weight = age_days[later], np.log(weight[later])

    # log(sum of weight exp(-rate age)) is convex and falls with the rate: after one step Newton's method
    # comes from the left and cannot overshoot. It spares the slow start of a library of optimisers.
    target, rate = math.log1p(-instant), 0.0
    for _ in range(MOST_STEPS):
        exponent = log_weight - rate * age
        top = float(exponent.max())
        share = np.exp(exponent - top)
        total = float(share.sum())
        step = (top + math.log(total) - target) * total / float((share * age).sum())
        rate += step
        if abs(step) <= 1e-13 + 1e-12 * abs(rate):
            break
    return rate


def growth_rate(k: K) -> Scalar:
    """Return the Euler-Lotka growth rate a day of referral alone, within the window."""
    inside = k.weight > 0
    rate = euler_lotka(k.offspring.age_days[inside], k.weight[inside]) if k.defined else math.nan
    return UNDEFINED if math.isnan(rate) else Scalar(rate, int(inside.sum()))


def pooled_growth_rates(friends: Floats, friend_days: Floats, windows: Floats) -> Floats:
    """Return each run's part in the growth rate of all runs together (centred jackknife pseudo-values).

    Parameters
    ----------
    friends, friend_days : float arrays, shape (n_runs, n_bins)
        As in :func:`cycle_time_table`. The friends of a bin all join at their mean age.
    windows : float array, shape (n_runs,)
        Windows observed, the denominator of `friends`.
    """
    count, days, seen = friends.sum(axis=0), friend_days.sum(axis=0), float(windows.sum())
    without = [
        _rate(count - friends[r], days - friend_days[r], seen - windows[r]) for r in range(len(windows))
    ]
    return pseudo_values(_rate(count, days, seen), np.array(without))


def _rate(friends: Floats, friend_days: Floats, windows: float) -> float:
    # what is left of a bin that only one run has filled may be dust
    some = friends > 1e-9 * float(friends.sum())
    if windows <= 0 or not some.any():
        return math.nan
    age = np.maximum(0.0, friend_days[some] / friends[some])
    return euler_lotka(age, friends[some] / windows)


def doubling_time(rate: Scalar) -> Scalar:
    """Return the days in which customers double at a growth rate; undefined unless it is above 0.

    Examples
    --------
    >>> doubling_time(Scalar(math.log(2), 5)).value
    1.0
    """
    return Scalar(math.log(2) / rate.value, rate.n) if rate.value > 0 else UNDEFINED


def cycle_time_table(k: K) -> pd.DataFrame:
    """Return the distribution of the time from a customer's joining to each friend's.

    Returns
    -------
    pandas.DataFrame
        days_low, days_high (30 equal bins over the window), count (friends seen), share (of K: censoring
        handled; NaN when nobody brought anybody), friends (customer-windows observed x friends a customer
        brings at these ages) and friend_days (the same times their mean age): sums by which runs are pooled,
        0 where K is undefined, with windows, the denominator.
    """
    edges = np.linspace(0.0, k.window_days, HISTOGRAM_BINS + 1)
    count = np.histogram(k.offspring.age_days, edges)[0]
    weighted = np.histogram(k.offspring.age_days, edges, weights=k.weight)[0]
    total = float(weighted.sum())
    share = weighted / total if total > 0 else np.full(HISTOGRAM_BINS, np.nan)
    windows = k.windows if k.defined else 0.0
    age = k.offspring.age_days
    days = np.histogram(age, edges, weights=k.weight * age)[0]
    return pd.DataFrame(
        {
            "days_low": edges[:-1],
            "days_high": edges[1:],
            "count": count,
            "share": share,
            "friends": weighted * windows,
            "friend_days": days * windows,
            "windows": windows,
        }
    )
