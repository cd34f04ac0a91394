"""Every way to count K, held to processes whose K is known, while most customers are not yet done.

K within a window of w days is ``K P(delay <= w)``. The naive estimator, friends so far by customers so far,
counts those as zero who have not had their time: it stands beside the true one in each row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from referralsim.eventlog.record import RunRecord
from referralsim.metrics.joins import joins_of
from referralsim.metrics.measure import RunMeasures, measure_run
from referralsim.metrics.summary import pooled_values
from referralsim.metrics.virality import k_of, k_offspring_naive
from referralsim.theory import branching, delays, offspring
from referralsim.verification.arithmetic import Sample, average
from referralsim.verification.check import Check, Effort, Efforts, Session, World

_NELSON = "Nelson 1995, doi:10.1080/00401706.1995.10484299"
_WALLINGA = "Wallinga & Lipsitch 2007, doi:10.1098/rspb.2006.3754"


class Measured(NamedTuple):
    """The runs of a world, measured."""

    runs: list[RunMeasures]
    naive: float  # friends so far by customers so far, over all runs
    error: float  # of the mean of K over runs, friends being a Poisson process
    n: int  # customers

    def mean(self, measure: str) -> float:
        """Return the mean of a measure over the runs."""
        return float(np.mean([run.scalars[measure].value for run in self.runs]))

    def sample(self, measure: str, exact: float, tolerance: float = 0.0, scale: float = 1.0) -> Sample:
        """Return the sample of a measure whose error is a multiple of that of K."""
        beside = f"the naive estimator gives {self.naive:.3f}, {100 * (self.naive / exact - 1):+.0f} %"
        found = self.mean(measure)
        return Sample(measure, exact, found, self.n, self.error * scale, tolerance, beside=beside)


def measured(records: Iterable[RunRecord]) -> Measured:
    """Measure the runs of a world."""
    runs, naive, variance, n = [], [], 0.0, 0
    for record in records:
        joins = joins_of(record)
        runs.append(measure_run(record))
        naive.append(k_offspring_naive(joins).value)
        variance += float((k_of(joins).weight ** 2).sum())
        n += joins.n
    return Measured(runs, float(np.mean(naive)), math.sqrt(variance) / len(runs), n)


def _check(
    name: str,
    claim: str,
    source: str,
    world: World,
    efforts: Efforts,
    read: Callable[[Measured], list[Sample]],
) -> Check:
    def measure(session: Session) -> list[Sample]:
        return read(measured(session.runs(world)))

    return Check(f"estimators.{name}", "estimators", claim, source, measure, efforts, (world,))


def inflow() -> Check:
    """Return the check of the K family under a steady inflow, a third of the horizon being the window."""
    true = 0.5 * delays.exponential(2.0).cdf(5.0)
    names = ("k_offspring", "k_programme", "k_basic", "k_next_generation")
    return _check(
        "inflow",
        "K within 5 days of K = .5 under a steady inflow, horizon 15 days",
        _NELSON,
        World("inflow.yaml", sets=("horizon=15 d", "window=5 d")),
        Efforts(Effort(20), Effort(1), Effort(100), Effort(10)),
        lambda found: [found.sample(name, true) for name in names],
    )


def growing() -> Check:
    """Return the check of the K family while customers double every day: hardly anybody is done."""
    true = 2.0 * delays.exponential(1.0).cdf(2.0)
    names = ("k_offspring", "k_basic", "k_next_generation")
    return _check(
        "growing",
        "K within 2 days of K = 2 while customers multiply e-fold a day, horizon 5 days",
        _NELSON,
        World("growth.yaml", sets=("horizon=5 d", "window=2 d", "acquisition.initial.customers=40")),
        Efforts(Effort(10), Effort(1, ("acquisition.initial.customers=10",)), Effort(50), Effort(2)),
        lambda found: [found.sample(name, true, tolerance=0.01) for name in names],
    )


def small() -> Check:
    """Return the check of K from samples of twenty customers and a trickle more, pooled as results are.

    The mean of the runs' own K would be 2.7 % too low: a run that happens to stay small weighs as much.
    """
    true = 0.5 * delays.exponential(2.0).cdf(5.0)

    def read(found: Measured) -> list[Sample]:
        parts = pooled_values([run.scalars["k_offspring"] for run in found.runs])
        beside = (
            f"the mean over runs gives {found.mean('k_offspring'):.3f}, the naive estimator {found.naive:.3f}"
        )
        return [average("k_offspring", parts, true, beside=beside)]

    sets = (
        "horizon=12 d",
        "window=5 d",
        "acquisition.organic.rate=1 per day",
        "acquisition.initial.customers=20",
    )
    return _check(
        "small",
        "K from small samples: 20 customers and one more a day, pooled over runs",
        _NELSON,
        World("inflow.yaml", sets=sets),
        Efforts(Effort(60), Effort(15), Effort(1000), Effort(100)),
        read,
    )


def loops() -> Check:
    """Return the check of the parts of K by loop."""
    programme, organic = 0.5 * delays.exponential(2.0).cdf(5.0), 0.1 * 5.0 * 0.5

    def read(found: Measured) -> list[Sample]:
        parts = (("k_programme", programme), ("k_organic", organic), ("k_offspring", programme + organic))
        samples = [found.sample(name, true) for name, true in parts]
        tables = [run.tables["k_by"] for run in found.runs]
        for split, part, true in (("loop", "collaboration", organic), ("channel", "link", programme)):
            k = [float(t.loc[(t["split"] == split) & (t["part"] == part), "k"].iloc[0]) for t in tables]
            samples.append(Sample(f"k_by {split} {part}", true, float(np.mean(k)), found.n, found.error))
        return samples

    return _check(
        "loops",
        "K splits into its loops: programme .5 P(delay <= 5), organic 5 x .1 x .5",
        _NELSON,
        World("two_loops.yaml"),
        Efforts(Effort(20), Effort(1), Effort(100), Effort(10)),
        read,
    )


def over_time() -> Check:
    """Return the check of K against calendar time where it does not change."""
    true = 0.5 * delays.exponential(2.0).cdf(5.0)

    def read(found: Measured) -> list[Sample]:
        early, late = [], []
        for run in found.runs:
            table = run.tables["k_t"]
            k = np.average(table["k"], weights=table["n_expected"])
            late_rows = table[table["start_days"] >= 10]
            early.append(k)
            late.append(np.average(late_rows["k"], weights=late_rows["n_expected"]))
        third = math.sqrt(3.0)  # a third of the friends
        return [
            Sample("k_t over the whole run", true, float(np.mean(early)), found.n, found.error, 0.002),
            Sample(
                "k_t over the last third", true, float(np.mean(late)), found.n, third * found.error, 0.002
            ),
        ]

    return _check(
        "k_t",
        "K against calendar time stays where it is while nothing wears out",
        _NELSON,
        World("inflow.yaml", sets=("horizon=15 d", "window=5 d")),
        Efforts(Effort(20), Effort(1), Effort(100), Effort(10)),
        read,
    )


def generations(k: float) -> Check:
    """Return the check of K by generation and of amplification once all lines have ended."""
    law = offspring.poisson(k)

    def read(found: Measured) -> list[Sample]:
        first = np.array([run.scalars["k_generation_0"] for run in found.runs])
        n_first = int(first[:, 1].sum())
        second = [run.scalars["k_generation_1"] for run in found.runs]
        n_second = sum(scalar.n for scalar in second)
        pooled = sum(scalar.part for scalar in second) / n_second
        trees = branching.total_progeny_variance(law)
        amplification = branching.total_progeny_mean(law)
        return [
            Sample("k_generation_0", k, found.mean("k_generation_0"), n_first, math.sqrt(k / n_first)),
            Sample("k_generation_1", k, pooled, n_second, math.sqrt(k / n_second)),
            Sample(
                "amplification",
                amplification,
                found.mean("amplification"),
                n_first,
                math.sqrt(trees / n_first),
            ),
        ]

    return _check(
        f"generations_k{round(100 * k)}",
        f"K by generation, and amplification 1 / (1 - K), K = {k:g}",
        "Dwass 1969, doi:10.2307/3212112",
        World("lines.yaml", sets=(f"programmes.lines.contact.invites={{poisson: {k}}}",)),
        Efforts(Effort(10), Effort(1, ("acquisition.initial.customers=500",)), Effort(50), Effort(3)),
        read,
    )


def speed() -> Check:
    """Return the check of cycle time and growth rate, as far as the window sees them."""
    window, mean_days, k = 4.0, 1.0, 1.5
    seen = delays.exponential(mean_days).cdf(window)
    mean = mean_days - window * (1 - seen) / seen
    median = -math.log1p(-seen / 2)

    def surplus(rate: float) -> float:
        return float(k * quad(lambda age: math.exp(-(rate + 1.0) * age), 0.0, window)[0] - 1.0)

    rate = float(brentq(surplus, -1.0, 5.0))

    def read(found: Measured) -> list[Sample]:
        values = {
            name: [run.scalars[name].value for run in found.runs]
            for name in ("cycle_time_mean_days", "cycle_time_median_days", "growth_rate_per_day")
        }
        exact = (mean, median, rate)
        tolerance = 5.0 * len(found.runs) / found.n  # a curved function of a run's friends is off by so much
        return [
            average(name, values[name], true, tolerance=tolerance)
            for name, true in zip(values, exact, strict=True)
        ]

    sets = ("horizon=7 d", f"window={window} d", f"programmes.viral.contact.invites={{poisson: {k}}}")
    return _check(
        "speed",
        "Cycle time and growth rate of K = 1.5, exponential delays, within 4 days",
        _WALLINGA,
        World("growth.yaml", sets=(*sets, "acquisition.initial.customers=100")),
        Efforts(
            Effort(30),
            Effort(0),
            Effort(100),
            Effort(40, ("acquisition.initial.customers=20",)),
        ),
        read,
    )


def checks() -> list[Check]:
    """Return all checks of this module."""
    return [inflow(), growing(), small(), loops(), over_time(), generations(0.5), generations(0.8), speed()]
