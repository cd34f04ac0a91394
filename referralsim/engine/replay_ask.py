"""Whether asks, shares and fake accounts in a log are possible; see :mod:`referralsim.engine.replay_life`."""

from __future__ import annotations

import math
from typing import Any

from referralsim.distributions import CountLaw
from referralsim.engine.contract import LIVES, ODD_OCCASION, Stream, Trigger
from referralsim.engine.replay_promise import count_friend, detection_rate, owe_fakes, refused
from referralsim.engine.replay_reward import fake_answers
from referralsim.engine.replay_rules import Event, day
from referralsim.engine.replay_state import Life, Walk
from referralsim.eventlog.kinds import Kind, Loop


def asked(walk: Walk, e: Event) -> str | None:
    """ASKED: by a rule of an open programme, on its occasion, within maximum, cool-down, rest and tenure."""
    rules, life = walk.rules, walk.life(e.actor)
    row = rules.row_of_ask.get(e.target)
    if row is None:
        return f"there is no ask rule {e.target}"
    if life.signed_up_day is None:
        return f"person {e.actor} has not signed up"
    why = walk.why_gone(e.actor, e.time)
    if why is not None:
        return why
    phase = rules.phase(e.time)
    rule = rules.asks[phase][row]
    if (e.loop, e.channel, e.programme) != (Loop.PROGRAMME, -1, rule.programme):
        return f"an ask of rule {e.target} belongs to programme {rule.programme} and to no channel"
    why = walk.why_shut(rule.programme, e.time) or _why_not_him(life, e, rule)
    why = why or _why_too_soon(walk, life, e, rule) or _no_occasion(walk, e, row)
    if why is None:
        n_asks, _ = life.asks.get(rule.programme, (0, 0.0))
        life.asks[rule.programme] = (n_asks + 1, e.time)
    return why


def _why_not_him(life: Life, e: Event, rule: Any) -> str | None:
    """Return why a rule does not want this customer, or not yet, or not any more, or None."""
    tenure = e.time - life.customer_day if life.customer_day is not None else 0.0
    if not rule.min_tenure_days <= tenure <= rule.max_tenure_days:
        wanted = f"{rule.min_tenure_days:g} to {rule.max_tenure_days:g}"
        return f"after {tenure:g} days as a customer; the rule wants {wanted}"
    if len(life.purchases) < rule.min_purchases:
        return f"after {len(life.purchases)} purchases; the rule wants {rule.min_purchases}"
    if life.spent_cents < rule.min_spent_cents:
        return f"after spending {life.spent_cents} cents; the rule wants {rule.min_spent_cents}"
    return None


def _why_too_soon(walk: Walk, life: Life, e: Event, rule: Any) -> str | None:
    """Return why it is too soon, or once too often, or None."""
    programme, rest_days = (
        walk.programme(rule.programme, e.time),
        walk.rules.world[walk.rules.phase(e.time)].ask_rest_days,
    )
    n_asks, last = life.asks.get(rule.programme, (0, -math.inf))
    last_of_any = max((when for _, when in life.asks.values()), default=-math.inf)
    if n_asks >= programme.ask_maximum:
        return f"person {e.actor} was asked {n_asks} times, and the maximum is {programme.ask_maximum}"
    if n_asks > 0 and not e.time - last >= programme.ask_cooldown_days:
        cooldown = programme.ask_cooldown_days
        return f"only {e.time - last:g} days after the last ask; the cool-down is {cooldown:g}"
    if not e.time - last_of_any >= rest_days:
        return f"only {e.time - last_of_any:g} days after the last ask of any; the rest is {rest_days:g}"
    return None


def _no_occasion(walk: Walk, e: Event, row: int) -> str | None:
    """Return why a rule has no occasion to ask at this time, or None."""
    rules, life = walk.rules, walk.life(e.actor)
    trigger = Trigger(rules.asks[rules.phase(e.time)][row].trigger)
    if trigger in (Trigger.CALENDAR, Trigger.RANDOM):
        return _not_scheduled(walk, e, row, trigger)
    since = _day_of(walk, life, trigger, e)
    if since is None:
        return f"there was no {trigger.name} number {e.attempt} of person {e.actor} before it"
    then = rules.asks[rules.phase(since)][row]
    shut = walk.why_shut(then.programme, since)
    if shut is not None:
        return f"its programme was not open on its occasion, {day(since)}: {shut}"
    why = _not_wanted(walk, e.actor, then) or _why_not_urgent(walk, e, row, since)
    if why is None and not rules.may_last(then, "delay", since, e.time):
        why = f"it cannot follow at this time after its occasion on {day(since)}"
    if why is None:
        life.occasions[trigger, e.attempt] = e.target
    return why


def _day_of(walk: Walk, life: Life, trigger: Trigger, e: Event) -> float | None:
    """Return when the occasion of an ask was, or None if there was none."""
    if trigger in (Trigger.HAPPY_MOMENT, Trigger.UNHAPPY_MOMENT):
        happy = trigger == Trigger.HAPPY_MOMENT
        found = life.moments.get(e.attempt)
        if found is not None:
            return found[0] if found[1] == (Kind.DELIGHTED if happy else Kind.LET_DOWN) else None
        odd = (Kind.GIFTED, e.actor, -1, e.attempt - ODD_OCCASION)
        if not happy:
            odd = (Kind.HIT, e.actor, -1, e.attempt - ODD_OCCASION - LIVES)
        return walk.seen[odd].time if odd in walk.seen else None
    if trigger == Trigger.PURCHASE:
        return life.purchases[e.attempt][0] if e.attempt in life.purchases else None
    if e.attempt != 0:
        return None
    return life.signed_up_day if trigger == Trigger.SIGNUP else life.first_customer_day


def _why_not_urgent(walk: Walk, e: Event, row: int, since: float) -> str | None:
    """Return why another ask comes before this one on the same occasion, or None."""
    phase = walk.rules.phase(since)
    if not walk.rules.world[phase].one_ask:
        return None
    rule = walk.rules.asks[phase][row]
    before = walk.life(e.actor).occasions.get((rule.trigger, e.attempt))
    if before is not None:
        return f"its occasion has led to an ask of rule {before}; one is all there is"
    for place, other in enumerate(walk.rules.asks[phase]):
        first = (-other.priority, place) < (-rule.priority, row)
        certain = other.trigger == rule.trigger and other.probability >= 1.0 and since == e.time
        life = walk.life(e.actor)  # if both are of this instant, it is known who could be asked
        certain = certain and _why_not_him(life, e, other) is None
        certain = certain and _why_too_soon(walk, life, e, other) is None
        everybody = all(other.segment_mask >> segment & 1 for segment in walk.segments_of(e.actor))
        if first and certain and everybody and walk.surely_open(other.programme, since):
            return f"rule {other.number} is more urgent and always comes up"
    return None


def _not_scheduled(walk: Walk, e: Event, row: int, trigger: Trigger) -> str | None:
    rules = walk.rules
    if walk.life(e.actor).customer_day is None:
        return f"person {e.actor} is no customer"
    if trigger == Trigger.RANDOM:
        if not walk.inputs.ask_rate[:, row].max() > 0.0:
            return "the rule never asks"
        return _not_wanted(walk, e.actor, rules.asks[rules.phase(e.time)][row])
    days = {asks[row].first_days + e.attempt * asks[row].every_days for asks in rules.asks}
    if e.time not in days:
        return f"number {e.attempt} of the calendar is on {' or '.join(map(day, sorted(days)))}"
    return _not_wanted(walk, e.actor, rules.asks[rules.phase(e.time)][row])


def _not_wanted(walk: Walk, person: int, rule: Any) -> str | None:
    if not rule.probability > 0.0:
        return "the rule's probability is 0"
    if not any(rule.segment_mask >> segment & 1 for segment in walk.segments_of(person)):
        return "the rule does not ask this segment"
    return None


def shared(walk: Walk, e: Event) -> str | None:
    """SHARED: an ask at the same instant; as many invitations follow as it says."""
    ask = walk.seen.get((Kind.ASKED, e.actor, e.target, e.attempt))
    if ask is None or ask.time != e.time:
        return "there is no ask with these numbers at this time"
    if (e.loop, e.channel, e.programme) != (ask.loop, ask.channel, ask.programme):
        return "its loop, channel or programme is not that of the ask"
    rules = walk.rules.streams[walk.rules.phase(e.time)][Stream.PROGRAMME + e.programme]
    if not rules.enabled:
        return "the programme has no contact at this time"
    most = {CountLaw.FIXED_COUNT: rules.count_a, CountLaw.BINOMIAL: rules.count_a}.get(
        rules.count_law, math.inf
    )
    if not 1 <= e.amount_cents <= most:
        return f"{e.amount_cents} invitations at a time; there are between 1 and {most:g}"
    for sharer in sharers_of(walk, e):
        walk.may_share.add((sharer, Stream.PROGRAMME + e.programme))
    return None


def sharers_of(walk: Walk, e: Event) -> list[int]:
    """Return who may share when somebody is asked: the person, or the payer, or either."""
    rule = walk.rules.asks[walk.rules.phase(e.time)][walk.rules.row_of_ask[e.target]]
    payer = walk.rules.payer_of(e.actor)
    if not rule.payer or payer == e.actor:
        return [e.actor]
    life = walk.life(payer)
    if life.signed_up_day is None or walk.why_gone(payer, e.time) is not None:
        return [e.actor]
    changes = (life.signed_up_day, life.churned_day, life.won_back_day)
    return [e.actor, payer] if e.time in changes else [payer]


def faked(walk: Walk, e: Event) -> str | None:
    """FAKED: on an ask at the same instant, by a programme that meets fakes; rewards or refusals follow."""
    ask = walk.seen.get((Kind.ASKED, e.actor, e.target, e.attempt))
    if ask is None or ask.time != e.time:
        return "there is no ask with these numbers at this time"
    if (e.loop, e.channel, e.programme) != (ask.loop, ask.channel, ask.programme):
        return "its loop, channel or programme is not that of the ask"
    p, terms = e.programme, walk.programme(e.programme, e.time)
    if not terms.fake_probability > 0.0:
        return f"programme {p} meets no fake accounts"
    most = {CountLaw.FIXED_COUNT: terms.fake_count_a, CountLaw.BINOMIAL: terms.fake_count_a}.get(
        terms.fake_count_law, math.inf
    )
    if not 1 <= e.amount_cents <= most:
        return f"{e.amount_cents} fake accounts at a time; there are between 1 and {most:g}"
    life, rate = walk.life(e.actor), detection_rate(walk, p, True)
    friends_now = sum(
        row.kind == Kind.QUALIFIED and row.target == e.actor and row.programme == p for row in walk.rows
    )
    for _ in range(e.amount_cents):
        place = (e.actor, p, 1 + life.n_fakes[p])
        is_refused = refused(walk, place, rate)
        if is_refused is None:
            is_refused = fake_answers(walk, place)
        least, most_friends = life.friends.get(p, (0, 0))
        count_friend(walk, e.actor, p, is_refused)
        walk.fakes[place] = range(max(1, 1 + least - friends_now), 2 + most_friends + friends_now)
        owe_fakes(walk, e.actor, p, life.n_fakes[p])
        life.n_fakes[p] += 1
    return None
