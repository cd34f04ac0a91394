"""What a run comes to in counts and sums, however many events there were: the record level ``summary``.

A :class:`Tally` is all that the measures of counts, rates and money need. The compiled engine keeps it
while it plays; from a full log :func:`tally_of` computes the same one, number by number, so that a measure
has one text for every level. Sums are whole numbers and therefore equal whatever the order of events.

:class:`Lives` holds one record a person and no events; :func:`joins_log` writes the log of sign-ups,
activations and departures out of it, row for row the one that a full log contains.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.eventlog.kinds import LOG_DTYPE, REWARD_KINDS, Kind, Loop, Origin, Side, in_order, side_of

N_KINDS = max(Kind) + 1
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
) -> Tally:
    """Count and sum a full log.

    Parameters
    ----------
    log : array of LOG_DTYPE, in any order
    segment : int8 array, shape (n_people,)
        -1 for agents.
    """
    tally = empty_tally(n_channels, n_programmes, n_segments)
    kind = np.ascontiguousarray(log["kind"])
    shape = tally.by_credit.shape[:-1]
    narrow = int(np.prod(shape)) < 2**31
    code: npt.NDArray[np.integer] = kind.astype(np.int32) if narrow else kind.astype(np.int64)
    for name, size in zip(("loop", "channel", "programme"), shape[1:], strict=True):
        column = log[name]
        code = code * code.dtype.type(size) + np.where(column < 0, size - 1, column).astype(code.dtype)
    _add(tally.by_credit, code, log)
    rewards = log[np.isin(kind, REWARD_KINDS)]
    row = rewards["kind"].astype(np.int64)
    expired = row == Kind.REWARD_EXPIRED
    later = (row == Kind.REWARD_PAID) & (rewards["margin_cents"] == 0)
    _add_by_side(tally.by_side, row, rewards)
    _add_by_side(tally.by_side, np.full(later.sum(), PAID_LATER), rewards[later])
    unpaid = rewards[expired][~np.isin(_names(rewards[expired]), _names(rewards[row == Kind.REWARD_PAID]))]
    _add_by_side(tally.by_side, np.full(len(unpaid), EXPIRED_UNPAID), unpaid)
    earned = rewards[(row == Kind.REWARD_EARNED) & (rewards["target"] >= 0)]
    is_referrer = side_of(earned["attempt"]) == Side.REFERRER
    friend = np.where(is_referrer, earned["target"], earned["actor"])
    inviter = np.where(is_referrer, earned["actor"], earned["target"])
    first = np.unique(friend, return_index=True)[1]
    credit = tuple(earned[name][first] for name in ("loop", "channel", "programme"))
    np.add.at(tally.rewarded, credit, 1)
    tally.by_segment[Kind.REWARD_EARNED] = _by_segment(inviter[first], segment, n_segments)
    for counted in BY_INVITER:
        name = "target" if counted == Kind.QUALIFIED else "actor"
        tally.by_segment[counted] = _by_segment(log[name][kind == counted], segment, n_segments)
    return tally


def _add(sums: Counts, code: npt.NDArray[np.integer], log: npt.NDArray[np.void]) -> None:
    """Add events to the cells of a table; ``code`` is the cell of each, its last axis left out."""
    cells = sums.reshape(-1, 3)
    cells[:, EVENTS] = np.bincount(code, minlength=len(cells))
    for what, name in ((AMOUNT_CENTS, "amount_cents"), (MARGIN_CENTS, "margin_cents")):
        some = np.flatnonzero(log[name])
        # whole numbers: sums in floating point would round
        np.add.at(cells[:, what], code[some], log[name][some])


def _add_by_side(sums: Counts, row: npt.NDArray[np.integer], rewards: npt.NDArray[np.void]) -> None:
    """Add rewards to the rows of the table by side."""
    some = np.zeros_like(sums)
    _add(some, row * len(Side) + rewards["attempt"] % len(Side), rewards)
    sums += some


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
