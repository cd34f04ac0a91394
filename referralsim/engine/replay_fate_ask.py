"""Asks as the seed settles them: occasions, who is asked, who shares, and fake accounts."""

from __future__ import annotations

import math
from typing import Any

from referralsim.behaviour.moments import decaying, moment_factor
from referralsim.behaviour.rates import calendar_tick
from referralsim.behaviour.response import share_probability
from referralsim.distributions import draw_count
from referralsim.engine.contract import Stream, Trigger
from referralsim.engine.replay_fate_contact import CODE_OF_ASKS, contact
from referralsim.engine.replay_fate_reward import fake_pays
from referralsim.engine.replay_fate_state import Fate, Fated, Pending
from referralsim.engine.replay_state import Credit
from referralsim.eventlog.kinds import Kind, Loop
from referralsim.randomness import Purpose


def fire(fate: Fate, trigger: Trigger, person: Fated, occasion: int) -> None:
    """Let an occasion lead to asks: all that come up, or only the most urgent."""
    coming = []
    for rule in fate.rules.asks[fate.phase]:
        asks_now = rule.trigger == trigger and fate.is_open(rule.programme)
        if not (asks_now and rule.segment_mask >> person.segment & 1):
            continue
        u = fate.chance(Purpose.ASK_HAPPENS, person.key, rule.number, occasion)
        if fate.passes(u, rule.probability, Kind.ASKED, person.index, rule.number, occasion):
            coming.append(rule)
    if fate.world.one_ask:
        able = [rule for rule in coming if _why_not_asked(fate, person, rule) is None]
        for rule in coming:
            words = "another ask comes up as well, or the rule could not ask at once"
            fate.refuse(words, Kind.ASKED, person.index, rule.number, occasion)
        coming = [max(able, key=lambda rule: rule.priority)] if able else []  # the first of the highest
    for rule in coming:
        delay = fate.drawn(Purpose.ASK_DELAY, person.key, rule.number, occasion, rule, "delay")
        fate.schedule(fate.now + delay, Kind.ASKED, person.index, rule.number, occasion)


def begin_asks(fate: Fate, person: Fated) -> None:
    """Put the first ask of every rule with a calendar, or at random, into the calendar."""
    for rule in fate.rules.asks[fate.phase]:
        if rule.trigger == Trigger.CALENDAR:
            _schedule_calendar(fate, person, rule.number, 0)
        elif rule.trigger == Trigger.RANDOM:
            _schedule_random(fate, person, rule.number, 0)


def _schedule_calendar(fate: Fate, person: Fated, number: int, least: int) -> None:
    rule = fate.ask_rule(number)
    k = calendar_tick(fate.now, rule.first_days, rule.every_days, least)
    fate.schedule(rule.first_days + k * rule.every_days, Kind.ASKED, person.index, number, k)


def _schedule_random(fate: Fate, person: Fated, number: int, k: int) -> None:
    row = fate.rules.row_of_ask[number]
    t = fate.next(fate.now, Purpose.ASK_GAP, person.key, number, k, fate.inputs.ask_rate, row, 1.0)
    fate.schedule(t, Kind.ASKED, person.index, number, k)


def asked(fate: Fate, e: Pending) -> None:
    """Be asked to share, if the rule, the programme and the person allow it."""
    person, rule = fate.people[e.actor], fate.ask_rule(e.target)
    goes_on = rule.trigger in (Trigger.CALENDAR, Trigger.RANDOM)
    here = person.status in ("signed up", "customer")
    may_return = person.status == "gone" and person.life < fate.mine(person).winback_maximum
    if goes_on and (here or may_return):
        if rule.trigger == Trigger.CALENDAR:
            _schedule_calendar(fate, person, e.target, e.attempt + 1)
        else:
            _schedule_random(fate, person, e.target, e.attempt + 1)
    if not here:
        fate.refuse("the person has left", *e.key)
        return
    if goes_on:
        if not rule.segment_mask >> person.segment & 1:
            return
        u = fate.chance(Purpose.ASK_HAPPENS, person.key, e.target, e.attempt)
        if not fate.passes(u, rule.probability, *e.key):
            return
    why = _why_not_asked(fate, person, rule)
    if why is None:
        _answer(fate, person, e)
    else:
        fate.refuse(why, *e.key)


def _why_not_asked(fate: Fate, person: Fated, rule: Any) -> str | None:
    """Return why a rule may not ask somebody now, or None."""
    terms = fate.programme(rule.programme)
    tenure = fate.now - person.customer_since if person.status == "customer" else 0.0
    n_asks, last = person.asks.get(rule.programme, (0, -math.inf))
    last_of_any = max((day for _, day in person.asks.values()), default=-math.inf)
    for fine, words in (
        (fate.is_open(rule.programme), "the programme is not open"),
        (tenure >= rule.min_tenure_days, "the person is not a customer for long enough"),
        (tenure <= rule.max_tenure_days, "the person is a customer for too long"),
        (person.n_purchases >= rule.min_purchases, "the person has not bought often enough"),
        (person.spent_cents >= rule.min_spent_cents, "the person has not spent enough"),
        (n_asks < terms.ask_maximum, "the person was asked as often as allowed"),
        (fate.now - last >= terms.ask_cooldown_days, "the cool-down of asks is not over"),
        (fate.now - last_of_any >= fate.world.ask_rest_days, "the rest between all asks is not over"),
    ):
        if not fine:
            return words
    return None


def _answer(fate: Fate, person: Fated, e: Pending) -> None:
    """Write the ask down, and let it be answered over the ties that it is worth it for."""
    rule = fate.ask_rule(e.target)
    index, programme = rule.programme, fate.programme(rule.programme)
    n_asks, _ = person.asks.get(index, (0, 0.0))
    others = sum(n for p, (n, _) in person.asks.items() if p != index)
    fate.write(Kind.ASKED, e.actor, e.target, e.attempt, Credit(loop=Loop.PROGRAMME, programme=index))
    person.asks[index] = (n_asks + 1, fate.now)
    payer = fate.payer_of(person)
    sharer = payer if rule.payer and payer.status in ("signed up", "customer") else person
    factor = moment_factor(
        sharer.moment,
        fate.now - sharer.moment_day,
        programme.happy_factor,
        programme.happy_half_life_days,
        programme.unhappy_factor,
        programme.unhappy_half_life_days,
    )
    extra, brand = _extra(fate, sharer, e.target, others), fate.mine(sharer).brand

    def probability(tie: float) -> float:
        return float(share_probability(programme, brand, tie, extra, factor, n_asks))

    code = CODE_OF_ASKS + e.target
    u = fate.chance(Purpose.SHARE, person.key, code, e.attempt)
    best = max(probability(0.0), probability(1.0))
    if fate.passes(u, best, Kind.SHARED, e.actor, e.target, e.attempt):
        condition = lambda tie: u < probability(tie)  # noqa: E731
        contact(fate, sharer, Stream.PROGRAMME + index, code, e.attempt, condition, asked=person)
        _fake(fate, person, e)


def _extra(fate: Fate, sharer: Fated, number: int, others: int) -> float:
    """Return the log-odds that the sharer, other programmes' asks and the framing add."""
    mine, rule = fate.mine(sharer), fate.ask_rule(number)
    extra = float(mine.share_log_factor)
    if sharer.credit.parent >= 0:
        extra = extra + mine.referred_share_log
    if others > 0:
        extra = extra + others * fate.world.cross_log_fatigue
    if rule.framing_effect != 0.0:
        since = sharer.customer_since if sharer.status == "customer" else fate.now
        since = sharer.last_purchase if sharer.last_purchase is not None else since
        extra = extra + decaying(rule.framing_effect, rule.framing_half_life_days, fate.now - since)
    return extra


def _fake(fate: Fate, person: Fated, e: Pending) -> None:
    """Perhaps make fake accounts, which earn what friends would."""
    index = fate.ask_rule(e.target).programme
    terms, code = fate.programme(index), CODE_OF_ASKS + e.target
    u = fate.chance(Purpose.FAKE, person.key, code, e.attempt)
    if not fate.passes(u, terms.fake_probability, Kind.FAKED, e.actor, e.target, e.attempt):
        return
    word = fate.address(Purpose.FAKE_COUNT, person.key, code, e.attempt)
    m = draw_count(word, terms.fake_count_law, terms.fake_count_a, terms.fake_count_b)
    if m > 0:
        fate.write(Kind.FAKED, *e[2:5], Credit(loop=Loop.PROGRAMME, programme=index), m)
    for _ in range(m):
        q = person.n_fakes[index]
        person.n_fakes[index] += 1
        fake_pays(fate, person, index, q)
