"""How much of the uncertainty of a result is luck, and how much is what nobody knows.

With ``--uncertain`` replication r plays with the r-th draw of the uncertain numbers and with its own luck:
intervals and chances over replications are then over both. To tell the two apart every draw is played a
second time, with luck of its own: its *companion*. Two runs of one draw differ by luck alone.

Let y1, y2 be a measure in both runs of K draws. With the mean squares of a balanced one-way layout (K
groups of 2)

    between = 2 Var(mean of y1 and y2 over draws),    within = mean (y1 - y2)^2 / 2,
    chance  = within,                                 ignorance = (between - within) / 2

are unbiased for the variance by luck (averaged over what may be) and for the variance of the true mean as
the numbers go through their laws; an estimate of ignorance below 0 is shown as 0. The interval of the
share comes from the F law of between / within; it is exact where both parts are normal. Source: S. R.
Searle, G. Casella & C. E. McCulloch, *Variance Components*, Wiley 1992, doi:10.1002/9780470316856,
chapter 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.experiment.result import COMPANIONS, RunKey, RunOutcome

Values = npt.NDArray[np.float64]

MEASURED = ("k_offspring", "customers", "incremental_customers", "incremental_profit", "profit")
"""Whose uncertainty is split."""

_LEVEL = 0.95


class Parts(NamedTuple):
    """The uncertainty of one result; standard deviations in the unit of the measure."""

    n: int  # draws that were played twice
    mean: float
    chance_sd: float  # of one run, by luck
    ignorance_sd: float  # of the true mean, by what is not known
    share: float  # of the variance of one run that is ignorance, in [0, 1]
    low: float  # of the share, 95 %
    high: float


def split_pairs(first: Values, second: Values) -> Parts:
    """Split the variance of a result that was played twice at each draw.

    Parameters
    ----------
    first, second : arrays of equal length
        The runs of each draw; draws of which one is NaN are left out.

    Examples
    --------
    >>> split_pairs(np.array([1.0, 5.0, 9.0]), np.array([1.0, 5.0, 9.0])).share
    1.0
    """
    known = ~(np.isnan(first) | np.isnan(second))
    a, b = first[known], second[known]
    n = len(a)
    if n < 2:
        return Parts(n, float(a.mean()) if n else math.nan, *(math.nan,) * 5)
    means = (a + b) / 2
    between, within = 2 * float(means.var(ddof=1)), float(((a - b) ** 2).mean()) / 2
    ignorance = max(0.0, (between - within) / 2)
    whole = ignorance + within
    share = ignorance / whole if whole > 0 else math.nan
    low, high = _share_interval(between, within, n)
    return Parts(n, float(means.mean()), math.sqrt(within), math.sqrt(ignorance), share, low, high)


def _share_interval(between: float, within: float, n: int) -> tuple[float, float]:
    from scipy.stats import f

    if within == 0:
        return (1.0, 1.0) if between > 0 else (math.nan, math.nan)
    ratio, tail = between / within, (1 - _LEVEL) / 2
    ends = [(ratio / float(f.ppf(q, n - 1, n)) - 1) / 2 for q in (1 - tail, tail)]
    low, high = (max(0.0, end) / (1 + max(0.0, end)) for end in ends)
    return low, high


def split_all(outcomes: Sequence[RunOutcome], companions: Sequence[RunOutcome]) -> list[dict[str, Any]]:
    """Split the uncertainty of every design, and of every difference between two.

    Parameters
    ----------
    outcomes, companions : sequences of RunOutcome
        Of the same designs and draws; a draw of which one run failed is left out.

    Returns
    -------
    list of dict
        measure, a, b (None: of ``a`` alone, else of ``a`` less ``b``) and the fields of :class:`Parts`, None
        where one is not known.
    """
    first = {o.key: o for o in outcomes if not o.error}
    second = {o.key: o for o in companions if not o.error}
    names = list(dict.fromkeys(o.key.design for o in outcomes))
    draws = sorted({o.key.replication for o in outcomes})

    def values(measure: str, design: str, place: int) -> Values:
        runs = (first, second)[place]
        keys = [RunKey(design, draw + place * COMPANIONS) for draw in draws]
        return np.array([runs[k].scalars[measure].value if k in runs else math.nan for k in keys])

    rows = []
    for measure in MEASURED:
        pairs = {name: [values(measure, name, place) for place in (0, 1)] for name in names}
        rows += [_row(measure, name, None, split_pairs(*pairs[name])) for name in names]
        for a, b in combinations(names, 2):
            gaps = [x - y for x, y in zip(pairs[a], pairs[b], strict=True)]
            rows.append(_row(measure, a, b, split_pairs(*gaps)))
    return rows


def _row(measure: str, a: str, b: str | None, parts: Parts) -> dict[str, Any]:
    numbers = {name: value if math.isfinite(value) else None for name, value in parts._asdict().items()}
    return {"measure": measure, "a": a, "b": b, **numbers}
