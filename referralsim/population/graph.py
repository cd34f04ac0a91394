"""The social graph: who can contact whom, in compressed rows that nothing may change.

The contacts of person ``i`` are ``neighbours[offsets[i]:offsets[i + 1]]``, sorted by index; tie
strengths lie beside them. An undirected tie stands in both rows. A complete graph and a world of
fresh contacts need no rows at all: they are said by ``kind`` alone.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt

from referralsim.population.errors import PopulationError
from referralsim.population.rows import drop_repeats, fill_rows, regroup, row_sizes

MAX_PEOPLE = 2**31 - 2
"""More people than this do not fit the 32-bit indices of neighbours."""
MOST_DIRECTED_TIES = 2**31 - 1
"""More than this do not fit the 32-bit places where rows begin."""

Kind = Literal["ties", "complete", "fresh"]
AnyArray = TypeVar("AnyArray", bound="npt.NDArray[Any]")


class GraphSummary(NamedTuple):
    """The graph in a few numbers; degrees count the people whom one person can contact."""

    kind: Kind
    directed: bool
    n_people: int
    n_ties: int | None  # undirected ties once; None: unlimited (fresh contacts)
    mean_degree: float | None  # None: unlimited
    max_degree: int | None  # None: unlimited
    n_isolated: int  # people who can contact nobody
    mean_strength: float | None  # None: no ties
    dropped_self_loops: int
    dropped_repeats: int


@dataclass(frozen=True, eq=False)
class SocialGraph:
    """People and their ties.

    Attributes
    ----------
    n_people : int
    offsets : int32 array, shape (n_people + 1,); shape (1,) unless ``kind`` is ``"ties"``
    neighbours : int32 array, shape (n_directed_ties,)
        Each row ascending, without repeats and without the person itself.
    strength : float32 or uint8 array, shape (n_directed_ties,), or (1,) if equal for all
        In [0, 1]: 0 weak, 1 strong; in bytes where nothing lies between. Both directions of an
        undirected tie are equal.
    directed : bool
        Whether a tie may go one way only (an audience).
    kind : {"ties", "complete", "fresh"}
        Listed ties; everybody knows everybody; every contact is a person nobody has met before.
    weighted : bool
        Whether the strengths are the weights of an edge list or of a graph object.
    labels : tuple or None
        The original id of each person, where there is one; people added as isolated have none.
    block : int32 array, shape (n_people,), or None
        Community of each person, where the generator made communities.
    dropped_self_loops, dropped_repeats : int
        Lines or stubs that were left out because they would tie a person to itself, or twice.
    """

    n_people: int
    offsets: npt.NDArray[np.int32]
    neighbours: npt.NDArray[np.int32]
    strength: npt.NDArray[np.float32] | npt.NDArray[np.uint8]
    directed: bool = False
    kind: Kind = "ties"
    weighted: bool = False
    labels: tuple[Hashable, ...] | None = None
    block: npt.NDArray[np.int32] | None = None
    dropped_self_loops: int = 0
    dropped_repeats: int = 0

    def __post_init__(self) -> None:
        """Make every array read-only."""
        for array in (self.offsets, self.neighbours, self.strength, self.block):
            if array is not None:
                array.flags.writeable = False

    @property
    def n_directed_ties(self) -> int:
        """Number of entries in all rows: an undirected tie counts twice."""
        return len(self.neighbours)

    def degrees(self) -> npt.NDArray[np.integer]:
        """Return how many people each person can contact, shape (n_people,); fresh contacts: zeros."""
        if self.kind == "ties":
            return np.diff(self.offsets)
        return np.full(self.n_people, self.n_people - 1 if self.kind == "complete" else 0)

    def with_strength(self, strength: npt.NDArray[np.float32] | npt.NDArray[np.uint8]) -> SocialGraph:
        """Return the same graph with other tie strengths, shape (n_directed_ties,) or (1,)."""
        if strength.shape not in {(1,), (self.n_directed_ties,)}:
            raise ValueError(f"strength has shape {strength.shape}, the graph {self.n_directed_ties} ties")
        return dataclasses.replace(self, strength=strength, weighted=False)

    def with_block(self, block: npt.NDArray[np.int32]) -> SocialGraph:
        """Return the same graph with a community for each person, shape (n_people,)."""
        return dataclasses.replace(self, block=block)

    def with_people(self, n_people: int) -> SocialGraph:
        """Return the same graph with isolated people added up to ``n_people``.

        A world of fresh contacts has no ties; it may be given any number of people to start with.
        """
        if self.kind == "fresh":
            return dataclasses.replace(self, n_people=n_people)
        more = n_people - self.n_people
        if more < 0 or self.kind != "ties":
            raise ValueError("only a graph of ties can grow, and it cannot shrink")
        end = np.full(more, self.offsets[-1])
        block = None if self.block is None else np.append(self.block, np.full(more, -1, np.int32))
        return dataclasses.replace(
            self, n_people=n_people, offsets=np.concatenate([self.offsets, end]), block=block
        )

    def summary(self) -> GraphSummary:
        """Count people, ties, degrees and what was dropped.

        Examples
        --------
        >>> summary = from_edges(4, [0, 1, 1], [1, 2, 1]).summary()
        >>> summary.n_ties, summary.mean_degree, summary.n_isolated, summary.dropped_self_loops
        (2, 1.0, 1, 1)
        """
        fresh = self.kind == "fresh"
        degrees = self.degrees()
        total = int(degrees.sum())
        return GraphSummary(
            kind=self.kind,
            directed=self.directed,
            n_people=self.n_people,
            n_ties=None if fresh else total if self.directed else total // 2,
            mean_degree=None if fresh else total / self.n_people,
            max_degree=None if fresh else int(degrees.max()),
            n_isolated=0 if fresh else int((degrees == 0).sum()),
            mean_strength=float(self.strength.mean(dtype=np.float64)) if self.strength.size else None,
            dropped_self_loops=self.dropped_self_loops,
            dropped_repeats=self.dropped_repeats,
        )

    def digest(self) -> str:
        """Return the SHA-256 of people, ties and strengths: equal graphs, equal digests, on any machine."""
        content = hashlib.sha256(f"{self.kind} {self.n_people} {self.directed}".encode())
        content.update(self.offsets.astype("<i8", copy=False).tobytes())
        content.update(self.neighbours.astype("<i4", copy=False).tobytes())
        content.update(self.strength.astype("<f4", copy=False).tobytes())
        return content.hexdigest()


def _ids(values: npt.ArrayLike, n_people: int, name: str) -> npt.NDArray[np.int32]:
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise PopulationError(name, f"expected a list of whole numbers, got {array.dtype} {array.shape}")
    if array.size and (array.min() < 0 or array.max() >= n_people):
        culprit = int(array.min()) if array.min() < 0 else int(array.max())
        raise PopulationError(name, f"person {culprit} is outside 0 … {n_people - 1}")
    return np.ascontiguousarray(array, dtype=np.int32)


def _weights(weight: npt.ArrayLike | None, n_ties: int) -> npt.NDArray[np.float32]:
    if weight is None:
        return np.zeros(0, np.float32)
    array = np.asarray(weight, dtype=np.float64)
    if array.shape != (n_ties,):
        raise PopulationError("weight", f"expected {n_ties} numbers, got shape {array.shape}")
    wrong = np.flatnonzero(~((array >= 0.0) & (array <= 1.0)))
    if wrong.size:
        raise PopulationError(
            "weight",
            f"{float(array[wrong[0]])} of tie {wrong[0]} is outside [0, 1]",
            "scale the weights first",
        )
    return array.astype(np.float32)


def from_edges(
    n_people: int,
    source: npt.ArrayLike,
    target: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    directed: bool = False,
    labels: tuple[Hashable, ...] | None = None,
) -> SocialGraph:
    """Build a graph from a list of ties.

    Self-loops and repeats are dropped and counted; of repeated ties the first one's weight counts.
    For undirected graphs ``(a, b)`` and ``(b, a)`` are the same tie.

    Parameters
    ----------
    n_people : int
        At least 1; people without a tie are isolated.
    source, target : int array, shape (n_ties,)
        Indices in [0, n_people).
    weight : float array, shape (n_ties,), optional
        Tie strengths in [0, 1]. Without it every tie has strength 1.
    directed : bool
        Whether ``source`` can contact ``target`` only, and not the reverse.
    labels : tuple, optional
        The original id of each person.

    Raises
    ------
    PopulationError
        Unknown people, weights outside [0, 1], too many people or too many ties.

    Examples
    --------
    >>> graph = from_edges(3, [2, 0], [0, 1])
    >>> graph.offsets.tolist(), graph.neighbours.tolist()
    ([0, 2, 3, 4], [1, 2, 0, 0])
    """
    if not 1 <= n_people <= MAX_PEOPLE:
        raise PopulationError("people", f"expected 1 … {MAX_PEOPLE}, got {n_people}")
    sources, targets = _ids(source, n_people, "source"), _ids(target, n_people, "target")
    if sources.shape != targets.shape:
        raise PopulationError("target", f"expected {sources.size} entries as in source, got {targets.size}")
    weights = _weights(weight, sources.size)
    by_target, n_loops = row_sizes(n_people, sources, targets, not directed, True)
    by_source = by_target if not directed else row_sizes(n_people, sources, targets, False, False)[0]
    if by_target[-1] > MOST_DIRECTED_TIES:
        raise PopulationError("ties", f"at most {MOST_DIRECTED_TIES:,} directed ties (got {by_target[-1]:,})")
    # Grouped by target in the order given, then regrouped by source: both sorts are stable, so each
    # row ends up ascending and equal ties keep the order in which they were given.
    half = fill_rows(by_target, sources, targets, weights, not directed)
    rows, row_weights = regroup(by_target, by_source, half[0], half[1])
    del half
    kept, n_repeats = drop_repeats(by_source, rows, row_weights)
    if n_repeats:
        size = int(kept[-1])
        rows = rows[:size].copy()
        row_weights = row_weights[:size].copy() if weight is not None else row_weights
    return SocialGraph(
        n_people=n_people,
        offsets=kept.astype(np.int32),
        neighbours=rows,
        strength=row_weights if weight is not None else np.ones(1, np.float32),
        directed=directed,
        weighted=weight is not None,
        labels=labels,
        dropped_self_loops=int(n_loops),
        dropped_repeats=int(n_repeats) if directed else int(n_repeats) // 2,
    )


def sources_of(graph: SocialGraph) -> npt.NDArray[np.int32]:
    """Return whose row each entry of ``neighbours`` stands in, shape (n_directed_ties,)."""
    people = np.arange(graph.n_people, dtype=np.int32)
    return cast("npt.NDArray[np.int32]", np.repeat(people, np.diff(graph.offsets)))
