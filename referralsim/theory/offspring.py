"""Laws of how many friends one customer brings: mean, variance, generating function, probabilities.

Every law has the sum of n independent copies built in, because total progeny rests on it. The names and
parameters are those of the count laws of a scenario (``poisson``, ``geometric``, ``negative_binomial``,
``binomial``, a fixed number).

Source: T. E. Harris, *The Theory of Branching Processes*, Springer, 1963, ch. I; N. L. Johnson, A. W. Kemp
& S. Kotz, *Univariate Discrete Distributions*, 3rd ed., Wiley, 2005, ch. 3 to 5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from referralsim.theory.checks import above, at_least, probability, whole

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OffspringLaw:
    """How many friends one customer brings.

    Attributes
    ----------
    name : str
        What the law is called, with its parameters.
    mean : float
        K, friends a customer, >= 0.
    variance : float
        sigma**2, >= 0.
    pgf : callable
        ``G(s) = E[s**X]`` for s in [0, 1].
    sum_pmf : callable
        ``sum_pmf(n, x)`` is the chance that n customers together bring x friends; n >= 1, x >= 0.
    """

    name: str
    mean: float
    variance: float
    pgf: Callable[[float], float]
    sum_pmf: Callable[[int, int], float]

    def pmf(self, x: int) -> float:
        """Return the chance that a customer brings exactly x friends; 0 for x < 0.

        Examples
        --------
        >>> round(poisson(2.0).pmf(0), 6), poisson(2.0).pmf(-1)
        (0.135335, 0.0)
        """
        return self.sum_pmf(1, x) if x >= 0 else 0.0


def _x_log(x: float, y: float) -> float:
    """Return x log y, 0 for x = 0 whatever y is, and -inf for y = 0 otherwise."""
    if x == 0:
        return 0.0
    return x * math.log(y) if y > 0 else -math.inf


def poisson(mean: float) -> OffspringLaw:
    """Return the Poisson law: ``P(x) = e**-m m**x / x!``, ``G(s) = exp(-m (1 - s))``, variance m.

    Parameters
    ----------
    mean : float
        Friends a customer, >= 0.

    Raises
    ------
    ValueError
        If the mean is negative or not finite.

    Examples
    --------
    >>> round(poisson(0.15).pgf(0.0), 3)
    0.861
    """
    m = at_least("mean", mean)

    def sum_pmf(n: int, x: int) -> float:
        return math.exp(_x_log(x, n * m) - n * m - math.lgamma(x + 1))

    return OffspringLaw(f"Poisson({m:g})", m, m, lambda s: math.exp(m * (s - 1.0)), sum_pmf)


def negative_binomial(mean: float, dispersion: float) -> OffspringLaw:
    """Return the negative binomial law: ``G(s) = (1 + m (1 - s) / k)**-k``, variance ``m + m**2 / k``.

    Few customers bring most friends when k is small; the law nears Poisson's as k grows.

    Parameters
    ----------
    mean : float
        m, friends a customer, >= 0.
    dispersion : float
        k > 0.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> negative_binomial(1.5, 0.5).variance
    6.0
    """
    m, k = at_least("mean", mean), above("dispersion", dispersion)
    none, one = k / (k + m), m / (k + m)

    def sum_pmf(n: int, x: int) -> float:
        r = n * k
        ways = math.lgamma(x + r) - math.lgamma(r) - math.lgamma(x + 1)
        return math.exp(ways + _x_log(r, none) + _x_log(x, one))

    def pgf(s: float) -> float:
        return math.exp(-k * math.log1p(m * (1.0 - s) / k))

    return OffspringLaw(f"negative binomial({m:g}, k={k:g})", m, m + m * m / k, pgf, sum_pmf)


def geometric(mean: float) -> OffspringLaw:
    """Return the geometric law on 0, 1, 2, ...: the negative binomial with k = 1.

    It is the law of friends of a customer who invites at a constant rate until he leaves at another.

    Parameters
    ----------
    mean : float
        Friends a customer, >= 0.

    Raises
    ------
    ValueError
        If the mean is negative or not finite.

    Examples
    --------
    >>> [round(geometric(1.0).pmf(x), 6) for x in range(4)]
    [0.5, 0.25, 0.125, 0.0625]
    """
    law = negative_binomial(mean, 1.0)
    return OffspringLaw(f"geometric({law.mean:g})", law.mean, law.variance, law.pgf, law.sum_pmf)


def binomial(n: int, probability_each: float) -> OffspringLaw:
    """Return the law of n invitations that each win a friend: ``G(s) = (1 - p + p s)**n``.

    Parameters
    ----------
    n : int
        Invitations a customer, >= 0.
    probability_each : float
        p, chance that one wins a friend, in [0, 1].

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> binomial(10, 0.2).mean, round(binomial(10, 0.2).pmf(2), 6)
    (2.0, 0.30199)
    """
    trials, p = whole("n", n), probability("probability_each", probability_each)

    def sum_pmf(copies: int, x: int) -> float:
        total = copies * trials
        if x > total:
            return 0.0
        ways = math.lgamma(total + 1) - math.lgamma(x + 1) - math.lgamma(total - x + 1)
        return math.exp(ways + _x_log(x, p) + _x_log(total - x, 1.0 - p))

    mean = trials * p
    return OffspringLaw(
        f"binomial({trials}, {p:g})",
        mean,
        mean * (1.0 - p),
        lambda s: float((1.0 - p + p * s) ** trials),
        sum_pmf,
    )


def fixed(k: int) -> OffspringLaw:
    """Return the law of a customer who brings exactly k friends: ``G(s) = s**k``, variance 0.

    Parameters
    ----------
    k : int
        At least 0.

    Raises
    ------
    ValueError
        If k is negative.

    Examples
    --------
    >>> fixed(2).pmf(2), fixed(2).pmf(1)
    (1.0, 0.0)
    """
    number = whole("k", k)
    return OffspringLaw(
        f"fixed({number})",
        float(number),
        0.0,
        lambda s: float(s**number),
        lambda n, x: float(x == n * number),
    )


def pmf_law(probabilities: Sequence[float] | Floats) -> OffspringLaw:
    """Return the law with given probabilities of 0, 1, 2, ... friends.

    Parameters
    ----------
    probabilities : sequence of float, length >= 1
        Each at least 0; they sum to 1 within 1e-9 and are then divided by their sum.

    Raises
    ------
    ValueError
        If one is negative or they do not sum to 1.

    Examples
    --------
    >>> law = pmf_law([0.5, 0.25, 0.25])
    >>> law.mean, law.variance, law.sum_pmf(2, 1)
    (0.75, 0.6875, 0.25)
    """
    p = distribution("probabilities", probabilities)
    x = np.arange(len(p), dtype=np.float64)
    mean = float(p @ x)
    variance = float(p @ (x - mean) ** 2)
    falling = [float(share) for share in p[::-1]]

    def pgf(s: float) -> float:
        value = 0.0
        for share in falling:
            value = value * s + share
        return value

    def sum_pmf(n: int, total: int) -> float:
        power = _power(p, n, total + 1)
        return float(power[total]) if total < len(power) else 0.0

    return OffspringLaw(f"law on 0 to {len(p) - 1}", mean, variance, pgf, sum_pmf)


def distribution(name: str, probabilities: Sequence[float] | Floats) -> Floats:
    """Return probabilities of 0, 1, 2, ... as an array that sums to 1.

    Raises
    ------
    ValueError
        If there are none, one is negative or not a number, or they miss 1 by more than 1e-9.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 1 or not p.size or not (p >= 0).all():
        raise ValueError(f"{name} must be one row of numbers that are at least 0")
    total = float(p.sum())
    if not abs(total - 1.0) <= 1e-9:
        raise ValueError(f"{name} must sum to 1 (they sum to {total})")
    return p / total


def _power(p: Floats, n: int, length: int) -> Floats:
    """Return the first coefficients of a polynomial's n-th power; all terms are >= 0, so none cancel."""
    result, square = np.ones(1), p[:length]
    while n:
        if n & 1:
            result = np.convolve(result, square)[:length]
        square = np.convolve(square, square)[:length]
        n >>= 1
    return result
