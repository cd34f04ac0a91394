"""Whether rewards in a log are possible; see :mod:`referralsim.engine.replay_life`."""

from __future__ import annotations

from referralsim.distributions import round_half_even
from referralsim.engine.replay_life import why_wrong_credit
from referralsim.engine.replay_rules import Event, day
from referralsim.engine.replay_state import Walk
from referralsim.eventlog.kinds import Kind, Side

_EARNED = (int(Kind.REWARD_EARNED), int(Kind.REWARD_CAPPED))
_SETTLED = (int(Kind.REWARD_PAID), int(Kind.REWARD_REVERSED))


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
    life.qualified_day = e.time
    for side, receiver, other in ((Side.REFERRER, e.target, e.actor), (Side.REFEREE, e.actor, e.target)):
        if _promised(walk, e, side, life.qualifying[1]) != 0:
            walk.owe(e.time, _EARNED, receiver, other, side, "the programme rewards this side")
    return None


def _promised(walk: Walk, e: Event, side: Side, basket_cents: int) -> int:
    """Return what a programme gives a side for a friend who qualifies now, in cents."""
    rules = walk.rules.programmes[walk.rules.phase(e.time)][e.programme]
    if side == Side.REFERRER:
        value, percent = rules.referrer_value_cents, rules.referrer_percent
    else:
        value, percent = rules.referee_value_cents, rules.referee_percent
    return round_half_even(percent * basket_cents) if percent > 0.0 else int(value)


def earned(walk: Walk, e: Event) -> str | None:
    """REWARD_EARNED and REWARD_CAPPED: when a friend qualifies, what the rules say, below or at the cap."""
    if e.attempt not in list(Side):
        return f"there is no side {e.attempt}"
    side = Side(e.attempt)
    referee = e.target if side == Side.REFERRER else e.actor
    life = walk.life(referee)
    if life.qualified_day != e.time or life.qualifying is None:
        return f"person {referee} does not qualify at this time"
    parent = life.credit.parent
    if (e.actor, e.target) != ((parent, referee) if side == Side.REFERRER else (referee, parent)):
        return f"person {referee} was brought by {parent}"
    why = why_wrong_credit(life, e)
    if why is not None:
        return why
    amount = _promised(walk, e, side, life.qualifying[1])
    if amount == 0 or e.amount_cents != amount:
        return f"amount_cents is {e.amount_cents}, but the rules give {amount}"
    if any((kind, *e.key[1:]) in walk.seen for kind in _EARNED):
        return "this side was rewarded before"
    return _beyond_cap(walk, e, side)


def _beyond_cap(walk: Walk, e: Event, side: Side) -> str | None:
    """Return why the cap stands against it, or None; write the earning down."""
    rules = walk.rules.programmes[walk.rules.phase(e.time)][e.programme]
    cap = rules.referrer_cap if side == Side.REFERRER else rules.referee_cap
    account = (e.actor, e.programme)
    n_earned = walk.life(e.actor).n_earned
    # another order within this instant could have earned less, or more, before this reward
    least = n_earned[e.programme] - walk.reversals[account] if side == Side.REFERRER else 0
    most = n_earned[e.programme] + walk.reversed[account] + walk.earnings[account]
    if e.kind == Kind.REWARD_EARNED:
        if 0 <= cap <= least:
            return f"person {e.actor} has earned {least} rewards, and the cap is {cap}"
        if side == Side.REFERRER:
            n_earned[e.programme] += 1
            walk.earnings[account] -= 1
        walk.owe(e.time + rules.hold_days, _SETTLED, e.actor, e.target, side, "the hold of the reward ends")
    elif cap < 0 or (most if side == Side.REFERRER else 0) < cap:
        return f"person {e.actor} has earned {n_earned[e.programme]} rewards, and the cap is {cap}"
    return None


def settled(walk: Walk, e: Event) -> str | None:
    """REWARD_PAID and REWARD_REVERSED: an earned reward, once, at the end of its hold."""
    origin = walk.seen.get((Kind.REWARD_EARNED, *e.key[1:]))
    if origin is None:
        return "this reward was not earned before"
    if any((kind, *e.key[1:]) in walk.seen for kind in _SETTLED):
        return "this reward was settled before"
    rules = walk.rules.programmes[walk.rules.phase(e.time)][origin.programme]
    hold_days = walk.rules.programmes[walk.rules.phase(origin.time)][origin.programme].hold_days
    if e.time != origin.time + hold_days:
        return f"the hold ends on {day(origin.time + hold_days)}"
    if e[2:5] != origin[2:5] or e.amount_cents != origin.amount_cents:
        return f"its amount or credit is not that of the reward earned, {origin.amount_cents} cents"
    life = walk.life(e.target if e.attempt == Side.REFERRER else e.actor)
    sent_back = life.refunded_day if rules.clawback_refund else None
    left = life.churned_day if rules.clawback_churn else None
    reasons = [reason for reason in (sent_back, left) if reason is not None]
    if e.kind == Kind.REWARD_REVERSED:
        if not reasons:
            return "nothing has happened for which this reward is taken back"
        if e.attempt == Side.REFERRER:
            walk.life(e.actor).n_earned[e.programme] -= 1
            walk.reversals[e.actor, e.programme] -= 1
            walk.reversed[e.actor, e.programme] += 1
        return None
    if any(reason < e.time for reason in reasons):
        return f"it must be taken back: the friend gave a reason on {day(min(reasons))}"
    share = rules.referrer_cost if e.attempt == Side.REFERRER else rules.referee_cost
    cost = round_half_even(e.amount_cents * share)
    return None if e.margin_cents == -cost else f"margin_cents is {e.margin_cents}, but must be {-cost}"
