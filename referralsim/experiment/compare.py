"""Estimates over replications and paired comparisons of designs.

Replication r of every design plays in the same world with the same luck (common random numbers), so
designs are compared pair by pair: the interval is that of the mean difference within pairs.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import pandas as pd

from referralsim.experiment.sequential import sequential_difference, sequential_interval
from referralsim.measures import MEASURES, MISSING_FOR_A_REASON
from referralsim.metrics.intervals import NOT_KNOWN, mean_interval, paired_difference, verdict


def averaged(runs: pd.DataFrame) -> str:
    """Return the column that is averaged over replications."""
    return "pooled" if "pooled" in runs else "value"


def estimate(runs: pd.DataFrame, *, peeked: bool = False) -> pd.DataFrame:
    """Return mean and 95 % interval of each measure of each design.

    Parameters
    ----------
    runs : DataFrame
        design, replication, measure, value, n, and perhaps pooled: then ratios are estimated by the sum of
        numerators over the sum of denominators (:mod:`referralsim.experiment.pool`).
    peeked : bool
        Whether the number of replications depends on what came out; intervals are then those of
        :mod:`referralsim.experiment.sequential`, which hold all the same.
    """
    interval_of = sequential_interval if peeked else mean_interval
    rows, column = [], averaged(runs)
    for (design, measure), group in runs.groupby(["design", "measure"], sort=False):
        interval = interval_of(group[column].to_numpy())
        rows.append((design, measure, interval.mean, interval.low, interval.high, interval.n))
    return pd.DataFrame(rows, columns=["design", "measure", "mean", "low", "high", "n"])


def compare(runs: pd.DataFrame, *, peeked: bool = False) -> pd.DataFrame:
    """Return the paired difference ``a - b`` of every measure for every pair of designs.

    Notes
    -----
    ``p_a_better`` is the chance that a's true mean is the better one: higher, or lower where less
    is better (costs). For measures without a better side it is the chance that a's is higher.
    A measure that is missing for a reason (:data:`referralsim.measures.MISSING_FOR_A_REASON`) is compared
    only if both designs have it in every replication: the runs without it are not a random part of all.
    """
    difference_of = sequential_difference if peeked else paired_difference
    designs = list(dict.fromkeys(runs["design"]))
    column = averaged(runs)
    wide = runs.pivot(index="replication", columns=["measure", "design"], values=column).sort_index()
    # looked up once: asking the frame for every pair takes ten times as long as comparing them
    values: dict[Any, Any] = dict(zip(wide.columns, wide.to_numpy().T, strict=True))
    rows = []
    for measure in dict.fromkeys(runs["measure"]):
        better = MEASURES[measure].better
        for a, b in combinations(designs, 2):
            difference = difference_of(values[measure, a], values[measure, b])
            p_better = 1.0 - difference.p_a_better if better == "lower" else difference.p_a_better
            words = verdict(difference, better)
            if measure in MISSING_FOR_A_REASON and difference.n < len(wide):
                p_better, words = math.nan, NOT_KNOWN
            rows.append(
                (
                    measure,
                    a,
                    b,
                    difference.difference,
                    difference.low,
                    difference.high,
                    difference.n,
                    p_better,
                    words,
                )
            )
    columns = ["measure", "a", "b", "difference", "low", "high", "n", "p_a_better", "verdict"]
    return pd.DataFrame(rows, columns=columns)
