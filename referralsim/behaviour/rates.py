"""When the next thing happens, if its rate changes only on known days.

Equation: with hazard ``h(t)`` and an exponential draw ``E`` of mean 1, the next event after ``s`` is
the ``t`` that solves ``integral of h over [s, t] = E`` (inversion of the cumulative hazard). A rate
that changes on day 100 therefore leaves every earlier event where it was.

Source: D. R. Cox & P. A. W. Lewis, *The Statistical Analysis of Series of Events*, 1966, ch. 2.
"""

from __future__ import annotations

import math
from typing import Any

from numba.extending import register_jitable


@register_jitable
def phase_at(time_days: float, starts: Any) -> int:
    """Return the index of the timeline phase in force at a time (phases are half-open).

    Parameters
    ----------
    starts : float64 array, shape (n_phases,), ascending, ``starts[0] == 0``
    """
    phase = len(starts) - 1
    while phase > 0 and time_days < starts[phase]:
        phase -= 1
    return phase


@register_jitable
def next_time(now_days: float, work: float, rates: Any, column: int, factor: float, starts: Any) -> float:
    """Return the day on which ``work`` units of cumulative hazard are used up, or infinity.

    Parameters
    ----------
    work : float
        An exponential draw of mean 1.
    rates : float64 array, shape (n_phases, n_columns)
        Rate a day in each phase.
    column : int
        Which column applies (a segment, a rule, a stream).
    factor : float
        Multiplier on all rates (a person's activity), >= 0.

    Examples
    --------
    >>> import numpy as np
    >>> float(next_time(0.0, 3.0, np.array([[1.0], [0.5]]), 0, 1.0, np.array([0.0, 2.0])))
    4.0
    """
    phase = phase_at(now_days, starts)
    now = now_days
    while True:
        rate = rates[phase, column] * factor
        if phase + 1 == len(starts):
            return float(now + work / rate) if rate > 0.0 else math.inf
        end = starts[phase + 1]
        capacity = rate * (end - now)
        if rate > 0.0 and work <= capacity:
            return float(now + work / rate)
        work = work - capacity
        now = end
        phase += 1


@register_jitable
def calendar_tick(now_days: float, first_days: float, every_days: float, least: int) -> int:
    """Return the first tick of a calendar, number ``least`` or later, that is not past.

    Tick k is on day ``first_days + k * every_days``.

    Examples
    --------
    >>> calendar_tick(45.0, 15.0, 30.0, 0), calendar_tick(45.1, 15.0, 30.0, 0)
    (1, 2)
    """
    tick = max(least, math.ceil((now_days - first_days) / every_days))
    while first_days + tick * every_days < now_days:
        tick += 1
    return int(tick)
