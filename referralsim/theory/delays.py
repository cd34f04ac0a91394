"""Laws of the time from a customer's joining to a friend's: transform, distribution, sums of several.

Times may be in any one unit; the project uses days. Every law has

- ``mean``, ``cdf(t) = P(tau <= t)`` and ``laplace(a) = E[exp(-a tau)]``, defined for a > ``lowest``;
- ``convolved_cdf(g, t) = P(tau_1 + ... + tau_g <= t)``;
- ``reached(k, t) = sum over g >= 0 of k**g P(tau_1 + ... + tau_g <= t)``, the customers that one customer is
  expected to lead to by t, himself included.

Fixed, exponential and gamma delays have closed forms; the others use :mod:`referralsim.theory.lattice`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import SupportsIndex

import numpy as np
from scipy.special import gammainc, ndtr

from referralsim.theory import lattice
from referralsim.theory.checks import above, at_least, whole


class DelayLaw(ABC):
    """A law of delays above 0.

    Attributes
    ----------
    name : str
        What the law is called, with its parameters.
    mean : float
        Mean delay, > 0.
    lowest : float
        ``laplace(a)`` is finite for every a above it; at most 0, -inf if it always is.
    """

    name: str
    mean: float
    lowest: float

    @abstractmethod
    def cdf(self, t: float) -> float:
        """Return the chance that a delay is at most t; 0 for t < 0."""

    @abstractmethod
    def laplace(self, a: float) -> float:
        """Return ``E[exp(-a tau)]``.

        Raises
        ------
        ValueError
            If it is infinite (a at or below `lowest`; a = 0 always gives 1).
        """

    def convolved_cdf(self, g: SupportsIndex, t: float) -> float:
        """Return the chance that g delays in a row take at most t, to about 1e-9.

        Raises
        ------
        ValueError
            If g is negative.
        ArithmeticError
            If the law jumps, or is very narrow for so long a time.
        """
        n = whole("g", g)
        if n == 0 or t <= 0:
            return float(n == 0 and t >= 0)
        return self._extrapolated(lambda f: lattice.power(f, n), t)

    def reached(self, k: float, t: float) -> float:
        """Return the customers one customer leads to by t, himself included, to about 1e-9 of the value.

        Raises
        ------
        ValueError
            If k is negative, or so large that the lattice cannot follow.
        ArithmeticError
            If the law jumps, or is very narrow for so long a time.
        """
        friends = at_least("k", k)
        if t <= 0:
            return float(t == 0)
        return self._extrapolated(lambda f: lattice.renewals(f, friends), t)

    def _extrapolated(self, sums: Callable[[lattice.Floats], lattice.Floats], t: float) -> float:
        """Return what `sums` makes of the law's masses, up to t, on an ever finer lattice."""

        def value(steps: int) -> float:
            return lattice.up_to(sums(lattice.masses(self._cdf_at, t, steps)))

        return lattice.extrapolated(value, lattice.enough_steps(self._cdf_at, t))

    def _cdf_at(self, times: lattice.Floats) -> lattice.Floats:
        """Return the distribution function at many times above 0."""
        return np.array([self.cdf(float(t)) for t in times])

    def _bounded(self, a: float) -> None:
        if not (a > self.lowest or a == 0.0):
            raise ValueError(f"E[exp(-a tau)] of {self.name} is infinite at a = {a}")

    def __repr__(self) -> str:
        return f"<{self.name}>"


class _Fixed(DelayLaw):
    """Always the same."""

    def __init__(self, value: float) -> None:
        self.mean, self.lowest, self.name = above("value", value), -math.inf, f"fixed({value:g})"

    def cdf(self, t: float) -> float:
        return self.convolved_cdf(1, t)

    def laplace(self, a: float) -> float:
        return math.exp(-a * self.mean)

    def convolved_cdf(self, g: SupportsIndex, t: float) -> float:
        # three tenths may come out a little above .3: a whole number of delays counts as over
        return float(t >= 0 and whole("g", g) * self.mean <= t * (1.0 + 1e-12))

    def reached(self, k: float, t: float) -> float:
        friends = at_least("k", k)
        cycles = math.floor(t * (1.0 + 1e-12) / self.mean) if t >= 0 else -1
        return math.fsum(friends**g for g in range(cycles + 1))


class _Gamma(DelayLaw):
    """A sum of `shape` exponential stages, if the shape is whole."""

    def __init__(self, mean: float, shape: float) -> None:
        self.mean, self.shape = above("mean", mean), above("shape", shape)
        self.lowest, self.name = -self.shape / self.mean, f"gamma({mean:g}, shape {shape:g})"

    def cdf(self, t: float) -> float:
        return self.convolved_cdf(1, t)

    def laplace(self, a: float) -> float:
        self._bounded(a)
        return math.exp(-self.shape * math.log1p(a * self.mean / self.shape))

    def convolved_cdf(self, g: SupportsIndex, t: float) -> float:
        n = whole("g", g)
        if n == 0 or t <= 0:
            return float(n == 0 and t >= 0)
        return float(gammainc(n * self.shape, t * self.shape / self.mean))

    def reached(self, k: float, t: float) -> float:
        friends = at_least("k", k)
        if t < 0:
            return 0.0
        total, first = 1.0, 1
        while friends > 0:
            g = np.arange(first, first + 256)
            with np.errstate(divide="ignore", under="ignore"):
                done = np.log(gammainc(g * self.shape, t * self.shape / self.mean))
                terms = np.exp(g * math.log(friends) + done)
            total += float(terms.sum())
            # the terms rise and then fall faster and faster, for their logarithm is concave in g
            if terms[-1] <= 1e-18 * total and terms[-1] <= terms[-2]:
                break
            first += 256
        return total


class _Exponential(_Gamma):
    """Constant hazard; the only law without memory."""

    def __init__(self, mean: float) -> None:
        super().__init__(mean, 1.0)
        self.name = f"exponential({mean:g})"

    def reached(self, k: float, t: float) -> float:
        # x' = k / m at the start and grows at (k - 1) / m: 1 + k times the integral of exp((k - 1) s / m) / m
        friends = at_least("k", k)
        if t < 0:
            return 0.0
        growth = (friends - 1.0) * t / self.mean
        return 1.0 + friends * t / self.mean * (math.expm1(growth) / growth if growth else 1.0)


class _Lognormal(DelayLaw):
    """The logarithm is normal: a heavy tail, as delays of forwarding have."""

    def __init__(self, median: float, sigma: float) -> None:
        self.median, self.sigma = median, sigma
        self.mean, self.lowest = median * math.exp(sigma * sigma / 2), 0.0
        self.name = f"lognormal(median {median:g}, sigma {sigma:g})"

    def cdf(self, t: float) -> float:
        return float(self._cdf_at(np.array([t]))[0]) if t > 0 else 0.0

    def _cdf_at(self, times: lattice.Floats) -> lattice.Floats:
        return np.asarray(ndtr(np.log(times / self.median) / self.sigma))

    def laplace(self, a: float) -> float:
        self._bounded(a)
        # the trapezoidal rule converges geometrically: the integrand is analytic for |Im z| < pi / (2 sigma)
        step = 0.2 / max(1.0, self.sigma)
        z = np.arange(-math.ceil(9.0 / step), math.ceil(9.0 / step) + 1) * step
        with np.errstate(under="ignore"):
            normal = np.exp(-z * z / 2)
            values = np.exp(-a * self.median * np.exp(self.sigma * z)) * normal
        return float(values.sum() / normal.sum())


class _FromCdf(DelayLaw):
    """Any law of which the distribution function is known."""

    def __init__(self, cdf: Callable[[float], float], mean: float, name: str) -> None:
        self._given, self.mean, self.lowest, self.name = cdf, above("mean", mean), 0.0, name
        if cdf(0.0) != 0.0:
            raise ValueError(f"a delay must be above 0 (P(tau <= 0) of {name} is {cdf(0.0)})")

    def cdf(self, t: float) -> float:
        return float(self._given(t)) if t > 0 else 0.0

    def laplace(self, a: float) -> float:
        self._bounded(a)
        if a == 0:
            return 1.0
        # slow to import, and only this needs it
        from scipy.integrate import quad

        bend = min(39.0, a * self.mean)
        value = quad(lambda x: math.exp(-x) * self.cdf(x / a), 0.0, 40.0, points=[bend], limit=500)[0]
        return float(value)


def fixed(value: float) -> DelayLaw:
    """Return the law of a delay that is always the same (a "viral cycle time").

    Parameters
    ----------
    value : float
        > 0.

    Raises
    ------
    ValueError
        If it is not above 0.

    Examples
    --------
    >>> law = fixed(2.0)
    >>> law.convolved_cdf(3, 5.9), law.convolved_cdf(3, 6.0)
    (0.0, 1.0)
    """
    return _Fixed(value)


def exponential(mean: float) -> DelayLaw:
    """Return the exponential law: ``E[exp(-a tau)] = 1 / (1 + a m)``.

    Parameters
    ----------
    mean : float
        m > 0.

    Raises
    ------
    ValueError
        If it is not above 0.

    Examples
    --------
    >>> exponential(4.0).laplace(0.25)
    0.5
    """
    return _Exponential(mean)


def gamma(mean: float, shape: float) -> DelayLaw:
    """Return the gamma law: ``E[exp(-a tau)] = (1 + a m / s)**-s``.

    Parameters
    ----------
    mean, shape : float
        m > 0 and s > 0.

    Raises
    ------
    ValueError
        If one is not above 0.

    Examples
    --------
    >>> round(gamma(1.0, 2.0).laplace(2.0), 6)
    0.25
    """
    return _Gamma(mean, shape)


def lognormal(sigma: float, *, mean: float | None = None, median: float | None = None) -> DelayLaw:
    """Return the lognormal law: ``log tau`` is normal with mean ``log(median)`` and deviation sigma.

    Parameters
    ----------
    sigma : float
        Standard deviation of the logarithm, > 0.
    mean, median : float, optional
        Exactly one of them, > 0; ``mean = median exp(sigma**2 / 2)``.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or not exactly one of mean and median is given.

    Notes
    -----
    J. L. Iribarren & E. Moro, Physical Review Letters 103:038702, 2009, doi:10.1103/PhysRevLett.103.038702,
    found forwarding delays this broad.

    Examples
    --------
    >>> law = lognormal(1.0, median=2.0)
    >>> law.cdf(2.0), round(law.mean, 6)
    (0.5, 3.297443)
    """
    deviation = above("sigma", sigma)
    if mean is not None and median is None:
        return _Lognormal(above("mean", mean) * math.exp(-deviation * deviation / 2), deviation)
    if median is not None and mean is None:
        return _Lognormal(above("median", median), deviation)
    raise ValueError("give exactly one of mean and median")


def from_cdf(cdf: Callable[[float], float], mean: float, name: str = "a law of one's own") -> DelayLaw:
    """Return the law with a given distribution function.

    Parameters
    ----------
    cdf : callable
        ``P(tau <= t)`` for t > 0; ``cdf(0) == 0``. For sums of delays it must be smooth.
    mean : float
        > 0; what the distribution function implies.
    name : str
        For messages.

    Raises
    ------
    ValueError
        If the mean is not above 0 or a delay may be 0.

    Examples
    --------
    >>> uniform = from_cdf(lambda t: min(t / 2.0, 1.0), mean=1.0)
    >>> round(uniform.laplace(1.0), 6)
    0.432332
    """
    return _FromCdf(cdf, mean, name)
