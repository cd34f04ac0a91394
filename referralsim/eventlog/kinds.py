"""What can happen, the columns of the record, and the one total order of events."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Kind(IntEnum):
    """Event kinds. The number is part of the total order: at one instant lower kinds come first.

    The comment says who is ``actor``, who is ``target``, and what ``attempt`` counts. Kinds marked
    *queued only* schedule something and are never written to the log; kinds marked *written only*
    happen inside the event that causes them.
    """

    ARRIVAL = 1  # queued only: a tick of an arrival stream; actor = Origin, attempt = tick
    SIGNED_UP = 2  # actor = the new person, target = who gets the credit or -1, attempt = Origin
    ACTIVATED = 3  # actor becomes a customer; target = parent or -1
    USED = 4  # queued only: actor uses the product for the attempt-th time
    DELIGHTED = 5  # written only: a happy moment at use number attempt
    LET_DOWN = 6  # written only: an unhappy moment at use number attempt
    PURCHASED = 7  # attempt = purchase number; amount = basket, margin = contribution margin
    REFUNDED = 8  # attempt = purchase number; amount = -basket, margin = -margin
    QUALIFIED = 9  # written only: actor = referee, target = referrer
    REWARD_EARNED = 10  # written only: actor = who earns, target = the other, attempt = Side; amount
    REWARD_CAPPED = 11  # written only: as above, but refused because the actor's cap is reached
    REWARD_SETTLED = 12  # queued only: the end of the hold
    REWARD_PAID = 13  # written only: amount = face value, margin = -cost
    REWARD_REVERSED = 14  # written only: clawed back before it was paid; amount = face value
    ASKED = 15  # actor is asked to share; target = ask rule, attempt = occasion number
    SHARED = 16  # written only: actor sends at least one invitation; amount = how many
    TOLD = 17  # written only: target hears actor's word of mouth (either sign); attempt as INVITED
    INVITED = 18  # written only: attempt = round * n_streams + contact stream
    DELIVERED = 19
    OPENED = 20
    CLICKED = 21
    DECIDED = 22  # queued only: target decides; actor = inviter, target = invited
    CHURNED = 23  # attempt = number of the hazard candidate


QUEUED_ONLY = frozenset({Kind.ARRIVAL, Kind.USED, Kind.REWARD_SETTLED, Kind.DECIDED})


class Loop(IntEnum):
    """What brought a person, or what an invitation belongs to."""

    INITIAL = 0
    ORGANIC_ARRIVAL = 1
    PAID = 2
    COLLABORATION = 3
    VISIBILITY = 4
    PROGRESS = 5
    WORD_OF_MOUTH = 6
    COMPLAINTS = 7
    PROGRAMME = 8


class Origin(IntEnum):
    """How a person really came, whoever gets the credit (attempt of SIGNED_UP)."""

    INITIAL = 0
    ORGANIC_ARRIVAL = 1
    PAID = 2
    INVITATION = 3


class Side(IntEnum):
    """Which side of a referral a reward is for."""

    REFERRER = 0
    REFEREE = 1


LOG_DTYPE = np.dtype(
    [
        ("time", np.float64),  # days since launch, in [0, horizon)
        ("kind", np.int8),  # Kind
        ("loop", np.int8),  # Loop, or -1
        ("channel", np.int8),  # index of the channel, or -1
        ("programme", np.int8),  # index of the programme, or -1
        ("actor", np.int32),  # person
        ("target", np.int32),  # person, ask rule, or -1
        ("attempt", np.int32),
        ("amount_cents", np.int64),  # face value; number of invitations for SHARED
        ("margin_cents", np.int64),  # signed effect on the company's contribution
    ]
)

ORDER = ("time", "kind", "actor", "target", "attempt")
"""The total order of events: it never depends on the order in which they were put in."""


def in_order(log: np.ndarray) -> np.ndarray:
    """Return the log sorted by :data:`ORDER` (a copy; engines append in processing order).

    Parameters
    ----------
    log : array of LOG_DTYPE, shape (n_events,)
    """
    return log[np.lexsort(tuple(log[name] for name in reversed(ORDER)))]
