"""Laws of delays, amounts and counts, each a pure function of one address.

A continuous law is three numbers ``(law, a, b)``; a count law likewise. They are written so that the
same text runs in plain Python and compiled, and so that a larger uniform number gives a larger value
wherever the law has a closed quantile (all but gamma): two designs that differ in one mean then stay
ordered draw by draw.

Names and parameters of the laws are in :mod:`referralsim.laws`.

Sources: M. J. Wichura, *Algorithm AS 241*, Applied Statistics 37(3), 1988, doi:10.2307/2347330
(normal quantile); G. Marsaglia & W. W. Tsang, ACM TOMS 26(3), 2000, doi:10.1145/358407.358414 (gamma).
"""

from __future__ import annotations

import math
from typing import Any

from numba.extending import register_jitable

from referralsim.laws import CountLaw, Law
from referralsim.randomness import further, unit

__all__ = [
    "EVERYBODY",
    "CountLaw",
    "Law",
    "draw",
    "draw_count",
    "exponential",
    "normal_quantile",
    "round_half_even",
]

EVERYBODY = 2**31 - 1
"""What ``draw_count`` answers for :attr:`CountLaw.ALL`: more contacts than anybody has."""

_CENTRE_TOP = (
    2509.0809287301226727,
    33430.575583588128105,
    67265.770927008700853,
    45921.953931549871457,
    13731.693765509461125,
    1971.5909503065514427,
    133.14166789178437745,
    3.387132872796366608,
)
_CENTRE_BOTTOM = (
    5226.495278852545925,
    28729.085735721942674,
    39307.89580009271061,
    21213.794301586595867,
    5394.1960214247511077,
    687.1870074920579083,
    42.313330701600911252,
    1.0,
)
_SHOULDER_TOP = (
    7.7454501427834140764e-4,
    0.0227238449892691845833,
    0.24178072517745061177,
    1.27045825245236838258,
    3.64784832476320460504,
    5.7694972214606914055,
    4.6303378461565452959,
    1.42343711074968357734,
)
_SHOULDER_BOTTOM = (
    1.05075007164441684324e-9,
    5.475938084995344946e-4,
    0.0151986665636164571966,
    0.14810397642748007459,
    0.68976733498510000455,
    1.6763848301838038494,
    2.05319162663775882187,
    1.0,
)
_TAIL_TOP = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    0.0012426609473880784386,
    0.026532189526576123093,
    0.29656057182850489123,
    1.7848265399172913358,
    5.4637849111641143699,
    6.6579046435011037772,
)
_TAIL_BOTTOM = (
    2.04426310338993978564e-15,
    1.4215117583164458887e-7,
    1.8463183175100546818e-5,
    7.868691311456132591e-4,
    0.0148753612908506148525,
    0.13692988092273580531,
    0.59983220655588793769,
    1.0,
)


@register_jitable
def _polynomial(coefficients: tuple[float, ...], x: float) -> float:
    value = 0.0
    for coefficient in coefficients:
        value = value * x + coefficient
    return value


@register_jitable
def normal_quantile(probability: float) -> float:
    """Return the standard normal quantile, relative error about 1e-16 (AS 241, routine PPND16).

    Parameters
    ----------
    probability : float in (0, 1)

    Examples
    --------
    >>> round(normal_quantile(0.975), 12)
    1.95996398454
    """
    q = probability - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _polynomial(_CENTRE_TOP, r) / _polynomial(_CENTRE_BOTTOM, r)
    r = probability if q < 0.0 else 1.0 - probability
    r = math.sqrt(-math.log(r))
    if r <= 5.0:
        value = _polynomial(_SHOULDER_TOP, r - 1.6) / _polynomial(_SHOULDER_BOTTOM, r - 1.6)
    else:
        value = _polynomial(_TAIL_TOP, r - 5.0) / _polynomial(_TAIL_BOTTOM, r - 5.0)
    return -value if q < 0.0 else value


@register_jitable
def exponential(probability: float) -> float:
    """Return the quantile of the exponential law with mean 1.

    Examples
    --------
    >>> round(exponential(0.5), 6)
    0.693147
    """
    return -math.log1p(-probability)


@register_jitable
def _gamma(word: Any, shape: float) -> float:
    """Draw from the gamma law with scale 1 by Marsaglia and Tsang's squeeze-free rejection."""
    boosted = shape + 1.0 if shape < 1.0 else shape
    d = boosted - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    index = 1
    value = d
    while True:
        normal = normal_quantile(unit(further(word, index)))
        v = 1.0 + c * normal
        if v > 0.0:
            v = v * v * v
            log_u = math.log(unit(further(word, index + 1)))
            if log_u < 0.5 * normal * normal + d - d * v + d * math.log(v):
                value = d * v
                break
        index += 2
    if shape < 1.0:
        value = value * math.exp(math.log(unit(further(word, 0))) / shape)
    return value


@register_jitable
def draw(word: Any, law: int, a: float, b: float, table: Any) -> float:
    """Draw a value of a continuous law from one address.

    Parameters
    ----------
    word : 64-bit address
    law : Law
    a, b : float
        Parameters; see the table in :mod:`referralsim.laws`. Units are the caller's (days, cents, 1).
    table : float64 array, shape (n_rows,)
        Rows of all empirical laws of the scenario, each law's rows sorted ascending.
    """
    if law == 0:
        return a
    probability: float = unit(word)
    if law == 1:
        return a * exponential(probability)
    if law == 2:
        return math.exp(a + b * normal_quantile(probability))
    if law == 3:
        return float(b * _gamma(word, a))
    if law == 4:
        return a + (b - a) * probability
    if law == 5:
        return b * math.exp(math.log(exponential(probability)) / a)
    if law == 6:
        return b * math.exp(exponential(probability) / a)
    return float(table[int(a) + int(probability * b)])


@register_jitable
def draw_count(word: Any, law: int, a: float, b: float) -> int:
    """Draw a whole number >= 0 from one address by walking up the distribution function.

    Parameters
    ----------
    word : 64-bit address
    law : CountLaw
    a, b : float
        Parameters; see the table in :mod:`referralsim.laws`. Means up to about 500 (above that the
        first probability underflows and the walk would not start; the scenario refuses them).
    """
    if law == 0:
        return int(a)
    if law == 5:
        return EVERYBODY
    left = unit(word)
    count = 0
    if law == 1:
        probability = math.exp(-a)
    elif law == 2:
        probability = 1.0 / (1.0 + a)
    elif law == 3:
        probability = math.exp(b * math.log(b / (b + a)))
    else:
        probability = math.exp(a * math.log1p(-b)) if b < 1.0 else 0.0
        if b >= 1.0:
            return int(a)
    while left > probability and count < 1_000_000:
        left -= probability
        count += 1
        if law == 1:
            probability = probability * a / count
        elif law == 2:
            probability = probability * a / (1.0 + a)
        elif law == 3:
            probability = probability * (count - 1 + b) / count * (a / (a + b))
        else:
            probability = probability * (a - count + 1) / count * (b / (1.0 - b))
        if probability <= 0.0:
            break
    return count


@register_jitable
def round_half_even(value: float) -> int:
    """Round to the nearest whole number, halves to even: how money is rounded when it is paid.

    Examples
    --------
    >>> round_half_even(0.5), round_half_even(1.5), round_half_even(-2.5)
    (0, 2, -2)
    """
    low = math.floor(value)
    rest = value - low
    whole = int(low)
    if rest > 0.5 or (rest == 0.5 and whole % 2 != 0):
        return whole + 1
    return whole
