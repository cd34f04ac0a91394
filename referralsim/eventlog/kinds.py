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

    LEADERBOARD = 0  # queued only: a contest ends; actor = reward number, attempt = its period
    ARRIVAL = 1  # queued only: a tick of an arrival stream; actor = Origin, attempt = tick
    SIGNED_UP = 2  # actor = the new person, target = who gets the credit or -1, attempt = Origin
    ACTIVATED = 3  # actor becomes a customer; target = parent or -1
    USED = 4  # queued only: actor uses the product for the attempt-th time
    DELIGHTED = 5  # written only: a happy moment at use number attempt
    LET_DOWN = 6  # written only: an unhappy moment at use number attempt
    PURCHASED = 7  # attempt = purchase number; amount = basket, margin = contribution margin
    REFUNDED = 8  # attempt = purchase number; amount = -basket, margin = -margin
    QUALIFIED = 9  # written only: actor = referee, target = referrer
    REWARD_EARNED = 10  # written only: actor earns; target = the other, or -2 - programme; see reward_key
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
    REMINDED = 24  # actor nudges target about invitation number attempt, or about a sign-up (STREAMS - 1)
    APPLIED = 25  # agent actor asks to join its programme; margin = the fee it pays
    REJECTED = 26  # agent actor is turned down; attempt = the stage it failed
    ENLISTED = 27  # agent actor begins to work
    POSTED = 28  # agent actor addresses its audience for the attempt-th time; amount = people reached
    TIER_REVIEWED = 29  # written if the agent's tier changes: attempt = review number, amount = new tier
    REWARD_UNFUNDED = 30  # written only: as REWARD_EARNED, but refused because the budget is spent
    ABUSE_REFUSED = 31  # written only: refused, and rightly: the friend is no friend
    GENUINE_REFUSED = 32  # written only: refused, and wrongly: the friend is real
    REWARD_LOST = 33  # written only: a sweepstake ticket that wins nothing; amount = the prize
    REWARD_REDEEMED = 34  # a paid reward is used; margin = -cost
    REWARD_EXPIRED = 35  # a reward that was never due to be paid in time, or never used; amount
    REWARD_DISPUTED = 36  # written only: the friend's money went back after the reward was paid
    RECOVERED = 37  # actor gets an apology after bad use number attempt; margin = -cost
    GIFTED = 38  # actor gets surprise gift number attempt; margin = -cost
    WON_BACK = 39  # actor comes back for life number attempt; margin = -cost
    HIT = 40  # brand incident number attempt reaches actor
    REVIEWED = 41  # written only: actor writes a review after purchase number attempt
    POINTS_EARNED = 42  # written only: amount = points; target = friend or -1
    POINTS_REDEEMED = 43  # written only: amount = points, margin = -their cost
    POINTS_EXPIRED = 44  # amount = points
    MEMBER_JOINED = 45  # written only: amount = margin = fee
    MEMBER_RENEWED = 46  # attempt = period; amount = margin = fee
    MEMBER_LEFT = 47  # written only: the membership is not renewed
    FAKED = 48  # written only: actor makes fake accounts on ask attempt of rule target; amount = how many


QUEUED_ONLY = frozenset({Kind.LEADERBOARD, Kind.ARRIVAL, Kind.USED, Kind.REWARD_SETTLED, Kind.DECIDED})

REWARD_KINDS = (
    Kind.REWARD_EARNED,
    Kind.REWARD_CAPPED,
    Kind.REWARD_PAID,
    Kind.REWARD_REVERSED,
    Kind.REWARD_UNFUNDED,
    Kind.ABUSE_REFUSED,
    Kind.GENUINE_REFUSED,
    Kind.REWARD_LOST,
    Kind.REWARD_REDEEMED,
    Kind.REWARD_EXPIRED,
    Kind.REWARD_DISPUTED,
)
"""What can become of a reward. Their ``attempt`` is a reward key, see :func:`reward_key`."""


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


PLACES = 16
"""Reward rules a key tells apart on one side of one programme."""


def reward_key(side: int, place: int, serial: int) -> int:
    """Return the ``attempt`` of a reward event: ``side + 2 * (place + PLACES * serial)``.

    Parameters
    ----------
    side : Side
    place : int in [0, PLACES)
        Place of the rule among those of its side and programme.
    serial : int
        0 for a friend who qualifies or signs up; 1 + purchase number for a commission; 1 + number of a
        fake account; the period of a leaderboard.

    Examples
    --------
    >>> reward_key(Side.REFEREE, 2, 3), side_of(reward_key(Side.REFEREE, 2, 3))
    (101, 1)
    """
    return side + 2 * (place + PLACES * serial)


def side_of(key: int) -> int:
    """Return the side that a reward key names (of an array: of each)."""
    return key % 2


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
