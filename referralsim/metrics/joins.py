"""The table of customers: who joined when, brought by whom, and where that puts them in a tree.

The parent of a customer is the one who gets the credit. Somebody who signed up but never became a
customer is no link: the parent is then the nearest customer above, so that generations, trees and K
all count the same links. Agents are no customers: whom they bring are roots, and so are those who came by a
code that nobody gave them (leaks and self-referral), although all of these are credited to a programme.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from referralsim.eventlog.kinds import Kind, Loop, Origin
from referralsim.eventlog.record import RunRecord
from referralsim.metrics.events import Events, Floats, Ints, events_of


class Moves(NamedTuple):
    """Customers who leave, or come back; arrays of shape (n_moves,), in time order."""

    row: Ints  # in the table of customers
    days: Floats


class Joins(NamedTuple):
    """Customers in the order in which they joined; arrays of shape (n_customers,)."""

    person: Ints
    joined_days: Floats  # activation, ascending
    signed_up_days: Floats
    credited: Ints  # the person who gets the credit, or -1
    parent: Ints  # row of the nearest customer above, or -1
    root: Ints  # row of the first customer of the tree
    generation: Ints  # steps from the root, 0 for the root itself
    loop: Ints
    channel: Ints  # -1: none
    programme: Ints  # -1: none
    origin: Ints
    segment: Ints
    churned_days: Floats  # when they left for good; NaN for those who are customers at the horizon
    departures: Moves  # of every life
    returns: Moves  # won back
    record: RunRecord

    @property
    def n(self) -> int:
        """Number of customers."""
        return len(self.person)

    @property
    def observed_days(self) -> Floats:
        """Time from joining to the horizon, descending: how long each customer is under observation."""
        return self.record.horizon_days - self.joined_days

    @property
    def customer_days(self) -> Floats:
        """Days as a customer until the horizon, all lives together."""
        days = self.observed_days.copy()
        horizon = self.record.horizon_days
        np.subtract.at(days, self.departures.row, horizon - self.departures.days)
        np.add.at(days, self.returns.row, horizon - self.returns.days)
        return days


def joins_of(record: RunRecord, events: Events | None = None) -> Joins:
    """Build the table of customers from a log that holds at least sign-ups, activations and departures.

    Parameters
    ----------
    record : RunRecord
    events : Events, optional
        The record's log already grouped, to save time.

    Raises
    ------
    ValueError
        If the credit goes round in a circle, which no engine can write.
    """
    events = events_of(record) if events is None else events
    sign_ups, active = events.of(Kind.SIGNED_UP), events.of(Kind.ACTIVATED)
    person = active["actor"].astype(np.int64)
    credited, row = (np.full(record.n_known, -1, dtype=np.int64) for _ in range(2))
    credited[active["actor"]] = active["target"]
    credited[sign_ups["actor"]] = sign_ups["target"]
    row[person] = np.arange(len(person))
    parent = _nearest_customer(credited, row, person)
    root, generation = _roots(parent)
    signed_up_days = np.full(record.n_known, np.nan)
    signed_up_days[sign_ups["actor"]] = sign_ups["time"]
    departures, returns = (_moves(events.of(k), row) for k in (Kind.CHURNED, Kind.WON_BACK))
    origin = np.full(record.n_known, -1, dtype=np.int64)
    origin[sign_ups["actor"]] = sign_ups["attempt"]
    loop, channel, programme = (active[name].astype(np.int64) for name in ("loop", "channel", "programme"))
    return Joins(
        person, np.ascontiguousarray(active["time"]), signed_up_days[person], credited[person], parent, root,
        generation, loop, channel, programme, origin[person], record.segment[person].astype(np.int64),
        _left_for_good(len(person), departures, returns), departures, returns, record,
    )  # fmt: skip


def _moves(events: npt.NDArray[np.void], row: Ints) -> Moves:
    return Moves(row[events["actor"]], events["time"].astype(np.float64))


def _left_for_good(n: int, departures: Moves, returns: Moves) -> Floats:
    """Return the day of the last departure of those who left more often than they came back."""
    lives = np.bincount(departures.row, minlength=n) - np.bincount(returns.row, minlength=n)
    last = np.full(n, np.nan)
    last[departures.row] = departures.days  # in time order: the last one stays
    return np.where(lives > 0, last, np.nan)


def _nearest_customer(credited: Ints, row: Ints, person: Ints) -> Ints:
    """Return the row of the nearest customer above each customer, or -1."""
    above = credited[person]
    for _ in range(len(credited) + 1):
        skip = np.flatnonzero((above >= 0) & (row[above] < 0))
        if not len(skip):
            return np.where(above >= 0, row[above], -1)
        above[skip] = credited[above[skip]]
    raise ValueError("the log credits people in a circle, above somebody who never became a customer")


def _roots(parent: Ints) -> tuple[Ints, Ints]:
    """Return root row and depth of every row of a forest, by pointer doubling (any order of rows)."""
    jump = np.where(parent >= 0, parent, np.arange(len(parent)))
    depth = (parent >= 0).astype(np.int64)
    for _ in range(64):
        further = jump[jump]
        if np.array_equal(further, jump):
            if np.any(parent[jump] >= 0):
                break
            return jump, depth
        depth += depth[jump]
        jump = further
    raise ValueError("the log credits customers in a circle")


def join_table(joins: Joins) -> pd.DataFrame:
    """Return the table of customers with names instead of codes.

    Returns
    -------
    pandas.DataFrame
        One row a customer in order of joining: person, joined_days, signed_up_days, churned_days (NaN:
        customer at the horizon), parent and root (persons; parent -1: none), credited (person or agent who
        gets the credit, or -1), generation, loop, channel, programme (empty: none), origin, segment.
    """
    record = joins.record
    parent = np.where(joins.parent >= 0, joins.person[joins.parent], -1) if joins.n else joins.parent
    return pd.DataFrame(
        {
            "person": joins.person,
            "joined_days": joins.joined_days,
            "signed_up_days": joins.signed_up_days,
            "churned_days": joins.churned_days,
            "parent": parent,
            "root": joins.person[joins.root],
            "credited": joins.credited,
            "generation": joins.generation,
            "loop": named(joins.loop, LOOP_NAMES),
            "channel": named(joins.channel, record.channel_names),
            "programme": named(joins.programme, record.programme_names),
            "origin": named(joins.origin, tuple(origin.name.lower() for origin in Origin)),
            "segment": named(joins.segment, record.segment_names),
        }
    )


LOOP_NAMES = tuple(loop.name.lower() for loop in Loop)
"""Names of loops as all tables write them, by code."""

BRINGING_LOOPS = (Loop.COLLABORATION, Loop.VISIBILITY, Loop.PROGRESS, Loop.WORD_OF_MOUTH, Loop.PROGRAMME)
"""Loops by which one person brings another."""


def named(codes: npt.NDArray[np.integer], names: tuple[str, ...]) -> pd.Categorical[str]:
    """Return codes as a categorical column of names; -1 becomes the empty text."""
    known = tuple(dict.fromkeys((*names, "")))
    position = np.array([known.index(name) for name in (*names, "")], dtype=np.int64)
    column: pd.Categorical[str] = pd.Categorical.from_codes(position[codes], categories=pd.Index(known))
    return column
