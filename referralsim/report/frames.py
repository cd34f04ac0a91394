"""From runs to means: every way in which the report averages over replications, in one place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from referralsim.metrics.offspring import default_window_days
from referralsim.report.wording import Estimate
from referralsim.scenario.quantity import parse_duration

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment

NOTHING = Estimate(math.nan, math.nan, math.nan, 0)
"""The estimate of a measure that no run could give."""


def _half_width(standard_error: float, n: int) -> float:
    return float(stdtrit(n - 1, 0.975)) * standard_error if n > 1 else math.nan


def mean_over_runs(values: npt.ArrayLike) -> Estimate:
    """Return the mean of one value a replication with Student's 95 % interval; NaN values are left out.

    Examples
    --------
    >>> mean_over_runs([1.0, 3.0, float("nan")]).mean, mean_over_runs([1.0, 3.0]).n
    (2.0, 2)
    """
    array = np.asarray(values, dtype=np.float64)
    array = array[np.isfinite(array)]
    n = len(array)
    if n == 0:
        return NOTHING
    mean = float(array.mean())
    half = _half_width(float(array.std(ddof=1)) / math.sqrt(n), n) if n > 1 else math.nan
    return Estimate(mean, mean - half, mean + half, n)


def ratio_over_runs(values: npt.ArrayLike, weights: npt.ArrayLike) -> Estimate:
    """Return the weighted mean of a ratio over replications, with a linearised 95 % interval.

    A ratio such as K in a generation has a denominator that differs by run; weighting each run by its
    denominator gives total over total, which small runs cannot bias.

    Parameters
    ----------
    values, weights : float arrays, shape (n_runs,)
        The ratio of each run and its denominator; runs with NaN or without weight are left out.

    Examples
    --------
    >>> ratio_over_runs([0.5, 0.0], [30, 10]).mean
    0.375
    """
    ratio, weight = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    usable = np.isfinite(ratio) & np.isfinite(weight) & (weight > 0)
    ratio, weight = ratio[usable], weight[usable]
    n = len(ratio)
    if n == 0:
        return NOTHING
    mean = float((ratio * weight).sum() / weight.sum())
    residual = weight * (ratio - mean)
    error = math.sqrt(float((residual**2).sum()) / (n * max(1, n - 1))) / float(weight.mean())
    half = _half_width(error, n)
    return Estimate(mean, mean - half, mean + half, n)


def middle_of_runs(values: npt.ArrayLike) -> Estimate:
    """Return the mean and the band in which the middle 95 % of the replications lie.

    Unlike an interval of the mean the band does not shrink with more runs: it says what one launch,
    which happens only once, may look like.
    """
    array = np.asarray(values, dtype=np.float64)
    array = array[np.isfinite(array)]
    if len(array) == 0:
        return NOTHING
    if len(array) == 1:
        return Estimate(float(array[0]), math.nan, math.nan, 1)
    low, high = np.quantile(array, [0.025, 0.975])
    return Estimate(float(array.mean()), float(low), float(high), len(array))


def design_names(experiment: Experiment) -> tuple[str, ...]:
    """Return the names of the designs, in the order of the scenario."""
    return tuple(experiment.designs)


def all_estimates(experiment: Experiment) -> dict[tuple[str, str], Estimate]:
    """Return every estimate by design and measure."""
    frame = experiment.estimates
    columns = (frame[name].tolist() for name in ("design", "measure", "mean", "low", "high", "n"))
    return {
        (str(design), str(measure)): Estimate(float(mean), float(low), float(high), int(n))
        for design, measure, mean, low, high, n in zip(*columns, strict=True)
    }


def estimate(experiment: Experiment, design: str, measure: str) -> Estimate:
    """Return the estimate of one measure for one design; :data:`NOTHING` where there is none."""
    return all_estimates(experiment).get((design, measure), NOTHING)


def table(experiment: Experiment, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a table of the experiment, or an empty one with the named columns."""
    found = experiment.tables.get(name)
    needed = ("design", "replication", *columns)
    if found is None or not set(needed) <= set(found.columns):
        return pd.DataFrame({column: [] for column in needed})
    return found


def window_days(experiment: Experiment) -> float:
    """Return the window of the K family, which all designs share."""
    written = next((scenario.get("window") for scenario in experiment.designs.values()), None)
    return default_window_days(experiment.horizon_days) if written is None else parse_duration(written)


def values_by_run(experiment: Experiment, measure: str, designs: tuple[str, ...]) -> pd.DataFrame:
    """Return a measure, one row a replication and one column a design; NaN where it is not known.

    For a ratio these are the runs' parts in the pooled ratio (:mod:`referralsim.experiment.pool`).
    """
    runs = experiment.runs
    rows = runs[(runs["measure"] == measure) & runs["design"].isin(designs)]
    column = "pooled" if "pooled" in runs else "value"
    wide = rows.pivot(index="replication", columns="design", values=column).sort_index()
    return wide.reindex(columns=list(designs)).astype(np.float64)


def n_runs(experiment: Experiment, design: str) -> int:
    """Return how many replications of a design were measured."""
    runs = experiment.runs
    return int(runs.loc[runs["design"] == design, "replication"].nunique())


def mean_counts(
    experiment: Experiment, frame: pd.DataFrame, keys: list[str], value: str
) -> dict[tuple[str, ...], float]:
    """Return the mean over replications of a sum; a run in which nothing happened counts as zero.

    Parameters
    ----------
    keys : list of column names
        What the sums are taken by besides the design, without the replication.

    Returns
    -------
    dict
        ``(design, *keys) -> mean``.
    """
    if frame.empty:
        return {}
    sums = frame.groupby(["design", *keys], sort=False, observed=True)[value].sum()
    runs = {design: max(1, n_runs(experiment, design)) for design in design_names(experiment)}
    means: dict[tuple[str, ...], float] = {}
    for key, total in sums.items():
        parts = tuple(str(part) for part in key)  # type: ignore[attr-defined]
        if parts[0] in runs:
            means[parts] = float(total) / runs[parts[0]]
    return means
