"""Reminders, and people who are no friends: what nudging wins, what abuse costs, who is wrongly refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from referralsim.eventlog.kinds import Kind, Loop, Side, side_of
from referralsim.eventlog.tally import AMOUNT_CENTS, EVENTS
from referralsim.metrics.events import Events, Ints
from referralsim.metrics.virality import Scalar, ratio

UNFINISHED = 63
"""Number of a reminder about a sign-up that was not finished; others have that of an invitation."""

BESIDES = {
    "reminded": (Kind.REMINDED, EVENTS),
    "fake_accounts": (Kind.FAKED, AMOUNT_CENTS),
    "capped": (Kind.REWARD_CAPPED, EVENTS),
    "unfunded": (Kind.REWARD_UNFUNDED, EVENTS),
    "abuse_refused": (Kind.ABUSE_REFUSED, EVENTS),
    "genuine_refused": (Kind.GENUINE_REFUSED, EVENTS),
}
"""What happens beside the steps of a programme's funnel, its event, and whether events or amounts count."""


def besides_table(events: Events) -> pd.DataFrame:
    """Return what happened beside the funnel: programme, what (:data:`BESIDES`), count."""
    cells = events.tally.by_credit.sum(axis=(1, 2))
    rows = [
        (name, what, int(cells[kind, p, column]))
        for p, name in enumerate(events.record.programme_names)
        for what, (kind, column) in BESIDES.items()
    ]
    return pd.DataFrame(rows, columns=["programme", "what", "count"])


def honesty_scalars(events: Events) -> dict[str, Scalar]:
    """Return the measures of reminders, abuse and refusals by name; counts rest upon one run."""
    tally = events.tally
    reminded = events.number_of(Kind.REMINDED)
    # credit to a programme without a channel: nobody invited (the last index means none)
    unasked = tally.by_credit[Kind.REWARD_PAID, Loop.PROGRAMME, -1, :-1]
    numbers = {
        "reminded": reminded,
        "fake_accounts": tally.total(Kind.FAKED, AMOUNT_CENTS),
        "abuse_refused_rewards": events.number_of(Kind.ABUSE_REFUSED),
        "abuse_refused": tally.total(Kind.ABUSE_REFUSED, AMOUNT_CENTS),
        "abuse_paid": int(unasked[..., AMOUNT_CENTS].sum()),
        "genuine_refused_people": len(genuine_refused_friends(events)),
        "genuine_refused": tally.total(Kind.GENUINE_REFUSED, AMOUNT_CENTS),
    }
    found = {name: Scalar(float(value), 1) for name, value in numbers.items()}
    return found | {"reminder_conversion": ratio(reminders_that_worked(events), reminded)}


def genuine_refused_friends(events: Events) -> Ints:
    """Return the friends who were refused though they are real, each once; from a full log."""
    refused = events.of(Kind.GENUINE_REFUSED)
    key: Any = refused["attempt"]
    friend = np.where(side_of(key) == Side.REFERRER, refused["target"], refused["actor"])
    return np.unique(friend).astype(np.int64)


def reminders_that_worked(events: Events) -> int:
    """Return how many reminders were answered (from a full log).

    One about an invitation is answered by signing up at that very instant; one about an unfinished sign-up by
    becoming a customer afterwards, which without it nobody in that state does.
    """
    reminded = events.of(Kind.REMINDED)
    if not len(reminded):
        return 0
    days = {}
    for kind in (Kind.SIGNED_UP, Kind.ACTIVATED):
        days[kind] = np.full(events.record.n_known, np.nan)
        done = events.of(kind)
        days[kind][done["actor"]] = done["time"]
    friend, unfinished = reminded["target"], reminded["attempt"] == UNFINISHED
    at_once = days[Kind.SIGNED_UP][friend] == reminded["time"]
    afterwards = days[Kind.ACTIVATED][friend] >= reminded["time"]
    return int(np.where(unfinished, afterwards, at_once).sum())
