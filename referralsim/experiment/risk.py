"""How bad one launch may be: chance of passing the budget, and the bad end of money over replications.

A launch happens once, so means over replications do not say enough. With x_(1) <= ... <= x_(n) the values of
a design, one a replication,

* P(spend > budget): share of runs, with Wilson's interval;
* the value that one run in twenty goes beyond (P95 of a cost, P5 of an income), with the interval between
  two order statistics whose chance to hold it is at least 95 % whatever the distribution. It has no far end
  below 72 runs, because no run then need lie beyond;
* the expected shortfall: mean of the worst 5 % of runs, with a bootstrap interval from 100 runs on. Below
  that the worst runs are so few that their spread says nothing.

Source: H. A. David & H. N. Nagaraja, *Order Statistics*, 3rd ed. 2003, section 7.1 (interval of a quantile);
P. Artzner et al., Mathematical Finance 9:203-228, 1999, doi:10.1111/1467-9965.00068 (expected shortfall).
Runs count as independent and of fixed number; where runs were added until an answer was precise, read the
intervals as approximate.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr

from referralsim.experiment.result import Experiment
from referralsim.metrics.intervals import Floats, Interval, proportion_interval
from referralsim.scenario.quantity import parse_duration

WORST = 0.05
"""Share of runs that are the bad end."""

SPENT = "reward_cost"
TAILS = {SPENT: True, "profit": False, "incremental_profit": False, "cash_lowest": False}
"""Measures whose bad end is looked at, and whether it is the high one."""

FEWEST_FOR_TAIL = 20
"""Runs below which no run is the one in twenty."""

_FEWEST_IN_TAIL = 5
_RESAMPLES = 2_000
_SEED = 19_990_701  # any number: the same resamples for everybody, so that reports reproduce


class Tail(NamedTuple):
    """The bad end of one measure of one design, minor units."""

    measure: str
    quantile: Interval  # the value that one run in twenty goes beyond; a bound that nothing says is NaN
    shortfall: Interval  # mean of the worst 5 % of runs


class Risk(NamedTuple):
    """How bad a launch of one design may be."""

    design: str
    budget_cents: float  # NaN: there is none
    over_budget: Interval  # share of runs whose rewards cost more
    out_of_budget: Interval  # share of runs in which a programme's own budget refused a reward
    tails: tuple[Tail, ...]  # in the order of TAILS


def tail(values: npt.ArrayLike, share: float = WORST, *, is_high: bool = True) -> tuple[float, float]:
    """Return the value that one run in twenty goes beyond, and the mean of those that do.

    Parameters
    ----------
    values : array_like of float
        One a replication; NaN is left out.
    share : float in (0, 1)
    is_high : bool
        Which end is the bad one.

    Returns
    -------
    quantile, expected shortfall : float
        NaN without values. With few runs the mean is that of the worst one.

    Examples
    --------
    >>> tail(np.arange(1.0, 101.0))
    (95.05, 98.0)
    """
    known = _known(values)
    if not len(known):
        return math.nan, math.nan
    quantile = float(np.quantile(known, 1 - share if is_high else share))
    return quantile, float(_worst(known, share, is_high).mean())


def _known(values: npt.ArrayLike) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    return np.sort(array[~np.isnan(array)])


def _worst(ordered: Floats, share: float, is_high: bool) -> Floats:
    n = max(1, round(share * ordered.shape[-1]))
    worst: Floats = ordered[..., -n:] if is_high else ordered[..., :n]
    return worst


def quantile_interval(values: npt.ArrayLike, share: float, level: float = 0.95) -> Interval:
    """Return a quantile with the interval between two order statistics.

    Parameters
    ----------
    values : array_like of float
        One a replication; NaN is left out.
    share : float in (0, 1)
        Share of the distribution below the quantile.
    level : float in (0, 1)

    Returns
    -------
    Interval
        A bound is NaN where there are too few values to give one.

    Examples
    --------
    >>> quantile_interval(range(1, 101), 0.95)[1:]
    (90.0, 100.0, 100)
    >>> quantile_interval(range(1, 21), 0.95)[1:]
    (17.0, nan, 20)
    """
    known = _known(values)
    n = len(known)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    # the k-th smallest lies above the quantile with the chance that fewer than k values lie below it
    chance = bdtr(np.arange(n), n, share)
    low = int(np.count_nonzero(chance <= (1 - level) / 2))
    high = int(np.count_nonzero(chance < (1 + level) / 2)) + 1
    return Interval(
        float(np.quantile(known, share)),
        float(known[low - 1]) if low >= 1 else math.nan,
        float(known[high - 1]) if high <= n else math.nan,
        n,
    )


def shortfall_interval(values: npt.ArrayLike, *, is_high: bool, level: float = 0.95) -> Interval:
    """Return the mean of the worst 5 % of runs with a percentile bootstrap interval."""
    known = _known(values)
    n = len(known)
    _, mean = tail(known, is_high=is_high)
    if n < _FEWEST_IN_TAIL / WORST:
        return Interval(mean, math.nan, math.nan, n)
    random = np.random.Generator(np.random.Philox(_SEED))
    drawn = np.sort(known[random.integers(0, n, (_RESAMPLES, n))], axis=1)
    means = _worst(drawn, WORST, is_high).mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(mean, float(low), float(high), n)


def tail_of(measure: str, values: npt.ArrayLike) -> Tail:
    """Return the bad end of one of :data:`TAILS`."""
    is_high = TAILS[measure]
    share = 1 - WORST if is_high else WORST
    return Tail(measure, quantile_interval(values, share), shortfall_interval(values, is_high=is_high))


def share_above(values: npt.ArrayLike, bound: float) -> Interval:
    """Return the share of runs above a bound, with Wilson's interval; all NaN without a bound."""
    known = _known(values)
    if not math.isfinite(bound):
        return Interval(math.nan, math.nan, math.nan, 0)
    return proportion_interval(int(np.count_nonzero(known > bound)), len(known))


def budget_of(experiment: Experiment, design: str) -> float:
    """Return what the programmes of a design may spend in all, in minor units; NaN where nothing says.

    The scenario's ``decision.budget``, else the sum of the programmes' own budgets over the horizon: where
    every programme has one, and no later day changes a programme.
    """
    named = experiment.aims.get("budget")
    if named is not None:
        return float(round(named * experiment.minor_per_major))
    scenario = experiment.designs[design]
    programmes = [p for p in (scenario.get("programmes") or {}).values() if p and p.get("enabled", True)]
    budgets = [programme.get("budget") for programme in programmes]
    changes = any("programmes" in entry.get("set", {}) for entry in scenario.get("timeline") or ())
    if not budgets or changes or not all(budgets):
        return math.nan
    return sum(_over_horizon(budget, experiment) for budget in budgets if budget)


def _has_budget(experiment: Experiment, design: str) -> bool:
    """Say whether some programme of a design has a budget, on day 0 or on a later one."""
    scenario = experiment.designs[design]
    changes = [entry.get("set", {}) for entry in scenario.get("timeline") or ()]
    parts = [(part.get("programmes") or {}).values() for part in (scenario, *changes)]
    return any(programme and programme.get("budget") for some in parts for programme in some)


def _over_horizon(budget: dict[str, Any], experiment: Experiment) -> float:
    every = budget.get("every")
    periods = 1 if every is None else math.ceil(experiment.horizon_days / parse_duration(every))
    return float(round(budget["amount"] * experiment.minor_per_major)) * periods


def risks(experiment: Experiment) -> tuple[Risk, ...]:
    """Return how bad a launch of each design may be, in the order of the designs."""
    runs = experiment.runs
    known = runs[runs["measure"].isin([*TAILS, "reward_unfunded"])]
    values = {key: rows.to_numpy() for key, rows in known.groupby(["design", "measure"])["value"]}
    nothing = np.zeros(0)
    found = []
    for design in experiment.designs:
        of = {name: values.get((design, name), nothing) for name in (*TAILS, "reward_unfunded")}
        budget = budget_of(experiment, design)
        refused = share_above(of["reward_unfunded"], 0.0 if _has_budget(experiment, design) else math.nan)
        tails = tuple(tail_of(name, of[name]) for name in TAILS)
        found.append(Risk(design, budget, share_above(of[SPENT], budget), refused, tails))
    return tuple(found)
