"""Every run's part in the estimates over replications: ratios are pooled, all else is averaged as it is."""

from __future__ import annotations

import math

import numpy as np

from referralsim.experiment.result import RunOutcome
from referralsim.metrics.growth import pooled_growth_rates
from referralsim.metrics.intervals import Floats
from referralsim.metrics.summary import pooled_values

GROWTH = "growth_rate_per_day"
_K_CAUSED = ("k_incremental", "k_offspring", "k_without")


def pooled_parts(outcomes: list[RunOutcome]) -> list[dict[str, float]]:
    """Return for each outcome, by measure, the value whose mean over a design's runs is the estimate.

    Parameters
    ----------
    outcomes : list of RunOutcome
        All runs of an experiment, in any order.

    Notes
    -----
    These are jackknife pseudo-values, centred at the pooled ratio (see
    :func:`referralsim.metrics.intervals.pooled_ratio`). Differences between designs are paired by them
    too, so that an estimate and a comparison never contradict each other.
    """
    found: list[dict[str, float]] = [{} for _ in outcomes]
    for design in dict.fromkeys(outcome.key.design for outcome in outcomes):
        places = [i for i, o in enumerate(outcomes) if o.key.design == design and not o.error]
        if not places:
            continue
        runs = [outcomes[i] for i in places]
        for measure in runs[0].scalars:
            scalars = [run.scalars[measure] for run in runs]
            parts = _growth(runs) if measure == GROWTH else pooled_values(scalars)
            for i, part in zip(places, parts, strict=True):
                found[i][measure] = float(part)
        if len(runs) > 1:
            _difference(found, places, *_K_CAUSED)
    return found


def _growth(runs: list[RunOutcome]) -> Floats:
    values = np.array([run.scalars[GROWTH].value for run in runs])
    tables = [run.tables["cycle_time"] for run in runs]
    windows = np.array([float(table["windows"][0]) for table in tables])
    if len(runs) < 2 or not windows.any():
        return values
    friends, days = (np.array([table[name] for table in tables]) for name in ("friends", "friend_days"))
    return np.where(windows > 0, pooled_growth_rates(friends, days, windows), math.nan)


def _difference(found: list[dict[str, float]], places: list[int], name: str, a: str, b: str) -> None:
    """Pool a difference of two pooled ratios: leaving a run out of both at once subtracts their parts."""
    if all({name, a, b} <= found[i].keys() for i in places):
        for i in places:
            found[i][name] = found[i][a] - found[i][b]
