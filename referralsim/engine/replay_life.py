"""Whether lives in a log are possible: signing up, becoming a customer, moments, purchases, leaving.

Each function looks at one event, writes what it tells into the walk, and returns None; or returns in words
why the event cannot happen, and changes nothing.
"""

from __future__ import annotations

from typing import Any

from referralsim.behaviour.moments import decaying
from referralsim.distributions import Law, round_half_even
from referralsim.engine.contract import LIVES, PaysOn, QualifyOn
from referralsim.engine.replay_credit import (
    credits_of,
    possible_abuse,
    why_no_way_in,
    why_not_activated_then,
    why_wrong_credit,
    words,
)
from referralsim.engine.replay_promise import owe_rewards, owe_sign_up_rewards
from referralsim.engine.replay_rules import Event, day
from referralsim.engine.replay_settle import is_touched
from referralsim.engine.replay_state import Credit, Life, Walk
from referralsim.eventlog.kinds import Kind, Origin


def signed_up(walk: Walk, e: Event) -> str | None:
    """SIGNED_UP: once in a life, by a way that is open, credited by the rule of attribution."""
    life = walk.life(e.actor)
    if life.signed_up_day is not None:
        return f"person {e.actor} signed up before, on {day(life.signed_up_day)}"
    if e.attempt not in list(Origin):
        return f"there is no origin {e.attempt}"
    if walk.rules.is_agent(e.actor):
        return f"{e.actor} is an agent and no person"
    why = why_no_way_in(walk, e)
    if why is not None:
        return why
    allowed = credits_of(walk, life, e)
    credit = Credit(e.target, e.loop, e.channel, e.programme)
    if credit not in allowed:
        wanted = " or ".join(map(words, allowed)) or "nobody`s"
        return f"the credit is {words(credit)}, but must be {wanted}"
    rules = walk.rules.world[walk.rules.phase(e.time)]
    cost = rules.paid_cost_cents if e.attempt == Origin.PAID else 0
    if e.margin_cents != -cost:
        return f"margin_cents is {e.margin_cents}, but must be {-cost}"
    if 0 <= rules.paid_budget_cents < walk.paid_spent_cents + cost and e.attempt == Origin.PAID:
        return f"the budget is spent: {walk.paid_spent_cents} of {rules.paid_budget_cents} cents"
    walk.paid_spent_cents += cost
    life.signed_up_day, life.credit, life.origin = e.time, credit, e.attempt
    if credit.programme >= 0 and credit.parent < 0:
        life.abuse = possible_abuse(walk, credit.programme, e.time)
    walk.met.add(e.actor)
    owe_sign_up_rewards(walk, e)
    _may_qualify(walk, life, e, QualifyOn.SIGNUP)
    if e.attempt == Origin.INITIAL:
        why = "who is there at the start is a customer at once"
        walk.owe(e.time, [(Kind.ACTIVATED, e.actor, e.target, 0)], why)
    return None


def activated(walk: Walk, e: Event) -> str | None:
    """ACTIVATED: once, after signing up, with the delay of the segment, or after a reminder."""
    life = walk.life(e.actor)
    if life.signed_up_day is None:
        return f"person {e.actor} has not signed up"
    if life.first_customer_day is not None:
        return f"person {e.actor} became a customer before, on {day(life.first_customer_day)}"
    why = why_not_activated_then(walk, e) or why_wrong_credit(life, e, life.credit.parent)
    if why is not None:
        return why
    life.customer_day = life.first_customer_day = e.time
    if life.credit.parent >= 0:
        walk.life(life.credit.parent).had_customers += 1
    _may_qualify(walk, life, e, QualifyOn.ACTIVATION)
    _owe_subscription(walk, e, 0, "purchase_first_days", "the first subscription period begins")
    for x, when in enumerate(walk.inputs.incident_day.tolist()):
        if when >= e.time and walk.inputs.incident_share[x] >= 1.0:
            excuse = walk.no_customer_then(e.actor)
            walk.owe(when, [(Kind.HIT, e.actor, -1, x)], "the incident reaches everybody", excuse)
    return None


def won_back(walk: Walk, e: Event) -> str | None:
    """WON_BACK: somebody who has left, for the next life, as often as the rules allow."""
    life = walk.life(e.actor)
    if life.churned_day is None:
        return f"person {e.actor} has not left"
    since = life.churned_day
    if e.attempt != life.number + 1:
        return f"it begins life {e.attempt}, but the next is life {life.number + 1}"
    rules = [row for row in walk.segment_rules(e.actor, since) if row.winback_probability > 0.0]
    if not any(life.number < row.winback_maximum for row in rules):
        return f"nobody is won back after life {life.number}"
    if not any(walk.rules.may_last(row, "winback_delay", since, e.time) for row in rules):
        return f"it cannot follow at this time after leaving on {day(since)}"
    why = why_wrong_credit(life, e, -1) or why_other_cost(walk, e, "winback_cost_cents")
    if why is None:
        life.number, life.customer_day, life.churned_day = e.attempt, e.time, None
        life.won_back_day = e.time
        why_owed = "the first subscription period of a life begins"
        _owe_subscription(walk, e, e.attempt * LIVES, "purchase_every_days", why_owed)
    return why


def why_other_cost(walk: Walk, e: Event, name: str) -> str | None:
    """Return how an event's margin differs from what it costs by the rules of the segment, or None."""
    costs = {-int(getattr(rules, name)) for rules in walk.segment_rules(e.actor, e.time)}
    if e.margin_cents in costs:
        return None
    return f"margin_cents is {e.margin_cents}, but must be {' or '.join(map(str, sorted(costs)))}"


def _owe_subscription(walk: Walk, e: Event, number: int, wait: str, why: str) -> None:
    rules = walk.segment_rules(e.actor, e.time)
    if len(rules) == 1 and rules[0].purchase_every_days > 0.0:
        key = (Kind.PURCHASED, e.actor, -1, number)
        excuse = walk.no_customer_then(e.actor, number)
        walk.owe(e.time + getattr(rules[0], wait), [key], why, excuse)


def moment(walk: Walk, e: Event) -> str | None:
    """DELIGHTED and LET_DOWN: a customer's use in the present life, each use once."""
    why = walk.why_no_customer(e.actor, e.time) or walk.why_other_life(e.actor, e.attempt)
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
    why = walk.why_no_customer(e.actor, e.time) or walk.why_other_life(e.actor, e.attempt)
    life = walk.life(e.actor)
    why = why or why_wrong_credit(life, e, -1) or _when_purchased(walk, life, e)
    if why is not None:
        return why
    if e.amount_cents < 0:
        return "a basket cannot be negative"
    rules = walk.segment_rules(e.actor, e.time)
    if not any(
        round_half_even(e.amount_cents * (row.margin * _gap(life, row, e.time))) == e.margin_cents
        for row in rules
    ):
        return f"margin_cents is {e.margin_cents}, which is not the margin of {e.amount_cents} cents"
    if not any(_may_cost(row, e.amount_cents) for row in rules):
        return f"amount_cents is {e.amount_cents}, but the basket is fixed at another amount"
    life.purchases[e.attempt] = (e.time, e.amount_cents, e.margin_cents)
    life.spent_cents += e.amount_cents
    if walk.rules.is_agent(life.credit.parent):
        walk.life(life.credit.parent).had_cents += e.amount_cents
    _may_qualify(walk, life, e, QualifyOn.PURCHASE)
    if life.qualified_day is not None:
        owe_rewards(walk, e.actor, PaysOn.PURCHASE, e.amount_cents, 1 + e.attempt)
    _owe_subscription(walk, e, e.attempt + 1, "purchase_every_days", "the next subscription period begins")
    _owe_points(walk, e, rules)
    return None


def _gap(life: Life, rules: Any, time_days: float) -> float:
    """Return the factor on the margin of a referred customer."""
    if life.credit.parent < 0 or life.customer_day is None:
        return 1.0
    tenure = time_days - life.customer_day
    half_life = rules.referred_margin_half_life_days
    return float(1.0 + decaying(rules.referred_margin_gap, half_life, tenure))


def _may_cost(rules: Any, amount_cents: int) -> bool:
    """Return whether a basket may come to this: if its law is fixed, only mood and loyalty move it."""
    if rules.basket_law != Law.FIXED:
        return True
    least = most = max(0.0, rules.basket_a)
    for factors in (
        (rules.happy_basket_factor, rules.unhappy_basket_factor),
        (rules.points_basket_factor,),
        (rules.member_basket_factor,),
    ):
        least, most = least * min(1.0, *factors), most * max(1.0, *factors)
    return round_half_even(least) <= amount_cents <= round_half_even(most)


def _owe_points(walk: Walk, e: Event, rules: list[Any]) -> None:
    number = [round_half_even(e.amount_cents * row.points_per_cent) for row in rules]
    if min(number) > 0 and all(row.points_per_review >= 0.0 for row in rules):
        key = (Kind.POINTS_EARNED, e.actor, -1, e.attempt)
        walk.owe(e.time, [key], "purchases earn points")


def _when_purchased(walk: Walk, life: Life, e: Event) -> str | None:
    last = max(life.purchases, default=-1)
    if e.attempt <= last:
        return f"purchase {e.attempt} comes after purchase {last}"
    first = e.attempt == life.number * LIVES
    if first or last == e.attempt - 1:
        since = (life.customer_day or 0.0) if first else life.purchases[last][0]
        rules = walk.segment_rules(e.actor, since)
        wait = "purchase_first_days" if e.attempt == 0 else "purchase_every_days"
        if all(row.purchase_every_days > 0.0 and since + getattr(row, wait) != e.time for row in rules):
            return f"a subscription is renewed at the end of its period, which began on {day(since)}"
    return None


def refunded(walk: Walk, e: Event) -> str | None:
    """REFUNDED: a purchase, once, its amounts with the other sign; rewards may be disputed then."""
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
    if why is not None:
        return why
    life.refunds[e.attempt] = e.time
    if life.credit.programme >= 0 and walk.programme(life.credit.programme, e.time).dispute:
        for grant in life.brought:
            was_paid = grant.state == "paid" and grant.paid_day < e.time and not grant.disputed
            if was_paid and is_touched(walk, grant, e.attempt):
                key = (Kind.REWARD_DISPUTED, *grant.earned.key[1:])
                walk.owe(e.time, [key], "the friend's money went back after the reward was paid")
    return None


def churned(walk: Walk, e: Event) -> str | None:
    """CHURNED: a customer, once a life."""
    life = walk.life(e.actor)
    why = walk.why_no_customer(e.actor, e.time) or why_wrong_credit(life, e, life.credit.parent)
    why = why or walk.why_other_life(e.actor, e.attempt)
    if why is not None:
        return why
    if life.churned_day is not None:
        return f"person {e.actor} left before"
    if not walk.inputs.churn_rate[:, walk.segments_of(e.actor)].max() > 0.0:
        return "nobody of this segment leaves in this scenario"
    life.churned_day = e.time
    if life.member:
        life.member, life.member_left = False, (e.time, life.member_serial)
        left = (Kind.MEMBER_LEFT, e.actor, -1, life.member_serial)
        walk.owe(e.time, [left], "who leaves is a member no more")
    rules = walk.segment_rules(e.actor, e.time)
    if len(rules) == 1 and rules[0].winback_probability >= 1.0 and life.number < rules[0].winback_maximum:
        low, high = walk.rules.bounds(rules[0], "winback_delay")
        if low == high:
            key = (Kind.WON_BACK, e.actor, -1, life.number + 1)
            walk.owe(e.time + low, [key], "everybody is won back after so long")
    return None


def _may_qualify(walk: Walk, life: Life, e: Event, event: QualifyOn) -> None:
    """Note that an event qualifies a referral, if it does; then the log owes a QUALIFIED."""
    programme = life.credit.programme
    if programme < 0:
        return
    rules = walk.programme(programme, e.time)
    if rules.qualify_on != event:
        return
    if event == QualifyOn.PURCHASE:
        if e.amount_cents < rules.qualify_minimum_cents:
            return
        life.n_qualifying += 1
        if life.n_qualifying < rules.qualify_purchases:
            return
    if life.qualified_day is None and walk.why_shut(programme, e.time) is None:
        life.qualifying = (e.time, e.amount_cents)
        if walk.surely_open(programme, e.time):
            why = "the event that its programme waits for has happened"
            walk.owe(e.time, [(Kind.QUALIFIED, e.actor, life.credit.parent, 0)], why)
