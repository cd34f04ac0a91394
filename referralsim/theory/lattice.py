"""Sums of delays on a lattice, for laws that have no closed form.

A delay is rounded to the nearest multiple of a step h = t / N; sums of rounded delays are products of
polynomials. Counting the last lattice point by half leaves an error of order h**2 for a smooth law, of a
lower order if the density is infinite at 0. Aitken's extrapolation removes it without knowing the order; N is
doubled until two extrapolated values agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ACCURACY = 1e-9
"""Two extrapolated values in a row differ by less, relative to the larger of 1 and the value."""

FARTHEST = 1e-3
"""An extrapolated value is no further from the last one computed, by the same measure."""

FEWEST_STEPS, MOST_STEPS = 512, 2**19

LARGEST_MASS = 0.2
"""No lattice point has more of the law at the start: sums of a law that jumps are missed by any lattice."""


def extrapolated(value: Callable[[int], float], fewest_steps: int = FEWEST_STEPS) -> float:
    """Return the limit of a lattice value as the number of steps grows.

    Parameters
    ----------
    value : callable
        The value with N steps; its error falls as some power of N.
    fewest_steps : int
        N to begin with, from :func:`enough_steps`.

    Raises
    ------
    ArithmeticError
        If 2**19 steps are not enough.

    Examples
    --------
    >>> round(extrapolated(lambda n: 1.0 + 3.0 / n**1.5), 12)
    1.0
    """
    steps, before = 2 * fewest_steps, math.nan
    coarse, fine = value(fewest_steps), value(steps)
    while steps < MOST_STEPS:
        steps *= 2
        finest = value(steps)
        bend = (finest - fine) - (fine - coarse)
        now = finest - (finest - fine) ** 2 / bend if bend else finest
        scale = max(1.0, abs(now))
        # values that hop about also have a "limit", but a far one
        if abs(now - before) <= ACCURACY * scale and abs(now - finest) <= FARTHEST * scale:
            return now
        coarse, fine, before = fine, finest, now
    raise ArithmeticError(
        f"the sum of delays is not known to {ACCURACY:g} with {MOST_STEPS} steps: no smooth law"
    )


def enough_steps(cdf: Callable[[Floats], Floats], t: float) -> int:
    """Return the number of steps at which a law is seen to be spread over several lattice points.

    Raises
    ------
    ArithmeticError
        If 2**16 steps are not enough: the law jumps, or t is thousands of times its spread.
    """
    steps = FEWEST_STEPS
    while steps <= MOST_STEPS // 8:
        if float(masses(cdf, t, steps).max()) <= LARGEST_MASS:
            return steps
        steps *= 2
    raise ArithmeticError(f"the law of delays jumps, or is too narrow for a time of {t:g}: no sum is known")


def masses(cdf: Callable[[Floats], Floats], t: float, steps: int) -> Floats:
    """Return the chances that a delay rounds to 0, h, ..., N h = t; shape (N + 1,)."""
    edges: Floats = (np.arange(steps + 1, dtype=np.float64) + 0.5) * (t / steps)
    return np.diff(cdf(edges), prepend=0.0)


def up_to(coefficients: Floats) -> float:
    """Return the sum of all coefficients, the last by half."""
    return float(coefficients.sum() - coefficients[-1] / 2)


def power(f: Floats, n: int) -> Floats:
    """Return the coefficients of ``f(z)**n`` up to the length of f; n >= 1."""
    result = f
    for bit in bin(n)[3:]:
        result = _product(result, result)
        if bit == "1":
            result = _product(result, f)
    return result


def renewals(f: Floats, k: float) -> Floats:
    """Return the coefficients of ``1 / (1 - k f(z))`` up to the length of f, by Newton's method.

    Above k = 1 they grow as powers of 1 / z0 with ``k f(z0) = 1``. They are computed without that factor,
    since a transform is only as accurate as its largest number.

    Raises
    ------
    ValueError
        If ``k f(0) >= 1``: on this lattice growth is at once.
    """
    if k * f[0] >= 1:
        raise ValueError(f"k = {k} is too large for delays so short: more than one friend within a step")
    steps = np.arange(len(f))
    fall = _growth_a_step(f, k, steps) if k > 1 else 0.0
    series = -k * f * np.exp(-fall * steps)
    series[0] += 1.0
    inverse, known = np.array([1.0 / series[0]]), 1
    while known < len(series):
        known = min(2 * known, len(series))
        padded = np.zeros(known)
        padded[: len(inverse)] = inverse
        defect = -_product(series[:known], padded)
        defect[0] += 2.0
        inverse = _product(padded, defect)
    return np.asarray(inverse * np.exp(fall * steps), dtype=np.float64)


def _growth_a_step(f: Floats, k: float, steps: npt.NDArray[np.int64]) -> float:
    """Return about the a with ``k f(exp(-a)) = 1``, never below it; 0 if nothing is known to grow."""
    low, high = 0.0, 1.0
    with np.errstate(under="ignore"):
        while k * float(f @ np.exp(-high * steps)) > 1:
            high *= 2
        # a remainder of 1e-3 over all steps together is a factor near 1
        while high - low > 1e-3 / len(f):
            middle = (low + high) / 2
            if k * float(f @ np.exp(-middle * steps)) > 1:
                low = middle
            else:
                high = middle
    return high


def _product(a: Floats, b: Floats) -> Floats:
    """Return the first len(a) coefficients of a product of two polynomials of equal length."""
    size = 1 << (2 * len(a) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(a, size) * np.fft.rfft(b, size), size)
    return np.asarray(product[: len(a)], dtype=np.float64)
