"""How people respond to rewards, brand, tie and earlier offers: log-odds that add up.

Equations (brand and tie from 0, weak, to 1, strong; rewards at face value)::

    logit P(share | asked)    = a + log(moment) + n_asks log(fatigue)
                                + s(own) w(brand, tie) + g(friend's) v(brand, tie) - c(brand, tie) [one-sided]
    logit P(sign up | clicked) = b + r(friend's) + beta_tie (tie - 1/2) + beta_brand (brand - 1/2)
                                + exposure(n offers) + balance of word of mouth

    w = w0 + w_b (1 - brand) + w_t (1 - tie)    a stranger's product must pay the sender
    v = v0 + v_b brand + v_t tie                a good friend is given something good
    c = c_b brand + c_t tie                     the cost of being seen to be paid

``a`` and ``b`` are the log-odds of the probabilities that the planner writes: those of an ask at no
particular moment without reward, and of a first, unrewarded offer over a middling tie and brand.

Source: G. Ryu & L. Feick, *A Penny for Your Thoughts*, J. Marketing 71(1), 2007, found the orders
(weak brand or tie: pay the sender; strong: give to the receiver; presence matters, size hardly).
The slopes are not published; the defaults are assumed and reproduce the orders.
"""

from __future__ import annotations

import math
from typing import Any

from numba.extending import register_jitable

PRESENCE = 0
LOG = 1
LINEAR = 2

INDEPENDENT = 0
SATURATING = 1
SINGLE_PEAKED = 2


@register_jitable
def expit(log_odds: float) -> float:
    """Return the probability with these log-odds; infinities give 0 and 1.

    Examples
    --------
    >>> expit(0.0), expit(math.inf), expit(-math.inf)
    (0.5, 1.0, 0.0)
    """
    if log_odds >= 0.0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1.0 + odds)


@register_jitable
def logit(probability: float) -> float:
    """Return the log-odds of a probability in [0, 1]; 0 and 1 give infinities.

    Examples
    --------
    >>> logit(0.5), logit(1.0), logit(0.0)
    (0.0, inf, -inf)
    """
    if probability <= 0.0:
        return -math.inf
    if probability >= 1.0:
        return math.inf
    return math.log(probability / (1.0 - probability))


@register_jitable
def reward_effect(form: int, effect: float, scale_cents: float, value_cents: float) -> float:
    """Return the log-odds that a reward of this face value adds (``s``, ``g`` or ``r`` above).

    Parameters
    ----------
    form : PRESENCE (a step), LOG (``effect * log(1 + value / scale)``) or LINEAR (up to ``scale``)
    """
    if value_cents <= 0.0:
        return 0.0
    if form == 1:
        return effect * math.log1p(value_cents / scale_cents)
    if form == 2:
        return effect * min(value_cents / scale_cents, 1.0)
    return effect


@register_jitable
def share_probability(
    programme: Any, brand: float, tie: float, segment_log_factor: float, moment: float, n_asks: int
) -> float:
    """Return P(share | asked) over one tie.

    Parameters
    ----------
    programme : row of ``engine.contract.PROGRAMME``
    brand, tie : float in [0, 1]
    segment_log_factor : float
        Logarithm of the segment's factor on the odds.
    moment : float > 0
        Factor of the latest moment (``moments.moment_factor``).
    n_asks : int
        Asks the person has seen before this one.

    Notes
    -----
    In table mode the planner's probability is multiplied (not its odds) and cut off at 1.
    """
    if programme.mode == 1:
        weak = programme.table_share_weak
        written = weak + (programme.table_share_strong - weak) * tie
        factor = moment * math.exp(n_asks * programme.log_fatigue + segment_log_factor)
        return float(min(1.0, written * factor))
    w = programme.own_base + programme.own_weak_brand * (1.0 - brand)
    w = w + programme.own_weak_tie * (1.0 - tie)
    v = programme.friend_base + programme.friend_brand * brand + programme.friend_tie * tie
    c = programme.cost_brand * brand + programme.cost_tie * tie
    rewards = programme.own_effect * w + programme.friend_effect * v - c * programme.one_sided
    circumstances = math.log(moment) + n_asks * programme.log_fatigue + segment_log_factor
    return expit(programme.share_base + rewards + circumstances)


@register_jitable
def exposure(curve: int, effect: float, offers_scale: float, n_offers: int) -> float:
    """Return the log-odds that earlier offers add; 0 at the first offer.

    Single-peaked is largest at the ``offers_scale``-th offer and falls after it (books in Leskovec,
    Adamic & Huberman 2007, doi:10.1145/1232722.1232727, peak at 2); saturating levels off (DVDs, near 10).
    """
    if curve == 1:
        return effect * (1.0 - math.exp(-(n_offers - 1.0) / offers_scale))
    if curve == 2:
        now = n_offers / offers_scale
        first = 1.0 / offers_scale
        return effect * (now * math.exp(1.0 - now) - first * math.exp(1.0 - first))
    return 0.0


@register_jitable
def accept_probability(channel: Any, offer_effect: float, tie: float, brand: float, heard: float) -> float:
    """Return P(sign up | clicked) by the logit.

    Parameters
    ----------
    channel : row of ``engine.contract.CHANNEL``
    offer_effect : float
        Log-odds that the friend's reward adds (``r``); 0 outside programmes.
    heard : float
        Log-odds from earlier offers and from the balance of word of mouth.
    """
    ties = channel.tie_effect * (tie - 0.5)
    brands = channel.brand_effect * (brand - 0.5)
    return expit(channel.signed_up_logit + offer_effect + ties + brands + heard)


@register_jitable
def table_accept_probability(programme: Any, tie: float, heard: float) -> float:
    """Return P(sign up | clicked) as the planner wrote it, moved by what the person has heard."""
    weak = programme.table_accept_weak
    written = weak + (programme.table_accept_strong - weak) * tie
    return expit(logit(written) + heard)


@register_jitable
def heard_log_odds(
    channel: Any, n_offers: int, balance: float, balance_effect: float, balance_limit: float
) -> float:
    """Return the log-odds from earlier offers and from word of mouth (good minus bad, limited)."""
    gained = exposure(channel.exposure_curve, channel.exposure_effect, channel.exposure_offers, n_offers)
    limited = max(-balance_limit, min(balance, balance_limit))
    return gained + balance_effect * limited
