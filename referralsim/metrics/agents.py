"""Affiliates and partners: outsiders who are paid for customers, and are none themselves.

Whom an agent brings is a root of a tree of customers, and nobody's offspring in K: agents are not brought by
customers, so they close no loop. Their customers are credited to the agents' programme all the same.
"""

from __future__ import annotations

import numpy as np

from referralsim.eventlog.kinds import Kind
from referralsim.eventlog.tally import AMOUNT_CENTS
from referralsim.metrics.events import Events
from referralsim.metrics.joins import Joins
from referralsim.metrics.virality import Scalar


def agent_scalars(events: Events, joins: Joins) -> dict[str, Scalar]:
    """Return the measures of agents by name; each rests upon one run."""
    segment = events.record.segment
    credited = joins.credited[joins.credited >= 0]
    paid = events.of(Kind.REWARD_PAID)
    numbers = {
        "agents_applied": events.number_of(Kind.APPLIED),
        "agents_enlisted": events.number_of(Kind.ENLISTED),
        "agents_rejected": events.number_of(Kind.REJECTED),
        "posts": events.number_of(Kind.POSTED),
        "post_reach": events.tally.total(Kind.POSTED, AMOUNT_CENTS),
        "agent_customers": int((segment[credited] < 0).sum()),
        "commission_paid": int(np.sum(paid["amount_cents"][segment[paid["actor"]] < 0])),
    }
    return {name: Scalar(float(value), 1) for name, value in numbers.items()}
