"""Whether what becomes of rewards in a log is possible: paid, taken back, lost, used, expired, disputed."""

from __future__ import annotations

import math
from typing import Any

from referralsim.behaviour.payment import reward_cost
from referralsim.engine.contract import PaysOn
from referralsim.engine.replay_rules import Event, day, key_parts
from referralsim.engine.replay_state import Grant, Walk
from referralsim.eventlog.kinds import Kind

_SETTLED = (Kind.REWARD_PAID, Kind.REWARD_REVERSED, Kind.REWARD_LOST)


def rule_of(walk: Walk, grant: Grant, time_days: float) -> Any:
    """Return the rule of a reward as it is at a time."""
    return walk.rules.reward_rule(walk.rules.phase(time_days), grant.earned.programme, grant.earned.attempt)


def owe_settlement(walk: Walk, grant: Grant) -> None:
    """Note that a reward is settled at the end of its hold, or put off while its receiver is away."""
    place = grant.earned.key[1:]

    def put_off() -> bool:
        if not _is_away(walk, grant):
            return False
        expiry = _lapse_day(walk, grant)
        if expiry is None:
            grant.settle_day = grant.settle_day + rule_of(walk, grant, grant.settle_day).retry_days
            owe_settlement(walk, grant)
        else:
            why = "its receiver was away for too long"
            grant.state, grant.expires_on = "lapsing", expiry
            walk.owe(expiry, [(Kind.REWARD_EXPIRED, *place)], why)
        return True

    if grant.state == "pending":
        keys = [(kind, *place) for kind in (*_SETTLED, Kind.REWARD_EXPIRED)]
        walk.owe(grant.settle_day, keys, "the hold of the reward ends", put_off)


def _is_away(walk: Walk, grant: Grant) -> bool:
    """Return whether a reward has to wait, as far as its receiver is concerned, right after it is due."""
    receiver = grant.earned.actor
    rule = rule_of(walk, grant, grant.settle_day)
    if not rule.needs_active or walk.rules.is_agent(receiver):
        return False
    life = walk.life(receiver)
    due = grant.settle_day
    came = life.first_customer_day == due or life.won_back_day == due
    return life.customer_day is None or life.churned_day is not None or came


def _lapse_day(walk: Walk, grant: Grant) -> float | None:
    """Return when a reward expires whose receiver is away now; None if it is looked at again."""
    rule = rule_of(walk, grant, grant.settle_day)
    again = grant.settle_day + rule.retry_days
    if again - grant.earned.time <= rule.pending_days:
        return None
    return float(max(grant.settle_day, grant.earned.time + rule.pending_days))


def _why_other_reward(walk: Walk, e: Event) -> str | None:
    """Return why an event does not belong to a reward that was earned, or None."""
    grant = walk.grants.get(e.key[1:])
    if grant is None:
        return "this reward was not earned before"
    if e[2:5] != grant.earned[2:5] or e.amount_cents != grant.earned.amount_cents:
        return f"its amount or credit is not that of the reward earned, {grant.earned.amount_cents} cents"
    return None


def settled(walk: Walk, e: Event) -> str | None:
    """REWARD_PAID, REWARD_REVERSED and REWARD_LOST: an earned reward, once, at the end of its hold."""
    grant = walk.grants.get(e.key[1:])
    if grant is None:
        return "this reward was not earned before"
    if grant.state != "pending":
        return f"this reward was settled before: it is {grant.state}"
    if e.time != grant.settle_day:
        return f"the hold ends, or its receiver is looked at again, on {day(grant.settle_day)}"
    why = _why_other_reward(walk, e)
    if why is not None:
        return why
    reasons, must = _reasons(walk, grant, e.time)
    if e.kind == Kind.REWARD_REVERSED:
        if not reasons:
            return "nothing has happened for which this reward is taken back"
        _take_back(walk, grant, e)
        return None
    if must:
        return f"it must be taken back: the friend gave a reason on {day(min(reasons))}"
    rule = rule_of(walk, grant, e.time)
    if rule.needs_active and not walk.rules.is_agent(e.actor):
        why = walk.why_no_customer(e.actor, e.time)
        if why is not None:
            return f"it has to wait: {why}"
    if e.kind == Kind.REWARD_LOST:
        grant.state = "lost"
        return None if rule.prize_probability < 1.0 else "this reward is no matter of luck"
    if not rule.prize_probability > 0.0:
        return "nobody wins this prize"
    cost = reward_cost(rule, e.amount_cents) if rule.at_payment else 0
    if e.margin_cents != -cost:
        return f"margin_cents is {e.margin_cents}, but must be {-cost}"
    grant.state, grant.paid_day = "paid", e.time
    if not rule.at_payment and math.isfinite(rule.expire_days):
        grant.expires_on = e.time + rule.expire_days
        why = "it was not used in time"
        walk.owe(grant.expires_on, [(Kind.REWARD_EXPIRED, *e.key[1:])], why, excuse=lambda: grant.redeemed)
    return None


def _reasons(walk: Walk, grant: Grant, time_days: float) -> tuple[list[float], bool]:
    """Return the days of all reasons to take a reward back, and whether one surely holds."""
    if grant.friend < 0:
        return [], False
    terms, friend = walk.programme(grant.earned.programme, time_days), walk.life(grant.friend)
    reasons, must = [], False
    returned = [when for k, when in friend.refunds.items() if is_touched(walk, grant, k)]
    if terms.clawback_refund and returned:
        reasons.append(min(returned))
        must = min(returned) < time_days
    if terms.clawback_churn and friend.churned_day is not None:
        reasons.append(friend.churned_day)
        must = must or friend.churned_day < time_days
    if terms.clawback_churn and friend.won_back_day == time_days:
        reasons.append(time_days)
    return reasons, must


def is_touched(walk: Walk, grant: Grant, purchase: int) -> bool:
    """Return whether a refund of a purchase of the friend touches a reward."""
    if rule_of(walk, grant, grant.earned.time).on != PaysOn.PURCHASE:
        return True
    return key_parts(grant.earned.attempt)[2] == 1 + purchase


def _take_back(walk: Walk, grant: Grant, e: Event) -> None:
    grant.state, grant.reversed_day = "reversed", e.time
    purse, terms = walk.purses[e.programme], walk.programme(e.programme, e.time)
    if grant.period == math.floor(e.time / terms.budget_days) == purse.period:
        purse.booked -= grant.cost
        walk.given_back[e.programme] = walk.given_back.get(e.programme, 0) + grant.cost


def redeemed(walk: Walk, e: Event) -> str | None:
    """REWARD_REDEEMED: a reward that is used after it was paid, once, in time."""
    why = _why_other_reward(walk, e)
    if why is not None:
        return why
    grant = walk.grants[e.key[1:]]
    if grant.state != "paid":
        return f"this reward has not been paid: it is {grant.state}"
    rule = rule_of(walk, grant, grant.paid_day)
    if rule.at_payment or not rule.redeem_probability > 0.0:
        return "this reward is money, or is never used"
    if e.time > grant.expires_on:
        return f"it expired on {day(grant.expires_on)}"
    if not walk.rules.may_last(rule, "redeem_delay", grant.paid_day, e.time):
        return f"it cannot follow at this time after the payment on {day(grant.paid_day)}"
    cost = reward_cost(rule_of(walk, grant, e.time), e.amount_cents)
    if e.margin_cents != -cost:
        return f"margin_cents is {e.margin_cents}, but must be {-cost}"
    grant.redeemed = True
    return None


def expired(walk: Walk, e: Event) -> str | None:
    """REWARD_EXPIRED: a reward not used in time, or never paid because its receiver was away."""
    why = _why_other_reward(walk, e)
    if why is not None:
        return why
    grant = walk.grants[e.key[1:]]
    if grant.state == "pending" and grant.settle_day == e.time and _lapse_day(walk, grant) == e.time:
        if not _is_away(walk, grant):
            return "its receiver is a customer"
        grant.state, grant.expires_on = "lapsing", e.time
    if grant.state not in ("paid", "lapsing"):
        return f"nothing expires here: the reward is {grant.state}"
    if e.time != grant.expires_on:
        expiry = day(grant.expires_on) if math.isfinite(grant.expires_on) else "never"
        return f"the reward expires on {expiry}" if expiry != "never" else "the reward never expires"
    return "it was used before" if grant.redeemed else None


def disputed(walk: Walk, e: Event) -> str | None:
    """REWARD_DISPUTED: a reward paid before, at the very refund of the friend."""
    why = _why_other_reward(walk, e)
    if why is not None:
        return why
    grant = walk.grants[e.key[1:]]
    if not walk.programme(e.programme, e.time).dispute:
        return f"programme {e.programme} disputes nothing"
    if grant.state != "paid" or grant.disputed:
        return f"this reward has not been paid: it is {grant.state}"
    if not any(
        row.kind == Kind.REFUNDED and row.actor == grant.friend and is_touched(walk, grant, row.attempt)
        for row in walk.rows
    ):
        return f"person {grant.friend} gets no money back at this time"
    grant.disputed = True
    return None
