"""Faults in the form of a log and in lives: who joins, leaves, comes back, and what they do meanwhile."""

from __future__ import annotations

import numpy as np

from referralsim.engine.contract import LIVES
from referralsim.eventlog.kinds import Kind, Loop, Origin
from tests.contract.planted.log import (
    AGENTS,
    HORIZON,
    INPUTS,
    LOG,
    N_KNOWN,
    a_prospect,
    added,
    after_leaving,
    changed,
    day_of,
    first,
    first_offender,
    left_on,
    pick,
    rows_of,
    twice,
    with_rule,
)


def out_of_order():
    log = LOG.copy()
    log[[200, 203]] = LOG[[203, 200]]
    return log, 201


def other_parent():
    row = pick(rows_of(Kind.SIGNED_UP, attempt=Origin.INVITATION), lambda e: e["target"] != 0)
    return changed(row, target=0)


def lower_priority_wins():
    """Somebody followed an invitation of priority 1, then one of priority 0, which gets the credit."""
    for row in rows_of(Kind.SIGNED_UP, loop=Loop.PROGRAMME, programme=0):
        e = LOG[row]
        if e["target"] < 0:
            continue
        for click in rows_of(Kind.CLICKED, target=e["actor"], programme=-1):
            held = rows_of(Kind.CLICKED, target=e["actor"], actor=e["target"], programme=0)
            if len(held) and LOG["time"][held[-1]] < LOG["time"][click] < e["time"]:
                lower = LOG[click]
                columns = {"loop": lower["loop"], "channel": lower["channel"], "programme": -1}
                return changed(int(row), target=lower["actor"], **columns)
    raise AssertionError


def touch_after_its_window():
    """Somebody comes long after the window of the invitation followed last; it gets the credit."""
    for row in rows_of(Kind.SIGNED_UP, attempt=Origin.ORGANIC_ARRIVAL, loop=Loop.ORGANIC_ARRIVAL):
        clicks = rows_of(Kind.CLICKED, target=LOG["actor"][row])
        for click in clicks[LOG["time"][clicks] < LOG["time"][row]]:
            old = LOG[click]
            columns = {"target": old["actor"], "loop": old["loop"], "programme": old["programme"]}
            return changed(int(row), channel=old["channel"], **columns)
    raise AssertionError


def budget_is_spent():
    inputs = with_rule("world", "paid_budget_cents", 500)
    return LOG, int(rows_of(Kind.SIGNED_UP, attempt=Origin.PAID)[1]), inputs


def without_consent():
    """Nobody's payer agrees, yet the first whose payer is no customer signs up after an invitation."""
    inputs = with_rule("world", "consent_probability", 0.0)
    reminded = {(e["time"], e["target"]) for e in LOG[LOG["kind"] == Kind.REMINDED]}
    row = pick(
        rows_of(Kind.SIGNED_UP, attempt=Origin.INVITATION),
        lambda e: (
            INPUTS.payer[e["actor"]] != e["actor"]
            and day_of(Kind.ACTIVATED, INPUTS.payer[e["actor"]]) > e["time"]
            and (e["time"], e["actor"]) not in reminded
        ),
    )
    return LOG, row, inputs


def of_second_lives(kind):
    """Return a row of a second life."""
    return pick(rows_of(kind), lambda e: LIVES <= e["attempt"] < 2 * LIVES)


def a_use_of_an_earlier_life():
    row = of_second_lives(Kind.DELIGHTED)
    return changed(row, attempt=LOG["attempt"][row] - LIVES + 500)


def a_purchase_of_a_later_life():
    row = pick(rows_of(Kind.PURCHASED), lambda e: e["attempt"] < LIVES and INPUTS.segment[e["actor"]] == 0)
    return changed(row, attempt=LOG["attempt"][row] + LIVES)


PLANTED = {
    "out of order": (out_of_order, "out of order"),
    "twice": (twice, "twice"),
    "at the horizon": (lambda: added(first(Kind.CHURNED), time=HORIZON, attempt=99), "outside"),
    "no day at all": (lambda: added(first(Kind.CHURNED), time=np.nan, attempt=99), "outside"),
    "before the launch": (lambda: changed(0, time=-0.5), "outside"),
    "a kind that is never written": (lambda: changed(first(Kind.LET_DOWN), kind=Kind.USED), "never written"),
    "no such kind": (lambda: changed(300, kind=77), "no kind"),
    "no such person": (
        lambda: changed(int(rows_of(Kind.DELIGHTED)[3]), actor=N_KNOWN),
        f"{N_KNOWN} people and agents",
    ),
    "no such channel": (lambda: changed(first(Kind.OPENED), channel=7), "no channel 7"),
    "an amount where there is none": (lambda: changed(first(Kind.OPENED), amount_cents=5), "no amount"),
    "a purchase by an agent": (
        lambda: changed(first(Kind.REVIEWED), actor=AGENTS.start),
        "is an agent",
    ),
    "second sign-up": (
        lambda: added(first(Kind.SIGNED_UP, attempt=Origin.ORGANIC_ARRIVAL), time=29.5, attempt=Origin.PAID),
        "signed up before",
    ),
    "a first customer too many": (
        lambda: added(first(Kind.SIGNED_UP), actor=a_prospect()),
        "not among the first",
    ),
    "acceptance of nothing": (
        lambda: added(first(Kind.SIGNED_UP, attempt=Origin.INVITATION), actor=a_prospect(), time=0.05),
        "no invitation",
    ),
    "credit to another": (other_parent, "credit"),
    "a touch of lower priority wins": (lower_priority_wins, "credit"),
    "a touch after its window": (touch_after_its_window, "credit"),
    "a code that no programme has": (
        lambda: changed(
            first(Kind.SIGNED_UP, attempt=Origin.ORGANIC_ARRIVAL, loop=Loop.ORGANIC_ARRIVAL),
            loop=Loop.PROGRAMME,
            programme=2,
            channel=1,
        ),
        "credit",
    ),
    "without consent": (without_consent, "no invitation"),
    "an arrival at another price": (
        lambda: changed(first(Kind.SIGNED_UP, attempt=Origin.PAID), margin_cents=-1),
        "margin_cents",
    ),
    "the budget is spent": (budget_is_spent, "budget"),
    "customer without sign-up": (
        lambda: added(first(Kind.ACTIVATED), actor=a_prospect(), time=3.0),
        "not signed up",
    ),
    "customer twice": (lambda: added(first(Kind.ACTIVATED), time=29.0), "in the log before"),
    "delight of a prospect": (lambda: added(first(Kind.DELIGHTED), actor=a_prospect()), "no customer"),
    "delight after leaving": (lambda: after_leaving(Kind.DELIGHTED), "left on"),
    "one use twice": (lambda: added(first(Kind.DELIGHTED), kind=Kind.LET_DOWN), "use"),
    "a use of an earlier life": (a_use_of_an_earlier_life, "belongs to life 0"),
    "purchase after leaving": (lambda: after_leaving(Kind.PURCHASED), "left on"),
    "a purchase of a later life": (a_purchase_of_a_later_life, "belongs to life 1"),
    "a margin of its own": (
        lambda: changed(int(rows_of(Kind.PURCHASED)[2]), margin_cents=10**6),
        "margin",
    ),
    "no margin gap for a referred customer": (
        lambda: first_offender(
            "segments",
            "referred_margin_gap",
            0.9,
            Kind.PURCHASED,
            lambda e: LOG["target"][first(Kind.SIGNED_UP, actor=e["actor"])] >= 0 and e["amount_cents"] > 9,
        ),
        "margin",
    ),
    "refund of nothing": (lambda: changed(first(Kind.REFUNDED), attempt=500), "not made purchase"),
    "refund of too much": (
        lambda: changed(first(Kind.REFUNDED), amount_cents=LOG["amount_cents"][first(Kind.REFUNDED)] - 1),
        "amounts are",
    ),
    "leaving twice": (
        lambda: added(
            pick(rows_of(Kind.CHURNED), lambda e: left_on(e["actor"], 29.0)), time=29.0, attempt=99
        ),
        "left",
    ),
    "won back without leaving": (
        lambda: changed(
            first(Kind.WON_BACK), time=day_of(Kind.CHURNED, LOG["actor"][first(Kind.WON_BACK)]) - 0.01
        ),
        "has not left",
    ),
    "won back too often": (
        lambda: first_offender("segments", "winback_maximum", 0, Kind.WON_BACK),
        "nobody is won back",
    ),
    "won back for another life": (lambda: changed(first(Kind.WON_BACK), attempt=2), "the next is life 1"),
    "won back at another cost": (lambda: changed(first(Kind.WON_BACK), margin_cents=0), "margin_cents"),
}
"""By name: what makes the log, its row (and other inputs), and a part of what the replay says."""
