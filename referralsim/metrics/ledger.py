"""The life of every reward: earned, held, paid, used - and what became of the money at any time.

::

    pending -> paid -> redeemed | expired | disputed (and then redeemed or expired after all)
            -> reversed | lost | expired_unpaid
    refused at once: capped, unfunded, abuse_refused, genuine_refused (never earned)

Every earned reward is in exactly one state at any time, so the states of :func:`balance_at` add up to what
was earned, to the cent. A dispute changes no money: it marks what was paid for a friend who took his own
money back, and a redemption is not stopped by it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from referralsim.eventlog.kinds import REWARD_KINDS, Kind, Side, side_of
from referralsim.eventlog.record import RunRecord
from referralsim.metrics.events import Events, Floats, Ints, events_of
from referralsim.metrics.joins import named

EARNED_STATES = ("pending", "paid", "redeemed", "expired", "disputed", "reversed", "lost", "expired_unpaid")
"""States of rewards that were earned; they divide the earned money among them."""

REFUSED_STATES = ("capped", "unfunded", "abuse_refused", "genuine_refused")

_PENDING, _PAID, _REDEEMED, _EXPIRED, _DISPUTED, _REVERSED, _LOST, _UNPAID = range(8)
_STATE = {
    Kind.REWARD_EARNED: _PENDING,
    Kind.REWARD_PAID: _PAID,
    Kind.REWARD_REDEEMED: _REDEEMED,
    Kind.REWARD_EXPIRED: _EXPIRED,
    Kind.REWARD_DISPUTED: _DISPUTED,
    Kind.REWARD_REVERSED: _REVERSED,
    Kind.REWARD_LOST: _LOST,
    Kind.REWARD_CAPPED: 8,
    Kind.REWARD_UNFUNDED: 9,
    Kind.ABUSE_REFUSED: 10,
    Kind.GENUINE_REFUSED: 11,
}
_ENDS = (_REDEEMED, _EXPIRED)


class Ledger(NamedTuple):
    """All rewards of a run and every step of their lives."""

    rewards: pd.DataFrame  # one row a reward, in the order in which they arose; see `ledger_of`
    row: Ints  # (n_steps,) reward of each step; steps are by reward, and by time within one
    days: Floats  # (n_steps,)
    state: Ints  # (n_steps,) place in EARNED_STATES + REFUSED_STATES from then on


def ledger_of(record: RunRecord, events: Events | None = None) -> Ledger:
    """Follow every reward of a full log.

    Returns
    -------
    Ledger
        Its table has the columns programme, side ('referrer', 'referee'), receiver, other (-1: nobody, or a
        person or agent), key (`eventlog.kinds.reward_key`), earned_days (NaN: refused), amount (face value),
        state (at the horizon), state_days (since when), cost (so far), owed (paid, the cost not due yet, and
        neither used nor expired), disputed_days (NaN: never).

    Raises
    ------
    ValueError
        If something happens to a reward that was not earned before, which no engine can write.
    """
    events = events_of(record) if events is None else events
    rows = np.sort(np.concatenate([events.rows_of(kind) for kind in REWARD_KINDS]))
    log = record.log[rows]
    kind = log["kind"]
    starts = ~np.isin(kind, [k for k in REWARD_KINDS if _PENDING < _STATE[k] <= _LOST])
    reward = _rewards_of(log, starts)
    order = np.argsort(reward, kind="stable")
    log, reward, first = log[order], reward[order], starts[order]
    code = np.full(max(_STATE) + 1, -1)
    code[list(_STATE)] = list(_STATE.values())
    state = _states(code[log["kind"]], reward, first)
    table = _table(record, log, reward, first, state)
    return Ledger(table, reward, log["time"].astype(np.float64), state)


def _rewards_of(log: npt.NDArray[np.void], starts: npt.NDArray[np.bool_]) -> Ints:
    """Return the number of the reward that each event is about; one that starts a reward gives the next."""
    name = np.ascontiguousarray(log[["programme", "actor", "target", "attempt"]])
    order = np.argsort(name, kind="stable")  # by name, and by time within one
    begun = np.cumsum(starts)
    same = np.append(False, name[order][1:] == name[order][:-1])
    if np.any(~same & ~starts[order]):
        raise ValueError("the log pays, uses or takes back a reward that was not earned")
    number = np.empty(len(log), dtype=np.int64)
    last = np.maximum.accumulate(np.where(starts[order], np.arange(len(log)), 0))
    number[order] = begun[order][last] - 1
    return number


def _states(state: Ints, reward: Ints, first: npt.NDArray[np.bool_]) -> Ints:
    """Return the state after each step; the steps of a reward stand together, in order of time."""
    n = int(reward[-1]) + 1 if len(reward) else 0
    was_paid = np.zeros(n, dtype=bool)
    was_paid[reward[state == _PAID]] = True
    state = np.where((state == _EXPIRED) & ~was_paid[reward], _UNPAID, state)
    # a dispute leaves a reward that was used, or has expired, as it is
    for place in np.flatnonzero(state == _DISPUTED):
        if not first[place] and state[place - 1] in _ENDS:
            state[place] = state[place - 1]
    return state


def _table(
    record: RunRecord,
    log: npt.NDArray[np.void],
    reward: Ints,
    first: npt.NDArray[np.bool_],
    state: Ints,
) -> pd.DataFrame:
    n = int(first.sum())
    start = log[first]
    earned = start["kind"] == Kind.REWARD_EARNED
    last = np.append(reward[1:] != reward[:-1], True) if n else first
    moved = np.append(True, (reward[1:] != reward[:-1]) | (state[1:] != state[:-1])) if n else first
    cost, later = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool)
    np.subtract.at(cost, reward, log["margin_cents"])
    later[reward[(log["kind"] == Kind.REWARD_PAID) & (log["margin_cents"] == 0)]] = True
    since, disputed = np.full(n, np.nan), np.full(n, np.nan)
    since[reward[moved]] = log["time"][moved]
    was = log["kind"] == Kind.REWARD_DISPUTED
    disputed[reward[was]] = log["time"][was]
    now = state[last]
    key: Any = start["attempt"].astype(np.int64)
    return pd.DataFrame(
        {
            "programme": named(start["programme"].astype(np.int64), record.programme_names),
            "side": named(np.asarray(side_of(key)), tuple(side.name.lower() for side in Side)),
            "receiver": start["actor"].astype(np.int64),
            "other": np.maximum(start["target"].astype(np.int64), -1),
            "key": key,
            "earned_days": np.where(earned, start["time"], np.nan),
            "amount": start["amount_cents"].astype(np.int64),
            "state": named(now, EARNED_STATES + REFUSED_STATES),
            "state_days": since,
            "cost": cost,
            "owed": later & np.isin(now, (_PAID, _DISPUTED)),
            "disputed_days": disputed,
        }
    )


def balance_at(ledger: Ledger, time_days: float) -> pd.DataFrame:
    """Return how many rewards and how much money are in each state at the end of an instant.

    Parameters
    ----------
    time_days : float
        Days since launch; what happens at that very time has happened.

    Returns
    -------
    pandas.DataFrame
        Indexed by state (:data:`EARNED_STATES`): rewards, amount (face value, minor units). The amounts add
        up to what was earned until then. Refused rewards are in no state.
    """
    n = len(ledger.rewards)
    now = np.full(n, -1, dtype=np.int64)
    done = ledger.days <= time_days
    now[ledger.row[done]] = ledger.state[done]  # by time within a reward: the last step stays
    amount = ledger.rewards["amount"].to_numpy()
    sums = np.zeros((len(EARNED_STATES), 2), dtype=np.int64)
    there = np.flatnonzero((now >= 0) & (now < len(EARNED_STATES)))
    np.add.at(sums, now[there], np.stack([np.ones(len(there), np.int64), amount[there]], axis=1))
    return pd.DataFrame(sums, columns=["rewards", "amount"], index=pd.Index(EARNED_STATES, name="state"))


def liability(ledger: Ledger) -> int:
    """Return the face value that is paid out and may still be used at the company's cost, at the horizon.

    A reward whose cost fell due at payment is settled. The log knows it by the margin of its payment; one
    that costs nothing at all looks as if its cost came later, and is counted.
    """
    return int(ledger.rewards.loc[ledger.rewards["owed"], "amount"].sum())
