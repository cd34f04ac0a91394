"""Whether rewards in a log are possible: qualifying, and earning within cap and budget."""

from __future__ import annotations

import math
from typing import Any

from referralsim.behaviour.payment import counts_for_cap, pays_for, reward_amount
from referralsim.distributions import round_half_even
from referralsim.engine.contract import PaysOn
from referralsim.engine.replay_credit import why_wrong_credit
from referralsim.engine.replay_promise import (
    ANSWERS,
    REFUSED,
    Claim,
    claim_of,
    count_for_contests,
    count_friend,
    detection_rate,
    is_bad,
    learn,
    numbers_of,
    owe_rewards,
    refused,
    tiers_of,
)
from referralsim.engine.replay_rules import Event, booked_cost, day, key_parts, nobody
from referralsim.engine.replay_settle import owe_settlement
from referralsim.engine.replay_state import Grant, Walk
from referralsim.eventlog.kinds import Kind, Side


def qualified(walk: Walk, e: Event) -> str | None:
    """QUALIFIED: once a referee, at the very event that the programme waits for; rewards follow."""
    life = walk.life(e.actor)
    why = why_wrong_credit(life, e, life.credit.parent)
    if why is not None:
        return why
    if life.credit.programme < 0:
        return f"no programme brought person {e.actor}"
    if life.qualified_day is not None:
        return f"person {e.actor} qualified before, on {day(life.qualified_day)}"
    if life.qualifying is None or life.qualifying[0] != e.time:
        return "the event that its programme waits for does not happen at this time"
    why = walk.why_shut(e.programme, e.time)
    if why is not None:
        return why
    life.qualified_day, life.friend_numbers = e.time, numbers_of(walk, e.actor)
    parent, p = e.target, e.programme
    if parent >= 0:
        is_refused = _is_refused(walk, e)
        count_friend(walk, parent, p, is_refused)
        count_for_contests(walk, parent, p, is_refused)
    owe_rewards(walk, e.actor, PaysOn.QUALIFIED, life.qualifying[1], 0)
    return None


def _is_refused(walk: Walk, e: Event) -> bool | None:
    """Return whether detection refuses a friend, as far as the events of this instant tell."""
    place, rate = (e.actor, e.programme, 0), detection_rate(walk, e.programme, is_bad(walk.life(e.actor)))
    known = refused(walk, place, rate)
    if known is not None:
        return known
    answers = [row.kind for row in walk.rows if _is_about(row, e.actor)]
    if any(kind in ANSWERS for kind in answers):
        return False
    if any(kind in REFUSED for kind in answers):
        return True
    rules = walk.segment_rules(e.target, e.time)
    if not walk.rules.is_agent(e.target) and round_half_even(min(row.points_per_friend for row in rules)) > 0:
        return (Kind.POINTS_EARNED, e.target, e.actor, 0) not in walk.keys
    return None


def _is_about(row: Event, friend: int) -> bool:
    if row.kind not in (*ANSWERS, *REFUSED) or key_parts(row.attempt)[2] != 0:
        return False
    side = key_parts(row.attempt)[0]
    return friend == (row.target if side == Side.REFERRER and row.target >= 0 else row.actor)


def rewarded(walk: Walk, e: Event) -> str | None:
    """Check all that a reward can meet: earned, capped, unfunded or refused, once, as the rules say."""
    if e.programme < 0:
        return "a reward belongs to a programme"
    rule = walk.rules.reward_rule(walk.rules.phase(e.time), e.programme, e.attempt)
    if rule is None:
        return f"programme {e.programme} has no reward rule with the key {e.attempt}"
    if any((kind, *e.key[1:]) in walk.seen for kind in (*ANSWERS, *REFUSED)):
        return "this reward was given, or refused, before"
    claim = claim_of(walk, e, rule)
    if isinstance(claim, str):
        return claim
    why = _why_not_promised(walk, e, rule, claim) or _why_detected_otherwise(walk, e, rule, claim)
    if why is not None:
        return why
    if e.kind in REFUSED:
        return None
    why = _beyond_cap(walk, e, rule)
    if why is None and e.kind != Kind.REWARD_CAPPED:
        why = _beyond_budget(walk, e, rule)
    if why is None and e.kind == Kind.REWARD_EARNED:
        _earn(walk, e, rule, claim.friend)
    return why


def _why_not_promised(walk: Walk, e: Event, rule: Any, claim: Claim) -> str | None:
    """Return why the rule does not pay this for this, or None."""
    if not rule.present:
        return "the rule is not in force at this time"
    if rule.on == PaysOn.LEADERBOARD:
        amount = int(rule.value_cents)
    else:
        tiers, basket = tiers_of(walk, e.actor), claim.basket_cents
        if not any(pays_for(rule, number, tier, basket) for number in claim.numbers for tier in tiers):
            which = " or ".join(map(str, sorted({claim.numbers[0], claim.numbers[-1]})))
            return f"the rule does not pay for friend number {which}, in tier {tiers[0]}, for {basket} cents"
        amount = reward_amount(rule, basket, claim.since_days)
    if amount == 0 or e.amount_cents != amount:
        return f"amount_cents is {e.amount_cents}, but the rules give {amount}"
    return None


def _why_detected_otherwise(walk: Walk, e: Event, rule: Any, claim: Claim) -> str | None:
    """Return why detection would let a reward pass, or refuse it, or None."""
    wanted = Kind.ABUSE_REFUSED if claim.is_bad else Kind.GENUINE_REFUSED
    if e.kind in REFUSED and e.kind != wanted:
        return f"the friend is {'no friend' if claim.is_bad else 'real'}: it must be {wanted.name}"
    if claim.detection is None:
        return "nobody looks at prizes" if e.kind in REFUSED else None
    if e.kind in REFUSED and rule.on == PaysOn.PURCHASE:
        return "the purchases of a refused friend are passed over in silence"
    looked = walk.life(claim.friend).qualified_day if rule.on == PaysOn.PURCHASE else e.time
    rate = detection_rate(walk, e.programme, claim.is_bad, looked)
    is_refused = refused(walk, claim.detection, rate)
    if is_refused is not None and is_refused != (e.kind in REFUSED):
        return "detection refuses the friend" if is_refused else "detection lets the friend pass"
    learn(walk, claim.detection, rate, e.kind in REFUSED)
    return None


def _beyond_cap(walk: Walk, e: Event, rule: Any) -> str | None:
    """Return why the cap of a receiver stands against it, or None."""
    mine = [
        grant
        for grant in walk.life(e.actor).grants
        if (grant.earned.programme, *key_parts(grant.earned.attempt)[:2])
        == (rule.programme, rule.side, rule.place)
        and counts_for_cap(rule, e.time, grant.earned.time)
    ]
    counted = [grant.earned.amount_cents for grant in mine if grant.state != "reversed"]
    # another order within this instant could have left less, or more, before this reward
    back = [
        row.amount_cents
        for row in walk.still_to_come(Kind.REWARD_REVERSED)
        if any(grant.earned.key[1:] == row.key[1:] for grant in mine)
    ]
    more = [grant.earned.amount_cents for grant in mine if grant.reversed_day == e.time]
    more += [
        row.amount_cents
        for row in walk.still_to_come(Kind.REWARD_EARNED)
        if row.actor == e.actor
        and (row.programme, *key_parts(row.attempt)[:2]) == (rule.programme, rule.side, rule.place)
    ]
    amount, n = e.amount_cents, len(counted)
    if e.kind == Kind.REWARD_CAPPED:
        reached = 0 <= rule.cap_count <= n + len(more)
        if reached or 0 <= rule.cap_cents < sum(counted) + sum(more) + amount:
            return None
        return f"person {e.actor} has earned {n} rewards, below the cap"
    if 0 <= rule.cap_count <= n - len(back):
        return f"person {e.actor} has earned {n} rewards, and the cap is {rule.cap_count}"
    if 0 <= rule.cap_cents < sum(counted) - sum(back) + amount:
        return f"person {e.actor} has earned {sum(counted)} cents, and the cap is {rule.cap_cents}"
    return None


def _beyond_budget(walk: Walk, e: Event, rule: Any) -> str | None:
    """Return why the budget of a programme stands against a reward, or against its refusal, or None."""
    terms, purse = walk.programme(e.programme, e.time), walk.purses[e.programme]
    period = math.floor(e.time / terms.budget_days)
    booked = purse.booked if purse.period == period else 0
    cost = booked_cost(rule, e.amount_cents)
    if e.kind == Kind.REWARD_EARNED:
        back = sum(
            walk.grants[row.key[1:]].cost
            for row in walk.still_to_come(Kind.REWARD_REVERSED)
            if row.programme == e.programme
            and row.key[1:] in walk.grants
            and walk.grants[row.key[1:]].period == period
        )
        if 0 <= terms.budget_cents < booked - back + cost:
            return f"the budget is {terms.budget_cents}, {booked} cents are booked, and it costs {cost}"
        purse.booked, purse.period = booked + cost, period
        return None
    more = walk.given_back.get(e.programme, 0)
    for row in walk.still_to_come(Kind.REWARD_EARNED):
        if row.programme == e.programme:
            other = walk.rules.reward_rule(walk.rules.phase(e.time), row.programme, row.attempt)
            more += booked_cost(other, row.amount_cents) if other is not None else 0
    if terms.budget_cents < 0 or booked + more + cost <= terms.budget_cents:
        return f"there is money: {booked} cents of {terms.budget_cents} are booked, and it costs {cost}"
    if terms.stop_when_spent and purse.rests_since != e.time:
        purse.rests_since, purse.rests_in = e.time, period
    return None


def _earn(walk: Walk, e: Event, rule: Any, friend: int) -> None:
    """Write a reward down that is earned, and that it must be settled."""
    period = walk.purses[e.programme].period or 0
    cost = booked_cost(rule, e.amount_cents)
    grant = Grant(e, friend, cost, period, e.time + rule.hold_days)
    walk.grants[e.key[1:]] = grant
    walk.life(e.actor).grants.append(grant)
    if friend >= 0:
        walk.life(friend).brought.append(grant)
    owe_settlement(walk, grant)


def fake_answers(walk: Walk, place: tuple[int, int, int]) -> bool | None:
    """Return whether this instant tells that a fake account is refused, or passes; None if it does not."""
    person, programme, serial = place
    for row in walk.rows:
        named = (row.actor, row.target, key_parts(row.attempt)[2]) == (person, nobody(programme), serial)
        if named and row.kind in (*ANSWERS, *REFUSED) and row.loop >= 0:  # prizes have no loop
            return row.kind in REFUSED
    return None
