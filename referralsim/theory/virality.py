"""The shape of trees: mean distances, and how rarely a tree passes one degree.

Structural virality is the mean distance of two members of a tree: near 2 for a broadcast, large for a long
chain. A tie with s members below it lies on s (n - s) of the shortest paths, so one pass over subtree sizes
gives the Wiener index W, the sum over pairs; virality is ``2 W / (n (n - 1))``.

Source: S. Goel, A. Anderson, J. Hofman & D. J. Watts, Management Science 62(1):180-196, 2016,
doi:10.1287/mnsc.2015.2158; S. Goel, D. J. Watts & D. G. Goldstein, The structure of online
diffusion networks, ACM Conference on Electronic Commerce, 2012.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from referralsim.theory.branching import extinct_by
from referralsim.theory.checks import subcritical, whole
from referralsim.theory.offspring import OffspringLaw


def wiener_index(parents: Sequence[int]) -> int:
    """Return the sum of distances over all pairs of members of one tree, exactly.

    Parameters
    ----------
    parents : sequence of int
        Entry i is the member who brought member i, or -1 for the root; in any order.

    Raises
    ------
    ValueError
        If there is not exactly one root, a parent does not exist, or somebody is his own ancestor.

    Examples
    --------
    >>> wiener_index([-1, 0, 0, 1, 1, 2, 2])
    48
    """
    n = len(parents)
    if sum(parent == -1 for parent in parents) != 1:
        raise ValueError("a tree has exactly one root, with parent -1")
    if not all(-1 <= parent < n for parent in parents):
        raise ValueError(f"parents must be between -1 and {n - 1}")
    children = [0] * n
    for parent in parents:
        if parent >= 0:
            children[parent] += 1
    below, total, taken = [1] * n, 0, 0
    leaves = [member for member in range(n) if not children[member]]
    while leaves:
        member = leaves.pop()
        taken += 1
        parent = parents[member]
        if parent < 0:
            continue
        total += below[member] * (n - below[member])
        below[parent] += below[member]
        children[parent] -= 1
        if not children[parent]:
            leaves.append(parent)
    if taken < n:
        raise ValueError("somebody is his own ancestor")
    return total


def structural_virality(parents: Sequence[int]) -> float:
    """Return the mean distance of two members of one tree.

    Parameters
    ----------
    parents : sequence of int
        Entry i is the member who brought member i, or -1 for the root; in any order.

    Returns
    -------
    float
        At least 1; NaN for a tree of one, who has no pair.

    Raises
    ------
    ValueError
        As :func:`wiener_index`.

    Examples
    --------
    >>> structural_virality([-1, 0, 0, 0]) == star(4) == 1.5
    True
    """
    n, total = len(parents), wiener_index(parents)
    return 2.0 * total / (n * (n - 1)) if n > 1 else math.nan


def star(n: int) -> float:
    """Return the structural virality of one who brought all others: ``2 (n - 1) / n``.

    Parameters
    ----------
    n : int
        Members, >= 2.

    Raises
    ------
    ValueError
        If n is below 2.

    Examples
    --------
    >>> star(10)
    1.8
    """
    members = whole("n", n, 2)
    return 2.0 * (members - 1) / members


def path(n: int) -> float:
    """Return the structural virality of a chain: ``(n + 1) / 3``.

    Parameters
    ----------
    n : int
        Members, >= 2.

    Raises
    ------
    ValueError
        If n is below 2.

    Examples
    --------
    >>> path(8)
    3.0
    """
    return (whole("n", n, 2) + 1) / 3.0


def complete_binary(depth: int) -> float:
    """Return the structural virality of a tree in which all above the last generation brought two.

    With ``N = 2**(d + 1)`` and ``n = N - 1`` members, ``W = N (d (N + 1) - 2 N + 4)``.

    Parameters
    ----------
    depth : int
        d >= 1, generations under the root.

    Raises
    ------
    ValueError
        If the depth is below 1.

    Examples
    --------
    >>> complete_binary(2) == 16 / 7
    True
    """
    d = whole("depth", depth, 1)
    over = 1 << (d + 1)
    members = over - 1
    return 2 * over * (d * (over + 1) - 2 * over + 4) / (members * (members - 1))


def one_node_share(law: OffspringLaw) -> float:
    """Return the share of trees of one: ``G(0)``, the chance to bring nobody.

    Goel, Watts & Goldstein 2012 saw .70 to .95 in seven services.

    Examples
    --------
    >>> from referralsim.theory.offspring import poisson
    >>> round(one_node_share(poisson(0.15)), 3)
    0.861
    """
    return extinct_by(law, 1)


def deeper_than_one_share(law: OffspringLaw) -> float:
    """Return the share of trees that pass one degree: ``1 - G(G(0))``, somebody in generation 2.

    Goel, Watts & Goldstein 2012 saw .01 to .04.

    Examples
    --------
    >>> from referralsim.theory.offspring import poisson
    >>> round(deeper_than_one_share(poisson(0.15)), 4)
    0.0207
    """
    return 1.0 - extinct_by(law, 2)


def further_than_one_share(law: OffspringLaw) -> float:
    """Return the share of adoptions further than one degree from their seed: ``K**2``, for K < 1.

    Expected customers in generations 2, 3, ... over all: ``(K**2 + K**3 + ...) (1 - K)``. Goel, Watts &
    Goldstein 2012 saw .01 to .06.

    Raises
    ------
    ValueError
        If K >= 1: lines have no finite expected size.

    Examples
    --------
    >>> from referralsim.theory.offspring import poisson
    >>> round(further_than_one_share(poisson(0.15)), 4)
    0.0225
    """
    return subcritical("the mean of the law", law.mean, "otherwise a line has no finite expected size") ** 2
