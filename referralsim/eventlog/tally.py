"""What a run comes to in counts and sums, however many events there were: the record level ``summary``.

A :class:`Tally` is all that the measures of counts, rates and money need. The compiled engine keeps it
while it plays; from a full log :func:`tally_of` computes the same one, number by number, so that a measure
has one text for every level. Sums are whole numbers and therefore equal whatever the order of events.

:class:`Lives` holds one record a person and no events; :func:`joins_log` writes the log of sign-ups,
activations and departures out of it, row for row the one that a full log contains.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.eventlog.grouped import N_KINDS, ByKind, by_kind
from referralsim.eventlog.kinds import LOG_DTYPE, REWARD_KINDS, Kind, Loop, Origin, Side, in_order, side_of

N_LOOPS = max(Loop) + 1

Counts = npt.NDArray[np.int64]

BY_INVITER = (
    Kind.ASKED,
    Kind.SHARED,
    Kind.INVITED,
    Kind.DELIVERED,
    Kind.OPENED,
    Kind.CLICKED,
    Kind.QUALIFIED,
)
"""Kinds counted by the segment of the one who invites (of QUALIFIED: who gets the credit), if he has one."""

EXPIRED_UNPAID, PAID_LATER = N_KINDS, N_KINDS + 1
"""Further rows of ``Tally.by_side``: rewards that expired before they were paid, and rewards paid whose cost
falls due when they are used (their payment has margin 0)."""

EVENTS, AMOUNT_CENTS, MARGIN_CENTS = 0, 1, 2
"""Places on the last axis of a tally."""


class Tally(NamedTuple):
    """Counts and sums of a run. H channels, Q programmes, S segments; a last index means: none."""

    by_credit: Counts  # (N_KINDS, N_LOOPS + 1, H + 1, Q + 1, 3): events, amount_cents, margin_cents
    by_side: Counts  # (N_KINDS + 2, 2, 3): the same of REWARD_KINDS, and of the two rows more, by Side
    rewarded: Counts  # (N_LOOPS + 1, H + 1, Q + 1) friends for whom a side earned a reward. A reward
    #                    whose event has no target (a prize, a fake account, a leak) is for no friend
    by_segment: Counts  # (N_KINDS, S) events of BY_INVITER; REWARD_EARNED: friends rewarded

    @property
    def counts(self) -> Counts:
        """Events by kind, loop, channel and programme."""
        return self.by_credit[..., EVENTS]

    def total(self, kind: Kind, what: int) -> int:
        """Return the number of events of a kind, or the sum of their amounts or margins."""
        return int(self.by_credit[kind, ..., what].sum())


def empty_tally(n_channels: int, n_programmes: int, n_segments: int) -> Tally:
    """Return a tally of nothing."""
    credit = (N_LOOPS + 1, n_channels + 1, n_programmes + 1)
    return Tally(
        np.zeros((N_KINDS, *credit, 3), np.int64),
        np.zeros((N_KINDS + 2, len(Side), 3), np.int64),
        np.zeros(credit, np.int64),
        np.zeros((N_KINDS, n_segments), np.int64),
    )


def tally_of(
    log: npt.NDArray[np.void],
    segment: npt.NDArray[np.int8],
    n_channels: int,
    n_programmes: int,
    n_segments: int,
    grouped: ByKind | None = None,
) -> Tally:
    """Count and sum a full log.

    Parameters
    ----------
    log : array of LOG_DTYPE, in any order
    segment : int8 array, shape (n_people,)
        -1 for agents.
    grouped : ByKind, optional
        The log's rows by kind, to save time.

    Raises
    ------
    ValueError
        If a kind, loop, channel or programme of the log is not among those.
    """
    tally = empty_tally(n_channels, n_programmes, n_segments)
    grouped = by_kind(log) if grouped is None else grouped
    from referralsim.eventlog.counting import add_events  # compiled: loads what only runs need

    columns = (log[name] for name in (*_CREDIT, "amount_cents", "margin_cents"))
    if (row := add_events(tally.by_credit, *columns)) >= 0:
        raise ValueError(f"row {row} of the log has a loop, channel or programme that there is not")
    _add_rewards(tally.by_side, log, grouped)
    earned = log[grouped.rows_of(Kind.REWARD_EARNED)]
    earned = earned[earned["target"] >= 0]
    key: Any = earned["attempt"]
    is_referrer = side_of(key) == Side.REFERRER
    friend = np.where(is_referrer, earned["target"], earned["actor"])
    inviter = np.where(is_referrer, earned["actor"], earned["target"])
    first = np.unique(friend, return_index=True)[1]
    credit = tuple(earned[name][first] for name in _CREDIT[1:])
    np.add.at(tally.rewarded, credit, 1)
    tally.by_segment[Kind.REWARD_EARNED] = _by_segment(inviter[first], segment, n_segments)
    for counted in BY_INVITER:
        name = "target" if counted == Kind.QUALIFIED else "actor"
        people = log[name][grouped.rows_of(counted)]
        tally.by_segment[counted] = _by_segment(people, segment, n_segments)
    return tally


_CREDIT = ("kind", "loop", "channel", "programme")


def _add_rewards(sums: Counts, log: npt.NDArray[np.void], grouped: ByKind) -> None:
    """Add rewards to the table by side, and fill its two rows of rewards unpaid and paid later."""
    for kind in REWARD_KINDS:
        _add_side(sums[kind], log[grouped.rows_of(kind)])
    paid = log[grouped.rows_of(Kind.REWARD_PAID)]
    _add_side(sums[PAID_LATER], paid[paid["margin_cents"] == 0])
    expired = log[grouped.rows_of(Kind.REWARD_EXPIRED)]
    if len(expired):
        _add_side(sums[EXPIRED_UNPAID], expired[~np.isin(_names(expired), _names(paid))])


def _add_side(cells: Counts, rewards: npt.NDArray[np.void]) -> None:
    """Add rewards to the cells of their sides."""
    side = rewards["attempt"] % len(Side)
    cells[:, EVENTS] += np.bincount(side, minlength=len(Side))
    for what, name in ((AMOUNT_CENTS, "amount_cents"), (MARGIN_CENTS, "margin_cents")):
        # whole numbers: sums in floating point would round
        np.add.at(cells[:, what], side, rewards[name])


def _names(rewards: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    """Return what names each reward: its events have these columns in common."""
    return rewards[["programme", "actor", "target", "attempt"]].copy()


def _by_segment(
    people: npt.NDArray[np.integer], segment: npt.NDArray[np.int8], n_segments: int
) -> npt.NDArray[np.int64]:
    known = segment[people[people >= 0]]
    return np.bincount(known[known >= 0], minlength=n_segments).astype(np.int64)


class Lives(NamedTuple):
    """Who joined when and by what: everything a log of joins says, without a log.

    ``people`` has at least the fields status (0 prospect, 1 signed up, 2 customer, 3 gone), origin,
    signed_up_day, active_day (status 2 and 3: of the first life), churn_day and churn_number (status 3),
    parent, loop, channel and programme (status 1 to 3). Where customers may come back, one record cannot
    tell all departures: then nobody has status 3, and they are in ``again``.
    """

    people: npt.NDArray[np.void]  # (n_people,)
    starts: npt.NDArray[np.float64]  # (P,) first day of each phase
    paid_cost_cents: Counts  # (P,) price of a sign-up by paid acquisition in each phase
    again: npt.NDArray[np.void] = np.zeros(0, LOG_DTYPE)  # departures and returns, as in the log


_BECAME = (
    (Kind.SIGNED_UP, 1, "signed_up_day"),
    (Kind.ACTIVATED, 2, "active_day"),
    (Kind.CHURNED, 3, "churn_day"),
)

JOINS = (Kind.SIGNED_UP, Kind.ACTIVATED, Kind.CHURNED, Kind.WON_BACK)
"""Kinds of a log of joins."""


def joins_log(lives: Lives) -> npt.NDArray[np.void]:
    """Return the log of sign-ups, activations, departures and returns, in the total order.

    Returns
    -------
    array of LOG_DTYPE
        The rows that a full log of the same run holds of these kinds.
    """
    people = lives.people
    status = np.asarray(people["status"])
    parts = [lives.again]
    for kind, least, day in _BECAME:
        person = np.flatnonzero(status >= least)
        log = np.zeros(len(person), LOG_DTYPE)
        log["time"], log["kind"] = people[day][person], kind
        for name in ("loop", "channel", "programme"):
            log[name] = people[name][person]
        log["actor"], log["target"] = person, people["parent"][person]
        if kind == Kind.SIGNED_UP:
            log["attempt"] = people["origin"][person]
            phase = np.searchsorted(lives.starts, log["time"], side="right") - 1
            log["margin_cents"] = np.where(log["attempt"] == Origin.PAID, -lives.paid_cost_cents[phase], 0)
        if kind == Kind.CHURNED:
            log["attempt"] = people["churn_number"][person]
        parts.append(log)
    return in_order(np.concatenate(parts))
