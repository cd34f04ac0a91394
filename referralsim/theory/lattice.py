"""Sums of delays on a lattice, for laws that have no closed form.

A delay is rounded to the nearest multiple of a step h = t / N; sums of rounded delays are products of
polynomials. Counting the last lattice point by half leaves an error of order h**2 for a smooth law, which one
step of Richardson's extrapolation removes. N is doubled until two extrapolated values agree.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ACCURACY = 1e-9
"""Two extrapolated values in a row differ by less, relative to the larger of 1 and the value."""

FEWEST_STEPS, MOST_STEPS = 512, 2**18


def extrapolated(value: Callable[[int], float]) -> float:
    """Return the limit of a lattice value as the number of steps grows.

    Parameters
    ----------
    value : callable
        The value with N steps; its error falls as ``N**-2``.

    Raises
    ------
    ArithmeticError
        If 2**18 steps are not enough, as with a law that jumps.

    Examples
    --------
    >>> round(extrapolated(lambda n: 1.0 + 3.0 / n**2), 12)
    1.0
    """
    steps, coarse, before = FEWEST_STEPS, value(FEWEST_STEPS), float("nan")
    while steps < MOST_STEPS:
        steps *= 2
        fine = value(steps)
        now = (4.0 * fine - coarse) / 3.0
        if abs(now - before) <= ACCURACY * max(1.0, abs(now)):
            return now
        coarse, before = fine, now
    raise ArithmeticError(
        f"the sum of delays is not known to {ACCURACY:g} with {MOST_STEPS} steps: no smooth law"
    )


def masses(cdf: Callable[[float], float], t: float, steps: int) -> Floats:
    """Return the chances that a delay rounds to 0, h, ..., N h = t; shape (N + 1,)."""
    edges = (np.arange(steps + 1) + 0.5) * (t / steps)
    return np.diff(np.array([cdf(float(edge)) for edge in edges]), prepend=0.0)


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

    Raises
    ------
    ValueError
        If ``k f(0) >= 1``: on this lattice growth is at once.
    """
    series = -k * f
    series[0] += 1.0
    if series[0] <= 0:
        raise ValueError(f"k = {k} is too large for delays so short: more than one friend within a step")
    inverse, known = np.array([1.0 / series[0]]), 1
    while known < len(series):
        known = min(2 * known, len(series))
        padded = np.zeros(known)
        padded[: len(inverse)] = inverse
        defect = -_product(series[:known], padded)
        defect[0] += 2.0
        inverse = _product(padded, defect)
    return inverse


def _product(a: Floats, b: Floats) -> Floats:
    """Return the first len(a) coefficients of a product of two polynomials of equal length."""
    size = 1 << (2 * len(a) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(a, size) * np.fft.rfft(b, size), size)
    return np.asarray(product[: len(a)], dtype=np.float64)
