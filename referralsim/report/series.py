"""Lines over generations, cohorts, days and penetration, and the split of K into parts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from referralsim.metrics.intervals import SAME
from referralsim.report.frames import (
    design_names,
    mean_over_runs,
    middle_of_runs,
    n_runs,
    ratio_over_runs,
    table,
    window_days,
)
from referralsim.report.infos import Series, SeriesInfo, SplitInfo
from referralsim.report.vocabulary import SPLITS, loop_title
from referralsim.report.wording import Estimate, clean, days_text, number, percent, quoted, short_number

if TYPE_CHECKING:
    from referralsim.experiment.result import Experiment

_MOST_GENERATIONS = 12
_FEWEST_CUSTOMERS = 30
_MOST_PERIODS = 12
_K_AXIS = "K (customers brought per customer)"


def _series(frame: pd.DataFrame, design: str, x: str, reduce: Callable[[pd.DataFrame], Estimate]) -> Series:
    points = []
    for position, rows in frame[frame["design"] == design].groupby(x, sort=True):
        value = reduce(rows)
        if value.known:
            points.append((float(position), value))  # type: ignore[arg-type]
    return Series(
        design,
        tuple(position for position, _ in points),
        tuple(value.mean for _, value in points),
        tuple(value.low for _, value in points),
        tuple(value.high for _, value in points),
        tuple(value.n for _, value in points),
    )


def _mean_k(rows: pd.DataFrame) -> Estimate:
    """Average the periods of each run, then the runs."""
    return mean_over_runs(rows.groupby("replication")["k"].mean())


def _pooled(value: str) -> Callable[[pd.DataFrame], Estimate]:
    """Pool the groups of each run by their customers, then the runs."""

    def reduce(rows: pd.DataFrame) -> Estimate:
        total = (rows[value] * rows["customers"]).groupby(rows["replication"]).sum()
        customers = rows["customers"].groupby(rows["replication"]).sum()
        return ratio_over_runs(total / customers, customers)

    return reduce


def _trend(
    series: tuple[Series, ...], lead: str, place: Callable[[float], str], otherwise: str, what: str = "K"
) -> str:
    """Say where K starts and where it ends, for the lead design; only points in half the runs count."""
    line = next((one for one in series if one.name == lead and one.x), None)
    if line is None:
        return otherwise
    solid = [i for i in range(len(line.x)) if 2 * line.n[i] >= max(line.n)]
    if len(solid) < 2:
        return f"{what} is {short_number(line.mean[0])} {place(line.x[0])} ({quoted(lead, 40)})"
    i, j = solid[0], solid[-1]
    moved = not math.isclose(line.mean[i], line.mean[j], rel_tol=SAME)
    apart = moved and (line.high[j] < line.low[i] or line.low[j] > line.high[i])
    if not apart:
        change = f"{what} shows no clear trend: {short_number(line.mean[i])} {place(line.x[i])}"
    else:
        verb = "falls" if line.mean[j] < line.mean[i] else "rises"
        change = f"{what} {verb} from {short_number(line.mean[i])} {place(line.x[i])}"
    last = f"{short_number(line.mean[j])} {place(line.x[j])}"
    return f"{change} {'to' if apart else 'and'} {last} ({quoted(lead, 40)})"


def _without_tail(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop the last generations that have too few customers, over all runs, to say anything."""
    totals = rows.groupby("generation")["customers"].sum().sort_index()
    last = len(totals)
    while last > 2 and totals.iloc[last - 1] < _FEWEST_CUSTOMERS:
        last -= 1
    return rows[rows["generation"].isin(totals.index[:last])]


def k_by_generation(experiment: Experiment, lead: str) -> SeriesInfo:
    """K by generation: customers in generation g + 1 for each customer in generation g."""
    frame = table(experiment, "generation", ("generation", "customers", "k"))
    frame = frame[frame["generation"] < _MOST_GENERATIONS]
    series = tuple(
        _series(_without_tail(frame[frame["design"] == name]), name, "generation", _pooled("k"))
        for name in design_names(experiment)
    )
    return SeriesInfo(
        _trend(series, lead, lambda g: f"in generation {g:.0f}", "K by generation"),
        "Generation (0: came by themselves, were bought, or were there at launch)",
        _K_AXIS,
        "Customers of the next generation for each customer of this one, all runs taken together. The last "
        "generations also look small because the run ends before their friends could join; generations with "
        "fewer than 30 customers in all runs are left out at the end.",
        series,
    )


def _coarser(frame: pd.DataFrame, x: str, by_first: bool = False) -> pd.DataFrame:
    """Give neighbouring periods one place on the axis, until at most :data:`_MOST_PERIODS` are left.

    Short periods hold few customers; their K would be mostly chance.

    Parameters
    ----------
    by_first : bool
        The common place is the first of the joined periods, not their middle.
    """
    places = np.sort(frame[x].unique())
    together = math.ceil(len(places) / _MOST_PERIODS) if len(places) else 1
    groups = [places[i : i + together] for i in range(0, len(places), together)]
    common = {place: float(group[0] if by_first else group.mean()) for group in groups for place in group}
    return frame.assign(**{x: frame[x].map(common)})


def _k_in_window(experiment: Experiment) -> str:
    return f"K in {days_text(window_days(experiment))}"


def k_by_cohort(experiment: Experiment, lead: str) -> SeriesInfo:
    """K by the day on which a cohort of customers joined; censored cohorts are left out."""
    what = _k_in_window(experiment)
    frame = table(experiment, "cohort", ("cohort_start_days", "customers", "k_offspring"))
    frame = _coarser(frame[frame["k_offspring"].notna()], "cohort_start_days", by_first=True)
    series = tuple(
        _series(frame, name, "cohort_start_days", _pooled("k_offspring")) for name in design_names(experiment)
    )
    return SeriesInfo(
        _trend(series, lead, lambda d: f"for those who join from day {d:.0f}", "K by cohort", what),
        "First day of the cohort (days since launch)",
        f"{what} (customers brought per customer)",
        "Customers who joined too near the end of the run to have had their full window are censored: they "
        "are left out, not counted as zero.",
        series,
    )


def k_by_day(experiment: Experiment, lead: str) -> SeriesInfo:
    """K against calendar time."""
    what = _k_in_window(experiment)
    frame = _coarser(table(experiment, "k_t", ("day", "penetration", "k")), "day")
    series = tuple(_series(frame, name, "day", _mean_k) for name in design_names(experiment))
    return SeriesInfo(
        _trend(series, lead, lambda d: f"on day {d:.0f}", "K over time", what),
        "Day since launch (days)",
        f"{what} (customers brought per customer)",
        "",
        series,
    )


def k_by_penetration(experiment: Experiment, lead: str) -> SeriesInfo:
    """K against the share of the population that has joined, the same days as :func:`k_by_day`."""
    what = _k_in_window(experiment)
    frame = _coarser(table(experiment, "k_t", ("day", "penetration", "k")), "day")
    series = []
    for name in design_names(experiment):
        line = _series(frame, name, "day", _mean_k)
        mine = frame[frame["design"] == name]
        mine = mine[mine["k"].notna()]
        share = mine.groupby("day")["penetration"].mean()
        reached = tuple(float(100 * share.loc[day]) for day in line.x)
        series.append(line._replace(x=reached if all(map(math.isfinite, reached)) else ()))
    lines = tuple(one if one.x else Series(one.name, (), (), (), (), ()) for one in series)
    return SeriesInfo(
        _trend(
            lines,
            lead,
            lambda share: f"with {percent(share / 100)} of people reached",
            "K as the market fills",
            what,
        ),
        "Penetration (% of the population who have joined)",
        f"{what} (customers brought per customer)",
        "Invitations that reach people who are customers already go nowhere: K wears out as the graph fills.",
        lines,
    )


def k_splits(experiment: Experiment, lead: str) -> tuple[SplitInfo, ...]:
    """K split by loop and channel, and by programme and segment where there is more than one."""
    what = _k_in_window(experiment)
    frame = table(experiment, "k_by", ("split", "part", "k"))
    found = []
    for split in SPLITS:
        rows = frame[frame["split"] == split]
        parts = tuple(dict.fromkeys(str(part) for part in rows["part"]))
        k = {
            name: {
                part: _mean_part(rows[(rows["design"] == name) & (rows["part"].astype(str) == part)])
                for part in parts
            }
            for name in design_names(experiment)
        }
        parts = tuple(part for part in parts if any(abs(k[name][part]) > 0 for name in k))
        n_real = len([part for part in parts if (split, part) != ("programme", "none")])
        if n_real > 1 or (n_real and split == "loop"):
            note = _only_channel(frame) if split == "loop" else ""
            found.append(
                SplitInfo(_split_title(split, k, lead, what), split, design_names(experiment), parts, k, note)
            )
    return tuple(found)


def _mean_part(rows: pd.DataFrame) -> float:
    """Return a part of K over runs, pooled as K is, so that parts add up to it."""
    if "windows" in rows:
        return ratio_over_runs(rows["k"], rows["windows"]).mean
    return mean_over_runs(rows["k"]).mean


def _only_channel(frame: pd.DataFrame) -> str:
    used = frame[(frame["split"] == "channel") & (frame["k"] > 0)]["part"].astype(str).unique()
    return f"All of it travels by one channel, {quoted(used[0], 40)}." if len(used) == 1 else ""


def part_title(split: str, part: str) -> str:
    """Return the reader's word for a part of K."""
    return loop_title(part) if split == "loop" else clean(part, 40)


def _split_title(split: str, k: dict[str, dict[str, float]], lead: str, what: str) -> str:
    known = {part: value for part, value in k.get(lead, {}).items() if math.isfinite(value) and value > 0}
    if not known:
        return f"{what} by {SPLITS[split]}"
    part = max(known, key=lambda name: known[name])
    share = percent(known[part] / sum(known.values())) if len(known) > 1 else "all"
    name = part_title(split, part) if split == "loop" else f"By {SPLITS[split]}: {quoted(part, 40)}"
    return f"{name} accounts for {share} of {what} ({quoted(lead, 40)})"


def adoption(experiment: Experiment, lead: str) -> SeriesInfo:
    """Return customers so far, all loops together: mean, and the band that holds 95 % of the runs."""
    frame = table(experiment, "adoption", ("day", "loop", "customers"))
    sums = frame.groupby(["design", "replication", "day"], sort=False)["customers"].sum()
    totals = sums.reset_index()
    series = tuple(_adoption_of(experiment, totals, name) for name in design_names(experiment))
    last = next((line for line in series if line.name == lead and line.x), None)
    title = "Customers over time"
    if last is not None:
        title = f"{quoted(lead, 40)} reaches {number(last.mean[-1], 0)} customers"
        if math.isfinite(last.low[-1]):
            title += f"; in 95 % of runs {number(last.low[-1], 0)} to {number(last.high[-1], 0)}"
    return SeriesInfo(
        title,
        "Day since launch (days)",
        "Customers so far (number)",
        "The band holds the middle 95 % of the runs: one launch may end anywhere inside it.",
        series,
    )


def _adoption_of(experiment: Experiment, totals: pd.DataFrame, design: str) -> Series:
    runs = n_runs(experiment, design)

    def reduce(rows: pd.DataFrame) -> Estimate:
        seen = rows["customers"].to_list()
        return middle_of_runs(seen + [0.0] * (runs - len(seen)))

    return _series(totals, design, "day", reduce)
