"""How strong ties are: at random by share, by shared neighbours, by given weights, or all equal.

*Strong* is 1 and *weak* is 0. Embeddedness, the number of neighbours that two people share, is the
classic measure of a strong tie: M. Granovetter, *The Strength of Weak Ties*, AJS 78(6), 1973,
doi:10.1086/225469; confirmed on a call graph by J.-P. Onnela et al., PNAS 104(18), 2007,
doi:10.1073/pnas.0610245104.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt

from referralsim.compiled import compiled
from referralsim.population.errors import PopulationError
from referralsim.population.graph import SocialGraph, sources_of
from referralsim.randomness import Purpose, address, stream_key, unit

Strength = npt.NDArray[np.float32] | npt.NDArray[np.uint8]


@compiled
def _random_strength(offsets: Any, neighbours: Any, strong: float, key: Any) -> Any:
    strength = np.zeros(neighbours.size, np.uint8)
    for i in range(offsets.size - 1):
        for k in range(offsets[i], offsets[i + 1]):
            j = neighbours[k]
            if unit(address(key, min(i, j), max(i, j), 0)) < strong:
                strength[k] = 1
    return strength


@compiled
def _shared_neighbours(offsets: Any, neighbours: Any, directed: bool) -> Any:
    """Count, for each tie, the people in both ends' rows; the shorter row of a pair is read."""
    n_people = offsets.size - 1
    shared = np.zeros(neighbours.size, np.int32)
    row_of = np.full(n_people, -1, np.int32)
    for i in range(n_people):
        size = offsets[i + 1] - offsets[i]
        for k in range(offsets[i], offsets[i + 1]):
            row_of[neighbours[k]] = i
        for k in range(offsets[i], offsets[i + 1]):
            j = neighbours[k]
            other = offsets[j + 1] - offsets[j]
            if not directed and (other > size or (other == size and j > i)):
                continue
            count = 0
            for other_k in range(offsets[j], offsets[j + 1]):
                if row_of[neighbours[other_k]] == i:
                    count += 1
            shared[k] = count
            if not directed:
                row = neighbours[offsets[j] : offsets[j + 1]]
                shared[offsets[j] + np.searchsorted(row, i)] = count
    return shared


@compiled
def _tie_addresses(source: Any, target: Any, key: Any) -> Any:
    words = np.empty(source.size, np.uint64)
    for k in range(source.size):
        words[k] = address(key, min(source[k], target[k]), max(source[k], target[k]), 0)
    return words


def _key(seed: int) -> np.uint64:
    return np.uint64(stream_key(seed, Purpose.STRENGTH))


def by_share(graph: SocialGraph, strong: float, seed: int) -> SocialGraph:
    """Make each tie strong with probability ``strong``, by a draw of its own.

    The draw belongs to the pair, so both directions agree and a larger share only adds strong ties.
    Where contacts are drawn when they happen (complete graph, fresh contacts) each has the mean
    strength, ``strong``.

    Parameters
    ----------
    strong : float in [0, 1]
    seed : int in [0, 2**64)
    """
    if graph.kind != "ties":
        return equal(graph, strong)
    return graph.with_strength(_random_strength(graph.offsets, graph.neighbours, strong, _key(seed)))


def equal(graph: SocialGraph, value: float) -> SocialGraph:
    """Give every tie the same strength in [0, 1]."""
    return graph.with_strength(np.array([value], dtype=np.float32))


def by_weights(graph: SocialGraph) -> SocialGraph:
    """Keep the weights that came with the ties.

    Raises
    ------
    PopulationError
        If the graph came without weights.
    """
    if not graph.weighted:
        raise PopulationError(
            "strength",
            "kind `weights` needs weights, and the graph has none",
            "add a third column from 0 to 1",
        )
    return graph


def shared_neighbours(graph: SocialGraph) -> npt.NDArray[np.int32]:
    """Count for each tie how many neighbours its two ends share, shape (n_directed_ties,).

    In a directed graph: how many people both ends can contact.
    """
    return cast("npt.NDArray[np.int32]", _shared_neighbours(graph.offsets, graph.neighbours, graph.directed))


def by_embeddedness(graph: SocialGraph, strong: float, seed: int) -> SocialGraph:
    """Make the share ``strong`` of ties with the most shared neighbours strong.

    Among ties at the threshold a draw of each pair decides, so the share is met to within one tie.

    Parameters
    ----------
    strong : float in [0, 1]
    seed : int in [0, 2**64)

    Raises
    ------
    PopulationError
        If the graph keeps no ties (complete graph, fresh contacts).
    """
    if graph.kind != "ties":
        raise PopulationError(
            "strength", f"kind `embeddedness` needs ties, and a {graph.kind} graph lists none", "use by_share"
        )
    source, target = sources_of(graph), graph.neighbours
    shared = shared_neighbours(graph)
    once = np.ones(shared.size, bool) if graph.directed else source < target
    n_strong = round(strong * int(once.sum()))
    if n_strong == 0:
        return graph.with_strength(np.zeros(shared.size, np.uint8))
    n_with = np.bincount(shared[once])
    at_least = np.cumsum(n_with[::-1])[::-1]
    threshold = int(np.flatnonzero(at_least >= n_strong)[-1])
    is_strong = shared > threshold
    tied = np.flatnonzero(shared == threshold)
    words = _tie_addresses(source[tied], target[tied], _key(seed))
    n_missing = n_strong - int(at_least[threshold] - n_with[threshold])
    cut = np.partition(words[once[tied]], n_missing - 1)[n_missing - 1]
    is_strong[tied[words <= cut]] = True
    return graph.with_strength(is_strong.astype(np.uint8))
