"""What each person is like in one replication: segment, activity, who starts, who comes next.

Every value is drawn at the person's own address, so another person in the world changes nobody.
With fresh contacts the engines apply the same rules to people who are met later.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from referralsim.compiled import compiled
from referralsim.distributions import draw, normal_quantile
from referralsim.population.errors import PopulationError
from referralsim.population.graph import SocialGraph
from referralsim.randomness import Purpose, address, stream_key, unit

Placement = Literal["random", "clustered"]
Choice = Literal["random", "by_degree", "community"]
Floats = npt.NDArray[np.float64]
People = npt.NDArray[np.int32]
MAX_SEGMENTS = 63
"""Rules name segments by the bits of one 64-bit number."""


def _key(seed: int, purpose: Purpose) -> np.uint64:
    return np.uint64(stream_key(seed, purpose))


@compiled
def _units(n_people: int, key: Any) -> Any:
    values = np.empty(n_people, np.float64)
    for i in range(n_people):
        values[i] = unit(address(key, i, 0, 0))
    return values


@compiled
def _first_above(values: Any, thresholds: Any) -> Any:
    """Return the first row whose threshold is above the value, the last row if there is none."""
    rows = np.empty(values.size, np.int8)
    for i in range(values.size):
        row = 0
        while row < thresholds.size - 1 and values[i] >= thresholds[row]:
            row += 1
        rows[i] = row
    return rows


@compiled
def _blended(offsets: Any, neighbours: Any, key: Any) -> Any:
    """Return a normal value a person, half its own and half its neighbours', equally spread for all."""
    own = np.empty(offsets.size - 1, np.float64)
    for i in range(own.size):
        own[i] = normal_quantile(unit(address(key, i, 0, 0)))
    blended = own.copy()
    for i in range(own.size):
        n_ties = offsets[i + 1] - offsets[i]
        if n_ties > 0:
            total = 0.0
            for k in range(offsets[i], offsets[i + 1]):
                total += own[neighbours[k]]
            blended[i] = own[i] + total / math.sqrt(n_ties)
    return blended


def cumulative_shares(shares: Sequence[float]) -> Floats:
    """Return running sums of segment shares: person i is in the first segment whose sum is above its draw.

    Parameters
    ----------
    shares : sequence of float in [0, 1]
        They sum to 1 to within 1e-6.

    Raises
    ------
    PopulationError
        If they do not, or are none or more than 63.

    Examples
    --------
    >>> cumulative_shares([0.5, 0.25, 0.25]).tolist()
    [0.5, 0.75, 1.0]
    """
    array = np.asarray(shares, dtype=np.float64)
    if array.ndim != 1 or not 1 <= array.size <= MAX_SEGMENTS:
        raise PopulationError("segments", f"expected 1 … {MAX_SEGMENTS} shares, got {array.size}")
    if not (array >= 0.0).all() or abs(float(array.sum()) - 1.0) > 1e-6:
        raise PopulationError("segments", f"shares must sum to 1, got {float(array.sum()):g}")
    return np.cumsum(array)


def assign_segments(
    graph: SocialGraph, shares: Sequence[float], placement: Placement, seed: int
) -> npt.NDArray[np.int8]:
    """Give each person a segment.

    ``random``: the first segment s with ``U[SEGMENT; i, 0, 0] < cumulative_shares(shares)[s]``.

    ``clustered``: neighbours tend to be of one segment, and neighbouring segments in the list tend
    to touch. With the standard normal ``x_i`` of that same draw and d_i ties,
    ``y_i = x_i + sum of x_j over ties / sqrt(d_i)``
    is normal with variance 2 for hubs and loners alike. Two tied people with d ties each and c shared
    neighbours have correlation ``1 / sqrt(d) + c / (2 d)``. People with ties are ranked by ``y_i``
    and cut at the shares, which are therefore met to within one person; people without ties follow
    the rule of ``random``. With shares .3, .5, .2 two tied people are of one segment with chance
    .38 at random; clustered .46 on an Erdős-Rényi graph of mean degree 10, .54 on a small world.

    Parameters
    ----------
    shares : sequence of float
        One a segment, summing to 1.
    placement : {"random", "clustered"}
    seed : int in [0, 2**64)
        Seed of the replication.

    Returns
    -------
    int8 array, shape (n_people,)

    Raises
    ------
    PopulationError
        For wrong shares, or ``clustered`` where no ties are listed.
    """
    cumulative = cumulative_shares(shares)
    key = _key(seed, Purpose.SEGMENT)
    if placement == "random":
        return cast("npt.NDArray[np.int8]", _first_above(_units(graph.n_people, key), cumulative))
    if graph.kind != "ties":
        raise PopulationError(
            "placement",
            f"`clustered` needs a graph with ties, and a {graph.kind} graph lists none",
            "use random",
        )
    segment = _first_above(_units(graph.n_people, key), cumulative)
    values = _blended(graph.offsets, graph.neighbours, key)
    # Only people with ties are ranked, so that one more person without any moves no boundary.
    tied = np.flatnonzero(graph.degrees() > 0)
    ends = np.minimum(np.rint(cumulative * tied.size), tied.size).astype(np.int64)
    ends[-1] = tied.size
    ranked = tied[np.argsort(values[tied], kind="stable")]
    segment[ranked] = np.repeat(np.arange(ends.size), np.diff(ends, prepend=0))
    return cast("npt.NDArray[np.int8]", segment)


@compiled
def _activities(n_people: int, law: int, a: float, b: float, table: Any, key: Any) -> Any:
    values = np.empty(n_people, np.float64)
    for i in range(n_people):
        values[i] = draw(address(key, i, 0, 0), law, a, b, table)
    return values


def draw_activity(n_people: int, law: int, a: float, b: float, table: Floats, seed: int) -> Floats:
    """Draw each person's activity, ``draw(A[ACTIVITY; i, 0, 0], law, a, b, table)``.

    Parameters
    ----------
    law, a, b : Law and its parameters
        See :mod:`referralsim.distributions`.
    table : float64 array, shape (n_rows,)
        Rows of the empirical laws; may be empty.
    seed : int in [0, 2**64)
        Seed of the replication.

    Returns
    -------
    float64 array, shape (n_people,)
        The same bits as the same call of :func:`referralsim.distributions.draw` in plain Python.
    """
    key = _key(seed, Purpose.ACTIVITY)
    return cast("Floats", _activities(n_people, int(law), float(a), float(b), table, key))


def arrival_order(n_people: int, seed: int) -> People:
    """Return people in the order in which they would come by themselves or be bought.

    Ascending ``U[ARRIVAL_ORDER; i, 0, 0]``, equal draws by index: adding a person inserts it
    somewhere and leaves the order of all others.

    Returns
    -------
    int32 array, shape (n_people,)
    """
    units = _units(n_people, _key(seed, Purpose.ARRIVAL_ORDER))
    return np.argsort(units, kind="stable").astype(np.int32)


@compiled
def _race(degrees: Any, units: Any) -> Any:
    """Return exponential arrival times with rate degree: the first k are a weighted sample of k."""
    times = np.full(units.size, np.inf, np.float64)
    for i in range(units.size):
        if degrees[i] > 0:
            times[i] = -math.log(units[i]) / degrees[i]
    return times


@compiled
def _balls(offsets: Any, neighbours: Any, order: Any, k: int) -> Any:
    """Collect whole layers breadth first from the first of ``order``, then from the next one not reached.

    Returns
    -------
    collected : int32 array, at least k people
    first : int
        Where the last layer begins: what is in excess of k is in that layer.
    """
    n_people = offsets.size - 1
    reached = np.zeros(n_people, np.bool_)
    collected = np.empty(n_people, np.int32)
    first, end = 0, 0
    for start in order:
        if end >= k:
            break
        if reached[start]:
            continue
        reached[start] = True
        collected[end] = start
        first, end = end, end + 1
        while first < end < k:
            last = end
            for position in range(first, last):
                i = collected[position]
                for tie in range(offsets[i], offsets[i + 1]):
                    j = neighbours[tie]
                    if not reached[j]:
                        reached[j] = True
                        collected[end] = j
                        end += 1
            first = last
    return collected[:end], first


def choose_initial(graph: SocialGraph, n_customers: int, how: Choice, seed: int) -> People:
    """Choose the customers of day 0.

    ``random``: the smallest draws ``u_i = U[INITIAL; i, 0, 0]``. ``by_degree``: without replacement
    with weights proportional to degree (smallest ``-log(u_i) / degree_i``; P. S. Efraimidis &
    P. G. Spirakis, 2006, doi:10.1016/j.ipl.2005.11.003). ``community``: the block of the person
    with the smallest draw, where the graph has blocks; else the ball around that person: friends,
    friends of friends and so on, the last layer by smallest draws. If block or ball is too small, the
    next one follows. People without ties come last, so that one more of them changes nothing. A
    complete graph and fresh contacts make no difference between people: there all three are ``random``.

    Parameters
    ----------
    n_customers : int in [0, n_people]
    how : {"random", "by_degree", "community"}
    seed : int in [0, 2**64)
        Seed of the replication.

    Returns
    -------
    int32 array, shape (n_customers,), ascending

    Raises
    ------
    PopulationError
        If there are fewer people than customers.
    """
    if not 0 <= n_customers <= graph.n_people:
        raise PopulationError(
            "acquisition.initial.customers",
            f"must not exceed the {graph.n_people:,} people of the graph (got {n_customers:,})",
            f"give fewer, as in --set acquisition.initial.customers={graph.n_people // 2}",
        )
    units = _units(graph.n_people, _key(seed, Purpose.INITIAL))
    if how == "random" or graph.kind != "ties":
        chosen = _smallest(units, n_customers)
    elif how == "by_degree":
        chosen = np.lexsort((units, _race(graph.degrees(), units)))[:n_customers]
    elif graph.block is not None:
        chosen = _by_block(graph.block, units)[:n_customers]
    else:
        order = np.lexsort((units, graph.degrees() == 0))
        collected, first = _balls(graph.offsets, graph.neighbours, order, n_customers)
        layer = collected[first:]
        nearest = layer[np.argsort(units[layer], kind="stable")]
        chosen = np.concatenate([collected[:first], nearest])[:n_customers]
    return np.sort(chosen).astype(np.int32)


def _smallest(units: Floats, n: int) -> npt.NDArray[np.intp]:
    """Return where the n smallest draws are, of equal ones the first; without sorting the others."""
    if not 0 < n < len(units):
        return np.arange(n)
    among = np.flatnonzero(units <= np.partition(units, n - 1)[n - 1])
    return among[np.argsort(units[among], kind="stable")[:n]]


def _by_block(block_of: People, units: Floats) -> npt.NDArray[np.int64]:
    """Return all people block by block, blocks and the people in them by smallest draw."""
    outside = block_of < 0
    block = np.where(outside, block_of.max() + 1, block_of)
    smallest = np.full(int(block.max()) + 1, np.inf)
    np.minimum.at(smallest, block, units)
    return np.lexsort((units, smallest[block], outside))
