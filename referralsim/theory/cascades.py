"""Independent cascades on a small graph, exactly: every way in which the ties may fall out.

Whether a tie carries the recommendation may be decided before anybody joins; the people reached are then
those connected with the seed by ties that do. Only ties that matter are looked at, so a triangle takes a
handful of steps.

Source: D. Kempe, J. Kleinberg & É. Tardos, KDD 2003:137-146, doi:10.1145/956750.956769.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from referralsim.theory.checks import probability as chance
from referralsim.theory.offspring import Floats

MOST_EDGES = 20


class _Tie(NamedTuple):
    """A tie and what it does: from, to, and its chance."""

    a: int
    b: int
    p: float


def cascade_sizes(
    edges: Sequence[tuple[int, int]],
    seed: int,
    probability: float | Sequence[float],
    *,
    directed: bool = False,
) -> Floats:
    """Return the exact distribution of the final size of a cascade from one seed.

    Parameters
    ----------
    edges : sequence of (int, int)
        At most 20 ties, each once; persons are any whole numbers. Directed ties carry from the first
        to the second only.
    seed : int
        The first customer; he need not have a tie.
    probability : float or sequence of float
        Chance that a tie carries the recommendation, one for all or one a tie, in [0, 1].
    directed : bool, default False
        Whether ties have a direction. An undirected tie is tried once, from whichever end is first.

    Returns
    -------
    float array, shape (n_persons + 1,)
        Entry k is the chance that exactly k people are reached, the seed included; entry 0 is 0.

    Raises
    ------
    ValueError
        If there are more than 20 ties, as many chances as ties are not given, or a number is no chance.

    Examples
    --------
    >>> cascade_sizes([(0, 1), (1, 2), (0, 2)], 0, 0.5)[1:].tolist()
    [0.25, 0.25, 0.5]
    >>> cascade_sizes([(0, 1), (1, 2), (2, 3)], 0, 0.5)[1:].tolist()
    [0.5, 0.25, 0.125, 0.125]
    """
    if len(edges) > MOST_EDGES:
        raise ValueError(f"at most {MOST_EDGES} ties can be enumerated (got {len(edges)})")
    each = [probability] * len(edges) if isinstance(probability, int | float) else list(probability)
    if len(each) != len(edges):
        raise ValueError(f"give one chance, or one a tie ({len(each)} chances for {len(edges)} ties)")
    persons = {seed}.union(*edges)
    ties = [_Tie(a, b, chance("probability", p)) for (a, b), p in zip(edges, each, strict=True)]
    sizes = np.zeros(len(persons) + 1)
    waiting = [(1.0, frozenset([seed]), tuple(ties))]
    while waiting:
        likelihood, reached, undecided = waiting.pop()
        tie = next((tie for tie in undecided if _carries(tie, reached, directed)), None)
        if tie is None:
            sizes[len(reached)] += likelihood
            continue
        rest = tuple(other for other in undecided if other is not tie)
        waiting.append((likelihood * tie.p, reached | {tie.a, tie.b}, rest))
        waiting.append((likelihood * (1.0 - tie.p), reached, rest))
    return sizes


def _carries(tie: _Tie, reached: frozenset[int], directed: bool) -> bool:
    """Return whether a tie leads from somebody reached to somebody who is not."""
    forth = tie.a in reached and tie.b not in reached
    return forth or (not directed and tie.b in reached and tie.a not in reached)
