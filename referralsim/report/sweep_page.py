"""The page of a sweep: lines against one thing that is varied, heat maps against two, and a table."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from referralsim.measures import MEASURES
from referralsim.metrics.intervals import SAME
from referralsim.report.exploring import (
    SHARED_LUCK,
    K,
    axis_title,
    estimate_of,
    shown,
    title_of,
    with_span,
)
from referralsim.report.exploring_figures import plot_heat, plot_lines
from referralsim.report.exploring_infos import HeatInfo, Line, LinesInfo, Side
from referralsim.report.page import Page, Part, picture, table
from referralsim.report.wording import Money, quoted

if TYPE_CHECKING:
    import pandas as pd

    from referralsim.experiment.axes import Axis
    from referralsim.experiment.sweep import Sweep

_MOST_ROWS = 200


def sweep_page(sweep: Sweep, money: Money, name: str, question: str, command: str) -> Page:
    """Return the page of a sweep."""
    frame = sweep.table()
    parts: list[Part] = []
    for measure in sweep.measures:
        parts += _pictures(sweep, frame, measure, money)
    rows = [
        [*(str(row[a.path]) for a in sweep.axes), row["design"], title_of(row["measure"]), _cell(row, money)]
        for row in frame.head(_MOST_ROWS).to_dict("records")
    ]
    head = [*(a.path for a in sweep.axes), "design", "measure", "mean (95 % interval)"]
    more = (
        "" if len(frame) <= _MOST_ROWS else f"The first {_MOST_ROWS} of {len(frame)} rows; sweep.csv has all."
    )
    parts.append(table("In numbers", head, rows, more))
    notes = (
        SHARED_LUCK,
        f"{len(sweep.points)} points, {sweep.replications} replications of each design.",
    )
    return Page("Sweep", name, question or name, _sentence(sweep, frame, money), notes, tuple(parts), command)


def _cell(row: dict[Hashable, object], money: Money) -> str:
    interval = [float(str(row[part])) for part in ("mean", "low", "high", "n")]
    return with_span(estimate_of(interval), str(row["measure"]), money)


def _sentence(sweep: Sweep, frame: pd.DataFrame, money: Money) -> str:
    measure = sweep.measures[0]
    rows = frame[(frame["measure"] == measure) & frame["mean"].notna()]
    if rows.empty:
        return f"{title_of(measure)} is not defined at any point."
    ordered = rows.sort_values("mean", kind="stable").to_dict("records")
    lowest, highest = ordered[0], ordered[-1]

    def at(row: dict[Hashable, object]) -> str:
        where = ", ".join(f"{axis.path} = {row[axis.path]}" for axis in sweep.axes)
        return f"{_cell(row, money)} for {quoted(str(row['design']))} at {where}"

    text = f"{title_of(measure)} goes from {at(lowest)}, to {at(highest)}."
    if measure == K and rows["high"].isna().any():
        text += " One run gives no interval, so nothing says on which side of 1 K surely is."
    elif measure == K:
        above = int((rows["low"] >= 1).sum())
        text += (
            f" K is surely at least 1 at {above} of {len(rows)}." if above else " K stays below 1 everywhere."
        )
        if not above and (rows["high"] >= 1).any():
            text = text.replace(" K stays below 1 everywhere.", " K is nowhere surely above 1.")
    return text


def _pictures(sweep: Sweep, frame: pd.DataFrame, measure: str, money: Money) -> list[Part]:
    axes = sweep.axes
    if len(sweep.points) != math.prod(len(a.values) for a in axes):  # drawn, not a grid
        return []
    if len(axes) == 1:
        found = lines(axes[0], frame, measure, money, sweep.designs)
        return [picture(plot_lines(found), found.title, found.caption)]
    if len(axes) == 2:
        return [_heat_part(heat(axes, frame, measure, money, design)) for design in sweep.designs]
    return []


def _heat_part(found: HeatInfo) -> Part:
    if found.is_flat:
        return Part(found.title, found.caption)
    return picture(plot_heat(found), found.title, found.caption)


def _side(a: Axis) -> Side:
    return Side(axis_title(a), a.values if a.numbers is None else a.numbers)


def lines(axis: Axis, frame: pd.DataFrame, measure: str, money: Money, designs: Sequence[str]) -> LinesInfo:
    """Return a measure against what is varied, one line a design.

    Parameters
    ----------
    frame : DataFrame
        As :meth:`referralsim.experiment.sweep.Sweep.table` returns it.
    """
    unit = money.currency if MEASURES[measure].unit == "money" else MEASURES[measure].unit
    frame = frame[frame["measure"] == measure]

    def line(design: str) -> Line:
        rows = frame[frame["design"] == design].set_index(axis.path).loc[list(axis.values)]
        mean, low, high = (
            tuple(shown(float(value), measure, money) for value in rows[part])
            for part in ("mean", "low", "high")
        )
        return Line(design, mean, low, high, tuple(int(n) for n in rows["n"]))

    return LinesInfo(
        f"{title_of(measure)} against {axis.path}",
        "Means with 95 % intervals." + (" The dotted line is K = 1." if measure == K else ""),
        _side(axis),
        unit,
        measure == K,
        tuple(map(line, designs)),
    )


def heat(axes: Sequence[Axis], frame: pd.DataFrame, measure: str, money: Money, design: str) -> HeatInfo:
    """Return a measure of one design against two things that are varied, the first of them across.

    Parameters
    ----------
    frame : DataFrame
        As :meth:`referralsim.experiment.sweep.Sweep.table` returns it.
    """
    first, second = axes
    rows = frame[(frame["design"] == design) & (frame["measure"] == measure)]
    wide = rows.pivot(index=second.path, columns=first.path, values="mean")
    z = wide.loc[list(second.values), list(first.values)].to_numpy()
    cells = tuple(tuple(shown(float(value), measure, money) for value in row) for row in z)
    known = [value for row in cells for value in row if math.isfinite(value)]
    numeric = first.numbers is not None and second.numbers is not None
    has_one = measure == K and numeric and bool(known) and min(known) < 1 < max(known)
    caption = "The brighter, the higher."
    if has_one:
        caption += " The white line is K = 1: beyond it customers multiply."
    is_flat = not known or math.isclose(min(known), max(known), rel_tol=SAME)
    if is_flat:
        caption = _flat(rows, measure, money)
    title = f"{title_of(measure)} of {design}"
    return HeatInfo(title, caption, _side(first), _side(second), cells, has_one, is_flat)


def _flat(rows: pd.DataFrame, measure: str, money: Money) -> str:
    """Say what is the same everywhere."""
    known = rows[rows["mean"].notna()]
    if known.empty:
        return f"Not defined at any of {len(rows)} points."
    value = _cell(known.to_dict("records")[0], money)
    if len(known) < len(rows):
        return f"Defined at {len(known)} of {len(rows)} points, and the same at each of these: {value}."
    return f"The same at all {len(rows)} points: {value}."
