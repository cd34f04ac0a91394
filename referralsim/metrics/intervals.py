"""How sure we are: intervals over replications, paired differences and what may be said about them.

Two designs share the chance that they do not change, so replication r of one is compared with
replication r of the other: the interval of the paired difference is far narrower than two intervals side
by side suggest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtr, stdtrit

Floats = npt.NDArray[np.float64]

SAME = 1e-9
"""Relative difference up to which two values are the same value, rounded differently."""


class Interval(NamedTuple):
    """A mean with its interval; bounds are NaN where n < 2."""

    mean: float
    low: float
    high: float
    n: int


class Difference(NamedTuple):
    """A mean paired difference, a minus b, with its interval."""

    difference: float
    low: float
    high: float
    n: int  # pairs in which both values are known
    p_a_better: float  # probability that the true mean of a is above that of b


def _t_quantile(level: float, n: int) -> float:
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, got {level}")
    return float(stdtrit(n - 1, 0.5 + level / 2)) if n > 1 else math.nan


def mean_interval(values: npt.ArrayLike, level: float = 0.95) -> Interval:
    """Return the mean over replications with Student's t interval.

    Parameters
    ----------
    values : array_like of float
        One value a replication; NaN (undefined in that run) is left out, and n says how many remain.
    level : float in (0, 1)

    Returns
    -------
    Interval
        Mean NaN for n = 0, bounds NaN for n < 2.

    Examples
    --------
    >>> interval = mean_interval([1.0, 2.0, 3.0, float("nan")])
    >>> interval.mean, round(interval.high, 4), interval.n
    (2.0, 4.4841, 3)
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    n = len(known)
    mean = float(known.mean()) if n else math.nan
    half = _t_quantile(level, n) * float(known.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    return Interval(mean, mean - half, mean + half, n)


def pooled_ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """Return each run's part in the pooled ratio: values whose mean is sum of parts / sum of wholes.

    The mean of ratios of many small runs is biased, because a run that happens to stay small weighs as much
    as the others; the ratio of sums is not (its bias falls with the number of runs). Its interval is that
    of the delete-one jackknife, which is Student's interval of the mean of what is returned here.

    Parameters
    ----------
    part, whole : array_like of float, of equal length
        Numerator and denominator of each run; a run may have the denominator 0 (in paired ones one below),
        and then still has a numerator. NaN in either leaves the run out.

    Returns
    -------
    float array
        Jackknife pseudo-values, centred: ratio + (n - 1) (mean of ratios without one run - ratio without this
        run). NaN for runs left out; NaN for all runs but one when no interval can be known because a single
        run has all of the denominator; NaN for all when there is no denominator.

    Examples
    --------
    >>> float(round(pooled_ratio([0.0, 0.0, 6.0], [1.0, 1.0, 4.0]).mean(), 9))
    1.0

    Notes
    -----
    Source: R. G. Miller, *The jackknife - a review*, Biometrika 61:1-15, 1974, doi:10.1093/biomet/61.1.1.
    """
    parts, wholes = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    used = np.flatnonzero(np.isfinite(parts) & np.isfinite(wholes))
    parts, wholes = parts[used], wholes[used]
    n_runs = np.broadcast_shapes(np.shape(part), np.shape(whole))[0]
    if not wholes.sum() > 0:
        return np.full(n_runs, math.nan)
    rest = wholes.sum() - wholes
    without = np.divide(parts.sum() - parts, rest, out=np.full(len(used), math.nan), where=rest > 0)
    values = np.full(n_runs, math.nan)
    values[used] = pseudo_values(float(parts.sum() / wholes.sum()), without)
    return values


def pseudo_values(estimate: float, without: Floats) -> Floats:
    """Return centred jackknife pseudo-values of an estimate, given those without each run in turn.

    If one of these is NaN there is no interval: the first value is then the estimate, the others are NaN.
    """
    n = len(without)
    if n < 2 or np.isnan(without).any():
        return np.append(estimate, np.full(n - 1, math.nan))
    values = estimate + (n - 1) * (without.mean() - without)
    dust = np.abs(values - estimate) <= SAME * abs(estimate)
    return np.where(dust, estimate, values)


def paired_difference(a: npt.ArrayLike, b: npt.ArrayLike, level: float = 0.95) -> Difference:
    """Return the mean of a - b over replications, with interval and chance that a is above b.

    Parameters
    ----------
    a, b : array_like of float, of equal length
        Values of replication 0, 1, ... of two designs. Pairs with a NaN are left out.
    level : float in (0, 1)

    Returns
    -------
    Difference
        `p_a_better` is Student's t distribution function at difference / standard error: the posterior
        probability, under a flat prior, that the mean of a is above that of b ("better" where higher is).
        Differences that are all zero give 0.5 and the interval [0, 0]; all equal to d, [d, d] and 1 or 0.
        Values that agree to nine digits (:data:`SAME`) are equal: sums in another order leave such dust.

    Raises
    ------
    ValueError
        If a and b differ in length.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape:
        raise ValueError(f"paired values must be equally many, got {first.shape} and {second.shape}")
    interval = mean_interval(without_dust(first, second), level)
    return Difference(*interval, p_a_better=_chance_above_zero(interval, level))


def without_dust(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return first - second, with what is only rounding (:data:`SAME`) set to 0."""
    difference = first - second
    dust = np.abs(difference) <= SAME * np.maximum(np.abs(first), np.abs(second))
    return np.where(dust, 0.0, difference)


def _chance_above_zero(interval: Interval, level: float) -> float:
    if interval.n < 2:
        return math.nan
    error = (interval.high - interval.low) / 2 / _t_quantile(level, interval.n)
    if error == 0:
        return 0.5 + 0.5 * float(np.sign(interval.mean))
    return float(stdtr(interval.n - 1, interval.mean / error))


NO_DIFFERENCE = "no difference"
TOO_CLOSE = "too close to call"
NOT_KNOWN = "not known"


def verdict(difference: Difference, better: str) -> str:
    """Say in words what a paired difference allows to be said.

    Parameters
    ----------
    difference : Difference
    better : {'higher', 'lower', 'none'}
        Which way the measure is better (:attr:`referralsim.measures.Measure.better`).

    Returns
    -------
    str
        'not known' with fewer than two pairs, 'no difference' if all pairs are equal, 'too close to call' if
        the interval holds 0, else 'a better' or 'b better'; for a measure without a better direction
        'a higher' or 'b higher'. This is about one pair taken alone; see :func:`clear_of_chance` for many.

    Examples
    --------
    >>> verdict(paired_difference([2.0, 3.0, 2.5], [1.0, 1.9, 1.6]), "lower")
    'b better'
    """
    if better not in ("higher", "lower", "none"):
        raise ValueError(f"better must be 'higher', 'lower' or 'none', got {better!r}")
    if difference.n < 2 or not math.isfinite(difference.low):
        return NOT_KNOWN
    if difference.low == difference.high == 0:
        return NO_DIFFERENCE
    if not (difference.low > 0 or difference.high < 0):
        return TOO_CLOSE
    leader = "a" if (difference.low > 0) != (better == "lower") else "b"
    return f"{leader} higher" if better == "none" else f"{leader} better"


def clear_of_chance(p_a_better: Sequence[float], level: float = 0.95) -> tuple[bool, ...]:
    """Say which of several comparisons are clear when all of them are looked at together (Holm's method).

    With many pairs some look clear by chance alone. Here the chance that even one pair without a true
    difference is called clear is at most 1 - level.

    Parameters
    ----------
    p_a_better : sequence of float
        For each comparison the chance that a is above b (:attr:`Difference.p_a_better`); NaN is never clear.
    level : float in (0, 1)

    Examples
    --------
    >>> clear_of_chance([0.98, 0.9999, 0.5])
    (False, True, False)

    Notes
    -----
    Source: S. Holm, Scand. J. Statist. 6:65-70, 1979.
    """
    p_values = [2 * min(p, 1 - p) if math.isfinite(p) else math.nan for p in p_a_better]
    known = sorted((i for i, p in enumerate(p_values) if math.isfinite(p)), key=lambda i: p_values[i])
    clear = [False] * len(p_values)
    for rank, i in enumerate(known):
        if p_values[i] >= (1 - level) / (len(known) - rank):
            break
        clear[i] = True
    return tuple(clear)


def proportion_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """Return a proportion with Wilson's score interval (Wilson 1927, doi:10.1080/01621459.1927.10502953).

    Parameters
    ----------
    successes, n : int
        0 <= successes <= n.

    Returns
    -------
    Interval
        All NaN for n = 0; within [0, 1] otherwise.

    Examples
    --------
    >>> tuple(round(bound, 4) for bound in proportion_interval(0, 10)[:3])
    (0.0, 0.0, 0.2775)
    """
    if not 0 <= successes <= n:
        raise ValueError(f"successes must lie between 0 and n, got {successes} of {n}")
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, got {level}")
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    z, share = float(ndtri(0.5 + level / 2)), successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    return Interval(share, low, 1.0 if successes == n else min(1.0, centre + half), n)
