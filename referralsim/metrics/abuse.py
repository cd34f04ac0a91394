"""What is at risk by abuse: what was tried, what was paid for no friend, and whom detection offends."""

from __future__ import annotations

import numpy as np

from referralsim.eventlog.kinds import Kind, Loop
from referralsim.eventlog.tally import AMOUNT_CENTS, EVENTS, MARGIN_CENTS
from referralsim.metrics.events import Counts, Events
from referralsim.metrics.honesty import genuine_refused_friends
from referralsim.metrics.virality import Scalar, ratio
from referralsim.metrics.worth import margin_of


def abused(events: Events, kind: Kind) -> Counts:
    """Return number, face value and margin of rewards for no friend in one state.

    They are credited to a programme without a channel, because nobody was invited; prizes of leaderboards
    are credited to no loop.
    """
    cells: Counts = events.tally.by_credit[kind, Loop.PROGRAMME, -1, :-1].sum(axis=0)
    return cells


def abuse_scalars(events: Events) -> dict[str, Scalar]:
    """Return what is at risk by abuse and by its detection by name."""
    paid, earned = abused(events, Kind.REWARD_PAID), abused(events, Kind.REWARD_EARNED)
    used = abused(events, Kind.REWARD_REDEEMED)
    refused = int(abused(events, Kind.ABUSE_REFUSED)[AMOUNT_CENTS])
    tried = int(earned[AMOUNT_CENTS]) + refused
    fakes = _paid_for_fakes(events)
    numbers = {
        "abuse_cost": -int(paid[MARGIN_CENTS] + used[MARGIN_CENTS]),
        "abuse_tried": tried,
        "abuse_paid_fakes": fakes,
        "abuse_paid_codes": int(paid[AMOUNT_CENTS]) - fakes,
        "genuine_refused_margin": int(margin_of(events)[genuine_refused_friends(events)].sum()),
    }
    caught = ratio(refused, tried)
    n = int(earned[EVENTS] + abused(events, Kind.ABUSE_REFUSED)[EVENTS])
    found = {name: Scalar(float(value), 1) for name, value in numbers.items()}
    return found | {"abuse_caught_share": caught._replace(n=n if tried > 0 else 0)}


_NAME = ["programme", "actor", "target", "attempt"]


def _paid_for_fakes(events: Events) -> int:
    """Return the face value paid for fake accounts: rewards earned the moment in which they were made."""
    made = events.of(Kind.FAKED)
    if not len(made):
        return 0
    earned, paid = events.of(Kind.REWARD_EARNED), events.of(Kind.REWARD_PAID)
    codes = [log[(log["loop"] == Loop.PROGRAMME) & (log["channel"] < 0)] for log in (earned, paid)]
    when = ["time", "programme", "actor"]
    fake = codes[0][np.isin(codes[0][when].copy(), made[when].copy())]
    is_fake = np.isin(codes[1][_NAME].copy(), fake[_NAME].copy())
    return int(codes[1]["amount_cents"][is_fake].sum())
