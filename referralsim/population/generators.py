"""Random graphs: the classic models of who knows whom, each reproducible from one 64-bit seed.

=================  =========================================================  ======================
model              what it is                                                 made by
=================  =========================================================  ======================
Erdős-Rényi        each pair is tied with one probability                     rustworkx
scale-free         newcomers prefer the well connected (Barabási-Albert)      rustworkx
small world        a ring of friends, some ties rewired (Watts-Strogatz)      numpy
communities        blocks that are denser inside (stochastic block model)     numpy, sparse sampling
configuration      given degrees, stubs matched at random                     numpy
power law          configuration with truncated power-law degrees             numpy
geometric          points on a torus, tied when near                          scipy (k-d tree)
complete, fresh    nothing to store: contacts are drawn when they happen      —
=================  =========================================================  ======================

The libraries draw on one thread, so a graph depends on the seed and the libraries' versions only.

Sources: P. Erdős & A. Rényi, 1959; A.-L. Barabási & R. Albert, Science 286, 1999,
doi:10.1126/science.286.5439.509; D. J. Watts & S. H. Strogatz, Nature 393, 1998, doi:10.1038/30918;
P. W. Holland, K. B. Laskey & S. Leinhardt, Social Networks 5, 1983, doi:10.1016/0378-8733(83)90021-7;
M. Molloy & B. Reed, Random Structures & Algorithms 6, 1995, doi:10.1002/rsa.3240060204;
M. Penrose, *Random Geometric Graphs*, 2003.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from referralsim.population.errors import PopulationError
from referralsim.population.graph import SocialGraph, from_edges
from referralsim.population.sampling import Pairs, blocks_of, ties_between, ties_within

Degrees = npt.NDArray[np.int64]


def _generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def _check_degree(n_people: int, mean_degree: float, highest: float) -> None:
    if not 0.0 <= mean_degree <= highest:
        raise PopulationError(
            "mean_degree",
            f"{n_people} people in this kind of graph can have 0 … {highest:.10g} ties each, "
            f"got {mean_degree:g}",
            "lower the mean degree or raise the size",
        )


def _from_rustworkx(graph: Any, n_people: int) -> SocialGraph:
    ties = np.asarray(graph.edge_list()).reshape(-1, 2)
    return from_edges(n_people, ties[:, 0].astype(np.int32), ties[:, 1].astype(np.int32))


def erdos_renyi(n_people: int, mean_degree: float, seed: int) -> SocialGraph:
    """Tie each pair with probability ``mean_degree / (n_people - 1)``.

    Parameters
    ----------
    n_people : int, >= 1
    mean_degree : float in [0, n_people - 1]
        Expected ties a person; degrees are binomial, nearly Poisson.
    seed : int in [0, 2**64)

    Raises
    ------
    PopulationError
        If that many ties do not fit.

    Examples
    --------
    >>> erdos_renyi(1000, 8.0, seed=1).digest() == erdos_renyi(1000, 8.0, seed=1).digest()
    True
    """
    import rustworkx

    _check_degree(n_people, mean_degree, n_people - 1)
    probability = mean_degree / max(1, n_people - 1)
    return _from_rustworkx(rustworkx.undirected_gnp_random_graph(n_people, probability, seed=seed), n_people)


def scale_free(n_people: int, mean_degree: float, seed: int) -> SocialGraph:
    """Let people join one by one, each with ``mean_degree / 2`` ties to the already popular.

    The share of people with at least k ties falls as k**-2. Person 0 is the oldest. The start is a
    star of ``mean_degree / 2`` people, so the mean degree stays a little below the one asked for.

    Parameters
    ----------
    n_people : int, >= 1
    mean_degree : float
        0 or an even number below ``2 * n_people``.
    seed : int in [0, 2**64)

    Raises
    ------
    PopulationError
        For an odd or fractional mean degree, or more ties than fit.
    """
    import rustworkx

    each = mean_degree / 2.0
    if each != math.floor(each):
        below = 2 * math.floor(each)
        raise PopulationError(
            "mean_degree",
            f"must be even in a scale-free graph (each newcomer brings half of it), got {mean_degree:g}",
            f"use {below} or {below + 2}",
        )
    _check_degree(n_people, mean_degree, 2 * (n_people - 1))
    if each == 0:
        return from_edges(n_people, [], [])
    return _from_rustworkx(rustworkx.barabasi_albert_graph(n_people, int(each), seed=seed), n_people)


def small_world(n_people: int, mean_degree: float, rewiring: float, seed: int) -> SocialGraph:
    """Tie neighbours on a ring, then move one end of each tie elsewhere with probability ``rewiring``.

    A rewired tie never lands on the person itself, on a ring neighbour, or on another tie; where no
    free place turns up in 100 tries it stays where it was. A mean degree that is not even is met by giving
    some people one more ring tie.

    Parameters
    ----------
    n_people : int, >= 1
    mean_degree : float in [0, n_people - 2]
        Without rewiring the graph's clustering is about 3/4 for large mean degrees.
    rewiring : float in [0, 1]
        Clustering falls as ``(1 - rewiring)**3``.
    seed : int in [0, 2**64)

    Raises
    ------
    PopulationError
        If that many ties do not fit around the ring.
    """
    reach = math.ceil(mean_degree / 2.0)
    _check_degree(n_people, mean_degree, max(0, n_people - 2 + n_people % 2))
    random = _generator(seed)
    source = np.repeat(np.arange(n_people, dtype=np.int64), reach)
    step = np.tile(np.arange(1, reach + 1, dtype=np.int64), n_people)
    if reach > mean_degree / 2.0:
        keep = (step < reach) | (random.random(step.size) < mean_degree / 2.0 - (reach - 1))
        source, step = source[keep], step[keep]
    target = (source + step) % n_people
    moved = np.flatnonzero(random.random(source.size) < rewiring)
    new = _rewired(n_people, source[moved], reach, random)
    target[moved] = np.where(new >= 0, new, target[moved])
    return from_edges(n_people, source.astype(np.int32), target.astype(np.int32))


def _rewired(n_people: int, source: Degrees, reach: int, random: np.random.Generator) -> Degrees:
    """Return a new end for each tie off the ring, all different, or -1 where none was found."""
    new = np.full(source.size, -1, dtype=np.int64)
    open_ties = np.arange(source.size)
    taken = np.zeros(0, dtype=np.int64)
    for _ in range(100):
        if open_ties.size == 0 or n_people <= 2 * reach + 1:
            break
        ends = random.integers(n_people, size=open_ties.size)
        starts = source[open_ties]
        distance = np.abs(ends - starts)
        free = np.minimum(distance, n_people - distance) > reach
        keys = np.minimum(starts, ends) * n_people + np.maximum(starts, ends)
        free &= ~np.isin(keys, taken)
        first = np.zeros(keys.size, dtype=bool)
        candidates = np.flatnonzero(free)
        first[candidates[np.unique(keys[candidates], return_index=True)[1]]] = True
        new[open_ties[first]] = ends[first]
        taken = np.concatenate([taken, keys[first]])
        open_ties = open_ties[~first]
    return new


def communities(n_people: int, mean_degree: float, n_blocks: int, within: float, seed: int) -> SocialGraph:
    """Divide people into equal blocks; a share ``within`` of each person's ties stays inside.

    Block labels are kept in ``block``. With a single block all ties are within it.

    Parameters
    ----------
    n_people : int, >= 1
    mean_degree : float, >= 0
    n_blocks : int in [1, n_people]
        Sizes differ by at most one; people of a block have neighbouring indices.
    within : float in [0, 1]
    seed : int in [0, 2**64)

    Raises
    ------
    PopulationError
        If there are more blocks than people, or the ties do not fit inside or between the blocks.
    """
    if not 1 <= n_blocks <= n_people:
        raise PopulationError("communities", f"expected 1 … {n_people} blocks, got {n_blocks}")
    share = 1.0 if n_blocks == 1 else within
    random = _generator(seed)
    blocks = blocks_of(n_people, n_blocks)
    n_inside = mean_degree * share * n_people / 2.0
    n_outside = mean_degree * (1.0 - share) * n_people / 2.0
    for name, wanted, pairs in (
        ("inside", n_inside, blocks.n_pairs_within),
        ("between", n_outside, blocks.n_pairs_between),
    ):
        if wanted > pairs:
            raise PopulationError(
                "mean_degree",
                f"{wanted:.10g} ties {name} the communities do not fit into {pairs} pairs",
                "use fewer ties, larger communities or another share `within`",
            )
    inside = ties_within(blocks, n_inside, random)
    outside = ties_between(blocks, n_outside, random)
    return _of_pairs(n_people, inside, outside).with_block(blocks.block)


def _of_pairs(n_people: int, *parts: Pairs) -> SocialGraph:
    source = np.concatenate([part[0] for part in parts])
    target = np.concatenate([part[1] for part in parts])
    return from_edges(n_people, source, target)


def configuration(degrees: npt.ArrayLike, seed: int) -> SocialGraph:
    """Give each person its number of stubs and join stubs at random.

    Self-loops and repeats are dropped and counted, so a few people end with fewer ties. If the
    degrees sum to an odd number, the last person who has a stub loses one.

    Parameters
    ----------
    degrees : int array, shape (n_people,), >= 0
    seed : int in [0, 2**64)

    Raises
    ------
    PopulationError
        For an empty sequence, negative or fractional degrees, or degrees of ``n_people`` and more.

    Examples
    --------
    >>> configuration([1, 1, 1, 1], seed=3).degrees().tolist()
    [1, 1, 1, 1]
    """
    wanted = np.array(degrees)
    if wanted.ndim != 1 or wanted.size == 0 or wanted.dtype.kind not in "iu":
        raise PopulationError("degrees", "expected a list of whole numbers, at least one")
    wrong = np.flatnonzero((wanted < 0) | (wanted >= wanted.size))
    if wrong.size:
        raise PopulationError(
            "degrees",
            f"{wanted[wrong[0]]} at position {wrong[0]} is outside 0 … {wanted.size - 1} "
            f"for {wanted.size} people",
        )
    return _match_stubs(wanted, _generator(seed))


def _match_stubs(degrees: Degrees, random: np.random.Generator) -> SocialGraph:
    if degrees.sum() % 2:
        degrees[np.flatnonzero(degrees)[-1]] -= 1
    stubs = np.repeat(np.arange(degrees.size, dtype=np.int32), degrees)
    random.shuffle(stubs)
    half = stubs.size // 2
    return from_edges(degrees.size, stubs[:half], stubs[half:])


def power_law_degrees(
    n_people: int, exponent: float, min_degree: int, max_degree: int, random: np.random.Generator
) -> Degrees:
    """Draw degrees with P(k) proportional to ``k**-exponent`` on ``min_degree … max_degree``.

    Parameters
    ----------
    n_people : int, >= 1
    exponent : float, > 0
    min_degree, max_degree : int
        ``1 <= min_degree <= max_degree``; nobody gets more than ``n_people - 1``.
    random : numpy.random.Generator

    Returns
    -------
    int64 array, shape (n_people,)

    Raises
    ------
    PopulationError
        If the range of degrees is empty or starts at 0.
    """
    largest = min(max_degree, n_people - 1)
    if min_degree < 1:
        raise PopulationError("min_degree", f"a power law starts at 1 or above, got {min_degree}")
    if min_degree > largest:
        raise PopulationError(
            "min_degree",
            f"{min_degree} is above the largest degree {largest} "
            f"(max_degree {max_degree}, {n_people} people)",
        )
    support = np.arange(min_degree, largest + 1)
    cumulative = np.cumsum(support.astype(np.float64) ** -exponent)
    place = np.searchsorted(cumulative[:-1] / cumulative[-1], random.random(n_people), side="right")
    return support[place].astype(np.int64)


def power_law(n_people: int, exponent: float, min_degree: int, max_degree: int, seed: int) -> SocialGraph:
    """Join stubs of :func:`power_law_degrees` at random; see :func:`configuration`."""
    random = _generator(seed)
    return _match_stubs(power_law_degrees(n_people, exponent, min_degree, max_degree, random), random)


def geometric(n_people: int, mean_degree: float, seed: int) -> SocialGraph:
    """Scatter people over a unit torus and tie those within the radius that gives the mean degree.

    Parameters
    ----------
    n_people : int, >= 1
    mean_degree : float in [0, (n_people - 1) * pi / 4)
        ``radius = sqrt(mean_degree / (pi * (n_people - 1)))``; on the torus there is no edge effect.
    seed : int in [0, 2**64)

    Raises
    ------
    PopulationError
        If the radius would reach around the torus.
    """
    from scipy.spatial import cKDTree

    _check_degree(n_people, mean_degree, (n_people - 1) * math.pi / 4.0)
    radius = math.sqrt(mean_degree / (math.pi * max(1, n_people - 1)))
    points = _generator(seed).random((n_people, 2))
    pairs = cKDTree(points, boxsize=np.ones(2)).query_pairs(radius, output_type="ndarray")
    return from_edges(n_people, pairs[:, 0], pairs[:, 1])


def complete(n_people: int) -> SocialGraph:
    """Return the graph in which everybody knows everybody; no tie is stored."""
    return _implicit(n_people, "complete")


def fresh_contacts(n_people: int) -> SocialGraph:
    """Return a world without saturation: every contact is a person nobody has met before."""
    return _implicit(n_people, "fresh")


def _implicit(n_people: int, kind: Any) -> SocialGraph:
    if n_people < 1:
        raise PopulationError("people", f"expected at least 1, got {n_people}")
    return SocialGraph(
        n_people=n_people,
        offsets=np.zeros(1, np.int32),
        neighbours=np.zeros(0, np.int32),
        strength=np.ones(1, np.float32),
        kind=kind,
    )
