"""One line of descent with unlimited fresh contacts: does it die out, how large does it grow.

A customer brings a random number X of friends, each of whom does the same independently (Galton-Watson).
With ``G(s) = E[s**X]``, ``K = E[X]`` and ``sigma**2 = var X``, everything follows from iterating G and from
sums of copies of X. A line ends with certainty if and only if K <= 1 (unless everybody brings exactly one).

Source: T. E. Harris, *The Theory of Branching Processes*, Springer, 1963, ch. I; R. Otter, Annals of
Mathematical Statistics 20:206-224, 1949; M. Dwass, Journal of Applied Probability 6:682-686, 1969.
"""

from __future__ import annotations

import math

from referralsim.theory.checks import subcritical, whole
from referralsim.theory.offspring import OffspringLaw
from referralsim.theory.roots import sign_change


def extinction_probability(law: OffspringLaw) -> float:
    """Return the chance that the line of one customer ends: the smallest q in [0, 1] with ``G(q) = q``.

    Parameters
    ----------
    law : OffspringLaw
        Friends a customer.

    Returns
    -------
    float
        1 for K <= 1, except that it is 0 for whoever brings at least one. Above 1 the error is of the order
        of 1e-16 / (K - 1).

    Notes
    -----
    Harris 1963, ch. I, theorem 6.1. Geometric law of mean m > 1: q = 1 / m.

    Examples
    --------
    >>> from referralsim.theory.offspring import geometric, negative_binomial, poisson
    >>> round(extinction_probability(poisson(1.5)), 6), round(extinction_probability(poisson(2.0)), 6)
    (0.417188, 0.203188)
    >>> round(extinction_probability(geometric(4.0)), 6)
    0.25
    >>> round(extinction_probability(negative_binomial(1.5, 1.0)), 6)
    0.666667
    """
    if law.pgf(0.0) == 0.0:
        return 0.0
    if law.mean <= 1.0:
        return 1.0
    return sign_change(lambda s: law.pgf(s) - s, 0.0, 1.0)


def extinct_by(law: OffspringLaw, generation: int) -> float:
    """Return the chance that generation g is empty: G applied g times to 0.

    Parameters
    ----------
    law : OffspringLaw
        Friends a customer.
    generation : int
        g >= 0; the first customer is generation 0.

    Raises
    ------
    ValueError
        If g is negative.

    Examples
    --------
    >>> from referralsim.theory.offspring import poisson
    >>> [round(extinct_by(poisson(0.15), g), 6) for g in (0, 1, 2)]
    [0.0, 0.860708, 0.979323]
    """
    empty = 0.0
    for _ in range(whole("generation", generation)):
        empty = law.pgf(empty)
    return empty


def generation_mean(law: OffspringLaw, generation: int) -> float:
    """Return the expected number of customers in generation g: ``K**g``.

    Parameters
    ----------
    law : OffspringLaw
        Friends a customer.
    generation : int
        g >= 0; the first customer is generation 0.

    Raises
    ------
    ValueError
        If g is negative.

    Examples
    --------
    >>> from referralsim.theory.offspring import poisson
    >>> generation_mean(poisson(0.5), 3)
    0.125
    """
    return float(law.mean ** whole("generation", generation))


def generation_variance(law: OffspringLaw, generation: int) -> float:
    """Return the variance of the customers in generation g.

    ``sigma**2 K**(g - 1) (1 + K + ... + K**(g - 1))``; 0 for g = 0.

    Parameters
    ----------
    law : OffspringLaw
        Friends a customer.
    generation : int
        g >= 0; the first customer is generation 0.

    Raises
    ------
    ValueError
        If g is negative.

    Notes
    -----
    Harris 1963, ch. I. The sum stands for ``(K**g - 1) / (K - 1)``, which fails at K = 1.

    Examples
    --------
    >>> from referralsim.theory.offspring import geometric, poisson
    >>> generation_variance(poisson(1.0), 5), generation_variance(geometric(2.0), 2)
    (5.0, 36.0)
    """
    g, k = whole("generation", generation), law.mean
    if g == 0:
        return 0.0
    return float(law.variance * k ** (g - 1) * math.fsum(k**i for i in range(g)))


def total_progeny_pmf(law: OffspringLaw, n: int, ancestors: int = 1) -> float:
    """Return the chance that lines end with n customers in all, the first ones included.

    ``P(T = n) = (a / n) P(X_1 + ... + X_n = n - a)`` for a ancestors (hitting time theorem).

    Parameters
    ----------
    law : OffspringLaw
        Friends a customer.
    n : int
        At least 1.
    ancestors : int, default 1
        a >= 1, customers at the start.

    Returns
    -------
    float
        0 for n < a. Summed over n it is the chance that all lines end.

    Raises
    ------
    ValueError
        If n or a is below 1.

    Notes
    -----
    Otter 1949 (one ancestor), Dwass 1969. For Poisson's law and one ancestor this is Borel's law,
    ``e**(-K n) (K n)**(n - 1) / n!``.

    Examples
    --------
    >>> from referralsim.theory.offspring import poisson
    >>> [round(total_progeny_pmf(poisson(0.5), n), 6) for n in (1, 2, 3)]
    [0.606531, 0.18394, 0.083674]
    """
    size, first = whole("n", n, 1), whole("ancestors", ancestors, 1)
    if size < first:
        return 0.0
    return first / size * law.sum_pmf(size, size - first)


def total_progeny_mean(law: OffspringLaw) -> float:
    """Return the expected customers of one line, the first included: ``1 / (1 - K)`` (amplification).

    Parameters
    ----------
    law : OffspringLaw
        Friends a customer; K < 1.

    Raises
    ------
    ValueError
        If K >= 1: the expectation is infinite.

    Examples
    --------
    >>> from referralsim.theory.offspring import poisson
    >>> total_progeny_mean(poisson(0.5))
    2.0
    """
    return 1.0 / (1.0 - _below_one(law))


def total_progeny_variance(law: OffspringLaw) -> float:
    """Return the variance of the customers of one line: ``sigma**2 / (1 - K)**3``.

    Parameters
    ----------
    law : OffspringLaw
        Friends a customer; K < 1.

    Raises
    ------
    ValueError
        If K >= 1: there is no variance.

    Examples
    --------
    >>> from referralsim.theory.offspring import poisson
    >>> total_progeny_variance(poisson(0.5))
    4.0
    """
    return float(law.variance / (1.0 - _below_one(law)) ** 3)


def _below_one(law: OffspringLaw) -> float:
    return subcritical("the mean of the law", law.mean, "otherwise a line has no finite expected size")
