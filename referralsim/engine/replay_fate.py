"""A log held against what its seed settles: the first event that is drawn otherwise, too many or missing."""

from __future__ import annotations

import math
from collections.abc import Callable

from referralsim.behaviour.moments import moment_factor
from referralsim.behaviour.rates import calendar_tick
from referralsim.behaviour.response import share_probability
from referralsim.engine.contract import Stream, Trigger
from referralsim.engine.replay_fate_contact import clicked, contact, decides, delivered, opened
from referralsim.engine.replay_fate_life import (
    activated,
    arrival,
    churned,
    comes,
    purchased,
    refunded,
    schedule_random_ask,
    sign_up,
    start,
    used,
)
from referralsim.engine.replay_fate_reward import settled
from referralsim.engine.replay_fate_state import Fate, Fated, Pending
from referralsim.engine.replay_rules import Event, Impossible, Rules, day
from referralsim.engine.replay_state import Credit
from referralsim.eventlog.kinds import Kind, Loop, Origin
from referralsim.randomness import Purpose


def _asked(fate: Fate, e: Pending) -> None:
    """Be asked to share, if the rule, the programme and the person allow it."""
    person, rule = fate.people[e.actor], fate.ask_rule(e.target)
    if person.status not in ("signed up", "customer"):
        fate.refuse("the person has left", *e.key)
        return
    if rule.trigger in (Trigger.CALENDAR, Trigger.RANDOM):
        if rule.trigger == Trigger.CALENDAR:
            tick = calendar_tick(e.time, rule.first_days, rule.every_days, e.attempt + 1)
            following = rule.first_days + tick * rule.every_days
            fate.schedule(following, Kind.ASKED, e.actor, e.target, tick)
        else:
            schedule_random_ask(fate, person, e.target, e.attempt + 1)
        if not rule.segment_mask >> person.segment & 1:
            return
        u = fate.chance(Purpose.ASK_HAPPENS, person.key, e.target, e.attempt)
        if not fate.passes(u, rule.probability, *e.key):
            return
    if _may_be_asked(fate, person, e):
        _share(fate, person, e)


def _may_be_asked(fate: Fate, person: Fated, e: Pending) -> bool:
    rule = fate.ask_rule(e.target)
    programme = fate.programme(rule.programme)
    tenure = fate.now - person.customer_since if person.status == "customer" else 0.0
    n_asks, last = person.asks.get(rule.programme, (0, -math.inf))
    for fine, words in (
        (programme.enabled, "the programme is not enabled"),
        (tenure >= rule.min_tenure_days, "the person is not a customer for long enough"),
        (n_asks < programme.ask_maximum, "the person was asked as often as allowed"),
        (fate.now - last >= programme.ask_cooldown_days, "the cool-down of asks is not over"),
    ):
        if not fine:
            fate.refuse(words, *e.key)
            return False
    return True


def _share(fate: Fate, person: Fated, e: Pending) -> None:
    """Write the ask down, and let the person share over the ties that it is worth it for."""
    index = fate.ask_rule(e.target).programme
    programme, mine = fate.programme(index), fate.mine(person)
    n_asks, _ = person.asks.get(index, (0, 0.0))
    fate.write(Kind.ASKED, e.actor, e.target, e.attempt, Credit(loop=Loop.PROGRAMME, programme=index))
    person.asks[index] = (n_asks + 1, fate.now)
    factor = moment_factor(
        person.moment,
        fate.now - person.moment_day,
        programme.happy_factor,
        programme.happy_half_life_days,
        programme.unhappy_factor,
        programme.unhappy_half_life_days,
    )

    def probability(tie: float) -> float:
        return float(share_probability(programme, mine.brand, tie, mine.share_log_factor, factor, n_asks))

    code = 16 + e.target
    u = fate.chance(Purpose.SHARE, person.key, code, e.attempt)
    best = max(probability(0.0), probability(1.0))
    if fate.passes(u, best, Kind.SHARED, e.actor, e.target, e.attempt):
        stream = Stream.PROGRAMME + index
        contact(fate, person, stream, code, e.attempt, lambda tie: u < probability(tie))


def _decided(fate: Fate, e: Pending) -> None:
    credit = decides(fate, e)
    if credit is not None:
        sign_up(fate, fate.people[e.target], Origin.INVITATION, credit)


_HANDLERS: dict[int, Callable[[Fate, Pending], None]] = {
    Kind.ARRIVAL: arrival,
    Kind.SIGNED_UP: comes,
    Kind.ACTIVATED: activated,
    Kind.USED: used,
    Kind.PURCHASED: purchased,
    Kind.REFUNDED: refunded,
    Kind.REWARD_SETTLED: settled,
    Kind.ASKED: _asked,
    Kind.DELIVERED: delivered,
    Kind.OPENED: opened,
    Kind.CLICKED: clicked,
    Kind.DECIDED: _decided,
    Kind.CHURNED: churned,
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
    start(fate)
    row = 0
    while fate.next_day < math.inf:
        for wanted in fate.run_instant(_HANDLERS):
            if row == len(events) or events[row] != wanted:
                return _answer(fate, events, row, wanted)
            row += 1
    return _answer(fate, events, row, None) if row < len(events) else None


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
