"""Whether lives in a log are possible: signing up, becoming a customer, moments, purchases, leaving.

Each function looks at one event, writes what it tells into the walk, and returns None; or returns in words
why the event cannot happen, and changes nothing.
"""

from __future__ import annotations

from referralsim.distributions import Law, round_half_even
from referralsim.engine.contract import QualifyOn, Rule
from referralsim.engine.replay_rules import Event, day
from referralsim.engine.replay_state import Credit, Invitation, Life, Touch, Walk
from referralsim.eventlog.kinds import Kind, Loop, Origin

_OWN_LOOP = {
    Origin.INITIAL: Loop.INITIAL,
    Origin.ORGANIC_ARRIVAL: Loop.ORGANIC_ARRIVAL,
    Origin.PAID: Loop.PAID,
}


def signed_up(walk: Walk, e: Event) -> str | None:
    """SIGNED_UP: once in a life, by a way that is open, credited by the rule of attribution."""
    life = walk.life(e.actor)
    if life.signed_up_day is not None:
        return f"person {e.actor} signed up before, on {day(life.signed_up_day)}"
    if e.attempt not in list(Origin):
        return f"there is no origin {e.attempt}"
    why = _way_in(walk, e)
    if why is not None:
        return why
    allowed = _credits(walk, life, e)
    credit = Credit(e.target, e.loop, e.channel, e.programme)
    if credit not in allowed:
        return (
            f"the credit is {_words(credit)}, but must be {' or '.join(map(_words, allowed)) or 'nobody`s'}"
        )
    rules = walk.rules.world[walk.rules.phase(e.time)]
    cost = rules.paid_cost_cents if e.attempt == Origin.PAID else 0
    if e.margin_cents != -cost:
        return f"margin_cents is {e.margin_cents}, but must be {-cost}"
    if 0 <= rules.paid_budget_cents < walk.paid_spent_cents + cost and e.attempt == Origin.PAID:
        return f"the budget is spent: {walk.paid_spent_cents} of {rules.paid_budget_cents} cents"
    walk.paid_spent_cents += cost
    life.signed_up_day, life.credit, life.origin = e.time, credit, e.attempt
    walk.met.add(e.actor)
    _may_qualify(walk, life, e, QualifyOn.SIGNUP)
    if e.attempt == Origin.INITIAL:
        why = "who is there at the start is a customer at once"
        walk.owe(e.time, (Kind.ACTIVATED,), e.actor, e.target, 0, why)
    return None


def _way_in(walk: Walk, e: Event) -> str | None:
    """Return why nobody can come like this at this time, or None."""
    rates = walk.inputs.arrival_rate.max(axis=0)
    is_initial = e.actor in walk.rules.initial
    if e.attempt == Origin.INITIAL:
        return None if is_initial and e.time == 0.0 else f"person {e.actor} is not among the first customers"
    if is_initial:
        return f"person {e.actor} is among the first customers"
    if e.attempt == Origin.ORGANIC_ARRIVAL:
        return None if max(rates[0], rates[2]) > 0.0 else "nobody comes by themselves in this scenario"
    if e.attempt == Origin.PAID:
        return None if rates[1] > 0.0 else "nobody is bought in this scenario"
    if not _accepted(walk, e):
        return f"no invitation that person {e.actor} followed can be decided on at this time"
    return None


def _accepted(walk: Walk, e: Event) -> list[Invitation]:
    """Return the followed invitations whose decision may fall at this time."""
    rules = walk.rules
    found = []
    for invitation in walk.clicked.get(e.actor, []):
        since = invitation.days[Kind.CLICKED]
        way = rules.channels[rules.phase(since)][invitation.credit.channel]
        if rules.may_last(way, "signed_up_delay", since, e.time):
            found.append(invitation)
    return found


def _credits(walk: Walk, life: Life, e: Event) -> list[Credit]:
    """Return the credits that a sign-up at this time can carry: one, if no two touches are of one instant."""
    if e.attempt == Origin.INVITATION:
        otherwise = [invitation.credit for invitation in _accepted(walk, e)]
    else:
        otherwise = [Credit(loop=_OWN_LOOP[Origin(e.attempt)])]
    allowed: list[Credit] = []
    touches: list[Touch | None] = [life.touch]
    if life.touch is not None and life.touch.day == e.time:
        touches.append(life.earlier_touch)
    for touch in touches:
        counts = touch is not None and e.time - touch.day <= walk.inputs.attribution_window_days
        allowed += touch.credits if touch is not None and counts else otherwise
    return list(dict.fromkeys(allowed))


def touched(walk: Walk, person: int, time_days: float, credit: Credit) -> None:
    """Remember that a person followed an invitation, as the rule of attribution says."""
    life = walk.life(person)
    present = life.touch
    if present is not None and present.day == time_days:
        present.credits.append(credit)
        return
    kept = walk.inputs.attribution_rule == Rule.FIRST_TOUCH and present is not None
    if kept and present is not None and not time_days - present.day > walk.inputs.attribution_window_days:
        return
    life.earlier_touch, life.touch = present, Touch(time_days, [credit])


def _words(credit: Credit) -> str:
    loop = Loop(credit.loop).name if credit.loop in list(Loop) else str(credit.loop)
    return f"({loop}, channel {credit.channel}, programme {credit.programme}, parent {credit.parent})"


def why_wrong_credit(life: Life, e: Event, target: int | None = None) -> str | None:
    """Return how an event's columns differ from the credit of the person it is about, or None."""
    wanted = life.credit._replace(parent=e.target if target is None else target)
    found = Credit(e.target, e.loop, e.channel, e.programme)
    return None if found == wanted else f"the credit is {_words(found)}, but must be {_words(wanted)}"


def activated(walk: Walk, e: Event) -> str | None:
    """ACTIVATED: once, after signing up, with the delay of the segment."""
    life = walk.life(e.actor)
    if life.signed_up_day is None:
        return f"person {e.actor} has not signed up"
    if life.customer_day is not None:
        return f"person {e.actor} became a customer before, on {day(life.customer_day)}"
    since = life.signed_up_day
    if life.origin == Origin.INITIAL:
        possible = e.time == since
    else:
        possible = any(
            rules.activation_probability > 0.0
            and walk.rules.may_last(rules, "activation_delay", since, e.time)
            for rules in walk.segment_rules(e.actor, since)
        )
    if not possible:
        return f"it cannot follow at this time after the sign-up on {day(since)}"
    why = why_wrong_credit(life, e, life.credit.parent)
    if why is not None:
        return why
    life.customer_day = e.time
    _may_qualify(walk, life, e, QualifyOn.ACTIVATION)
    rules = walk.segment_rules(e.actor, e.time)
    if len(rules) == 1 and rules[0].purchase_every_days > 0.0:
        first = e.time + rules[0].purchase_first_days
        walk.owe(first, (Kind.PURCHASED,), e.actor, -1, 0, "the first subscription period begins", True)
    return None


def moment(walk: Walk, e: Event) -> str | None:
    """DELIGHTED and LET_DOWN: a customer's use, each use once."""
    why = walk.why_no_customer(e.actor, e.time)
    if why is not None:
        return why
    life = walk.life(e.actor)
    if e.attempt <= life.last_use:
        return f"use {e.attempt} comes after use {life.last_use}"
    if e.target != -1 or (e.loop, e.channel, e.programme) != (-1, -1, -1):
        return "a moment has no target, loop, channel or programme"
    name = "happy_probability" if e.kind == Kind.DELIGHTED else "unhappy_probability"
    if not any(getattr(rules, name) > 0.0 for rules in walk.segment_rules(e.actor, e.time)):
        return f"{name} is 0 at this time"
    if not walk.inputs.use_rate[:, walk.segments_of(e.actor)].max() > 0.0:
        return "the segment never uses the product"
    life.last_use = e.attempt
    life.moments[e.attempt] = life.last_moment = (e.time, e.kind)
    return None


def purchased(walk: Walk, e: Event) -> str | None:
    """PURCHASED: by a customer, numbers ascending, the amounts of the rules; a subscription on its day."""
    why = walk.why_no_customer(e.actor, e.time)
    life = walk.life(e.actor)
    why = why or why_wrong_credit(life, e, -1) or _when_purchased(walk, life, e)
    if why is not None:
        return why
    if e.amount_cents < 0:
        return "a basket cannot be negative"
    rules = walk.segment_rules(e.actor, e.time)
    if not any(round_half_even(e.amount_cents * row.margin) == e.margin_cents for row in rules):
        return f"margin_cents is {e.margin_cents}, which is not the margin of {e.amount_cents} cents"
    if not any(
        row.basket_law != Law.FIXED or round_half_even(max(0.0, row.basket_a)) == e.amount_cents
        for row in rules
    ):
        return f"amount_cents is {e.amount_cents}, but the basket is fixed at another amount"
    life.purchases[e.attempt] = (e.time, e.amount_cents, e.margin_cents)
    _may_qualify(walk, life, e, QualifyOn.PURCHASE)
    if len(rules) == 1 and rules[0].purchase_every_days > 0.0:
        following = e.time + rules[0].purchase_every_days
        why = "the next subscription period begins"
        walk.owe(following, (Kind.PURCHASED,), e.actor, -1, e.attempt + 1, why, True)
    return None


def _when_purchased(walk: Walk, life: Life, e: Event) -> str | None:
    last = max(life.purchases, default=-1)
    if e.attempt <= last:
        return f"purchase {e.attempt} comes after purchase {last}"
    if last == e.attempt - 1:
        since = life.purchases[last][0] if last >= 0 else (life.customer_day or 0.0)
        rules = walk.segment_rules(e.actor, since)
        wait = "purchase_every_days" if last >= 0 else "purchase_first_days"
        if all(row.purchase_every_days > 0.0 and since + getattr(row, wait) != e.time for row in rules):
            return f"a subscription is renewed at the end of its period, which began on {day(since)}"
    return None


def refunded(walk: Walk, e: Event) -> str | None:
    """REFUNDED: a purchase, once, its amounts with the other sign."""
    life = walk.life(e.actor)
    bought = life.purchases.get(e.attempt)
    if bought is None:
        return f"person {e.actor} has not made purchase {e.attempt}"
    since, amount, margin = bought
    if (e.amount_cents, e.margin_cents) != (-amount, -margin):
        return f"amounts are {e.amount_cents} and {e.margin_cents}, but must be {-amount} and {-margin}"
    if not any(
        rules.refund_probability > 0.0 and walk.rules.may_last(rules, "refund_delay", since, e.time)
        for rules in walk.segment_rules(e.actor, since)
    ):
        return f"a refund cannot follow at this time after the purchase on {day(since)}"
    why = why_wrong_credit(life, e, -1)
    if why is None and life.refunded_day is None:
        life.refunded_day = e.time
    return why


def churned(walk: Walk, e: Event) -> str | None:
    """CHURNED: a customer, once."""
    life = walk.life(e.actor)
    why = walk.why_no_customer(e.actor, e.time) or why_wrong_credit(life, e, life.credit.parent)
    if why is not None:
        return why
    if life.churned_day is not None:
        return f"person {e.actor} left before"
    if not walk.inputs.churn_rate[:, walk.segments_of(e.actor)].max() > 0.0:
        return "nobody of this segment leaves in this scenario"
    life.churned_day = e.time
    return None


def _may_qualify(walk: Walk, life: Life, e: Event, event: QualifyOn) -> None:
    """Note that an event qualifies a referral, if it does; then the log owes a QUALIFIED."""
    programme = life.credit.programme
    if programme < 0:
        return
    rules = walk.rules.programmes[walk.rules.phase(e.time)][programme]
    if rules.qualify_on != event:
        return
    if event == QualifyOn.PURCHASE:
        if e.amount_cents < rules.qualify_minimum_cents:
            return
        life.n_qualifying += 1
        if life.n_qualifying != rules.qualify_purchases:
            return
    if life.qualified_day is None and rules.enabled:
        life.qualifying = (e.time, e.amount_cents)
        why = "the event that its programme waits for has happened"
        walk.owe(e.time, (Kind.QUALIFIED,), e.actor, life.credit.parent, 0, why)
