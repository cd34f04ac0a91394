"""Faults in asks, invitations and reminders."""

from __future__ import annotations

import numpy as np

from referralsim.eventlog.kinds import Kind
from tests.contract.planted.log import (
    AGENTS,
    HORIZON,
    INPUTS,
    LOG,
    SECOND_PHASE,
    a_stranger_to,
    added,
    changed,
    day_of,
    first,
    first_offender,
    left_on,
    name,
    pick,
    rows_of,
    with_rule,
)


def click_after_sign_up():
    row = pick(rows_of(Kind.CLICKED), lambda e: day_of(Kind.SIGNED_UP, e["target"]) < 25.0)
    return changed(row, time=day_of(Kind.SIGNED_UP, LOG["target"][row]) + 1e-3)


def resting_programme():
    row = pick(
        rows_of(Kind.ASKED, programme=1), lambda e: day_of(Kind.CHURNED, e["actor"]) > SECOND_PHASE + 1.0
    )
    return added(row, time=SECOND_PHASE + 0.5, attempt=LOG["attempt"][row] + 1)


def ask_in_the_cool_down():
    row = first(Kind.ASKED, programme=0)
    return added(row, time=LOG["time"][row] + 0.1, attempt=LOG["attempt"][row] + 1)


def ask_in_the_rest():
    """Another programme asks the same person right after."""
    row = pick(
        rows_of(Kind.ASKED, programme=1),
        lambda e: (
            not len(rows_of(Kind.ASKED, actor=e["actor"], programme=0))
            and INPUTS.activity[e["actor"]] > 0.0
            and day_of(Kind.ACTIVATED, e["actor"]) < e["time"]
            and day_of(Kind.CHURNED, e["actor"]) > e["time"] + 1.0
        ),
    )
    return added(row, time=LOG["time"][row] + 0.2, target=0, programme=0, attempt=0)


def ask_too_often():
    inputs = with_rule("programmes", "ask_maximum", 1)
    seen = set()
    for row in rows_of(Kind.ASKED):
        if (LOG["actor"][row], LOG["programme"][row]) in seen:
            return LOG, int(row), inputs
        seen.add((LOG["actor"][row], LOG["programme"][row]))
    raise AssertionError


def two_asks_on_one_occasion():
    """The more urgent rule asks, and another one asks on the same happy moment."""

    def is_quiet(e):
        other = LOG["time"][rows_of(Kind.ASKED, actor=e["actor"])]
        own = LOG["time"][rows_of(Kind.ASKED, actor=e["actor"], programme=0)]
        return (
            len(rows_of(Kind.DELIGHTED, actor=e["actor"], attempt=e["attempt"]))
            and not ((other > e["time"]) & (other < e["time"] + 0.6)).any()
            and not ((own > e["time"] - 0.6) & (own < e["time"] + 0.6)).any()
            and e["time"] < SECOND_PHASE - 1.0
            and not left_on(e["actor"], e["time"] + 0.6)
        )

    row = pick(rows_of(Kind.ASKED, target=17), is_quiet)
    return added(row, time=LOG["time"][row] + 0.5, target=0, programme=0)


def less_urgent_ask():
    """In another world the other rule for happy moments is the more urgent, and always comes up."""
    inputs = with_rule("asks", "priority", -1, number=17)
    inputs.asks["probability"][inputs.asks["number"] == 0] = 1.0

    def other_could_ask(e):
        days = LOG["time"][rows_of(Kind.ASKED, actor=e["actor"])]
        own = LOG["time"][rows_of(Kind.ASKED, actor=e["actor"], programme=0)]
        rested = not ((days > e["time"] - 0.25) & (days < e["time"])).any()
        return rested and not ((own > e["time"] - 1.0) & (own < e["time"])).any()

    return LOG, pick(rows_of(Kind.ASKED, target=17), other_could_ask), inputs


def opened_undelivered():
    opened = first(Kind.OPENED)
    actor, target, attempt = name(opened)
    delivered = first(Kind.DELIVERED, actor=actor, target=target, attempt=attempt)
    return np.delete(LOG, delivered), opened - 1


def reminder_of_a_customer():
    done = pick(
        rows_of(Kind.ACTIVATED, programme=0),
        lambda e: (
            e["target"] >= 0 and e["time"] < HORIZON - 2.0 and not left_on(e["target"], e["time"] + 1.0)
        ),
    )
    actor, target, _ = name(done)
    return added(
        done, kind=Kind.REMINDED, actor=target, target=actor, attempt=63, time=LOG["time"][done] + 1.0
    )


PLANTED = {
    "no such ask rule": (lambda: changed(first(Kind.ASKED), target=9), "no ask rule"),
    "ask in the cool-down": (ask_in_the_cool_down, "cool-down"),
    "ask in the rest time": (ask_in_the_rest, "the rest is"),
    "ask too often": (ask_too_often, "maximum"),
    "ask by a resting programme": (resting_programme, "not enabled"),
    "ask without occasion": (lambda: changed(first(Kind.ASKED, target=0), attempt=900), "no HAPPY_MOMENT"),
    "ask off the calendar": (
        lambda: added(
            first(Kind.ASKED, target=3),
            time=LOG["time"][first(Kind.ASKED, target=3)] + 1.25,
            attempt=LOG["attempt"][first(Kind.ASKED, target=3)] + 1,
        ),
        "calendar",
    ),
    "ask after too few purchases": (
        lambda: first_offender(
            "asks", "min_purchases", 90, Kind.ASKED, where={"number": 2}.items(), target=2
        ),
        "the rule wants 90",
    ),
    "ask after too little money": (
        lambda: first_offender(
            "asks", "min_spent_cents", 10**7, Kind.ASKED, where={"number": 3}.items(), target=3
        ),
        "the rule wants 10000000",
    ),
    "ask of somebody who is a customer for too long": (
        lambda: first_offender(
            "asks",
            "max_tenure_days",
            4.0,
            Kind.ASKED,
            lambda e: (
                e["time"] - day_of(Kind.ACTIVATED, e["actor"]) > 4.0
                and not len(rows_of(Kind.WON_BACK, actor=e["actor"]))
            ),
            where={"number": 18}.items(),
            target=18,
        ),
        "days as a customer",
    ),
    "two asks on one occasion": (two_asks_on_one_occasion, "one is all there is"),
    "a less urgent ask": (less_urgent_ask, "more urgent"),
    "share without ask": (lambda: added(first(Kind.SHARED), attempt=5000), "no ask"),
    "more shared than sent": (
        lambda: changed(
            first(Kind.SHARED, programme=0),
            amount_cents=LOG["amount_cents"][first(Kind.SHARED, programme=0)] + 1,
        ),
        "invitations",
    ),
    "invitation without share": (
        lambda: added(
            first(Kind.INVITED, programme=0),
            time=LOG["time"][first(Kind.INVITED, programme=0)] + 1e-6,
            attempt=69,
        ),
        "does not share",
    ),
    "the user shares in place of the payer": (
        lambda: first_offender(
            "asks",
            "payer",
            0,
            Kind.INVITED,
            lambda e: not len(rows_of(Kind.SHARED, actor=e["actor"], time=e["time"])),
            programme=0,
        ),
        "does not share",
    ),
    "invitation over no tie": (
        lambda: changed(
            pick(rows_of(Kind.INVITED), lambda e: e["attempt"] % 64 == 0),
            target=a_stranger_to(
                LOG["actor"][pick(rows_of(Kind.INVITED), lambda e: e["attempt"] % 64 == 0)],
            ),
        ),
        "no tie",
    ),
    "invitation in a later round": (
        lambda: changed(pick(rows_of(Kind.INVITED), lambda e: e["attempt"] == 0), attempt=64 * 7),
        "round",
    ),
    "invitation of an agent": (
        lambda: changed(pick(rows_of(Kind.INVITED), lambda e: e["attempt"] % 64 == 0), target=AGENTS.start),
        "is an agent",
    ),
    "complaint that invites": (lambda: changed(first(Kind.INVITED), attempt=4), "invites nobody"),
    "praise without delight": (
        lambda: changed(
            pick(rows_of(Kind.TOLD), lambda e: e["amount_cents"] == -1),
            time=LOG["time"][pick(rows_of(Kind.TOLD), lambda e: e["amount_cents"] == -1)] + 1e-6,
        ),
        "no LET_DOWN",
    ),
    "complaint that praises": (
        lambda: changed(pick(rows_of(Kind.TOLD), lambda e: e["amount_cents"] == -1), amount_cents=1),
        "amount_cents",
    ),
    "delivery of nothing": (lambda: changed(first(Kind.DELIVERED), attempt=64 * 50), "no INVITED"),
    "opened before delivered": (opened_undelivered, "no DELIVERED"),
    "a fixed delay that is longer": (
        lambda: changed(
            first(Kind.DELIVERED, channel=0),
            time=LOG["time"][first(Kind.DELIVERED, channel=0)] + 1e-6,
        ),
        "cannot follow at this time",
    ),
    "followed after signing up": (click_after_sign_up, ""),
    "invitation by another channel": (
        lambda: changed(first(Kind.OPENED, channel=0), channel=1),
        "not that of the invitation",
    ),
    "reminder of a customer": (reminder_of_a_customer, "became a customer on"),
    "reminder of no invitation": (
        lambda: changed(
            pick(
                rows_of(Kind.REMINDED),
                lambda e: e["attempt"] != 63 and day_of(Kind.SIGNED_UP, e["target"]) != e["time"],
            ),
            attempt=64 * 99,
        ),
        "followed no such",
    ),
    "reminder at once": (
        lambda: changed(
            first(Kind.REMINDED, attempt=63),
            time=day_of(Kind.SIGNED_UP, LOG["target"][first(Kind.REMINDED, attempt=63)]) + 0.01,
        ),
        "cannot follow at this time",
    ),
}
"""By name: what makes the log, its row (and other inputs), and a part of what the replay says."""
