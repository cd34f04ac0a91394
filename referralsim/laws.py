"""The names of the laws of delays, amounts and counts, and what their two parameters mean.

A continuous law is three numbers ``(law, a, b)``; a count law likewise. How they are drawn is in
:mod:`referralsim.distributions`; names alone load quickly, and a scenario needs no more.

==============  ===========================  ==============================================
continuous law  a, b                         mean
==============  ===========================  ==============================================
FIXED           value, unused                a
EXPONENTIAL     mean, unused                 a
LOGNORMAL       mu, sigma of the logarithm   exp(a + b**2 / 2)
GAMMA           shape, scale                 a * b
UNIFORM         low, high                    (a + b) / 2
WEIBULL         shape, scale                 b * Gamma(1 + 1/a)
PARETO          exponent, minimum            a * b / (a - 1) for a > 1
EMPIRICAL       first row, rows in table     mean of the rows
==============  ===========================  ==============================================

==============  ===========================  ==============================================
count law       a, b                         mean
==============  ===========================  ==============================================
FIXED_COUNT     value, unused                a
POISSON         mean, unused                 a
GEOMETRIC       mean, unused                 a (support 0, 1, 2, ...)
NEGATIVE_BIN    mean, shape k                a (variance a + a**2 / k)
BINOMIAL        trials, probability          a * b
ALL             unused                       every eligible contact
==============  ===========================  ==============================================
"""

from __future__ import annotations

from enum import IntEnum


class Law(IntEnum):
    """Continuous laws; see the table above."""

    FIXED = 0
    EXPONENTIAL = 1
    LOGNORMAL = 2
    GAMMA = 3
    UNIFORM = 4
    WEIBULL = 5
    PARETO = 6
    EMPIRICAL = 7


class CountLaw(IntEnum):
    """Laws of whole numbers; see the table above."""

    FIXED_COUNT = 0
    POISSON = 1
    GEOMETRIC = 2
    NEGATIVE_BIN = 3
    BINOMIAL = 4
    ALL = 5
