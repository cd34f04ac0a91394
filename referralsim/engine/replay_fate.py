"""A log held against what its seed settles: the first event that is drawn otherwise, too many or missing."""

from __future__ import annotations

import math
from collections.abc import Callable

from referralsim.engine import (
    replay_fate_agent,
    replay_fate_ask,
    replay_fate_funnel,
    replay_fate_life,
    replay_fate_loyalty,
    replay_fate_reward,
)
from referralsim.engine.replay_fate_state import Fate, Pending
from referralsim.engine.replay_rules import Event, Impossible, Rules, day
from referralsim.eventlog.kinds import Kind

_HANDLERS: dict[int, Callable[[Fate, Pending], None]] = {
    Kind.LEADERBOARD: replay_fate_reward.board,
    Kind.ARRIVAL: replay_fate_life.arrival,
    Kind.SIGNED_UP: replay_fate_life.comes,
    Kind.ACTIVATED: replay_fate_life.activated,
    Kind.USED: replay_fate_life.used,
    Kind.PURCHASED: replay_fate_loyalty.purchased,
    Kind.REFUNDED: replay_fate_loyalty.refunded,
    Kind.REWARD_SETTLED: replay_fate_reward.settled,
    Kind.REWARD_REDEEMED: replay_fate_reward.redeemed,
    Kind.REWARD_EXPIRED: replay_fate_reward.expired,
    Kind.ASKED: replay_fate_ask.asked,
    Kind.DELIVERED: replay_fate_funnel.delivered,
    Kind.OPENED: replay_fate_funnel.opened,
    Kind.CLICKED: replay_fate_funnel.clicked,
    Kind.DECIDED: replay_fate_funnel.decided,
    Kind.REMINDED: replay_fate_funnel.reminded,
    Kind.CHURNED: replay_fate_life.churned,
    Kind.WON_BACK: replay_fate_life.won_back,
    Kind.RECOVERED: replay_fate_loyalty.recovered,
    Kind.GIFTED: replay_fate_loyalty.gifted,
    Kind.HIT: replay_fate_loyalty.hit,
    Kind.POINTS_EXPIRED: replay_fate_loyalty.points_expired,
    Kind.MEMBER_RENEWED: replay_fate_loyalty.member_renewed,
    Kind.APPLIED: replay_fate_agent.applied,
    Kind.REJECTED: replay_fate_agent.rejected,
    Kind.ENLISTED: replay_fate_agent.enlisted,
    Kind.POSTED: replay_fate_agent.posted,
    Kind.TIER_REVIEWED: replay_fate_agent.tier_reviewed,
}


def first_difference(events: list[Event], rules: Rules, seed: int) -> Impossible | None:
    """Return the first event of a log that its seed does not settle, or that the log lacks; None if equal.

    Parameters
    ----------
    events : list of Event
        A complete log, in the total order.
    rules : Rules
    seed : int
        Seed of the replication.
    """
    fate = Fate(rules, seed)
    replay_fate_life.start(fate)
    row = 0
    while fate.next_day < math.inf:
        for wanted in fate.run_instant(_HANDLERS):
            if row == len(events) or events[row] != wanted:
                return _answer(fate, events, row, wanted)
            row += 1
    return _answer(fate, events, row, None) if row < len(events) else None


def settled_events(rules: Rules, seed: int) -> list[Event]:
    """Return all events that a seed settles, in the total order."""
    fate, events = Fate(rules, seed), []
    replay_fate_life.start(fate)
    while fate.next_day < math.inf:
        events += fate.run_instant(_HANDLERS)
    return events


def _answer(fate: Fate, events: list[Event], row: int, wanted: Event | None) -> Impossible:
    """Say in words what is wrong at a row, where ``wanted`` should stand (None: nothing more)."""
    found = events[row] if row < len(events) else None
    if found is not None and (wanted is None or found.place < wanted.place):
        return Impossible(row, found, _why_not(fate, events[:row], found))
    assert wanted is not None  # noqa: S101 - one of the two differs
    if found is not None and found.place == wanted.place:
        for name, is_there, is_due in zip(Event._fields, found, wanted, strict=True):
            if is_there != is_due:
                return Impossible(row, found, f"{name} is {is_there}, but must be {is_due}")
    for later in range(row, len(events)):
        if events[later].key == wanted.key:
            return Impossible(later, events[later], f"it happens on {day(wanted.time)}, by its draws")
    return Impossible(row, wanted, "it is missing: the draws of this seed make it happen")


def _why_not(fate: Fate, before: list[Event], found: Event) -> str:
    """Return why an event that stands in the log does not happen by this seed."""
    if any(e.key == found.key for e in before):
        return "it stands in the log before"
    pending = next((e for e in fate.pending if e.key == found.key), None)
    if pending is not None:
        return f"it happens on {day(pending.time)} at the earliest, by its draws"
    words, numbers = fate.refused.get(found.key, ("nothing makes it happen by the draws of this seed", ()))
    return words.format(*numbers)
