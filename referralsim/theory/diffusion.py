"""Customers against time: inviting while one stays (birth-death), and a closed market (Bass).

In the birth-death process every customer brings friends at a constant rate b and leaves at a constant rate d;
a line then has geometric offspring with mean b / d. In Bass's model of a market of fixed size people come by
themselves at rate p and through customers at rate q times the share of customers. His curve is the limit of
many people; of n people the number of customers is a pure birth process (its law by uniformisation).

Source: D. G. Kendall, Annals of Mathematical Statistics 19:1-15, 1948; F. M. Bass, Management Science
15:215-227, 1969, doi:10.1287/mnsc.15.5.215; A. Jensen, Skandinavisk Aktuarietidskrift 36:87-91, 1953
(uniformisation), doi:10.1080/03461238.1953.10419459.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from referralsim.theory.checks import above, at_least, whole

_LOST = 1e-15
"""Chance of further jumps at which uniformisation ends."""


def birth_death_mean(birth: float, death: float, t: float) -> float:
    """Return the expected customers alive at t, from one at 0: ``exp((b - d) t)``.

    Parameters
    ----------
    birth, death : float
        b and d, friends brought and departures a customer and unit of time, >= 0.
    t : float
        >= 0.

    Raises
    ------
    ValueError
        If an argument is negative or not finite.

    Examples
    --------
    >>> round(birth_death_mean(0.3, 0.2, 10.0), 6)
    2.718282
    """
    b, d, time = _rates(birth, death, t)
    return math.exp((b - d) * time)


def birth_death_variance(birth: float, death: float, t: float) -> float:
    """Return the variance of the customers alive at t, from one at 0.

    ``(b + d) / (b - d) exp((b - d) t) (exp((b - d) t) - 1)``; ``2 b t`` for b = d.

    Parameters
    ----------
    birth, death : float
        b and d, friends brought and departures a customer and unit of time, >= 0.
    t : float
        >= 0.

    Raises
    ------
    ValueError
        If an argument is negative or not finite.

    Examples
    --------
    >>> round(birth_death_variance(0.3, 0.2, 10.0), 6), birth_death_variance(0.5, 0.5, 3.0)
    (23.353871, 3.0)
    """
    b, d, time = _rates(birth, death, t)
    return (b + d) * math.exp((b - d) * time) * _grown(b - d, time)


def birth_death_extinct(birth: float, death: float, t: float) -> float:
    """Return the chance that nobody is left at t, from one at 0.

    ``d (E - 1) / (b E - d)`` with ``E = exp((b - d) t)``; ``b t / (1 + b t)`` for b = d.

    Parameters
    ----------
    birth, death : float
        b and d, friends brought and departures a customer and unit of time, >= 0.
    t : float
        >= 0.

    Raises
    ------
    ValueError
        If an argument is negative or not finite.

    Examples
    --------
    >>> round(birth_death_extinct(0.3, 0.2, 10.0), 6), birth_death_extinct(0.5, 0.5, 2.0)
    (0.558351, 0.5)
    """
    b, d, time = _rates(birth, death, t)
    grown = _grown(b - d, time)
    return d * grown / (1.0 + b * grown)


def bass_fraction(p: float, q: float, t: float) -> float:
    """Return the share of the market that has adopted by t.

    ``F(t) = (1 - e**(-(p + q) t)) / (1 + (q / p) e**(-(p + q) t))``.

    Parameters
    ----------
    p : float
        Innovation a unit of time, > 0.
    q : float
        Imitation a unit of time, >= 0.
    t : float
        >= 0.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> round(bass_fraction(0.03, 0.38, 5.0), 4), round(bass_fraction(0.03, 0.38, 10.0), 4)
    (0.3312, 0.8128)
    """
    alone, through = above("p", p), at_least("q", q)
    left = math.exp(-(alone + through) * at_least("t", t))
    return (1.0 - left) / (1.0 + through / alone * left)


class Share(NamedTuple):
    """Mean and variance of a share of people."""

    mean: float
    variance: float


def bass_share(p: float, q: float, n_people: int, t: float) -> Share:
    """Return the share of a market of n people that has adopted by t, exactly: its mean and variance.

    With i customers the next one comes at rate ``(n - i) (p + q i / (n - 1))``: each of the others by himself
    at p, and each customer contacts one of the n - 1 others at rate q. For many people the mean is
    :func:`bass_fraction`; of few it lies below, because chance decides when the first one comes.

    Parameters
    ----------
    p : float
        Innovation a unit of time, > 0.
    q : float
        Imitation a unit of time, >= 0.
    n_people : int
        >= 2. The work grows with its square.
    t : float
        >= 0.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> round(bass_share(0.03, 0.38, 1000, 5.0).mean, 4), round(bass_fraction(0.03, 0.38, 5.0), 4)
    (0.3307, 0.3312)
    """
    alone, through, n = above("p", p), at_least("q", q), whole("n_people", n_people, 2)
    customers = np.arange(n + 1)
    rates = (n - customers) * (alone + through * customers / (n - 1))
    fastest = float(rates.max())
    jumps = fastest * at_least("t", t)
    law, found = np.zeros(n + 1), np.zeros(n + 1)
    law[0] = 1.0
    step, left = rates / fastest, 1.0
    k = 0
    while True:
        chance = math.exp(k * math.log(jumps) - jumps - math.lgamma(k + 1)) if jumps else float(k == 0)
        found += chance * law
        left -= chance
        if k >= jumps and (chance < _LOST or left < _LOST):
            break
        moved = law * step
        law -= moved
        law[1:] += moved[:-1]
        k += 1
    shares = customers / n
    mean = float(found @ shares / found.sum())
    return Share(mean, float(found @ (shares - mean) ** 2 / found.sum()))


def bass_peak_time(p: float, q: float) -> float:
    """Return when adoptions a unit of time are highest: ``ln(q / p) / (p + q)``, 0 for q <= p.

    Parameters
    ----------
    p : float
        Innovation a unit of time, > 0.
    q : float
        Imitation a unit of time, >= 0.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> round(bass_peak_time(0.03, 0.38), 4), bass_peak_time(0.4, 0.1)
    (6.1926, 0.0)
    """
    alone, through = above("p", p), at_least("q", q)
    return math.log(through / alone) / (alone + through) if through > alone else 0.0


def _rates(birth: float, death: float, t: float) -> tuple[float, float, float]:
    return at_least("birth", birth), at_least("death", death), at_least("t", t)


def _grown(rate: float, t: float) -> float:
    """Return the integral of exp(rate s) over [0, t], which is t at rate 0."""
    return math.expm1(rate * t) / rate if rate else t
