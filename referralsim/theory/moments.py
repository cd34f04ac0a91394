"""Means in closed form that a planner computes by hand: caps, happy moments, hazards, returns.

Source: in each function; P. Schmitt, B. Skiera & C. Van den Bulte, Journal of Marketing 75(1):46-59, 2011;
I. Garnefeld, A. Eggert, S. V. Helm & S. S. Tax, Journal of Marketing 77(4):17-32, 2013.
"""

from __future__ import annotations

import math

from referralsim.theory.checks import above, at_least, finite, probability, whole
from referralsim.theory.offspring import OffspringLaw


def capped_mean(law: OffspringLaw, cap: int) -> float:
    """Return the rewards a customer earns when only the first ones count: ``E[min(X, c)]``.

    ``c - sum over x < c of (c - x) P(X = x)``.

    Parameters
    ----------
    law : OffspringLaw
        Friends a customer.
    cap : int
        c >= 0, friends that are rewarded at most.

    Raises
    ------
    ValueError
        If the cap is negative.

    Examples
    --------
    >>> from referralsim.theory.offspring import poisson
    >>> round(capped_mean(poisson(3.0), 2), 6)
    1.751065
    """
    most = whole("cap", cap)
    return most - math.fsum((most - x) * law.pmf(x) for x in range(most))


def happy_moment_mean(w0: float, amplitude: float, tau_days: float, mean_delay_days: float) -> float:
    """Return the mean factor of an ask that comes an exponential delay after a happy moment.

    For ``w(d) = w0 + A exp(-d / tau)`` and mean delay m it is ``w0 + A tau / (tau + m)``.

    Parameters
    ----------
    w0 : float
        Factor long after the moment, >= 0.
    amplitude : float
        A, what the moment adds at once; ``w0 + A >= 0``.
    tau_days : float
        Time constant of the decay, > 0: half-life / ln 2.
    mean_delay_days : float
        m >= 0.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> happy_moment_mean(1.0, 2.0, 3.0, 1.0)
    2.5
    """
    level, tau = at_least("w0", w0), above("tau_days", tau_days)
    return level + at_least("amplitude", amplitude, -level) * tau / (
        tau + at_least("mean_delay_days", mean_delay_days)
    )


def monthly_hazard(yearly_defection: float) -> float:
    """Return the chance to leave in a month that adds up to a yearly one: ``1 - (1 - y)**(1 / 12)``.

    Parameters
    ----------
    yearly_defection : float
        y, share of customers who leave within a year, in [0, 1].

    Raises
    ------
    ValueError
        If it is no share.

    Notes
    -----
    Garnefeld et al. 2013 report .19 for customers who did not refer and .07 for those who did.

    Examples
    --------
    >>> round(100 * monthly_hazard(0.19), 3), round(100 * monthly_hazard(0.07), 3)
    (1.741, 0.603)
    """
    return float(1.0 - (1.0 - probability("yearly_defection", yearly_defection)) ** (1.0 / 12.0))


def schmitt_roi(value_gap: float, reward: float) -> float:
    """Return what a reward earns on itself: ``(gap - reward) / reward``.

    Parameters
    ----------
    value_gap : float
        By how much a referred customer is worth more than another, in money.
    reward : float
        What a referral costs, in the same money, > 0.

    Raises
    ------
    ValueError
        If the reward is not above 0 or the gap is not finite.

    Notes
    -----
    Schmitt, Skiera & Van den Bulte 2011: EUR 40 more for EUR 25 is 60 %. The measure credits the gap alone;
    it holds when all these customers would have come anyway as ordinary ones.

    Examples
    --------
    >>> schmitt_roi(40.0, 25.0)
    0.6
    """
    cost = above("reward", reward)
    return (finite("value_gap", value_gap) - cost) / cost


def lift_of_loops(k_organic: float, k_artificial: float) -> float:
    """Return by what factor a programme raises all customers: ``(1 - k_o) / (1 - k_o - k_a)``.

    Loops add in K and multiply in output: amplification goes from 1 / (1 - k_o) to 1 / (1 - k_o - k_a).

    Parameters
    ----------
    k_organic, k_artificial : float
        Friends a customer without the programme and by it, >= 0, together below 1.

    Raises
    ------
    ValueError
        If one is negative or their sum is 1 or more.

    Examples
    --------
    >>> round(lift_of_loops(0.20, 0.30), 12)
    1.6
    """
    before, added = at_least("k_organic", k_organic), at_least("k_artificial", k_artificial)
    left = 1.0 - before - added
    if left <= 0:
        raise ValueError(
            f"k_organic + k_artificial must be below 1 (got {before + added:g}): no finite total"
        )
    return (1.0 - before) / left
