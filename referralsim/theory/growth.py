"""How fast a loop runs: K says how many, the delays say when.

One customer brings K friends, each a delay tau after he joined himself, with unlimited fresh contacts.
Above K = 1 customers grow as ``exp(a t)`` with the Euler-Lotka root a; below, a customer leads to
``1 / (1 - K)`` in all, and the delays say how much of that has come by t. Times are in any one unit.

Source: J. Wallinga & M. Lipsitch, Proc. R. Soc. B 274:599-604, 2007, doi:10.1098/rspb.2006.3754.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from referralsim.theory.checks import above, at_least, probability, subcritical, whole
from referralsim.theory.delays import DelayLaw
from referralsim.theory.roots import sign_change


def growth_rate(k: float, delay: DelayLaw) -> float:
    """Return the rate a of ``exp(a t)`` that solves ``K E[exp(-a tau)] = 1`` (Euler-Lotka).

    Parameters
    ----------
    k : float
        Friends a customer, > 0.
    delay : DelayLaw
        Time from joining to each friend's joining.

    Returns
    -------
    float
        Above 0 for K > 1, 0 for K = 1, below 0 for K < 1.

    Raises
    ------
    ValueError
        If K is not above 0; or if K < 1 and the law has a tail so heavy that customers fade more slowly than
        any exponential (lognormal), so that there is no rate.

    Notes
    -----
    Wallinga & Lipsitch 2007: K = 1 / M(-a), M being the moment generating function.

    Examples
    --------
    >>> from referralsim.theory import delays
    >>> laws = delays.fixed(1.0), delays.gamma(1.0, shape=2.0), delays.exponential(1.0)
    >>> [round(growth_rate(2.0, law), 6) for law in laws]
    [0.693147, 0.828427, 1.0]
    """
    friends = above("k", k)
    if friends == 1.0:
        return 0.0

    def excess(a: float) -> float:
        return friends * delay.laplace(a) - 1.0

    edge = 1.0 / delay.mean
    if friends > 1.0:
        while excess(edge) >= 0:
            edge *= 2.0
        return sign_change(excess, 0.0, edge)
    if delay.lowest == 0.0:
        raise ValueError(f"with k = {k} below 1 and {delay.name} delays no exponential rate exists")
    if delay.lowest > -math.inf:
        return sign_change(excess, delay.lowest, 0.0)
    while excess(-edge) < 0:
        edge *= 2.0
    return sign_change(excess, -edge, 0.0)


def doubling_time(rate: float) -> float:
    """Return the time in which customers double: ``ln 2 / a``.

    Parameters
    ----------
    rate : float
        a > 0, from :func:`growth_rate`.

    Raises
    ------
    ValueError
        If the rate is not above 0: nothing doubles.

    Examples
    --------
    >>> round(doubling_time(0.693147), 5)
    1.0
    """
    return math.log(2.0) / above("rate", rate)


def skok(initial: float, k: float, n_cycles: int) -> float:
    """Return customers after n cycles of the spreadsheet: ``U0 (K**(n + 1) - 1) / (K - 1)``.

    Everybody invites once, exactly one cycle after joining; the first customers count.

    Parameters
    ----------
    initial : float
        U0 >= 0.
    k : float
        Friends a customer, >= 0. At K = 1 the value is ``U0 (n + 1)``.
    n_cycles : int
        n >= 0, time divided by the cycle time.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> [skok(10, 2, n) for n in range(6)]
    [10.0, 30.0, 70.0, 150.0, 310.0, 630.0]
    >>> skok(10, 2, 20 // 2), skok(10, 2, 20 // 1)
    (20470.0, 20971510.0)
    >>> skok(10, 1, 4)
    50.0
    """
    start, friends = at_least("initial", initial), at_least("k", k)
    return start * math.fsum(friends**g for g in range(whole("n_cycles", n_cycles) + 1))


class Inflow(NamedTuple):
    """The steady state of a company with customers who come by themselves, K < 1."""

    sign_ups: float  # a unit of time, referred or not
    referred_share: float  # of all sign-ups


def steady_inflow(rate: float, k: float) -> Inflow:
    """Return sign-ups ``nu / (1 - K)`` and the referred share K under a steady inflow nu.

    Parameters
    ----------
    rate : float
        nu >= 0, customers a unit of time who come by themselves or are paid for.
    k : float
        Friends a customer, in [0, 1).

    Raises
    ------
    ValueError
        If an argument is out of its range; for K >= 1 there is no steady state.

    Notes
    -----
    Sign-ups s obey ``s = nu + K s`` in the long run, whatever the delays.

    Examples
    --------
    >>> steady_inflow(60.0, 0.4)
    Inflow(sign_ups=100.0, referred_share=0.4)
    """
    friends = subcritical("k", k, "otherwise there is no steady state")
    return Inflow(at_least("rate", rate) / (1.0 - friends), friends)


def referred_share(k: float, delay: DelayLaw, inflow_growth: float) -> float:
    """Return the share of sign-ups that are referred while the inflow grows as ``exp(r t)``.

    ``K E[exp(-r tau)]``: friends come a delay later, when the inflow has grown on.

    Parameters
    ----------
    k : float
        Friends a customer, >= 0.
    delay : DelayLaw
        Time from joining to each friend's joining.
    inflow_growth : float
        r, a unit of time; negative if the inflow shrinks.

    Raises
    ------
    ValueError
        If the share would be 1 or more: then the loop grows faster than the inflow, and no share is steady.

    Examples
    --------
    >>> from referralsim.theory import delays
    >>> referred_share(0.4, delays.exponential(10.0), 0.0), referred_share(0.4, delays.exponential(10.0), 0.1)
    (0.4, 0.2)
    """
    share = at_least("k", k) * delay.laplace(inflow_growth)
    return subcritical("the referred share", share, "otherwise the loop outgrows the inflow")


def expected_reached(k: float, delay: DelayLaw, t: float) -> float:
    """Return the customers that one customer leads to by t, himself included.

    ``sum over g >= 0 of K**g P(tau_1 + ... + tau_g <= t)``.

    Parameters
    ----------
    k : float
        Friends a customer, >= 0; it may be above 1.
    delay : DelayLaw
        Time from joining to each friend's joining.
    t : float
        Time since he joined, >= 0.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    Closed forms for fixed, exponential and gamma delays (to about 1e-14 relative); for others the renewal
    equation on a lattice, to about 1e-9 (see :mod:`referralsim.theory.lattice`).

    Examples
    --------
    >>> from referralsim.theory import delays
    >>> expected_reached(2.0, delays.fixed(1.0), 5.0) == skok(1, 2, 5)
    True
    """
    return delay.reached(k, at_least("t", t))


def fraction_reached(k: float, delay: DelayLaw, t: float) -> float:
    """Return which part of all that a customer will ever lead to has come by t, K < 1.

    ``(1 - K) sum over g >= 0 of K**g P(tau_1 + ... + tau_g <= t)``; fixed delay m:
    ``1 - K**(floor(t / m) + 1)``; exponential of mean m: ``1 - K exp(-(1 - K) t / m)``.

    Parameters
    ----------
    k : float
        Friends a customer, in [0, 1).
    delay : DelayLaw
        Time from joining to each friend's joining; any law.
    t : float
        Time since the first customer joined, >= 0.

    Returns
    -------
    float
        From 1 - K at t = 0 up to 1. The accuracy is that of :func:`expected_reached`.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> from referralsim.theory import delays
    >>> round(fraction_reached(0.5, delays.exponential(1.0), 2 * math.log(4)), 12)
    0.875
    >>> fraction_reached(0.5, delays.fixed(1.0), 2.5)
    0.875
    """
    friends = subcritical("k", k, "otherwise there is no finite total")
    return (1.0 - friends) * expected_reached(friends, delay, t)


def reached_along_path(n_steps: int, step_probability: float, delay: DelayLaw, t: float) -> float:
    """Return the chance that the last person of a chain of n ties has joined by t.

    ``p**n P(tau_1 + ... + tau_n <= t)``: every tie must carry it, and the delays add.

    Parameters
    ----------
    n_steps : int
        n >= 0, ties from the first customer to the last person.
    step_probability : float
        p, chance that a tie carries it, in [0, 1].
    delay : DelayLaw
        Time a tie takes.
    t : float
        Time since the first customer joined, >= 0.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> from referralsim.theory import delays
    >>> reached_along_path(3, 0.5, delays.fixed(1.0), 3.0)
    0.125
    """
    steps, p = whole("n_steps", n_steps), probability("step_probability", step_probability)
    return float(p**steps * delay.convolved_cdf(steps, at_least("t", t)))
