"""Asking: what occasions an ask, who is asked when, and what asking comes to."""

from __future__ import annotations

from types import SimpleNamespace

from referralsim.behaviour.moments import decaying
from referralsim.behaviour.rates import calendar_tick
from referralsim.behaviour.response import share_probability
from referralsim.engine.contract import Stream, Trigger
from referralsim.engine.reference_abuse import fake_friends
from referralsim.engine.reference_contact import Occasion, contact
from referralsim.engine.reference_state import CHURNED, CUSTOMER, SIGNED_UP, Credit, Person
from referralsim.engine.world import Process, World
from referralsim.eventlog.kinds import Kind, Loop
from referralsim.randomness import Purpose

ASK_CODE = 16  # contact occasions of ask rule r have code 16 + r, those of stream c have code c

# ------------------------------------------------------------------------------- occasions


def fire(world: World, trigger: Trigger, person: Person, occasion: int) -> None:
    """Let an occasion lead to asks by every rule that waits for it, or by the foremost of them."""
    due = [
        rule
        for rule in world.ask_rules[world.phase]
        if rule.trigger == trigger and world.is_open(rule.programme) and wants(world, person, rule, occasion)
    ]
    if world.rules.one_ask:
        # a rule that may not ask now takes no place away; the sort keeps the first among equals
        eligible = [rule for rule in due if is_right(world, person, rule)]
        due = sorted(eligible, key=lambda rule: -rule.priority)[:1]
    for rule in due:
        delay = world.amount(Purpose.ASK_DELAY, person.key, rule.number, occasion, rule, "delay")
        world.begin(asking(world, person, rule.number, occasion, world.now + delay))


def wants(world: World, person: Person, rule: SimpleNamespace, occasion: int) -> bool:
    """Whether a rule asks this segment and takes up this occasion."""
    if not rule.segment_mask >> person.segment & 1:
        return False
    return bool(world.chance(Purpose.ASK_HAPPENS, person.key, rule.number, occasion) < rule.probability)


def ask_on_schedule(world: World, person: Person) -> None:
    """Start the asks that come by the calendar or at random, whatever a customer does."""
    for rule in world.ask_rules[world.phase]:
        if is_scheduled(rule):
            tick, day = next_on_schedule(world, person, rule, 0)
            world.begin(asking(world, person, rule.number, tick, day))


def is_scheduled(rule: SimpleNamespace) -> bool:
    """Whether a rule asks again and again without an occasion."""
    return rule.trigger in (Trigger.CALENDAR, Trigger.RANDOM)


def next_on_schedule(world: World, person: Person, rule: SimpleNamespace, least: int) -> tuple[int, float]:
    """Return number and day of the next scheduled ask, its number ``least`` or later."""
    if rule.trigger == Trigger.CALENDAR:
        tick = calendar_tick(world.now, rule.first_days, rule.every_days, least)
        return tick, rule.first_days + tick * rule.every_days
    luck = world.chance(Purpose.ASK_GAP, person.key, rule.number, least)
    return least, world.next_time("ask_rate", rule.row, world.now, luck)


def asking(world: World, person: Person, number: int, occasion: int, day: float) -> Process:
    """Be asked on a day, if all is as the rule wants it; scheduled asks come again."""
    row = world.row_of_ask[number]
    while (yield from world.wait(day, Kind.ASKED, person.index, number, occasion)):
        rule = world.ask_rules[world.phase][row]
        if person.status in (SIGNED_UP, CUSTOMER):
            if not is_scheduled(rule) or wants(world, person, rule, occasion):
                ask(world, person, rule, occasion)
        elif person.status != CHURNED or person.life >= world.segment_of(person).winback_maximum:
            return
        if not is_scheduled(rule):
            return
        occasion, day = next_on_schedule(world, person, rule, occasion + 1)


# ------------------------------------------------------------------------------- the ask


def ask(world: World, person: Person, rule: SimpleNamespace, occasion: int) -> None:
    """Ask to share now, if the moment is right."""
    if not is_right(world, person, rule):
        return
    credit = Credit(loop=Loop.PROGRAMME, programme=rule.programme)
    world.record(Kind.ASKED, person.index, rule.number, occasion, credit)
    seen = person.with_programme(rule.programme)
    n_asks = seen.n_asks
    n_others = sum(dealings.n_asks for p, dealings in person.dealings.items() if p != rule.programme)
    seen.n_asks += 1
    seen.last_ask_days = person.last_ask_days = world.now

    sharer = who_shares(world, person, rule)
    programme = world.programme(rule.programme)
    willing = world.chance(Purpose.SHARE, person.key, ASK_CODE + rule.number, occasion)
    brand = world.segment_of(sharer).brand
    factor = world.moment_factor(sharer, programme)
    extra = circumstances(world, sharer, rule, n_others)

    def shares(tie: float) -> bool:
        return bool(willing < share_probability(programme, brand, tie, extra, factor, n_asks))

    if not (shares(0.0) or shares(1.0)):
        return
    code = ASK_CODE + rule.number
    stream = Stream.PROGRAMME + rule.programme
    contact(world, sharer, stream, Occasion(code, occasion, person, rule.number, shares))
    fake_friends(world, person, rule, code, occasion)


def is_right(world: World, person: Person, rule: SimpleNamespace) -> bool:
    """Whether it is neither too early nor too late, too soon nor too often to ask this person."""
    if not world.is_open(rule.programme):
        return False
    tenure_days = world.now - person.customer_since_days if person.status == CUSTOMER else 0.0
    if not rule.min_tenure_days <= tenure_days <= rule.max_tenure_days:
        return False
    if person.n_purchases < rule.min_purchases or person.spent_cents < rule.min_spent_cents:
        return False
    programme, seen = world.programme(rule.programme), person.with_programme(rule.programme)
    if seen.n_asks >= programme.ask_maximum:
        return False
    return has_rested(world, seen.last_ask_days, programme.ask_cooldown_days) and has_rested(
        world, person.last_ask_days, world.rules.ask_rest_days
    )


def has_rested(world: World, last_days: float | None, rest_days: float) -> bool:
    """Whether the last ask, if there was one, is long enough ago."""
    return last_days is None or world.now - last_days >= rest_days


def who_shares(world: World, person: Person, rule: SimpleNamespace) -> Person:
    """Return who decides and shares: where the rule has it so, the one who pays."""
    payer = world.payer_of(person)
    return payer if rule.payer and payer.status in (SIGNED_UP, CUSTOMER) else person


def circumstances(world: World, sharer: Person, rule: SimpleNamespace, n_others: int) -> float:
    """Return the log-odds of who shares, what else asked before, and how the ask is framed."""
    segment = world.segment_of(sharer)
    extra = segment.share_log_factor
    if sharer.credit.parent >= 0:
        extra = extra + segment.referred_share_log
    if n_others > 0:
        extra = extra + n_others * world.rules.cross_log_fatigue
    if rule.framing_effect != 0.0:
        since = world.now
        if sharer.last_purchase_days is not None:
            since = sharer.last_purchase_days
        elif sharer.status == CUSTOMER:
            since = sharer.customer_since_days
        extra = extra + decaying(rule.framing_effect, rule.framing_half_life_days, world.now - since)
    return float(extra)
