"""What a reward rule pays, for which friend, within which cap.

Equations: the n-th friend of a referrer is paid for by a rule if ``from <= n <= to`` and ``n - from + 1``
is a multiple of ``every``; so tiers are rules with ranges, a milestone is a range of one, and "every
fifth" is ``every = 5``. The amount is fixed or a share of the basket, on first or later terms.

Source: none is needed, these are the terms of contracts. Money is rounded half to even at the moment it
arises.
"""

from __future__ import annotations

import math
from typing import Any

from numba.extending import register_jitable

from referralsim.distributions import round_half_even


@register_jitable
def pays_for(rule: Any, friend_number: int, tier: int, basket_cents: int) -> bool:
    """Return whether a rule pays for this friend at all.

    Parameters
    ----------
    rule : row of ``engine.contract.REWARD``
    friend_number : int >= 1
        How manieth qualified friend of the referrer it is.
    tier : int in [0, TIERS)
        The receiver's tier.
    basket_cents : int
        What the friend bought (0 for a qualification without purchase).
    """
    if rule.present == 0 or basket_cents < rule.minimum_cents:
        return False
    if tier < rule.from_tier or tier > rule.to_tier:
        return False
    if friend_number < rule.from_friend or (rule.to_friend >= 0 and friend_number > rule.to_friend):
        return False
    return bool((friend_number - rule.from_friend + 1) % rule.every == 0)


@register_jitable
def reward_amount(rule: Any, basket_cents: int, since_days: float) -> int:
    """Return the face value in cents, ``since_days`` after the friend qualified."""
    if since_days < rule.intro_days:
        if rule.percent > 0.0:
            return int(round_half_even(rule.percent * basket_cents))
        return int(rule.value_cents)
    if rule.later_percent > 0.0:
        return int(round_half_even(rule.later_percent * basket_cents))
    return int(rule.later_value_cents)


@register_jitable
def reward_cost(rule: Any, amount_cents: int) -> int:
    """Return what a reward costs the company: its share of the face value, and the fee of paying it."""
    return int(round_half_even(amount_cents * rule.cost)) + int(rule.fee_cents)


@register_jitable
def counts_for_cap(rule: Any, now_days: float, earned_days: float) -> bool:
    """Return whether a reward earned on a day still counts towards the rule's cap now."""
    if rule.cap_window == 1:
        return bool(math.floor(now_days / rule.cap_days) == math.floor(earned_days / rule.cap_days))
    if rule.cap_window == 2:
        return bool(now_days - earned_days < rule.cap_days)
    return True
