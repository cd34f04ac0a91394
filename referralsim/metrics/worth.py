"""What a customer is worth by how they came, and what one who brings others is worth with them.

Two ways of looking at a value that is still growing when the run ends:

* *so far*: margin up to the horizon per customer. Late customers have had less time, and referred ones are
  late, so sources must not be compared by it;
* *within w days of joining*: the mean cumulative function of :mod:`referralsim.metrics.offspring`, with
  margin in place of friends: every purchase at age a counts margin / customers observed at that age.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from referralsim.eventlog.kinds import Kind, Loop, Side, side_of
from referralsim.eventlog.tally import MARGIN_CENTS
from referralsim.metrics.economics import COSTS, trade_of, trade_sums
from referralsim.metrics.events import Events, Floats, sums_by
from referralsim.metrics.joins import BRINGING_LOOPS, Joins
from referralsim.metrics.offspring import longest, weights
from referralsim.metrics.virality import UNDEFINED, Scalar, ratio

_UNPAID_LOOPS = tuple(loop for loop in BRINGING_LOOPS if loop != Loop.PROGRAMME)


def worth_scalars(events: Events, joins: Joins, window_days: float) -> dict[str, Scalar]:
    """Return the measures of value by source by name."""
    return (
        _so_far(events)
        | _of_agents(events, joins)
        | _in_window(events, joins, window_days)
        | _of_referrers(events, joins)
    )


def _so_far(events: Events) -> dict[str, Scalar]:
    """Return margin up to the horizon per customer of each source; sums of the tally."""
    customers = events.counts[Kind.ACTIVATED]
    margin = trade_sums(events)[..., MARGIN_CENTS]

    def of(cells: Any) -> Scalar:
        return ratio(int(np.sum(margin[cells])), int(np.sum(customers[cells])))

    return {
        "ltv_launch": of((int(Loop.INITIAL),)),
        "ltv_organic": of((int(Loop.ORGANIC_ARRIVAL),)),
        "ltv_paid": of((int(Loop.PAID),)),
        "ltv_unrewarded": of((list(_UNPAID_LOOPS),)),
        # every invitation has a channel; credit without one is a code that nobody gave
        "ltv_programme": of((int(Loop.PROGRAMME), slice(None, -1))),
        "ltv_code": of((int(Loop.PROGRAMME), -1)),
    }


def margin_of(events: Events) -> Floats:
    """Return margin so far of everybody who is known, shape (n_known,)."""
    trade = trade_of(events)
    return sums_by(trade["actor"], trade["margin_cents"].astype(np.float64), events.record.n_known)


def _of_agents(events: Events, joins: Joins) -> dict[str, Scalar]:
    """Return margin so far per customer credited to an agent; from a full log."""
    segment = events.record.segment
    by_agent = joins.person[(joins.credited >= 0) & (segment[joins.credited] < 0)]
    return {"ltv_agent": ratio(float(margin_of(events)[by_agent].sum()), len(by_agent))}


def _in_window(events: Events, joins: Joins, window_days: float) -> dict[str, Scalar]:
    """Return margin within w days of joining per customer, referred or not; from a full log."""
    trade = trade_of(events)
    row = np.full(events.record.n_known, -1, dtype=np.int64)
    row[joins.person] = np.arange(joins.n)
    at = row[trade["actor"]]
    trade, at = trade[at >= 0], at[at >= 0]
    age = np.maximum(0.0, trade["time"] - joins.joined_days[at])
    group = (joins.credited >= 0).astype(np.int64)
    observed = joins.observed_days
    value = weights(age, group[at], observed, group, 2, window_days) * trade["margin_cents"]
    sums = sums_by(group[at], value, 2)
    windows = sums_by(group, np.minimum(observed, window_days), 2) / window_days
    known = longest(observed, group, 2) >= window_days
    n = np.bincount(group, minlength=2)
    return {
        name: Scalar(float(sums[g]), int(n[g]), float(sums[g] * windows[g]), float(windows[g]))
        if known[g]
        else UNDEFINED
        for g, name in enumerate(("ltv_window_unreferred", "ltv_window_referred"))
    }


def _of_referrers(events: Events, joins: Joins) -> dict[str, Scalar]:
    """Return what those bring in who brought somebody, and their friends with them; from a full log."""
    margin = margin_of(events)[joins.person]
    received, as_friend = _rewards_received(events, joins)
    child = np.flatnonzero(joins.parent >= 0)
    parents = np.flatnonzero(np.bincount(joins.parent[child]))
    own = float(margin[parents].sum())
    brought = float(margin[child].sum() - received[parents].sum() - as_friend[child].sum())
    return {
        "ltv_referrer": ratio(own, len(parents)),
        "referrer_brings": ratio(brought, len(parents)),
        "value_of_referrer": ratio(own + brought, len(parents)),
    }


def _rewards_received(events: Events, joins: Joins) -> tuple[Floats, Floats]:
    """Return the cost of rewards by row of the table of customers: for bringing, and for being brought.

    A friend's reward counts at the friend; on the other side all rewards of the receiver do, prizes and
    those for friends of his own making included.
    """
    n = events.record.n_known
    paid = np.concatenate([events.of(kind) for kind in COSTS])
    key: Any = paid["attempt"]
    side = np.asarray(side_of(key)).astype(np.int64)
    cost = -paid["margin_cents"].astype(np.float64)
    received = sums_by(paid["actor"] + n * side, cost, n * len(Side)).reshape(len(Side), n)
    return received[Side.REFERRER][joins.person], received[Side.REFEREE][joins.person]
