"""Faults in points, memberships and care."""

from __future__ import annotations

from referralsim.engine.replay_rules import key_parts
from referralsim.eventlog.kinds import Kind, Side
from tests.contract.planted.log import (
    AGENTS,
    HORIZON,
    INPUTS,
    LOG,
    added,
    after_leaving,
    changed,
    first,
    first_offender,
    left_on,
    pick,
    rows_of,
)


def points_of_a_refused_friend():
    for row in rows_of(Kind.GENUINE_REFUSED):
        side, _, serial = key_parts(int(LOG["attempt"][row]))
        friend, parent = LOG["actor"][row], LOG["target"][row]
        of_person = 0 <= parent < AGENTS.start and side == Side.REFEREE and serial == 0
        if of_person and len(rows_of(Kind.QUALIFIED, actor=friend, time=LOG["time"][row])):
            columns = {"actor": parent, "target": friend, "attempt": 0, "amount_cents": 25}
            none = {"loop": -1, "channel": -1, "programme": -1}
            return added(row, kind=Kind.POINTS_EARNED, **columns, **none)
    raise AssertionError


def points_expire_too_early():
    """Points expire although more have been earned since."""
    for row in rows_of(Kind.POINTS_EARNED):
        e = LOG[row]
        lasting = float(INPUTS.segments["points_expire_days"][0, INPUTS.segment[e["actor"]]])
        mine = rows_of(Kind.POINTS_EARNED, actor=e["actor"])
        number = int((mine <= row).sum())
        end = e["time"] + lasting
        if number < len(mine) and LOG["time"][mine[number]] < end < HORIZON:
            columns = {"kind": Kind.POINTS_EXPIRED, "target": -1, "attempt": number, "amount_cents": 1}
            return added(int(row), time=end, **columns)
    raise AssertionError


def member_again():
    row = pick(
        rows_of(Kind.MEMBER_JOINED),
        lambda e: (
            any(
                e["time"] < t < e["time"] + 4.0
                for t in LOG["time"][rows_of(Kind.PURCHASED, actor=e["actor"])]
            )
            and not left_on(e["actor"], e["time"] + 4.0)
        ),
    )
    e = LOG[row]
    bought = pick(rows_of(Kind.PURCHASED, actor=e["actor"]), lambda b: b["time"] > e["time"])
    return added(row, time=LOG["time"][bought], attempt=e["attempt"] + 1)


def renewal_on_another_day():
    row = first(Kind.MEMBER_RENEWED)
    return changed(row, time=LOG["time"][row] - 0.5)


def renewal_after_leaving():
    for row in rows_of(Kind.CHURNED):
        e = LOG[row]
        mine = [r for k in (Kind.MEMBER_JOINED, Kind.MEMBER_RENEWED) for r in rows_of(k, actor=e["actor"])]
        mine = [r for r in mine if LOG["time"][r] < e["time"] < LOG["time"][r] + 4.0 < HORIZON]
        if mine and left_on(e["actor"], LOG["time"][mine[-1]] + 4.0):
            end, serial = LOG["time"][mine[-1]] + 4.0, LOG["attempt"][mine[-1]] + 1
            return added(mine[-1], kind=Kind.MEMBER_RENEWED, time=end, attempt=serial)
    raise AssertionError


PLANTED = {
    "too many points": (
        lambda: changed(
            first(Kind.POINTS_EARNED), amount_cents=LOG["amount_cents"][first(Kind.POINTS_EARNED)] + 1
        ),
        "rules give",
    ),
    "points of a refused friend": (points_of_a_refused_friend, "detection refuses"),
    "points redeemed below the threshold": (
        lambda: first_offender("segments", "points_redeem_at", 1e6, Kind.POINTS_REDEEMED),
        "it takes",
    ),
    "more points redeemed than there are": (
        lambda: changed(first(Kind.POINTS_REDEEMED), amount_cents=1000, margin_cents=-800),
        "points",
    ),
    "points redeemed at another cost": (
        lambda: changed(first(Kind.POINTS_REDEEMED), margin_cents=-1),
        "margin_cents",
    ),
    "points expire although there are new ones": (points_expire_too_early, "earned since"),
    "a review without purchase": (
        lambda: changed(first(Kind.REVIEWED), attempt=700),
        "does not make purchase",
    ),
    "a member joins again": (member_again, "member already"),
    "a membership at another fee": (
        lambda: changed(first(Kind.MEMBER_JOINED), amount_cents=1, margin_cents=1),
        "the fee is",
    ),
    "a renewal on another day": (renewal_on_another_day, "period ends on"),
    "a renewal after leaving": (renewal_after_leaving, ""),
    "an apology for nothing": (lambda: changed(first(Kind.RECOVERED), attempt=900), "not let down"),
    "an apology at another cost": (lambda: changed(first(Kind.RECOVERED), margin_cents=0), "margin_cents"),
    "a gift after leaving": (lambda: after_leaving(Kind.GIFTED), "left on"),
    "an incident on another day": (
        lambda: changed(first(Kind.HIT), time=LOG["time"][first(Kind.HIT)] - 0.01),
        "incident 0 is on",
    ),
}
"""By name: what makes the log, its row (and other inputs), and a part of what the replay says."""
