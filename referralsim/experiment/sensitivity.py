"""Which assumptions matter: one at a time, over all of them together, and which would flip the decision.

* *Tornado*: each assumption alone at its low and its high end; the effect is a paired difference.
* *Flip*: each assumption alone through its range; where the difference between two designs changes sign
  the decision flips, at a value found by straight lines between the points tried.
* *Morris* and *Sobol'* (SALib): screening and shares of variance over all ranges together.
* *Split*: how much of the uncertainty of a result is chance (it shrinks with replications) and how much
  is ignorance of the assumptions (it does not).

Values are drawn by the law that the scenario gives for a number (``uncertain``), else evenly over the range;
one at a time, a law without ends of its own goes from its 5th to its 95th percentile.

All points share their luck (common random numbers), so effects are far better known than values.
Sources: M. D. Morris, Technometrics 33:161-174, 1991, doi:10.1080/00401706.1991.10484804; A. Saltelli
et al., Comput. Phys. Commun. 181:259-270, 2010, doi:10.1016/j.cpc.2009.09.018.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from referralsim.errors import UsageError
from referralsim.experiment.axes import Axis
from referralsim.metrics.intervals import Difference, Interval, mean_interval, paired_difference

Values = npt.NDArray[np.float64]
Play = Callable[[list[dict[str, str]]], Values]
"""Plays points; returns values of shape (n_points, n_designs, n_replications) of one measure."""

FLIP_STEPS = 7


class Effect(NamedTuple):
    """What one assumption does alone."""

    path: str
    low_text: str
    high_text: str
    at_low: Interval
    at_high: Interval
    swing: Difference  # value at the high end less value at the low end, paired


class Flip(NamedTuple):
    """At which value of an assumption the winner of two designs changes."""

    path: str
    values: tuple[str, ...]  # tried
    gaps: tuple[Difference, ...]  # first design less second, paired, at each
    flips_at: tuple[float, ...]  # in the unit of the axis; empty: see words
    unit: str

    @property
    def words(self) -> str:
        """What is said where no value flips the decision."""
        if any(gap.low <= 0 <= gap.high for gap in self.gaps):
            return "too close to call within its range"
        return "nothing within its range"


def tornado(axes: Sequence[Axis], play: Play, design: int = 0) -> list[Effect]:
    """Return the effect of each assumption alone, the largest swing first.

    Parameters
    ----------
    axes : sequence of Axis
        Each is tried at its first and its last value; everything else is as the scenario says.
    play : callable
    design : int
        Place of the design on the second axis of the values.
    """
    points = [{axis.path: text} for axis in axes for text in (axis.values[0], axis.values[-1])]
    values = play(points)[:, design, :]
    effects = [
        Effect(
            axis.path,
            axis.values[0],
            axis.values[-1],
            mean_interval(values[2 * i]),
            mean_interval(values[2 * i + 1]),
            paired_difference(values[2 * i + 1], values[2 * i]),
        )
        for i, axis in enumerate(axes)
    ]
    return sorted(effects, key=lambda effect: -abs(effect.swing.difference))


def flips(axes: Sequence[Axis], play: Play, first: int, second: int) -> list[Flip]:
    """Return for each assumption where the lead of one design over another is lost.

    Parameters
    ----------
    first, second : int
        Places of the two designs; the first leads with the scenario's own numbers.
    """
    tried = [_steps(axis) for axis in axes]
    values = play([{axis.path: text} for axis, texts in zip(axes, tried, strict=True) for text in texts])
    found, start = [], 0
    for axis, texts in zip(axes, tried, strict=True):
        part = values[start : start + len(texts)]
        start += len(texts)
        gaps = tuple(paired_difference(point[first], point[second]) for point in part)
        numbers = _numbers(axis, texts)
        crossings = () if numbers is None else _sure_crossings(numbers, gaps)
        found.append(Flip(axis.path, tuple(texts), gaps, crossings, axis.unit))
    return found


def _steps(axis: Axis) -> tuple[str, ...]:
    if not axis.is_range:
        return axis.values
    return tuple(dict.fromkeys(axis.along(step / (FLIP_STEPS - 1)) for step in range(FLIP_STEPS)))


def _numbers(axis: Axis, texts: Sequence[str]) -> tuple[float, ...] | None:
    return Axis(axis.path, tuple(texts)).numbers


def _sure_crossings(x: Sequence[float], gaps: Sequence[Difference]) -> tuple[float, ...]:
    """Return the crossings that have a clear lead of one design before them and of the other after."""

    def signs(some: Sequence[tuple[float, Difference]]) -> set[int]:
        return {1 if gap.low > 0 else -1 for _, gap in some if gap.low > 0 or gap.high < 0}

    points = list(zip(x, gaps, strict=True))
    found = []
    for at in _crossings(x, [gap.difference for gap in gaps]):
        before, after = signs([p for p in points if p[0] < at]), signs([p for p in points if p[0] > at])
        if (1 in before and -1 in after) or (-1 in before and 1 in after):
            found.append(at)
    return tuple(found)


def _crossings(x: Sequence[float], y: Sequence[float]) -> tuple[float, ...]:
    """Return where straight lines through the points cross zero.

    Examples
    --------
    >>> _crossings((0.0, 1.0, 2.0), (1.0, 0.5, -0.5))
    (1.5,)
    """
    found = []
    for i in range(len(x) - 1):
        if y[i] == 0 and (i == 0 or y[i - 1] * y[i + 1] < 0):
            found.append(x[i])
        elif y[i] * y[i + 1] < 0:
            found.append(x[i] + (x[i + 1] - x[i]) * y[i] / (y[i] - y[i + 1]))
    return tuple(found)


class Share(NamedTuple):
    """How much of the variance, or of the movement, of a result an assumption explains."""

    path: str
    first: float  # Sobol': alone; Morris: mean absolute effect over the whole range
    first_half_width: float  # of the 95 % interval
    total: float  # Sobol': with all interactions; Morris: spread of the effects
    total_half_width: float


def _problem(axes: Sequence[Axis]) -> dict[str, Any]:
    return {"num_vars": len(axes), "names": [axis.path for axis in axes], "bounds": [[0.0, 1.0]] * len(axes)}


def _points(axes: Sequence[Axis], shares: Values) -> list[dict[str, str]]:
    return [{axis.path: axis.at(float(s)) for axis, s in zip(axes, row, strict=True)} for row in shares]


def _mean(values: Values, design: int) -> Values:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nanmean(values[:, design, :], axis=1), dtype=np.float64)


def sobol(axes: Sequence[Axis], play: Play, n: int, seed: int, design: int = 0) -> list[Share]:
    """Return Sobol' indices of the mean result, the largest total first.

    Parameters
    ----------
    n : int
        A power of two; n (number of assumptions + 2) points are played.

    Raises
    ------
    UsageError
        If n is no power of two, or a result is undefined at some point.
    """
    from SALib.analyze import sobol as analyse
    from SALib.sample import sobol as draw

    if n < 2 or n & (n - 1):
        raise UsageError("--points", f"{n} is no power of two", "for example 64")
    problem = _problem(axes)
    shares = draw.sample(problem, n, calc_second_order=False, seed=seed)
    result = _known(_mean(play(_points(axes, shares)), design))
    if not np.ptp(result) > 0:
        return [Share(axis.path, 0.0, 0.0, 0.0, 0.0) for axis in axes]
    found = analyse.analyze(problem, result, calc_second_order=False, seed=seed)
    return _shares(axes, found["S1"], found["S1_conf"], found["ST"], found["ST_conf"])


def morris(axes: Sequence[Axis], play: Play, n: int, seed: int, design: int = 0) -> list[Share]:
    """Return Morris's elementary effects, the largest first.

    Parameters
    ----------
    n : int
        Trajectories; n (number of assumptions + 1) points are played.
    """
    from SALib.analyze import morris as analyse
    from SALib.sample import morris as draw

    problem = _problem(axes)
    shares = draw.sample(problem, n, num_levels=4, seed=seed)
    points = [{axis.path: axis.level(float(s)) for axis, s in zip(axes, row, strict=True)} for row in shares]
    result = _known(_mean(play(points), design))
    found = analyse.analyze(problem, shares, result, num_levels=4, seed=seed)
    spread = np.asarray(found["sigma"])
    return _shares(axes, found["mu_star"], found["mu_star_conf"], spread, np.full(len(axes), math.nan))


def _known(result: Values) -> Values:
    if np.isnan(result).any():
        what = f"the measure is undefined at {int(np.isnan(result).sum())} of {len(result)} points"
        raise UsageError("--measure", what, "take another measure, or narrower ranges")
    return result


def _shares(axes: Sequence[Axis], *columns: Any) -> list[Share]:
    rows = zip(axes, *columns, strict=True)
    found = [Share(axis.path, *(float(value) for value in numbers)) for axis, *numbers in rows]
    return sorted(found, key=lambda share: -(share.total if share.total == share.total else share.first))


class Split(NamedTuple):
    """Where the uncertainty of a result comes from."""

    mean: float
    chance_sd: float  # of the mean over the replications played
    ignorance_sd: float  # of the true mean, as the assumptions go through their ranges
    low: float  # 5th percentile of single runs over all points
    high: float  # 95th
    n_points: int
    n_replications: int


def split(values: Values, design: int = 0) -> Split:
    """Split the spread of a result into chance and ignorance.

    Parameters
    ----------
    values : array, shape (n_points, n_designs, n_replications)
        At points drawn from the ranges of the assumptions.

    Notes
    -----
    Two-way analysis of variance, points by replications. The luck of a replication is shared by all
    points, so chance is the spread of replications averaged over points; the variance between the means of
    points is ignorance plus what is left over, which is taken off.
    """
    here = values[:, design, :]
    n_points, n_replications = here.shape
    by_point = np.nanmean(here, axis=1)
    by_replication = np.nanmean(here, axis=0)
    chance = float(by_replication.var(ddof=1)) / n_replications if n_replications > 1 else math.nan
    rest = here - by_point[:, None] - by_replication[None, :] + np.nanmean(here)
    noise = 0.0
    if n_replications > 1 and n_points > 1:
        noise = float(np.nansum(rest**2)) / ((n_points - 1) * (n_replications - 1)) / n_replications
    ignorance = max(0.0, float(by_point.var(ddof=1)) - noise)
    low, high = np.nanpercentile(here, [5, 95])
    return Split(
        float(np.nanmean(here)), math.sqrt(chance), math.sqrt(ignorance), float(low), float(high), *here.shape
    )
