"""What a sample says: its distance from the exact value in standard errors, and what it could not miss.

With exact value ``e``, simulated value ``s``, standard error ``se`` and a stated tolerance ``t`` (0 unless
the theory is a limit, such as that of an infinite graph)::

    z = sign(s - e) max(0, |s - e| - t) / se      holds if |z| < 5
    smallest bias caught = 5 se + t               a bias of this size moves z to the threshold

A band ``[low, high]`` (a published finding gives no more) is held if the simulated value lies inside it, 5
standard errors away from either edge; ``z`` is then the distance from the nearer edge. Without chance
(standard error 0) an exact value must be met exactly.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import binom
from scipy.stats import t as student

THRESHOLD = 5.0
"""Standard errors; an honest row is beyond it with probability 5.7e-7."""

FALSE_ALARM = math.erfc(THRESHOLD / math.sqrt(2.0))
"""Chance that one honest statistical row fails whose standard error theory gives: 5.7e-7."""

ROUNDING = 1e-12
"""Relative difference of two numbers that are equal but were added up in another order."""


class Sample(NamedTuple):
    """One number that came out of the runs of a check, beside what it should be."""

    quantity: str  # what it is, with its unit
    expected: float  # NaN: a band
    simulated: float
    n: int  # independent observations
    standard_error: float  # 0: no chance in it
    tolerance: float = 0.0  # of a theory that is a limit; in the unit of the value
    low: float = -math.inf  # of a band
    high: float = math.inf
    beside: str = ""  # what else should be known of it
    degrees: float = math.inf  # of freedom of the standard error; infinite: theory gives it
    x: float = math.nan  # where it stands on the axis of its check's picture
    alarm: float = (
        math.nan
    )  # chance that it is off by the threshold although all is well; NaN: see chance_of_failing

    def at(self, x: float) -> Sample:
        """Return the same at a place on the axis of the picture."""
        return self._replace(x=float(x))

    @property
    def is_band(self) -> bool:
        """Whether only bounds are known."""
        return math.isnan(self.expected)


class Judged(NamedTuple):
    """How far off a sample is, and what it would have caught."""

    z: float  # see the module; infinite for a difference without chance
    smallest_bias: float  # in the unit of the value; 0: any
    holds: bool


def judge(sample: Sample) -> Judged:
    """Hold a sample against its expected value or band.

    Examples
    --------
    >>> judge(Sample("mean", 2.0, 2.3, 100, 0.1)).holds, judge(Sample("mean", 2.0, 2.6, 100, 0.1)).holds
    (True, False)
    >>> judge(Sample("users", 630, 629, 1, 0.0)).holds
    False
    """
    if sample.n < 1 or not math.isfinite(sample.simulated) or not sample.standard_error >= 0:
        return Judged(math.nan, math.nan, False)
    return _in_band(sample) if sample.is_band else _at_value(sample)


def _at_value(sample: Sample) -> Judged:
    off = sample.simulated - sample.expected
    beyond = max(0.0, abs(off) - sample.tolerance)
    if beyond <= ROUNDING * abs(sample.expected):
        beyond = 0.0
    caught = THRESHOLD * sample.standard_error + sample.tolerance
    if sample.standard_error == 0:
        return Judged(math.copysign(math.inf, off) if beyond else 0.0, caught, beyond == 0)
    z = math.copysign(beyond / sample.standard_error, off)
    return Judged(z, caught, abs(z) < THRESHOLD)


def _in_band(sample: Sample) -> Judged:
    room = min(sample.simulated - sample.low, sample.high - sample.simulated)
    if sample.standard_error == 0:
        return Judged(math.copysign(math.inf, room), max(0.0, room), room >= 0)
    z = room / sample.standard_error
    return Judged(z, max(0.0, room - THRESHOLD * sample.standard_error), z >= THRESHOLD)


def false_alarm(sample_degrees: float) -> float:
    """Return the chance that an honest row fails whose standard error has these degrees of freedom.

    Examples
    --------
    >>> f"{false_alarm(math.inf):.1e} {false_alarm(29):.1e}"
    '5.7e-07 2.5e-05'
    """
    return FALSE_ALARM if math.isinf(sample_degrees) else float(2.0 * student.sf(THRESHOLD, sample_degrees))


def chance_of_failing(sample: Sample) -> float:
    """Return the chance that a row fails although all is well.

    Of a band, where the truth lies is not known: it is taken to lie where the sample does. A sample 7 errors
    inside needs no more than two errors of bad luck.

    Examples
    --------
    >>> f"{chance_of_failing(within('x', 7.0, 1.0, 100, low=0.0)):.3f}"
    '0.023'
    """
    if not sample.standard_error > 0:
        return 0.0
    if sample.is_band:
        return float(student.sf(_in_band(sample).z - THRESHOLD, sample.degrees))
    return false_alarm(sample.degrees) if math.isnan(sample.alarm) else sample.alarm


def _binomial_alarm(n: int, chance: float, tolerance: float, error: float) -> float:
    """Return the chance that a binomial share is off by the threshold: more than normal if hits are few."""
    room = n * (THRESHOLD * error + tolerance)
    low, high = math.floor(n * chance - room), math.ceil(n * chance + room)
    return float(binom.cdf(low, n, chance) + binom.sf(high - 1, n, chance))


def share(quantity: str, n_hits: int, n: int, expected: float, tolerance: float = 0.0) -> Sample:
    """Return the sample of a share with a known chance: its standard error is exact.

    Parameters
    ----------
    n_hits, n : int
        Successes among independent trials.
    expected : float in [0, 1]
    """
    error = math.sqrt(expected * (1.0 - expected) / n) if n else math.nan
    found = Sample(quantity, expected, n_hits / n if n else math.nan, n, error, tolerance)
    return found._replace(alarm=_binomial_alarm(n, expected, tolerance, error)) if n else found


def average(
    quantity: str,
    values: npt.ArrayLike,
    expected: float,
    variance: float | None = None,
    tolerance: float = 0.0,
    beside: str = "",
) -> Sample:
    """Return the sample of a mean.

    Parameters
    ----------
    values : array, shape (n,)
        Independent observations.
    variance : float, optional
        Of one observation, where theory gives it; else that of the values.
    """
    found = np.asarray(values, dtype=np.float64)
    n = len(found)
    if n < 2:
        return Sample(quantity, expected, float(found.mean()) if n else math.nan, n, math.nan)
    each = float(found.var(ddof=1)) if variance is None else variance
    degrees = n - 1 if variance is None else math.inf
    mean, error = float(found.mean()), math.sqrt(each / n)
    return Sample(quantity, expected, mean, n, error, tolerance, beside=beside, degrees=degrees)


def spread(quantity: str, values: npt.ArrayLike, expected: float) -> Sample:
    """Return the sample of a variance; its standard error follows from the fourth moment of the values.

    Parameters
    ----------
    values : array, shape (n,)
        Independent observations.
    expected : float
        The exact variance.
    """
    found = np.asarray(values, dtype=np.float64)
    n = len(found)
    if n < 4:
        return Sample(quantity, expected, math.nan, n, math.nan)
    squares = (found - found.mean()) ** 2
    error = math.sqrt(float(squares.var(ddof=1)) / n)
    return Sample(quantity, expected, float(found.var(ddof=1)), n, error)


def equal(quantity: str, value: float, expected: float) -> Sample:
    """Return the sample of a number in which there is no chance: it must be met exactly."""
    return Sample(quantity, float(expected), float(value), 1, 0.0)


def within(
    quantity: str, value: float, error: float, n: int, low: float = -math.inf, high: float = math.inf
) -> Sample:
    """Return the sample of a number of which only bounds are known."""
    return Sample(quantity, math.nan, float(value), n, error, low=low, high=high)


def mean_within(
    quantity: str, values: npt.ArrayLike, low: float = -math.inf, high: float = math.inf
) -> Sample:
    """Return the sample of a mean of which only bounds are known.

    Parameters
    ----------
    values : array, shape (n,)
        Independent observations.
    """
    found = np.asarray(values, dtype=np.float64)
    error = float(found.std(ddof=1)) / math.sqrt(len(found)) if len(found) > 1 else math.nan
    sample = within(quantity, float(found.mean()), error, len(found), low, high)
    return sample._replace(degrees=len(found) - 1)


def ratio_of_sums(parts: npt.ArrayLike, wholes: npt.ArrayLike) -> tuple[float, float]:
    """Return the ratio of two sums over runs and its standard error (linearised).

    Parameters
    ----------
    parts, wholes : arrays, shape (n_runs,)
        Numerator and denominator of each run.
    """
    above, below = np.asarray(parts, dtype=np.float64), np.asarray(wholes, dtype=np.float64)
    ratio = float(above.sum() / below.sum())
    residual = above - ratio * below
    n = len(above)
    return ratio, float(np.sqrt(n / (n - 1) * (residual**2).sum()) / below.sum()) if n > 1 else math.nan
