"""Money: what rewards and advertising cost, what customers bring in, and when it pays back.

All amounts are minor units. The log carries the face value of a reward and, when it is paid, what it
costs the company as a negative margin; so profit is simply the sum of the margin column.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from referralsim.eventlog.kinds import Kind, Loop, Side
from referralsim.eventlog.tally import AMOUNT_CENTS, EVENTS, MARGIN_CENTS
from referralsim.metrics.events import Counts, Events, sums_by
from referralsim.metrics.joins import BRINGING_LOOPS, LOOP_NAMES, Joins
from referralsim.metrics.virality import UNDEFINED, Scalar, ratio

STATES = {
    "earned": Kind.REWARD_EARNED,
    "paid": Kind.REWARD_PAID,
    "reversed": Kind.REWARD_REVERSED,
    "capped": Kind.REWARD_CAPPED,
}


def money_table(events: Events) -> pd.DataFrame:
    """Return rewards by side and state.

    Returns
    -------
    pandas.DataFrame
        side ('referrer', 'referee'), state ('earned', 'paid', 'reversed', 'capped', 'held', 'cost'), amount
        (minor units; face value, but for 'cost', which is what the rewards paid cost the company), rewards
        (how many).
    """
    rows: list[tuple[str, str, int, int]] = []
    for side in Side:
        found = {state: events.tally.by_side[kind, side] for state, kind in STATES.items()}
        amount = {state: int(cell[AMOUNT_CENTS]) for state, cell in found.items()}
        number = {state: int(cell[EVENTS]) for state, cell in found.items()}
        for table in (amount, number):
            table["held"] = table["earned"] - table["paid"] - table["reversed"]
        amount["cost"], number["cost"] = -int(found["paid"][MARGIN_CENTS]), number["paid"]
        rows += [(side.name.lower(), state, value, number[state]) for state, value in amount.items()]
    return pd.DataFrame(rows, columns=["side", "state", "amount", "rewards"])


def trade_sums(events: Events) -> Counts:
    """Return sums over purchases and refunds, shape (N_LOOPS + 1, n_channels + 1, n_programmes + 1, 3)."""
    sums: Counts = events.tally.by_credit[[Kind.PURCHASED, Kind.REFUNDED]].sum(axis=0)
    return sums


def trade_of(events: Events) -> npt.NDArray[np.void]:
    """Return purchases, then refunds."""
    return np.concatenate([events.of(Kind.PURCHASED), events.of(Kind.REFUNDED)])


def margin_by_source_table(events: Events, joins: Joins) -> pd.DataFrame:
    """Return what customers bring in by the loop that brought them.

    Returns
    -------
    pandas.DataFrame
        loop (those with customers), customers, revenue, margin (minor units, less refunds), customer_days
        (from joining to leaving or the horizon), margin_per_customer, margin_per_customer_day.
    """
    n = len(LOOP_NAMES)
    by_loop = trade_sums(events).sum(axis=(1, 2))[:n].astype(np.float64)
    revenue, margin = by_loop[:, AMOUNT_CENTS], by_loop[:, MARGIN_CENTS]
    end = np.where(np.isnan(joins.churned_days), joins.record.horizon_days, joins.churned_days)
    days = sums_by(joins.loop, end - joins.joined_days, n)
    customers = np.bincount(joins.loop, minlength=n)
    some = np.flatnonzero(customers)
    customers, revenue, margin, days = customers[some], revenue[some], margin[some], days[some]
    return pd.DataFrame(
        {
            "loop": [LOOP_NAMES[loop] for loop in some],
            "customers": customers,
            "revenue": revenue,
            "margin": margin,
            "customer_days": days,
            "margin_per_customer": margin / customers,
            "margin_per_customer_day": np.divide(
                margin, days, out=np.full_like(days, np.nan), where=days > 0
            ),
        }
    )


def money_scalars(events: Events) -> dict[str, Scalar]:
    """Return the scalar measures of money by name; sums rest upon one run, ratios upon their denominator."""
    tally, trade = events.tally, trade_sums(events)
    active = events.counts[Kind.ACTIVATED]
    customers, by_programme = int(active.sum()), int(active[..., :-1].sum())
    referred = int(active[list(BRINGING_LOOPS)].sum())
    face = {state: tally.total(kind, AMOUNT_CENTS) for state, kind in STATES.items()}
    n_paid = tally.total(Kind.REWARD_PAID, EVENTS)
    cost, advertising = (-tally.total(kind, MARGIN_CENTS) for kind in (Kind.REWARD_PAID, Kind.SIGNED_UP))
    margins = trade[..., MARGIN_CENTS]
    margin = int(margins.sum())
    margin_referred = int(margins[list(BRINGING_LOOPS)].sum())
    margin_programme = int(margins[..., :-1].sum())
    bought = int(active[Loop.PAID].sum())
    sums = {
        "revenue": int(trade[..., AMOUNT_CENTS].sum()),
        "margin": margin,
        "profit": int(tally.by_credit[..., MARGIN_CENTS].sum()),
        "reward_earned": face["earned"],
        "reward_paid": face["paid"],
        "reward_reversed": face["reversed"],
        "reward_capped": face["capped"],
        "reward_held": face["earned"] - face["paid"] - face["reversed"],
        "reward_cost": cost,
        "paid_acquisition_cost": advertising,
    }
    return {name: Scalar(float(value), 1) for name, value in sums.items()} | {
        "cac_gross": ratio(cost + advertising, by_programme + bought),
        "cost_per_referred_customer": ratio(cost, by_programme),
        "ltv": ratio(margin, customers),
        "ltv_referred": ratio(margin_referred, referred),
        "ltv_unreferred": ratio(margin - margin_referred, customers - referred),
        "roi": Scalar((margin_programme - cost) / cost, n_paid) if cost > 0 else UNDEFINED,
        "payback_day": payback_day(events),
    }


def payback_day(events: Events) -> Scalar:
    """Return the day from which the margin of programme customers covers the rewards paid, to the horizon.

    From a full log only.
    """
    trade = trade_of(events)
    flows = np.concatenate([trade[trade["programme"] >= 0], events.of(Kind.REWARD_PAID)])
    is_reward = flows["kind"] == Kind.REWARD_PAID
    if not is_reward.any():
        return UNDEFINED
    flows, is_reward = (part[np.argsort(flows["time"], kind="stable")] for part in (flows, is_reward))
    below = np.flatnonzero(np.cumsum(flows["margin_cents"]) < 0)
    after = int(below[-1]) + 1 if len(below) else int(np.argmax(is_reward))
    return Scalar(float(flows["time"][after]), int(is_reward.sum())) if after < len(flows) else UNDEFINED
