"""The programmes' cash over time: what it goes down to, and when it is out of the red.

The curve is the running sum of the contribution that the programmes cause, each run beside the same world
without them. Its lowest point and its payback day are those of each run, not of the mean curve, which is
smoother than any launch will be.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from referralsim.report.contest import money_of
from referralsim.report.frames import middle_of_runs, table
from referralsim.report.infos import CashInfo, CashLine, Spread
from referralsim.report.wording import Money, number, percent, quantity, quoted

if TYPE_CHECKING:
    import pandas as pd

    from referralsim.experiment.result import Experiment

_MIDDLE = (0.1, 0.5, 0.9)


def spread_of(values: np.ndarray, n_runs: int) -> Spread:
    """Return the median and the middle 80 % of runs; a run without a value counts as never.

    Parameters
    ----------
    values : float array
        One a run in which there is a value; NaN is left out.
    n_runs : int
        All runs. Where fewer than half have a value, or fewer than nine in ten, median or upper end are NaN:
        they lie beyond the horizon.

    Examples
    --------
    >>> spread_of(np.array([10.0, 20.0, 30.0]), 4)[:2]
    (20.0, 10.0)
    """
    known = values[~np.isnan(values)]
    if not n_runs or not len(known):
        return Spread(math.nan, math.nan, math.nan, 0, n_runs)
    ordered = np.append(np.sort(known), np.full(n_runs - len(known), math.inf))
    # a value of one of the runs: between a day and never there is nothing to interpolate
    low, median, high = (float(np.quantile(ordered, share, method="inverted_cdf")) for share in _MIDDLE)
    median, low, high = (part if math.isfinite(part) else math.nan for part in (median, low, high))
    return Spread(median, low, high, len(known), n_runs)


def cash_curve(experiment: Experiment, lead: str) -> CashInfo:
    """Return the programmes' cash over time, by design, for those whose programmes move any money.

    Parameters
    ----------
    lead : str
        The design that the title speaks of, if it is among them.
    """
    frame = table(experiment, "cash", ("day", "cash"))
    money = money_of(experiment)
    lines = tuple(
        line for name in experiment.designs if (line := _line(experiment, frame, name, money)) is not None
    )
    first = next((line for line in lines if line.name == lead), lines[0] if lines else None)
    title = "Cash of the programmes" if first is None else _title(first, money)
    note = (
        "Running contribution that the programmes cause, rewards paid: each run less the same world "
        "without them. The band holds the middle 95 % of runs. The triangle is the deepest point, and the "
        "square the day from which cash stays out of the red: medians over runs, with bars for the middle "
        "80 %. A bar up to the last day may reach beyond it; without a square fewer than half of the runs "
        "pay back."
    )
    return CashInfo(title, note, "Day since launch (days)", lead, money, lines)


def _line(experiment: Experiment, frame: pd.DataFrame, design: str, money: Money) -> CashLine | None:
    mine = frame[frame["design"] == design]
    wide = mine.pivot(index="day", columns="replication", values="cash").sort_index()
    if wide.empty or not np.any(wide.to_numpy()):
        return None
    points = [middle_of_runs(row) for row in wide.to_numpy()]
    n = wide.shape[1]
    lowest = spread_of(experiment.values(design, "cash_lowest").to_numpy(), n)
    day = spread_of(experiment.values(design, "cash_lowest_day").to_numpy(), n)
    # of the runs that were in the red at all
    payback = spread_of(experiment.values(design, "cash_payback_day").to_numpy(), day.n_known)
    return CashLine(
        design,
        list(experiment.designs).index(design),
        tuple(float(day) for day in wide.index),
        tuple(money.major(point.mean) for point in points),
        tuple(money.major(point.low) for point in points),
        tuple(money.major(point.high) for point in points),
        n,
        lowest._replace(
            median=money.major(lowest.median), low=money.major(lowest.low), high=money.major(lowest.high)
        ),
        day,
        payback,
    )


def _amount(value: float, money: Money) -> str:
    size = abs(value)
    return quantity(value, "money", money, 0 if size >= 100 or money.minor_per_major == 1 else 2)


def spread_text(found: Spread, money: Money | None = None) -> str:
    """Write a median with the middle 80 % of runs: major units of money, or days."""

    def text(value: float) -> str:
        if not math.isfinite(value):
            return "later than the end" if found.n_known else "never"
        return number(value, 0) if money is None else _amount(value, money)

    if not math.isfinite(found.median) or not math.isfinite(found.low):
        return text(found.median)
    return f"{text(found.median)} ({text(found.low)} to {text(found.high)})"


def _title(line: CashLine, money: Money) -> str:
    who = quoted(line.name, 40)
    if line.lowest_day.n_known == 0:
        return f"{who} is never in the red, in none of {line.n} runs"
    depth = _amount(-line.lowest.median, money)
    typical = "typically " if line.lowest_day.n_known > line.n / 2 else "in some runs "
    if typical == "in some runs ":
        share = percent(line.lowest_day.n_known / line.n)
        return f"{who} goes into the red in {share} of runs"
    said = f"{who} {typical}goes {depth} into the red"
    if line.payback.n_known == 0:
        return f"{said}, and is not out of it by the end in any of {line.n} runs"
    out, red = line.payback.n_known, line.payback.n_runs
    share = f"all {red} runs" if out == red else f"{out} of {red} runs"
    if math.isfinite(line.payback.median):
        return f"{said}, and is out of it from day {number(line.payback.median, 0)} on ({share} by the end)"
    return f"{said}, and is out of it by the end in only {share}"
