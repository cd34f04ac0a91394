"""Money: what rewards and advertising cost, what customers bring in, and when it pays back.

All amounts are minor units. The log carries the face value of a reward and, when it is paid or (for one
whose cost comes later) used, what it costs the company as a negative margin; so profit is simply the sum of
the margin column.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from referralsim.eventlog.kinds import Kind, Loop, Side
from referralsim.eventlog.tally import AMOUNT_CENTS, EVENTS, EXPIRED_UNPAID, MARGIN_CENTS, PAID_LATER
from referralsim.metrics.events import Counts, Events, sums_by
from referralsim.metrics.joins import BRINGING_LOOPS, LOOP_NAMES, Joins
from referralsim.metrics.virality import UNDEFINED, Scalar, ratio

STATES = {
    "earned": Kind.REWARD_EARNED,
    "paid": Kind.REWARD_PAID,
    "redeemed": Kind.REWARD_REDEEMED,
    "expired": Kind.REWARD_EXPIRED,
    "disputed": Kind.REWARD_DISPUTED,
    "reversed": Kind.REWARD_REVERSED,
    "lost": Kind.REWARD_LOST,
    "expired_unpaid": EXPIRED_UNPAID,
    "capped": Kind.REWARD_CAPPED,
    "unfunded": Kind.REWARD_UNFUNDED,
    "abuse_refused": Kind.ABUSE_REFUSED,
    "genuine_refused": Kind.GENUINE_REFUSED,
}
"""What can become of a reward, and the row of `Tally.by_side` that counts it ('expired': paid or not)."""

_SHOWN = (
    *("earned", "paid", "redeemed", "expired", "disputed", "owed", "reversed", "lost", "expired_unpaid"),
    *("held", "cost", "capped", "unfunded", "abuse_refused", "genuine_refused"),
)


def fates(events: Events) -> dict[str, Counts]:
    """Return rewards by what became of them, each an int array (2 sides, 3: number, face value, margin).

    Besides :data:`STATES` there are 'held' (earned, and nothing more), 'owed' (paid, the cost not due yet,
    neither used nor expired: a liability) and 'cost', whose last column is what fell due so far.
    """
    by_side = events.tally.by_side
    found: dict[str, Counts] = {state: by_side[row].copy() for state, row in STATES.items()}
    found["expired"] -= found["expired_unpaid"]
    later = by_side[PAID_LATER]
    ended = found["paid"] + found["reversed"] + found["lost"] + found["expired_unpaid"]
    found["held"] = found["earned"] - ended
    found["owed"] = later - found["redeemed"] - found["expired"]
    found["cost"] = found["paid"] - later + found["redeemed"]
    return found


def money_table(events: Events) -> pd.DataFrame:
    """Return rewards by side and state.

    Returns
    -------
    pandas.DataFrame
        side ('referrer', 'referee'), state ('earned', 'paid', 'redeemed', 'expired' after payment,
        'disputed', 'owed', 'reversed', 'lost', 'expired_unpaid', 'held', 'cost', 'capped', 'unfunded',
        'abuse_refused', 'genuine_refused'), amount (minor units; face value, but for 'cost', which is
        what has fallen due to the company), rewards (how many).
    """
    found = fates(events)
    rows = []
    for side in Side:
        for state in _SHOWN:
            number, face, margin = (int(value) for value in found[state][side])
            rows.append((side.name.lower(), state, -margin if state == "cost" else face, number))
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
        (from joining to leaving or the horizon, all lives together), margin_per_customer,
        margin_per_customer_day.
    """
    n = len(LOOP_NAMES)
    by_loop = trade_sums(events).sum(axis=(1, 2))[:n].astype(np.float64)
    revenue, margin = by_loop[:, AMOUNT_CENTS], by_loop[:, MARGIN_CENTS]
    days = sums_by(joins.loop, joins.customer_days, n)
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


def brought(cells: Counts) -> Counts:
    """Return what belongs to those whom somebody brought, of a table by loop, channel and programme.

    Every invitation has a channel; credit without one is a code that nobody gave (leak, self-referral).
    """
    return cells[list(BRINGING_LOOPS), :-1]


def money_scalars(events: Events) -> dict[str, Scalar]:
    """Return the scalar measures of money by name; sums rest upon one run, ratios upon their denominator."""
    tally, trade = events.tally, trade_sums(events)
    active = events.counts[Kind.ACTIVATED]
    customers, by_programme = int(active.sum()), int(active[..., :-1].sum())
    referred, bought = int(brought(active).sum()), int(active[Loop.PAID].sum())
    rewards = {state: cells.sum(axis=0) for state, cells in fates(events).items()}
    face = {state: int(cells[AMOUNT_CENTS]) for state, cells in rewards.items()}
    cost = -int(rewards["cost"][MARGIN_CENTS])
    advertising, fees = -tally.total(Kind.SIGNED_UP, MARGIN_CENTS), tally.total(Kind.APPLIED, MARGIN_CENTS)
    margins = trade[..., MARGIN_CENTS]
    margin, margin_referred = int(margins.sum()), int(brought(margins).sum())
    margin_programme = int(margins[..., :-1].sum())
    later = face["owed"] + face["redeemed"] + face["expired"]
    sums = {
        "revenue": int(trade[..., AMOUNT_CENTS].sum()),
        "margin": margin,
        "profit": int(tally.by_credit[..., MARGIN_CENTS].sum()),
        "reward_earned": face["earned"],
        "reward_paid": face["paid"],
        "reward_redeemed": face["redeemed"],
        "reward_expired": face["expired"] + face["expired_unpaid"],
        "reward_lost": face["lost"],
        "reward_reversed": face["reversed"],
        "reward_disputed": face["disputed"],
        "reward_capped": face["capped"],
        "reward_unfunded": face["unfunded"],
        "reward_held": face["held"],
        "reward_liability": face["owed"],
        "reward_cost": cost,
        "partner_fees": fees,
        "paid_acquisition_cost": advertising,
    }
    net = cost - fees
    gain = float(margin_programme - net)
    spent, won = net + advertising, customers - int(active[Loop.INITIAL].sum())
    return {name: Scalar(float(value), 1) for name, value in sums.items()} | {
        "breakage": ratio(face["expired"], later),
        "cac_blended": ratio(spent, won),
        "cac_gross": ratio(spent, by_programme + bought),
        "cac_fully_loaded": ratio(spent + face["held"] + face["owed"], by_programme + bought),
        "cost_per_referred_customer": ratio(net, by_programme),
        "value_of_referred": ratio(gain, by_programme),
        "ltv": ratio(margin, customers),
        "ltv_referred": ratio(margin_referred, referred),
        "ltv_unreferred": ratio(margin - margin_referred, customers - referred),
        "roi": ratio(gain, cost)._replace(n=int(rewards["cost"][EVENTS]) if cost > 0 else 0),
        "payback_day": payback_day(events),
    }


COSTS = (Kind.REWARD_PAID, Kind.REWARD_REDEEMED)
"""Events in which a reward costs something."""


def payback_day(events: Events) -> Scalar:
    """Return the day from which the margin of programme customers covers the cost of rewards, to the horizon.

    Fees of partners count as margin. From a full log only.
    """
    trade = trade_of(events)
    income = [trade[trade["programme"] >= 0], events.of(Kind.APPLIED)]
    flows: npt.NDArray[np.void] = np.concatenate([*income, *(events.of(kind) for kind in COSTS)])
    is_reward = np.isin(flows["kind"], COSTS)
    if not is_reward.any():
        return UNDEFINED
    order = np.argsort(flows["time"], kind="stable")
    flows, is_reward = flows.take(order), is_reward[order]
    below = np.flatnonzero(np.cumsum(flows["margin_cents"]) < 0)
    after = int(below[-1]) + 1 if len(below) else int(np.argmax(is_reward))
    return Scalar(float(flows["time"][after]), int(is_reward.sum())) if after < len(flows) else UNDEFINED
