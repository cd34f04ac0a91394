"""Whether points, reviews, memberships, gifts and apologies in a log are possible; see ``replay_life``."""

from __future__ import annotations

import math
from typing import Any

from referralsim.distributions import round_half_even
from referralsim.engine.contract import LIVES, ODD_OCCASION
from referralsim.engine.replay_life import why_other_cost
from referralsim.engine.replay_promise import detection_rate, is_bad, learn, refused
from referralsim.engine.replay_rules import Event, day
from referralsim.engine.replay_state import WAITS, Walk
from referralsim.eventlog.kinds import Kind


def _bought(walk: Walk, e: Event) -> Event | None:
    """Return the purchase of the actor with this number at this instant, or None."""
    bought = walk.seen.get((Kind.PURCHASED, e.actor, -1, e.attempt))
    return bought if bought is not None and bought.time == e.time else None


def _why_not_mine(e: Event) -> str | None:
    """Return why an event has columns that those of its kind have not, or None."""
    if (e.target, e.loop, e.channel, e.programme) != (-1, -1, -1, -1):
        return "it has no target, loop, channel or programme"
    return None


def reviewed(walk: Walk, e: Event) -> str | None:
    """REVIEWED: at a purchase."""
    if _bought(walk, e) is None:
        return f"person {e.actor} does not make purchase {e.attempt} at this time"
    rules = walk.segment_rules(e.actor, e.time)
    if not any(row.review_probability > 0.0 for row in rules):
        return "nobody of this segment writes reviews"
    return _why_not_mine(e)


def points_earned(walk: Walk, e: Event) -> str | None:
    """POINTS_EARNED: for a purchase and its review, or for a friend who qualifies unrefused."""
    if (e.loop, e.channel, e.programme) != (-1, -1, -1):
        return "points have no loop, channel or programme"
    rules = walk.segment_rules(e.actor, e.time)
    if e.target >= 0:
        why = _why_no_points_for_friend(walk, e)
        numbers = {round_half_even(row.points_per_friend) for row in rules}
    else:
        bought = _bought(walk, e)
        if bought is None:
            return f"person {e.actor} does not make purchase {e.attempt} at this time"
        has_review = (Kind.REVIEWED, e.actor, -1, e.attempt) in walk.keys
        why = None
        used_up = (Kind.POINTS_REDEEMED, e.actor, -1, e.attempt)
        if used_up in walk.keys and used_up not in walk.seen:
            return WAITS
        numbers = {
            round_half_even(
                bought.amount_cents * row.points_per_cent + (row.points_per_review if has_review else 0.0)
            )
            for row in rules
        }
    if why is None and (e.amount_cents not in numbers or e.amount_cents <= 0):
        wanted = " or ".join(map(str, sorted(numbers)))
        why = f"amount_cents is {e.amount_cents} points, but the rules give {wanted}"
    if why is None:
        _collect(walk, e, rules)
    return why


def _why_no_points_for_friend(walk: Walk, e: Event) -> str | None:
    qualifies = walk.seen.get((Kind.QUALIFIED, e.target, e.actor, 0))
    if qualifies is None or qualifies.time != e.time or e.attempt != 0:
        return f"person {e.target} does not qualify as a friend of person {e.actor} at this time"
    place = (e.target, qualifies.programme, 0)
    rate = detection_rate(walk, qualifies.programme, is_bad(walk.life(e.target)))
    if refused(walk, place, rate) is True:
        return "detection refuses the friend"
    learn(walk, place, rate, False)
    return None


def _collect(walk: Walk, e: Event, rules: list[Any]) -> None:
    """Add points, and note when they expire if no more are earned."""
    life = walk.life(e.actor)
    life.points += e.amount_cents
    life.n_points += 1
    number = life.n_points
    life.points_days[number] = e.time
    if len(rules) == 1 and math.isfinite(rules[0].points_expire_days):
        key = (Kind.POINTS_EXPIRED, e.actor, -1, number)
        why = "no points were earned for so long"
        walk.owe(
            e.time + rules[0].points_expire_days,
            [key],
            why,
            lambda: life.points <= 0 or life.n_points != number,
        )


def points_redeemed(walk: Walk, e: Event) -> str | None:
    """POINTS_REDEEMED: at a purchase, all there are, if they are enough."""
    if _bought(walk, e) is None:
        return f"person {e.actor} does not make purchase {e.attempt} at this time"
    rules = [row for row in walk.segment_rules(e.actor, e.time) if row.points_redeem_probability > 0.0]
    if not rules:
        return "nobody of this segment redeems points"
    least = min(row.points_redeem_at for row in rules)
    if e.amount_cents < least:
        return f"{e.amount_cents} points are redeemed; it takes {least:g}"
    if not any(e.margin_cents == -round_half_even(e.amount_cents * row.points_cost_cents) for row in rules):
        return f"margin_cents is {e.margin_cents}, which is not the cost of {e.amount_cents} points"
    return _why_not_mine(e) or _use_up(walk, e)


def _use_up(walk: Walk, e: Event) -> str | None:
    """Take all points away; what was earned at the same instant may have come before or after."""
    life = walk.life(e.actor)
    now = [
        row.amount_cents
        for row in walk.rows
        if row.kind == Kind.POINTS_EARNED
        and row.actor == e.actor
        and not (e.kind == Kind.POINTS_REDEEMED and row.target == -1 and row.attempt == e.attempt)
    ]
    least = life.points_before
    exact = len(now) <= 1
    fits = e.amount_cents in (least, least + sum(now)) if exact else 0 <= e.amount_cents - least <= sum(now)
    if not fits:
        return f"amount_cents is {e.amount_cents}, but person {e.actor} has {least} points"
    life.points -= e.amount_cents
    life.points_before -= e.amount_cents
    return None


def points_expired(walk: Walk, e: Event) -> str | None:
    """POINTS_EXPIRED: all there are, so long after the last were earned."""
    life = walk.life(e.actor)
    since = life.points_days.get(e.attempt)
    if since is None:
        return f"person {e.actor} has not earned points {e.attempt} times"
    if e.attempt < life.n_points and life.points_days[e.attempt + 1] < e.time:
        return f"points were earned since, on {day(life.points_days[e.attempt + 1])}"
    lasting = {row.points_expire_days for row in walk.segment_rules(e.actor, since)}
    if e.time not in {since + days for days in lasting}:
        return f"it is not the day on which points earned on {day(since)} expire"
    if e.amount_cents <= 0:
        return "there are no points to expire"
    return _why_not_mine(e) or _use_up(walk, e)


def member_joined(walk: Walk, e: Event) -> str | None:
    """MEMBER_JOINED: a customer who is no member, at a purchase."""
    life = walk.life(e.actor)
    if life.member and life.member_until > e.time:
        return f"person {e.actor} is a member already"
    if not any(row.kind == Kind.PURCHASED and row.actor == e.actor for row in walk.rows):
        return f"person {e.actor} buys nothing at this time"
    if not any(row.member_probability > 0.0 for row in walk.segment_rules(e.actor, e.time)):
        return "nobody of this segment joins"
    return _begin_period(walk, e)


def _begin_period(walk: Walk, e: Event) -> str | None:
    """Begin a period of a membership, paid for; at its end it is renewed or left."""
    life, rules = walk.life(e.actor), walk.segment_rules(e.actor, e.time)
    if e.attempt != life.member_serial + 1:
        return f"it is period {e.attempt}, but the next is {life.member_serial + 1}"
    if not any(e.amount_cents == e.margin_cents == row.member_fee_cents for row in rules):
        return f"the fee is {rules[0].member_fee_cents} cents"
    why = _why_not_mine(e)
    if why is not None:
        return why
    life.member, life.member_serial = True, e.attempt
    life.member_until = e.time + rules[0].member_days if len(rules) == 1 else math.inf
    if len(rules) == 1:
        serial = e.attempt
        ends = [(Kind.MEMBER_RENEWED, e.actor, -1, serial + 1), (Kind.MEMBER_LEFT, e.actor, -1, serial)]

        def gone() -> bool:
            moved_on = not life.member or life.member_serial != serial
            if life.churned_day is not None:
                life.member = False
            return moved_on or life.churned_day is not None

        walk.owe(life.member_until, ends, "a period of a membership ends", gone)
    return None


def member_goes_on(walk: Walk, e: Event) -> str | None:
    """MEMBER_RENEWED and MEMBER_LEFT: a member who is a customer, at the end of a period or on leaving."""
    life = walk.life(e.actor)
    if e.kind == Kind.MEMBER_LEFT and life.member_left == (e.time, e.attempt):
        return _why_not_mine(e)
    why = walk.why_no_customer(e.actor, e.time)
    if why is not None:
        return why
    left_now = life.churned_day == e.time
    if not life.member and not left_now:
        return f"person {e.actor} is no member"
    if math.isfinite(life.member_until) and e.time != life.member_until:
        return f"the period ends on {day(life.member_until)}"
    rules = walk.segment_rules(e.actor, e.time)
    if e.kind == Kind.MEMBER_RENEWED:
        if not any(row.member_renew_probability > 0.0 for row in rules):
            return "nobody of this segment renews"
        return _begin_period(walk, e)
    if e.attempt != life.member_serial:
        return f"it is the end of period {e.attempt}, but the present one is {life.member_serial}"
    if not any(row.member_renew_probability < 1.0 for row in rules):
        return "everybody of this segment renews"
    life.member, life.member_until = False, math.inf
    return _why_not_mine(e)


def recovered(walk: Walk, e: Event) -> str | None:
    """RECOVERED: after a bad use or an incident, to a customer."""
    why = walk.why_no_customer(e.actor, e.time) or _why_not_mine(e)
    if why is not None:
        return why
    cause = (Kind.LET_DOWN, e.actor, -1, e.attempt)
    if e.attempt >= ODD_OCCASION + LIVES:
        cause = (Kind.HIT, e.actor, -1, e.attempt - ODD_OCCASION - LIVES)
    bad = walk.seen.get(cause)
    if bad is None:
        return f"person {e.actor} was not let down at use, or incident, {e.attempt}"
    rules = [row for row in walk.segment_rules(e.actor, bad.time) if row.recovery_probability > 0.0]
    if not any(walk.rules.may_last(row, "recovery_delay", bad.time, e.time) for row in rules):
        return f"it cannot follow at this time after {bad}"
    return why_other_cost(walk, e, "recovery_cost_cents")


def gifted(walk: Walk, e: Event) -> str | None:
    """GIFTED: a customer in the present life, numbers ascending."""
    why = walk.why_no_customer(e.actor, e.time) or walk.why_other_life(e.actor, e.attempt)
    why = why or _why_not_mine(e) or why_other_cost(walk, e, "gift_cost_cents")
    if why is not None:
        return why
    life = walk.life(e.actor)
    if e.attempt <= life.last_gift:
        return f"gift {e.attempt} comes after gift {life.last_gift}"
    if not walk.inputs.gift_rate[:, walk.segments_of(e.actor)].max() > 0.0:
        return "nobody of this segment gets gifts"
    life.last_gift = e.attempt
    return None


def hit(walk: Walk, e: Event) -> str | None:
    """HIT: who became a customer before an incident and is one, on its day."""
    why = walk.why_no_customer(e.actor, e.time) or _why_not_mine(e)
    if why is not None:
        return why
    if e.attempt >= len(walk.inputs.incident_day):
        return f"there is no incident {e.attempt}"
    if e.time != walk.inputs.incident_day[e.attempt]:
        return f"incident {e.attempt} is on {day(float(walk.inputs.incident_day[e.attempt]))}"
    if not walk.inputs.incident_share[e.attempt] > 0.0:
        return f"incident {e.attempt} hits nobody"
    return None
