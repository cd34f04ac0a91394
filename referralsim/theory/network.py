"""Saturation: cascades on ties that are given, where a friend can be won only once.

Random graphs with given degrees (configuration graphs): every tie carries a recommendation with chance T.
With ``G0(x) = sum of p_k x**k`` and ``G1(x) = G0'(x) / G0'(1)`` the large cascade, if there is one, reaches
the share ``S = 1 - G0(u)``, ``u = 1 - T + T G1(u)``; it exists above ``T_c = 1 / G1'(1)``. S is also the
chance that one random seed starts a large cascade.

Source: M. E. J. Newman, S. H. Strogatz & D. J. Watts, Physical Review E 64:026118, 2001,
doi:10.1103/PhysRevE.64.026118; M. E. J. Newman, Physical Review E 66:016128, 2002,
doi:10.1103/PhysRevE.66.016128.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from referralsim.theory.checks import at_least, probability
from referralsim.theory.offspring import Floats, distribution, poisson
from referralsim.theory.roots import sign_change


def poisson_degrees(mean: float) -> Floats:
    """Return the degree distribution of an Erdős-Rényi graph, as far as it matters to a float.

    Parameters
    ----------
    mean : float
        Mean degree, >= 0.

    Returns
    -------
    float array, shape (n,)
        Chance of each degree 0, 1, ...; sums to 1.

    Raises
    ------
    ValueError
        If the mean is negative or not finite.

    Examples
    --------
    >>> degrees = poisson_degrees(5.0)
    >>> round(float(degrees @ range(len(degrees))), 12)
    5.0
    """
    law = poisson(mean)
    most = math.ceil(law.mean + 12.0 * math.sqrt(law.mean) + 30.0)
    degrees = np.array([law.pmf(k) for k in range(most + 1)])
    return np.asarray(degrees / degrees.sum(), dtype=np.float64)


def percolation_threshold(degree_pmf: Sequence[float] | Floats) -> float:
    """Return the chance a tie above which large cascades exist: ``<k> / (<k**2> - <k>)``.

    Parameters
    ----------
    degree_pmf : sequence of float
        Chance of each degree 0, 1, 2, ...; sums to 1.

    Returns
    -------
    float
        T_c; above 1 or infinite if not even T = 1 gives a large cascade.

    Raises
    ------
    ValueError
        If the degrees are no distribution.

    Examples
    --------
    >>> percolation_threshold([0, 0, 0, 1]), round(percolation_threshold(poisson_degrees(5.0)), 12)
    (0.5, 0.2)
    """
    mean, further = _moments(distribution("degree_pmf", degree_pmf))
    return mean / further if further > 0 else math.inf


def giant_component(degree_pmf: Sequence[float] | Floats, transmissibility: float) -> float:
    """Return the share of people in the large cascade: ``S = 1 - G0(u)``, ``u = 1 - T + T G1(u)``.

    Parameters
    ----------
    degree_pmf : sequence of float
        Chance of each degree 0, 1, 2, ...; sums to 1.
    transmissibility : float
        T, chance that a tie carries the recommendation, in [0, 1].

    Returns
    -------
    float
        In [0, 1]; 0 at and below the threshold. The limit of large graphs.

    Raises
    ------
    ValueError
        If the degrees are no distribution or T is no chance.

    Examples
    --------
    >>> round(giant_component([0, 0, 0, 1], 0.75), 12) == round(26 / 27, 12)
    True
    >>> round(giant_component(poisson_degrees(5.0), 0.3), 6)
    0.582812
    """
    p, t = distribution("degree_pmf", degree_pmf), probability("transmissibility", transmissibility)
    mean, further = _moments(p)
    if t * further <= mean:
        return 0.0
    excess = np.arange(1, len(p)) * p[1:] / mean
    u = sign_change(lambda x: 1.0 - t + t * float(np.polynomial.polynomial.polyval(x, excess)) - x, 0.0, 1.0)
    return 1.0 - float(np.polynomial.polynomial.polyval(u, p))


def giant_component_variance(degree_pmf: Sequence[float] | Floats, transmissibility: float) -> float:
    """Return n times the variance of the share of n people in the large cascade, their degrees being given.

    Parameters
    ----------
    degree_pmf : sequence of float
        Share of people of each degree 0, 1, 2, ...; sums to 1. The graph is a uniform pairing of their ends.
    transmissibility : float
        T, chance that a tie carries the recommendation, in [0, 1] and above the threshold.

    Returns
    -------
    float
        The limit of large graphs, over graphs and luck. People are reached together, so it lies above the
        ``S (1 - S)`` of people on their own, and grows without bound towards the threshold.

    Raises
    ------
    ValueError
        If the degrees are no distribution, T is no chance, or T is not above the threshold.

    Notes
    -----
    That there is a finite limit: F. Ball & P. Neal, Annals of Applied Probability 27(2):1057-1092, 2017,
    doi:10.1214/16-AAP1225. Here by the clocks of S. Janson & M. Luczak: ends of ties ring at rate 1, and
    with ``x = exp(-t)``, ``u = 1 - T + T x`` one of degree k is not reached with chance ``I = u**k``, has
    then on average ``H = k x u**(k-1)`` ends left, while all who are left hold L ends, ``x**2`` of the
    first. The cascade ends where ``L = H``, at ``x = G1(u)``: the variance is that of ``I - r (L - H)``,
    ``r = T G0'(u) / (<k> x - x T G0''(u))``.

    Examples
    --------
    >>> round(giant_component_variance([0, 0, 0, 1], 0.75), 4)  # people on their own: 0.0357
    0.1139
    """
    p, t = distribution("degree_pmf", degree_pmf), probability("transmissibility", transmissibility)
    mean, further = _moments(p)
    if t * further <= mean:
        raise ValueError(f"transmissibility must be above the threshold (got {t})")
    k = np.arange(len(p), dtype=np.float64)
    polyval = np.polynomial.polynomial.polyval
    excess = k[1:] * p[1:] / mean
    u = sign_change(lambda at: 1.0 - t + t * float(polyval(at, excess)) - at, 0.0, 1.0)
    x = float(polyval(u, excess))
    kept = u**k
    ends = k * x * u ** np.maximum(k - 1.0, 0.0)
    pairs = k * (k - 1.0) * x * x * u ** np.maximum(k - 2.0, 0.0)
    slope = x * (mean - float(p @ pairs) * t / x**2)
    r = t * mean * x / slope
    of_left = 2.0 * mean * x * x * (1.0 - x * x)
    of_ends = float(p @ (ends + pairs - ends**2))
    left_and_ends = (1.0 - x * x) * float(p @ (t * pairs + ends))
    kept_and_rest = float(p @ (t * ends * (1.0 - x * x) - ends * (1.0 - kept)))
    of_rest = of_left + of_ends - 2.0 * left_and_ends
    return float(p @ (kept * (1.0 - kept))) + r * r * of_rest - 2.0 * r * kept_and_rest


def random_graph_variance(mean_degree: float, transmissibility: float) -> float:
    """Return the same for an Erdős-Rényi graph, whose degrees vary too: ``S (1 - S) / (1 - c (1 - S))**2``.

    Parameters
    ----------
    mean_degree : float
        > 0.
    transmissibility : float
        T, in [0, 1]; what it leaves of the ties is again such a graph, of mean degree ``c = T mean_degree``.

    Raises
    ------
    ValueError
        If T is no chance, or c is not above 1.

    Notes
    -----
    F. Ball & P. Neal 2017, doi:10.1214/16-AAP1225; it is found again from :func:`giant_component_variance`
    by letting the degrees vary (a test).

    Examples
    --------
    >>> round(random_graph_variance(5.0, 0.3), 4), round(random_graph_variance(5.0, 0.22), 2)
    (1.7363, 16.51)
    """
    c = probability("transmissibility", transmissibility) * mean_degree
    if not c > 1.0:
        raise ValueError(f"transmissibility times mean_degree must be above 1 (got {c})")
    reached = giant_component(poisson_degrees(c), 1.0)
    return reached * (1.0 - reached) / (1.0 - c * (1.0 - reached)) ** 2


def mean_outbreak_size(degree_pmf: Sequence[float] | Floats, transmissibility: float) -> float:
    """Return the expected size of the cascade of one random seed: ``1 + T <k> / (1 - T / T_c)``.

    Parameters
    ----------
    degree_pmf : sequence of float
        Chance of each degree 0, 1, 2, ...; sums to 1.
    transmissibility : float
        T, chance that a tie carries the recommendation, in [0, 1] and below the threshold.

    Returns
    -------
    float
        People, the seed included.

    Raises
    ------
    ValueError
        If the degrees are no distribution, T is no chance, or T is at or above the threshold.

    Notes
    -----
    Newman 2002, ``<s> = 1 + T G0'(1) / (1 - T G1'(1))``.

    Examples
    --------
    >>> round(mean_outbreak_size([0, 0, 0, 1], 0.25), 12)
    2.5
    """
    p, t = distribution("degree_pmf", degree_pmf), probability("transmissibility", transmissibility)
    mean, further = _moments(p)
    if mean == 0:
        return 1.0
    if t * further >= mean:
        raise ValueError(f"transmissibility must be below the threshold {mean / further:g} (got {t})")
    return 1.0 + t * mean / (1.0 - t * further / mean)


def independent_exposures(alpha: float, beta_strong: float, s: float, beta_weak: float, w: float) -> float:
    """Return the chance to adopt in a period: ``1 - (1 - alpha) (1 - b_s)**s (1 - b_w)**w``.

    Parameters
    ----------
    alpha : float
        Chance by advertising alone, in [0, 1].
    beta_strong, beta_weak : float
        Chance by each adopter known by a strong and by a weak tie, in [0, 1].
    s, w : float
        How many adopters one knows by strong and by weak ties, >= 0.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    J. Goldenberg, B. Libai & E. Muller, Marketing Letters 12:211-223, 2001, doi:10.1023/A:1011122126881.

    Examples
    --------
    >>> round(independent_exposures(0.01, 0.07, 2, 0.01, 3), 6)
    0.169181
    """
    nobody = 1.0 - probability("alpha", alpha)
    nobody *= (1.0 - probability("beta_strong", beta_strong)) ** at_least("s", s)
    nobody *= (1.0 - probability("beta_weak", beta_weak)) ** at_least("w", w)
    return float(1.0 - nobody)


def _moments(p: Floats) -> tuple[float, float]:
    """Return <k> and <k**2> - <k>."""
    k = np.arange(len(p), dtype=np.float64)
    return float(p @ k), float(p @ (k * (k - 1.0)))
