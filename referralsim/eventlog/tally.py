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
        If a kind, loop, channel, programme or person of the log is not among those.
    """
    tally = empty_tally(n_channels, n_programmes, n_segments)
    grouped = by_kind(log) if grouped is None else grouped
    from referralsim.eventlog.counting import add_events, add_people  # compiled: load what only runs need

    columns = (log[name] for name in (*_CREDIT, "amount_cents", "margin_cents"))
    cells = tally.by_credit.reshape(-1, tally.by_credit.shape[-1])
    if (row := add_events(cells, N_LOOPS, n_channels, n_programmes, *columns)) >= 0:
        raise ValueError(f"row {row} of the log has a loop, channel or programme that there is not")
    for counted in BY_INVITER:
        people = log["target" if counted == Kind.QUALIFIED else "actor"]
        if (row := add_people(tally.by_segment[counted], people, grouped.rows_of(counted), segment)) >= 0:
            raise ValueError(f"row {row} of the log has a person that there is not")
    rewards = {kind: log.take(grouped.rows_of(kind)) for kind in REWARD_KINDS}
    _add_rewards(tally.by_side, rewards)
    _add_friends(tally, rewards[Kind.REWARD_EARNED], segment)
    return tally


_CREDIT = ("kind", "loop", "channel", "programme")


def _add_friends(tally: Tally, earned: npt.NDArray[np.void], segment: npt.NDArray[np.int8]) -> None:
    """Count the friends for whom a side has earned, each once and with the credit of the first time."""
    earned = earned.take(np.flatnonzero(earned["target"] >= 0))
    key: Any = earned["attempt"]
    is_referrer = side_of(key) == Side.REFERRER
    friend = np.where(is_referrer, earned["target"], earned["actor"])
    inviter = np.where(is_referrer, earned["actor"], earned["target"])
    first = np.full(len(segment), -1)
    first[friend[::-1]] = np.arange(len(friend))[::-1]  # the last one stays
    first = first[first >= 0]
    shape = tally.rewarded.shape
    cells = np.ravel_multi_index(tuple(earned[name][first] for name in _CREDIT[1:]), shape, mode="wrap")
    tally.rewarded[:] = np.bincount(cells, minlength=tally.rewarded.size).reshape(shape)
    known = segment[inviter[first]]
    tally.by_segment[Kind.REWARD_EARNED] = np.bincount(known[known >= 0], minlength=tally.by_segment.shape[1])


def _add_rewards(sums: Counts, rewards: dict[Kind, npt.NDArray[np.void]]) -> None:
    """Add rewards to the table by side, and fill its two rows of rewards unpaid and paid later."""
    for kind, log in rewards.items():
        _add_side(sums[kind], log)
    paid, expired = rewards[Kind.REWARD_PAID], rewards[Kind.REWARD_EXPIRED]
    _add_side(sums[PAID_LATER], paid[paid["margin_cents"] == 0])
    if len(expired):
        _add_side(sums[EXPIRED_UNPAID], expired[~np.isin(_names(expired), _names(paid))])


def _add_side(cells: Counts, rewards: npt.NDArray[np.void]) -> None:
    """Add rewards to the cells of their sides."""
    side = rewards["attempt"] % len(Side)
    for one in Side if len(rewards) else ():
        mine = np.flatnonzero(side == one)
        cells[one, EVENTS] += len(mine)
        for what, name in ((AMOUNT_CENTS, "amount_cents"), (MARGIN_CENTS, "margin_cents")):
            # whole numbers: sums in floating point would round
            cells[one, what] += rewards[name][mine].sum()


def _names(rewards: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    """Return what names each reward: its events have these columns in common."""
    return rewards[["programme", "actor", "target", "attempt"]].copy()


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
