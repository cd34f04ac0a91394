"""How a good or a bad moment changes what people do next, and how that fades.

Equation: ``factor(d) = 1 + (peak - 1) * 2**(-d / half_life)``, ``d`` days after the *latest* moment.
With ``peak > 1`` it is the lift after a happy moment, with ``peak < 1`` the chill after an unhappy
one. Averaged over an exponential ask delay of mean ``m`` a happy moment is worth
``1 + (peak - 1) * tau / (tau + m)``, ``tau = half_life / ln 2``.

Source: the order and the fast decay are those of Jung et al. 2020, ISR (repeat buyers asked after a
purchase); the exponential form and its default numbers are assumed.
"""

from __future__ import annotations

import math

from numba.extending import register_jitable

LN_2 = 0.6931471805599453

NO_MOMENT = 0
HAPPY = 1
UNHAPPY = 2


@register_jitable
def fading(peak: float, half_life_days: float, since_days: float) -> float:
    """Return a factor that starts at ``peak`` and halves its distance to 1 every half-life.

    Examples
    --------
    >>> fading(3.0, 2.0, 0.0), fading(3.0, 2.0, 2.0), fading(0.5, 1.0, 1.0)
    (3.0, 2.0, 0.75)
    """
    # exp, not a power of two: compilers turn pow(2, x) into exp2, whose last bits differ
    return 1.0 + (peak - 1.0) * math.exp(-LN_2 * (since_days / half_life_days))


@register_jitable
def decaying(effect: float, half_life_days: float, since_days: float) -> float:
    """Return an effect that halves every half-life (never, if that is infinite).

    Examples
    --------
    >>> decaying(0.8, 2.0, 0.0), decaying(0.8, 2.0, 2.0), decaying(0.8, math.inf, 9.0)
    (0.8, 0.4, 0.8)
    """
    return effect * math.exp(-LN_2 * (since_days / half_life_days))


@register_jitable
def moment_factor(
    latest: int,
    since_days: float,
    happy_factor: float,
    happy_half_life_days: float,
    unhappy_factor: float,
    unhappy_half_life_days: float,
) -> float:
    """Return the factor on the odds of sharing; only the latest moment decides.

    Parameters
    ----------
    latest : NO_MOMENT, HAPPY or UNHAPPY
    since_days : float, >= 0
        Time since that moment (unused without one).
    """
    if latest == 1:
        return fading(happy_factor, happy_half_life_days, since_days)
    if latest == 2:
        return fading(unhappy_factor, unhappy_half_life_days, since_days)
    return 1.0
