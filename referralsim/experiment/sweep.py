"""Sweeps: the same comparison over a grid, or over drawn points, of the scenario's numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple, cast

import numpy as np
import pandas as pd

from referralsim.errors import UsageError
from referralsim.experiment.axes import Axis
from referralsim.experiment.plan import Plan
from referralsim.experiment.points import Load, play_points, points_of
from referralsim.experiment.runner import Done, Say
from referralsim.metrics.intervals import mean_interval

MOST_POINTS = 10_000


class Sweep(NamedTuple):
    """What came out at every point."""

    axes: tuple[Axis, ...]
    points: tuple[dict[str, str], ...]  # values by path
    designs: tuple[str, ...]
    measures: tuple[str, ...]
    runs: pd.DataFrame  # point, design, replication, measure, value
    replications: int

    def table(self) -> pd.DataFrame:
        """Return one tidy table: point, a column a path, design, measure, mean, low, high, n."""
        rows = []
        for key, group in self.runs.groupby(["point", "design", "measure"], sort=False):
            point, design, measure = cast("tuple[int, str, str]", key)
            interval = mean_interval(group["value"].to_numpy())
            rows.append((point, *self.points[point].values(), design, measure, *interval))
        paths = [axis.path for axis in self.axes]
        return pd.DataFrame(rows, columns=["point", *paths, "design", "measure", "mean", "low", "high", "n"])


def grid(axes: Sequence[Axis]) -> list[dict[str, str]]:
    """Return every combination of the axes' values, the last axis fastest.

    Raises
    ------
    UsageError
        If there are more than :data:`MOST_POINTS`.
    """
    n = math.prod(len(axis.values) for axis in axes)
    if n > MOST_POINTS:
        raise UsageError("--vary", f"the grid has {n:,} points", f"at most {MOST_POINTS:,}, or use --sample")
    return [
        dict(zip((axis.path for axis in axes), values, strict=True))
        for values in product(*(axis.values for axis in axes))
    ]


def sample(axes: Sequence[Axis], n: int, seed: int) -> list[dict[str, str]]:
    """Return n points spread evenly over the axes (scrambled Sobol' numbers, by seed).

    Notes
    -----
    Source: A. B. Owen, *Randomly permuted (t,m,s)-nets*, 1995; as in ``scipy.stats.qmc.Sobol``.
    """
    from scipy.stats import qmc

    if not 2 <= n <= MOST_POINTS:
        raise UsageError("--sample", f"{n} points", f"from 2 to {MOST_POINTS:,} are possible")
    shares = qmc.Sobol(len(axes), rng=np.random.default_rng(seed)).random_base2(math.ceil(math.log2(n)))[:n]
    return [
        {axis.path: axis.at(float(share)) for axis, share in zip(axes, row, strict=True)} for row in shares
    ]


def run_sweep(
    base: Plan,
    load: Load,
    axes: tuple[Axis, ...],
    points: list[dict[str, str]],
    designs: Sequence[str],
    measures: Sequence[str],
    workers: int,
    done: Done | None = None,
    say: Say | None = None,
) -> Sweep:
    """Play every point in every replication of the scenario; all points share their luck."""
    replications = base.study.base.replications
    runs = play_points(
        points_of(base, load, points, designs), range(replications), measures, workers, done, say
    )
    return Sweep(axes, tuple(points), tuple(designs), tuple(measures), runs, replications)
