"""Intervals that stay honest however often one looks: when to stop adding replications.

A 95 % interval is right one look in twenty wrong. Who looks after every batch and stops when it pleases
him is wrong far more often. These intervals hold at *all* looks together with the stated probability.

Equations (paired differences d_1, d_2, ... with mean d, standard deviation s, n of them, nu = n - 1):
the mixture likelihood ratio of the t statistics against the null, with a normal prior of variance g on
the effect in standard deviations,

    B_n(t) = (1 + n g)^(-1/2) [ (1 + t^2/nu) / (1 + t^2/(nu (1 + n g))) ]^((nu + 1)/2),

is a non-negative martingale under the null, whatever s; so P(B_n >= 1/alpha for any n) <= alpha
(Ville), and all means with B_n < 1/alpha form an interval that holds at every n. Solved for t it reads

    t*^2 = nu (c - 1) / (1 - c/r),   r = 1 + n g,   c = (sqrt(r) / alpha)^(2/(nu + 1)),

and is unbounded while c >= r. It is wider than Student's (by a factor near 1.5 at the defaults): the
price of looking.

Source: T. L. Lai, Ann. Statist. 4:265-280, 1976, doi:10.1214/aos/1176343406; J. Ville, 1939.
Differences are taken as normal, as in any t interval.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.metrics.intervals import Difference, Interval, without_dust

SPREAD = 0.5
"""g: effects of about .7 standard deviations are looked for first; any value is honest."""
FEWEST = 5
"""Replications below which nothing is concluded."""


class Look(NamedTuple):
    """What may be said of a mean after n values, at this look and at all earlier ones."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def half_width(self) -> float:
        """Half the length of the interval; infinite while nothing is known."""
        return (self.high - self.low) / 2

    @property
    def decided(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def quantile(n: int, alpha: float, spread: float = SPREAD) -> float:
    """Return t*: how many standard errors an interval of n values reaches, for all looks together.

    Parameters
    ----------
    n : int
        Values so far.
    alpha : float in (0, 1)
        Chance that the interval misses the mean at any look.
    spread : float > 0
        g above.

    Returns
    -------
    float
        Infinite while n is too small.

    Examples
    --------
    >>> quantile(2, 0.05), round(quantile(40, 0.05), 3)
    (inf, 3.242)
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha lies between 0 and 1, got {alpha}")
    if n < 2:
        return math.inf
    nu, r = n - 1, 1.0 + n * spread
    c = (math.sqrt(r) / alpha) ** (2.0 / (nu + 1))
    return math.sqrt(nu * (c - 1.0) / (1.0 - c / r)) if c < r else math.inf


def look_at(values: npt.ArrayLike, alpha: float = 0.05, spread: float = SPREAD) -> Look:
    """Return the interval of a mean that holds at this look and at every other.

    Parameters
    ----------
    values : array_like of float
        One value a replication, in the order in which they were played; NaN is left out.
    alpha, spread : float
        See :func:`quantile`.

    Notes
    -----
    Values that are all equal have an interval of no length, from :data:`FEWEST` values on.
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    n = len(known)
    mean = float(known.mean()) if n else math.nan
    if n < FEWEST:
        return Look(mean, -math.inf, math.inf, n)
    error = float(known.std(ddof=1)) / math.sqrt(n)
    half = quantile(n, alpha, spread) * error if error > 0 else 0.0
    return Look(mean, mean - half, mean + half, n)


def evidence(t: float, n: int, spread: float = SPREAD) -> float:
    """Return ln B_n(t): how far the values so far speak against a mean of 0.

    Parameters
    ----------
    t : float
        Mean over its standard error.
    n : int
        Values so far.

    Examples
    --------
    >>> round(evidence(quantile(30, 0.05), 30), 6) == round(-math.log(0.05), 6)
    True
    """
    if n < 2:
        return 0.0
    nu, r = n - 1, 1.0 + n * spread
    if math.isinf(t):
        return math.inf
    return -0.5 * math.log(r) + (nu + 1) / 2 * (math.log1p(t * t / nu) - math.log1p(t * t / (nu * r)))


def sequential_interval(values: npt.ArrayLike) -> Interval:
    """Return the mean over replications with an interval that survives peeking; bounds NaN while unknown."""
    look = look_at(values)
    known = math.isfinite(look.low)
    return Interval(look.mean, look.low if known else math.nan, look.high if known else math.nan, look.n)


def sequential_difference(a: npt.ArrayLike, b: npt.ArrayLike) -> Difference:
    """Return the mean of a - b with an interval that survives peeking.

    Notes
    -----
    ``p_a_better`` is 1 - p/2 with the p value min(1, 1/B_n), which holds at every look; so Holm's method
    on it controls the chance of any wrong call over all pairs *and* all looks.
    """
    gap = without_dust(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    interval = sequential_interval(gap)
    known = gap[~np.isnan(gap)]
    if interval.n < FEWEST:
        return Difference(*interval, p_a_better=math.nan)
    error = float(known.std(ddof=1)) / math.sqrt(interval.n)
    if error == 0:
        return Difference(*interval, p_a_better=0.5 + 0.5 * float(np.sign(interval.mean)))
    p = min(1.0, math.exp(-evidence(interval.mean / error, interval.n)))
    return Difference(*interval, p_a_better=1 - p / 2 if interval.mean > 0 else p / 2)


def batches(first: int, most: int, growth: float = 1.5) -> list[int]:
    """Return after how many replications to look: ``first``, then half as many again each time, to ``most``.

    Examples
    --------
    >>> batches(10, 60)
    [10, 15, 22, 33, 49, 60]
    """
    looks = [min(first, most)]
    while looks[-1] < most:
        looks.append(min(most, max(looks[-1] + 1, int(looks[-1] * growth))))
    return looks
