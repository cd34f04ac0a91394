"""Rewards as the seed settles them."""

from __future__ import annotations

from referralsim.distributions import round_half_even
from referralsim.engine.replay_fate_state import Fate, Fated, Pending
from referralsim.eventlog.kinds import Kind, Side


def qualify(fate: Fate, friend: Fated, basket_cents: int) -> None:
    """Let a referral count, once, and let both sides earn."""
    number = friend.credit.programme
    if friend.qualified or number < 0 or not fate.programme(number).enabled:
        return
    friend.qualified = True
    parent = friend.credit.parent
    fate.write(Kind.QUALIFIED, friend.index, parent, 0, friend.credit)
    rules = fate.programme(number)
    fixed = {Side.REFERRER: rules.referrer_value_cents, Side.REFEREE: rules.referee_value_cents}
    percent = {Side.REFERRER: rules.referrer_percent, Side.REFEREE: rules.referee_percent}
    for side in Side:
        amount = round_half_even(percent[side] * basket_cents) if percent[side] > 0.0 else int(fixed[side])
        if amount != 0:
            _earn(fate, friend, side, amount)


def _earn(fate: Fate, friend: Fated, side: Side, amount: int) -> None:
    number = friend.credit.programme
    rules, referrer = fate.programme(number), fate.people[friend.credit.parent]
    receiver, other = (referrer, friend) if side == Side.REFERRER else (friend, referrer)
    cap = rules.referrer_cap if side == Side.REFERRER else rules.referee_cap
    n_earned = receiver.earned.get(number, 0) if side == Side.REFERRER else 0
    if 0 <= cap <= n_earned:
        fate.write(Kind.REWARD_CAPPED, receiver.index, other.index, side, friend.credit, amount)
        return
    if side == Side.REFERRER:
        receiver.earned[number] = n_earned + 1
    fate.write(Kind.REWARD_EARNED, receiver.index, other.index, side, friend.credit, amount)
    carried = (friend, amount)
    end = fate.now + rules.hold_days
    fate.schedule(end, Kind.REWARD_SETTLED, receiver.index, other.index, side, carried)


def settled(fate: Fate, e: Pending) -> None:
    """Pay a reward at the end of its hold, or take it back."""
    friend, amount = e.carried
    side, number = Side(e.attempt), friend.credit.programme
    rules = fate.programme(number)
    if (rules.clawback_refund and friend.refunded) or (rules.clawback_churn and friend.status == "gone"):
        if side == Side.REFERRER:
            fate.people[e.actor].earned[number] -= 1
        fate.write(Kind.REWARD_REVERSED, e.actor, e.target, side, friend.credit, amount)
        return
    share = rules.referrer_cost if side == Side.REFERRER else rules.referee_cost
    cost = round_half_even(amount * share)
    fate.write(Kind.REWARD_PAID, e.actor, e.target, side, friend.credit, amount, -cost)
