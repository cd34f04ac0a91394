"""Points, reviews, memberships, and what is done for customers: apologies, gifts, winning them back."""

from __future__ import annotations

from referralsim.eventlog.kinds import Kind
from referralsim.eventlog.tally import AMOUNT_CENTS, MARGIN_CENTS
from referralsim.metrics.events import Events
from referralsim.metrics.virality import Scalar

_CARE = (Kind.RECOVERED, Kind.GIFTED, Kind.WON_BACK)


def loyalty_scalars(events: Events) -> dict[str, Scalar]:
    """Return the measures of loyalty and care by name; each rests upon one run."""
    total, number = events.tally.total, events.number_of
    earned, redeemed, expired = (
        total(kind, AMOUNT_CENTS) for kind in (Kind.POINTS_EARNED, Kind.POINTS_REDEEMED, Kind.POINTS_EXPIRED)
    )
    fees = (Kind.MEMBER_JOINED, Kind.MEMBER_RENEWED)
    numbers = {
        "points_earned": earned,
        "points_redeemed": redeemed,
        "points_expired": expired,
        "points_outstanding": earned - redeemed - expired,
        "points_cost": -total(Kind.POINTS_REDEEMED, MARGIN_CENTS),
        "reviews": number(Kind.REVIEWED),
        "members_joined": number(Kind.MEMBER_JOINED),
        "members": number(Kind.MEMBER_JOINED) - number(Kind.MEMBER_LEFT),
        "membership_income": sum(total(kind, MARGIN_CENTS) for kind in fees),
        "recoveries": number(Kind.RECOVERED),
        "gifts": number(Kind.GIFTED),
        "won_back": number(Kind.WON_BACK),
        "care_cost": -sum(total(kind, MARGIN_CENTS) for kind in _CARE),
        "incident_hits": number(Kind.HIT),
    }
    return {name: Scalar(float(value), 1) for name, value in numbers.items()}
