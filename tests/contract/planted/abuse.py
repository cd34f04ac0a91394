"""Faults in agents and in abuse."""

from __future__ import annotations

import numpy as np

from referralsim.engine.replay_rules import key_parts
from referralsim.eventlog.kinds import Kind, Loop, Side
from referralsim.eventlog.kinds import reward_key as key_of
from tests.contract.planted.log import (
    AGENTS,
    LOG,
    added,
    changed,
    day_of,
    first,
    pick,
    reward_rows,
    rows_of,
    with_rule,
)


def reward_of_a_leak():
    """Whoever used a coupon page's code brings a reward to a referrer: to himself."""
    leak = pick(rows_of(Kind.SIGNED_UP, loop=Loop.PROGRAMME, programme=2), lambda e: e["target"] == -1)
    activated = first(Kind.ACTIVATED, actor=LOG["actor"][leak])
    return added(
        activated,
        kind=Kind.REWARD_EARNED,
        target=-4,
        attempt=key_of(Side.REFERRER, 1, 0),
        amount_cents=1500,
    )


def refused_and_rewarded():
    """Of two rewards for one friend, detection lets one pass, and refuses the other."""
    for row in reward_rows(Kind.REWARD_EARNED, 0, Side.REFEREE, 0):
        e = LOG[row]
        others = rows_of(Kind.REWARD_EARNED, actor=e["target"], target=e["actor"], time=e["time"])
        if e["target"] >= 0 and len(others):
            log, place = changed(row, kind=Kind.GENUINE_REFUSED)
            return log, place
    raise AssertionError


def is_fake(e):
    """Return whether a reward is for a fake account."""
    serial = key_parts(int(e["attempt"]))[2]
    return e["target"] < -1 and e["loop"] == Loop.PROGRAMME and serial > 0 and e["programme"] < 2


def undetected_fake():
    """Detection is certain in another world; in this log a fake account, or a code, earns all the same."""
    row = pick(rows_of(Kind.REWARD_EARNED, loop=Loop.PROGRAMME), lambda e: e["target"] < -1)
    return LOG, row, with_rule("programmes", "detect_true", 1.0)


def post_while_the_programme_rests():
    spent = first(Kind.REWARD_UNFUNDED, programme=2)
    row = pick(rows_of(Kind.POSTED), lambda e: e["time"] < LOG["time"][spent])
    return added(row, time=LOG["time"][spent] + 0.01, attempt=5000)


def more_posted_than_invited():
    """The last of those whom an agent's last post reached is not invited."""
    for agent in AGENTS:
        posts = rows_of(Kind.POSTED, actor=agent)
        if len(posts):
            sent = rows_of(Kind.INVITED, actor=agent)
            last = sent[np.argmax(LOG["attempt"][sent])]
            if not len(rows_of(Kind.DELIVERED, actor=agent, attempt=LOG["attempt"][last])):
                return np.delete(LOG, last), int(posts[-1]) - (last < posts[-1])
    raise AssertionError


def enlisted_without_applying():
    row = pick(rows_of(Kind.ENLISTED), lambda e: day_of(Kind.APPLIED, e["actor"]) > 0.25)
    applied = first(Kind.APPLIED, actor=LOG["actor"][row])
    return changed(row, time=LOG["time"][applied] - 0.25)


def post_of_one_turned_down():
    rejected = first(Kind.REJECTED)
    row = first(Kind.POSTED)
    time = LOG["time"][rejected] + 0.1
    return added(row, actor=LOG["actor"][rejected], time=time, attempt=0)


PLANTED = {
    "an agent applies on another day": (
        lambda: changed(
            first(Kind.APPLIED, actor=AGENTS.start + 3),
            time=LOG["time"][first(Kind.APPLIED, actor=AGENTS.start + 3)] - 0.25,
        ),
        "applies once",
    ),
    "an agent pays another fee": (lambda: changed(first(Kind.APPLIED), margin_cents=0), "margin_cents"),
    "an agent begins before applying": (enlisted_without_applying, "has not applied"),
    "an agent is taken and turned down": (
        lambda: added(first(Kind.ENLISTED), kind=Kind.REJECTED, time=20.0),
        "answered before",
    ),
    "a post of one turned down": (post_of_one_turned_down, "not enlisted"),
    "a post that reaches too many": (
        lambda: changed(first(Kind.POSTED), amount_cents=LOG["amount_cents"][first(Kind.POSTED)] + 2),
        "a post reaches",
    ),
    "a post that reaches fewer than it says": (more_posted_than_invited, "invitations"),
    "a post while the programme rests": (post_while_the_programme_rests, "rests"),
    "a tier of its own": (
        lambda: changed(first(Kind.TIER_REVIEWED), amount_cents=5),
        "belongs to tier",
    ),
    "a review on another day": (
        lambda: changed(first(Kind.TIER_REVIEWED), time=LOG["time"][first(Kind.TIER_REVIEWED)] - 0.5),
        "the next review",
    ),
    "a reward to the referrer of a leak": (reward_of_a_leak, "did not use a code"),
    "abuse refused as genuine": (
        lambda: changed(first(Kind.ABUSE_REFUSED), kind=Kind.GENUINE_REFUSED),
        "no friend",
    ),
    "a friend refused as abuse": (
        lambda: changed(first(Kind.GENUINE_REFUSED), kind=Kind.ABUSE_REFUSED),
        "real",
    ),
    "refused and rewarded": (refused_and_rewarded, "detection lets the friend pass"),
    "a fake that detection should have refused": (undetected_fake, "detection refuses"),
    "fakes without an ask": (lambda: added(first(Kind.FAKED), attempt=5000), "no ask"),
    "a fake account that nobody made": (
        lambda: changed(
            pick(rows_of(Kind.ABUSE_REFUSED), is_fake),
            attempt=LOG["attempt"][pick(rows_of(Kind.ABUSE_REFUSED), is_fake)] + 32 * 50,
        ),
        "makes no fake account",
    ),
}
"""By name: what makes the log, its row (and other inputs), and a part of what the replay says."""
