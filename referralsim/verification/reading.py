"""What checks read from a record: the plain log, without the measures that are themselves to be checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.eventlog.kinds import Kind, Loop
from referralsim.eventlog.record import RunRecord

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Customers(NamedTuple):
    """Who became a customer; arrays of shape (n_customers,), in time order."""

    person: Ints
    parent: Ints  # person who has the credit, or -1
    days: Floats
    root: Ints  # row of the first of the tree
    generation: Ints
    segment: Ints


def of_kind(record: RunRecord, kind: Kind) -> npt.NDArray[np.void]:
    """Return the events of one kind, in time order."""
    found: npt.NDArray[np.void] = record.log[record.log["kind"] == kind]
    return found


def customers(record: RunRecord) -> Customers:
    """Return the forest of customers of a run in which all who sign up become customers."""
    joined = of_kind(record, Kind.ACTIVATED)
    person, parent = joined["actor"].astype(np.int64), joined["target"].astype(np.int64)
    row = np.full(record.n_known, -1, dtype=np.int64)
    row[person] = np.arange(len(person))
    above = np.where(parent >= 0, row[parent], -1)
    root, generation = np.arange(len(person)), np.zeros(len(person), dtype=np.int64)
    climbing = above.copy()
    while (climbing >= 0).any():
        up = climbing >= 0
        root[up] = climbing[up]
        generation[up] += 1
        climbing[up] = above[climbing[up]]
    return Customers(
        person,
        parent,
        joined["time"].astype(np.float64),
        root,
        generation,
        record.segment[person].astype(np.int64),
    )


def tree_sizes(found: Customers, by_day: float = np.inf) -> Ints:
    """Return for each tree how many have joined by a day, trees in the order of their first customers."""
    early = found.days <= by_day
    counts = np.bincount(found.root[early], minlength=len(found.person))
    of_trees: Ints = counts[found.generation == 0]
    return of_trees


def in_generation(found: Customers, generation: int) -> Ints:
    """Return for each tree how many customers it has in one generation."""
    mine = found.generation == generation
    counts = np.bincount(found.root[mine], minlength=len(found.person))
    of_trees: Ints = counts[found.generation == 0]
    return of_trees


def all_trees(records: Iterable[RunRecord], by_day: float = np.inf) -> Ints:
    """Return the sizes of all trees of all runs."""
    return np.concatenate([tree_sizes(customers(record), by_day) for record in records])


def alive_by_tree(record: RunRecord) -> Ints:
    """Return for each tree how many are customers at the horizon."""
    found = customers(record)
    row = np.full(record.n_known, -1, dtype=np.int64)
    row[found.person] = np.arange(len(found.person))
    gone = row[of_kind(record, Kind.CHURNED)["actor"]]
    alive = np.ones(len(found.person), dtype=bool)
    alive[gone] = False
    counts = np.bincount(found.root[alive], minlength=len(found.person))
    of_trees: Ints = counts[found.generation == 0]
    return of_trees


def sign_ups_between(record: RunRecord, first_day: float, last_day: float) -> tuple[int, int]:
    """Return all sign-ups in a span of days, and those credited to a loop."""
    events = of_kind(record, Kind.SIGNED_UP)
    events = events[(events["time"] >= first_day) & (events["time"] < last_day)]
    brought = events["loop"] >= Loop.COLLABORATION
    return len(events), int(np.count_nonzero(brought))


def lone_starts(record: RunRecord, n_people: int) -> dict[int, Ints]:
    """Return the sizes of cascades on copies of a small graph in which one person started alone.

    Parameters
    ----------
    n_people : int
        People of one copy; person j of copy c is ``c * n_people + j``.

    Returns
    -------
    dict of int to array
        By the place of the one who started: how many of the copy were reached.
    """
    joined = of_kind(record, Kind.ACTIVATED)
    person, parent = joined["actor"].astype(np.int64), joined["target"]
    n_copies = record.n_people // n_people
    first = parent < 0
    starts = np.bincount(person[first] // n_people, minlength=n_copies)
    reached = np.bincount(person // n_people, minlength=n_copies)
    place = np.full(n_copies, -1, dtype=np.int64)
    place[person[first] // n_people] = person[first] % n_people
    alone = starts == 1
    return {j: reached[alone & (place == j)] for j in range(n_people)}
